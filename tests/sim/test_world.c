/* The stream of scans: the same from the same seed, in order, and each sensor's own. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/elementary.h"
#include "playing.h"

#define KEPT_MAX 4000

/* What a run gave, in short: the scans of one sensor, and a digest of everything. */
struct run {
    uint64_t digest;
    uint32_t scan_count;
    uint32_t kept_count;
    struct observation kept[KEPT_MAX]; /* of the sensor in question, sorted by nothing */
};

static uint64_t eat(uint64_t hash, const void *data, size_t size)
{
    const uint8_t *bytes = data;
    for (size_t i = 0; i < size; i++) {
        hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
    }
    return hash;
}

/* Field by field: a struct has padding, and a union more than its member. */
static uint64_t eat_observation(uint64_t hash, const struct observation *o)
{
    hash = eat(hash, &o->validity, sizeof o->validity);
    hash = eat(hash, &o->receipt, sizeof o->receipt);
    if (o->kind == SENSOR_RADAR) {
        hash = eat(hash, &o->radar.polar, sizeof o->radar.polar);
        return eat(hash, &o->radar.range_rate_mps, sizeof o->radar.range_rate_mps);
    }
    return o->kind == SENSOR_INFRARED ? eat(hash, o->infrared.los.axis, sizeof o->infrared.los.axis)
                                      : eat(hash, &o->track, sizeof o->track);
}

static void play(struct run *run, const char *keep)
{
    memset(run, 0, sizeof *run);
    while (world_next(&playing_world, &playing_scan)) {
        run->scan_count++;
        run->digest = eat(run->digest, &playing_scan.id, sizeof playing_scan.id);
        for (uint32_t i = 0; i < playing_scan.observation_count; i++) {
            run->digest = eat_observation(run->digest, &playing_scan.observations[i]);
            if (strcmp(playing_scan.id.text, keep) == 0 && run->kept_count < KEPT_MAX) {
                run->kept[run->kept_count] = playing_scan.observations[i];
                run->kept_count++;
            }
        }
    }
}

static void assert_same_kept(const struct run *a, const struct run *b)
{
    assert_int_equal(a->kept_count, b->kept_count);
    for (uint32_t i = 0; i < a->kept_count; i++) {
        assert_true(eat_observation(0, &a->kept[i]) == eat_observation(0, &b->kept[i]));
    }
}

static struct run first;
static struct run second;

static void three_sensors(void)
{
    playing_begin();
    playing_add_radar("R1", 37.5, 129.0)->sensor.false_alarms_per_scan = 0.5;
    playing_add_radar("R2", 38.1, 138.3)->sensor.false_alarms_per_scan = 0.5;
    playing_add_infrared("I", 130.0);
    playing_scenario.nations[0].sensors[1].latency_s = 1.25;
}

static void the_same_seed_gives_the_same_scans(void **unused)
{
    (void)unused;
    three_sensors();
    playing_start(11);
    play(&first, "R1");
    playing_start(11);
    play(&second, "R1");
    assert_true(first.digest == second.digest);
    assert_int_equal(first.scan_count, 2700);
    world_rewind(&playing_world);
    play(&second, "R1");
    assert_true(first.digest == second.digest);
    playing_start(12);
    play(&second, "R1");
    assert_true(first.digest != second.digest);
}

static void leaving_out_a_sensor_changes_no_other(void **unused)
{
    (void)unused;
    three_sensors();
    playing_start(11);
    play(&first, "I");
    three_sensors();
    struct scenario_nation *nation = &playing_scenario.nations[0];
    nation->sensors[0] = nation->sensors[1];
    nation->sensors[1] = nation->sensors[2];
    nation->sensor_count = 2;
    playing_start(11);
    play(&second, "I");
    assert_true(first.kept_count > 50);
    assert_same_kept(&first, &second);
    playing_start(11);
    play(&second, "R2");
    three_sensors();
    playing_start(11);
    play(&first, "R2");
    assert_true(first.kept_count > 200);
    assert_same_kept(&first, &second);
}

static void a_second_launch_changes_nothing_about_the_first(void **unused)
{
    (void)unused;
    playing_begin();
    playing_add_radar("R1", 37.5, 129.0);
    playing_start(11);
    play(&first, "R1");
    playing_scenario.launches[1] = playing_scenario.launches[0];
    memcpy(playing_scenario.launches[1].name, "other", sizeof "other");
    playing_scenario.launches[1].plan.bearing_rad += 0.3;
    playing_scenario.launch_count = 2;
    playing_start(11);
    memset(&second, 0, sizeof second);
    uint32_t swapped = 0;
    while (world_next(&playing_world, &playing_scan)) {
        for (uint32_t i = 0; i < playing_scan.observation_count; i++) {
            if (playing_scan.origins[i] == 0) {
                second.kept[second.kept_count] = playing_scan.observations[i];
                second.kept_count++;
                swapped += i;
            }
        }
    }
    assert_same_kept(&first, &second);
    /* Which of the two comes first in a scan is drawn anew each time. */
    assert_true(swapped > second.kept_count / 3 && swapped < 2 * second.kept_count / 3);
}

