/* Displays: what is written is read again by readers of its own, and samples of the standards are
 * read as well. */
#include "formats/display.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/elementary.h"
#include "base/utc.h"
#include "formats/document.h"
#include "geo/ellipsoid.h"
#include "short_memory.h"

#define SIZE (64 * 1024)

static char document[SIZE];
static char lines[1024 * 1024];
static struct track track;
static struct assessment assessment;
static struct display_event event = {"AMBER-K417", &track, &assessment};
static struct display display = {.nation = {"JPN"}, .count = 1, .events = &event};

static struct instant at(const char *utc)
{
    struct instant t;
    assert_int_equal(utc_parse(utc, strlen(utc), &t), OK);
    return t;
}

/* Over 40 N 130 E, 300 km high, to the east at 3 km/s; the other numbers are easy to find again. */
static int fill(void **state)
{
    const struct geo_geodetic p = {40.0 * RAD_PER_DEG, 130.0 * RAD_PER_DEG, 300e3};
    (void)state;
    memset(&track, 0, sizeof track);
    memset(&assessment, 0, sizeof assessment);
    track.status = STATUS_FIRM;
    track.time = at("2022-10-03T22:25:00.250Z");
    track.position = ellipsoid_to_ecef(p);
    track.velocity = (struct geo_velocity){-3000.0 * elementary_sin(p.lon_rad),
                                           3000.0 * elementary_cos(p.lon_rad), 0.0};
    for (int i = 0; i < 6; i++) {
        track.covariance[7 * i] = i < 3 ? 100.0 * 100.0 : 4.0;
    }
    track.covariance[6] = track.covariance[1] = 1234.0;
    assessment.launch.determined = true;
    assessment.launch.time = at("2022-10-03T22:22:31Z");
    assessment.launch.point = (struct geo_geodetic){0.708, 2.2, 0.0};
    assessment.launch_ellipse_95 = (struct geo_ellipse){5e3, 2e3, 0.5};
    assessment.impact.time = at("2022-10-03T22:44:00Z");
    assessment.impact.time_95_s = 12.0;
    assessment.impact.point = (struct geo_geodetic){38.0 * RAD_PER_DEG, 155.0 * RAD_PER_DEG, 0.0};
    assessment.impact.ellipse_95 = (struct geo_ellipse){60e3, 15e3, 1.2};
    assessment.class_probability[CLASS_INTERMEDIATE_RANGE] = 0.97;
    display.domain = DOMAIN_EXERCISE;
    display.now = at("2022-10-03T22:25:01Z");
    return 0;
}

typedef result form(const struct display *d, char *out, size_t capacity, size_t *size);

static const struct {
    form *write;
    enum document_kind kind;
} FORMS[] = {{display_cot, DOCUMENT_COT},   {display_tak, DOCUMENT_TAK},
             {display_czml, DOCUMENT_CZML}, {display_geojson, DOCUMENT_GEOJSON},
             {display_kml, DOCUMENT_KML},   {display_oem, DOCUMENT_OEM},
             {display_rdm, DOCUMENT_RDM}};
#define FORM_COUNT (sizeof FORMS / sizeof FORMS[0])

static void read_again(size_t number, size_t size)
{
    struct fault fault = {0};
    char message[FAULT_TEXT_SIZE];
    struct text out = text_over(lines, sizeof lines);
    const struct bytes in = {(const uint8_t *)document, size};
    if (document_read(FORMS[number].kind, in, &out, &fault) != OK) {
        fail_msg("%s: %s", document_names[FORMS[number].kind], fault_text(&fault, message));
    }
}

static void written(form *write)
{
    size_t size = 0;
    assert_int_equal(write(&display, document, sizeof document, &size), OK);
    for (size_t i = 0; i < FORM_COUNT; i++) {
        if (FORMS[i].write == write) {
            read_again(i, size);
        }
    }
}

static void assert_line(const char *line)
{
    char with_end[300];
    (void)snprintf(with_end, sizeof with_end, "%s\n", line);
    if (strstr(lines, with_end) == NULL) {
        fail_msg("no line \"%s\" in\n%s", line, lines);
    }
}

static void cursor_on_target_says_where_and_how(void **state)
{
    (void)state;
    written(display_cot);
    assert_line("events/event@type = a-u-A-W-M");
    assert_line("events/event@type = u-d-c-e");
    assert_line("events/event@opex = e");
    assert_line("events/event@uid = watchfire.JPN.exercise.AMBER-K417.object");
    assert_line("events/event@stale = 2022-10-03T22:25:31.000Z");
    assert_line("events/event/point@lat = 40.000000");
    assert_line("events/event/point@lon = 130.000000");
    assert_line("events/event/point@ce = 141.4");
    assert_line("events/event/detail/track@course = 90.0");
    assert_line("events/event/detail/track@speed = 3000.0");
    assert_line("events/event/detail/contact@callsign = EXERCISE AMBER-K417 object");
    assert_line("events/event/detail/shape/ellipse@major = 60000");
    display.domain = DOMAIN_LIVE;
    written(display_cot);
    assert_line("events/event@opex = o");
    assert_line("events/event/detail/contact@callsign = AMBER-K417 object");
}

