/* Of which warnings of its owner a partner knows, and whether it was told how they ended. Storage
 * is the caller's; all zero = of none. */
#ifndef WATCHFIRE_SIM_WARNED_H
#define WATCHFIRE_SIM_WARNED_H

#include <stdbool.h>
#include <stdint.h>

#include "model/record.h"

#define WARNED_MAX 64

struct warned_event {
    struct event_name name; /* as the partner knows it */
    uint64_t position;      /* in the owner's journal, of the last message */
    uint32_t serial;
    bool in_force;
    struct instant expires;
};

struct warned {
    uint32_t count;
    struct warned_event events[WARNED_MAX];
};

/* A warning's record was released. */
void warned_note(struct warned *w, const struct record *record, uint64_t position);

/* The owner's disk holds its inputs up to `position`: messages after it never left. */
void warned_owner_restarts(struct warned *w, uint64_t position);

/* NULL if the partner was never warned of it. */
const struct warned_event *warned_of(const struct warned *w, const struct event_name *name);

#endif
