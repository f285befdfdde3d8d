/* Two numbers that the processor handles at once. Each lane keeps the bits of scalar arithmetic:
 * what is written once for a pair is done for two objects at the price of one. */
#ifndef WATCHFIRE_BASE_PAIR_H
#define WATCHFIRE_BASE_PAIR_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/elementary.h"

typedef double pair __attribute__((vector_size(16)));
typedef int64_t pair_bits __attribute__((vector_size(16)));

static inline pair pair_load(const double *from)
{
    pair out;
    memcpy(&out, from, sizeof out);
    return out;
}

static inline void pair_store(double *to, pair p)
{
    memcpy(to, &p, sizeof p);
}

static inline pair pair_same(double value)
{
    return (pair){value, value};
}

static inline pair pair_sqrt(pair p)
{
    return (pair){sqrt(p[0]), sqrt(p[1])};
}

static inline pair pair_greater(pair a, pair b)
{
    return (pair){a[0] > b[0] ? a[0] : b[0], a[1] > b[1] ? a[1] : b[1]};
}

/* A number that is not negative, with another one's sign. */
static inline pair pair_with_sign(pair size, pair sign)
{
    const pair_bits bits = (pair_bits)sign & INT64_MIN;
    return (pair)((pair_bits)size | bits);
}

static inline pair pair_abs(pair p)
{
    return (pair)((pair_bits)p & INT64_MAX);
}

/* The elementary functions of both lanes. */
#ifdef __SSE2__
static inline pair pair_sin(pair p)
{
    return Sleef_cinz_sind2_u10sse2(p);
}

static inline pair pair_cos(pair p)
{
    return Sleef_cinz_cosd2_u10sse2(p);
}

static inline pair pair_exp(pair p)
{
    return Sleef_cinz_expd2_u10sse2(p);
}

static inline pair pair_log(pair p)
{
    return Sleef_cinz_logd2_u10sse2(p);
}
#else
static inline pair pair_sin(pair p)
{
    return (pair){elementary_sin(p[0]), elementary_sin(p[1])};
}

static inline pair pair_cos(pair p)
{
    return (pair){elementary_cos(p[0]), elementary_cos(p[1])};
}

static inline pair pair_exp(pair p)
{
    return (pair){elementary_exp(p[0]), elementary_exp(p[1])};
}

static inline pair pair_log(pair p)
{
    return (pair){elementary_log(p[0]), elementary_log(p[1])};
}
#endif

#endif
