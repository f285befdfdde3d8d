/* One way down: a state without thrust and its transition matrix, from wherever it is to the air or
 * to the ground. */
#ifndef WATCHFIRE_ASSESS_DESCENT_H
#define WATCHFIRE_ASSESS_DESCENT_H

#include <stdbool.h>

#include "model/footprint.h"
#include "physics/motion.h"

/* Above this height drag is left out: it would move an impact by 10 m at most. */
#define DESCENT_AIR_M 100e3
/* Nothing that takes longer than this comes down on a ballistic way. */
#define DESCENT_TIME_MAX_S 10800.0

struct descent {
    struct motion_state state; /* Earth-fixed; ln beta is used below DESCENT_AIR_M */
    double after_s;            /* since the start */
    double transition[36];     /* d(position, velocity now) / d(position, velocity at the start) */
    double apogee_m;           /* set when it is passed; before that, as it was initialised */
};

/* Where the way is written down: knots, with doubts from the 6 x 6 covariance at the start. */
struct descent_log {
    const double *covariance;
    struct footprint *footprint;
};

void descent_init(struct descent *d, const double x[6], double ln_beta);

/* Height over the ellipsoid, m, and its rate, m/s. */
void descent_height(const struct motion_state *s, double *height_m, double *rate_mps);

/* Goes on until it comes down through DESCENT_AIR_M; at once if it is lower already, rising or not.
 * `log` may be NULL. False if that is not within time_max_s. */
bool descent_to_air(struct descent *d, const struct descent_log *log, double time_max_s);

/* Goes on to ellipsoid height 0. False if that is not within DESCENT_TIME_MAX_S, or if it does not
 * fall at more than 5 m/s when it arrives. */
bool descent_to_ground(struct descent *d, const struct descent_log *log);

/* The apogee that lies behind a state that falls through thin air or none; 0 if the air has slowed
 * it too much to tell, or if there is none. */
double descent_apogee_behind_m(const struct motion_state *s);

#endif
