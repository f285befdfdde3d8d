/* A state in a thin curved shell, stated by its mean and covariance: against states that are drawn
 * in the shell and laid out in space exactly. */
#include "../base/near.h"

#include <string.h>

#include "base/elementary.h"
#include "base/matrix.h"
#include "base/random.h"
#include "base/vector.h"
#include "track/curve.h"

enum { N = 6, DIM = ESTIMATE_DIM, DRAWS = 20000 };

#define RANGE_M 1000e3
#define RANGE_RATE_MPS (-1500.0)
#define ACROSS_MPS 4000.0

static struct measure_site site_of(enum sensor_kind kind)
{
    struct sensor s;
    memset(&s, 0, sizeof s);
    s.kind = kind;
    s.place = (struct geo_geodetic){0.65, 2.2, 300.0};
    s.sigma_range_m = 3.0;
    s.sigma_azimuth_rad = 5e-3;
    s.sigma_elevation_rad = 5e-3;
    struct measure_site site;
    measure_site_init(&site, &s);
    return site;
}

/* out = v turned by a rotation vector (Rodrigues). */
static void turn(const double by[3], const double v[3], double out[3])
{
    const double angle = vector_length(by);
    if (angle == 0.0) {
        memcpy(out, v, 3 * sizeof(double));
        return;
    }
    const double axis[3] = {by[0] / angle, by[1] / angle, by[2] / angle};
    const double sine = elementary_sin(angle);
    const double cosine = elementary_cos(angle);
    double crossed[3];
    vector_cross(axis, v, crossed);
    const double along = vector_dot(axis, v) * (1.0 - cosine);
    for (int i = 0; i < 3; i++) {
        out[i] = v[i] * cosine + crossed[i] * sine + axis[i] * along;
    }
}

/* The state that lies by these numbers beside the middle one: range, two turns of the line of
 * sight, range rate, speed across, turn of the flight about the line of sight. The line of sight is
 * the site's up, leaning north; the flight across it goes east. */
static void state_of(const struct measure_site *site, const double q[N], double x[N])
{
    const double *east = site->axes;
    double sight[3];
    double aside[3];
    for (int i = 0; i < 3; i++) {
        sight[i] = 0.8 * site->axes[3 + i] + 0.6 * site->axes[6 + i];
    }
    vector_cross(sight, east, aside);
    double by[3];
    double by_east[3];
    double by_aside[3];
    vector_cross(sight, east, by_east);
    vector_cross(sight, aside, by_aside);
    for (int i = 0; i < 3; i++) {
        by[i] = q[1] * by_east[i] + q[2] * by_aside[i];
    }
    const double about[3] = {q[5] * sight[0], q[5] * sight[1], q[5] * sight[2]};
    double across[3];
    double turned_across[3];
    double turned_sight[3];
    turn(about, east, across);
    turn(by, across, turned_across);
    turn(by, sight, turned_sight);
    const double origin[3] = {site->position.x_m, site->position.y_m, site->position.z_m};
    for (int i = 0; i < 3; i++) {
        x[i] = origin[i] + (RANGE_M + q[0]) * turned_sight[i];
        x[3 + i] =
            (RANGE_RATE_MPS + q[3]) * turned_sight[i] + (ACROSS_MPS + q[4]) * turned_across[i];
    }
}

/* The middle state, with the covariance that follows the tangent. */
static void tangent(const struct measure_site *site, const double factor[N * N], struct estimate *e)
{
    static const double NUDGE[N] = {1.0, 1e-6, 1e-6, 1e-3, 1e-3, 1e-6};
    double columns[N * N];
    for (int j = 0; j < N; j++) {
        double low[N] = {0};
        double high[N] = {0};
        double x_low[N];
        double x_high[N];
        low[j] = -NUDGE[j];
        high[j] = NUDGE[j];
        state_of(site, low, x_low);
        state_of(site, high, x_high);
        for (int i = 0; i < N; i++) {
            columns[i * N + j] = (x_high[i] - x_low[i]) / (2.0 * NUDGE[j]);
        }
    }
    double root[N * N];
    double p[N * N];
    matrix_multiply(columns, factor, root, N, N, N);
    matrix_multiply_transposed(root, root, p, N, N, N);
    memset(e, 0, sizeof *e);
    const double middle[N] = {0};
    state_of(site, middle, e->x);
    for (int i = 0; i < N * N; i++) {
        e->p[i / N * DIM + i % N] = p[i];
    }
    e->p[6 * DIM + 6] = 1.0;
}

/* The mean squared error of drawn states by what the estimate states, over six: 1 if its mean and
 * covariance are theirs, whatever shape they have. */
