/* How long inputs stay in the journal, and what must be so before they may go.
 *
 * An input is dropped only when it is older than `keep`, a snapshot on the disk is later, so that
 * no start needs it, and every partner has acknowledged all that was released up to its time. Facts
 * (leaves, checkpoints, keys) stay for ever. Each time the journal says what went and why that was
 * allowed, in a fact "pruned", numbers of 8 bytes, big-endian:
 *
 *     0  8  position of the newest input that went      24  8  `keep`, ns
 *     8  8  the node's time, TAI ns                     32  8  position of the snapshot
 *    16  8  acknowledged: all that was released up to this time, TAI ns
 *    40     for each partner: 4 nation, 8 sequence that it had acknowledged then
 *
 * What the journal still needs for a partner that was restored from an old copy is not here: that
 * is the ledger, which is in every snapshot. */
#ifndef WATCHFIRE_NODE_RETENTION_H
#define WATCHFIRE_NODE_RETENTION_H

#include <stdint.h>

#include "engine/engine.h"
#include "journal/journal.h"

/* A shorter `keep` is refused: a nation that asks what was released must find it for a day. */
#define RETENTION_KEEP_S_MIN 86400.0
#define RETENTION_KEEP_S_MAX (36525 * 86400.0)
#define RETENTION_KEEP_S_DEFAULT (30 * 86400.0)
#define RETENTION_FACT "pruned"
#define RETENTION_FACT_BYTES_MAX (40 + LIMIT_PARTNERS * 12)

/* What all partners had been given at a time: confirmed once they have acknowledged it. */
struct retention_mark {
    struct instant time; /* unset = none */
    uint64_t epochs[LIMIT_PARTNERS];
    uint64_t sequences[LIMIT_PARTNERS];
};

/* What a person may want to know. */
struct retention_facts {
    uint64_t first;        /* position of the oldest input that is there */
    struct instant oldest; /* its time; unset = there is none, or not known yet */
};

/* All zero = keeps for ever. */
struct retention {
    struct duration keep;
    struct retention_facts facts;
    bool is_due; /* what is old enough could not go yet … */
    bool waits_for_snapshot;
    uint32_t waits_for; /* … for this partner's acknowledgement, by index; UINT32_MAX = for none */
    struct retention_mark mark;
    struct retention_mark confirmed;
    struct instant looked;
    /* Of the commit under way. */
    struct instant before; /* unset = nothing goes */
    uint64_t up_to;
    uint8_t why[RETENTION_FACT_BYTES_MAX];
    uint32_t why_size;
    bool more;                   /* as many went as may at once */
    struct retention_facts done; /* by the thread that works */
};

/* A fact "pruned" as read. */
struct retention_reason {
    uint64_t to;
    struct instant now;
    struct instant acknowledged;
    struct duration keep;
    uint64_t snapshot;
    uint32_t partner_count;
    struct nation_id partners[LIMIT_PARTNERS];
};

/* Before the first look, while nobody else uses the journal. */
void retention_begin(struct retention *r, struct duration keep, struct journal *journal);

/* In the loop, before a commit: decides what it may drop.
 *
 *   restorable   position of a snapshot that is on the disk; 0 = none is known */
void retention_look(struct retention *r, const struct engine *engine, uint64_t restorable);

/* With the journal, in any thread: drops that, a few thousand inputs at a time, and commits. Errors
 * as of the journal. */
MUST_USE result retention_work(struct retention *r, struct journal *journal);

/* In the loop, when the commit has ended. */
void retention_end(struct retention *r);

/* ERR_FORMAT. */
MUST_USE result retention_reason_read(struct bytes in, struct retention_reason *out);

/* Whether the reason allows what went: NULL, or what is wrong with it, static storage. */
const char *retention_reason_flaw(const struct retention_reason *reason);

#endif
