#include "sim/warned.h"

#include <string.h>

static struct warned_event *find(struct warned *w, const struct event_name *name)
{
    for (uint32_t i = 0; i < w->count; i++) {
        if (memcmp(&w->events[i].name, name, sizeof *name) == 0) {
            return &w->events[i];
        }
    }
    return NULL;
}

const struct warned_event *warned_of(const struct warned *w, const struct event_name *name)
{
    return find((struct warned *)(uintptr_t)w, name);
}

void warned_note(struct warned *w, const struct record *record, uint64_t position)
{
    struct warned_event *e = find(w, &record->event);
    if (e == NULL && w->count < WARNED_MAX) {
        e = &w->events[w->count];
        w->count++;
    }
    if (e != NULL) {
        *e = (struct warned_event){.name = record->event,
                                   .position = position,
                                   .serial = record->warning.serial,
                                   .in_force = warning_in_force(record->warning.state),
                                   .expires = record->warning.expires};
    }
}

void warned_owner_restarts(struct warned *w, uint64_t position)
{
    for (uint32_t i = 0; i < w->count; i++) {
        if (w->events[i].position > position) {
            w->events[i].in_force = false; /* what it was before is not known here */
        }
    }
}
