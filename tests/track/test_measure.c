/* Measurement models: what they predict against geo/, their Jacobians against differences, the way
 * across north, and what they refuse. */
#include "../base/near.h"

#include <string.h>

#include "base/elementary.h"
#include "base/matrix.h"
#include "base/random.h"
#include "geo/ellipsoid.h"
#include "model/track.h"
#include "physics/motion.h"
#include "track/measure.h"

/* Where an object stands, seen from the radar. */
struct geometry {
    double range_m;
    double elevation_deg;
};

static const struct geometry GEOMETRIES[] = {
    {900e3, 30.0}, {400e3, 5.0},   {3000e3, 0.5},  {2500e3, -0.8}, {150e3, 89.0},
    {600e3, 89.9}, {300e3, 89.99}, {5000e3, 10.0}, {8e3, 1.0},     {500.0, 45.0},
};
enum { GEOMETRY_COUNT = sizeof GEOMETRIES / sizeof GEOMETRIES[0] };

static struct measure_site radar_at(struct random *r)
{
    struct sensor s;
    memset(&s, 0, sizeof s);
    s.kind = SENSOR_RADAR;
    s.place.lat_rad = (160.0 * random_uniform(r) - 80.0) * RAD_PER_DEG;
    s.place.lon_rad = (360.0 * random_uniform(r) - 180.0) * RAD_PER_DEG;
    s.place.height_m = 3000.0 * random_uniform(r);
    s.sigma_range_m = 20.0;
    s.sigma_azimuth_rad = 1e-3;
    s.sigma_elevation_rad = 2e-3;
    s.sigma_range_rate_mps = 2.0;
    struct measure_site site;
    measure_site_init(&site, &s);
    return site;
}

static struct measure_site satellite(void)
{
    struct sensor s;
    memset(&s, 0, sizeof s);
    s.kind = SENSOR_INFRARED;
    s.sigma_los_rad = 5e-5;
    struct measure_site site;
    measure_site_init(&site, &s);
    return site;
}

static void put_object(struct random *r, const struct measure_site *site, struct geometry g,
                       double x[6])
{
    const struct geo_polar polar = {g.range_m, 2.0 * PI * random_uniform(r),
                                    g.elevation_deg * RAD_PER_DEG};
    const struct geo_ecef p = ellipsoid_from_enu(site->sensor.place, ellipsoid_from_polar(polar));
    x[0] = p.x_m;
    x[1] = p.y_m;
    x[2] = p.z_m;
    for (int i = 3; i < 6; i++) {
        x[i] = 3000.0 * random_normal(r);
    }
}

static struct geo_polar polar_of(const struct measure_site *site, const double x[6])
{
    const struct geo_ecef p = {x[0], x[1], x[2]};
    struct geo_polar polar;
    assert_int_equal(ellipsoid_polar(ellipsoid_enu(site->sensor.place, p), &polar), OK);
    return polar;
}

/* The plot that a radar without noise makes; the range rate by differences over a short time. */
static struct observation plot_of(const struct measure_site *site, const double x[6], bool rated)
{
    struct observation o;
    memset(&o, 0, sizeof o);
    o.kind = SENSOR_RADAR;
    o.radar.polar = polar_of(site, x);
    if (rated) {
        const double step_s = 1e-8 * o.radar.polar.range_m;
        double before[6];
        double after[6];
        for (int i = 0; i < 3; i++) {
            before[i] = x[i] - step_s * x[3 + i];
            after[i] = x[i] + step_s * x[3 + i];
        }
        o.radar.has_range_rate = true;
        o.radar.range_rate_mps =
            (polar_of(site, after).range_m - polar_of(site, before).range_m) / (2.0 * step_s);
    }
    return o;
}

static struct observation sight_of(struct geo_ecef platform, const double x[6])
{
    struct observation o;
    memset(&o, 0, sizeof o);
    o.kind = SENSOR_INFRARED;
    o.infrared.platform = platform;
    const double d[3] = {x[0] - platform.x_m, x[1] - platform.y_m, x[2] - platform.z_m};
    const double length = sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
    for (int i = 0; i < 3; i++) {
        o.infrared.los.axis[i] = d[i] / length;
    }
    return o;
}

/* Each entry against (residual(x - h) - residual(x + h)) / 2h, in units of the largest of its row
 * for positions and for velocities. */
