/* Gates, and covariance intersection against published numbers. */
#include "near.h"
#include "fused.h"

#include <string.h>

#include "base/elementary.h"
#include "base/gaussian.h"
#include "base/random.h"

enum { MAX = MATRIX_DIM_MAX, CELLS = MATRIX_DIM_MAX * MATRIX_DIM_MAX };

/* A random symmetric positive definite matrix whose axes differ up to a thousandfold. */
static void draw_covariance(struct random *r, double *p, int n)
{
    double m[CELLS] = {0};
    for (int i = 0; i < n; i++) {
        const double scale = elementary_pow(10.0, 3.0 * random_uniform(r) - 1.5);
        for (int j = 0; j < n; j++) {
            m[i * n + j] = scale * random_normal(r);
        }
    }
    matrix_multiply_transposed(m, m, p, n, n, n);
    for (int i = 0; i < n; i++) {
        p[i * n + i] *= 1.01;
    }
}

static void draw_vector(struct random *r, double *x, int n)
{
    for (int i = 0; i < n; i++) {
        x[i] = 10.0 * random_normal(r);
    }
}

/* The distribution of chi-squared with k degrees of freedom, in closed form. Source: Abramowitz and
 * Stegun (1964), 26.4.4 and 26.4.5. */
static double chi_squared_below(double x, int k)
{
    double term = k % 2 == 0 ? exp(-0.5 * x) : sqrt(2.0 * x / PI) * exp(-0.5 * x);
    double above = k % 2 == 0 ? 0.0 : erfc(sqrt(0.5 * x));
    for (int i = k % 2 == 0 ? 0 : 1; i <= k - 2; i += 2) {
        above += term;
        term *= x / (i + 2);
    }
    return 1.0 - above;
}

static void gates_hold_one_in_a_thousand_out(void **state)
{
    (void)state;
    for (int k = 1; k <= 6; k++) {
        assert_near(chi_squared_below(gaussian_gate(k), k), 0.999, 1e-6);
    }
}

static void distance_is_the_textbook_one(void **state)
{
    (void)state;
    const double a[2] = {1.0, 5.0};
    const double b[2] = {4.0, 1.0};
    const double pa[4] = {4.0, 0.0, 0.0, 1.0};
    const double pb[4] = {5.0, 0.0, 0.0, 3.0};
    double distance = 0.0;
    assert_int_equal(gaussian_distance_squared(a, pa, b, pb, 2, &distance), OK);
    assert_near(distance, 9.0 / 9.0 + 16.0 / 4.0, 1e-14);
    const double flat[4] = {-5.0, 0.0, 0.0, 1.0};
    assert_int_equal(gaussian_distance_squared(a, pa, b, flat, 2, &distance), ERR_NUMERIC);
    assert_near(distance, 5.0, 1e-14);
}

/* Inputs of Reinhardt, Noack and Hanebeck (2012), FUSION; the weight minimises the determinant. */
static void intersection_meets_the_published_numbers(void **state)
{
    (void)state;
    const double a[2] = {1.0, -2.0};
    const double pa[4] = {3.0, 0.0, 0.0, 0.4};
    const double b[2] = {-2.0, -1.0};
    const double pb[4] = {2.0, -0.8, -0.8, 1.0};
    double x[2];
    double p[4];
    assert_int_equal(gaussian_intersect(a, pa, b, pb, 2, x, p), OK);
    /* The weight is found to 1e-6, the numbers move by a few times that. */
    assert_near(x[0], -0.445155, 5e-6);
    assert_near(x[1], -1.881992, 5e-6);
    assert_near(p[0], 2.099090, 5e-6);
    assert_near(p[1], -0.262083, 5e-6);
    assert_near(p[3], 0.520121, 5e-6);
}

/* Covariance intersection at a given weight: the trace of what comes out. */
static double trace_at(double w, double x[2])
{
    const double a[2] = {1.0, -2.0};
    const double b[2] = {-2.0, -1.0};
    const double pa[4] = {3.0 / w, 0.0, 0.0, 0.4 / w};
    const double v = 1.0 - w;
    const double pb[4] = {2.0 / v, -0.8 / v, -0.8 / v, 1.0 / v};
    double p[4];
    fused_estimate(a, pa, b, pb, 2, x, p);
    return p[0] + p[3];
}

/* The same inputs. Fusing with covariances that are divided by the weights is the intersection at
 * those weights: the weight of the least determinant gives what gaussian_intersect gives, the one
 * of the least trace gives the other published pair. */
