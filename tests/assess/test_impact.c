/* Impact prediction against whole flights of physics/flight: the truth is flown by other code, in
 * steps of its own, with a ballistic coefficient that the prediction does not know. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "assess/impact.h"
#include "base/elementary.h"
#include "base/matrix.h"
#include "base/random.h"
#include "geo/ellipsoid.h"
#include "physics/flight.h"

struct kind {
    const char *name;
    double apogee_m;
    double range_m;
    enum flight_kind kind;
    double position_sigma_m;
    double velocity_sigma_mps;
};

static const struct kind KINDS[] = {
    {"rocket, 100 km up, 400 km far", 100e3, 400e3, FLIGHT_SHORT, 100.0, 3.0},
    {"2022-10-04, 970 km up, 4600 km far", 970e3, 4600e3, FLIGHT_INTERMEDIATE, 200.0, 2.0},
    {"2023-07-12, 6648 km up, 1001 km far", 6648e3, 1001e3, FLIGHT_INTERCONTINENTAL_SOLID, 300.0,
     1.0},
    {"1200 km up, 9000 km far", 1200e3, 9000e3, FLIGHT_INTERCONTINENTAL, 100.0, 0.3},
};
#define KIND_COUNT (sizeof KINDS / sizeof KINDS[0])

static void solve(const struct kind *k, struct flight *out)
{
    struct flight_plan plan;
    memset(&plan, 0, sizeof plan);
    plan.site = (struct geo_geodetic){40.0 * RAD_PER_DEG, 126.0 * RAD_PER_DEG, 0.0};
    plan.bearing_rad = 80.0 * RAD_PER_DEG;
    plan.apogee_m = k->apogee_m;
    plan.range_m = k->range_m;
    plan.beta_kgpm2 = 2236.0;
    flight_stages_of_kind(k->kind, &plan);
    assert_int_equal(flight_solve(&plan, out), OK);
}

/* An isotropic covariance turned and stretched, so that no axis is special: correlated 6 x 6. */
static void covariance_of(const struct kind *k, double out[36])
{
    double mix[36];
    double diagonal[36] = {0};
    for (int i = 0; i < 6; i++) {
        for (int j = 0; j < 6; j++) {
            mix[6 * i + j] = i == j ? 1.0 : 0.3 * elementary_sin(1.0 + i + 2.0 * j);
        }
        const double sigma = i < 3 ? k->position_sigma_m : k->velocity_sigma_mps;
        for (int j = 0; j < 6; j++) {
            mix[6 * i + j] *= sigma;
        }
        diagonal[7 * i] = 1.0 + 0.5 * i;
    }
    matrix_transform(mix, diagonal, out, 6, 6);
}

static void perturb(const double x[6], const double covariance[36], struct random *r,
                    struct ballistic_state *out)
{
    double l[36];
    double unit[6];
    double off[6];
    assert_int_equal(matrix_cholesky(covariance, l, 6), OK);
    for (int i = 0; i < 6; i++) {
        unit[i] = random_normal(r);
    }
    matrix_multiply(l, unit, off, 6, 6, 1);
    ballistic_state_init(
        out, (struct instant){0}, (struct geo_ecef){x[0] + off[0], x[1] + off[1], x[2] + off[2]},
        (struct geo_velocity){x[3] + off[3], x[4] + off[4], x[5] + off[5]}, covariance);
}

static bool inside(const struct impact_estimate *e, struct geo_geodetic truth)
{
    const struct geo_enu off = ellipsoid_enu(e->point, ellipsoid_to_ecef(truth));
    return ellipse_contains(&e->ellipse_95, off.east_m, off.north_m);
}

