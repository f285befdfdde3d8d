/* True trajectories: between the nodes as physics flies them, and as recorded where recorded. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/elementary.h"
#include "cli/recording_file.h"
#include "geo/ellipsoid.h"
#include "geo/geodesic.h"
#include "playing.h"
#include "sim/recording.h"

static struct truth truth;

static double apart_m(const struct motion_state *s, const struct truth_state *t)
{
    return sqrt(pow(s->x[0] - t->position.x_m, 2.0) + pow(s->x[1] - t->position.y_m, 2.0) +
                pow(s->x[2] - t->position.z_m, 2.0));
}

static double apart_mps(const struct motion_state *s, const struct truth_state *t)
{
    return sqrt(pow(s->x[3] - t->velocity.x_mps, 2.0) + pow(s->x[4] - t->velocity.y_mps, 2.0) +
                pow(s->x[5] - t->velocity.z_mps, 2.0));
}

static void between_nodes_it_is_the_flight_itself(void **unused)
{
    (void)unused;
    playing_begin();
    const struct flight_plan *plan = &playing_scenario.launches[0].plan;
    truth_init(&truth);
    assert_int_equal(truth_add_flight(&truth, plan, playing_scenario.start, 900.0), OK);
    struct flight flight;
    struct flight_summary summary;
    assert_int_equal(flight_solve(plan, &flight), OK);
    assert_int_equal(flight_summarise(&flight, &summary), OK);
    struct motion_state s;
    double at_s = 0.0;
    flight_start(&flight, &s);
    for (double t_s = 0.2; t_s < summary.flight_time_s - 0.5; t_s += 0.7) {
        struct truth_state state;
        assert_true(flight_advance(&flight, &at_s, &s, t_s));
        assert_true(truth_state_at(&truth, 0, instant_plus_s(playing_scenario.start, t_s), &state));
        assert_int_equal(state.burning, flight_thrust_mps2(&flight, t_s) > 0.0);
        /* The node before the end of thrust sees the corner; elsewhere the curve is smooth. */
        const bool corner = fabs(t_s - flight.end_of_thrust_s) < 1.0 || t_s < 9.0;
        assert_true(apart_m(&s, &state) < (corner ? 1.5 : 0.05));
        assert_true(apart_mps(&s, &state) < (corner ? 15.0 : 0.5));
    }
}

/* A pull-up: the same flight until then, lift across the velocity, farther afterwards. */
static void a_pull_up_bends_the_way_upwards(void **unused)
{
    (void)unused;
    static struct truth pulled;
    const struct scenario_pull_up pull_up = {35e3, 60.0, 15.0};
    playing_begin();
    struct flight_plan plan = playing_scenario.launches[0].plan;
    plan.apogee_m = 100e3;
    plan.range_m = 600e3;
    plan.beta_kgpm2 = 5000.0;
    flight_stages_of_kind(FLIGHT_SHORT, &plan);
    const struct instant at = playing_scenario.start;
    truth_init(&truth);
    truth_init(&pulled);
    assert_int_equal(truth_add_flight(&truth, &plan, at, 900.0), OK);
    assert_int_equal(truth_add_pull_up(&pulled, &plan, &pull_up, at, 900.0), OK);
    const struct truth_summary *s = &pulled.objects[0].summary;
    const double begins_s = instant_since_s(s->pull_up, at);
    struct truth_state a;
    struct truth_state b;
    assert_false(instant_is_set(truth.objects[0].summary.pull_up));
    assert_true(s->range_m > truth.objects[0].summary.range_m + 20e3);
    for (double t_s = 1.0; t_s <= begins_s; t_s += 7.0) {
        assert_true(truth_state_at(&truth, 0, instant_plus_s(at, t_s), &a));
        assert_true(truth_state_at(&pulled, 0, instant_plus_s(at, t_s), &b));
        assert_true(a.position.x_m == b.position.x_m && a.burning == b.burning);
    }
    /* Two seconds on: half of 60 m/s² times 4 s², across the way, upwards. */
    assert_true(truth_state_at(&truth, 0, instant_plus_s(at, begins_s + 2.0), &a));
    assert_true(truth_state_at(&pulled, 0, instant_plus_s(at, begins_s + 2.0), &b));
    const double d[3] = {b.position.x_m - a.position.x_m, b.position.y_m - a.position.y_m,
                         b.position.z_m - a.position.z_m};
    const double along =
        d[0] * a.velocity.x_mps + d[1] * a.velocity.y_mps + d[2] * a.velocity.z_mps;
    const double speed =
        sqrt(pow(a.velocity.x_mps, 2.0) + pow(a.velocity.y_mps, 2.0) + pow(a.velocity.z_mps, 2.0));
    const double up = d[0] * a.position.x_m + d[1] * a.position.y_m + d[2] * a.position.z_m;
    assert_true(fabs(sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]) - 120.0) < 6.0);
    assert_true(fabs(along / speed) < 12.0);
    assert_true(up > 0.0);
}

