/* The early area against whole flights of physics/flight: whether the true impact lies in it, and
 * whether it narrows. Half of the flights are outside of what the hypotheses are drawn from: other
 * burn times, exhaust speeds, shares and gaps of stages, and motors that fail. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "assess/early.h"
#include "base/elementary.h"
#include "base/random.h"
#include "geo/geodesic.h"
#include "physics/flight.h"

#define POSITION_SIGMA_M 200.0
#define VELOCITY_SIGMA_MPS 8.0
#define THRUST_SIGMA_MPS2 2.0
#define LAUNCH_SIGMA_S 2.0
/* Shares of the burn at which it is asked; the last one is a second before its end. */
enum { LOOKS = 5 };
static const double LOOK_AT[LOOKS] = {0.25, 0.4, 0.6, 0.8, 1.0};

struct kind {
    const char *name;
    enum flight_kind kind;
    double apogee_m[2];
    double range_m[2];
};

static const struct kind KINDS[] = {
    {"short range", FLIGHT_SHORT, {50e3, 200e3}, {250e3, 700e3}},
    {"medium range", FLIGHT_MEDIUM, {200e3, 500e3}, {900e3, 1800e3}},
    {"intermediate range", FLIGHT_INTERMEDIATE, {500e3, 2000e3}, {900e3, 4500e3}},
    {"intercontinental", FLIGHT_INTERCONTINENTAL, {1000e3, 4500e3}, {1000e3, 9000e3}},
    {"intercontinental, solid", FLIGHT_INTERCONTINENTAL_SOLID, {1000e3, 6000e3}, {1000e3, 9000e3}},
};
enum { KINDS_COUNT = sizeof KINDS / sizeof KINDS[0] };

struct tally {
    int asked;
    int told;
    int inside;
    int in_time;
    double log_area;
};

static double between(struct random *r, const double limits[2])
{
    return limits[0] + (limits[1] - limits[0]) * random_uniform(r);
}

/* Stages that are none of the kinds'. */
static void estrange(struct random *r, struct flight_plan *plan)
{
    const double scale = 0.75 + 0.55 * random_uniform(r);
    const double exhaust = 1.0 + 0.07 * random_normal(r);
    for (int i = 0; i < plan->stage_count; i++) {
        plan->stages[i].burn_s *= scale * (0.9 + 0.2 * random_uniform(r));
        plan->stages[i].exhaust_mps *= exhaust;
        plan->stages[i].gap_s *= 2.0 * random_uniform(r);
    }
    if (plan->stage_count > 1) {
        const double moved = 0.1 * (random_uniform(r) - 0.5);
        plan->stages[0].share += moved;
        plan->stages[1].share -= moved;
    }
}

static bool solve(const struct kind *k, bool is_strange, struct random *r, struct flight *out)
{
    struct flight_plan plan;
    memset(&plan, 0, sizeof plan);
    plan.site = (struct geo_geodetic){40.0 * RAD_PER_DEG, 126.0 * RAD_PER_DEG, 0.0};
    plan.bearing_rad = 2.0 * PI * random_uniform(r);
    plan.apogee_m = between(r, k->apogee_m);
    plan.range_m = between(r, k->range_m);
    plan.beta_kgpm2 = 500.0 * elementary_pow(20.0, random_uniform(r));
    flight_stages_of_kind(k->kind, &plan);
    if (is_strange) {
        estrange(r, &plan);
    }
    if (flight_solve(&plan, out) != OK) {
        return false;
    }
    /* Some fail, in the second half of their burn. */
    if (is_strange && random_uniform(r) < 0.1) {
        const double failure_s = out->end_of_thrust_s * (0.5 + 0.5 * random_uniform(r));
        out->plan.failure_s = failure_s;
        flight_init(out, &out->plan, out->velocity_gain_mps, out->pitch_end_rad, out->bearing_rad);
    }
    return true;
}

