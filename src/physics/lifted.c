#include "physics/lifted.h"

#include "base/elementary.h"
#include "base/vector.h"
#include "geo/ellipsoid.h"

#define SINE_MIN 1e-6 /* of the angle between the velocity and the vertical */

/* Unit vector across the velocity. False without one. */
static bool find_lift(const struct motion_state *s, double bank_rad, double out[3])
{
    struct geo_geodetic place;
    if (ellipsoid_from_ecef((struct geo_ecef){s->x[0], s->x[1], s->x[2]}, &place) != OK) {
        return false;
    }
    double axes[9];
    ellipsoid_axes(place, axes);
    const double *up = axes + 6;
    const double *v = s->x + 3;
    const double speed = vector_length(v);
    const double right[3] = {(v[1] * up[2] - v[2] * up[1]) / speed,
                             (v[2] * up[0] - v[0] * up[2]) / speed,
                             (v[0] * up[1] - v[1] * up[0]) / speed};
    const double sine = vector_length(right);
    if (!(sine > SINE_MIN)) {
        return false;
    }
    const double rising = (v[0] * up[0] + v[1] * up[1] + v[2] * up[2]) / speed;
    for (int i = 0; i < 3; i++) {
        out[i] = ((up[i] - v[i] * rising / speed) * elementary_cos(bank_rad) +
                  right[i] * elementary_sin(bank_rad)) /
                 sine;
    }
    return true;
}

void lifted_step(struct motion_state *s, double lift_mps2, double bank_rad, double dt_s)
{
    static const double shares[4] = {0.0, 0.5, 0.5, 1.0};
    static const double weights[4] = {1.0 / 6.0, 1.0 / 3.0, 1.0 / 3.0, 1.0 / 6.0};
    double slope[MOTION_DIM] = {0};
    struct motion_state next = *s;
    for (int k = 0; k < 4; k++) {
        struct motion_state at = *s;
        for (int i = 0; i < MOTION_DIM; i++) {
            at.x[i] += shares[k] * dt_s * slope[i];
        }
        double lift[3];
        motion_derivative(MOTION_REENTRY, &at, slope, NULL);
        if (find_lift(&at, bank_rad, lift)) {
            for (int i = 0; i < 3; i++) {
                slope[3 + i] += lift_mps2 * lift[i];
            }
        }
        for (int i = 0; i < MOTION_DIM; i++) {
            next.x[i] += weights[k] * dt_s * slope[i];
        }
    }
    *s = next;
}
