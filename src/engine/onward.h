/* Passing on what a partner released, by that partner's grant, and taking what was passed on to
 * us. Inside src/engine only. */
#ifndef WATCHFIRE_ENGINE_ONWARD_H
#define WATCHFIRE_ENGINE_ONWARD_H

#include "engine/effects.h"
#include "engine/engine.h"

/* The grants by which we pass on from here on, and no others; what waits by one that is not among
 * them any more is withdrawn. Signatures are verified for each record, so that a key that was
 * revoked ends a grant. ERR_FORMAT, ERR_CANONICAL or ERR_RANGE for bytes that are no set, or if one
 * lets another nation than us pass on; ERR_NOT_FOUND if an owner or receiver is no partner. */
MUST_USE result onward_take_grants(struct engine *engine, const struct event *event);

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
