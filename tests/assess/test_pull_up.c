/* Where lift may lead: the widened area holds the pull-ups that it is meant to hold, and the lift
 * itself turns a velocity as it must. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "assess/pull_up.h"
#include "base/elementary.h"
#include "base/random.h"
#include "geo/ellipsoid.h"
#include "physics/lifted.h"

static const struct instant EPOCH = {INT64_C(1664835720) * NS_PER_S};

/* At this height, 2 km/s eastwards and half a kilometre a second down. */
static struct ballistic_state falling(double height_m)
{
    const struct geo_geodetic g = {39.0 * RAD_PER_DEG, 131.0 * RAD_PER_DEG, height_m};
    const struct geo_ecef p = ellipsoid_to_ecef(g);
    double axes[9];
    double v[3];
    double covariance[36] = {0};
    struct ballistic_state s;
    ellipsoid_axes(g, axes);
    for (int i = 0; i < 3; i++) {
        v[i] = 2000.0 * axes[i] - 500.0 * axes[6 + i];
        covariance[i * 7] = 50.0 * 50.0;
        covariance[(3 + i) * 7] = 5.0 * 5.0;
    }
    ballistic_state_init(&s, EPOCH, p, (struct geo_velocity){v[0], v[1], v[2]}, covariance);
    s.x[BALLISTIC_LN_BETA] = elementary_log(3000.0);
    s.covariance[BALLISTIC_DIM * BALLISTIC_DIM - 1] = 0.01;
    return s;
}

/* A circle's: without air or gravity to speak of, v² / a of radius, at constant speed. */
static void lift_turns_the_velocity(void **state)
{
    (void)state;
    const struct ballistic_state at = falling(45e3);
    struct motion_state s = {{0}};
    memcpy(s.x, at.x, 6 * sizeof *s.x);
    s.x[MOTION_LN_BETA] = elementary_log(1e6);
    struct motion_state free = s;
    for (int k = 0; k < 40; k++) {
        lifted_step(&s, 100.0, PI / 2.0, 0.25);
        motion_step(MOTION_REENTRY, &free, 0.25, NULL);
    }
    double speed2 = 0.0;
    double free2 = 0.0;
    double dot = 0.0;
    for (int i = 3; i < 6; i++) {
        speed2 += s.x[i] * s.x[i];
        free2 += free.x[i] * free.x[i];
        dot += s.x[i] * free.x[i];
    }
    const double turned = elementary_atan2(sqrt(speed2 * free2 - dot * dot), dot);
    /* 100 m/s² for 10 s at 2062 m/s; gravity makes it faster meanwhile, by 3 %. */
    assert_true(fabs(turned - 1000.0 / 2062.0) < 0.02);
    assert_true(fabs(sqrt(speed2 / free2) - 1.0) < 0.02);
    struct motion_state plain = free;
    lifted_step(&plain, 0.0, 0.0, 0.25);
    motion_step(MOTION_REENTRY, &free, 0.25, NULL);
    assert_true(fabs(plain.x[0] - free.x[0]) < 1e-6 && fabs(plain.x[4] - free.x[4]) < 1e-9);
}

/* Falls from the state with lift of its own choosing; where and when it comes down. */
static struct geo_geodetic fly(const struct ballistic_state *at, struct random *r, bool pulls_up,
                               double *after_s)
{
    struct motion_state s = {{0}};
    struct geo_geodetic place = {0};
    double rate_mps = 0.0;
    const double lift = 30.0 + 70.0 * random_uniform(r);
    const double bank = PI * (random_uniform(r) - 0.5);
    const double height_m = 25e3 + 20e3 * random_uniform(r);
    double left_s = pulls_up ? 15.0 : 0.0;
    memcpy(s.x, at->x, 6 * sizeof *s.x);
    s.x[MOTION_LN_BETA] = at->x[BALLISTIC_LN_BETA];
    for (*after_s = 0.0; motion_height_m(&s, &rate_mps) > 0.0; *after_s += 0.5) {
        const bool on = left_s > 0.0 && motion_height_m(&s, &rate_mps) < height_m;
        lifted_step(&s, on ? lift : 0.0, bank, 0.5);
        left_s -= on ? 0.5 : 0.0;
    }
    assert_int_equal(ellipsoid_from_ecef((struct geo_ecef){s.x[0], s.x[1], s.x[2]}, &place), OK);
    return place;
}

static void the_widened_area_holds_pull_ups(void **state)
{
    (void)state;
    const struct ballistic_state at = falling(60e3);
    static struct impact_prediction p;
    struct random r;
    random_init(&r, 3, 1);
    assert_int_equal(impact_predict(&at, &p), OK);
    const struct impact_estimate narrow = p.estimate;
    struct footprint footprint = p.footprint;
    struct impact_estimate wide = narrow;
    assert_int_equal(pull_up_widen(&at, &wide, &footprint), OK);
    assert_true(ellipse_area_m2(&wide.ellipse_95) > 100.0 * ellipse_area_m2(&narrow.ellipse_95));
    double sum = 0.0;
    for (uint32_t i = 0; i < footprint.sample_count; i++) {
        sum += footprint.samples[i].weight;
    }
    assert_true(fabs(sum - 1.0) < 1e-9);
    int inside = 0;
    for (int i = 0; i < 200; i++) {
        double after_s = 0.0;
        const struct geo_geodetic fell = fly(&at, &r, i % 2 == 0, &after_s);
        const struct geo_enu off = ellipsoid_enu(wide.point, ellipsoid_to_ecef(fell));
        inside += ellipse_contains(&wide.ellipse_95, off.east_m, off.north_m) ? 1 : 0;
        assert_true(fabs(after_s - instant_since_s(wide.time, EPOCH)) < wide.time_95_s + 3.0);
    }
    assert_true(inside >= 185 && inside < 200);
    /* Once is enough. */
    assert_int_equal(pull_up_widen(&at, &wide, &footprint), ERR_STATE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lift_turns_the_velocity),
        cmocka_unit_test(the_widened_area_holds_pull_ups),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
