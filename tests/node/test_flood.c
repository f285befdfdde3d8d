/* Of one kind of refused frame so many a second are told, the rest are only counted; no kind hides
 * another. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "node/flood.h"

static struct instant at(int64_t ms)
{
    return (struct instant){(INT64_C(1664835000000) + ms) * NS_PER_MS};
}

static void no_kind_hides_another(void **state)
{
    (void)state;
    struct flood f;
    memset(&f, 0, sizeof f);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(flood_count(&f, REFUSED_SEAL, 5, at(i)), i >= 5);
    }
    for (int i = 0; i < 7; i++) {
        assert_int_equal(flood_count(&f, REFUSED_SIGNATURE, 5, at(200 + i)), i >= 5);
    }
    assert_int_equal(f.only_counted[REFUSED_SEAL], 95);
    assert_int_equal(f.only_counted[REFUSED_SIGNATURE], 2);
    /* The next second begins anew. */
    assert_false(flood_count(&f, REFUSED_SEAL, 5, at(1000)));
    assert_false(flood_count(&f, REFUSED_SIGNATURE, 5, at(1000)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_kind_hides_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
