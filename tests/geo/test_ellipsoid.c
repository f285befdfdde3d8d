/* WGS 84 positions and local axes, against ERFA and an example of the IOGP guidance note 7-2. */
#include "../base/near.h"

#include <erfa.h>
#include <string.h>

#include "base/elementary.h"
#include "base/random.h"
#include "geo/ellipsoid.h"

static struct geo_geodetic degrees(double lat_deg, double lon_deg, double height_m)
{
    return (struct geo_geodetic){lat_deg * RAD_PER_DEG, lon_deg * RAD_PER_DEG, height_m};
}

static double distance_m(struct geo_ecef a, struct geo_ecef b)
{
    const double dx = a.x_m - b.x_m;
    const double dy = a.y_m - b.y_m;
    const double dz = a.z_m - b.z_m;
    return sqrt(dx * dx + dy * dy + dz * dz);
}

/* Source: ERFA's own test program, t_erfa_c.c, eraGd2gc with WGS 84. */
static void to_ecef_meets_published_values(void **state)
{
    (void)state;
    const struct geo_ecef p = ellipsoid_to_ecef((struct geo_geodetic){-0.5, 3.1, 2500.0});
    assert_near(p.x_m, -5599000.5577049947, 1e-7);
    assert_near(p.y_m, 233011.67223479203, 1e-7);
    assert_near(p.z_m, -3040909.4706983363, 1e-7);
    const struct geo_ecef korea = ellipsoid_to_ecef(degrees(37.5, 127.0, 0.0));
    assert_near(korea.x_m, -3049038.4925, 1e-4);
    assert_near(korea.y_m, 4046210.7424, 1e-4);
    assert_near(korea.z_m, 3861564.0988, 1e-4);
}

/* Source: as above, eraGc2gd. */
static void from_ecef_meets_published_values(void **state)
{
    (void)state;
    struct geo_geodetic g;
    assert_int_equal(ellipsoid_from_ecef((struct geo_ecef){2e6, 3e6, 5.244e6}, &g), OK);
    assert_near(g.lon_rad, 0.9827937232473290680, 1e-14);
    assert_near(g.lat_rad, 0.97160184819075459, 1e-14);
    assert_near(g.height_m, 331.4172461426059892, 1e-7);
}

static void agrees_with_erfa_everywhere(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 2022, 1);
    for (int i = 0; i < 20000; i++) {
        const double height_m =
            i % 2 == 0 ? -1e4 + 2e5 * random_uniform(&r) : -1e4 + 4e7 * random_uniform(&r);
        const double lat_rad = PI * (random_uniform(&r) - 0.5);
        const double lon_rad = PI * (2.0 * random_uniform(&r) - 1.0);
        const struct geo_geodetic g = {lat_rad, lon_rad, height_m};
        double xyz[3];
        assert_int_equal(eraGd2gc(1 /* WGS 84 */, lon_rad, lat_rad, height_m, xyz), 0);
        const struct geo_ecef p = ellipsoid_to_ecef(g);
        assert_near(distance_m(p, (struct geo_ecef){xyz[0], xyz[1], xyz[2]}), 0.0, 5e-8);
        struct geo_geodetic back;
        assert_int_equal(ellipsoid_from_ecef(p, &back), OK);
        assert_near(back.lat_rad, lat_rad, height_m < 2e5 ? 1e-14 : 3e-11);
        assert_near(elementary_wrap_pi(back.lon_rad - lon_rad), 0.0, 2e-15);
        assert_near(back.height_m, height_m, 5e-8);
    }
}

static void poles_and_axis_have_an_answer(void **state)
{
    (void)state;
    struct geo_geodetic g;
    assert_int_equal(ellipsoid_from_ecef((struct geo_ecef){0.0, 0.0, 6356752.314245179}, &g), OK);
    assert_near(g.lat_rad, 0.5 * PI, 0.0);
    assert_near(g.height_m, 0.0, 1e-8);
    assert_int_equal(ellipsoid_from_ecef((struct geo_ecef){0.0, 0.0, -6456752.314245179}, &g), OK);
    assert_near(g.lat_rad, -0.5 * PI, 0.0);
    assert_near(g.height_m, 1e5, 1e-8);
}

static void bad_positions_are_refused(void **state)
{
    (void)state;
    const struct geo_ecef bad[] = {
        {NAN, 0.0, 7e6}, {0.0, INFINITY, 7e6},  {0.0, 7e6, -INFINITY},
        {0.0, 0.0, 0.0}, {500.0, 500.0, 500.0}, {1e200, 0.0, 0.0},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct geo_geodetic g = {1.0, 2.0, 3.0};
        const struct geo_geodetic before = g;
        assert_int_equal(ellipsoid_from_ecef(bad[i], &g), ERR_RANGE);
        assert_memory_equal(&g, &before, sizeof g);
    }
}

