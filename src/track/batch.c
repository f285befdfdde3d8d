#include "track/batch.h"

#include <string.h>

#include "base/elementary.h"
#include "base/matrix.h"

enum { DIM = ESTIMATE_DIM, CELLS = ESTIMATE_CELLS, ROUNDS_MAX = 12, OBSERVATIONS_MIN = 4 };

#define GUESS_POSITION_M 1e5
#define GUESS_VELOCITY_MPS 2e3
#define GUESS_THRUST_MPS2 100.0

struct normal {
    double information[CELLS];
    double vector[DIM];
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
};

static double prior_of(enum estimate_motion motion, double *variance)
{
    const bool ballistic = motion == ESTIMATE_BALLISTIC;
    *variance = ballistic ? ESTIMATE_LN_BETA_VARIANCE : GUESS_THRUST_MPS2 * GUESS_THRUST_MPS2;
    return ballistic ? ESTIMATE_LN_BETA_MEAN : 0.0;
}

static void add_prior(struct normal *sum, enum estimate_motion motion, const double x[DIM],
                      const double guess[DIM])
{
    double variance[DIM];
    for (int i = 0; i < 3; i++) {
        variance[i] = GUESS_POSITION_M * GUESS_POSITION_M;
        variance[3 + i] = GUESS_VELOCITY_MPS * GUESS_VELOCITY_MPS;
    }
    const double constant = prior_of(motion, &variance[6]);
    for (int i = 0; i < DIM; i++) {
        const double centre = i < 6 ? guess[i] : constant;
        sum->information[i * DIM + i] += 1.0 / variance[i];
        sum->vector[i] += (centre - x[i]) / variance[i];
    }
}

/* One observation's share of the normal equations, at the epoch. */
static result add_observation(struct normal *sum, const struct question *q, const double x[DIM],
                              const struct filter_kept *kept)
{
    double past[DIM];
    double back[CELLS];
    memcpy(past, x, sizeof past);
    estimate_move(q->motion, past, -instant_since_s(q->epoch, kept->observation.validity), back);
    struct measure m;
    TRY(measure_linearise(&q->sites[kept->site], &kept->observation, past, &m));
    double jacobian[MEASURE_DIM_MAX * DIM];
    for (int i = 0; i < m.dim; i++) {
        for (int j = 0; j < DIM; j++) {
            double value = 0.0;
            for (int k = 0; k < 6; k++) {
                value += m.jacobian[i * 6 + k] * back[k * DIM + j];
            }
            jacobian[i * DIM + j] = value;
        }
    }
    double weight[MEASURE_DIM_MAX * MEASURE_DIM_MAX];
    TRY(matrix_inverse(m.noise, weight, m.dim));
    for (int a = 0; a < m.dim; a++) {
        for (int b = 0; b < m.dim; b++) {
            const double w = weight[a * m.dim + b];
            sum->chi_squared += m.residual[a] * w * m.residual[b];
            for (int i = 0; i < DIM; i++) {
                sum->vector[i] += jacobian[a * DIM + i] * w * m.residual[b];
                for (int j = 0; j < DIM; j++) {
                    sum->information[i * DIM + j] +=
                        jacobian[a * DIM + i] * w * jacobian[b * DIM + j];
                }
            }
        }
    }
    sum->degrees += m.dim;
    return OK;
}

static result accumulate(const struct question *q, const double x[DIM], const double guess[DIM],
                         struct normal *sum, int *used)
{
    memset(sum, 0, sizeof *sum);
    *used = 0;
    add_prior(sum, q->motion, x, guess);
    for (uint32_t i = 0; i < q->memory->count; i++) {
        const struct filter_kept *kept = &q->memory->kept[i];
        const bool ready_made = kept->observation.kind == SENSOR_TRACKER;
        if (ready_made || instant_before(kept->observation.validity, q->from)) {
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

result batch_fit(const struct filter_memory *memory, const struct measure_site *sites,
                 enum estimate_motion motion, struct instant epoch, struct instant from,
                 struct estimate *guess, int *used)
{
    const struct question q = {memory, sites, motion, epoch, from};
    double x[DIM];
    double variance = 0.0;
    memcpy(x, guess->x, sizeof x);
    x[6] = prior_of(motion, &variance);
    struct normal sum;
    double factor[CELLS];
    int count = 0;
    for (int round = 0; round < ROUNDS_MAX; round++) {
        TRY(accumulate(&q, x, guess->x, &sum, &count));
        ENSURE(count >= OBSERVATIONS_MIN, ERR_STATE);
        TRY(matrix_cholesky(sum.information, factor, DIM));
        double change[DIM];
        memcpy(change, sum.vector, sizeof change);
        matrix_cholesky_solve(factor, change, DIM, 1);
        double size = 0.0;
        for (int i = 0; i < DIM; i++) {
            x[i] += change[i];
            size += change[i] * sum.vector[i];
            ENSURE(elementary_is_finite(x[i]), ERR_NUMERIC);
        }
        if (size < 1e-4) {
            ENSURE(sum.chi_squared <= chi_squared_limit(sum.degrees), ERR_NUMERIC);
            struct estimate fitted;
            memcpy(fitted.x, x, sizeof x);
            TRY(matrix_inverse(sum.information, fitted.p, DIM));
            *guess = fitted;
            *used = count;
            return OK;
        }
    }
    return ERR_NUMERIC;
}
