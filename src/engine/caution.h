/* What a nation tells its people about one event, and when. Not for other rooms. */
#ifndef WATCHFIRE_ENGINE_CAUTION_H
#define WATCHFIRE_ENGINE_CAUTION_H

#include "engine/engine.h"

/* Decides the event's warning anew, and says so if it changed. `events` are those that it belongs
 * to: the engine's, or an offer's. */
void caution_decide(struct engine *engine, struct engine_event *events, struct engine_event *event,
                    struct effects *effects);

/* Where the officer's consent to the event's warning is written; NULL if he has given it, or enough
 * others have. */
struct officer_name *caution_approval(struct engine_event *event, const struct officer_name *who);

#endif
