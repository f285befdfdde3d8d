/* UTC and TAI against ERFA, the leap second of 2016, what RFC 3339 allows and what it does not. */
#include "near.h"

#include <erfa.h>
#include <string.h>

#include "base/random.h"
#include "base/utc.h"

static struct instant parsed(const char *text)
{
    struct instant t = INSTANT_UNSET;
    if (utc_parse(text, strlen(text), &t) != OK) {
        print_error("not accepted: %s\n", text);
        fail();
    }
    return t;
}

static void assert_text(struct instant t, unsigned decimals, const char *wanted)
{
    char text[UTC_TEXT_SIZE];
    assert_string_equal(utc_format(t, decimals, text), wanted);
}

/* ERFA knows the same leap seconds (its own table, from IERS Bulletin C). */
static void offsets_are_erfas_on_every_first_of_a_month(void **state)
{
    (void)state;
    for (int year = 1972; year <= 2026; year++) {
        for (int month = 1; month <= 12; month++) {
            double offset_s = 0.0;
            assert_true(eraDat(year, month, 1, 0.0, &offset_s) >= 0);
            char text[48]; /* a compiler does not know that years have four digits */
            snprintf(text, sizeof text, "%04d-%02d-01T00:00:00Z", year, month);
            assert_near((double)utc_tai_offset_s(parsed(text)), offset_s, 0.0);
        }
    }
}

/* TAI by ERFA, as ns since 1970-01-01 TAI; its two-part date keeps about a tenth of a
 * microsecond. */
static void instants_are_erfas(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 5, 5);
    for (int i = 0; i < 5000; i++) {
        const int year = 1972 + (int)(random_u64(&r) % 55);
        const int month = 1 + (int)(random_u64(&r) % 12);
        const int day = 1 + (int)(random_u64(&r) % 28);
        const int hour = (int)(random_u64(&r) % 24);
        const int minute = (int)(random_u64(&r) % 60);
        const int milliseconds = (int)(random_u64(&r) % 60000);
        char text[64];
        snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", year, month, day, hour,
                 minute, milliseconds / 1000, milliseconds % 1000);
        double utc1 = 0.0;
        double utc2 = 0.0;
        double tai1 = 0.0;
        double tai2 = 0.0;
        assert_true(
            eraDtf2d("UTC", year, month, day, hour, minute, milliseconds / 1e3, &utc1, &utc2) >= 0);
        assert_true(eraUtctai(utc1, utc2, &tai1, &tai2) >= 0);
        const double erfa_s = (tai1 - 2440587.5) * 86400.0 + tai2 * 86400.0;
        assert_near((double)parsed(text).tai_ns / 1e9, erfa_s, 5e-6);
        assert_text(parsed(text), 3, text);
    }
}

static void the_leap_second_of_2016_exists(void **state)
{
    (void)state;
    const struct instant before = parsed("2016-12-31T23:59:59Z");
    const struct instant during = parsed("2016-12-31T23:59:60Z");
    const struct instant after = parsed("2017-01-01T00:00:00Z");
    assert_true(during.tai_ns - before.tai_ns == NS_PER_S);
    assert_true(after.tai_ns - during.tai_ns == NS_PER_S);
    assert_text(during, 0, "2016-12-31T23:59:60Z");
    assert_text(instant_plus_s(during, 0.75), 2, "2016-12-31T23:59:60.75Z");
    assert_text(after, 0, "2017-01-01T00:00:00Z");
    assert_true(instant_equal(parsed("2017-01-01T08:59:60+09:00"), during));
    assert_true(utc_tai_offset_s(during) == 36);
    assert_true(utc_tai_offset_s(after) == 37);
}

/* POSIX.1-2017, 4.16: 1483228800 is 2017-01-01T00:00:00Z. */
static void posix_clocks_count_without_leap_seconds(void **state)
{
    (void)state;
    assert_text(utc_from_unix(1483228799, 999999999), 9, "2016-12-31T23:59:59.999999999Z");
    assert_text(utc_from_unix(1483228800, 0), 0, "2017-01-01T00:00:00Z");
    assert_text(utc_from_unix(1483228800, 1), 9, "2017-01-01T00:00:00.000000001Z");
    const struct instant before = utc_from_unix(1483228799, 0);
    const struct instant after = utc_from_unix(1483228800, 0);
    assert_true(after.tai_ns - before.tai_ns == 2 * NS_PER_S); /* 23:59:60 lies between */
    assert_true(utc_from_unix(0, 0).tai_ns == 10 * NS_PER_S);
}

static void zones_and_decimals_are_read(void **state)
{
    (void)state;
    const struct instant t = parsed("2023-07-12T01:02:03.250Z");
    assert_true(instant_equal(parsed("2023-07-12T10:02:03.25+09:00"), t));
    assert_true(instant_equal(parsed("2023-07-11T21:32:03.250000000-03:30"), t));
    assert_true(parsed("2023-07-12T01:02:03.250000001Z").tai_ns - t.tai_ns == 1);
    /* 1970-01-01 to 2000-01-01 are 10957 days; TAI was 32 s ahead. */
    assert_true(parsed("2000-01-01T00:00:00Z").tai_ns == (INT64_C(10957) * 86400 + 32) * NS_PER_S);
    /* The text need not end with a NUL. */
    struct instant cut = INSTANT_UNSET;
    assert_int_equal(utc_parse("2023-07-12T01:02:03.250Zulu", 24, &cut), OK);
    assert_true(instant_equal(cut, t));
}

static void random_instants_go_there_and_back(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 6, 6);
    const int64_t first = parsed("1972-01-01T00:00:00Z").tai_ns;
    const int64_t last = parsed("2200-12-31T23:59:59Z").tai_ns;
    for (int i = 0; i < 20000; i++) {
        const struct instant t = {first + (int64_t)(random_uniform(&r) * (double)(last - first))};
        char text[UTC_TEXT_SIZE];
        assert_true(instant_equal(parsed(utc_format(t, 9, text)), t));
    }
}

