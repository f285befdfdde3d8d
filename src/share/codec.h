/* The canonical bytes of a record: the schema of proto/watchfire.proto, and one encoding only.
 *
 * Canonical means that decoding and encoding again gives the same bytes. After that check comes a
 * validator, because Protocol Buffers let bad UTF-8, unknown enumeration values, NaN, -0 and empty
 * messages pass. Nothing here allocates. */
#ifndef WATCHFIRE_SHARE_CODEC_H
#define WATCHFIRE_SHARE_CODEC_H

#include "base/bytes.h"
#include "base/result.h"
#include "model/record.h"

/* No record is longer. */
#define CODEC_RECORD_BYTES_MAX 512
/* Nor is an entry of a ledger: a record, or another nation's with its proof (share/relay.h). */
#define CODEC_ENTRY_BYTES_MAX 1024
/* What this program speaks. Whatever a later version adds is not said to partners whose hello shows
 * that they do not know it: an older one takes unknown fields for errors. Version 2 adds key lists
 * to hellos, checkpoints, relayed records and labels that allow onward release. */
#define CODEC_SCHEMA_MIN 1
#define CODEC_SCHEMA_MAX 2

/* Whether a record may be put on the wire or taken from it: every enumeration known, every number
 * finite and in range, text in its alphabet, the track's owner equal to the label's, the covariance
 * positive definite. ERR_RANGE or ERR_NUMERIC otherwise. */
MUST_USE result codec_validate(const struct record *record);

/* Appends the canonical bytes of a valid record. ERR_RANGE or ERR_NUMERIC if codec_validate refuses
 * it, ERR_FULL if it does not fit. */
MUST_USE result codec_encode(const struct record *record, struct byte_writer *out);

/* Reads exactly one record. ERR_FORMAT if the bytes do not follow the schema, ERR_CANONICAL if they
 * are not the one encoding, ERR_RANGE or ERR_NUMERIC if the validator refuses the record. */
MUST_USE result codec_decode(struct bytes in, struct record *out);

#endif
