/* The motions of two objects at once. The formulas are those of motion.c; what the lanes do not
 * share is looked up one by one: the density of the air, and whether a motor or the air acts. */
#include <assert.h>
#include <stdbool.h>

#include "base/elementary.h"
#include "geo/ellipsoid.h"
#include "physics/atmosphere.h"
#include "physics/gravity.h"
#include "physics/motion.h"

#define E2 (ELLIPSOID_F * (2.0 - ELLIPSOID_F))
#define EP2 (E2 / (1.0 - E2))
/* Slower than this an object has no direction along which a motor could push. */
#define SPEED_MIN_MPS 1.0
/* Added to a speed's square: too little to be seen, and nothing is divided by 0. */
#define LEAST 1e-300

/* The stages of the classical method, as in motion.c. */
static const double STAGE_AT[4] = {0.0, 0.5, 0.5, 1.0};
static const double STAGE_WEIGHT[4] = {1.0 / 6.0, 1.0 / 3.0, 1.0 / 3.0, 1.0 / 6.0};

/* By the distance beyond the ellipsoid along the radius from the centre, corrected to second order
 * for the angle between that radius and the normal: far cheaper than a geodetic latitude. */
static inline pair height_and_normal(const pair p[3], pair radius_m, pair normal[3])
{
    const pair inverse_r = 1.0 / radius_m;
    const pair sin_lat = p[2] * inverse_r;
    const pair s2 = sin_lat * sin_lat;
    /* The ellipsoid's radius a / sqrt(1 + q) and its derivative by s2, as binomial series. */
    const pair q = EP2 * s2;
    const pair ellipsoid_m =
        ELLIPSOID_A_M *
        (1.0 + q * (-1.0 / 2.0 + q * (3.0 / 8.0 + q * (-5.0 / 16.0 + q * (35.0 / 128.0)))));
    const pair slope_m =
        ELLIPSOID_A_M * EP2 * (-1.0 / 2.0 + q * (3.0 / 4.0 + q * (-15.0 / 16.0 + q * 35.0 / 32.0)));
    const pair beyond_m = radius_m - ellipsoid_m;
    const pair ratio = ellipsoid_m * inverse_r;
    const pair tilt2_half = 2.0 * ELLIPSOID_F * ELLIPSOID_F * s2 * (1.0 - s2);
    const pair radial =
        (1.0 - tilt2_half * ratio * ratio + 2.0 * slope_m * s2 * inverse_r) * inverse_r;
    normal[0] = radial * p[0];
    normal[1] = radial * p[1];
    normal[2] = radial * p[2] - 2.0 * slope_m * sin_lat * inverse_r;
    return beyond_m * (1.0 - tilt2_half * ratio);
}

pair motion_height_two(const pair position_m[3], pair radius_m, pair normal[3])
{
    return height_and_normal(position_m, radius_m, normal);
}

/* Derivatives of the accelerations: three rows by position, velocity and the constant. */
struct slopes {
    pair by[3][MOTION_MATRIX_DIM];
};

struct rates {
    pair acceleration[3];
    struct slopes slopes;
};

/* What a motor or the air adds: along * v. By velocity its derivative is
 * along * (unit matrix) + outer * v v', by position v steep', by the constant share * v. */
struct push {
    pair along;
    pair outer;
    pair share;
    pair steep[3];
};

/* Each lane of `yes` or of `no`. */
static inline pair choose(bool first, bool second, pair yes, pair no)
{
    return (pair){first ? yes[0] : no[0], second ? yes[1] : no[1]};
}

static inline bool in_air(enum motion_kind kind, double radius_m)
{
    return kind == MOTION_REENTRY && radius_m <= MOTION_AIR_RADIUS_M;
}

static inline void push_by_air(const enum motion_kind kind[2], const pair place[3], pair radius_m,
                               pair speed, pair per_speed, pair inverse_beta, struct push *out)
{
    const pair none = {0.0, 0.0};
    const bool a = in_air(kind[0], radius_m[0]);
    const bool b = in_air(kind[1], radius_m[1]);
    if (!a && !b) {
        memset(out, 0, sizeof *out);
        return;
    }
    pair normal[3];
    pair by_height;
    const pair height_m = height_and_normal(place, radius_m, normal);
    pair density;
    if (a && b) {
        density = atmosphere_density_two(height_m, &by_height);
    } else {
        double slope;
        density = choose(a, b, pair_same(atmosphere_density(height_m[b], &slope)), none);
        by_height = choose(a, b, pair_same(slope), none);
    }
    const pair factor = 0.5 * inverse_beta * density;
    const pair steep = -0.5 * inverse_beta * by_height * speed;
    out->along = -factor * speed;
    out->outer = -factor * per_speed;
    out->share = factor * speed;
    for (int i = 0; i < 3; i++) {
        out->steep[i] = steep * normal[i];
    }
}

