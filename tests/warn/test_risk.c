/* Footprints laid by hand over places whose map is known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/elementary.h"
#include "geo/ellipsoid.h"
#include "geo/geodesic.h"
#include "warn/gazetteer.h"
#include "warn/risk.h"

static const struct nation_id JAPAN = {"JPN"};
static const struct nation_id KOREA = {"KOR"};
static const struct instant START = {NS_PER_S * 5000};

static struct geo_geodetic degrees(double lat, double lon)
{
    return (struct geo_geodetic){lat * RAD_PER_DEG, lon * RAD_PER_DEG, 0.0};
}

/* A ring and its middle, all of the same weight. */
static void lay_samples(struct geo_geodetic middle, double radius_m, struct footprint *f)
{
    f->start = START;
    f->sample_count = 101;
    for (uint32_t i = 0; i < f->sample_count; i++) {
        struct geo_geodetic p = middle;
        if (i > 0) {
            assert_int_equal(geodesic_direct(middle, 2.0 * PI * i / 100.0, radius_m, &p), OK);
        }
        f->samples[i] = (struct footprint_sample){p.lat_rad, p.lon_rad, 1.0 / 101.0};
    }
}

/* A level way along a geodesic at one height and 5 km/s over the ground, a knot every 20 s. */
static void lay_way(struct geo_geodetic from, struct geo_geodetic to, double height_m,
                    double across_sigma_m, struct footprint *f)
{
    double distance_m;
    double azimuth_rad;
    assert_int_equal(geodesic_inverse(from, to, &distance_m, &azimuth_rad, NULL), OK);
    f->start = START;
    f->knot_count = (uint32_t)(distance_m / 100e3) + 1;
    assert_true(f->knot_count < FOOTPRINT_KNOTS_MAX);
    for (uint32_t i = 0; i < f->knot_count; i++) {
        struct geo_ecef at[3];
        for (int j = 0; j < 3; j++) {
            struct geo_geodetic p;
            const double d = 100e3 * i + 5e3 * (j - 1);
            assert_int_equal(geodesic_direct(from, azimuth_rad, d, &p), OK);
            p.height_m = height_m;
            at[j] = ellipsoid_to_ecef(p);
        }
        f->knots[i] = (struct footprint_knot){
            20.0 * i,
            at[1],
            {(at[2].x_m - at[0].x_m) / 2.0, (at[2].y_m - at[0].y_m) / 2.0,
             (at[2].z_m - at[0].z_m) / 2.0},
            across_sigma_m,
            1.0,
        };
    }
}

static const struct risk_area *listed(const struct risk_area *list, uint32_t count,
                                      const char *name)
{
    for (uint32_t i = 0; i < count; i++) {
        if (strcmp(gazetteer_name(list[i].area.province), name) == 0) {
            return &list[i];
        }
    }
    return NULL;
}

static void impact_on_land(void **state)
{
    (void)state;
    static struct footprint f;
    struct risk r;
    memset(&f, 0, sizeof f);
    /* Morioka, in the middle of Iwate. */
    lay_samples(degrees(39.70, 141.15), 5e3, &f);
    risk_find(JAPAN, &f, START, &r);
    assert_true(fabs(r.impact_probability - 1.0) < 1e-9);
    assert_int_equal(r.area_count, 1);
    assert_string_equal(gazetteer_name(r.areas[0].area.province), "Iwate");
    assert_true(fabs(r.areas[0].area.impact_probability - 1.0) < 1e-9);
    assert_false(instant_is_set(r.areas[0].area.overflight));
    assert_true(r.overflight_probability == 0.0);
    risk_find(KOREA, &f, START, &r);
    assert_true(r.impact_probability == 0.0);
    assert_int_equal(r.area_count, 0);
    assert_int_equal(r.all_count, 1);
}

