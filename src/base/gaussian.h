/* What is done with normal distributions again and again: gates, and fusion of two estimates. */
#ifndef WATCHFIRE_BASE_GAUSSIAN_H
#define WATCHFIRE_BASE_GAUSSIAN_H

#include "base/matrix.h"
#include "base/result.h"

/* 0.999 quantiles of chi-squared with 1 to 6 degrees of freedom. */
double gaussian_gate(int degrees);

/* Squared Mahalanobis distance of two estimates of one vector: (a-b)' (pa+pb)^-1 (a-b), n values.
 * ERR_NUMERIC if the sum of the covariances is not positive definite. */
MUST_USE result gaussian_distance_squared(const double *a, const double *pa, const double *b,
                                          const double *pb, int n, double *out);

/* Covariance intersection: fusion that is never optimistic, whatever the correlation of the two.
 * The weight minimises the determinant (golden section to 1e-6).
 * Source: Julier and Uhlmann (1997), Proc. American Control Conference, 2369-2373. */
MUST_USE result gaussian_intersect(const double *a, const double *pa, const double *b,
                                   const double *pb, int n, double *x, double *p);

#endif
