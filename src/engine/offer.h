/* The offers: which partners get which, and how they follow the own sensors. An offer depends on
 * its own sensors' observations, on ticks and on the policy, and on nothing else. Inside src/engine
 * only. */
#ifndef WATCHFIRE_ENGINE_OFFER_H
#define WATCHFIRE_ENGINE_OFFER_H

#include "base/result.h"
#include "engine/effects.h"
#include "engine/engine.h"

/* Gives every partner the offer that the policy of now leaves it. Offers that are already made stay
 * as they are, others begin empty. Call with a policy that passed its check, at start and after
 * every change. ERR_RANGE or ERR_STATE for a sensor that cannot be. */
MUST_USE result offer_assign(struct engine *engine);

/* The policy's areas are others now: looks at every launch against them anew. */
void offer_judge_areas(struct engine *engine);

/* A scan of config.sensors[sensor] that the own tracker has taken. */
void offer_scan(struct engine *engine, uint32_t sensor, const struct observation *scan,
                uint32_t count, struct effects *effects);

/* Time passes; once a second with `second`. */
void offer_tick(struct engine *engine, bool second, struct effects *effects);

#endif
