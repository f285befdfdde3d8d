#include "base/matrix.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "base/elementary.h"

void matrix_symmetrise(double *p, int n)
{
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < i; j++) {
            const double mean = 0.5 * (p[i * n + j] + p[j * n + i]);
            p[i * n + j] = mean;
            p[j * n + i] = mean;
        }
    }
}

result matrix_inverse(const double *a, double *out, int n)
{
    double l[MATRIX_DIM_MAX * MATRIX_DIM_MAX];
    TRY(matrix_cholesky(a, l, n));
    matrix_identity(out, n);
    matrix_cholesky_solve(l, out, n, n);
    matrix_symmetrise(out, n);
    return OK;
}

double matrix_log_determinant(const double *l, int n)
{
    double sum = 0.0;
    for (int i = 0; i < n; i++) {
        sum += elementary_log(l[i * n + i]);
    }
    return 2.0 * sum;
}

/* One rotation that makes a[p][q] zero. */
static void rotate(double *a, double *vectors, int n, int p, int q)
{
    const double off = a[p * n + q];
    if (off == 0.0) {
        return;
    }
    const double theta = (a[q * n + q] - a[p * n + p]) / (2.0 * off);
    const double sign = theta >= 0.0 ? 1.0 : -1.0;
    const double t = sign / (fabs(theta) + sqrt(theta * theta + 1.0));
    const double c = 1.0 / sqrt(t * t + 1.0);
    const double s = t * c;
    for (int k = 0; k < n; k++) {
        const double akp = a[k * n + p];
        const double akq = a[k * n + q];
        a[k * n + p] = c * akp - s * akq;
        a[k * n + q] = s * akp + c * akq;
    }
    for (int k = 0; k < n; k++) {
        const double apk = a[p * n + k];
        const double aqk = a[q * n + k];
        a[p * n + k] = c * apk - s * aqk;
        a[q * n + k] = s * apk + c * aqk;
    }
    a[p * n + q] = 0.0; /* what rounding leaves there would be turned for ever */
    a[q * n + p] = 0.0;
    for (int k = 0; k < n; k++) {
        const double vkp = vectors[k * n + p];
        const double vkq = vectors[k * n + q];
        vectors[k * n + p] = c * vkp - s * vkq;
        vectors[k * n + q] = s * vkp + c * vkq;
    }
}

/* Whether a rotation would move nothing any more: an element off the diagonal adds less than half a
 * unit in the last place to either of its diagonal elements, and turns vectors by less than that.
 * Infinities and NaN are never diagonal. */
static bool is_diagonal(const double *a, int n)
{
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < i; j++) {
            const double least =
                fabs(a[i * n + i]) < fabs(a[j * n + j]) ? fabs(a[i * n + i]) : fabs(a[j * n + j]);
            if (!(fabs(a[i * n + j]) <= 1e-17 * least)) {
                return false;
            }
        }
    }
    return true;
}

static void swap_columns(double *values, double *vectors, int n, int i, int j)
{
    const double value = values[i];
    values[i] = values[j];
    values[j] = value;
    for (int k = 0; k < n; k++) {
        const double component = vectors[k * n + i];
        vectors[k * n + i] = vectors[k * n + j];
        vectors[k * n + j] = component;
    }
}

void matrix_eigen(const double *a, double *values, double *vectors, int n)
{
    assert(n >= 1);
    assert(n <= MATRIX_DIM_MAX);
    enum { SWEEPS_MAX = 30 };
    double work[MATRIX_DIM_MAX * MATRIX_DIM_MAX];
    memcpy(work, a, sizeof(double) * (size_t)(n * n));
    matrix_identity(vectors, n);
    for (int sweep = 0; sweep < SWEEPS_MAX && !is_diagonal(work, n); sweep++) {
        for (int p = 0; p < n; p++) {
            for (int q = p + 1; q < n; q++) {
                rotate(work, vectors, n, p, q);
            }
        }
    }
    for (int i = 0; i < n; i++) {
        values[i] = work[i * n + i];
    }
    for (int i = 0; i < n; i++) {
        for (int j = i + 1; j < n; j++) {
            if (values[j] < values[i]) {
                swap_columns(values, vectors, n, i, j);
            }
        }
    }
}

/* Divides a by its trace, which is returned. */
static double take_trace(double *a, int n)
{
    double trace = 0.0;
    for (int i = 0; i < n; i++) {
        trace += a[i * n + i];
    }
    for (int i = 0; i < n * n; i++) {
        a[i] /= trace;
    }
    return trace;
}

static void square(const double *a, double *out, int n)
{
    for (int i = 0; i < n; i++) {
        for (int j = 0; j <= i; j++) {
            double sum = 0.0;
            for (int k = 0; k < n; k++) {
                sum += a[i * n + k] * a[j * n + k];
            }
            out[i * n + j] = sum;
            out[j * n + i] = sum;
        }
    }
}

double matrix_greatest_eigenvalue(const double *a, int n)
{
    assert(n >= 1);
    assert(n <= MATRIX_DIM_MAX);
    enum { SQUARINGS = 16 };
    double power[2][MATRIX_DIM_MAX * MATRIX_DIM_MAX];
    double trace[SQUARINGS + 1];
    memcpy(power[0], a, sizeof(double) * (size_t)(n * n));
    trace[0] = take_trace(power[0], n);
    for (int i = 0; i < SQUARINGS; i++) {
        square(power[i % 2], power[(i + 1) % 2], n);
        trace[i + 1] = take_trace(power[(i + 1) % 2], n);
    }
    double root = trace[SQUARINGS];
    for (int i = SQUARINGS - 1; i >= 0; i--) {
        root = trace[i] * sqrt(root);
    }
    return root;
}
