#include "engine/order.h"

#include <assert.h>
#include <string.h>

#include "base/gaussian.h"
#include "engine/caution.h"
#include "engine/emit.h"
#include "engine/slots.h"

_Static_assert(LIMIT_PARTNERS <= 8, "partners are bits");

const struct engine_order *engine_order_at(const struct engine *engine, uint64_t number)
{
    const bool is_kept =
        number >= 1 && number <= engine->order_count && engine->order_count - number < LIMIT_ORDERS;
    return is_kept ? &engine->orders[number % LIMIT_ORDERS] : NULL;
}

/* Which solution is the nation's; LIMIT_NATIONS if none is. */
static uint32_t solution_of(const struct engine *engine, struct nation_id nation)
{
    const uint32_t partner = engine_partner(engine, nation);
    return nation_id_equal(nation, engine->config.nation) ? 0
           : partner < engine->config.partner_count       ? partner + 1
                                                          : LIMIT_NATIONS;
}

/* The partners that an order names, as bits. */
static uint8_t partners_of(const struct engine *engine, struct nation_id nation)
{
    const uint32_t partner = engine_partner(engine, nation);
    return (uint8_t)(nation_id_is_set(nation) ? 1u << partner
                                              : (1u << engine->config.partner_count) - 1u);
}

static result check_hold(const struct engine *engine, const struct order *order,
                         const struct engine_event *event)
{
    ENSURE(!nation_id_is_set(order->nation) ||
               engine_partner(engine, order->nation) < engine->config.partner_count,
           ERR_NOT_FOUND);
    const uint8_t wanted = partners_of(engine, order->nation);
    const uint8_t held = event != NULL ? event->held : engine->held_from;
    const bool changes = order->kind == ORDER_HOLD ? (wanted & ~held) != 0 : (wanted & held) != 0;
    return changes ? OK : ERR_STATE;
}

static result check_split(struct engine *engine, const struct order *order,
                          const struct engine_event *event)
{
    const struct picture own = picture_own(engine);
    const uint32_t index = solution_of(engine, order->nation);
    uint32_t others = 0;
    ENSURE(index < LIMIT_NATIONS && event->solutions[index].present, ERR_NOT_FOUND);
    for (uint32_t k = 0; k <= engine->config.partner_count; k++) {
        others += k != index && event->solutions[k].present ? 1 : 0;
    }
    ENSURE(others > 0 && !event->withdrawn && !instant_is_set(event->over_since), ERR_STATE);
    return slots_have_room(&own, order->nation) ? OK : ERR_FULL;
}

static result check(struct engine *engine, const struct order *order, struct engine_event *event)
{
    TRY(order_check(order));
    ENSURE((order->roles & order_roles(order->kind)) != 0, ERR_DENIED);
    ENSURE(event != NULL || order->event.value == 0, ERR_NOT_FOUND);
    switch (order->kind) {
    case ORDER_ACKNOWLEDGE:
        return instant_is_set(event->acknowledged) ? ERR_STATE : OK;
    case ORDER_FALSE:
        return event->withdrawn ? ERR_STATE : OK;
    case ORDER_REAL:
        return event->withdrawn && event->by_order ? OK : ERR_STATE;
    case ORDER_SPACE:
        return event->known_space || event->withdrawn ? ERR_STATE : OK;
    case ORDER_MERGE: {
        const struct engine_event *into = slots_find(engine->events, order->into);
        ENSURE(into != NULL, ERR_NOT_FOUND);
        return event->withdrawn || into->withdrawn || instant_is_set(event->over_since) ||
                       instant_is_set(into->over_since)
                   ? ERR_STATE
                   : OK;
    }
    case ORDER_SPLIT:
        return check_split(engine, order, event);
    case ORDER_HOLD:
    case ORDER_RELEASE:
        return check_hold(engine, order, event);
    case ORDER_APPROVE:
        return warning_in_force(event->warning.state) &&
                       caution_approval(event, &order->actor) != NULL
                   ? OK
                   : ERR_STATE;
    case ORDER_CANCEL:
        return warning_in_force(event->warning.state) ? OK : ERR_STATE;
    case ORDER_WARN:
        return event->recalled ? OK : ERR_STATE;
    case ORDER_NONE:
        break;
    }
    return ERR_RANGE;
}

/* The track of one nation becomes an event of its own, which nothing joins to this one again. */
static void split(struct engine *engine, const struct order *order, struct engine_event *event,
                  struct effects *effects)
{
    const struct picture own = picture_own(engine);
    const uint32_t index = solution_of(engine, order->nation);
    const struct engine_solution moved = event->solutions[index];
    /* What goes on is not given up for another: the search for a place leaves this one alone. */
    const struct event_id id = event->id;
    struct engine_event *made = slots_open(&own, order->nation, NULL, INSTANT_UNSET, effects);
    assert(made != NULL);
    assert(event->id.value == id.value);
    made->solutions[index] = moved;
    made->apart_from = id;
    event->solutions[index].present = false;
    if (index == 0) {
        made->own_slot = event->own_slot;
        made->launch = event->launch;
        memset(&event->launch, 0, sizeof event->launch);
    }
}

