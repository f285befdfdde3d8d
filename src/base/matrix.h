/* Small dense matrices of doubles, row by row, sizes as arguments (1 to MATRIX_DIM_MAX).
 *
 * The caller owns all storage. Outputs never overlap inputs unless a comment says so. */
#ifndef WATCHFIRE_BASE_MATRIX_H
#define WATCHFIRE_BASE_MATRIX_H

#include "base/result.h"

#define MATRIX_DIM_MAX 12

/* out (rows x cols) = a (rows x inner) * b (inner x cols). */
void matrix_multiply(const double *a, const double *b, double *out, int rows, int inner, int cols);

/* out (rows x cols) = a (rows x inner) * transpose of b (cols x inner). */
void matrix_multiply_transposed(const double *a, const double *b, double *out, int rows, int inner,
                                int cols);

/* out (rows x rows) = m * p * transpose of m, exactly symmetric; m is rows x n, p n x n
 * symmetric. */
void matrix_transform(const double *m, const double *p, double *out, int rows, int n);

/* out = identity, n x n. */
void matrix_identity(double *out, int n);

/* p = (p + transpose of p) / 2, in place. */
void matrix_symmetrise(double *p, int n);

/* Lower Cholesky factor of a; upper part of l is zero. ERR_NUMERIC if a is not positive definite
 * (or not finite); l is then unspecified. */
MUST_USE result matrix_cholesky(const double *a, double *l, int n);

/* Solves l * transpose(l) * x = b for `cols` right-hand sides (b and x n x cols, in place). */
void matrix_cholesky_solve(const double *l, double *b_x, int n, int cols);

/* Inverse of a symmetric positive definite a; out may be a. ERR_NUMERIC as matrix_cholesky. */
MUST_USE result matrix_inverse(const double *a, double *out, int n);

/* Natural logarithm of the determinant, from the Cholesky factor. */
double matrix_log_determinant(const double *l, int n);

/* transpose(v) * inverse(a) * v, from the Cholesky factor l of a. */
double matrix_mahalanobis_squared(const double *l, const double *v, int n);

/* Eigenvalues (ascending) and unit eigenvectors (the columns of `vectors`) of a symmetric a, by
 * cyclic Jacobi rotations. Source: Golub and Van Loan (2013), Matrix Computations, 8.5. */
void matrix_eigen(const double *a, double *values, double *vectors, int n);

#endif
