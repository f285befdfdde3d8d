#include "share/relay_window.h"

#include <assert.h>
#include <string.h>

static uint64_t bit(uint64_t sequence)
{
    return UINT64_C(1) << sequence % 64;
}

static uint64_t *word(struct relay_window *w, uint64_t sequence)
{
    return &w->taken[sequence % RELAY_WINDOW / 64];
}

static void go_on_to(struct relay_window *w, uint64_t sequence)
{
    if (sequence - w->last >= RELAY_WINDOW) {
        memset(w->taken, 0, sizeof w->taken);
    } else {
        for (uint64_t n = sequence; n != w->last; n--) {
            *word(w, n) &= ~bit(n);
        }
    }
    w->last = sequence;
}

bool relay_window_take(struct relay_window *w, const struct frame_epoch *epoch, uint64_t sequence)
{
    assert(sequence > 0);
    if (epoch->counter < w->epoch.counter ||
        (epoch->counter == w->epoch.counter &&
         memcmp(epoch->nonce, w->epoch.nonce, sizeof w->epoch.nonce) != 0)) {
        return false;
    }
    if (epoch->counter > w->epoch.counter) {
        memset(w, 0, sizeof *w);
        w->epoch = *epoch;
    }
    if (sequence > w->last) {
        go_on_to(w, sequence);
    } else if (w->last - sequence >= RELAY_WINDOW || (*word(w, sequence) & bit(sequence)) != 0) {
        return false;
    }
    *word(w, sequence) |= bit(sequence);
    return true;
}
