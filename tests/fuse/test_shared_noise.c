/* The fusion of two boosting tracks against what it must be: two filters that follow one object
 * whose steering neither foresees. */
#include "fuse/shared_noise.h"

#include "../base/fused.h"
#include "../base/near.h"

#include <math.h>
#include <string.h>

#include "base/gaussian.h"
#include "base/matrix.h"
#include "base/random.h"
#include "physics/missile.h"

enum { DIM = SHARED_NOISE_DIM, CELLS = SHARED_NOISE_CELLS, SECONDS = 120, FLIGHTS = 400 };

/* East at 2 km/s with 20 m/s² of thrust. */
static const double ABOUT[DIM] = {6.6e6, 0.0, 0.0, 0.0, 2000.0, 0.0, 20.0};

/* The textbook's step of one second. */
static void second(double f[CELLS], double q[CELLS])
{
    const double noise = MISSILE_BOOST_NOISE + MISSILE_BOOST_NOISE_BY_THRUST * 400.0;
    matrix_identity(f, DIM);
    memset(q, 0, sizeof *q * CELLS);
    for (int i = 0; i < 3; i++) {
        f[i * DIM + 3 + i] = 1.0;
        q[i * (DIM + 1)] = noise / 3.0;
        q[i * DIM + 3 + i] = noise / 2.0;
        q[(3 + i) * DIM + i] = noise / 2.0;
        q[(3 + i) * (DIM + 1)] = noise;
    }
    f[1 * DIM + 6] = 0.5;
    f[4 * DIM + 6] = 1.0;
    q[CELLS - 1] = MISSILE_THRUST_NOISE;
}

struct kalman {
    double x[DIM];
    double p[CELLS];
    double keeps[CELLS]; /* I - K H of the latest update */
};

/* Predicts a second and measures the position, with these deviations. */
static void follow(struct kalman *k, const double f[CELLS], const double q[CELLS],
                   const double sigma_m[3], const double z[3])
{
    double x[DIM];
    double p[CELLS];
    matrix_multiply(f, k->x, x, DIM, DIM, 1);
    matrix_transform(f, k->p, p, DIM, DIM);
    for (int i = 0; i < CELLS; i++) {
        p[i] += q[i];
    }
    matrix_identity(k->keeps, DIM);
    for (int axis = 0; axis < 3; axis++) {
        const double s = p[axis * (DIM + 1)] + sigma_m[axis] * sigma_m[axis];
        const double y = z[axis] - x[axis];
        double gain[DIM];
        double row[DIM];
        double kept[DIM];
        for (int i = 0; i < DIM; i++) {
            gain[i] = p[i * DIM + axis] / s;
            row[i] = p[axis * DIM + i];
            kept[i] = k->keeps[axis * DIM + i];
        }
        for (int i = 0; i < DIM; i++) {
            x[i] += gain[i] * y;
            for (int j = 0; j < DIM; j++) {
                p[i * DIM + j] -= gain[i] * row[j];
                k->keeps[i * DIM + j] -= gain[i] * kept[j];
            }
        }
    }
    matrix_symmetrise(p, DIM);
    memcpy(k->x, x, sizeof x);
    memcpy(k->p, p, sizeof p);
}

static const double SIGMAS[2][3] = {{20.0, 600.0, 400.0}, {500.0, 30.0, 700.0}};

static void start(struct kalman *k, const double truth[DIM], struct random *r)
{
    memset(k, 0, sizeof *k);
    for (int i = 0; i < DIM; i++) {
        const double sigma = i < 3 ? 300.0 : i < 6 ? 50.0 : 5.0;
        k->x[i] = truth[i] + (r == NULL ? 0.0 : sigma * random_normal(r));
        k->p[i * (DIM + 1)] = sigma * sigma;
    }
}

