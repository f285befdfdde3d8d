#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/decode.h"
#include "octets.h"

#define ARGUMENT_COUNT_MAX 8

struct output {
    int status;
    char out[4096];
    char err[4096];
};

/* Points `stream` at a fresh file; returns what brings it back. */
static int divert(FILE *stream, FILE *to)
{
    fflush(stream);
    const int kept = dup(fileno(stream));
    assert_true(kept >= 0);
    assert_true(dup2(fileno(to), fileno(stream)) >= 0);
    return kept;
}

static void restore(FILE *stream, int kept, FILE *from, char text[4096])
{
    fflush(stream);
    assert_true(dup2(kept, fileno(stream)) >= 0);
    close(kept);
    rewind(from);
    const size_t size = fread(text, 1, 4095, from);
    text[size] = '\0';
    fclose(from);
}

static struct output run(const char *const arguments[])
{
    char *argv[ARGUMENT_COUNT_MAX + 1] = {NULL};
    struct output o = {0};
    int argc = 0;
    for (; arguments[argc] != NULL; argc++) {
        assert_true(argc < ARGUMENT_COUNT_MAX);
        argv[argc] = (char *)(uintptr_t)arguments[argc];
    }
    FILE *out = tmpfile();
    FILE *err = tmpfile();
    assert_non_null(out);
    assert_non_null(err);
    const int kept_out = divert(stdout, out);
    const int kept_err = divert(stderr, err);
    o.status = cli_decode(argc, argv);
    restore(stderr, kept_err, err, o.err);
    restore(stdout, kept_out, out, o.out);
    return o;
}

static struct output run_on(const char *hex, const char *option, const char *value)
{
    char path[] = "/tmp/watchfire-test-XXXXXX";
    const int file = mkstemp(path);
    assert_true(file >= 0);
    const struct bytes octets = octets_from_hex(hex);
    assert_int_equal(write(file, octets.data, octets.size), (ssize_t)octets.size);
    close(file);
    free((void *)octets.data);
    const char *const arguments[] = {"decode", "asterix", path, option, value, NULL};
    const struct output o = run(arguments);
    unlink(path);
    return o;
}

static size_t count_lines(const char *text)
{
    size_t count = 0;
    for (; *text != '\0'; text++) {
        count += *text == '\n' ? 1 : 0;
    }
    return count;
}

static void one_line_a_record(void **state)
{
    (void)state;
    const char *const hex = "22 0011 E0 0102 02 000080 E0 0103 01 000100";
    struct output o = run_on(hex, NULL, NULL);
    assert_int_equal(o.status, 0);
    assert_string_equal(o.out, "byte 3 CAT 034 source 1/2 00:00:01.000 sector crossing\n"
                               "byte 10 CAT 034 source 1/3 00:00:02.000 north marker\n");
    assert_string_equal(o.err, "");
    o = run_on(hex, "--json", NULL);
    assert_int_equal(o.status, 0);
    assert_int_equal(count_lines(o.out), 2);
    assert_memory_equal(o.out, "{\"category\":34,\"offset\":3,\"data_source\"", 39);
}

/* What is whole before the fault is printed, the block with the fault is not, not even its first
 * record. */
static void stops_at_the_first_bad_block(void **state)
{
    (void)state;
    const struct output o =
        run_on("22 000A E0 0102 02 000080 22 0010 E0 0102 02 000080 E0 0103 01 0001", NULL, NULL);
    assert_int_equal(o.status, 2);
    assert_int_equal(count_lines(o.out), 1);
    assert_non_null(strstr(o.err, "byte 24: CAT 034 item 030: expected 3 octets, found 2"));
    assert_non_null(strstr(o.err, "the 1 records of 1 whole blocks before it were printed"));
}

static void other_categories_are_counted(void **state)
{
    (void)state;
    struct output o = run_on("3E 0006 010203 22 0006 800102", NULL, NULL);
    assert_int_equal(o.status, 0);
    assert_int_equal(count_lines(o.out), 1);
    assert_non_null(strstr(o.err, "passed over: 1 blocks of category 062"));
    o = run_on("3E 0006 010203", NULL, NULL);
    assert_int_equal(o.status, 2);
    assert_non_null(strstr(o.err, "expected blocks of category 034 or 048, found none"));
}

