/* Geodesics on the ellipsoid by way of the auxiliary sphere.
 *
 * A geodesic is a great circle on a sphere of reduced latitudes beta; it crosses the equator at
 * azimuth alpha0, and sigma is the arc from there. Distance and longitude are integrals over sigma,
 * here as Fourier series to sixth order in epsilon (distance) and fifth (longitude). The direct
 * problem reverts the distance series. The inverse problem looks for the azimuth at the start whose
 * geodesic reaches the wanted latitude at the wanted longitude: Newton's method, kept in a bracket,
 * which also carries it through the nearly antipodal cases.
 *
 * Equation numbers are those of Karney (2013). */
#include "geo/geodesic.h"

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/elementary.h"
#include "geo/ellipsoid.h"

#define POLAR_A_M (ELLIPSOID_A_M * (1.0 - ELLIPSOID_F))
#define E2 (ELLIPSOID_F * (2.0 - ELLIPSOID_F))
#define EP2 (E2 / ((1.0 - ELLIPSOID_F) * (1.0 - ELLIPSOID_F)))
#define N (ELLIPSOID_F / (2.0 - ELLIPSOID_F)) /* third flattening */
#define TINY 1e-150
#define RESOLUTION_RAD 4e-16 /* of an azimuth between 1 and pi */

enum { ORDER = 6, ITERATIONS_MAX = 100 };

/* A unit vector in the plane: the sine and cosine of an angle that is rarely needed itself. */
struct direction {
    double sine;
    double cosine;
};

/* What one geodesic's series need: for distance (1), its inverse (1p), reduced length (2) and
 * longitude (3). Index 0 of the coefficients is not used. */
struct series {
    double k2;
    double a1, a2, a3;
    double c1[ORDER + 1], c1p[ORDER + 1], c2[ORDER + 1], c3[ORDER + 1];
};

static struct direction direction_of(double angle_rad)
{
    return (struct direction){elementary_sin(angle_rad), elementary_cos(angle_rad)};
}

static struct direction normalised(double sine, double cosine)
{
    const double length = sqrt(sine * sine + cosine * cosine);
    return (struct direction){sine / length, cosine / length};
}

static double angle_of(struct direction d)
{
    return elementary_atan2(d.sine, d.cosine);
}

/* From north clockwise, in [0, 2 pi). */
static double azimuth_of(struct direction d)
{
    double angle_rad = angle_of(d);
    if (angle_rad < 0.0) {
        angle_rad += 2.0 * PI;
    }
    return angle_rad < 2.0 * PI ? angle_rad : 0.0;
}

static struct direction reduced_latitude(double lat_rad)
{
    const struct direction lat = direction_of(lat_rad);
    struct direction beta = normalised((1.0 - ELLIPSOID_F) * lat.sine, lat.cosine);
    if (beta.cosine < TINY) {
        beta.cosine = TINY;
    }
    return beta;
}

/* Equations (17), (18), (21). */
static void distance_series(double e, struct series *s)
{
    const double e2 = e * e;
    s->a1 = (1.0 + e2 * (1.0 / 4.0 + e2 * (1.0 / 64.0 + e2 / 256.0))) / (1.0 - e);
    double power = e;
    s->c1[1] = power * (-1.0 / 2.0 + e2 * (3.0 / 16.0 - e2 / 32.0));
    s->c1p[1] = power * (1.0 / 2.0 + e2 * (-9.0 / 32.0 + e2 * 205.0 / 1536.0));
    power *= e;
    s->c1[2] = power * (-1.0 / 16.0 + e2 * (1.0 / 32.0 - e2 * 9.0 / 2048.0));
    s->c1p[2] = power * (5.0 / 16.0 + e2 * (-37.0 / 96.0 + e2 * 1335.0 / 4096.0));
    power *= e;
    s->c1[3] = power * (-1.0 / 48.0 + e2 * 3.0 / 256.0);
    s->c1p[3] = power * (29.0 / 96.0 - e2 * 75.0 / 128.0);
    power *= e;
    s->c1[4] = power * (-5.0 / 512.0 + e2 * 3.0 / 512.0);
    s->c1p[4] = power * (539.0 / 1536.0 - e2 * 2391.0 / 2560.0);
    power *= e;
    s->c1[5] = power * (-7.0 / 1280.0);
    s->c1p[5] = power * (3467.0 / 7680.0);
    power *= e;
    s->c1[6] = power * (-7.0 / 2048.0);
    s->c1p[6] = power * (38081.0 / 61440.0);
}

