#include "share/window.h"

#include <assert.h>

void window_init(struct window *w, struct instant now)
{
    *w = (struct window){.bytes = WINDOW_BYTES_MIN,
                         .round_ns = INT64_MAX,
                         .round_before_ns = INT64_MAX,
                         .period_began = now,
                         .narrowed = INSTANT_UNSET};
}

static uint32_t at_least_min(uint32_t bytes)
{
    return bytes > WINDOW_BYTES_MIN ? bytes : WINDOW_BYTES_MIN;
}

/* The shortest round lately, this one included. */
static int64_t shortest(struct window *w, int64_t round_ns, struct instant now)
{
    if (instant_since(now, w->period_began).ns >= WINDOW_PERIOD_NS) {
        w->round_before_ns = w->round_ns;
        w->round_ns = INT64_MAX;
        w->period_began = now;
        w->bytes = at_least_min(w->bytes / 4);
    }
    w->round_ns = round_ns < w->round_ns ? round_ns : w->round_ns;
    return w->round_ns < w->round_before_ns ? w->round_ns : w->round_before_ns;
}

int64_t window_patience_ns(const struct window *w)
{
    const int64_t usual_ns = 3 * w->usual_ns + 3 * WINDOW_SLACK_NS;
    return w->usual_ns == 0 || usual_ns > WINDOW_PATIENCE_NS ? WINDOW_PATIENCE_NS : usual_ns;
}

static void narrow(struct window *w, int64_t round_ns, struct instant now)
{
    if (instant_is_set(w->narrowed) && instant_since(now, w->narrowed).ns < round_ns) {
        return;
    }
    w->bytes = at_least_min(w->bytes - w->bytes / 4);
    w->narrowed = now;
}

static void widen(struct window *w, uint32_t bytes)
{
    const uint32_t room = WINDOW_BYTES_MAX - w->bytes;
    w->bytes += bytes < room ? bytes : room;
    w->was_full = false;
}

void window_acknowledged(struct window *w, uint32_t bytes, int64_t round_ns, struct instant now)
{
    assert(w->bytes >= WINDOW_BYTES_MIN && w->bytes <= WINDOW_BYTES_MAX);
    if (round_ns <= 0) {
        return;
    }
    w->usual_ns += w->usual_ns == 0 ? round_ns : (round_ns - w->usual_ns) / 8;
    const int64_t least_ns = shortest(w, round_ns, now);
    if (round_ns > least_ns && round_ns - least_ns > least_ns + WINDOW_SLACK_NS) {
        narrow(w, round_ns, now);
    } else if (w->was_full) {
        widen(w, bytes);
    }
}
