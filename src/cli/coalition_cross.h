/* A nation's node of another domain, whose frames reach a partner of this one: wired to the wrong
 * server, or carried over by somebody. It has the very keys of the nation's node here, which nobody
 * should do; a signature must not be good in two domains all the same. */
#ifndef WATCHFIRE_CLI_COALITION_CROSS_H
#define WATCHFIRE_CLI_COALITION_CROSS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "share/digest.h"

#define CROSS_FRAMES 64

struct coalition;

/* The last frames that were made in the other domain. */
struct cross_frames {
    uint32_t count; /* ever */
    struct digest made[CROSS_FRAMES];
};

/* What such nodes send now. Called every TROUBLE_PERIOD_S. */
void cross_speak(struct coalition *c);

/* Whether a plain frame was made in the other domain. */
bool cross_is(const struct coalition *c, struct bytes plain);

#endif
