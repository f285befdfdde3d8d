/* Seeded random numbers: the same seed gives the same numbers on every machine.
 *
 * Generator: xoshiro256++ 1.0 (Blackman and Vigna, 2019, ACM TOMS 47(4)), seeded by splitmix64.
 * For simulation only, never for keys. */
#ifndef WATCHFIRE_BASE_RANDOM_H
#define WATCHFIRE_BASE_RANDOM_H

#include <stdint.h>

struct random {
    uint64_t state[4];
};

/* Streams of one seed with different `stream` numbers are independent. */
void random_init(struct random *r, uint64_t seed, uint64_t stream);

uint64_t random_u64(struct random *r);

/* Uniform in [0, 1). */
double random_uniform(struct random *r);

/* Standard normal (Box-Muller, one of the pair: a draw costs two uniforms, always). */
double random_normal(struct random *r);

/* Number of events of a Poisson process with that mean (0 to 500). */
uint32_t random_poisson(struct random *r, double mean);

#endif
