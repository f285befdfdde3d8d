/* The three motions, and their Runge-Kutta steps.
 *
 * Position p and velocity v obey p' = v, v' = f(p, v, c), where the constant c is the thrust
 * acceleration (boost) or the logarithm of the ballistic coefficient (re-entry). So the transition
 * matrix has at most seven columns that change: six for p and v, one for c. The matrix is carried as
 * its upper six rows, and its variational equation is split in the same way:
 *
 *   M_p' = M_v
 *   M_v' = F_p M_p + F_v M_v + (F_c in the seventh column)
 *
 * A run over many steps hands the matrix of one step to the next; nothing is multiplied together. */
#include "physics/motion.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "base/elementary.h"
#include "geo/ellipsoid.h"
#include "physics/atmosphere.h"
#include "physics/gravity.h"

#define FLATTENED (1.0 - ELLIPSOID_F)
#define E2 (ELLIPSOID_F * (2.0 - ELLIPSOID_F))
/* Below this speed thrust points up: a missile on its pad has no direction of flight yet. */
#define BOOST_SPEED_MIN_MPS 1.0
/* No air beyond this distance from the centre, wherever on the ellipsoid: 200 km over the equator. */
#define AIR_RADIUS_M (ELLIPSOID_A_M + 200e3)

enum { COLUMNS_COAST = 6, COLUMNS_MAX = 7 };

/* Partial derivatives of the acceleration: by position and velocity (3 x 3), by the constant. */
struct partials {
    double position[9];
    double velocity[9];
    double constant[3];
};

/* The upper six rows of a transition matrix. */
struct sensitivity {
    double m[6][COLUMNS_MAX];
};

static void add_rotation(const double x[6], double a[3], struct partials *d)
{
    const double w = EARTH_RATE_RADPS;
    a[0] += w * w * x[0] + 2.0 * w * x[4];
    a[1] += w * w * x[1] - 2.0 * w * x[3];
    if (d == NULL) {
        return;
    }
    d->position[0] += w * w;
    d->position[4] += w * w;
    memset(d->velocity, 0, sizeof d->velocity);
    d->velocity[1] = 2.0 * w;
    d->velocity[3] = -2.0 * w;
}

/* Thrust on the pad: along the vertical, the normal of the ellipsoid that is similar to WGS 84. */
static void add_vertical_thrust(const double x[6], double thrust_mps2, double a[3],
                                struct partials *d)
{
    const double scale[3] = {1.0, 1.0, 1.0 / (1.0 - E2)};
    const double w[3] = {x[0], x[1], x[2] * scale[2]};
    const double inverse = 1.0 / sqrt(w[0] * w[0] + w[1] * w[1] + w[2] * w[2]);
    for (int i = 0; i < 3; i++) {
        const double up_i = w[i] * inverse;
        a[i] += thrust_mps2 * up_i;
        if (d == NULL) {
            continue;
        }
        d->constant[i] = up_i;
        for (int j = 0; j < 3; j++) {
            const double projector = (i == j ? 1.0 : 0.0) - up_i * w[j] * inverse;
            d->position[3 * i + j] += thrust_mps2 * projector * inverse * scale[j];
        }
    }
}

static void add_thrust(const double x[6], double thrust_mps2, double a[3], struct partials *d)
{
    const double *v = x + 3;
    const double speed_squared = v[0] * v[0] + v[1] * v[1] + v[2] * v[2];
    if (speed_squared < BOOST_SPEED_MIN_MPS * BOOST_SPEED_MIN_MPS) {
        add_vertical_thrust(x, thrust_mps2, a, d);
        return;
    }
    const double inverse = 1.0 / sqrt(speed_squared);
    for (int i = 0; i < 3; i++) {
        const double along_i = v[i] * inverse;
        a[i] += thrust_mps2 * along_i;
        if (d == NULL) {
            continue;
        }
        d->constant[i] = along_i;
        for (int j = 0; j < 3; j++) {
            const double projector = (i == j ? 1.0 : 0.0) - along_i * v[j] * inverse;
            d->velocity[3 * i + j] += thrust_mps2 * projector * inverse;
        }
    }
}

