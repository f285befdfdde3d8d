#include "formats/outline.h"

#include "base/elementary.h"
#include "geo/geodesic.h"

#define LATITUDE_MAX_RAD (85.0 * RAD_PER_DEG)
#define EARTH_RADIUS_M 6371e3
#define SEMI_MAJOR_MAX_M 2000e3

/* How far a geodesic as long as one side strays from the straight line in latitude and longitude
 * between its ends, at most: its sagitta on a circle of the Earth's radius times the tangent of the
 * latitude, m. */
static double stray_m(struct geo_geodetic centre, double semi_major_m)
{
    const double side_m = 2.0 * PI / OUTLINE_CORNERS * semi_major_m;
    const double farthest_rad = fabs(centre.lat_rad) + semi_major_m / EARTH_RADIUS_M;
    const double lat_rad = farthest_rad < LATITUDE_MAX_RAD ? farthest_rad : LATITUDE_MAX_RAD;
    const double tangent = elementary_sin(lat_rad) / elementary_cos(lat_rad);
    return side_m * side_m / (8.0 * EARTH_RADIUS_M) * (1.0 + tangent);
}

result outline_around(struct geo_geodetic centre, const struct geo_ellipse *ellipse,
                      struct outline *out)
{
    ENSURE(ellipse->semi_major_m >= 0.0 && ellipse->semi_major_m <= SEMI_MAJOR_MAX_M, ERR_RANGE);
    ENSURE(ellipse->semi_minor_m >= 0.0 && ellipse->semi_minor_m <= ellipse->semi_major_m,
           ERR_RANGE);
    /* The sides of a polygon touch the ellipse when its corners lie this much farther out. */
    const double touch = OUTLINE_MARGIN / elementary_cos(PI / OUTLINE_CORNERS);
    const double more_m = OUTLINE_MARGIN_M + stray_m(centre, ellipse->semi_major_m);
    const double major_m = touch * ellipse->semi_major_m + more_m;
    const double minor_m = touch * ellipse->semi_minor_m + more_m;
    struct outline o;
    for (int i = 0; i < OUTLINE_CORNERS; i++) {
        const double turn_rad = -2.0 * PI * i / OUTLINE_CORNERS;
        const double along_m = major_m * elementary_cos(turn_rad);
        const double across_m = minor_m * elementary_sin(turn_rad);
        const double azimuth_rad = ellipse->azimuth_rad + elementary_atan2(across_m, along_m);
        const double distance_m = sqrt(along_m * along_m + across_m * across_m);
        TRY(geodesic_direct(centre, azimuth_rad, distance_m, &o.points[i]));
        ENSURE(fabs(o.points[i].lat_rad) <= LATITUDE_MAX_RAD, ERR_RANGE);
        ENSURE(fabs(o.points[i].lon_rad - centre.lon_rad) < PI, ERR_RANGE);
    }
    o.points[OUTLINE_CORNERS] = o.points[0];
    *out = o;
    return OK;
}