/* A capture of two datagrams, to ports 22131 and 22132; the second is no ASTERIX. */
#define CAPTURE                                                                       \
    "D4C3B2A1 0200 0400 00000000 00000000 00000400 65000000"                          \
    "DCF72A57 20A10700 22000000 22000000"                                             \
    "45000022 00004000 3D110FB7 0A113AB8 E802011F 5284 5673 000E 0000 22 0006 800102" \
    "DCF72A57 20A10700 20000000 20000000"                                             \
    "45000020 00004000 3D110FB7 0A113AB8 E802011F 5284 5674 000C 0000 FFFFFFFF"

static void captures_and_ports(void **state)
{
    (void)state;
    struct output o = run_on(CAPTURE, NULL, NULL);
    assert_int_equal(o.status, 2);
    assert_int_equal(count_lines(o.out), 1);
    assert_non_null(strstr(o.err, "byte 119: CAT 255 block, length: expected 4 to the 4"));
    o = run_on(CAPTURE, "--port=22131", NULL);
    assert_int_equal(o.status, 2);
    assert_non_null(strstr(o.err, "--port=22131: expected FILE"));
    o = run_on(CAPTURE, "--port", "22131");
    assert_int_equal(o.status, 0);
    assert_string_equal(o.out, "byte 71 CAT 034 source 1/2\n");
    assert_non_null(strstr(o.err, "passed over: 1 datagrams to other ports"));
    o = run_on(CAPTURE, "--json", NULL);
    assert_int_equal(count_lines(o.out), 1);
    assert_string_equal(o.out, "{\"category\":34,\"offset\":71,"
                               "\"captured\":\"2016-05-05T07:35:56.500000Z\","
                               "\"data_source\":{\"sac\":1,\"sic\":2},\"items\":[\"010\"]}\n");
}

#define SENSOR_LINE                                                                                \
    "{\"type\":\"sensor\",\"id\":\"25-201\",\"kind\":\"radar\",\"lat_deg\":45.0,\"lon_deg\":16.0," \
    "\"alt_m\":300.0,\"sigma_range_m\":70.0,\"sigma_az_deg\":0.5"
#define PLOT_LINE                                                                            \
    "{\"type\":\"radar\",\"sensor\":\"25-201\",\"time\":\"2016-05-05T00:00:10.000000000Z\"," \
    "\"range_m\":185200.0,\"az_deg\":90.0"

/* Writes `sensor` to a file of its own and decodes the blocks as observation lines. */
static struct output plots_of(const char *hex, const char *sensor, const char *date)
{
    char sensors[] = "/tmp/watchfire-test-XXXXXX";
    char blocks[] = "/tmp/watchfire-test-XXXXXX";
    const int file = mkstemp(sensors);
    const int other = mkstemp(blocks);
    assert_true(file >= 0 && other >= 0);
    assert_int_equal(write(file, sensor, strlen(sensor)), (ssize_t)strlen(sensor));
    const struct bytes octets = octets_from_hex(hex);
    assert_int_equal(write(other, octets.data, octets.size), (ssize_t)octets.size);
    close(file);
    close(other);
    free((void *)octets.data);
    const char *const arguments[] = {
        "decode", "asterix", blocks, "--observations", sensors, date == NULL ? NULL : "--date",
        date,     NULL};
    const struct output o = run(arguments);
    unlink(sensors);
    unlink(blocks);
    return o;
}

/* 100 NM away in the east at 00:00:10: with 36,000 ft measured (I048/110), without, the second once
 * more, a simulated one, and one of a radar that is not declared. */
#define TARGETS                                                       \
    "30 0012 F10108 19C9 000500 20 6400 4000 05A0"                    \
    "30 0019 F0 19C9 000500 20 6400 4001 F0 19C9 000500 20 6400 4001" \
    "30 0019 F0 19C9 000500 30 6400 4000 F0 19CA 000500 20 6400 4000"

