/* Real radar traffic, decoded here and by another program, must agree record by record and value by
 * value: the recording cat_034_048.pcap and the text that CroatiaControlLtd/asterix prints for it.
 *
 * That text is a list of records, each a line `HexData:` with the record's octets and then, for
 * every item, a line "Item 040 : …" and lines "<tab>RHO: 50607 (197.6835938 NM)": name, the raw
 * number and, in brackets, the value rounded to seven decimals. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "formats/asterix.h"
#include "formats/asterix_category.h"
#include "formats/asterix_text.h"
#include "formats/pcap.h"
#include "octets.h"

/* Counted in the text by `grep -c`, independently of this test. */
#define RECORD_COUNT 162
#define RECORD_COUNT_034 34
#define RECORD_COUNT_048 128

#define LINE_COUNT_MAX 128

/* One record of the other decoder's text: its lines, as views into the text. */
struct told {
    int category;
    const char *hex;
    size_t line_count;
    const char *lines[LINE_COUNT_MAX];
};

struct comparison {
    size_t record_count;
    size_t record_count_034;
    size_t record_count_048;
    size_t value_count;
};

/* Cuts the text into lines in place and gives the next one, or NULL. */
static char *next_line(char **text)
{
    char *line = *text;
    if (*line == '\0') {
        return NULL;
    }
    char *end = strchr(line, '\n');
    if (end == NULL) {
        *text = line + strlen(line);
    } else {
        *end = '\0';
        *text = end + 1;
    }
    return line;
}

/* The next record's section. `category` is carried along: it stands before the first of a block. */
static bool next_told(char **text, struct told *out)
{
    out->hex = NULL;
    out->line_count = 0;
    for (char *line = next_line(text); line != NULL; line = next_line(text)) {
        if (strncmp(line, "Category: ", 10) == 0) {
            out->category = (int)strtol(line + 10, NULL, 10);
        } else if (strncmp(line, "HexData: ", 9) == 0) {
            out->hex = line + 9; /* the block's header first, then the record's octets */
        } else if (line[0] == '-' && out->line_count > 0) {
            return true;
        } else if (strncmp(line, "Item ", 5) == 0 || line[0] == '\t') {
            assert_true(out->line_count < LINE_COUNT_MAX);
            out->lines[out->line_count++] = line;
        }
    }
    return out->line_count > 0;
}

/* What stands behind "name: " in an item, or NULL. */
static const char *find_told(const struct told *t, const char *item, const char *name)
{
    bool is_inside = false;
    for (size_t i = 0; i < t->line_count; i++) {
        const char *line = t->lines[i];
        const size_t size = strlen(name);
        if (line[0] != '\t') {
            is_inside = strncmp(line + 5, item, strlen(item)) == 0;
        } else if (is_inside && strncmp(line + 1, name, size) == 0 && line[size + 1] == ':') {
            return line + size + 3;
        }
    }
    return NULL;
}

/* The number in brackets; where words stand there, the raw one is the value. */
static double told_value(const char *text)
{
    const char *bracket = strchr(text, '(');
    char *end = NULL;
    const double value = bracket == NULL ? 0.0 : strtod(bracket + 1, &end);
    return bracket == NULL || end == bracket + 1 ? strtod(text, NULL) : value;
}

/* `has` and `value` as decoded here, against the item's line; `resolution` = one raw step. */
static void compare(struct comparison *c, const struct told *t, const char *item, const char *name,
                    bool has, double value, double resolution)
{
    const char *text = find_told(t, item, name);
    if (has != (text != NULL)) {
        fail_msg("record %zu: item %s is only in one", c->record_count, item);
    }
    if (!has) {
        return;
    }
    const double raw = (double)strtol(text, NULL, 10);
    if (value != raw * resolution) {
        fail_msg("record %zu, item %s %s: %.9f, not %s", c->record_count, item, name, value, text);
    }
    /* The other decoder rounds its steps of latitude and longitude: 5e-6 degree at most. */
    const double tolerance = strstr(name, "in WGS-84") == NULL ? 6e-8 : 5e-6;
    if (!(fabs(value - told_value(text)) <= tolerance)) {
        fail_msg("record %zu, item %s %s: %.9f, not %s", c->record_count, item, name, value, text);
    }
    c->value_count++;
}

