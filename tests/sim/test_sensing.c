/* What a sensor reports against what really flies: noise, geometry, misses, false alarms. The
 * expected positions are worked out here anew from the truth, not with the code under test. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/elementary.h"
#include "geo/ellipsoid.h"
#include "playing.h"
#include "sim/sensing.h"

#define GEO_RADIUS_M 42164170.0

/* Sums of squares of n standard normal numbers: chi-square, mean n, variance 2n. Five of its
 * standard deviations either way: a false failure in two million. */
static void assert_chi_square(double sum, double count)
{
    const double deviation = (sum - count) / sqrt(2.0 * count);
    if (fabs(deviation) > 5.0) {
        fail_msg("chi-square of %.0f is %.1f, off by %.1f standard deviations", count, sum,
                 deviation);
    }
}

static struct truth_state truth_now(void)
{
    struct truth_state state;
    assert_true(world_truth_state(&playing_world, 0, playing_scan.validity, &state));
    return state;
}

static double height_of(struct geo_ecef p)
{
    struct geo_geodetic place;
    assert_int_equal(ellipsoid_from_ecef(p, &place), OK);
    return place.height_m;
}

static void radar_noise_is_as_stated(void **unused)
{
    (void)unused;
    playing_begin();
    struct scenario_sensor *radar = playing_add_radar("R", 37.5, 129.0);
    radar->sensor.interval_s = 0.1;
    playing_start(7);
    double sum[4] = {0};
    double count = 0.0;
    while (world_next(&playing_world, &playing_scan)) {
        if (playing_scan.observation_count == 0) {
            continue;
        }
        const struct truth_state state = truth_now();
        const struct geo_enu enu = ellipsoid_enu(radar->sensor.place, state.position);
        const double level_m = hypot(enu.east_m, enu.north_m);
        const double range_m = hypot(level_m, enu.up_m);
        const struct radar_plot *plot = &playing_scan.observations[0].radar;
        double axes[9];
        ellipsoid_axes(radar->sensor.place, axes);
        const double v[3] = {state.velocity.x_mps, state.velocity.y_mps, state.velocity.z_mps};
        double rate = 0.0;
        for (int i = 0; i < 3; i++) {
            rate += v[i] *
                    (axes[i] * enu.east_m + axes[3 + i] * enu.north_m + axes[6 + i] * enu.up_m) /
                    range_m;
        }
        const double error[4] = {
            (plot->polar.range_m - range_m) / 30.0,
            elementary_wrap_pi(plot->polar.azimuth_rad - atan2(enu.east_m, enu.north_m)) / 1e-3,
            (plot->polar.elevation_rad - atan2(enu.up_m, level_m)) / 2e-3,
            (plot->range_rate_mps - rate) / 2.0};
        assert_true(plot->has_range_rate);
        for (int i = 0; i < 4; i++) {
            sum[i] += error[i] * error[i];
        }
        count += 1.0;
    }
    assert_true(count > 4000.0);
    for (int i = 0; i < 4; i++) {
        assert_chi_square(sum[i], count);
    }
}

static void tracker_noise_is_as_stated(void **unused)
{
    (void)unused;
    playing_begin();
    struct scenario_sensor *tracker = playing_add_tracker("T", 37.5, 129.0);
    tracker->sensor.interval_s = 0.1;
    playing_start(8);
    double position = 0.0;
    double velocity = 0.0;
    double count = 0.0;
    while (world_next(&playing_world, &playing_scan)) {
        if (playing_scan.observation_count == 0) {
            continue;
        }
        const struct truth_state state = truth_now();
        const struct ready_track *t = &playing_scan.observations[0].track;
        position += pow(t->position.x_m - state.position.x_m, 2.0) +
                    pow(t->position.y_m - state.position.y_m, 2.0) +
                    pow(t->position.z_m - state.position.z_m, 2.0);
        velocity += pow(t->velocity.x_mps - state.velocity.x_mps, 2.0) +
                    pow(t->velocity.y_mps - state.velocity.y_mps, 2.0) +
                    pow(t->velocity.z_mps - state.velocity.z_mps, 2.0);
        assert_int_equal(observation_check(&playing_scan.observations[0]), OK);
        assert_true(t->covariance[0] == 1e4 && t->covariance[20] == 25.0);
        count += 3.0;
    }
    assert_true(count > 12000.0);
    assert_chi_square(position / 1e4, count);
    assert_chi_square(velocity / 25.0, count);
}

