/* A node's clock: TAI from the system's clocks, never backwards.
 *
 * The node's time is CLOCK_MONOTONIC plus an offset of its own. The offset follows CLOCK_REALTIME
 * (through the table of leap seconds) forward at once. When the system's clock is set back the node
 * goes on by CLOCK_MONOTONIC; once that has lasted NODE_CLOCK_GRACE_NS it says so, and lets half of
 * each second go by until both agree again: a node that stays ahead of its sensors is blind. An
 * inserted leap second, which sets the system's clock back by a second for a second, passes
 * unnoticed. */
#ifndef WATCHFIRE_NODE_NODE_CLOCK_H
#define WATCHFIRE_NODE_NODE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/instant.h"

#define NODE_CLOCK_GRACE_NS (2 * NS_PER_S)
/* Smaller steps are not worth telling. */
#define NODE_CLOCK_STEP_NS (100 * NS_PER_MS)

enum node_clock_news {
    NODE_CLOCK_STEADY,
    NODE_CLOCK_SET_BACK,    /* told once, after the grace */
    NODE_CLOCK_SET_FORWARD, /* followed */
    NODE_CLOCK_AGREES       /* after it was set back: both agree again */
};

struct node_clock {
    bool started;
    bool is_alone; /* was set back, and told */
    int64_t offset_ns;
    int64_t monotonic_ns;    /* at the last reading */
    int64_t behind_since_ns; /* by CLOCK_MONOTONIC; 0 = the system's clock is not behind */
    int64_t ahead_ns;        /* of the system's clock at the last reading; 0 = agrees */
    int64_t step_ns;         /* the last that was told, ahead = + */
    uint64_t steps;          /* told so far */
};

/* Takes a reading of both clocks (CLOCK_REALTIME first) and gives the node's time.
 *
 *   realtime    since 1970-01-01 UTC, without leap seconds
 *   monotonic   never less than before
 *   floor       the node's time is not before this (the last in the journal); or INSTANT_UNSET */
enum node_clock_news node_clock_take(struct node_clock *c, int64_t realtime_ns,
                                     int64_t monotonic_ns, struct instant floor,
                                     struct instant *now);

/* The same with the clocks of this machine. */
enum node_clock_news node_clock_read(struct node_clock *c, struct instant floor,
                                     struct instant *now);

#endif
