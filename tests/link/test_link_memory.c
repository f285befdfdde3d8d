#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "link/link_memory.h"

static struct instant at(double seconds)
{
    return instant_plus_s((struct instant){INT64_C(1600000000) * NS_PER_S}, seconds);
}

static void send_number(struct link_memory *l, uint32_t from, uint32_t to, uint64_t n,
                        struct instant now)
{
    uint8_t data[8];
    memcpy(data, &n, sizeof data);
    assert_int_equal(link_memory_send(l, from, to, 0, (struct bytes){data, 8}, now), OK);
}

static uint64_t number_of(const struct link_delivery *d)
{
    uint64_t n = 0;
    assert_int_equal(d->data.size, 8);
    memcpy(&n, d->data.data, 8);
    return n;
}

static void test_delay_and_order(void **state)
{
    (void)state;
    struct link_memory *l = NULL;
    struct link_delivery d;
    assert_int_equal(link_memory_open(3, 1, &l), OK);
    const struct link_faults slow = {.delay_s = 0.5};
    assert_int_equal(link_memory_set(l, 0, 1, &slow), OK);
    send_number(l, 0, 1, 1, at(0.0));
    send_number(l, 0, 1, 2, at(0.0));
    send_number(l, 2, 1, 3, at(0.1));
    assert_true(instant_equal(link_memory_next_time(l), at(0.1)));
    assert_false(link_memory_next(l, at(0.05), &d));
    assert_true(link_memory_next(l, at(0.1), &d));
    assert_int_equal(number_of(&d), 3);
    assert_int_equal(d.from, 2);
    assert_false(link_memory_next(l, at(0.499), &d));
    assert_true(link_memory_next(l, at(1.0), &d));
    assert_int_equal(number_of(&d), 1);
    assert_true(instant_equal(d.time, at(0.5)));
    assert_true(link_memory_next(l, at(1.0), &d));
    assert_int_equal(number_of(&d), 2);
    assert_true(instant_equal(link_memory_next_time(l), INSTANT_LAST));
    link_memory_close(l);
}

static void test_faults_have_their_probability(void **state)
{
    (void)state;
    struct link_memory *l = NULL;
    struct link_delivery d;
    assert_int_equal(link_memory_open(2, 7, &l), OK);
    const struct link_faults faults = {.jitter_s = 0.2,
                                       .loss_probability = 0.3,
                                       .flip_probability = 0.1,
                                       .repeat_probability = 0.2};
    assert_int_equal(link_memory_set(l, 0, 1, &faults), OK);
    uint64_t arrived = 0;
    uint64_t flipped = 0;
    uint64_t early = 0;
    uint64_t newest = 0;
    for (uint64_t n = 0; n < 20000; n++) {
        send_number(l, 0, 1, 0, at(0.01 * (double)n));
        while (link_memory_next(l, at(0.01 * (double)n), &d)) {
            arrived++;
            flipped += number_of(&d) != 0 ? 1 : 0;
            assert_true(number_of(&d) == 0 || (number_of(&d) & (number_of(&d) - 1)) == 0);
            early += (uint64_t)d.time.tai_ns < newest ? 1 : 0;
            newest = (uint64_t)d.time.tai_ns;
        }
    }
    const struct link_counters *c = link_memory_counters(l, 0, 1);
    assert_int_equal(early, 0);
    assert_in_range(c->lost, 5700, 6300);
    assert_in_range(c->repeated, 2600, 3000);
    assert_in_range(flipped, 1400, 2000);
    assert_in_range(arrived, c->sent - c->lost + c->repeated - 100,
                    c->sent - c->lost + c->repeated);
    link_memory_close(l);
}

static void test_a_cut_changes_nothing_elsewhere(void **state)
{
    (void)state;
    uint64_t sum[2] = {0, 0};
    for (int cut = 0; cut < 2; cut++) {
        struct link_memory *l = NULL;
        struct link_delivery d;
        assert_int_equal(link_memory_open(2, 7, &l), OK);
        struct link_faults faults = {.jitter_s = 0.2, .loss_probability = 0.3};
        assert_int_equal(link_memory_set(l, 0, 1, &faults), OK);
        faults.cut = cut == 1;
        assert_int_equal(link_memory_set(l, 1, 0, &faults), OK);
        for (uint64_t n = 1; n <= 1000; n++) {
            send_number(l, 0, 1, n, at((double)n));
            send_number(l, 1, 0, n, at((double)n));
            while (link_memory_next(l, at((double)n + 0.5), &d)) {
                if (d.from == 0) {
                    sum[cut] = sum[cut] * 31 + number_of(&d) + (uint64_t)d.time.tai_ns;
                } else {
                    assert_int_equal(cut, 0);
                }
            }
        }
        link_memory_close(l);
    }
    assert_true(sum[0] == sum[1] && sum[0] != 0);
}

static void test_limits(void **state)
{
    (void)state;
    struct link_memory *l = NULL;
    uint8_t byte = 0;
    assert_int_equal(link_memory_open(9, 1, &l), ERR_RANGE);
    assert_int_equal(link_memory_open(2, 1, &l), OK);
    const struct bytes data = {&byte, 1};
    assert_int_equal(link_memory_send(l, 0, 0, 0, data, at(0.0)), ERR_RANGE);
    assert_int_equal(link_memory_send(l, 0, 2, 0, data, at(0.0)), ERR_RANGE);
    assert_int_equal(link_memory_send(l, 0, 1, 0, (struct bytes){&byte, 0}, at(0.0)), ERR_RANGE);
    const struct link_faults wrong = {.loss_probability = 1.5};
    assert_int_equal(link_memory_set(l, 0, 1, &wrong), ERR_RANGE);
    for (int i = 0; i < LINK_QUEUE_MAX; i++) {
        assert_int_equal(link_memory_send(l, 0, 1, 0, data, at(0.0)), OK);
    }
    assert_int_equal(link_memory_send(l, 0, 1, 0, data, at(0.0)), ERR_FULL);
    assert_int_equal(link_memory_counters(l, 0, 1)->overflowed, 1);
    link_memory_close(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_delay_and_order),
        cmocka_unit_test(test_faults_have_their_probability),
        cmocka_unit_test(test_a_cut_changes_nothing_elsewhere),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
