/* `assess` from end to end: what simulated sensors report goes into a file as observation lines,
 * the command reads it, and what it says is compared with what was flown. */
#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/elementary.h"
#include "base/utc.h"
#include "cli/assess_file.h"
#include "cli/scenario_file.h"
#include "formats/observation_line.h"
#include "geo/ellipsoid.h"
#include "geo/geodesic.h"
#include "sim/world.h"
#include "warn/gazetteer.h"

#define SEED 7
#define TEXT_SIZE (4 * 1024 * 1024)

static struct scenario scenario;
static struct world world;
static struct world_scan scan;
static char folder[] = "assess-XXXXXX";
static char lines_path[64];
static char output_path[64];
static char output[TEXT_SIZE];

static int begin(void **unused)
{
    (void)unused;
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    (void)snprintf(lines_path, sizeof lines_path, "%s/lines", folder);
    (void)snprintf(output_path, sizeof output_path, "%s/output", folder);
    return 0;
}

static int end(void **unused)
{
    (void)unused;
    (void)unlink(lines_path);
    (void)unlink(output_path);
    return rmdir(folder);
}

static void load(const char *name)
{
    char path[512];
    char message[YAML_MESSAGE_SIZE] = "";
    (void)snprintf(path, sizeof path, DATA_DIR "/scenarios/%s.yaml", name);
    if (scenario_file_read(path, &scenario, message) != OK) {
        fail_msg("%s", message);
    }
    assert_int_equal(world_init(&world, &scenario, SEED, NULL), OK);
}

static uint32_t nation_of(const char *code)
{
    struct nation_id id;
    assert_true(nation_id_parse(code, &id));
    const uint32_t nation = scenario_nation_index(&scenario, id);
    assert_true(nation < scenario.nation_count);
    return nation;
}

/* What the nation's sensors report until so long after launch; returns the number of
 * observations. */
static int write_lines(const char *code, double until_s)
{
    char text[OBSERVATION_LINE_TEXT_SIZE];
    const uint32_t nation = nation_of(code);
    int count = 0;
    FILE *file = fopen(lines_path, "w");
    assert_non_null(file);
    for (uint32_t i = 0; i < scenario.nations[nation].sensor_count; i++) {
        const struct sensor *s = &scenario.nations[nation].sensors[i].sensor;
        assert_int_equal(observation_line_write_sensor(s, text), OK);
        assert_true(fprintf(file, "%s\n", text) > 0);
    }
    const struct instant until =
        instant_plus_s(world_truth_summary(&world, 0).launch_time, until_s);
    world_rewind(&world);
    while (world_next(&world, &scan) && !instant_before(until, scan.validity)) {
        for (uint32_t i = 0; scan.nation == nation && i < scan.observation_count; i++) {
            assert_int_equal(observation_line_write(&scan.observations[i], text), OK);
            assert_true(fprintf(file, "%s\n", text) > 0);
            count++;
        }
    }
    assert_int_equal(fclose(file), 0);
    return count;
}

/* Runs the command with its standard output in a file, and reads that. */
static int assess(const char *first, const char *second)
{
    char name[] = "assess";
    char words[2][32];
    char *argv[] = {name, lines_path, words[0], words[1], NULL};
    (void)snprintf(words[0], sizeof words[0], "%s", first == NULL ? "" : first);
    (void)snprintf(words[1], sizeof words[1], "%s", second == NULL ? "" : second);
    (void)fflush(stdout);
    const int kept = dup(STDOUT_FILENO);
    const int to = open(output_path, O_CREAT | O_TRUNC | O_WRONLY, 0600);
    assert_true(kept >= 0 && to >= 0 && dup2(to, STDOUT_FILENO) >= 0);
    const int status = cli_assess(first == NULL ? 2 : second == NULL ? 3 : 4, argv);
    (void)fflush(stdout);
    assert_true(dup2(kept, STDOUT_FILENO) >= 0);
    (void)close(kept);
    (void)close(to);
    FILE *file = fopen(output_path, "r");
    assert_non_null(file);
    const size_t size = fread(output, 1, sizeof output - 1, file);
    output[size] = '\0';
    (void)fclose(file);
    return status;
}

