/* The prediction in four parts.
 *
 * Common: the state runs to the air with its transition matrix (DESCENT_AIR_M).
 *
 * Branches: values l of ln beta. The state's own distribution of ln beta is normal, N(m, s²), and
 * was made with a normal prior N(m0, s0²) that stands for a uniform one. So l counts for exp(-(l -
 * m)² / 2 s² + (l - m0)² / 2 s0²). Given l, the rest of the state is normal with mean shifted by
 * P_xl / P_ll (l - m) and covariance P_xx - P_xl P_lx / P_ll.
 *
 * Ground: a deviation d (position) and velocity v at the ground, in local axes, with rate of
 * height v_u: the object arrives later by dt = -d_u / v_u, at d - v d_u / v_u.
 *
 * Mixture: moments; the ellipse of the covariance's shape that holds 0.95; the interval round the
 * mean time that holds 0.95 (mixture.h). */
#include "assess/impact.h"

#include <assert.h>
#include <string.h>

#include "assess/classify.h"
#include "assess/descent.h"
#include "assess/mixture.h"
#include "assess/perigee.h"
#include "base/elementary.h"
#include "base/matrix.h"
#include "geo/ellipsoid.h"

#define HELD 0.95
#define SEMI_MAJOR_MAX_M 1000e3
#define RADIUS_MAX_M 1.0e8
/* It comes down if its perigee is this low; between these probabilities nobody can tell. */
#define PERIGEE_IN_AIR_M 90e3
/* How much of an orbit is told. */
#define ORBIT_TOLD_S 1800.0
#define ORBIT_CERTAIN 0.95
#define ORBIT_POSSIBLE 0.05
/* Branches span this many deviations of ln beta, within the limits of the prior. */
#define REACH 4.0

/* Wind of the lower air, deviation of each axis of its mean. A stage sinks through the lowest 15
 * km, at its terminal speed, in SINK_S / sqrt(beta) seconds. */
#define WIND_SIGMA_MPS 15.0
#define SINK_S 2440.0

/* What is known of ln beta without having seen it. */
struct prior {
    double low;
    double high;
    double wind_sigma_m;
};

/* The state without ln beta: how it depends on that, and what doubt is left when it is known. */
struct conditional {
    double by_ln_beta[6];
    double root[36]; /* lower; times its transpose it is the covariance */
};

static double prior_mean(const struct prior *p)
{
    return 0.5 * (p->low + p->high);
}

static double prior_variance(const struct prior *p)
{
    return elementary_square(p->high - p->low) / 12.0;
}

static struct prior object_prior(void)
{
    return (struct prior){elementary_log(IMPACT_BETA_MIN_KGPM2),
                          elementary_log(IMPACT_BETA_MAX_KGPM2), 0.0};
}

static struct prior stage_prior(void)
{
    const double beta = sqrt(IMPACT_STAGE_BETA_MIN_KGPM2 * IMPACT_STAGE_BETA_MAX_KGPM2);
    return (struct prior){elementary_log(IMPACT_STAGE_BETA_MIN_KGPM2),
                          elementary_log(IMPACT_STAGE_BETA_MAX_KGPM2),
                          WIND_SIGMA_MPS * SINK_S / sqrt(beta)};
}

double ballistic_ln_beta_mean(void)
{
    const struct prior p = object_prior();
    return prior_mean(&p);
}

double ballistic_ln_beta_sigma(void)
{
    const struct prior p = object_prior();
    return sqrt(prior_variance(&p));
}

void ballistic_state_init(struct ballistic_state *s, struct instant time, struct geo_ecef position,
                          struct geo_velocity velocity, const double covariance[36])
{
    memset(s, 0, sizeof *s);
    s->time = time;
    const double x[BALLISTIC_DIM] = {position.x_m,
                                     position.y_m,
                                     position.z_m,
                                     velocity.x_mps,
                                     velocity.y_mps,
                                     velocity.z_mps,
                                     ballistic_ln_beta_mean()};
    memcpy(s->x, x, sizeof x);
    for (int i = 0; i < 6; i++) {
        memcpy(s->covariance + BALLISTIC_DIM * i, covariance + 6 * i, 6 * sizeof *covariance);
    }
    s->covariance[BALLISTIC_DIM * BALLISTIC_DIM - 1] = elementary_square(ballistic_ln_beta_sigma());
}

