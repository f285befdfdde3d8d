#include "formats/cap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/elementary.h"
#include "formats/outline.h"
#include "geo/geodesic.h"
#include "warned.h"

static char message[CAP_SIZE_MAX];

static const char *written(const struct cap_alert *alert)
{
    size_t size = 0;
    assert_int_equal(cap_write(alert, message, sizeof message, &size), OK);
    assert_int_equal(strlen(message), size);
    return message;
}

static void assert_has(const char *expected)
{
    if (strstr(message, expected) == NULL) {
        fail_msg("expected %s in\n%s", expected, message);
    }
}

/* Element values of CAP 1.2, 3.2.1 and 3.2.2. */
static void states_become_message_types(void **state)
{
    static const struct {
        enum warning_state state;
        uint32_t before;
        const char *type, *response, *urgency;
    } ROWS[] = {
        {WARNING_INITIAL, 0, "Alert", "Shelter", "Immediate"},
        {WARNING_INITIAL, 1, "Update", "Shelter", "Immediate"},
        {WARNING_UPDATE, 1, "Update", "Shelter", "Immediate"},
        {WARNING_NARROWED, 2, "Update", "Shelter", "Immediate"},
        {WARNING_LOST_TRACK, 2, "Update", "Shelter", "Immediate"},
        {WARNING_CANCEL, 2, "Cancel", "AllClear", "Past"},
        {WARNING_ALL_CLEAR, 2, "Update", "AllClear", "Past"},
        {WARNING_HANDED_OVER, 1, "Cancel", "Shelter", "Immediate"},
        {WARNING_EXPIRED, 1, "Update", "AllClear", "Past"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        struct warned w;
        warned_make(&w, ROWS[i].state);
        const struct cap_reference before[2] = {
            {"JPN-exercise-20221003T222502Z-2-1", instant_plus_s(w.warning.time, -10.0)},
            {"JPN-exercise-20221003T222507Z-2-2", instant_plus_s(w.warning.time, -5.0)}};
        const struct cap_alert alert = {&w.told, "warn@example.jp", ROWS[i].before, before};
        char expected[300];
        (void)written(&alert);
        (void)snprintf(expected, sizeof expected, "<msgType>%s</msgType>", ROWS[i].type);
        assert_has(expected);
        (void)snprintf(expected, sizeof expected,
                       "<responseType>%s</responseType>\n    <urgency>%s</urgency>",
                       ROWS[i].response, ROWS[i].urgency);
        assert_has(expected);
        if (ROWS[i].before == 2) {
            assert_has(
                "<references>"
                "warn@example.jp,JPN-exercise-20221003T222502Z-2-1,2022-10-04T07:25:02+09:00 "
                "warn@example.jp,JPN-exercise-20221003T222507Z-2-2,2022-10-04T07:25:07+09:00"
                "</references>");
        }
    }
}

static void the_domain_is_the_status(void **state)
{
    struct warned w;
    const struct cap_alert alert = {&w.told, "x", 0, NULL};
    (void)state;
    warned_make(&w, WARNING_INITIAL);
    (void)written(&alert);
    assert_has("<status>Exercise</status>");
    assert_has("<note>This is an exercise message.");
    assert_has("<headline>【訓練】");
    w.told.domain = DOMAIN_TEST;
    (void)written(&alert);
    assert_has("<status>Test</status>");
    w.told.domain = DOMAIN_UNKNOWN;
    (void)written(&alert);
    assert_has("<status>Test</status>");
    w.told.domain = DOMAIN_LIVE;
    (void)written(&alert);
    assert_has("<status>Actual</status>");
    assert_null(strstr(message, "<note>"));
}

static void times_are_the_nations(void **state)
{
    struct warned w;
    const struct cap_alert alert = {&w.told, "x", 0, NULL};
    (void)state;
    warned_make(&w, WARNING_INITIAL);
    (void)written(&alert);
    assert_has("<sent>2022-10-04T07:25:12+09:00</sent>");
    assert_has("<onset>2022-10-04T07:28:41+09:00</onset>");
    assert_has("<expires>2022-10-04T07:36:11+09:00</expires>");
    w.told.nation = (struct nation_id){"USA"};
    (void)written(&alert);
    assert_has("<sent>2022-10-03T22:25:12-00:00</sent>");
    warned_make(&w, WARNING_ALL_CLEAR);
    (void)written(&alert);
    assert_has("<expires>2022-10-04T07:40:12+09:00</expires>");
    /* An end that comes after its warning has run out can still be read. */
    w.warning.expires = instant_plus_s(w.warning.time, -60.0);
    (void)written(&alert);
    assert_has("<expires>2022-10-04T07:40:12+09:00</expires>");
    w.warning.expires = instant_plus_s(w.warning.time, 60.0);
    (void)written(&alert);
    assert_has("<expires>2022-10-04T07:41:12+09:00</expires>");
    /* Where it arrives at no known time, nothing is said of it. */
    warned_make(&w, WARNING_INITIAL);
    w.warning.impact = INSTANT_UNSET;
    w.warning.areas[0].overflight = INSTANT_UNSET;
    (void)written(&alert);
    assert_null(strstr(message, "<onset>"));
}

static void what_comes_from_outside_is_escaped(void **state)
{
    struct warned w;
    const struct cap_alert alert = {&w.told, "x", 0, NULL};
    (void)state;
    warned_make(&w, WARNING_INITIAL);
    w.told.event_name = "</alert><&\"\x02";
    w.places[0].names[LANGUAGE_ENGLISH] = "A<b>&";
    (void)written(&alert);
    assert_has("<incidents>&lt;/alert&gt;&lt;&amp;&quot;\xef\xbf\xbd</incidents>");
    assert_has("<areaDesc>A&lt;b&gt;&amp;</areaDesc>");
}

static void senders_are_looked_at(void **state)
{
    static const char *const BAD[] = {
        "",      "a b",  "a,b",
        "a<b",   "a&b",  "a\tb",
        "a\x7f", "日本", "123456789.123456789.123456789.123456789.123456789.123456789.1234"};
    (void)state;
    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++) {
        assert_false(cap_sender_is_good(BAD[i]));
    }
    assert_true(cap_sender_is_good("warn@example.jp"));
    assert_true(
        cap_sender_is_good("123456789.123456789.123456789.123456789.123456789.123456789.123"));
}

