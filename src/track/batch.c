#include "track/batch.h"

#include <string.h>

#include "base/elementary.h"
#include "base/matrix.h"

enum { DIM = ESTIMATE_DIM, CELLS = ESTIMATE_CELLS, ROUNDS_MAX = 16, OBSERVATIONS_MIN = 4 };
/* State and biases together. */
enum { ALL_MAX = DIM + REGISTRATION_MAX };

#define GUESS_POSITION_M 1e5
#define GUESS_VELOCITY_MPS 2e3
#define GUESS_THRUST_MPS2 100.0
#define LN_BETA_STEP 1.0

/* Normal equations of `dim` unknowns, row by row without gaps. */
struct normal {
    int dim;
    double information[ALL_MAX * ALL_MAX];
    double vector[ALL_MAX];
    double chi_squared;
    int degrees;
};

/* What is asked of the fit: which observations, by which motion, at which time. */
struct question {
    const struct filter_memory *memory;
    const struct measure_site *sites;
    enum estimate_motion motion;
    struct instant epoch;
    struct instant from;
    struct registration *registration; /* NULL = biases are noise */
};

static double prior_of(enum estimate_motion motion, double *variance)
{
    const bool ballistic = motion == ESTIMATE_BALLISTIC;
    *variance = ballistic ? ESTIMATE_LN_BETA_VARIANCE : GUESS_THRUST_MPS2 * GUESS_THRUST_MPS2;
    return ballistic ? ESTIMATE_LN_BETA_MEAN : 0.0;
}

static void add_prior(struct normal *sum, const struct question *q, const double x[ALL_MAX],
                      const double guess[DIM])
{
    double variance[DIM];
    for (int i = 0; i < 3; i++) {
        variance[i] = GUESS_POSITION_M * GUESS_POSITION_M;
        variance[3 + i] = GUESS_VELOCITY_MPS * GUESS_VELOCITY_MPS;
    }
    const double constant = prior_of(q->motion, &variance[6]);
    for (int i = 0; i < DIM; i++) {
        const double centre = i < 6 ? guess[i] : constant;
        sum->information[i * (sum->dim + 1)] += 1.0 / variance[i];
        sum->vector[i] += (centre - x[i]) / variance[i];
    }
    for (int i = DIM; i < sum->dim; i++) {
        const double weight = 1.0 / q->registration->p[(i - DIM) * (REGISTRATION_MAX + 1)];
        sum->information[i * (sum->dim + 1)] += weight;
        sum->vector[i] -= x[i] * weight;
    }
}

/* An observation seen from state and biases: the model, and its Jacobian by all of them. */
static result see(const struct question *q, const double x[ALL_MAX], int dim,
                  const struct filter_kept *kept, struct measure *m,
                  double jacobian[MEASURE_DIM_MAX * ALL_MAX])
{
    double past[DIM];
    double back[CELLS];
    double rows[MEASURE_DIM_MAX * REGISTRATION_MAX];
    memcpy(past, x, sizeof past);
    estimate_move(q->motion, past, -instant_since_s(q->epoch, kept->observation.validity), back);
    TRY(measure_linearise(&q->sites[kept->site], &kept->observation, past, m));
    for (int i = 0; i < m->dim; i++) {
        for (int j = 0; j < DIM; j++) {
            double value = 0.0;
            for (int k = 0; k < 6; k++) {
                value += m->jacobian[i * 6 + k] * back[k * DIM + j];
            }
            jacobian[i * dim + j] = value;
        }
    }
    if (q->registration == NULL || !registration_has(q->registration, kept->site)) {
        measure_add_biases(&q->sites[kept->site], m);
        for (int i = 0; i < m->dim; i++) {
            memset(jacobian + i * dim + DIM, 0, sizeof(double) * (size_t)(dim - DIM));
        }
        return OK;
    }
    registration_rows(q->registration, kept->site, m->by_bias, m->dim, rows);
    for (int i = 0; i < m->dim; i++) {
        for (int k = 0; k < dim - DIM; k++) {
            jacobian[i * dim + DIM + k] = rows[i * REGISTRATION_MAX + k];
            m->residual[i] -= rows[i * REGISTRATION_MAX + k] * x[DIM + k];
        }
    }
    return OK;
}

