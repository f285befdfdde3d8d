/* Error ellipses: known axes, containment of a normal distribution, what is refused. */
#include "../base/near.h"

#include "base/elementary.h"
#include "base/random.h"
#include "geo/ellipse.h"

static void axes_lie_where_the_covariance_does(void **state)
{
    (void)state;
    struct geo_ellipse e;
    const double east[4] = {9.0, 0.0, 0.0, 4.0};
    assert_int_equal(ellipse_from_covariance(east, 2.0, &e), OK);
    assert_near(e.semi_major_m, 6.0, 1e-15);
    assert_near(e.semi_minor_m, 4.0, 1e-15);
    assert_near(e.azimuth_rad, 0.5 * PI, 1e-15);
    const double north[4] = {4.0, 0.0, 0.0, 9.0};
    assert_int_equal(ellipse_from_covariance(north, 1.0, &e), OK);
    assert_near(e.azimuth_rad, 0.0, 1e-15);
    /* Eigenvalues 3 and 1; the major axis runs to the north-west. */
    const double northwest[4] = {2.0, -1.0, -1.0, 2.0};
    assert_int_equal(ellipse_from_covariance(northwest, 1.0, &e), OK);
    assert_near(e.semi_major_m, sqrt(3.0), 1e-15);
    assert_near(e.semi_minor_m, 1.0, 1e-15);
    assert_near(e.azimuth_rad, 0.75 * PI, 1e-15);
    assert_near(ellipse_area_m2(&e), PI * sqrt(3.0), 1e-14);
    /* West of north by less than a half turn can tell from one: to the north. */
    const double hardly[4] = {1.0, -1e-30, -1e-30, 2.0};
    assert_int_equal(ellipse_from_covariance(hardly, 1.0, &e), OK);
    assert_true(e.azimuth_rad == 0.0);
}

static void inside_ends_at_the_boundary(void **state)
{
    (void)state;
    const struct geo_ellipse e = {5000.0, 1200.0, 2.1};
    for (int i = 0; i < 360; i++) {
        const double along_m = 5000.0 * cos(i * RAD_PER_DEG);
        const double across_m = 1200.0 * sin(i * RAD_PER_DEG);
        const double east_m = sin(2.1) * along_m + cos(2.1) * across_m;
        const double north_m = cos(2.1) * along_m - sin(2.1) * across_m;
        assert_true(ellipse_contains(&e, 0.9999 * east_m, 0.9999 * north_m));
        assert_false(ellipse_contains(&e, 1.0001 * east_m, 1.0001 * north_m));
    }
}

/* The scale of the header: 95 % of a two-dimensional normal distribution. 200 000 draws, so that
 * the share has a standard deviation of 0.0005. */
static void ninety_five_per_cent_are_inside(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 95, 0);
    const double covariance[4] = {4.0e6, 1.8e6, 1.8e6, 1.0e6};
    const double a = 2000.0; /* a Cholesky factor of it, by hand: [2000 0; 900 sqrt(190000)] */
    const double b = 900.0;
    const double c = sqrt(190000.0);
    struct geo_ellipse e;
    assert_int_equal(ellipse_from_covariance(covariance, ELLIPSE_SCALE_95, &e), OK);
    int inside = 0;
    for (int i = 0; i < 200000; i++) {
        const double u = random_normal(&r);
        const double v = random_normal(&r);
        inside += ellipse_contains(&e, a * u, b * u + c * v) ? 1 : 0;
    }
    assert_near(inside / 200000.0, 0.95, 0.002);
}

static void degenerate_ellipses_are_segments_and_points(void **state)
{
    (void)state;
    struct geo_ellipse e;
    const double segment[4] = {1.0, 1.0, 1.0, 1.0};
    assert_int_equal(ellipse_from_covariance(segment, 1.0, &e), OK);
    assert_near(e.semi_major_m, sqrt(2.0), 1e-15);
    assert_near(e.semi_minor_m, 0.0, 1e-7);
    const double point[4] = {0.0, 0.0, 0.0, 0.0};
    assert_int_equal(ellipse_from_covariance(point, 1.0, &e), OK);
    assert_true(ellipse_contains(&e, 0.0, 0.0));
    assert_false(ellipse_contains(&e, 1e-3, 0.0));
}

static void what_is_no_covariance_is_refused(void **state)
{
    (void)state;
    const double bad[][4] = {
        {1.0, 2.0, 2.0, 1.0}, {-1.0, 0.0, 0.0, -1.0},    {1.0, 0.0, 0.0, -1e-3},
        {NAN, 0.0, 0.0, 1.0}, {INFINITY, 0.0, 0.0, 1.0}, {1.0, NAN, 0.0, 1.0},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct geo_ellipse e = {3.0, 2.0, 1.0};
        assert_int_equal(ellipse_from_covariance(bad[i], 1.0, &e), ERR_NUMERIC);
        assert_near(e.semi_major_m + e.semi_minor_m + e.azimuth_rad, 6.0, 0.0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(axes_lie_where_the_covariance_does),
        cmocka_unit_test(inside_ends_at_the_boundary),
        cmocka_unit_test(ninety_five_per_cent_are_inside),
        cmocka_unit_test(degenerate_ellipses_are_segments_and_points),
        cmocka_unit_test(what_is_no_covariance_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
