#include "failing.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <pthread.h>

#include <cmocka.h>

#define CALLS_MAX 20000

static uint32_t left; /* until the one that fails; 0 = none will */
static bool lasts;
static bool struck;
static bool is_held;
static void (*watcher)(uint32_t call); /* NULL = nobody looks on */
static uint32_t watched;
static pthread_t thread; /* of the test: what other threads call works */

bool failing_now(void)
{
    if (is_held || !pthread_equal(thread, pthread_self())) {
        return false;
    }
    if (watcher != NULL) {
        watched++;
        watcher(watched);
    }
    if (left == 0) {
        return false;
    }
    left--;
    if (left > 0) {
        return false;
    }
    struck = true;
    left = lasts ? 1 : 0;
    return true;
}

void failing_begin(uint32_t call, bool lasting)
{
    thread = pthread_self();
    left = call;
    lasts = lasting;
    struck = false;
}

void failing_watch(void (*each)(uint32_t call))
{
    thread = pthread_self();
    left = 0;
    watched = 0;
    watcher = each;
}

bool failing_end(void)
{
    left = 0;
    return struck;
}

bool failing_struck(void)
{
    return struck;
}

void failing_hold(bool held)
{
    is_held = held;
}

void failing_each(void (*story)(void))
{
    failing_begin(0, false);
    story();
    for (uint32_t lasting = 0; lasting < 2; lasting++) {
        bool was_struck = true;
        for (uint32_t call = 1; was_struck; call++) {
            assert_true(call < CALLS_MAX);
            failing_begin(call, lasting == 1);
            story();
            was_struck = failing_end();
        }
    }
}
