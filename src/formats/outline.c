#include "formats/outline.h"

#include "base/elementary.h"
#include "geo/geodesic.h"

#define LATITUDE_MAX_RAD (85.0 * RAD_PER_DEG)
#define EARTH_RADIUS_M 6371e3
#define SEMI_MAJOR_MAX_M 2000e3
#define STRETCH_MAX_M 500e3

/* How far a geodesic of that length strays from the straight line in latitude and longitude between
 * its ends, at most: its sagitta on a circle of the Earth's radius times the tangent of the
 * latitude, m. It lies within `reach_m` of a point. */
static double stray_m(struct geo_geodetic point, double reach_m, double side_m)
{
    const double farthest_rad = fabs(point.lat_rad) + reach_m / EARTH_RADIUS_M;
    const double lat_rad = farthest_rad < LATITUDE_MAX_RAD ? farthest_rad : LATITUDE_MAX_RAD;
    const double tangent = elementary_sin(lat_rad) / elementary_cos(lat_rad);
    return side_m * side_m / (8.0 * EARTH_RADIUS_M) * (1.0 + tangent);
}

/* Whether a straight line in latitude and longitude may go there from `origin`. */
static result check(struct geo_geodetic p, struct geo_geodetic origin)
{
    ENSURE(fabs(p.lat_rad) <= LATITUDE_MAX_RAD, ERR_RANGE);
    ENSURE(fabs(p.lon_rad - origin.lon_rad) < PI, ERR_RANGE);
    return OK;
}

result outline_around(struct geo_geodetic centre, const struct geo_ellipse *ellipse,
                      struct outline *out)
{
    ENSURE(ellipse->semi_major_m >= 0.0 && ellipse->semi_major_m <= SEMI_MAJOR_MAX_M, ERR_RANGE);
    ENSURE(ellipse->semi_minor_m >= 0.0 && ellipse->semi_minor_m <= ellipse->semi_major_m,
           ERR_RANGE);
    /* The sides of a polygon touch the ellipse when its corners lie this much farther out. */
    const double touch = OUTLINE_MARGIN / elementary_cos(PI / OUTLINE_CORNERS);
    const double side_m = 2.0 * PI / OUTLINE_CORNERS * ellipse->semi_major_m;
    const double more_m = OUTLINE_MARGIN_M + stray_m(centre, ellipse->semi_major_m, side_m);
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
        TRY(check(o.points[i], centre));
    }
    o.points[OUTLINE_CORNERS] = o.points[0];
    o.count = OUTLINE_POINTS;
    *out = o;
    return OK;
}

/* The two points of the outline beside a point of the way. */
static result stand_beside(uint32_t count, const struct geo_geodetic *way, uint32_t i,
                           double half_width_m, struct geo_geodetic *left,
                           struct geo_geodetic *right)
{
    const uint32_t before = i > 0 ? i - 1 : 0;
    const uint32_t after = i + 1 < count ? i + 1 : i;
    double stretch_m = 0.0;
    double course_rad = 0.0;
    double end_rad = 0.0;
    ENSURE(half_width_m >= 0.0 && half_width_m <= SEMI_MAJOR_MAX_M, ERR_RANGE);
    TRY(geodesic_inverse(way[before], way[after], &stretch_m, &course_rad, &end_rad));
    ENSURE(stretch_m > 0.0 && stretch_m <= (after - before) * STRETCH_MAX_M, ERR_RANGE);
    struct geo_geodetic at = way[i];
    if (i == 0 || i + 1 == count) {
        /* The two ends are straight as well, and must not cut the way short. */
        course_rad = i == 0 ? course_rad : end_rad;
        const double more_m =
            OUTLINE_MARGIN_M + stray_m(way[i], half_width_m, OUTLINE_MARGIN * 2.0 * half_width_m);
        const double out_rad = i == 0 ? course_rad + PI : course_rad;
        ENSURE(geodesic_direct(way[i], out_rad, more_m, &at) == OK, ERR_RANGE);
    }
    const double side_m =
        OUTLINE_MARGIN * half_width_m + OUTLINE_MARGIN_M + stray_m(way[i], half_width_m, stretch_m);
    ENSURE(geodesic_direct(at, course_rad - PI / 2.0, side_m, left) == OK, ERR_RANGE);
    ENSURE(geodesic_direct(at, course_rad + PI / 2.0, side_m, right) == OK, ERR_RANGE);
    TRY(check(*left, way[0]));
    return check(*right, way[0]);
}

result outline_along(uint32_t count, const struct geo_geodetic *way, const double *half_width_m,
                     struct outline *out)
{
    struct outline o;
    ENSURE(count >= 2 && count <= OUTLINE_WAY_MAX, ERR_RANGE);
    for (uint32_t i = 0; i < count; i++) {
        TRY(stand_beside(count, way, i, half_width_m[i], &o.points[count - 1 - i],
                         &o.points[count + i]));
    }
    o.points[2 * count] = o.points[0];
    o.count = 2 * count + 1;
    *out = o;
    return OK;
}
