/* The picture: which tracks are of which launch, what they say together, what that means, and what
 * to warn of. Inside src/engine only. */
#ifndef WATCHFIRE_ENGINE_PICTURE_H
#define WATCHFIRE_ENGINE_PICTURE_H

#include "engine/effects.h"
#include "engine/engine.h"

/* The launches that some tracks tell of: the nation's own picture, of all its sensors and all its
 * partners, or an offer. For the length of a call. */
struct picture {
    struct engine *engine;
    struct tracker *tracker;     /* of the own sensors in it */
    struct engine_event *events; /* LIMIT_EVENTS of them */
    uint64_t *next_event;
    uint64_t name_salt;               /* so that two offers never share a name */
    bool leads;                       /* tells the tracker which of its tracks fly */
    const struct engine_offer *offer; /* NULL = the nation's own picture */
};

struct picture picture_own(struct engine *engine);

/* Brings the own tracks into the events; new ones are noticed. With `refresh` those that are known
 * already are brought up to now, else only new ones are looked for. */
void picture_take_own(const struct picture *p, bool refresh, struct effects *effects);

/* A partner's record, for the own picture.
 *
 *   via   who passed it on; unset = it came from the partner itself */
void picture_take_record(struct engine *engine, uint32_t partner, struct nation_id via,
                         const struct record *record, struct effects *effects);

/* Event b is the same launch as a: it is withdrawn, and what is known of it belongs to a. */
void picture_merge(struct engine *engine, struct engine_event *a, struct engine_event *b,
                   struct effects *effects);

/* Once a second: fuses, assesses, decides on warnings, closes what is over. */
void picture_update(const struct picture *p, struct effects *effects);

/* The common solution of an event that has one, as a track of this nation, at
 * event->common_time. */
struct track picture_common_track(const struct engine *engine, const struct engine_event *event);

#endif
