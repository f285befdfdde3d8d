/* Scenario files: the shipped ones load and fly as published, and a slip of the pen is named with
 * its line, its column, and what was meant to stand there. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/elementary.h"
#include "base/utc.h"
#include "cli/scenario_file.h"
#include "geo/geodesic.h"
#include "playing.h"

#define SCENARIOS DATA_DIR "/scenarios/"
#define DEFAULT SCENARIOS "2022-10-04-irbm-over-japan.yaml"
#define TEXT_MAX (64 * 1024)

static char text[TEXT_MAX];
static char changed[TEXT_MAX];

static void load(const char *slug)
{
    char path[512];
    char message[YAML_MESSAGE_SIZE];
    (void)snprintf(path, sizeof path, SCENARIOS "%s.yaml", slug);
    if (scenario_file_read(path, &playing_scenario, message) != OK) {
        fail_msg("%s", message);
    }
    assert_string_equal(playing_scenario.slug, slug);
}

/* Public reports: site, apogee, range as in the scenario files; flight times by the Japanese
 * ministry (22 and 7 min) and KCNA (4491 s). */
static const struct {
    const char *slug;
    uint32_t launches;
    double apogee_km; /* of the first launch */
    double range_km;
    double flight_min;
    double flight_off_min;
    const char *launch;
} published[] = {
    {"2022-10-04-irbm-over-japan", 1, 970.0, 4500.0, 22.0, 1.5, "2022-10-03T22:22:00Z"},
    {"2022-10-04-irbm-with-faults", 1, 970.0, 4500.0, 22.0, 1.5, "2022-10-03T22:22:00Z"},
    {"2023-07-12-solid-icbm", 1, 6648.4, 1001.2, 74.85, 1.0, "2023-07-12T00:59:00Z"},
    {"2022-06-05-eight-rockets", 8, 50.0, 350.0, 4.5, 0.5, "2022-06-05T00:06:00Z"},
    {"2023-05-31-failed-satellite", 1, 150.0, 380.0, 7.0, 1.0, "2023-05-30T21:28:00Z"},
};

static void the_shipped_scenarios_fly_as_published(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < sizeof published / sizeof published[0]; i++) {
        load(published[i].slug);
        playing_start(4711);
        assert_int_equal(playing_scenario.launch_count, published[i].launches);
        const struct truth_summary s = world_truth_summary(&playing_world, 0);
        char launch[UTC_TEXT_SIZE];
        assert_string_equal(utc_format(s.launch_time, 0, launch), published[i].launch);
        assert_true(fabs(s.apogee_m / 1e3 - published[i].apogee_km) < 0.2);
        assert_true(fabs(s.range_m / 1e3 - published[i].range_km) < 0.2);
        const double flight_min = instant_since_s(s.impact_time, s.launch_time) / 60.0;
        assert_true(fabs(flight_min - published[i].flight_min) < published[i].flight_off_min);
        /* The story goes on for a while after the impact. */
        const double end_s = instant_since_s(s.impact_time, playing_scenario.start) + 60.0;
        assert_true(playing_scenario.duration_s > end_s);
    }
}

static void assert_near_place(struct geo_geodetic p, double lat_deg, double lon_deg, double off_km)
{
    double distance_m = 0.0;
    const struct geo_geodetic place = {lat_deg * RAD_PER_DEG, lon_deg * RAD_PER_DEG, 0.0};
    assert_int_equal(geodesic_inverse(p, place, &distance_m, NULL, NULL), OK);
    assert_true(distance_m < off_km * 1e3);
}

/* Public reports: 200 km west of Eocheong island (36.12 N 125.98 E); 250 km west of Okushiri (42.15
 * N 139.45 E); 3,200 km east of Japan. Bearings are as rounded as the reports. */
static void the_impacts_lie_where_they_were_reported(void **unused)
{
    (void)unused;
    load("2023-05-31-failed-satellite");
    playing_start(1);
    assert_near_place(world_truth_summary(&playing_world, 0).impact_point, 36.12, 123.76, 60.0);
    load("2023-07-12-solid-icbm");
    playing_start(1);
    assert_near_place(world_truth_summary(&playing_world, 0).impact_point, 42.15, 136.42, 120.0);
    load("2022-10-04-irbm-over-japan");
    playing_start(1);
    const struct geo_geodetic impact = world_truth_summary(&playing_world, 0).impact_point;
    assert_near_place(impact, 35.5, 178.0, 150.0);
}

