/* Two hypotheses at once against the textbook: dense matrices, one hypothesis after the other,
 * Joseph's form written out, angles by their arc tangents; and covariances that stay positive
 * definite. */
#include "../base/near.h"

#include <string.h>

#include "base/elementary.h"
#include "base/matrix.h"
#include "base/random.h"
#include "geo/ellipsoid.h"
#include "physics/motion.h"
#include "track/twin.h"

enum { DIM = ESTIMATE_DIM, CELLS = ESTIMATE_CELLS };

static const struct geo_geodetic SITE = {0.65, 2.2, 300.0};
static const enum estimate_motion MOTIONS[TWINS] = {ESTIMATE_BOOST, ESTIMATE_BALLISTIC};

static struct measure_site radar(double sigma_range_m, double sigma_rad)
{
    struct sensor s;
    memset(&s, 0, sizeof s);
    s.kind = SENSOR_RADAR;
    s.place = SITE;
    s.sigma_range_m = sigma_range_m;
    s.sigma_azimuth_rad = sigma_rad;
    s.sigma_elevation_rad = 0.8 * sigma_rad;
    s.sigma_range_rate_mps = 2.0;
    struct measure_site site;
    measure_site_init(&site, &s);
    return site;
}

/* Round the radar on all sides, up to 1000 km away, in the air and above it. */
static void draw_place(struct random *r, double x[DIM])
{
    const double height_m =
        random_u64(r) % 2 == 0 ? 90e3 * random_uniform(r) : 90e3 + 800e3 * random_uniform(r);
    const struct geo_geodetic g = {SITE.lat_rad + 0.15 * (2.0 * random_uniform(r) - 1.0),
                                   SITE.lon_rad + 0.15 * (2.0 * random_uniform(r) - 1.0), height_m};
    const struct geo_ecef p = ellipsoid_to_ecef(g);
    const double position[3] = {p.x_m, p.y_m, p.z_m};
    memcpy(x, position, sizeof position);
    for (int i = 3; i < 6; i++) {
        x[i] = 2000.0 * random_normal(r);
    }
}

/* A covariance with correlations, of sigmas 60 m and 8 m/s times the scale. */
static void draw_covariance(struct random *r, double scale, double p[CELLS])
{
    double m[CELLS];
    for (int i = 0; i < CELLS; i++) {
        const double sigma = i / DIM < 3 ? 60.0 : i / DIM < 6 ? 8.0 : 0.5;
        m[i] = scale * sigma / sqrt(DIM) * random_normal(r);
    }
    matrix_multiply_transposed(m, m, p, DIM, DIM, DIM);
    for (int i = 0; i < DIM; i++) {
        p[i * (DIM + 1)] *= 1.01;
    }
}

static void draw_twins(struct random *r, double scale, struct estimate e[TWINS])
{
    draw_place(r, e[0].x);
    e[0].x[6] = 130.0 * random_uniform(r);
    draw_covariance(r, scale, e[0].p);
    e[1] = e[0];
    for (int i = 0; i < 6; i++) {
        e[1].x[i] += (i < 3 ? 50.0 : 5.0) * random_normal(r);
    }
    e[1].x[6] = ESTIMATE_LN_BETA_MEAN + 0.8 * random_normal(r);
    draw_covariance(r, scale, e[1].p);
}

static void assert_same_estimate(const struct estimate *got, const struct estimate *wanted)
{
    for (int i = 0; i < DIM; i++) {
        const double sigma = sqrt(wanted->p[i * (DIM + 1)]);
        assert_near(got->x[i], wanted->x[i], 1e-9 * sigma + 1e-9);
        for (int j = 0; j < DIM; j++) {
            const double scale = sigma * sqrt(wanted->p[j * (DIM + 1)]);
            assert_near(got->p[i * DIM + j], wanted->p[i * DIM + j], 1e-9 * scale);
        }
    }
}

/* How strongly the air brakes: what re-entry adds to coast. */
static double drag_mps2(const struct motion_state *s)
{
    double with[MOTION_DIM];
    double without[MOTION_DIM];
    motion_derivative(MOTION_REENTRY, s, with, NULL);
    motion_derivative(MOTION_COAST, s, without, NULL);
    double sum = 0.0;
    for (int i = 3; i < 6; i++) {
        sum += elementary_square(with[i] - without[i]);
    }
    return sqrt(sum);
}