static void tak_carries_the_same(void **state)
{
    (void)state;
    written(display_tak);
    assert_int_equal((unsigned char)document[0], 0xbf);
    assert_line("event[0].type = a-u-A-W-M");
    assert_line("event[0].uid = watchfire.JPN.exercise.AMBER-K417.object");
    assert_line("event[0].sendTime = 1664835901000");
    assert_line("event[0].startTime = 1664835900250");
    assert_line("event[0].lat = 40");
    assert_line("event[0].contact.callsign = EXERCISE AMBER-K417 object");
    assert_line("event[0].track.speed = 3000");
    assert_line("event[2].xmlDetail = <shape><ellipse major=\"60000\" minor=\"15000\" "
                "angle=\"68.8\"/></shape>");
}

/* RFC 7946, 3.1.6: the ring ends where it began, and runs against the clock. */
static void geojson_polygons_are_right(void **state)
{
    (void)state;
    written(display_geojson);
    assert_line("features[0].geometry.coordinates = 130 40 300000");
    assert_line("features[0].properties.domain = exercise");
    assert_line("features[3].properties.class = intermediate range");
    json_t *root = json_loads(document, 0, NULL);
    json_t *ring = json_array_get(
        json_object_get(
            json_object_get(json_array_get(json_object_get(root, "features"), 4), "geometry"),
            "coordinates"),
        0);
    const size_t count = json_array_size(ring);
    double twice_area = 0.0;
    assert_int_equal(count, 37);
    for (size_t i = 0; i + 1 < count; i++) {
        json_t *a = json_array_get(ring, i);
        json_t *b = json_array_get(ring, i + 1);
        twice_area +=
            json_number_value(json_array_get(a, 0)) * json_number_value(json_array_get(b, 1)) -
            json_number_value(json_array_get(b, 0)) * json_number_value(json_array_get(a, 1));
    }
    assert_true(twice_area > 0.0);
    assert_true(json_equal(json_array_get(ring, 0), json_array_get(ring, count - 1)));
    json_decref(root);
}

static void cesium_and_earth_get_the_same(void **state)
{
    (void)state;
    written(display_czml);
    assert_line("[0].id = document");
    assert_line("[3].id = AMBER-K417/impact");
    assert_line("[3].position.cartographicDegrees = 155 38 0");
    assert_line("[3].ellipse.semiMajorAxis = 60000");
    assert_line("[3].ellipse.rotation = -1.2");
    written(display_kml);
    assert_line("kml/Document/Placemark/name = EXERCISE AMBER-K417 impact");
    assert_line("kml/Document/Placemark/MultiGeometry/Point/coordinates = 155.00000,38.00000,0");
}

static void ccsds_carries_state_and_impact(void **state)
{
    (void)state;
    written(display_oem);
    assert_line("segment[0].OBJECT_NAME = AMBER-K417");
    assert_line("segment[0].START_TIME = 2022-10-03T22:25:00.250");
    assert_line("segment[0].covariance = 1.000000000e-02");
    assert_line("segment[0].covariance = 1.234000000e-03 1.000000000e-02");
    assert_non_null(strstr(document, "COMMENT EXERCISE: nothing here is real\n"));
    written(display_rdm);
    assert_line("NOMINAL_IMPACT_EPOCH = 2022-10-03T22:44:00.000");
    assert_line("IMPACT_WINDOW_START = 2022-10-03T22:43:48.000");
    assert_line("NOMINAL_IMPACT_LAT = 38.000000 [deg]");
    assessment.impact.why = WHY_THRUSTING;
    size_t size = 7;
    assert_int_equal(display_rdm(&display, document, sizeof document, &size), ERR_RANGE);
    assert_int_equal(size, 7);
}

