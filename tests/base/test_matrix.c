/* Small matrices against textbook factors and against each other. */
#include "near.h"

#include <string.h>

#include "base/elementary.h"
#include "base/matrix.h"
#include "base/random.h"

enum { MAX = MATRIX_DIM_MAX, CELLS = MATRIX_DIM_MAX * MATRIX_DIM_MAX };

static void draw(struct random *r, double *a, int cells)
{
    for (int i = 0; i < cells; i++) {
        a[i] = random_normal(r);
    }
}

/* A random symmetric positive definite matrix: m m' and a little of the identity. */
static void draw_definite(struct random *r, double *a, int n)
{
    double m[CELLS];
    draw(r, m, n * n);
    matrix_multiply_transposed(m, m, a, n, n, n);
    for (int i = 0; i < n; i++) {
        a[i * n + i] += 0.1;
    }
}

static void assert_matrix_near(const double *a, const double *b, int cells, double tolerance)
{
    for (int i = 0; i < cells; i++) {
        assert_near(a[i], b[i], tolerance);
    }
}

static void products_are_those_by_hand(void **state)
{
    (void)state;
    const double a[6] = {1, 2, 3, 4, 5, 6};
    const double b[6] = {7, 8, 9, 10, 11, 12};
    const double ab[4] = {58, 64, 139, 154};
    const double abt[4] = {50, 68, 122, 167};
    double out[4];
    matrix_multiply(a, b, out, 2, 3, 2);
    assert_matrix_near(out, ab, 4, 0.0);
    matrix_multiply_transposed(a, b, out, 2, 3, 2);
    assert_matrix_near(out, abt, 4, 0.0);
}

static void transform_is_the_double_product(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 1, 1);
    for (int n = 1; n <= MAX; n++) {
        for (int rows = 1; rows <= MAX; rows++) {
            double m[CELLS];
            double p[CELLS];
            double mp[CELLS];
            double wanted[CELLS];
            double out[CELLS];
            draw(&r, m, rows * n);
            draw_definite(&r, p, n);
            matrix_multiply(m, p, mp, rows, n, n);
            matrix_multiply_transposed(mp, m, wanted, rows, n, rows);
            matrix_transform(m, p, out, rows, n);
            assert_matrix_near(out, wanted, rows * rows, 1e-11);
            for (int i = 0; i < rows; i++) {
                for (int j = 0; j < i; j++) {
                    assert_near(out[i * rows + j], out[j * rows + i], 0.0);
                }
            }
        }
    }
}

static void symmetrise_takes_the_mean(void **state)
{
    (void)state;
    double p[4] = {1, 2, 4, 5};
    const double wanted[4] = {1, 3, 3, 5};
    matrix_symmetrise(p, 2);
    assert_matrix_near(p, wanted, 4, 0.0);
}

/* Source: the example of the English Wikipedia's article on the Cholesky decomposition. */
static void cholesky_meets_the_textbook(void **state)
{
    (void)state;
    const double a[9] = {4, 12, -16, 12, 37, -43, -16, -43, 98};
    const double wanted[9] = {2, 0, 0, 6, 1, 0, -8, 5, 3};
    double l[9];
    assert_int_equal(matrix_cholesky(a, l, 3), OK);
    assert_matrix_near(l, wanted, 9, 0.0);
    assert_near(matrix_log_determinant(l, 3), log(36.0), 1e-15);
}

static void cholesky_solves_and_inverts(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 2, 2);
    for (int n = 1; n <= MAX; n++) {
        double a[CELLS];
        double l[CELLS];
        double product[CELLS];
        double inverse[CELLS];
        double identity[CELLS];
        double x[CELLS];
        double ax[CELLS];
        draw_definite(&r, a, n);
        assert_int_equal(matrix_cholesky(a, l, n), OK);
        matrix_multiply_transposed(l, l, product, n, n, n);
        assert_matrix_near(product, a, n * n, 1e-12);
        assert_int_equal(matrix_inverse(a, inverse, n), OK);
        matrix_multiply(a, inverse, product, n, n, n);
        matrix_identity(identity, n);
        assert_matrix_near(product, identity, n * n, 1e-10);
        double b[MAX * 3];
        draw(&r, b, n * 3);
        memcpy(x, b, sizeof b);
        matrix_cholesky_solve(l, x, n, 3);
        matrix_multiply(a, x, ax, n, n, 3);
        assert_matrix_near(ax, b, n * 3, 1e-10);
        double iv[MAX];
        double by_inverse = 0.0;
        matrix_multiply(inverse, b, iv, n, n, 1);
        for (int i = 0; i < n; i++) {
            by_inverse += b[i] * iv[i];
        }
        assert_near(matrix_mahalanobis_squared(l, b, n) / by_inverse, 1.0, 1e-10);
    }
}

static void inverse_may_be_in_place(void **state)
{
    (void)state;
    double a[4] = {2, 1, 1, 3};
    const double wanted[4] = {0.6, -0.2, -0.2, 0.4};
    assert_int_equal(matrix_inverse(a, a, 2), OK);
    assert_matrix_near(a, wanted, 4, 1e-15);
}

