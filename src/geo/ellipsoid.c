#include "geo/ellipsoid.h"

#include <stddef.h>

#include "base/elementary.h"

#define E2 (ELLIPSOID_F * (2.0 - ELLIPSOID_F))
#define RADIUS_MIN_M 1e3

struct geo_ecef ellipsoid_to_ecef(struct geo_geodetic p)
{
    const double sin_lat = elementary_sin(p.lat_rad);
    const double cos_lat = elementary_cos(p.lat_rad);
    const double normal_m = ELLIPSOID_A_M / sqrt(1.0 - E2 * sin_lat * sin_lat);
    const double from_axis_m = (normal_m + p.height_m) * cos_lat;
    return (struct geo_ecef){
        from_axis_m * elementary_cos(p.lon_rad),
        from_axis_m * elementary_sin(p.lon_rad),
        (normal_m * (1.0 - E2) + p.height_m) * sin_lat,
    };
}

/* One step of Halley's iteration for the reduced latitude, started as if the point were on the
 * ellipsoid. All lengths are in units of the equatorial radius; p is the distance from the axis,
 * z >= 0. */
static void latitude_and_height(double p, double z, double *lat_rad, double *height)
{
    const double ec = 1.0 - ELLIPSOID_F;
    const double zc = ec * z;
    const double s0 = z;
    const double c0 = ec * p;
    const double a0_squared = c0 * c0 + s0 * s0;
    const double a0 = sqrt(a0_squared);
    const double a0_cubed = a0_squared * a0;
    const double d0 = zc * a0_cubed + E2 * s0 * s0 * s0;
    const double f0 = p * a0_cubed - E2 * c0 * c0 * c0;
    const double b0 = 1.5 * E2 * E2 * s0 * s0 * c0 * c0 * p * (a0 - ec);
    const double s1 = d0 * f0 - b0 * s0;
    const double c1 = ec * (f0 * f0 - b0 * c0);
    const double length = sqrt(s1 * s1 + c1 * c1);
    *lat_rad = elementary_atan2(s1, c1);
    *height = (p * c1 + z * s1 - sqrt(ec * ec * s1 * s1 + c1 * c1)) / length;
}

result ellipsoid_from_ecef(struct geo_ecef p, struct geo_geodetic *out)
{
    const double axis_m_squared = p.x_m * p.x_m + p.y_m * p.y_m;
    const double radius_m_squared = axis_m_squared + p.z_m * p.z_m;
    ENSURE(elementary_is_finite(radius_m_squared), ERR_RANGE);
    ENSURE(radius_m_squared >= RADIUS_MIN_M * RADIUS_MIN_M, ERR_RANGE);
    const double axis_m = sqrt(axis_m_squared);
    double lat_rad = 0.5 * PI;
    double height = 0.0;
    if (axis_m > 1e-9) {
        latitude_and_height(axis_m / ELLIPSOID_A_M, fabs(p.z_m) / ELLIPSOID_A_M, &lat_rad, &height);
    } else {
        height = fabs(p.z_m) / ELLIPSOID_A_M - (1.0 - ELLIPSOID_F);
    }
    out->lat_rad = p.z_m < 0.0 ? -lat_rad : lat_rad;
    out->lon_rad = elementary_atan2(p.y_m, p.x_m);
    out->height_m = height * ELLIPSOID_A_M;
    return OK;
}

void ellipsoid_axes(struct geo_geodetic p, double axes[9])
{
    const double sin_lat = elementary_sin(p.lat_rad);
    const double cos_lat = elementary_cos(p.lat_rad);
    const double sin_lon = elementary_sin(p.lon_rad);
    const double cos_lon = elementary_cos(p.lon_rad);
    axes[0] = -sin_lon;
    axes[1] = cos_lon;
    axes[2] = 0.0;
    axes[3] = -sin_lat * cos_lon;
    axes[4] = -sin_lat * sin_lon;
    axes[5] = cos_lat;
    axes[6] = cos_lat * cos_lon;
    axes[7] = cos_lat * sin_lon;
    axes[8] = sin_lat;
}

struct geo_enu ellipsoid_enu(struct geo_geodetic origin, struct geo_ecef p)
{
    double axes[9];
    ellipsoid_axes(origin, axes);
    const struct geo_ecef o = ellipsoid_to_ecef(origin);
    const double dx = p.x_m - o.x_m;
    const double dy = p.y_m - o.y_m;
    const double dz = p.z_m - o.z_m;
    return (struct geo_enu){
        axes[0] * dx + axes[1] * dy + axes[2] * dz,
        axes[3] * dx + axes[4] * dy + axes[5] * dz,
        axes[6] * dx + axes[7] * dy + axes[8] * dz,
    };
}

struct geo_ecef ellipsoid_from_enu(struct geo_geodetic origin, struct geo_enu p)
{
    double axes[9];
    ellipsoid_axes(origin, axes);
    const struct geo_ecef o = ellipsoid_to_ecef(origin);
    return (struct geo_ecef){
        o.x_m + axes[0] * p.east_m + axes[3] * p.north_m + axes[6] * p.up_m,
        o.y_m + axes[1] * p.east_m + axes[4] * p.north_m + axes[7] * p.up_m,
        o.z_m + axes[2] * p.east_m + axes[5] * p.north_m + axes[8] * p.up_m,
    };
}

result ellipsoid_polar(struct geo_enu p, struct geo_polar *out)
{
    const double ground_m_squared = p.east_m * p.east_m + p.north_m * p.north_m;
    const double range_m = sqrt(ground_m_squared + p.up_m * p.up_m);
    ENSURE(elementary_is_finite(range_m), ERR_RANGE);
    ENSURE(range_m >= 1.0, ERR_RANGE);
    double azimuth_rad = elementary_atan2(p.east_m, p.north_m);
    if (azimuth_rad < 0.0) {
        azimuth_rad += 2.0 * PI;
    }
    /* A tiny negative angle plus 2 pi rounds to 2 pi, which is outside [0, 2 pi). */
    out->azimuth_rad = azimuth_rad < 2.0 * PI ? azimuth_rad : 0.0;
    out->range_m = range_m;
    out->elevation_rad = elementary_atan2(p.up_m, sqrt(ground_m_squared));
    return OK;
}

struct geo_enu ellipsoid_from_polar(struct geo_polar p)
{
    const double ground_m = p.range_m * elementary_cos(p.elevation_rad);
    return (struct geo_enu){
        ground_m * elementary_sin(p.azimuth_rad),
        ground_m * elementary_cos(p.azimuth_rad),
        p.range_m * elementary_sin(p.elevation_rad),
    };
}
