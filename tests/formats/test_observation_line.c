/* Observation lines: the forms of docs/observations.md, and what is refused and why. */
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
#include "formats/json_key.h"
#include "formats/observation_line.h"
#include "short_memory.h"

static const char K1[] =
    "{\"type\":\"sensor\",\"id\":\"K1\",\"kind\":\"radar\",\"lat_deg\":37.5,\"lon_deg\":127.0,"
    "\"alt_m\":100,\"sigma_range_m\":20,\"sigma_az_deg\":0.0573,\"sigma_el_deg\":0.0573,"
    "\"sigma_range_rate_mps\":1}";
static const char K1_PLOT[] =
    "{\"type\":\"radar\",\"sensor\":\"K1\",\"time\":\"2023-07-12T01:02:03.250Z\",\"range_m\":"
    "512345.6,\"az_deg\":78.9,\"el_deg\":12.3,\"range_rate_mps\":-1234.5}";
static const char U1[] =
    "{\"type\":\"sensor\",\"id\":\"U1\",\"kind\":\"infrared\",\"sigma_los_rad\":5e-5}";
static const char J9[] = "{\"type\":\"sensor\",\"id\":\"J9\",\"kind\":\"tracker\"}";

/* By id: the sensors that the lines below know. K2 delivers no range rate. */
static struct sensor declared[4];
static struct observation_line got;
static struct fault fault;

static struct bytes bytes_of(const char *text)
{
    return (struct bytes){(const uint8_t *)text, strlen(text)};
}

static result read_line(const char *text)
{
    return observation_line_read(bytes_of(text), declared, 4, &got, &fault);
}

static struct sensor sensor_of(const char *text)
{
    assert_int_equal(observation_line_read(bytes_of(text), NULL, 0, &got, &fault), OK);
    assert_int_equal(got.type, OBSERVATION_LINE_SENSOR);
    return got.sensor;
}

static int declare(void **unused)
{
    (void)unused;
    declared[0] = sensor_of(K1);
    declared[1] = sensor_of(U1);
    declared[2] = sensor_of(J9);
    declared[3] = declared[0];
    memcpy(declared[3].id.text, "K2", 3);
    declared[3].sigma_range_rate_mps = 0.0;
    return 0;
}

static bool near(double a, double b)
{
    return fabs(a - b) <= 1e-12 * fmax(fabs(a), fabs(b));
}

static void a_radar_is_declared(void **unused)
{
    (void)unused;
    const struct sensor s = sensor_of(K1);
    assert_string_equal(s.id.text, "K1");
    assert_int_equal(s.kind, SENSOR_RADAR);
    assert_true(near(s.place.lat_rad, 37.5 * PI / 180.0));
    assert_true(near(s.place.lon_rad, 127.0 * PI / 180.0));
    assert_true(s.place.height_m == 100.0 && s.sigma_range_m == 20.0);
    /* 0.0573 degrees is a milliradian. */
    assert_true(fabs(s.sigma_azimuth_rad - 1e-3) < 1e-6);
    assert_true(fabs(s.sigma_elevation_rad - 1e-3) < 1e-6);
    assert_true(s.sigma_range_rate_mps == 1.0);
    assert_true(s.bias_sigma_range_m == 0.0 && s.clock_sigma_s == 0.0);
}

static void a_sensor_may_say_how_well_it_is_calibrated(void **unused)
{
    (void)unused;
    const struct sensor s = sensor_of(
        "{\"type\":\"sensor\",\"id\":\"K3\",\"kind\":\"radar\",\"lat_deg\":-37.5,\"lon_deg\":-127,"
        "\"alt_m\":-2,\"sigma_range_m\":20,\"sigma_az_deg\":0.1,\"sigma_el_deg\":0.2,"
        "\"bias_sigma_range_m\":30,\"bias_sigma_az_deg\":0.5,\"bias_sigma_el_deg\":0.25,"
        "\"clock_sigma_s\":0.01}");
    assert_true(near(s.bias_sigma_azimuth_rad, 0.5 * PI / 180.0));
    assert_true(near(s.bias_sigma_elevation_rad, 0.25 * PI / 180.0));
    assert_true(s.bias_sigma_range_m == 30.0 && s.clock_sigma_s == 0.01);
    assert_true(s.sigma_range_rate_mps == 0.0);
    assert_true(near(s.place.lat_rad, -37.5 * PI / 180.0) && s.place.height_m == -2.0);
}

