/* What the engine offers to its partners: own tracks on the one-second grid, notices, warnings.
 * Every record passes release. Inside src/engine only. */
#ifndef WATCHFIRE_ENGINE_PUBLISH_H
#define WATCHFIRE_ENGINE_PUBLISH_H

#include "engine/effects.h"
#include "engine/engine.h"

/* Offers whatever is new since the last time. */
void publish_all(struct engine *engine, struct effects *effects);

#endif
