/* The strict reader: every refusal says where, what was found, and what was expected. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "node/yaml.h"

static void assert_near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance)) {
        fail_msg("%.17g is not %.17g", value, expected);
    }
}

/* What a small reader makes of a small file. */
struct thing {
    double length_m;
    uint32_t count;
    char name[16];
    bool flag;
    uint32_t colour;
    struct geo_geodetic place;
    struct instant time;
    struct nation_id nation;
    struct sensor_id sensor;
    uint32_t items;
    double sum_s;
};

static const char *const colours[] = {"red", "green", "blue", NULL};

static void read_thing(struct yaml map, struct thing *out)
{
    out->length_m = yaml_number(yaml_need(map, "length"), YAML_LENGTH, 1.0, 1e6);
    out->count = yaml_whole(yaml_may(map, "count"), 1, 9);
    yaml_text(yaml_may(map, "name"), out->name, sizeof out->name);
    out->flag = yaml_flag(yaml_may(map, "flag"), true);
    out->colour = yaml_choice(yaml_may(map, "colour"), colours);
    out->place = yaml_place(yaml_may(map, "place"));
    out->time = yaml_instant(yaml_may(map, "time"));
    out->nation = yaml_nation(yaml_may(map, "nation"));
    out->sensor = yaml_sensor(yaml_may(map, "sensor"));
    const struct yaml list = yaml_may(map, "list");
    out->items = yaml_given(list) ? yaml_list(list, 1, 3) : 0;
    struct yaml item = yaml_item(list, 0);
    for (uint32_t i = 0; i < out->items; i++, item = yaml_next(item)) {
        out->sum_s += yaml_number(yaml_need(item, "for"), YAML_TIME, 0.0, 100.0);
    }
}

static result read_text(const char *text, struct thing *out, char message[YAML_MESSAGE_SIZE])
{
    struct yaml_tree tree;
    memset(out, 0, sizeof *out);
    const struct bytes bytes = {(const uint8_t *)text, strlen(text)};
    result status = yaml_tree_read(&tree, "f.yaml", bytes);
    if (status == OK) {
        read_thing(yaml_root(&tree), out);
        status = yaml_finish(&tree);
        yaml_tree_free(&tree);
    }
    memcpy(message, tree.message, YAML_MESSAGE_SIZE);
    return status;
}

static void a_good_file_is_read(void **state)
{
    (void)state;
    struct thing thing;
    char message[YAML_MESSAGE_SIZE];
    const result status = read_text("# a comment\n"
                                    "length: 10 km\n"
                                    "count: 3\n"
                                    "name: \"a b\"\n"
                                    "flag: false\n"
                                    "colour: blue\n"
                                    "place: -40.5, 126.425743\n"
                                    "time: 1970-01-01T00:00:00Z\n"
                                    "nation: JPN\n"
                                    "sensor: J-1\n"
                                    "list:\n"
                                    "  - for: 2 s\n"
                                    "  - {for: 500 ms}\n",
                                    &thing, message);
    /* 1970 is before the table of leap seconds: a refusal with the reader's own words. */
    assert_int_equal(status, ERR_FORMAT);
    assert_string_equal(message,
                        "f.yaml:8:7: time: found \"1970-01-01T00:00:00Z\"; expected a time "
                        "in UTC, such as \"2022-10-03T22:22:00Z\"");
    assert_near(thing.length_m, 10000.0, 0.0);
    assert_int_equal(thing.count, 3);
    assert_string_equal(thing.name, "a b");
    assert_false(thing.flag);
    assert_int_equal(thing.colour, 2);
    assert_near(thing.place.lat_rad, -40.5 * 3.14159265358979323846 / 180.0, 1e-15);
    assert_near(thing.place.lon_rad, 126.425743 * 3.14159265358979323846 / 180.0, 1e-15);
    assert_string_equal(thing.nation.code, "JPN");
    assert_string_equal(thing.sensor.text, "J-1");
    assert_int_equal(thing.items, 2);
    assert_near(thing.sum_s, 2.5, 1e-12);
}

static void what_is_not_given_has_its_default(void **state)
{
    (void)state;
    struct thing thing;
    char message[YAML_MESSAGE_SIZE];
    assert_int_equal(read_text("length: 1 m\n", &thing, message), OK);
    assert_true(thing.flag);
    assert_int_equal(thing.items, 0);
    assert_false(instant_is_set(thing.time));
}

