#include "fuse/shared_noise.h"

#include <math.h>
#include <string.h>

#include "base/elementary.h"
#include "base/matrix.h"
#include "physics/missile.h"

enum { DIM = SHARED_NOISE_DIM, CELLS = SHARED_NOISE_CELLS };

#define STEP_S 1.0
/* The sum over the past is doubled so often: 2^6 s of it. */
#define DOUBLINGS 6

static void transpose(const double *a, double *out)
{
    for (int i = 0; i < DIM; i++) {
        for (int j = 0; j < DIM; j++) {
            out[j * DIM + i] = a[i * DIM + j];
        }
    }
}

/* One second of flight: straight on, thrust along the velocity; and what it leaves out. */
static void step(const double x[DIM], double f[CELLS], double q[CELLS])
{
    const double speed = sqrt(x[3] * x[3] + x[4] * x[4] + x[5] * x[5]);
    const double noise = MISSILE_BOOST_NOISE + MISSILE_BOOST_NOISE_BY_THRUST * x[6] * x[6];
    matrix_identity(f, DIM);
    memset(q, 0, sizeof *q * CELLS);
    for (int i = 0; i < 3; i++) {
        const double along = speed > 1.0 ? x[3 + i] / speed : 0.0;
        f[i * DIM + 3 + i] = STEP_S;
        f[i * DIM + 6] = along * STEP_S * STEP_S / 2.0;
        f[(3 + i) * DIM + 6] = along * STEP_S;
        q[i * (DIM + 1)] = noise * STEP_S * STEP_S * STEP_S / 3.0;
        q[i * DIM + 3 + i] = noise * STEP_S * STEP_S / 2.0;
        q[(3 + i) * DIM + i] = noise * STEP_S * STEP_S / 2.0;
        q[(3 + i) * (DIM + 1)] = noise * STEP_S;
    }
    q[CELLS - 1] = MISSILE_THRUST_NOISE * STEP_S;
}

/* Seen in the axes in which M = L L' is one, P is cut down to one. */
static void cut(const double l[CELLS], double p[CELLS])
{
    double seen[CELLS];
    double turned[CELLS];
    double values[DIM];
    double vectors[CELLS];
    memcpy(turned, p, sizeof turned);
    matrix_forward_substitute(l, turned, DIM, DIM);
    transpose(turned, seen);
    matrix_forward_substitute(l, seen, DIM, DIM);
    matrix_symmetrise(seen, DIM);
    matrix_eigen(seen, values, vectors, DIM);
    for (int i = 0; i < CELLS; i++) {
        const double value = values[i % DIM];
        turned[i] = vectors[i] * (value < 1.0 ? value : 1.0);
    }
    matrix_multiply_transposed(turned, vectors, seen, DIM, DIM, DIM);
    matrix_transform(l, seen, p, DIM, DIM);
}

result shared_noise_rely(const double x[DIM], const double p[CELLS], struct shared_noise *out)
{
    double f[CELLS];
    double q[CELLS];
    double m[CELLS];
    double l[CELLS];
    double learnt[CELLS];
    double unused[CELLS];
    double a_t[CELLS];
    double a[CELLS];
    step(x, f, q);
    matrix_transform(f, p, m, DIM, DIM);
    for (int i = 0; i < CELLS; i++) {
        m[i] += q[i];
        learnt[i] = m[i] - p[i];
    }
    TRY(matrix_cholesky(m, l, DIM));
    memcpy(a_t, p, sizeof a_t);
    if (matrix_cholesky(learnt, unused, DIM) != OK) {
        cut(l, a_t);
    }
    matrix_cholesky_solve(l, a_t, DIM, DIM);
    transpose(a_t, a);
    matrix_multiply(a, q, out->noise, DIM, DIM, DIM);
    matrix_multiply(a, f, out->carry, DIM, DIM, DIM);
    memcpy(out->keep_t, a_t, sizeof a_t);
    return OK;
}

void shared_noise_cross(const struct shared_noise *a, const struct shared_noise *b,
                        double out[CELLS])
{
    double left[CELLS];
    double right[CELLS];
    double half[CELLS];
    double more[CELLS];
    memcpy(left, a->carry, sizeof left);
    transpose(b->carry, right);
    matrix_multiply(a->noise, b->keep_t, out, DIM, DIM, DIM);
    for (int k = 0; k < DOUBLINGS; k++) {
        matrix_multiply(left, out, half, DIM, DIM, DIM);
        matrix_multiply(half, right, more, DIM, DIM, DIM);
        for (int i = 0; i < CELLS; i++) {
            out[i] += more[i];
        }
        matrix_multiply(left, left, half, DIM, DIM, DIM);
        memcpy(left, half, sizeof left);
        matrix_multiply(right, right, half, DIM, DIM, DIM);
        memcpy(right, half, sizeof right);
    }
}

result shared_noise_join(double x[DIM], double p[CELLS], const double z[DIM], const double r[CELLS],
                         const double cross[CELLS], double weight[CELLS])
{
    double own[CELLS]; /* the part of p that x does not share with z */
    double sum[CELLS];
    double factor[CELLS];
    double gain_t[CELLS];
    double fused[CELLS];
    double next[DIM];
    for (int i = 0; i < DIM; i++) {
        for (int j = 0; j < DIM; j++) {
            const int at = i * DIM + j;
            own[at] = p[at] - cross[at];
            sum[at] = p[at] + r[at] - cross[at] - cross[j * DIM + i];
        }
    }
    TRY(matrix_cholesky(sum, factor, DIM));
    transpose(own, gain_t);
    matrix_cholesky_solve(factor, gain_t, DIM, DIM);
    for (int i = 0; i < DIM; i++) {
        next[i] = x[i];
        for (int j = 0; j < DIM; j++) {
            next[i] += gain_t[j * DIM + i] * (z[j] - x[j]);
            fused[i * DIM + j] = p[i * DIM + j];
            for (int k = 0; k < DIM; k++) {
                fused[i * DIM + j] -= gain_t[k * DIM + i] * own[j * DIM + k];
            }
        }
    }
    matrix_symmetrise(fused, DIM);
    TRY(matrix_cholesky(fused, factor, DIM));
    memcpy(x, next, sizeof next);
    memcpy(p, fused, sizeof fused);
    transpose(gain_t, weight);
    return OK;
}
