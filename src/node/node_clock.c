#include "node/node_clock.h"

#include <assert.h>
#include <time.h>

#include "base/utc.h"

/* The system's clock is behind the node's by c->ahead_ns. */
static enum node_clock_news fall_behind(struct node_clock *c, int64_t passed_ns)
{
    if (c->behind_since_ns == 0) {
        c->behind_since_ns = c->monotonic_ns;
    }
    const bool is_long = c->monotonic_ns - c->behind_since_ns >= NODE_CLOCK_GRACE_NS;
    if (!is_long) {
        return NODE_CLOCK_STEADY;
    }
    const int64_t slower_ns = passed_ns / 2 < c->ahead_ns ? passed_ns / 2 : c->ahead_ns;
    c->offset_ns -= slower_ns;
    c->ahead_ns -= slower_ns;
    if (c->is_alone || c->ahead_ns < NODE_CLOCK_STEP_NS) {
        return NODE_CLOCK_STEADY;
    }
    c->is_alone = true;
    c->steps++;
    c->step_ns = -c->ahead_ns;
    return NODE_CLOCK_SET_BACK;
}

/* The system's clock is not behind. */
static enum node_clock_news follow(struct node_clock *c, int64_t ahead_ns)
{
    const bool was_alone = c->is_alone;
    c->offset_ns += ahead_ns;
    c->is_alone = false;
    c->behind_since_ns = 0;
    c->ahead_ns = 0;
    if (ahead_ns >= NODE_CLOCK_STEP_NS) {
        c->steps++;
        c->step_ns = ahead_ns;
        return NODE_CLOCK_SET_FORWARD;
    }
    return was_alone ? NODE_CLOCK_AGREES : NODE_CLOCK_STEADY;
}

enum node_clock_news node_clock_take(struct node_clock *c, int64_t realtime_ns,
                                     int64_t monotonic_ns, struct instant floor,
                                     struct instant *now)
{
    const struct instant system = utc_from_unix(realtime_ns / NS_PER_S, realtime_ns % NS_PER_S);
    const int64_t system_offset_ns = system.tai_ns - monotonic_ns;
    if (!c->started) {
        c->started = true;
        c->offset_ns = system_offset_ns;
        c->monotonic_ns = monotonic_ns;
    }
    assert(monotonic_ns >= c->monotonic_ns);
    if (instant_is_set(floor) && monotonic_ns + c->offset_ns < floor.tai_ns) {
        c->offset_ns = floor.tai_ns - monotonic_ns;
    }
    const int64_t passed_ns = monotonic_ns - c->monotonic_ns;
    c->monotonic_ns = monotonic_ns;
    c->ahead_ns = c->offset_ns - system_offset_ns;
    const enum node_clock_news news =
        c->ahead_ns > 0 ? fall_behind(c, passed_ns) : follow(c, -c->ahead_ns);
    *now = (struct instant){monotonic_ns + c->offset_ns};
    return news;
}

static int64_t read_ns(clockid_t id)
{
    struct timespec t;
    const int failed = clock_gettime(id, &t);
    assert(failed == 0);
    (void)failed;
    return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

enum node_clock_news node_clock_read(struct node_clock *c, struct instant floor,
                                     struct instant *now)
{
    /* In this order: a pause between the two makes the system's clock seem a little behind, which
     * changes nothing, and not ahead, which would stay. */
    const int64_t realtime_ns = read_ns(CLOCK_REALTIME);
    return node_clock_take(c, realtime_ns, read_ns(CLOCK_MONOTONIC), floor, now);
}
