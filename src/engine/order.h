/* What officers' orders do to the picture and to what partners get. Inside src/engine only.
 *
 * An order is about the own picture. An event of an offer obeys the orders that stand on the own
 * event which it is, by the own track where the offer shares the tracker, else by the distance of
 * the tracks: so a partner learns from its own stream alone that something was judged, as it does
 * from a policy. */
#ifndef WATCHFIRE_ENGINE_ORDER_H
#define WATCHFIRE_ENGINE_ORDER_H

#include "engine/picture.h"

/* ERR_RANGE for what is no order, ERR_DENIED without a role for it, ERR_NOT_FOUND for an event or a
 * nation that there is not, ERR_STATE where it would change nothing, ERR_FULL without room for the
 * event that a split makes. Nothing has happened then. */
MUST_USE result order_take(struct engine *engine, const struct order *order,
                           struct effects *effects);

/* Brings the orders of the own picture into an event of an offer, before it is published. */
void order_follow(struct engine *engine, uint32_t offer, struct engine_event *event);

/* Whether an officer lets nothing of the offer's event (NULL = it is gone) go to the partner. */
bool order_holds(const struct engine *engine, uint32_t partner, const struct engine_event *event);

#endif
