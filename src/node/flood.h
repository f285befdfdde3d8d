/* What was refused of a partner's link: so much of a reason in a second is an input, and the rest
 * is only counted, since a flood must not fill the journal. */
#ifndef WATCHFIRE_NODE_FLOOD_H
#define WATCHFIRE_NODE_FLOOD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/instant.h"
#include "share/session.h"

struct flood {
    int64_t second; /* TAI, of `fed` */
    uint32_t fed[SESSION_REFUSAL_COUNT];
    uint64_t only_counted[SESSION_REFUSAL_COUNT];
};

/* Whether there were `most` of this reason in this second already; counts it. */
bool flood_count(struct flood *f, enum session_refusal why, uint32_t most, struct instant now);

#endif
