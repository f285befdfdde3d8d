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

/* Deceleration by drag, m/s². */
double motion_drag_mps2(const struct motion_state *s);

#endif
