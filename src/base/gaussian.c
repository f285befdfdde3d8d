#include "base/gaussian.h"

#include <assert.h>
#include <string.h>

#include "base/elementary.h"

#define CELLS (MATRIX_DIM_MAX * MATRIX_DIM_MAX)

double gaussian_gate(int degrees)
{
    static const double QUANTILES[] = {10.828, 13.816, 16.266, 18.467, 20.515, 22.458};
    assert(degrees >= 1);
    assert(degrees <= 6);
    return QUANTILES[degrees - 1];
}

result gaussian_distance_squared(const double *a, const double *pa, const double *b,
                                 const double *pb, int n, double *out)
{
    assert(n <= MATRIX_DIM_MAX);
    double sum[CELLS];
    double factor[CELLS];
    double difference[MATRIX_DIM_MAX];
    for (int i = 0; i < n * n; i++) {
        sum[i] = pa[i] + pb[i];
    }
    TRY(matrix_cholesky(sum, factor, n));
    for (int i = 0; i < n; i++) {
        difference[i] = a[i] - b[i];
    }
    *out = matrix_mahalanobis_squared(factor, difference, n);
    return OK;
}

/* Adds up two information forms with weights, and turns the sum back. */
static result combine(const double *a, const double *ia, double wa, const double *b,
                      const double *ib, double wb, int n, double *x, double *p)
{
    double information[CELLS];
    double vector[MATRIX_DIM_MAX];
    double factor[CELLS];
    for (int i = 0; i < n * n; i++) {
        information[i] = wa * ia[i] + wb * ib[i];
    }
    for (int i = 0; i < n; i++) {
        vector[i] = 0.0;
        for (int j = 0; j < n; j++) {
            vector[i] += wa * ia[i * n + j] * a[j] + wb * ib[i * n + j] * b[j];
        }
    }
    TRY(matrix_cholesky(information, factor, n));
    matrix_cholesky_solve(factor, vector, n, 1);
    for (int i = 0; i < n; i++) {
        ENSURE(elementary_is_finite(vector[i]), ERR_NUMERIC); /* a variance near zero overflows */
    }
    matrix_identity(p, n);
    matrix_cholesky_solve(factor, p, n, n);
    matrix_symmetrise(p, n);
    memcpy(x, vector, sizeof(double) * (size_t)n);
    return OK;
}

/* Minus the log determinant of the fused information at weight w: smaller is better. */
static double spread_at(const double *ia, const double *ib, double w, int n)
{
    double information[CELLS];
    double factor[CELLS];
    for (int i = 0; i < n * n; i++) {
        information[i] = w * ia[i] + (1.0 - w) * ib[i];
    }
    if (matrix_cholesky(information, factor, n) != OK) {
        return 1e300;
    }
    return -matrix_log_determinant(factor, n);
}

result gaussian_intersect(const double *a, const double *pa, const double *b, const double *pb,
                          int n, double *x, double *p)
{
    assert(n <= MATRIX_DIM_MAX);
    const double golden = 0.6180339887498949;
    double ia[CELLS];
    double ib[CELLS];
    TRY(matrix_inverse(pa, ia, n));
    TRY(matrix_inverse(pb, ib, n));
    double low = 0.0;
    double high = 1.0;
    while (high - low > 1e-6) {
        const double left = high - golden * (high - low);
        const double right = low + golden * (high - low);
        if (spread_at(ia, ib, left, n) < spread_at(ia, ib, right, n)) {
            high = right;
        } else {
            low = left;
        }
    }
    const double w = 0.5 * (low + high);
    return combine(a, ia, w, b, ib, 1.0 - w, n, x, p);
}
