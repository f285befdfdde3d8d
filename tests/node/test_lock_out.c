/* Wrong passwords lock a name for longer and longer, whoever has it or nobody. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "node/lock_out.h"

static struct lock_out locks;

static struct officer_name name_of(const char *text)
{
    struct officer_name name;
    assert_int_equal(officer_name_parse(text, &name), OK);
    return name;
}

static void five_lock_it_and_each_more_doubles(void **state)
{
    (void)state;
    memset(&locks, 0, sizeof locks);
    const struct officer_name kim = name_of("kim");
    int64_t now_s = 1000;
    for (int i = 0; i < LOCK_OUT_FREE; i++) {
        assert_int_equal(lock_out_wait_s(&locks, &kim, now_s), 0);
        lock_out_wrong(&locks, &kim, true, now_s);
    }
    static const uint32_t WAITS_S[] = {60, 120, 240, 480, 960, 1920, 3600, 3600};
    for (size_t i = 0; i < sizeof WAITS_S / sizeof WAITS_S[0]; i++) {
        assert_int_equal(lock_out_wait_s(&locks, &kim, now_s), WAITS_S[i]);
        assert_int_equal(lock_out_wait_s(&locks, &kim, now_s + WAITS_S[i] - 1), 1);
        now_s += WAITS_S[i];
        assert_int_equal(lock_out_wait_s(&locks, &kim, now_s), 0);
        lock_out_wrong(&locks, &kim, true, now_s);
    }
    const struct officer_name sato = name_of("sato");
    assert_int_equal(lock_out_wait_s(&locks, &sato, now_s), 0);
    assert_int_equal(lock_out_wait_s(&locks, &kim, now_s + LOCK_OUT_FORGET_S), 0);
    lock_out_wrong(&locks, &kim, true, now_s + LOCK_OUT_FORGET_S);
    assert_int_equal(lock_out_wait_s(&locks, &kim, now_s + LOCK_OUT_FORGET_S), 0);
}

static void a_good_one_begins_anew(void **state)
{
    (void)state;
    memset(&locks, 0, sizeof locks);
    const struct officer_name kim = name_of("kim");
    for (int i = 0; i < LOCK_OUT_FREE - 1; i++) {
        lock_out_wrong(&locks, &kim, true, 5);
    }
    lock_out_good(&locks, &kim);
    lock_out_wrong(&locks, &kim, true, 6);
    assert_int_equal(lock_out_wait_s(&locks, &kim, 6), 0);
}

/* Who guesses at thousands of names takes no officer's count away. */
static void names_of_nobody_give_way(void **state)
{
    (void)state;
    memset(&locks, 0, sizeof locks);
    const struct officer_name kim = name_of("kim");
    for (int i = 0; i < LOCK_OUT_FREE; i++) {
        lock_out_wrong(&locks, &kim, true, 10);
    }
    for (int i = 0; i < 10 * LOCK_OUT_NAMES; i++) {
        char text[OFFICER_NAME_SIZE];
        snprintf(text, sizeof text, "nobody-%d", i);
        const struct officer_name other = name_of(text);
        lock_out_wrong(&locks, &other, false, 11 + i / 100);
    }
    assert_int_equal(lock_out_wait_s(&locks, &kim, 30), 40);
    struct officer_name last = name_of("nobody-1279");
    for (int i = 0; i < LOCK_OUT_FREE - 1; i++) {
        lock_out_wrong(&locks, &last, false, 40);
    }
    assert_int_equal(lock_out_wait_s(&locks, &last, 40), 60);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(five_lock_it_and_each_more_doubles),
        cmocka_unit_test(a_good_one_begins_anew),
        cmocka_unit_test(names_of_nobody_give_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
