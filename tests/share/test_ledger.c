/* A ledger against a list of all that went in, over random steps, round the end of its arena and
 * beyond its number of entries. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/random.h"
#include "ledger_model.h"

static void random_steps(void **state)
{
    (void)state;
    struct random r;
    for (uint64_t seed = 0; seed < 25; seed++) {
        uint8_t steps[240];
        random_init(&r, seed, 4);
        for (size_t i = 0; i < sizeof steps; i++) {
            steps[i] = (uint8_t)random_u64(&r);
        }
        ledger_model_play(steps, sizeof steps);
    }
}

/* More of the smallest than there are entries, more of the largest than there is room. */
static void both_limits(void **state)
{
    (void)state;
    uint8_t small[3 * 40];
    uint8_t large[3 * 40];
    for (size_t i = 0; i < sizeof small; i += 3) {
        small[i] = large[i] = 0;
        small[i + 1] = large[i + 1] = 255;
        small[i + 2] = 0;
        large[i + 2] = 192;
    }
    ledger_model_play(small, sizeof small);
    ledger_model_play(large, sizeof large);
}

/* 2,054 records of 1,021 bytes leave 18 bytes at the end of the arena. Ten small ones lie there
 * when the next lap ends before them: they go, because they are older than what stands at the
 * start. */
static void laps_that_end_in_different_places(void **state)
{
    (void)state;
    static const uint8_t lap[] = {255, 255, 255, 255, 255, 255, 255, 255, 5};
    uint8_t steps[3 * 20] = {0};
    for (size_t i = 0; i < 18; i++) {
        uint8_t *step = steps + 3 * (i < 9 ? i : i + 1);
        step[1] = lap[i % 9];
        step[2] = 255;
    }
    steps[3 * 9 + 1] = 9;
    steps[3 * 19 + 1] = 3;
    steps[3 * 19 + 2] = 255;
    ledger_model_play(steps, sizeof steps);
}

/* How often an entry was sent is counted to 255 and no further. */
static void sends_are_counted_to_their_limit(void **state)
{
    (void)state;
    uint8_t steps[3 * 301] = {0};
    for (size_t i = 3; i < sizeof steps; i += 3) {
        steps[i] = 5;
        steps[i + 1] = 1;
    }
    ledger_model_play(steps, sizeof steps);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_steps),
        cmocka_unit_test(both_limits),
        cmocka_unit_test(laps_that_end_in_different_places),
        cmocka_unit_test(sends_are_counted_to_their_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