/* Height over the ellipsoid and its gradient, the unit normal, without a trigonometric function.
 * One step of Bowring's iteration: wrong by less than a millimetre below 1000 km.
 * Source: Bowring (1976), Survey Review 23(181), 323-327. */
static double height_and_normal(const double p[3], double normal[3])
{
    const double axis_m = sqrt(p[0] * p[0] + p[1] * p[1]);
    const double u_c = axis_m * FLATTENED;
    const double u_inverse = 1.0 / sqrt(u_c * u_c + p[2] * p[2]);
    const double s = p[2] * u_inverse;
    const double c = u_c * u_inverse;
    const double polar_m = p[2] + E2 / FLATTENED * ELLIPSOID_A_M * s * s * s;
    const double equatorial_m = axis_m - E2 * ELLIPSOID_A_M * c * c * c;
    const double inverse = 1.0 / sqrt(polar_m * polar_m + equatorial_m * equatorial_m);
    const double sin_lat = polar_m * inverse;
    const double cos_lat = equatorial_m * inverse;
    const double outward = axis_m > 0.0 ? cos_lat / axis_m : 0.0;
    normal[0] = outward * p[0];
    normal[1] = outward * p[1];
    normal[2] = sin_lat;
    return axis_m * cos_lat + p[2] * sin_lat - ELLIPSOID_A_M * sqrt(1.0 - E2 * sin_lat * sin_lat);
}

/* `inverse_beta` is 1 / ballistic coefficient, m²/kg. */
static void add_drag(const double x[6], double inverse_beta, double a[3], struct partials *d)
{
    if (d != NULL) {
        memset(d->constant, 0, sizeof d->constant);
    }
    if (x[0] * x[0] + x[1] * x[1] + x[2] * x[2] > AIR_RADIUS_M * AIR_RADIUS_M) {
        return;
    }
    double normal[3];
    double slope = 0.0;
    const double density = atmosphere_density(height_and_normal(x, normal), &slope);
    const double *v = x + 3;
    const double speed = sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
    const double factor = 0.5 * inverse_beta * density;
    for (int i = 0; i < 3; i++) {
        a[i] -= factor * speed * v[i];
    }
    if (d == NULL) {
        return;
    }
    const double inverse_speed = speed > 0.0 ? 1.0 / speed : 0.0;
    for (int i = 0; i < 3; i++) {
        d->constant[i] = factor * speed * v[i];
        for (int j = 0; j < 3; j++) {
            d->position[3 * i + j] -= 0.5 * inverse_beta * slope * speed * v[i] * normal[j];
            d->velocity[3 * i + j] -= factor * v[i] * v[j] * inverse_speed;
        }
        d->velocity[4 * i] -= factor * speed;
    }
}

/* The acceleration in a kind of motion; `constant` is the thrust in boost, 1 / ballistic coefficient
 * in re-entry. d may be NULL; d->constant is set only where the kind has a constant. */
static inline void accelerate(enum motion_kind kind, const double x[6], double constant,
                              double a[3], struct partials *d)
{
    gravity_acceleration(x, a, d != NULL ? d->position : NULL);
    add_rotation(x, a, d);
    if (kind == MOTION_BOOST) {
        add_thrust(x, constant, a, d);
    } else if (kind == MOTION_REENTRY) {
        add_drag(x, constant, a, d);
    }
}

static double constant_of(enum motion_kind kind, const struct motion_state *s)
{
    switch (kind) {
    case MOTION_BOOST:
        return s->x[MOTION_THRUST];
    case MOTION_REENTRY:
        return elementary_exp(-s->x[MOTION_LN_BETA]);
    case MOTION_COAST:
        break;
    }
    return 0.0;
}

static int constant_column(enum motion_kind kind)
{
    return kind == MOTION_BOOST ? MOTION_THRUST : MOTION_LN_BETA;
}

