/* The keys of one nation in one domain: Ed25519 for signing, secrets for what is drawn per partner.
 *
 * In an exercise everything derives from the seed, so that the same seed gives the same bytes; an
 * exercise key can never sign for another domain. */
#ifndef WATCHFIRE_NODE_KEYS_H
#define WATCHFIRE_NODE_KEYS_H

#include <stdint.h>

#include "base/bytes.h"
#include "base/id.h"
#include "base/result.h"
#include "model/domain.h"
#include "share/digest.h"
#include "share/frame.h"
#include "share/session.h"

#define KEYS_PUBLIC_BYTES 32
#define KEYS_SECRET_BYTES 64
#define KEYS_SIGNATURE_BYTES 64

/* What others know of a nation. */
struct keys_public {
    struct nation_id nation;
    enum domain domain;
    uint8_t signing[KEYS_PUBLIC_BYTES];
    uint8_t checkpoint[KEYS_PUBLIC_BYTES]; /* of its transparency log */
};

struct keys {
    struct keys_public open;
    uint8_t signing_secret[KEYS_SECRET_BYTES];
    uint8_t checkpoint_secret[KEYS_SECRET_BYTES];
    struct digest_key master; /* partner secrets and, in an exercise, nonces derive from it */
};

/* What a process start brings: public part for the engine, secret part for the seal. */
struct keys_boot {
    struct session_boot open;
    uint8_t ephemeral_secret[32];
};

/* Readies the cryptographic library; every other function here needs it. ERR_IO if it cannot. */
MUST_USE result keys_start(void);

/* The keys of a nation in an exercise with that seed. */
void keys_derive(uint64_t seed, struct nation_id nation, struct keys *out);

/* The nation's secret for one partner: identifiers, offsets and salts in release and ledger. */
struct digest_key keys_for_partner(const struct keys *keys, struct nation_id partner);

/* A process start, the counter-th of this nation (from 1), towards one partner. Deterministic in an
 * exercise; random otherwise. */
void keys_boot_make(const struct keys *keys, struct nation_id partner, uint64_t counter,
                    struct keys_boot *out);

/* Signs the bytes of share/frame's frame_signed_bytes. */
void keys_sign(const struct keys *keys, struct bytes message,
               uint8_t signature[KEYS_SIGNATURE_BYTES]);

/* Signs a checkpoint of the nation's log, or cosigns a partner's (share/note.h). */
void keys_sign_checkpoint(const struct keys *keys, struct bytes message,
                          uint8_t signature[KEYS_SIGNATURE_BYTES]);

/* ERR_SIGNATURE if the signature is not that nation's. */
MUST_USE result keys_verify(const struct keys_public *keys, struct bytes message,
                            const uint8_t signature[KEYS_SIGNATURE_BYTES]);

#endif
