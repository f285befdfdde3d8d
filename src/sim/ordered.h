/* What officers of one nation ordered, and what must not happen after it: nothing of what is held
 * goes to a partner but the end of a warning that it has, and nobody is warned of what is called
 * false, or of which the warning was taken back. Storage is the caller's; all zero = no orders. */
#ifndef WATCHFIRE_SIM_ORDERED_H
#define WATCHFIRE_SIM_ORDERED_H

#include <stdbool.h>
#include <stdint.h>

#include "model/order.h"
#include "model/record.h"

#define ORDERED_MAX 64

struct ordered_one {
    enum order_kind kind; /* ORDER_HOLD, ORDER_FALSE or ORDER_CANCEL */
    struct event_id event;
    struct event_name name; /* as partners hear of it; of an order about all events, empty */
    struct nation_id nation;
    uint64_t position; /* in the nation's journal */
    struct instant time;
};

struct ordered {
    uint32_t count;
    struct ordered_one standing[ORDERED_MAX];
};

/* An order was obeyed.
 *
 *   name      under which partners hear of the event; empty if they do not, or it is about all
 *   position  of the order in the nation's journal */
void ordered_note(struct ordered *o, const struct order *order, const struct event_name *name,
                  uint64_t position, struct instant now);

/* The nation's disk holds its inputs up to `position`. */
void ordered_owner_restarts(struct ordered *o, uint64_t position);

/* Why the record must not have gone to the partner; NULL if it may.
 *
 *   knows_name  the partner hears of events under the names that ordered_note was given
 *   warned      it has a warning of that event */
const char *ordered_objects_release(const struct ordered *o, const struct record *record,
                                    struct nation_id to, bool knows_name, bool warned);

/* Whether a warning of the event must not be in force. */
bool ordered_is_silenced(const struct ordered *o, struct event_id event);

#endif
