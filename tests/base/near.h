/* For tests: numbers that must agree within a stated tolerance. */
#ifndef WATCHFIRE_TESTS_NEAR_H
#define WATCHFIRE_TESTS_NEAR_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

/* Fails, and says what it saw, unless |actual - expected| <= tolerance; a NaN always fails. */
#define assert_near(actual, expected, tolerance) \
    near_check((actual), (expected), (tolerance), #actual, __FILE__, __LINE__)

static inline void near_check(double actual, double expected, double tolerance, const char *text,
                              const char *file, int line)
{
    if (fabs(actual - expected) <= tolerance) {
        return;
    }
    print_error("%s is %.17g, expected %.17g within %g (off by %g)\n", text, actual, expected,
                tolerance, actual - expected);
    _fail(file, line);
}

#endif