static void what_is_not_definite_is_refused(void **state)
{
    (void)state;
    const double bad[][4] = {
        {1, 2, 2, 1},   {0, 0, 0, 1},     {-1, 0, 0, 1},
        {NAN, 0, 0, 1}, {1, NAN, NAN, 1}, {1, 0, 0, INFINITY},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        double l[4];
        double out[4] = {1, 2, 3, 4};
        const double before[4] = {1, 2, 3, 4};
        assert_int_equal(matrix_cholesky(bad[i], l, 2), ERR_NUMERIC);
        assert_int_equal(matrix_inverse(bad[i], out, 2), ERR_NUMERIC);
        assert_matrix_near(out, before, 4, 0.0);
    }
}

/* Source: the eigenvalues of the Hilbert matrix of order 3, as tabulated. */
static void eigenvalues_meet_the_textbook(void **state)
{
    (void)state;
    const double hilbert[9] = {1.0,       1.0 / 2.0, 1.0 / 3.0, 1.0 / 2.0, 1.0 / 3.0,
                               1.0 / 4.0, 1.0 / 3.0, 1.0 / 4.0, 1.0 / 5.0};
    const double wanted[3] = {0.002687340355773529, 0.1223270658539058, 1.408318927123654};
    double values[3];
    double vectors[9];
    matrix_eigen(hilbert, values, vectors, 3);
    assert_matrix_near(values, wanted, 3, 1e-15);
    const double two[4] = {2, 1, 1, 2};
    matrix_eigen(two, values, vectors, 2);
    assert_near(values[0], 1.0, 1e-15);
    assert_near(values[1], 3.0, 1e-15);
    assert_near(fabs(vectors[1]), sqrt(0.5), 1e-15);
    assert_near(vectors[1], vectors[3], 1e-15);
}

static void eigenvectors_put_the_matrix_together(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 3, 3);
    for (int n = 1; n <= MAX; n++) {
        double a[CELLS];
        double values[MAX];
        double vectors[CELLS];
        double scaled[CELLS];
        double product[CELLS];
        double identity[CELLS];
        draw(&r, a, n * n);
        matrix_symmetrise(a, n);
        matrix_eigen(a, values, vectors, n);
        for (int i = 0; i < n; i++) {
            assert_true(i == 0 || values[i] >= values[i - 1]);
            for (int j = 0; j < n; j++) {
                scaled[i * n + j] = vectors[i * n + j] * values[j];
            }
        }
        matrix_multiply_transposed(scaled, vectors, product, n, n, n);
        assert_matrix_near(product, a, n * n, 1e-12);
        matrix_multiply_transposed(vectors, vectors, product, n, n, n);
        matrix_identity(identity, n);
        assert_matrix_near(product, identity, n * n, 1e-13);
    }
}

/* Positions in m beside velocities in m/s: what covariances here look like. */
static void eigenvalues_survive_bad_scaling(void **state)
{
    (void)state;
    const double a[9] = {1e12, 1e3, 0.0, 1e3, 1.0, 1e-3, 0.0, 1e-3, 1e-4};
    double values[3];
    double vectors[9];
    matrix_eigen(a, values, vectors, 3);
    assert_near(values[2] / 1e12, 1.0, 1e-12);
    const double trace = values[0] + values[1] + values[2];
    assert_near(trace / (1e12 + 1.0 + 1e-4), 1.0, 1e-14);
    /* The lower two: of [1 - 1e-6, 1e-3; 1e-3, 1e-4], what remains beside the large one. */
    const double mean = 0.5 * (1.0 - 1e-6 + 1e-4);
    const double half = 0.5 * (1.0 - 1e-6 - 1e-4);
    const double root = sqrt(half * half + 1e-6);
    assert_near(values[1], mean + root, 1e-4);
    assert_near(values[0], mean - root, 1e-4);
}

/* Against matrix_eigen; an identity, all of whose eigenvalues are the greatest, is the worst. */
static void greatest_eigenvalue_is_hardly_above(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 4, 4);
    for (int n = 1; n <= MAX; n++) {
        double a[CELLS];
        double half[CELLS];
        double values[MAX];
        double vectors[CELLS];
        const double most = pow((double)n, 1.0 / 65536.0);
        draw(&r, half, n * n);
        matrix_multiply_transposed(half, half, a, n, n, n);
        matrix_eigen(a, values, vectors, n);
        const double found = matrix_greatest_eigenvalue(a, n) / values[n - 1];
        assert_true(found >= 1.0 - 1e-13 && found <= most + 1e-13);
        matrix_identity(a, n);
        assert_near(matrix_greatest_eigenvalue(a, n), most, 1e-13);
    }
    const double none[4] = {0};
    const double root = matrix_greatest_eigenvalue(none, 2);
    assert_true(root != root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_are_those_by_hand),
        cmocka_unit_test(transform_is_the_double_product),
        cmocka_unit_test(symmetrise_takes_the_mean),
        cmocka_unit_test(cholesky_meets_the_textbook),
        cmocka_unit_test(cholesky_solves_and_inverts),
        cmocka_unit_test(inverse_may_be_in_place),
        cmocka_unit_test(what_is_not_definite_is_refused),
        cmocka_unit_test(eigenvalues_meet_the_textbook),
        cmocka_unit_test(eigenvectors_put_the_matrix_together),
        cmocka_unit_test(eigenvalues_survive_bad_scaling),
        cmocka_unit_test(greatest_eigenvalue_is_hardly_above),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
