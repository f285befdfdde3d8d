/* Covariance intersection of several: never optimistic, and its weights the best there are. */
#include "fuse/intersection.h"

#include "../base/near.h"

#include <string.h>

#include "base/matrix.h"
#include "base/random.h"

enum { DIM = INTERSECTION_DIM, CELLS = INTERSECTION_CELLS, PARTS = 3 };

static void draw_covariance(struct random *r, double p[CELLS])
{
    double m[CELLS];
    for (int i = 0; i < CELLS; i++) {
        m[i] = (i / DIM < 3 ? 100.0 : 3.0) * random_normal(r);
    }
    matrix_multiply_transposed(m, m, p, DIM, DIM, DIM);
    for (int i = 0; i < DIM; i++) {
        p[i * (DIM + 1)] += 1.0;
    }
}

static double spread(const double p[CELLS])
{
    double sum = 0.0;
    for (int i = 0; i < 6; i++) {
        sum += p[i * (DIM + 1)];
    }
    return sum;
}

static void covariance_at(const double information[PARTS][CELLS], const double weights[PARTS],
                          double p[CELLS])
{
    double sum[CELLS] = {0};
    for (int i = 0; i < PARTS; i++) {
        for (int k = 0; k < CELLS; k++) {
            sum[k] += weights[i] * information[i][k];
        }
    }
    assert_int_equal(matrix_inverse(sum, p, DIM), OK);
}

static void one_passes_through_and_copies_add_nothing(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 91, 1);
    double p[CELLS];
    double x[DIM];
    draw_covariance(&r, p);
    for (int i = 0; i < DIM; i++) {
        x[i] = 6e6 * random_normal(&r);
    }
    const struct intersection_part parts[PARTS] = {{x, p}, {x, p}, {x, p}};
    for (uint32_t count = 1; count <= PARTS; count++) {
        double fused[DIM];
        double q[CELLS];
        assert_int_equal(intersection_solve(parts, count, fused, q), OK);
        for (int i = 0; i < DIM; i++) {
            assert_near(fused[i], x[i], 1e-6);
            assert_near(q[i * (DIM + 1)], p[i * (DIM + 1)], 1e-6 * p[i * (DIM + 1)]);
        }
    }
}

/* No weights on a fine grid do better. */
static void weights_are_the_best(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 92, 1);
    for (int round = 0; round < 20; round++) {
        double p[PARTS][CELLS];
        double information[PARTS][CELLS];
        const double x[DIM] = {0};
        struct intersection_part parts[PARTS];
        for (int i = 0; i < PARTS; i++) {
            draw_covariance(&r, p[i]);
            assert_int_equal(matrix_inverse(p[i], information[i], DIM), OK);
            parts[i] = (struct intersection_part){x, p[i]};
        }
        double fused[DIM];
        double q[CELLS];
        assert_int_equal(intersection_solve(parts, PARTS, fused, q), OK);
        double least = 1e300;
        for (int a = 0; a <= 20; a++) {
            for (int b = 0; a + b <= 20; b++) {
                const double weights[PARTS] = {a / 20.0, b / 20.0, (20 - a - b) / 20.0};
                double at[CELLS];
                covariance_at((const double(*)[CELLS])information, weights, at);
                least = spread(at) < least ? spread(at) : least;
            }
        }
        assert_true(spread(q) < 1.01 * least);
    }
}

/* The error that three estimates, correlated in any way, leave in the fused one is within what it
 * states. The actual covariance is worked out, not drawn: W J W' with the joint covariance J. */
static void any_correlation_is_covered(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 93, 1);
    for (int round = 0; round < 50; round++) {
        /* Each part's error is its own root times a vector that all draw from one of DIM numbers by
         * turns of their own: as correlated as can be. */
        double p[PARTS][CELLS];
        double root[PARTS][CELLS];
        struct intersection_part parts[PARTS];
        double joint[PARTS][CELLS]; /* error of part i = joint[i] * e, e standard normal */
        double x[PARTS][DIM] = {{0}};
        for (int i = 0; i < PARTS; i++) {
            double any[CELLS];
            double values[DIM];
            double turn[CELLS];
            draw_covariance(&r, p[i]);
            draw_covariance(&r, any);
            matrix_eigen(any, values, turn, DIM);
            assert_int_equal(matrix_cholesky(p[i], root[i], DIM), OK);
            matrix_multiply(root[i], turn, joint[i], DIM, DIM, DIM);
            parts[i] = (struct intersection_part){x[i], p[i]};
        }
        /* The fused error's response to each of the DIM numbers, by asking for it. */
        double q[CELLS];
        double response[CELLS];
        for (int e = 0; e < DIM; e++) {
            double fused[DIM];
            for (int i = 0; i < PARTS; i++) {
                for (int k = 0; k < DIM; k++) {
                    x[i][k] = joint[i][k * DIM + e];
                }
            }
            assert_int_equal(intersection_solve(parts, PARTS, fused, q), OK);
            for (int k = 0; k < DIM; k++) {
                response[k * DIM + e] = fused[k];
            }
        }
        double actual[CELLS];
        double spare[CELLS];
        double values[DIM];
        double vectors[CELLS];
        matrix_multiply_transposed(response, response, actual, DIM, DIM, DIM);
        for (int i = 0; i < CELLS; i++) {
            spare[i] =
                (q[i] - actual[i]) / sqrt(q[(i / DIM) * (DIM + 1)] * q[(i % DIM) * (DIM + 1)]);
        }
        matrix_eigen(spare, values, vectors, DIM);
        assert_true(values[0] > -1e-9);
    }
}

static void what_is_not_a_covariance_is_refused(void **state)
{
    (void)state;
    double p[CELLS] = {0};
    double r[CELLS];
    double x[DIM] = {1.0};
    matrix_identity(r, DIM);
    p[0] = NAN;
    const struct intersection_part parts[2] = {{x, r}, {x, p}};
    double before[CELLS];
    double q[CELLS];
    memset(q, 0x5a, sizeof q);
    memcpy(before, q, sizeof q);
    assert_int_equal(intersection_solve(parts, 2, x, q), ERR_NUMERIC);
    assert_memory_equal(q, before, sizeof q);
    assert_near(x[0], 1.0, 0.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_passes_through_and_copies_add_nothing),
        cmocka_unit_test(weights_are_the_best),
        cmocka_unit_test(any_correlation_is_covered),
        cmocka_unit_test(what_is_not_a_covariance_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