/* What is undetermined is left out; what does not fit is said; no name breaks a document. */
static void every_form_keeps_its_promises(void **state)
{
    (void)state;
    for (size_t i = 0; i < FORM_COUNT; i++) {
        size_t whole = 0;
        (void)fill(NULL);
        event.name = "<&\"']]>";
        assert_int_equal(FORMS[i].write(&display, document, sizeof document, &whole), OK);
        read_again(i, whole);
        event.name = "AMBER-K417";
        assert_int_equal(FORMS[i].write(&display, document, sizeof document, &whole), OK);
        for (size_t capacity = 1; capacity < whole; capacity += 1 + capacity / 7) {
            size_t size = 7;
            assert_int_equal(FORMS[i].write(&display, document, capacity, &size), ERR_FULL);
            assert_int_equal(size, 7);
        }
        assessment.launch.determined = false;
        assessment.impact.why = WHY_THRUSTING;
        if (FORMS[i].kind != DOCUMENT_RDM) {
            assert_int_equal(FORMS[i].write(&display, document, sizeof document, &whole), OK);
            read_again(i, whole);
            assert_null(strstr(lines, "impact"));
        }
    }
}

static void the_domain_is_said(void **state)
{
    (void)state;
    display.domain = DOMAIN_TEST;
    written(display_cot);
    assert_line("events/event@opex = s");
    assert_line("events/event/detail/contact@callsign = TEST AMBER-K417 object");
    written(display_oem);
    assert_non_null(strstr(document, "COMMENT TEST: not to be acted on\n"));
    written(display_kml);
    assert_line("kml/Document/Placemark/name = TEST AMBER-K417 impact");
    display.domain = DOMAIN_LIVE;
    written(display_oem);
    assert_null(strstr(document, "COMMENT"));
    written(display_kml);
    assert_line("kml/Document/Placemark/name = AMBER-K417 impact");
}

/* An object whose time is still to come starts now; courses go from 0 to 360. */
static void times_and_courses_are_in_range(void **state)
{
    (void)state;
    display.now = at("2022-10-03T22:25:00.125Z");
    track.velocity.x_mps = -track.velocity.x_mps;
    track.velocity.y_mps = -track.velocity.y_mps;
    written(display_cot);
    assert_line("events/event@start = 2022-10-03T22:25:00.125Z");
    assert_line("events/event/detail/track@course = 270.0");
    display.now = at("2022-10-03T22:45:00Z");
    written(display_rdm);
    assert_line("ORBIT_LIFETIME = 0.000000 [d]");
    display.now = at("2022-10-03T22:32:00Z");
    written(display_rdm);
    assert_line("ORBIT_LIFETIME = 0.008333 [d]");
}

/* A track at the centre of the Earth is nowhere; an area of no size, or one across the 180th
 * meridian, has no outline. */
static void what_cannot_be_drawn_is_left_out(void **state)
{
    (void)state;
    track.position = (struct geo_ecef){0.0, 0.0, 0.0};
    assessment.launch_ellipse_95 = (struct geo_ellipse){0.0, 0.0, 0.0};
    assessment.impact.point.lon_rad = 179.99 * RAD_PER_DEG;
    written(display_geojson);
    assert_null(strstr(lines, "= object\n"));
    assert_line("features[0].properties.what = launch");
    assert_line("features[1].properties.what = impact");
    assert_line("features[1].properties.ellipse_95.semi_major_km = 60");
    assert_null(strstr(lines, "Polygon"));
    assert_null(strstr(lines, "features[0].properties.ellipse_95"));
    written(display_czml);
    assert_line("[1].id = AMBER-K417/launch");
    assert_null(strstr(lines, "[1].ellipse"));
    assert_line("[2].ellipse.semiMajorAxis = 60000");
    written(display_kml);
    assert_line("kml/Document/Placemark/name = EXERCISE AMBER-K417 launch");
    assert_null(strstr(document, "Polygon"));
    written(display_cot);
    assert_line("events/event@uid = watchfire.JPN.exercise.AMBER-K417.impact");
    assert_null(strstr(lines, "launch"));
    written(display_tak);
    assert_line("event[0].uid = watchfire.JPN.exercise.AMBER-K417.impact");
    assert_null(strstr(lines, "event[1]"));
}

/* Without memory there is no document, rather than one that lacks a part. */
static void memory_that_runs_out(void **state)
{
    static char whole[SIZE];
    form *const forms[] = {display_geojson, display_czml};
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        form *const write = forms[i / 2];
        size_t size = 0;
        size_t few = 0;
        assert_int_equal(write(&display, whole, sizeof whole, &size), OK);
        for (bool done = false; !done; few++) {
            size = 7;
            (i % 2 == 0 ? memory_for_few : memory_without)(few);
            const result outcome = write(&display, document, sizeof document, &size);
            memory_is_back();
            assert_int_equal(memory_kept(), 0);
            assert_true(outcome == OK || (outcome == ERR_FULL && size == 7));
            assert_true(outcome != OK || strcmp(document, whole) == 0);
            done = outcome == OK;
        }
        assert_true(few > 100);
    }
}

