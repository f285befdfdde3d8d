/* A warning: a place may be hit or overflown, and what became of it. */
#ifndef WATCHFIRE_MODEL_WARNING_H
#define WATCHFIRE_MODEL_WARNING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/id.h"
#include "base/instant.h"

#define WARNING_AREAS_MAX 24

enum warning_state {
    WARNING_NONE,      /* nothing is known yet that would decide */
    WARNING_NO_THREAT, /* decided: no threat to us */
    WARNING_INITIAL,
    WARNING_UPDATE,
    WARNING_NARROWED,
    WARNING_LOST_TRACK,  /* still in force, wider: the object is no longer measured */
    WARNING_CANCEL,      /* it was wrong, or no longer holds */
    WARNING_ALL_CLEAR,   /* the danger is over */
    WARNING_HANDED_OVER, /* the event is another one; that one's warning goes on */
    WARNING_EXPIRED      /* its time ran out, and nothing is known of the object any more */
};
#define WARNING_STATE_COUNT (WARNING_EXPIRED + 1)

/* One administrative area (an index into the gazetteer) with what may happen there. */
struct warning_area {
    int32_t province;
    double impact_probability;
    struct instant overflight; /* when it passes over; unset = does not */
    double overflight_height_m;
};

struct warning {
    struct event_id event;
    enum warning_state state;
    uint32_t serial;        /* 1 for the first message about an event, then 2, 3, … */
    struct instant time;    /* when this message was made */
    struct instant expires; /* in force no longer than this without a new message */
    struct instant impact;  /* predicted; unset = undetermined */
    bool was_false;         /* CANCEL: there was no object */
    uint32_t area_count;
    struct warning_area areas[WARNING_AREAS_MAX];
};

/* Whether people are under warning in this state. */
static inline bool warning_in_force(enum warning_state state)
{
    return state >= WARNING_INITIAL && state <= WARNING_LOST_TRACK;
}

/* Whether people who were under warning no longer are. */
static inline bool warning_has_ended(enum warning_state state)
{
    return state >= WARNING_CANCEL && state <= WARNING_EXPIRED;
}

const char *warning_state_text(enum warning_state state);

#endif
