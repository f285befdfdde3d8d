/* One hypothesis: its transition against differences, its process noise, and its update against the
 * textbook's linear one and against the peak of the posterior. */
#include "../base/near.h"

#include <string.h>

#include "base/elementary.h"
#include "base/matrix.h"
#include "base/random.h"
#include "geo/ellipsoid.h"
#include "model/track.h"
#include "track/estimate.h"
#include "track/way.h"

enum { DIM = ESTIMATE_DIM, CELLS = ESTIMATE_CELLS };

static const double NUDGE[DIM] = {10.0, 10.0, 10.0, 0.01, 0.01, 0.01, 1e-3};

static const struct geo_geodetic SITE = {0.65, 2.2, 300.0};

static struct measure_site radar(void)
{
    struct sensor s;
    memset(&s, 0, sizeof s);
    s.kind = SENSOR_RADAR;
    s.place = SITE;
    s.sigma_range_m = 20.0;
    s.sigma_azimuth_rad = 1e-3;
    s.sigma_elevation_rad = 1e-3;
    s.sigma_range_rate_mps = 2.0;
    struct measure_site site;
    measure_site_init(&site, &s);
    return site;
}

/* An object at that height, 300 km to the north-east of the radar, that moves at a few km/s. */
static void draw_state(struct random *r, enum estimate_motion motion, double height_m,
                       double x[DIM])
{
    const struct geo_geodetic g = {SITE.lat_rad + 0.03 * random_uniform(r) + 0.02,
                                   SITE.lon_rad + 0.03 * random_uniform(r) + 0.02, height_m};
    const struct geo_ecef p = ellipsoid_to_ecef(g);
    const double position[3] = {p.x_m, p.y_m, p.z_m};
    memcpy(x, position, sizeof position);
    for (int i = 3; i < 6; i++) {
        x[i] = 1500.0 * random_normal(r);
    }
    x[6] = motion == ESTIMATE_BOOST ? 5.0 + 50.0 * random_uniform(r)
                                    : ESTIMATE_LN_BETA_MEAN + 0.8 * random_normal(r);
}

/* A covariance with correlations, of sigmas 60 m and 8 m/s. */
static void draw_covariance(struct random *r, double scale, double p[CELLS])
{
    double m[CELLS];
    for (int i = 0; i < CELLS; i++) {
        const double sigma = i / DIM < 3 ? 60.0 : i / DIM < 6 ? 8.0 : 0.5;
        m[i] = scale * sigma / sqrt(DIM) * random_normal(r);
    }
    matrix_multiply_transposed(m, m, p, DIM, DIM, DIM);
    for (int i = 0; i < DIM; i++) {
        const double sigma = i < 3 ? 10.0 : i < 6 ? 1.0 : 0.1;
        p[i * DIM + i] += scale * scale * sigma * sigma;
    }
}

static void check_transition(enum estimate_motion motion, const double start[DIM], double dt_s,
                             double tolerance)
{
    double x[DIM];
    double transition[CELLS];
    memcpy(x, start, sizeof x);
    estimate_move(motion, x, dt_s, transition);
    double plain[DIM];
    memcpy(plain, start, sizeof plain);
    estimate_move(motion, plain, dt_s, NULL);
    assert_memory_equal(plain, x, sizeof x);
    double differences[CELLS];
    for (int j = 0; j < DIM; j++) {
        double low[DIM];
        double high[DIM];
        memcpy(low, start, sizeof low);
        memcpy(high, start, sizeof high);
        low[j] -= NUDGE[j];
        high[j] += NUDGE[j];
        const double width = high[j] - low[j];
        estimate_move(motion, low, dt_s, NULL);
        estimate_move(motion, high, dt_s, NULL);
        for (int i = 0; i < DIM; i++) {
            differences[i * DIM + j] = (high[i] - low[i]) / width;
        }
    }
    for (int i = 0; i < DIM; i++) {
        double scale = 0.0;
        for (int j = 0; j < DIM; j++) {
            scale = fmax(scale, fabs(differences[i * DIM + j]) * NUDGE[j]);
        }
        for (int j = 0; j < DIM; j++) {
            const double off = (transition[i * DIM + j] - differences[i * DIM + j]) * NUDGE[j];
            assert_near(off, 0.0, tolerance * scale);
        }
    }
}

