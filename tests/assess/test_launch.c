/* Launch point and time against flights of physics/flight whose stages, gain and pitch lie off the
 * templates' grid, first seen at several heights. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "assess/launch.h"
#include "base/elementary.h"
#include "base/matrix.h"
#include "base/random.h"
#include "geo/ellipse.h"
#include "geo/ellipsoid.h"
#include "physics/flight.h"

enum { RUNS = 300, KINDS = 6 };

static const char *const NAMES[KINDS] = {
    "short",       "medium", "intermediate", "intercontinental", "intercontinental solid",
    "space launch"};
static const double GAIN_MIN_MPS[KINDS] = {1400, 2600, 4100, 6200, 6200, 7500};
static const double GAIN_MAX_MPS[KINDS] = {2700, 4200, 6000, 8200, 8200, 9500};

/* How well the first firm state is known. */
struct doubt {
    const char *name;
    double position_m;
    double velocity_mps;
    double thrust_mps2;
};

static const struct doubt ROUGH = {"rough", 300.0, 50.0, 10.0};
static const struct doubt GOOD = {"good", 50.0, 5.0, 2.0};

struct truth {
    struct flight flight;
    struct motion_state state;
    double after_s;
    double thrust_mps2; /* along the velocity, net of drag as the flight's is */
};

static double uniform(struct random *r, double low, double high)
{
    return low + (high - low) * random_uniform(r);
}

static double height_of(const struct motion_state *s)
{
    struct geo_geodetic p;
    assert_int_equal(ellipsoid_from_ecef((struct geo_ecef){s->x[0], s->x[1], s->x[2]}, &p), OK);
    return p.height_m;
}

static void draw_flight(int kind, struct random *r, struct flight *f)
{
    memset(f, 0, sizeof *f);
    flight_stages_of_kind((enum flight_kind)kind, &f->plan);
    f->plan.site = (struct geo_geodetic){uniform(r, 38.5, 41.5) * RAD_PER_DEG,
                                         uniform(r, 125.0, 129.5) * RAD_PER_DEG, 0.0};
    f->bearing_rad = uniform(r, 0.0, 2.0 * PI);
    f->plan.bearing_rad = f->bearing_rad;
    f->plan.beta_kgpm2 = 2000.0;
    for (int i = 0; i < f->plan.stage_count; i++) {
        f->plan.stages[i].burn_s *= uniform(r, 0.8, 1.2);
        f->plan.stages[i].exhaust_mps *= uniform(r, 0.92, 1.08);
        f->end_of_thrust_s += f->plan.stages[i].burn_s;
        f->end_of_thrust_s += i + 1 < f->plan.stage_count ? f->plan.stages[i].gap_s : 0.0;
    }
    f->velocity_gain_mps = uniform(r, GAIN_MIN_MPS[kind], GAIN_MAX_MPS[kind]);
    f->pitch_end_rad = uniform(r, 27.0, 82.0) * RAD_PER_DEG;
}

/* Flies to the height; false if thrust ends before. */
static bool fly_to(struct truth *t, double height_m)
{
    double at_s = 0.0;
    flight_start(&t->flight, &t->state);
    for (double t_s = 0.5; t_s < t->flight.end_of_thrust_s; t_s += 0.5) {
        const struct motion_state before = t->state;
        if (!flight_advance(&t->flight, &at_s, &t->state, t_s)) {
            return false;
        }
        t->after_s = t_s;
        if (height_of(&t->state) >= height_m) {
            double speed[2] = {0.0, 0.0};
            for (int i = 3; i < 6; i++) {
                speed[0] += before.x[i] * before.x[i];
                speed[1] += t->state.x[i] * t->state.x[i];
            }
            /* What a tracker calls thrust: the change of speed, gravity's part taken out. */
            struct motion_state fall = t->state;
            double rate[MOTION_DIM];
            motion_derivative(MOTION_COAST, &fall, rate, NULL);
            const double v = sqrt(speed[1]);
            const double along =
                (rate[3] * fall.x[3] + rate[4] * fall.x[4] + rate[5] * fall.x[5]) / v;
            t->thrust_mps2 = (v - sqrt(speed[0])) / 0.5 - along;
            return true;
        }
    }
    return false;
}

static void observe(const struct truth *t, const struct doubt *d, struct random *r,
                    struct track *out)
{
    double unit[6];
    double off[6];
    double mix[36];
    double diagonal[36] = {0};
    double l[36];
    memset(out, 0, sizeof *out);
    for (int i = 0; i < 6; i++) {
        for (int j = 0; j < 6; j++) {
            const double same = i == j ? 1.0 : 0.25 * elementary_cos(2.0 * i + j);
            mix[6 * i + j] = same * (i < 3 ? d->position_m : d->velocity_mps);
        }
        diagonal[7 * i] = 1.0;
        unit[i] = random_normal(r);
    }
    matrix_transform(mix, diagonal, out->covariance, 6, 6);
    assert_int_equal(matrix_cholesky(out->covariance, l, 6), OK);
    matrix_multiply(l, unit, off, 6, 6, 1);
    const double *x = t->state.x;
    out->phase = PHASE_BOOST;
    out->time = (struct instant){(int64_t)(t->after_s * 1e9)};
    out->position = (struct geo_ecef){x[0] + off[0], x[1] + off[1], x[2] + off[2]};
    out->velocity = (struct geo_velocity){x[3] + off[3], x[4] + off[4], x[5] + off[5]};
    out->thrust_mps2 = t->thrust_mps2 + d->thrust_mps2 * random_normal(r);
    out->thrust_sigma_mps2 = d->thrust_mps2;
}

struct score {
    int runs;
    int in_area;
    int in_time;
    int undetermined;
    double distance2_m2;
    double late2_s2;
    double area_m2;
};

