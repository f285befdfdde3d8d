#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "assess/classify.h"
#include "base/elementary.h"
#include "physics/flight.h"
#include "physics/gravity.h"

/* A state over the equator, its speed relative to the Earth eastward and upward. */
static void state_of(double height_m, double east_mps, double up_mps, double velocity_sigma_mps,
                     struct ballistic_state *s)
{
    double covariance[36] = {0};
    for (int i = 0; i < 6; i++) {
        const double sigma = i < 3 ? 100.0 : velocity_sigma_mps;
        covariance[7 * i] = sigma * sigma;
    }
    ballistic_state_init(s, (struct instant){0},
                         (struct geo_ecef){GRAVITY_RADIUS_M + height_m, 0.0, 0.0},
                         (struct geo_velocity){up_mps, east_mps, 0.0}, covariance);
}

static double sum_of(const double probability[CLASS_COUNT])
{
    double sum = 0.0;
    for (int i = 0; i < CLASS_COUNT; i++) {
        assert_true(probability[i] >= 0.0);
        sum += probability[i];
    }
    return sum;
}

/* Bate, Mueller and White (1971), chapter 6: with Q 0.95 at the ground the greatest range angle is
 * 129.58 degrees. */
static void range_at_minimum_energy(void **state)
{
    (void)state;
    const double radius_m = 6371008.8;
    struct ballistic_state s;
    struct classify_orbit orbit;
    const double speed = sqrt(0.95 * GRAVITY_GM_M3PS2 / radius_m);
    state_of(radius_m - GRAVITY_RADIUS_M, 0.0, speed, 1.0, &s);
    assert_int_equal(classify_orbit(&s, &orbit), OK);
    assert_true(fabs(orbit.minimum_energy_range_m / radius_m - 129.58 * RAD_PER_DEG) < 2e-4);
}

/* A circular orbit has its perigee and apogee where it is; slower by dv, the other side is lower by
 * 4 a dv / v to the first order. */
static void perigee_and_its_doubt(void **state)
{
    (void)state;
    const double r = GRAVITY_RADIUS_M + 500e3;
    const double v = sqrt(GRAVITY_GM_M3PS2 / r);
    const double turning = EARTH_RATE_RADPS * r;
    struct ballistic_state s;
    struct classify_orbit orbit;
    state_of(500e3, v - turning, 0.0, 1.0, &s);
    assert_int_equal(classify_orbit(&s, &orbit), OK);
    assert_true(fabs(orbit.perigee_m - orbit.apogee_m) < 10.0);
    state_of(500e3, v - turning - 30.0, 0.0, 5.0, &s);
    assert_int_equal(classify_orbit(&s, &orbit), OK);
    const double drop = orbit.apogee_m - orbit.perigee_m;
    assert_true(fabs(drop / (4.0 * r * 30.0 / v) - 1.0) < 0.02);
    assert_true(fabs(orbit.perigee_sigma_m / (4.0 * r * 5.0 / v) - 1.0) < 0.1);
}

static void orbits_are_space_launches(void **state)
{
    (void)state;
    const double r = GRAVITY_RADIUS_M + 500e3;
    const double v = sqrt(GRAVITY_GM_M3PS2 / r) - EARTH_RATE_RADPS * r;
    double p[CLASS_COUNT];
    struct ballistic_state s;
    state_of(500e3, v, 0.0, 10.0, &s);
    assert_int_equal(classify_coasting(&s, 0.0, p), OK);
    assert_true(p[CLASS_SPACE_LAUNCH] > 0.999);
    assert_true(fabs(sum_of(p) - 1.0) < 1e-12);
    state_of(500e3, v - 1000.0, 0.0, 10.0, &s);
    assert_int_equal(classify_coasting(&s, 0.0, p), OK);
    assert_true(p[CLASS_SPACE_LAUNCH] < 0.001);
    assert_true(p[CLASS_INTERCONTINENTAL] > 0.99);
    /* A perigee at the limit, and vaguely known, is open. */
    state_of(500e3, v - 110.0, 0.0, 30.0, &s);
    assert_int_equal(classify_coasting(&s, 0.0, p), OK);
    assert_true(p[CLASS_SPACE_LAUNCH] > 0.2);
    assert_true(p[CLASS_SPACE_LAUNCH] < 0.8);
}

/* Published flights: what they were said to be. */
static void published_flights(void **state)
{
    (void)state;
    static const struct {
        double apogee_m;
        double range_m;
        enum flight_kind kind;
        enum missile_class expected;
    } flights[] = {
        {6648e3, 1001e3, FLIGHT_INTERCONTINENTAL_SOLID, CLASS_INTERCONTINENTAL}, /* 2023-07-12 */
        {970e3, 4600e3, FLIGHT_INTERMEDIATE, CLASS_INTERMEDIATE_RANGE},          /* 2022-10-04 */
        {100e3, 400e3, FLIGHT_SHORT, CLASS_SHORT_RANGE},
        {60e3, 400e3, FLIGHT_SHORT, CLASS_SHORT_RANGE},
        {550e3, 500e3, FLIGHT_MEDIUM, CLASS_MEDIUM_RANGE},
    };
    for (size_t i = 0; i < sizeof flights / sizeof flights[0]; i++) {
        struct flight_plan plan;
        struct flight flight;
        struct ballistic_state s;
        double covariance[36] = {0};
        double p[CLASS_COUNT];
        memset(&plan, 0, sizeof plan);
        plan.site = (struct geo_geodetic){40.0 * RAD_PER_DEG, 126.0 * RAD_PER_DEG, 0.0};
        plan.bearing_rad = 80.0 * RAD_PER_DEG;
        plan.apogee_m = flights[i].apogee_m;
        plan.range_m = flights[i].range_m;
        plan.beta_kgpm2 = 2000.0;
        flight_stages_of_kind(flights[i].kind, &plan);
        assert_int_equal(flight_solve(&plan, &flight), OK);
        for (int k = 0; k < 6; k++) {
            covariance[7 * k] = k < 3 ? 1e4 : 4.0;
        }
        const double *x = flight.burnout.x;
        ballistic_state_init(&s, (struct instant){0}, (struct geo_ecef){x[0], x[1], x[2]},
                             (struct geo_velocity){x[3], x[4], x[5]}, covariance);
        assert_int_equal(classify_coasting(&s, 0.0, p), OK);
        assert_true(p[flights[i].expected] > 0.8);
        const double range_m = flight_minimum_energy_range_m(plan.apogee_m, plan.range_m);
        assert_int_equal(classify_coasting(&s, range_m, p), OK);
        assert_true(p[flights[i].expected] > 0.95);
    }
}

static void bad_states_are_refused(void **state)
{
    (void)state;
    struct ballistic_state s;
    double p[CLASS_COUNT];
    struct classify_orbit orbit;
    state_of(-200e3, 0.0, 0.0, 1.0, &s);
    assert_int_equal(classify_coasting(&s, 0.0, p), ERR_RANGE);
    state_of(100e3, 0.0 / (s.x[1] * 0.0), 0.0, 1.0, &s);
    assert_int_equal(classify_orbit(&s, &orbit), ERR_RANGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(range_at_minimum_energy),   cmocka_unit_test(perigee_and_its_doubt),
        cmocka_unit_test(orbits_are_space_launches), cmocka_unit_test(published_flights),
        cmocka_unit_test(bad_states_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