static double nees(const struct measure_site *site, const double factor[N * N],
                   const struct estimate *e)
{
    double p[N * N];
    double lower[N * N];
    for (int i = 0; i < N * N; i++) {
        p[i] = e->p[i / N * DIM + i % N];
    }
    assert_int_equal(OK, matrix_cholesky(p, lower, N));
    struct random random;
    random_init(&random, 1, 0);
    double sum = 0.0;
    for (int k = 0; k < DRAWS; k++) {
        double normal[N];
        double q[N];
        double x[N];
        for (int i = 0; i < N; i++) {
            normal[i] = random_normal(&random);
        }
        matrix_multiply(factor, normal, q, N, N, 1);
        state_of(site, q, x);
        for (int i = 0; i < N; i++) {
            x[i] -= e->x[i];
        }
        sum += matrix_mahalanobis_squared(lower, x, N);
    }
    return sum / DRAWS / N;
}

/* The contact lens a few seconds after it was first seen; what is found of the angles depends on
 * what is found of the speeds. */
static const double LENS[N * N] = {
    1.5, 0.0,    0.0,    0.0, 0.0,  0.0,  /**/
    0.0, 2.5e-3, 0.0,    0.0, 0.0,  0.0,  /**/
    0.0, 1e-3,   2.0e-3, 0.0, 0.0,  0.0,  /**/
    0.1, 0.0,    0.0,    0.8, 0.0,  0.0,  /**/
    0.0, 20.0,   0.0,    0.0, 25.0, 0.0,  /**/
    0.0, 0.0,    0.02,   0.0, 0.0,  0.05, /**/
};

/* A shell that is as thin in the speeds: nothing covers for a depth that is left out. */
static const double THIN[N * N] = {
    0.5, 0.0,  0.0,  0.0,  0.0,  0.0,  /**/
    0.0, 5e-3, 0.0,  0.0,  0.0,  0.0,  /**/
    0.0, 3e-3, 4e-3, 0.0,  0.0,  0.0,  /**/
    0.0, 0.0,  0.0,  0.02, 0.0,  0.0,  /**/
    0.0, 20.0, 0.0,  0.0,  25.0, 0.0,  /**/
    0.0, 0.0,  0.0,  0.0,  0.0,  1e-6, /**/
};

static void check_depth(const double factor[N * N])
{
    const struct measure_site site = site_of(SENSOR_RADAR);
    struct estimate e;
    tangent(&site, factor, &e);
    assert_true(nees(&site, factor, &e) > 5.0);
    curve_widen(&site, &e);
    assert_near(1.0, nees(&site, factor, &e), 0.02);
    assert_near(1.0, e.p[6 * DIM + 6], 0.0);
}

static void a_shell_is_stated_as_deep_as_it_is(void **unused)
{
    (void)unused;
    check_depth(LENS);
    check_depth(THIN);
    double steady[N * N];
    for (int i = 0; i < N * N; i++) {
        steady[i] = i / N == 4 ? 1e-3 * THIN[i] : THIN[i];
    }
    check_depth(steady);
}

static void what_is_known_all_round_stays(void **unused)
{
    (void)unused;
    const struct measure_site site = site_of(SENSOR_RADAR);
    double factor[N * N];
    for (int i = 0; i < N * N; i++) {
        factor[i] = i == 0 ? LENS[i] : 0.01 * LENS[i];
    }
    struct estimate e;
    tangent(&site, factor, &e);
    const struct estimate before = e;
    curve_widen(&site, &e);
    for (int i = 0; i < N; i++) {
        assert_near(1.0, e.p[i * DIM + i] / before.p[i * DIM + i], 1e-4);
        assert_near(before.x[i], e.x[i], 0.02 * sqrt(before.p[i * DIM + i]));
    }
}

static void nothing_happens_without_a_radar_or_a_direction(void **unused)
{
    (void)unused;
    const struct measure_site radar = site_of(SENSOR_RADAR);
    const struct measure_site other = site_of(SENSOR_TRACKER);
    struct estimate e;
    tangent(&radar, LENS, &e);
    struct estimate before = e;
    curve_widen(&other, &e);
    assert_memory_equal(&before, &e, sizeof e);
    memset(e.x + 3, 0, 3 * sizeof(double));
    before = e;
    curve_widen(&radar, &e);
    assert_memory_equal(&before, &e, sizeof e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_shell_is_stated_as_deep_as_it_is),
        cmocka_unit_test(what_is_known_all_round_stays),
        cmocka_unit_test(nothing_happens_without_a_radar_or_a_direction),
    };
    return cmocka_run_group_tests_name("curve", tests, NULL, NULL);
}