static void the_satellite_stays_up(void **unused)
{
    (void)unused;
    load("2023-11-21-satellite");
    playing_start(1);
    const struct truth_summary s = world_truth_summary(&playing_world, 0);
    assert_true(s.in_orbit);
    assert_true(fabs(s.apogee_m - 500e3) < 30e3);
    struct truth_state state;
    const struct instant end = instant_plus_s(playing_scenario.start, playing_scenario.duration_s);
    assert_true(world_truth_state(&playing_world, 0, instant_plus_s(end, -1.0), &state));
}

static void the_quiet_hour_holds_nothing_but_false_alarms(void **unused)
{
    (void)unused;
    load("2023-03-01-quiet-hour");
    playing_start(1);
    uint32_t count = 0;
    while (world_next(&playing_world, &playing_scan)) {
        for (uint32_t i = 0; i < playing_scan.observation_count; i++) {
            assert_int_equal(playing_scan.origins[i], WORLD_ORIGIN_FALSE_ALARM);
        }
        count += playing_scan.observation_count;
    }
    assert_true(count > 1000);
}

static void two_of_the_eight_rockets_are_marked_assumed(void **unused)
{
    (void)unused;
    load("2022-06-05-eight-rockets");
    uint32_t assumed = 0;
    uint32_t sites = 0;
    for (uint32_t i = 0; i < playing_scenario.launch_count; i++) {
        const struct geo_geodetic a = playing_scenario.launches[i].plan.site;
        bool known = false;
        for (uint32_t k = 0; k < i; k++) {
            const struct geo_geodetic b = playing_scenario.launches[k].plan.site;
            known = known || (a.lat_rad == b.lat_rad && a.lon_rad == b.lon_rad);
        }
        sites += known ? 0 : 1;
        assumed += playing_scenario.launches[i].assumed ? 1 : 0;
    }
    assert_int_equal(assumed, 2);
    assert_int_equal(sites, 4);
}

static void every_shipped_scenario_delivers_sound_observations(void **unused)
{
    (void)unused;
    static const char *const slugs[] = {
        "2022-10-04-irbm-over-japan",     "2022-10-04-irbm-with-faults", "2023-07-12-solid-icbm",
        "2022-06-05-eight-rockets",       "2023-05-31-failed-satellite", "2023-11-21-satellite",
        "2017-06-23-recorded-first-stage"};
    for (size_t i = 0; i < sizeof slugs / sizeof slugs[0]; i++) {
        load(slugs[i]);
        playing_start(3);
        uint32_t seen[LIMIT_NATIONS] = {0};
        while (world_next(&playing_world, &playing_scan)) {
            for (uint32_t k = 0; k < playing_scan.observation_count; k++) {
                assert_int_equal(observation_check(&playing_scan.observations[k]), OK);
                seen[playing_scan.nation] += playing_scan.origins[k] >= 0 ? 1 : 0;
            }
        }
        for (uint32_t n = 0; n < playing_scenario.nation_count; n++) {
            assert_true(seen[n] > 20);
        }
    }
}

/* In the default scenario each nation's view has a hole of its own: none sees it all. */
static void no_nation_sees_the_whole_default_flight(void **unused)
{
    (void)unused;
    load("2022-10-04-irbm-over-japan");
    playing_start(1);
    const struct truth_summary s = world_truth_summary(&playing_world, 0);
    const double flight_s = instant_since_s(s.impact_time, s.launch_time);
    double seen_s[3] = {0.0};
    double last_s[3] = {0.0};
    while (world_next(&playing_world, &playing_scan)) {
        for (uint32_t k = 0; k < playing_scan.observation_count; k++) {
            if (playing_scan.origins[k] == 0) {
                const uint32_t n = playing_scan.nation;
                const double t_s = instant_since_s(playing_scan.validity, s.launch_time);
                if (t_s - last_s[n] < 10.0) {
                    seen_s[n] += t_s - last_s[n];
                }
                last_s[n] = t_s;
            }
        }
    }
    for (int n = 0; n < 3; n++) {
        assert_true(seen_s[n] > 60.0 && seen_s[n] < 0.9 * flight_s);
    }
}

