/* Late observations by buffer and replay: the filter goes back to how it stood before, and uses the
 * late observation and all that came since in the order of their times. The outcome is that of
 * observations that came in order, bit for bit.
 *
 * Two checkpoints are kept, taken REPLAY_STEP_S apart, so that the older one is between that and
 * twice that old. What is older still, or was made before the track was believed, is used as
 * filter_update does it: by carrying the state back. Nothing is paid as long as nothing is late but
 * a copy every REPLAY_STEP_S. */
#ifndef WATCHFIRE_TRACK_REPLAY_H
#define WATCHFIRE_TRACK_REPLAY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/result.h"
#include "track/filter.h"

#define REPLAY_STEP_S 10.0

/* How a filter stood once. Which observations were kept then, the memory still knows. */
struct replay_point {
    bool is_set;
    uint32_t count;
    uint32_t next;
    uint64_t total;
    struct manoeuvre_test manoeuvre;
    struct filter filter;
};

/* All zero: no checkpoint yet. */
struct replay {
    uint32_t newer; /* which of the two */
    struct replay_point points[2];
};

/* The filter was changed by something else than an observation: nothing older is gone back to. */
void replay_begin(struct replay *r, const struct filter *f, const struct filter_memory *memory);

/* As above, where another change may follow before the next observation: the next checkpoint is
 * taken after that. */
void replay_forget(struct replay *r);

/* As filter_update, in place of it. On error filter and checkpoints are unchanged. */
MUST_USE result replay_update(struct replay *r, struct filter *f, struct filter_memory *memory,
                              const struct measure_site *sites, uint8_t site,
                              const struct observation *o);

#endif