/* Equations (42), (43). */
static void reduced_length_series(double e, struct series *s)
{
    const double e2 = e * e;
    s->a2 = (1.0 + e2 * (1.0 / 4.0 + e2 * (9.0 / 64.0 + e2 * 25.0 / 256.0))) * (1.0 - e);
    double power = e;
    s->c2[1] = power * (1.0 / 2.0 + e2 * (1.0 / 16.0 + e2 / 32.0));
    power *= e;
    s->c2[2] = power * (3.0 / 16.0 + e2 * (1.0 / 32.0 + e2 * 35.0 / 2048.0));
    power *= e;
    s->c2[3] = power * (5.0 / 48.0 + e2 * 5.0 / 256.0);
    power *= e;
    s->c2[4] = power * (35.0 / 512.0 + e2 * 7.0 / 512.0);
    power *= e;
    s->c2[5] = power * (63.0 / 1280.0);
    power *= e;
    s->c2[6] = power * (77.0 / 2048.0);
}

/* Equations (24), (25). */
static void longitude_series(double e, struct series *s)
{
    s->a3 = 1.0 - e * (1.0 / 2.0 - N / 2.0 +
                       e * (1.0 / 4.0 + N * (1.0 / 8.0 - N * 3.0 / 8.0) +
                            e * (1.0 / 16.0 + N * (3.0 / 16.0 + N / 16.0) +
                                 e * (3.0 / 64.0 + N / 32.0 + e * 3.0 / 128.0))));
    double power = e;
    s->c3[1] = power * (1.0 / 4.0 - N / 4.0 +
                        e * (1.0 / 8.0 - N * N / 8.0 +
                             e * (3.0 / 64.0 + N * (3.0 / 64.0 - N / 64.0) +
                                  e * (5.0 / 128.0 + N / 64.0 + e * 3.0 / 128.0))));
    power *= e;
    s->c3[2] = power * (1.0 / 16.0 + N * (-3.0 / 32.0 + N / 32.0) +
                        e * (3.0 / 64.0 + N * (-1.0 / 32.0 - N * 3.0 / 64.0) +
                             e * (3.0 / 128.0 + N / 128.0 + e * 5.0 / 256.0)));
    power *= e;
    s->c3[3] = power * (5.0 / 192.0 + N * (-3.0 / 64.0 + N * 5.0 / 192.0) +
                        e * (3.0 / 128.0 - N * 5.0 / 192.0 + e * 7.0 / 512.0));
    power *= e;
    s->c3[4] = power * (7.0 / 512.0 - N * 7.0 / 256.0 + e * 7.0 / 512.0);
    power *= e;
    s->c3[5] = power * (21.0 / 2560.0);
    s->c3[6] = 0.0;
}

/* All series of the geodesic that crosses the equator at an azimuth with this cosine. */
static void series_init(double cos_alpha0, struct series *s)
{
    s->k2 = EP2 * cos_alpha0 * cos_alpha0;
    const double e = s->k2 / (2.0 * (1.0 + sqrt(1.0 + s->k2)) + s->k2);
    distance_series(e, s);
    reduced_length_series(e, s);
    longitude_series(e, s);
}

/* The sum of c[l] sin(2 l sigma), by Clenshaw's recurrence. */
static double sine_sum(const double c[ORDER + 1], struct direction sigma)
{
    const double twice_cos = 2.0 * (sigma.cosine - sigma.sine) * (sigma.cosine + sigma.sine);
    double b1 = 0.0;
    double b2 = 0.0;
    for (int l = ORDER; l >= 1; l--) {
        const double b0 = c[l] + twice_cos * b1 - b2;
        b2 = b1;
        b1 = b0;
    }
    return 2.0 * sigma.sine * sigma.cosine * b1;
}