static void transitions_agree_with_differences(void **state)
{
    (void)state;
    static const double HEIGHTS_M[] = {5e3, 26e3, 60e3, 150e3, 400e3, 1500e3};
    static const double STEPS_S[] = {0.3, 1.0, 2.7, 12.0, -0.7, -8.0};
    struct random r;
    random_init(&r, 41, 1);
    for (int round = 0; round < 360; round++) {
        double x[DIM];
        const enum estimate_motion motion = (enum estimate_motion)(round % 3);
        const double height_m = HEIGHTS_M[round % 6];
        draw_state(&r, motion, height_m, x);
        const double dt_s = STEPS_S[(round / 6) % 6];
        /* In thick air a long way crosses corners of the density: only the short steps there. */
        const double bounded_s = height_m < 100e3 ? fmax(-0.3, fmin(0.3, dt_s)) : dt_s;
        check_transition(motion, x, bounded_s, 3e-5);
    }
}

/* Thrust that grows as a rocket's that burns evenly: a(t) = a / (1 - a t / v), v = 2600 m/s. */
static void thrust_grows_as_mass_burns(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 42, 1);
    double x[DIM];
    draw_state(&r, ESTIMATE_BOOST, 60e3, x);
    x[6] = 20.0;
    estimate_move(ESTIMATE_BOOST, x, 10.0, NULL);
    /* Steps of a second, each to first order. */
    assert_near(x[6], 20.0 / (1.0 - 20.0 * 10.0 / 2600.0), 0.02);
    x[6] = -5.0;
    estimate_move(ESTIMATE_BOOST, x, 10.0, NULL);
    assert_near(x[6], -5.0, 0.0);
}

/* The law of growth has a pole, 2600 / 50 = 52 s ahead: a lost track that was thrusting is
 * predicted past it and must stay a missile's. */
static void thrust_predicted_for_long_stays_finite(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 50, 1);
    struct estimate e;
    draw_state(&r, ESTIMATE_BOOST, 200e3, e.x);
    draw_covariance(&r, 1.0, e.p);
    e.x[6] = 50.0;
    for (int i = 0; i < 30; i++) {
        estimate_predict(ESTIMATE_BOOST, &e, 4.0);
        double factor[CELLS];
        assert_int_equal(matrix_cholesky(e.p, factor, DIM), OK);
        assert_in_range(e.x[6], 50, 130);
        assert_true(sqrt(e.p[3 * (DIM + 1)]) < 1e4);
    }
}

static void moving_there_and_back_is_nothing(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 43, 1);
    for (int round = 0; round < 30; round++) {
        double x[DIM];
        double start[DIM];
        draw_state(&r, ESTIMATE_BALLISTIC, 300e3 + 50e3 * round, start);
        memcpy(x, start, sizeof x);
        estimate_move(ESTIMATE_BALLISTIC, x, 25.0, NULL);
        estimate_move(ESTIMATE_BALLISTIC, x, -25.0, NULL);
        for (int i = 0; i < DIM; i++) {
            assert_near(x[i], start[i], i < 3 ? 1e-3 : 1e-5);
        }
    }
}

/* From no doubt at all only the process noise is left: symmetric, never negative, growing. */
/* From one observation to the next older one, in whatever order they come: no further from what
 * small steps give than from the epoch at once. */