/* 0.95 of 1000 runs, within three sigma. */
static void covers_truth(void **state)
{
    (void)state;
    enum { RUNS = 1000 };
    for (size_t i = 0; i < KIND_COUNT; i++) {
        struct flight flight;
        struct random r;
        double covariance[36];
        int in_area = 0;
        int in_time = 0;
        solve(&KINDS[i], &flight);
        covariance_of(&KINDS[i], covariance);
        random_init(&r, 20240817, i);
        for (int run = 0; run < RUNS; run++) {
            static struct impact_prediction prediction;
            struct ballistic_state s;
            struct flight_summary truth;
            const double ratio = IMPACT_BETA_MAX_KGPM2 / IMPACT_BETA_MIN_KGPM2;
            flight.plan.beta_kgpm2 =
                IMPACT_BETA_MIN_KGPM2 * elementary_pow(ratio, random_uniform(&r));
            assert_int_equal(flight_summarise(&flight, &truth), OK);
            perturb(flight.burnout.x, covariance, &r, &s);
            assert_int_equal(impact_predict(&s, &prediction), OK);
            const struct impact_estimate *e = &prediction.estimate;
            assert_int_equal(e->why, WHY_NONE);
            const double late_s =
                instant_since_s(e->time, s.time) - (truth.flight_time_s - flight.end_of_thrust_s);
            in_area += inside(e, truth.impact);
            in_time += fabs(late_s) <= e->time_95_s;
        }
        print_message("%s: area %.4f, time %.4f\n", KINDS[i].name, (double)in_area / RUNS,
                      (double)in_time / RUNS);
        assert_in_range(in_area, 930, 970);
        assert_in_range(in_time, 930, 970);
    }
}

/* Stages, as light as the prior says, without wind: for that the area is widened beyond 0.95. */
static void covers_where_stages_fall(void **state)
{
    (void)state;
    enum { RUNS = 200 };
    for (size_t i = 0; i < KIND_COUNT; i++) {
        struct flight flight;
        struct random r;
        double covariance[36];
        int in_area = 0;
        int in_time = 0;
        solve(&KINDS[i], &flight);
        covariance_of(&KINDS[i], covariance);
        random_init(&r, 50500, i);
        struct impact_estimate e;
        for (int run = 0; run < RUNS; run++) {
            struct ballistic_state s;
            struct flight_summary truth;
            flight.plan.beta_kgpm2 =
                IMPACT_STAGE_BETA_MIN_KGPM2 *
                elementary_pow(IMPACT_STAGE_BETA_MAX_KGPM2 / IMPACT_STAGE_BETA_MIN_KGPM2,
                               random_uniform(&r));
            assert_int_equal(flight_summarise(&flight, &truth), OK);
            perturb(flight.burnout.x, covariance, &r, &s);
            assert_int_equal(impact_predict_stage(&s, &e), OK);
            assert_int_equal(e.why, WHY_NONE);
            assert_int_equal(e.assumption, ASSUMED_SPENT_STAGE);
            const double late_s =
                instant_since_s(e.time, s.time) - (truth.flight_time_s - flight.end_of_thrust_s);
            in_area += inside(&e, truth.impact);
            in_time += fabs(late_s) <= e.time_95_s;
        }
        print_message("stage of %s: area %.3f, time %.3f, %.0f by %.0f km, %.0f s\n", KINDS[i].name,
                      (double)in_area / RUNS, (double)in_time / RUNS,
                      2e-3 * e.ellipse_95.semi_major_m, 2e-3 * e.ellipse_95.semi_minor_m,
                      e.time_95_s);
        assert_in_range(in_area, 186, RUNS);
        assert_in_range(in_time, 182, 198);
    }
}

/* At the end of thrust of a published flight, known to metres. */
static void start(size_t kind, struct flight *flight, struct ballistic_state *s)
{
    double covariance[36] = {0};
    solve(&KINDS[kind], flight);
    for (int i = 0; i < 6; i++) {
        covariance[7 * i] = i < 3 ? 1.0 : 1e-4;
    }
    const double *x = flight->burnout.x;
    ballistic_state_init(s, (struct instant){0}, (struct geo_ecef){x[0], x[1], x[2]},
                         (struct geo_velocity){x[3], x[4], x[5]}, covariance);
}

static double off_m(const struct impact_estimate *e, struct geo_geodetic truth)
{
    const struct geo_enu off = ellipsoid_enu(e->point, ellipsoid_to_ecef(truth));
    return sqrt(off.east_m * off.east_m + off.north_m * off.north_m);
}