static bool is_on_earth(struct geo_geodetic p)
{
    return fabs(p.lat_rad) <= 0.5 * PI && elementary_is_finite(p.lon_rad);
}

result geodesic_direct(struct geo_geodetic from, double azimuth_rad, double distance_m,
                       struct geo_geodetic *out)
{
    ENSURE(is_on_earth(from), ERR_RANGE);
    ENSURE(elementary_is_finite(azimuth_rad) && elementary_is_finite(distance_m), ERR_RANGE);
    const struct direction alpha1 = direction_of(azimuth_rad);
    const struct direction beta1 = reduced_latitude(from.lat_rad);
    const double sin_alpha0 = alpha1.sine * beta1.cosine;
    const double along = alpha1.sine * beta1.sine;
    const double cos_alpha0 = sqrt(alpha1.cosine * alpha1.cosine + along * along);
    struct series s;
    series_init(cos_alpha0, &s);
    /* On the equator going along it, sigma starts at 0 by convention. */
    const double start_cosine =
        beta1.sine != 0.0 || alpha1.cosine != 0.0 ? beta1.cosine * alpha1.cosine : 1.0;
    const struct direction sigma1 = normalised(beta1.sine, start_cosine);
    const double sigma1_rad = angle_of(sigma1);
    const double tau_rad = sigma1_rad + sine_sum(s.c1, sigma1) + distance_m / (POLAR_A_M * s.a1);
    const double sigma2_rad = tau_rad + sine_sum(s.c1p, direction_of(tau_rad));
    const struct direction sigma2 = direction_of(sigma2_rad);
    const double omega12_rad = elementary_atan2(sin_alpha0 * sigma2.sine, sigma2.cosine) -
                               elementary_atan2(sin_alpha0 * sigma1.sine, sigma1.cosine);
    /* atan2 drops whole turns; sigma keeps them. */
    const double turns = elementary_floor((sigma2_rad + PI) / (2.0 * PI)) -
                         elementary_floor((sigma1_rad + PI) / (2.0 * PI));
    const double omega_rad = omega12_rad + (sin_alpha0 < 0.0 ? -turns : turns) * 2.0 * PI;
    const double lag_rad =
        ELLIPSOID_F * sin_alpha0 * s.a3 *
        (sigma2_rad - sigma1_rad + sine_sum(s.c3, sigma2) - sine_sum(s.c3, sigma1));
    const double sin_beta2 = cos_alpha0 * sigma2.sine;
    const double cos_beta2 =
        sqrt(sin_alpha0 * sin_alpha0 + elementary_square(cos_alpha0 * sigma2.cosine));
    out->lat_rad = elementary_atan2(sin_beta2, (1.0 - ELLIPSOID_F) * cos_beta2);
    out->lon_rad = elementary_wrap_pi(from.lon_rad + omega_rad - lag_rad);
    out->height_m = 0.0;
    return OK;
}

/* The inverse problem brought to one canonical form: beta1 <= 0, |beta2| <= |beta1|, and the second
 * point east of the first by lambda12, 0 to pi. */
struct canonical {
    struct direction beta1;
    struct direction beta2;
    double lambda12_rad;
    bool swapped;
    double lat_sign;
    double lon_sign;
};

/* A trial: the geodesic that leaves at alpha1, up to the latitude of the second point. */
struct trial {
    struct direction alpha1;
    struct direction alpha2;
    double sigma12_rad;
    double distance_m;
    double lambda12_rad;
    double slope; /* d(lambda12) / d(alpha1) */
};