static inline void find_push(const enum motion_kind kind[2], const pair x[6], pair radius_m,
                             pair speed, pair constant, struct push *out)
{
    const pair per_speed = 1.0 / speed;
    const bool a = kind[0] == MOTION_BOOST;
    const bool b = kind[1] == MOTION_BOOST;
    push_by_air(kind, x, radius_m, speed, per_speed, constant, out);
    if (a || b) {
        const pair along = constant * per_speed;
        out->along = choose(a, b, along, out->along);
        out->outer = choose(a, b, -constant * per_speed * per_speed * per_speed, out->outer);
        out->share = choose(a, b, per_speed, out->share);
    }
}

static inline pair speed_of(const pair x[6])
{
    return pair_sqrt(x[3] * x[3] + x[4] * x[4] + x[5] * x[5] + LEAST);
}

/* Without slopes those in `out` are left as they are. */
static inline void accelerate(const enum motion_kind kind[2], const pair x[6], pair speed,
                              pair constant, bool with_slopes, struct rates *out)
{
    const double w = EARTH_RATE_RADPS;
    const pair radius_m = pair_sqrt(x[0] * x[0] + x[1] * x[1] + x[2] * x[2]);
    struct push p;
    pair gradient[9];
    pair(*by)[MOTION_MATRIX_DIM] = out->slopes.by;
    find_push(kind, x, radius_m, speed, constant, &p);
    gravity_acceleration_two(x, out->acceleration, with_slopes ? gradient : NULL);
    out->acceleration[0] += w * w * x[0] + 2.0 * w * x[4];
    out->acceleration[1] += w * w * x[1] - 2.0 * w * x[3];
    for (int i = 0; i < 3; i++) {
        out->acceleration[i] += p.along * x[3 + i];
    }
    for (int i = 0; i < 3 && with_slopes; i++) {
        const pair v = x[3 + i];
        for (int j = 0; j < 3; j++) {
            by[i][j] = gradient[3 * i + j] + v * p.steep[j];
            by[i][3 + j] = p.outer * v * x[3 + j];
        }
        by[i][3 + i] += p.along;
        by[i][6] = p.share * v;
    }
    if (with_slopes) {
        by[0][0] += w * w;
        by[1][1] += w * w;
        by[0][4] += 2.0 * w;
        by[1][3] -= 2.0 * w;
    }
}

/* Those by the start, of a stage, from those of the stages before: with t the stage's time, the
 * velocity's derivative there is t times the last one's beyond the identity, and the position's
 * that of straight motion and `bend` times the last but one's. */
static void find_slopes(const struct slopes *here, double t, double bend,
                        const struct slopes *before, const struct slopes *last, struct slopes *out)
{
    for (int i = 0; i < 3; i++) {
        const pair *by = here->by[i];
        const pair v[3] = {t * by[3], t * by[4], t * by[5]};
        for (int j = 0; j < MOTION_MATRIX_DIM; j++) {
            const pair straight = j >= 3 && j < 6 ? by[j] + t * by[j - 3] : by[j];
            out->by[i][j] =
                straight + v[0] * last->by[0][j] + v[1] * last->by[1][j] + v[2] * last->by[2][j];
        }
        if (before == NULL) {
            continue;
        }
        const pair p[3] = {bend * by[0], bend * by[1], bend * by[2]};
        for (int j = 0; j < MOTION_MATRIX_DIM; j++) {
            out->by[i][j] +=
                p[0] * before->by[0][j] + p[1] * before->by[1][j] + p[2] * before->by[2][j];
        }
    }
}

/* The variational equation's step from the identity. Its rows of the position are integrals of
 * those of the velocity, so the slopes of the four stages say it all. */
static void sum_slopes(const struct slopes *const s[4], double h,
                       pair transition[6][MOTION_MATRIX_DIM])
{
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < MOTION_MATRIX_DIM; j++) {
            const pair middle = s[1]->by[i][j] + s[2]->by[i][j];
            transition[i][j] = h * h / 6.0 * (s[0]->by[i][j] + middle);
            transition[3 + i][j] = h / 6.0 * (s[0]->by[i][j] + 2.0 * middle + s[3]->by[i][j]);
        }
        transition[i][i] += 1.0;
        transition[i][3 + i] += h;
        transition[3 + i][3 + i] += 1.0;
    }
}

bool motion_step_two(const enum motion_kind kind[2], pair x[6], const double constant[2],
                     double dt_s, pair transition[6][MOTION_MATRIX_DIM])
{
    static const double BEND[4] = {0.0, 0.0, 0.25, 0.5};
    struct rates r[4];
    struct slopes later[4];
    const struct slopes *slopes[4] = {&r[0].slopes, &later[1], &later[2], &later[3]};
    pair sum[6] = {{0}};
    pair rate[6] = {{0}};
    for (int stage = 0; stage < 4; stage++) {
        const double t = STAGE_AT[stage] * dt_s;
        pair at[6];
        for (int i = 0; i < 6; i++) {
            at[i] = x[i] + t * rate[i];
        }
        const pair speed = speed_of(at);
        if (!(speed[0] >= SPEED_MIN_MPS && speed[1] >= SPEED_MIN_MPS)) {
            return false;
        }
        accelerate(kind, at, speed, pair_load(constant), true, &r[stage]);
        for (int i = 0; i < 3; i++) {
            rate[i] = at[3 + i];
            rate[3 + i] = r[stage].acceleration[i];
        }
        for (int i = 0; i < 6; i++) {
            sum[i] += STAGE_WEIGHT[stage] * rate[i];
        }
        if (stage > 0) {
            find_slopes(&r[stage].slopes, t, BEND[stage] * dt_s * dt_s,
                        stage > 1 ? slopes[stage - 2] : NULL, slopes[stage - 1], &later[stage]);
        }
    }
    for (int i = 0; i < 6; i++) {
        x[i] += dt_s * sum[i];
    }
    sum_slopes(slopes, dt_s, transition);
    return true;
}