static void a_sensor_may_say_what_it_covers(void **unused)
{
    (void)unused;
    const struct sensor s = sensor_of(
        "{\"type\":\"sensor\",\"id\":\"K3\",\"kind\":\"radar\",\"lat_deg\":37.5,\"lon_deg\":127,"
        "\"alt_m\":2,\"sigma_range_m\":20,\"sigma_az_deg\":0.1,\"range_max_m\":900000,"
        "\"el_min_deg\":-1.5,\"resolution_range_m\":80,\"resolution_deg\":1,\"interval_s\":2,"
        "\"false_alarms\":0.2}");
    assert_true(s.range_max_m == 900e3 && s.interval_s == 2.0 && s.resolution_range_m == 80.0);
    assert_true(near(s.elevation_min_rad, -1.5 * PI / 180.0));
    assert_true(near(s.resolution_rad, PI / 180.0) && s.false_alarms_per_scan == 0.2);
    char line[OBSERVATION_LINE_TEXT_SIZE];
    assert_int_equal(observation_line_write_sensor(&s, line), OK);
    const struct sensor again = sensor_of(line);
    assert_true(near(again.elevation_min_rad, s.elevation_min_rad));
    assert_true(near(again.resolution_rad, s.resolution_rad));
    assert_true(again.range_max_m == s.range_max_m && again.interval_s == s.interval_s);
    const struct sensor u = sensor_of("{\"type\":\"sensor\",\"id\":\"U3\",\"kind\":\"infrared\","
                                      "\"sigma_los_rad\":5e-5,\"interval_s\":10}");
    assert_true(u.interval_s == 10.0);
}

static void a_plot_is_read(void **unused)
{
    (void)unused;
    assert_int_equal(read_line(K1_PLOT), OK);
    assert_int_equal(got.type, OBSERVATION_LINE_OBSERVATION);
    const struct observation *o = &got.observation;
    assert_string_equal(o->sensor.text, "K1");
    assert_int_equal(o->kind, SENSOR_RADAR);
    /* date -u -d 2023-07-12T01:02:03Z +%s gives 1689123723; TAI is 37 s ahead. */
    assert_true(o->validity.tai_ns == INT64_C(1689123760250000000));
    assert_true(instant_equal(o->receipt, o->validity));
    assert_true(o->radar.polar.range_m == 512345.6);
    assert_true(near(o->radar.polar.azimuth_rad, 78.9 * PI / 180.0));
    assert_true(near(o->radar.polar.elevation_rad, 12.3 * PI / 180.0));
    assert_true(o->radar.has_range_rate && o->radar.range_rate_mps == -1234.5);
}

static void a_range_rate_may_be_missing_and_north_is_zero(void **unused)
{
    (void)unused;
    assert_int_equal(read_line(" {\"type\":\"radar\",\"sensor\":\"K2\",\"time\":"
                               "\"2023-07-12T10:02:03+09:00\",\"range_m\":5,\"az_deg\":360,"
                               "\"el_deg\":-1}\r"),
                     OK);
    assert_false(got.observation.radar.has_range_rate);
    assert_true(got.observation.radar.polar.azimuth_rad == 0.0);
    assert_true(got.observation.validity.tai_ns == INT64_C(1689123760000000000));
}

static void an_elevation_may_be_missing(void **unused)
{
    (void)unused;
    static const char HEAD[] = "{\"type\":\"radar\",\"sensor\":\"K1\",\"time\":"
                               "\"2023-07-12T10:02:03Z\",\"range_m\":5,\"az_deg\":36";
    char text[OBSERVATION_LINE_TEXT_SIZE];
    for (int with = 0; with < 2; with++) {
        (void)snprintf(text, sizeof text, "%s%s}", HEAD, with == 1 ? ",\"el_deg\":0" : "");
        assert_int_equal(read_line(text), OK);
        assert_true(got.observation.radar.without_elevation == (with == 0));
        const struct observation o = got.observation;
        assert_int_equal(observation_line_write(&o, text), OK);
        assert_true((strstr(text, "el_deg") != NULL) == (with == 1));
        assert_int_equal(read_line(text), OK);
        assert_true(got.observation.radar.without_elevation == (with == 0));
    }
    const struct sensor kept = declared[0];
    declared[0].sigma_elevation_rad = 0.0;
    assert_int_equal(observation_line_write_sensor(&declared[0], text), OK);
    assert_null(strstr(text, "sigma_el_deg"));
    (void)snprintf(text, sizeof text, "%s,\"el_deg\":1}", HEAD);
    assert_int_equal(read_line(text), ERR_FORMAT);
    declared[0] = kept;
}