/* What rounding puts beside a limit is the limit. */
static void a_number_is_within_its_limits(void **state)
{
    (void)state;
    struct thing thing;
    char message[YAML_MESSAGE_SIZE];
    assert_int_equal(read_text("length: 1000000.0000005 m\nplace: 40,126\n", &thing, message), OK);
    assert_near(thing.length_m, 1e6, 0.0);
    assert_near(thing.place.lon_rad, 126.0 * 3.14159265358979323846 / 180.0, 1e-15);
    assert_int_equal(read_text("length: 0.9999995 m\n", &thing, message), OK);
    assert_near(thing.length_m, 1.0, 0.0);
}

static const struct {
    const char *text;
    const char *message;
} refusals[] = {
    {"length: 10\n", "f.yaml:1:9: length: found \"10\", a number without a unit; expected a length "
                     "such as \"250 m\" or \"10 km\""},
    {"length: 10 s\n",
     "f.yaml:1:9: length: found \"10 s\", another unit; expected a length such as "
     "\"250 m\" or \"10 km\""},
    {"length: 0.5 m\n",
     "f.yaml:1:9: length: found \"0.5 m\", out of range; expected 1 m to 1000 km"},
    {"length: nan\n",
     "f.yaml:1:9: length: found \"nan\"; expected a length such as \"250 m\" or \"10 km\""},
    {"length:\n", "f.yaml:1:8: length: found nothing; expected a length such as \"250 m\" or "
                  "\"10 km\""},
    {"length: [1 m]\n",
     "f.yaml:1:9: length: found a list; expected a length such as \"250 m\" or \"10 km\""},
    {"length: {a: 1}\n", "f.yaml:1:9: length: found a map of keys; expected a length such as "
                         "\"250 m\" or \"10 km\""},
    {"count: 3\n", "f.yaml:1:1: found no key \"length\" here; expected one"},
    {"count: 3\nlenght: 1 m\n",
     "f.yaml:2:1: found the unknown key \"lenght\"; expected \"length\", which is missing"},
    {"count: 3\nbreadth: 1 m\n", "f.yaml:1:1: found no key \"length\" here; expected one"},
    {"length: 1 m\ncolor: red\n",
     "f.yaml:2:1: found the unknown key \"color\"; expected length, count, name, flag, colour, "
     "place, time, nation, sensor, list"},
    {"length: 1 m\nlength: 2 m\n",
     "f.yaml:2:1: found the key \"length\" twice, first in line 1; expected it once"},
    {"length: 1 m\ncount: 10\n",
     "f.yaml:2:8: count: found \"10\"; expected a whole number, 1 to 9"},
    {"length: 1 m\ncount: 3.0\n",
     "f.yaml:2:8: count: found \"3.0\"; expected a whole number, 1 to 9"},
    {"length: 1 m\ncount: 4294967299\n",
     "f.yaml:2:8: count: found \"4294967299\"; expected a whole number, 1 to 9"},
    {"length: 1 m\nflag: maybe\n", "f.yaml:2:7: flag: found \"maybe\"; expected false or true"},
    {"length: 1 m\nflag: yes\n", "f.yaml:2:7: flag: found \"yes\"; expected false or true"},
    {"length: 1 m\ncolour: pink\n",
     "f.yaml:2:9: colour: found \"pink\"; expected red, green or blue"},
    {"length: 1 m\nplace: 126.4, 40.6\n", "f.yaml:2:8: place: found \"126.4, 40.6\"; expected "
                                          "latitude and longitude in degrees, such as "
                                          "\"40.611208, 126.425743\""},
    {"length: 1 m\nplace: 40.6\n",
     "f.yaml:2:8: place: found \"40.6\"; expected latitude and longitude in degrees, such as "
     "\"40.611208, 126.425743\""},
    {"length: 1 m\nnation: Jpn\n", "f.yaml:2:9: nation: found \"Jpn\"; expected a nation as three "
                                   "capital letters, such as JPN"},
    {"length: 1 m\nname: 0123456789abcdef\n",
     "f.yaml:2:7: name: found \"0123456789abcdef\"; expected one line of text, 1 to 15 bytes"},
    {"length: 1 m\nname: \"a\\e[31m\"\n",
     "f.yaml:2:7: name: found \"a?[31m\"; expected one line of text, 1 to 15 bytes"},
    {"length: 1 m\nname: \"a\\0b\"\n", "f.yaml:2:7: found a NUL character; expected text"},
    {"length: 1 m\nlist: []\n",
     "f.yaml:2:1: list: found a list of 0; expected a list of 1 to 3 values"},
    {"length: 1 m\nlist: [1, 2, 3, 4]\n",
     "f.yaml:2:1: list: found a list of 4; expected a list of 1 to 3 values"},
    {"length: 1 m\nlist: 3\n", "f.yaml:2:7: list: found \"3\"; expected a list of 1 to 3 values"},
    {"length: 1 m\nlist:\n  - for: 1 s\n  - for: 1 km\n",
     "f.yaml:4:10: for: found \"1 km\", another unit; expected a time such as \"20 s\" or \"5 "
     "ms\""},
    {"length: 1 m\nlist:\n  - for: 1 s\n    at: 3\n",
     "f.yaml:4:5: found the unknown key \"at\"; expected for"},
    {"length: 1 m\nlist:\n  - 3 s\n",
     "f.yaml:3:5: list: found \"3 s\"; expected a map of keys and values"},
    {"length: &a 1 m\n",
     "f.yaml:1:9: found the anchor \"&a\"; expected a value written out in full"},
    {"length: *a\n", "f.yaml:1:9: found the alias \"*a\"; expected a value written out in full"},
    {"length: !m 1\n", "f.yaml:1:9: found the tag \"!m\"; expected a value without a tag"},
    {"&a length: 1 m\n",
     "f.yaml:1:1: found the anchor \"&a\"; expected a value written out in full"},
    {"? [a, b]\n: 1 m\n", "f.yaml:1:3: found a list as a key; expected a name"},
    {"\"\": 1 m\n", "f.yaml:1:1: found an empty key; expected a name"},
    {"length: 1 m\n---\nlength: 1 m\n",
     "f.yaml:2:1: found a second document; expected one document in the file"},
    {"%YAML 1.1\n---\nlength: 1 m\n",
     "f.yaml:1:1: found a % directive; expected a document without one"},
    {"", "f.yaml:1:1: found an empty file; expected a map of keys and values"},
    {"# nothing\n", "f.yaml:1:1: found an empty file; expected a map of keys and values"},
    {"length\n", "f.yaml:1:1: found \"length\"; expected a map of keys and values"},
    {"- length: 1 m\n", "f.yaml:1:1: found a list; expected a map of keys and values"},
    {"length: 1 m\n\tcount: 1\n",
     "f.yaml:2:1: found what is not YAML (while scanning a plain scalar, found a tab "
     "character that violates indentation); expected a key, a value or the end"},
    {"length: [1 m\n",
     "f.yaml:2:1: found what is not YAML (while parsing a flow sequence, did not find expected ',' "
     "or ']'); expected a key, a value or the end"},
    {"length: \xff\n", "f.yaml: found at byte 8: invalid leading UTF-8 octet; expected UTF-8 text"},
    {"length: 1 m\nplace: 40.6;126.4\n",
     "f.yaml:2:8: place: found \"40.6;126.4\"; expected latitude and longitude in degrees, such as "
     "\"40.611208, 126.425743\""},
    {"length: 1 m\nplace: 40.6, x\n", "f.yaml:2:8: place: found \"40.6, x\"; expected latitude and "
                                      "longitude in degrees, such as \"40.611208, 126.425743\""},
    {"length: 1 m\nplace: 40.6, 126.4 east\n",
     "f.yaml:2:8: place: found \"40.6, 126.4 east\"; expected latitude and longitude in degrees, "
     "such as \"40.611208, 126.425743\""},
    {"length: 1 m\nplace: 91, 0\n", "f.yaml:2:8: place: found \"91, 0\"; expected latitude and "
                                    "longitude in degrees, such as \"40.611208, 126.425743\""},
    {"length: 1 m\nplace: -91, 0\n", "f.yaml:2:8: place: found \"-91, 0\"; expected latitude and "
                                     "longitude in degrees, such as \"40.611208, 126.425743\""},
    {"length: 1 m\nplace: 0, 181\n", "f.yaml:2:8: place: found \"0, 181\"; expected latitude and "
                                     "longitude in degrees, such as \"40.611208, 126.425743\""},
    {"length: 1 m\nplace: 0, -181\n", "f.yaml:2:8: place: found \"0, -181\"; expected latitude and "
                                      "longitude in degrees, such as \"40.611208, 126.425743\""},
    {"length: 1 m\ncount: 3a\n",
     "f.yaml:2:8: count: found \"3a\"; expected a whole number, 1 to 9"},
    {"length: 1 m\ncount: x\n", "f.yaml:2:8: count: found \"x\"; expected a whole number, 1 to 9"},
    {"length: 1 m\ncount: -\n", "f.yaml:2:8: found what is not YAML (block sequence entries are "
                                "not allowed in this context); expected a key, a value or the end"},
    {"length: 1 m\ncount: 99999999999\n",
     "f.yaml:2:8: count: found \"99999999999\"; expected a whole number, 1 to 9"},
    {"length: 1 m\nname: \"\"\n",
     "f.yaml:2:7: name: found nothing; expected one line of text, 1 to 15 bytes"},
    {"length: 1 m\nname: \"a\\x7f\"\n",
     "f.yaml:2:7: name: found \"a?\"; expected one line of text, 1 to 15 bytes"},
    {"length: 1 m\nsensor: a b\n", "f.yaml:2:9: sensor: found \"a b\"; expected a sensor's name, 1 "
                                   "to 15 letters, digits, '-', '_' or '.'"},
    {"length: 1 m\nnation: aéééééééééééééééééééééééééééééééééé\n",
     "f.yaml:2:9: nation: found \"aééééééééééééééééééééééééééééé...\"; expected a nation as three "
     "capital letters, such as JPN"},
    {"count: 3\nllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllll: 1 m\n",
     "f.yaml:1:1: found no key \"length\" here; expected one"},
    {"? {a: b}\n: 1 m\n", "f.yaml:1:3: found a map as a key; expected a name"},
    {"length: 1 m\nlist: &a [1]\n",
     "f.yaml:2:7: found the anchor \"&a\"; expected a value written out in full"},
    {"%TAG ! tag:a,2000:\n---\nlength: 1 m\n",
     "f.yaml:1:1: found a % directive; expected a document without one"},
    {"length: 1 m\n...\n]\n", "f.yaml:3:1: found what is not YAML (did not find expected <document "
                              "start>); expected a key, a value or the end"},
    {"length: 2e6 m\n",
     "f.yaml:1:9: length: found \"2e6 m\", out of range; expected 1 m to 1000 km"},
    {"length: 1E-3 m\n",
     "f.yaml:1:9: length: found \"1E-3 m\", out of range; expected 1 m to 1000 km"},
    {"length: 1e+7 m\n",
     "f.yaml:1:9: length: found \"1e+7 m\", out of range; expected 1 m to 1000 km"},
};

