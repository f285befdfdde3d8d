/* The audit of a journal: everything in it is read and hashed again, and every stored signature is
 * verified. It trusts nothing but the hashes and the keys, and needs no secret. */
#ifndef WATCHFIRE_NODE_AUDIT_H
#define WATCHFIRE_NODE_AUDIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/instant.h"
#include "base/result.h"
#include "engine/event.h"
#include "journal/journal.h"
#include "node/audit_log.h"
#include "node/keys.h"
#include "node/retention.h"

#define AUDIT_FINDINGS_MAX 20 /* that are told one by one; the others are counted */
#define AUDIT_TEXT_SIZE 240
#define AUDIT_ORDERS_MAX 64 /* the latest, that are told one by one */

/* One thing that is not as it was written. */
struct audit_finding {
    const char *table;   /* "group", "fact", "head", "table", "log": static storage */
    uint64_t position;   /* of the group, or number of the fact; UINT64_MAX = of neither */
    struct instant time; /* of the group's event; may be unset */
    char text[AUDIT_TEXT_SIZE];
};

/* What an officer ordered. */
struct audit_order {
    uint64_t position;
    struct instant time;
    struct order order;
};

struct audit_report {
    uint64_t groups; /* read */
    uint64_t facts;
    uint64_t bytes; /* of inputs */
    uint64_t frames;
    uint64_t signatures; /* that verify */
    struct instant first;
    struct instant last;
    struct journal_head head; /* where the chains end: to be compared with a note of it */
    struct audit_log_counts log;
    uint32_t kept;      /* partners' copies of this log's checkpoints … */
    uint32_t kept_same; /* … and those that are of the log in this journal */
    uint64_t order_count;
    struct audit_order orders[AUDIT_ORDERS_MAX]; /* the n-th in slot n % AUDIT_ORDERS_MAX */
    bool has_self;
    struct nation_id nation; /* whose journal it says that it is */
    enum domain domain;
    struct retention_reason pruned; /* the newest; `to` 0 = nothing was dropped */
    uint64_t finding_count;
    struct audit_finding findings[AUDIT_FINDINGS_MAX];
};

/* Errors as of walk_open: what can be opened is reported on.
 *
 *   kept  checkpoints of this nation's log that partners have; the caller has read their heads */
MUST_USE result audit(const char *path, struct audit_checkpoint *kept, uint32_t kept_count,
                      struct audit_report *out, enum journal_fault *fault);

#endif