static void a_line_of_sight_comes_out_of_unit_length(void **unused)
{
    (void)unused;
    assert_int_equal(read_line("{\"type\":\"infrared\",\"sensor\":\"U1\",\"time\":"
                               "\"2023-07-12T01:02:03Z\",\"position_ecef_m\":[-42164000,0,1000],"
                               "\"los_ecef\":[0.6,0.0,0.804]}"),
                     OK);
    const struct infrared_sight *s = &got.observation.infrared;
    assert_true(s->platform.x_m == -42164000.0 && s->platform.z_m == 1000.0);
    assert_true(near(s->los.axis[0] * s->los.axis[0] + s->los.axis[2] * s->los.axis[2], 1.0));
    assert_true(near(s->los.axis[0] / s->los.axis[2], 0.6 / 0.804) && s->los.axis[1] == 0.0);
}

#define TRACK_HEAD                                                             \
    "{\"type\":\"track\",\"sensor\":\"J9\",\"time\":\"2023-07-12T01:02:03Z\"," \
    "\"position_ecef_m\":[6500000,1,2],\"velocity_ecef_mps\":[1,-2000,3],\"covariance\":"

static void a_ready_track_is_read(void **unused)
{
    (void)unused;
    assert_int_equal(read_line(TRACK_HEAD "[9,1,9,0,0,9,0,0,0,4,0,0,0,0,4,0,0,0,0,0.5,4]}"), OK);
    const struct ready_track *t = &got.observation.track;
    assert_int_equal(got.observation.kind, SENSOR_TRACKER);
    assert_true(t->position.x_m == 6.5e6 && t->position.z_m == 2.0);
    assert_true(t->velocity.y_mps == -2000.0 && t->velocity.z_mps == 3.0);
    assert_true(t->covariance[0] == 9.0 && t->covariance[1] == 1.0 && t->covariance[20] == 4.0);
    assert_true(t->covariance[19] == 0.5);
}

static void what_is_written_is_read_again(void **unused)
{
    (void)unused;
    char text[OBSERVATION_LINE_TEXT_SIZE];
    for (int i = 0; i < 4; i++) {
        assert_int_equal(observation_line_write_sensor(&declared[i], text), OK);
        const struct sensor s = sensor_of(text);
        assert_memory_equal(&s.id, &declared[i].id, sizeof s.id);
        assert_true(near(s.place.lon_rad, declared[i].place.lon_rad));
        assert_true(near(s.sigma_azimuth_rad, declared[i].sigma_azimuth_rad));
        assert_true(s.sigma_range_rate_mps == declared[i].sigma_range_rate_mps);
        assert_true(s.sigma_los_rad == declared[i].sigma_los_rad);
    }
    assert_int_equal(read_line(K1_PLOT), OK);
    struct observation o = got.observation;
    o.radar.range_rate_mps = 0.0;
    o.radar.polar.azimuth_rad = -0.5;
    o.validity.tai_ns += 1;
    assert_int_equal(observation_line_write(&o, text), OK);
    assert_int_equal(read_line(text), OK);
    assert_true(instant_equal(got.observation.validity, o.validity));
    assert_true(got.observation.radar.has_range_rate);
    assert_true(got.observation.radar.polar.range_m == o.radar.polar.range_m);
    assert_true(near(got.observation.radar.polar.azimuth_rad, 2.0 * PI - 0.5));
    assert_int_equal(read_line(TRACK_HEAD "[9,1,9,0,0,9,0,0,0,4,0,0,0,0,4,0,0,0,0,0.1,4]}"), OK);
    o = got.observation;
    assert_int_equal(observation_line_write(&o, text), OK);
    assert_int_equal(read_line(text), OK);
    assert_memory_equal(&got.observation.track, &o.track, sizeof o.track);
}

