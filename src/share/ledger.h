/* The ledger: everything that one nation released to one partner, in order, without a hole.
 *
 * Sequence numbers are given after release, so what is withheld leaves no trace. Each entry's
 * salted hash is chained to the one before (BLAKE2b):
 *
 *   salt(n) = BLAKE2b(key: ledger salt, "salt", n)
 *   head(n) = BLAKE2b(key: salt(n),     "head", head(n - 1), n, record bytes)
 *
 * Acknowledged entries are kept too, the newest LEDGER_KEPT of them: the receiver may be the one
 * that is restored from a copy. What is not acknowledged stays as long as there is room; then the
 * oldest go, and the partner is told with a gap. Plain memory, no pointers: a snapshot is a
 * copy. */
#ifndef WATCHFIRE_SHARE_LEDGER_H
#define WATCHFIRE_SHARE_LEDGER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/id.h"
#include "base/instant.h"
#include "base/result.h"
#include "share/digest.h"
#include "share/frame.h"
#include "share/policy.h"
#include "share/release.h"

/* Two hours of nine records a second. Only what is in use is ever touched or copied. */
#define LEDGER_ENTRIES_MAX 65536
#define LEDGER_ARENA_BYTES (24u * 1024u * 1024u)
#define LEDGER_KEPT 4096

struct ledger_entry {
    uint32_t offset; /* of the record in the arena */
    uint32_t size;
    bool acknowledged;
    bool on_the_way;            /* sent, and may still be acknowledged */
    bool withdrawn;             /* no longer released: its bytes are wiped, the partner is told */
    uint8_t sends;              /* how often it was sent, saturating */
    struct release_basis basis; /* why it may go */
    struct instant sent;        /* last; unset = never */
    struct digest head;         /* after this entry */
};

struct ledger {
    struct nation_id to;
    struct frame_epoch epoch;       /* in which it began */
    uint8_t salt[FRAME_SALT_BYTES]; /* known to the partner, to nobody else */
    struct frame_position base;     /* it goes on from here; all zero for a fresh one */
    uint64_t oldest;                /* sequence of the oldest entry kept; last + 1 if none is */
    uint64_t last;                  /* sequence of the newest entry; 0 = none */
    uint64_t acknowledged;          /* all up to here are durable at the partner */
    uint64_t dropped;               /* entries that went unacknowledged, ever */
    uint64_t withdrawn;             /* entries that were no longer released, ever */
    struct digest before_oldest;    /* head before the oldest entry kept */
    uint32_t arena_used_to;         /* where the next record goes */
    uint32_t on_the_way;            /* bytes of the entries that are */
    struct ledger_entry entries[LEDGER_ENTRIES_MAX]; /* at sequence modulo the size */
    uint8_t arena[LEDGER_ARENA_BYTES];
};

/* An empty ledger. `key` is the owner's for this partner: the salt derives from it and the
 * epoch. */
void ledger_init(struct ledger *l, struct nation_id to, const struct frame_epoch *epoch,
                 const struct digest_key *key);

/* Begins anew in a new epoch behind what the partner remembers. What of the entries kept it may not
 * have goes on in it, in order and under new numbers, as if it had never been sent: what is not
 * acknowledged, or with `all` the rest too (the partner has forgotten this ledger). At most the
 * newest half of LEDGER_ENTRIES_MAX; what is withdrawn does not go on. Returns how many are no
 * longer marked as acknowledged. */
uint32_t ledger_rebase(struct ledger *l, const struct frame_epoch *epoch,
                       const struct digest_key *key, const struct frame_position *remembered,
                       bool all);

/* Gives a released record its number. The record must be for this partner (asserted). Returns the
 * sequence. Drops the oldest entries if there is no room. */
uint64_t ledger_append(struct ledger *l, const struct released_record *record);

/* The entry of a sequence that is kept, or NULL. The view lives until the next append. */
const struct ledger_entry *ledger_entry_at(const struct ledger *l, uint64_t sequence);
struct bytes ledger_record_at(const struct ledger *l, uint64_t sequence);

/* The head after a sequence; false if it is no longer known (or was never reached). */
bool ledger_head_at(const struct ledger *l, uint64_t sequence, struct digest *out);

/* Marks first to last as durable at the partner, as far as they exist. Returns how many were not
 * marked before. */
uint32_t ledger_acknowledge(struct ledger *l, uint64_t first, uint64_t last);

/* The partner has everything up to `sequence`, and nothing after it is certain. Returns how many
 * are no longer marked. */
uint32_t ledger_rewind(struct ledger *l, uint64_t sequence);

/* They are on the way from now on. */
void ledger_mark_sent(struct ledger *l, uint64_t first, uint64_t last, struct instant now);

/* An entry that is kept is not on the way any more: it is to be sent again. */
void ledger_give_up(struct ledger *l, uint64_t sequence);

/* As if an entry that is kept, and is not acknowledged, had never been sent. */
void ledger_unsend(struct ledger *l, uint64_t sequence);

/* Withdraws every entry not yet acknowledged that the policy would no longer release, or not as
 * precisely. `may_have`: as in a release_request. Returns how many. */
uint32_t ledger_recheck(struct ledger *l, const struct policy *policy, uint32_t may_have);

/* Withdraws every entry not yet acknowledged that goes by a grant of that nation. Returns how
 * many. */
uint32_t ledger_withdraw_relayed(struct ledger *l, struct nation_id owner);

/* The next head of a chain, for whoever sends and whoever receives. */
struct digest ledger_chain(const uint8_t salt[FRAME_SALT_BYTES], const struct digest *before,
                           uint64_t sequence, struct bytes record);

#endif