static json_t *assessed(void)
{
    json_t *found = json_loads(output, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(found);
    return found;
}

static json_t *only_event(json_t *found)
{
    const json_t *events = json_object_get(found, "events");
    assert_int_equal(json_array_size(events), 1);
    return json_array_get(events, 0);
}

static double number(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    if (!json_is_number(value)) {
        fail_msg("%s is no number", key);
    }
    return json_number_value(value);
}

static double miss_km(const json_t *place, struct geo_geodetic truth)
{
    const struct geo_geodetic p = {number(place, "lat_deg") * RAD_PER_DEG,
                                   number(place, "lon_deg") * RAD_PER_DEG, 0.0};
    double away_m = 0.0;
    truth.height_m = 0.0;
    assert_int_equal(geodesic_inverse(p, truth, &away_m, NULL, NULL), OK);
    return away_m / 1e3;
}

static double late_s(const json_t *place, struct instant truth)
{
    struct instant t;
    const char *text = json_string_value(json_object_get(place, "time"));
    assert_non_null(text);
    assert_int_equal(utc_parse(text, strlen(text), &t), OK);
    return instant_since_s(t, truth);
}

static void assert_keys(const json_t *object, const char *const *keys)
{
    for (; *keys != NULL; keys++) {
        if (json_object_get(object, *keys) == NULL) {
            fail_msg("there is no \"%s\"", *keys);
        }
    }
}

/* The contract of the design, key by key. */
static void assert_form(const json_t *event)
{
    static const char *const EVENT[] = {
        "id",        "first_detection", "launch", "impact", "overflight", "falls",  "class",
        "apogee_km", "range_km",        "phase",  "status", "objects",    "tracks", NULL};
    static const char *const TRACK[] = {
        "id", "time", "position_ecef_m", "velocity_ecef_mps", "covariance", NULL};
    static const char *const CLASSES[] = {
        "short range",  "medium range",  "intermediate range", "intercontinental",
        "space launch", "not ballistic", "undetermined",       NULL};
    assert_keys(event, EVENT);
    const json_t *track = json_array_get(json_object_get(event, "tracks"), 0);
    assert_keys(track, TRACK);
    assert_int_equal(json_array_size(json_object_get(track, "covariance")), 21);
    assert_keys(json_object_get(event, "class"), CLASSES);
    double sum = 0.0;
    for (int i = 0; CLASSES[i] != NULL; i++) {
        sum += number(json_object_get(event, "class"), CLASSES[i]);
    }
    assert_true(fabs(sum - 1.0) < 1e-6);
    const bool whole = !json_is_null(json_object_get(event, "launch")) &&
                       !json_is_null(json_object_get(event, "impact"));
    assert_int_equal(json_object_get(event, "why") == NULL, whole);
}

static void a_real_first_stage_is_assessed_from_a_file(void **unused)
{
    (void)unused;
    load("2017-06-23-recorded-first-stage");
    const int count = write_lines("USA", 188.0);
    assert_int_equal(assess("--json", NULL), 0);
    json_t *found = assessed();
    const json_t *event = only_event(found);
    const struct truth_summary truth = world_truth_summary(&world, 0);
    assert_form(event);
    assert_true(fabs(number(event, "apogee_km") / 119.216 - 1.0) < 0.03);
    const json_t *impact = json_object_get(event, "impact");
    const json_t *ellipse = json_object_get(impact, "ellipse_95");
    assert_true(miss_km(impact, truth.impact_point) < 2.0 * number(ellipse, "semi_major_km"));
    assert_true(fabs(late_s(impact, truth.impact_time)) < 3.0 * number(impact, "time_95_s"));
    assert_true(number(json_object_get(event, "class"), "short range") > 0.5);
    const json_t *observations = json_object_get(found, "observations");
    assert_int_equal(number(observations, "used") + number(observations, "rejected") +
                         number(observations, "unassociated"),
                     count);
    assert_int_equal(number(observations, "rejected"), 0);
    json_decref(found);
}

/* The first area that the object really passes over after `from`, and when. */
static int first_area(struct instant from, struct instant *when)
{
    struct truth_state state;
    struct geo_geodetic g;
    for (int i = 0; i < 1200; i++) {
        *when = instant_plus_s(from, i);
        if (!world_truth_state(&world, 0, *when, &state)) {
            break;
        }
        assert_int_equal(ellipsoid_from_ecef(state.position, &g), OK);
        const int area = gazetteer_find(g.lat_rad, g.lon_rad);
        if (area != GAZETTEER_NONE) {
            return area;
        }
    }
    fail_msg("it passes over no land");
    return GAZETTEER_NONE;
}

/* The missile over Japan of 2022-10-04, seen by Japan's sensors alone. */
static void places_that_a_missile_passes_over_are_named(void **unused)
{
    (void)unused;
    load("2022-10-04-irbm-over-japan");
    const struct truth_summary truth = world_truth_summary(&world, 0);
    const double until_s = truth.end_of_thrust_s + 200.0;
    (void)write_lines("JPN", until_s);
    assert_int_equal(assess("--json", NULL), 0);
    json_t *found = assessed();
    const json_t *event = only_event(found);
    assert_form(event);
    const json_t *impact = json_object_get(event, "impact");
    const json_t *ellipse = json_object_get(impact, "ellipse_95");
    assert_true(miss_km(impact, truth.impact_point) < 2.0 * number(ellipse, "semi_major_km"));
    static const char *const FALL[] = {"object",     "time",       "lat_deg", "lon_deg",
                                       "ellipse_95", "assumption", NULL};
    const json_t *falls = json_object_get(event, "falls");
    assert_int_equal(json_array_size(falls), 1);
    const json_t *fall = json_array_get(falls, 0);
    assert_keys(fall, FALL);
    /* What is lighter falls later, and short of the rest. */
    assert_true(late_s(fall, truth.impact_time) > 0.0);
    assert_true(miss_km(fall, truth.impact_point) < 100.0);
    struct instant when;
    const int area = first_area(instant_plus_s(truth.launch_time, until_s + 2.0), &when);
    bool named = false;
    const json_t *over = json_object_get(event, "overflight");
    for (size_t i = 0; i < json_array_size(over); i++) {
        const json_t *place = json_array_get(over, i);
        const char *name = json_string_value(json_object_get(place, "place"));
        assert_true(number(place, "altitude_km") > 100.0);
        if (strncmp(name, gazetteer_name(area), strlen(gazetteer_name(area))) == 0) {
            named = true;
            assert_true(fabs(late_s(place, when)) < 10.0);
        }
    }
    assert_true(named);
    char line[100];
    (void)snprintf(line, sizeof line, ", %s", gazetteer_name(area));
    assert_int_equal(assess(NULL, NULL), 0);
    assert_non_null(strstr(output, "  passes over "));
    assert_non_null(strstr(output, line));
    assert_int_equal(assess("--as", "kml"), 0);
    assert_non_null(strstr(output, json_string_value(json_object_get(event, "id"))));
    assert_int_equal(assess("--as", "rdm"), 0);
    assert_true(output[0] != '\0');
    json_decref(found);
}

/* The next line of a text, which it ends with a NUL; NULL at the end. */
static char *next_line(char **rest)
{
    char *line = *rest;
    char *feed = strchr(line, '\n');
    if (feed == NULL) {
        return NULL;
    }
    *feed = '\0';
    *rest = feed + 1;
    return line;
}

static void every_so_often_an_object_is_printed(void **unused)
{
    (void)unused;
    load("2017-06-23-recorded-first-stage");
    (void)write_lines("USA", 188.0);
    assert_int_equal(assess("--every", "30"), 0);
    int lines = 0;
    size_t most = 0;
    char *rest = output;
    for (char *line = next_line(&rest); line != NULL; line = next_line(&rest)) {
        json_t *found = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
        assert_non_null(found);
        const size_t events = json_array_size(json_object_get(found, "events"));
        assert_true(events >= most);
        most = events;
        lines++;
        json_decref(found);
    }
    /* Some 250 s of data time, false alarms before the launch with it: 8 times, and the end. */
    assert_int_equal(lines, 9);
    assert_int_equal(most, 1);
}

/* The whole hour: Japan's sensors lose the missile half-way, and go on with false alarms. */
static void what_is_over_is_still_told(void **unused)
{
    (void)unused;
    load("2022-10-04-irbm-over-japan");
    const struct truth_summary truth = world_truth_summary(&world, 0);
    (void)write_lines("JPN", scenario.duration_s);
    assert_int_equal(assess("--json", NULL), 0);
    json_t *found = assessed();
    const json_t *event = only_event(found);
    const json_t *impact = json_object_get(event, "impact");
    assert_string_not_equal(json_string_value(json_object_get(event, "status")), "firm");
    assert_true(miss_km(impact, truth.impact_point) < 50.0);
    json_decref(found);
}

/* Cut off while it burns: the impact is null and says why; beside it stand the two answers that
 * there are, each with what it assumes. */
static void while_it_burns_it_looks_ahead(void **unused)
{
    (void)unused;
    static const char *const AHEAD[] = {"assumption", "time",       "time_95_s", "lat_deg",
                                        "lon_deg",    "ellipse_95", NULL};
    load("2022-10-04-irbm-over-japan");
    const struct truth_summary truth = world_truth_summary(&world, 0);
    /* Ten seconds before, more than one hypothesis in twenty still flies half round the Earth. */
    (void)write_lines("KOR", truth.end_of_thrust_s - 10.0);
    assert_int_equal(assess("--json", NULL), 0);
    json_t *found = assessed();
    const json_t *event = only_event(found);
    assert_form(event);
    assert_true(json_is_null(json_object_get(event, "impact")));
    const json_t *now = json_object_get(event, "if_thrust_ends_now");
    const json_t *later = json_object_get(event, "if_thrust_goes_on");
    assert_keys(now, AHEAD);
    assert_keys(later, AHEAD);
    assert_true(number(later, "stays_up") < 0.9);
    assert_true(miss_km(later, truth.impact_point) <
                number(json_object_get(later, "ellipse_95"), "semi_major_km"));
    assert_true(number(json_object_get(later, "ellipse_95"), "semi_major_km") >
                2.0 * number(json_object_get(now, "ellipse_95"), "semi_major_km"));
    json_decref(found);
    assert_int_equal(assess(NULL, NULL), 0);
    assert_non_null(strstr(output, "if it goes on"));
}

/* Each nation's first radar is wrong in another way: it is named, and by how much. */
static void a_sensor_that_is_wrong_is_named(void **unused)
{
    (void)unused;
    static const char *const NATIONS[][2] = {
        {"KOR", "Sensor A: azimuth off by "},
        {"JPN", "Sensor A: range off by "},
        {"USA", "Sensor A: clock ahead by "},
    };
    load("../studies/biased");
    for (size_t i = 0; i < sizeof NATIONS / sizeof NATIONS[0]; i++) {
        (void)write_lines(NATIONS[i][0], 500.0);
        assert_int_equal(assess(NULL, NULL), 0);
        if (strstr(output, NATIONS[i][1]) == NULL) {
            fail_msg("%s: %s", NATIONS[i][0], output);
        }
    }
}

/* Seen without thrust only: nothing is known of its launch. */
static void a_launch_that_nobody_saw_is_undetermined(void **unused)
{
    (void)unused;
    load("../studies/coast");
    (void)write_lines("KOR", 500.0);
    assert_int_equal(assess(NULL, NULL), 0);
    assert_non_null(strstr(output, "  launch          undetermined: "));
    assert_int_equal(assess("--json", NULL), 0);
    json_t *found = assessed();
    const json_t *event = only_event(found);
    assert_true(json_is_null(json_object_get(event, "launch")));
    assert_memory_equal(json_string_value(json_object_get(event, "why")), "launch: ", 8);
    json_decref(found);
}

static void text_for_people_says_the_same(void **unused)
{
    (void)unused;
    load("2017-06-23-recorded-first-stage");
    (void)write_lines("USA", 188.0);
    assert_int_equal(assess(NULL, NULL), 0);
    assert_non_null(strstr(output, "short range 100 %"));
    assert_non_null(strstr(output, "apogee          11"));
    assert_non_null(strstr(output, "Observations: "));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_real_first_stage_is_assessed_from_a_file),
        cmocka_unit_test(places_that_a_missile_passes_over_are_named),
        cmocka_unit_test(every_so_often_an_object_is_printed),
        cmocka_unit_test(what_is_over_is_still_told),
        cmocka_unit_test(while_it_burns_it_looks_ahead),
        cmocka_unit_test(a_sensor_that_is_wrong_is_named),
        cmocka_unit_test(a_launch_that_nobody_saw_is_undetermined),
        cmocka_unit_test(text_for_people_says_the_same),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