static void what_is_no_warning_is_refused(void **state)
{
    struct warned w;
    static struct cap_reference many[CAP_REFERENCES_MAX + 1];
    size_t size = 7;
    (void)state;
    warned_make(&w, WARNING_NO_THREAT);
    struct cap_alert alert = {&w.told, "x", 0, NULL};
    assert_int_equal(cap_write(&alert, message, sizeof message, &size), ERR_RANGE);
    warned_make(&w, WARNING_UPDATE);
    alert.reference_count = CAP_REFERENCES_MAX + 1;
    alert.references = many;
    assert_int_equal(cap_write(&alert, message, sizeof message, &size), ERR_RANGE);
    alert.reference_count = 0;
    assert_int_equal(cap_write(&alert, message, 2000, &size), ERR_FULL);
    assert_int_equal(size, 7);
}

/* Names of areas that no text has room for: nothing is sent with half a text. */
static void texts_that_do_not_fit_are_refused(void **state)
{
    static char name[PUBLIC_DESCRIPTION_SIZE + 1];
    static const size_t SIZES[] = {PUBLIC_HEADLINE_SIZE, PUBLIC_DESCRIPTION_SIZE};
    struct warned w;
    const struct cap_alert alert = {&w.told, "x", 0, NULL};
    (void)state;
    for (size_t i = 0; i < sizeof SIZES / sizeof SIZES[0]; i++) {
        size_t size = 7;
        warned_make(&w, WARNING_INITIAL);
        memset(name, 'n', sizeof name);
        name[SIZES[i]] = '\0';
        w.places[0].names[LANGUAGE_ENGLISH] = name;
        assert_int_equal(cap_write(&alert, message, sizeof message, &size), ERR_FULL);
        assert_int_equal(size, 7);
    }
    /* The place it came from is told in the description alone. */
    size_t size = 7;
    warned_make(&w, WARNING_INITIAL);
    w.told.from[LANGUAGE_ENGLISH] = name;
    assert_int_equal(cap_write(&alert, message, sizeof message, &size), ERR_FULL);
    assert_int_equal(size, 7);
}

/* Whether p lies inside, by a ray to the east; sides straight in latitude and longitude. */
static bool is_inside(const struct outline *o, struct geo_geodetic p)
{
    bool inside = false;
    for (uint32_t i = 0; i + 1 < o->count; i++) {
        const struct geo_geodetic a = o->points[i];
        const struct geo_geodetic b = o->points[i + 1];
        if ((a.lat_rad > p.lat_rad) != (b.lat_rad > p.lat_rad)) {
            const double lon_rad = a.lon_rad + (p.lat_rad - a.lat_rad) / (b.lat_rad - a.lat_rad) *
                                                   (b.lon_rad - a.lon_rad);
            inside = inside != (p.lon_rad < lon_rad);
        }
    }
    return inside;
}