/* One hypothesis moved by the models of docs/models.md, the matrix step by step. */
static void move_plainly(enum estimate_motion motion, struct estimate *e, double dt_s)
{
    const bool boost = motion == ESTIMATE_BOOST;
    double all[CELLS];
    double product[CELLS];
    double p[CELLS];
    struct motion_state s;
    memcpy(s.x, e->x, 6 * sizeof(double));
    matrix_identity(all, DIM);
    for (double left_s = dt_s; left_s > 0.0; left_s -= 1.0) {
        const double h = left_s > 1.0 ? 1.0 : left_s;
        double one[CELLS];
        s.x[MOTION_THRUST] = e->x[6];
        s.x[MOTION_LN_BETA] = e->x[6];
        motion_propagate(boost ? MOTION_BOOST : MOTION_REENTRY, &s, h, h, one);
        if (boost && e->x[6] >= 3.0 && e->x[6] <= 120.0) {
            one[CELLS - 1] = 1.0 + 2.0 * e->x[6] * h / 2600.0;
            e->x[6] += e->x[6] * e->x[6] * h / 2600.0;
        }
        matrix_multiply(one, all, product, DIM, DIM, DIM);
        memcpy(all, product, sizeof all);
    }
    memcpy(e->x, s.x, 6 * sizeof(double));
    matrix_multiply(all, e->p, product, DIM, DIM, DIM);
    matrix_multiply_transposed(product, all, p, DIM, DIM, DIM);
    const double q =
        boost ? 30.0 + 0.1 * e->x[6] * e->x[6] : 1e-7 + elementary_square(0.03 * drag_mps2(&s));
    for (int i = 0; i < 3; i++) {
        p[i * (DIM + 1)] += q * dt_s * dt_s * dt_s / 3.0;
        p[i * DIM + 3 + i] += q * dt_s * dt_s / 2.0;
        p[(3 + i) * DIM + i] += q * dt_s * dt_s / 2.0;
        p[(3 + i) * (DIM + 1)] += q * dt_s;
    }
    p[CELLS - 1] += (boost ? 3.0 : 1e-5) * dt_s;
    memcpy(e->p, p, sizeof p);
}

static void prediction_is_that_of_each_alone(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 48, 1);
    for (int round = 0; round < 500; round++) {
        struct estimate got[TWINS];
        struct estimate wanted[TWINS];
        draw_twins(&r, 1.0, got);
        memcpy(wanted, got, sizeof got);
        const double dt_s = round % 4 == 0 ? 3.5 * random_uniform(&r) : random_uniform(&r);
        double transition[CELLS];
        twin_predict(ESTIMATE_BOOST, &got[0], &got[1], dt_s, transition);
        for (int k = 0; k < TWINS; k++) {
            move_plainly(MOTIONS[k], &wanted[k], dt_s);
            assert_same_estimate(&got[k], &wanted[k]);
        }
        double alone[CELLS];
        struct estimate again[TWINS];
        memcpy(again, got, sizeof got);
        estimate_predict_with(ESTIMATE_BALLISTIC, &again[1], 0.7, alone);
        twin_predict(ESTIMATE_BOOST, &got[0], &got[1], 0.7, transition);
        for (int i = 0; i < CELLS; i++) {
            assert_near(transition[i], alone[i], 1e-12 + 1e-12 * fabs(alone[i]));
        }
    }
}

/* A missile on its pad: there is no direction of flight yet, and each is done alone. */
static void what_stands_still_is_moved_too(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 48, 2);
    struct estimate got[TWINS];
    struct estimate wanted[TWINS];
    draw_twins(&r, 1.0, got);
    memset(got[0].x + 3, 0, 3 * sizeof(double));
    memcpy(wanted, got, sizeof got);
    twin_predict(ESTIMATE_BOOST, &got[0], &got[1], 0.5, NULL);
    for (int k = 0; k < TWINS; k++) {
        estimate_predict(MOTIONS[k], &wanted[k], 0.5);
        assert_same_estimate(&got[k], &wanted[k]);
    }
}

/* tr((Q p Q)²) with Q = I - u u', all written out. */
static double across4(const double p[CELLS], const double u[3])
{
    double q[9];
    double own[9];
    double both[9];
    for (int i = 0; i < 9; i++) {
        q[i] = (i % 4 == 0 ? 1.0 : 0.0) - u[i / 3] * u[i % 3];
        own[i] = p[i / 3 * DIM + i % 3];
    }
    matrix_transform(q, own, both, 3, 3);
    double sum = 0.0;
    for (int i = 0; i < 9; i++) {
        sum += both[i] * both[i];
    }
    return sum;
}

