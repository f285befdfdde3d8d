/* What is wrong with an observation is said by name, and what is merely noisy is not wrong. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/elementary.h"
#include "geo/ellipsoid.h"
#include "model/observation.h"

static struct sensor radar(void)
{
    struct sensor s = {.kind = SENSOR_RADAR,
                       .place = {37.5 * RAD_PER_DEG, 127.0 * RAD_PER_DEG, 100.0},
                       .sigma_range_m = 20.0,
                       .sigma_azimuth_rad = 1e-3,
                       .sigma_elevation_rad = 1e-3};
    assert_true(sensor_id_parse("A", &s.id));
    return s;
}

static struct observation observation_by(const struct sensor *s)
{
    struct observation o;
    memset(&o, 0, sizeof o);
    o.sensor = s->id;
    o.kind = s->kind;
    o.validity = (struct instant){INT64_C(1700000000) * NS_PER_S};
    o.receipt = o.validity;
    return o;
}

static struct observation plot(const struct sensor *s, double range_m, double elevation_deg)
{
    struct observation o = observation_by(s);
    o.radar.polar = (struct geo_polar){range_m, 1.0, elevation_deg * RAD_PER_DEG};
    return o;
}

static void values_that_cannot_be(void **state)
{
    (void)state;
    const struct sensor s = radar();
    struct observation o = plot(&s, 3e5, 10.0);
    assert_int_equal(observation_fault(&o, &s), OBSERVATION_GOOD);
    o.radar.polar.azimuth_rad = NAN;
    assert_int_equal(observation_fault(&o, &s), OBSERVATION_IMPOSSIBLE);
    o = plot(&s, INFINITY, 10.0);
    assert_int_equal(observation_fault(&o, &s), OBSERVATION_IMPOSSIBLE);
    o = plot(&s, 3e5, 10.0);
    o.kind = SENSOR_INFRARED;
    assert_int_equal(observation_fault(&o, &s), OBSERVATION_IMPOSSIBLE);
}

static void times_from_the_future(void **state)
{
    (void)state;
    const struct sensor s = radar();
    struct observation o = plot(&s, 3e5, 10.0);
    o.validity = instant_plus_s(o.receipt, 4.0);
    assert_int_equal(observation_fault(&o, &s), OBSERVATION_GOOD);
    o.validity = instant_plus_s(o.receipt, 6.0);
    assert_int_equal(observation_fault(&o, &s), OBSERVATION_EARLY);
    o.validity = instant_plus_s(o.receipt, 1e9);
    assert_int_equal(observation_fault(&o, &s), OBSERVATION_EARLY);
}

/* From 100 m the horizon dips by 0.32 degrees; 4 sigma are 0.23 degrees and 1 km of depth 1 degree
 * more. At -1.5 degrees a line meets the ground after 4 km and comes out after 330. */
static void plots_below_the_horizon(void **state)
{
    (void)state;
    struct sensor s = radar();
    const double ranges_m[] = {50e3, 200e3, 500e3, 3000e3};
    for (int i = 0; i < 4; i++) {
        struct observation o = plot(&s, ranges_m[i], 0.0);
        assert_int_equal(observation_fault(&o, &s), OBSERVATION_GOOD);
        o = plot(&s, ranges_m[i], -0.4);
        assert_int_equal(observation_fault(&o, &s), OBSERVATION_GOOD);
        o = plot(&s, ranges_m[i], -3.0);
        assert_int_equal(observation_fault(&o, &s), OBSERVATION_UNDERGROUND);
        o = plot(&s, ranges_m[i], -60.0);
        assert_int_equal(observation_fault(&o, &s), OBSERVATION_UNDERGROUND);
    }
    struct observation o = plot(&s, 500e3, -3.0);
    o.radar.without_elevation = true;
    assert_int_equal(observation_fault(&o, &s), OBSERVATION_GOOD);
    o.radar.without_elevation = false;
    s.sigma_elevation_rad = 1.0 * RAD_PER_DEG;
    assert_int_equal(observation_fault(&o, &s), OBSERVATION_GOOD);
    /* From an aircraft at 12 km it is no news that something is below. */
    s = radar();
    s.place.height_m = 12e3;
    o = plot(&s, 100e3, -3.0);
    assert_int_equal(observation_fault(&o, &s), OBSERVATION_GOOD);
}

static void sights_that_miss_the_earth(void **state)
{
    (void)state;
    const struct sensor s = {.id = {"U"}, .kind = SENSOR_INFRARED, .sigma_los_rad = 5e-5};
    struct observation o = observation_by(&s);
    o.infrared.platform = (struct geo_ecef){42164e3, 0.0, 0.0};
    o.infrared.los = (struct geo_direction){{-1.0, 0.0, 0.0}};
    assert_int_equal(observation_fault(&o, &s), OBSERVATION_GOOD);
    /* Just past the limb. */
    o.infrared.los = (struct geo_direction){{-sqrt(1.0 - 0.17 * 0.17), 0.17, 0.0}};
    assert_int_equal(observation_fault(&o, &s), OBSERVATION_GOOD);
    o.infrared.los = (struct geo_direction){{-0.8, 0.6, 0.0}};
    assert_int_equal(observation_fault(&o, &s), OBSERVATION_UNDERGROUND);
    o.infrared.los = (struct geo_direction){{1.0, 0.0, 0.0}};
    assert_int_equal(observation_fault(&o, &s), OBSERVATION_UNDERGROUND);
}

static void ready_tracks(void **state)
{
    (void)state;
    const struct sensor s = {.id = {"T"}, .kind = SENSOR_TRACKER};
    struct observation o = observation_by(&s);
    struct geo_geodetic place = {0.6, 2.0, 50e3};
    for (int i = 0; i < 6; i++) {
        o.track.covariance[i * (i + 3) / 2] = 100.0;
    }
    o.track.position = ellipsoid_to_ecef(place);
    assert_int_equal(observation_fault(&o, &s), OBSERVATION_GOOD);
    place.height_m = -900.0;
    o.track.position = ellipsoid_to_ecef(place);
    assert_int_equal(observation_fault(&o, &s), OBSERVATION_GOOD);
    place.height_m = -1200.0;
    o.track.position = ellipsoid_to_ecef(place);
    assert_int_equal(observation_fault(&o, &s), OBSERVATION_UNDERGROUND);
    place.height_m = 50e3;
    o.track.position = ellipsoid_to_ecef(place);
    o.track.covariance[1] = 101.0;
    assert_int_equal(observation_fault(&o, &s), OBSERVATION_COVARIANCE);
}

static void each_has_a_name(void **state)
{
    (void)state;
    for (int i = 0; i < OBSERVATION_FAULTS; i++) {
        const char *text = observation_fault_text((enum observation_fault)i);
        assert_true(text != NULL && text[0] != '?');
    }
    assert_string_equal(observation_fault_text(OBSERVATION_FAULTS), "?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_that_cannot_be),
        cmocka_unit_test(times_from_the_future),
        cmocka_unit_test(plots_below_the_horizon),
        cmocka_unit_test(sights_that_miss_the_earth),
        cmocka_unit_test(ready_tracks),
        cmocka_unit_test(each_has_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
