/* The fit that finds the end of thrust, on a motion that is known exactly. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/elementary.h"
#include "base/matrix.h"
#include "base/random.h"
#include "geo/ellipsoid.h"
#include "track/batch.h"

enum { DIM = ESTIMATE_DIM, RUNS = 60 };

#define END_S 20.3
#define THRUST_MPS2 80.0
#define LAST_S 29.0

static struct instant at(double t_s)
{
    return instant_plus_s((struct instant){0}, t_s);
}

static struct sensor radar(bool rated)
{
    struct sensor s = {.kind = SENSOR_RADAR,
                       .sigma_range_m = 20.0,
                       .sigma_azimuth_rad = 1e-3,
                       .sigma_elevation_rad = 1e-3,
                       .sigma_range_rate_mps = rated ? 1.0 : 0.0};
    s.place.lat_rad = 39.0 * RAD_PER_DEG;
    s.place.lon_rad = 128.5 * RAD_PER_DEG;
    return s;
}

/* Where a missile is that boosts until END_S with an acceleration which keeps its direction and
 * grows as mass burns, and coasts from then on. */
static void true_state(double t_s, double x[DIM])
{
    const struct geo_geodetic place = {40.8 * RAD_PER_DEG, 127.6 * RAD_PER_DEG, 80e3};
    const struct geo_ecef position = ellipsoid_to_ecef(place);
    double axes[9];
    ellipsoid_axes(place, axes);
    x[0] = position.x_m;
    x[1] = position.y_m;
    x[2] = position.z_m;
    x[6] = ESTIMATE_LN_BETA_MEAN;
    double along[3];
    for (int i = 0; i < 3; i++) {
        along[i] = 0.8 * axes[i] + 0.6 * axes[6 + i]; /* east and up */
        x[3 + i] = 2500.0 * along[i];
    }
    estimate_move(ESTIMATE_BALLISTIC, x, t_s - END_S, NULL);
    const double before_s = END_S - t_s;
    const double growth = THRUST_MPS2 / MISSILE_EXHAUST_MPS;
    for (int i = 0; i < 3 && before_s > 0.0; i++) {
        x[i] += along[i] * THRUST_MPS2 * before_s * before_s * (0.5 - growth * before_s / 6.0);
        x[3 + i] -= along[i] * THRUST_MPS2 * before_s * (1.0 - 0.5 * growth * before_s);
    }
}

static void observe(const struct measure_site *site, double t_s, struct random *r,
                    struct filter_memory *memory)
{
    double x[DIM];
    struct measure m;
    struct observation o = {.sensor = site->sensor.id, .kind = SENSOR_RADAR, .validity = at(t_s)};
    o.radar.has_range_rate = site->sensor.sigma_range_rate_mps > 0.0;
    true_state(t_s, x);
    assert_int_equal(measure_linearise(site, &o, x, &m), OK);
    /* The reading was 0, so the residual is what should have been read, turned round. */
    o.radar.polar.range_m = -m.residual[0] + 20.0 * random_normal(r);
    o.radar.polar.azimuth_rad = -m.residual[1] + 1e-3 * random_normal(r);
    o.radar.polar.elevation_rad = -m.residual[2] + 1e-3 * random_normal(r);
    if (o.radar.has_range_rate) {
        o.radar.range_rate_mps = -m.residual[3] + random_normal(r);
    }
    memory->kept[memory->count].site = 0;
    memory->kept[memory->count].observation = o;
    memory->count++;
    memory->next = memory->count;
}

/* Squared error of position and velocity by the fit's covariance. */
static double error_squared(const struct estimate *fit)
{
    double x[DIM];
    double off[6];
    double p[36];
    double factor[36];
    true_state(LAST_S, x);
    for (int i = 0; i < 6; i++) {
        off[i] = fit->x[i] - x[i];
        memcpy(p + i * 6, fit->p + i * DIM, 6 * sizeof *p);
    }
    assert_int_equal(matrix_cholesky(p, factor, 6), OK);
    return matrix_mahalanobis_squared(factor, off, 6);
}

/* What a filter would expect: the end 2 s off, the thrust a tenth off. */
static struct batch_cutoff expected(void)
{
    return (struct batch_cutoff){.at = at(END_S + 2.0),
                                 .sigma_s = 3.0,
                                 .thrust_mps2 = 1.1 * THRUST_MPS2,
                                 .thrust_sigma_mps2 = 0.2 * THRUST_MPS2};
}

