/* Numbers with units: what is taken, and above all what is not. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "node/yaml_number.h"

static void assert_near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance)) {
        fail_msg("%.17g is not %.17g", value, expected);
    }
}

static void a_number_carries_its_unit(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum yaml_dimension dimension;
        double si;
    } cases[] = {
        {"10 km", YAML_LENGTH, 10000.0},
        {"250 m", YAML_LENGTH, 250.0},
        {"10km", YAML_LENGTH, 10000.0},
        {"-1.5e2 m", YAML_LENGTH, -150.0},
        {"180 deg", YAML_ANGLE, 3.14159265358979323846},
        {"1 mrad", YAML_ANGLE, 1e-3},
        {"50 urad", YAML_ANGLE, 5e-5},
        {"20 s", YAML_TIME, 20.0},
        {"5 ms", YAML_TIME, 0.005},
        {"27 min", YAML_TIME, 1620.0},
        {"1 h", YAML_TIME, 3600.0},
        {"7.5 km/s", YAML_SPEED, 7500.0},
        {"3 m/s", YAML_SPEED, 3.0},
        {"3 %", YAML_SHARE, 0.03},
        {"+2500 kg/m2", YAML_BALLISTIC, 2500.0},
        {"0.2", YAML_COUNT, 0.2},
        {"3", YAML_COUNT, 3.0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        double value = 0.0;
        const char *why = NULL;
        assert_int_equal(yaml_number_parse(cases[i].text, cases[i].dimension, &value, &why), OK);
        assert_near(value, cases[i].si, 1e-12 * (1.0 + fabs(cases[i].si)));
    }
}

static void anything_else_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum yaml_dimension dimension;
    } cases[] = {
        {"10", YAML_LENGTH},     {"10 deg", YAML_LENGTH}, {"10  km", YAML_LENGTH},
        {"10 km ", YAML_LENGTH}, {" 10 km", YAML_LENGTH}, {"10 KM", YAML_LENGTH},
        {"10 k", YAML_LENGTH},   {"km", YAML_LENGTH},     {"", YAML_LENGTH},
        {"nan m", YAML_LENGTH},  {"nan", YAML_COUNT},     {"inf", YAML_COUNT},
        {".inf", YAML_COUNT},    {"1e999", YAML_COUNT},   {"1e308 km", YAML_LENGTH},
        {"0x10 m", YAML_LENGTH}, {"1,5 km", YAML_LENGTH}, {"1. km", YAML_LENGTH},
        {".5 km", YAML_LENGTH},  {"--1 m", YAML_LENGTH},  {"1e m", YAML_LENGTH},
        {"3 %", YAML_COUNT},     {"0.03", YAML_SHARE},    {"maybe", YAML_COUNT},
        {"5 m s", YAML_TIME},    {"5 s\n", YAML_TIME},    {"1_000 m", YAML_LENGTH},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        double value = 77.0;
        const char *why = NULL;
        if (yaml_number_parse(cases[i].text, cases[i].dimension, &value, &why) == OK) {
            fail_msg("\"%s\" was taken as %g", cases[i].text, value);
        }
        assert_true(value == 77.0);
    }
}

static void bounds_are_shown_in_a_unit_that_reads_well(void **state)
{
    (void)state;
    char text[YAML_NUMBER_TEXT];
    assert_string_equal(yaml_number_format(15e6, YAML_LENGTH, text), "15000 km");
    assert_string_equal(yaml_number_format(0.1, YAML_LENGTH, text), "0.1 m");
    assert_string_equal(yaml_number_format(0.5, YAML_SHARE, text), "50 %");
    assert_string_equal(yaml_number_format(0.0, YAML_SHARE, text), "0 %");
    assert_string_equal(yaml_number_format(0.0, YAML_TIME, text), "0 s");
    assert_string_equal(yaml_number_format(0.05, YAML_TIME, text), "50 ms");
    assert_string_equal(yaml_number_format(5400.0, YAML_TIME, text), "1.5 h");
    assert_string_equal(yaml_number_format(-1.5707963267948966, YAML_ANGLE, text), "-90 deg");
    assert_string_equal(yaml_number_format(1e-6, YAML_ANGLE, text), "0.001 mrad");
    assert_string_equal(yaml_number_format(50.0, YAML_COUNT, text), "50");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_number_carries_its_unit),
        cmocka_unit_test(anything_else_is_refused),
        cmocka_unit_test(bounds_are_shown_in_a_unit_that_reads_well),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
