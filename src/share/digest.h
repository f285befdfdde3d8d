/* Fixed-size digests and keys of the exchange, and the two hashes that make them: SHA-256 for
 * Merkle trees (RFC 6962), BLAKE2b (RFC 7693) keyed for everything else. */
#ifndef WATCHFIRE_SHARE_DIGEST_H
#define WATCHFIRE_SHARE_DIGEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

#define DIGEST_BYTES 32

struct digest {
    uint8_t bytes[DIGEST_BYTES];
};

/* A secret of 32 bytes. Purposes are told apart by the text that is hashed with it. */
struct digest_key {
    uint8_t bytes[DIGEST_BYTES];
};

bool digest_equal(const struct digest *a, const struct digest *b);

/* BLAKE2b-256 under a key of purpose || a || b: what the exchange draws identifiers, offsets and
 * salts from. Each part is preceded by its length, so that two different lists never collide.
 * `purpose` is a text constant. */
struct digest digest_keyed(const struct digest_key *key, const char *purpose, struct bytes a,
                           struct bytes b);

/* The same, first eight bytes as a number that is never 0. */
uint64_t digest_keyed_u64(const struct digest_key *key, const char *purpose, struct bytes a,
                          struct bytes b);

/* A number as eight big-endian bytes in `storage`, for hashing. */
struct bytes digest_number(uint64_t value, uint8_t storage[8]);

#endif