/* The Cholesky factor, ln beta first, holds all of it. ERR_NUMERIC as matrix_cholesky. */
static result condition(const struct ballistic_state *s, struct conditional *out)
{
    static const int ORDER[BALLISTIC_DIM] = {BALLISTIC_LN_BETA, 0, 1, 2, 3, 4, 5};
    double p[BALLISTIC_DIM * BALLISTIC_DIM];
    double l[BALLISTIC_DIM * BALLISTIC_DIM];
    for (int i = 0; i < BALLISTIC_DIM; i++) {
        for (int j = 0; j < BALLISTIC_DIM; j++) {
            p[BALLISTIC_DIM * i + j] = s->covariance[BALLISTIC_DIM * ORDER[i] + ORDER[j]];
        }
    }
    TRY(matrix_cholesky(p, l, BALLISTIC_DIM));
    for (int i = 0; i < 6; i++) {
        const double *row = l + BALLISTIC_DIM * (1 + i);
        out->by_ln_beta[i] = row[0] / l[0];
        memcpy(out->root + 6 * i, row + 1, 6 * sizeof *row);
    }
    return OK;
}

/* The interval of ln beta, its density and the weights of its parts. */
static void weigh_parts(const struct ballistic_state *s, const struct prior *prior,
                        struct mixture *m)
{
    const double mean = s->x[BALLISTIC_LN_BETA];
    const double variance = s->covariance[BALLISTIC_DIM * BALLISTIC_DIM - 1];
    const double sigma = sqrt(variance);
    const double least = prior->low;
    const double most = prior->high;
    double low = mean - REACH * sigma;
    double high = mean + REACH * sigma;
    /* Unless what was measured lies outside the prior's limits, these hold. */
    if (low < most - sigma && high > least + sigma) {
        low = low > least ? low : least;
        high = high < most ? high : most;
    }
    m->low = low;
    m->high = high;
    double exponent[MIXTURE_POINTS];
    double exponent_max = -1e300;
    for (int k = 0; k < MIXTURE_POINTS; k++) {
        const double at = mixture_point_at(m, k);
        exponent[k] = -0.5 * elementary_square(at - mean) / variance +
                      0.5 * elementary_square(at - prior_mean(prior)) / prior_variance(prior);
        exponent_max = exponent[k] > exponent_max ? exponent[k] : exponent_max;
    }
    for (int k = 0; k < MIXTURE_POINTS; k++) {
        m->density[k] = elementary_exp(exponent[k] - exponent_max);
    }
    mixture_weigh(m);
}

/* The node nearest the middle of the probability: its way is the one that is told. */
static int middle_node(const struct mixture *m)
{
    double sum = 0.0;
    int part = 0;
    while (part < MIXTURE_PARTS - 1 && (sum += m->parts[part].weight) < 0.5) {
        part++;
    }
    const double middle = mixture_point_at(m, 2 * part + 1);
    int nearest = 0;
    for (int k = 1; k < MIXTURE_NODES; k++) {
        if (fabs(mixture_node_at(m, k) - middle) < fabs(mixture_node_at(m, nearest) - middle)) {
            nearest = k;
        }
    }
    return nearest;
}

static void start_branch(const struct descent *common, double ln_beta, double ln_beta_mean,
                         bool is_outer, struct descent *out)
{
    *out = *common;
    for (int i = 0; i < 6; i++) {
        out->state.x[i] += common->columns.m[i][DESCENT_BY_LN_BETA] * (ln_beta - ln_beta_mean);
    }
    descent_set_ln_beta(out, ln_beta);
    out->first_column = is_outer ? 0 : DESCENT_BY_LN_BETA;
}

static struct geo_ecef position_of(const struct descent *d)
{
    return (struct geo_ecef){d->state.x[0], d->state.x[1], d->state.x[2]};
}

/* The end of one branch that has arrived, in the axes of the reference, whose Earth-fixed position
 * is `origin`. Up is the normal where it is. */