/* One step of the extended Kalman filter on the model of measure.h. */
static void update_plainly(struct estimate *e, const struct measure_site *site,
                           const struct observation *o, struct innovation *found)
{
    struct measure m;
    assert_int_equal(measure_linearise(site, o, e->x, &m), OK);
    const int dim = m.dim;
    const double *noise = m.noise;
    const double own = sqrt(across4(e->p, m.jacobian));
    const double seen =
        m.range_m * m.range_m *
        sqrt(elementary_square(noise[dim + 1]) + elementary_square(noise[2 * (dim + 1)]));
    m.noise[0] += 0.5 * elementary_square(own * seen / (own + seen) / m.range_m);
    double h[4 * DIM] = {0};
    double hp[4 * DIM];
    double s[16];
    double inverse[16];
    double factor[16];
    double k[DIM * 4];
    double rest[CELLS];
    double p[CELLS];
    double spread[CELLS];
    for (int i = 0; i < dim; i++) {
        memcpy(h + i * DIM, m.jacobian + i * 6, 6 * sizeof(double));
    }
    matrix_multiply(h, e->p, hp, dim, DIM, DIM);
    matrix_multiply_transposed(hp, h, s, dim, DIM, dim);
    for (int i = 0; i < dim * dim; i++) {
        s[i] += m.noise[i];
    }
    assert_int_equal(matrix_cholesky(s, factor, dim), OK);
    assert_int_equal(matrix_inverse(s, inverse, dim), OK);
    found->dim = dim;
    found->distance_squared = 0.0;
    for (int i = 0; i < dim * dim; i++) {
        found->distance_squared += m.residual[i / dim] * inverse[i] * m.residual[i % dim];
    }
    found->log_likelihood = -0.5 * (found->distance_squared + matrix_log_determinant(factor, dim) +
                                    dim * log(2.0 * PI));
    matrix_identity(rest, DIM);
    for (int i = 0; i < DIM; i++) {
        for (int a = 0; a < dim; a++) {
            k[i * dim + a] = 0.0;
            for (int b = 0; b < dim; b++) {
                k[i * dim + a] += hp[b * DIM + i] * inverse[b * dim + a];
            }
            e->x[i] += k[i * dim + a] * m.residual[a];
            for (int j = 0; j < DIM; j++) {
                rest[i * DIM + j] -= k[i * dim + a] * h[a * DIM + j];
            }
        }
    }
    matrix_transform(rest, e->p, p, DIM, DIM);
    matrix_transform(k, m.noise, spread, DIM, dim);
    for (int i = 0; i < CELLS; i++) {
        e->p[i] = p[i] + spread[i];
    }
}

/* What the radar reads of an object there. */
static void see(struct random *r, const struct measure_site *site, const double x[6],
                struct observation *o)
{
    const struct sensor *s = &site->sensor;
    const struct geo_ecef place = {x[0], x[1], x[2]};
    memset(o, 0, sizeof *o);
    o->kind = SENSOR_RADAR;
    assert_int_equal(ellipsoid_polar(ellipsoid_enu(SITE, place), &o->radar.polar), OK);
    o->radar.polar.range_m += s->sigma_range_m * random_normal(r);
    o->radar.polar.azimuth_rad += s->sigma_azimuth_rad * random_normal(r);
    o->radar.polar.elevation_rad += s->sigma_elevation_rad * random_normal(r);
    double along = 0.0;
    for (int i = 0; i < 3; i++) {
        const double from[3] = {site->position.x_m, site->position.y_m, site->position.z_m};
        along += (x[i] - from[i]) * x[3 + i] / o->radar.polar.range_m;
    }
    o->radar.has_range_rate = random_u64(r) % 2 == 0;
    o->radar.range_rate_mps = along + s->sigma_range_rate_mps * random_normal(r);
}

static void update_is_the_textbook_one(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 48, 3);
    /* One where ranges hardly bend within the doubt, and one where they do. */
    const struct measure_site sites[2] = {radar(20.0, 1e-3), radar(3.0, 5e-3)};
    int at_once[2] = {0};
    for (int round = 0; round < 2000; round++) {
        const struct measure_site *site = &sites[round / 2 % 2];
        struct estimate got[TWINS];
        struct estimate wanted[TWINS];
        struct innovation found[TWINS];
        struct observation o;
        draw_twins(&r, round / 2 % 2 == 0 ? 1.0 : 8.0, got);
        memcpy(wanted, got, sizeof got);
        see(&r, site, got[round % 2].x, &o);
        struct innovation compared[TWINS];
        assert_int_equal(twin_compare(&got[0], &got[1], site, &o, compared), OK);
        if (twin_update(ESTIMATE_BOOST, &got[0], &got[1], site, &o, found) != OK) {
            assert_memory_equal(got, wanted, sizeof got);
            continue;
        }
        at_once[round / 2 % 2]++;
        for (int k = 0; k < TWINS; k++) {
            struct innovation plain;
            update_plainly(&wanted[k], site, &o, &plain);
            assert_same_estimate(&got[k], &wanted[k]);
            assert_int_equal(found[k].dim, plain.dim);
            assert_true(compared[k].distance_squared == found[k].distance_squared);
            assert_near(found[k].distance_squared, plain.distance_squared,
                        1e-9 * (1.0 + plain.distance_squared));
            assert_near(found[k].log_likelihood, plain.log_likelihood,
                        1e-9 * (10.0 + plain.distance_squared));
        }
    }
    assert_true(at_once[0] > 800);
    assert_true(at_once[1] > 100);
}