static void check_jacobian(const struct measure_site *site, const struct observation *o,
                           const double x[6], double step_m, double tolerance)
{
    struct measure at;
    assert_int_equal(measure_linearise(site, o, x, &at), OK);
    double differences[MEASURE_DIM_MAX * 6];
    for (int j = 0; j < 6; j++) {
        const double step = j < 3 ? step_m : 1.0;
        double low[6];
        double high[6];
        memcpy(low, x, sizeof low);
        memcpy(high, x, sizeof high);
        low[j] -= step;
        high[j] += step;
        struct measure below;
        struct measure above;
        assert_int_equal(measure_linearise(site, o, low, &below), OK);
        assert_int_equal(measure_linearise(site, o, high, &above), OK);
        for (int i = 0; i < at.dim; i++) {
            differences[i * 6 + j] = (below.residual[i] - above.residual[i]) / (high[j] - low[j]);
        }
    }
    for (int i = 0; i < at.dim; i++) {
        double largest[2] = {0.0, 0.0};
        for (int j = 0; j < 6; j++) {
            largest[j / 3] = fmax(largest[j / 3], fabs(differences[i * 6 + j]));
        }
        for (int j = 0; j < 6; j++) {
            assert_near(at.jacobian[i * 6 + j], differences[i * 6 + j],
                        tolerance * largest[j / 3] + 1e-15);
        }
    }
}

static void radar_predicts_what_geo_computes(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 21, 1);
    for (int round = 0; round < 40 * GEOMETRY_COUNT; round++) {
        const struct measure_site site = radar_at(&r);
        double x[6];
        put_object(&r, &site, GEOMETRIES[round % GEOMETRY_COUNT], x);
        const struct observation o = plot_of(&site, x, true);
        struct measure m;
        assert_int_equal(measure_linearise(&site, &o, x, &m), OK);
        assert_int_equal(m.dim, 4);
        const double ground_m = o.radar.polar.range_m * cos(o.radar.polar.elevation_rad);
        assert_near(m.residual[0], 0.0, 1e-8);
        assert_near(m.residual[1], 0.0, 1e-8 / ground_m + 1e-14);
        assert_near(m.residual[2], 0.0, 1e-8 / o.radar.polar.range_m + 1e-14);
        assert_near(m.residual[3], 0.0, 1e-3);
    }
}

static void radar_jacobian_agrees_with_differences(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 22, 1);
    for (int round = 0; round < 40 * GEOMETRY_COUNT; round++) {
        const struct measure_site site = radar_at(&r);
        double x[6];
        put_object(&r, &site, GEOMETRIES[round % GEOMETRY_COUNT], x);
        const struct observation o = plot_of(&site, x, round % 2 == 0);
        const double ground_m = o.radar.polar.range_m * cos(o.radar.polar.elevation_rad);
        check_jacobian(&site, &o, x, 1e-3 * ground_m, 2e-5);
    }
}

static void infrared_jacobian_agrees_with_differences(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 23, 1);
    const struct measure_site site = satellite();
    for (int round = 0; round < 200; round++) {
        const double lon_rad = 2.0 * PI * random_uniform(&r);
        const struct geo_ecef platform = {42164e3 * cos(lon_rad), 42164e3 * sin(lon_rad),
                                          1e6 * random_normal(&r)};
        const struct geo_geodetic g = {(160.0 * random_uniform(&r) - 80.0) * RAD_PER_DEG,
                                       lon_rad + 1.2 * (2.0 * random_uniform(&r) - 1.0),
                                       5e5 * random_uniform(&r)};
        const struct geo_ecef p = ellipsoid_to_ecef(g);
        const double x[6] = {p.x_m, p.y_m, p.z_m, 1000.0, 2000.0, 3000.0};
        const struct observation o = sight_of(platform, x);
        struct measure m;
        assert_int_equal(measure_linearise(&site, &o, x, &m), OK);
        assert_int_equal(m.dim, 2);
        assert_near(m.residual[0], 0.0, 1e-14);
        assert_near(m.residual[1], 0.0, 1e-14);
        assert_near(m.noise[0], 5e-5 * 5e-5, 1e-20);
        check_jacobian(&site, &o, x, 1e3, 1e-5);
        /* A line that is not of exactly unit length says the same. */
        struct observation longer = o;
        for (int i = 0; i < 3; i++) {
            longer.infrared.los.axis[i] = 1.009 * o.infrared.los.axis[i] + 1e-4 * random_normal(&r);
        }
        struct observation scaled = longer;
        for (int i = 0; i < 3; i++) {
            scaled.infrared.los.axis[i] /= 1.009;
        }
        struct measure of_longer;
        assert_int_equal(measure_linearise(&site, &longer, x, &of_longer), OK);
        assert_int_equal(measure_linearise(&site, &scaled, x, &m), OK);
        assert_near(of_longer.residual[0], m.residual[0], 1e-14);
        assert_near(of_longer.residual[1], m.residual[1], 1e-14);
    }
}

