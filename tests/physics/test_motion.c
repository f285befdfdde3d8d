/* The three motions: Jacobians and transition matrices against differences, propagation against
 * published orbits and a textbook's free flight, drag against the atmosphere. */
#include "../base/near.h"

#include <string.h>

#include "base/elementary.h"
#include "base/matrix.h"
#include "base/random.h"
#include "geo/ellipsoid.h"
#include "physics/atmosphere.h"
#include "physics/gravity.h"
#include "physics/motion.h"

enum { DIM = MOTION_DIM, CELLS = MOTION_DIM * MOTION_DIM };
enum { MATRIX_DIM = MOTION_MATRIX_DIM, MATRIX_CELLS = MOTION_MATRIX_CELLS };

static const double NUDGE[DIM] = {10.0, 10.0, 10.0, 0.01, 0.01, 0.01, 0.01, 1e-4};

/* Anywhere in the air, but well inside a layer: the density has a corner where two layers meet, and
 * from 86 km up at each whole kilometre; there a difference is no derivative. */
static struct motion_state draw_state(struct random *r)
{
    static const double inside_m[] = {5e3, 15e3, 26e3, 40e3, 60e3, 78e3, 100.5e3, 150.5e3};
    const double height_m = inside_m[random_u64(r) % 8] + 400.0 * (2.0 * random_uniform(r) - 1.0);
    const struct geo_geodetic g = {PI * (random_uniform(r) - 0.5), 2.0 * PI * random_uniform(r),
                                   height_m};
    const struct geo_ecef p = ellipsoid_to_ecef(g);
    struct motion_state s = {{p.x_m, p.y_m, p.z_m}};
    for (int i = 3; i < 6; i++) {
        s.x[i] = 1500.0 * random_normal(r);
    }
    s.x[MOTION_THRUST] = 40.0 * random_uniform(r);
    s.x[MOTION_LN_BETA] = elementary_log(500.0) + 3.0 * random_uniform(r);
    return s;
}

/* Which number of the state the last row and column of a transition matrix stand for. */
static int constant_of(enum motion_kind kind)
{
    return kind == MOTION_BOOST ? MOTION_THRUST : MOTION_LN_BETA;
}

/* Each entry, in units of what a nudge of its column does to its row at most. */
static void assert_same_matrix(const double *got, const double *wanted, int dim, int last,
                               double tolerance)
{
    for (int i = 0; i < dim; i++) {
        double scale = 0.0;
        for (int pass = 0; pass < 2; pass++) {
            for (int j = 0; j < dim; j++) {
                const double nudge = NUDGE[j < 6 || dim == DIM ? j : last];
                scale = fmax(scale, fabs(wanted[dim * i + j]) * nudge);
                const double off = (got[dim * i + j] - wanted[dim * i + j]) * nudge;
                assert_true(pass == 0 || fabs(off) <= tolerance * scale + 1e-300);
            }
        }
    }
}

static void differences_of_derivative(enum motion_kind kind, const struct motion_state *s,
                                      double out[CELLS])
{
    for (int j = 0; j < DIM; j++) {
        struct motion_state low = *s;
        struct motion_state high = *s;
        double d_low[DIM];
        double d_high[DIM];
        low.x[j] -= NUDGE[j];
        high.x[j] += NUDGE[j];
        motion_derivative(kind, &low, d_low, NULL);
        motion_derivative(kind, &high, d_high, NULL);
        for (int i = 0; i < DIM; i++) {
            out[DIM * i + j] = (d_high[i] - d_low[i]) / (2.0 * NUDGE[j]);
        }
    }
}

static void check_jacobian(enum motion_kind kind, const struct motion_state *s, double tolerance)
{
    double derivative[DIM];
    double jacobian[CELLS];
    double differences[CELLS];
    motion_derivative(kind, s, derivative, jacobian);
    differences_of_derivative(kind, s, differences);
    assert_same_matrix(jacobian, differences, DIM, 0, tolerance);
    double alone[DIM];
    motion_derivative(kind, s, alone, NULL);
    assert_memory_equal(alone, derivative, sizeof alone);
}