static void compare_text(struct comparison *c, const struct told *t, const char *item,
                         const char *name, bool has, const char *value)
{
    const char *text = find_told(t, item, name);
    assert_int_equal(has, text != NULL);
    if (has) {
        size_t size = strlen(text);
        while (size > 0 && text[size - 1] == ' ') {
            size--;
        }
        assert_int_equal(strlen(value), size);
        assert_memory_equal(value, text, size);
        c->value_count++;
    }
}

static void compare_octets(const struct told *t, const struct asterix_record *r, struct bytes file)
{
    const struct bytes told = octets_from_hex(t->hex);
    assert_int_equal(told.size, r->size);
    assert_memory_equal(told.data, file.data + r->offset, r->size);
    free((void *)told.data);
}

/* Every item that one of the two saw the other saw. */
static void compare_items(const struct told *t, const struct asterix_record *r)
{
    uint32_t items = 0;
    for (size_t i = 0; i < t->line_count; i++) {
        for (size_t k = 0; t->lines[i][0] == 'I' && k < r->category->item_count; k++) {
            if (strncmp(t->lines[i] + 5, r->category->items[k].number, 3) == 0) {
                items |= 1u << k;
            }
        }
    }
    assert_int_equal(items, r->items);
}

static void compare_source(struct comparison *c, const struct told *t,
                           const struct asterix_record *r)
{
    const bool has_time = asterix_record_has(r, ASTERIX_TIME_OF_DAY);
    compare(c, t, "010", "System Area Code", true, r->system_area, 1.0);
    compare(c, t, "010", "System Identification Code", true, r->system_identification, 1.0);
    if (t->category == 34) {
        compare(c, t, "030", "Time of day", has_time, r->time_of_day_s, 1.0 / 128.0);
    } else {
        compare(c, t, "140", "Time Of Day", has_time, r->time_of_day_s, 1.0 / 128.0);
    }
}

static void compare_034(struct comparison *c, const struct told *t, const struct asterix_record *r)
{
    const char *height = "Signed Height of the Data Source, expressed in meters above WGS 84 "
                         "reference ellipsoid.";
    const bool has_place = asterix_record_has(r, ASTERIX_SOURCE_POSITION);
    compare(c, t, "000", "Message Type", asterix_record_has(r, ASTERIX_MESSAGE_TYPE),
            r->message_type, 1.0);
    compare(c, t, "020", "Antenna azimuth", asterix_record_has(r, ASTERIX_SECTOR),
            r->sector_number * 360.0 / 256.0, 360.0 / 256.0);
    compare(c, t, "041", "Antenna rotation speed", asterix_record_has(r, ASTERIX_ROTATION),
            r->rotation_period_s, 1.0 / 128.0);
    compare(c, t, "120", height, has_place, r->source_height_m, 1.0);
    compare(c, t, "120", "Latitude in WGS-84", has_place, r->source_lat_deg, 180.0 / 8388608.0);
    compare(c, t, "120", "Longitude in WGS-84", has_place, r->source_lon_deg, 180.0 / 8388608.0);
    c->record_count_034++;
}

static void compare_position(struct comparison *c, const struct told *t,
                             const struct asterix_record *r)
{
    const bool has_polar = asterix_record_has(r, ASTERIX_POLAR);
    const bool has_cartesian = asterix_record_has(r, ASTERIX_CARTESIAN);
    const bool has_level = asterix_record_has(r, ASTERIX_FLIGHT_LEVEL);
    compare(c, t, "040", "RHO", has_polar, r->range_nm, 1.0 / 256.0);
    compare(c, t, "040", "THETA", has_polar, r->azimuth_deg, 360.0 / 65536.0);
    compare(c, t, "042", "X component", has_cartesian, r->x_nm, 1.0 / 128.0);
    compare(c, t, "042", "Y component", has_cartesian, r->y_nm, 1.0 / 128.0);
    compare(c, t, "090", "FlightLevel", has_level, r->flight_level, 0.25);
    compare(c, t, "090", "V", has_level, r->flight_level_quality.is_not_validated, 1.0);
    compare(c, t, "090", "G", has_level, r->flight_level_quality.is_garbled, 1.0);
    compare(c, t, "110", "3D_Height", asterix_record_has(r, ASTERIX_HEIGHT), r->height_ft, 25.0);
}

