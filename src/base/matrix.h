/* Small dense matrices of doubles, row by row, sizes as arguments (1 to MATRIX_DIM_MAX).
 *
 * The caller owns all storage. Outputs never overlap inputs unless a comment says so. What filters
 * call for every observation stands here inline: the compiler unrolls it where sizes are known.
 * Sums always run in the order of the inner index, so that unrolling changes no bit. */
#ifndef WATCHFIRE_BASE_MATRIX_H
#define WATCHFIRE_BASE_MATRIX_H

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/elementary.h"
#include "base/result.h"

#define MATRIX_DIM_MAX 24

/* out (rows x cols) = a (rows x inner) * b (inner x cols). */
static inline void matrix_multiply(const double *a, const double *b, double *out, int rows,
                                   int inner, int cols)
{
    for (int i = 0; i < rows; i++) {
        double *row = out + i * cols;
        for (int j = 0; j < cols; j++) {
            row[j] = a[i * inner] * b[j]; /* not a finding (uninitvar): callers fill b */
        }
        for (int k = 1; k < inner; k++) {
            for (int j = 0; j < cols; j++) {
                row[j] += a[i * inner + k] * b[k * cols + j];
            }
        }
    }
}

/* out (rows x cols) = a (rows x inner) * transpose of b (cols x inner). */
static inline void matrix_multiply_transposed(const double *a, const double *b, double *out,
                                              int rows, int inner, int cols)
{
    for (int i = 0; i < rows; i++) {
        for (int j = 0; j < cols; j++) {
            double sum = a[i * inner] * b[j * inner]; /* not a finding (core): callers fill a */
            for (int k = 1; k < inner; k++) {
                sum += a[i * inner + k] * b[j * inner + k];
            }
            out[i * cols + j] = sum;
        }
    }
}

/* out = m * p * transpose of m, exactly symmetric; m is rows x n, p n x n symmetric. */
static inline void matrix_transform(const double *m, const double *p, double *out, int rows, int n)
{
    assert(rows <= MATRIX_DIM_MAX);
    assert(n <= MATRIX_DIM_MAX);
    double mp[MATRIX_DIM_MAX * MATRIX_DIM_MAX];
    matrix_multiply(m, p, mp, rows, n, n);
    for (int i = 0; i < rows; i++) {
        for (int j = 0; j <= i; j++) {
            double sum = mp[i * n] * m[j * n];
            for (int k = 1; k < n; k++) {
                sum += mp[i * n + k] * m[j * n + k];
            }
            out[i * rows + j] = sum;
            out[j * rows + i] = sum;
        }
    }
}

/* out = identity, n x n. */
static inline void matrix_identity(double *out, int n)
{
    memset(out, 0, sizeof(double) * (size_t)(n * n));
    for (int i = 0; i < n; i++) {
        out[i * n + i] = 1.0;
    }
}

/* p = (p + transpose of p) / 2, in place. */
void matrix_symmetrise(double *p, int n);

/* Lower Cholesky factor of a; upper part of l is zero. ERR_NUMERIC if a is not positive definite
 * (or not finite); l is then unspecified. */
MUST_USE static inline result matrix_cholesky(const double *a, double *l, int n)
{
    assert(n >= 1);
    assert(n <= MATRIX_DIM_MAX);
    memset(l, 0, sizeof(double) * (size_t)(n * n));
    for (int j = 0; j < n; j++) {
        double pivot = a[j * n + j]; /* not a finding (uninitvar core): callers fill a */
        for (int k = 0; k < j; k++) {
            pivot -= l[j * n + k] * l[j * n + k];
        }
        ENSURE(pivot > 0.0 && elementary_is_finite(pivot), ERR_NUMERIC);
        const double diagonal = sqrt(pivot);
        l[j * n + j] = diagonal; /* not a finding (analyzer-use-of-uninitialized-value): filled */
        for (int i = j + 1; i < n; i++) {
            double sum = a[i * n + j];
            for (int k = 0; k < j; k++) {
                sum -= l[i * n + k] * l[j * n + k];
            }
            l[i * n + j] = sum / diagonal;
        }
    }
    return OK;
}

/* Solves l * b_after = b for `cols` right-hand sides (n x cols, in place); l is lower. */
static inline void matrix_forward_substitute(const double *l, double *b, int n, int cols)
{
    for (int i = 0; i < n; i++) {
        for (int k = 0; k < i; k++) {
            for (int c = 0; c < cols; c++) {
                b[i * cols + c] -= l[i * n + k] * b[k * cols + c];
            }
        }
        for (int c = 0; c < cols; c++) {
            b[i * cols + c] /= l[i * n + i];
        }
    }
}

/* Solves l * transpose(l) * x = b for `cols` right-hand sides (b and x n x cols, in place). */
static inline void matrix_cholesky_solve(const double *l, double *b_x, int n, int cols)
{
    matrix_forward_substitute(l, b_x, n, cols);
    for (int i = n - 1; i >= 0; i--) {
        for (int k = i + 1; k < n; k++) {
            for (int c = 0; c < cols; c++) {
                b_x[i * cols + c] -= l[k * n + i] * b_x[k * cols + c];
            }
        }
        for (int c = 0; c < cols; c++) {
            b_x[i * cols + c] /= l[i * n + i];
        }
    }
}

/* Inverse of a symmetric positive definite a; out may be a. ERR_NUMERIC as matrix_cholesky. */
MUST_USE result matrix_inverse(const double *a, double *out, int n);

/* Natural logarithm of the determinant, from the Cholesky factor. */
double matrix_log_determinant(const double *l, int n);

/* transpose(v) * inverse(a) * v, from the Cholesky factor l of a. */
static inline double matrix_mahalanobis_squared(const double *l, const double *v, int n)
{
    assert(n <= MATRIX_DIM_MAX);
    double whitened[MATRIX_DIM_MAX];
    memcpy(whitened, v, sizeof(double) * (size_t)n);
    matrix_forward_substitute(l, whitened, n, 1);
    double sum = 0.0;
    for (int i = 0; i < n; i++) {
        sum += whitened[i] * whitened[i];
    }
    return sum;
}

/* Eigenvalues (ascending) and unit eigenvectors (the columns of `vectors`) of a symmetric a, by
 * cyclic Jacobi rotations. Source: Golub and Van Loan (2013), Matrix Computations, 8.5. */
void matrix_eigen(const double *a, double *values, double *vectors, int n);

/* At least the greatest eigenvalue (but for rounding) of a symmetric a without negative ones, and
 * above it by no more than a factor of n^(1/65536): the root of the trace of a high power. Much
 * faster than matrix_eigen. Not finite if a is zero or not finite itself. */
double matrix_greatest_eigenvalue(const double *a, int n);

#endif
