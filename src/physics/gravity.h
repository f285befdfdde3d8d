/* The Earth's attraction: central term and J2 (GM, a, J2 of WGS 84 / EGM96). */
#ifndef WATCHFIRE_PHYSICS_GRAVITY_H
#define WATCHFIRE_PHYSICS_GRAVITY_H

#include "base/pair.h"

#define GRAVITY_GM_M3PS2 3.986004418e14
#define GRAVITY_J2 1.08262668e-3
#define GRAVITY_RADIUS_M 6378137.0
#define EARTH_RATE_RADPS 7.292115e-5

/* Attraction (without the centrifugal term) at an Earth-fixed position, m/s², and its gradient
 * d(acceleration)/d(position), 3 x 3, 1/s² (NULL if not wanted). The position is at least 1 km from
 * the centre. */
void gravity_acceleration(const double position_m[3], double acceleration_mps2[3],
                          double gradient[9]);

/* The same at two positions at once. */
void gravity_acceleration_two(const pair position_m[3], pair acceleration_mps2[3],
                              pair gradient[9]);

#endif