static void formatting_rounds_down(void **state)
{
    (void)state;
    const struct instant t = parsed("2023-07-12T23:59:59.999999999Z");
    assert_text(t, 0, "2023-07-12T23:59:59Z");
    assert_text(t, 3, "2023-07-12T23:59:59.999Z");
    assert_text(t, 9, "2023-07-12T23:59:59.999999999Z");
    assert_text(t, 12, "2023-07-12T23:59:59.999999999Z"); /* there are no more than nine */
    assert_text(INSTANT_UNSET, 3, "unset");
    assert_text((struct instant){-1}, 3, "unset"); /* before 1970: UTC began in 1972 */
}

static void assert_refused(const char *text, result wanted)
{
    struct instant t = {4711};
    const result got = utc_parse(text, strlen(text), &t);
    if (got != wanted) {
        print_error("\"%s\": %s\n", text, result_text(got));
    }
    assert_int_equal(got, wanted);
    assert_true(t.tai_ns == 4711);
}

static void other_forms_are_refused(void **state)
{
    (void)state;
    static const char *const FORMS[] = {
        "",
        "2023-07-12",
        "2023-07-12T01:02:03",
        "2023-07-12 01:02:03Z",
        "2023-07-12T01:02:03z",
        "2023-7-12T01:02:03Z",
        "2023-07-12T01:02Z",
        "2023-07-12T01:02:03.Z",
        "2023-07-12T01:02:03.1234567890Z",
        "2023-07-12T01:02:03,5Z",
        "2023-07-12T01:02:03+0900",
        "2023-07-12T01:02:03+09",
        "2023-07-12T01:02:03Z ",
        " 2023-07-12T01:02:03Z",
        "20x3-07-12T01:02:03Z",
        "-023-07-12T01:02:03Z",
        "1689123723",
    };
    for (size_t i = 0; i < sizeof FORMS / sizeof FORMS[0]; i++) {
        assert_refused(FORMS[i], ERR_FORMAT);
    }
    /* RFC 3339 section 5.6: every part but the fraction is there, and whole. */
    static const char whole[] = "2023-07-12T01:02:03.250+09:00";
    for (int size = 0; size < (int)sizeof whole - 1; size++) {
        char cut[sizeof whole];
        snprintf(cut, sizeof cut, "%.*s", size, whole);
        assert_refused(cut, ERR_FORMAT);
    }
    parsed(whole);
}

static void dates_that_do_not_exist_are_refused(void **state)
{
    (void)state;
    static const char *const DATES[] = {
        "2023-00-12T01:02:03Z",      "2023-13-12T01:02:03Z",      "2023-02-29T01:02:03Z",
        "2100-02-29T01:02:03Z",      "2023-04-31T01:02:03Z",      "2023-04-00T01:02:03Z",
        "2023-07-12T24:00:00Z",      "2023-07-12T01:60:03Z",      "2023-07-12T01:02:61Z",
        "2023-07-12T01:02:60Z",      "2015-12-31T23:59:60Z",      "2016-12-31T22:59:60Z",
        "2016-12-31T23:59:60+09:00", "1971-12-31T23:59:59Z",      "2201-01-01T00:00:00Z",
        "2023-07-12T01:02:03+24:00", "2023-07-12T01:02:03+09:60",
    };
    for (size_t i = 0; i < sizeof DATES / sizeof DATES[0]; i++) {
        assert_refused(DATES[i], ERR_RANGE);
    }
    parsed("2024-02-29T00:00:00Z");
    parsed("2000-02-29T00:00:00Z");
}

static void assert_in_zone(const char *utc, int zone_min, const char *expected)
{
    char text[UTC_TEXT_SIZE];
    assert_string_equal(utc_format_zone(parsed(utc), zone_min, text), expected);
}

static void local_times_carry_their_zone(void **state)
{
    (void)state;
    assert_in_zone("2022-10-03T22:22:31.9Z", 540, "2022-10-04T07:22:31+09:00");
    assert_in_zone("2022-10-03T22:22:31Z", 0, "2022-10-03T22:22:31-00:00");
    assert_in_zone("2024-03-01T01:00:00Z", -570, "2024-02-29T15:30:00-09:30");
    assert_in_zone("2016-12-31T23:59:60Z", 540, "2017-01-01T08:59:59+09:00");
    assert_in_zone("2017-01-01T00:00:00Z", 540, "2017-01-01T09:00:00+09:00");
    char text[UTC_TEXT_SIZE];
    assert_string_equal(utc_format_zone(INSTANT_UNSET, 540, text), "unset");
    assert_string_equal(utc_format_zone((struct instant){0}, -540, text), "unset");
    const struct instant t = parsed("2022-10-03T22:22:31Z");
    struct instant back;
    utc_format_zone(t, 540, text);
    assert_int_equal(utc_parse(text, strlen(text), &back), OK);
    assert_true(instant_equal(t, back));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(offsets_are_erfas_on_every_first_of_a_month),
        cmocka_unit_test(instants_are_erfas),
        cmocka_unit_test(the_leap_second_of_2016_exists),
        cmocka_unit_test(posix_clocks_count_without_leap_seconds),
        cmocka_unit_test(zones_and_decimals_are_read),
        cmocka_unit_test(random_instants_go_there_and_back),
        cmocka_unit_test(formatting_rounds_down),
        cmocka_unit_test(local_times_carry_their_zone),
        cmocka_unit_test(other_forms_are_refused),
        cmocka_unit_test(dates_that_do_not_exist_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