static struct filter_memory seen(const struct measure_site *site, struct random *r)
{
    struct filter_memory memory = {0};
    for (double t_s = 14.0; t_s <= LAST_S; t_s += 1.0) {
        observe(site, t_s, r, &memory);
    }
    return memory;
}

static struct estimate guess(void)
{
    struct estimate e = {0};
    true_state(LAST_S, e.x);
    e.x[0] += 2e3;
    e.x[4] -= 150.0;
    return e;
}

/* Over many draws the errors of state and time are what the fit says. */
static void end_of_thrust_is_found(void **state)
{
    (void)state;
    for (int rated = 0; rated < 2; rated++) {
        struct measure_site site;
        struct random r;
        double squared = 0.0;
        double time_squared = 0.0;
        double sigma_s = 0.0;
        random_init(&r, 7, 0);
        const struct sensor s = radar(rated == 1);
        measure_site_init(&site, &s);
        for (int run = 0; run < RUNS; run++) {
            const struct filter_memory memory = seen(&site, &r);
            struct estimate fit = guess();
            struct batch_cutoff cutoff = expected();
            assert_int_equal(batch_fit(&memory, &site, ESTIMATE_BALLISTIC, at(LAST_S), at(0.0),
                                       &fit, NULL, &cutoff),
                             OK);
            squared += error_squared(&fit) / 6.0 / RUNS;
            time_squared +=
                elementary_square(instant_since_s(cutoff.at, at(END_S)) / cutoff.sigma_s) / RUNS;
            sigma_s += cutoff.sigma_s / RUNS;
        }
        print_message("%s: end of thrust to %.2f s, squared errors by covariance: state %.2f, "
                      "time %.2f\n",
                      rated ? "with range rate" : "ranges and angles", sigma_s, squared,
                      time_squared);
        /* Six and one degrees of freedom, 60 draws: four standard deviations each way. */
        assert_true(squared > 0.7 && squared < 1.3);
        assert_true(time_squared > 0.3 && time_squared < 1.8);
        assert_true(sigma_s < (rated ? 0.3 : 1.0));
    }
}

/* A motion that leaves the cut-off out does not explain what was seen. */
static void one_motion_does_not_fit_two(void **state)
{
    (void)state;
    struct measure_site site;
    struct random r;
    random_init(&r, 8, 0);
    const struct sensor s = radar(true);
    measure_site_init(&site, &s);
    const struct filter_memory memory = seen(&site, &r);
    struct estimate fit = guess();
    const struct estimate before = fit;
    assert_int_equal(
        batch_fit(&memory, &site, ESTIMATE_BALLISTIC, at(LAST_S), at(0.0), &fit, NULL, NULL),
        ERR_NUMERIC);
    assert_memory_equal(&fit, &before, sizeof fit);
}

/* With a motor taken to burn on after the cut-off, the fit says how hard at most. */
static void thrust_after_the_end_is_bounded(void **state)
{
    (void)state;
    struct measure_site site;
    struct random r;
    random_init(&r, 9, 0);
    const struct sensor s = radar(false);
    measure_site_init(&site, &s);
    double squared = 0.0;
    double sigma = 0.0;
    for (int run = 0; run < RUNS; run++) {
        const struct filter_memory memory = seen(&site, &r);
        struct estimate fit = guess();
        struct batch_cutoff cutoff = expected();
        assert_int_equal(
            batch_fit(&memory, &site, ESTIMATE_BOOST, at(LAST_S), at(0.0), &fit, NULL, &cutoff),
            OK);
        const double variance = fit.p[ESTIMATE_CELLS - 1];
        squared += fit.x[6] * fit.x[6] / variance / RUNS;
        sigma += sqrt(variance) / RUNS;
    }
    print_message("thrust 9 s after the end: 0 within %.1f m/s2, squared by variance %.2f\n", sigma,
                  squared);
    assert_true(squared > 0.3 && squared < 1.8);
    assert_true(sigma < 20.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(end_of_thrust_is_found),
        cmocka_unit_test(one_motion_does_not_fit_two),
        cmocka_unit_test(thrust_after_the_end_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