static void what_is_not_possible_is_not_written(void **unused)
{
    (void)unused;
    char text[OBSERVATION_LINE_TEXT_SIZE] = "before";
    assert_int_equal(read_line(K1_PLOT), OK);
    struct observation o = got.observation;
    o.radar.polar.range_m = (double)NAN;
    assert_int_equal(observation_line_write(&o, text), ERR_RANGE);
    struct sensor s = declared[0];
    s.sigma_range_m = 0.0;
    assert_int_equal(observation_line_write_sensor(&s, text), ERR_RANGE);
    /* As large as a sensor may be, but larger than a line may say. */
    s = declared[0];
    s.sigma_azimuth_rad = 1.0;
    assert_int_equal(observation_line_write_sensor(&s, text), ERR_RANGE);
    assert_int_equal(read_line(K1_PLOT), OK);
    o = got.observation;
    o.radar.polar.range_m = 0.5;
    assert_int_equal(observation_line_write(&o, text), ERR_RANGE);
    assert_string_equal(text, "before");
}

/* One refused line: where, and a part of what is expected and found. */
struct refusal {
    const char *line;
    size_t offset;
    const char *where;
    const char *expected;
    const char *found;
};

#define PLOT "{\"type\":\"radar\",\"sensor\":\"K1\",\"time\":\"2023-07-12T01:02:03Z\","
#define REST ",\"az_deg\":1,\"el_deg\":1}"

