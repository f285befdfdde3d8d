/* Flights whose boost is none of those that the launch estimate believes in: for measuring how
 * honest it is about missiles that nobody has described.
 *
 * One to three stages, each with its own thrust-to-weight, exhaust speed, share of propellant and
 * course of the thrust (liquid: constant, some throttled for half a minute; solid: rising or
 * falling while it burns). Vertical for 5 to 12 s, then one of four ways to steer: a gravity turn
 * after a kick, or a pitch that falls exponentially, along a cosine, or at two rates. The bearing
 * drifts by up to 3 degrees in 100 s. Earth-fixed motion with rotation, J2 and drag. The numbers
 * are notional. */
#ifndef WATCHFIRE_CLI_FOREIGN_FLIGHT_H
#define WATCHFIRE_CLI_FOREIGN_FLIGHT_H

#include <stdint.h>

#include "base/result.h"
#include "geo/frame.h"
#include "sim/truth.h"

/* Draws a flight from the seed, near a site (within 0.5 degrees) and a bearing (within 90 degrees),
 * and makes it the only object of a truth, until 60 s after the end of thrust. ERR_NUMERIC if 100
 * draws in a row fall back to the ground. */
MUST_USE result foreign_flight_fly(struct geo_geodetic site, double bearing_rad,
                                   struct instant launch, uint64_t seed, struct truth *out);

#endif
