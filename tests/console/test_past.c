/* The pictures that are kept for those who come later. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "console/past.h"

#define LARGE (1024 * 1024)

static void keep(struct past *past, uint64_t sequence, size_t size)
{
    char *json = malloc(size);
    assert_non_null(json);
    memset(json, ' ', size);
    struct picture *picture = picture_make(json, size, 7, sequence);
    assert_non_null(picture);
    past_keep(past, picture);
    picture_drop(picture);
    free(json);
}

static void the_newest_is_always_there_and_the_oldest_stays(void **state)
{
    (void)state;
    struct past past = {.count = 0};
    for (uint64_t i = 1; i <= 5000; i++) {
        keep(&past, i, 10);
        assert_in_range(past.count, 1, PAST_PICTURES_MAX);
        assert_int_equal(picture_sequence(past.pictures[past.count - 1]), i);
    }
    assert_int_equal(picture_sequence(past.pictures[0]), 1);
    for (size_t i = 1; i < past.count; i++) {
        assert_true(picture_sequence(past.pictures[i - 1]) < picture_sequence(past.pictures[i]));
    }
    past_clear(&past);
}

static void bytes_are_bounded(void **state)
{
    (void)state;
    struct past past = {.count = 0};
    for (uint64_t i = 1; i <= 60; i++) {
        keep(&past, i, LARGE);
        size_t bytes = 0;
        for (size_t k = 0; k < past.count; k++) {
            bytes += picture_event(past.pictures[k]).size;
        }
        assert_int_equal(bytes, past.bytes);
        assert_in_range(bytes, LARGE, PAST_BYTES_MAX);
    }
    past_clear(&past);
}

static void the_next_lies_between(void **state)
{
    (void)state;
    struct past past = {.count = 0};
    assert_null(past_next(&past, 0, UINT64_MAX));
    for (uint64_t i = 10; i <= 30; i += 10) {
        keep(&past, i, 10);
    }
    assert_int_equal(picture_sequence(past_next(&past, 0, 30)), 10);
    assert_int_equal(picture_sequence(past_next(&past, 10, 30)), 20);
    assert_null(past_next(&past, 20, 30));
    assert_null(past_next(&past, 30, 40));
    past_clear(&past);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_newest_is_always_there_and_the_oldest_stays),
        cmocka_unit_test(bytes_are_bounded),
        cmocka_unit_test(the_next_lies_between),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
