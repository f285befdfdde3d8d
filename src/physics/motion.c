/* The three motions, and their Runge-Kutta steps.
 *
 * Position p and velocity v obey p' = v, v' = f(p, v, c), where the constant c is the thrust
 * acceleration (boost) or the logarithm of the ballistic coefficient (re-entry). So the
 * transition matrix has at most seven columns that differ from the identity: six for p and v,
 * one for c. Each column (m_p, m_v, m_c) obeys the variational equation
 *
 *   m_p' = m_v,  m_v' = F_p m_p + F_v m_v + F_c m_c,  m_c' = 0
 *
 * A run over many steps hands the matrix of one step to the next; no matrices are multiplied. */
#include "physics/motion.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "base/elementary.h"
#include "base/vector.h"
#include "geo/ellipsoid.h"
#include "physics/atmosphere.h"
#include "physics/gravity.h"

#define E2 (ELLIPSOID_F * (2.0 - ELLIPSOID_F))
/* Below this speed thrust points up: a missile on its pad has no direction of flight yet. */
#define BOOST_SPEED_MIN_MPS 1.0

enum { PAIRS_COAST = 3, PAIRS_MAX = 4 };

/* Partial derivatives of the acceleration: by position and velocity (3 x 3), by the constant. */
struct partials {
    double position[9];
    double velocity[9];
    double constant[3];
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
    const double inverse = 1.0 / vector_length(w);
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

static double height_and_normal(const double p[3], double radius_m, double normal[3])
{
    const pair place[3] = {pair_same(p[0]), pair_same(p[1]), pair_same(p[2])};
    pair up[3];
    const pair height_m = motion_height_two(place, pair_same(radius_m), up);
    for (int i = 0; i < 3; i++) {
        normal[i] = up[i][0];
    }
    return height_m[0];
}

/* `inverse_beta` is 1 / ballistic coefficient, m²/kg. */
static void add_drag(const double x[6], double inverse_beta, double a[3], struct partials *d)
{
    if (d != NULL) {
        memset(d->constant, 0, sizeof d->constant);
    }
    const double r2 = x[0] * x[0] + x[1] * x[1] + x[2] * x[2];
    if (r2 > MOTION_AIR_RADIUS_M * MOTION_AIR_RADIUS_M) {
        return;
    }
    double normal[3];
    double slope = 0.0;
    const double r = sqrt(r2);
    const double height_m = height_and_normal(x, r, normal);
    const double density = atmosphere_density(height_m, &slope);
    const double *v = x + 3;
    const double speed = vector_length(v);
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

/* The acceleration in a kind of motion; `constant` is the thrust in boost, 1 / ballistic
 * coefficient in re-entry. d may be NULL; d->constant is set only where the kind has a constant. */
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

double motion_constant(enum motion_kind kind, double number)
{
    switch (kind) {
    case MOTION_BOOST:
        return number;
    case MOTION_REENTRY:
        return elementary_exp(-number);
    case MOTION_COAST:
        break;
    }
    return 0.0;
}

static int constant_column(enum motion_kind kind)
{
    return kind == MOTION_BOOST ? MOTION_THRUST : MOTION_LN_BETA;
}

static double constant_of(enum motion_kind kind, const struct motion_state *s)
{
    return motion_constant(kind, s->x[constant_column(kind)]);
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

/* The stages of the classical method: where each stands, and what it counts for. */
static const double STAGE_AT[4] = {0.0, 0.5, 0.5, 1.0};
static const double STAGE_WEIGHT[4] = {1.0 / 6.0, 1.0 / 3.0, 1.0 / 3.0, 1.0 / 6.0};

static const double STAGE_NEXT[4] = {0.5, 0.5, 1.0, 0.0};

/* One step of the variational equation for two columns. In coast only velocity's Coriolis part
 * acts, and there is no constant. Columns and not rows, because two columns are a little
 * trajectory of their own that fits into the registers. */
static inline void step_pair(enum motion_kind kind, const struct partials d[4], double h,
                             struct motion_columns *columns, int j)
{
    const double w2 = 2.0 * EARTH_RATE_RADPS;
    pair start[6];
    pair at[6];
    pair sum[6];
    for (int i = 0; i < 6; i++) {
        start[i] = pair_load(&columns->m[i][2 * j]);
        at[i] = start[i];
        sum[i] = start[i];
    }
    const pair own = pair_load(&columns->m[6][2 * j]);
    for (int stage = 0; stage < 4; stage++) {
        const double *p = d[stage].position;
        const double *v = d[stage].velocity;
        const double *c = d[stage].constant;
        pair rate[6] = {at[3], at[4], at[5]};
        for (int i = 0; i < 3; i++) {
            rate[3 + i] = p[3 * i] * at[0] + p[3 * i + 1] * at[1] + p[3 * i + 2] * at[2];
            if (kind != MOTION_COAST) {
                rate[3 + i] +=
                    v[3 * i] * at[3] + v[3 * i + 1] * at[4] + v[3 * i + 2] * at[5] + c[i] * own;
            }
        }
        if (kind == MOTION_COAST) {
            rate[3] += w2 * at[4];
            rate[4] -= w2 * at[3];
        }
        for (int i = 0; i < 6; i++) {
            sum[i] += STAGE_WEIGHT[stage] * h * rate[i];
            at[i] = start[i] + STAGE_NEXT[stage] * h * rate[i];
        }
    }
    for (int i = 0; i < 6; i++) {
        memcpy(&columns->m[i][2 * j], &sum[i], sizeof sum[i]);
    }
}

/* One step of the state; the partial derivatives of each stage go to d unless it is NULL. */
static inline void step_state(enum motion_kind kind, double x[6], double constant, double h,
                              struct partials *d)
{
    double sum[6] = {0};
    double rate[6] = {0};
    for (int stage = 0; stage < 4; stage++) {
        double at[6];
        for (int i = 0; i < 6; i++) {
            at[i] = x[i] + STAGE_AT[stage] * h * rate[i];
        }
        for (int i = 0; i < 3; i++) {
            rate[i] = at[3 + i];
        }
        accelerate(kind, at, constant, rate + 3, d != NULL ? d + stage : NULL);
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
            step_state(MOTION_COAST, x, 0.0, h, NULL);
        } else {
            step_state(kind, x, constant, h, NULL);
        }
    }
}

static void run_both(enum motion_kind kind, double x[6], double constant, double h, int steps,
                     double transition[MOTION_MATRIX_CELLS])
{
    struct motion_columns m;
    memset(&m, 0, sizeof m);
    for (int i = 0; i < 7; i++) {
        m.m[i][i] = 1.0;
    }
    struct partials d[4];
    for (int i = 0; i < steps; i++) {
        if (kind == MOTION_COAST) {
            step_state(MOTION_COAST, x, 0.0, h, d);
            for (int j = 0; j < PAIRS_COAST; j++) {
                step_pair(MOTION_COAST, d, h, &m, j);
            }
        } else {
            step_state(kind, x, constant, h, d);
            for (int j = 0; j < PAIRS_MAX; j++) {
                step_pair(kind, d, h, &m, j);
            }
        }
    }
    for (int i = 0; i < 6; i++) {
        for (int j = 0; j < 6; j++) {
            transition[MOTION_MATRIX_DIM * i + j] = m.m[i][j];
        }
        transition[MOTION_MATRIX_DIM * i + 6] = kind == MOTION_COAST ? 0.0 : m.m[i][6];
        transition[MOTION_MATRIX_DIM * 6 + i] = 0.0;
    }
    transition[MOTION_MATRIX_CELLS - 1] = 1.0;
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
                 double transition[MOTION_MATRIX_CELLS])
{
    run(kind, s, dt_s, 1, transition);
}

void motion_propagate(enum motion_kind kind, struct motion_state *s, double dt_s, double step_s_max,
                      double transition[MOTION_MATRIX_CELLS])
{
    assert(step_s_max > 0.0);
    const double steps = -elementary_floor(-fabs(dt_s) / step_s_max);
    assert(steps < 1e9);
    const int count = steps < 1.0 ? 1 : (int)steps;
    run(kind, s, dt_s / (double)count, count, transition);
}

void motion_carry(struct motion_state *s, double dt_s, struct motion_columns *columns)
{
    struct partials d[4];
    double a[3];
    const double half_s = 0.5 * dt_s;
    accelerate(MOTION_COAST, s->x, 0.0, a, &d[0]);
    step_state(MOTION_COAST, s->x, 0.0, half_s, NULL);
    accelerate(MOTION_COAST, s->x, 0.0, a, &d[1]);
    d[2] = d[1];
    step_state(MOTION_COAST, s->x, 0.0, half_s, NULL);
    accelerate(MOTION_COAST, s->x, 0.0, a, &d[3]);
    for (int j = 0; j < PAIRS_MAX; j++) {
        step_pair(MOTION_COAST, d, dt_s, columns, j);
    }
}

double motion_height_m(const struct motion_state *s, double *rate_mps)
{
    const double *p = s->x;
    double normal[3];
    const double r = vector_length(p);
    const double height_m = height_and_normal(p, r, normal);
    *rate_mps = normal[0] * p[3] + normal[1] * p[4] + normal[2] * p[5];
    return height_m;
}

double motion_drag_mps2(const struct motion_state *s, double inverse_beta)
{
    double a[3] = {0};
    add_drag(s->x, inverse_beta, a, NULL);
    return vector_length(a);
}
