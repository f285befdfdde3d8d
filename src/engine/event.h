/* What happens to an engine: everything that it learns comes as an event, time included.
 *
 * An event has canonical bytes; the journal keeps them, and replaying them into a fresh engine
 * gives the same effects, bit for bit. */
#ifndef WATCHFIRE_ENGINE_EVENT_H
#define WATCHFIRE_ENGINE_EVENT_H

#include <stdint.h>

#include "base/bytes.h"
#include "base/id.h"
#include "base/instant.h"
#include "base/result.h"
#include "engine/limits.h"
#include "model/observation.h"
#include "model/order.h"
#include "share/frame.h"
#include "share/session.h"

enum event_kind {
    EVENT_NONE,
    EVENT_BOOT,      /* a process start; one for each partner */
    EVENT_TICK,      /* time passes; at least twice a second */
    EVENT_SCAN,      /* observations of one sensor with one time of validity */
    EVENT_FRAME,     /* a plain frame from a partner, opened and verified by the shell */
    EVENT_REFUSED,   /* something that claimed to be a partner's was refused by the shell */
    EVENT_COMMITTED, /* all events up to a journal position are durable */
    EVENT_POLICY,    /* a release policy whose signatures the shell verified */
    EVENT_KEYS,      /* a key list is in force from here on: a partner's, or our own */
    EVENT_GRANTS,    /* by which partners let us pass on their records: these and no others */
    EVENT_LINK,      /* the carrier has a connection to a partner again */
    EVENT_SHARE,     /* a tick of which the own picture's part waits for the next one */
    EVENT_ORDER      /* an officer's order, whose session the shell verified */
};
#define EVENT_KIND_COUNT (EVENT_ORDER + 1)

/* One officer's consent to a policy. */
struct event_officer {
    uint8_t key[32]; /* Ed25519, public */
    uint8_t signature[64];
};
#define EVENT_OFFICERS_MAX 2

struct event {
    enum event_kind kind;
    struct instant time;      /* when it reached the node; never earlier than the event before */
    struct nation_id partner; /* BOOT, FRAME, REFUSED, LINK; KEYS: whose they are */
    struct session_boot boot; /* BOOT */
    struct bytes frame;       /* FRAME: a view, for the call only */
    /* FRAME: the sender's, of KEY_SIGNATURE_BYTES; NULL = not known, nothing of it is passed on.
     * Not among the event's bytes: the journal has it beside them. */
    const uint8_t *signature;
    struct bytes keys;   /* KEYS: the signed list, which the shell verified; a view likewise */
    struct bytes grants; /* GRANTS: a grant_set, which nobody has verified; likewise */
    enum session_refusal refusal;   /* REFUSED */
    uint64_t position;              /* COMMITTED */
    uint32_t scan_count;            /* SCAN */
    const struct observation *scan; /* SCAN: for the call only */
    struct bytes policy;       /* POLICY: canonical (share/policy.h); a view, for the call only */
    struct digest predecessor; /* POLICY: of the policy that it follows */
    uint32_t officer_count;    /* POLICY: distinct ones */
    struct event_officer officers[EVENT_OFFICERS_MAX];
    struct order order; /* ORDER */
};

/* No event has more bytes: the longest is a full scan of ready tracks. */
#define EVENT_BYTES_MAX (LIMIT_SCAN * 272 + 64)

/* Appends the canonical bytes. ERR_FULL if they do not fit, ERR_RANGE for an event of no kind. */
MUST_USE result event_encode(const struct event *event, struct byte_writer *out);

/* Reads exactly one event. `scan` is the caller's room for LIMIT_SCAN observations, which the event
 * then points to; a frame is a view of `in`. ERR_FORMAT for anything else. */
MUST_USE result event_decode(struct bytes in, struct observation *scan, struct event *out);

#endif
