/* The ascent that assess/ascent.h fits: a point mass in the axes east, north, up of a point on the
 * ground, launched from rest.
 *
 *   thrust   c(t) = c₀/(1 − g c₀ t/w), w = MISSILE_EXHAUST_MPS; never more than c₀/0.15
 *   lean     from the vertical: 0 for t ≤ rise, then r s (1 + b s/120 s), s = t − rise; 0 to 80°
 *   bearing  ψ + d t
 *   falls    9.80 m/s² at the ground, less with height, towards the centre of a round Earth;
 *            Coriolis; drag ½ ρ v²/β with ρ = 1.225 exp(−h/7200 m) kg/m³
 *
 * The centrifugal part is in the 9.80. Steps of a second by the midpoint rule: good to some metres
 * in the first 80 s. */
#ifndef WATCHFIRE_ASSESS_ASCENT_PATH_H
#define WATCHFIRE_ASSESS_ASCENT_PATH_H

#include <stdint.h>

#include "assess/ascent.h"

#define ASCENT_STEP_S 1.0
#define ASCENT_STEPS_MAX 160

/* East, north, up of the launch point (m), and their rates (m/s). */
struct ascent_state {
    double x[6];
};

/* States from the launch on, a step apart. */
struct ascent_path {
    uint32_t count;
    struct ascent_state at[ASCENT_STEPS_MAX];
};

/* Flies at least until then, if there are steps enough. `lat_rad` is that of the place. */
void ascent_fly(const double number[ASCENT_NUMBERS], double lat_rad, double until_s,
                struct ascent_path *out);

/* The same of two at once, at the price of one. */
void ascent_fly_two(const double a[ASCENT_NUMBERS], const double b[ASCENT_NUMBERS], double lat_rad,
                    double until_s, struct ascent_path *out_a, struct ascent_path *out_b);

/* The state t_s after launch: at rest before it, straight on after the last step. */
struct ascent_state ascent_state_at(const struct ascent_path *path, double t_s);

#endif
