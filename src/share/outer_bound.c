/* How the bound is made.
 *
 * 1. The covariance is turned into the axes of the trajectory and ordered by axis: position and
 *    velocity along, across, upwards. P is then 3 x 3 blocks of 2 x 2.
 * 2. Among all block diagonals B that are at least P, one with small determinants is sought. For
 *    given weights W_i the least sum of tr(W_i B_i) is a semidefinite program; its dual is to
 *    maximise tr(V' P V) where V_i V_i' = W_i. That is climbed one axis at a time, where the best
 *    V_i is a polar factor, and B_i = P_ii + W_i^-1/2 (W_i^1/2 R_i R_i' W_i^1/2)^1/2 W_i^-1/2 with
 *    R_i = sum of P_ij V_j follows. In between each W_i becomes the inverse of its B_i.
 * 3. The whole is scaled until it touches P: the bound holds however far the climb has come.
 * 4. Each block is inflated as the caller wants, and goes up onto a coarse grid: its two sigmas to
 *    powers of the root of two, its correlation to multiples of 1/4 in Fisher's z, whichever
 *    neighbour costs less.
 * 5. Back in Earth-fixed axes, a Cholesky factor of bound minus true proves the bound.
 *
 * Everything is made dimensionless by the diagonal of P first: metres and metres per second differ
 * by factors of thousands. */
#include "share/outer_bound.h"

#include <string.h>

#include "base/elementary.h"
#include "base/matrix.h"
#include "base/vector.h"

/* Sigmas lie on powers of the root of two: fine ones would tell how far away the sensor is. */
#define STEPS_PER_OCTAVE 2.0
#define LOG_2 0.69314718055994530942
/* Correlations lie on multiples of this in Fisher's z. */
#define Z_STEP 0.25
#define Z_MAX 4.0
#define MARGIN 1e-6
/* Rounds over the three axes: after ten nothing changes that could be measured. */
#define ROUNDS 10

static bool normalise(double a[3])
{
    const double norm = vector_length(a);
    if (!(norm > 1e-12) || !elementary_is_finite(norm)) {
        return false;
    }
    for (int i = 0; i < 3; i++) {
        a[i] /= norm;
    }
    return true;
}

result outer_bound_axes(struct geo_ecef position, struct geo_velocity velocity, double axes[9])
{
    double up[3] = {position.x_m, position.y_m, position.z_m};
    double along[3] = {velocity.x_mps, velocity.y_mps, velocity.z_mps};
    const double speed_mps = vector_length(along);
    ENSURE(normalise(up), ERR_RANGE);
    ENSURE(elementary_is_finite(speed_mps), ERR_RANGE);
    double across[3] = {0};
    const bool moving = speed_mps >= 1.0;
    if (moving) {
        for (int i = 0; i < 3; i++) {
            along[i] /= speed_mps;
        }
        vector_cross(along, up, across);
    }
    const double tilt2 = across[0] * across[0] + across[1] * across[1] + across[2] * across[2];
    if (!moving || tilt2 < 1e-6) {
        /* East, north, up of a sphere; over a pole the Greenwich meridian decides. */
        const double east[3] = {-up[1], up[0], 0.0};
        memcpy(along, east, sizeof along);
        if (!normalise(along)) {
            along[0] = 0.0;
            along[1] = 1.0;
            along[2] = 0.0;
        }
        vector_cross(up, along, across);
    }
    ENSURE(normalise(across), ERR_RANGE);
    double third[3];
    vector_cross(across, along, third);
    ENSURE(normalise(third), ERR_RANGE);
    memcpy(axes, along, sizeof along);
    memcpy(axes + 3, across, sizeof across);
    memcpy(axes + 6, third, sizeof third);
    return OK;
}

/* Rows: position and velocity along, across, upwards; columns: position and velocity,
 * Earth-fixed. */
static void turning(const double axes[9], double turn[36])
{
    memset(turn, 0, 36 * sizeof turn[0]);
    for (int axis = 0; axis < 3; axis++) {
        for (int i = 0; i < 3; i++) {
            turn[(2 * axis) * 6 + i] = axes[axis * 3 + i];
            turn[(2 * axis + 1) * 6 + 3 + i] = axes[axis * 3 + i];
        }
    }
}