static void hold(struct engine *engine, const struct order *order, struct engine_event *event)
{
    const uint8_t wanted = partners_of(engine, order->nation);
    uint8_t *held = event != NULL ? &event->held : &engine->held_from;
    *held = (uint8_t)(order->kind == ORDER_HOLD ? *held | wanted : *held & ~wanted);
}

static void withdraw(struct engine_event *event, struct effects *effects)
{
    event->withdrawn = true;
    event->by_order = true;
    event->same_as.value = 0;
    (void)emit(effects, EFFECT_WITHDRAWN, event);
}

static void take_back(struct engine_event *event)
{
    event->withdrawn = false;
    event->by_order = false;
    event->apart_from = event->same_as.value != 0 ? event->same_as : event->apart_from;
    event->same_as.value = 0;
}

static void acknowledge(struct engine *engine, const struct order *order,
                        struct engine_event *event)
{
    if (!instant_is_set(event->acknowledged)) {
        event->acknowledged = engine->now;
        event->acknowledged_by = order->actor;
    }
}

static void obey(struct engine *engine, const struct order *order, struct engine_event *event,
                 struct effects *effects)
{
    switch (order->kind) {
    case ORDER_FALSE:
        withdraw(event, effects);
        break;
    case ORDER_REAL:
        take_back(event);
        break;
    case ORDER_SPACE:
        event->known_space = true;
        break;
    case ORDER_MERGE:
        picture_merge(engine, slots_find(engine->events, order->into), event, effects);
        event->by_order = true;
        break;
    case ORDER_SPLIT:
        split(engine, order, event, effects);
        break;
    case ORDER_HOLD:
    case ORDER_RELEASE:
        hold(engine, order, event);
        break;
    case ORDER_APPROVE:
        *caution_approval(event, &order->actor) = order->actor;
        event->approved_at = engine->position;
        break;
    case ORDER_CANCEL:
    case ORDER_WARN:
        event->recalled = order->kind == ORDER_CANCEL;
        break;
    case ORDER_ACKNOWLEDGE:
    case ORDER_NONE:
        break;
    }
}

static void keep(struct engine *engine, const struct order *order, const struct engine_event *event,
                 struct effects *effects)
{
    engine->order_count++;
    struct engine_order *kept = &engine->orders[engine->order_count % LIMIT_ORDERS];
    memset(kept, 0, sizeof *kept);
    kept->time = engine->now;
    kept->order = *order;
    if (event != NULL) {
        kept->name = event->name;
    }
    struct effect *e = emit(effects, EFFECT_ORDER, event);
    e->partner = order->nation;
    e->sequence = engine->order_count;
}

static bool changes_warning(enum order_kind kind)
{
    return kind == ORDER_FALSE || kind == ORDER_REAL || kind == ORDER_MERGE ||
           kind == ORDER_CANCEL || kind == ORDER_WARN;
}

result order_take(struct engine *engine, const struct order *order, struct effects *effects)
{
    struct engine_event *event = slots_find(engine->events, order->event);
    TRY(check(engine, order, event));
    keep(engine, order, event, effects); /* told first: what follows from it is told after it */
    obey(engine, order, event, effects);
    /* What is judged has been seen. */
    if (order_roles(order->kind) == ROLE_WATCH) {
        acknowledge(engine, order, event);
    }
    if (changes_warning(order->kind)) {
        caution_decide(engine, engine->events, event, effects);
    }
    return OK;
}

/* Whether an event of an offer is this one of the own picture. */
static bool is_same(const struct engine *engine, uint32_t offer, const struct engine_event *own,
                    const struct engine_event *offered)
{
    const struct track *track = &offered->solutions[0].track;
    if (offer == 0) {
        return own->solutions[0].present && own->solutions[0].track.id.value == track->id.value;
    }
    for (uint32_t k = 0; k <= engine->config.partner_count; k++) {
        double distance = 0.0;
        if (own->solutions[k].present &&
            common_distance_squared(&own->solutions[k].track, track, &distance) == OK &&
            distance < gaussian_gate(6)) {
            return true;
        }
    }
    return false;
}

static bool stands(const struct engine_event *own)
{
    return own->id.value != 0 && (own->by_order || own->held != 0 || own->recalled);
}

void order_follow(struct engine *engine, uint32_t offer, struct engine_event *event)
{
    struct engine_event *own = slots_find(engine->events, event->own);
    if (engine->order_count == 0 || !event->solutions[0].present) {
        return;
    }
    for (uint32_t i = 0; own == NULL && i < LIMIT_EVENTS; i++) {
        own = stands(&engine->events[i]) && is_same(engine, offer, &engine->events[i], event)
                  ? &engine->events[i]
                  : NULL;
    }
    if (own == NULL) {
        return;
    }
    event->own = own->id;
    event->held = own->held;
    event->recalled = own->recalled;
    /* That two are one is for this nation's picture alone: a partner may know only this one. */
    event->withdrawn = own->withdrawn && own->by_order && own->same_as.value == 0;
}

bool order_holds(const struct engine *engine, uint32_t partner, const struct engine_event *event)
{
    const uint8_t held = (uint8_t)(engine->held_from | (event != NULL ? event->held : 0));
    return (held >> partner & 1u) != 0;
}