static void jacobians_are_the_derivatives(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 3, 14);
    for (int n = 0; n < 500; n++) {
        const struct motion_state s = draw_state(&r);
        check_jacobian(MOTION_COAST, &s, 1e-6);
        check_jacobian(MOTION_BOOST, &s, 1e-6);
        check_jacobian(MOTION_REENTRY, &s, 1e-5);
        struct motion_state on_pad = s;
        on_pad.x[3] = 0.05;
        on_pad.x[4] = -0.02;
        on_pad.x[5] = 0.0;
        check_jacobian(MOTION_BOOST, &on_pad, 1e-6);
    }
}

static void check_transition(enum motion_kind kind, const struct motion_state *s, double tolerance)
{
    double transition[MATRIX_CELLS];
    double differences[MATRIX_CELLS];
    const int last = constant_of(kind);
    struct motion_state after = *s;
    motion_propagate(kind, &after, 0.3, 0.1, transition);
    for (int k = 0; k < MATRIX_DIM; k++) {
        struct motion_state low = *s;
        struct motion_state high = *s;
        const int j = k < 6 ? k : last;
        low.x[j] -= NUDGE[j];
        high.x[j] += NUDGE[j];
        motion_propagate(kind, &low, 0.3, 0.1, NULL);
        motion_propagate(kind, &high, 0.3, 0.1, NULL);
        for (int i = 0; i < MATRIX_DIM; i++) {
            const int row = i < 6 ? i : last;
            differences[MATRIX_DIM * i + k] = (high.x[row] - low.x[row]) / (2.0 * NUDGE[j]);
        }
    }
    assert_same_matrix(transition, differences, MATRIX_DIM, last, tolerance);
    struct motion_state alone = *s;
    motion_propagate(kind, &alone, 0.3, 0.1, NULL);
    assert_memory_equal(&alone, &after, sizeof alone);
}

static void transitions_are_the_derivatives(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 3, 15);
    for (int n = 0; n < 300; n++) {
        const struct motion_state s = draw_state(&r);
        check_transition(MOTION_COAST, &s, 5e-7);
        check_transition(MOTION_BOOST, &s, 5e-7);
        check_transition(MOTION_REENTRY, &s, 5e-7);
    }
}

static void transition_over_many_steps_is_the_product(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 3, 16);
    const struct motion_state start = draw_state(&r);
    for (int kind = MOTION_COAST; kind <= MOTION_REENTRY; kind++) {
        double product[MATRIX_CELLS];
        matrix_identity(product, MATRIX_DIM);
        struct motion_state s = start;
        for (int i = 0; i < 6; i++) {
            double one[MATRIX_CELLS];
            double next[MATRIX_CELLS];
            motion_step((enum motion_kind)kind, &s, 0.5, one);
            matrix_multiply(one, product, next, MATRIX_DIM, MATRIX_DIM, MATRIX_DIM);
            memcpy(product, next, sizeof product);
        }
        double whole[MATRIX_CELLS];
        struct motion_state same = start;
        motion_propagate((enum motion_kind)kind, &same, 3.0, 0.5, whole);
        assert_memory_equal(&same, &s, sizeof s);
        assert_same_matrix(whole, product, MATRIX_DIM, constant_of((enum motion_kind)kind), 1e-12);
    }
}

static void two_at_once_are_two(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 3, 18);
    for (int n = 0; n < 300; n++) {
        const enum motion_kind kind[2] = {(enum motion_kind)(n % 3), (enum motion_kind)(n / 3 % 3)};
        struct motion_state s[2] = {draw_state(&r), draw_state(&r)};
        pair x[6];
        pair both[6][MATRIX_DIM];
        double constant[2];
        for (int k = 0; k < 2; k++) {
            constant[k] = motion_constant(kind[k], s[k].x[constant_of(kind[k])]);
        }
        for (int i = 0; i < 6; i++) {
            x[i] = (pair){s[0].x[i], s[1].x[i]};
        }
        assert_true(motion_step_two(kind, x, constant, 0.8, both));
        for (int k = 0; k < 2; k++) {
            double alone[MATRIX_CELLS];
            double lane[MATRIX_CELLS];
            motion_propagate(kind[k], &s[k], 0.8, 0.8, alone);
            memcpy(lane, alone, sizeof lane);
            for (int i = 0; i < 6; i++) {
                assert_near(x[i][k], s[k].x[i], 1e-15 * fabs(s[k].x[i]) + 1e-12);
                for (int j = 0; j < MATRIX_DIM; j++) {
                    lane[MATRIX_DIM * i + j] = both[i][j][k];
                }
            }
            assert_same_matrix(lane, alone, MATRIX_DIM, constant_of(kind[k]), 1e-12);
        }
    }
}