static double grid_value(double step)
{
    return elementary_exp(step / STEPS_PER_OCTAVE * LOG_2);
}

/* The number of the least value of the grid that is at least x > 0. */
static double grid_step(double x)
{
    double step = elementary_floor(elementary_log(x) / LOG_2 * STEPS_PER_OCTAVE);
    while (grid_value(step) < x) {
        step += 1.0;
    }
    return step;
}

double outer_bound_sigma(double sigma)
{
    if (!(sigma > 0.0) || !elementary_is_finite(sigma)) {
        return 0.0;
    }
    return grid_value(grid_step(sigma));
}

/* A 2 x 2 covariance as two sigmas and a correlation. */
struct block {
    double sigma[2];
    double correlation;
};

/* The greatest factor k by which `inner` has to be shrunk to fit into `outer`. */
static double excess(const struct block *inner, const struct block *outer)
{
    const double a = elementary_square(inner->sigma[0] / outer->sigma[0]);
    const double b = elementary_square(inner->sigma[1] / outer->sigma[1]);
    const double c = sqrt(a * b) * inner->correlation;
    const double r = outer->correlation;
    /* Eigenvalues of inverse([1 r; r 1]) [a c; c b]. */
    const double scale = 1.0 / (1.0 - r * r);
    const double trace = (a + b - 2.0 * r * c) * scale;
    const double determinant = (a * b - c * c) * scale;
    const double root = trace * trace / 4.0 - determinant;
    return trace / 2.0 + sqrt(root > 0.0 ? root : 0.0);
}

static struct block quantise_with(const struct block *b, double z)
{
    const double e = elementary_exp(2.0 * z);
    struct block out = {.correlation = (e - 1.0) / (e + 1.0)};
    out.sigma[0] = outer_bound_sigma(b->sigma[0]);
    out.sigma[1] = outer_bound_sigma(b->sigma[1]);
    const double k = excess(b, &out);
    const double up = grid_value(grid_step(sqrt(k)));
    out.sigma[0] *= up;
    out.sigma[1] *= up;
    return out;
}

static double area(const struct block *b)
{
    return b->sigma[0] * b->sigma[1] * sqrt(1.0 - b->correlation * b->correlation);
}

/* The least block of the grid that is at least b. */
static struct block quantise(const struct block *b)
{
    const double limit = 0.9999;
    double r = b->correlation;
    r = r > limit ? limit : r < -limit ? -limit : r;
    const double z = 0.5 * elementary_log((1.0 + r) / (1.0 - r));
    double low = elementary_floor(z / Z_STEP) * Z_STEP;
    low = low < -Z_MAX ? -Z_MAX : low > Z_MAX - Z_STEP ? Z_MAX - Z_STEP : low;
    const struct block below = quantise_with(b, low);
    const struct block above = quantise_with(b, low + Z_STEP);
    return area(&below) <= area(&above) ? below : above;
}

/* b (6 x 6, block diagonal, positive definite) at least p: the greatest eigenvalue of p seen in
 * b. */
static result touch(const double p[36], const double b[36], double *factor)
{
    double l[36];
    TRY(matrix_cholesky(b, l, 6));
    double half[36] = {0};
    double seen[36] = {0};
    /* l^-1 p l^-T by forward substitution, twice. */
    for (int pass = 0; pass < 2; pass++) {
        const double *in = pass == 0 ? p : half;
        double *out = pass == 0 ? half : seen;
        for (int col = 0; col < 6; col++) {
            for (int row = 0; row < 6; row++) {
                double sum = in[row * 6 + col];
                for (int k = 0; k < row; k++) {
                    sum -= l[row * 6 + k] * out[col * 6 + k];
                }
                out[col * 6 + row] = sum / l[row * 6 + row];
            }
        }
    }
    matrix_symmetrise(seen, 6);
    const double greatest = matrix_greatest_eigenvalue(seen, 6);
    ENSURE(elementary_is_finite(greatest), ERR_NUMERIC);
    *factor = greatest;
    return OK;
}

/* A symmetric 2 x 2 matrix. */
struct pair {
    double a;
    double b; /* off the diagonal */
    double c;
};

static double pair_determinant(struct pair m)
{
    return m.a * m.c - m.b * m.b;
}

