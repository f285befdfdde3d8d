#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "formats/asterix.h"
#include "formats/asterix_text.h"
#include "octets.h"
#include "short_memory.h"

/* One target report with every item that category 048, edition 1.31, has. Octets whose meaning is
 * asserted below are those of the recording described in the agreement test. */
#define RECORD_048                                                \
    "FFFFFFFE 19C9 356D4D A18180 C5AFF1E0 8E53 3FFC"              \
    "FE01020304050607 3C660C 10C236D41820"                        \
    "02 C0780031BC000040 C0780031BC000050 0DEB 4BF6C304"          \
    "07B9582E C180 01020304 030502 0000 00000000 0640"            \
    "C0 0005 01 000100020003 20F5 01020304050607 01 0001 00 0000" \
    "03AABB 04112233"
#define BLOCK_048 "30 0074" RECORD_048

/* One service message with every item of category 034, edition 1.29. */
#define BLOCK_034                                                 \
    "22 0032 FFFE 190E 02 356D4D 40 0279 9C 0000000000"           \
    "9C 00000000 01 0805 0100 0200 4000 8000 01 030C1EFBDD0BAAA2" \
    "0102 020A 01"

static struct asterix_block take_block(struct bytes in)
{
    struct byte_reader reader = byte_reader_over(in);
    struct asterix_block block = {0};
    struct fault fault = {0};
    char text[FAULT_TEXT_SIZE];
    if (asterix_block_next(&reader, 100, &block, &fault) != OK) {
        fail_msg("%s", fault_text(&fault, text));
    }
    assert_int_equal(byte_reader_left(&reader), 0);
    return block;
}

/* True if the bytes are refused, with everything but `fault` untouched. */
static bool is_refused(struct bytes in, struct fault *fault)
{
    struct byte_reader reader = byte_reader_over(in);
    struct asterix_block block = {.category_number = 200, .record_count = 77};
    const struct asterix_block before = block;
    const result read = asterix_block_next(&reader, 100, &block, fault);
    if (read == OK) {
        return false;
    }
    assert_int_equal(read, ERR_FORMAT);
    assert_int_equal(reader.at, 0);
    assert_memory_equal(&block, &before, sizeof block);
    assert_in_range(fault->offset, 100, 100 + in.size);
    return true;
}

static void every_item_of_048(void **state)
{
    (void)state;
    const struct bytes in = octets_from_hex(BLOCK_048);
    struct asterix_block block = take_block(in);
    struct asterix_record r = {0};
    assert_int_equal(block.category_number, 48);
    assert_int_equal(block.record_count, 1);
    assert_true(asterix_block_record(&block, &r));
    assert_int_equal(r.items, 0x0fffffff);
    assert_int_equal(r.offset, 103);
    assert_int_equal(r.size, in.size - 3);
    assert_int_equal(r.system_area, 25);
    assert_int_equal(r.system_identification, 201);
    assert_true(r.time_of_day_s == 27354.6015625);
    assert_int_equal(r.detection, 5);
    assert_true(r.is_test);
    assert_false(r.is_simulated);
    assert_false(r.is_field_monitor);
    assert_true(r.range_nm == 197.68359375);
    assert_true(r.azimuth_deg == 340.13671875);
    assert_true(r.x_nm == 151.921875);
    assert_true(r.y_nm == -121.96875);
    assert_true(r.flight_level == -1.0);
    assert_false(r.flight_level_quality.is_not_validated);
    assert_true(r.height_ft == 40000.0);
    assert_int_equal(r.mode_3a, 07123);
    assert_true(r.mode_3a_quality.is_not_validated);
    assert_false(r.mode_3a_quality.is_garbled);
    assert_false(r.mode_3a_is_old);
    assert_int_equal(r.track_number, 3563);
    assert_true(r.track_is_tentative);
    assert_true(r.track_has_ended);
    assert_true(r.ground_speed_kt == 434.3994140625);
    assert_true(r.heading_deg == 124.002685546875);
    assert_int_equal(r.aircraft_address, 0x3c660c);
    assert_string_equal(r.identification, "DLH65A");
    assert_false(asterix_block_record(&block, &r));
    free((void *)in.data);
}

