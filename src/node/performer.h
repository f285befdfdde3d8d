/* The one performer of effects: it feeds an engine, journals what it is fed, and does what it wants
 * done, in the order persist, show, send. `node` and `exercise` both use it; clock, carrier and
 * journal are given to it.
 *
 * Every input (node/input.h) is one group of the journal. A journal that begins says what it is
 * of (node/run.h).
 *
 * Inputs gather in a group until a commit makes it durable; the next group fills meanwhile. An
 * exercise commits with one call, a node writes on another thread:
 *
 *   begin (loop) -> work (any thread) -> end (loop)
 *
 * Recovery is replay: inputs that the journal has already are fed again, by the caller or by
 * performer_replay, compared with it and not written again. */
#ifndef WATCHFIRE_NODE_PERFORMER_H
#define WATCHFIRE_NODE_PERFORMER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/result.h"
#include "engine/engine.h"
#include "journal/journal.h"
#include "node/keys.h"
#include "node/log_keeper.h"
#include "node/policy_consent.h"
#include "node/retention.h"
#include "node/seal.h"
#include "node/snapshot.h"

/* What the performer is given. Functions get `context` back; NULL = nobody is there for it. */
struct performer_shell {
    void *context;
    /* Hands a sealed frame to the carrier; a frame that does not go is lost, and comes again. */
    void (*carry)(void *context, uint32_t partner, enum frame_lane lane, struct bytes sealed,
                  struct instant now);
    /* Every effect but sends, as soon as the step is done. */
    void (*show)(void *context, const struct engine *engine, const struct effect *effect);
    struct journal *journal; /* borrowed */
    /* Of all nations of this process; borrowed, outlives the performer. NULL = there is one. */
    struct signed_here *signed_here;
};

struct performer;

/* Makes the engine. The journal may hold groups already.
 *
 * ERR_RANGE for a configuration that cannot be, ERR_IO without memory. */
MUST_USE result performer_open(const struct engine_config *config,
                               const struct performer_shell *shell, struct performer **out);

/* Feeds all that the journal holds; nothing is shown or sent. From position `same_from` on every
 * effect must be what it was (the same program and settings wrote it); before, an input that the
 * settings no longer allow counts as time that passes. ERR_STATE where the journal holds something
 * else, or not what was written there (see performer_differs_at), ERR_IO if it cannot be read. */
MUST_USE result performer_replay(struct performer *p, uint64_t same_from);

/* Before performer_replay: goes on from the newest snapshot beside the journal (node/snapshot.h)
 * that fits and is not before `since`. Otherwise the replay begins at the beginning. ERR_IO without
 * memory. */
MUST_USE result performer_restore(struct performer *p, const char *journal_path, uint64_t since);

/* The same from a snapshot of performer_snapshot_give. */
MUST_USE result performer_restore_from(struct performer *p, const struct snapshot *snapshot,
                                       uint64_t since);

/* A process start towards each partner; before it nothing is sent or received.
 *
 *   keys                  of this nation; borrowed, outlives the performer
 *   partner_keys, boots   as many as config->partner_count, in the same order; copied */
MUST_USE result performer_boot(struct performer *p, const struct keys *keys,
                               const struct key_trust *partner_keys, const struct keys_boot *boots,
                               struct instant now);
void performer_close(struct performer *p);

/* Every input: ERR_FULL if too much waits for the journal (observations first); nothing has
 * happened then. */

/* Time passes. */
MUST_USE result performer_tick(struct performer *p, struct instant now);

/* The same, but what partners get can be made durable and leave before the own picture is worked
 * out, which follows with a later call. */
MUST_USE result performer_tick_in_parts(struct performer *p, struct instant now);

/* The carrier has a connection to the partner again, by index. */
MUST_USE result performer_link_made(struct performer *p, uint32_t partner, struct instant now);

/* Observations of one sensor and one time of validity. */
MUST_USE result performer_scan(struct performer *p, const struct observation *scan, uint32_t count,
                               struct instant now);

/* A new release policy, of policy_consent_read. If the engine does not take it the one in force
 * stays: ERR_DENIED, ERR_STATE, ERR_FORMAT, or ERR_NOT_FOUND for a sensor that nobody has. */
MUST_USE result performer_policy(struct performer *p, const struct policy_consent *consent,
                                 struct instant now);

