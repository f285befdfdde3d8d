/* The window against links that a few lines play: so many bytes a second, and a delay. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "share/window.h"

#define STEP_NS (50 * NS_PER_MS) /* acknowledgements come this often */

/* Sends as much as the window allows over a link for so long; the bytes acknowledged a second in
 * the last half, and the longest round in it. */
static double play(double bytes_a_second, int64_t delay_ns, int seconds, int64_t *longest_ns)
{
    struct window w;
    struct instant now = {NS_PER_S};
    double queued = 0.0; /* on the way and not yet through */
    double through = 0.0;
    window_init(&w, now);
    *longest_ns = 0;
    const int steps = seconds * 20;
    for (int i = 0; i < steps; i++) {
        now = instant_plus(now, (struct duration){STEP_NS});
        queued = (double)w.bytes; /* there is always more to send */
        w.was_full = true;
        const int64_t round_ns = delay_ns + STEP_NS + (int64_t)(1e9 * queued / bytes_a_second);
        /* In flight for one round: a step acknowledges its share of it. */
        const double share = (double)STEP_NS / (double)round_ns;
        const double bytes = queued * (share < 1.0 ? share : 1.0);
        window_acknowledged(&w, (uint32_t)bytes, round_ns, now);
        assert_in_range(w.bytes, WINDOW_BYTES_MIN, WINDOW_BYTES_MAX);
        if (i >= steps / 2) {
            through += bytes;
            *longest_ns = round_ns > *longest_ns ? round_ns : *longest_ns;
        }
    }
    return through / (seconds / 2.0);
}

/* 20 MB/s and 50 ms: the window opens all the way. */
static void a_wide_link_is_used(void **state)
{
    (void)state;
    int64_t longest_ns = 0;
    assert_true(play(20e6, 50 * NS_PER_MS, 40, &longest_ns) > 8e6);
    assert_true(longest_ns < 400 * NS_PER_MS);
}

/* 250 kB/s: what would wait for twelve seconds in the widest window waits for less than two. */
static void a_narrow_link_is_not_filled(void **state)
{
    (void)state;
    int64_t longest_ns = 0;
    assert_true(play(250e3, 20 * NS_PER_MS, 60, &longest_ns) > 150e3);
    assert_true(longest_ns < 2 * NS_PER_S);
}

static void patience_follows_the_rounds(void **state)
{
    (void)state;
    struct window w;
    struct instant now = {NS_PER_S};
    window_init(&w, now);
    assert_int_equal(window_patience_ns(&w), WINDOW_PATIENCE_NS);
    for (int i = 0; i < 100; i++) {
        now = instant_plus(now, (struct duration){STEP_NS});
        window_acknowledged(&w, 1000, 80 * NS_PER_MS, now);
    }
    assert_in_range(window_patience_ns(&w), 500 * NS_PER_MS, 600 * NS_PER_MS);
    for (int i = 0; i < 100; i++) {
        now = instant_plus(now, (struct duration){STEP_NS});
        window_acknowledged(&w, 1000, 5 * NS_PER_S, now);
    }
    assert_int_equal(window_patience_ns(&w), WINDOW_PATIENCE_NS);
}

/* However many acknowledgements come in it. */
static void a_window_narrows_once_a_round(void **state)
{
    (void)state;
    struct window w;
    const struct instant start = {NS_PER_S};
    window_init(&w, start);
    w.was_full = true;
    window_acknowledged(&w, 1000000, NS_PER_S / 100, start);
    const uint32_t wide = w.bytes;
    assert_int_equal(wide, WINDOW_BYTES_MIN + 1000000);
    window_acknowledged(&w, 1000, NS_PER_S, instant_plus_s(start, 1.0));
    const uint32_t narrowed = w.bytes;
    assert_int_equal(narrowed, wide - wide / 4);
    window_acknowledged(&w, 1000, NS_PER_S, instant_plus_s(start, 1.5));
    assert_int_equal(w.bytes, narrowed);
    window_acknowledged(&w, 1000, NS_PER_S, instant_plus_s(start, 2.5));
    assert_true(w.bytes < narrowed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wide_link_is_used),
        cmocka_unit_test(a_narrow_link_is_not_filled),
        cmocka_unit_test(patience_follows_the_rounds),
        cmocka_unit_test(a_window_narrows_once_a_round),
    };
    return cmocka_run_group_tests_name("window", tests, NULL, NULL);
}
