#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "assess/assess.h"
#include "base/elementary.h"
#include "physics/flight.h"

static struct footprint footprint;

static void fly(struct flight *flight, struct ballistic_state *s, struct launch_estimate *launch)
{
    struct flight_plan plan;
    double covariance[36] = {0};
    memset(&plan, 0, sizeof plan);
    plan.site = (struct geo_geodetic){40.0 * RAD_PER_DEG, 126.0 * RAD_PER_DEG, 0.0};
    plan.bearing_rad = 80.0 * RAD_PER_DEG;
    plan.apogee_m = 970e3;
    plan.range_m = 4600e3;
    plan.beta_kgpm2 = 2000.0;
    flight_stages_of_kind(FLIGHT_INTERMEDIATE, &plan);
    assert_int_equal(flight_solve(&plan, flight), OK);
    for (int k = 0; k < 6; k++) {
        covariance[7 * k] = k < 3 ? 1e4 : 1.0;
    }
    const double *x = flight->burnout.x;
    ballistic_state_init(s, (struct instant){NS_PER_S}, (struct geo_ecef){x[0], x[1], x[2]},
                         (struct geo_velocity){x[3], x[4], x[5]}, covariance);
    *launch = (struct launch_estimate){.determined = true,
                                       .time = {0},
                                       .time_sigma_s = 1.0,
                                       .point = plan.site,
                                       .covariance_m2 = {4e6, 0.0, 0.0, 1e6}};
}

static void everything_from_a_coasting_track(void **state)
{
    (void)state;
    struct flight flight;
    struct ballistic_state s;
    struct launch_estimate launch;
    struct assessment a;
    struct track t;
    memset(&t, 0, sizeof t);
    fly(&flight, &s, &launch);
    t.phase = PHASE_COAST;
    t.status = STATUS_FIRM;
    t.end_of_thrust = INSTANT_UNSET;
    t.time = (struct instant){2 * NS_PER_S};
    const struct assess_input in = {&t, &s, &launch, false, NULL};
    assert_int_equal(assess_make(&in, &a, &footprint), OK);
    assert_true(instant_equal(a.validity, s.time));
    assert_int_equal(a.phase, PHASE_COAST);
    assert_int_equal(a.status, STATUS_FIRM);
    assert_int_equal(a.impact.why, WHY_NONE);
    assert_true(fabs(a.apogee_m - 970e3) < 1e3);
    assert_true(fabs(a.range_m - 4600e3) < 20e3);
    assert_int_equal(assessment_class(&a), CLASS_INTERMEDIATE_RANGE);
    assert_true(a.launch.determined);
    assert_true(fabs(a.launch_ellipse_95.semi_major_m - 2.44775 * 2000.0) < 1.0);
    assert_true(fabs(a.launch_ellipse_95.azimuth_rad - PI / 2.0) < 1e-6);
    assert_true(footprint.sample_count > 0);
}

static void says_why_nothing_is_determined(void **state)
{
    (void)state;
    struct flight flight;
    struct ballistic_state s;
    struct launch_estimate launch;
    struct assessment a;
    struct track t;
    memset(&t, 0, sizeof t);
    fly(&flight, &s, &launch);
    t.phase = PHASE_BOOST;
    const struct assess_input nothing = {NULL, NULL, NULL, false, NULL};
    assert_int_equal(assess_make(&nothing, &a, &footprint), OK);
    assert_int_equal(a.impact.why, WHY_NO_TRACK);
    assert_false(instant_is_set(a.validity));
    const struct assess_input thrusting = {&t, NULL, &launch, false, NULL};
    assert_int_equal(assess_make(&thrusting, &a, &footprint), OK);
    assert_int_equal(a.impact.why, WHY_THRUSTING);
    assert_true(a.class_probability[CLASS_UNDETERMINED] == 1.0);
    assert_true(a.launch.determined);
    assert_true(a.range_m == 0.0);
    const struct assess_input manoeuvring = {&t, &s, &launch, true, NULL};
    assert_int_equal(assess_make(&manoeuvring, &a, &footprint), OK);
    assert_int_equal(a.impact.why, WHY_MANOEUVRE);
    assert_true(a.class_probability[CLASS_NOT_BALLISTIC] == 1.0);
    assert_true(footprint.sample_count > 0 && footprint.knot_count == 0);
    assert_true(instant_before(s.time, a.down_by));
    const struct assess_input unlaunched = {&t, &s, NULL, false, NULL};
    assert_int_equal(assess_make(&unlaunched, &a, &footprint), OK);
    assert_int_equal(a.impact.why, WHY_NONE);
    assert_false(a.launch.determined);
    assert_true(a.range_m == 0.0);
    assert_int_equal(assessment_class(&a), CLASS_INTERMEDIATE_RANGE);
}

/* Thrust ends, goes on, and ends again 60 s later: two stages fall, and what is known of the first
 * stays as it was. */
