/* State and biases kept apart against one filter of both together, on linear measurements of a
 * constant state: the two are the same in exact arithmetic. */
#include "../base/near.h"

#include <string.h>

#include "base/elementary.h"
#include "base/matrix.h"
#include "base/random.h"
#include "track/health.h"
#include "track/registration.h"

enum { DIM = ESTIMATE_DIM, CELLS = ESTIMATE_CELLS, BIASES = 3, ALL = DIM + BIASES, READINGS = 3 };

static const double BIAS_SIGMA[MEASURE_BIASES] = {2.0, 0.5, 0.0, 1.5};
static const int WHICH[BIASES] = {MEASURE_BIAS_RANGE, MEASURE_BIAS_AZIMUTH, MEASURE_BIAS_CLOCK};

static void draw(struct random *r, double *out, int cells)
{
    for (int i = 0; i < cells; i++) {
        out[i] = random_normal(r);
    }
}

/* x += k (z - h x), p = (I - k h) p with k the best gain; the residual's covariance is kept. */
static void textbook(double *x, double *p, int dim, const double *h, const double *residual,
                     double *gain, double *covariance)
{
    double hp[READINGS * ALL];
    double factor[READINGS * READINGS];
    double solved[READINGS * ALL];
    matrix_multiply(h, p, hp, READINGS, dim, dim);
    matrix_multiply_transposed(hp, h, covariance, READINGS, dim, READINGS);
    for (int a = 0; a < READINGS; a++) {
        covariance[a * (READINGS + 1)] += 1.0;
    }
    assert_int_equal(matrix_cholesky(covariance, factor, READINGS), OK);
    memcpy(solved, hp, sizeof solved);
    matrix_cholesky_solve(factor, solved, READINGS, dim);
    for (int i = 0; i < dim; i++) {
        for (int a = 0; a < READINGS; a++) {
            gain[i * READINGS + a] = solved[a * dim + i];
            x[i] += solved[a * dim + i] * residual[a];
        }
        for (int j = 0; j < dim; j++) {
            for (int a = 0; a < READINGS; a++) {
                p[i * dim + j] -= hp[a * dim + i] * solved[a * dim + j];
            }
        }
    }
}

struct both {
    double x[ALL]; /* state and biases in one */
    double p[ALL * ALL];
    struct estimate e; /* and apart */
    struct registration r;
};

static void begin(struct both *b)
{
    struct measure_site site = {.biased = true};
    memcpy(site.bias_sigma, BIAS_SIGMA, sizeof site.bias_sigma);
    memset(b, 0, sizeof *b);
    for (int i = 0; i < DIM; i++) {
        b->p[i * (ALL + 1)] = 100.0;
        b->e.p[i * (DIM + 1)] = 100.0;
    }
    for (int k = 0; k < BIASES; k++) {
        b->p[(DIM + k) * (ALL + 1)] = elementary_square(BIAS_SIGMA[WHICH[k]]);
    }
    assert_true(registration_admit(&b->r, 4, &site));
    assert_true(registration_has(&b->r, 4));
    assert_int_equal(b->r.count, BIASES);
}

/* Readings h x + d b + noise, used both ways. */
static void look(struct both *b, struct random *r, const double truth[ALL])
{
    double h[READINGS * ALL];
    double residual[READINGS];
    double gain[ALL * READINGS];
    double covariance[READINGS * READINGS];
    struct estimate_update update;
    memset(&update, 0, sizeof update);
    draw(r, h, READINGS * ALL);
    update.found.dim = READINGS;
    double believed[MEASURE_BIASES];
    registration_believed(&b->r, 4, believed);
    for (int a = 0; a < READINGS; a++) {
        double z = random_normal(r);
        for (int i = 0; i < ALL; i++) {
            z += h[a * ALL + i] * truth[i];
        }
        residual[a] = z;
        update.residual[a] = z;
        for (int i = 0; i < ALL; i++) {
            residual[a] -= h[a * ALL + i] * b->x[i];
        }
        for (int i = 0; i < DIM; i++) {
            update.jacobian[a * DIM + i] = h[a * ALL + i];
            update.residual[a] -= h[a * ALL + i] * b->e.x[i];
        }
        for (int k = 0; k < BIASES; k++) {
            update.by_bias[a * MEASURE_BIASES + WHICH[k]] = h[a * ALL + DIM + k];
            update.residual[a] -= h[a * ALL + DIM + k] * believed[WHICH[k]];
        }
    }
    textbook(b->x, b->p, ALL, h, residual, gain, covariance);
    textbook(b->e.x, b->e.p, DIM, update.jacobian, update.residual, update.gain, update.covariance);
    assert_int_equal(registration_update(&b->r, 4, &update, &b->e), OK);
    double factor[READINGS * READINGS];
    assert_int_equal(matrix_cholesky(covariance, factor, READINGS), OK);
    assert_near(update.found.distance_squared,
                matrix_mahalanobis_squared(factor, residual, READINGS), 1e-8);
}

static void assert_same(const struct both *b)
{
    struct estimate total;
    registration_apply(&b->r, &b->e, &total);
    for (int i = 0; i < DIM; i++) {
        assert_near(total.x[i], b->x[i], 1e-8);
        for (int j = 0; j < DIM; j++) {
            assert_near(total.p[i * DIM + j], b->p[i * ALL + j], 1e-8);
        }
    }
    for (int k = 0; k < BIASES; k++) {
        assert_near(b->r.value[k], b->x[DIM + k], 1e-8);
        for (int l = 0; l < BIASES; l++) {
            assert_near(b->r.p[k * REGISTRATION_MAX + l], b->p[(DIM + k) * ALL + DIM + l], 1e-8);
        }
    }
}