static void compare_048(struct comparison *c, const struct told *t, const struct asterix_record *r)
{
    const bool has_mode = asterix_record_has(r, ASTERIX_MODE_3A);
    const bool has_velocity = asterix_record_has(r, ASTERIX_VELOCITY);
    const bool has_descriptor = asterix_record_has(r, ASTERIX_DESCRIPTOR);
    char text[16];
    compare_position(c, t, r);
    snprintf(text, sizeof text, "%04o", (unsigned)r->mode_3a);
    compare_text(c, t, "070", "Mode-3/A reply code", has_mode, text);
    compare(c, t, "070", "V", has_mode, r->mode_3a_quality.is_not_validated, 1.0);
    compare(c, t, "070", "G", has_mode, r->mode_3a_quality.is_garbled, 1.0);
    compare(c, t, "070", "L", has_mode, r->mode_3a_is_old, 1.0);
    compare(c, t, "161", "Track Number", asterix_record_has(r, ASTERIX_TRACK_NUMBER),
            r->track_number, 1.0);
    compare(c, t, "170", "CNF", asterix_record_has(r, ASTERIX_TRACK_STATUS), r->track_is_tentative,
            1.0);
    compare(c, t, "200", "Calculated groundspeed", has_velocity, r->ground_speed_kt,
            3600.0 / 16384.0);
    compare(c, t, "200", "Calculated heading", has_velocity, r->heading_deg, 360.0 / 65536.0);
    compare(c, t, "020", "TYP", has_descriptor, r->detection, 1.0);
    compare(c, t, "020", "SIM", has_descriptor, r->is_simulated, 1.0);
    compare(c, t, "020", "RAB", has_descriptor, r->is_field_monitor, 1.0);
    snprintf(text, sizeof text, "%06X", (unsigned)r->aircraft_address);
    compare_text(c, t, "220", "AircraftAddress", asterix_record_has(r, ASTERIX_ADDRESS), text);
    compare_text(c, t, "240",
                 "Characters 1-8 (coded on 6 bits each) defining target identification",
                 asterix_record_has(r, ASTERIX_IDENTIFICATION), r->identification);
    c->record_count_048++;
}

/* The line that `watchfire decode --json` prints says the same as the record, and no more. */
static void compare_json(const struct asterix_record *r)
{
    const struct {
        const char *name;
        enum asterix_field field;
        double value;
    } members[] = {
        {"time_of_day_s", ASTERIX_TIME_OF_DAY, r->time_of_day_s},
        {"range_nm", ASTERIX_POLAR, r->range_nm},
        {"azimuth_deg", ASTERIX_POLAR, r->azimuth_deg},
        {"x_nm", ASTERIX_CARTESIAN, r->x_nm},
        {"y_nm", ASTERIX_CARTESIAN, r->y_nm},
        {"flight_level", ASTERIX_FLIGHT_LEVEL, r->flight_level},
        {"height_ft", ASTERIX_HEIGHT, r->height_ft},
        {"track_number", ASTERIX_TRACK_NUMBER, r->track_number},
        {"ground_speed_kt", ASTERIX_VELOCITY, r->ground_speed_kt},
        {"heading_deg", ASTERIX_VELOCITY, r->heading_deg},
        {"detection_type", ASTERIX_DESCRIPTOR, r->detection},
        {"message_type", ASTERIX_MESSAGE_TYPE, r->message_type},
        {"sector_number", ASTERIX_SECTOR, r->sector_number},
        {"rotation_period_s", ASTERIX_ROTATION, r->rotation_period_s},
        {"source_lat_deg", ASTERIX_SOURCE_POSITION, r->source_lat_deg},
        {"source_lon_deg", ASTERIX_SOURCE_POSITION, r->source_lon_deg},
        {"source_height_m", ASTERIX_SOURCE_POSITION, r->source_height_m},
    };
    char *text = NULL;
    char mode_3a[8];
    assert_int_equal(asterix_json(r, INSTANT_UNSET, &text), OK);
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(json);
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        const json_t *member = json_object_get(json, members[i].name);
        assert_int_equal(member != NULL, asterix_record_has(r, members[i].field));
        assert_true(member == NULL || json_number_value(member) == members[i].value);
    }
    const json_t *mode = json_object_get(json, "mode_3a");
    snprintf(mode_3a, sizeof mode_3a, "%04o", (unsigned)r->mode_3a);
    assert_int_equal(mode != NULL, asterix_record_has(r, ASTERIX_MODE_3A));
    assert_true(mode == NULL || strcmp(json_string_value(mode), mode_3a) == 0);
    json_decref(json);
    free(text);
}

