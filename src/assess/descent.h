/* One way down: a state without thrust and its deviations, from wherever it is to the air or to the
 * ground. */
#ifndef WATCHFIRE_ASSESS_DESCENT_H
#define WATCHFIRE_ASSESS_DESCENT_H

#include <stdbool.h>

#include "model/footprint.h"
#include "physics/motion.h"

/* Above this height drag is left out: it would move an impact by 10 m at most. */
#define DESCENT_AIR_M 100e3
/* Nothing that takes longer than this comes down on a ballistic way. */
#define DESCENT_TIME_MAX_S 10800.0

/* Columns of the deviations that are carried along: six that are a square root of the covariance
 * of position and velocity, and the change with ln beta. */
#define DESCENT_BY_LN_BETA 6
#define DESCENT_NO_COLUMNS MOTION_MATRIX_DIM

struct descent {
    struct motion_state state; /* Earth-fixed; ln beta is used below DESCENT_AIR_M */
    double inverse_beta;       /* the same, m²/kg */
    double after_s;            /* since the start */
    struct motion_columns columns;
    double apogee_m;  /* set when it is passed; before that, as it was initialised */
    int first_column; /* those from here on are carried through the air, the others stay */
    bool landed;
};

/* `root` (6 x 6, lower): root * its transpose is the covariance of position and velocity when ln
 * beta is known; by_ln_beta: how their mean depends on ln beta. */
void descent_init(struct descent *d, const double x[6], double ln_beta, const double root[36],
                  const double by_ln_beta[6]);

void descent_set_ln_beta(struct descent *d, double ln_beta);

/* Goes on until it comes down to DESCENT_AIR_M (to some 100 m); at once if it is lower already,
 * rising or not. Knots of the way go to `log` (may be NULL). False if that is not within
 * time_max_s. */
bool descent_to_air(struct descent *d, struct footprint *log, double time_max_s);

enum { DESCENT_WAYS = 4 };

/* Four ways go on to ellipsoid height 0 side by side; the first two have the same first column, and
 * so have the last two. One has not landed if that is not within DESCENT_TIME_MAX_S, or if it does
 * not fall at more than 5 m/s when it arrives. The knots of d[logged] go to `log` (may be NULL). */

void descent_to_ground(struct descent d[DESCENT_WAYS], struct footprint *log, int logged);

/* The apogee that lies behind a state that falls through thin air or none; 0 if the air has slowed
 * it too much to tell, or if there is none. */
double descent_apogee_behind_m(const struct motion_state *s);

#endif