static void a_way_is_as_good_as_moving_at_once(void **state)
{
    (void)state;
    static const double AGES_S[] = {0.0, 0.4, 1.7, 1.7, 9.0, 8.5, 31.0, -2.0, 12.0};
    const struct instant epoch = {INT64_C(1767225637) * NS_PER_S};
    struct random r;
    random_init(&r, 31, 0);
    for (int n = 0; n < 40; n++) {
        const enum estimate_motion motion = n % 2 == 0 ? ESTIMATE_BALLISTIC : ESTIMATE_BOOST;
        struct way way;
        double start[DIM];
        draw_state(&r, motion, n % 4 < 2 ? 300e3 : 70e3, start);
        start[6] = motion == ESTIMATE_BOOST ? 0.05 * start[6] : start[6]; /* it has burnt out */
        way_begin(motion, epoch, start, &way);
        for (size_t i = 0; i < sizeof AGES_S / sizeof AGES_S[0]; i++) {
            double small[DIM];
            double once[DIM];
            double transition[CELLS];
            memcpy(small, start, sizeof small);
            memcpy(once, start, sizeof once);
            for (int k = 0; k < 400; k++) {
                estimate_move(motion, small, -AGES_S[i] / 400.0, NULL);
            }
            estimate_move(motion, once, -AGES_S[i], transition);
            way_go(&way, instant_plus_s(epoch, -AGES_S[i]));
            for (int k = 0; k < DIM; k++) {
                assert_near(way.x[k], small[k], 1.1 * fabs(once[k] - small[k]) + 0.1);
            }
            for (int k = 0; motion == ESTIMATE_BALLISTIC && k < CELLS; k++) {
                assert_near(way.transition[k], transition[k], 1e-4 * fabs(transition[k]) + 1e-5);
            }
        }
    }
}

static void process_noise_is_a_covariance(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 44, 1);
    for (int round = 0; round < 120; round++) {
        const enum estimate_motion motion = (enum estimate_motion)(round % 3);
        struct estimate e;
        memset(&e, 0, sizeof e);
        draw_state(&r, motion, round % 2 == 0 ? 30e3 : 300e3, e.x);
        estimate_predict(motion, &e, 0.1 + 4.0 * random_uniform(&r));
        double values[DIM];
        double vectors[CELLS];
        double scaled[CELLS];
        for (int i = 0; i < CELLS; i++) {
            assert_near(e.p[i], e.p[i % DIM * DIM + i / DIM], 0.0);
            const double norm = sqrt(e.p[i / DIM * (DIM + 1)] * e.p[i % DIM * (DIM + 1)]);
            scaled[i] = norm > 0.0 ? e.p[i] / norm : 0.0;
        }
        matrix_eigen(scaled, values, vectors, DIM);
        assert_true(values[0] >= -1e-12);
        for (int i = 0; i < 6; i++) {
            assert_true(e.p[i * (DIM + 1)] > 0.0);
        }
    }
}

/* A prediction keeps a covariance positive definite, and it is F P F' plus that noise. */
static void prediction_carries_the_covariance(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 45, 1);
    for (int round = 0; round < 60; round++) {
        const enum estimate_motion motion = (enum estimate_motion)(round % 3);
        struct estimate e;
        draw_state(&r, motion, 250e3, e.x);
        draw_covariance(&r, 1.0, e.p);
        struct estimate noise = e;
        memset(noise.p, 0, sizeof noise.p);
        double x[DIM];
        double f[CELLS];
        double moved[CELLS];
        memcpy(x, e.x, sizeof x);
        estimate_move(motion, x, 3.0, f);
        matrix_transform(f, e.p, moved, DIM, DIM);
        estimate_predict(motion, &e, 3.0);
        estimate_predict(motion, &noise, 3.0);
        double factor[CELLS];
        assert_int_equal(matrix_cholesky(e.p, factor, DIM), OK);
        for (int i = 0; i < CELLS; i++) {
            assert_near(e.p[i], moved[i] + noise.p[i], 1e-9 * (fabs(moved[i]) + 1.0));
        }
    }
}

