/* Geodesics against PROJ's implementation of the same paper, and published lines. */
#include "../base/near.h"

#include <geodesic.h>

#include "base/elementary.h"
#include "base/random.h"
#include "geo/ellipsoid.h"
#include "geo/geodesic.h"

static struct geo_geodetic degrees(double lat_deg, double lon_deg)
{
    double lat_rad = lat_deg * RAD_PER_DEG;
    lat_rad = lat_rad > 0.5 * PI ? 0.5 * PI : lat_rad < -0.5 * PI ? -0.5 * PI : lat_rad;
    return (struct geo_geodetic){lat_rad, lon_deg * RAD_PER_DEG, 0.0};
}

static double turned(double a_rad, double b_rad)
{
    return elementary_wrap_pi(a_rad - b_rad);
}

/* Sources: the GeodSolve page of GeographicLib (JFK to LHR); Karney (2013), the antipodal pair. */
static void inverse_meets_published_lines(void **state)
{
    (void)state;
    double distance_m = 0.0;
    double from_rad = 0.0;
    double to_rad = 0.0;
    assert_int_equal(geodesic_inverse(degrees(40.6, -73.8), degrees(51.6, -0.5), &distance_m,
                                      &from_rad, &to_rad),
                     OK);
    assert_near(distance_m, 5551759.400319, 1e-6);
    assert_near(from_rad * DEG_PER_RAD, 51.198882846, 1e-9);
    assert_near(to_rad * DEG_PER_RAD, 107.821776736, 1e-9);
    assert_int_equal(geodesic_inverse(degrees(-41.32, 174.81), degrees(40.96, -5.50), &distance_m,
                                      &from_rad, NULL),
                     OK);
    assert_near(distance_m, 19959679.26735, 1e-5);
    assert_near(from_rad * DEG_PER_RAD, 161.06766998616, 1e-11);
}

/* Pairs of points of every hard kind: anywhere, nearly antipodal, close, on the equator, on one
 * meridian, at a pole. */
static void draw_pair(struct random *r, int kind, double from_deg[2], double to_deg[2])
{
    const double small_deg = 3.0 * elementary_exp(-27.0 * random_uniform(r));
    for (int i = 0; i < 2; i++) {
        const double range_deg = i == 0 ? 180.0 : 360.0;
        from_deg[i] = range_deg * (random_uniform(r) - 0.5);
        to_deg[i] = range_deg * (random_uniform(r) - 0.5);
    }
    const double lat_off_deg = small_deg * (2.0 * random_uniform(r) - 1.0);
    const double lon_off_deg = small_deg * (2.0 * random_uniform(r) - 1.0);
    if (kind == 1) {
        to_deg[0] = -from_deg[0] + lat_off_deg;
        to_deg[1] = from_deg[1] + 180.0 + lon_off_deg;
    } else if (kind == 2) {
        to_deg[0] = from_deg[0] + lat_off_deg;
        to_deg[1] = from_deg[1] + lon_off_deg;
    } else if (kind == 3) {
        from_deg[0] = 0.0;
        to_deg[0] = 0.0;
    } else if (kind == 4) {
        to_deg[1] = from_deg[1];
    } else if (kind == 5) {
        from_deg[0] = lat_off_deg > 0.0 ? 90.0 : -90.0;
    }
    to_deg[0] = to_deg[0] > 90.0 ? 90.0 : to_deg[0] < -90.0 ? -90.0 : to_deg[0];
}

static void inverse_agrees_with_proj(void **state)
{
    (void)state;
    struct geod_geodesic earth;
    geod_init(&earth, ELLIPSOID_A_M, ELLIPSOID_F);
    struct random r;
    random_init(&r, 2013, 87);
    for (int i = 0; i < 60000; i++) {
        double from_deg[2];
        double to_deg[2];
        draw_pair(&r, i % 6, from_deg, to_deg);
        double proj_m = 0.0;
        double proj_from_deg = 0.0;
        double proj_to_deg = 0.0;
        geod_inverse(&earth, from_deg[0], from_deg[1], to_deg[0], to_deg[1], &proj_m,
                     &proj_from_deg, &proj_to_deg);
        double distance_m = 0.0;
        double from_rad = 0.0;
        double to_rad = 0.0;
        assert_int_equal(geodesic_inverse(degrees(from_deg[0], from_deg[1]),
                                          degrees(to_deg[0], to_deg[1]), &distance_m, &from_rad,
                                          &to_rad),
                         OK);
        assert_near(distance_m, proj_m, 2e-7);
        assert_true(from_rad >= 0.0 && from_rad < 2.0 * PI);
        assert_true(to_rad >= 0.0 && to_rad < 2.0 * PI);
        /* An azimuth matters by how far it moves the other end; between antipodes it does not. */
        const double lever_m = ELLIPSOID_A_M * fabs(sin(proj_m / ELLIPSOID_A_M));
        const double tolerance = i % 6 == 1 ? 1e-2 : 1e-6;
        assert_near(turned(from_rad, proj_from_deg * RAD_PER_DEG) * lever_m, 0.0, tolerance);
        assert_near(turned(to_rad, proj_to_deg * RAD_PER_DEG) * lever_m, 0.0, tolerance);
    }
}

