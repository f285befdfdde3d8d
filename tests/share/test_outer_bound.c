/* Bound minus true covariance is positive semidefinite: for whatever covariance, in whatever
 * axes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/elementary.h"
#include "base/matrix.h"
#include "fixture.h"
#include "share/blur.h"
#include "share/outer_bound.h"

static const struct outer_bound_sizes even = {1.0, 1.0, 1.0};

/* The least eigenvalue of outer - inner, in units in which the diagonal of outer is one. */
static double least_difference(const double inner[36], const double outer[36])
{
    double d[36];
    for (int i = 0; i < 36; i++) {
        d[i] = (outer[i] - inner[i]) / sqrt(outer[(i / 6) * 7] * outer[(i % 6) * 7]);
    }
    double values[6];
    double vectors[36];
    matrix_eigen(d, values, vectors, 6);
    return values[0];
}

static double log_volume(const double p[36])
{
    double l[36];
    assert_int_equal(matrix_cholesky(p, l, 6), OK);
    return 0.5 * matrix_log_determinant(l, 6);
}

static void test_never_smaller_than_random_covariances(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 1, 1);
    for (int i = 0; i < 5000; i++) {
        struct geo_ecef position;
        struct geo_velocity velocity;
        double p[36];
        double bound[36];
        fixture_state(&r, &position, &velocity);
        fixture_covariance(&r, p);
        const struct outer_bound_sizes more = {1.0 + random_uniform(&r), 1.0 + random_uniform(&r),
                                               1.0 + random_uniform(&r)};
        assert_int_equal(outer_bound_state(position, velocity, p, &more, bound), OK);
        assert_true(least_difference(p, bound) >= 0.0);
    }
}

static void test_never_smaller_than_a_radars_covariance(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 2, 1);
    for (int i = 0; i < 5000; i++) {
        struct geo_ecef position;
        struct geo_velocity velocity;
        double p[36];
        double bound[36];
        fixture_state(&r, &position, &velocity);
        fixture_radar_covariance(&r, 5e5 + 1e6 * random_uniform(&r),
                                 3 + (int)(97.0 * random_uniform(&r)), p);
        assert_int_equal(outer_bound_state(position, velocity, p, &even, bound), OK);
        assert_true(least_difference(p, bound) >= 0.0);
        assert_true(log_volume(bound) > log_volume(p));
    }
}

/* In the axes of the trajectory only a position and its own velocity are correlated, and all sigmas
 * and correlations come from a short list: little is left of the sensor. */
static void test_says_little(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 3, 1);
    for (int i = 0; i < 500; i++) {
        struct geo_ecef position;
        struct geo_velocity velocity;
        double p[36];
        double bound[36];
        double axes[9];
        fixture_state(&r, &position, &velocity);
        fixture_radar_covariance(&r, 8e5, 60, p);
        assert_int_equal(outer_bound_state(position, velocity, p, &even, bound), OK);
        assert_int_equal(outer_bound_axes(position, velocity, axes), OK);
        double turn[36] = {0};
        for (int k = 0; k < 9; k++) {
            turn[(k / 3) * 6 + k % 3] = axes[k];
            turn[(k / 3 + 3) * 6 + k % 3 + 3] = axes[k];
        }
        double seen[36];
        matrix_transform(turn, bound, seen, 6, 6);
        for (int a = 0; a < 6; a++) {
            for (int b = 0; b < 6; b++) {
                const double unit = sqrt(seen[a * 7] * seen[b * 7]);
                if (a % 3 != b % 3) {
                    assert_true(fabs(seen[a * 6 + b]) < 1e-6 * unit);
                }
            }
            const double sigma = sqrt(seen[a * 7]);
            const double above = outer_bound_sigma(sigma * (1.0 - 1e-6));
            assert_true(fabs(above / sigma - 1.0) < 1e-6);
        }
    }
}

static void test_axes(void **state)
{
    (void)state;
    double axes[9];
    const struct geo_ecef position = {7e6, 0.0, 0.0};
    assert_int_equal(outer_bound_axes(position, (struct geo_velocity){100.0, 3000.0, 0.0}, axes),
                     OK);
    /* Flying east over the equator: across is south, the third is up. */
    assert_true(axes[1] > 0.99 && axes[0] > 0.0);
    assert_true(axes[5] < -0.999);
    assert_true(axes[6] > 0.99);
    /* Straight up, standing still, over a pole: still three unit vectors. */
    assert_int_equal(outer_bound_axes(position, (struct geo_velocity){900.0, 0.0, 0.0}, axes), OK);
    assert_true(fabs(axes[1]) > 0.999);
    const struct geo_ecef pole = {0.0, 0.0, 6.4e6};
    assert_int_equal(outer_bound_axes(pole, (struct geo_velocity){0.0, 0.0, 0.0}, axes), OK);
    assert_int_equal(outer_bound_axes((struct geo_ecef){0.0, 0.0, 0.0},
                                      (struct geo_velocity){0.0, 0.0, 0.0}, axes),
                     ERR_RANGE);
}

static void test_refuses_what_is_not_a_covariance(void **state)
{
    (void)state;
    struct geo_ecef position = {7e6, 0.0, 0.0};
    const struct geo_velocity velocity = {0.0, 3000.0, 0.0};
    double p[36] = {0};
    double bound[36] = {1.0};
    assert_int_equal(outer_bound_state(position, velocity, p, &even, bound), ERR_NUMERIC);
    matrix_identity(p, 6);
    p[0] = -1.0;
    assert_int_equal(outer_bound_state(position, velocity, p, &even, bound), ERR_NUMERIC);
    p[0] = (double)NAN;
    assert_int_equal(outer_bound_state(position, velocity, p, &even, bound), ERR_NUMERIC);
    assert_true(bound[0] == 1.0);
    matrix_identity(p, 6);
    position.x_m = (double)NAN;
    assert_int_equal(outer_bound_state(position, velocity, p, &even, bound), ERR_RANGE);
}

