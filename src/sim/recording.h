/* A recorded flight as a smooth path: heights and ways that were read off and rounded become a
 * state at any time.
 *
 * Height and way over the ground are each fitted by a cubic to the samples around (weighted least
 * squares, tricube weights), never across a break of the acceleration: ±RECORDING_BOOST_S while the
 * motors burn, ±RECORDING_COAST_S after. Source: Cleveland (1979), J. Am. Stat. Assoc. 74(368). */
#ifndef WATCHFIRE_SIM_RECORDING_H
#define WATCHFIRE_SIM_RECORDING_H

#include "base/result.h"
#include "geo/frame.h"
#include "physics/motion.h"
#include "sim/scenario.h"

#define RECORDING_BOOST_S 10.0
#define RECORDING_COAST_S 40.0

/* What the samples become once: the way over the ground instead of the way at height. */
struct recording {
    struct geo_geodetic site;
    double bearing_rad;
    struct scenario_recording samples; /* path_m over the ground */
};

void recording_init(struct recording *r, const struct scenario_recording *samples,
                    struct geo_geodetic site, double bearing_rad);

/* Earth-fixed state t_s after launch, within the samples' time. ERR_NUMERIC where fewer than five
 * samples stand between two breaks. */
MUST_USE result recording_state(const struct recording *r, double t_s, struct motion_state *out);

#endif
