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

/* A = P M⁻¹ with M = F P F' + Q, and its transpose. P is at most M if P is what it was a second
 * ago; where it is not, the filter is taken to learn nothing there: seen in M, P is cut down to
 * one. */
static result reliance(const double p[CELLS], const double f[CELLS], const double q[CELLS],
                       double a[CELLS], double a_t[CELLS])
{
    double m[CELLS];
    double l[CELLS];
    double seen[CELLS];
    double turned[CELLS];
    double values[DIM];
    double vectors[CELLS];
    matrix_transform(f, p, m, DIM, DIM);
    for (int i = 0; i < CELLS; i++) {
        m[i] += q[i];
    }
    TRY(matrix_cholesky(m, l, DIM));
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
    /* A' = L⁻ᵀ seen L': back substitution of seen L'. */
    matrix_multiply_transposed(seen, l, a_t, DIM, DIM, DIM);
    for (int i = DIM - 1; i >= 0; i--) {
        for (int j = 0; j < DIM; j++) {
            for (int k = i + 1; k < DIM; k++) {
                a_t[i * DIM + j] -= l[k * DIM + i] * a_t[k * DIM + j];
            }
            a_t[i * DIM + j] /= l[i * (DIM + 1)];
        }
    }
    transpose(a_t, a);
    return OK;
}

result shared_noise_cross(const double x[DIM], const double pa[CELLS], const double pb[CELLS],
                          double out[CELLS])
{
    double f[CELLS];
    double f_t[CELLS];
    double q[CELLS];
    double a[CELLS];
    double a_t[CELLS];
    double b_t[CELLS];
    double left[CELLS];
    double right[CELLS];
    double sum[CELLS];
    double half[CELLS];
    double more[CELLS];
    step(x, f, q);
    TRY(reliance(pb, f, q, a, b_t));
    TRY(reliance(pa, f, q, a, a_t));
    transpose(f, f_t);
    matrix_multiply(a, f, left, DIM, DIM, DIM);
    matrix_multiply(f_t, b_t, right, DIM, DIM, DIM);
    matrix_multiply(a, q, half, DIM, DIM, DIM);
    matrix_multiply(half, b_t, sum, DIM, DIM, DIM);
    for (int k = 0; k < DOUBLINGS; k++) {
        matrix_multiply(left, sum, half, DIM, DIM, DIM);
        matrix_multiply(half, right, more, DIM, DIM, DIM);
        for (int i = 0; i < CELLS; i++) {
            sum[i] += more[i];
        }
        matrix_multiply(left, left, half, DIM, DIM, DIM);
        memcpy(left, half, sizeof left);
        matrix_multiply(right, right, half, DIM, DIM, DIM);
        memcpy(right, half, sizeof right);
    }
    memcpy(out, sum, sizeof sum);
    return OK;
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