static void apart_is_the_same_as_together(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 71, 1);
    for (int round = 0; round < 50; round++) {
        struct both b;
        double truth[ALL];
        begin(&b);
        draw(&r, truth, ALL);
        for (int n = 0; n < 12; n++) {
            look(&b, &r, truth);
            assert_same(&b);
            /* The state moves, the biases do not. */
            double f[CELLS];
            double moved[CELLS];
            double all[ALL * ALL];
            double all_moved[ALL * ALL];
            double x[DIM];
            draw(&r, f, CELLS);
            for (int i = 0; i < CELLS; i++) {
                f[i] = (i % (DIM + 1) == 0 ? 1.0 : 0.0) + 0.1 * f[i];
            }
            registration_predict(&b.r, f);
            matrix_multiply(f, b.e.x, x, DIM, DIM, 1);
            memcpy(b.e.x, x, sizeof x);
            matrix_transform(f, b.e.p, moved, DIM, DIM);
            memcpy(b.e.p, moved, sizeof moved);
            matrix_identity(all, ALL);
            for (int i = 0; i < DIM; i++) {
                memcpy(all + i * ALL, f + i * DIM, DIM * sizeof *all);
            }
            matrix_multiply(f, b.x, x, DIM, DIM, 1);
            memcpy(b.x, x, sizeof x);
            matrix_transform(all, b.p, all_moved, ALL, ALL);
            memcpy(b.p, all_moved, sizeof all_moved);
            matrix_multiply(f, truth, x, DIM, DIM, 1);
            memcpy(truth, x, sizeof x);
            assert_same(&b);
        }
    }
}

static void there_is_room_for_so_many(void **state)
{
    (void)state;
    struct registration r;
    struct measure_site site = {.biased = true, .bias_sigma = {1.0, 1.0, 1.0, 1.0}};
    const struct measure_site none = {.biased = false};
    memset(&r, 0, sizeof r);
    assert_true(registration_admit(&r, 0, &none));
    assert_false(registration_has(&r, 0));
    for (uint8_t i = 0; i < REGISTRATION_MAX / MEASURE_BIASES; i++) {
        assert_true(registration_admit(&r, i, &site));
    }
    assert_int_equal(r.count, REGISTRATION_MAX);
    assert_false(registration_admit(&r, 9, &site));
    assert_true(registration_admit(&r, 0, &site));
    assert_int_equal(r.count, REGISTRATION_MAX);
}

/* Two tracks that each see a bias of 2.8 sigma: only together they name it. */
static void tracks_name_a_bias_together(void **state)
{
    (void)state;
    const struct measure_site site = {.biased = true, .bias_sigma = {50.0, 1e-3, 0.0, 0.0}};
    struct registration r;
    struct health_sum sum;
    memset(&r, 0, sizeof r);
    memset(&sum, 0, sizeof sum);
    assert_true(registration_admit(&r, 2, &site));
    assert_int_equal(health_judge(&sum, &site).error, SENSOR_ERROR_NONE);
    health_add(&sum, &r, 2, &site);
    for (int i = 0; i < MEASURE_BIASES; i++) {
        assert_near(sum.vector[i], 0.0, 0.0);
        assert_near(sum.information[i * (MEASURE_BIASES + 1)], 0.0, 1e-9);
    }
    r.p[REGISTRATION_MAX + 1] = 1e-8;
    r.value[1] = 2.8e-4;
    health_add(&sum, &r, 2, &site);
    assert_int_equal(health_judge(&sum, &site).error, SENSOR_ERROR_NONE);
    health_add(&sum, &r, 3, &site);
    assert_int_equal(health_judge(&sum, &site).error, SENSOR_ERROR_NONE);
    health_add(&sum, &r, 2, &site);
    const struct sensor_health h = health_judge(&sum, &site);
    assert_int_equal(h.error, SENSOR_ERROR_AZIMUTH);
    /* Information 2e8 less one prior of 1e6 counted once. */
    assert_near(h.sigma, 1.0 / sqrt(2e8 - 1e6), 1e-12);
    assert_near(h.value, 2.0 * 2.8e4 / (2e8 - 1e6), 1e-12);
}

/* Range and clock that explain each other: something is wrong, and nobody can say what. */
static void what_cannot_be_told_apart_is_not_named(void **state)
{
    (void)state;
    const struct measure_site site = {.biased = true, .bias_sigma = {100.0, 0.0, 0.0, 0.1}};
    struct registration r;
    struct health_sum sum;
    memset(&r, 0, sizeof r);
    memset(&sum, 0, sizeof sum);
    assert_true(registration_admit(&r, 0, &site));
    /* 1000 m/s: the sum of 1 m and 1 ms is known to 3 m, the difference hardly. */
    r.p[0] = 45.0 * 45.0;
    r.p[REGISTRATION_MAX + 1] = 0.045 * 0.045;
    r.p[1] = -0.997 * 45.0 * 0.045;
    r.p[REGISTRATION_MAX] = r.p[1];
    r.value[0] = 30.0;
    r.value[1] = 0.030;
    health_add(&sum, &r, 0, &site);
    assert_int_equal(health_judge(&sum, &site).error, SENSOR_ERROR_UNNAMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(apart_is_the_same_as_together),
        cmocka_unit_test(there_is_room_for_so_many),
        cmocka_unit_test(tracks_name_a_bias_together),
        cmocka_unit_test(what_cannot_be_told_apart_is_not_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