/* An officer's order, of somebody whose session was verified. Errors as of the engine's. */
MUST_USE result performer_order(struct performer *p, const struct order *order, struct instant now);

/* The keys that performer_boot was given were reloaded, and their list is another: partners get it.
 * In the thread that signs. */
MUST_USE result performer_keys_changed(struct performer *p, struct instant now);

/* The grants by which we pass on from now on, of grant_file_read; the same as before are not
 * journalled. ERR_RANGE or ERR_NOT_FOUND (an owner or receiver is no partner) if the engine does
 * not take them. */
MUST_USE result performer_grants(struct performer *p, const struct grant_set *set,
                                 struct instant now);

/* Bytes that the carrier brought on a partner's link. Never an error for what is in them: it is
 * refused and counted as that link's, whomever it claims to be from. The first few of a reason in a
 * second are inputs, as everything else; of a flood the rest is counted here alone, since this
 * start. */
#define PERFORMER_REFUSED_MAX 4
MUST_USE result performer_receive(struct performer *p, struct nation_id from, struct bytes sealed,
                                  struct instant now);

/* Of the partner, by index: refusals that became no input. */
uint64_t performer_only_counted(const struct performer *p, uint32_t partner,
                                enum session_refusal why);

/* Makes durable what was fed since the last commit, then sends what waited for it. */
MUST_USE result performer_commit(struct performer *p, struct instant now);

/* The same in three steps. `begin` is false if there is nothing to do or the last commit has not
 * ended. Until `end`, the journal belongs to the thread that does `work`. When `work` fails, call
 * `failed`, mend the journal (performer_set_journal), and do `work` again: inputs that it has are
 * not written twice. What waited to be sent is dropped then, as if the carrier had lost it. */
bool performer_commit_begin(struct performer *p);
MUST_USE result performer_commit_work(struct performer *p);
MUST_USE result performer_commit_end(struct performer *p, struct instant now);
void performer_commit_failed(struct performer *p);

/* In the loop between `begin` and `end`: signs and seals what waits while the disk works. What is
 * not sealed by the end is sealed then. */
void performer_seal(struct performer *p, struct instant now);

void performer_set_journal(struct performer *p, struct journal *journal);

/* A snapshot, in three steps: `take` copies the engine, between two commits (ERR_FULL without
 * memory); the commit that makes what is in it durable makes it `ready`; `write` is for any thread
 * (ERR_IO), and until it has returned none is taken. */
MUST_USE result performer_snapshot_take(struct performer *p);
bool performer_snapshot_is_ready(const struct performer *p);
MUST_USE result performer_snapshot_write(struct performer *p, const char *journal_path);

/* Instead of writing: hands over what is ready, to be freed with snapshot_free. */
struct snapshot *performer_snapshot_give(struct performer *p);

/* From the next commit on, inputs that are older than `keep` and that nobody needs any more are
 * dropped (node/retention.h). Before the first commit; 0 = for ever. */
void performer_keep(struct performer *p, struct duration keep);
const struct retention *performer_retention(const struct performer *p);

/* For a program that is to come: keeps what was replayed as its snapshot beside a journal (node/
 * snapshot.h). ERR_IO, ERR_FULL without memory. */
MUST_USE result performer_prepare(struct performer *p, const char *journal_path);

/* Whether the next commit has something for partners. */
bool performer_will_send(const struct performer *p);

/* Whether anything is worth a commit of its own: that the last one ended is not. */
bool performer_has_news(const struct performer *p);

/* Inputs that are not durable yet. */
uint64_t performer_uncommitted(const struct performer *p);

/* Whether too much waits for the journal to take observations. */
bool performer_is_full(const struct performer *p);

/* When it wants the next tick. */
struct instant performer_next_time(const struct performer *p);

const struct engine *performer_engine(const struct performer *p);

/* The partner's key list in force, by index. After the boot. */
const struct key_list *performer_partner_keys(const struct performer *p, uint32_t partner);

/* The nation's transparency log, and what is known of its partners'. */
const struct log_keeper *performer_log(const struct performer *p);

/* Whether the inputs fed so far were all in the journal already, and more are. */
bool performer_is_replaying(const struct performer *p);

/* After an ERR_STATE from any call: the position at which the journal holds another input or
 * another effect than this run; 0 = none. */
uint64_t performer_differs_at(const struct performer *p);

#endif