static void no_time_is_no_change(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 3, 17);
    const struct motion_state start = draw_state(&r);
    struct motion_state s = start;
    double transition[MATRIX_CELLS];
    double identity[MATRIX_CELLS];
    matrix_identity(identity, MATRIX_DIM);
    motion_propagate(MOTION_REENTRY, &s, 0.0, 1.0, transition);
    assert_memory_equal(&s, &start, sizeof s);
    assert_memory_equal(transition, identity, sizeof identity);
}

static void what_goes_forward_comes_back(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 3, 18);
    const struct motion_state start = draw_state(&r);
    struct motion_state s = start;
    motion_propagate(MOTION_COAST, &s, 300.0, 1.0, NULL);
    motion_propagate(MOTION_COAST, &s, -300.0, 1.0, NULL);
    for (int i = 0; i < 6; i++) {
        assert_near(s.x[i], start.x[i], 1e-6);
    }
}

/* Earth-fixed state whose axes were those of an inertial frame t_s ago, from an inertial one. */
static struct motion_state earth_fixed(const double p[3], const double v[3])
{
    const double w = EARTH_RATE_RADPS;
    return (struct motion_state){{p[0], p[1], p[2], v[0] + w * p[1], v[1] - w * p[0], v[2]}};
}

static void inertial_position(const struct motion_state *s, double t_s, double out[3])
{
    const double angle = EARTH_RATE_RADPS * t_s;
    out[0] = cos(angle) * s->x[0] - sin(angle) * s->x[1];
    out[1] = sin(angle) * s->x[0] + cos(angle) * s->x[1];
    out[2] = s->x[2];
}

/* Source: NASA's GMAT with J2 alone, one day; programs with other constants differ from it by 80
 * m. The two-body answer of the same start, (-5971.194, 3945.507, 2864.637) km, is 1150 km away. */
static void a_day_in_orbit_meets_gmat(void **state)
{
    (void)state;
    const double p0[3] = {-2436.45e3, -2436.45e3, 6891.037e3};
    const double v0[3] = {5088.611, -5088.611, 0.0};
    struct motion_state s = earth_fixed(p0, v0);
    motion_propagate(MOTION_COAST, &s, 86400.0, 5.0, NULL);
    double p[3];
    inertial_position(&s, 86400.0, p);
    const double gmat_m[3] = {-5751473.991, 4721214.035, 2045947.769};
    const double off_m =
        sqrt(elementary_square(p[0] - gmat_m[0]) + elementary_square(p[1] - gmat_m[1]) +
             elementary_square(p[2] - gmat_m[2]));
    assert_near(off_m, 0.0, 100.0);
}

/* Energy in the turning frame (Jacobi's integral) does not change on a coast. */
static double jacobi(const struct motion_state *s)
{
    const double *x = s->x;
    const double r2 = x[0] * x[0] + x[1] * x[1] + x[2] * x[2];
    const double r = sqrt(r2);
    const double j2 = 0.5 * GRAVITY_J2 * GRAVITY_RADIUS_M * GRAVITY_RADIUS_M / r2;
    const double potential = -GRAVITY_GM_M3PS2 / r * (1.0 - j2 * (3.0 * x[2] * x[2] / r2 - 1.0));
    const double w = EARTH_RATE_RADPS;
    return 0.5 * (x[3] * x[3] + x[4] * x[4] + x[5] * x[5]) + potential -
           0.5 * w * w * (x[0] * x[0] + x[1] * x[1]);
}

static void jacobis_integral_stays(void **state)
{
    (void)state;
    const double p0[3] = {-3049038.0, 4046210.0, 3961564.0};
    const double v0[3] = {-2500.0, 3500.0, 5200.0};
    struct motion_state s = earth_fixed(p0, v0);
    const double before = jacobi(&s);
    motion_propagate(MOTION_COAST, &s, 2000.0, 2.0, NULL);
    assert_near(jacobi(&s) / before, 1.0, 1e-11);
}

