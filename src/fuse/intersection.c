#include "fuse/intersection.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/elementary.h"
#include "base/matrix.h"

enum { DIM = INTERSECTION_DIM, CELLS = INTERSECTION_CELLS };

#define VELOCITY_WORTH_S 1.0
/* Each round multiplies the weights by the root of what they are worth; the sum of variances falls
 * in every one, and hardly any more after so many. */
#define ROUNDS 60

/* Variance of position and of VELOCITY_WORTH_S of velocity. */
static double spread(const double p[CELLS])
{
    double sum = 0.0;
    for (int i = 0; i < 3; i++) {
        sum += p[i * (DIM + 1)];
        sum += elementary_square(VELOCITY_WORTH_S) * p[(3 + i) * (DIM + 1)];
    }
    return sum;
}

static result covariance_of(const double *information, const double *weights, uint32_t count,
                            double p[CELLS])
{
    double sum[CELLS] = {0};
    for (uint32_t i = 0; i < count; i++) {
        for (int k = 0; k < CELLS; k++) {
            sum[k] += weights[i] * information[i * CELLS + (uint32_t)k];
        }
    }
    return matrix_inverse(sum, p, DIM);
}

/* One round: from the covariance of the present weights to better ones. */
static void improve(const double *information, uint32_t count, const double p[CELLS],
                    double *weights)
{
    const double whole = spread(p);
    double total = 0.0;
    for (uint32_t i = 0; i < count; i++) {
        double part[CELLS];
        matrix_transform(p, information + i * CELLS, part, DIM, DIM);
        weights[i] *= sqrt(spread(part) / whole);
        total += weights[i];
    }
    for (uint32_t i = 0; i < count; i++) {
        weights[i] /= total;
    }
}

result intersection_solve(const struct intersection_part *parts, uint32_t count, double x[DIM],
                          double p[CELLS])
{
    assert(count >= 1);
    assert(count <= INTERSECTION_MAX);
    double information[INTERSECTION_MAX * CELLS]; /* one after the other */
    double weights[INTERSECTION_MAX];
    double found[CELLS];
    for (uint32_t i = 0; i < count; i++) {
        TRY(matrix_inverse(parts[i].p, information + i * CELLS, DIM));
        weights[i] = 1.0 / (double)count;
    }
    TRY(covariance_of(information, weights, count, found));
    for (int round = 0; round < ROUNDS && count > 1; round++) {
        improve(information, count, found, weights);
        TRY(covariance_of(information, weights, count, found));
    }
    /* From the first part on: differences keep the digits that 6000 km would cost. */
    double pull[DIM] = {0};
    for (uint32_t i = 1; i < count; i++) {
        for (int k = 0; k < CELLS; k++) {
            const int j = k % DIM;
            pull[k / DIM] +=
                weights[i] * information[i * CELLS + (uint32_t)k] * (parts[i].x[j] - parts[0].x[j]);
        }
    }
    double next[DIM];
    matrix_multiply(found, pull, next, DIM, DIM, 1);
    for (int i = 0; i < DIM; i++) {
        next[i] += parts[0].x[i];
        ENSURE(elementary_is_finite(next[i]), ERR_NUMERIC);
    }
    memcpy(x, next, sizeof next);
    memcpy(p, found, sizeof found);
    return OK;
}