static void infrared_sees_what_burns_above_the_clouds(void **unused)
{
    (void)unused;
    playing_begin();
    playing_add_infrared("I", 130.0)->sensor.interval_s = 0.1;
    playing_start(9);
    const double end_of_thrust_s = world_truth_summary(&playing_world, 0).end_of_thrust_s;
    double sum = 0.0;
    double count = 0.0;
    while (world_next(&playing_world, &playing_scan)) {
        const double t_s = instant_since_s(playing_scan.validity,
                                           world_truth_summary(&playing_world, 0).launch_time);
        struct truth_state state;
        const bool flies = world_truth_state(&playing_world, 0, playing_scan.validity, &state);
        const bool visible = flies && t_s < end_of_thrust_s && height_of(state.position) >= 10e3;
        assert_int_equal(playing_scan.observation_count, visible ? 1 : 0);
        if (!visible) {
            continue;
        }
        const struct infrared_sight *sight = &playing_scan.observations[0].infrared;
        assert_true(fabs(sight->platform.x_m - GEO_RADIUS_M * cos(130.0 * RAD_PER_DEG)) < 1e-3);
        assert_true(fabs(sight->platform.y_m - GEO_RADIUS_M * sin(130.0 * RAD_PER_DEG)) < 1e-3);
        const double d[3] = {state.position.x_m - sight->platform.x_m,
                             state.position.y_m - sight->platform.y_m,
                             state.position.z_m - sight->platform.z_m};
        const double range_m = sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
        for (int i = 0; i < 3; i++) {
            /* Two angles of 50 µrad, spread over three axes. */
            sum += pow((sight->los.axis[i] - d[i] / range_m) / 5e-5, 2.0);
        }
        count += 2.0;
    }
    assert_true(count > 1000.0);
    assert_chi_square(sum, count);
}

