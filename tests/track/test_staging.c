/* A pause between two stages, longer than the common ones, seen by one radar across the way of
 * flight: it cannot know for seconds that the next stage burns, and must not seem to. */
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
#include "track/filter.h"

enum { DIM = ESTIMATE_DIM, RUNS = 40, LAST_S = 66 };

#define STOPS_S 35.0
#define BEGINS_S 46.0
#define FIRST_THRUST_MPS2 40.0
#define SECOND_THRUST_MPS2 18.0

static struct instant at(double t_s)
{
    return instant_plus_s((struct instant){0}, t_s);
}

static void true_state(double t_s, double x[DIM])
{
    const struct geo_geodetic place = {40.7 * RAD_PER_DEG, 126.9 * RAD_PER_DEG, 30e3};
    const struct geo_ecef position = ellipsoid_to_ecef(place);
    double axes[9];
    ellipsoid_axes(place, axes);
    const double start[3] = {position.x_m, position.y_m, position.z_m};
    memcpy(x, start, sizeof start);
    for (int i = 0; i < 3; i++) {
        x[3 + i] = 600.0 * (0.8 * axes[i] + 0.6 * axes[6 + i]); /* east and up */
    }
    x[6] = FIRST_THRUST_MPS2;
    estimate_move(ESTIMATE_BOOST, x, t_s < STOPS_S ? t_s : STOPS_S, NULL);
    if (t_s > STOPS_S) {
        x[6] = ESTIMATE_LN_BETA_MEAN;
        estimate_move(ESTIMATE_BALLISTIC, x, (t_s < BEGINS_S ? t_s : BEGINS_S) - STOPS_S, NULL);
    }
    if (t_s > BEGINS_S) {
        x[6] = SECOND_THRUST_MPS2;
        estimate_move(ESTIMATE_BOOST, x, t_s - BEGINS_S, NULL);
    }
}

static struct observation seen(const struct measure_site *site, double t_s, struct random *r)
{
    struct measure m;
    double x[DIM];
    struct observation o = {.kind = SENSOR_RADAR, .validity = at(t_s)};
    true_state(t_s, x);
    assert_int_equal(measure_linearise(site, &o, x, &m), OK);
    /* The reading was 0, so the residual is what should have been read, turned round. */
    o.radar.polar.range_m = -m.residual[0] + 20.0 * random_normal(r);
    o.radar.polar.azimuth_rad = -m.residual[1] + 1e-3 * random_normal(r);
    o.radar.polar.elevation_rad = -m.residual[2] + 1e-3 * random_normal(r);
    return o;
}

static double nees(const struct filter *f, double t_s)
{
    struct estimate e;
    double truth[DIM];
    double off[6];
    double p[36];
    double factor[36];
    (void)filter_best_at(f, at(t_s), &e);
    true_state(t_s, truth);
    for (int i = 0; i < 6; i++) {
        off[i] = e.x[i] - truth[i];
        memcpy(p + i * 6, e.p + i * DIM, 6 * sizeof *p);
    }
    assert_int_equal(matrix_cholesky(p, factor, 6), OK);
    return matrix_mahalanobis_squared(factor, off, 6) / 6.0;
}

static void the_next_stage_is_expected(void **state)
{
    (void)state;
    static struct filter_memory memory;
    double mean[LAST_S + 1] = {0};
    double worst = 0.0;
    int thrusting = 0;
    struct measure_site site;
    struct random r;
    struct sensor radar = {.kind = SENSOR_RADAR,
                           .sigma_range_m = 20.0,
                           .sigma_azimuth_rad = 1e-3,
                           .sigma_elevation_rad = 1e-3};
    radar.place.lat_rad = 39.0 * RAD_PER_DEG;
    radar.place.lon_rad = 128.5 * RAD_PER_DEG;
    measure_site_init(&site, &radar);
    random_init(&r, 5, 0);
    for (int run = 0; run < RUNS; run++) {
        struct filter f;
        double x[DIM];
        double covariance[9] = {1e6, 0, 0, 0, 1e6, 0, 0, 0, 1e6};
        memset(&memory, 0, sizeof memory);
        true_state(0.0, x);
        filter_start(&f, at(0.0), (struct geo_ecef){x[0], x[1], x[2]}, covariance);
        for (int t = 1; t <= LAST_S; t++) {
            const struct observation o = seen(&site, t, &r);
            assert_int_equal(filter_update(&f, &memory, &site, 0, &o), OK);
            if (t == 4) {
                filter_confirm(&f);
            }
            mean[t] += t > STOPS_S ? nees(&f, t) / RUNS : 0.0;
            worst = mean[t] > worst ? mean[t] : worst;
        }
        thrusting += f.mode == FILTER_THRUSTING ? 1 : 0;
    }
    print_message("squared error by the covariance, from the end of thrust on:");
    for (int t = (int)STOPS_S + 1; t <= LAST_S; t++) {
        print_message(" %.2f", mean[t]);
    }
    print_message("\n%d of %d are taken to burn in the end\n", thrusting, RUNS);
    assert_true(worst < 10.0);
    assert_int_equal(thrusting, RUNS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_next_stage_is_expected),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
