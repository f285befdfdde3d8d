/* The numbered list of a nation's keys in one domain, signed by the nation's offline root.
 *
 * A signed list is a SignedKeyList of proto/watchfire.proto in canonical form. The root signs the
 * context `watchfire/1/<domain>/keys`, a NUL, and the canonical KeyList. Partners pin the root, so
 * that a list may come from anywhere; of two lists the one with the higher number is in force.
 *
 * A key counts for one use, from its first instant until just before its last, and not from its
 * revocation on, by the clock of whoever verifies. Pure: nothing here reads a clock or makes a
 * key. */
#ifndef WATCHFIRE_SHARE_KEY_LIST_H
#define WATCHFIRE_SHARE_KEY_LIST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/id.h"
#include "base/instant.h"
#include "base/result.h"
#include "model/domain.h"

#define KEY_BYTES 32 /* an Ed25519 public key, and the seed of a secret one */
#define KEY_SIGNATURE_BYTES 64
#define KEY_NAME_SIZE 25 /* with its NUL */
#define KEY_LIST_KEYS_MAX 16
/* No signed list is longer. */
#define KEY_LIST_BYTES_MAX 1600

enum key_use {
    KEY_UNKNOWN,
    KEY_SIGNING,    /* frames to partners */
    KEY_CHECKPOINT, /* checkpoints of the transparency log */
    KEY_OFFICER     /* release policies; belongs to a person */
};

struct key_entry {
    enum key_use use;
    uint8_t key[KEY_BYTES];
    char name[KEY_NAME_SIZE]; /* of an officer; empty otherwise */
    struct instant from;
    struct instant until;
    struct instant revoked; /* unset = not */
};

struct key_list {
    struct nation_id nation;
    enum domain domain;
    uint64_t number; /* from 1; 0 = a list that does not travel (an exercise's), or none */
    struct instant made;
    uint32_t count;
    struct key_entry keys[KEY_LIST_KEYS_MAX];
};

/* Reads a key's name: 1 to 24 letters, digits, '-' and '_'. False for anything else. */
bool key_name_parse(const char *text, char out[KEY_NAME_SIZE]);

/* Whether it may be signed or taken: every value known, in order and in its alphabet, no key twice.
 * ERR_RANGE otherwise. */
MUST_USE result key_list_validate(const struct key_list *list);

/* Appends the bytes that the root signs. ERR_RANGE as key_list_validate, ERR_FULL. */
MUST_USE result key_list_signed_bytes(const struct key_list *list, struct byte_writer *out);

/* Appends the signed list. ERR_RANGE as key_list_validate, ERR_FULL. */
MUST_USE result key_list_encode(const struct key_list *list,
                                const uint8_t signature[KEY_SIGNATURE_BYTES],
                                struct byte_writer *out);

/* Reads exactly one signed list without believing it: the signature comes back unverified.
 * ERR_FORMAT, ERR_CANONICAL or ERR_RANGE. */
MUST_USE result key_list_decode(struct bytes in, struct key_list *out,
                                uint8_t signature[KEY_SIGNATURE_BYTES]);

/* Reads a signed list and verifies it with the root's public key: ERR_SIGNATURE if it is not
 * signed by it, and the errors of key_list_decode. */
MUST_USE result key_list_open(struct bytes in, const uint8_t root[KEY_BYTES], struct key_list *out);

/* Whether a key counts for that use at that time. */
bool key_entry_counts(const struct key_entry *key, enum key_use use, struct instant now);

/* When the last of the keys for that use ends, of those that count or will; unset if none does. */
struct instant key_list_last(const struct key_list *list, enum key_use use, struct instant now);

/* Verifies with any key of the list that counts for that use at that time.
 *
 *   which   if not NULL: the index of the key that did; used as a first guess too
 *
 * ERR_SIGNATURE if none does. */
MUST_USE result key_list_verify(const struct key_list *list, enum key_use use, struct instant now,
                                struct bytes message, const uint8_t signature[KEY_SIGNATURE_BYTES],
                                uint32_t *which);

/* "signing", "checkpoint", "officer"; "unknown" otherwise. Static storage. */
const char *key_use_text(enum key_use use);

#endif
