/* The node's clock: it follows the system's, but never backwards, and says when that was set. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/utc.h"
#include "node/node_clock.h"

#define S NS_PER_S
/* 2023-07-12T00:00:00Z by POSIX clocks; TAI - UTC was 37 s (IERS Bulletin C 66). */
#define DAY_S INT64_C(1689120000)
#define TAI_S (DAY_S + 37)

static struct node_clock watch;
static struct instant now;

static enum node_clock_news take(int64_t realtime_ns, int64_t monotonic_ns)
{
    const struct instant before = now;
    const enum node_clock_news news =
        node_clock_take(&watch, realtime_ns, monotonic_ns, INSTANT_UNSET, &now);
    assert_false(instant_is_set(before) && instant_before(now, before));
    return news;
}

static int begin(void **state)
{
    (void)state;
    memset(&watch, 0, sizeof watch);
    now = INSTANT_UNSET;
    return 0;
}

static void it_follows_the_systems_clock_in_tai(void **state)
{
    (void)state;
    assert_int_equal(take(DAY_S * S, 1000 * S), NODE_CLOCK_STEADY);
    assert_true(now.tai_ns == TAI_S * S);
    /* A clock that is steered a little goes along forward, and is held a little backwards. */
    assert_int_equal(take((DAY_S + 1) * S + 50, 1001 * S), NODE_CLOCK_STEADY);
    assert_true(now.tai_ns == (TAI_S + 1) * S + 50);
    assert_int_equal(take((DAY_S + 2) * S, 1002 * S), NODE_CLOCK_STEADY);
    assert_true(now.tai_ns == (TAI_S + 2) * S + 50);
}

static void a_step_forward_is_followed_and_told_once(void **state)
{
    (void)state;
    (void)take(DAY_S * S, 0);
    assert_int_equal(take((DAY_S + 3601) * S, S), NODE_CLOCK_SET_FORWARD);
    assert_true(now.tai_ns == (TAI_S + 3601) * S);
    assert_true(watch.step_ns == 3600 * S);
    assert_int_equal(take((DAY_S + 3602) * S, 2 * S), NODE_CLOCK_STEADY);
}

static void set_back_it_goes_on_says_so_and_comes_back(void **state)
{
    (void)state;
    (void)take(DAY_S * S, 0);
    /* A minute back; for two seconds it might be an accident. */
    assert_int_equal(take((DAY_S - 59) * S, S), NODE_CLOCK_STEADY);
    assert_true(now.tai_ns == (TAI_S + 1) * S);
    assert_int_equal(take((DAY_S - 58) * S, 2 * S), NODE_CLOCK_STEADY);
    assert_true(now.tai_ns == (TAI_S + 2) * S);
    assert_int_equal(take((DAY_S - 57) * S, 3 * S), NODE_CLOCK_SET_BACK);
    assert_true(watch.step_ns < -59 * S && watch.is_alone);
    /* Half of each second goes by until both agree: after two minutes at the most. */
    enum node_clock_news news = NODE_CLOCK_STEADY;
    int64_t t = 3;
    while (news == NODE_CLOCK_STEADY && t < 300) {
        t++;
        const struct instant before = now;
        news = take((DAY_S - 60 + t) * S, t * S);
        assert_true(now.tai_ns - before.tai_ns >= S / 2);
        assert_true(now.tai_ns - before.tai_ns <= S);
    }
    assert_int_equal(news, NODE_CLOCK_AGREES);
    assert_in_range(t, 110, 125);
    assert_true(now.tai_ns == (TAI_S - 60 + t) * S);
    assert_int_equal(watch.steps, 1);
}

/* The leap second of 2016-12-31 (IERS Bulletin C 52): POSIX clocks count 23:59:59 twice. */
static void a_leap_second_passes_without_a_word(void **state)
{
    (void)state;
    struct instant leap;
    static const char LEAP[] = "2016-12-31T23:59:60Z";
    assert_int_equal(utc_parse(LEAP, strlen(LEAP), &leap), OK);
    const int64_t midnight_s = 1483228800;
    assert_int_equal(take((midnight_s - 2) * S, 0), NODE_CLOCK_STEADY);
    for (int64_t tenth = 1; tenth <= 60; tenth++) {
        /* Two seconds on, the clock is set back by one. */
        const int64_t posix_ns = (midnight_s - 2) * S + tenth * S / 10 - (tenth >= 20 ? S : 0);
        assert_int_equal(take(posix_ns, tenth * S / 10), NODE_CLOCK_STEADY);
        assert_true(now.tai_ns == leap.tai_ns - 2 * S + tenth * S / 10);
    }
}

static void it_never_starts_before_the_journal(void **state)
{
    (void)state;
    const struct instant floor = {(TAI_S + 500) * S};
    (void)node_clock_take(&watch, DAY_S * S, 0, floor, &now);
    assert_true(now.tai_ns == floor.tai_ns);
    assert_int_equal(node_clock_take(&watch, (DAY_S + 3) * S, 3 * S, floor, &now),
                     NODE_CLOCK_STEADY);
    assert_int_equal(node_clock_take(&watch, (DAY_S + 6) * S, 6 * S, floor, &now),
                     NODE_CLOCK_SET_BACK);
    assert_true(now.tai_ns > floor.tai_ns);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(it_follows_the_systems_clock_in_tai, begin),
        cmocka_unit_test_setup(a_step_forward_is_followed_and_told_once, begin),
        cmocka_unit_test_setup(set_back_it_goes_on_says_so_and_comes_back, begin),
        cmocka_unit_test_setup(a_leap_second_passes_without_a_word, begin),
        cmocka_unit_test_setup(it_never_starts_before_the_journal, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
