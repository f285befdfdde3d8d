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

/* What is written for two is what would be written for one. */
static void two_at_once_are_compared_and_signed(void **state)
{
    (void)state;
    const double stored[2] = {-3.5, 2.0};
    double out[2] = {0.0, 0.0};
    const pair p = pair_load(stored);
    pair_store(out, p);
    assert_memory_equal(out, stored, sizeof out);
    check(p, -3.5, 2.0);
    check(pair_same(7.0), 7.0, 7.0);
    check(pair_greater(p, pair_same(1.0)), 1.0, 2.0);
    check(pair_greater(pair_same(1.0), p), 1.0, 2.0);
    check(pair_abs(p), 3.5, 2.0);
    check(pair_with_sign(pair_same(4.0), p), -4.0, 4.0);
}

/* On a processor that takes two at once as on one that does not; and values of tables (NIST DLMF 4
 * and 7). */
static void one_has_the_bits_of_every_processor(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 50, 1);
    for (int i = 0; i < 20000; i++) {
        const double a = 20.0 * random_normal(&r);
        const double b = random_normal(&r);
        assert_true(elementary_sin(a) == Sleef_cinz_sind1_u10purec(a));
        assert_true(elementary_cos(a) == Sleef_cinz_cosd1_u10purec(a));
        assert_true(elementary_exp(a) == Sleef_cinz_expd1_u10purec(a));
        assert_true(elementary_atan2(a, b) == Sleef_cinz_atan2d1_u10purec(a, b));
    }
    assert_near(elementary_atan2(-1.0, -1.0), -0.75 * PI, 1e-15);
    assert_near(elementary_asin(0.5), PI / 6.0, 1e-15);
    assert_near(elementary_pow(2.0, 10.0), 1024.0, 1e-12);
    assert_near(elementary_erf(1.0), 0.84270079294971486934, 1e-15);
    assert_near(elementary_floor(-1.5), -2.0, 0.0);
    assert_near(elementary_wrap_pi(1.5 * PI), -0.5 * PI, 1e-15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lanes_have_the_bits_of_scalars),
        cmocka_unit_test(two_at_once_are_compared_and_signed),
        cmocka_unit_test(one_has_the_bits_of_every_processor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
