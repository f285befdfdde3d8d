/* The picture: which tracks are of which launch, what they say together, what that means, and what
 * to warn of. Inside src/engine only. */
#ifndef WATCHFIRE_ENGINE_PICTURE_H
#define WATCHFIRE_ENGINE_PICTURE_H

#include "engine/effects.h"
#include "engine/engine.h"

/* Brings the own tracks into the events; new ones are noticed. With `refresh` those that are known
 * already are brought up to now, else only new ones are looked for. */
void picture_take_own(struct engine *engine, bool refresh, struct effects *effects);

/* A partner's record. */
void picture_take_record(struct engine *engine, uint32_t partner, const struct record *record,
                         struct effects *effects);

/* Once a second: fuses, assesses, decides on warnings, closes what is over. */
void picture_update(struct engine *engine, struct effects *effects);

/* The common solution of an event that has one, as a track of this nation, at
 * event->common_time. */
struct track picture_common_track(const struct engine *engine, const struct engine_event *event);

#endif
