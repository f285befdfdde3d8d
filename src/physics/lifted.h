/* A step of re-entry with lift: an acceleration across the Earth-relative velocity beside gravity
 * and drag (physics/motion.h), constant over the step. */
#ifndef WATCHFIRE_PHYSICS_LIFTED_H
#define WATCHFIRE_PHYSICS_LIFTED_H

#include "physics/motion.h"

/* One classical fourth-order Runge-Kutta step of dt_s, in place. The lift turns with the velocity.
 *
 *   bank_rad   where it points, seen along the velocity: 0 upwards in the vertical plane, to the
 *              right +. A missile that flies straight up or down has no such plane: no lift then */
void lifted_step(struct motion_state *s, double lift_mps2, double bank_rad, double dt_s);

#endif
