/* What class of missile a ballistic state belongs to: a probability for each, from its energy.
 *
 * The energy relative to the rotating Earth (Jacobi's constant, taken at the ground) gives the
 * range at minimum energy: with Q = v² r / GM at the ground, sin(range angle / 2) = Q / (2 - Q).
 * An orbit whose perigee stays above the air is a space launch. Source: Bate, Mueller and White
 * (1971), chapter 6. */
#ifndef WATCHFIRE_ASSESS_CLASSIFY_H
#define WATCHFIRE_ASSESS_CLASSIFY_H

#include "assess/impact.h"
#include "base/result.h"
#include "model/assessment.h"

#define CLASSIFY_SHORT_MAX_M 1000e3
#define CLASSIFY_MEDIUM_MAX_M 3000e3
#define CLASSIFY_INTERMEDIATE_MAX_M 5500e3

/* Perigee and apogee of the osculating orbit over a sphere of the Earth's mean radius, m. */
struct classify_orbit {
    double perigee_m;
    double perigee_sigma_m;
    double apogee_m; /* infinite where it escapes is given as 1e12 */
    double minimum_energy_range_m;
    double minimum_energy_range_sigma_m;
};

/* ERR_RANGE for a state that is not finite or inside the Earth; out is then unchanged. */
MUST_USE result classify_orbit(const struct ballistic_state *s, struct classify_orbit *out);

/* Probabilities of all classes for an object that coasts; they add up to 1.
 *
 * range_m   its range at minimum energy, if apogee and ground range are known (physics/flight.h);
 *             0 = from the state's energy, which is vaguer: on a turning Earth it depends on the
 *             bearing how far an energy carries
 *
 * ERR_RANGE as above; probability is then unchanged. */
MUST_USE result classify_coasting(const struct ballistic_state *s, double range_m,
                                  double probability[CLASS_COUNT]);

/* All probability on one class: CLASS_UNDETERMINED while it thrusts, CLASS_NOT_BALLISTIC when told
 * so. */
void classify_certain(enum missile_class value, double probability[CLASS_COUNT]);

#endif
