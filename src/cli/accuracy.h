/* How good national tracks are, measured over many flights of one scenario: errors against the
 * truth, against what the tracks state, and against the Cramer-Rao bound of the same observations.
 *
 * The bound: the least covariance that any unbiased estimate of the coasting state can have, from
 * the observations since the end of thrust, with the stated prior of the ballistic coefficient. It
 * is the covariance of a filter that linearises at the truth and needs no start.
 * Source: Taylor (1979), IEEE Trans. Automatic Control 24(2), 343-344 (no process noise). */
#ifndef WATCHFIRE_CLI_ACCURACY_H
#define WATCHFIRE_CLI_ACCURACY_H

#include <stdint.h>

#include "base/result.h"
#include "sim/scenario.h"

#define ACCURACY_TIMES 8

/* Seconds since the nation's first observation (boosting) or its first one after the end of thrust
 * (coasting). */
extern const double accuracy_boost_s[ACCURACY_TIMES];
extern const double accuracy_coast_s[ACCURACY_TIMES];

/* Sums over flights, at one time. Divide by `tracked`, or by `determined` for the impact. */
struct accuracy_row {
    uint32_t flown;   /* the time exists: the object is up and seen */
    uint32_t tracked; /* a firm or lost track is there; in coast: and knows that thrust has ended */
    double error2_m2; /* position */
    double bound2_m2;
    double speed_error2_m2ps2;
    double speed_bound2_m2ps2;
    double nees;         /* of position and velocity, over 6 */
    uint32_t determined; /* the impact is; by the track, and from the bound */
    uint32_t inside;     /* true impacts within the 95 % ellipse */
    uint32_t in_time;    /* within the 95 % interval */
    double impact2_m2;
    double impact_bound2_m2;
    double *area_km2; /* of each determined one, room for all seeds */
    double *bound_area_km2;
};

struct accuracy_nation {
    struct accuracy_row boost[ACCURACY_TIMES]; /* without bound and impact */
    struct accuracy_row coast[ACCURACY_TIMES];
    uint32_t seen;        /* flights in which thrust was seen to end */
    uint32_t declared;    /* of these, those in which its end was stated and stayed so */
    uint32_t premature;   /* stated while a motor burnt or was still to burn */
    double longest_s;     /* for how long at most in a flight, while a motor burnt */
    double *delay_s;      /* from the end of thrust to the statement that stayed */
    uint32_t most_tracks; /* firm ones at one time */
    /* Sensors with a bias beyond one deviation, 60 s after the first observation without thrust:
     * how many there were, were named rightly, and were named wrongly or beyond 4 sigma off. */
    uint32_t biased;
    uint32_t named;
    uint32_t misnamed;
};

struct accuracy;

/* Plays one nation's sensors at a time through its tracker. The scenario must have one launch that
 * comes down. ERR_STATE if it has not, ERR_FULL without memory. */
MUST_USE result accuracy_open(const struct scenario *scenario, uint32_t seeds,
                              struct accuracy **out);
void accuracy_close(struct accuracy *a);

/* One more flight. Errors as world_init's. */
MUST_USE result accuracy_fly(struct accuracy *a, uint64_t seed);

const struct accuracy_nation *accuracy_of(const struct accuracy *a, uint32_t nation);

#endif
