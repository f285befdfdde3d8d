/* Orbit or not: satellite launches and long-range missiles, flown, and what one or two radars
 * 1500 km from the final cut-off know of them from the seconds after it.
 *
 * The estimate is drawn from the Cramer-Rao bound: the inverse of the sum of J' R^-1 J over a plot
 * a second (20 m, 1 mrad), with the prior of a tracker's batch start. WATCHFIRE_LONG=1 in the
 * environment: 1000 flights of each kind instead of 40. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "assess/assess.h"
#include "assess/classify.h"
#include "base/elementary.h"
#include "base/matrix.h"
#include "base/random.h"
#include "geo/ellipsoid.h"
#include "geo/geodesic.h"
#include "physics/flight.h"

#define RADAR_M 1500e3
#define SIGMA_RANGE_M 20.0
#define SIGMA_ANGLE_RAD 1e-3
#define PRIOR_POSITION_M 100e3
#define PRIOR_VELOCITY_MPS 2e3
#define CERTAIN 0.9
#define EARTH_M 6371008.8

enum { DIM = 6, TIMES = 6, SHORT_FORM = 40, LONG_FORM = 1000 };

static const int times_s[TIMES] = {5, 10, 20, 30, 45, 60};

/* Of one kind of flight with a number of radars, at each of the times. */
struct tally {
    int flights;
    int right[TIMES];
    int wrong[TIMES];
    int impact_right[TIMES]; /* impact_predict: an orbit, or an impact */
    int impact_wrong[TIMES];
    double most_wrong; /* the greatest probability of the false one */
};

static int wanted(void)
{
    return getenv("WATCHFIRE_LONG") != NULL ? LONG_FORM : SHORT_FORM;
}

static double between(struct random *r, double low, double high)
{
    return low + (high - low) * random_uniform(r);
}

/* The apogee at minimum energy. Source: Bate, Mueller and White (1971), chapter 6. */
static double apogee_of(double range_m)
{
    const double half_rad = 0.5 * range_m / EARTH_M;
    const double q = 2.0 * elementary_sin(half_rad) / (1.0 + elementary_sin(half_rad));
    const double c = elementary_cos(0.25 * PI - 0.5 * half_rad);
    const double e = sqrt(1.0 + q * (q - 2.0) * c * c);
    return EARTH_M * ((1.0 + e) / (2.0 - q) - 1.0);
}

static void plan_satellite(struct random *r, struct flight_plan *plan)
{
    plan->to_orbit = true;
    plan->apogee_m = between(r, 420e3, 1000e3);
    flight_stages_of_kind(FLIGHT_SPACE_LAUNCH, plan);
}

/* A third each depressed, at minimum energy, and lofted. */
static void plan_missile(struct random *r, struct flight_plan *plan)
{
    static const double factors[3][2] = {{0.5, 0.9}, {0.9, 1.1}, {1.1, 3.0}};
    plan->range_m = between(r, 5500e3, 13000e3);
    const double *factor = factors[(int)(3.0 * random_uniform(r))];
    plan->apogee_m = apogee_of(plan->range_m) * between(r, factor[0], factor[1]);
    flight_stages_of_kind(
        random_uniform(r) < 0.5 ? FLIGHT_INTERCONTINENTAL : FLIGHT_INTERCONTINENTAL_SOLID, plan);
}

/* Draws until a flight of these stages can be. */
static void fly(struct random *r, bool satellite, struct flight *flight)
{
    struct flight_plan plan;
    do {
        memset(&plan, 0, sizeof plan);
        plan.site = (struct geo_geodetic){between(r, -45.0, 45.0) * RAD_PER_DEG,
                                          between(r, -180.0, 180.0) * RAD_PER_DEG, 0.0};
        plan.bearing_rad = between(r, 0.0, 2.0 * PI);
        plan.beta_kgpm2 = 2000.0;
        if (satellite) {
            plan_satellite(r, &plan);
        } else {
            plan_missile(r, &plan);
        }
    } while (flight_solve(&plan, flight) != OK);
}

