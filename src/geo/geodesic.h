/* Geodesics on WGS 84. Heights are ignored.
 * Source: Karney (2013), J. Geodesy 87, 43-55. */
#ifndef WATCHFIRE_GEO_GEODESIC_H
#define WATCHFIRE_GEO_GEODESIC_H

#include "base/result.h"
#include "geo/frame.h"

/* Distance, m, and azimuths (from true north clockwise, rad, in [0, 2 pi)) of the shortest
 * geodesic, at its start and at its end (both forward). Any output may be NULL. ERR_RANGE for a
 * latitude beyond the poles or a value that is not finite. */
MUST_USE result geodesic_inverse(struct geo_geodetic from, struct geo_geodetic to,
                                 double *distance_m, double *azimuth_from_rad,
                                 double *azimuth_to_rad);

/* The point at a distance along an azimuth; its height is 0. ERR_RANGE as above. */
MUST_USE result geodesic_direct(struct geo_geodetic from, double azimuth_rad, double distance_m,
                                struct geo_geodetic *out);

#endif
