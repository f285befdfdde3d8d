#include "base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void characters_have_their_length(void **state)
{
    (void)state;
    assert_int_equal(utf8_length("a"), 1);
    assert_int_equal(utf8_length(""), 1);
    assert_int_equal(utf8_length("\xc3\xa9"), 2);
    assert_int_equal(utf8_length("\xe9\x9d\x92"), 3);
    assert_int_equal(utf8_length("\xf0\x9f\x9a\x80"), 4);
    assert_int_equal(utf8_length("\xe0\xa0\x80"), 3);
    assert_int_equal(utf8_length("\xed\x9f\xbf"), 3);
    assert_int_equal(utf8_length("\xf0\x90\x80\x80"), 4);
    assert_int_equal(utf8_length("\xf4\x8f\xbf\xbf"), 4);
}

/* Unicode 15, table 3-7 and section 3.9. */
static void what_is_no_character_has_none(void **state)
{
    static const char *const BAD[] = {
        "\x80",
        "\xbf",
        "\xc0\x80",
        "\xc1\xbf",
        "\xc3",
        "\xc3\x28",
        "\xe0\x9f\xbf",
        "\xed\xa0\x80",
        "\xe9\x9d",
        "\xe9\x28\x92",
        "\xf0\x8f\xbf\xbf",
        "\xf5\x80\x80",
        "\xf4\x90\x80\x80",
        "\xf0\x9f\x9a",
        "\xff",
    };
    (void)state;
    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++) {
        assert_int_equal(utf8_length(BAD[i]), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(characters_have_their_length),
        cmocka_unit_test(what_is_no_character_has_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