static void territorial_sea_counts(void **state)
{
    (void)state;
    static struct footprint f;
    struct risk r;
    memset(&f, 0, sizeof f);
    /* Cape Todo, Honshu's easternmost point, is at 39.547 N 142.072 E (Geospatial Information
     * Authority of Japan): 10 km east of it is territorial sea, 60 km east is not. */
    lay_samples(degrees(39.547, 142.190), 1e3, &f);
    risk_find(JAPAN, &f, START, &r);
    assert_true(fabs(r.impact_probability - 1.0) < 1e-9);
    assert_int_equal(r.area_count, 1);
    assert_string_equal(gazetteer_name(r.areas[0].area.province), "Iwate");
    lay_samples(degrees(39.547, 142.770), 1e3, &f);
    risk_find(JAPAN, &f, START, &r);
    assert_true(r.impact_probability == 0.0);
    assert_int_equal(r.all_count, 0);
}

static void empty_footprint_is_no_risk(void **state)
{
    (void)state;
    static struct footprint f;
    struct risk r;
    memset(&f, 0, sizeof f);
    f.start = START;
    risk_find(JAPAN, &f, START, &r);
    assert_true(r.impact_probability == 0.0);
    assert_int_equal(r.all_count, 0);
    assert_false(instant_is_set(r.overflight_from));
}

/* The way of 2022-10-04: from Chagang over Aomori (published) and out to the Pacific. */
static void passage_over_aomori(void **state)
{
    (void)state;
    static struct footprint f;
    struct risk r;
    memset(&f, 0, sizeof f);
    const struct geo_geodetic from = degrees(40.6, 126.4);
    const struct geo_geodetic to = degrees(36.0, 172.0);
    lay_way(from, to, 700e3, 2e3, &f);
    risk_find(JAPAN, &f, START, &r);
    const struct risk_area *aomori = listed(r.areas, r.area_count, "Aomori");
    assert_non_null(aomori);
    assert_true(aomori->overflight_probability > 0.5);
    assert_true(fabs(aomori->area.overflight_height_m - 700e3) < 2e3);
    /* Aomori's west coast is some 1180 km from there, at 5 km/s. */
    const double after_s = instant_since_s(aomori->area.overflight, START);
    assert_true(after_s > 215.0 && after_s < 260.0);
    assert_true(r.overflight_probability > 0.95);
    assert_true(instant_before(r.overflight_from, r.overflight_until));
    assert_true(r.impact_probability == 0.0);
    assert_null(listed(r.areas, r.area_count, "Tokyo"));
    /* What has been passed no longer counts. */
    risk_find(JAPAN, &f, instant_plus_s(START, 400.0), &r);
    assert_true(r.overflight_probability == 0.0);
    assert_int_equal(r.area_count, 0);
}

/* A way beside the land reaches it with the share of the normal distribution that lies beyond. */
static void doubt_spreads_sideways(void **state)
{
    (void)state;
    static struct footprint f;
    struct risk r;
    memset(&f, 0, sizeof f);
    /* Due north along 144.6 E, 215 km east of Honshu's easternmost point: 1.4 sigma of 150 km, of
     * which a normal distribution leaves 0.08 beyond. */
    lay_way(degrees(35.0, 144.6), degrees(40.5, 144.6), 300e3, 200.0, &f);
    risk_find(JAPAN, &f, START, &r);
    assert_true(r.overflight_probability == 0.0);
    lay_way(degrees(35.0, 144.6), degrees(40.5, 144.6), 300e3, 150e3, &f);
    risk_find(JAPAN, &f, START, &r);
    assert_true(r.overflight_probability > 0.03);
    assert_true(r.overflight_probability < 0.15);
    lay_way(degrees(35.0, 144.6), degrees(40.5, 144.6), 300e3, 20e3, &f);
    risk_find(JAPAN, &f, START, &r);
    assert_true(r.overflight_probability == 0.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(impact_on_land),
        cmocka_unit_test(territorial_sea_counts),
        cmocka_unit_test(empty_footprint_is_no_risk),
        cmocka_unit_test(passage_over_aomori),
        cmocka_unit_test(doubt_spreads_sideways),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