static void test_ground(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 4, 1);
    for (int i = 0; i < 1000; i++) {
        const double a = elementary_exp(8.0 * random_uniform(&r));
        const double b = elementary_exp(8.0 * random_uniform(&r));
        const double c = (2.0 * random_uniform(&r) - 1.0) * a * b * 0.999;
        const double p[4] = {a * a, c, c, b * b};
        double out[4];
        assert_int_equal(outer_bound_ground(p, out), OK);
        const double d0 = out[0] - p[0];
        const double d1 = out[3] - p[3];
        assert_true(d0 >= 0.0 && d1 >= 0.0 && d0 * d1 >= c * c);
        assert_true(out[0] == out[3] && out[1] == 0.0 && out[2] == 0.0);
    }
    assert_true(outer_bound_sigma(0.0) == 0.0);
    for (double x = 1e-3; x < 1e6; x *= 1.37) {
        const double y = outer_bound_sigma(x);
        assert_true(y >= x && y < x * 1.4143);
        assert_true(outer_bound_sigma(y) == y);
    }
}

/* What is no covariance has no bound; one that is a needle or a sheet may be too thin for the
 * arithmetic, and is then refused rather than bounded wrongly. */
static void test_what_has_no_bound(void **state)
{
    (void)state;
    const struct geo_ecef position = {7e6, 0.0, 0.0};
    const struct geo_velocity velocity = {0.0, 1e3, 0.0};
    double p[36];
    double bound[36] = {0};
    /* Correlations of two between each position and its velocity. */
    matrix_identity(p, 6);
    for (int i = 0; i < 3; i++) {
        p[i * 6 + i + 3] = p[(i + 3) * 6 + i] = 2.0;
    }
    assert_int_equal(outer_bound_state(position, velocity, p, &even, bound), ERR_NUMERIC);
    struct random r;
    random_init(&r, 7, 1);
    int refused = 0;
    for (int i = 0; i < 200; i++) {
        static const double variance[] = {1e-9, 1e14, 1e14};
        struct geo_ecef there;
        struct geo_velocity speed;
        double axes[9];
        fixture_state(&r, &there, &speed);
        assert_int_equal(outer_bound_axes(there, speed, axes), OK);
        memset(p, 0, sizeof p);
        for (int k = 0; k < 27; k++) {
            const double part =
                variance[k / 9] * axes[k / 9 * 3 + k / 3 % 3] * axes[k / 9 * 3 + k % 3];
            p[k / 3 % 3 * 6 + k % 3] += part;
            p[(k / 3 % 3 + 3) * 6 + k % 3 + 3] += part;
        }
        memset(bound, 0, sizeof bound);
        const result done = outer_bound_state(there, speed, p, &even, bound);
        assert_true(done == OK || (done == ERR_NUMERIC && bound[0] == 0.0));
        refused += done == OK ? 0 : 1;
    }
    assert_true(refused > 0);
}

/* The same doubt in all axes, and a bound that is no more than a step of the grid away. */
static void test_a_ball(void **state)
{
    (void)state;
    const struct geo_ecef position = {7e6, 0.0, 0.0};
    const struct geo_velocity velocity = {0.0, 1e3, 0.0};
    double p[36] = {0};
    double bound[36];
    for (int i = 0; i < 6; i++) {
        p[i * 7] = 100.0;
    }
    assert_int_equal(outer_bound_state(position, velocity, p, &even, bound), OK);
    assert_true(least_difference(p, bound) >= 0.0);
    for (int i = 0; i < 6; i++) {
        assert_true(bound[i * 7] >= 100.0 && bound[i * 7] < 500.0);
    }
}

/* No sigma is made of what is none; a position that is nowhere has no axes; and errors are drawn
 * only where the bound leaves room for them. */
static void test_nothing_is_made_of_nothing(void **state)
{
    (void)state;
    double axes[9];
    assert_true(outer_bound_sigma((double)INFINITY) == 0.0);
    assert_true(outer_bound_sigma((double)NAN) == 0.0);
    assert_true(outer_bound_sigma(0.0) == 0.0);
    assert_int_equal(outer_bound_axes((struct geo_ecef){1e200, 0.0, 0.0},
                                      (struct geo_velocity){0.0, 1e3, 0.0}, axes),
                     ERR_RANGE);
    struct geo_ecef position = {7e6, 0.0, 0.0};
    struct geo_velocity velocity = {0.0, 1e3, 0.0};
    const struct digest_key key = fixture_key(1);
    double p[36];
    matrix_identity(p, 6);
    assert_int_equal(blur_state(&key, 1, fixture_time(0.0), p, p, &position, &velocity),
                     ERR_NUMERIC);
    assert_true(position.x_m == 7e6 && velocity.y_mps == 1e3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_never_smaller_than_random_covariances),
        cmocka_unit_test(test_never_smaller_than_a_radars_covariance),
        cmocka_unit_test(test_says_little),
        cmocka_unit_test(test_axes),
        cmocka_unit_test(test_refuses_what_is_not_a_covariance),
        cmocka_unit_test(test_ground),
        cmocka_unit_test(test_what_has_no_bound),
        cmocka_unit_test(test_a_ball),
        cmocka_unit_test(test_nothing_is_made_of_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