/* The residual is an angle: its length is the angle between the two lines. */
static void infrared_residual_is_the_angle(void **state)
{
    (void)state;
    const struct measure_site site = satellite();
    const struct geo_ecef platform = {42164e3, 0.0, 0.0};
    const double seen[6] = {5e6, 3e6, 3.5e6};
    const double predicted[6] = {5e6 + 2e3, 3e6 - 1e3, 3.5e6 + 3e3};
    const struct observation o = sight_of(platform, seen);
    const struct observation other = sight_of(platform, predicted);
    struct measure m;
    assert_int_equal(measure_linearise(&site, &o, predicted, &m), OK);
    double chord2 = 0.0;
    for (int i = 0; i < 3; i++) {
        chord2 += elementary_square(o.infrared.los.axis[i] - other.infrared.los.axis[i]);
    }
    assert_near(sqrt(m.residual[0] * m.residual[0] + m.residual[1] * m.residual[1]), sqrt(chord2),
                1e-10);
}

static void ready_track_is_taken_as_it_is(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 24, 1);
    const struct measure_site site = satellite();
    const double x[6] = {4e6, 3e6, 4e6, 100.0, -2000.0, 3000.0};
    struct observation o;
    memset(&o, 0, sizeof o);
    o.kind = SENSOR_TRACKER;
    o.track.position = (struct geo_ecef){4e6 + 10.0, 3e6 - 20.0, 4e6 + 30.0};
    o.track.velocity = (struct geo_velocity){101.0, -2002.0, 3003.0};
    for (int i = 0; i < 21; i++) {
        o.track.covariance[i] = random_normal(&r);
    }
    struct measure m;
    assert_int_equal(measure_linearise(&site, &o, x, &m), OK);
    assert_int_equal(m.dim, 6);
    const double wanted[6] = {10.0, -20.0, 30.0, 1.0, -2.0, 3.0};
    for (int i = 0; i < 6; i++) {
        assert_near(m.residual[i], wanted[i], 1e-9);
        for (int j = 0; j <= i; j++) {
            assert_near(m.noise[i * 6 + j], o.track.covariance[i * (i + 1) / 2 + j], 0.0);
            assert_near(m.noise[j * 6 + i], m.noise[i * 6 + j], 0.0);
        }
    }
    check_jacobian(&site, &o, x, 1.0, 1e-8);
}

static void residual_goes_the_short_way_across_north(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 25, 1);
    const double minute = 1e-3;
    const double azimuths[][3] = {/* seen, predicted, residual */
                                  {2.0 * PI - minute, minute, -2.0 * minute},
                                  {minute, 2.0 * PI - minute, 2.0 * minute},
                                  {-minute, minute, -2.0 * minute},
                                  {2.0 * PI, 0.0, 0.0},
                                  {-2.0 * PI, minute, -minute},
                                  {PI - minute, -PI + minute, -2.0 * minute}};
    for (int i = 0; i < 6; i++) {
        const struct measure_site site = radar_at(&r);
        const struct geo_polar polar = {500e3, azimuths[i][1], 0.4};
        const struct geo_ecef p =
            ellipsoid_from_enu(site.sensor.place, ellipsoid_from_polar(polar));
        const double x[6] = {p.x_m, p.y_m, p.z_m, 0.0, 0.0, 0.0};
        struct observation o = plot_of(&site, x, false);
        o.radar.polar.azimuth_rad = azimuths[i][0];
        struct measure m;
        assert_int_equal(measure_linearise(&site, &o, x, &m), OK);
        assert_near(m.residual[1], azimuths[i][2], 1e-12);
    }
}

