/* What an officer's order must be before anybody looks at what it is about. */
#include "model/order.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct nation_id USA = {"USA"};

static struct order order(enum order_kind kind, const char *reason)
{
    struct order o;
    memset(&o, 0, sizeof o);
    o.kind = kind;
    o.event.value = 7;
    assert_int_equal(officer_name_parse("kim_1.a-B", &o.actor), OK);
    (void)snprintf(o.reason, sizeof o.reason, "%s", reason);
    return o;
}

static void takes(const struct order *o)
{
    assert_int_equal(order_check(o), OK);
}

static void refuses(const struct order *o)
{
    assert_int_equal(order_check(o), ERR_RANGE);
}

static void a_reason_is_text_that_is_seen(void **state)
{
    static const char *const BAD[] = {"",       "   ",        "a\tb",     "a\x7f",
                                      "a\nb",   "\xc2\x85 x", "\xff",     "\xe3\x81",
                                      "a\x1bm", "\xc2\x80",   "x\xc2\x9f"};
    static const char *const GOOD[] = {"x", " x ", "レーダー試験", "\xc2\xa0\xc2\xb5", "é"};
    (void)state;
    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++) {
        const struct order o = order(ORDER_FALSE, BAD[i]);
        refuses(&o);
    }
    for (size_t i = 0; i < sizeof GOOD / sizeof GOOD[0]; i++) {
        const struct order o = order(ORDER_FALSE, GOOD[i]);
        takes(&o);
    }
    struct order o = order(ORDER_FALSE, "x");
    memset(o.reason, 'x', sizeof o.reason);
    refuses(&o);
    for (int kind = ORDER_NONE + 1; kind < ORDER_KIND_COUNT; kind++) {
        o = order((enum order_kind)kind, "");
        o.into.value = kind == ORDER_MERGE ? 8 : 0;
        o.nation = kind == ORDER_SPLIT ? USA : o.nation;
        const bool needs_none = kind == ORDER_ACKNOWLEDGE || kind == ORDER_APPROVE;
        assert_int_equal(order_check(&o), needs_none ? OK : ERR_RANGE);
    }
}

/* Each kind has the members that it needs, and no others. */
static void an_order_names_what_it_is_about(void **state)
{
    (void)state;
    for (int kind = ORDER_NONE + 1; kind < ORDER_KIND_COUNT; kind++) {
        const bool holds = kind == ORDER_HOLD || kind == ORDER_RELEASE;
        const bool merges = kind == ORDER_MERGE;
        const bool splits = kind == ORDER_SPLIT;
        struct order o = order((enum order_kind)kind, "x");
        o.into.value = merges ? 8 : 0;
        o.nation = splits ? USA : o.nation;
        takes(&o);
        o.event.value = 0;
        assert_int_equal(order_check(&o), holds ? OK : ERR_RANGE);
        o.event.value = 7;
        o.into.value = merges ? 0 : 8;
        refuses(&o);
        o.into.value = 7;
        refuses(&o);
        o.into.value = merges ? 8 : 0;
        o.nation = splits ? (struct nation_id){{0}} : USA;
        assert_int_equal(order_check(&o), holds ? OK : ERR_RANGE);
        o.nation = (struct nation_id){"us"};
        refuses(&o);
        memcpy(o.nation.code, "USAX", 4);
        refuses(&o);
    }
    struct order o = order(ORDER_NONE, "x");
    refuses(&o);
    o.kind = ORDER_KIND_COUNT;
    refuses(&o);
}

static void somebody_gives_it(void **state)
{
    struct officer_name name;
    (void)state;
    struct order o = order(ORDER_FALSE, "x");
    memset(o.actor.text, 'k', sizeof o.actor.text);
    refuses(&o);
    memset(o.actor.text, 0, sizeof o.actor.text);
    refuses(&o);
    static const char *const BAD[] = {
        "",    "k m", "k/m", "k:m", "k@m",
        "k[m", "k`m", "k{m", "kím", "a234567890123456789012345678901x"};
    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++) {
        assert_int_equal(officer_name_parse(BAD[i], &name), ERR_FORMAT);
    }
    assert_int_equal(officer_name_parse("a23456789012345678901234567890Z", &name), OK);
    assert_int_equal(name.text[30], 'Z');
}

static void words_are_read_as_they_are_written(void **state)
{
    (void)state;
    for (int kind = ORDER_NONE + 1; kind < ORDER_KIND_COUNT; kind++) {
        assert_int_equal(order_parse(order_text((enum order_kind)kind)), kind);
    }
    assert_int_equal(order_parse("none"), ORDER_NONE);
    assert_int_equal(order_parse("launch"), ORDER_NONE);
    assert_string_equal(order_text(ORDER_KIND_COUNT), "none");
    for (unsigned i = 0; i < ROLE_COUNT; i++) {
        assert_int_equal(officer_role_parse(officer_role_text(i)), 1u << i);
    }
    assert_int_equal(officer_role_parse("king"), 0);
    assert_string_equal(officer_role_text(ROLE_COUNT), "none");
    assert_int_equal(order_roles(ORDER_SPLIT), ROLE_WATCH);
    assert_int_equal(order_roles(ORDER_WARN), ROLE_RELEASE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reason_is_text_that_is_seen),
        cmocka_unit_test(an_order_names_what_it_is_about),
        cmocka_unit_test(somebody_gives_it),
        cmocka_unit_test(words_are_read_as_they_are_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
