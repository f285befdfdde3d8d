/* Passing on what a partner released, by that partner's grant, and taking what was passed on to
 * us. Inside src/engine only. */
#ifndef WATCHFIRE_ENGINE_ONWARD_H
#define WATCHFIRE_ENGINE_ONWARD_H

#include "engine/effects.h"
#include "engine/engine.h"

/* A grant that lets us pass on; what waits by an earlier one is withdrawn. Its signature is
 * verified for each record, so that a key that was revoked ends it. ERR_FORMAT, ERR_CANONICAL or
 * ERR_RANGE for bytes that are none, or are for another nation than us; ERR_NOT_FOUND if its owner
 * or receiver is no partner; ERR_STATE if a later one is known. */
MUST_USE result onward_take_grant(struct engine *engine, const struct event *event);

/* A partner has another key list: what waits to be passed on by a grant that it ends is
 * withdrawn. */
void onward_keys_changed(struct engine *engine, uint32_t owner);

/* After a frame of the partner was taken: its records that others may have by its leave go into
 * their ledgers. */
void onward_pass(struct engine *engine, uint32_t partner, const struct event *event,
                 struct effects *effects);

/* After a frame of the partner was taken: the records of others in it. An owner who is heard
 * directly is not heard by way of others as well: nothing counts twice. */
void onward_take(struct engine *engine, uint32_t partner, const struct event *event,
                 struct effects *effects);

#endif
