/* A partner's record whose times cannot be true is refused before it is used: predicting it would
 * take years of steps, or throw the own track out of the picture. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "engine/accept.h"

static const struct instant NOW = {INT64_C(1700000000) * NS_PER_S};

static struct instant at(double s)
{
    return instant_plus_s(NOW, s);
}

/* A track that was seen first 100 s ago, stopped thrusting 40 s ago, and was measured just now. */
static struct record valid(void)
{
    struct record r;
    memset(&r, 0, sizeof r);
    r.kind = RECORD_TRACK;
    r.made = at(0.0);
    r.track.time = at(0.8);
    r.track.position.x_m = 6.6e6;
    r.track.first_detection = at(-100.0);
    r.track.span_from = at(-40.0);
    r.track.last_measurement = at(-0.5);
    r.track.end_of_thrust = at(-40.0);
    r.track.launch.determined = true;
    r.track.launch.time = at(-170.0);
    return r;
}

static void what_fits_is_accepted(void **state)
{
    (void)state;
    struct record r = valid();
    assert_true(accept_record(&r, NOW));
    r.track.end_of_thrust = INSTANT_UNSET;
    r.track.span_from = r.track.first_detection;
    assert_true(accept_record(&r, NOW));
    r.track.manoeuvring = true;
    r.track.position.x_m = 6.42e6;
    assert_true(accept_record(&r, NOW));
    /* Nobody says what is in it: it is used with care, not refused. */
    r.track.span_from = INSTANT_UNSET;
    assert_true(accept_record(&r, NOW));
    /* After a long cut the backlog is old, and still true. */
    r = valid();
    assert_true(accept_record(&r, at(3600.0)));
}

#define REFUSED(change)                       \
    do {                                      \
        struct record r = valid();            \
        change;                               \
        assert_false(accept_record(&r, NOW)); \
    } while (0)

static void what_cannot_be_is_refused(void **state)
{
    (void)state;
    const double year_s = 365.0 * 86400.0;
    REFUSED(r.track.position.x_m = 6.34e6);
    REFUSED(r.made = at(-50.0 * year_s));
    REFUSED(r.made = at(60.0));
    REFUSED(r.track.time = at(-50.0 * year_s));
    REFUSED(r.track.time = at(year_s));
    REFUSED(r.track.time = INSTANT_UNSET);
    REFUSED(r.track.first_detection = at(-year_s));
    REFUSED(r.track.first_detection = at(1.0));
    REFUSED(r.track.last_measurement = at(30.0));
    REFUSED(r.track.last_measurement = at(-200.0));
    REFUSED(r.track.span_from = at(-500.0));
    REFUSED(r.track.span_from = at(10.0));
    /* Certain of the end of thrust the moment it ends, or before: nobody can be. */
    REFUSED(r.track.end_of_thrust = at(-1.0));
    REFUSED(r.track.end_of_thrust = at(5.0));
    REFUSED(r.track.end_of_thrust = at(-400.0));
    /* A manoeuvre withholds the impact for all: not on the word of who claims it in space. */
    REFUSED(r.track.manoeuvring = true; r.track.position.x_m = 6.8e6);
    REFUSED(r.track.launch.time = at(-year_s));
    REFUSED(r.track.launch.time = at(year_s));
}

static void notices_and_warnings_have_a_time_too(void **state)
{
    (void)state;
    struct record r;
    memset(&r, 0, sizeof r);
    r.kind = RECORD_NOTICE;
    r.made = at(-1.0);
    assert_true(accept_record(&r, NOW));
    r.kind = RECORD_WARNING;
    assert_true(accept_record(&r, NOW));
    r.made = at(100.0);
    assert_false(accept_record(&r, NOW));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_fits_is_accepted),
        cmocka_unit_test(what_cannot_be_is_refused),
        cmocka_unit_test(notices_and_warnings_have_a_time_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