/* With the ballistic coefficient known as well, the other code's impact to 60 m and 0.2 s. */
static void agrees_with_the_flight_when_all_is_known(void **state)
{
    (void)state;
    for (size_t i = 0; i < KIND_COUNT; i++) {
        struct flight flight;
        struct flight_summary truth;
        struct ballistic_state s;
        static struct impact_prediction p;
        start(i, &flight, &s);
        s.x[BALLISTIC_LN_BETA] = elementary_log(flight.plan.beta_kgpm2);
        s.covariance[BALLISTIC_DIM * BALLISTIC_DIM - 1] = 1e-6;
        assert_int_equal(flight_summarise(&flight, &truth), OK);
        assert_int_equal(impact_predict(&s, &p), OK);
        assert_int_equal(p.estimate.why, WHY_NONE);
        const double late_s = instant_since_s(p.estimate.time, s.time) -
                              (truth.flight_time_s - flight.end_of_thrust_s);
        print_message("%s: off by %.1f m and %.3f s, apogee by %.0f m\n", KINDS[i].name,
                      off_m(&p.estimate, truth.impact), late_s, p.apogee_m - truth.apogee_m);
        assert_true(off_m(&p.estimate, truth.impact) < 60.0);
        assert_true(fabs(late_s) < 0.2);
        assert_true(fabs(p.apogee_m - truth.apogee_m) < 100.0);
    }
}

/* A way in steps so short that they no longer matter: time, place and apogee. */
static double fall_finely(const double start[6], double ln_beta, struct geo_geodetic *place,
                          double *apogee_m)
{
    struct motion_state s = {{0}};
    double after_s = 0.0;
    double rate_mps;
    memcpy(s.x, start, 6 * sizeof *start);
    s.x[MOTION_LN_BETA] = ln_beta;
    double height_m = motion_height_m(&s, &rate_mps);
    *apogee_m = height_m;
    for (;;) {
        const struct motion_state before = s;
        const double dt_s = height_m > 250e3 ? 1.0 : (height_m > 120e3 ? 0.25 : 0.05);
        const double from_m = height_m;
        motion_step(MOTION_REENTRY, &s, dt_s, NULL);
        height_m = motion_height_m(&s, &rate_mps);
        *apogee_m = fmax(*apogee_m, height_m);
        if (height_m <= 0.0) {
            s = before;
            const double rest_s = dt_s * from_m / (from_m - height_m);
            motion_step(MOTION_REENTRY, &s, rest_s, NULL);
            assert_int_equal(ellipsoid_from_ecef((struct geo_ecef){s.x[0], s.x[1], s.x[2]}, place),
                             OK);
            return after_s + rest_s;
        }
        after_s += dt_s;
    }
}

struct fine_case {
    double height_m;
    double speed_mps;
    double angle_deg;
    double beta_kgpm2; /* known to 30 %; 0 = unknown */
    double off_m_max;
};

/* The means of place and time, and the apogee, against forty fine ways over ln beta: from vacuum
 * to 30 m, and 0.3 s everywhere. In the air on the way up the whole flight hangs on beta: there the
 * areas are a hundred kilometres long. */