/* What the radar would read, by geo alone, of a state age_s later than the look. */
static void reading(enum estimate_motion motion, const double x[DIM], double age_s, double h[3])
{
    double past[DIM];
    memcpy(past, x, sizeof past);
    if (age_s > 0.0) {
        estimate_move(motion, past, -age_s, NULL);
    }
    const struct geo_ecef p = {past[0], past[1], past[2]};
    struct geo_polar polar;
    assert_int_equal(ellipsoid_polar(ellipsoid_enu(SITE, p), &polar), OK);
    h[0] = polar.range_m;
    h[1] = polar.azimuth_rad;
    h[2] = polar.elevation_rad;
}

static const double VARIANCES[3] = {400.0, 1e-6, 1e-6};

/* One step of the textbook's filter, with a Jacobian by differences: K = P H' S^-1. */
static void textbook(enum estimate_motion motion, const struct estimate *prior, const double z[3],
                     double age_s, struct estimate *out, struct innovation *found)
{
    double h[3];
    double jacobian[3 * DIM];
    reading(motion, prior->x, age_s, h);
    for (int j = 0; j < DIM; j++) {
        double low[DIM];
        double high[DIM];
        double h_low[3];
        double h_high[3];
        memcpy(low, prior->x, sizeof low);
        memcpy(high, prior->x, sizeof high);
        low[j] -= NUDGE[j];
        high[j] += NUDGE[j];
        reading(motion, low, age_s, h_low);
        reading(motion, high, age_s, h_high);
        for (int i = 0; i < 3; i++) {
            jacobian[i * DIM + j] = (h_high[i] - h_low[i]) / (high[j] - low[j]);
        }
    }
    double s[9];
    double inverse[9];
    double factor[9];
    double ph[DIM * 3];
    double gain[DIM * 3];
    double taken[CELLS];
    matrix_transform(jacobian, prior->p, s, 3, DIM);
    for (int i = 0; i < 3; i++) {
        s[i * 4] += VARIANCES[i];
    }
    assert_int_equal(matrix_cholesky(s, factor, 3), OK);
    assert_int_equal(matrix_inverse(s, inverse, 3), OK);
    matrix_multiply_transposed(prior->p, jacobian, ph, DIM, DIM, 3);
    matrix_multiply(ph, inverse, gain, DIM, 3, 3);
    matrix_multiply_transposed(gain, ph, taken, DIM, 3, DIM);
    *out = *prior;
    double residual[3];
    for (int i = 0; i < 3; i++) {
        residual[i] = i == 1 ? elementary_wrap_pi(z[i] - h[i]) : z[i] - h[i];
    }
    for (int i = 0; i < DIM; i++) {
        for (int j = 0; j < 3; j++) {
            out->x[i] += gain[i * 3 + j] * residual[j];
        }
        for (int j = 0; j < DIM; j++) {
            out->p[i * DIM + j] -= taken[i * DIM + j];
        }
    }
    found->dim = 3;
    found->distance_squared = matrix_mahalanobis_squared(factor, residual, 3);
    const double determinant = s[0] * (s[4] * s[8] - s[5] * s[7]) -
                               s[1] * (s[3] * s[8] - s[5] * s[6]) +
                               s[2] * (s[3] * s[7] - s[4] * s[6]);
    found->log_likelihood =
        -0.5 * (found->distance_squared + log(determinant * 8.0 * PI * PI * PI));
}

