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

/* Small ones among large ones: where one lap of the arena ends the next one does not, and what an
 * older lap left behind its end goes before anything newer. */
static void laps_that_end_in_different_places(void **state)
{
    (void)state;
    uint8_t steps[3 * 76];
    for (size_t i = 0; i < sizeof steps; i += 3) {
        steps[i] = 1;
        steps[i + 1] = 255;
        steps[i + 2] = (uint8_t)(128 + i / 3);
    }
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