void motion_derivative(enum motion_kind kind, const struct motion_state *s,
                       double derivative[MOTION_DIM], double jacobian[MOTION_DIM * MOTION_DIM])
{
    struct partials d;
    double a[3];
    accelerate(kind, s->x, constant_of(kind, s), a, jacobian != NULL ? &d : NULL);
    for (int i = 0; i < 3; i++) {
        derivative[i] = s->x[3 + i];
        derivative[3 + i] = a[i];
    }
    derivative[MOTION_THRUST] = 0.0;
    derivative[MOTION_LN_BETA] = 0.0;
    if (jacobian == NULL) {
        return;
    }
    memset(jacobian, 0, sizeof(double) * MOTION_DIM * MOTION_DIM);
    for (int i = 0; i < 3; i++) {
        double *row = jacobian + MOTION_DIM * (3 + i);
        jacobian[MOTION_DIM * i + 3 + i] = 1.0;
        for (int j = 0; j < 3; j++) {
            row[j] = d.position[3 * i + j];
            row[3 + j] = d.velocity[3 * i + j];
        }
        if (kind != MOTION_COAST) {
            row[constant_column(kind)] = d.constant[i];
        }
    }
}

/* The rate of the transition matrix in coast, where velocity acts by Coriolis alone. */
static void rate_in_coast(const struct partials *d, const struct sensitivity *s,
                          struct sensitivity *rate)
{
    const double w2 = 2.0 * EARTH_RATE_RADPS;
    const double *g = d->position;
    for (int j = 0; j < COLUMNS_COAST; j++) {
        rate->m[0][j] = s->m[3][j];
        rate->m[1][j] = s->m[4][j];
        rate->m[2][j] = s->m[5][j];
        rate->m[3][j] = g[0] * s->m[0][j] + g[1] * s->m[1][j] + g[2] * s->m[2][j] + w2 * s->m[4][j];
        rate->m[4][j] = g[3] * s->m[0][j] + g[4] * s->m[1][j] + g[5] * s->m[2][j] - w2 * s->m[3][j];
        rate->m[5][j] = g[6] * s->m[0][j] + g[7] * s->m[1][j] + g[8] * s->m[2][j];
    }
}

static void rate_in_general(const struct partials *d, const struct sensitivity *s,
                            struct sensitivity *rate)
{
    for (int i = 0; i < 3; i++) {
        const double *p = d->position + 3 * i;
        const double *v = d->velocity + 3 * i;
        for (int j = 0; j < COLUMNS_MAX; j++) {
            rate->m[i][j] = s->m[3 + i][j];
            rate->m[3 + i][j] = p[0] * s->m[0][j] + p[1] * s->m[1][j] + p[2] * s->m[2][j] +
                                v[0] * s->m[3][j] + v[1] * s->m[4][j] + v[2] * s->m[5][j];
        }
        rate->m[3 + i][COLUMNS_MAX - 1] += d->constant[i];
    }
}

/* out = base + h * rate, over the columns that the kind of motion moves. */
static inline void sensitivity_along(const struct sensitivity *base, double h,
                                     const struct sensitivity *rate, int columns,
                                     struct sensitivity *out)
{
    for (int i = 0; i < 6; i++) {
        for (int j = 0; j < columns; j++) {
            out->m[i][j] = base->m[i][j] + h * rate->m[i][j];
        }
    }
}

/* Weights of the classical method: where each stage stands, and what it counts for. */
static const double STAGE_AT[4] = {0.0, 0.5, 0.5, 1.0};
static const double STAGE_WEIGHT[4] = {1.0 / 6.0, 1.0 / 3.0, 1.0 / 3.0, 1.0 / 6.0};

static inline void step_state(enum motion_kind kind, double x[6], double constant, double h)
{
    double sum[6] = {0};
    double rate[6] = {0};
    for (int stage = 0; stage < 4; stage++) {
        double at[6];
        for (int i = 0; i < 6; i++) {
            at[i] = x[i] + STAGE_AT[stage] * h * rate[i];
        }
        memcpy(rate, at + 3, sizeof(double) * 3);
        accelerate(kind, at, constant, rate + 3, NULL);
        for (int i = 0; i < 6; i++) {
            sum[i] += STAGE_WEIGHT[stage] * rate[i];
        }
    }
    for (int i = 0; i < 6; i++) {
        x[i] += h * sum[i];
    }
}