static void update_is_the_textbook_one_where_it_is_linear(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 46, 1);
    const struct measure_site site = radar();
    for (int round = 0; round < 120; round++) {
        const enum estimate_motion motion = (enum estimate_motion)(round % 3);
        const double age_s = motion != ESTIMATE_DRIFT && round % 2 == 0 ? 2.0 : 0.0;
        struct estimate prior;
        draw_state(&r, motion, 250e3, prior.x);
        draw_covariance(&r, 0.3, prior.p);
        double z[3];
        reading(motion, prior.x, age_s, z);
        struct observation o;
        memset(&o, 0, sizeof o);
        for (int i = 0; i < 3; i++) {
            z[i] += sqrt(VARIANCES[i]) * random_normal(&r);
        }
        o.radar.polar = (struct geo_polar){z[0], z[1], z[2]};
        struct estimate wanted;
        struct innovation of_textbook;
        textbook(motion, &prior, z, age_s, &wanted, &of_textbook);
        struct estimate got = prior;
        struct innovation found;
        assert_int_equal(estimate_update(motion, &got, &site, &o, age_s, &found), OK);
        assert_int_equal(found.dim, 3);
        assert_near(found.distance_squared, of_textbook.distance_squared, 1e-5);
        assert_near(found.log_likelihood, of_textbook.log_likelihood, 1e-5);
        for (int i = 0; i < DIM; i++) {
            const double sigma = sqrt(wanted.p[i * (DIM + 1)]);
            assert_near(got.x[i], wanted.x[i], 2e-3 * sigma);
            for (int j = 0; j < DIM; j++) {
                const double scale = sigma * sqrt(wanted.p[j * (DIM + 1)]);
                assert_near(got.p[i * DIM + j], wanted.p[i * DIM + j], 2e-3 * scale);
            }
        }
        struct innovation compared;
        assert_int_equal(estimate_compare(motion, &prior, &site, &o, age_s, &compared), OK);
        assert_near(compared.distance_squared, found.distance_squared, 0.0);
    }
}

/* Minus twice the logarithm of the posterior, but for a constant. */
static double surprise(enum estimate_motion motion, const struct estimate *prior,
                       const double *factor, const struct observation *o, const double x[DIM])
{
    double d[DIM];
    double h[3];
    for (int i = 0; i < DIM; i++) {
        d[i] = x[i] - prior->x[i];
    }
    reading(motion, x, 0.0, h);
    const double off[3] = {o->radar.polar.range_m - h[0],
                           elementary_wrap_pi(o->radar.polar.azimuth_rad - h[1]),
                           o->radar.polar.elevation_rad - h[2]};
    double sum = matrix_mahalanobis_squared(factor, d, DIM);
    for (int i = 0; i < 3; i++) {
        sum += off[i] * off[i] / VARIANCES[i];
    }
    return sum;
}

/* A wide prior, where one linear step misses: the iterated one still finds the peak. */
static void iterated_update_finds_the_peak(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 47, 1);
    const struct measure_site site = radar();
    for (int round = 0; round < 60; round++) {
        struct estimate prior;
        double truth[DIM];
        draw_state(&r, ESTIMATE_BALLISTIC, 250e3, truth);
        draw_covariance(&r, 150.0, prior.p);
        for (int i = 0; i < DIM; i++) {
            /* Position and velocity may be anywhere; the ballistic coefficient may not. */
            prior.p[i * DIM + 6] /= 300.0;
            prior.p[6 * DIM + i] /= 300.0;
        }
        double factor[CELLS];
        assert_int_equal(matrix_cholesky(prior.p, factor, DIM), OK);
        double normal[DIM];
        for (int i = 0; i < DIM; i++) {
            normal[i] = random_normal(&r);
            prior.x[i] = truth[i];
            for (int j = 0; j <= i; j++) {
                prior.x[i] += factor[i * DIM + j] * normal[j];
            }
        }
        struct observation o;
        memset(&o, 0, sizeof o);
        double z[3];
        reading(ESTIMATE_BALLISTIC, truth, 0.0, z);
        o.radar.polar = (struct geo_polar){z[0], z[1], z[2]};
        struct estimate got = prior;
        struct innovation found;
        assert_int_equal(estimate_update(ESTIMATE_BALLISTIC, &got, &site, &o, 0.0, &found), OK);
        const double least = surprise(ESTIMATE_BALLISTIC, &prior, factor, &o, got.x);
        for (int k = 0; k < 50; k++) {
            double posterior[CELLS];
            double near[DIM];
            assert_int_equal(matrix_cholesky(got.p, posterior, DIM), OK);
            memcpy(near, got.x, sizeof near);
            for (int i = 0; i < DIM; i++) {
                normal[i] = 0.2 * random_normal(&r);
                for (int j = 0; j <= i; j++) {
                    near[i] += posterior[i * DIM + j] * normal[j];
                }
            }
            assert_true(surprise(ESTIMATE_BALLISTIC, &prior, factor, &o, near) > least - 1e-3);
        }
    }
}