static void each_end_of_thrust_drops_a_stage(void **state)
{
    (void)state;
    struct flight flight;
    struct ballistic_state s;
    struct launch_estimate launch;
    struct assessment first;
    struct assessment burning;
    struct assessment second;
    struct track t;
    memset(&t, 0, sizeof t);
    fly(&flight, &s, &launch);
    t.phase = PHASE_COAST;
    t.time = s.time;
    t.end_of_thrust = s.time;
    const struct assess_input ended = {&t, &s, &launch, false, NULL};
    assert_int_equal(assess_make(&ended, &first, &footprint), OK);
    assert_int_equal(first.fall_count, 1);
    assert_true(instant_equal(first.falls[0].released, t.end_of_thrust));
    assert_true(first.falls[0].impact.ellipse_95.semi_major_m >
                first.impact.ellipse_95.semi_major_m);
    /* Told again 3 s later, with an end of thrust that moved by a second: the same stage. */
    s.time = instant_plus_s(s.time, 3.0);
    t.end_of_thrust = instant_plus_s(t.end_of_thrust, 1.0);
    const struct assess_input again = {&t, &s, &launch, false, &first};
    assert_int_equal(assess_make(&again, &second, &footprint), OK);
    assert_int_equal(second.fall_count, 1);
    t.phase = PHASE_UNKNOWN;
    t.end_of_thrust = INSTANT_UNSET;
    const struct assess_input thrusting = {&t, NULL, &launch, false, &first};
    assert_int_equal(assess_make(&thrusting, &burning, &footprint), OK);
    assert_int_equal(burning.fall_count, 1);
    s.time = instant_plus_s(s.time, 60.0);
    t.end_of_thrust = s.time;
    const struct assess_input over = {&t, &s, &launch, false, &burning};
    assert_int_equal(assess_make(&over, &second, &footprint), OK);
    assert_int_equal(second.fall_count, 2);
    assert_memory_equal(&second.falls[0].impact.point, &first.falls[0].impact.point,
                        sizeof first.falls[0].impact.point);
}

/* While it boosts it looks ahead, anew every 4 s. */
static void what_boosts_has_two_answers(void **state)
{
    (void)state;
    struct flight flight;
    struct ballistic_state s;
    struct launch_estimate launch;
    struct assessment a;
    struct assessment next;
    struct track t;
    memset(&t, 0, sizeof t);
    fly(&flight, &s, &launch);
    t.phase = PHASE_BOOST;
    t.status = STATUS_FIRM;
    t.time = instant_plus_s(launch.time, flight.end_of_thrust_s);
    t.position = (struct geo_ecef){s.x[0], s.x[1], s.x[2]};
    t.velocity = (struct geo_velocity){s.x[3], s.x[4], s.x[5]};
    for (int i = 0; i < 6; i++) {
        t.covariance[7 * i] = i < 3 ? 1e4 : 25.0;
    }
    t.thrust_mps2 = 100.0;
    t.thrust_sigma_mps2 = 3.0;
    const struct assess_input in = {&t, NULL, &launch, false, NULL};
    assert_int_equal(assess_make(&in, &a, &footprint), OK);
    assert_int_equal(a.impact.why, WHY_THRUSTING);
    assert_false(assessment_looks_ahead(&a));
    assess_look_ahead(&t, NULL, &a);
    assert_true(assessment_looks_ahead(&a));
    assert_int_equal(a.if_thrust_ends_now.why, WHY_NONE);
    assert_int_equal(a.if_thrust_ends_now.assumption, ASSUMED_THRUST_ENDS_NOW);
    assert_int_equal(a.early.impact.why, WHY_NONE);
    assert_true(a.early.impact.ellipse_95.semi_major_m >
                a.if_thrust_ends_now.ellipse_95.semi_major_m);
    assert_int_equal(footprint.sample_count, 0);
    const struct assess_input later = {&t, NULL, &launch, false, &a};
    for (int i = 0; i < 2; i++) {
        t.time = instant_plus_s(t.time, 3.0);
        assert_int_equal(assess_make(&later, &next, &footprint), OK);
        assess_look_ahead(&t, &a.early, &next);
        assert_int_equal(instant_equal(next.early.made, t.time), i == 1);
    }
    const struct assess_input coasting = {&t, &s, &launch, false, NULL};
    assert_int_equal(assess_make(&coasting, &a, &footprint), OK);
    assess_look_ahead(&t, NULL, &a);
    assert_false(assessment_looks_ahead(&a));
}

static void a_bad_state_changes_nothing(void **state)
{
    (void)state;
    struct flight flight;
    struct ballistic_state s;
    struct launch_estimate launch;
    struct assessment a;
    struct track t;
    memset(&t, 0, sizeof t);
    memset(&a, 0, sizeof a);
    fly(&flight, &s, &launch);
    s.x[0] = 0.0;
    s.x[1] = 0.0;
    s.x[2] = 0.0;
    a.apogee_m = 42.0;
    const struct assess_input in = {&t, &s, &launch, false, NULL};
    assert_int_equal(assess_make(&in, &a, &footprint), ERR_RANGE);
    assert_true(a.apogee_m == 42.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_from_a_coasting_track),
        cmocka_unit_test(says_why_nothing_is_determined),
        cmocka_unit_test(each_end_of_thrust_drops_a_stage),
        cmocka_unit_test(what_boosts_has_two_answers),
        cmocka_unit_test(a_bad_state_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