static struct pair pair_inverse(struct pair m)
{
    const double d = pair_determinant(m);
    return (struct pair){m.c / d, -m.b / d, m.a / d};
}

/* The positive definite square root, by the theorem of Cayley and Hamilton. */
static struct pair pair_root(struct pair m)
{
    const double s = sqrt(pair_determinant(m));
    const double t = sqrt(m.a + m.c + 2.0 * s);
    return (struct pair){(m.a + s) / t, m.b / t, (m.c + s) / t};
}

/* x m x for symmetric x and m. */
static struct pair pair_between(struct pair x, struct pair m)
{
    const double r00 = x.a * m.a + x.b * m.b;
    const double r01 = x.a * m.b + x.b * m.c;
    const double r10 = x.b * m.a + x.c * m.b;
    const double r11 = x.b * m.b + x.c * m.c;
    return (struct pair){r00 * x.a + r01 * x.b, r00 * x.b + r01 * x.c, r10 * x.b + r11 * x.c};
}

static struct pair block_of(const double p[36], int axis)
{
    const int i = 2 * axis;
    return (struct pair){p[i * 6 + i], p[i * 6 + i + 1], p[(i + 1) * 6 + i + 1]};
}

static void set_block(double p[36], int axis, struct pair m)
{
    const int i = 2 * axis;
    p[i * 6 + i] = m.a;
    p[i * 6 + i + 1] = m.b;
    p[(i + 1) * 6 + i] = m.b;
    p[(i + 1) * 6 + i + 1] = m.c;
}

/* Columns of the factor v of the dual variable: with four there are no false maxima (three blocks
 * make nine constraints, and 4 * 5 / 2 > 9). */
#define RANK 4

/* What the other axes leave to this one: the sum of p_ij v_j over j other than i; 2 x RANK. */
static void from_others(const double p[36], const double v[6 * RANK], int axis,
                        double out[2 * RANK])
{
    for (int row = 0; row < 2; row++) {
        for (int col = 0; col < RANK; col++) {
            double sum = 0.0;
            for (int k = 0; k < 6; k++) {
                sum += k / 2 == axis ? 0.0 : p[(2 * axis + row) * 6 + k] * v[k * RANK + col];
            }
            out[row * RANK + col] = sum;
        }
    }
}

/* One axis's turn: the best v_i for the others as they are, and the block that follows from it. */
static struct pair improve_axis(const double p[36], double v[6 * RANK], int axis,
                                struct pair weight)
{
    double r[2 * RANK];
    from_others(p, v, axis, r);
    struct pair rr = {0.0, 0.0, 0.0};
    for (int k = 0; k < RANK; k++) {
        rr.a += r[k] * r[k];
        rr.b += r[k] * r[RANK + k];
        rr.c += r[RANK + k] * r[RANK + k];
    }
    const struct pair half = pair_root(weight);
    struct pair inside = pair_between(half, rr);
    /* Without any correlation there is nothing to choose; this keeps the root away from zero. */
    const double floor_value = 1e-12 * (inside.a + inside.c) + 1e-18;
    inside.a += floor_value;
    inside.c += floor_value;
    const struct pair h = pair_root(inside);
    const struct pair g = pair_between(half, pair_inverse(h));
    for (int k = 0; k < RANK; k++) {
        v[2 * axis * RANK + k] = g.a * r[k] + g.b * r[RANK + k];
        v[(2 * axis + 1) * RANK + k] = g.b * r[k] + g.c * r[RANK + k];
    }
    const struct pair extra = pair_between(pair_inverse(half), h);
    const struct pair own = block_of(p, axis);
    return (struct pair){own.a + extra.a, own.b + extra.b, own.c + extra.c};
}

