/* The filter's part below 100 km on the way down: whether what falls there falls ballistically.
 *
 * As long as it does, the manoeuvre hypothesis goes beside the ballistic one, so that plots of what
 * turns away are still found, and the test of track/manoeuvre.h listens. When that says that it
 * manoeuvres, and all observations of the last while confirm it, the ballistic estimate is given
 * up: FILTER_MANOEUVRING, until a ballistic way fits again. */
#ifndef WATCHFIRE_TRACK_FALL_H
#define WATCHFIRE_TRACK_FALL_H

#include "track/filter.h"

/* In FILTER_BALLISTIC: on the way down into the air the manoeuvre takes the place of boost. Out of
 * it again, or too slow to tell from an aircraft, it only clears `in_air`. */
void fall_follow_height(struct filter *f, struct filter_memory *memory);

/* The test goes the way of the ballistic estimate since the last observation, and hears one that
 * `next` has not used yet. Late ones tell it nothing. */
void fall_test(const struct filter *next, struct filter_memory *memory,
               const struct measure_site *sites, uint8_t site, const struct observation *o);

/* Gives up the ballistic estimate if the observations say so. */
void fall_declare(struct filter *f, struct filter_memory *memory, const struct measure_site *sites);

/* In FILTER_MANOEUVRING: ballistic again if observations since it was flagged fit a ballistic
 * way, and bound the lift. Poor sensors need more of them. */
void fall_try_again(struct filter *f, struct filter_memory *memory,
                    const struct measure_site *sites);

#endif
