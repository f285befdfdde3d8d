#include "track/estimate.h"

#include <assert.h>
#include <string.h>

#include "base/elementary.h"
#include "base/gaussian.h"
#include "base/matrix.h"
#include "base/vector.h"
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
#define BOOST_THRUST_NOISE MISSILE_THRUST_NOISE
#define BALLISTIC_DRAG_NOISE 1.0 /* times the drag deceleration squared, m/s²: winds, tumbling */
#define BALLISTIC_BETA_NOISE 1e-5
/* Nothing here is faster, or farther away; nothing is far below the ground. */
#define SPEED_MPS_MAX 20e3
#define RADIUS_M_MIN 6.3e6
#define RADIUS_M_MAX 1e8
/* Natural logarithms of 50 and 50 000 kg/m². */
#define LN_BETA_MIN 3.91
#define LN_BETA_MAX 10.82

enum motion_kind estimate_kind(enum estimate_motion motion, const double x[DIM], double dt_s)
{
    if (motion == ESTIMATE_BOOST) {
        return MOTION_BOOST;
    }
    const double edge_m = MOTION_AIR_RADIUS_M + SPEED_MPS_MAX * fabs(dt_s);
    return x[0] * x[0] + x[1] * x[1] + x[2] * x[2] > edge_m * edge_m ? MOTION_COAST
                                                                     : MOTION_REENTRY;
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

double estimate_grown_thrust(double thrust_mps2, double dt_s, double *slope)
{
    *slope = 1.0;
    if (thrust_mps2 < THRUST_GROWTH_MIN_MPS2 || thrust_mps2 > THRUST_GROWTH_MAX_MPS2) {
        return thrust_mps2;
    }
    const double rate = thrust_mps2 * dt_s / EXHAUST_MPS;
    *slope += 2.0 * rate;
    return thrust_mps2 + thrust_mps2 * rate;
}

static void grow_thrust(double x[DIM], double dt_s, double transition[CELLS])
{
    double slope = 0.0;
    x[6] = estimate_grown_thrust(x[6], dt_s, &slope);
    if (transition != NULL) {
        for (int j = 0; j < DIM; j++) {
            transition[6 * DIM + j] *= slope;
        }
    }
}

static double step_limit_s(enum estimate_motion motion, const double x[DIM])
{
    if (motion == ESTIMATE_BOOST) {
        return 1.0;
    }
    const double radius_m = vector_length(x);
    return radius_m < ELLIPSOID_A_M + 90e3 ? 1.0 : 10.0;
}

static void step(enum estimate_motion motion, double x[DIM], double dt_s, double transition[CELLS])
{
    struct motion_state state;
    memcpy(state.x, x, 6 * sizeof(double));
    /* Either constant may be meant; a motion looks at its own only. */
    state.x[MOTION_THRUST] = x[6];
    state.x[MOTION_LN_BETA] = x[6];
    motion_step(estimate_kind(motion, x, dt_s), &state, dt_s, transition);
    memcpy(x, state.x, 6 * sizeof(double));
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
    if (transition != NULL && dt_s == 0.0) {
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
static double drag_mps2(const double x[DIM], double inverse_beta)
{
    struct motion_state state = {{0}};
    memcpy(state.x, x, 6 * sizeof(double));
    return motion_drag_mps2(&state, inverse_beta);
}

static double drift_noise(const double x[DIM])
{
    const double speed2 = x[3] * x[3] + x[4] * x[4] + x[5] * x[5];
    const double noise = DRIFT_CORRELATION_S * speed2 / elementary_square(DRIFT_SPEED_OVER_S);
    return noise > DRIFT_NOISE_MIN ? noise : DRIFT_NOISE_MIN;
}

void estimate_add_noise(enum estimate_motion motion, struct estimate *e, double dt_s,
                        double inverse_beta)
{
    double acceleration = motion == ESTIMATE_DRIFT ? drift_noise(e->x) : 0.0;
    double constant = 0.0;
    if (motion == ESTIMATE_BOOST) {
        acceleration = MISSILE_BOOST_NOISE + MISSILE_BOOST_NOISE_BY_THRUST * e->x[6] * e->x[6];
        constant = BOOST_THRUST_NOISE;
    } else if (motion == ESTIMATE_BALLISTIC) {
        const double drag = drag_mps2(e->x, inverse_beta);
        acceleration = MISSILE_COAST_NOISE + BALLISTIC_DRAG_NOISE * elementary_square(0.03 * drag);
        constant = BALLISTIC_BETA_NOISE;
    } else if (motion == ESTIMATE_MANOEUVRE) {
        acceleration = MISSILE_MANOEUVRE_NOISE;
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
    double transition[CELLS];
    estimate_predict_with(motion, e, dt_s, transition);
}

void estimate_predict_with(enum estimate_motion motion, struct estimate *e, double dt_s,
                           double transition[CELLS])
{
    assert(dt_s >= 0.0);
    double moved[CELLS];
    if (dt_s == 0.0) {
        matrix_identity(transition, DIM);
        return;
    }
    estimate_move(motion, e->x, dt_s, transition);
    matrix_transform(transition, e->p, moved, DIM, DIM);
    memcpy(e->p, moved, sizeof moved);
    const bool falls = motion == ESTIMATE_BALLISTIC;
    estimate_add_noise(motion, e, dt_s, falls ? motion_constant(MOTION_REENTRY, e->x[6]) : 0.0);
}

/* What is looked at, and what is believed of the sensor's biases; NULL = they are noise. */
struct look {
    enum estimate_motion motion;
    const struct measure_site *site;
    const struct observation *o;
    double age_s;
    const double *biases;
};

/* An observation seen from an estimate's state: the measurement model at the observation's own
 * time, its Jacobian (dim x 7) at the estimate's time. */
struct sight {
    struct measure m;
    double jacobian[MEASURE_DIM_MAX * DIM];
};

/* The past in which it was made is a motion away. */
static result look_back(const struct look *l, const double x[DIM], struct sight *out)
{
    double past[DIM];
    double back[CELLS];
    memcpy(past, x, sizeof past);
    estimate_move(l->motion, past, -l->age_s, back);
    TRY(measure_linearise(l->site, l->o, past, &out->m));
    matrix_multiply(out->m.jacobian, back, out->jacobian, out->m.dim, 6, DIM);
    return OK;
}

static result look_now(const struct look *l, const double x[DIM], struct sight *out)
{
    TRY(measure_linearise(l->site, l->o, x, &out->m));
    for (int i = 0; i < out->m.dim; i++) {
        memcpy(out->jacobian + i * DIM, out->m.jacobian + i * 6, 6 * sizeof(double));
        out->jacobian[i * DIM + 6] = 0.0;
    }
    return OK;
}

static result linearise(const struct look *l, const double x[DIM], struct sight *out)
{
    TRY(l->age_s > 0.0 ? look_back(l, x, out) : look_now(l, x, out));
    if (l->biases == NULL) {
        measure_add_biases(l->site, &out->m);
    } else if (l->site->biased) {
        for (int a = 0; a < out->m.dim; a++) {
            for (int k = 0; k < MEASURE_BIASES; k++) {
                out->m.residual[a] -= out->m.by_bias[a * MEASURE_BIASES + k] * l->biases[k];
            }
        }
    }
    return OK;
}

/* Variance of what the tangent to the surface of equal range leaves out, m²: half the trace of
 * (curvature times covariance) squared, on the two axes across the line of sight. The doubt there
 * is the estimate's and the observation's angles' together, both as roots of such traces. */
static double curvature_m2(const double p[CELLS], const struct sight *s)
{
    if (s->m.range_m <= 0.0) {
        return 0.0;
    }
    const double *u = s->m.jacobian; /* of the range: the unit vector along the line of sight */
    double pu[3];
    double upu = 0.0;
    double all2 = 0.0;
    double pu2 = 0.0;
    for (int i = 0; i < 3; i++) {
        pu[i] = 0.0;
        for (int j = 0; j < 3; j++) {
            const double value = p[i * DIM + j];
            pu[i] += value * u[j];
            all2 += value * value;
        }
        upu += u[i] * pu[i];
        pu2 += pu[i] * pu[i];
    }
    /* trace of (Q p Q)² with Q = I - u u' */
    const double across4 = all2 - 2.0 * pu2 + upu * upu;
    const double own = sqrt(across4 > 0.0 ? across4 : 0.0);
    const double azimuth = s->m.noise[s->m.dim + 1];
    const double elevation = s->m.noise[2 * (s->m.dim + 1)];
    const double seen =
        elementary_square(s->m.range_m) * sqrt(azimuth * azimuth + elevation * elevation);
    const double both = own * seen / (own + seen);
    return 0.5 * elementary_square(both / s->m.range_m);
}

/* What a linearisation says about an estimate: Jacobian times covariance, and the Cholesky factor
 * of the innovation's covariance. */
struct gain {
    double jp[MEASURE_DIM_MAX * DIM];
    double factor[MEASURE_DIM_MAX * MEASURE_DIM_MAX];
};

/* The sizes that occur are written out, so that the compiler unrolls them. */
static inline result find_gain_of(const struct estimate *e, const struct sight *s, struct gain *out,
                                  int dim)
{
    double covariance[MEASURE_DIM_MAX * MEASURE_DIM_MAX];
    matrix_multiply(s->jacobian, e->p, out->jp, dim, DIM, DIM);
    matrix_multiply_transposed(out->jp, s->jacobian, covariance, dim, DIM, dim);
    for (int i = 0; i < dim * dim; i++) {
        covariance[i] += s->m.noise[i];
    }
    return matrix_cholesky(covariance, out->factor, dim);
}

static result find_gain(const struct estimate *e, const struct sight *s, struct gain *out)
{
    switch (s->m.dim) {
    case 2:
        return find_gain_of(e, s, out, 2);
    case 3:
        return find_gain_of(e, s, out, 3);
    case 4:
        return find_gain_of(e, s, out, 4);
    default:
        return find_gain_of(e, s, out, s->m.dim);
    }
}

result estimate_judge(const double *residual, const double *factor, int dim, struct innovation *out)
{
    const double distance = matrix_mahalanobis_squared(factor, residual, dim);
    ENSURE(elementary_is_finite(distance), ERR_NUMERIC);
    out->dim = dim;
    out->distance_squared = distance;
    out->log_likelihood =
        -0.5 * (distance + matrix_log_determinant(factor, dim) + dim * ESTIMATE_LOG_2_PI);
    return OK;
}

result estimate_compare(enum estimate_motion motion, const struct estimate *e,
                        const struct measure_site *site, const struct observation *o, double age_s,
                        struct innovation *out)
{
    assert(age_s >= 0.0);
    const struct look look = {motion, site, o, age_s, NULL};
    struct sight sight;
    struct gain gain;
    TRY(linearise(&look, e->x, &sight));
    sight.m.noise[0] += curvature_m2(e->p, &sight);
    TRY(find_gain(e, &sight, &gain));
    return estimate_judge(sight.m.residual, gain.factor, sight.m.dim, out);
}

/* Joseph's form, (I - k j) p (I - k j)' + k r k', with k the gain (7 x dim). */
static inline void joseph(struct estimate *e, const struct sight *s, const struct gain *g,
                          const double *k, int dim)
{
    double left[CELLS]; /* (I - k j) p */
    double rest[DIM * MEASURE_DIM_MAX];
    double kr[DIM * MEASURE_DIM_MAX];
    matrix_multiply(k, g->jp, left, DIM, dim, DIM);
    for (int i = 0; i < CELLS; i++) {
        left[i] = e->p[i] - left[i];
    }
    matrix_multiply_transposed(left, s->jacobian, rest, DIM, DIM, dim);
    matrix_multiply(k, s->m.noise, kr, DIM, dim, dim);
    for (int i = 0; i < DIM * dim; i++) {
        kr[i] -= rest[i];
    }
    for (int i = 0; i < DIM; i++) {
        for (int j = 0; j <= i; j++) {
            double sum = left[i * DIM + j];
            for (int a = 0; a < dim; a++) {
                sum += kr[i * dim + a] * k[j * dim + a];
            }
            e->p[i * DIM + j] = sum;
            e->p[j * DIM + i] = sum;
        }
    }
}

/* The state to which an observation, linearised at x, pulls the estimate; the gain and the residual
 * at the estimate itself are kept. */
static inline void pull(const struct estimate *e, const struct sight *s, const struct gain *g,
                        const double x[DIM], struct estimate_update *out, double next[DIM], int dim)
{
    double solved[MEASURE_DIM_MAX * DIM];
    double *k = out->gain;
    double *residual = out->residual;
    memcpy(solved, g->jp, sizeof(double) * (size_t)(dim * DIM));
    matrix_cholesky_solve(g->factor, solved, dim, DIM);
    for (int a = 0; a < dim; a++) {
        residual[a] = s->m.residual[a];
        for (int j = 0; j < DIM; j++) {
            residual[a] -= s->jacobian[a * DIM + j] * (e->x[j] - x[j]);
            k[j * dim + a] = solved[a * DIM + j];
        }
    }
    for (int i = 0; i < DIM; i++) {
        next[i] = e->x[i];
        for (int a = 0; a < dim; a++) {
            next[i] += k[i * dim + a] * residual[a];
        }
    }
}

/* Whether the measurement model is as good as linear between the two states at which it was
 * looked at. */
static bool is_linear(const struct sight *before, const double x[DIM], const struct sight *after,
                      const double next[DIM])
{
    for (int a = 0; a < before->m.dim; a++) {
        double left_out = after->m.residual[a] - before->m.residual[a];
        for (int j = 0; j < DIM; j++) {
            left_out += before->jacobian[a * DIM + j] * (next[j] - x[j]);
        }
        const double variance = before->m.noise[a * before->m.dim + a];
        if (left_out * left_out > elementary_square(ESTIMATE_LINEAR_SIGMAS) * variance) {
            return false;
        }
    }
    return true;
}

static inline result update_iterated_of(const struct look *look, struct estimate *e,
                                        struct sight *here, struct estimate_update *out, int dim)
{
    double x[DIM];
    double next[DIM];
    struct gain gain;
    struct sight there;
    memcpy(x, e->x, sizeof x);
    for (int round = 0; round < ROUNDS_MAX; round++) {
        TRY(find_gain_of(e, here, &gain, dim));
        if (round == 0) {
            TRY(estimate_judge(here->m.residual, gain.factor, dim, &out->found));
        }
        pull(e, here, &gain, x, out, next, dim);
        for (int i = 0; i < DIM; i++) {
            ENSURE(elementary_is_finite(next[i]), ERR_NUMERIC);
        }
        TRY(linearise(look, next, &there));
        there.m.noise[0] = here->m.noise[0];
        if (round == ROUNDS_MAX - 1 || is_linear(here, x, &there, next)) {
            break;
        }
        memcpy(x, next, sizeof x);
        *here = there;
    }
    joseph(e, here, &gain, out->gain, dim);
    memcpy(e->x, next, sizeof next);
    if (look->biases != NULL) {
        memcpy(out->jacobian, here->jacobian, sizeof out->jacobian);
        memcpy(out->by_bias, here->m.by_bias, sizeof out->by_bias);
        matrix_multiply_transposed(gain.factor, gain.factor, out->covariance, dim, dim, dim);
    }
    return OK;
}

static result update_iterated(const struct look *look, struct estimate *e,
                              struct estimate_update *out)
{
    struct sight here;
    TRY(linearise(look, e->x, &here));
    here.m.noise[0] += curvature_m2(e->p, &here);
    switch (here.m.dim) {
    case 2:
        return update_iterated_of(look, e, &here, out, 2);
    case 3:
        return update_iterated_of(look, e, &here, out, 3);
    case 4:
        return update_iterated_of(look, e, &here, out, 4);
    default:
        return ERR_RANGE;
    }
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

bool estimate_is_possible(const struct estimate *e)
{
    const double *x = e->x;
    const double r2 = x[0] * x[0] + x[1] * x[1] + x[2] * x[2];
    const double v2 = x[3] * x[3] + x[4] * x[4] + x[5] * x[5];
    bool possible = r2 > RADIUS_M_MIN * RADIUS_M_MIN && r2 < RADIUS_M_MAX * RADIUS_M_MAX &&
                    v2 < SPEED_MPS_MAX * SPEED_MPS_MAX && elementary_is_finite(x[6]);
    for (int i = 0; i < DIM; i++) {
        possible =
            possible && e->p[i * (DIM + 1)] > 0.0 && elementary_is_finite(e->p[i * (DIM + 1)]);
    }
    return possible;
}

double estimate_curvature(const struct estimate *e, const struct measure_site *site,
                          const struct observation *o)
{
    struct sight s;
    if (o->kind != SENSOR_RADAR || measure_linearise(site, o, e->x, &s.m) != OK) {
        return 0.0;
    }
    return sqrt(curvature_m2(e->p, &s) / s.m.noise[0]);
}

double estimate_bound(enum estimate_motion motion, double number)
{
    if (motion != ESTIMATE_BALLISTIC && motion != ESTIMATE_MANOEUVRE) {
        return number;
    }
    return number < LN_BETA_MIN ? LN_BETA_MIN : number > LN_BETA_MAX ? LN_BETA_MAX : number;
}

result estimate_update(enum estimate_motion motion, struct estimate *e,
                       const struct measure_site *site, const struct observation *o, double age_s,
                       struct innovation *out)
{
    assert(age_s >= 0.0);
    const struct look look = {motion, site, o, age_s, NULL};
    struct estimate_update update;
    struct estimate next = *e;
    if (o->kind == SENSOR_TRACKER) {
        TRY(estimate_compare(motion, e, site, o, age_s, &update.found));
        TRY(intersect_track(motion, &next, o, age_s));
    } else {
        TRY(update_iterated(&look, &next, &update));
    }
    next.x[6] = estimate_bound(motion, next.x[6]);
    ENSURE(estimate_is_possible(&next), ERR_NUMERIC);
    *e = next;
    *out = update.found;
    return OK;
}

result estimate_update_unbiased(struct estimate *e, const struct measure_site *site,
                                const double biases[MEASURE_BIASES], const struct observation *o,
                                double age_s, struct estimate_update *out)
{
    assert(o->kind != SENSOR_TRACKER);
    const struct look look = {ESTIMATE_BALLISTIC, site, o, age_s, biases};
    struct estimate next = *e;
    TRY(update_iterated(&look, &next, out));
    next.x[6] = estimate_bound(ESTIMATE_BALLISTIC, next.x[6]);
    ENSURE(estimate_is_possible(&next), ERR_NUMERIC);
    *e = next;
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
