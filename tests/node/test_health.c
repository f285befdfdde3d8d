/* What is wrong is shown when it has been so for a while, stays for a while, and is told once each
 * way; the most urgent stands first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "node/certificate.h"
#include "node/health.h"

static struct health h;
static struct health_line lines[4];
static char told[600];
static int tellings;

static struct instant at(double s)
{
    return instant_plus_s((struct instant){NS_PER_S}, s);
}

static void tell(void *context, const char *text)
{
    (void)context;
    (void)snprintf(told, sizeof told, "%s", text);
    tellings++;
}

static uint32_t end_round(double s)
{
    health_round(&h, at(s), tell, NULL);
    return health_lines(&h, lines, 4);
}

static uint32_t silent(double s)
{
    health_say(&h, HEALTH_SILENT, 2, at(s), "JPN is not heard");
    return end_round(s);
}

static int begin(void **state)
{
    (void)state;
    health_init(&h);
    tellings = 0;
    return 0;
}

static void it_appears_when_it_has_been_so_for_a_while(void **state)
{
    (void)state;
    assert_int_equal(silent(0.0), 0);
    assert_int_equal(silent(20.0), 0);
    assert_int_equal(end_round(21.0), 0); /* heard for a moment: from the beginning */
    assert_int_equal(silent(22.0), 0);
    assert_int_equal(silent(51.0), 0);
    assert_int_equal(tellings, 0);
    assert_int_equal(silent(52.0), 1);
    assert_true(instant_equal(lines[0].from, at(22.0)));
    assert_string_equal(lines[0].what, "JPN is not heard");
    assert_int_equal(tellings, 1);
    assert_non_null(strstr(told, "What to do: call their watch"));
    assert_int_equal(silent(53.0), 1);
    assert_int_equal(tellings, 1);
    assert_int_equal(end_round(54.0), 0);
    assert_int_equal(tellings, 2);
    assert_string_equal(told, "over: JPN is not heard");
}

static void what_comes_in_pieces_does_not_flicker(void **state)
{
    (void)state;
    for (double s = 0.0; s < 1000.0; s += 1.0) {
        if ((int)s % 200 == 0) {
            health_say(&h, HEALTH_ATTACK, 0, at(s), "%d frames", (int)s);
        }
        assert_int_equal(end_round(s), 1);
    }
    assert_int_equal(tellings, 1);
    assert_true(instant_equal(lines[0].from, at(0.0)));
    assert_string_equal(lines[0].what, "800 frames");
    assert_int_equal(end_round(1099.0), 1);
    assert_int_equal(end_round(1100.0), 0);
}

static void the_most_urgent_stands_first(void **state)
{
    (void)state;
    health_say(&h, HEALTH_KEYS_END_MONTH, 0, at(0.0), "month");
    health_say(&h, HEALTH_INPUT, 3, at(0.0), "input");
    health_say(&h, HEALTH_FORK, 1, at(0.0), "fork of 1");
    health_say(&h, HEALTH_FORK, 0, at(0.0), "fork of 0");
    health_say(&h, HEALTH_DISK, 0, at(0.0), "disk");
    assert_int_equal(end_round(0.0), 5); /* four are written */
    assert_string_equal(lines[0].what, "disk");
    assert_string_equal(lines[1].what, "fork of 0");
    assert_string_equal(lines[2].what, "fork of 1");
    assert_true(lines[2].is_alarm);
    assert_string_equal(lines[3].what, "input");
    assert_false(lines[3].is_alarm);
    assert_int_equal(end_round(1.0), 3); /* the disk works; what was found stays */
}

static void every_kind_says_what_to_do(void **state)
{
    (void)state;
    for (uint32_t kind = 0; kind < HEALTH_KINDS; kind++) {
        health_init(&h);
        health_say(&h, (enum health_kind)kind, 0, at(0.0), "so");
        health_round(&h, at(300.0), tell, NULL); /* longer than any waits */
        assert_int_equal(health_lines(&h, lines, 1), 1);
        assert_true(lines[0].todo != NULL && strlen(lines[0].todo) > 10);
    }
}

static void what_is_no_certificate_has_no_end(void **state)
{
    (void)state;
    int64_t end = 7;
    char folder[] = "/tmp/watchfire-health-XXXXXX";
    char pipe[64];
    assert_non_null(mkdtemp(folder));
    (void)snprintf(pipe, sizeof pipe, "%s/pipe", folder);
    assert_int_equal(mkfifo(pipe, 0600), 0);
    (void)alarm(10); /* whoever waits for its other end dies of it */
    assert_false(certificate_end(pipe, &end));
    (void)alarm(0);
    assert_int_equal(unlink(pipe), 0);
    assert_int_equal(rmdir(folder), 0);
    assert_false(certificate_end("/dev/null", &end));
    assert_false(certificate_end("/nowhere", &end));
    assert_int_equal(end, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(it_appears_when_it_has_been_so_for_a_while, begin),
        cmocka_unit_test_setup(what_comes_in_pieces_does_not_flicker, begin),
        cmocka_unit_test_setup(the_most_urgent_stands_first, begin),
        cmocka_unit_test_setup(every_kind_says_what_to_do, begin),
        cmocka_unit_test(what_is_no_certificate_has_no_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