static void what_is_not_ordinary_is_left_alone(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 48, 4);
    struct measure_site site = radar(20.0, 1e-3);
    struct estimate e[TWINS];
    struct estimate before[TWINS];
    struct innovation found[TWINS];
    struct observation o;
    draw_twins(&r, 1.0, e);
    memcpy(before, e, sizeof e);
    see(&r, &site, e[0].x, &o);
    o.radar.polar.azimuth_rad += 0.5;
    assert_int_equal(twin_update(ESTIMATE_BOOST, &e[0], &e[1], &site, &o, found), ERR_STATE);
    o.radar.polar.azimuth_rad -= 0.5;
    o.kind = SENSOR_INFRARED;
    assert_int_equal(twin_update(ESTIMATE_BOOST, &e[0], &e[1], &site, &o, found), ERR_STATE);
    o.kind = SENSOR_RADAR;
    site.biased = true;
    assert_int_equal(twin_update(ESTIMATE_BOOST, &e[0], &e[1], &site, &o, found), ERR_STATE);
    assert_int_equal(twin_compare(&e[0], &e[1], &site, &o, found), ERR_STATE);
    assert_memory_equal(e, before, sizeof e);
}

struct tally {
    int updates;
    int at_once;
};

static void assert_positive_definite(const struct estimate *e)
{
    double factor[CELLS];
    assert_int_equal(matrix_cholesky(e->p, factor, DIM), OK);
    for (int i = 0; i < CELLS; i++) {
        assert_true(e->p[i] == e->p[i % DIM * DIM + i / DIM]);
    }
}

/* A hundred looks at one object that falls, or fewer if it comes down. */
static void follow(struct random *r, const struct measure_site *site, struct tally *t)
{
    struct estimate e[TWINS];
    struct motion_state truth;
    double rate_mps = 0.0;
    draw_twins(r, 1.0, e);
    memcpy(truth.x, e[1].x, 6 * sizeof(double));
    truth.x[MOTION_LN_BETA] = e[1].x[6];
    for (int look = 0; look < 100 && motion_height_m(&truth, &rate_mps) > 15e3; look++) {
        const double dt_s = 0.05 + 1.5 * random_uniform(r);
        struct observation o;
        struct innovation found[TWINS];
        motion_propagate(MOTION_REENTRY, &truth, dt_s, 1.0, NULL);
        twin_predict(ESTIMATE_BOOST, &e[0], &e[1], dt_s, NULL);
        see(r, site, truth.x, &o);
        t->updates++;
        if (twin_update(ESTIMATE_BOOST, &e[0], &e[1], site, &o, found) == OK) {
            t->at_once++;
        } else {
            assert_int_equal(estimate_update(ESTIMATE_BOOST, &e[0], site, &o, 0.0, found), OK);
            assert_int_equal(estimate_update(ESTIMATE_BALLISTIC, &e[1], site, &o, 0.0, found), OK);
        }
        assert_positive_definite(&e[0]);
        assert_positive_definite(&e[1]);
    }
}

/* 100 000 updates: of an ordinary radar, and of one whose doubt is a contact lens, a thousand
 * times wider than thick. */
static void covariances_stay_positive_definite(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 48, 5);
    const struct measure_site sites[2] = {radar(20.0, 1e-3), radar(3.0, 5e-3)};
    for (int i = 0; i < 2; i++) {
        struct tally tally = {0};
        while (tally.updates < 50000) {
            follow(&r, &sites[i], &tally);
        }
        assert_true(tally.at_once > (i == 0 ? 40000 : 20000));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prediction_is_that_of_each_alone),
        cmocka_unit_test(what_stands_still_is_moved_too),
        cmocka_unit_test(update_is_the_textbook_one),
        cmocka_unit_test(what_is_not_ordinary_is_left_alone),
        cmocka_unit_test(covariances_stay_positive_definite),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
