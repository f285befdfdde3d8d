/* A whole assessment of one object, from its track (own or common). */
#ifndef WATCHFIRE_ASSESS_ASSESS_H
#define WATCHFIRE_ASSESS_ASSESS_H

#include <stdbool.h>

#include "assess/impact.h"
#include "base/result.h"
#include "model/assessment.h"
#include "model/footprint.h"
#include "model/track.h"

struct assess_input {
    const struct track *track; /* NULL = there is none */
    /* A fit of coasting or re-entry alone, at its own time; NULL = not yet, thrust may go on. */
    const struct ballistic_state *ballistic;
    /* The best launch estimate there is; NULL = none. */
    const struct launch_estimate *launch;
    bool manoeuvring; /* measurements say that it does not move ballistically */
    /* The assessment of the same object before this one; NULL = none. Falls are taken from it. */
    const struct assessment *before;
};

/* Fills the assessment and the footprint (both are owned by the caller and wholly overwritten).
 * What manoeuvres has no impact (WHY_MANOEUVRE), but a footprint of where it may come down.
 * Impact, apogee and classes come from `ballistic` alone: without it the impact is WHY_THRUSTING
 * (WHY_NO_TRACK without a track either), the class undetermined, and if_thrust_ends_now and early
 * have nothing to say yet. Falls of stages are those of `before`, and that of
 * the track's end of thrust. A launch that is not given is
 * WHY_NO_BOOST_SEEN's case: launch.determined is false.
 * Errors as impact_predict's; the outputs are then unchanged. */
MUST_USE result assess_make(const struct assess_input *in, struct assessment *out,
                            struct footprint *footprint);

/* Adds what a state under thrust says, if_thrust_ends_now and early, to an assessment of the same
 * track that is WHY_THRUSTING in boost; any other stays as it is. For people alone: no decision
 * hangs on it, and it costs more than all the rest.
 *
 *   before   what was said of the same object last, which holds for 4 s; NULL = nothing */
void assess_look_ahead(const struct track *t, const struct early_impact *before,
                       struct assessment *a);

#endif
