/* Elementary functions with the same bits on every CPU.
 *
 * glibc picks its sine by CPU at run time and differs in a thousandth of all results; a replayed
 * journal must not. So the core calls SLEEF's scalar deterministic functions (1.0 ulp), and of
 * <math.h> only what IEEE 754 fixes exactly: sqrt, fabs and floor. Angles in radians. */
#ifndef WATCHFIRE_BASE_ELEMENTARY_H
#define WATCHFIRE_BASE_ELEMENTARY_H

#include <math.h>
#include <sleef.h>
#include <stdbool.h>

#define PI 3.14159265358979323846
#define RAD_PER_DEG (PI / 180.0)
#define DEG_PER_RAD (180.0 / PI)

/* The same bits for one number or two; of two, some are done sooner than alone (measured). */
#ifdef __SSE2__
typedef double elementary_two __attribute__((vector_size(16)));

static inline double elementary_sin(double x)
{
    return Sleef_cinz_sind2_u10sse2((elementary_two){x, x})[0];
}

static inline double elementary_cos(double x)
{
    return Sleef_cinz_cosd2_u10sse2((elementary_two){x, x})[0];
}

static inline double elementary_atan2(double y, double x)
{
    return Sleef_cinz_atan2d2_u10sse2((elementary_two){y, y}, (elementary_two){x, x})[0];
}

static inline double elementary_exp(double x)
{
    return Sleef_cinz_expd2_u10sse2((elementary_two){x, x})[0];
}
#else
static inline double elementary_sin(double x)
{
    return Sleef_cinz_sind1_u10purec(x);
}

static inline double elementary_cos(double x)
{
    return Sleef_cinz_cosd1_u10purec(x);
}

static inline double elementary_atan2(double y, double x)
{
    return Sleef_cinz_atan2d1_u10purec(y, x);
}

static inline double elementary_exp(double x)
{
    return Sleef_cinz_expd1_u10purec(x);
}
#endif

static inline double elementary_asin(double x)
{
    return Sleef_cinz_asind1_u10purec(x);
}

static inline double elementary_log(double x)
{
    return Sleef_cinz_logd1_u10purec(x);
}

static inline double elementary_pow(double x, double y)
{
    return Sleef_cinz_powd1_u10purec(x, y);
}

static inline double elementary_erf(double x)
{
    return Sleef_cinz_erfd1_u10purec(x);
}

static inline double elementary_floor(double x)
{
    return floor(x);
}

static inline double elementary_square(double x)
{
    return x * x;
}

/* The angle brought into [-pi, pi). */
static inline double elementary_wrap_pi(double angle_rad)
{
    return angle_rad - 2.0 * PI * elementary_floor((angle_rad + PI) / (2.0 * PI));
}

/* False for infinities and for NaN. */
static inline bool elementary_is_finite(double x)
{
    return fabs(x) <= 1.7976931348623157e308;
}

#endif