static void every_refusal_says_where_what_and_what_instead(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        struct thing thing;
        char message[YAML_MESSAGE_SIZE] = "";
        assert_int_not_equal(read_text(refusals[i].text, &thing, message), OK);
        assert_string_equal(message, refusals[i].message);
    }
}

static void too_deep_too_many_and_too_large_are_refused(void **state)
{
    (void)state;
    struct yaml_tree tree;
    char *text = malloc(YAML_BYTES_MAX + 1);
    assert_non_null(text);
    memset(text, '[', 1000);
    assert_int_equal(yaml_tree_read(&tree, "f", (struct bytes){(uint8_t *)text, 1000}), ERR_FULL);
    assert_string_equal(tree.message, "f:1:17: found maps and lists nested deeper than is read; "
                                      "expected at most 16 deep");
    for (size_t i = 0; i < YAML_BYTES_MAX; i += 2) {
        memcpy(text + i, i == 0 ? "[ " : "1,", 2);
    }
    assert_int_equal(yaml_tree_read(&tree, "f", (struct bytes){(uint8_t *)text, YAML_BYTES_MAX}),
                     ERR_FULL);
    assert_non_null(strstr(tree.message, "expected at most 32768"));
    assert_int_equal(
        yaml_tree_read(&tree, "f", (struct bytes){(uint8_t *)text, YAML_BYTES_MAX + 1}), ERR_FULL);
    assert_string_equal(tree.message, "f: found more than 1048576 bytes; expected no more");
    free(text);
}

