/* Which sequences are here, against a table, over random steps; and what two histories meet. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/random.h"
#include "sequence_model.h"
#include "share/sequence_set.h"

static void random_steps(void **state)
{
    (void)state;
    struct random r;
    for (uint64_t seed = 0; seed < 300; seed++) {
        uint8_t steps[900];
        random_init(&r, seed, 3);
        for (size_t i = 0; i < sizeof steps; i++) {
            steps[i] = (uint8_t)random_u64(&r);
        }
        /* Half of the runs never skip and are short, so that the ranges run out. */
        for (size_t i = 0; i < sizeof steps && seed % 2 == 0; i += 3) {
            steps[i] &= 0x06;
            steps[i + 1] |= 1;
            steps[i + 2] = 0;
        }
        sequence_model_play(steps, sizeof steps);
    }
}

/* A run between two ranges has to fit both: its head after is the right one's before. */
static void a_run_that_fits_on_one_side_only(void **state)
{
    (void)state;
    const struct frame_position start = {.epoch = {.counter = 1}};
    const struct sequence_range left = {3, 4, {{2}}, {{4}}};
    const struct sequence_range right = {7, 8, {{6}}, {{8}}};
    struct sequence_range between = {5, 6, {{4}}, {{99}}};
    struct sequence_set s;
    sequence_set_init(&s, &start);
    assert_int_equal(sequence_set_add(&s, &left), OK);
    assert_int_equal(sequence_set_add(&s, &right), OK);
    assert_int_equal(sequence_set_add(&s, &between), ERR_SIGNATURE);
    assert_int_equal(s.count, 2);
    between.after = right.before;
    assert_int_equal(sequence_set_add(&s, &between), OK);
    assert_int_equal(s.count, 1);
    assert_int_equal(s.ranges[0].last, 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_steps),
        cmocka_unit_test(a_run_that_fits_on_one_side_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
