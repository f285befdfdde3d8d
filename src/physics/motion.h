/* How a missile moves between two instants: the three motions of the tracker, with Jacobians.
 *
 * Earth-fixed axes: J2 gravity, centrifugal and Coriolis acceleration; classical fourth-order
 * Runge-Kutta, the state transition matrix integrated beside the state (variational equations).
 *
 *   coast     gravity alone
 *   boost     a net thrust acceleration along the Earth-relative velocity (below 1 m/s: along the
 *             vertical), constant over the step; net, so there is no drag beside it
 *   re-entry  drag against the Earth-relative velocity: density * speed² / (2 beta); no air above
 *             200 km over the equator's radius
 *
 * One state for all, so that filters can be mixed: position (m), velocity (m/s), thrust
 * acceleration (m/s²; moved by boost only), natural logarithm of the ballistic coefficient in
 * kg/m² (used by re-entry only). */
#ifndef WATCHFIRE_PHYSICS_MOTION_H
#define WATCHFIRE_PHYSICS_MOTION_H

#include <stdbool.h>

#include "base/pair.h"

#define MOTION_DIM 8
#define MOTION_THRUST 6
#define MOTION_LN_BETA 7

enum motion_kind { MOTION_COAST, MOTION_BOOST, MOTION_REENTRY };

/* No air beyond this distance from the centre, wherever on the ellipsoid: 200 km over the
 * equator. */
#define MOTION_AIR_RADIUS_M 6578137.0

struct motion_state {
    double x[MOTION_DIM];
};

/* Time derivative of the state, and its Jacobian (8 x 8, row by row; NULL if not wanted). */
void motion_derivative(enum motion_kind kind, const struct motion_state *s,
                       double derivative[MOTION_DIM], double jacobian[MOTION_DIM * MOTION_DIM]);

/* Transition matrices are 7 x 7, row by row: position, velocity, and the constant of the kind
 * (coast has none: its row and column are those of the identity). */
#define MOTION_MATRIX_DIM 7
#define MOTION_MATRIX_CELLS (MOTION_MATRIX_DIM * MOTION_MATRIX_DIM)

/* One Runge-Kutta step of dt_s (either sign), in place. `transition` (NULL if not wanted) becomes
 * d(after)/d(before). */
void motion_step(enum motion_kind kind, struct motion_state *s, double dt_s,
                 double transition[MOTION_MATRIX_CELLS]);

/* Steps of at most step_s_max until dt_s has passed; `transition` as above, over the whole. */
void motion_propagate(enum motion_kind kind, struct motion_state *s, double dt_s, double step_s_max,
                      double transition[MOTION_MATRIX_CELLS]);

/* Deviations that a motion carries along: columns of a matrix, each one's rows position (m),
 * velocity (m/s) and the constant of the kind. What a column is a deviation of is the caller's
 * business; d(after)/d(before) times any matrix comes at the price of d(after)/d(before). */
#define MOTION_COLUMNS 8

struct motion_columns {
    double m[MOTION_MATRIX_DIM][MOTION_COLUMNS];
};

/* One step of dt_s (either sign) in coast of state and columns, in place: two Runge-Kutta steps of
 * the state, and one of the columns over both. */
void motion_carry(struct motion_state *s, double dt_s, struct motion_columns *columns);

/* What is constant in a motion, from the number that a state holds of it: in boost the thrust
 * acceleration itself, m/s²; in re-entry 1 / ballistic coefficient, m²/kg; in coast 0. */
double motion_constant(enum motion_kind kind, double number);

/* One Runge-Kutta step of two objects at once, position and velocity in place; `constant` as
 * motion_constant says. Of the transition only the rows of position and velocity are stated: those
 * of the constant are the identity's. False, and nothing is done, if an object is slower than
 * 1 m/s. */
bool motion_step_two(const enum motion_kind kind[2], pair x[6], const double constant[2],
                     double dt_s, pair transition[6][MOTION_MATRIX_DIM]);

enum { MOTION_TWOS_MAX = 2 };

/* Two objects with deviations of theirs. */
struct motion_two {
    enum motion_kind kind[2];
    pair x[6];
    pair constant;
    pair dt_s; /* of a step; 0 leaves an object where it is */
    pair columns[6][MOTION_MATRIX_DIM];
    int first; /* columns from this one on are carried */
};

/* One Runge-Kutta step of up to MOTION_TWOS_MAX times two objects, each of its own length (either
 * sign), with their columns; of these the last one is the change with the constant (in re-entry,
 * with ln beta). All in place; whatever the speed, but a motor's push on an object slower than
 * 1 m/s means nothing. */
void motion_carry_twos(struct motion_two *const two[], int count);

/* Height over the ellipsoid, m, and its rate, m/s: good to a centimetre below 200 km, to 0.1 m
 * below 6400 km. */
double motion_height_m(const struct motion_state *s, double *rate_mps);

/* The same height of two objects, as far from the centre as stated, and its gradient, the normal
 * of the ellipsoid. */
pair motion_height_two(const pair position_m[3], pair radius_m, pair normal[3]);

/* Deceleration by drag, m/s², of an object with this 1 / ballistic coefficient, m²/kg. */
double motion_drag_mps2(const struct motion_state *s, double inverse_beta);

#endif
