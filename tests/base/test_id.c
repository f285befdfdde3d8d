/* Names of nations and sensors: what is one and what is not. */
#include "near.h"

#include <string.h>

#include "base/id.h"
#include "base/result.h"

static void nations_are_three_capital_letters(void **state)
{
    (void)state;
    struct nation_id id = {{0}};
    assert_false(nation_id_is_set(id));
    assert_true(nation_id_parse("KOR", &id));
    assert_true(nation_id_is_set(id));
    assert_string_equal(id.code, "KOR");
    struct nation_id same;
    struct nation_id other;
    assert_true(nation_id_parse("KOR", &same));
    assert_true(nation_id_parse("JPN", &other));
    assert_true(nation_id_equal(id, same));
    assert_false(nation_id_equal(id, other));
    static const char *const BAD[] = {"", "K", "KO", "KORE", "kor", "K R", "K0R", "KO\xc3"};
    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++) {
        assert_false(nation_id_parse(BAD[i], &id));
        assert_string_equal(id.code, "KOR");
    }
}

static void sensors_are_short_plain_names(void **state)
{
    (void)state;
    static const char *const GOOD[] = {"K1", "a", "radar-2_b.3", "123456789012345"};
    /* Each byte just outside the ranges of letters and digits too. */
    static const char *const BAD[] = {"",
                                      "1234567890123456",
                                      "a b",
                                      "a/b",
                                      "caf\xc3\xa9",
                                      "a\n",
                                      "../secret",
                                      "a,b",
                                      "a{",
                                      "a`",
                                      "a[",
                                      "a@",
                                      "a:"};
    struct sensor_id id = {{0}};
    for (size_t i = 0; i < sizeof GOOD / sizeof GOOD[0]; i++) {
        assert_true(sensor_id_parse(GOOD[i], &id));
        assert_string_equal(id.text, GOOD[i]);
    }
    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++) {
        assert_false(sensor_id_parse(BAD[i], &id));
        assert_string_equal(id.text, "123456789012345");
    }
}

/* Equal names are equal bytes, whatever stood there before. */
static void a_shorter_name_leaves_nothing_behind(void **state)
{
    (void)state;
    struct sensor_id used;
    struct sensor_id fresh;
    memset(&used, 'x', sizeof used);
    memset(&fresh, 0, sizeof fresh);
    assert_true(sensor_id_parse("long-name-here", &used));
    assert_true(sensor_id_parse("K1", &used));
    assert_true(sensor_id_parse("K1", &fresh));
    assert_true(sensor_id_equal(used, fresh));
    assert_memory_equal(&used, &fresh, sizeof used);
}

static void every_result_has_a_text(void **state)
{
    (void)state;
    for (int value = OK; value <= ERR_IO; value++) {
        assert_string_not_equal(result_text((result)value), "unknown result");
    }
    assert_string_equal(result_text((result)(ERR_IO + 1)), "unknown result");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nations_are_three_capital_letters),
        cmocka_unit_test(sensors_are_short_plain_names),
        cmocka_unit_test(a_shorter_name_leaves_nothing_behind),
        cmocka_unit_test(every_result_has_a_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