/* A place on the ground from where the state is about RADAR_M away. */
static struct geo_ecef radar_near(struct random *r, const double x[DIM])
{
    struct geo_geodetic below;
    struct geo_geodetic place;
    assert_int_equal(ellipsoid_from_ecef((struct geo_ecef){x[0], x[1], x[2]}, &below), OK);
    const double over_m = below.height_m;
    const double flat_m = over_m < 1000e3 ? sqrt(RADAR_M * RADAR_M - over_m * over_m) : 1100e3;
    below.height_m = 0.0;
    assert_int_equal(geodesic_direct(below, between(r, 0.0, 2.0 * PI),
                                     flat_m / (1.0 + 0.5 * over_m / EARTH_M), &place),
                     OK);
    place.height_m = 0.0;
    return ellipsoid_to_ecef(place);
}

/* The information of one plot about the position. */
static void add_plot(const double x[DIM], struct geo_ecef radar, const double from_epoch[49],
                     double information[DIM * DIM])
{
    double u[3] = {x[0] - radar.x_m, x[1] - radar.y_m, x[2] - radar.z_m};
    const double range_m = sqrt(u[0] * u[0] + u[1] * u[1] + u[2] * u[2]);
    const double along = 1.0 / elementary_square(SIGMA_RANGE_M);
    const double across = 1.0 / elementary_square(SIGMA_ANGLE_RAD * range_m);
    double here[9];
    for (int i = 0; i < 9; i++) {
        const double uu = u[i / 3] * u[i % 3] / (range_m * range_m);
        here[i] = along * uu + across * ((i % 4 == 0 ? 1.0 : 0.0) - uu);
    }
    for (int i = 0; i < DIM; i++) {
        for (int j = 0; j < DIM; j++) {
            for (int k = 0; k < 9; k++) {
                information[DIM * i + j] +=
                    from_epoch[7 * (k / 3) + i] * here[k] * from_epoch[7 * (k % 3) + j];
            }
        }
    }
}

/* The bound at the end of `seconds` of plots that began at the cut-off; `end` is the state
 * there. */
static void bound(const struct motion_state *end, int seconds, const struct geo_ecef *radars,
                  int count, double covariance[DIM * DIM])
{
    double information[DIM * DIM] = {0};
    struct motion_state s = *end;
    double from_epoch[49];
    matrix_identity(from_epoch, 7);
    for (int i = 0; i < DIM; i++) {
        information[7 * i] = 1.0 / elementary_square(i < 3 ? PRIOR_POSITION_M : PRIOR_VELOCITY_MPS);
    }
    for (int k = 0; k <= seconds; k++) {
        for (int i = 0; i < count; i++) {
            add_plot(s.x, radars[i], from_epoch, information);
        }
        double step[49];
        double longer[49];
        motion_step(MOTION_COAST, &s, -1.0, step);
        matrix_multiply(step, from_epoch, longer, 7, 7, 7);
        memcpy(from_epoch, longer, sizeof longer);
    }
    assert_int_equal(matrix_inverse(information, covariance, DIM), OK);
}

static void draw(struct random *r, const struct motion_state *truth,
                 const double covariance[DIM * DIM], struct ballistic_state *out)
{
    double l[DIM * DIM];
    double x[DIM];
    double n[DIM];
    assert_int_equal(matrix_cholesky(covariance, l, DIM), OK);
    for (int i = 0; i < DIM; i++) {
        n[i] = random_normal(r);
        x[i] = truth->x[i];
        for (int j = 0; j <= i; j++) {
            x[i] += l[DIM * i + j] * n[j];
        }
    }
    ballistic_state_init(out, (struct instant){0}, (struct geo_ecef){x[0], x[1], x[2]},
                         (struct geo_velocity){x[3], x[4], x[5]}, covariance);
}