/* A block diagonal b that is at least p (dimensionless: the diagonal of p is one). */
static result choose_blocks(const double p[36], double b[36])
{
    double v[6 * RANK];
    struct pair weight[3];
    for (int i = 0; i < 6 * RANK; i++) {
        /* Any full-rank beginning without symmetry will do. */
        v[i] = (i / RANK % RANK == i % RANK ? 1.0 : 0.0) + 0.1 * (double)(i * i % 7);
    }
    memset(b, 0, 36 * sizeof b[0]);
    for (int axis = 0; axis < 3; axis++) {
        weight[axis] = pair_inverse(block_of(p, axis));
    }
    for (int round = 0; round < ROUNDS; round++) {
        for (int axis = 0; axis < 3; axis++) {
            const struct pair block = improve_axis(p, v, axis, weight[axis]);
            weight[axis] = round % 2 == 1 ? pair_inverse(block) : weight[axis];
            set_block(b, axis, block);
        }
    }
    double factor = 0.0;
    TRY(touch(p, b, &factor));
    for (int i = 0; i < 36; i++) {
        b[i] *= factor * (1.0 + MARGIN);
    }
    return OK;
}

static void quantise_blocks(double b[36], const double scale[6],
                            const struct outer_bound_sizes *sizes)
{
    const double more[] = {sizes->along, sizes->across, sizes->up};
    for (int i = 0; i < 6; i += 2) {
        const double s0 = sqrt(b[i * 6 + i]);
        const double s1 = sqrt(b[(i + 1) * 6 + i + 1]);
        const double factor = more[i / 2];
        const struct block exact = {{s0 * scale[i] * factor, s1 * scale[i + 1] * factor},
                                    b[i * 6 + i + 1] / (s0 * s1)};
        const struct block grid = quantise(&exact);
        b[i * 6 + i] = elementary_square(grid.sigma[0]);
        b[(i + 1) * 6 + i + 1] = elementary_square(grid.sigma[1]);
        b[i * 6 + i + 1] = grid.correlation * grid.sigma[0] * grid.sigma[1];
        b[(i + 1) * 6 + i] = b[i * 6 + i + 1];
    }
}

/* Proves that outer - inner is positive definite, in units in which the diagonal of outer is
 * one. */
static result prove(const double inner[36], const double outer[36])
{
    double difference[36];
    for (int i = 0; i < 6; i++) {
        for (int j = 0; j < 6; j++) {
            const double unit = sqrt(outer[i * 6 + i] * outer[j * 6 + j]);
            difference[i * 6 + j] = (outer[i * 6 + j] - inner[i * 6 + j]) / unit;
        }
    }
    double l[36];
    return matrix_cholesky(difference, l, 6);
}

result outer_bound_state(struct geo_ecef position, struct geo_velocity velocity,
                         const double covariance[36], const struct outer_bound_sizes *sizes,
                         double out[36])
{
    double axes[9];
    TRY(outer_bound_axes(position, velocity, axes));
    double turn[36];
    turning(axes, turn);
    double p[36];
    matrix_transform(turn, covariance, p, 6, 6);
    double scale[6];
    for (int i = 0; i < 6; i++) {
        ENSURE(elementary_is_finite(p[i * 6 + i]) && p[i * 6 + i] > 0.0, ERR_NUMERIC);
        scale[i] = sqrt(p[i * 6 + i]);
    }
    for (int i = 0; i < 36; i++) {
        p[i] /= scale[i / 6] * scale[i % 6];
    }
    double b[36];
    TRY(choose_blocks(p, b));
    quantise_blocks(b, scale, sizes);
    double back[36];
    for (int i = 0; i < 36; i++) {
        back[(i % 6) * 6 + i / 6] = turn[i];
    }
    double bound[36];
    matrix_transform(back, b, bound, 6, 6);
    TRY(prove(covariance, bound));
    memcpy(out, bound, sizeof bound);
    return OK;
}

result outer_bound_ground(const double covariance_m2[4], double out_m2[4])
{
    double values[2];
    double vectors[4];
    const double symmetric[4] = {covariance_m2[0], covariance_m2[1], covariance_m2[1],
                                 covariance_m2[3]};
    for (int i = 0; i < 4; i++) {
        ENSURE(elementary_is_finite(covariance_m2[i]), ERR_NUMERIC);
    }
    matrix_eigen(symmetric, values, vectors, 2);
    ENSURE(values[0] > 0.0, ERR_NUMERIC);
    const double sigma_m = outer_bound_sigma(sqrt(values[1]) * (1.0 + MARGIN));
    out_m2[0] = elementary_square(sigma_m);
    out_m2[1] = 0.0;
    out_m2[2] = 0.0;
    out_m2[3] = elementary_square(sigma_m);
    return OK;
}