static void other_weights_meet_the_published_numbers(void **state)
{
    (void)state;
    double x[2];
    (void)trace_at(0.564516, x);
    assert_near(x[0], -0.445155, 5e-6);
    assert_near(x[1], -1.881992, 5e-6);
    double best = 0.01;
    for (double w = 0.01; w < 0.99; w += 1e-5) {
        best = trace_at(w, x) < trace_at(best, x) ? w : best;
    }
    assert_near(best, 0.403703, 1e-5);
    (void)trace_at(0.403703, x);
    assert_near(x[0], -0.835367, 5e-6);
    assert_near(x[1], -1.751667, 5e-6);
}

/* Symmetric, so the order of the two does not matter. */
static void intersection_does_not_care_who_comes_first(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 12, 1);
    for (int round = 0; round < 50; round++) {
        const int n = 2 + round % 6;
        double pa[CELLS];
        double pb[CELLS];
        double a[MAX];
        double b[MAX];
        draw_covariance(&r, pa, n);
        draw_covariance(&r, pb, n);
        draw_vector(&r, a, n);
        draw_vector(&r, b, n);
        double x[2][MAX];
        double p[2][CELLS];
        assert_int_equal(gaussian_intersect(a, pa, b, pb, n, x[0], p[0]), OK);
        assert_int_equal(gaussian_intersect(b, pb, a, pa, n, x[1], p[1]), OK);
        for (int i = 0; i < n; i++) {
            assert_near(x[0][i], x[1][i], 1e-3 * sqrt(p[0][i * n + i]));
            assert_near(p[0][i * n + i], p[1][i * n + i], 1e-3 * p[0][i * n + i]);
        }
    }
}

/* One covariance inside the other: the weight goes all to the better one. */
static void intersection_with_something_worse_changes_little(void **state)
{
    (void)state;
    const double a[2] = {3.0, 4.0};
    const double pa[4] = {1.0, 0.3, 0.3, 2.0};
    const double b[2] = {100.0, -50.0};
    const double pb[4] = {10.0, 3.0, 3.0, 20.0};
    double x[2];
    double p[4];
    assert_int_equal(gaussian_intersect(a, pa, b, pb, 2, x, p), OK);
    for (int i = 0; i < 2; i++) {
        assert_near(x[i], a[i], 1e-4);
        for (int j = 0; j < 2; j++) {
            assert_near(p[i * 2 + j], pa[i * 2 + j], 1e-4);
        }
    }
}

/* The fusion is linear: its two gains come out column by column. */
static void gains_of(const double *pa, const double *pb, int n, double *ga, double *gb)
{
    const double zero[MAX] = {0};
    for (int j = 0; j < n; j++) {
        double unit[MAX] = {0};
        double x[MAX];
        double p[CELLS];
        unit[j] = 1.0;
        assert_int_equal(gaussian_intersect(unit, pa, zero, pb, n, x, p), OK);
        for (int i = 0; i < n; i++) {
            ga[i * n + j] = x[i];
            gb[i * n + j] = (i == j ? 1.0 : 0.0) - x[i];
        }
    }
}

/* A cross covariance La C Lb' that two estimates with these covariances may have: C is a
 * reflection, which is orthogonal, so that with strength 1 the correlation is as strong as it
 * gets. */
static void draw_cross(struct random *r, const double *pa, const double *pb, int n, double strength,
                       double *cross)
{
    double la[CELLS];
    double lb[CELLS];
    assert_int_equal(matrix_cholesky(pa, la, n), OK);
    assert_int_equal(matrix_cholesky(pb, lb, n), OK);
    double u[MAX];
    double length2 = 0.0;
    for (int i = 0; i < n; i++) {
        u[i] = random_normal(r);
        length2 += u[i] * u[i];
    }
    double c[CELLS];
    for (int i = 0; i < n * n; i++) {
        const double same = i % (n + 1) == 0 ? 1.0 : 0.0;
        c[i] = strength * (same - 2.0 * u[i / n] * u[i % n] / length2);
    }
    double lac[CELLS];
    matrix_multiply(la, c, lac, n, n, n);
    matrix_multiply_transposed(lac, lb, cross, n, n, n);
}

/* What the fused error's covariance is, with that cross covariance. */
static void true_covariance(const double *ga, const double *pa, const double *gb, const double *pb,
                            const double *cross, int n, double *out)
{
    double bb[CELLS];
    double half[CELLS];
    double ab[CELLS];
    matrix_transform(ga, pa, out, n, n);
    matrix_transform(gb, pb, bb, n, n);
    matrix_multiply(ga, cross, half, n, n, n);
    matrix_multiply_transposed(half, gb, ab, n, n, n);
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
            out[i * n + j] += bb[i * n + j] + ab[i * n + j] + ab[j * n + i];
        }
    }
}