static void ask(const struct ballistic_state *s, bool satellite, int at, struct tally *tally)
{
    double p[CLASS_COUNT];
    struct impact_prediction impact;
    assert_int_equal(classify_coasting(s, 0.0, p), OK);
    const double up = p[CLASS_SPACE_LAUNCH];
    const double down = p[CLASS_SHORT_RANGE] + p[CLASS_MEDIUM_RANGE] + p[CLASS_INTERMEDIATE_RANGE] +
                        p[CLASS_INTERCONTINENTAL];
    const double wrong = satellite ? down : up;
    tally->right[at] += (satellite ? up : down) > CERTAIN ? 1 : 0;
    tally->wrong[at] += wrong > CERTAIN ? 1 : 0;
    tally->most_wrong = wrong > tally->most_wrong ? wrong : tally->most_wrong;
    if (impact_predict(s, &impact) != OK) {
        return; /* so vague that it may be below the ground */
    }
    const enum undetermined_reason why = impact.estimate.why;
    tally->impact_right[at] += why == (satellite ? WHY_ORBIT : WHY_NONE) ? 1 : 0;
    tally->impact_wrong[at] += why == (satellite ? WHY_NONE : WHY_ORBIT) ? 1 : 0;
}

static void follow(struct random *r, const struct flight *flight, int radar_count,
                   struct tally *tally)
{
    struct geo_ecef radars[2];
    struct motion_state s = flight->burnout;
    for (int i = 0; i < radar_count; i++) {
        radars[i] = radar_near(r, s.x);
    }
    tally->flights++;
    for (int at = 0, second = 0; at < TIMES; at++) {
        double covariance[DIM * DIM];
        struct ballistic_state estimate;
        for (; second < times_s[at]; second++) {
            motion_step(MOTION_COAST, &s, 1.0, NULL);
        }
        bound(&s, second, radars, radar_count, covariance);
        draw(r, &s, covariance, &estimate);
        ask(&estimate, flight->plan.to_orbit, at, tally);
    }
}

static void print(const char *what, const struct tally *t)
{
    print_message("%s, %d flights; the false one at most %.4f\n", what, t->flights, t->most_wrong);
    for (int at = 0; at < TIMES; at++) {
        print_message(
            "  %2d s: right %5.1f %%, wrong %d; impact or orbit right %5.1f %%, wrong %d\n",
            times_s[at], 100.0 * t->right[at] / t->flights, t->wrong[at],
            100.0 * t->impact_right[at] / t->flights, t->impact_wrong[at]);
    }
}

static void check(const struct tally *t, bool satellite)
{
    assert_true(t->most_wrong <= CERTAIN);
    for (int at = 0; at < TIMES; at++) {
        assert_int_equal(t->wrong[at], 0);
        assert_int_equal(t->impact_wrong[at], 0);
        if (times_s[at] >= 30) {
            assert_true(t->right[at] >= 0.95 * t->flights);
            assert_true(!satellite || t->impact_right[at] >= 0.95 * t->flights);
        }
    }
}

static void decide(bool satellite, const char *name)
{
    struct random r;
    struct tally tallies[2];
    random_init(&r, 20231121, satellite ? 1 : 2);
    memset(tallies, 0, sizeof tallies);
    for (int i = 0; i < wanted(); i++) {
        struct flight flight;
        fly(&r, satellite, &flight);
        follow(&r, &flight, 1, &tallies[0]);
        follow(&r, &flight, 2, &tallies[1]);
    }
    print_message("%s\n", name);
    print("one radar", &tallies[0]);
    print("two radars", &tallies[1]);
    check(&tallies[0], satellite);
    check(&tallies[1], satellite);
}

static void satellites(void **state)
{
    (void)state;
    decide(true, "satellite launches, 420 to 1000 km");
}

static void missiles(void **state)
{
    (void)state;
    decide(false, "missiles, 5,500 to 13,000 km");
}

/* While a motor burns nothing is said of the class. */
static void before_the_cut_off_it_is_undetermined(void **state)
{
    (void)state;
    struct track track;
    struct assessment a;
    struct footprint way;
    memset(&track, 0, sizeof track);
    track.phase = PHASE_BOOST;
    track.status = STATUS_FIRM;
    const struct assess_input input = {.track = &track};
    assert_int_equal(assess_make(&input, &a, &way), OK);
    assert_int_equal(assessment_class(&a), CLASS_UNDETERMINED);
    assert_true(a.class_probability[CLASS_UNDETERMINED] >= 1.0);
    assert_int_equal(a.impact.why, WHY_THRUSTING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(satellites),
        cmocka_unit_test(missiles),
        cmocka_unit_test(before_the_cut_off_it_is_undetermined),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
