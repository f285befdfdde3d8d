/* The generator against its published outputs, the distributions against their moments. */
#include "near.h"

#include "base/random.h"

/* Source: the reference program xoshiro256plusplus.c of Blackman and Vigna, from the state 1, 2,
 * 3, 4; the first is rotl(1 + 4, 23) + 1 = 5 * 2^23 + 1 by hand. */
static void outputs_are_those_of_the_reference_program(void **state)
{
    (void)state;
    static const uint64_t WANTED[] = {
        UINT64_C(41943041),
        UINT64_C(58720359),
        UINT64_C(3588806011781223),
        UINT64_C(3591011842654386),
        UINT64_C(9228616714210784205),
        UINT64_C(9973669472204895162),
        UINT64_C(14011001112246962877),
        UINT64_C(12406186145184390807),
        UINT64_C(15849039046786891736),
        UINT64_C(10450023813501588000),
    };
    struct random r = {{1, 2, 3, 4}};
    for (size_t i = 0; i < sizeof WANTED / sizeof WANTED[0]; i++) {
        assert_true(random_u64(&r) == WANTED[i]);
    }
}

/* Source: splitmix64.c by Vigna, the outputs for the seed 1234567. The stream's own first output is
 * mixed into the seed, so this seed and stream bring the generator to that very start. */
static void seeding_is_splitmix64(void **state)
{
    (void)state;
    static const uint64_t WANTED[4] = {
        UINT64_C(6457827717110365317),
        UINT64_C(3203168211198807973),
        UINT64_C(9817491932198370423),
        UINT64_C(4593380528125082431),
    };
    struct random r;
    random_init(&r, WANTED[0] ^ 1234567, 1234567);
    for (size_t i = 0; i < 4; i++) {
        assert_true(r.state[i] == WANTED[i]);
    }
}

static void seeds_and_streams_differ(void **state)
{
    (void)state;
    struct random a;
    struct random b;
    struct random c;
    random_init(&a, 4711, 0);
    random_init(&b, 4711, 1);
    random_init(&c, 4712, 0);
    double ab = 0.0;
    double ac = 0.0;
    for (int i = 0; i < 100000; i++) {
        const double x = random_uniform(&a) - 0.5;
        ab += x * (random_uniform(&b) - 0.5);
        ac += x * (random_uniform(&c) - 0.5);
    }
    /* Correlations, with a standard deviation of 0.0032. */
    assert_near(ab * 12.0 / 100000.0, 0.0, 0.016);
    assert_near(ac * 12.0 / 100000.0, 0.0, 0.016);
}

/* Mean, variance, skewness and kurtosis of a million draws; tolerances are five standard errors. */
struct moments {
    double mean;
    double variance;
    double skewness;
    double kurtosis;
};

enum { DRAWS = 1000000 };

static struct moments moments_of(double (*draw)(struct random *))
{
    struct random r;
    random_init(&r, 99, 9);
    double sums[5] = {0};
    for (int i = 0; i < DRAWS; i++) {
        double power = 1.0;
        const double x = draw(&r);
        for (int k = 1; k <= 4; k++) {
            power *= x;
            sums[k] += power / DRAWS;
        }
    }
    const double m = sums[1];
    const double variance = sums[2] - m * m;
    const double third = sums[3] - 3.0 * m * sums[2] + 2.0 * m * m * m;
    const double fourth = sums[4] - 4.0 * m * sums[3] + 6.0 * m * m * sums[2] - 3.0 * m * m * m * m;
    return (struct moments){m, variance, third / pow(variance, 1.5), fourth / variance / variance};
}

static void uniform_has_its_moments(void **state)
{
    (void)state;
    const struct moments m = moments_of(random_uniform);
    assert_near(m.mean, 0.5, 0.0015);
    assert_near(m.variance, 1.0 / 12.0, 4e-4);
    assert_near(m.skewness, 0.0, 0.01);
    assert_near(m.kurtosis, 1.8, 0.01);
    struct random r;
    random_init(&r, 8, 8);
    for (int i = 0; i < 100000; i++) {
        const double x = random_uniform(&r);
        assert_true(x >= 0.0 && x < 1.0);
    }
}

static void normal_has_its_moments(void **state)
{
    (void)state;
    const struct moments m = moments_of(random_normal);
    assert_near(m.mean, 0.0, 0.005);
    assert_near(m.variance, 1.0, 0.0071);
    assert_near(m.skewness, 0.0, 0.0123);
    assert_near(m.kurtosis, 3.0, 0.0245);
}

static void normal_costs_two_uniforms(void **state)
{
    (void)state;
    struct random a;
    struct random b;
    random_init(&a, 1, 2);
    b = a;
    for (int i = 0; i < 1000; i++) {
        (void)random_normal(&a);
        (void)random_u64(&b);
        (void)random_u64(&b);
    }
    assert_true(random_u64(&a) == random_u64(&b));
}

static void poisson_has_mean_and_variance(void **state)
{
    (void)state;
    const double means[] = {0.05, 1.0, 12.0, 500.0};
    struct random r;
    random_init(&r, 10, 10);
    for (size_t k = 0; k < sizeof means / sizeof means[0]; k++) {
        const int draws = 20000;
        double sum = 0.0;
        double squares = 0.0;
        for (int i = 0; i < draws; i++) {
            const double off = (double)random_poisson(&r, means[k]) - means[k];
            sum += off;
            squares += off * off;
        }
        const double error = sqrt(means[k] / draws);
        assert_near(sum / draws, 0.0, 5.0 * error);
        const double spread = sqrt((2.0 + 1.0 / means[k]) / draws);
        assert_near(squares / draws / means[k], 1.0, 5.0 * spread);
    }
    assert_int_equal(random_poisson(&r, 0.0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outputs_are_those_of_the_reference_program),
        cmocka_unit_test(seeding_is_splitmix64),
        cmocka_unit_test(seeds_and_streams_differ),
        cmocka_unit_test(uniform_has_its_moments),
        cmocka_unit_test(normal_has_its_moments),
        cmocka_unit_test(normal_costs_two_uniforms),
        cmocka_unit_test(poisson_has_mean_and_variance),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
