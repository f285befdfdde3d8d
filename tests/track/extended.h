/* For tests: a textbook's extended Kalman filter, and the posterior Cramer-Rao bound.
 *
 * For a given way flown the bound is the covariance of an extended filter that is linearised at the
 * truth. Source: Taylor (1979), IEEE Trans. Automatic Control 24(2), 343-344; with process noise:
 * Tichavsky, Muravchik and Nehorai (1998), IEEE Trans. Signal Processing 46(5), 1386-1396, the
 * expectation taken over the ways flown. */
#ifndef WATCHFIRE_TESTS_EXTENDED_H
#define WATCHFIRE_TESTS_EXTENDED_H

#include "../base/near.h"

#include "base/matrix.h"

enum { DIM_MAX = 5, CELLS = DIM_MAX * DIM_MAX, SEEN_MAX = 2, GAIN_CELLS = DIM_MAX * SEEN_MAX };

/* A discrete-time problem: x' = move(x) + N(0, process), z = see(x) + N(0, noise). */
struct problem {
    int dim;
    int seen;
    void (*move)(const double *x, double *after, double *transition); /* transition may be NULL */
    void (*see)(const double *x, double *z, double *jacobian);
    double process[CELLS];
    double noise[SEEN_MAX * SEEN_MAX];
};

struct belief {
    double x[DIM_MAX];
    double p[CELLS];
};

static inline void covariance_predict(const struct problem *m, const double *transition, double *p)
{
    double moved[CELLS];
    matrix_transform(transition, p, moved, m->dim, m->dim);
    for (int i = 0; i < m->dim * m->dim; i++) {
        p[i] = moved[i] + m->process[i];
    }
}

/* Joseph's form; gain is dim x seen. */
static inline void covariance_update(const struct problem *m, const double *jacobian, double *p,
                                     double *gain)
{
    const int n = m->dim;
    double jp[GAIN_CELLS];
    double factor[SEEN_MAX * SEEN_MAX];
    double spread[SEEN_MAX * SEEN_MAX];
    matrix_multiply(jacobian, p, jp, m->seen, n, n);
    matrix_multiply_transposed(jp, jacobian, spread, m->seen, n, m->seen);
    for (int i = 0; i < m->seen * m->seen; i++) {
        spread[i] += m->noise[i];
    }
    assert_int_equal(matrix_cholesky(spread, factor, m->seen), OK);
    matrix_cholesky_solve(factor, jp, m->seen, n);
    double rest[CELLS];
    double seen[CELLS];
    for (int i = 0; i < n; i++) {
        for (int a = 0; a < m->seen; a++) {
            gain[i * m->seen + a] = jp[a * n + i];
        }
    }
    matrix_multiply(gain, jacobian, rest, n, m->seen, n);
    for (int i = 0; i < n * n; i++) {
        rest[i] = (i % (n + 1) == 0 ? 1.0 : 0.0) - rest[i];
    }
    double kept[CELLS];
    matrix_transform(rest, p, kept, n, n);
    matrix_transform(gain, m->noise, seen, n, m->seen);
    for (int i = 0; i < n * n; i++) {
        p[i] = kept[i] + seen[i];
    }
}

static inline void extended_step(const struct problem *m, struct belief *b, const double *z)
{
    double transition[CELLS];
    double predicted[SEEN_MAX];
    double jacobian[GAIN_CELLS];
    double gain[GAIN_CELLS];
    double x[DIM_MAX];
    m->move(b->x, x, transition);
    covariance_predict(m, transition, b->p);
    m->see(x, predicted, jacobian);
    covariance_update(m, jacobian, b->p, gain);
    for (int i = 0; i < m->dim; i++) {
        b->x[i] = x[i];
        for (int a = 0; a < m->seen; a++) {
            b->x[i] += gain[i * m->seen + a] * (z[a] - predicted[a]);
        }
    }
}

/* One step of the bound p along the truth, which was at x before the step. */
static inline void bound_step(const struct problem *m, const double *x, double *p)
{
    double transition[CELLS];
    double predicted[SEEN_MAX];
    double jacobian[GAIN_CELLS];
    double gain[GAIN_CELLS];
    double after[DIM_MAX];
    m->move(x, after, transition);
    covariance_predict(m, transition, p);
    m->see(after, predicted, jacobian);
    covariance_update(m, jacobian, p, gain);
}

#endif