/* A range rate without a stated noise is worth nothing; biases widen the noise. */
static void noise_is_what_the_sensor_states(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 26, 1);
    struct measure_site site = radar_at(&r);
    double x[6];
    put_object(&r, &site, GEOMETRIES[0], x);
    const struct observation o = plot_of(&site, x, true);
    struct measure m;
    assert_int_equal(measure_linearise(&site, &o, x, &m), OK);
    const double wanted[4] = {400.0, 1e-6, 4e-6, 4.0};
    for (int i = 0; i < 16; i++) {
        assert_near(m.noise[i], i % 5 == 0 ? wanted[i / 5] : 0.0, 1e-12);
    }
    struct sensor sensor = site.sensor;
    sensor.bias_sigma_range_m = 15.0;
    sensor.bias_sigma_azimuth_rad = 1e-3;
    sensor.sigma_range_rate_mps = 0.0;
    measure_site_init(&site, &sensor);
    assert_int_equal(measure_linearise(&site, &o, x, &m), OK);
    assert_int_equal(m.dim, 3);
    assert_near(m.noise[0], 400.0, 1e-12);
    measure_add_biases(&site, &m);
    assert_near(m.noise[0], 625.0, 1e-12);
    assert_near(m.noise[4], 2e-6, 1e-18);
}

/* A clock that is ahead by dt: the reading of where the object was dt before. */
static void a_wrong_clock_reads_the_past(void **state)
{
    (void)state;
    const double ahead_s = 0.1;
    struct random r;
    random_init(&r, 28, 1);
    for (int round = 0; round < 20; round++) {
        struct measure_site site = radar_at(&r);
        struct sensor sensor = site.sensor;
        sensor.clock_sigma_s = 0.1;
        measure_site_init(&site, &sensor);
        double x[6];
        put_object(&r, &site, GEOMETRIES[0], x);
        struct motion_state past = {{x[0], x[1], x[2], x[3], x[4], x[5]}};
        motion_step(MOTION_COAST, &past, -ahead_s, NULL);
        const struct observation o = plot_of(&site, past.x, true);
        struct measure m;
        assert_int_equal(measure_linearise(&site, &o, x, &m), OK);
        for (int i = 0; i < m.dim; i++) {
            const double by_clock = m.by_bias[i * MEASURE_BIASES + MEASURE_BIAS_CLOCK];
            const double sigma = sqrt(m.noise[i * (m.dim + 1)]);
            assert_near(m.residual[i], by_clock * ahead_s, 0.1 * sigma);
            assert_true(i != 0 || fabs(m.residual[i]) > sigma);
        }
    }
}

/* A plot's own position has the covariance J R J', J by differences of geo's conversion. */
static void plot_states_a_position(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 27, 1);
    for (int round = 0; round < 100; round++) {
        const struct measure_site site = radar_at(&r);
        double x[6];
        put_object(&r, &site, GEOMETRIES[round % 4], x);
        const struct observation o = plot_of(&site, x, true);
        const double sigmas[3] = {20.0, 1e-3, 2e-3};
        double columns[9];
        for (int k = 0; k < 3; k++) {
            double ends[2][3];
            for (int side = 0; side < 2; side++) {
                const double shift = (side == 0 ? -1e-2 : 1e-2) * sigmas[k];
                struct geo_polar polar = o.radar.polar;
                polar.range_m += k == 0 ? shift : 0.0;
                polar.azimuth_rad += k == 1 ? shift : 0.0;
                polar.elevation_rad += k == 2 ? shift : 0.0;
                const struct geo_ecef p =
                    ellipsoid_from_enu(site.sensor.place, ellipsoid_from_polar(polar));
                ends[side][0] = p.x_m;
                ends[side][1] = p.y_m;
                ends[side][2] = p.z_m;
            }
            for (int i = 0; i < 3; i++) {
                columns[i * 3 + k] = (ends[1][i] - ends[0][i]) / 2e-2;
            }
        }
        double wanted[9];
        matrix_multiply_transposed(columns, columns, wanted, 3, 3, 3);
        struct geo_ecef position;
        double covariance[9];
        assert_int_equal(measure_position(&site, &o, &position, covariance), OK);
        assert_near(position.x_m, x[0], 1e-6);
        assert_near(position.y_m, x[1], 1e-6);
        assert_near(position.z_m, x[2], 1e-6);
        for (int i = 0; i < 9; i++) {
            const double scale = sqrt(wanted[i / 3 * 4] * wanted[i % 3 * 4]);
            assert_near(covariance[i], wanted[i], 1e-5 * scale);
        }
    }
}

static void refuse(const struct measure_site *site, const struct observation *o, const double x[6])
{
    struct measure m;
    memset(&m, 0x5a, sizeof m);
    const struct measure before = m;
    assert_int_equal(measure_linearise(site, o, x, &m), ERR_RANGE);
    assert_memory_equal(&m, &before, sizeof m);
}

