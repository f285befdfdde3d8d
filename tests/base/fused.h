/* What two independent estimates of one vector say together, by Kalman's formula: an oracle for
 * fusion. */
#ifndef WATCHFIRE_TESTS_BASE_FUSED_H
#define WATCHFIRE_TESTS_BASE_FUSED_H

#include <string.h>

#include "near.h"

#include "base/matrix.h"

/* n values; x (n) and p (n x n) may be a's own storage. */
static inline void fused_estimate(const double *a, const double *pa, const double *b,
                                  const double *pb, int n, double *x, double *p)
{
    double inverse[MATRIX_DIM_MAX * MATRIX_DIM_MAX];
    double gain[MATRIX_DIM_MAX * MATRIX_DIM_MAX];
    double joint[MATRIX_DIM_MAX * MATRIX_DIM_MAX];
    double state[MATRIX_DIM_MAX];
    for (int i = 0; i < n * n; i++) {
        inverse[i] = pa[i] + pb[i];
    }
    assert_int_equal(matrix_inverse(inverse, inverse, n), OK);
    matrix_multiply(pa, inverse, gain, n, n, n);
    matrix_multiply(gain, pb, joint, n, n, n);
    for (int i = 0; i < n; i++) {
        state[i] = a[i];
        for (int j = 0; j < n; j++) {
            state[i] += gain[i * n + j] * (b[j] - a[j]);
        }
    }
    memcpy(x, state, sizeof(double) * (size_t)n);
    memcpy(p, joint, sizeof(double) * (size_t)(n * n));
}

#endif
