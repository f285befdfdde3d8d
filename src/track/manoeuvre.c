#include "track/manoeuvre.h"

#include <assert.h>
#include <string.h>

#include "base/elementary.h"
#include "base/matrix.h"
#include "geo/ellipsoid.h"
#include "physics/motion.h"

enum { DIM = ESTIMATE_DIM, CELLS = ESTIMATE_CELLS, AXES = MANOEUVRE_AXES };

/* Prior of an acceleration across the velocity, each axis. */
#define ACROSS_SIGMA_MPS2 50.0
/* Prior of one along it: this share of the drag that is believed, and what a coefficient so many
 * deviations away would add to it. */
#define ALONG_SHARE 0.15
#define ALONG_SIGMAS 2.0
#define ALONG_SIGMA_MIN_MPS2 0.1
#define ONSET_APART_S 1.0
/* The evidence at which a manoeuvre is stated. */
#define EVIDENCE_MAX 12.0

void manoeuvre_test_init(struct manoeuvre_test *t)
{
    memset(t, 0, sizeof *t);
    t->time = INSTANT_UNSET;
}

void manoeuvre_test_copy(const struct manoeuvre_test *from, struct manoeuvre_test *to)
{
    assert(from->count <= MANOEUVRE_ONSETS);
    to->time = from->time;
    to->count = from->count;
    memcpy(to->onsets, from->onsets, from->count * sizeof *from->onsets);
}

void manoeuvre_test_predict(struct manoeuvre_test *t, double dt_s, const double transition[CELLS])
{
    for (uint32_t k = 0; k < t->count; k++) {
        struct manoeuvre_onset *onset = &t->onsets[k];
        double moved[DIM * AXES];
        matrix_multiply(transition, onset->response, moved, DIM, DIM, AXES);
        memcpy(onset->response, moved, sizeof moved);
        for (int i = 0; i < 3; i++) {
            for (int j = 0; j < AXES; j++) {
                onset->response[i * AXES + j] += 0.5 * dt_s * dt_s * onset->axes[j * 3 + i];
                onset->response[(3 + i) * AXES + j] += dt_s * onset->axes[j * 3 + i];
            }
        }
        onset->age_s += dt_s;
    }
}

static void normalise(double v[3])
{
    const double length = sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
    for (int i = 0; i < 3 && length > 0.0; i++) {
        v[i] /= length;
    }
}

static void cross(const double a[3], const double b[3], double out[3])
{
    out[0] = a[1] * b[2] - a[2] * b[1];
    out[1] = a[2] * b[0] - a[0] * b[2];
    out[2] = a[0] * b[1] - a[1] * b[0];
}

/* The up is that of a round Earth. */
void manoeuvre_axes(const double x[DIM], double axes[9])
{
    double up[3] = {x[0], x[1], x[2]};
    memcpy(axes, x + 3, 3 * sizeof *axes);
    normalise(axes);
    normalise(up);
    cross(axes, up, axes + 6);
    normalise(axes + 6);
    cross(axes + 6, axes, axes + 3);
}

static double drag_mps2(const double x[DIM])
{
    struct motion_state s = {{0}};
    memcpy(s.x, x, 6 * sizeof *s.x);
    return motion_drag_mps2(&s, motion_constant(MOTION_REENTRY, x[6]));
}

double manoeuvre_drag_sigma(const struct estimate *e, bool is_fitted)
{
    const double more =
        is_fitted ? 0.0 : elementary_exp(ALONG_SIGMAS * sqrt(e->p[CELLS - 1])) - 1.0;
    return ALONG_SIGMA_MIN_MPS2 + drag_mps2(e->x) * (ALONG_SHARE + more);
}

/* The oldest makes room. */
static void add_onset(struct manoeuvre_test *t, const struct estimate *e)
{
    if (t->count > 0 && t->onsets[t->count - 1].age_s < ONSET_APART_S) {
        return;
    }
    if (t->count == MANOEUVRE_ONSETS) {
        memmove(&t->onsets[0], &t->onsets[1], sizeof t->onsets[0] * (MANOEUVRE_ONSETS - 1));
        t->count--;
    }
    struct manoeuvre_onset *onset = &t->onsets[t->count];
    memset(onset, 0, sizeof *onset);
    manoeuvre_axes(e->x, onset->axes);
    onset->along_sigma_mps2 = manoeuvre_drag_sigma(e, false);
    t->count++;
}

/* The information with that of the prior, as its Cholesky factor. */
static result with_prior(const double information[9], double along_sigma_mps2, double factor[9])
{
    double sum[9];
    memcpy(sum, information, sizeof sum);
    sum[0] += 1.0 / elementary_square(along_sigma_mps2);
    sum[4] += 1.0 / elementary_square(ACROSS_SIGMA_MPS2);
    sum[8] += 1.0 / elementary_square(ACROSS_SIGMA_MPS2);
    return matrix_cholesky(sum, factor, AXES);
}

/* Twice the logarithm of the likelihood over that without any acceleration is
 * d' (C + Q)⁻¹ d - ln |C + Q| + ln |Q|, Q the inverse covariance of the prior. */
result manoeuvre_evidence(const double information[9], const double vector[AXES],
                          double along_sigma_mps2, double *out)
{
    double factor[9];
    TRY(with_prior(information, along_sigma_mps2, factor));
    const double along2 = elementary_square(along_sigma_mps2);
    const double any = matrix_mahalanobis_squared(factor, vector, AXES) -
                       matrix_log_determinant(factor, AXES) -
                       4.0 * elementary_log(ACROSS_SIGMA_MPS2) - elementary_log(along2);
    const double alone = information[0] + 1.0 / along2;
    const double along =
        elementary_square(vector[0]) / alone - elementary_log(alone) - elementary_log(along2);
    *out = 0.5 * (any - along);
    return OK;
}