static bool load(const char *name, size_t *size)
{
    const char *shared = getenv("WATCHFIRE_SHARED");
    char path[300];
    (void)snprintf(path, sizeof path, "%s/%s", shared != NULL ? shared : "", name);
    FILE *f = shared != NULL ? fopen(path, "rb") : NULL;
    if (f == NULL) {
        return false;
    }
    *size = fread(document, 1, sizeof document, f);
    return fclose(f) == 0;
}

static result read_as(enum document_kind kind, size_t size, struct fault *fault)
{
    struct text out = text_over(lines, sizeof lines);
    return document_read(kind, (struct bytes){(const uint8_t *)document, size}, &out, fault);
}

/* The examples of CCSDS 502.0-B-3 (G-11, G-12) and 508.1-B-1 (C-1), and OASIS's CAP. */
static void samples_of_the_standards_are_read(void **state)
{
    static const struct {
        const char *name;
        enum document_kind kind;
        const char *line;
    } SAMPLES[] = {
        {"ccsds/oem_g11.kvn", DOCUMENT_OEM, "segment[1].OBJECT_ID = 1996-062A"},
        {"ccsds/oem_g12.kvn", DOCUMENT_OEM,
         "segment[0].state = 2019-12-18T12:00:00.331 2789.6 -280.0 -1746.8 4.73 -2.50 -1.04 0.008 "
         "0.001 -0.159"},
        {"ccsds/rdm_c1.kvn", DOCUMENT_RDM, "ORBIT_LIFETIME = 23.0 [d]"},
        {"cap/sc_valid.xml", DOCUMENT_CAP, "alert/status = Actual"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof SAMPLES / sizeof SAMPLES[0]; i++) {
        size_t size = 0;
        struct fault fault = {0};
        char message[FAULT_TEXT_SIZE];
        if (!load(SAMPLES[i].name, &size)) {
            print_message("no %s in $WATCHFIRE_SHARED: skipped\n", SAMPLES[i].name);
            skip();
        }
        if (read_as(SAMPLES[i].kind, size, &fault) != OK) {
            fail_msg("%s: %s", SAMPLES[i].name, fault_text(&fault, message));
        }
        assert_line(SAMPLES[i].line);
    }
}

/* Another format, and each of ours cut anywhere or with a byte changed: refused with a place, or
 * read, never worse. */
static void what_is_not_of_the_format_is_refused(void **state)
{
    static char original[SIZE];
    (void)state;
    for (size_t i = 0; i < FORM_COUNT; i++) {
        size_t size = 0;
        struct fault fault = {0};
        (void)fill(NULL);
        assert_int_equal(FORMS[i].write(&display, document, sizeof document, &size), OK);
        memcpy(original, document, size);
        for (size_t k = 0; k < FORM_COUNT; k++) {
            if (k != i) {
                assert_int_equal(read_as(FORMS[k].kind, size, &fault), ERR_FORMAT);
                assert_true(fault.where[0] != '\0' && fault.expected[0] != '\0');
            }
        }
        for (size_t cut = 1; cut < size; cut += 3) {
            (void)!read_as(FORMS[i].kind, cut, &fault);
            document[cut] = (char)(document[cut] ^ 0x15);
            (void)!read_as(FORMS[i].kind, size, &fault);
            document[cut] = original[cut];
        }
    }
    static const char BOMB[] = "<!DOCTYPE kml [<!ENTITY a \"aaaa\">]>"
                               "<kml xmlns=\"http://www.opengis.net/kml/2.2\">&a;</kml>";
    struct fault fault = {0};
    memcpy(document, BOMB, sizeof BOMB);
    assert_int_equal(read_as(DOCUMENT_KML, sizeof BOMB - 1, &fault), ERR_FORMAT);
    assert_string_equal(fault.expected, "no document type");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(cursor_on_target_says_where_and_how, fill),
        cmocka_unit_test_setup(tak_carries_the_same, fill),
        cmocka_unit_test_setup(geojson_polygons_are_right, fill),
        cmocka_unit_test_setup(cesium_and_earth_get_the_same, fill),
        cmocka_unit_test_setup(ccsds_carries_state_and_impact, fill),
        cmocka_unit_test_setup(every_form_keeps_its_promises, fill),
        cmocka_unit_test_setup(the_domain_is_said, fill),
        cmocka_unit_test_setup(times_and_courses_are_in_range, fill),
        cmocka_unit_test_setup(what_cannot_be_drawn_is_left_out, fill),
        cmocka_unit_test_setup(memory_that_runs_out, fill),
        cmocka_unit_test(samples_of_the_standards_are_read),
        cmocka_unit_test(what_is_not_of_the_format_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