/* Its noise is such that an update with it changes nothing; an assumed height is between the ground
 * and 20 km, give or take 10. */
static void a_plot_without_elevation_says_nothing_of_it(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 29, 1);
    struct measure_site site = radar_at(&r);
    double x[6];
    put_object(&r, &site, (struct geometry){200e3, 10.0}, x);
    struct observation o;
    memset(&o, 0, sizeof o);
    o.kind = SENSOR_RADAR;
    o.radar.polar = (struct geo_polar){200e3, 1.0, 0.3};
    assert_false(measure_is_flat(&site, &o));
    o.radar.without_elevation = true;
    assert_true(measure_is_flat(&site, &o));
    struct measure m;
    assert_int_equal(measure_linearise(&site, &o, x, &m), OK);
    assert_true(m.residual[2] == 0.0 && m.noise[2 * (m.dim + 1)] >= 1e6);
    const double ranges_m[] = {3e3, 30e3, 200e3, 400e3};
    for (int i = 0; i < 4; i++) {
        struct geo_ecef position;
        struct geo_geodetic place;
        double covariance[9];
        o.radar.polar.range_m = ranges_m[i];
        assert_int_equal(measure_position(&site, &o, &position, covariance), OK);
        assert_int_equal(ellipsoid_from_ecef(position, &place), OK);
        assert_true(place.height_m > -50.0 && place.height_m < 12e3);
        const double sigma_m = sqrt(covariance[0] + covariance[4] + covariance[8]);
        assert_true(sigma_m > 0.3 * ranges_m[i] || sigma_m > 9e3);
        assert_true(sigma_m < 12e3);
        struct measure_site assumed = site;
        struct observation with = o;
        measure_assume_height(&assumed, &with);
        assert_false(measure_is_flat(&assumed, &with));
    }
    o.radar.without_elevation = false;
    site.sensor.sigma_elevation_rad = 0.0;
    assert_true(measure_is_flat(&site, &o));
}

static void where_a_model_has_no_meaning_it_says_so(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 28, 1);
    const struct measure_site radar = radar_at(&r);
    double x[6];
    put_object(&r, &radar, (struct geometry){200e3, 90.0}, x);
    struct observation o;
    memset(&o, 0, sizeof o);
    o.kind = SENSOR_RADAR;
    o.radar.polar = (struct geo_polar){200e3, 0.0, 0.5 * PI};
    refuse(&radar, &o, x);
    struct geo_ecef position;
    double covariance[9];
    assert_int_equal(measure_position(&radar, &o, &position, covariance), ERR_RANGE);
    x[0] = NAN;
    refuse(&radar, &o, x);
    const struct measure_site infrared = satellite();
    const struct geo_ecef platform = {42164e3, 0.0, 0.0};
    const double there[6] = {42164e3, 0.5, 0.0};
    const double ahead[6] = {6.5e6, 1e5, 0.0};
    const double behind[6] = {80e6, 1e5, 0.0};
    o = sight_of(platform, ahead);
    refuse(&infrared, &o, there);
    refuse(&infrared, &o, behind);
    const double far_side[6] = {-6.6e6, 1e5, 0.0};
    const double past_limb[6] = {-6.6e6, 8.5e6, 0.0};
    const double inside[6] = {6.2e6, 1e5, 0.0};
    refuse(&infrared, &o, far_side);
    refuse(&infrared, &o, inside);
    struct measure seen;
    o = sight_of(platform, past_limb);
    assert_int_equal(measure_linearise(&infrared, &o, past_limb, &seen), OK);
    assert_int_equal(measure_position(&infrared, &o, &position, covariance), ERR_STATE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(radar_predicts_what_geo_computes),
        cmocka_unit_test(radar_jacobian_agrees_with_differences),
        cmocka_unit_test(infrared_jacobian_agrees_with_differences),
        cmocka_unit_test(infrared_residual_is_the_angle),
        cmocka_unit_test(ready_track_is_taken_as_it_is),
        cmocka_unit_test(residual_goes_the_short_way_across_north),
        cmocka_unit_test(noise_is_what_the_sensor_states),
        cmocka_unit_test(a_wrong_clock_reads_the_past),
        cmocka_unit_test(plot_states_a_position),
        cmocka_unit_test(a_plot_without_elevation_says_nothing_of_it),
        cmocka_unit_test(where_a_model_has_no_meaning_it_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
