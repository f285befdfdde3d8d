/* Calls that fail on demand: of memory, files, SQLite, NATS and libuv. A test that links this
 * archive and names a group in its link arguments (tests/meson.build) tells which call fails, and
 * sees what becomes of it:
 *
 *   failing_each(story)   runs a story as it is, then again and again, with the first such call
 *                         failing, the second, and so on to the last; once so that the next ones
 *                         work, and once so that none does any more.
 *
 * A story says what must hold whichever call fails: that an error comes out, that what was there
 * is there still. Groups are taken by the linker (--wrap), so that only the calls of our own code
 * fail, and sanitizers see what is not given back. */
#ifndef WATCHFIRE_TESTS_FAILING_H
#define WATCHFIRE_TESTS_FAILING_H

#include <stdbool.h>
#include <stdint.h>

void failing_each(void (*story)(void));

/* The call of that number from now on fails, from 1, and if it is lasting all later ones too. */
void failing_begin(uint32_t call, bool lasting);

/* From now on all work. Whether one had failed. */
bool failing_end(void);

/* Whether one has failed since failing_begin. */
bool failing_struck(void);

/* While a test looks or cleans up, nothing fails and nothing counts. */
void failing_hold(bool held);

/* From now on nothing fails, and `each` is told of every call and its number, from 1. NULL = no
 * more. */
void failing_watch(void (*each)(uint32_t call));

/* Asked by each call that may fail. */
bool failing_now(void);

#define FAILING(type, name, failure, parameters, arguments)         \
    type __real_##name parameters;                                  \
    type __wrap_##name parameters;                                  \
    type __wrap_##name parameters                                   \
    {                                                               \
        return failing_now() ? (failure) : __real_##name arguments; \
    }

#endif
