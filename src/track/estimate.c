#include "track/estimate.h"

#include <assert.h>
#include <string.h>

#include "base/elementary.h"
#include "base/gaussian.h"
#include "base/matrix.h"
#include "geo/ellipsoid.h"
#include "model/track.h"
#include "physics/motion.h"

enum { DIM = ESTIMATE_DIM, CELLS = ESTIMATE_CELLS, ROUNDS_MAX = 8 };

/* A rocket that burns evenly loses mass evenly, so its acceleration grows by a²/(exhaust speed). */
#define EXHAUST_MPS MISSILE_EXHAUST_MPS
#define THRUST_GROWTH_MIN_MPS2 3.0
#define THRUST_GROWTH_MAX_MPS2 120.0 /* no missile does more; the growth law has a pole beyond */

/* Power spectral densities of what the motions leave out: acceleration (m²/s³) and the slow change
 * of the seventh number (per second). Boost: thrust up to 10 degrees off the velocity,
 * throttling. */
#define DRIFT_NOISE_MIN 2000.0
/* What is this fast may still accelerate by its speed over this time: motors burn for minutes. */
#define DRIFT_SPEED_OVER_S 25.0
#define DRIFT_CORRELATION_S 2.0
#define BOOST_NOISE MISSILE_BOOST_NOISE
#define BOOST_NOISE_BY_THRUST 0.008 /* more by this times thrust squared: steering */
#define BOOST_THRUST_NOISE MISSILE_THRUST_NOISE
#define BALLISTIC_NOISE 1e-6
#define BALLISTIC_DRAG_NOISE 1.0 /* times the drag deceleration squared, m/s²: winds, tumbling */
#define BALLISTIC_BETA_NOISE 1e-5

static enum motion_kind motion_of(enum estimate_motion motion)
{
    return motion == ESTIMATE_BOOST ? MOTION_BOOST : MOTION_REENTRY;
}

static void drift(double x[DIM], double dt_s, double transition[CELLS])
{
    for (int i = 0; i < 3; i++) {
        x[i] += x[3 + i] * dt_s;
    }
    if (transition != NULL) {
        matrix_identity(transition, DIM);
        for (int i = 0; i < 3; i++) {
            transition[i * DIM + 3 + i] = dt_s;
        }
    }
}

/* The 8-number state of physics/motion has both constants; an estimate has one of them. */
static int constant_of(enum estimate_motion motion)
{
    return motion == ESTIMATE_BOOST ? MOTION_THRUST : MOTION_LN_BETA;
}

static void take_block(const double wide[MOTION_DIM * MOTION_DIM], int constant, double out[CELLS])
{
    for (int i = 0; i < DIM; i++) {
        for (int j = 0; j < DIM; j++) {
            const int row = i < 6 ? i : constant;
            const int column = j < 6 ? j : constant;
            out[i * DIM + j] = wide[row * MOTION_DIM + column];
        }
    }
}

static void grow_thrust(double x[DIM], double dt_s, double transition[CELLS])
{
    if (x[6] < THRUST_GROWTH_MIN_MPS2 || x[6] > THRUST_GROWTH_MAX_MPS2) {
        return;
    }
    const double rate = x[6] * dt_s / EXHAUST_MPS;
    x[6] += x[6] * rate;
    if (transition != NULL) {
        for (int j = 0; j < DIM; j++) {
            transition[6 * DIM + j] *= 1.0 + 2.0 * rate;
        }
    }
}

static double step_limit_s(enum estimate_motion motion, const double x[DIM])
{
    if (motion == ESTIMATE_BOOST) {
        return 1.0;
    }
    const double radius_m = sqrt(x[0] * x[0] + x[1] * x[1] + x[2] * x[2]);
    return radius_m < ELLIPSOID_A_M + 90e3 ? 1.0 : 10.0;
}

