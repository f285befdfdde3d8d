/* A warning of an engine, put together for people: names of places in every language, where it was
 * launched from, what is known of the impact. */
#ifndef WATCHFIRE_NODE_PUBLIC_MESSAGE_H
#define WATCHFIRE_NODE_PUBLIC_MESSAGE_H

#include "engine/engine.h"
#include "formats/public_warning.h"

/* It points into itself: not to be copied. */
struct public_message {
    struct public_warning told;
    struct warning warning;
    struct impact_estimate impact;
    struct public_passage passage;
    struct event_name name;
    struct public_place places[WARNING_AREAS_MAX];
};

/* Of the event's latest warning. False if the event is not there, or its warning is not one that
 * people are told of; *out is then unspecified. */
bool public_message_make(const struct engine *engine, struct event_id event,
                         struct public_message *out);

/* Makes of a warning in force the end that is kept ready beside it. */
void public_message_prepare(const struct public_message *in_force, enum public_prepared end,
                            struct public_message *out);

#endif