static void two_objects_on_one_path_have_noise_of_their_own(void **unused)
{
    (void)unused;
    playing_begin();
    playing_add_radar("R1", 37.5, 129.0);
    playing_scenario.launches[1] = playing_scenario.launches[0];
    memcpy(playing_scenario.launches[1].name, "other", sizeof "other");
    playing_scenario.launch_count = 2;
    playing_start(11);
    uint32_t pairs = 0;
    while (world_next(&playing_world, &playing_scan)) {
        if (playing_scan.observation_count == 2) {
            const struct geo_polar a = playing_scan.observations[0].radar.polar;
            const struct geo_polar b = playing_scan.observations[1].radar.polar;
            assert_true(a.range_m != b.range_m && a.elevation_rad != b.elevation_rad);
            pairs++;
        }
    }
    assert_true(pairs > 100);
}

static void scans_arrive_in_order_with_their_latency(void **unused)
{
    (void)unused;
    three_sensors();
    playing_start(11);
    struct instant last = playing_scenario.start;
    struct instant expected = world_next_time(&playing_world);
    while (world_next(&playing_world, &playing_scan)) {
        assert_false(instant_before(playing_scan.receipt, last));
        assert_true(instant_equal(playing_scan.receipt, expected));
        const double latency_s = instant_since_s(playing_scan.receipt, playing_scan.validity);
        assert_true(fabs(latency_s - (playing_scan.sensor == 1 ? 1.25 : 0.0)) < 1e-8);
        last = playing_scan.receipt;
        expected = world_next_time(&playing_world);
    }
    assert_true(instant_equal(expected, INSTANT_LAST));
}

static struct scenario_inject *add_inject(enum scenario_inject_kind kind, double at_s,
                                          double until_s)
{
    struct scenario_inject *inject = &playing_scenario.injects[playing_scenario.inject_count];
    playing_scenario.inject_count++;
    *inject = (struct scenario_inject){
        .kind = kind, .at_s = at_s, .until_s = until_s, .sensor = SCENARIO_SENSOR_ALL};
    return inject;
}

static void a_sensor_that_is_out_makes_no_looks(void **unused)
{
    (void)unused;
    three_sensors();
    add_inject(INJECT_SENSOR_OUT, 100.0, 200.0)->sensor = 0;
    playing_start(11);
    uint32_t looks = 0;
    while (world_next(&playing_world, &playing_scan)) {
        const double t_s = instant_since_s(playing_scan.validity, playing_scenario.start);
        if (playing_scan.sensor == 0) {
            assert_true(t_s < 100.0 || t_s >= 200.0);
            looks++;
        }
    }
    assert_int_equal(looks, 800);
}

static void a_clock_that_steps_shifts_what_it_stamps_and_nothing_else(void **unused)
{
    (void)unused;
    three_sensors();
    playing_start(11);
    play(&first, "R1");
    struct scenario_inject *inject = add_inject(INJECT_CLOCK_STEP, 100.0, 200.0);
    inject->sensor = 0;
    inject->step_s = 0.5;
    playing_start(11);
    play(&second, "R1");
    assert_int_equal(first.kept_count, second.kept_count);
    uint32_t shifted = 0;
    for (uint32_t i = 0; i < first.kept_count; i++) {
        const double t_s = instant_since_s(first.kept[i].validity, playing_scenario.start);
        const double shift_s = instant_since_s(second.kept[i].validity, first.kept[i].validity);
        assert_true(fabs(shift_s - (t_s >= 100.0 && t_s < 200.0 ? 0.5 : 0.0)) < 1e-8);
        assert_true(instant_equal(first.kept[i].receipt, second.kept[i].receipt));
        assert_true(first.kept[i].radar.polar.range_m == second.kept[i].radar.polar.range_m);
        shifted += shift_s > 0.0 ? 1 : 0;
    }
    assert_true(shifted > 50);
    /* The node's own clock moves all its sensors. */
    inject->sensor = SCENARIO_SENSOR_ALL;
    assert_true(scenario_clock_ahead_s(&playing_scenario, 0, 2, 150.0) == 0.5);
    assert_true(scenario_clock_ahead_s(&playing_scenario, 0, SCENARIO_SENSOR_ALL, 150.0) == 0.5);
    inject->sensor = 0;
    assert_true(scenario_clock_ahead_s(&playing_scenario, 0, SCENARIO_SENSOR_ALL, 150.0) == 0.0);
}