/* What a boosting track would hold; false in a pause, where it knows no thrust. */
static bool look(const struct flight *f, double at_s, struct random *r, struct track *t,
                 struct launch_estimate *launch)
{
    struct motion_state now;
    struct motion_state next;
    double from_s = 0.0;
    double rate[MOTION_DIM];
    flight_start(f, &now);
    if (flight_thrust_mps2(f, at_s) <= 0.0 || !flight_advance(f, &from_s, &now, at_s)) {
        return false;
    }
    next = now;
    flight_advance(f, &from_s, &next, at_s + 0.05);
    motion_derivative(MOTION_COAST, &now, rate, NULL);
    double speed = 0.0;
    double along = 0.0;
    for (int i = 3; i < 6; i++) {
        speed += now.x[i] * now.x[i];
        along += ((next.x[i] - now.x[i]) / 0.05 - rate[i]) * now.x[i];
    }
    memset(t, 0, sizeof *t);
    t->phase = PHASE_BOOST;
    t->status = STATUS_FIRM;
    t->time = (struct instant){(int64_t)(at_s * 1e9)};
    double *x = now.x;
    for (int i = 0; i < 6; i++) {
        const double sigma = i < 3 ? POSITION_SIGMA_M : VELOCITY_SIGMA_MPS;
        x[i] += sigma * random_normal(r);
        t->covariance[7 * i] = sigma * sigma;
    }
    t->position = (struct geo_ecef){x[0], x[1], x[2]};
    t->velocity = (struct geo_velocity){x[3], x[4], x[5]};
    t->thrust_mps2 = along / sqrt(speed) + THRUST_SIGMA_MPS2 * random_normal(r);
    t->thrust_sigma_mps2 = THRUST_SIGMA_MPS2;
    *launch = (struct launch_estimate){
        .determined = true,
        .time = {(int64_t)(LAUNCH_SIGMA_S * random_normal(r) * 1e9)},
        .time_sigma_s = LAUNCH_SIGMA_S,
        .point = f->plan.site,
        .covariance_m2 = {1e6, 0.0, 0.0, 1e6},
    };
    return true;
}

static bool holds(const struct impact_estimate *e, struct geo_geodetic truth)
{
    double distance_m;
    double azimuth_rad;
    assert_int_equal(geodesic_inverse(e->point, truth, &distance_m, &azimuth_rad, NULL), OK);
    return ellipse_contains(&e->ellipse_95, distance_m * elementary_sin(azimuth_rad),
                            distance_m * elementary_cos(azimuth_rad));
}

static void ask(const struct flight *f, const struct flight_summary *truth, struct random *r,
                struct tally tallies[LOOKS])
{
    for (int i = 0; i < LOOKS; i++) {
        struct track t;
        struct launch_estimate launch;
        struct early_impact e;
        const double at_s = LOOK_AT[i] * f->end_of_thrust_s - 1.0;
        if (!look(f, at_s, r, &t, &launch)) {
            continue;
        }
        assert_int_equal(early_predict(&t, &launch, &e), OK);
        struct tally *tally = &tallies[i];
        tally->asked++;
        if (e.impact.why != WHY_NONE) {
            continue;
        }
        tally->told++;
        tally->inside += holds(&e.impact, truth->impact);
        const double late_s = instant_since_s(e.impact.time, t.time) + at_s - truth->flight_time_s;
        tally->in_time += fabs(late_s) <= e.impact.time_95_s;
        tally->log_area += elementary_log(ellipse_area_m2(&e.impact.ellipse_95) * 1e-6);
    }
}

static void print(const char *name, const struct tally tallies[LOOKS])
{
    print_message("%s\n", name);
    for (int i = 0; i < LOOKS; i++) {
        const struct tally *t = &tallies[i];
        print_message(
            "  %3.0f %% of the burn: %3d asked, %3d told, area %.3f, time %.3f, %.2e km²\n",
            100.0 * LOOK_AT[i], t->asked, t->told, (double)t->inside / t->told,
            (double)t->in_time / t->told, elementary_exp(t->log_area / t->told));
    }
}

static double log_area(const struct tally *t)
{
    return t->log_area / t->told;
}

