/* The one performer of effects: it feeds an engine, journals what it is fed, and does what it wants
 * done, in the order persist, show, send. `node` and `exercise` both use it; clock, carrier and
 * journal are given to it.
 *
 * Every input is one group of the journal:
 *
 *   0  1  1 = a frame with its signature, 0 = anything else
 *   1     the event (engine/event.h)
 *   then  64 bytes of signature, for a frame
 *
 * Recovery is replay: inputs that the journal has already are fed again, compared with it and not
 * written again. */
#ifndef WATCHFIRE_NODE_PERFORMER_H
#define WATCHFIRE_NODE_PERFORMER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/result.h"
#include "engine/engine.h"
#include "journal/journal.h"
#include "node/keys.h"
#include "node/policy_consent.h"
#include "node/seal.h"

/* What the performer is given. Functions get `context` back. */
struct performer_shell {
    void *context;
    /* Hands a sealed frame to the carrier; a frame that does not go is lost, and comes again. */
    void (*carry)(void *context, uint32_t partner, enum frame_lane lane, struct bytes sealed,
                  struct instant now);
    /* Every effect but sends, as soon as the step is done. */
    void (*show)(void *context, const struct engine *engine, const struct effect *effect);
    struct journal *journal; /* borrowed */
};

struct performer;

/* Makes the engine, the seals and the boot events at `now`. The journal may hold groups already.
 *
 *   keys            of this nation; borrowed, outlives the performer
 *   partner_keys    as many as config->partner_count, in the same order; copied
 *
 * ERR_RANGE for a configuration that cannot be, ERR_IO without memory or if the journal fails. */
MUST_USE result performer_open(const struct engine_config *config, const struct keys *keys,
                               const struct key_trust *partner_keys,
                               const struct performer_shell *shell, struct instant now,
                               struct performer **out);
void performer_close(struct performer *p);

/* The keys that performer_open was given were reloaded, and their list is another: partners get it.
 * In the thread that signs. */
MUST_USE result performer_keys_changed(struct performer *p, struct instant now);

/* Time passes. */
MUST_USE result performer_tick(struct performer *p, struct instant now);

/* Observations of one sensor and one time of validity. */
MUST_USE result performer_scan(struct performer *p, const struct observation *scan, uint32_t count,
                               struct instant now);

/* A new release policy, of policy_consent_read. ERR_DENIED, ERR_STATE, ERR_NOT_FOUND (a sensor that
 * the nation does not have) or ERR_FORMAT if the engine does not take it; the one in force
 * stays. */
MUST_USE result performer_policy(struct performer *p, const struct policy_consent *consent,
                                 struct instant now);

/* A grant, of grant_file_read; one that is known already changes nothing and is not journalled.
 * ERR_RANGE, ERR_NOT_FOUND (its owner or receiver is no partner) or ERR_STATE (a later one is in
 * force) if the engine does not take it. */
MUST_USE result performer_grant(struct performer *p, const struct signed_grant *grant,
                                struct instant now);

/* Bytes that the carrier brought, claimed to be of some partner. Never an error for what is in
 * them: it is refused and counted. */
MUST_USE result performer_receive(struct performer *p, struct bytes sealed, struct instant now);

/* Makes durable what was fed since the last commit, then sends what waited for it. */
MUST_USE result performer_commit(struct performer *p, struct instant now);

/* When it wants the next tick. */
struct instant performer_next_time(const struct performer *p);

const struct engine *performer_engine(const struct performer *p);

/* Whether the inputs fed so far were all in the journal already, and more are. */
bool performer_is_replaying(const struct performer *p);

/* After an ERR_STATE from any call: the position at which the journal holds another input or
 * another effect than this run; 0 = none. */
uint64_t performer_differs_at(const struct performer *p);

#endif