static void means_are_those_of_fine_ways(void **state)
{
    (void)state;
    enum { WAYS = 40 };
    static const struct fine_case CASES[] = {
        {300e3, 5000.0, 15.0, 0.0, 30.0},    {120e3, 3000.0, -20.0, 0.0, 30.0},
        {120e3, 6500.0, 30.0, 1500.0, 30.0}, {60e3, 5000.0, 30.0, 0.0, 30.0},
        {60e3, 3000.0, 50.0, 1500.0, 30.0},  {40e3, 1500.0, 50.0, 0.0, 30.0},
        {40e3, 5000.0, -35.0, 0.0, 30.0},    {40e3, 5000.0, 15.0, 0.0, 80.0},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        const struct fine_case *c = &CASES[i];
        const struct geo_geodetic place = {0.66, 2.27, c->height_m};
        const double level = c->speed_mps * elementary_cos(c->angle_deg * RAD_PER_DEG);
        const double up = c->speed_mps * elementary_sin(c->angle_deg * RAD_PER_DEG);
        double covariance[36] = {0};
        double axes[9];
        double v[3];
        struct ballistic_state s;
        static struct impact_prediction p;
        for (int k = 0; k < 6; k++) {
            covariance[7 * k] = k < 3 ? 1e4 : 1.0;
        }
        ellipsoid_axes(place, axes);
        for (int k = 0; k < 3; k++) {
            v[k] = level * (0.96 * axes[k] + 0.28 * axes[3 + k]) + up * axes[6 + k];
        }
        ballistic_state_init(&s, (struct instant){0}, ellipsoid_to_ecef(place),
                             (struct geo_velocity){v[0], v[1], v[2]}, covariance);
        const double prior_mean = ballistic_ln_beta_mean();
        const double prior_sigma = ballistic_ln_beta_sigma();
        double *ln_beta = &s.x[BALLISTIC_LN_BETA];
        double *variance = &s.covariance[BALLISTIC_DIM * BALLISTIC_DIM - 1];
        *ln_beta = c->beta_kgpm2 > 0.0 ? elementary_log(c->beta_kgpm2) : *ln_beta;
        *variance = c->beta_kgpm2 > 0.0 ? 0.09 : *variance;
        assert_int_equal(impact_predict(&s, &p), OK);
        assert_int_equal(p.estimate.why, WHY_NONE);
        const double low = fmax(elementary_log(IMPACT_BETA_MIN_KGPM2), *ln_beta - 1.2);
        const double high = fmin(elementary_log(IMPACT_BETA_MAX_KGPM2), *ln_beta + 1.2);
        const double from = c->beta_kgpm2 > 0.0 ? low : elementary_log(IMPACT_BETA_MIN_KGPM2);
        const double to = c->beta_kgpm2 > 0.0 ? high : elementary_log(IMPACT_BETA_MAX_KGPM2);
        double sum[5] = {0};
        for (int k = 0; k < WAYS; k++) {
            const double l = from + (to - from) * (k + 0.5) / WAYS;
            const double w =
                elementary_exp(-0.5 * elementary_square(l - *ln_beta) / *variance +
                               0.5 * elementary_square((l - prior_mean) / prior_sigma));
            struct geo_geodetic ground;
            double apogee_m;
            const double after_s = fall_finely(s.x, l, &ground, &apogee_m);
            const struct geo_enu off = ellipsoid_enu(p.estimate.point, ellipsoid_to_ecef(ground));
            const double add[5] = {1.0, after_s, off.east_m, off.north_m, apogee_m};
            for (int j = 0; j < 5; j++) {
                sum[j] += w * add[j];
            }
        }
        const double late_s = instant_since_s(p.estimate.time, s.time) - sum[1] / sum[0];
        const double off_m = sqrt(sum[2] * sum[2] + sum[3] * sum[3]) / sum[0];
        const double over_m = p.apogee_m > 0.0 && up > 0.0 ? p.apogee_m - sum[4] / sum[0] : 0.0;
        print_message("%.0f km, %.0f m/s, %.0f deg: off by %.1f m, %.3f s, apogee by %.0f m\n",
                      c->height_m / 1e3, c->speed_mps, c->angle_deg, off_m, late_s, over_m);
        assert_true(off_m < c->off_m_max);
        assert_true(fabs(late_s) < 0.3);
        assert_true(fabs(over_m) < 100.0);
    }
}

/* Seen a while after the apogee, the apogee behind is still told. */
static void finds_the_apogee_behind(void **state)
{
    (void)state;
    struct flight flight;
    struct ballistic_state s;
    static struct impact_prediction p;
    start(1, &flight, &s);
    struct motion_state x = {{0}};
    memcpy(x.x, s.x, 6 * sizeof *x.x);
    motion_propagate(MOTION_COAST, &x, 900.0, 5.0, NULL);
    memcpy(s.x, x.x, 6 * sizeof *x.x);
    assert_int_equal(impact_predict(&s, &p), OK);
    assert_true(fabs(p.apogee_m - 970e3) < 100.0);
}

static void samples_and_way_agree_with_the_estimate(void **state)
{
    (void)state;
    for (size_t i = 0; i < KIND_COUNT; i++) {
        struct flight flight;
        struct ballistic_state s;
        static struct impact_prediction p;
        double covariance[36];
        struct random r;
        solve(&KINDS[i], &flight);
        covariance_of(&KINDS[i], covariance);
        random_init(&r, 3, i);
        perturb(flight.burnout.x, covariance, &r, &s);
        assert_int_equal(impact_predict(&s, &p), OK);
        double held = 0.0;
        double all = 0.0;
        for (uint32_t k = 0; k < p.footprint.sample_count; k++) {
            const struct footprint_sample *q = &p.footprint.samples[k];
            all += q->weight;
            held += inside(&p.estimate, (struct geo_geodetic){q->lat_rad, q->lon_rad, 0.0})
                        ? q->weight
                        : 0.0;
        }
        assert_true(fabs(all - 1.0) < 1e-9);
        assert_true(held > 0.93 && held < 0.97);
        /* The way: knots rise in time, and between them is what motion says. */
        struct motion_state x = {{0}};
        struct geo_ecef at;
        memcpy(x.x, s.x, 6 * sizeof *x.x);
        motion_propagate(MOTION_COAST, &x, 105.0, 5.0, NULL);
        assert_int_equal(footprint_position(&p.footprint, 105.0, &at), OK);
        if (i > 0) {
            assert_true(fabs(at.x_m - x.x[0]) + fabs(at.y_m - x.x[1]) < 10.0);
        }
        for (uint32_t k = 1; k < p.footprint.knot_count; k++) {
            assert_true(p.footprint.knots[k].after_s > p.footprint.knots[k - 1].after_s);
        }
        assert_int_equal(footprint_position(&p.footprint, footprint_end_s(&p.footprint), &at), OK);
        const struct geo_enu end = ellipsoid_enu(p.estimate.point, at);
        assert_true(fabs(end.up_m) < 500.0);
        assert_int_equal(footprint_position(&p.footprint, footprint_end_s(&p.footprint) + 1.0, &at),
                         ERR_RANGE);
    }
}

