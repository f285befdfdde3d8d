#include "geo/ellipse.h"

#include "base/elementary.h"

/* Rounding may leave the smaller eigenvalue of a singular covariance this far below zero, relative
 * to the larger one. */
#define NEGATIVE_TOLERANCE 1e-12

result ellipse_from_covariance(const double covariance_m2[4], double scale, struct geo_ellipse *out)
{
    const double east = covariance_m2[0];
    const double north = covariance_m2[3];
    const double cross = 0.5 * (covariance_m2[1] + covariance_m2[2]);
    const double mean = 0.5 * (east + north);
    const double half_difference = 0.5 * (north - east);
    const double radius = sqrt(half_difference * half_difference + cross * cross);
    const double larger = mean + radius;
    const double smaller = mean - radius;
    ENSURE(elementary_is_finite(larger) && elementary_is_finite(scale), ERR_NUMERIC);
    ENSURE(scale >= 0.0, ERR_NUMERIC);
    ENSURE(larger >= 0.0 && smaller >= -NEGATIVE_TOLERANCE * larger, ERR_NUMERIC);
    double azimuth_rad = 0.5 * elementary_atan2(cross, half_difference);
    if (azimuth_rad < 0.0) {
        azimuth_rad += PI;
    }
    out->semi_major_m = scale * sqrt(larger);
    out->semi_minor_m = scale * sqrt(smaller > 0.0 ? smaller : 0.0);
    out->azimuth_rad = azimuth_rad < PI ? azimuth_rad : 0.0;
    return OK;
}

double ellipse_area_m2(const struct geo_ellipse *e)
{
    return PI * e->semi_major_m * e->semi_minor_m;
}

bool ellipse_contains(const struct geo_ellipse *e, double east_m, double north_m)
{
    const double s = elementary_sin(e->azimuth_rad);
    const double c = elementary_cos(e->azimuth_rad);
    const double along_m = s * east_m + c * north_m;
    const double across_m = c * east_m - s * north_m;
    /* Multiplied out, so that a degenerate ellipse (a segment or a point) needs no division. */
    const double a = e->semi_major_m;
    const double b = e->semi_minor_m;
    if (fabs(along_m) > a || fabs(across_m) > b) {
        return false;
    }
    return elementary_square(along_m * b) + elementary_square(across_m * a) <=
           elementary_square(a * b);
}