static void direct_agrees_with_proj(void **state)
{
    (void)state;
    struct geod_geodesic earth;
    geod_init(&earth, ELLIPSOID_A_M, ELLIPSOID_F);
    struct random r;
    random_init(&r, 2013, 88);
    for (int i = 0; i < 60000; i++) {
        const double lat_deg = i % 5 == 0 ? 0.0 : 180.0 * (random_uniform(&r) - 0.5);
        const double lon_deg = 360.0 * (random_uniform(&r) - 0.5);
        const double azimuth_deg = i % 7 == 0 ? 90.0 : 360.0 * random_uniform(&r);
        const double distance_m = 1e8 * (random_uniform(&r) - 0.3);
        double proj_lat_deg = 0.0;
        double proj_lon_deg = 0.0;
        geod_direct(&earth, lat_deg, lon_deg, azimuth_deg, distance_m, &proj_lat_deg, &proj_lon_deg,
                    NULL);
        struct geo_geodetic p;
        assert_int_equal(
            geodesic_direct(degrees(lat_deg, lon_deg), azimuth_deg * RAD_PER_DEG, distance_m, &p),
            OK);
        const double parallel_m = ELLIPSOID_A_M * cos(p.lat_rad);
        assert_near((p.lat_rad - proj_lat_deg * RAD_PER_DEG) * ELLIPSOID_A_M, 0.0, 1e-6);
        assert_near(turned(p.lon_rad, proj_lon_deg * RAD_PER_DEG) * parallel_m, 0.0, 1e-6);
        assert_near(p.height_m, 0.0, 0.0);
    }
}

static void equator_ends_where_a_meridian_is_shorter(void **state)
{
    (void)state;
    double distance_m = 0.0;
    double from_rad = 0.0;
    assert_int_equal(
        geodesic_inverse(degrees(0.0, 0.0), degrees(0.0, 90.0), &distance_m, &from_rad, NULL), OK);
    assert_near(distance_m, 0.5 * PI * ELLIPSOID_A_M, 1e-8);
    assert_near(from_rad, 0.5 * PI, 1e-15);
    /* Source: half a meridian of WGS 84, 2 x 10001965.729 m. */
    assert_int_equal(
        geodesic_inverse(degrees(0.0, 0.0), degrees(0.0, 180.0), &distance_m, &from_rad, NULL), OK);
    assert_near(distance_m, 20003931.4586, 1e-3);
}

static void same_point_is_no_distance(void **state)
{
    (void)state;
    double distance_m = -1.0;
    for (int lat_deg = -90; lat_deg <= 90; lat_deg += 15) {
        const struct geo_geodetic p = degrees(lat_deg, 125.7);
        assert_int_equal(geodesic_inverse(p, p, &distance_m, NULL, NULL), OK);
        assert_near(distance_m, 0.0, 1e-9);
    }
}

static void bad_positions_are_refused(void **state)
{
    (void)state;
    const struct geo_geodetic good = degrees(39.0, 125.0);
    const struct geo_geodetic bad[] = {{1.6, 0.0, 0.0}, {NAN, 0.0, 0.0}, {0.0, INFINITY, 0.0}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        double distance_m = 17.0;
        struct geo_geodetic p = {1.0, 2.0, 3.0};
        assert_int_equal(geodesic_inverse(good, bad[i], &distance_m, NULL, NULL), ERR_RANGE);
        assert_int_equal(geodesic_inverse(bad[i], good, &distance_m, NULL, NULL), ERR_RANGE);
        assert_int_equal(geodesic_direct(bad[i], 0.0, 1e3, &p), ERR_RANGE);
        assert_int_equal(geodesic_direct(good, bad[i].lat_rad * NAN, 1e3, &p), ERR_RANGE);
        assert_int_equal(geodesic_direct(good, 0.0, INFINITY, &p), ERR_RANGE);
        assert_near(distance_m, 17.0, 0.0);
        assert_near(p.lat_rad + p.lon_rad + p.height_m, 6.0, 0.0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inverse_meets_published_lines),
        cmocka_unit_test(inverse_agrees_with_proj),
        cmocka_unit_test(direct_agrees_with_proj),
        cmocka_unit_test(equator_ends_where_a_meridian_is_shorter),
        cmocka_unit_test(same_point_is_no_distance),
        cmocka_unit_test(bad_positions_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