/* What an observation, seen from the estimate, is to the test. */
struct sight {
    struct measure m;
    double factor[MEASURE_DIM_MAX * MEASURE_DIM_MAX]; /* of the residual's covariance */
    double gain[DIM * MEASURE_DIM_MAX];               /* 7 x dim */
};

/* Biases count as believed, and with their whole prior as noise. */
static result look(const struct estimate *e, const struct measure_site *site,
                   const double biases[MEASURE_BIASES], const struct observation *o,
                   struct sight *s)
{
    double h[MEASURE_DIM_MAX * DIM] = {0};
    double hp[MEASURE_DIM_MAX * DIM];
    double covariance[MEASURE_DIM_MAX * MEASURE_DIM_MAX];
    TRY(measure_linearise(site, o, e->x, &s->m));
    const int dim = s->m.dim;
    for (int a = 0; site->biased && a < dim; a++) {
        for (int k = 0; k < MEASURE_BIASES; k++) {
            s->m.residual[a] -= s->m.by_bias[a * MEASURE_BIASES + k] * biases[k];
        }
    }
    measure_add_biases(site, &s->m);
    s->m.noise[0] *= 1.0 + elementary_square(estimate_curvature(e, site, o));
    for (int i = 0; i < dim; i++) {
        memcpy(h + i * DIM, s->m.jacobian + i * 6, 6 * sizeof *h);
    }
    matrix_multiply(h, e->p, hp, dim, DIM, DIM);
    matrix_multiply_transposed(hp, h, covariance, dim, DIM, dim);
    for (int i = 0; i < dim * dim; i++) {
        /* not a finding (analyzer-use-of-uninitialized-value): the product filled it */
        covariance[i] += s->m.noise[i];
    }
    TRY(matrix_cholesky(covariance, s->factor, dim));
    matrix_cholesky_solve(s->factor, hp, dim, DIM);
    for (int i = 0; i < DIM; i++) {
        for (int a = 0; a < dim; a++) {
            s->gain[i * dim + a] = hp[a * DIM + i];
        }
    }
    return OK;
}

/* The innovation speaks for or against the onset; the estimate follows it. */
static void tell(struct manoeuvre_onset *onset, const struct sight *s)
{
    double g[MEASURE_DIM_MAX * AXES];
    double solved[MEASURE_DIM_MAX * AXES];
    const int dim = s->m.dim;
    matrix_multiply(s->m.jacobian, onset->response, g, dim, 6, AXES);
    memcpy(solved, g, sizeof solved);
    matrix_cholesky_solve(s->factor, solved, dim, AXES);
    for (int a = 0; a < dim; a++) {
        for (int i = 0; i < AXES; i++) {
            onset->vector[i] += solved[a * AXES + i] * s->m.residual[a];
            for (int j = 0; j < AXES; j++) {
                onset->information[i * AXES + j] += solved[a * AXES + i] * g[a * AXES + j];
            }
        }
        for (int i = 0; i < DIM; i++) {
            for (int j = 0; j < AXES; j++) {
                onset->response[i * AXES + j] -= s->gain[i * dim + a] * g[a * AXES + j];
            }
        }
    }
    matrix_symmetrise(onset->information, AXES);
    if (manoeuvre_evidence(onset->information, onset->vector, onset->along_sigma_mps2,
                           &onset->evidence) != OK) {
        onset->evidence = 0.0;
    }
}

void manoeuvre_test_observe(struct manoeuvre_test *t, const struct estimate *e,
                            const struct measure_site *site, const double biases[MEASURE_BIASES],
                            const struct observation *o)
{
    struct sight s;
    if (o->kind == SENSOR_TRACKER || look(e, site, biases, o, &s) != OK) {
        return;
    }
    for (uint32_t k = 0; k < t->count; k++) {
        tell(&t->onsets[k], &s);
    }
    add_onset(t, e);
}

const struct manoeuvre_onset *manoeuvre_test_passed(const struct manoeuvre_test *t)
{
    const struct manoeuvre_onset *best = NULL;
    for (uint32_t k = 0; k < t->count; k++) {
        const struct manoeuvre_onset *onset = &t->onsets[k];
        if (onset->evidence > EVIDENCE_MAX && (best == NULL || onset->evidence > best->evidence)) {
            best = onset;
        }
    }
    return best;
}

void manoeuvre_correct(const struct manoeuvre_onset *onset, struct estimate *e)
{
    double factor[9];
    double found[AXES];
    double doubt[9];
    double widened[CELLS];
    if (with_prior(onset->information, onset->along_sigma_mps2, factor) != OK) {
        return;
    }
    memcpy(found, onset->vector, sizeof found);
    matrix_cholesky_solve(factor, found, AXES, 1);
    matrix_identity(doubt, AXES);
    matrix_cholesky_solve(factor, doubt, AXES, AXES);
    matrix_symmetrise(doubt, AXES);
    matrix_transform(onset->response, doubt, widened, DIM, AXES);
    for (int i = 0; i < DIM; i++) {
        for (int j = 0; j < AXES; j++) {
            e->x[i] += onset->response[i * AXES + j] * found[j];
        }
        for (int j = 0; j < DIM; j++) {
            e->p[i * DIM + j] += widened[i * DIM + j];
        }
    }
}