static struct observation ready_of(const struct estimate *e)
{
    struct observation o;
    memset(&o, 0, sizeof o);
    o.kind = SENSOR_TRACKER;
    o.track.position = (struct geo_ecef){e->x[0], e->x[1], e->x[2]};
    o.track.velocity = (struct geo_velocity){e->x[3], e->x[4], e->x[5]};
    double full[36];
    for (int i = 0; i < 36; i++) {
        full[i] = e->p[(i / 6) * DIM + i % 6];
    }
    track_covariance_pack(full, o.track.covariance);
    return o;
}

/* The same ready track again and again teaches nothing: its errors are the same ones. */
static void a_ready_track_is_not_counted_twice(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 48, 1);
    const struct measure_site site = radar();
    struct estimate e;
    draw_state(&r, ESTIMATE_BALLISTIC, 300e3, e.x);
    draw_covariance(&r, 1.0, e.p);
    const struct observation o = ready_of(&e);
    struct estimate got = e;
    for (int k = 0; k < 10; k++) {
        struct innovation found;
        assert_int_equal(estimate_update(ESTIMATE_BALLISTIC, &got, &site, &o, 0.0, &found), OK);
        assert_int_equal(found.dim, 6);
    }
    for (int i = 0; i < 6; i++) {
        assert_near(got.x[i], e.x[i], 1e-6);
        for (int j = 0; j < 6; j++) {
            const double scale = sqrt(e.p[i * (DIM + 1)] * e.p[j * (DIM + 1)]);
            assert_near(got.p[i * DIM + j], e.p[i * DIM + j], 1e-6 * scale);
        }
    }
    double factor[CELLS];
    assert_int_equal(matrix_cholesky(got.p, factor, DIM), OK);
}

/* Nonsense that passed no check leaves the estimate as it was. */
static void nonsense_changes_nothing(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 49, 1);
    const struct measure_site site = radar();
    const double values[] = {NAN, INFINITY, -INFINITY};
    for (int round = 0; round < 18; round++) {
        struct estimate e;
        draw_state(&r, ESTIMATE_BALLISTIC, 300e3, e.x);
        draw_covariance(&r, 1.0, e.p);
        struct observation o;
        memset(&o, 0, sizeof o);
        o.radar.polar = (struct geo_polar){4e5, 1.0, 0.5};
        const double bad = values[round % 3];
        switch (round / 3) {
        case 0:
            o.radar.polar.range_m = bad;
            break;
        case 1:
            o.radar.polar.azimuth_rad = bad;
            break;
        case 2:
            o.radar.polar.elevation_rad = bad;
            break;
        case 3:
            o.radar.has_range_rate = true;
            o.radar.range_rate_mps = bad;
            break;
        case 4:
            o = ready_of(&e);
            o.track.position.y_m = bad;
            break;
        default:
            o = ready_of(&e);
            o.track.covariance[5] = bad;
            break;
        }
        const struct estimate before = e;
        struct innovation found;
        assert_int_not_equal(estimate_update(ESTIMATE_BALLISTIC, &e, &site, &o, 0.0, &found), OK);
        assert_memory_equal(&e, &before, sizeof e);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(transitions_agree_with_differences),
        cmocka_unit_test(thrust_grows_as_mass_burns),
        cmocka_unit_test(thrust_predicted_for_long_stays_finite),
        cmocka_unit_test(moving_there_and_back_is_nothing),
        cmocka_unit_test(a_way_is_as_good_as_moving_at_once),
        cmocka_unit_test(process_noise_is_a_covariance),
        cmocka_unit_test(prediction_carries_the_covariance),
        cmocka_unit_test(update_is_the_textbook_one_where_it_is_linear),
        cmocka_unit_test(iterated_update_finds_the_peak),
        cmocka_unit_test(a_ready_track_is_not_counted_twice),
        cmocka_unit_test(nonsense_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