/* Ellipses from nothing to 800 km, any shape and direction, from the equator to 65 degrees. */
static void outlines_hold_their_ellipse(void **state)
{
    (void)state;
    for (int k = 0; k < 400; k++) {
        const double major_m = 800e3 * (k % 20) / 19.0;
        const struct geo_ellipse e = {major_m, major_m * (k % 7 / 6.0), PI * (k % 11) / 11.0};
        const struct geo_geodetic centre = {RAD_PER_DEG * (65.0 * (k % 13) / 12.0),
                                            RAD_PER_DEG * (90.0 + k % 40), 0.0};
        struct outline o;
        assert_int_equal(outline_around(centre, &e, &o), OK);
        assert_memory_equal(&o.points[0], &o.points[o.count - 1], sizeof o.points[0]);
        for (int i = 0; i < 90; i++) {
            const double along_m = e.semi_major_m * elementary_cos(i * PI / 45.0);
            const double across_m = e.semi_minor_m * elementary_sin(i * PI / 45.0);
            struct geo_geodetic p;
            assert_int_equal(geodesic_direct(centre,
                                             e.azimuth_rad + elementary_atan2(across_m, along_m),
                                             sqrt(along_m * along_m + across_m * across_m), &p),
                             OK);
            assert_true(is_inside(&o, p));
        }
    }
}

/* Along a great circle from `from`; each stretch as long as the others. */
static void make_way(struct geo_geodetic from, double azimuth_rad, double stretch_m, uint32_t count,
                     struct geo_geodetic *way)
{
    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(geodesic_direct(from, azimuth_rad, i * stretch_m, &way[i]), OK);
    }
}

/* Every course, from the equator to 65 degrees, growing wider: whoever stands within the width of
 * the way, between its points as well, is inside; well beside it he is not. */
static void outlines_hold_their_way(void **state)
{
    struct geo_geodetic way[OUTLINE_WAY_MAX];
    double half_width_m[OUTLINE_WAY_MAX];
    (void)state;
    for (int k = 0; k < 240; k++) {
        const uint32_t count = 2 + (uint32_t)k % (OUTLINE_WAY_MAX - 1);
        const double course_rad = 2.0 * PI * (k % 24) / 24.0;
        const double stretch_m = 5e3 + 95e3 * (k % 5) / 4.0;
        const struct geo_geodetic from = {RAD_PER_DEG * (50.0 * (k % 13) / 12.0),
                                          RAD_PER_DEG * (100.0 + k % 40), 0.0};
        struct outline o;
        make_way(from, course_rad, stretch_m, count, way);
        for (uint32_t i = 0; i < count; i++) {
            half_width_m[i] = 100.0 + 2000.0 * i + 20e3 * (k % 3);
        }
        assert_int_equal(outline_along(count, way, half_width_m, &o), OK);
        assert_int_equal(o.count, 2 * count + 1);
        assert_memory_equal(&o.points[0], &o.points[o.count - 1], sizeof o.points[0]);
        for (uint32_t i = 0; i < 10 * (count - 1); i++) {
            struct geo_geodetic p;
            struct geo_geodetic q;
            double back_rad = 0.0;
            assert_int_equal(geodesic_direct(from, course_rad, (i + 0.5) * stretch_m / 10.0, &p),
                             OK);
            assert_int_equal(geodesic_inverse(p, from, NULL, &back_rad, NULL), OK);
            const double width_m = half_width_m[i / 10];
            for (int side = -1; side <= 1; side++) {
                assert_int_equal(geodesic_direct(p, back_rad + PI / 2.0, side * width_m, &q), OK);
                assert_true(is_inside(&o, q));
            }
            assert_int_equal(geodesic_direct(p, back_rad + PI / 2.0, 1.1 * width_m + 8e3, &q), OK);
            assert_false(is_inside(&o, q));
        }
    }
}