static void cross_of(const double pa[CELLS], const double pb[CELLS], double out[CELLS])
{
    struct shared_noise a;
    struct shared_noise b;
    assert_int_equal(shared_noise_rely(ABOUT, pa, &a), OK);
    assert_int_equal(shared_noise_rely(ABOUT, pb, &b), OK);
    shared_noise_cross(&a, &b, out);
}

/* What two tracks share is never more than either has, however little their covariances look like
 * those of a filter in a steady state. */
static void nothing_shares_more_than_it_has(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 82, 1);
    for (int round = 0; round < 200; round++) {
        double m[CELLS];
        double p[CELLS];
        double cross[CELLS];
        double spare[CELLS];
        double values[DIM];
        double vectors[CELLS];
        for (int i = 0; i < CELLS; i++) {
            m[i] = (i / DIM < 3 ? 300.0 : i / DIM < 6 ? 30.0 : 3.0) * random_normal(&r);
        }
        matrix_multiply_transposed(m, m, p, DIM, DIM, DIM);
        for (int i = 0; i < DIM; i++) {
            p[i * (DIM + 1)] += 1.0;
        }
        cross_of(p, p, cross);
        for (int i = 0; i < CELLS; i++) {
            const double unit = sqrt(p[(i / DIM) * (DIM + 1)] * p[(i % DIM) * (DIM + 1)]);
            spare[i] = (p[i] - cross[i]) / unit;
        }
        matrix_symmetrise(spare, DIM);
        matrix_eigen(spare, values, vectors, DIM);
        assert_true(values[0] > -1e-6);
    }
}

/* Bar-Shalom's recursion, followed from the start, is what shared_noise_cross works out from the
 * last covariances alone. */
static void cross_is_that_of_the_recursion(void **state)
{
    (void)state;
    const double nothing[3] = {0};
    double f[CELLS];
    double q[CELLS];
    double x[CELLS] = {0};
    struct kalman k[2];
    second(f, q);
    for (int i = 0; i < 2; i++) {
        start(&k[i], ABOUT, NULL);
    }
    for (int t = 0; t < SECONDS; t++) {
        double moved[CELLS];
        double half[CELLS];
        follow(&k[0], f, q, SIGMAS[0], nothing);
        follow(&k[1], f, q, SIGMAS[1], nothing);
        matrix_multiply(f, x, half, DIM, DIM, DIM);
        matrix_multiply_transposed(half, f, moved, DIM, DIM, DIM);
        for (int i = 0; i < CELLS; i++) {
            moved[i] += q[i];
        }
        matrix_multiply(k[0].keeps, moved, half, DIM, DIM, DIM);
        matrix_multiply_transposed(half, k[1].keeps, x, DIM, DIM, DIM);
    }
    double found[CELLS];
    cross_of(k[0].p, k[1].p, found);
    for (int i = 0; i < DIM; i++) {
        for (int j = 0; j < DIM; j++) {
            const double scale = sqrt(k[0].p[i * (DIM + 1)] * k[1].p[j * (DIM + 1)]);
            assert_true(fabs(found[i * DIM + j] - x[i * DIM + j]) < 1e-3 * scale);
        }
    }
}

static double nees(const double x[DIM], const double p[CELLS], const double truth[DIM])
{
    double factor[CELLS];
    double off[DIM];
    for (int i = 0; i < DIM; i++) {
        off[i] = x[i] - truth[i];
    }
    assert_int_equal(matrix_cholesky(p, factor, DIM), OK);
    return matrix_mahalanobis_squared(factor, off, DIM) / DIM;
}

struct tally {
    double joined;
    double added;
    double intersected;
    double joined2_m2;
    double central2_m2;
};

