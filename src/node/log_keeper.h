/* The keeper of the nation's transparency log, and the witness of its partners' (share/log.h,
 * share/note.h, share/frame_checkpoint.h).
 *
 * Of itself it writes nothing: what is to last goes out as facts of the journal, and frames wait
 * for the commit as all others do.
 *
 *   "leaf N"        the leaf of number N (from 0), then the inner nodes that it completes, lowest
 *                   first
 *   "decisions N"   before it, if there were any: salt (32), then the decisions
 *   "checkpoint"    our signed note, every ten seconds
 *   "cosigned JPN"  the body of one of ours and the cosignature that JPN gave it
 *   "seen JPN"      JPN's signed note with our cosignature: JPN's log only grew since the last
 *   "fork JPN"      two notes of JPN's log that cannot both be true, an empty line between: proof
 *
 * The fact's position is that of the last input in a leaf's second. */
#ifndef WATCHFIRE_NODE_LOG_KEEPER_H
#define WATCHFIRE_NODE_LOG_KEEPER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/result.h"
#include "engine/effects.h"
#include "engine/limits.h"
#include "journal/journal.h"
#include "node/key_trust.h"
#include "node/keys.h"
#include "share/log.h"
#include "share/note.h"

#define LOG_KEEPER_PERIOD_S 10

struct log_keeper;

struct log_keeper_shell {
    void *context;
    void (*fact)(void *context, const char *key, struct bytes value);
    /* A plain frame for a partner, by index. */
    void (*send)(void *context, uint32_t partner, struct bytes plain);
};

/* What was found of a partner's log. */
struct log_keeper_count {
    uint64_t size;              /* of its newest checkpoint that we cosigned; 0 = none */
    uint64_t cosigned;          /* of ours, the newest that it cosigned; 0 = none */
    struct instant cosigned_at; /* when that came; unset = not since the start */
    uint64_t forks;     /* pairs of checkpoints that cannot both be true: an alarm; one from before
                         * the start counts while the journal keeps inputs of that time */
    uint64_t shrunk;    /* checkpoints of a smaller log than before: an alarm */
    uint64_t unproved;  /* checkpoints without a proof that we could check: not cosigned */
    uint64_t malformed; /* not a checkpoint of that nation, or not signed by it */
};

/* NULL without memory. */
struct log_keeper *log_keeper_new(const struct log_keeper_shell *shell);
void log_keeper_free(struct log_keeper *k);

/* The keys from here on; borrowed. Partners as in the engine's configuration. Goes on from what the
 * journal holds, if `go_on`. ERR_IO if that makes no sense. */
MUST_USE result log_keeper_begin(struct log_keeper *k, const struct keys *keys,
                                 const struct key_trust *partners, uint32_t partner_count,
                                 struct journal *journal, bool go_on);

/* A partner's key list from here on; copied. */
void log_keeper_trust(struct log_keeper *k, uint32_t partner, const struct key_list *list);

/* Time is at `now`, before anything that happens then: ends the second before it, if one has
 * passed. `chain` is the journal's so far. */
void log_keeper_advance(struct log_keeper *k, struct instant now,
                        const uint8_t chain[JOURNAL_CHAIN_BYTES]);

/* What was decided at `now`. */
void log_keeper_note(struct log_keeper *k, struct instant now, const struct effects *effects);

/* A checkpoint frame of a partner, opened and verified. */
void log_keeper_receive(struct log_keeper *k, uint32_t partner, struct bytes plain,
                        struct instant now);

/* What a partner says that it cosigned may be older than what is in memory (one of us was started
 * again, or put an older copy in its place): looks it up, so that the next proof goes from there.
 * While nobody else uses the journal. */
void log_keeper_look_up(struct log_keeper *k, struct journal *journal);

uint64_t log_keeper_size(const struct log_keeper *k);
struct log_keeper_count log_keeper_count(const struct log_keeper *k, uint32_t partner);

#endif