/* Source: Bate, Mueller and White, Fundamentals of Astrodynamics (1971), chapter 6: burnout at
 * 1.2 Earth radii with 2/3 of circular speed and a flight-path angle of 51.318 degrees has its
 * apogee at 1.5 radii and a free-flight range angle of 36.39 degrees. J2 is worth some
 * hundredths of it. */
static void free_flight_meets_bate_mueller_white(void **state)
{
    (void)state;
    const double radius_m = 1.2 * ELLIPSOID_A_M;
    const double speed_mps = 2.0 / 3.0 * sqrt(GRAVITY_GM_M3PS2 / ELLIPSOID_A_M);
    const double angle = 51.318 * RAD_PER_DEG;
    const double p0[3] = {radius_m, 0.0, 0.0};
    const double v0[3] = {speed_mps * sin(angle), speed_mps * cos(angle) * cos(0.6155),
                          speed_mps * cos(angle) * sin(0.6155)};
    struct motion_state s = earth_fixed(p0, v0);
    double apogee_m = 0.0;
    double t_s = 0.0;
    double r_m = radius_m;
    double p[3] = {0};
    do {
        motion_step(MOTION_COAST, &s, 1.0, NULL);
        t_s += 1.0;
        inertial_position(&s, t_s, p);
        r_m = sqrt(p[0] * p[0] + p[1] * p[1] + p[2] * p[2]);
        apogee_m = fmax(apogee_m, r_m);
    } while (r_m > radius_m && t_s < 7200.0);
    assert_near(apogee_m / ELLIPSOID_A_M, 1.5, 2e-3);
    assert_near(acos(p[0] / r_m) * DEG_PER_RAD, 36.39, 0.15);
}

/* The angle flown round the centre, degrees, from a point back to its height. So far out that J2,
 * which falls with the square of the distance, is worth less than a thousandth of a degree; the
 * solution in canonical units scales. */
static double free_flight_angle_deg(double q, double angle_rad)
{
    const double radius_m = 40.0 * ELLIPSOID_A_M;
    const double speed_mps = sqrt(q * GRAVITY_GM_M3PS2 / radius_m);
    const double p0[3] = {radius_m * 0.6, 0.0, radius_m * 0.8};
    const double up = speed_mps * sin(angle_rad);
    const double v0[3] = {up * 0.6, speed_mps * cos(angle_rad), up * 0.8};
    struct motion_state s = earth_fixed(p0, v0);
    struct motion_state before = s;
    double t_s = 0.0;
    double before_m = radius_m;
    double r_m = radius_m;
    do {
        before = s;
        before_m = r_m;
        motion_step(MOTION_COAST, &s, 60.0, NULL);
        t_s += 60.0;
        r_m = sqrt(s.x[0] * s.x[0] + s.x[1] * s.x[1] + s.x[2] * s.x[2]);
    } while (r_m > radius_m && t_s < 1e7);
    double p[3];
    double from[3];
    inertial_position(&s, t_s, p);
    inertial_position(&before, t_s - 60.0, from);
    const double share = (before_m - radius_m) / (before_m - r_m);
    double cosine = 0.0;
    for (int i = 0; i < 3; i++) {
        cosine += p0[i] * (from[i] + share * (p[i] - from[i]));
    }
    return acos(cosine / (radius_m * radius_m)) * DEG_PER_RAD;
}

/* Source: as above, the three examples: Q 0.5333 at 51.318 degrees flies 36.39 degrees; with Q 0.95
 * at most 129.58 are flown (at a quarter of what is missing to half a turn); from 30 N 60 E to
 * 30 S 60 W are 128.682 degrees, which Q 1.2 flies at 39.361 degrees. */