static struct canonical canonical_of(struct geo_geodetic from, struct geo_geodetic to)
{
    struct canonical c;
    const double lambda12_rad = elementary_wrap_pi(to.lon_rad - from.lon_rad);
    c.swapped = fabs(from.lat_rad) < fabs(to.lat_rad);
    c.lon_sign = (lambda12_rad < 0.0) != c.swapped ? -1.0 : 1.0;
    const double lat1_rad = c.swapped ? to.lat_rad : from.lat_rad;
    const double lat2_rad = c.swapped ? from.lat_rad : to.lat_rad;
    c.lat_sign = lat1_rad < 0.0 ? 1.0 : -1.0;
    c.beta1 = reduced_latitude(c.lat_sign * lat1_rad);
    c.beta2 = reduced_latitude(c.lat_sign * lat2_rad);
    if (fabs(c.beta1.sine) < TINY) {
        c.beta1.sine = -TINY;
    }
    c.lambda12_rad = fabs(lambda12_rad);
    return c;
}

/* The angle from a to b, 0 to pi. */
static double angle_between(struct direction a, struct direction b)
{
    const double sine = a.cosine * b.sine - a.sine * b.cosine;
    return elementary_atan2(sine > 0.0 ? sine : 0.0, a.cosine * b.cosine + a.sine * b.sine);
}

/* cos(alpha2) cos(beta2), by Clairaut's relation, without cancellation. */
static double northward_at_end(const struct canonical *c, struct direction alpha1)
{
    const struct direction b1 = c->beta1;
    const struct direction b2 = c->beta2;
    const double rise = b1.cosine < -b1.sine ? (b2.cosine - b1.cosine) * (b1.cosine + b2.cosine)
                                             : (b1.sine - b2.sine) * (b1.sine + b2.sine);
    const double squared = elementary_square(alpha1.cosine * b1.cosine) + rise;
    return sqrt(squared > 0.0 ? squared : 0.0);
}

/* The reduced length over the polar semi-axis, equation (38). */
static double reduced_length(const struct series *s, struct direction sigma1,
                             struct direction sigma2, double sigma12_rad)
{
    const double j12 = (s->a1 - s->a2) * sigma12_rad +
                       s->a1 * (sine_sum(s->c1, sigma2) - sine_sum(s->c1, sigma1)) -
                       s->a2 * (sine_sum(s->c2, sigma2) - sine_sum(s->c2, sigma1));
    return sqrt(1.0 + s->k2 * sigma2.sine * sigma2.sine) * sigma1.cosine * sigma2.sine -
           sqrt(1.0 + s->k2 * sigma1.sine * sigma1.sine) * sigma1.sine * sigma2.cosine -
           sigma1.cosine * sigma2.cosine * j12;
}

static struct trial try_azimuth(const struct canonical *c, struct direction alpha1)
{
    struct trial t;
    const double sin_alpha0 = alpha1.sine * c->beta1.cosine;
    const double cos_alpha0 =
        sqrt(elementary_square(alpha1.cosine) + elementary_square(alpha1.sine * c->beta1.sine));
    const double north1 = alpha1.cosine * c->beta1.cosine;
    const double north2 = northward_at_end(c, alpha1);
    const struct direction sigma1 = normalised(c->beta1.sine, north1);
    const struct direction sigma2 = normalised(c->beta2.sine, north2);
    const struct direction omega1 = normalised(sin_alpha0 * c->beta1.sine, north1);
    const struct direction omega2 = normalised(sin_alpha0 * c->beta2.sine, north2);
    struct series s;
    series_init(cos_alpha0, &s);
    t.alpha1 = alpha1;
    t.alpha2 = normalised(sin_alpha0, north2);
    t.sigma12_rad = angle_between(sigma1, sigma2);
    t.distance_m =
        POLAR_A_M * s.a1 * (t.sigma12_rad + sine_sum(s.c1, sigma2) - sine_sum(s.c1, sigma1));
    t.lambda12_rad = angle_between(omega1, omega2) -
                     ELLIPSOID_F * sin_alpha0 * s.a3 *
                         (t.sigma12_rad + sine_sum(s.c3, sigma2) - sine_sum(s.c3, sigma1));
    t.slope = north2 > 0.0
                  ? (1.0 - ELLIPSOID_F) * reduced_length(&s, sigma1, sigma2, t.sigma12_rad) / north2
                  : 0.0;
    return t;
}

