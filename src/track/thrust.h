/* The filter's part that asks whether motors burn: when the last one stopped, and whether another
 * has begun since. */
#ifndef WATCHFIRE_TRACK_THRUST_H
#define WATCHFIRE_TRACK_THRUST_H

#include <stdbool.h>

#include "track/filter.h"

/* In FILTER_THRUSTING, after an observation was used: ballistic from now on if the end of thrust is
 * found among the observations, and they bound the thrust since then. */
void thrust_follow(struct filter *f, const struct filter_memory *memory,
                   const struct measure_site *sites);

/* In FILTER_BALLISTIC, after an observation was used: the logarithm of its likelihood by both
 * hypotheses over that by the ballistic one. Thrusting again if that adds up; else the end of
 * thrust may be stated from now on. */
void thrust_listen(struct filter *f, double log_ratio);

/* Whether the next stage may be about to burn. */
bool thrust_may_resume(const struct filter *f);

/* Whether it may have begun to, and nobody could tell yet. */
bool thrust_is_open(const struct filter *f);

#endif