/* What the fusion claims is no smaller, in any direction, than what is true. */
static void intersection_is_never_optimistic(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 13, 1);
    const double zero[MAX] = {0};
    for (int round = 0; round < 300; round++) {
        const int n = 2 + round % 5;
        double pa[CELLS];
        double pb[CELLS];
        draw_covariance(&r, pa, n);
        draw_covariance(&r, pb, n);
        double x[MAX];
        double p[CELLS];
        assert_int_equal(gaussian_intersect(zero, pa, zero, pb, n, x, p), OK);
        double ga[CELLS];
        double gb[CELLS];
        gains_of(pa, pb, n, ga, gb);
        const double strength = round % 3 == 0 ? 1.0 : random_uniform(&r);
        double cross[CELLS];
        draw_cross(&r, pa, pb, n, round % 2 == 0 ? strength : -strength, cross);
        double spare[CELLS];
        true_covariance(ga, pa, gb, pb, cross, n, spare);
        double largest = 0.0;
        for (int i = 0; i < n * n; i++) {
            spare[i] = p[i] - spare[i];
            largest = fmax(largest, fabs(p[i]));
        }
        double values[MAX];
        double vectors[CELLS];
        matrix_symmetrise(spare, n);
        matrix_eigen(spare, values, vectors, n);
        assert_true(values[0] >= -1e-6 * largest);
    }
}

static void what_is_no_covariance_is_refused(void **state)
{
    (void)state;
    const double a[2] = {1.0, -2.0};
    const double good[4] = {3.0, 0.0, 0.0, 0.4};
    const double bad[3][4] = {{1.0, 2.0, 2.0, 1.0}, {0.0, 0.0, 0.0, 0.0}, {NAN, 0.0, 0.0, 1.0}};
    for (int i = 0; i < 3; i++) {
        double x[2];
        double p[4];
        assert_int_equal(gaussian_intersect(a, good, a, bad[i], 2, x, p), ERR_NUMERIC);
        assert_int_equal(gaussian_intersect(a, bad[i], a, good, 2, x, p), ERR_NUMERIC);
    }
}

/* A variance so small that its information overflows: refused, no NaN comes out. */
static void certainty_without_end_is_refused(void **state)
{
    (void)state;
    const double a[2] = {4e6, -3e6};
    const double pa[4] = {100.0, 0.0, 0.0, 100.0};
    const double pb[4] = {100.0, 0.0, 0.0, 1e-308};
    double x[2] = {1.0, 2.0};
    double p[4] = {0};
    assert_int_equal(gaussian_intersect(a, pa, a, pb, 2, x, p), ERR_NUMERIC);
    assert_near(x[0], 1.0, 0.0);
    assert_near(x[1], 2.0, 0.0);
}

/* Each covariance can be inverted, the sum of the two inverses is beyond what a double holds. */
static void information_beyond_a_double_is_refused(void **state)
{
    (void)state;
    const double a[1] = {1.0};
    const double tiny[1] = {1e-308};
    double x[1] = {7.0};
    double p[1] = {8.0};
    assert_int_equal(gaussian_fuse(a, tiny, a, tiny, 1, x, p), ERR_NUMERIC);
    assert_near(x[0], 7.0, 0.0);
    assert_near(p[0], 8.0, 0.0);
}

/* Two covariances that are singular but for rounding errors: what comes out is a covariance, or
 * nothing does. */
static void nearly_singular_covariances(void **state)
{
    (void)state;
    const double a[3] = {1.0, 2.0, 3.0};
    const double pa[9] = {0.018263839692770088, -0.07685217326183541, 0.033362173618102835,
                          -0.07685217326183541, 0.80399739865878617,  -0.16618334847255573,
                          0.033362173618102835, -0.16618334847255573, 0.062326870428422047};
    const double pb[9] = {0.18204608848227319, 0.28355254267578134, 0.26732159428663638,
                          0.28355254267578134, 0.48328122030872417, 0.44106750959392155,
                          0.26732159428663638, 0.44106750959392155, 0.40718916035293151};
    double x[3] = {7.0, 8.0, 9.0};
    double p[9] = {0};
    double factor[9];
    const result r = gaussian_intersect(a, pa, a, pb, 3, x, p);
    if (r == OK) {
        assert_int_equal(matrix_cholesky(p, factor, 3), OK);
    } else {
        assert_int_equal(r, ERR_NUMERIC);
        assert_near(x[0], 7.0, 0.0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gates_hold_one_in_a_thousand_out),
        cmocka_unit_test(distance_is_the_textbook_one),
        cmocka_unit_test(intersection_meets_the_published_numbers),
        cmocka_unit_test(other_weights_meet_the_published_numbers),
        cmocka_unit_test(intersection_does_not_care_who_comes_first),
        cmocka_unit_test(intersection_with_something_worse_changes_little),
        cmocka_unit_test(intersection_is_never_optimistic),
        cmocka_unit_test(what_is_no_covariance_is_refused),
        cmocka_unit_test(certainty_without_end_is_refused),
        cmocka_unit_test(information_beyond_a_double_is_refused),
        cmocka_unit_test(nearly_singular_covariances),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