/* One observation's share of the normal equations, at the epoch. */
static result add_observation(struct normal *sum, const struct question *q, const double x[ALL_MAX],
                              const struct filter_kept *kept)
{
    struct measure m;
    double jacobian[MEASURE_DIM_MAX * ALL_MAX];
    double weight[MEASURE_DIM_MAX * MEASURE_DIM_MAX];
    double wj[MEASURE_DIM_MAX * ALL_MAX];
    const int dim = sum->dim;
    TRY(see(q, x, dim, kept, &m, jacobian));
    TRY(matrix_inverse(m.noise, weight, m.dim));
    matrix_multiply(weight, jacobian, wj, m.dim, m.dim, dim);
    for (int a = 0; a < m.dim; a++) {
        for (int b = 0; b < m.dim; b++) {
            sum->chi_squared += m.residual[a] * weight[a * m.dim + b] * m.residual[b];
        }
        for (int i = 0; i < dim; i++) {
            sum->vector[i] += wj[a * dim + i] * m.residual[a];
            for (int j = 0; j < dim; j++) {
                sum->information[i * dim + j] += jacobian[a * dim + i] * wj[a * dim + j];
            }
        }
    }
    sum->degrees += m.dim;
    return OK;
}

static bool counts(const struct question *q, const struct filter_kept *kept)
{
    return kept->observation.kind != SENSOR_TRACKER &&
           !instant_before(kept->observation.validity, q->from);
}

static result accumulate(const struct question *q, const double x[ALL_MAX], const double guess[DIM],
                         struct normal *sum, int *used)
{
    memset(sum, 0, sizeof *sum);
    sum->dim = DIM + (q->registration != NULL ? q->registration->count : 0);
    *used = 0;
    add_prior(sum, q, x, guess);
    for (uint32_t i = 0; i < q->memory->count; i++) {
        const struct filter_kept *kept = &q->memory->kept[i];
        if (!counts(q, kept)) {
            continue;
        }
        TRY(add_observation(sum, q, x, kept));
        (*used)++;
    }
    return OK;
}

/* 0.9999 quantile of chi-squared. Source: Wilson and Hilferty (1931), PNAS 17(12), 684-688. */
static double chi_squared_limit(int degrees)
{
    const double k = degrees;
    const double root = 1.0 - 2.0 / (9.0 * k) + 3.719 * sqrt(2.0 / (9.0 * k));
    return k * root * root * root;
}

/* All whose observations count, with their priors. */
static void admit_sites(const struct question *q)
{
    if (q->registration == NULL) {
        return;
    }
    memset(q->registration, 0, sizeof *q->registration);
    for (uint32_t i = 0; i < q->memory->count; i++) {
        const struct filter_kept *kept = &q->memory->kept[i];
        if (counts(q, kept)) {
            (void)registration_admit(q->registration, kept->site, &q->sites[kept->site]);
        }
    }
}

