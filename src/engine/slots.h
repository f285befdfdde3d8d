/* The places of the picture: which event gets one, and what it is called. Inside src/engine
 * only. */
#ifndef WATCHFIRE_ENGINE_SLOTS_H
#define WATCHFIRE_ENGINE_SLOTS_H

#include "engine/effects.h"
#include "engine/picture.h"

/* A new event, noticed now from `from` (the own nation or a partner), or NULL (counted) if there is
 * no place for it: a partner may open only three quarters of them, and what only partners report
 * gives way to what the own sensors see.
 *
 *   published, made   the name under which a partner made it known, and when; NULL = none */
struct engine_event *slots_open(const struct picture *p, struct nation_id from,
                                const struct event_name *published, struct instant made,
                                struct effects *effects);

/* One of LIMIT_EVENTS, the engine's or an offer's; NULL if it is not there, or for 0. */
struct engine_event *slots_find(struct engine_event *events, struct event_id id);

/* Whether slots_open would find a place now. */
bool slots_have_room(const struct picture *p, struct nation_id from);

#endif
