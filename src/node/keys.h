/* The keys of one nation in one domain, as a running process holds them: Ed25519 for signing, and a
 * secret for what is drawn per partner. The offline root is never among them.
 *
 * In an exercise within one process everything derives from the seed, so that the same seed gives
 * the same bytes. A node's keys come from its folder (node/key_folder.h), and what a process start
 * needs is drawn at random. */
#ifndef WATCHFIRE_NODE_KEYS_H
#define WATCHFIRE_NODE_KEYS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/id.h"
#include "base/result.h"
#include "model/domain.h"
#include "share/digest.h"
#include "share/frame.h"
#include "share/key_list.h"
#include "share/session.h"

#define KEYS_SECRET_BYTES 64
#define KEYS_SIGNATURE_BYTES KEY_SIGNATURE_BYTES
#define KEYS_SECRETS_MAX 8

/* A secret of one of the list's keys. */
struct keys_secret {
    uint8_t open[KEY_BYTES];
    uint8_t secret[KEYS_SECRET_BYTES];
};

struct keys {
    struct key_list list; /* what others may know: nation, domain, public keys */
    uint32_t signed_size; /* the list as partners get it; 0 = none travels */
    uint8_t signed_list[KEY_LIST_BYTES_MAX];
    bool derived;             /* from a seed: boots are too */
    struct digest_key master; /* partner secrets derive from it */
    uint32_t secret_count;
    struct keys_secret secrets[KEYS_SECRETS_MAX]; /* signing and checkpoint */
};

/* What a process start brings: public part for the engine, secret part for the seal. */
struct keys_boot {
    struct session_boot open;
    uint8_t ephemeral_secret[32];
};

/* Readies the cryptographic library; every other function here needs it. ERR_IO if it cannot. */
MUST_USE result keys_start(void);

/* The keys of a nation in an exercise with that seed; they count at all times. */
void keys_derive(uint64_t seed, struct nation_id nation, struct keys *out);

/* The same, with a list that travels: number 1, made then, signed by a root that derives as well.
 *
 *   root   its public half: what partners pin */
void keys_derive_with_root(uint64_t seed, struct nation_id nation, struct instant made,
                           struct keys *out, uint8_t root[KEY_BYTES]);

/* The nation's secret for one partner: identifiers, offsets and salts in release and ledger. */
struct digest_key keys_for_partner(const struct keys *keys, struct nation_id partner);

/* A process start, the counter-th of this nation (from 1), towards one partner. Deterministic with
 * derived keys; random otherwise. */
void keys_boot_make(const struct keys *keys, struct nation_id partner, uint64_t counter,
                    struct keys_boot *out);

/* Signs with the newest key that counts for that use (signing or checkpoint): of those that have
 * counted for a minute already, if there is one, since a partner's clock may be behind.
 * ERR_STATE if no key counts: expired or revoked; the signature is then unchanged. */
MUST_USE result keys_sign(const struct keys *keys, enum key_use use, struct instant now,
                          struct bytes message, uint8_t signature[KEYS_SIGNATURE_BYTES]);

/* The public key that keys_sign would use; NULL if none counts. Lives as long as the keys. */
const uint8_t *keys_signer(const struct keys *keys, enum key_use use, struct instant now);

/* When the last of our keys for that use ends, of those that count or will; unset if there is none:
 * nothing leaves after that. */
struct instant keys_last(const struct keys *keys, enum key_use use, struct instant now);

#endif