static void tell(struct tally *t, const struct kalman k[3], const double truth[DIM])
{
    double cross[CELLS];
    double weight[CELLS];
    double x[DIM];
    double p[CELLS];
    memcpy(x, k[0].x, sizeof x);
    memcpy(p, k[0].p, sizeof p);
    cross_of(k[0].p, k[1].p, cross);
    assert_int_equal(shared_noise_join(x, p, k[1].x, k[1].p, cross, weight), OK);
    t->joined += nees(x, p, truth) / FLIGHTS;
    for (int i = 0; i < 3; i++) {
        t->joined2_m2 += (x[i] - truth[i]) * (x[i] - truth[i]);
        t->central2_m2 += (k[2].x[i] - truth[i]) * (k[2].x[i] - truth[i]);
    }
    fused_estimate(k[0].x, k[0].p, k[1].x, k[1].p, DIM, x, p);
    t->added += nees(x, p, truth) / FLIGHTS;
    assert_int_equal(gaussian_intersect(k[0].x, k[0].p, k[1].x, k[1].p, DIM, x, p), OK);
    t->intersected += nees(x, p, truth) / FLIGHTS;
}

/* Flown many times: joined tracks are honest and nearly as good as one filter with both sensors;
 * taken as independent they claim too much, intersected too little. */
static void joined_tracks_are_honest(void **state)
{
    (void)state;
    struct random r;
    struct tally t = {0};
    double f[CELLS];
    double q[CELLS];
    double root[CELLS];
    random_init(&r, 81, 1);
    second(f, q);
    assert_int_equal(matrix_cholesky(q, root, DIM), OK);
    for (int flight = 0; flight < FLIGHTS; flight++) {
        double truth[DIM];
        struct kalman k[3];
        memcpy(truth, ABOUT, sizeof truth);
        for (int i = 0; i < 3; i++) {
            start(&k[i], truth, &r);
        }
        for (int s = 0; s < SECONDS / 2; s++) {
            double moved[DIM];
            double normal[DIM];
            double none[CELLS] = {0};
            double still[CELLS];
            matrix_multiply(f, truth, moved, DIM, DIM, 1);
            for (int i = 0; i < DIM; i++) {
                normal[i] = random_normal(&r);
                for (int j = 0; j <= i; j++) {
                    moved[i] += root[i * DIM + j] * normal[j];
                }
            }
            memcpy(truth, moved, sizeof truth);
            matrix_identity(still, DIM);
            for (int sensor = 0; sensor < 2; sensor++) {
                double z[3];
                for (int i = 0; i < 3; i++) {
                    z[i] = truth[i] + SIGMAS[sensor][i] * random_normal(&r);
                }
                follow(&k[sensor], f, q, SIGMAS[sensor], z);
                follow(&k[2], sensor == 0 ? f : still, sensor == 0 ? q : none, SIGMAS[sensor], z);
            }
        }
        tell(&t, k, truth);
    }
    assert_true(t.joined > 0.93 && t.joined < 1.07);
    assert_true(t.added > 1.1);
    assert_true(t.intersected < 0.85);
    assert_true(sqrt(t.joined2_m2 / t.central2_m2) < 1.05);
}

static void what_is_not_a_covariance_is_refused(void **state)
{
    (void)state;
    double p[CELLS] = {0};
    double r[CELLS];
    double cross[CELLS];
    double weight[CELLS] = {0};
    double x[DIM] = {0};
    struct shared_noise noise;
    memset(&noise, 0x5a, sizeof noise);
    const struct shared_noise before = noise;
    matrix_identity(r, DIM);
    p[0] = NAN;
    assert_int_equal(shared_noise_rely(ABOUT, p, &noise), ERR_NUMERIC);
    assert_memory_equal(&noise, &before, sizeof noise);
    matrix_identity(p, DIM);
    matrix_identity(cross, DIM); /* all is shared: nothing is left to weigh */
    assert_int_equal(shared_noise_join(x, p, x, r, cross, weight), ERR_NUMERIC);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cross_is_that_of_the_recursion),
        cmocka_unit_test(nothing_shares_more_than_it_has),
        cmocka_unit_test(joined_tracks_are_honest),
        cmocka_unit_test(what_is_not_a_covariance_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
