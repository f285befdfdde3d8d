/* Two numbers that the processor handles at once. Each lane keeps the bits of scalar arithmetic:
 * what is written once for a pair is done for two objects at the price of one. */
#ifndef WATCHFIRE_BASE_PAIR_H
#define WATCHFIRE_BASE_PAIR_H

#include <math.h>
#include <string.h>

typedef double pair __attribute__((vector_size(16)));

static inline pair pair_load(const double *from)
{
    pair out;
    memcpy(&out, from, sizeof out);
    return out;
}

static inline pair pair_same(double value)
{
    return (pair){value, value};
}

static inline pair pair_sqrt(pair p)
{
    return (pair){sqrt(p[0]), sqrt(p[1])};
}

#endif
