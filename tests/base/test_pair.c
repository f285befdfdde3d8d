/* Two at once are two: bit for bit. */
#include "../base/near.h"

#include "base/pair.h"
#include "base/random.h"

static void check(pair got, double first, double second)
{
    assert_true(got[0] == first);
    assert_true(got[1] == second);
}

static void lanes_have_the_bits_of_scalars(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 49, 1);
    for (int i = 0; i < 100000; i++) {
        const double a = 20.0 * random_normal(&r);
        const double b = 20.0 * random_normal(&r);
        const pair p = {a, b};
        check(pair_sin(p), elementary_sin(a), elementary_sin(b));
        check(pair_cos(p), elementary_cos(a), elementary_cos(b));
        check(pair_exp(p), elementary_exp(a), elementary_exp(b));
        check(pair_log(p * p), elementary_log(a * a), elementary_log(b * b));
        check(pair_sqrt(p * p), fabs(a), fabs(b));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lanes_have_the_bits_of_scalars),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