static void target_reports_become_observation_lines(void **state)
{
    (void)state;
    struct output o = plots_of(TARGETS, SENSOR_LINE "}", "2016-05-05");
    assert_int_equal(o.status, 0);
    assert_int_equal(count_lines(o.out), 3);
    assert_memory_equal(o.out, SENSOR_LINE, strlen(SENSOR_LINE));
    assert_non_null(strstr(o.out, PLOT_LINE "}"));
    assert_non_null(strstr(o.out, "\"az_deg\":90.0054931640625}"));
    assert_non_null(strstr(o.err, "1 target reports of radars that are not declared"));
    assert_non_null(strstr(o.err, "1 target reports that came twice"));
    assert_non_null(strstr(o.err, "1 target reports that are no plots"));
    o = plots_of(TARGETS, SENSOR_LINE "}", NULL);
    assert_int_equal(count_lines(o.out), 1);
    assert_non_null(strstr(o.err, "4 target reports whose day is not known"));
}

/* A sphere of the ellipsoid's radius of curvature towards the east (6,388,838 m at 45 degrees)
 * sees 36,000 ft from 300 m at 2.4750 degrees. */
#define ELEVATION_DEG 2.4750

static void a_measured_height_becomes_an_elevation(void **state)
{
    (void)state;
    const struct output o = plots_of(TARGETS, SENSOR_LINE ",\"sigma_el_deg\":0.25}", "2016-05-05");
    assert_int_equal(o.status, 0);
    const char *plot = strstr(o.out, PLOT_LINE ",\"el_deg\":");
    assert_non_null(plot);
    const double elevation_deg = strtod(plot + strlen(PLOT_LINE ",\"el_deg\":"), NULL);
    assert_true(elevation_deg > ELEVATION_DEG - 1e-3 && elevation_deg < ELEVATION_DEG + 1e-3);
}

static void wrong_use_and_bad_files(void **state)
{
    (void)state;
    const struct {
        const char *arguments[ARGUMENT_COUNT_MAX];
        const char *complaint;
    } cases[] = {
        {{"decode", NULL}, "expected the format: asterix"},
        {{"decode", "json", NULL}, "expected the format: asterix"},
        {{"decode", "asterix", NULL}, "expected FILE"},
        {{"decode", "nosuch", "a", NULL}, "nosuch: expected the format"},
        {{"decode", "asterix", "a", "b", NULL}, "b: expected FILE, --json"},
        {{"decode", "asterix", "a", "--xml", NULL}, "--xml: expected FILE, --json"},
        {{"decode", "asterix", "a", "--port", NULL}, "UDP port from 1"},
        {{"decode", "asterix", "a", "--port", "70000", NULL}, "UDP port from 1"},
        {{"decode", "asterix", "a", "--port", "1x", NULL}, "UDP port from 1"},
        {{"decode", "asterix", "a", "--date", "5.5.2016", NULL}, "a day such as 2023-07-12"},
        {{"decode", "asterix", "a", "--observations", NULL}, "a file of sensor lines"},
        {{"decode", "asterix", "/nowhere/at/all", NULL}, "/nowhere/at/all: No such file"},
        {{"decode", "asterix", "/", NULL}, "/: Is a directory"},
        {{"decode", "asterix", "/dev/null", NULL}, "found no bytes"},
        {{"decode", "asterix", "/dev/zero", NULL}, "expected at most 256 MiB"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct output o = run(cases[i].arguments);
        assert_int_equal(o.status, 2);
        assert_string_equal(o.out, "");
        if (strstr(o.err, cases[i].complaint) == NULL) {
            fail_msg("case %zu: %s", i, o.err);
        }
    }
}

static void help(void **state)
{
    (void)state;
    const char *const arguments[] = {"decode", "--help", NULL};
    const struct output o = run(arguments);
    assert_int_equal(o.status, 0);
    assert_non_null(strstr(o.out, "usage: watchfire decode asterix FILE"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_line_a_record),
        cmocka_unit_test(target_reports_become_observation_lines),
        cmocka_unit_test(a_measured_height_becomes_an_elevation),
        cmocka_unit_test(stops_at_the_first_bad_block),
        cmocka_unit_test(other_categories_are_counted),
        cmocka_unit_test(captures_and_ports),
        cmocka_unit_test(wrong_use_and_bad_files),
        cmocka_unit_test(help),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