static void compare_record(struct comparison *c, const struct told *t,
                           const struct asterix_record *r, struct bytes file)
{
    c->record_count++;
    assert_int_equal(t->category, r->category->number);
    compare_octets(t, r, file);
    compare_items(t, r);
    compare_source(c, t, r);
    compare_json(r);
    if (t->category == 34) {
        compare_034(c, t, r);
    } else {
        compare_048(c, t, r);
    }
}

static void compare_datagram(struct comparison *c, char **text, struct told *told,
                             const struct pcap_datagram *d, struct bytes file)
{
    struct byte_reader in = byte_reader_over(d->payload);
    struct fault fault = {0};
    while (byte_reader_left(&in) > 0) {
        struct asterix_block block = {0};
        struct asterix_record r = {0};
        assert_int_equal(asterix_block_next(&in, d->offset, &block, &fault), OK);
        while (asterix_block_record(&block, &r)) {
            assert_true(next_told(text, told));
            compare_record(c, told, &r, file);
        }
    }
}

static void the_recording_agrees(void **state)
{
    (void)state;
    const struct bytes expected = octets_from_shared("asterix/cat_034_048.expected.txt");
    const struct bytes file = octets_from_shared("asterix/cat_034_048.pcap");
    char *text = (char *)expected.data;
    struct comparison c = {0};
    struct told told = {0};
    struct pcap p = {0};
    struct pcap_datagram d = {0};
    struct fault fault = {0};
    assert_int_equal(pcap_init(&p, file, &fault), OK);
    result read = pcap_next(&p, &d, &fault);
    for (; read == OK; read = pcap_next(&p, &d, &fault)) {
        compare_datagram(&c, &text, &told, &d, file);
    }
    assert_int_equal(read, ERR_NOT_FOUND);
    assert_int_equal(p.skipped_frame_count, 0);
    assert_false(next_told(&text, &told));
    print_message("%zu records agree (%zu of category 034, %zu of 048), %zu values\n",
                  c.record_count, c.record_count_034, c.record_count_048, c.value_count);
    assert_int_equal(c.record_count, RECORD_COUNT);
    assert_int_equal(c.record_count_034, RECORD_COUNT_034);
    assert_int_equal(c.record_count_048, RECORD_COUNT_048);
    free((void *)expected.data);
    free((void *)file.data);
}

/* The two files that hold one block without a capture around it. cat048.raw is the first record of
 * the recording; of cat034.raw the values are worked out by hand from the specification. */
static void raw_blocks(void **state)
{
    (void)state;
    const char *const paths[] = {"asterix/cat034.raw", "asterix/cat048.raw"};
    for (size_t i = 0; i < 2; i++) {
        const struct bytes file = octets_from_shared(paths[i]);
        struct byte_reader in = byte_reader_over(file);
        struct asterix_block block = {0};
        struct asterix_record r = {0};
        struct fault fault = {0};
        assert_int_equal(asterix_block_next(&in, 0, &block, &fault), OK);
        assert_int_equal(byte_reader_left(&in), 0);
        assert_int_equal(block.record_count, 1);
        assert_true(asterix_block_record(&block, &r));
        assert_int_equal(r.system_area, 25);
        assert_int_equal(r.system_identification, i == 0 ? 14 : 201);
        assert_true(r.time_of_day_s == (i == 0 ? 3828011 / 128.0 : 3501389 / 128.0));
        if (i == 0) {
            assert_int_equal(r.message_type, 2);
            assert_int_equal(r.sector_number, 64);
        } else {
            assert_int_equal(r.track_number, 3563);
        }
        free((void *)file.data);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_recording_agrees),
        cmocka_unit_test(raw_blocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
