/* All nations' tracks of one event become one solution, with its status. Inside src/engine only. */
#ifndef WATCHFIRE_ENGINE_COMBINE_H
#define WATCHFIRE_ENGINE_COMBINE_H

#include "engine/effects.h"
#include "engine/engine.h"

/* Once a second: fuses what there is, or lets the last solution go on. */
void combine_update(struct engine *engine, struct engine_event *event, struct effects *effects);

/* Tells people if it is a new one. */
void combine_set_status(struct engine_event *event, enum track_status status,
                        struct effects *effects);

#endif
