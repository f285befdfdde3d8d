#include "track/lift.h"

#include <string.h>

#include "base/elementary.h"
#include "base/matrix.h"
#include "track/way.h"

/* State and acceleration together. */
enum { DIM = ESTIMATE_DIM, CELLS = ESTIMATE_CELLS, ALL = DIM + 3 };

/* So wide that it tells next to nothing. */
#define ACCELERATION_SIGMA_MPS2 100.0
#define SIGMAS 2.5

struct normal {
    double information[ALL * ALL];
    double vector[ALL];
};

/* How state and acceleration at the epoch change the position and velocity some time before: going
 * back, the acceleration is taken out until its onset. */
static void by_both(const double back[CELLS], double age_s, double lasted_s, double out[6 * ALL])
{
    const double within_s = age_s < lasted_s ? age_s : lasted_s;
    const double position = within_s * (age_s - 0.5 * within_s);
    memset(out, 0, sizeof *out * 6 * ALL);
    for (int i = 0; i < 6; i++) {
        memcpy(out + i * ALL, back + i * DIM, DIM * sizeof *back);
        out[i * ALL + DIM + i % 3] = i < 3 ? position : -within_s;
    }
}

static result add_observation(const struct lift_question *q, struct way *way,
                              const struct filter_kept *kept, struct normal *sum)
{
    struct measure m;
    double both[6 * ALL];
    double jacobian[MEASURE_DIM_MAX * ALL];
    double weight[MEASURE_DIM_MAX * MEASURE_DIM_MAX];
    double weighted[MEASURE_DIM_MAX * ALL];
    const struct observation *o = &kept->observation;
    const double age_s = instant_since_s(q->epoch, o->validity);
    way_go(way, o->validity);
    TRY(measure_linearise(&q->sites[kept->site], o, way->x, &m));
    measure_add_biases(&q->sites[kept->site], &m);
    TRY(matrix_inverse(m.noise, weight, m.dim));
    by_both(way->transition, age_s, instant_since_s(q->epoch, q->onset), both);
    matrix_multiply(m.jacobian, both, jacobian, m.dim, 6, ALL);
    matrix_multiply(weight, jacobian, weighted, m.dim, m.dim, ALL);
    for (int a = 0; a < m.dim; a++) {
        for (int i = 0; i < ALL; i++) {
            sum->vector[i] += weighted[a * ALL + i] * m.residual[a];
            for (int j = 0; j < ALL; j++) {
                sum->information[i * ALL + j] += jacobian[a * ALL + i] * weighted[a * ALL + j];
            }
        }
    }
    return OK;
}

static result accumulate(const struct lift_question *q, const struct estimate *fit,
                         struct normal *sum)
{
    struct way way;
    memset(sum, 0, sizeof *sum);
    way_begin(ESTIMATE_BALLISTIC, q->epoch, fit->x, &way);
    for (uint32_t i = 0; i < q->memory->count; i++) {
        const struct filter_kept *kept = filter_kept_at(q->memory, i);
        if (kept->observation.kind != SENSOR_TRACKER &&
            !instant_before(kept->observation.validity, q->from)) {
            TRY(add_observation(q, &way, kept, sum));
        }
    }
    sum->information[6 * (ALL + 1)] += 1.0 / ESTIMATE_LN_BETA_VARIANCE;
    sum->vector[6] += (ESTIMATE_LN_BETA_MEAN - fit->x[6]) / ESTIMATE_LN_BETA_VARIANCE;
    return OK;
}

bool lift_is_bounded(const struct lift_question *q, const struct estimate *fit, double limit_mps2)
{
    struct normal sum;
    double covariance[ALL * ALL];
    double found[ALL];
    if (accumulate(q, fit, &sum) != OK) {
        return false;
    }
    for (int i = DIM; i < ALL; i++) {
        sum.information[i * (ALL + 1)] += 1.0 / elementary_square(ACCELERATION_SIGMA_MPS2);
    }
    if (matrix_inverse(sum.information, covariance, ALL) != OK) {
        return false;
    }
    matrix_multiply(covariance, sum.vector, found, ALL, ALL, 1);
    const double *v = fit->x + 3;
    const double *a = found + DIM;
    const double speed2 = v[0] * v[0] + v[1] * v[1] + v[2] * v[2];
    const double along = (a[0] * v[0] + a[1] * v[1] + a[2] * v[2]) / speed2;
    double size2 = 0.0;
    double variance = 0.0;
    for (int i = 0; i < 3; i++) {
        size2 += elementary_square(a[i] - along * v[i]);
        variance += covariance[(DIM + i) * (ALL + 1)];
        for (int j = 0; j < 3; j++) {
            variance -= v[i] * covariance[(DIM + i) * ALL + DIM + j] * v[j] / speed2;
        }
    }
    return sqrt(size2) + SIGMAS * sqrt(variance > 0.0 ? variance : 0.0) < limit_mps2;
}

result lift_evidence(const struct lift_question *q, const struct estimate *fit, double *out)
{
    struct normal sum;
    double own[CELLS];
    double factor[CELLS];
    double across[DIM * 4]; /* the acceleration's columns, and the vector */
    double solved[DIM * 4];
    TRY(accumulate(q, fit, &sum));
    for (int i = 0; i < DIM; i++) {
        memcpy(own + i * DIM, sum.information + i * ALL, DIM * sizeof *own);
        memcpy(across + i * 4, sum.information + i * ALL + DIM, 3 * sizeof *across);
        across[i * 4 + 3] = sum.vector[i];
    }
    memcpy(solved, across, sizeof solved);
    TRY(matrix_cholesky(own, factor, DIM));
    matrix_cholesky_solve(factor, solved, DIM, 4);
    double information[9];
    double vector[3];
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 4; j++) {
            double rest = j < 3 ? sum.information[(DIM + i) * ALL + DIM + j] : sum.vector[DIM + i];
            for (int k = 0; k < DIM; k++) {
                rest -= across[k * 4 + i] * solved[k * 4 + j];
            }
            *(j < 3 ? &information[i * 3 + j] : &vector[i]) = rest;
        }
    }
    double axes[9];
    double turned[9];
    double turned_vector[3];
    manoeuvre_axes(fit->x, axes);
    matrix_transform(axes, information, turned, 3, 3);
    matrix_multiply(axes, vector, turned_vector, 3, 3, 1);
    return manoeuvre_evidence(turned, turned_vector, manoeuvre_drag_sigma(fit, true), out);
}