static void ways_that_cannot_be_drawn_are_not(void **state)
{
    struct geo_geodetic way[OUTLINE_WAY_MAX];
    double half_width_m[OUTLINE_WAY_MAX] = {1e3, 1e3, 1e3};
    struct outline o;
    (void)state;
    make_way((struct geo_geodetic){0.7, 2.4, 0.0}, 1.0, 50e3, 3, way);
    assert_int_equal(outline_along(3, way, half_width_m, &o), OK);
    assert_int_equal(outline_along(1, way, half_width_m, &o), ERR_RANGE);
    assert_int_equal(outline_along(OUTLINE_WAY_MAX + 1, way, half_width_m, &o), ERR_RANGE);
    half_width_m[1] = NAN;
    assert_int_equal(outline_along(3, way, half_width_m, &o), ERR_RANGE);
    half_width_m[1] = -1.0;
    assert_int_equal(outline_along(3, way, half_width_m, &o), ERR_RANGE);
    half_width_m[1] = 1e3;
    way[2] = way[1];
    way[1] = way[0];
    assert_int_equal(outline_along(3, way, half_width_m, &o), ERR_RANGE); /* it stands still */
    make_way((struct geo_geodetic){0.7, 2.4, 0.0}, 1.0, 600e3, 3, way);
    assert_int_equal(outline_along(3, way, half_width_m, &o), ERR_RANGE);
    make_way((struct geo_geodetic){0.9, 179.5 * RAD_PER_DEG, 0.0}, 1.5, 50e3, 3, way);
    assert_int_equal(outline_along(3, way, half_width_m, &o), ERR_RANGE);
    way[1].lat_rad = 2.0;
    assert_int_equal(outline_along(3, way, half_width_m, &o), ERR_RANGE);
    make_way((struct geo_geodetic){1.47, 2.0, 0.0}, 0.0, 50e3, 3, way);
    assert_int_equal(outline_along(3, way, half_width_m, &o), ERR_RANGE);
}

static void outlines_that_cannot_be_drawn_become_circles(void **state)
{
    struct outline o;
    const struct geo_ellipse e = {100e3, 50e3, 1.0};
    const struct geo_geodetic near_line = {0.9, 179.9 * RAD_PER_DEG, 0.0};
    const struct geo_geodetic near_pole = {86.0 * RAD_PER_DEG, 0.0, 0.0};
    (void)state;
    assert_int_equal(outline_around(near_line, &e, &o), ERR_RANGE);
    assert_int_equal(outline_around(near_pole, &e, &o), ERR_RANGE);
    const struct geo_ellipse nothing = {NAN, 1.0, 0.0};
    assert_int_equal(outline_around((struct geo_geodetic){0}, &nothing, &o), ERR_RANGE);
    assert_int_equal(outline_around((struct geo_geodetic){2.0, 0.0, 0.0}, &e, &o), ERR_RANGE);
    struct warned w;
    warned_make(&w, WARNING_UPDATE);
    w.impact.point = near_line;
    const struct cap_alert alert = {&w.told, "x", 0, NULL};
    (void)written(&alert);
    assert_has("<circle>51.5662,179.9000 80.8</circle>");
    assert_null(strstr(message, "<polygon>"));
}

/* A polygon only where something may come down, and none of what has ended. */
static void areas_are_those_warned(void **state)
{
    struct warned w;
    const struct cap_alert alert = {&w.told, "x", 0, NULL};
    (void)state;
    warned_make(&w, WARNING_INITIAL);
    (void)written(&alert);
    assert_has("<polygon>43.");
    assert_has("<areaDesc>青森県</areaDesc>\n      <geocode>\n"
               "        <valueName>ISO 3166-2</valueName>\n        <value>JP-02</value>");
    w.impact.why = WHY_THRUSTING;
    (void)written(&alert);
    assert_null(strstr(message, "<polygon>"));
    w.told.impact = NULL;
    (void)written(&alert);
    assert_null(strstr(message, "<polygon>"));
    warned_make(&w, WARNING_INITIAL);
    w.places[0].iso_code = "GU";
    w.places[1].iso_code = "";
    (void)written(&alert);
    assert_has("<valueName>ISO 3166-1</valueName>\n        <value>GU</value>");
    assert_has("<areaDesc>北海道</areaDesc>\n    </area>");
    w.warning.areas[1].impact_probability = 0.001;
    (void)written(&alert);
    assert_null(strstr(message, "<polygon>"));
    struct public_passage passage = {
        .count = 2, .points = {{0.71, 2.46, 0.0}, {0.71, 2.48, 0.0}}, .half_width_m = {4e3, 5e3}};
    w.told.passage = &passage;
    (void)written(&alert);
    assert_has("<areaDesc>上空を通過する可能性がある範囲（95％）</areaDesc>\n      <polygon>40.");
    passage.count = 0;
    (void)written(&alert);
    assert_null(strstr(message, "<polygon>"));
    passage.count = 2;
    warned_make(&w, WARNING_ALL_CLEAR);
    w.told.passage = &passage;
    (void)written(&alert);
    assert_null(strstr(message, "<polygon>"));
    assert_has("<areaDesc>Aomori</areaDesc>");
}

