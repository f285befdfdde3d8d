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

#define LAP 97 /* steps: 96 of 256 records, and one of 72 */

/* More of the smallest than there are entries. */
static void more_than_there_are_entries(void **state)
{
    (void)state;
    static uint8_t steps[3 * 262];
    for (size_t i = 0; i < sizeof steps; i += 3) {
        steps[i + 1] = 255;
    }
    ledger_model_play(steps, sizeof steps);
}

/* 24,648 records of 1,021 bytes leave 216 bytes at the end of the arena. Ten small ones lie there
 * when the next lap ends before them: they go, because they are older than what stands at the
 * start. */
static void laps_that_end_in_different_places(void **state)
{
    (void)state;
    static uint8_t steps[3 * (2 * LAP + 2)];
    for (size_t i = 0; i < 2 * LAP; i++) {
        uint8_t *step = steps + 3 * (i < LAP ? i : i + 1);
        step[1] = i % LAP == LAP - 1 ? 71 : 255;
        step[2] = 255;
    }
    steps[3 * LAP + 1] = 9;
    steps[sizeof steps - 2] = 3;
    steps[sizeof steps - 1] = 255;
    ledger_model_play(steps, sizeof steps);
}

/* 5,100 records, acknowledged in pieces: of those only the newest 4,096 stay. */
static void acknowledged_ones_go(void **state)
{
    (void)state;
    static uint8_t steps[3 * 44];
    for (size_t i = 0; i < 20; i++) {
        steps[3 * i + 1] = i < 19 ? 255 : 235;
    }
    for (size_t i = 0; i < 22; i++) {
        uint8_t *step = steps + 3 * (20 + i);
        step[0] = 0x83;
        step[1] = (uint8_t)(i < 21 ? 255 - 12 * i : 0);
        step[2] = 255;
    }
    steps[3 * 43 + 1] = 3;
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
        cmocka_unit_test(more_than_there_are_entries),
        cmocka_unit_test(laps_that_end_in_different_places),
        cmocka_unit_test(acknowledged_ones_go),
        cmocka_unit_test(sends_are_counted_to_their_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
