/* The queue of frames against one that is written down: an array that is shifted. */
#include "link/frame_queue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/random.h"

static struct frame_queue queue;

static void test_limits(void **state)
{
    (void)state;
    static uint8_t big[65536];
    const struct bytes one = {big, 1};
    const struct bytes whole = {big, sizeof big};
    for (uint32_t i = 0; i < FRAME_QUEUE_MAX; i++) {
        assert_int_equal(frame_queue_put(&queue, one, i), OK);
    }
    assert_int_equal(frame_queue_put(&queue, one, 0), ERR_FULL);
    assert_int_equal(frame_queue_drop_before(&queue, 100), 100);
    assert_int_equal(frame_queue_drop_before(&queue, 100), 0);
    frame_queue_clear(&queue);
    assert_int_equal(queue.bytes, 0);
    for (uint32_t i = 0; i < FRAME_QUEUE_BYTES_MAX / sizeof big; i++) {
        assert_int_equal(frame_queue_put(&queue, whole, 0), OK);
    }
    assert_int_equal(frame_queue_put(&queue, one, 0), ERR_FULL);
    assert_true(frame_queue_drop(&queue));
    assert_int_equal(frame_queue_put(&queue, one, 0), OK);
    frame_queue_clear(&queue);
    assert_false(frame_queue_drop(&queue));
}

static void test_order(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, 4711, 1);
    static uint32_t expected[FRAME_QUEUE_MAX];
    uint32_t count = 0;
    uint32_t number = 0;
    for (int step = 0; step < 100000; step++) {
        if (random_u64(&random) % 100 < 52) {
            const struct bytes data = {(const uint8_t *)&number, sizeof number};
            const result done = frame_queue_put(&queue, data, number);
            assert_int_equal(done, count < FRAME_QUEUE_MAX ? OK : ERR_FULL);
            if (done == OK) {
                expected[count++] = number;
            }
            number++;
        } else {
            struct queued_frame got = {.data = NULL};
            assert_int_equal(frame_queue_take(&queue, &got), count > 0);
            if (count > 0) {
                assert_int_equal(got.size, sizeof number);
                assert_memory_equal(got.data, &expected[0], sizeof number);
                assert_int_equal(got.time_ms, expected[0]);
                memmove(expected, expected + 1, --count * sizeof expected[0]);
            }
            free(got.data);
        }
        assert_int_equal(queue.count, count);
        assert_int_equal(queue.bytes, count * sizeof number);
    }
    frame_queue_clear(&queue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_limits), cmocka_unit_test(test_order)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