static void every_item_of_034(void **state)
{
    (void)state;
    const struct bytes in = octets_from_hex(BLOCK_034);
    struct asterix_block block = take_block(in);
    struct asterix_record r = {0};
    assert_true(asterix_block_record(&block, &r));
    assert_int_equal(r.items, 0x3fff);
    assert_int_equal(r.system_area, 25);
    assert_int_equal(r.system_identification, 14);
    assert_int_equal(r.message_type, 2);
    assert_true(r.time_of_day_s == 27354.6015625);
    assert_int_equal(r.sector_number, 64);
    assert_true(r.rotation_period_s == 4.9453125);
    assert_true(r.source_height_m == 780.0);
    assert_true(r.source_lat_deg == 2030557.0 * 180.0 / 8388608.0);
    assert_true(r.source_lon_deg == 764578.0 * 180.0 / 8388608.0);
    assert_false(asterix_block_record(&block, &r));
    free((void *)in.data);
}

static void several_records_in_a_block(void **state)
{
    (void)state;
    const struct bytes in = octets_from_hex("22 0011 E0 0102 02 000080 E0 0103 01 000100");
    struct asterix_block block = take_block(in);
    struct asterix_record r = {0};
    assert_int_equal(block.record_count, 2);
    assert_true(asterix_block_record(&block, &r));
    assert_true(asterix_block_record(&block, &r));
    assert_int_equal(r.offset, 110);
    assert_int_equal(r.system_identification, 3);
    assert_true(r.time_of_day_s == 2.0);
    assert_false(asterix_record_has(&r, ASTERIX_SECTOR));
    free((void *)in.data);
}

static void other_categories_have_no_records(void **state)
{
    (void)state;
    const struct bytes in = octets_from_hex("3E 0006 010203");
    struct asterix_block block = take_block(in);
    struct asterix_record r = {0};
    assert_null(block.category);
    assert_int_equal(block.category_number, 62);
    assert_false(asterix_block_record(&block, &r));
    free((void *)in.data);
}

/* Letters that ICAO Annex 10 does not define become '?'; inner blanks stay, those behind go. A
 * transponder that has not been told its identification sends zeros: blanks to the other decoder of
 * the agreement test, too. */
