/* Which bytes of an engine mean anything: what a snapshot of it has to hold.
 *
 * The state has no pointers, and what is in use lies together: the slots of tracks and events from
 * the first on, the newest entries of each ledger. Copied to their places in another engine that
 * was just initialised, these bytes make it the same engine. They are as many as what is in use. */
#ifndef WATCHFIRE_ENGINE_EXTENT_H
#define WATCHFIRE_ENGINE_EXTENT_H

#include <stddef.h>
#include <stdint.h>

#include "engine/engine.h"

/* A run of bytes, from the start of the engine. */
struct engine_extent {
    size_t from;
    size_t size;
};

enum { ENGINE_EXTENTS_MAX = 2 + 6 * LIMIT_PARTNERS + 2 * ENGINE_OFFERS };

/* In order, apart from each other. Returns how many; some may be empty. */
uint32_t engine_extents(const struct engine *engine, struct engine_extent out[ENGINE_EXTENTS_MAX]);

#endif