static void free_flight_scales(void **state)
{
    (void)state;
    assert_near(free_flight_angle_deg(0.5333, 51.318 * RAD_PER_DEG), 36.39, 0.01);
    const double best_deg = 0.25 * (180.0 - 129.58);
    assert_near(free_flight_angle_deg(0.95, best_deg * RAD_PER_DEG), 129.58, 0.01);
    assert_true(free_flight_angle_deg(0.95, (best_deg + 3.0) * RAD_PER_DEG) < 129.5);
    assert_true(free_flight_angle_deg(0.95, (best_deg - 3.0) * RAD_PER_DEG) < 129.5);
    const double cosine =
        sin(30.0 * RAD_PER_DEG) * sin(-30.0 * RAD_PER_DEG) +
        cos(30.0 * RAD_PER_DEG) * cos(30.0 * RAD_PER_DEG) * cos(120.0 * RAD_PER_DEG);
    assert_near(acos(cosine) * DEG_PER_RAD, 128.682, 5e-4);
    assert_near(free_flight_angle_deg(1.2, 39.361 * RAD_PER_DEG), 128.682, 5e-3);
}

/* The height inside is an approximation; it must not show. */
static void drag_is_that_of_the_atmosphere(void **state)
{
    (void)state;
    for (int lat_deg = -90; lat_deg <= 90; lat_deg += 10) {
        for (double height_m = -1500.0; height_m < 190e3; height_m += 2345.0) {
            const struct geo_geodetic g = {lat_deg * RAD_PER_DEG, 2.0, height_m};
            const struct geo_ecef p = ellipsoid_to_ecef(g);
            struct motion_state s = {
                {p.x_m, p.y_m, p.z_m, 3000.0, -4000.0, 0.0, 0.0, elementary_log(2000.0)}};
            double with[DIM];
            double without[DIM];
            motion_derivative(MOTION_REENTRY, &s, with, NULL);
            motion_derivative(MOTION_COAST, &s, without, NULL);
            const double drag = atmosphere_density(height_m, NULL) * 5000.0 * 5000.0 / 4000.0;
            assert_near(with[3] - without[3], -0.6 * drag, 3e-6 * drag + 1e-14);
            assert_near(with[4] - without[4], 0.8 * drag, 3e-6 * drag + 1e-14);
            assert_near(with[5] - without[5], 0.0, 1e-14);
        }
    }
}

static void there_is_no_drag_in_space(void **state)
{
    (void)state;
    struct motion_state s = {{6.7e6, 0.0, 0.0, 0.0, 7000.0, 0.0, 0.0, 6.0}};
    double with[DIM];
    double without[DIM];
    motion_derivative(MOTION_REENTRY, &s, with, NULL);
    motion_derivative(MOTION_COAST, &s, without, NULL);
    assert_memory_equal(with, without, sizeof with);
}

static void thrust_lies_along_the_velocity_or_upward(void **state)
{
    (void)state;
    const struct geo_geodetic g = {0.68, 2.2, 0.0};
    const struct geo_ecef p = ellipsoid_to_ecef(g);
    double axes[9];
    ellipsoid_axes(g, axes);
    struct motion_state s = {{p.x_m, p.y_m, p.z_m, 0.0, 0.0, 0.0, 25.0, 0.0}};
    for (int moving = 0; moving < 2; moving++) {
        /* Standing: along the vertical. Moving: eastward. */
        const double *along = moving == 0 ? axes + 6 : axes;
        double with[DIM];
        double without[DIM];
        for (int i = 0; i < 3; i++) {
            s.x[3 + i] = moving == 0 ? 0.0 : 1700.0 * axes[i];
        }
        motion_derivative(MOTION_BOOST, &s, with, NULL);
        motion_derivative(MOTION_COAST, &s, without, NULL);
        for (int i = 0; i < 3; i++) {
            assert_near(with[3 + i] - without[3 + i], 25.0 * along[i], 1e-12);
        }
    }
}

/* Columns that start as the identity become the transition matrix. */
static void columns_are_carried_as_the_matrix_is(void **state)
{
    (void)state;
    struct motion_state a = {{6.4e6, 1e5, 2e5, -900.0, 3000.0, 1000.0, 20.0, 7.0}};
    struct motion_state b = a;
    struct motion_columns columns;
    double matrix[MOTION_MATRIX_CELLS];
    memset(&columns, 0, sizeof columns);
    for (int i = 0; i < MOTION_MATRIX_DIM; i++) {
        columns.m[i][i] = 1.0;
    }
    motion_carry(&a, 4.0, &columns);
    motion_propagate(MOTION_COAST, &b, 4.0, 2.0, matrix);
    for (int i = 0; i < 6; i++) {
        assert_near(a.x[i], b.x[i], 0.0);
        for (int j = 0; j < MOTION_MATRIX_DIM; j++) {
            assert_near(columns.m[i][j], matrix[MOTION_MATRIX_DIM * i + j], 1e-9);
        }
    }
}