static void covers_the_true_impact(void **state)
{
    (void)state;
    const int runs = getenv("WATCHFIRE_LONG") != NULL ? 60 : 8;
    struct tally all[2][LOOKS] = {{{0}}};
    for (int k = 0; k < KINDS_COUNT; k++) {
        for (int strange = 0; strange < 2; strange++) {
            struct random r;
            struct tally own[LOOKS] = {{0}};
            random_init(&r, 20, (uint64_t)(2 * k + strange));
            for (int run = 0; run < runs; run++) {
                struct flight f;
                struct flight_summary truth;
                if (solve(&KINDS[k], strange != 0, &r, &f) && flight_summarise(&f, &truth) == OK &&
                    !truth.in_orbit) {
                    ask(&f, &truth, &r, own);
                }
            }
            char name[64];
            (void)snprintf(name, sizeof name, "%s%s", KINDS[k].name, strange ? ", strange" : "");
            print(name, own);
            for (int i = 0; i < LOOKS; i++) {
                struct tally *t = &all[strange][i];
                t->asked += own[i].asked;
                t->told += own[i].told;
                t->inside += own[i].inside;
                t->in_time += own[i].in_time;
                t->log_area += own[i].log_area;
            }
        }
    }
    print("all", all[0]);
    print("all, strange", all[1]);
    for (int strange = 0; strange < 2; strange++) {
        const struct tally *t = all[strange];
        int told = 0;
        int inside = 0;
        int in_time = 0;
        for (int i = 0; i < LOOKS; i++) {
            told += t[i].told;
            inside += t[i].inside;
            in_time += t[i].in_time;
            /* No wider than the look before, but for those that were not told then. */
            assert_true(i == 0 || log_area(&t[i]) < log_area(&t[i - 1]) + 0.25);
        }
        assert_true(log_area(&t[LOOKS - 1]) < log_area(&t[0]) - 1.6);
        assert_true(inside >= 0.93 * told);
        assert_true(in_time >= 0.93 * told);
        assert_true(t[LOOKS - 1].told >= 0.75 * t[LOOKS - 1].asked);
    }
}

/* A flight that is asked once, near the end of its thrust. */
static void look_once(struct track *t, struct launch_estimate *launch)
{
    struct flight f;
    struct random r;
    random_init(&r, 1, 1);
    while (!solve(&KINDS[2], false, &r, &f)) {
    }
    assert_true(look(&f, f.end_of_thrust_s - 5.0, &r, t, launch));
}

static void the_same_track_has_the_same_answer(void **state)
{
    (void)state;
    struct track t;
    struct launch_estimate launch;
    struct early_impact e[2];
    memset(e, 0, sizeof e);
    look_once(&t, &launch);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(early_predict(&t, &launch, &e[i]), OK);
    }
    assert_int_equal(e[0].impact.why, WHY_NONE);
    assert_int_equal(e[0].impact.assumption, ASSUMED_BURN_GOES_ON);
    assert_memory_equal(&e[0].impact.ellipse_95, &e[1].impact.ellipse_95,
                        sizeof e[0].impact.ellipse_95);
    assert_true(instant_equal(e[0].impact.time, e[1].impact.time));
}

static void what_cannot_be_told_is_not_told(void **state)
{
    (void)state;
    struct track good;
    struct launch_estimate launch;
    struct early_impact e = {.stays_up = 42.0};
    look_once(&good, &launch);
    struct track bad = good;
    bad.covariance[0] = -1.0;
    assert_int_equal(early_predict(&bad, &launch, &e), ERR_NUMERIC);
    bad = good;
    bad.velocity.x_mps = 0.0 / (bad.covariance[1] * 0.0); /* NaN */
    assert_int_equal(early_predict(&bad, &launch, &e), ERR_RANGE);
    bad = good;
    bad.position = (struct geo_ecef){0.0, 0.0, 6.3e6};
    assert_int_equal(early_predict(&bad, &launch, &e), ERR_RANGE);
    assert_true(e.stays_up == 42.0);
    launch.determined = false;
    assert_int_equal(early_predict(&good, &launch, &e), OK);
    assert_int_equal(e.impact.why, WHY_NO_BOOST_SEEN);
    launch.determined = true;
    launch.time = good.time; /* launched now, and already this fast */
    assert_int_equal(early_predict(&good, &launch, &e), OK);
    assert_int_equal(e.impact.why, WHY_TOO_UNCERTAIN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(covers_the_true_impact),
        cmocka_unit_test(the_same_track_has_the_same_answer),
        cmocka_unit_test(what_cannot_be_told_is_not_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
