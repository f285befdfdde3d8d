#include "track/batch.h"

#include <string.h>

#include "base/elementary.h"
#include "base/matrix.h"

enum { DIM = ESTIMATE_DIM, CELLS = ESTIMATE_CELLS, ROUNDS_MAX = 12, OBSERVATIONS_MIN = 4 };

#define GUESS_POSITION_M 1e5
#define GUESS_VELOCITY_MPS 2e3

struct normal {
    double information[CELLS];
    double vector[DIM];
    double chi_squared;
    int degrees;
};

static void add_prior(struct normal *sum, const double x[DIM], const double guess[DIM])
{
    double variance[DIM];
    for (int i = 0; i < 3; i++) {
        variance[i] = GUESS_POSITION_M * GUESS_POSITION_M;
        variance[3 + i] = GUESS_VELOCITY_MPS * GUESS_VELOCITY_MPS;
    }
    variance[6] = ESTIMATE_LN_BETA_VARIANCE;
    for (int i = 0; i < DIM; i++) {
        const double centre = i < 6 ? guess[i] : ESTIMATE_LN_BETA_MEAN;
        sum->information[i * DIM + i] += 1.0 / variance[i];
        sum->vector[i] += (centre - x[i]) / variance[i];
    }
}

/* One observation's share of the normal equations, at the epoch `age_s` after it. */
static result add_observation(struct normal *sum, const double x[DIM],
                              const struct measure_site *sites, const struct filter_kept *kept,
                              double age_s)
{
    double past[DIM];
    double back[CELLS];
    memcpy(past, x, sizeof past);
    estimate_move(ESTIMATE_BALLISTIC, past, -age_s, back);
    struct measure m;
    TRY(measure_linearise(&sites[kept->site], &kept->observation, past, &m));
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

static result accumulate(const struct filter_memory *memory, const struct measure_site *sites,
                         struct instant epoch, struct instant from, const double x[DIM],
                         const double guess[DIM], struct normal *sum, int *used)
{
    memset(sum, 0, sizeof *sum);
    *used = 0;
    add_prior(sum, x, guess);
    for (uint32_t i = 0; i < memory->count; i++) {
        const struct filter_kept *kept = &memory->kept[i];
        const bool ready_made = kept->observation.kind == SENSOR_TRACKER;
        if (ready_made || instant_before(kept->observation.validity, from)) {
            continue;
        }
        const double age_s = instant_since_s(epoch, kept->observation.validity);
        TRY(add_observation(sum, x, sites, kept, age_s));
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
                 struct instant epoch, struct instant from, struct estimate *guess, int *used)
{
    double x[DIM];
    memcpy(x, guess->x, sizeof x);
    x[6] = ESTIMATE_LN_BETA_MEAN;
    struct normal sum;
    double factor[CELLS];
    int count = 0;
    for (int round = 0; round < ROUNDS_MAX; round++) {
        TRY(accumulate(memory, sites, epoch, from, x, guess->x, &sum, &count));
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
