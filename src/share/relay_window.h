/* Which of an owner's records came by way of one nation: each is taken once. Whoever passes on
 * could else tell of a launch again when it is over, with everything signed as it should be.
 *
 * A window of the newest sequences of the owner's ledger for the nation in between, as wide as that
 * ledger: what an honest nation passes on late is not older. Plain memory, no pointers, all zero at
 * first. */
#ifndef WATCHFIRE_SHARE_RELAY_WINDOW_H
#define WATCHFIRE_SHARE_RELAY_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

#include "share/frame.h"
#include "share/ledger.h"

#define RELAY_WINDOW LEDGER_ENTRIES_MAX

struct relay_window {
    struct frame_epoch epoch;
    uint64_t last;                     /* the highest sequence taken; 0 = none */
    uint64_t taken[RELAY_WINDOW / 64]; /* bits, at sequence modulo the width */
};

/* Takes a record of that place in the owner's ledger. False, and nothing is changed, if it was
 * taken before, is behind the window, or is of an epoch before the newest. */
bool relay_window_take(struct relay_window *w, const struct frame_epoch *epoch, uint64_t sequence);

#endif