static const struct refusal REFUSALS[] = {
    {"", 0, "JSON", "one whole JSON object", ""},
    {"{\"type\":\"radar\",\"sens", 21, "JSON", "one whole JSON object", "end of input"},
    {"7", 0, "line", "one JSON object", "7"},
    {"[]", 0, "line", "one JSON object", "an array of 0"},
    {"{} {}", 4, "JSON", "one whole JSON object", "end of file expected"},
    {"{}", 0, "\"type\"", "\"sensor\", \"radar\"", "no such key"},
    {"{\"type\":\"sonar\"}", 1, "\"type\"", "\"infrared\" or \"track\"", "\"sonar\""},
    {"{\"type\":\"radar\",\"type\":\"radar\"}", 22, "JSON", "every key once", "\"type\""},
    {PLOT "\"range_m\":NaN" REST, 73, "JSON", "JSON object", "'NaN'"},
    {PLOT "\"range_m\":1e999" REST, 75, "JSON", "JSON object", "1e999"},
    {PLOT "\"range_m\":0" REST, 60, "\"range_m\"", "from 1 to 1e+08", "0"},
    {PLOT "\"range_m\":\"5\"" REST, 60, "\"range_m\"", "a number", "\"5\""},
    {PLOT "\"range_m\":null" REST, 60, "\"range_m\"", "a number", "null"},
    {PLOT "\"az_deg\":1,\"el_deg\":1}", 0, "\"range_m\"", "a number", "no such key"},
    {PLOT "\"range_km\":5" REST, 60, "\"range_km\"", "a line of type \"radar\"", "unknown key"},
    {PLOT "\"range_m\":5,\"az_deg\":-1,\"el_deg\":1}", 72, "\"az_deg\"", "0 to 360", "-1"},
    {PLOT "\"range_m\":5,\"az_deg\":1,\"el_deg\":90.1}", 83, "\"el_deg\"", "-90 to 90", "90.1"},
    {"{\"type\":\"radar\",\"sensor\":\"K9\",\"time\":\"2023-07-12T01:02:03Z\",\"range_m\":5" REST,
     16, "\"sensor\"", "declared by a line before", "not declared"},
    {"{\"type\":\"radar\",\"sensor\":\"U1\",\"time\":\"2023-07-12T01:02:03Z\",\"range_m\":5" REST,
     16, "\"sensor\"", "kind \"radar\"", "kind \"infrared\""},
    {"{\"type\":\"radar\",\"sensor\":\"K1\",\"time\":\"2023-07-12 01:02\",\"range_m\":5" REST, 30,
     "\"time\"", "2023-07-12T01:02:03.250Z", "2023-07-12 01:02"},
    {"{\"type\":\"radar\",\"sensor\":\"K1\",\"time\":1689123723,\"range_m\":5" REST, 30, "\"time\"",
     "UTC", "1689123723"},
    {"{\"type\":\"radar\",\"sensor\":\"K2\",\"time\":\"2023-07-12T01:02:03Z\",\"range_m\":5,"
     "\"range_rate_mps\":1" REST,
     72, "\"range_rate_mps\"", "no sigma_range_rate_mps", "1"},
    {K1, 17, "\"id\"", "not declared yet", "second time"},
    {"{\"type\":\"sensor\",\"id\":\"A B\",\"kind\":\"tracker\"}", 17, "\"id\"", "1 to 15 letters",
     "A B"},
    {"{\"type\":\"sensor\",\"id\":\"A\",\"kind\":\"lidar\"}", 26, "\"kind\"", "\"tracker\"",
     "lidar"},
    {"{\"type\":\"sensor\",\"id\":\"A\",\"kind\":\"tracker\",\"lat_deg\":1}", 43, "\"lat_deg\"",
     "a sensor line of kind \"tracker\"", "unknown key"},
    {"{\"type\":\"sensor\",\"id\":\"A\",\"kind\":\"infrared\",\"sigma_los_rad\":0}", 44,
     "\"sigma_los_rad\"", "1e-08 to 0.1", "0"},
    {"{\"type\":\"infrared\",\"sensor\":\"U1\",\"time\":\"2023-07-12T01:02:03Z\","
     "\"position_ecef_m\":[1,2,3],\"los_ecef\":[1,0,0]}",
     63, "\"position_ecef_m\"", "length 6.3e+06", "3.74"},
    {"{\"type\":\"infrared\",\"sensor\":\"U1\",\"time\":\"2023-07-12T01:02:03Z\","
     "\"position_ecef_m\":[42164000,0,0],\"los_ecef\":[1,0.5,0]}",
     96, "\"los_ecef\"", "length 0.99", "1.118"},
    {"{\"type\":\"infrared\",\"sensor\":\"U1\",\"time\":\"2023-07-12T01:02:03Z\","
     "\"position_ecef_m\":[42164000,0],\"los_ecef\":[1,0,0]}",
     63, "\"position_ecef_m\"", "an array of 3", "an array of 2"},
    {PLOT "\"range_m\":{}" REST, 60, "\"range_m\"", "a number", "an object"},
    {PLOT "\"range_m\":true" REST, 60, "\"range_m\"", "a number", "true"},
    {PLOT "\"range_m\":false" REST, 60, "\"range_m\"", "a number", "false"},
    {"{\"type\":\"infrared\",\"sensor\":\"U1\",\"time\":\"2023-07-12T01:02:03Z\","
     "\"position_ecef_m\":5,\"los_ecef\":[1,0,0]}",
     63, "\"position_ecef_m\"", "an array of 3", "5"},
    {"{\"type\":\"sensor\",\"id\":5,\"kind\":\"tracker\"}", 17, "\"id\"", "1 to 15 letters", "5"},
    {"{\"type\":\"sensor\",\"id\":\"A\",\"kind\":5}", 26, "\"kind\"", "\"tracker\"", "5"},
    {"{\"type\":\"sensor\",\"id\":\"A\",\"kind\":\"radar\",\"lat_deg\":37.5,\"lon_deg\":127.0,"
     "\"alt_m\":100,\"sigma_range_m\":20,\"sigma_az_deg\":0.0573,\"sigma_el_deg\":1e-7}",
     26, "\"kind\"", "a possible sensor", "do not go together"},
    {"{\"type\":\"radar\",\"sensor\":\"K 1\",\"time\":\"2023-07-12T01:02:03Z\",\"range_m\":5" REST,
     16, "\"sensor\"", "1 to 15 letters", "K 1"},
    {"{\"type\":\"track\",\"sensor\":\"J9\",\"time\":\"2023-07-12T01:02:03Z\","
     "\"position_ecef_m\":[1,2,3],\"velocity_ecef_mps\":[0,0,0],"
     "\"covariance\":[9,1,9,0,0,9,0,0,0,4,0,0,0,0,4,0,0,0,0,0,4]}",
     60, "\"position_ecef_m\"", "length 6.3e+06", "3.74"},
    {TRACK_HEAD "[1]}", 124, "\"covariance\"", "an array of 21", "an array of 1"},
    {TRACK_HEAD "[9,1,9,0,0,9,0,0,0,-4,0,0,0,0,4,0,0,0,0,0,4]}", 124, "\"covariance\"",
     "positive definite", "one that is not"},
};