static const struct {
    const char *found; /* in the default scenario, its first occurrence … */
    const char *put;   /* … becomes this */
    const char *message;
} slips[] = {
    {"apogee: 970 km", "apogee: 970",
     ":14:13: apogee: found \"970\", a number without a unit; expected a length such as \"250 m\" "
     "or "
     "\"10 km\""},
    {"apogee: 970 km", "apogee: 97000 km",
     ":14:13: apogee: found \"97000 km\", out of range; expected 5 km to 15000 km"},
    {"apogee: 970 km", "apogee: nan",
     ":14:13: apogee: found \"nan\"; expected a length such as \"250 m\" or \"10 km\""},
    {"bearing: 80 deg", "bearing: 80 km",
     ":13:14: bearing: found \"80 km\", another unit; expected an angle such as \"1.5 deg\" or "
     "\"1 mrad\""},
    {"    range: 4500 km\n", "", ":10:5: found no key \"range\" here; expected one in launches"},
    {"    site: 40.611208, 126.425743\n", "    stages: []\n",
     ":10:5: found no key \"site\" here; expected one in launches"},
    {"    range: 4500 km", "    rang: 4500 km",
     ":15:5: found the unknown key \"rang\"; expected \"range\", which is missing"},
    {"kind: intermediate", "kind: middling",
     ":16:11: kind: found \"middling\"; expected short, medium, intermediate, intercontinental, "
     "intercontinental-solid or space-launch"},
    {"kind: intermediate", "orbit: 500 km",
     ":14:5: found the unknown key \"apogee\"; expected name, assumed, at, site, bearing, "
     "ballistic "
     "coefficient, stages fall, debris, recorded, orbit, kind, stages, thrust fails at"},
    {"kind: intermediate", "pull-up: {height: 35 km, acceleration: 60 m/s, lasts: 15 s}",
     ":16:44: acceleration: found \"60 m/s\", another unit; expected an acceleration such as \"60 "
     "m/s2\""},
    {"kind: intermediate", "pull-up: {height: 135 km, acceleration: 60 m/s2, lasts: 15 s}",
     ":16:23: height: found \"135 km\", out of range; expected 1 km to 100 km"},
    {"kind: intermediate", "pull-up: {height: 35 km, acceleration: 60 m/s2}",
     ":16:14: found no key \"lasts\" here; expected one in pull-up"},
    {"at: 2022-10-03T22:22:00Z", "at: 2022-10-03T22:20:59Z",
     ":11:9: at: found \"2022-10-03T22:20:59Z\"; expected a time between the start and the end of "
     "the scenario"},
    {"at: 2022-10-03T22:22:00Z", "at: 2 h",
     ":11:9: at: found \"2 h\", out of range; expected 0 s to 27 min"},
    {"40.611208, 126.425743", "126.425743, 40.611208",
     ":12:11: site: found \"126.425743, 40.611208\"; expected latitude and longitude in degrees, "
     "such "
     "as \"40.611208, 126.425743\""},
    {"duration: 27 min", "duration: 27 min\nduration: 27 min",
     ":8:1: found the key \"duration\" twice, first in line 7; expected it once"},
    {"nation: KOR", "nation: USA",
     ":20:13: policy: found \"../policies/KOR.yaml\"; expected a policy whose owner is this "
     "nation"},
    {"policies/KOR", "policies/PRK",
     ":20:13: policy: found \"../policies/PRK.yaml\"; expected the path of a policy file that can "
     "be "
     "read"},
    {"name: K-EAST", "name: K-CENTRAL",
     ":36:15: name: found \"K-CENTRAL\"; expected a name that no other sensor here has"},
    {"kind: radar", "kind: sonar",
     ":23:15: kind: found \"sonar\"; expected radar, infrared or tracker"},
    {"        place: 36.6, 127.5\n", "",
     ":22:9: found no key \"place\" here; expected one in sensors"},
    {"kind: radar", "kind: infrared",
     ":22:9: found no key \"satellite\" here; expected one in sensors"},
    {"{range: 600 km, probability: 95 %}", "{range: 0 km, probability: 95 %}",
     ":34:21: range: found \"0 km\"; expected ranges in ascending order"},
    {"{range: 600 km, probability: 95 %}", "{range: 600 km, probability: 0.95}",
     ":34:42: probability: found \"0.95\", a number without a unit; expected a share such as \"3 "
     "%\""},
    {"between: [KOR, JPN]", "between: [KOR, KOR]",
     ":164:5: links: found a map of keys; expected a link between two nations"},
    {"between: [KOR, USA]", "between: [JPN, KOR]",
     ":169:5: links: found a map of keys; expected each link once"},
    {"between: [KOR, JPN]", "between: [KOR, FRA]",
     ":164:20: between: found \"FRA\"; expected a nation of this scenario"},
    {"links:", "injects:\n  - {inject: sensor out, at: 1 min, nation: JPN, sensor: K-EAST}\nlinks:",
     ":164:58: sensor: found \"K-EAST\"; expected a sensor of that nation"},
    {"links:",
     "injects:\n  - {inject: ghost, at: 1 min, nation: JPN, sensor: J-SADO, place: \"39, 131\",\n"
     "     height: 90 km, speed: 1 km/s, bearing: 0 deg}\nlinks:",
     ":164:53: sensor: found \"J-SADO\"; expected a sensor of the kind tracker"},
    {"links:",
     "injects:\n  - {inject: link cut, at: 2 min, until: 1 min, between: [KOR, JPN]}\nlinks:",
     ":164:42: until: found \"1 min\"; expected a time after \"at\""},
    {"links:", "injects:\n  - {inject: flood, at: 2 min, nation: JPN}\nlinks:",
     ":164:14: inject: found \"flood\"; expected sensor out, link cut, ghost or clock step"},
};

