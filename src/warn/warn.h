/* One nation's warning about one event: when it is raised, updated, narrowed, and how it ends.
 *
 *   none        -> no threat | initial
 *   no threat   -> initial
 *   initial     -> update | narrowed | lost track | an end
 *   update, narrowed, lost track -> one another and themselves | an end
 *   cancel      -> initial, if it was cancelled wrongly
 *   all clear, handed over, expired are ends for good
 *
 * The ends: *cancel*, it was false or does not threaten any more; *all clear*, the danger is over;
 * *handed over*, the event proved to be another one, whose warning is in force; *expired*, its time
 * ran out and nothing is known of the object.
 *
 * "No threat to us" needs a determined impact (or a certain orbit) with both probabilities below
 * the wide threshold. While an assessment says nothing (thrust) a warning in force stays as it is;
 * while the track is lost or manoeuvres it is never cancelled for want of probability, since doubt
 * only dilutes that: areas are added, none is taken away. Once in force it ends, whatever happens:
 * after the latest time at which anything could still come down on or pass over the nation, at the
 * latest at `expires`, which every message in force carries. */
#ifndef WATCHFIRE_WARN_WARN_H
#define WATCHFIRE_WARN_WARN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/id.h"
#include "base/instant.h"
#include "model/assessment.h"
#include "model/warning.h"
#include "warn/risk.h"

struct warn_thresholds {
    double wide_probability; /* impact on or passage over the own nation: from here on, a warning */
    double narrow_probability;  /* a narrowed warning names areas from here on */
    double narrow_area_m2;      /* and needs a 95 % impact area no larger than this */
    struct duration update_min; /* between messages that only bring news */
    struct duration margin;     /* after the last danger that is predicted, before all clear */
    struct duration lost_hold;  /* the same while the track is lost */
};

/* 1 %, 10 %, 2000 km², 10 s, 60 s, 300 s. */
struct warn_thresholds warn_thresholds_default(void);

/* The life of one warning; plain values, no pointers. */
struct warn_state {
    struct warning last;          /* the latest message; serial 0 = none yet */
    struct instant danger_until;  /* latest danger to the own nation; unset = none */
    struct instant passage_from;  /* the part of it that is a passage; unset = none */
    struct instant passage_until; /* once begun it stays, although it lies behind */
};

/* Whether the event is one at all. */
enum warn_gone {
    GONE_NOT,
    GONE_FALSE,    /* there was no object */
    GONE_HARMLESS, /* it is another event, which is no threat */
    GONE_RECALLED, /* an officer took the warning back, whatever the event is */
    GONE_ELSEWHERE /* it is another event, whose warning is in force */
};

struct warn_input {
    const struct assessment *assessment; /* NULL = there is none (yet, or any more) */
    const struct risk *risk;             /* of the own nation, from the same footprint; or NULL */
    enum warn_gone gone;
};

void warn_state_init(struct warn_state *s, struct event_id event);

/* Decides what to say now. True if there is something: *out is the message, with the next serial,
 * superseding the one before it; *s remembers it. Otherwise *out is unchanged.
 *
 * Every end, lost track and the first warning go at once; all other news at most one in
 * `update_min`. To be called when an assessment changes, and once a second while the event is
 * open, since time ends warnings too. */
bool warn_decide(struct warn_state *s, struct instant now, const struct warn_input *in,
                 const struct warn_thresholds *thresholds, struct warning *out);

#endif