/* The solution taken apart: the state if the biases are as found, and how it changes with them. */
static result take_apart(const struct normal *sum, const double x[ALL_MAX], struct registration *r,
                         struct estimate *out)
{
    const int dim = sum->dim;
    const int biases = dim - DIM;
    double own[CELLS];
    double factor[CELLS];
    double across[DIM * REGISTRATION_MAX];
    double rest[REGISTRATION_MAX * REGISTRATION_MAX];
    for (int i = 0; i < DIM; i++) {
        memcpy(own + i * DIM, sum->information + i * dim, DIM * sizeof *own);
        for (int k = 0; k < biases; k++) {
            across[i * biases + k] = sum->information[i * dim + DIM + k];
        }
    }
    TRY(matrix_inverse(own, out->p, DIM));
    memcpy(out->x, x, sizeof out->x);
    if (biases == 0) {
        return OK;
    }
    TRY(matrix_cholesky(own, factor, DIM));
    matrix_cholesky_solve(factor, across, DIM, biases);
    for (int k = 0; k < biases; k++) {
        for (int l = 0; l < biases; l++) {
            rest[k * biases + l] = sum->information[(DIM + k) * dim + DIM + l];
            for (int i = 0; i < DIM; i++) {
                rest[k * biases + l] -=
                    sum->information[(DIM + k) * dim + i] * across[i * biases + l];
            }
        }
    }
    matrix_symmetrise(rest, biases);
    TRY(matrix_inverse(rest, rest, biases));
    for (int k = 0; k < biases; k++) {
        r->value[k] = x[DIM + k];
        memcpy(r->p + k * REGISTRATION_MAX, rest + k * biases, sizeof *rest * (size_t)biases);
        for (int i = 0; i < DIM; i++) {
            r->by_bias[i * REGISTRATION_MAX + k] = -across[i * biases + k];
        }
    }
    return OK;
}

/* Drag goes with the exponential of the coefficient's logarithm: a step that is right where it is
 * linear may go far beyond. */
static double damping(enum estimate_motion motion, const double change[ALL_MAX])
{
    const double size = fabs(change[6]);
    return motion == ESTIMATE_BALLISTIC && size > LN_BETA_STEP ? LN_BETA_STEP / size : 1.0;
}

result batch_nearest(const struct filter_memory *memory, const struct measure_site *sites,
                     enum estimate_motion motion, struct instant epoch, struct instant from,
                     struct estimate *guess, struct registration *registration, double *excess)
{
    struct registration fresh;
    const struct question q = {memory, sites, motion,
                               epoch,  from,  registration != NULL ? &fresh : NULL};
    double x[ALL_MAX] = {0};
    double variance = 0.0;
    struct normal sum;
    double factor[ALL_MAX * ALL_MAX];
    int count = 0;
    memcpy(x, guess->x, sizeof guess->x);
    x[6] = prior_of(motion, &variance);
    admit_sites(&q);
    for (int round = 0; round < ROUNDS_MAX; round++) {
        TRY(accumulate(&q, x, guess->x, &sum, &count));
        ENSURE(count >= OBSERVATIONS_MIN, ERR_STATE);
        TRY(matrix_cholesky(sum.information, factor, sum.dim));
        double change[ALL_MAX];
        memcpy(change, sum.vector, sizeof change);
        matrix_cholesky_solve(factor, change, sum.dim, 1);
        const double share = damping(motion, change);
        double size = 0.0;
        for (int i = 0; i < sum.dim; i++) {
            x[i] += share * change[i];
            size += change[i] * sum.vector[i];
            ENSURE(elementary_is_finite(x[i]), ERR_NUMERIC);
        }
        if (size < 1e-4) {
            struct estimate fitted;
            TRY(take_apart(&sum, x, &fresh, &fitted));
            *guess = fitted;
            *excess = sum.chi_squared - chi_squared_limit(sum.degrees);
            if (registration != NULL) {
                *registration = fresh;
            }
            return OK;
        }
    }
    return ERR_NUMERIC;
}

result batch_fit(const struct filter_memory *memory, const struct measure_site *sites,
                 enum estimate_motion motion, struct instant epoch, struct instant from,
                 struct estimate *guess, struct registration *registration)
{
    struct estimate fit = *guess;
    struct registration found;
    double excess = 0.0;
    TRY(batch_nearest(memory, sites, motion, epoch, from, &fit,
                      registration != NULL ? &found : NULL, &excess));
    ENSURE(excess <= 0.0, ERR_NUMERIC);
    *guess = fit;
    if (registration != NULL) {
        *registration = found;
    }
    return OK;
}