static void what_is_wrong_is_refused_in_words(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < sizeof REFUSALS / sizeof REFUSALS[0]; i++) {
        const struct refusal *r = &REFUSALS[i];
        memset(&got, 0x5a, sizeof got);
        const struct observation_line before = got;
        memset(&fault, 0, sizeof fault);
        const result read = read_line(r->line);
        const result expected = strstr(r->found, "not declared") != NULL  ? ERR_NOT_FOUND
                                : strstr(r->found, "second time") != NULL ? ERR_STATE
                                                                          : ERR_FORMAT;
        char text[FAULT_TEXT_SIZE];
        if (read != expected || fault.offset != r->offset || strcmp(fault.where, r->where) != 0 ||
            strstr(fault.expected, r->expected) == NULL || strstr(fault.found, r->found) == NULL) {
            fail_msg("%s: %s: %s", r->line, result_text(read), fault_text(&fault, text));
        }
        assert_memory_equal(&got, &before, sizeof got);
    }
}

static void a_line_has_a_longest_size(void **unused)
{
    (void)unused;
    static char line[OBSERVATION_LINE_BYTES_MAX + 1];
    memset(line, ' ', sizeof line);
    memcpy(line, K1_PLOT, strlen(K1_PLOT));
    struct bytes in = {(const uint8_t *)line, sizeof line};
    assert_int_equal(observation_line_read(in, declared, 4, &got, &fault), ERR_FORMAT);
    assert_string_equal(fault.where, "line");
    in.size--;
    assert_int_equal(observation_line_read(in, declared, 4, &got, &fault), OK);
}

static void a_message_does_not_steer_the_terminal(void **unused)
{
    (void)unused;
    assert_int_equal(read_line("{\"type\":\"\\u001b[31m\\u0007\\u007f\"}"), ERR_FORMAT);
    assert_string_equal(fault.found, "\"?[31m??\"");
    assert_int_equal(read_line(PLOT "\"\\u001bc\":1}"), ERR_FORMAT);
    assert_null(strchr(fault.where, 0x1b));
    assert_null(strchr(fault.found, 0x1b));
}

/* RFC 8259: white space may stand before a colon; a name within a name, or as a value, is none. */
static void a_key_is_found_where_it_stands(void **unused)
{
    (void)unused;
    static const struct {
        const char *line;
        size_t at;
    } LINES[] = {{"{\"k\":1}", 1},
                 {"{\"k\" \t :1}", 1},
                 {"{\"kk\":2,\"k\":1}", 8},
                 {"{\"a\":\"k\",\"k\":1}", 9},
                 {"{\"a\":\"k\"}", 0},
                 {"{\"a\":\"k\"", 0},
                 {"{\"a\":\"k\" ", 0},
                 {"{\"a\":\"k\"\t", 0},
                 {"{}", 0}};
    for (size_t i = 0; i < sizeof LINES / sizeof LINES[0]; i++) {
        assert_int_equal(json_key_offset(bytes_of(LINES[i].line), "k"), LINES[i].at);
    }
}

/* Without memory a line is not read and not written; nothing half done comes out. */
static void memory_that_runs_out(void **unused)
{
    (void)unused;
    int full = 0;
    assert_int_equal(read_line(K1_PLOT), OK);
    const struct observation o = got.observation;
    for (size_t few = 0; few < 60; few++) {
        char text[OBSERVATION_LINE_TEXT_SIZE] = "before";
        memory_for_few(few);
        const result wrote = observation_line_write(&o, text);
        full += wrote == OK ? 0 : 1;
        assert_true(wrote == OK || strcmp(text, "before") == 0);
        memory_for_few(few);
        assert_int_not_equal(read_line(K1_PLOT), ERR_STATE);
    }
    memory_is_back();
    assert_true(full > 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_radar_is_declared),
        cmocka_unit_test(a_sensor_may_say_how_well_it_is_calibrated),
        cmocka_unit_test(a_sensor_may_say_what_it_covers),
        cmocka_unit_test(a_plot_is_read),
        cmocka_unit_test(a_range_rate_may_be_missing_and_north_is_zero),
        cmocka_unit_test(an_elevation_may_be_missing),
        cmocka_unit_test(a_line_of_sight_comes_out_of_unit_length),
        cmocka_unit_test(a_ready_track_is_read),
        cmocka_unit_test(what_is_written_is_read_again),
        cmocka_unit_test(what_is_not_possible_is_not_written),
        cmocka_unit_test(what_is_wrong_is_refused_in_words),
        cmocka_unit_test(a_line_has_a_longest_size),
        cmocka_unit_test(a_message_does_not_steer_the_terminal),
        cmocka_unit_test(a_key_is_found_where_it_stands),
        cmocka_unit_test(memory_that_runs_out),
    };
    return cmocka_run_group_tests(tests, declare, NULL);
}
