#include "sim/ordered.h"

#include <string.h>

static void drop(struct ordered *o, uint32_t i)
{
    o->count--;
    memmove(&o->standing[i], &o->standing[i + 1], (o->count - i) * sizeof o->standing[0]);
}

/* What takes an order back names the same event, and the same partner or all. */
static void take_back(struct ordered *o, const struct order *order, enum order_kind kind)
{
    for (uint32_t i = o->count; i > 0; i--) {
        const struct ordered_one *s = &o->standing[i - 1];
        const bool covers =
            !nation_id_is_set(order->nation) || nation_id_equal(order->nation, s->nation);
        if (s->kind == kind && s->event.value == order->event.value) {
            /* Of a hold towards all, what is left after one of them is let go is not followed. */
            if (covers || !nation_id_is_set(s->nation)) {
                drop(o, i - 1);
            }
        }
    }
}

/* What events are, and which names they have, is another thing after it. */
static void forget_holds_of_events(struct ordered *o)
{
    for (uint32_t i = o->count; i > 0; i--) {
        if (o->standing[i - 1].kind == ORDER_HOLD && o->standing[i - 1].event.value != 0) {
            drop(o, i - 1);
        }
    }
}

void ordered_note(struct ordered *o, const struct order *order, const struct event_name *name,
                  uint64_t position, struct instant now)
{
    switch (order->kind) {
    case ORDER_HOLD:
    case ORDER_FALSE:
    case ORDER_CANCEL:
        if (o->count < ORDERED_MAX) {
            o->standing[o->count] = (struct ordered_one){.kind = order->kind,
                                                         .event = order->event,
                                                         .name = *name,
                                                         .nation = order->nation,
                                                         .position = position,
                                                         .time = now};
            o->count++;
        }
        return;
    case ORDER_RELEASE:
        take_back(o, order, ORDER_HOLD);
        return;
    case ORDER_REAL:
        take_back(o, order, ORDER_FALSE);
        return;
    case ORDER_WARN:
        take_back(o, order, ORDER_CANCEL);
        return;
    case ORDER_MERGE:
    case ORDER_SPLIT:
        forget_holds_of_events(o);
        return;
    case ORDER_NONE:
    case ORDER_ACKNOWLEDGE:
    case ORDER_SPACE:
    case ORDER_APPROVE:
        return;
    }
}

void ordered_owner_restarts(struct ordered *o, uint64_t position)
{
    for (uint32_t i = o->count; i > 0; i--) {
        if (o->standing[i - 1].position > position) {
            drop(o, i - 1);
        }
    }
}

static bool is_about(const struct ordered_one *s, const struct record *record, bool knows_name)
{
    return s->event.value == 0 || (knows_name && s->name.text[0] != '\0' &&
                                   memcmp(&s->name, &record->event, sizeof s->name) == 0);
}

const char *ordered_objects_release(const struct ordered *o, const struct record *record,
                                    struct nation_id to, bool knows_name, bool warned)
{
    const bool is_warning = record->kind == RECORD_WARNING;
    const bool is_end = is_warning && warned && warning_has_ended(record->warning.state);
    for (uint32_t i = 0; i < o->count; i++) {
        const struct ordered_one *s = &o->standing[i];
        if (!is_about(s, record, knows_name)) {
            continue;
        }
        if (s->kind == ORDER_HOLD && !is_end &&
            (!nation_id_is_set(s->nation) || nation_id_equal(s->nation, to))) {
            return "an officer holds it";
        }
        /* What was made before may have been delayed. */
        if (s->kind != ORDER_HOLD && is_warning && warning_in_force(record->warning.state) &&
            instant_before(s->time, record->made)) {
            return "it warns of what an officer called false, or took back";
        }
    }
    return NULL;
}

bool ordered_is_silenced(const struct ordered *o, struct event_id event)
{
    for (uint32_t i = 0; i < o->count; i++) {
        if (o->standing[i].kind != ORDER_HOLD && o->standing[i].event.value == event.value) {
            return true;
        }
    }
    return false;
}