static void a_file_that_is_not_there_is_named(void **state)
{
    (void)state;
    struct yaml_tree tree;
    assert_int_equal(yaml_tree_read_file(&tree, "no/such/file.yaml"), ERR_IO);
    assert_string_equal(tree.message,
                        "no/such/file.yaml: cannot be opened; expected a file that can be read");
}

static void a_pipe_in_the_place_of_a_file_is_not_waited_for(void **state)
{
    (void)state;
    struct yaml_tree tree;
    char folder[] = "/tmp/watchfire-yaml-XXXXXX";
    char path[64];
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/POLICY.yaml", folder);
    assert_int_equal(mkfifo(path, 0600), 0);
    (void)alarm(10); /* whoever waits dies of it */
    assert_int_equal(yaml_tree_read_file(&tree, path), ERR_IO);
    assert_non_null(strstr(tree.message, "expected a file that can be read"));
    (void)alarm(0);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_file_is_read),
        cmocka_unit_test(what_is_not_given_has_its_default),
        cmocka_unit_test(a_number_is_within_its_limits),
        cmocka_unit_test(every_refusal_says_where_what_and_what_instead),
        cmocka_unit_test(too_deep_too_many_and_too_large_are_refused),
        cmocka_unit_test(a_file_that_is_not_there_is_named),
        cmocka_unit_test(a_pipe_in_the_place_of_a_file_is_not_waited_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
