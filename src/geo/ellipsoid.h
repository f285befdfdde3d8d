/* The WGS 84 ellipsoid: geodetic and Earth-fixed positions, local axes.
 * Source: NIMA TR8350.2 (2000) for the constants. */
#ifndef WATCHFIRE_GEO_ELLIPSOID_H
#define WATCHFIRE_GEO_ELLIPSOID_H

#include "base/result.h"
#include "geo/frame.h"

#define ELLIPSOID_A_M 6378137.0
#define ELLIPSOID_F (1.0 / 298.257223563)

/* Total: any finite input has an answer. */
struct geo_ecef ellipsoid_to_ecef(struct geo_geodetic p);

/* Geodetic position of an Earth-fixed point.
 *
 *   p     Earth-fixed position, m; at least 1 km from the centre
 *   out   latitude, longitude, rad; ellipsoidal height, m
 *
 * Latitude is good to 1e-14 rad below 200 km and to 3e-11 rad everywhere else down to a depth of
 * 1000 km; height to rounding. Near the centre latitude means little.
 * ERR_RANGE if p is not finite or too near the centre; out is then unchanged.
 * Source: Fukushima (2006), J. Geodesy 79, 689-693. */
MUST_USE result ellipsoid_from_ecef(struct geo_ecef p, struct geo_geodetic *out);

/* Rows of `axes` (3 x 3): the unit vectors east, north, up at p, in Earth-fixed axes. */
void ellipsoid_axes(struct geo_geodetic p, double axes[9]);

/* The Earth-fixed position p seen in the local axes at `origin`. */
struct geo_enu ellipsoid_enu(struct geo_geodetic origin, struct geo_ecef p);

/* The reverse of ellipsoid_enu. */
struct geo_ecef ellipsoid_from_enu(struct geo_geodetic origin, struct geo_enu p);

/* Range, azimuth and elevation of a local position. ERR_RANGE nearer than 1 m. */
MUST_USE result ellipsoid_polar(struct geo_enu p, struct geo_polar *out);

/* The reverse of ellipsoid_polar. */
struct geo_enu ellipsoid_from_polar(struct geo_polar p);

#endif
