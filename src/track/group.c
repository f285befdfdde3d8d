#include "track/group.h"

#include <math.h>

#include "base/elementary.h"

enum { DIM = ESTIMATE_DIM };

#define NOISE_SIGMAS 3.0 /* of two plots one from the other, where no resolution is known */
/* Where an object may be by now is known to this many resolutions, or nothing is said of it. */
#define DOUBT_MAX 1.0
#define FAR 4.0 /* resolutions */

/* The variance of a position along a direction, m². */
static double along2(const struct estimate *e, const double direction[3])
{
    double sum = 0.0;
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++) {
            sum += direction[i] * direction[j] * e->p[i * DIM + j];
        }
    }
    return sum;
}

static double trace(const struct estimate *e)
{
    return e->p[0] + e->p[DIM + 1] + e->p[2 * (DIM + 1)];
}

/* How far a position is from the radar, m, and in which direction. */
static double look_at(const struct measure_site *site, const struct estimate *e,
                      double direction[3])
{
    direction[0] = e->x[0] - site->position.x_m;
    direction[1] = e->x[1] - site->position.y_m;
    direction[2] = e->x[2] - site->position.z_m;
    const double range2 =
        direction[0] * direction[0] + direction[1] * direction[1] + direction[2] * direction[2];
    const double range_m = range2 > 1.0 ? sqrt(range2) : 1.0;
    for (int i = 0; i < 3; i++) {
        direction[i] /= range_m;
    }
    return range_m;
}

static const double *place_of(const struct filter *f)
{
    return f->mode == FILTER_BALLISTIC ? f->coast.x : f->boost.x;
}

/* Farther apart than any two in one echo, doubts included: costs next to nothing. */
static bool is_far(const struct measure_site *site, const struct filter *a, const struct filter *b,
                   double range_m, double angle)
{
    const double *x = place_of(a);
    const double *y = place_of(b);
    const double from[3] = {x[0] - site->position.x_m, x[1] - site->position.y_m,
                            x[2] - site->position.z_m};
    double apart2 = 0.0;
    double distance2 = 0.0;
    for (int i = 0; i < 3; i++) {
        apart2 += elementary_square(x[i] - y[i]);
        distance2 += elementary_square(from[i]);
    }
    return apart2 > elementary_square(FAR * (range_m + angle * sqrt(distance2)));
}

bool group_is_one_echo(const struct measure_site *site, const struct filter *a,
                       const struct filter *b)
{
    const struct sensor *s = &site->sensor;
    if (s->kind != SENSOR_RADAR) {
        return false;
    }
    const bool known = s->resolution_range_m > 0.0;
    const double range_m = known ? s->resolution_range_m : NOISE_SIGMAS * s->sigma_range_m;
    const double angle = known ? s->resolution_rad : NOISE_SIGMAS * s->sigma_azimuth_rad;
    struct estimate e[2];
    double direction[2][3];
    if (is_far(site, a, b, range_m, angle)) {
        return false;
    }
    (void)filter_best(a, &e[0]);
    (void)filter_best(b, &e[1]);
    const double near_m = look_at(site, &e[0], direction[0]);
    const double far_m = look_at(site, &e[1], direction[1]);
    double across2 = 0.0;
    for (int i = 0; i < 3; i++) {
        across2 += elementary_square(direction[0][i] - direction[1][i]);
    }
    const double range2 = along2(&e[0], direction[0]) + along2(&e[1], direction[0]);
    const double angle2 = (trace(&e[0]) + trace(&e[1]) - range2) / (near_m * near_m);
    const double range_sigma_m = sqrt(range2 > 0.0 ? range2 : 0.0);
    const double angle_sigma = sqrt(angle2 > 0.0 ? angle2 : 0.0);
    return range_sigma_m < DOUBT_MAX * range_m && angle_sigma < DOUBT_MAX * angle &&
           fabs(far_m - near_m) < range_m + range_sigma_m && sqrt(across2) < angle + angle_sigma;
}
