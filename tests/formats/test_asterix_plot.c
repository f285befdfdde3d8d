/* Target reports of a radar's as its plots: the day that they belong to, and the elevation of an
 * object whose height was measured. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/elementary.h"
#include "base/utc.h"
#include "formats/asterix_category.h"
#include "formats/asterix_plot.h"
#include "geo/ellipsoid.h"

#define M_PER_FT 0.3048
#define M_PER_NM 1852.0

static struct sensor radar;
static struct asterix_record record;

static int begin(void **state)
{
    (void)state;
    radar = (struct sensor){.id = {"R1"},
                            .kind = SENSOR_RADAR,
                            .place = {0.7, 2.2, 100.0},
                            .sigma_range_m = 20.0,
                            .sigma_azimuth_rad = 1e-3,
                            .sigma_elevation_rad = 1e-3};
    record = (struct asterix_record){.category = asterix_category_find(48),
                                     .time_of_day_s = 43200.0,
                                     .range_nm = 50.0,
                                     .azimuth_deg = 30.0,
                                     .height_ft = 30000.0};
    record.fields = ~record.fields;
    assert_true(asterix_record_has(&record, ASTERIX_HEIGHT));
    return 0;
}

static struct instant at(const char *text)
{
    struct instant t = INSTANT_UNSET;
    assert_int_equal(utc_parse(text, strlen(text), &t), OK);
    return t;
}

/* EUROCONTROL I048/140: the time of day, which starts again at midnight; the day is the one that
 * brings it nearest to when it was captured. */
static void the_day_is_the_nearest(void **state)
{
    (void)state;
    static const struct {
        double time_of_day_s;
        const char *captured;
        const char *meant;
    } CASES[] = {
        {43200.0, "2023-07-12T12:00:01Z", "2023-07-12T12:00:00Z"},
        {86399.0, "2023-07-12T00:00:01Z", "2023-07-11T23:59:59Z"},
        {1.0, "2023-07-12T23:59:59Z", "2023-07-13T00:00:01Z"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct observation o;
        record.time_of_day_s = CASES[i].time_of_day_s;
        assert_int_equal(asterix_plot(&record, &radar, at(CASES[i].captured), &o), OK);
        assert_true(instant_equal(o.validity, at(CASES[i].meant)));
    }
    /* Before there was UTC there is no day. */
    struct observation o = {.kind = SENSOR_TRACKER};
    assert_int_equal(asterix_plot(&record, &radar, (struct instant){-1}, &o), ERR_NOT_FOUND);
    assert_int_equal(o.kind, SENSOR_TRACKER);
}

/* The elevation leads to the height that was measured; where none does, or only one that is nearly
 * overhead, there is no elevation. */
static void the_elevation_leads_to_the_height(void **state)
{
    (void)state;
    int with = 0;
    int without = 0;
    for (double ratio = 0.01; ratio < 1.2; ratio += 0.01) {
        struct observation o;
        struct geo_geodetic there;
        record.height_ft = ratio * record.range_nm * M_PER_NM / M_PER_FT;
        assert_int_equal(asterix_plot(&record, &radar, at("2023-07-12T12:00:01Z"), &o), OK);
        if (o.radar.without_elevation) {
            without++;
            assert_true(o.radar.polar.elevation_rad == 0.0);
            assert_true(ratio > 0.8);
            continue;
        }
        with++;
        const struct geo_ecef p =
            ellipsoid_from_enu(radar.place, ellipsoid_from_polar(o.radar.polar));
        assert_int_equal(ellipsoid_from_ecef(p, &there), OK);
        assert_true(fabs(there.height_m - record.height_ft * M_PER_FT) < 1.0);
    }
    assert_true(with > 50 && without > 10);
    /* Overhead: 200 m away, and as many above the radar. */
    struct observation o;
    record.range_nm = 200.0 / M_PER_NM;
    record.height_ft = (radar.place.height_m + 200.0) / M_PER_FT;
    assert_int_equal(asterix_plot(&record, &radar, at("2023-07-12T12:00:01Z"), &o), OK);
    assert_true(o.radar.without_elevation);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_day_is_the_nearest, begin),
        cmocka_unit_test_setup(the_elevation_leads_to_the_height, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