static void read_default(void)
{
    FILE *file = fopen(DEFAULT, "rb");
    assert_non_null(file);
    const size_t size = fread(text, 1, sizeof text - 1, file);
    (void)fclose(file);
    text[size] = '\0';
}

/* The text with the first `found` replaced. */
static struct bytes change(const char *found, const char *put)
{
    const char *at = strstr(text, found);
    if (at == NULL) {
        fail_msg("\"%s\" is not in the scenario any more", found);
        return (struct bytes){NULL, 0};
    }
    const int size = snprintf(changed, sizeof changed, "%.*s%s%s", (int)(at - text), text, put,
                              at + strlen(found));
    assert_true(size > 0 && (size_t)size < sizeof changed);
    return (struct bytes){(const uint8_t *)changed, (size_t)size};
}

static void every_slip_is_named(void **unused)
{
    (void)unused;
    read_default();
    for (size_t i = 0; i < sizeof slips / sizeof slips[0]; i++) {
        char message[YAML_MESSAGE_SIZE] = "";
        const struct bytes bytes = change(slips[i].found, slips[i].put);
        assert_int_equal(scenario_file_parse(DEFAULT, bytes, &playing_scenario, message),
                         ERR_FORMAT);
        assert_memory_equal(message, DEFAULT, strlen(DEFAULT));
        assert_string_equal(message + strlen(DEFAULT), slips[i].message);
    }
}

/* A file cut anywhere is refused or read, never worse; the sanitizers look on. */
static void a_file_cut_anywhere_is_refused(void **unused)
{
    (void)unused;
    read_default();
    const size_t whole = strlen(text);
    for (size_t size = 0; size + 200 < whole; size += 37) {
        char message[YAML_MESSAGE_SIZE] = "";
        const struct bytes bytes = {(const uint8_t *)text, size};
        if (scenario_file_parse(DEFAULT, bytes, &playing_scenario, message) == OK) {
            /* Cut after whole sensors, it is a smaller scenario. */
            assert_true(size > 900);
        } else {
            assert_memory_equal(message, DEFAULT, strlen(DEFAULT));
            assert_non_null(strstr(message, "; expected "));
        }
    }
}

static void what_may_be_left_out_has_its_default(void **unused)
{
    (void)unused;
    read_default();
    char message[YAML_MESSAGE_SIZE] = "";
    const struct bytes bytes = change("    kind: intermediate\n", "");
    assert_int_equal(scenario_file_parse(DEFAULT, bytes, &playing_scenario, message), OK);
    assert_int_equal(playing_scenario.launches[0].kind, FLIGHT_INTERMEDIATE);
    assert_true(playing_scenario.launches[0].plan.beta_kgpm2 == 0.0);
    assert_true(playing_scenario.launches[0].at_s == 60.0);
    assert_int_equal(playing_scenario.link_count, 6);
    assert_int_equal(playing_scenario.inject_count, 0);
    const struct scenario_sensor *radar = &playing_scenario.nations[0].sensors[0];
    assert_true(radar->latency_s == 0.2);
    assert_true(playing_scenario.nations[0].sensors[1].sensor.sigma_range_rate_mps == 0.0);
    assert_string_equal(playing_scenario.nations[2].policy.owner.code, "USA");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_shipped_scenarios_fly_as_published),
        cmocka_unit_test(the_impacts_lie_where_they_were_reported),
        cmocka_unit_test(the_satellite_stays_up),
        cmocka_unit_test(the_quiet_hour_holds_nothing_but_false_alarms),
        cmocka_unit_test(two_of_the_eight_rockets_are_marked_assumed),
        cmocka_unit_test(every_shipped_scenario_delivers_sound_observations),
        cmocka_unit_test(no_nation_sees_the_whole_default_flight),
        cmocka_unit_test(every_slip_is_named),
        cmocka_unit_test(a_file_cut_anywhere_is_refused),
        cmocka_unit_test(what_may_be_left_out_has_its_default),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