static void write_to(const char *folder, int number)
{
    char path[300];
    (void)snprintf(path, sizeof path, "%s/%03d.xml", folder, number);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs(message, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

/* Every state, domain, zone and end that is made ready, with few and all areas. */
static int write_all(const char *folder)
{
    static const struct nation_id NATIONS[] = {{"JPN"}, {"KOR"}, {"USA"}};
    static struct cap_reference before[CAP_REFERENCES_MAX];
    int count = 0;
    struct warned w;
    for (int s = WARNING_INITIAL; s < WARNING_STATE_COUNT; s++) {
        for (int k = 0; k < 12; k++) {
            warned_make(&w, (enum warning_state)s);
            w.told.nation = NATIONS[k % 3];
            w.told.domain = (enum domain)(DOMAIN_LIVE + k % 3);
            w.told.prepared = (enum public_prepared)(k % 4);
            w.told.event_name = k == 5 ? "<&>" : w.told.event_name;
            for (int i = 2; k % 2 == 1 && i < WARNING_AREAS_MAX; i++) {
                w.places[i] = w.places[i % 2];
                w.warning.areas[i] = w.warning.areas[i % 2];
                w.warning.area_count++;
            }
            const uint32_t references = k % 4 == 3 ? CAP_REFERENCES_MAX : (uint32_t)k % 4;
            for (uint32_t i = 0; i < references; i++) {
                (void)public_warning_id(&w.told, before[i].id);
                before[i].sent = w.warning.time;
            }
            const struct cap_alert alert = {&w.told, "warn@example.jp", references, before};
            (void)written(&alert);
            write_to(folder, count);
            count++;
        }
    }
    return count;
}

/* OASIS's schema, by libxml2: it must take all of ours, and refuse one whose time ends in Z. */
static void the_schema_takes_them_all(void **state)
{
    const char *shared = getenv("WATCHFIRE_SHARED");
    char schema[300];
    char command[900];
    char folder[] = "/tmp/watchfire-cap-XXXXXX";
    (void)state;
    (void)snprintf(schema, sizeof schema, "%s/cap/CAP-v1.2.xsd", shared != NULL ? shared : "");
    if (shared == NULL || access(schema, R_OK) != 0) {
        print_message("no CAP schema in $WATCHFIRE_SHARED/cap: skipped\n");
        skip();
    }
    if (system("xmllint --version >/dev/null 2>&1") != 0) {
        print_message("xmllint is not installed (package libxml2-utils): skipped\n");
        skip();
    }
    assert_non_null(mkdtemp(folder));
    const int count = write_all(folder);
    assert_int_equal(count, 8 * 12);
    (void)snprintf(command, sizeof command,
                   "xmllint --noout --schema %s %s/*.xml >%s/log 2>&1 || { cat %s/log; false; }",
                   schema, folder, folder, folder);
    assert_int_equal(system(command), 0);
    char *zone = strstr(message, "-00:00</sent>");
    zone = zone != NULL ? zone : strstr(message, "+09:00</sent>");
    assert_non_null(zone);
    memmove(zone + 1, zone + 6, strlen(zone + 6) + 1);
    zone[0] = 'Z';
    write_to(folder, 999);
    (void)snprintf(command, sizeof command, "xmllint --noout --schema %s %s/999.xml 2>/dev/null",
                   schema, folder);
    assert_int_not_equal(system(command), 0);
    (void)snprintf(command, sizeof command, "rm -r %s", folder);
    assert_int_equal(system(command), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(states_become_message_types),
        cmocka_unit_test(the_domain_is_the_status),
        cmocka_unit_test(times_are_the_nations),
        cmocka_unit_test(what_comes_from_outside_is_escaped),
        cmocka_unit_test(senders_are_looked_at),
        cmocka_unit_test(what_is_no_warning_is_refused),
        cmocka_unit_test(texts_that_do_not_fit_are_refused),
        cmocka_unit_test(outlines_hold_their_ellipse),
        cmocka_unit_test(outlines_hold_their_way),
        cmocka_unit_test(ways_that_cannot_be_drawn_are_not),
        cmocka_unit_test(outlines_that_cannot_be_drawn_become_circles),
        cmocka_unit_test(areas_are_those_warned),
        cmocka_unit_test(the_schema_takes_them_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
