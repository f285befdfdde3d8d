/* The list of announced launch windows: what is in one, and what a slip in the file is told as. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/elementary.h"
#include "base/utc.h"
#include "node/window_file.h"

#define WHOLE                           \
    "windows:\n"                        \
    "  - name: Sohae, satellite\n"      \
    "    from: 2026-11-24T00:00:00Z\n"  \
    "    until: 2026-11-24T06:00:00Z\n" \
    "    centre: 39.66, 124.70\n"       \
    "    radius: 30 km\n"               \
    "  - name: the islands\n"           \
    "    from: 2026-11-24T05:00:00Z\n"  \
    "    until: 2026-11-24T06:00:00Z\n" \
    "    corners:\n"                    \
    "      - 30.0, 130.0\n"             \
    "      - 31.0, 130.0\n"             \
    "      - 30.5, 131.0\n"

static result parse(const char *text, struct window_list *out, char message[YAML_MESSAGE_SIZE])
{
    char path[] = "/tmp/watchfire-windows-XXXXXX";
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    const result status = window_file_read(path, out, message);
    unlink(path);
    return status;
}

static struct launch_estimate launch_at(const char *time, double lat_deg, double lon_deg,
                                        double sigma_m)
{
    struct launch_estimate l = {.determined = true,
                                .point = {lat_deg * RAD_PER_DEG, lon_deg * RAD_PER_DEG, 0.0}};
    l.covariance_m2[0] = sigma_m * sigma_m;
    l.covariance_m2[3] = sigma_m * sigma_m;
    assert_int_equal(utc_parse(time, strlen(time), &l.time), OK);
    return l;
}

static void a_launch_is_announced_by_time_and_place(void **state)
{
    (void)state;
    static const struct {
        const char *time;
        double lat_deg;
        double lon_deg;
        double sigma_m;
        const char *name; /* NULL = not announced */
    } CASES[] = {
        {"2026-11-24T03:00:00Z", 39.66, 124.70, 2e3, "Sohae, satellite"},
        {"2026-11-24T00:00:00Z", 39.80, 124.70, 2e3, "Sohae, satellite"},
        {"2026-11-23T23:59:59Z", 39.66, 124.70, 2e3, NULL},
        {"2026-11-24T06:00:00Z", 39.66, 124.70, 2e3, NULL},
        {"2026-11-24T03:00:00Z", 39.66, 124.70, 15e3, NULL}, /* nobody can tell yet */
        {"2026-11-24T03:00:00Z", 40.20, 124.70, 2e3, NULL},
        {"2026-11-24T05:30:00Z", 30.5, 130.4, 5e3, "the islands"},
        {"2026-11-24T04:30:00Z", 30.5, 130.4, 5e3, NULL},
    };
    struct window_list list;
    char message[YAML_MESSAGE_SIZE] = "";
    assert_int_equal(parse(WHOLE, &list, message), OK);
    assert_int_equal(list.count, 2);
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        const struct launch_estimate l =
            launch_at(CASES[i].time, CASES[i].lat_deg, CASES[i].lon_deg, CASES[i].sigma_m);
        const char *name = window_list_find(&list, &l);
        if (CASES[i].name == NULL) {
            assert_null(name);
        } else {
            assert_string_equal(name, CASES[i].name);
        }
    }
    const struct launch_estimate unknown = {.determined = false};
    assert_null(window_list_find(&list, &unknown));
}

static void a_slip_is_told_with_its_place(void **state)
{
    (void)state;
    static const char *const CASES[][2] = {
        {"windows:\n  - name: x\n    from: 2026-11-24T06:00:00Z\n    until: 2026-11-24T06:00:00Z\n"
         "    centre: 1.0, 2.0\n    radius: 30 km\n",
         ":4:12: until: found \"2026-11-24T06:00:00Z\"; expected a time after \"from\""},
        {"windows:\n  - name: x\n    from: 2026-11-24T06:00:00Z\n    until: 2026-11-24T07:00:00Z\n",
         "\"centre\""},
        {"windows:\n  - name: x\n    from: noon\n", ":3:11: from: found \"noon\""},
        {"launches: []\n", "\"windows\""},
    };
    struct window_list list = {.count = 77};
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        char message[YAML_MESSAGE_SIZE] = "";
        assert_int_equal(parse(CASES[i][0], &list, message), ERR_FORMAT);
        if (strstr(message, CASES[i][1]) == NULL) {
            fail_msg("does not say '%s': %s", CASES[i][1], message);
        }
        assert_int_equal(list.count, 77);
    }
    char message[YAML_MESSAGE_SIZE] = "";
    assert_int_equal(window_file_read("/nonexistent/windows.yaml", &list, message), ERR_IO);
    assert_int_equal(parse("windows: []\n", &list, message), OK);
    assert_int_equal(list.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_launch_is_announced_by_time_and_place),
        cmocka_unit_test(a_slip_is_told_with_its_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
