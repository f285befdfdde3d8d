/* Instants and durations: rounding, saturation, the grid. */
#include "near.h"

#include "base/instant.h"

static void seconds_round_to_the_nearest_nanosecond(void **state)
{
    (void)state;
    assert_true(duration_from_s(1.5).ns == 1500000000);
    assert_true(duration_from_s(0.4e-9).ns == 0);
    assert_true(duration_from_s(0.6e-9).ns == 1);
    assert_true(duration_from_s(-0.6e-9).ns == -1);
    assert_true(duration_from_s(0.1).ns == 100000000);
    assert_near(duration_s((struct duration){-2500000000}), -2.5, 0.0);
}

static void nothing_wraps(void **state)
{
    (void)state;
    assert_true(duration_from_s(1e300).ns == INT64_MAX);
    assert_true(duration_from_s(-1e300).ns == -INT64_MAX);
    const struct instant last = INSTANT_LAST;
    const struct instant first = {-INT64_MAX};
    assert_true(instant_plus_s(last, 1.0).tai_ns == INT64_MAX);
    const struct instant before = instant_plus_s(first, -1.0);
    assert_true(before.tai_ns == -INT64_MAX);
    assert_true(instant_is_set(before));
    /* One step further down stands "unset", which is no date: not reached either. */
    assert_true(instant_plus(first, (struct duration){-1}).tai_ns == -INT64_MAX);
    assert_true(instant_since(last, first).ns == INT64_MAX);
    assert_true(instant_since(first, last).ns == -INT64_MAX);
}

static void unset_is_no_date(void **state)
{
    (void)state;
    assert_false(instant_is_set(INSTANT_UNSET));
    assert_true(instant_is_set((struct instant){0}));
    assert_true(instant_is_set(INSTANT_LAST));
}

static void order_and_difference_agree(void **state)
{
    (void)state;
    const struct instant a = {1000};
    const struct instant b = instant_plus_s(a, 2.0);
    assert_true(instant_before(a, b));
    assert_false(instant_before(b, a));
    assert_false(instant_before(a, a));
    assert_true(instant_equal(a, (struct instant){1000}));
    assert_near(instant_since_s(b, a), 2.0, 0.0);
    assert_near(instant_since_s(a, b), -2.0, 0.0);
}

static void grid_is_at_or_after(void **state)
{
    (void)state;
    const struct duration step = {1000};
    const int64_t cases[][2] = {{0, 0},         {1, 1000},       {999, 1000}, {1000, 1000},
                                {1001, 2000},   {-1, 0},         {-999, 0},   {-1000, -1000},
                                {-1001, -1000}, {123456, 124000}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct instant t = instant_grid_at_or_after((struct instant){cases[i][0]}, step);
        assert_true(t.tai_ns == cases[i][1]);
    }
    assert_true(instant_grid_at_or_after(INSTANT_LAST, step).tai_ns == INT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seconds_round_to_the_nearest_nanosecond),
        cmocka_unit_test(nothing_wraps),
        cmocka_unit_test(unset_is_no_date),
        cmocka_unit_test(order_and_difference_agree),
        cmocka_unit_test(grid_is_at_or_after),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
