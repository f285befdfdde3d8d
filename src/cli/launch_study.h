/* How good launch points are, measured over many flights: errors against what is stated.
 *
 * A scenario's launch that is recorded is flown as it is; of any other only site and bearing are
 * taken, and the boost is one that the estimator does not know (cli/foreign_flight.h), another for
 * each seed. */
#ifndef WATCHFIRE_CLI_LAUNCH_STUDY_H
#define WATCHFIRE_CLI_LAUNCH_STUDY_H

#include <stdint.h>

#include "base/result.h"
#include "sim/scenario.h"

#define LAUNCH_STUDY_TIMES 4

/* Seconds since the nation's first observation of the burning motor; the last row is at the end of
 * thrust instead, and has 0 here. */
extern const double launch_study_s[LAUNCH_STUDY_TIMES];

/* Sums over flights, at one time. Divide by `determined`. */
struct launch_study_row {
    uint32_t flown; /* seen by the nation, and thrust lasts until this time */
    uint32_t determined;
    uint32_t inside;  /* true launch points within the stated 95 % ellipse */
    uint32_t in_time; /* true launch times within 1.96 stated deviations */
    double error2_m2;
    double stated2_m2; /* trace of the stated covariance */
    double time_error2_s2;
    double time_stated2_s2;
    double *error_m;  /* of each determined one, room for all flights */
    double *area_km2; /* of its 95 % ellipse */
};

struct launch_study;

/* ERR_FULL without memory. Each seed flies each of the scenario's launches, one at a time. */
MUST_USE result launch_study_open(const struct scenario *scenario, uint32_t seeds,
                                  struct launch_study **out);
void launch_study_close(struct launch_study *s);

/* One more seed. Errors as world_init's and foreign_flight_fly's. */
MUST_USE result launch_study_fly(struct launch_study *s, uint64_t seed);

/* LAUNCH_STUDY_TIMES rows. */
const struct launch_study_row *launch_study_of(const struct launch_study *s, uint32_t nation);

#endif
