/* A covariance that is never smaller than the true one and says little about who measured it.
 *
 * Two exact covariances of one radar locate it. The outer bound is block diagonal in the axes of
 * the trajectory (along, across, and in the plane of radius and velocity), one 2 x 2 block of
 * position and velocity for each axis, with sigmas and correlations on a coarse logarithmic grid.
 * Bound minus true is positive semidefinite, always, after rounding too. */
#ifndef WATCHFIRE_SHARE_OUTER_BOUND_H
#define WATCHFIRE_SHARE_OUTER_BOUND_H

#include "base/result.h"
#include "geo/frame.h"

/* Rows: unit vectors along the velocity, across (velocity x radius), and the third of the
 * right-handed set, roughly upwards; Earth-fixed axes. Below 1 m/s, or straight up or down, the
 * axes are east, north and up of a sphere. ERR_RANGE if the position is not finite or at the
 * centre. */
MUST_USE result outer_bound_axes(struct geo_ecef position, struct geo_velocity velocity,
                                 double axes[9]);

/* Factors by which the standard deviations along the three axes are made larger, 1 or more each: as
 * nobody else knows them, the grid does not tell when a deviation arrives at its next step. */
struct outer_bound_sizes {
    double along;
    double across;
    double up;
};

/* The bound of a 6 x 6 covariance (position, velocity; Earth-fixed axes; m, m/s).
 *
 * ERR_NUMERIC if the covariance is not positive definite, or if the bound cannot be shown to
 * hold. */
MUST_USE result outer_bound_state(struct geo_ecef position, struct geo_velocity velocity,
                                  const double covariance[36],
                                  const struct outer_bound_sizes *sizes, double out[36]);

/* The bound of a ground covariance (2 x 2, m²): the same in every direction, on the grid. */
MUST_USE result outer_bound_ground(const double covariance_m2[4], double out_m2[4]);

/* The next value of the grid at or above a standard deviation (0 stays 0). */
double outer_bound_sigma(double sigma);

#endif
