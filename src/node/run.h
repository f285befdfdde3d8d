/* What a journal says of the process starts that wrote it, so that it can be replayed alone.
 *
 * Three facts, set together before the first group that they hold for:
 *
 *   "run"      32 build identity, 8 size, then struct engine_config as it lies in memory, with the
 *              secrets of the partners wiped: it is read by the same build only
 *   "secrets"  24 nonce, then those secrets, sealed (XChaCha20-Poly1305) with a key of the node's
 *   "keys"     own nation first, then the partners: 4 nation, 1 domain, 1 whether its root is
 *              pinned, 32 root, 8 number of the list, 1 how many keys, then for each 1 use, 32 key,
 *              8 from, 8 until, 8 revoked
 *
 * A list that comes later is an input (EVENT_KEYS), and after it a fact "list <nation>", as its
 * root signed it: inputs may be dropped, and what was signed must still be verified.
 *
 * Where a run does not begin with the journal, its engine was first fed with all that the journal
 * held (performer_replay), without those effects being looked at.
 *
 * The secrets draw the identifiers, offsets and salts that partners see. Whoever replays without
 * the node's keys reproduces the nation's own picture, but not the bytes that went to partners. */
#ifndef WATCHFIRE_NODE_RUN_H
#define WATCHFIRE_NODE_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/result.h"
#include "engine/engine.h"
#include "journal/journal.h"
#include "node/build.h"
#include "node/key_trust.h"
#include "node/keys.h"

#define RUN_LIST_FACT "list"

struct run {
    uint64_t position; /* holds for the groups after this one */
    uint8_t build[BUILD_IDENTITY_BYTES];
    bool same_build;  /* as this process */
    bool has_config;  /* the configuration can be read: surely so of the same build */
    bool has_secrets; /* it is complete */
    struct engine_config config;
    uint32_t key_count;
    struct key_trust keys[LIMIT_NATIONS]; /* own first */
};

/* The key that opens the secrets in a journal, from the node's master secret. */
struct digest_key run_key(const struct digest_key *master);

/* Says in the journal that what follows is this build's, with this configuration.
 *
 *   keys          of this nation
 *   partner_keys  as many as config->partner_count, in the same order */
MUST_USE result run_begin(struct journal *j, const struct engine_config *config,
                          const struct keys *keys, const struct key_trust *partner_keys);

/* Whether what would follow belongs to the run that the journal is in: this build and these
 * settings. *since is then the position after which it began. */
bool run_is_current(struct journal *j, const struct engine_config *config, const struct keys *keys,
                    uint64_t *since);

/* The run that the group at `position` belongs to.
 *
 *   key  NULL = the secrets stay sealed
 *
 * ERR_NOT_FOUND if the journal does not say, ERR_FORMAT if that makes no sense, ERR_SIGNATURE if
 * the key does not open it. */
MUST_USE result run_find(struct journal *j, uint64_t position, const struct digest_key *key,
                         struct run *out);

/* Reads the fact "keys". ERR_FORMAT. */
MUST_USE result run_keys_decode(struct bytes in, struct key_trust out[LIMIT_NATIONS],
                                uint32_t *count);

#endif