static void step(enum estimate_motion motion, double x[DIM], double dt_s, double transition[CELLS])
{
    const int constant = constant_of(motion);
    struct motion_state state = {{0}};
    memcpy(state.x, x, 6 * sizeof(double));
    state.x[MOTION_LN_BETA] = ESTIMATE_LN_BETA_MEAN;
    state.x[constant] = x[6];
    double wide[MOTION_DIM * MOTION_DIM];
    motion_step(motion_of(motion), &state, dt_s, transition != NULL ? wide : NULL);
    memcpy(x, state.x, 6 * sizeof(double));
    if (transition != NULL) {
        take_block(wide, constant, transition);
    }
    if (motion == ESTIMATE_BOOST) {
        grow_thrust(x, dt_s, transition);
    }
}

void estimate_move(enum estimate_motion motion, double x[DIM], double dt_s,
                   double transition[CELLS])
{
    if (motion == ESTIMATE_DRIFT) {
        drift(x, dt_s, transition);
        return;
    }
    if (transition != NULL) {
        matrix_identity(transition, DIM);
    }
    double left_s = dt_s;
    bool first = true;
    while (left_s != 0.0) {
        const double limit_s = step_limit_s(motion, x);
        const double part_s =
            fabs(left_s) <= limit_s ? left_s : (left_s > 0.0 ? limit_s : -limit_s);
        left_s -= part_s;
        if (transition == NULL || first) {
            step(motion, x, part_s, transition);
            first = false;
            continue;
        }
        double one[CELLS];
        double product[CELLS];
        step(motion, x, part_s, one);
        matrix_multiply(one, transition, product, DIM, DIM, DIM);
        memcpy(transition, product, sizeof product);
    }
}

/* How strongly the air brakes, m/s²: the size of what an unknown attitude or wind may change. */
static double drag_mps2(const double x[DIM])
{
    struct motion_state state = {{0}};
    memcpy(state.x, x, 6 * sizeof(double));
    state.x[MOTION_LN_BETA] = x[6];
    double with[MOTION_DIM];
    double without[MOTION_DIM];
    motion_derivative(MOTION_REENTRY, &state, with, NULL);
    motion_derivative(MOTION_COAST, &state, without, NULL);
    double sum = 0.0;
    for (int i = 3; i < 6; i++) {
        sum += elementary_square(with[i] - without[i]);
    }
    return sqrt(sum);
}

static double drift_noise(const double x[DIM])
{
    const double speed2 = x[3] * x[3] + x[4] * x[4] + x[5] * x[5];
    const double noise = DRIFT_CORRELATION_S * speed2 / elementary_square(DRIFT_SPEED_OVER_S);
    return noise > DRIFT_NOISE_MIN ? noise : DRIFT_NOISE_MIN;
}

static void add_noise(enum estimate_motion motion, struct estimate *e, double dt_s)
{
    double acceleration = motion == ESTIMATE_DRIFT ? drift_noise(e->x) : 0.0;
    double constant = 0.0;
    if (motion == ESTIMATE_BOOST) {
        acceleration = BOOST_NOISE + BOOST_NOISE_BY_THRUST * e->x[6] * e->x[6];
        constant = BOOST_THRUST_NOISE;
    } else if (motion == ESTIMATE_BALLISTIC) {
        const double drag = drag_mps2(e->x);
        acceleration = BALLISTIC_NOISE + BALLISTIC_DRAG_NOISE * elementary_square(0.03 * drag);
        constant = BALLISTIC_BETA_NOISE;
    }
    for (int i = 0; i < 3; i++) {
        e->p[i * DIM + i] += acceleration * dt_s * dt_s * dt_s / 3.0;
        e->p[i * DIM + 3 + i] += acceleration * dt_s * dt_s / 2.0;
        e->p[(3 + i) * DIM + i] += acceleration * dt_s * dt_s / 2.0;
        e->p[(3 + i) * DIM + 3 + i] += acceleration * dt_s;
    }
    e->p[6 * DIM + 6] += constant * dt_s;
}

void estimate_predict(enum estimate_motion motion, struct estimate *e, double dt_s)
{
    assert(dt_s >= 0.0);
    if (dt_s == 0.0) {
        return;
    }
    double transition[CELLS];
    double moved[CELLS];
    estimate_move(motion, e->x, dt_s, transition);
    matrix_transform(transition, e->p, moved, DIM, DIM);
    memcpy(e->p, moved, sizeof moved);
    add_noise(motion, e, dt_s);
}

