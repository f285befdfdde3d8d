#include "warn/phrase.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/elementary.h"

static void numbers(void **state)
{
    (void)state;
    char text[64];
    struct phrase p = phrase_over(text, sizeof text);
    phrase_add_number(&p, 0);
    phrase_add(&p, " ");
    phrase_add_number(&p, 1205);
    phrase_add(&p, " ");
    phrase_add_number(&p, UINT64_MAX);
    assert_string_equal(text, "0 1205 18446744073709551615");
    assert_int_equal(p.size, strlen(text));
}

static void check_km(double distance_m, const char *expected)
{
    char text[32];
    struct phrase p = phrase_over(text, sizeof text);
    phrase_add_km(&p, distance_m);
    assert_string_equal(text, expected);
}

static void kilometres(void **state)
{
    (void)state;
    check_km(0.0, "0.0 km");
    check_km(49.0, "0.0 km");
    check_km(50.0, "0.1 km");
    check_km(3449.0, "3.4 km");
    check_km(9949.0, "9.9 km");
    check_km(9951.0, "10 km");
    check_km(412499.0, "412 km");
    check_km(1e9, "1000000 km");
}

static void check_wind(double azimuth_deg, const char *expected)
{
    char text[8];
    struct phrase p = phrase_over(text, sizeof text);
    phrase_add_wind(&p, azimuth_deg * RAD_PER_DEG);
    assert_string_equal(text, expected);
}

static void winds(void **state)
{
    (void)state;
    check_wind(0.0, "N");
    check_wind(11.2, "N");
    check_wind(11.3, "NNE");
    check_wind(90.0, "E");
    check_wind(180.0, "S");
    check_wind(-180.0, "S");
    check_wind(247.5, "WSW");
    check_wind(348.7, "NNW");
    check_wind(348.8, "N");
    check_wind(359.999, "N");
    check_wind(720.0, "N");
}

static void a_full_phrase_stays_full(void **state)
{
    (void)state;
    char text[6] = "xxxxx";
    struct phrase p = phrase_over(text, 5);
    phrase_add(&p, "abcdef");
    phrase_add(&p, "g");
    assert_string_equal(text, "abcd");
    assert_int_equal(p.size, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers),
        cmocka_unit_test(kilometres),
        cmocka_unit_test(winds),
        cmocka_unit_test(a_full_phrase_stays_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