static void a_ghost_falls_like_a_stone_and_is_seen_by_its_tracker_alone(void **unused)
{
    (void)unused;
    three_sensors();
    playing_scenario.launch_count = 0;
    struct scenario_sensor *tracker = playing_add_tracker("T", 38.0, 130.0);
    tracker->sigma_position_m = 0.1;
    tracker->sigma_velocity_mps = 0.01;
    struct scenario_inject *inject = add_inject(INJECT_GHOST, 100.0, 140.0);
    inject->sensor = 3;
    inject->ghost = (struct scenario_ghost){
        {38.0 * RAD_PER_DEG, 130.0 * RAD_PER_DEG, 100e3}, 1000.0, 0.0, 90.0 * RAD_PER_DEG};
    playing_start(2);
    uint32_t seen = 0;
    while (world_next(&playing_world, &playing_scan)) {
        for (uint32_t i = 0; i < playing_scan.observation_count; i++) {
            if (playing_scan.origins[i] != WORLD_ORIGIN_GHOST) {
                continue;
            }
            assert_int_equal(playing_scan.sensor, 3);
            const double t_s =
                instant_since_s(playing_scan.validity, playing_scenario.start) - 100.0;
            const struct geo_ecef p = playing_scan.observations[i].track.position;
            const double up_m = sqrt(p.x_m * p.x_m + p.y_m * p.y_m + p.z_m * p.z_m);
            /* Straight up at 1 km/s from 100 km, where g is 9.5 m/s². */
            const double expected_m = 100e3 + 1000.0 * t_s - 0.5 * 9.45 * t_s * t_s;
            assert_true(fabs(up_m - 6370e3 - expected_m) < 1500.0);
            seen++;
        }
    }
    assert_int_equal(seen, 40);
}

static void an_open_ballistic_coefficient_is_drawn_as_the_estimator_expects(void **unused)
{
    (void)unused;
    playing_begin();
    playing_scenario.launches[0].plan.beta_kgpm2 = 0.0;
    double sum = 0.0;
    const uint32_t count = 60;
    for (uint32_t seed = 0; seed < count; seed++) {
        playing_start(seed);
        const double beta = world_truth_summary(&playing_world, 0).beta_kgpm2;
        assert_true(beta >= 500.0 && beta <= 10000.0);
        sum += log(beta / 500.0) / log(20.0);
    }
    assert_true(fabs(sum / count - 0.5) < 5.0 / sqrt(12.0 * count));
}

static void a_scenario_that_does_not_fit_together_is_refused(void **unused)
{
    (void)unused;
    uint32_t launch = 0;
    three_sensors();
    playing_scenario.launches[0].plan.range_m = 1e9;
    assert_int_equal(world_init(&playing_world, &playing_scenario, 1, &launch), ERR_RANGE);
    assert_int_equal(launch, 0);
    three_sensors();
    playing_scenario.nations[0].sensors[1].sensor.id =
        playing_scenario.nations[0].sensors[0].sensor.id;
    assert_int_equal(world_init(&playing_world, &playing_scenario, 1, &launch), ERR_RANGE);
    assert_int_equal(launch, SCENARIO_LAUNCHES_MAX);
    three_sensors();
    add_inject(INJECT_GHOST, 1.0, 2.0)->sensor = 0; /* a radar cannot report ready tracks */
    assert_int_equal(scenario_check(&playing_scenario), ERR_RANGE);
    three_sensors();
    playing_scenario.launches[0].at_s = NAN;
    assert_int_equal(scenario_check(&playing_scenario), ERR_RANGE);
    three_sensors();
    playing_scenario.launches[0].recording = 0;
    assert_int_equal(scenario_check(&playing_scenario), ERR_RANGE);
    three_sensors();
    assert_int_equal(scenario_check(&playing_scenario), OK);
}

static void a_cut_link_is_cut_in_its_directions_and_while_it_lasts(void **unused)
{
    (void)unused;
    three_sensors();
    struct scenario_inject *inject = add_inject(INJECT_LINK_CUT, 10.0, 20.0);
    inject->nation = 0;
    inject->partner = 1;
    assert_true(scenario_link_is_cut(&playing_scenario, 0, 1, 10.0));
    assert_false(scenario_link_is_cut(&playing_scenario, 0, 1, 20.0));
    assert_false(scenario_link_is_cut(&playing_scenario, 0, 1, 9.9));
    assert_false(scenario_link_is_cut(&playing_scenario, 1, 0, 15.0));
    assert_false(scenario_link_is_cut(&playing_scenario, 0, 2, 15.0));
    inject->both_ways = true;
    assert_true(scenario_link_is_cut(&playing_scenario, 1, 0, 15.0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_seed_gives_the_same_scans),
        cmocka_unit_test(leaving_out_a_sensor_changes_no_other),
        cmocka_unit_test(a_second_launch_changes_nothing_about_the_first),
        cmocka_unit_test(two_objects_on_one_path_have_noise_of_their_own),
        cmocka_unit_test(scans_arrive_in_order_with_their_latency),
        cmocka_unit_test(a_sensor_that_is_out_makes_no_looks),
        cmocka_unit_test(a_clock_that_steps_shifts_what_it_stamps_and_nothing_else),
        cmocka_unit_test(a_ghost_falls_like_a_stone_and_is_seen_by_its_tracker_alone),
        cmocka_unit_test(an_open_ballistic_coefficient_is_drawn_as_the_estimator_expects),
        cmocka_unit_test(a_scenario_that_does_not_fit_together_is_refused),
        cmocka_unit_test(a_cut_link_is_cut_in_its_directions_and_while_it_lasts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