static void add_score(const struct truth *t, const struct launch_estimate *e, struct score *s)
{
    struct geo_ellipse ellipse;
    const struct geo_enu off = ellipsoid_enu(e->point, ellipsoid_to_ecef(t->flight.plan.site));
    const double late_s = instant_since_s(e->time, (struct instant){0});
    assert_int_equal(ellipse_from_covariance(e->covariance_m2, ELLIPSE_SCALE_95, &ellipse), OK);
    s->runs++;
    s->in_area += ellipse_contains(&ellipse, off.east_m, off.north_m);
    s->in_time += fabs(late_s) < 1.96 * e->time_sigma_s;
    s->distance2_m2 += off.east_m * off.east_m + off.north_m * off.north_m;
    s->late2_s2 += late_s * late_s;
    s->area_m2 += ellipse_area_m2(&ellipse);
}

static void run_campaign(int kind, const struct doubt *d, double height_m, struct score *s)
{
    struct random r;
    random_init(&r, 1957, (uint64_t)(kind * 1000) + (uint64_t)(height_m / 1e3));
    for (int i = 0; i < RUNS; i++) {
        struct truth t;
        struct track track;
        struct launch_estimate e;
        draw_flight(kind, &r, &t.flight);
        if (!fly_to(&t, height_m)) {
            continue;
        }
        observe(&t, d, &r, &track);
        launch_estimate(&track, &e);
        if (e.determined) {
            add_score(&t, &e, s);
        } else {
            s->undetermined++;
        }
    }
}

/* Coverage is cheap if the area may be any size: a launch seen early must also be told well. */
static void check_size(const struct doubt *d, double height_m, const struct score *s)
{
    const double rmse_m = sqrt(s->distance2_m2 / s->runs);
    if (height_m <= 10e3) {
        assert_true(rmse_m < (d == &GOOD ? 400.0 : 1500.0));
        assert_true(s->area_m2 / s->runs < (d == &GOOD ? 4e6 : 20e6));
    }
    if (height_m <= 20e3) {
        assert_true(rmse_m < 2500.0);
        assert_true(sqrt(s->late2_s2 / s->runs) < 12.0);
    }
}

static void covers_truth(void **state)
{
    (void)state;
    static const double heights_m[] = {10e3, 20e3, 40e3, 80e3};
    const struct doubt *doubts[] = {&ROUGH, &GOOD};
    int runs = 0;
    int in_area = 0;
    int in_time = 0;
    for (int d = 0; d < 2; d++) {
        for (int kind = 0; kind < KINDS; kind++) {
            for (size_t i = 0; i < sizeof heights_m / sizeof heights_m[0]; i++) {
                struct score s = {0};
                run_campaign(kind, doubts[d], heights_m[i], &s);
                if (s.runs < 50) {
                    continue;
                }
                print_message("%s %s %2.0f km: %d runs, %d undetermined, area %.3f, time %.3f, "
                              "%.2f km, %.2f s, 95 %% area %.1f km2\n",
                              doubts[d]->name, NAMES[kind], heights_m[i] / 1e3, s.runs,
                              s.undetermined, (double)s.in_area / s.runs,
                              (double)s.in_time / s.runs, sqrt(s.distance2_m2 / s.runs) / 1e3,
                              sqrt(s.late2_s2 / s.runs), s.area_m2 / s.runs / 1e6);
                assert_true(s.undetermined * 50 <= s.runs);
                assert_true(s.in_area * 100 >= s.runs * 90);
                assert_true(s.in_time * 100 >= s.runs * 90);
                check_size(doubts[d], heights_m[i], &s);
                runs += s.runs;
                in_area += s.in_area;
                in_time += s.in_time;
            }
        }
    }
    print_message("in all: area %.4f, time %.4f\n", (double)in_area / runs, (double)in_time / runs);
    assert_true((double)in_area / runs >= 0.95);
    assert_true((double)in_time / runs >= 0.95);
}

/* A flight that fits, from which each case departs. */
static void typical(struct track *out)
{
    struct random r;
    struct truth t;
    random_init(&r, 7, 7);
    draw_flight(FLIGHT_INTERMEDIATE, &r, &t.flight);
    assert_true(fly_to(&t, 20e3));
    observe(&t, &GOOD, &r, out);
}

static bool is_determined(const struct track *t)
{
    struct launch_estimate e;
    memset(&e, 0xff, sizeof e);
    launch_estimate(t, &e);
    return e.determined;
}

static void undetermined_is_an_answer(void **state)
{
    (void)state;
    struct track t;
    typical(&t);
    assert_true(is_determined(&t));
    t.phase = PHASE_COAST;
    assert_false(is_determined(&t));
    typical(&t);
    t.covariance[0] = -1.0;
    assert_false(is_determined(&t));
    typical(&t);
    t.velocity.x_mps = 0.0 / (t.thrust_mps2 * 0.0); /* NaN */
    assert_false(is_determined(&t));
    typical(&t);
    t.velocity = (struct geo_velocity){0.0, 0.0, 0.0}; /* does not climb */
    assert_false(is_determined(&t));
    typical(&t);
    const double up = 1.0 + 280e3 / 6371e3; /* higher than any launch is told from */
    t.position.x_m *= up;
    t.position.y_m *= up;
    t.position.z_m *= up;
    assert_false(is_determined(&t));
    typical(&t);
    t.velocity.x_mps *= 9.0; /* no missile is that fast at 20 km */
    t.velocity.y_mps *= 9.0;
    t.velocity.z_mps *= 9.0;
    assert_false(is_determined(&t));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(covers_truth),
        cmocka_unit_test(undetermined_is_an_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
