#include "base/random.h"

#include <assert.h>

#include "base/elementary.h"

static uint64_t splitmix64(uint64_t *x)
{
    *x += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = *x;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static uint64_t rotate_left(uint64_t x, unsigned count)
{
    return x << count | x >> (64 - count);
}

void random_init(struct random *r, uint64_t seed, uint64_t stream)
{
    uint64_t x = stream;
    x = seed ^ splitmix64(&x);
    for (int i = 0; i < 4; i++) {
        r->state[i] = splitmix64(&x);
    }
}

uint64_t random_u64(struct random *r)
{
    uint64_t *s = r->state;
    const uint64_t value = rotate_left(s[0] + s[3], 23) + s[0];
    const uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate_left(s[3], 45);
    return value;
}

double random_uniform(struct random *r)
{
    return (double)(random_u64(r) >> 11) * 0x1.0p-53;
}

double random_normal(struct random *r)
{
    const double radius = sqrt(-2.0 * elementary_log(1.0 - random_uniform(r)));
    return radius * elementary_cos(2.0 * PI * random_uniform(r));
}

uint32_t random_poisson(struct random *r, double mean)
{
    assert(mean >= 0.0);
    assert(mean <= 500.0);
    const double floor_product = elementary_exp(-mean);
    double product = random_uniform(r);
    uint32_t count = 0;
    while (product > floor_product) {
        product *= random_uniform(r);
        count++;
    }
    return count;
}