static void land_branch(const struct descent *d, const double axes[9], struct geo_ecef origin,
                        struct mixture_node *out)
{
    const double *x = d->state.x;
    const double off[3] = {x[0] - origin.x_m, x[1] - origin.y_m, x[2] - origin.z_m};
    const double squash = 1.0 / ((1.0 - ELLIPSOID_F) * (1.0 - ELLIPSOID_F));
    const double up[3] = {x[0], x[1], x[2] * squash};
    const double falls = up[0] * x[3] + up[1] * x[4] + up[2] * x[5];
    assert(falls < 0.0);
    for (int i = 0; i < 2; i++) {
        const double *axis = axes + 3 * i;
        out->mean[i] = axis[0] * off[0] + axis[1] * off[1] + axis[2] * off[2];
    }
    out->mean[2] = d->after_s;
    for (int j = 0; j < MOTION_MATRIX_DIM; j++) {
        const double column[3] = {d->columns.m[0][j], d->columns.m[1][j], d->columns.m[2][j]};
        const double later_s = -(up[0] * column[0] + up[1] * column[1] + up[2] * column[2]) / falls;
        double ground[3] = {0.0, 0.0, later_s};
        for (int i = 0; i < 2; i++) {
            for (int k = 0; k < 3; k++) {
                ground[i] += axes[3 * i + k] * (column[k] + x[3 + k] * later_s);
            }
        }
        for (int i = 0; i < 3; i++) {
            if (j == DESCENT_BY_LN_BETA) {
                out->slope[i] = ground[i];
            } else {
                out->deviations[MIXTURE_DEVIATIONS * i + j] = ground[i];
            }
        }
    }
}

/* Which node is which way: the outer ones, which carry all deviations, then the inner ones. */
static const int NODE_OF_WAY[MIXTURE_NODES] = {0, 3, 1, 2};

/* Flies all branches. WHY_NONE if all have landed; the middle one writes the way. */
static enum undetermined_reason fly_branches(const struct ballistic_state *s,
                                             const struct conditional *given,
                                             const struct prior *prior,
                                             struct impact_prediction *out, struct mixture *m)
{
    weigh_parts(s, prior, m);
    const int middle = middle_node(m);
    const double mean = s->x[BALLISTIC_LN_BETA];
    struct descent common;
    descent_init(&common, s->x, mean, given->root, given->by_ln_beta);
    if (!descent_to_air(&common, &out->footprint, DESCENT_TIME_MAX_S)) {
        return WHY_ORBIT;
    }
    struct descent landed[MIXTURE_NODES];
    int told = 0;
    for (int k = 0; k < MIXTURE_NODES; k++) {
        const int node = NODE_OF_WAY[k];
        start_branch(&common, mixture_node_at(m, node), mean, mixture_is_outer(node), &landed[k]);
        told = node == middle ? k : told;
    }
    descent_to_ground(landed, &out->footprint, told);
    for (int k = 0; k < MIXTURE_NODES; k++) {
        if (!landed[k].landed) {
            return WHY_TOO_UNCERTAIN;
        }
    }
    if (ellipsoid_from_ecef(position_of(&landed[told]), &m->reference) != OK) {
        return WHY_TOO_UNCERTAIN;
    }
    m->reference.height_m = 0.0;
    double axes[9];
    ellipsoid_axes(m->reference, axes);
    const struct geo_ecef origin = ellipsoid_to_ecef(m->reference);
    for (int k = 0; k < MIXTURE_NODES; k++) {
        struct mixture_node *node = &m->nodes[NODE_OF_WAY[k]];
        land_branch(&landed[k], axes, origin, node);
        node->apogee_m = landed[k].apogee_m;
    }
    mixture_build(m);
    out->apogee_m = m->apogee_m;
    return WHY_NONE;
}

static enum undetermined_reason estimate(const struct ballistic_state *s, const struct mixture *m,
                                         double wind_sigma_m, struct impact_estimate *out)
{
    double scale;
    const double wind_m2 = wind_sigma_m * wind_sigma_m;
    const double covariance_m2[4] = {m->covariance_m2[0] + wind_m2, m->covariance_m2[1],
                                     m->covariance_m2[2], m->covariance_m2[3] + wind_m2};
    if (mixture_scale(m, HELD, &scale) != OK ||
        ellipse_from_covariance(covariance_m2, scale, &out->ellipse_95) != OK ||
        out->ellipse_95.semi_major_m > SEMI_MAJOR_MAX_M) {
        return WHY_TOO_UNCERTAIN;
    }
    out->point = mixture_point(m);
    out->time = instant_plus_s(s->time, m->mean[2]);
    out->time_95_s = mixture_time_s(m, HELD);
    memcpy(out->covariance_m2, covariance_m2, sizeof covariance_m2);
    return WHY_NONE;
}

static enum undetermined_reason orbit_reason(double stays_up)
{
    if (stays_up > ORBIT_CERTAIN) {
        return WHY_ORBIT;
    }
    return stays_up > ORBIT_POSSIBLE ? WHY_TOO_UNCERTAIN : WHY_NONE;
}