/* The azimuth on a sphere that stands for the ellipsoid between the two latitudes. */
static double first_guess(const struct canonical *c)
{
    const double mean = 0.5 * (c->beta1.cosine + c->beta2.cosine);
    const double stretched_rad = c->lambda12_rad / sqrt(1.0 - E2 * mean * mean);
    const struct direction omega12 = direction_of(stretched_rad < PI ? stretched_rad : PI);
    return elementary_atan2(c->beta2.cosine * omega12.sine,
                            c->beta1.cosine * c->beta2.sine -
                                c->beta1.sine * c->beta2.cosine * omega12.cosine);
}

/* lambda12 grows with alpha1 from 0 to pi, so a bracket always closes. */
static struct trial solve(const struct canonical *c)
{
    double low_rad = 0.0;
    double high_rad = PI;
    double alpha1_rad = first_guess(c);
    if (!(alpha1_rad > low_rad && alpha1_rad < high_rad)) {
        alpha1_rad = 0.5 * PI;
    }
    struct trial t = try_azimuth(c, direction_of(alpha1_rad));
    for (int i = 0; i < ITERATIONS_MAX; i++) {
        const double error_rad = t.lambda12_rad - c->lambda12_rad;
        if (error_rad > 0.0) {
            high_rad = alpha1_rad;
        } else {
            low_rad = alpha1_rad;
        }
        const double newton_rad = t.slope > 0.0 ? alpha1_rad - error_rad / t.slope : low_rad - 1.0;
        /* Near the solution rounding may push it out of the bracket, so this is asked first. */
        if (fabs(newton_rad - alpha1_rad) < RESOLUTION_RAD || high_rad - low_rad < RESOLUTION_RAD) {
            break;
        }
        const bool inside = newton_rad > low_rad && newton_rad < high_rad;
        alpha1_rad = inside ? newton_rad : 0.5 * (low_rad + high_rad);
        t = try_azimuth(c, direction_of(alpha1_rad));
    }
    return t;
}

static struct trial along_equator(const struct canonical *c)
{
    const struct direction east = {1.0, 0.0};
    struct trial t = {.alpha1 = east, .alpha2 = east};
    t.distance_m = ELLIPSOID_A_M * c->lambda12_rad;
    return t;
}

static bool is_along_equator(const struct canonical *c)
{
    return c->beta1.sine == -TINY && c->beta2.sine == 0.0 &&
           c->lambda12_rad <= (1.0 - ELLIPSOID_F) * PI;
}

result geodesic_inverse(struct geo_geodetic from, struct geo_geodetic to, double *distance_m,
                        double *azimuth_from_rad, double *azimuth_to_rad)
{
    ENSURE(is_on_earth(from) && is_on_earth(to), ERR_RANGE);
    const struct canonical c = canonical_of(from, to);
    assert(c.beta1.sine < 0.0);
    struct trial t;
    if (c.lambda12_rad == 0.0) {
        t = try_azimuth(&c, (struct direction){0.0, 1.0});
    } else if (c.lambda12_rad >= PI) {
        t = try_azimuth(&c, (struct direction){0.0, -1.0});
    } else if (is_along_equator(&c)) {
        t = along_equator(&c);
    } else {
        t = solve(&c);
    }
    const struct direction at_from = c.swapped ? t.alpha2 : t.alpha1;
    const struct direction at_to = c.swapped ? t.alpha1 : t.alpha2;
    const double swap_sign = c.swapped ? -1.0 : 1.0;
    const double east = swap_sign * c.lon_sign;
    const double north = swap_sign * c.lat_sign;
    if (distance_m != NULL) {
        *distance_m = t.distance_m > 0.0 ? t.distance_m : 0.0;
    }
    if (azimuth_from_rad != NULL) {
        *azimuth_from_rad =
            azimuth_of((struct direction){east * at_from.sine, north * at_from.cosine});
    }
    if (azimuth_to_rad != NULL) {
        *azimuth_to_rad = azimuth_of((struct direction){east * at_to.sine, north * at_to.cosine});
    }
    return OK;
}