/* A circular orbit at 400 km, east over the equator, with a velocity known this well. */
static void orbit(double below_circular_mps, double velocity_sigma_mps, struct ballistic_state *s)
{
    double covariance[36] = {0};
    for (int i = 0; i < 6; i++) {
        const double sigma = i < 3 ? 100.0 : velocity_sigma_mps;
        covariance[7 * i] = sigma * sigma;
    }
    const double r = 6378137.0 + 400e3;
    const double v = sqrt(3.986004418e14 / r) - 7.292115e-5 * r - below_circular_mps;
    ballistic_state_init(s, (struct instant){0}, (struct geo_ecef){r, 0.0, 0.0},
                         (struct geo_velocity){0.0, v, 0.0}, covariance);
}

static void what_cannot_be_told_is_not_told(void **state)
{
    (void)state;
    static struct impact_prediction p;
    struct ballistic_state s;
    orbit(0.0, 1.0, &s);
    assert_int_equal(impact_predict(&s, &p), OK);
    assert_int_equal(p.estimate.why, WHY_ORBIT);
    assert_int_equal(p.footprint.sample_count, 0);
    assert_true(p.footprint.knot_count >= 2);
    orbit(85.0, 20.0, &s); /* a perigee of some 100 km, known to some 70 km */
    assert_int_equal(impact_predict(&s, &p), OK);
    assert_int_equal(p.estimate.why, WHY_TOO_UNCERTAIN);
    orbit(600.0, 1.0, &s);
    assert_int_equal(impact_predict(&s, &p), OK);
    assert_int_equal(p.estimate.why, WHY_NONE);
    orbit(600.0, 300.0, &s);
    assert_int_equal(impact_predict(&s, &p), OK);
    assert_int_equal(p.estimate.why, WHY_TOO_UNCERTAIN);
    assert_int_equal(p.footprint.sample_count, 0);
}

static void bad_states_are_refused(void **state)
{
    (void)state;
    static struct impact_prediction p;
    struct ballistic_state good;
    p.apogee_m = 42.0;
    orbit(600.0, 1.0, &good);
    for (int i = 0; i < BALLISTIC_DIM; i++) {
        struct ballistic_state bad = good;
        bad.x[i] = 0.0 / (good.x[1] * 0.0); /* NaN */
        assert_int_equal(impact_predict(&bad, &p), ERR_RANGE);
        bad = good;
        bad.covariance[8 * i] = -1.0;
        assert_int_equal(impact_predict(&bad, &p), ERR_NUMERIC);
    }
    struct ballistic_state bad = good;
    bad.x[0] = 6.3e6; /* below the ground */
    assert_int_equal(impact_predict(&bad, &p), ERR_RANGE);
    bad = good;
    bad.time = INSTANT_UNSET;
    assert_int_equal(impact_predict(&bad, &p), ERR_RANGE);
    assert_true(p.apogee_m == 42.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(covers_truth),
        cmocka_unit_test(covers_where_stages_fall),
        cmocka_unit_test(agrees_with_the_flight_when_all_is_known),
        cmocka_unit_test(means_are_those_of_fine_ways),
        cmocka_unit_test(finds_the_apogee_behind),
        cmocka_unit_test(samples_and_way_agree_with_the_estimate),
        cmocka_unit_test(what_cannot_be_told_is_not_told),
        cmocka_unit_test(bad_states_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