/* The measurement model at the observation's own time, seen from the estimate's time: dim x 7. */
static result linearise(enum estimate_motion motion, const double x[DIM],
                        const struct measure_site *site, const struct observation *o, double age_s,
                        struct measure *m, double jacobian[MEASURE_DIM_MAX * DIM])
{
    double past[DIM];
    double back[CELLS];
    memcpy(past, x, sizeof past);
    if (age_s > 0.0) {
        estimate_move(motion, past, -age_s, back);
    } else {
        matrix_identity(back, DIM);
    }
    TRY(measure_linearise(site, o, past, m));
    for (int i = 0; i < m->dim; i++) {
        for (int j = 0; j < DIM; j++) {
            double sum = 0.0;
            for (int k = 0; k < 6; k++) {
                sum += m->jacobian[i * 6 + k] * back[k * DIM + j];
            }
            jacobian[i * DIM + j] = sum;
        }
    }
    return OK;
}

/* Innovation covariance and its Cholesky factor. */
static result factor_innovation(const struct estimate *e, const struct measure *m,
                                const double *jacobian, double *factor)
{
    double covariance[MEASURE_DIM_MAX * MEASURE_DIM_MAX];
    matrix_transform(jacobian, e->p, covariance, m->dim, DIM);
    for (int i = 0; i < m->dim * m->dim; i++) {
        covariance[i] += m->noise[i];
    }
    return matrix_cholesky(covariance, factor, m->dim);
}

result estimate_compare(enum estimate_motion motion, const struct estimate *e,
                        const struct measure_site *site, const struct observation *o, double age_s,
                        struct innovation *out)
{
    assert(age_s >= 0.0);
    struct measure m;
    double jacobian[MEASURE_DIM_MAX * DIM];
    double factor[MEASURE_DIM_MAX * MEASURE_DIM_MAX];
    TRY(linearise(motion, e->x, site, o, age_s, &m, jacobian));
    TRY(factor_innovation(e, &m, jacobian, factor));
    const double distance = matrix_mahalanobis_squared(factor, m.residual, m.dim);
    ENSURE(elementary_is_finite(distance), ERR_NUMERIC);
    out->dim = m.dim;
    out->distance_squared = distance;
    out->log_likelihood = -0.5 * (distance + matrix_log_determinant(factor, m.dim) +
                                  m.dim * elementary_log(2.0 * PI));
    return OK;
}

/* Kalman gain (7 x dim) for a linearisation. */
static result gain_of(const struct estimate *e, const struct measure *m, const double *jacobian,
                      double *gain)
{
    double factor[MEASURE_DIM_MAX * MEASURE_DIM_MAX];
    double hp[MEASURE_DIM_MAX * DIM];
    TRY(factor_innovation(e, m, jacobian, factor));
    matrix_multiply(jacobian, e->p, hp, m->dim, DIM, DIM);
    matrix_cholesky_solve(factor, hp, m->dim, DIM);
    for (int i = 0; i < DIM; i++) {
        for (int j = 0; j < m->dim; j++) {
            gain[i * m->dim + j] = hp[j * DIM + i];
        }
    }
    return OK;
}

static void joseph(struct estimate *e, const struct measure *m, const double *jacobian,
                   const double *gain)
{
    double reduced[CELLS];
    double left[CELLS];
    double right[CELLS];
    matrix_multiply(gain, jacobian, reduced, DIM, m->dim, DIM);
    for (int i = 0; i < CELLS; i++) {
        reduced[i] = (i % (DIM + 1) == 0 ? 1.0 : 0.0) - reduced[i];
    }
    matrix_transform(reduced, e->p, left, DIM, DIM);
    matrix_transform(gain, m->noise, right, DIM, m->dim);
    for (int i = 0; i < CELLS; i++) {
        e->p[i] = left[i] + right[i];
    }
}

/* Whether the last correction is small beside the uncertainty. */
static bool settled(const double change[DIM], const struct estimate *e)
{
    for (int i = 0; i < DIM; i++) {
        if (change[i] * change[i] > 1e-6 * e->p[i * DIM + i]) {
            return false;
        }
    }
    return true;
}

