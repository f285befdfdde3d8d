#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "assess/airborne.h"
#include "base/elementary.h"
#include "geo/ellipsoid.h"

/* Over the equator, seen for a time. */
static struct track track_of(double height_m, double speed_mps, double climb_mps, double sigma_mps,
                             double seen_s)
{
    struct track t;
    memset(&t, 0, sizeof t);
    t.status = STATUS_FIRM;
    t.position = (struct geo_ecef){ELLIPSOID_A_M + height_m, 0.0, 0.0};
    t.velocity =
        (struct geo_velocity){climb_mps, sqrt(speed_mps * speed_mps - climb_mps * climb_mps), 0.0};
    for (int i = 0; i < 6; i++) {
        t.covariance[7 * i] = i < 3 ? 1e4 : sigma_mps * sigma_mps;
    }
    t.first_detection = (struct instant){NS_PER_S};
    t.last_measurement = instant_plus_s(t.first_detection, seen_s);
    return t;
}

static const struct {
    double height_m;
    double speed_mps;
    double climb_mps;
    double sigma_mps;
    bool is_missile;
} moving[] = {
    {11e3, 250.0, 0.0, 50.0, false},   /* an airliner */
    {17e3, 600.0, 150.0, 50.0, false}, /* a fast jet */
    {6e3, 600.0, 290.0, 50.0, false},
    {20e3, 830.0, 0.0, 60.0, false},    /* the MiG-31's published limits */
    {5e3, 200.0, 190.0, 20.0, true},    /* just launched: steep */
    {5e3, 200.0, 190.0, 60.0, false},   /* not sure enough */
    {20e3, 900.0, 500.0, 50.0, true},   /* burning */
    {60e3, 1200.0, 700.0, 100.0, true}, /* above all air */
    {10e3, 700.0, -600.0, 30.0, true},  /* coming down */
    {2e3, 500.0, -450.0, 10.0, false},  /* what fell from the height of an airliner */
    {30e3, 6000.0, 0.0, 2900.0, false}, /* nobody knows */
};

static void missiles_and_aircraft(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof moving / sizeof moving[0]; i++) {
        const struct track t = track_of(moving[i].height_m, moving[i].speed_mps,
                                        moving[i].climb_mps, moving[i].sigma_mps, 10.0);
        if (airborne_is_missile(&t) != moving[i].is_missile) {
            fail_msg("row %zu", i);
        }
    }
}

/* A fall from 11 km takes sqrt(2 h / g) = 47.4 s. */
static void carried_is_not_ballistic(void **state)
{
    (void)state;
    struct track t = track_of(11e3, 250.0, 0.0, 10.0, 47.0);
    assert_int_equal(airborne_class(&t), CLASS_UNDETERMINED);
    t = track_of(11e3, 250.0, 0.0, 10.0, 48.0);
    assert_int_equal(airborne_class(&t), CLASS_NOT_BALLISTIC);
    t.status = STATUS_TENTATIVE;
    assert_int_equal(airborne_class(&t), CLASS_UNDETERMINED);
    t = track_of(60e3, 1200.0, 700.0, 10.0, 500.0);
    assert_int_equal(airborne_class(&t), CLASS_UNDETERMINED);
    t = track_of(45e3, 300.0, 0.0, 10.0, 500.0);
    assert_int_equal(airborne_class(&t), CLASS_UNDETERMINED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(missiles_and_aircraft),
        cmocka_unit_test(carried_is_not_ballistic),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