/* Two objects of different kinds, in steps of different lengths, move as each one alone. */
static void two_are_carried_as_one_is(void **state)
{
    (void)state;
    for (int first = MOTION_COAST; first <= MOTION_REENTRY; first++) {
        struct motion_state one[2] = {{{6.4e6, 1e5, 2e5, -900.0, 3000.0, 1000.0, 20.0, 7.0}},
                                      {{6.3e6, 9e5, 4e5, -100.0, 700.0, -300.0, 20.0, 6.0}}};
        struct motion_two two;
        struct motion_two *const both[] = {&two};
        memset(&two, 0, sizeof two);
        two.dt_s = (pair){4.0, -2.5};
        two.kind[0] = (enum motion_kind)first;
        two.kind[1] = MOTION_REENTRY;
        for (int k = 0; k < 2; k++) {
            const double number = two.kind[k] == MOTION_BOOST ? 20.0 : 7.0 - k;
            two.constant[k] = motion_constant(two.kind[k], number);
            for (int i = 0; i < 6; i++) {
                two.x[i][k] = one[k].x[i];
                two.columns[i][i][k] = 1.0;
            }
        }
        motion_carry_twos(both, 1);
        for (int k = 0; k < 2; k++) {
            double matrix[MOTION_MATRIX_CELLS];
            motion_step(two.kind[k], &one[k], two.dt_s[k], matrix);
            for (int i = 0; i < 6; i++) {
                assert_near(two.x[i][k], one[k].x[i], 1e-8);
                for (int j = 0; j < MOTION_MATRIX_DIM; j++) {
                    assert_near(two.columns[i][j][k], matrix[MOTION_MATRIX_DIM * i + j], 1e-9);
                }
            }
        }
    }
}

/* Against the geodetic height, and its change over a second. */
static void height_is_the_geodetic_one(void **state)
{
    (void)state;
    for (double lat = -1.5; lat < 1.6; lat += 0.1) {
        for (double height_m = 0.0; height_m < 7e6; height_m = 2.0 * height_m + 1e3) {
            const struct geo_geodetic at = {lat, 0.7, height_m};
            const struct geo_ecef p = ellipsoid_to_ecef(at);
            struct motion_state s = {{p.x_m, p.y_m, p.z_m, 10.0, -20.0, 30.0}};
            struct geo_geodetic after;
            double rate_mps;
            const double told_m = motion_height_m(&s, &rate_mps);
            assert_near(told_m, height_m, height_m < 200e3 ? 0.01 : 0.1);
            assert_int_equal(
                ellipsoid_from_ecef((struct geo_ecef){p.x_m + 10.0, p.y_m - 20.0, p.z_m + 30.0},
                                    &after),
                OK);
            assert_near(rate_mps, after.height_m - height_m, 0.01);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(jacobians_are_the_derivatives),
        cmocka_unit_test(transitions_are_the_derivatives),
        cmocka_unit_test(transition_over_many_steps_is_the_product),
        cmocka_unit_test(two_at_once_are_two),
        cmocka_unit_test(no_time_is_no_change),
        cmocka_unit_test(what_goes_forward_comes_back),
        cmocka_unit_test(a_day_in_orbit_meets_gmat),
        cmocka_unit_test(jacobis_integral_stays),
        cmocka_unit_test(free_flight_meets_bate_mueller_white),
        cmocka_unit_test(free_flight_scales),
        cmocka_unit_test(drag_is_that_of_the_atmosphere),
        cmocka_unit_test(there_is_no_drag_in_space),
        cmocka_unit_test(thrust_lies_along_the_velocity_or_upward),
        cmocka_unit_test(columns_are_carried_as_the_matrix_is),
        cmocka_unit_test(two_are_carried_as_one_is),
        cmocka_unit_test(height_is_the_geodetic_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
