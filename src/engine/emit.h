/* How the parts of the engine write effects. Inside src/engine only. */
#ifndef WATCHFIRE_ENGINE_EMIT_H
#define WATCHFIRE_ENGINE_EMIT_H

#include "engine/effects.h"
#include "engine/engine.h"

/* Appends an effect about an event (NULL = about none), all other members zero, and returns it to
 * be filled in; when there is no room it is counted as dropped and a spare one is returned. */
struct effect *emit(struct effects *effects, enum effect_kind kind,
                    const struct engine_event *event);

#endif
