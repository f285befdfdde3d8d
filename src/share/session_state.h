/* What the parts of a session share with one another. Inside share only. */
#ifndef WATCHFIRE_SHARE_SESSION_STATE_H
#define WATCHFIRE_SHARE_SESSION_STATE_H

#include "share/session.h"

/* Both sides know each other's process start, and the partner's memory was compared. */
static inline bool session_state_ready(const struct session *s)
{
    return s->open && s->heard_us;
}

/* The partner takes key lists and does not hold our newest, or is not known to have heard of the
 * ledger that was begun anew: hellos go on. */
static inline bool session_state_news_due(const struct session *s)
{
    return (s->schema >= 2 && s->keys_confirmed < s->keys.number) || s->ledger_is_new;
}

/* The last instant at or before now that is `phase` after a whole number of periods. */
static inline struct instant session_state_slot(struct instant now, int64_t period_ns,
                                                int64_t phase_ns)
{
    const int64_t rest = (now.tai_ns - phase_ns) % period_ns; /* negative before 1970 */
    return (struct instant){now.tai_ns - (rest + period_ns) % period_ns};
}

static inline struct instant session_state_after(struct instant t, int64_t ns)
{
    return instant_plus(t, (struct duration){ns});
}

static inline void session_state_refuse(struct session *s, enum session_refusal why)
{
    s->counters.refused[why]++;
    /* Whoever starts with a counter from an old copy of its memory must learn of it. */
    s->hello_due = s->hello_due || why == REFUSED_OLD_EPOCH;
}

/* Where the ledger stands. */
struct frame_position session_state_stream(const struct session *s);

/* The entries before this one are not the first that are to be sent. */
static inline void session_state_repair_from(struct session *s, uint64_t sequence)
{
    s->repair_next = sequence < s->repair_next ? sequence : s->repair_next;
}

/* Something of the partner's is to be acknowledged, at the fixed instant after the next. */
static inline void session_state_ack(struct session *s, struct instant now)
{
    if (!instant_is_set(s->ack_at)) {
        s->ack_at = session_state_after(
            session_state_slot(now, SESSION_ACK_NS, SESSION_ACK_PHASE_NS), 2 * SESSION_ACK_NS);
    }
}

/* What is not acknowledged may be lost: it goes again, notices, warnings and the newest first. */
void session_state_afresh(struct session *s, struct instant now);

#endif