static result check(const struct ballistic_state *s)
{
    ENSURE(instant_is_set(s->time), ERR_RANGE);
    for (int i = 0; i < BALLISTIC_DIM; i++) {
        ENSURE(elementary_is_finite(s->x[i]), ERR_RANGE);
    }
    const double r2 = s->x[0] * s->x[0] + s->x[1] * s->x[1] + s->x[2] * s->x[2];
    const double v2 = s->x[3] * s->x[3] + s->x[4] * s->x[4] + s->x[5] * s->x[5];
    ENSURE(r2 < RADIUS_MAX_M * RADIUS_MAX_M, ERR_RANGE);
    ENSURE(v2 < 2e4 * 2e4, ERR_RANGE);
    ENSURE(fabs(s->x[BALLISTIC_LN_BETA] - ballistic_ln_beta_mean()) < 6.0, ERR_RANGE);
    struct geo_geodetic here;
    TRY(ellipsoid_from_ecef((struct geo_ecef){s->x[0], s->x[1], s->x[2]}, &here));
    ENSURE(here.height_m > 0.0, ERR_RANGE);
    return OK;
}

/* No impact: an orbit's way is told as far as anyone need be warned of a passage. */
static void leave_open(const struct ballistic_state *s, const struct conditional *given,
                       double apogee_m, struct impact_prediction *out)
{
    const enum undetermined_reason why = out->estimate.why;
    struct descent d;
    memset(&out->estimate, 0, sizeof out->estimate);
    out->estimate.why = why;
    out->apogee_m = apogee_m;
    out->footprint.knot_count = 0;
    if (why == WHY_ORBIT) {
        descent_init(&d, s->x, s->x[BALLISTIC_LN_BETA], given->root, given->by_ln_beta);
        const bool came_down = descent_to_air(&d, &out->footprint, ORBIT_TOLD_S);
        if (came_down || out->footprint.knot_count < 2) {
            out->footprint.knot_count = 0;
        }
    }
}

static result predict(const struct ballistic_state *s, const struct prior *prior,
                      struct impact_prediction *out)
{
    struct classify_orbit orbit;
    struct conditional given;
    struct mixture m;
    TRY(check(s));
    TRY(condition(s, &given));
    TRY(classify_orbit(s, &orbit));
    const struct perigee_limit limit = {PERIGEE_IN_AIR_M, 0.0};
    double stays_up;
    TRY(perigee_probability_above(s, limit, &stays_up));
    memset(&m, 0, sizeof m);
    memset(out, 0, sizeof *out);
    out->footprint.start = s->time;
    out->estimate.why = orbit_reason(stays_up);
    if (out->estimate.why == WHY_NONE) {
        out->estimate.why = fly_branches(s, &given, prior, out, &m);
    }
    if (out->estimate.why == WHY_NONE) {
        out->estimate.why = estimate(s, &m, prior->wind_sigma_m, &out->estimate);
    }
    if (out->estimate.why != WHY_NONE) {
        leave_open(s, &given, orbit.apogee_m, out);
        return OK;
    }
    mixture_sample(&m, &out->footprint);
    if (out->apogee_m <= 0.0) {
        struct motion_state at = {{0}};
        memcpy(at.x, s->x, 6 * sizeof *at.x);
        out->apogee_m = descent_apogee_behind_m(&at);
    }
    return OK;
}

result impact_predict(const struct ballistic_state *s, struct impact_prediction *out)
{
    const struct prior prior = object_prior();
    return predict(s, &prior, out);
}

result impact_predict_stage(const struct ballistic_state *s, struct impact_estimate *out)
{
    const struct prior prior = stage_prior();
    struct ballistic_state stage = *s;
    struct impact_prediction p;
    for (int i = 0; i < BALLISTIC_DIM; i++) {
        stage.covariance[BALLISTIC_DIM * i + BALLISTIC_LN_BETA] = 0.0;
        stage.covariance[BALLISTIC_DIM * BALLISTIC_LN_BETA + i] = 0.0;
    }
    stage.x[BALLISTIC_LN_BETA] = prior_mean(&prior);
    stage.covariance[BALLISTIC_DIM * BALLISTIC_DIM - 1] = prior_variance(&prior);
    TRY(predict(&stage, &prior, &p));
    *out = p.estimate;
    out->assumption = ASSUMED_SPENT_STAGE;
    return OK;
}