static result update_iterated(enum estimate_motion motion, struct estimate *e,
                              const struct measure_site *site, const struct observation *o,
                              double age_s)
{
    double x[DIM];
    memcpy(x, e->x, sizeof x);
    struct measure m;
    double jacobian[MEASURE_DIM_MAX * DIM];
    double gain[DIM * MEASURE_DIM_MAX];
    for (int round = 0; round < ROUNDS_MAX; round++) {
        TRY(linearise(motion, x, site, o, age_s, &m, jacobian));
        TRY(gain_of(e, &m, jacobian, gain));
        double pull[MEASURE_DIM_MAX];
        for (int i = 0; i < m.dim; i++) {
            pull[i] = m.residual[i];
            for (int j = 0; j < DIM; j++) {
                pull[i] -= jacobian[i * DIM + j] * (e->x[j] - x[j]);
            }
        }
        double change[DIM];
        for (int i = 0; i < DIM; i++) {
            double next = e->x[i];
            for (int j = 0; j < m.dim; j++) {
                next += gain[i * m.dim + j] * pull[j];
            }
            change[i] = next - x[i];
            x[i] = next;
            ENSURE(elementary_is_finite(next), ERR_NUMERIC);
        }
        if (settled(change, e)) {
            break;
        }
    }
    joseph(e, &m, jacobian, gain);
    memcpy(e->x, x, sizeof x);
    return OK;
}

/* Covariance intersection on position and velocity; the seventh number keeps its own variance. */
static result intersect_track(enum estimate_motion motion, struct estimate *e,
                              const struct observation *o, double age_s)
{
    struct estimate ready = {.x = {o->track.position.x_m, o->track.position.y_m,
                                   o->track.position.z_m, o->track.velocity.x_mps,
                                   o->track.velocity.y_mps, o->track.velocity.z_mps, e->x[6]}};
    double full[36];
    track_covariance_unpack(o->track.covariance, full);
    double own[36];
    for (int i = 0; i < 6; i++) {
        for (int j = 0; j < 6; j++) {
            ready.p[i * DIM + j] = full[i * 6 + j];
        }
    }
    ready.p[6 * DIM + 6] = e->p[6 * DIM + 6];
    estimate_predict(motion, &ready, age_s);
    for (int i = 0; i < 6; i++) {
        for (int j = 0; j < 6; j++) {
            full[i * 6 + j] = ready.p[i * DIM + j];
            own[i * 6 + j] = e->p[i * DIM + j];
        }
    }
    double x[6];
    double p[36];
    TRY(gaussian_intersect(e->x, own, ready.x, full, 6, x, p));
    for (int i = 0; i < 6; i++) {
        e->x[i] = x[i];
        for (int j = 0; j < 6; j++) {
            e->p[i * DIM + j] = p[i * 6 + j];
        }
        e->p[i * DIM + 6] = 0.0;
        e->p[6 * DIM + i] = 0.0;
    }
    return OK;
}

result estimate_update(enum estimate_motion motion, struct estimate *e,
                       const struct measure_site *site, const struct observation *o, double age_s,
                       struct innovation *out)
{
    struct innovation found;
    TRY(estimate_compare(motion, e, site, o, age_s, &found));
    struct estimate next = *e;
    if (o->kind == SENSOR_TRACKER) {
        TRY(intersect_track(motion, &next, o, age_s));
    } else {
        TRY(update_iterated(motion, &next, site, o, age_s));
    }
    *e = next;
    *out = found;
    return OK;
}

void estimate_height(const struct estimate *e, double *height_m, double *rate_mps)
{
    struct geo_geodetic g = {0};
    *height_m = 0.0;
    *rate_mps = 0.0;
    const struct geo_ecef p = {e->x[0], e->x[1], e->x[2]};
    if (ellipsoid_from_ecef(p, &g) != OK) {
        return;
    }
    double axes[9];
    ellipsoid_axes(g, axes);
    *height_m = g.height_m;
    *rate_mps = axes[6] * e->x[3] + axes[7] * e->x[4] + axes[8] * e->x[5];
}
