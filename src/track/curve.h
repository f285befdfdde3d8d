/* What the curvature of equal ranges does to a state as it is stated.
 *
 * A radar that measures ranges finely and angles coarsely knows an object within a thin curved
 * shell, and its speed likewise. A covariance in straight axes along the tangent is thinner than
 * that shell is deep: too sure of itself. Here position and velocity are taken as Gaussian in what
 * the radar tells well and badly (range, range rate and speed across; the angles of the line of
 * sight and of the flight), and stated by their mean and covariance to the second order.
 *
 * Source: Bar-Shalom, Li and Kirubarajan (2001), Estimation with Applications to Tracking and
 * Navigation, Wiley: moments of quadratic forms of Gaussian numbers, section 1.4. */
#ifndef WATCHFIRE_TRACK_CURVE_H
#define WATCHFIRE_TRACK_CURVE_H

#include "track/estimate.h"
#include "track/measure.h"

/* Widens position and velocity of an estimate that rests on this site's observations, and moves
 * them to their mean. Nothing happens if the site is no radar, or where the object is not flying
 * across its line of sight (slower than 100 m/s). */
void curve_widen(const struct measure_site *site, struct estimate *e);

#endif
