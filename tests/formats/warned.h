/* Warnings for the tests of what is told to people. */
#ifndef WATCHFIRE_TESTS_FORMATS_WARNED_H
#define WATCHFIRE_TESTS_FORMATS_WARNED_H

#include "formats/public_warning.h"

/* A warning and all that it borrows. */
struct warned {
    struct warning warning;
    struct impact_estimate impact;
    struct public_place places[WARNING_AREAS_MAX];
    struct public_warning told;
};

/* Of JPN's second event, message 3, in an exercise: launched 2022-10-03T22:22:31Z, Aomori is
 * overflown at 22:28:41Z, and in Hokkaidō something may come down at 22:30:10Z. It points into
 * itself: not to be copied. */
void warned_make(struct warned *out, enum warning_state state);

#endif
