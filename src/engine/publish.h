/* What the engine offers to its partners: own tracks on the one-second grid, notices, warnings.
 * Every record passes release. Inside src/engine only. */
#ifndef WATCHFIRE_ENGINE_PUBLISH_H
#define WATCHFIRE_ENGINE_PUBLISH_H

#include "engine/effects.h"
#include "engine/picture.h"

/* Offers whatever is new in an offer since the last time to the partners who get it. */
void publish_offer(const struct picture *p, struct effects *effects);

/* Offers again what could not go yet. */
void publish_held(struct engine *engine, struct effects *effects);

#endif