static void infrared_does_not_see_through_the_earth(void **unused)
{
    (void)unused;
    /* Seen from the launch site at 125.7 E a satellite stands above the horizon within some 73
     * degrees of longitude; the missile, 100 km up, is hidden a good ten degrees further on. */
    static const struct {
        double lon_deg;
        bool visible;
    } cases[] = {{125.7, true}, {60.0, true}, {-170.0, true}, {30.0, false}, {-54.3, false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        playing_begin();
        playing_add_infrared("I", cases[i].lon_deg);
        playing_start(1);
        uint32_t seen = 0;
        while (world_next(&playing_world, &playing_scan)) {
            seen += playing_scan.observation_count;
        }
        assert_int_equal(seen > 0, cases[i].visible);
    }
}

static void a_radar_sees_above_its_horizon_and_within_its_range(void **unused)
{
    (void)unused;
    playing_begin();
    struct scenario_sensor *radar = playing_add_radar("R", 37.5, 131.0);
    radar->sensor.elevation_min_rad = 10.0 * RAD_PER_DEG;
    radar->sensor.range_max_m = 500e3;
    playing_start(3);
    uint32_t seen = 0;
    while (world_next(&playing_world, &playing_scan)) {
        struct truth_state state;
        bool visible = false;
        if (world_truth_state(&playing_world, 0, playing_scan.validity, &state)) {
            const struct geo_enu enu = ellipsoid_enu(radar->sensor.place, state.position);
            const double level_m = hypot(enu.east_m, enu.north_m);
            visible =
                hypot(level_m, enu.up_m) <= 500e3 && atan2(enu.up_m, level_m) >= 10.0 * RAD_PER_DEG;
        }
        assert_int_equal(playing_scan.observation_count, visible ? 1 : 0);
        seen += playing_scan.observation_count;
    }
    assert_true(seen > 50);
}

static void detection_follows_the_table(void **unused)
{
    (void)unused;
    struct scenario_sensor sensor = {.detection_count = 3,
                                     .detection = {{100e3, 1.0}, {200e3, 0.5}, {400e3, 0.1}}};
    assert_true(fabs(sensing_probability(&sensor, 0.0) - 1.0) < 1e-12);
    assert_true(fabs(sensing_probability(&sensor, 150e3) - 0.75) < 1e-12);
    assert_true(fabs(sensing_probability(&sensor, 200e3) - 0.5) < 1e-12);
    assert_true(fabs(sensing_probability(&sensor, 300e3) - 0.3) < 1e-12);
    assert_true(fabs(sensing_probability(&sensor, 900e3) - 0.1) < 1e-12);

    playing_begin();
    struct scenario_sensor *radar = playing_add_radar("R", 37.5, 129.0);
    radar->sensor.interval_s = 0.1;
    radar->detection[0].probability = 0.3;
    playing_start(4);
    double seen = 0.0;
    double looks = 0.0;
    while (world_next(&playing_world, &playing_scan)) {
        struct truth_state state;
        if (world_truth_state(&playing_world, 0, playing_scan.validity, &state) &&
            ellipsoid_enu(radar->sensor.place, state.position).up_m > 0.0) {
            looks += 1.0;
            seen += (double)playing_scan.observation_count;
        }
    }
    assert_true(looks > 4000.0);
    assert_true(fabs(seen - 0.3 * looks) < 5.0 * sqrt(0.3 * 0.7 * looks));
}

static void false_alarms_come_at_their_rate_and_evenly(void **unused)
{
    (void)unused;
    playing_begin();
    playing_scenario.launch_count = 0;
    struct scenario_sensor *radar = playing_add_radar("R", 37.5, 129.0);
    radar->sensor.false_alarms_per_scan = 3.0;
    struct scenario_sensor *infrared = playing_add_infrared("I", 130.0);
    infrared->sensor.false_alarms_per_scan = 2.0;
    playing_start(5);
    double count[2] = {0.0, 0.0};
    double range_m = 0.0;
    double azimuth_rad = 0.0;
    while (world_next(&playing_world, &playing_scan)) {
        for (uint32_t i = 0; i < playing_scan.observation_count; i++) {
            const struct observation *o = &playing_scan.observations[i];
            assert_int_equal(observation_check(o), OK);
            assert_int_equal(playing_scan.origins[i], WORLD_ORIGIN_FALSE_ALARM);
            if (o->kind == SENSOR_RADAR) {
                range_m += o->radar.polar.range_m;
                azimuth_rad += o->radar.polar.azimuth_rad;
                assert_true(o->radar.polar.range_m <= 2000e3);
            }
        }
        count[playing_scan.sensor] += (double)playing_scan.observation_count;
    }
    assert_true(fabs(count[0] - 2700.0) < 5.0 * sqrt(2700.0));
    assert_true(fabs(count[1] - 1800.0) < 5.0 * sqrt(1800.0));
    /* The mean of n uniform numbers: the middle, within five of w / sqrt(12 n). */
    assert_true(fabs(range_m / count[0] - 1000.5e3) < 5.0 * 1999e3 / sqrt(12.0 * count[0]));
    assert_true(fabs(azimuth_rad / count[0] - PI) < 5.0 * 2.0 * PI / sqrt(12.0 * count[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(radar_noise_is_as_stated),
        cmocka_unit_test(tracker_noise_is_as_stated),
        cmocka_unit_test(infrared_sees_what_burns_above_the_clouds),
        cmocka_unit_test(infrared_does_not_see_through_the_earth),
        cmocka_unit_test(a_radar_sees_above_its_horizon_and_within_its_range),
        cmocka_unit_test(detection_follows_the_table),
        cmocka_unit_test(false_alarms_come_at_their_rate_and_evenly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
