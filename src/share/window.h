/* How much may be on the way to a partner: as much as the link takes, and no more than the
 * carrier's server keeps for a partner that does not read.
 *
 * The time from sending to acknowledgement says whether anything queues. As long as it stays near
 * the shortest of the last ten to twenty seconds, a window that was full grows by what was
 * acknowledged, so that it doubles in a round; when it is much longer, the window narrows by a
 * quarter a round. At the end of each ten seconds it closes to a quarter of what it was, so that
 * the shortest round is one in which hardly anything queues. What is lost says nothing: between two
 * nations run streams that repeat it. The window depends on nothing but one partner's stream and
 * its acknowledgements.
 *
 * Source of the idea: Brakmo and Peterson (1995), TCP Vegas, IEEE JSAC 13(8). */
#ifndef WATCHFIRE_SHARE_WINDOW_H
#define WATCHFIRE_SHARE_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/instant.h"

#define WINDOW_BYTES_MIN (64u * 1024u)
/* With what frames add: a quarter of max_pending in deploy/nats-server.conf.in. */
#define WINDOW_BYTES_MAX (3u * 1024u * 1024u)
#define WINDOW_PERIOD_NS (10 * NS_PER_S)
#define WINDOW_PATIENCE_NS (2500 * NS_PER_MS) /* at most, and as long as no round is known */
#define WINDOW_SLACK_NS (100 * NS_PER_MS) /* of acknowledgements at fixed times, and of commits */

struct window {
    uint32_t bytes;          /* that may be on the way */
    bool was_full;           /* something had to wait since the last acknowledgement */
    int64_t round_ns;        /* the shortest round of this period … */
    int64_t round_before_ns; /* … and of the one before; INT64_MAX = none */
    int64_t usual_ns;        /* rounds lately; 0 = unknown */
    struct instant period_began;
    struct instant narrowed; /* last; unset = never */
};

void window_init(struct window *w, struct instant now);

/* So long nothing that was sent is taken for lost. */
int64_t window_patience_ns(const struct window *w);

/* So much was acknowledged.
 *
 *   round_ns   from sending to acknowledgement of what was sent last and only once; 0 = unknown */
void window_acknowledged(struct window *w, uint32_t bytes, int64_t round_ns, struct instant now);

#endif
