/* Checkpoints of a transparency log as signed notes: C2SP tlog-checkpoint, signed-note and
 * tlog-cosignature (version 1, Ed25519).
 *
 *   watchfire/exercise/KOR                 origin, which is also the name of the log's key
 *   86400                                  leaves
 *   CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2…      root, base64
 *                                          an empty line ends the body
 *   — watchfire/exercise/KOR Az3grlg…      base64 of key ID (4), signature of the body
 *   — watchfire/exercise/JPN jWbPPwA…      key ID (4), POSIX time (8), cosignature of the two lines
 *                                          "cosignature/v1" and "time <seconds>", then the body
 *
 * A key ID is the beginning of SHA-256(name, newline, type, public key); type 1 signs, 4
 * cosigns. */
#ifndef WATCHFIRE_SHARE_NOTE_H
#define WATCHFIRE_SHARE_NOTE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/id.h"
#include "base/result.h"
#include "model/domain.h"
#include "share/digest.h"

#define NOTE_NAME_SIZE 40     /* with its end */
#define NOTE_BODY_BYTES 128   /* no body of ours is longer */
#define NOTE_LINE_BYTES 160   /* no signature line of ours is longer */
#define NOTE_BYTES_MAX 1280   /* a body, the log's line and seven cosignatures */
#define NOTE_SIGNED_BYTES 192 /* no text that is signed or cosigned is longer */
#define NOTE_PUBLIC_BYTES 32
#define NOTE_SIGNATURE_BYTES 64

enum note_key { NOTE_LOG = 1, NOTE_COSIGNER = 4 };

struct note_head {
    char origin[NOTE_NAME_SIZE];
    uint64_t size;
    struct digest root;
};

/* "watchfire/<domain>/<nation>": the origin of a nation's log and the name of its keys. */
void note_name(enum domain domain, struct nation_id nation, char out[NOTE_NAME_SIZE]);

/* Appends the body: three lines. */
MUST_USE result note_write_body(const struct note_head *head, struct byte_writer *out);

/* The body of a note, its empty line not included, and what it says. ERR_FORMAT for anything but a
 * checkpoint without extensions, in its one form. */
MUST_USE result note_read(struct bytes note, struct note_head *head, struct bytes *body);

/* The text that a cosigner signs. */
MUST_USE result note_cosigned_text(struct bytes body, uint64_t posix_s, struct byte_writer *out);

/* Appends a signature line; `posix_s` is for a cosigner only. */
MUST_USE result note_write_line(const char *name, enum note_key kind,
                                const uint8_t key[NOTE_PUBLIC_BYTES], uint64_t posix_s,
                                const uint8_t signature[NOTE_SIGNATURE_BYTES],
                                struct byte_writer *out);

/* Whether a key of that name and kind signed the note. ERR_NOT_FOUND if it has no line,
 * ERR_SIGNATURE if that does not verify, ERR_FORMAT if it is no note.
 *
 *   line     the line, with its end; may be NULL
 *   posix_s  when it was cosigned; may be NULL */
MUST_USE result note_verify(struct bytes note, const char *name, enum note_key kind,
                            const uint8_t key[NOTE_PUBLIC_BYTES], struct bytes *line,
                            uint64_t *posix_s);

#endif