/* The rate of a deviation's velocity; it may be of the constant too. */
static inline void deviate(const struct slopes *slopes, const pair p[3], const pair v[3],
                           bool of_constant, pair out[3])
{
    for (int i = 0; i < 3; i++) {
        const pair *by = slopes->by[i];
        out[i] = (by[0] * p[0] + by[1] * p[1] + by[2] * p[2]) +
                 (by[3] * v[0] + by[4] * v[1] + by[5] * v[2]);
        if (of_constant) {
            out[i] += by[6];
        }
    }
}

static inline void advance(const pair start[3], pair dt_s, const pair rate[3], pair out[3])
{
    for (int i = 0; i < 3; i++) {
        out[i] = start[i] + dt_s * rate[i];
    }
}

/* One step of the variational equation, from the derivatives at the four stages. */
static inline void carry_column(const struct rates r[4], pair h, pair columns[6][MOTION_MATRIX_DIM],
                                int j, bool of_constant)
{
    const pair half = 0.5 * h;
    const pair p[3] = {columns[0][j], columns[1][j], columns[2][j]};
    const pair v[3] = {columns[3][j], columns[4][j], columns[5][j]};
    pair rate[4][3];
    pair p_at[3];
    pair v_at[3][3];
    deviate(&r[0].slopes, p, v, of_constant, rate[0]);
    advance(p, half, v, p_at);
    advance(v, half, rate[0], v_at[0]);
    deviate(&r[1].slopes, p_at, v_at[0], of_constant, rate[1]);
    advance(p, half, v_at[0], p_at);
    advance(v, half, rate[1], v_at[1]);
    deviate(&r[2].slopes, p_at, v_at[1], of_constant, rate[2]);
    advance(p, h, v_at[1], p_at);
    advance(v, h, rate[2], v_at[2]);
    deviate(&r[3].slopes, p_at, v_at[2], of_constant, rate[3]);
    /* The position's rate is the velocity, so the velocity's four rates say it all. */
    for (int i = 0; i < 3; i++) {
        const pair three = rate[0][i] + rate[1][i] + rate[2][i];
        columns[i][j] = p[i] + h * (v[i] + h * (1.0 / 6.0) * three);
        columns[3 + i][j] = v[i] + h * (1.0 / 6.0) * (three + rate[1][i] + rate[2][i] + rate[3][i]);
    }
}

/* All objects' stages take turns: those of one object wait for each other, those of two do not. */
static inline void carry_states(struct motion_two *const two[], int count, bool with_slopes,
                                struct rates r[MOTION_TWOS_MAX][4])
{
    pair sum[MOTION_TWOS_MAX][6] = {{{0}}};
    pair rate[MOTION_TWOS_MAX][6] = {{{0}}};
    for (int stage = 0; stage < 4; stage++) {
        for (int k = 0; k < count; k++) {
            const pair t = STAGE_AT[stage] * two[k]->dt_s;
            pair at[6];
            for (int i = 0; i < 6; i++) {
                at[i] = two[k]->x[i] + t * rate[k][i];
            }
            accelerate(two[k]->kind, at, speed_of(at), two[k]->constant, with_slopes, &r[k][stage]);
            for (int i = 0; i < 3; i++) {
                rate[k][i] = at[3 + i];
                rate[k][3 + i] = r[k][stage].acceleration[i];
            }
            for (int i = 0; i < 6; i++) {
                sum[k][i] += STAGE_WEIGHT[stage] * rate[k][i];
            }
        }
    }
    for (int k = 0; k < count; k++) {
        for (int i = 0; i < 6; i++) {
            two[k]->x[i] += two[k]->dt_s * sum[k][i];
        }
    }
}

void motion_carry_twos(struct motion_two *const two[], int count)
{
    struct rates r[MOTION_TWOS_MAX][4];
    bool with_slopes = false;
    assert(count <= MOTION_TWOS_MAX);
    for (int k = 0; k < count; k++) {
        with_slopes |= two[k]->first < MOTION_MATRIX_DIM;
    }
    if (!with_slopes) {
        carry_states(two, count, false, r);
        return;
    }
    carry_states(two, count, true, r);
    for (int k = 0; k < count; k++) {
        for (int j = two[k]->first; j < MOTION_MATRIX_DIM - 1; j++) {
            carry_column(r[k], two[k]->dt_s, two[k]->columns, j, false);
        }
        if (two[k]->first < MOTION_MATRIX_DIM) {
            carry_column(r[k], two[k]->dt_s, two[k]->columns, MOTION_MATRIX_DIM - 1, true);
        }
    }
}
