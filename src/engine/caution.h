/* What a nation tells its people about one event, and when. Not for other rooms. */
#ifndef WATCHFIRE_ENGINE_CAUTION_H
#define WATCHFIRE_ENGINE_CAUTION_H

#include "engine/engine.h"

/* Decides the event's warning anew, and says so if it changed. `events` are those that it belongs
 * to: the engine's, or an offer's. */
void caution_decide(struct engine *engine, const struct engine_event *events,
                    struct engine_event *event, struct effects *effects);

#endif