static void it_is_there_from_launch_to_impact(void **unused)
{
    (void)unused;
    playing_begin();
    playing_start(1);
    const struct truth_summary summary = world_truth_summary(&playing_world, 0);
    struct truth_state state;
    const struct instant before = instant_plus_s(summary.launch_time, -0.001);
    const struct instant after = instant_plus_s(summary.impact_time, 0.001);
    const struct instant last = instant_plus_s(summary.impact_time, -0.001);
    assert_false(world_truth_state(&playing_world, 0, before, &state));
    assert_true(world_truth_state(&playing_world, 0, summary.launch_time, &state));
    assert_false(world_truth_state(&playing_world, 0, after, &state));
    assert_true(world_truth_state(&playing_world, 0, last, &state));
    struct geo_geodetic place;
    double miss_m = 0.0;
    assert_int_equal(ellipsoid_from_ecef(state.position, &place), OK);
    assert_int_equal(geodesic_inverse(place, summary.impact_point, &miss_m, NULL, NULL), OK);
    assert_true(miss_m < 10.0 && fabs(place.height_m) < 10.0);
    assert_true(fabs(summary.apogee_m - 300e3) < 200.0);
    assert_true(fabs(summary.range_m - 800e3) < 200.0);
}

/* data/README: altitude rounded to 0.1 km, apogee 119.2 km at T+270, end of thrust 158 s. */
static void a_recording_becomes_a_smooth_flight(void **unused)
{
    (void)unused;
    char message[YAML_MESSAGE_SIZE] = "";
    static struct scenario_recording samples;
    memset(&samples, 0, sizeof samples);
    if (recording_file_read(DATA_DIR "/flights/bulgariasat-1.csv", 388.0, &samples, message) !=
        OK) {
        fail_msg("%s", message);
    }
    samples.break_count = 1;
    samples.break_s[0] = 158.0;
    samples.end_of_thrust_s = 158.0;
    const struct flight_plan plan = {.site = {28.608 * RAD_PER_DEG, -80.604 * RAD_PER_DEG, 0.0},
                                     .bearing_rad = 95.0 * RAD_PER_DEG,
                                     .beta_kgpm2 = 5000.0};
    const struct instant launch = {1498245000 * NS_PER_S};
    truth_init(&truth);
    assert_int_equal(truth_add_recording(&truth, &plan, &samples, launch, 700.0), OK);
    double way_m = 0.0;
    double coast_worst_mps2 = 0.0;
    for (uint32_t i = 1; i < samples.sample_count - 1; i++) {
        struct truth_state state;
        struct truth_state next;
        struct geo_geodetic place;
        const double t_s = samples.time_s[i];
        assert_true(truth_state_at(&truth, 0, instant_plus_s(launch, t_s), &state));
        assert_true(truth_state_at(&truth, 0, instant_plus_s(launch, t_s + 1.0), &next));
        assert_int_equal(ellipsoid_from_ecef(state.position, &place), OK);
        assert_true(fabs(place.height_m - samples.height_m[i]) < 300.0);
        double ground_m = 0.0;
        assert_int_equal(geodesic_inverse(plan.site, place, &ground_m, NULL, NULL), OK);
        way_m +=
            (samples.path_m[i] - samples.path_m[i - 1]) * 6371e3 / (6371e3 + samples.height_m[i]);
        assert_true(fabs(ground_m - way_m) < 500.0);
        /* In free fall the speed changes as gravity has it, to what rounding allows. */
        const double r[3] = {state.position.x_m, state.position.y_m, state.position.z_m};
        const double radius_m = sqrt(r[0] * r[0] + r[1] * r[1] + r[2] * r[2]);
        const double climb_mps2 = ((next.velocity.x_mps - state.velocity.x_mps) * r[0] +
                                   (next.velocity.y_mps - state.velocity.y_mps) * r[1] +
                                   (next.velocity.z_mps - state.velocity.z_mps) * r[2]) /
                                  radius_m;
        if (t_s > 170.0 && t_s < 380.0) {
            coast_worst_mps2 = fmax(coast_worst_mps2, fabs(climb_mps2 + 9.1));
        }
    }
    const struct truth_summary *summary = &truth.objects[0].summary;
    assert_true(fabs(summary->apogee_m - 119.2e3) < 100.0);
    assert_false(summary->in_orbit);
    assert_true(coast_worst_mps2 < 1.0);
}

static void a_launch_at_the_very_end_flies_no_time_at_all(void **unused)
{
    (void)unused;
    playing_begin();
    playing_scenario.launches[0].at_s = playing_scenario.duration_s;
    playing_start(1);
    struct truth_state state;
    const struct instant end = instant_plus_s(playing_scenario.start, playing_scenario.duration_s);
    assert_false(world_truth_state(&playing_world, 0, end, &state));
}

static void an_object_that_does_not_fit_leaves_nothing_behind(void **unused)
{
    (void)unused;
    truth_init(&truth);
    const struct geo_ecef high = {42164e3, 0.0, 0.0};
    const struct geo_velocity still = {0.0, 0.0, 0.0};
    const struct instant t = {0};
    const uint32_t fit = TRUTH_NODES_MAX / (uint32_t)(10000.0 / TRUTH_STEP_S + 1.0);
    for (uint32_t i = 0; i < fit; i++) {
        assert_int_equal(truth_add_fall(&truth, high, still, t, 10000.0), OK);
    }
    const uint32_t nodes = truth.node_count;
    assert_int_equal(truth_add_fall(&truth, high, still, t, 10000.0), ERR_FULL);
    assert_int_equal(truth.node_count, nodes);
    assert_int_equal(truth.object_count, fit);
    assert_int_equal(truth_add_fall(&truth, high, still, t, 100.0), OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(between_nodes_it_is_the_flight_itself),
        cmocka_unit_test(a_pull_up_bends_the_way_upwards),
        cmocka_unit_test(it_is_there_from_launch_to_impact),
        cmocka_unit_test(a_recording_becomes_a_smooth_flight),
        cmocka_unit_test(a_launch_at_the_very_end_flies_no_time_at_all),
        cmocka_unit_test(an_object_that_does_not_fit_leaves_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
