/* Who may have a record, and what derived data must carry: never more than each of their sources
 * allows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/label.h"

enum { NATIONS = 4 };

static struct nation_id nation(int number)
{
    static const char *const codes[NATIONS] = {"KOR", "JPN", "USA", "AUS"};
    struct nation_id id = {{0}};
    assert_true(nation_id_parse(codes[number], &id));
    return id;
}

/* Owned by the first nation; to whom it may go, and who may have it from these, by bits. */
static struct label make(enum classification classification, uint32_t to, uint32_t onward)
{
    struct label l = {.owner = nation(0), .classification = classification};
    for (int i = 0; i < NATIONS; i++) {
        if ((to >> i & 1u) != 0) {
            l.releasable_to[l.releasable_count++] = nation(i);
        }
        if ((onward >> i & 1u) != 0) {
            l.onward[l.onward_count++] = nation(i);
        }
    }
    return l;
}

static void who_is_not_named_may_not_have_it(void **state)
{
    (void)state;
    for (uint32_t to = 0; to < 1u << NATIONS; to++) {
        struct label l = make(CLASSIFICATION_SECRET, to, 0);
        for (int i = 0; i < NATIONS; i++) {
            assert_int_equal(label_permits(&l, nation(i)), i == 0 || (to >> i & 1u) != 0);
        }
        l.classification = CLASSIFICATION_UNKNOWN;
        assert_false(label_permits(&l, nation(0)) || label_permits(&l, nation(1)));
        l = make(CLASSIFICATION_SECRET, to, 0);
        l.owner = (struct nation_id){{0}};
        assert_false(label_permits(&l, nation(1)));
    }
}

/* Of two sources of one owner: what both allow, at the higher classification. */
static void derived_data_go_where_both_may(void **state)
{
    (void)state;
    for (uint32_t sets = 0; sets < 1u << 2 * NATIONS; sets++) {
        const uint32_t one = sets >> NATIONS & ~1u;
        const uint32_t two = sets & ((1u << NATIONS) - 1) & ~1u;
        const struct label a = make(CLASSIFICATION_RESTRICTED, one, two);
        const struct label b = make(CLASSIFICATION_SECRET, two, one);
        const struct label joined = label_join(&a, &b);
        assert_int_equal(joined.classification, CLASSIFICATION_SECRET);
        for (int i = 1; i < NATIONS; i++) {
            const bool both = (one & two) >> i & 1u;
            assert_int_equal(label_permits(&joined, nation(i)), both);
            assert_int_equal(label_permits_onward(&joined, nation(i)), both);
        }
    }
    const struct label known = make(CLASSIFICATION_SECRET, 2, 0);
    const struct label unknown = make(CLASSIFICATION_UNKNOWN, 2, 0);
    const struct label first = label_join(&known, &unknown);
    const struct label second = label_join(&unknown, &known);
    assert_int_equal(first.classification, CLASSIFICATION_UNKNOWN);
    assert_int_equal(second.classification, CLASSIFICATION_UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_is_not_named_may_not_have_it),
        cmocka_unit_test(derived_data_go_where_both_may),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