static void strange_identifications(void **state)
{
    (void)state;
    const struct {
        const char *hex, *text;
    } cases[] = {
        {"30 000D 8140 0102 06003F C39820", "A ??09"},
        {"30 000D 8140 0102 000000 000000", ""},
        {"30 000D 8140 0102 820820 820820", ""},
        {"30 000D 8140 0102 000000 000001", "???????A"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct bytes in = octets_from_hex(cases[i].hex);
        struct asterix_block block = take_block(in);
        struct asterix_record r = {0};
        assert_true(asterix_block_record(&block, &r));
        assert_string_equal(r.identification, cases[i].text);
        free((void *)in.data);
    }
}

/* Every flag that is read stands alone in one of these. */
static void flags(void **state)
{
    (void)state;
    const struct {
        const char *octets;
        unsigned bits; /* SIM, RAB, TST, V, G, L of mode 3/A, V, G of the level, CNF, TRE */
    } cases[] = {
        {"1100 0000 0000 0100", 1u << 0}, {"0300 0000 0000 0100", 1u << 1},
        {"0180 0000 0000 0100", 1u << 2}, {"0100 8000 0000 0100", 1u << 3},
        {"0100 4000 0000 0100", 1u << 4}, {"0100 2000 0000 0100", 1u << 5},
        {"0100 0000 8000 0100", 1u << 6}, {"0100 0000 4000 0100", 1u << 7},
        {"0100 0000 0000 8100", 1u << 8}, {"0100 0000 0000 0180", 1u << 9},
        {"ED7E 1FFF 3FFF 7F7E", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char hex[64];
        snprintf(hex, sizeof hex, "30 000F AD02 0102 %s", cases[i].octets);
        const struct bytes in = octets_from_hex(hex);
        struct asterix_block block = take_block(in);
        struct asterix_record r = {0};
        assert_true(asterix_block_record(&block, &r));
        const bool found[] = {r.is_simulated,
                              r.is_field_monitor,
                              r.is_test,
                              r.mode_3a_quality.is_not_validated,
                              r.mode_3a_quality.is_garbled,
                              r.mode_3a_is_old,
                              r.flight_level_quality.is_not_validated,
                              r.flight_level_quality.is_garbled,
                              r.track_is_tentative,
                              r.track_has_ended};
        for (size_t k = 0; k < sizeof found / sizeof found[0]; k++) {
            assert_int_equal(found[k], cases[i].bits >> k & 1);
        }
        free((void *)in.data);
    }
}

struct bad {
    const char *hex;
    size_t offset;
    const char *where;
    const char *expected;
};

static const struct bad BAD[] = {
    {"30", 100, "ASTERIX block header", "3 octets"},
    {"30 0003", 101, "CAT 048 block, length", "4 to"},
    {"30 0000 8001", 101, "CAT 048 block, length", "4 to"},
    {"30 0007 800102", 101, "CAT 048 block, length", "4 to the 6"},
    {"30 0005 8001", 104, "CAT 048 item 010", "2 octets"},
    {"30 0004 81", 104, "CAT 048 record, field specification", "1 octets"},
    {"30 0008 0101010100", 106, "CAT 048 record, field specification", "last octet"},
    {"22 0006 010100", 104, "CAT 034 record, field specification", "last octet"},
    {"30 0004 00", 103, "CAT 048 record", "item 010"},
    {"30 0007 40 000000", 103, "CAT 048 record", "item 010"},
    {"30 0007 800102 00", 106, "CAT 048 record", "item 010"},
    {"30 0009 C0 0102 A8C000", 106, "CAT 048 item 140", "below 86400"},
    {"22 0009 A0 0102 FFFFFF", 106, "CAT 034 item 030", "below 86400"},
    {"30 0009 A0 0102 010101", 108, "CAT 048 item 020", "3 octets"},
    {"30 0007 A0 0102 01", 107, "CAT 048 item 020, extension", "1 octets"},
    {"30 000A 8120 0102 02 000102", 108, "CAT 048 item 250, repetitions", "16 octets"},
    {"22 0007 84 0102 40", 106, "CAT 034 item 050, field specification", "edition 1.29"},
    {"22 0007 84 0102 02", 106, "CAT 034 item 050, field specification", "edition 1.29"},
    {"22 0008 84 0102 0100", 106, "CAT 034 item 050, field specification", "last octet"},
    {"22 0008 84 0102 0400", 107, "CAT 034 item 050, MDS", "2 octets"},
    {"22 0008 8104 0102 00", 107, "CAT 034 item RE, length", "1 or more"},
    {"22 0009 8104 0102 0300", 108, "CAT 034 item RE, contents", "2 octets"},
    {"22 0009 8180 0102 0100", 108, "CAT 034 item 070, repetitions", "2 octets"},
    {"22 000F 8110 0102 0000 400001 000000", 107, "CAT 034 item 120", "latitude"},
};

static void malformed_blocks_say_where(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++) {
        const struct bytes in = octets_from_hex(BAD[i].hex);
        struct fault fault = {0};
        char text[FAULT_TEXT_SIZE];
        if (!is_refused(in, &fault)) {
            fail_msg("taken: %s", BAD[i].hex);
        }
        fault_text(&fault, text);
        if (fault.offset != BAD[i].offset || strstr(fault.where, BAD[i].where) == NULL ||
            strstr(fault.expected, BAD[i].expected) == NULL) {
            fail_msg("%s: %s", BAD[i].hex, text);
        }
        free((void *)in.data);
    }
}

/* A block that is wrong in its last record releases nothing of the records before it. */
static void nothing_of_a_bad_block_is_released(void **state)
{
    (void)state;
    const struct bytes in = octets_from_hex("22 0010 E0 0102 02 000080 E0 0103 01 0001");
    struct fault fault = {0};
    assert_true(is_refused(in, &fault));
    assert_string_equal(fault.where, "CAT 034 item 030");
    free((void *)in.data);
}

static void every_truncation_is_refused(void **state)
{
    (void)state;
    const char *const whole[] = {BLOCK_034, BLOCK_048};
    for (size_t b = 0; b < 2; b++) {
        const struct bytes in = octets_from_hex(whole[b]);
        struct fault none = {0};
        assert_false(is_refused(in, &none));
        for (size_t size = 0; size < in.size; size++) {
            const struct bytes cut = octets_copy(in, size);
            struct fault fault = {0};
            assert_true(is_refused(cut, &fault));
            free((void *)cut.data);
            if (size <= 3) {
                continue;
            }
            /* The same with a length that says so, which takes the record apart instead. */
            const struct bytes fitted = octets_copy(in, size);
            ((uint8_t *)fitted.data)[1] = 0;
            ((uint8_t *)fitted.data)[2] = (uint8_t)size;
            assert_true(is_refused(fitted, &fault));
            free((void *)fitted.data);
        }
        free((void *)in.data);
    }
}

/* The octets of BLOCK_048 and BLOCK_034 that say how long something is. */
struct length_octet {
    const char *block;
    size_t at;
    uint8_t is;
};

static const struct length_octet LENGTHS[] = {
    {BLOCK_048, 1, 0x00},   {BLOCK_048, 2, 0x74},   {BLOCK_048, 40, 0x02}, {BLOCK_048, 87, 0x01},
    {BLOCK_048, 109, 0x03}, {BLOCK_048, 112, 0x04}, {BLOCK_034, 1, 0x00},  {BLOCK_034, 2, 0x32},
    {BLOCK_034, 25, 0x01},  {BLOCK_034, 47, 0x02},  {BLOCK_034, 49, 0x01},
};

/* Each is made to say every other length, once with nothing behind the block and once with another
 * block there, which a length that is too long would eat into. */
static void every_wrong_length_is_refused(void **state)
{
    (void)state;
    size_t lies = 0;
    for (size_t i = 0; i < sizeof LENGTHS / sizeof LENGTHS[0]; i++) {
        char followed[1024];
        snprintf(followed, sizeof followed, "%s%s", LENGTHS[i].block, BLOCK_034);
        const char *const inputs[] = {LENGTHS[i].block, followed};
        for (size_t k = 0; k < 2; k++) {
            const struct bytes in = octets_from_hex(inputs[k]);
            struct fault none = {0};
            assert_int_equal(in.data[LENGTHS[i].at], LENGTHS[i].is);
            assert_false(is_refused(in, &none));
            for (unsigned value = 0; value < 256; value++) {
                struct fault fault = {0};
                if (value == LENGTHS[i].is) {
                    continue;
                }
                ((uint8_t *)in.data)[LENGTHS[i].at] = (uint8_t)value;
                if (!is_refused(in, &fault)) {
                    fail_msg("octet %zu = %02x is taken", LENGTHS[i].at, value);
                }
                lies++;
            }
            free((void *)in.data);
        }
    }
    print_message("%zu wrong lengths refused\n", lies);
}

/* Whatever one octet becomes: refused, or records that fill the block exactly. */
static void any_octet_may_be_anything(void **state)
{
    (void)state;
    const char *const whole[] = {BLOCK_034, BLOCK_048};
    for (size_t b = 0; b < 2; b++) {
        const struct bytes in = octets_from_hex(whole[b]);
        for (size_t i = 0; i < in.size * 256; i++) {
            const uint8_t was = in.data[i / 256];
            struct byte_reader reader = byte_reader_over(in);
            struct asterix_block block = {0};
            struct asterix_record r = {0};
            struct fault fault = {0};
            ((uint8_t *)in.data)[i / 256] = (uint8_t)(i % 256);
            if (asterix_block_next(&reader, 0, &block, &fault) == OK && block.category != NULL) {
                size_t sum = 3;
                size_t count = 0;
                while (asterix_block_record(&block, &r)) {
                    sum += r.size;
                    count++;
                }
                assert_int_equal(sum, in.size);
                assert_int_equal(count, block.record_count);
            }
            ((uint8_t *)in.data)[i / 256] = was;
        }
        free((void *)in.data);
    }
}

static void as_text_and_as_json(void **state)
{
    (void)state;
    const struct bytes in = octets_from_hex("30 0015 FC 19C9 356D4D A0 C5AFF1E0 02CD 0528");
    struct bytes fits = octets_from_hex("30 0012 FC 19C9 356D4D A0 C5AFF1E0 02CD 0528");
    struct fault fault = {0};
    struct asterix_record r = {0};
    assert_true(is_refused(in, &fault));
    struct asterix_block block = take_block(fits);
    char text[ASTERIX_TEXT_SIZE];
    char *json = NULL;
    const struct instant captured = {INT64_C(1462433792508910000)};
    assert_true(asterix_block_record(&block, &r));
    assert_string_equal(asterix_text(&r, text),
                        "byte 103 CAT 048 source 25/201 07:35:54.601 single Mode S roll-call, "
                        "range 197.684 NM azimuth 340.137 deg, FL 330.00, mode 3/A 1315");
    assert_int_equal(asterix_json(&r, captured, &json), OK);
    assert_string_equal(
        json,
        "{\"category\":48,\"offset\":103,\"captured\":\"2016-05-05T07:35:56.508910Z\","
        "\"data_source\":{\"sac\":25,\"sic\":201},"
        "\"items\":[\"010\",\"140\",\"020\",\"040\",\"070\",\"090\"],"
        "\"time_of_day_s\":27354.6015625,\"detection_type\":5,"
        "\"detection\":\"single Mode S roll-call\",\"simulated\":false,\"test\":false,"
        "\"field_monitor\":false,\"range_nm\":197.68359375,\"azimuth_deg\":340.13671875,"
        "\"flight_level\":330.0,\"flight_level_validated\":true,\"flight_level_garbled\":false,"
        "\"mode_3a\":\"1315\",\"mode_3a_validated\":true,\"mode_3a_garbled\":false,"
        "\"mode_3a_old\":false}");
    free(json);
    free((void *)in.data);
    free((void *)fits.data);
}

/* Whatever of these the text has, it has because its item or flag is there. */
static void every_item_has_its_words(void **state)
{
    (void)state;
    static const struct {
        const char *block;
        const char *words[16];
    } BLOCKS[] = {
        {BLOCK_048, {", x ", ", height ", ", address ", ", track ", " kt heading ", "FL "}},
        {BLOCK_034, {", sector ", ", rotation ", ", radar at ", "sector crossing"}}};
    for (size_t b = 0; b < 2; b++) {
        const struct bytes in = octets_from_hex(BLOCKS[b].block);
        struct asterix_block block = take_block(in);
        struct asterix_record r = {0};
        char text[ASTERIX_TEXT_SIZE];
        char *json = NULL;
        assert_true(asterix_block_record(&block, &r));
        for (int flags = 0; flags < 2; flags++) {
            r.is_simulated = r.is_test = r.is_field_monitor = flags == 1;
            r.mode_3a_is_old = r.track_is_tentative = r.track_has_ended = flags == 1;
            (void)asterix_text(&r, text);
            for (const char *const *word = BLOCKS[b].words; *word != NULL; word++) {
                if (strstr(text, *word) == NULL) {
                    fail_msg("no \"%s\" in: %s", *word, text);
                }
            }
            static const char *const FLAGS[] = {", simulated", ", test",       ", field monitor",
                                                " (old)",      " (tentative)", " (ended)"};
            for (int i = 0; i < 6; i++) {
                assert_int_equal(strstr(text, FLAGS[i]) != NULL, b == 0 && flags == 1);
            }
            assert_int_equal(asterix_json(&r, INSTANT_UNSET, &json), OK);
            assert_null(strstr(json, "captured"));
            assert_int_equal(strstr(json, flags == 1 ? ":true" : "\"test\":true") != NULL,
                             b == 0 && flags == 1);
            free(json);
        }
        free((void *)in.data);
    }
}

/* I034/000: types 1 to 7 are defined. */
static void messages_have_their_names(void **state)
{
    (void)state;
    const struct bytes in = octets_from_hex(BLOCK_034);
    struct asterix_block block = take_block(in);
    struct asterix_record r = {0};
    char text[ASTERIX_TEXT_SIZE];
    assert_true(asterix_block_record(&block, &r));
    r.message_type = 1;
    assert_non_null(strstr(asterix_text(&r, text), "north marker"));
    r.message_type = 200;
    assert_non_null(strstr(asterix_text(&r, text), "undefined message"));
    free((void *)in.data);
}

/* EUROCONTROL category 048, I048/070 and I048/090: V = not validated, G = garbled. */
static void qualities_are_said(void **state)
{
    (void)state;
    static const char *const WORDS[] = {"", " (garbled)", " (not validated)",
                                        " (not validated, garbled)"};
    const struct bytes in = octets_from_hex(BLOCK_048);
    struct asterix_block block = take_block(in);
    struct asterix_record r = {0};
    assert_true(asterix_block_record(&block, &r));
    for (int q = 0; q < 4; q++) {
        char text[ASTERIX_TEXT_SIZE];
        char expected[64];
        char *json = NULL;
        r.flight_level = 330.0;
        r.flight_level_quality.is_garbled = q % 2 == 1;
        r.flight_level_quality.is_not_validated = q / 2 == 1;
        snprintf(expected, sizeof expected, "FL 330.00%s,", WORDS[q]);
        assert_non_null(strstr(asterix_text(&r, text), expected));
        assert_int_equal(asterix_json(&r, INSTANT_UNSET, &json), OK);
        snprintf(expected, sizeof expected,
                 "\"flight_level_validated\":%s,\"flight_level_garbled\":%s",
                 q / 2 == 1 ? "false" : "true", q % 2 == 1 ? "true" : "false");
        assert_non_null(strstr(json, expected));
        free(json);
    }
    free((void *)in.data);
}

/* Without memory there is no JSON, rather than one with members left out. */
static void memory_that_runs_out(void **state)
{
    (void)state;
    const struct bytes in = octets_from_hex(BLOCK_048);
    struct asterix_block block = take_block(in);
    struct asterix_record r = {0};
    char *whole = NULL;
    assert_true(asterix_block_record(&block, &r));
    assert_int_equal(asterix_json(&r, INSTANT_UNSET, &whole), OK);
    size_t few = 0;
    for (bool done = false; !done; few++) {
        char *json = NULL;
        memory_for_few(few);
        const result made = asterix_json(&r, INSTANT_UNSET, &json);
        assert_true(made == OK || (made == ERR_FULL && json == NULL));
        assert_true(made != OK || strcmp(json, whole) == 0);
        done = made == OK;
        free(json);
    }
    memory_is_back();
    assert_true(few > 20);
    free(whole);
    free((void *)in.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_item_of_048),
        cmocka_unit_test(every_item_of_034),
        cmocka_unit_test(several_records_in_a_block),
        cmocka_unit_test(other_categories_have_no_records),
        cmocka_unit_test(flags),
        cmocka_unit_test(strange_identifications),
        cmocka_unit_test(malformed_blocks_say_where),
        cmocka_unit_test(nothing_of_a_bad_block_is_released),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(every_wrong_length_is_refused),
        cmocka_unit_test(any_octet_may_be_anything),
        cmocka_unit_test(as_text_and_as_json),
        cmocka_unit_test(every_item_has_its_words),
        cmocka_unit_test(messages_have_their_names),
        cmocka_unit_test(qualities_are_said),
        cmocka_unit_test(memory_that_runs_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
