/* The view as JSON, parsed back by an independent reader (jansson). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "console/json_writer.h"
#include "console/view_json.h"
#include "fake_view.h"

#define MENDED "\xef\xbf\xbd" /* U+FFFD, one for each byte that is no UTF-8 */

static struct view view;
static char text[VIEW_JSON_MAX];

static json_t *render(void)
{
    const struct console_places places = fake_places();
    struct console_context context;
    size_t size = 0;
    fake_context(300.0, &context);
    assert_int_equal(view_json_write(&view, &context, &places, 5, text, sizeof text, &size), OK);
    json_error_t error;
    json_t *root = json_loadb(text, size, JSON_REJECT_DUPLICATES, &error);
    if (root == NULL) {
        fail_msg("line %d: %s", error.line, error.text);
    }
    return root;
}

static double number(const json_t *o, const char *key)
{
    const json_t *value = json_object_get(o, key);
    assert_true(json_is_number(value));
    return json_number_value(value);
}

static const char *string(const json_t *o, const char *key)
{
    const char *value = json_string_value(json_object_get(o, key));
    assert_non_null(value);
    return value;
}

static void the_picture_says_what_the_view_says(void **state)
{
    (void)state;
    fake_view("JPN", DOMAIN_EXERCISE, 300.0, &view);
    json_t *root = render();
    assert_string_equal(string(root, "nation"), "JPN");
    assert_string_equal(string(root, "domain"), "exercise");
    assert_string_equal(string(root, "now"), "2022-10-03T22:27:00.000Z");
    assert_int_equal(number(root, "sequence"), 5);
    const json_t *wrong = json_array_get(json_object_get(root, "health"), 0);
    assert_true(json_is_true(json_object_get(wrong, "alarm")));
    assert_string_equal(string(wrong, "what"), "JPN has shown two histories of its log");
    assert_string_equal(string(wrong, "todo"), "keep a copy of this journal");
    assert_string_equal(string(wrong, "since"), "2022-10-03T22:23:40.000Z");
    assert_float_equal(number(wrong, "age_s"), 200.0, 1e-9);
    assert_int_equal(number(root, "health_more"), 2);
    const json_t *e = json_array_get(json_object_get(root, "events"), 0);
    assert_string_equal(string(e, "id"), "7");
    assert_string_equal(string(e, "name"), "AMBER-1");
    const json_t *launch = json_object_get(e, "launch");
    assert_float_equal(number(launch, "lat_deg"), 40.61, 1e-4);
    assert_float_equal(number(launch, "lon_deg"), 126.43, 1e-4);
    assert_string_equal(string(launch, "place"), "land in Jagang, North Korea");
    const json_t *near = json_object_get(json_object_get(e, "impact"), "near");
    assert_string_equal(string(near, "name_ja"), "北海道");
    assert_int_equal(json_number_value(json_object_get(near, "distance_km")), 2900);
    assert_int_equal(json_number_value(json_object_get(near, "azimuth_deg")), 92);
    const json_t *impact = json_object_get(e, "impact");
    assert_string_equal(string(impact, "time"), "2022-10-03T22:42:00.000Z");
    assert_float_equal(number(json_object_get(impact, "ellipse_95"), "semi_major_km"), 120.0, 1e-9);
    const json_t *warning = json_object_get(e, "warning");
    assert_true(json_is_true(json_object_get(warning, "in_force")));
    const json_t *area = json_array_get(json_object_get(warning, "areas"), 0);
    assert_string_equal(string(area, "name"), "Aomori");
    assert_string_equal(string(area, "name_ja"), "青森県");
    assert_string_equal(string(area, "name_ko"), "아오모리현");
    assert_float_equal(number(area, "height_km"), 760.0, 1e-9);
    assert_int_equal(json_array_size(json_object_get(e, "solutions")), 3);
    json_decref(root);
}

/* Who passed a nation's track on. */
static void a_track_that_was_passed_on_says_by_whom(void **state)
{
    (void)state;
    fake_view("JPN", DOMAIN_EXERCISE, 300.0, &view);
    memcpy(view.events[0].solutions[2].via.code, "USA", sizeof "USA");
    view.relays_taken = 12;
    json_t *root = render();
    const json_t *e = json_array_get(json_object_get(root, "events"), 0);
    const json_t *solutions = json_object_get(e, "solutions");
    assert_true(json_is_null(json_object_get(json_array_get(solutions, 0), "via")));
    assert_string_equal(string(json_array_get(solutions, 2), "via"), "USA");
    const json_t *relayed = json_object_get(json_object_get(root, "records"), "relayed");
    assert_int_equal(number(relayed, "taken"), 12);
    json_decref(root);
}

/* A quarter of the flight along the great circle: 1150 km at bearing 79 degrees from 40.61 N
 * 126.43 E on a sphere of 6371.0088 km ends at 41.7850 N 140.1007 E (worked out apart); the height
 * there is 4 * 970 km * 1/4 * 3/4. */
