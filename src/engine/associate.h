/* Which track is of which launch. Inside src/engine only. */
#ifndef WATCHFIRE_ENGINE_ASSOCIATE_H
#define WATCHFIRE_ENGINE_ASSOCIATE_H

#include <stdbool.h>

#include "engine/picture.h"

/* The live event that holds this very track as solution `index`, or NULL. */
struct engine_event *associate_known(const struct picture *p, uint32_t index, struct track_id id);

/* The live event whose tracks agree best with this one of another nation (solution `index`), or
 * NULL if none passes the gate or all that do have a firm track of that nation already. */
struct engine_event *associate_nearest(const struct picture *p, uint32_t index,
                                       const struct track *track);

/* The live event that the nation (solution `index`) calls so, or NULL. */
struct engine_event *associate_called(const struct picture *p, uint32_t index,
                                      const struct event_name *name);

/* The live event that the nation calls so, if the nation's (solution `index`) last track in it is
 * over or has not been measured for a while: its owner has found the object again and gave it a new
 * track. */
struct engine_event *associate_named(const struct picture *p, uint32_t index,
                                     const struct event_name *name);

/* Whether two events are one launch: tracks of different nations agree, and no nation has a
 * firm track in the one and a live one in the other. */
bool associate_same(const struct engine *engine, const struct engine_event *a,
                    const struct engine_event *b);

#endif