/* East, north and up are the directions in which longitude, latitude and height grow. */
static void axes_follow_the_coordinates(void **state)
{
    (void)state;
    const struct geo_geodetic g = degrees(-33.0, 151.0, 1e4);
    double axes[9];
    ellipsoid_axes(g, axes);
    for (int k = 0; k < 3; k++) {
        struct geo_geodetic low = g;
        struct geo_geodetic high = g;
        const double nudge[3] = {1e-6, 1e-6, 1.0};
        double *const moved[2][3] = {{&low.lon_rad, &low.lat_rad, &low.height_m},
                                     {&high.lon_rad, &high.lat_rad, &high.height_m}};
        *moved[0][k] -= nudge[k];
        *moved[1][k] += nudge[k];
        const struct geo_ecef a = ellipsoid_to_ecef(low);
        const struct geo_ecef b = ellipsoid_to_ecef(high);
        const double length_m = distance_m(a, b);
        assert_near((b.x_m - a.x_m) / length_m, axes[3 * k], 1e-8);
        assert_near((b.y_m - a.y_m) / length_m, axes[3 * k + 1], 1e-8);
        assert_near((b.z_m - a.z_m) / length_m, axes[3 * k + 2], 1e-8);
    }
}

/* Source: IOGP Publication 373-7-2, geographic/topocentric conversions (EPSG 9837), the example. */
static void enu_meets_the_published_example(void **state)
{
    (void)state;
    const struct geo_geodetic origin = degrees(55.0, 5.0, 200.0);
    const struct geo_geodetic p =
        degrees(53.0 + 48.0 / 60.0 + 33.82 / 3600.0, 2.0 + 7.0 / 60.0 + 46.38 / 3600.0, 73.0);
    const struct geo_enu local = ellipsoid_enu(origin, ellipsoid_to_ecef(p));
    assert_near(local.east_m, -189013.869, 1e-2);
    assert_near(local.north_m, -128642.040, 1e-2);
    assert_near(local.up_m, -4220.171, 1e-2);
    assert_near(distance_m(ellipsoid_from_enu(origin, local), ellipsoid_to_ecef(p)), 0.0, 1e-8);
}

static void polar_has_the_radar_convention(void **state)
{
    (void)state;
    struct geo_polar p;
    assert_int_equal(ellipsoid_polar((struct geo_enu){1000.0, 0.0, 0.0}, &p), OK);
    assert_near(p.azimuth_rad, 0.5 * PI, 1e-15);
    assert_near(p.elevation_rad, 0.0, 1e-15);
    assert_int_equal(ellipsoid_polar((struct geo_enu){-3e3, 0.0, 4e3}, &p), OK);
    assert_near(p.range_m, 5e3, 1e-9);
    assert_near(p.azimuth_rad, 1.5 * PI, 1e-15);
    assert_near(p.elevation_rad, 0.92729521800161219, 1e-15);
    /* A hair west of north is 0 and not 2 pi, which would be outside the stated range. */
    assert_int_equal(ellipsoid_polar((struct geo_enu){-1e-14, 1e3, 0.0}, &p), OK);
    assert_true(p.azimuth_rad < 2.0 * PI);
    const struct geo_polar before = p;
    assert_int_equal(ellipsoid_polar((struct geo_enu){0.5, 0.5, 0.5}, &p), ERR_RANGE);
    assert_int_equal(ellipsoid_polar((struct geo_enu){NAN, 5e3, 0.0}, &p), ERR_RANGE);
    assert_memory_equal(&p, &before, sizeof p);
}

static void polar_goes_there_and_back(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 7, 7);
    for (int i = 0; i < 2000; i++) {
        const struct geo_enu p = {1e6 * random_normal(&r), 1e6 * random_normal(&r),
                                  1e6 * random_normal(&r)};
        struct geo_polar polar;
        assert_int_equal(ellipsoid_polar(p, &polar), OK);
        const struct geo_enu back = ellipsoid_from_polar(polar);
        assert_near(back.east_m, p.east_m, 1e-8);
        assert_near(back.north_m, p.north_m, 1e-8);
        assert_near(back.up_m, p.up_m, 1e-8);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(to_ecef_meets_published_values),
        cmocka_unit_test(from_ecef_meets_published_values),
        cmocka_unit_test(agrees_with_erfa_everywhere),
        cmocka_unit_test(poles_and_axis_have_an_answer),
        cmocka_unit_test(bad_positions_are_refused),
        cmocka_unit_test(axes_follow_the_coordinates),
        cmocka_unit_test(enu_meets_the_published_example),
        cmocka_unit_test(polar_has_the_radar_convention),
        cmocka_unit_test(polar_goes_there_and_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