static void a_track_comes_out_geodetic(void **state)
{
    (void)state;
    fake_view("JPN", DOMAIN_EXERCISE, 300.0, &view);
    json_t *root = render();
    const json_t *e = json_array_get(json_object_get(root, "events"), 0);
    const json_t *track = json_object_get(e, "track");
    assert_float_equal(number(track, "lat_deg"), 41.7850, 1.01e-4);
    assert_float_equal(number(track, "lon_deg"), 140.1007, 1.01e-4);
    assert_float_equal(number(track, "height_km"), 727.5, 0.006);
    assert_string_equal(string(track, "id"), "18364758544493064720");
    assert_float_equal(number(track, "measured_s_ago"), 0.4, 1e-9);
    assert_float_equal(number(track, "sigma_km"), 0.25, 1e-9);
    json_decref(root);
}

static void undetermined_is_null_with_its_reason(void **state)
{
    (void)state;
    fake_view("KOR", DOMAIN_EXERCISE, 50.0, &view);
    json_t *root = render();
    const json_t *e = json_array_get(json_object_get(root, "events"), 0);
    assert_true(json_is_null(json_object_get(e, "impact")));
    assert_string_equal(string(e, "impact_why"), undetermined_reason_text(WHY_THRUSTING));
    assert_true(json_is_null(json_object_get(e, "launch")));
    assert_true(json_is_string(json_object_get(e, "launch_why")));
    assert_true(json_is_null(json_object_get(e, "apogee_km")));
    json_decref(root);
    view.events[0].has_common = false;
    root = render();
    e = json_array_get(json_object_get(root, "events"), 0);
    assert_true(json_is_null(json_object_get(e, "track")));
    assert_string_equal(string(e, "track_why"), undetermined_reason_text(WHY_NO_TRACK));
    json_decref(root);
}

static void hostile_names_and_numbers_stay_json(void **state)
{
    (void)state;
    fake_view("JPN", DOMAIN_EXERCISE, 300.0, &view);
    struct view_event *e = &view.events[0];
    memcpy(e->name.text, "\"</\\\n\x01\xff\x80\xc0\xaf\xc3", 12);
    e->common.position.x_m = NAN;
    e->common.velocity.y_mps = -INFINITY;
    e->assessment.impact.point.lat_rad = 1e300;
    e->assessment.launch.time = INSTANT_UNSET;
    json_t *root = render();
    const json_t *out = json_array_get(json_object_get(root, "events"), 0);
    assert_string_equal(string(out, "name"), "\"</\\\n\x01" MENDED MENDED MENDED MENDED MENDED);
    assert_true(json_is_null(json_object_get(json_object_get(out, "track"), "lat_deg")));
    assert_true(json_is_null(json_object_get(json_object_get(out, "impact"), "lat_deg")));
    assert_true(json_is_null(json_object_get(json_object_get(out, "launch"), "time")));
    json_decref(root);
}

static void the_fullest_view_fits(void **state)
{
    (void)state;
    fake_view_fullest(&view);
    json_t *root = render();
    assert_int_equal(json_array_size(json_object_get(root, "events")), LIMIT_EVENTS);
    const json_t *tracks = json_object_get(root, "tracks");
    assert_int_equal(json_array_size(tracks), LIMIT_TRACKS);
    assert_string_equal(string(json_array_get(tracks, 0), "class"), "not ballistic");
    json_decref(root);
}

static void too_little_room_is_said_and_size_stays(void **state)
{
    (void)state;
    fake_view("JPN", DOMAIN_EXERCISE, 300.0, &view);
    const struct console_places places = {.data = NULL};
    struct console_context context;
    fake_context(300.0, &context);
    size_t whole = 0;
    assert_int_equal(view_json_write(&view, &context, &places, 1, text, sizeof text, &whole), OK);
    for (size_t room = 0; room < whole; room += 97) {
        size_t size = 4711;
        text[room] = '#';
        assert_int_equal(view_json_write(&view, &context, &places, 1, text, room, &size), ERR_FULL);
        assert_int_equal(size, 4711);
        assert_int_equal(text[room], '#');
    }
}

static void numbers_are_short_and_exact(void **state)
{
    (void)state;
    static const struct {
        double value;
        int decimals;
        const char *text;
    } ROWS[] = {{1.5, 3, "1.5"},  {100.0, 2, "100"},       {-0.0001, 2, "0"}, {1e20, 2, "null"},
                {NAN, 2, "null"}, {-12.3456, 2, "-12.35"}, {10.0, 0, "10"},   {999.999, 2, "1000"}};
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        char out[64] = "";
        struct json_writer w;
        size_t size = 0;
        json_writer_start(&w, out, sizeof out);
        json_writer_number(&w, NULL, ROWS[i].value, ROWS[i].decimals);
        assert_int_equal(json_writer_finish(&w, &size), OK);
        out[size] = '\0';
        assert_string_equal(out, ROWS[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_picture_says_what_the_view_says),
        cmocka_unit_test(a_track_that_was_passed_on_says_by_whom),
        cmocka_unit_test(a_track_comes_out_geodetic),
        cmocka_unit_test(undetermined_is_null_with_its_reason),
        cmocka_unit_test(hostile_names_and_numbers_stay_json),
        cmocka_unit_test(the_fullest_view_fits),
        cmocka_unit_test(too_little_room_is_said_and_size_stays),
        cmocka_unit_test(numbers_are_short_and_exact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
