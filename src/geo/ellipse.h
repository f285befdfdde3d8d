/* An error ellipse on the ground, in the local east-north plane of its centre. */
#ifndef WATCHFIRE_GEO_ELLIPSE_H
#define WATCHFIRE_GEO_ELLIPSE_H

#include <stdbool.h>

#include "base/result.h"
#include "geo/frame.h"

/* Semi-axes, m (major >= minor >= 0); azimuth of the major axis from north clockwise, rad, [0,
 * pi). */
struct geo_ellipse {
    double semi_major_m;
    double semi_minor_m;
    double azimuth_rad;
};

/* 95 % of a two-dimensional normal distribution lies within sqrt(5.991464547) sigma. */
#define ELLIPSE_SCALE_95 2.4477468306808161

/* The ellipse of an east-north covariance (2 x 2, m²) at `scale` sigma.
 * ERR_NUMERIC if the covariance is not positive semidefinite or not finite. */
MUST_USE result ellipse_from_covariance(const double covariance_m2[4], double scale,
                                        struct geo_ellipse *out);

double ellipse_area_m2(const struct geo_ellipse *e);

/* Whether a local point (east, north, m from the centre) lies inside or on the ellipse. */
bool ellipse_contains(const struct geo_ellipse *e, double east_m, double north_m);

#endif