static inline void step_both(enum motion_kind kind, double x[6], double constant, double h,
                             int columns, struct sensitivity *m)
{
    double sum[6] = {0};
    double rate[6] = {0};
    const struct sensitivity before = *m;
    struct sensitivity m_rate = {{{0}}};
    for (int stage = 0; stage < 4; stage++) {
        double at[6];
        struct sensitivity m_at;
        struct partials d;
        for (int i = 0; i < 6; i++) {
            at[i] = x[i] + STAGE_AT[stage] * h * rate[i];
        }
        sensitivity_along(&before, STAGE_AT[stage] * h, &m_rate, columns, &m_at);
        memcpy(rate, at + 3, sizeof(double) * 3);
        accelerate(kind, at, constant, rate + 3, &d);
        if (columns == COLUMNS_COAST) {
            rate_in_coast(&d, &m_at, &m_rate);
        } else {
            rate_in_general(&d, &m_at, &m_rate);
        }
        sensitivity_along(m, STAGE_WEIGHT[stage] * h, &m_rate, columns, m);
        for (int i = 0; i < 6; i++) {
            sum[i] += STAGE_WEIGHT[stage] * rate[i];
        }
    }
    for (int i = 0; i < 6; i++) {
        x[i] += h * sum[i];
    }
}

static void run_state(enum motion_kind kind, double x[6], double constant, double h, int steps)
{
    for (int i = 0; i < steps; i++) {
        if (kind == MOTION_COAST) {
            step_state(MOTION_COAST, x, 0.0, h);
        } else {
            step_state(kind, x, constant, h);
        }
    }
}

static void run_both(enum motion_kind kind, double x[6], double constant, double h, int steps,
                     double transition[MOTION_DIM * MOTION_DIM])
{
    struct sensitivity m = {{{0}}};
    for (int i = 0; i < 6; i++) {
        m.m[i][i] = 1.0;
    }
    for (int i = 0; i < steps; i++) {
        if (kind == MOTION_COAST) {
            step_both(MOTION_COAST, x, 0.0, h, COLUMNS_COAST, &m);
        } else {
            step_both(kind, x, constant, h, COLUMNS_MAX, &m);
        }
    }
    memset(transition, 0, sizeof(double) * MOTION_DIM * MOTION_DIM);
    for (int i = 0; i < 6; i++) {
        memcpy(transition + MOTION_DIM * i, m.m[i], sizeof(double) * 6);
        if (kind != MOTION_COAST) {
            transition[MOTION_DIM * i + constant_column(kind)] = m.m[i][COLUMNS_MAX - 1];
        }
    }
    transition[MOTION_DIM * MOTION_THRUST + MOTION_THRUST] = 1.0;
    transition[MOTION_DIM * MOTION_LN_BETA + MOTION_LN_BETA] = 1.0;
}

static void run(enum motion_kind kind, struct motion_state *s, double h, int steps,
                double *transition)
{
    const double constant = constant_of(kind, s);
    if (transition == NULL) {
        run_state(kind, s->x, constant, h, steps);
    } else {
        run_both(kind, s->x, constant, h, steps, transition);
    }
}

void motion_step(enum motion_kind kind, struct motion_state *s, double dt_s,
                 double transition[MOTION_DIM * MOTION_DIM])
{
    run(kind, s, dt_s, 1, transition);
}

void motion_propagate(enum motion_kind kind, struct motion_state *s, double dt_s, double step_s_max,
                      double transition[MOTION_DIM * MOTION_DIM])
{
    assert(step_s_max > 0.0);
    const double steps = -elementary_floor(-fabs(dt_s) / step_s_max);
    assert(steps < 1e9);
    const int count = steps < 1.0 ? 1 : (int)steps;
    run(kind, s, dt_s / (double)count, count, transition);
}
