#include "engine/slots.h"

#include <string.h>

#include "engine/emit.h"
#include "engine/name.h"

#define NAME_ROUNDS 40
#define PARTNER_EVENTS (LIMIT_EVENTS * 3 / 4)

/* How readily an event gives up its place for a new one; negative = never. What a partner alone
 * reports never stands in the way of what the own sensors see. */
static int readiness(const struct engine *engine, const struct engine_event *event, bool for_own)
{
    if (event->id.value == 0) {
        return 3;
    }
    if (instant_is_set(event->over_since)) {
        return 2;
    }
    const bool own =
        event->solutions[0].present || nation_id_equal(event->noticed_from, engine->config.nation);
    return for_own && !own && !warning_in_force(event->warning.state) ? 1 : -1;
}

/* A place for a new event: a free one, the one that is over longest, or, for the own nation, the
 * oldest one that only partners know of. NULL if there is none. */
static struct engine_event *free_event(const struct picture *p, bool for_own)
{
    struct engine_event *best = NULL;
    int best_readiness = 0;
    for (uint32_t i = 0; i < LIMIT_EVENTS; i++) {
        struct engine_event *event = &p->events[i];
        const int is_ready = readiness(p->engine, event, for_own);
        if (is_ready > best_readiness ||
            (best != NULL && is_ready == best_readiness && event->id.value < best->id.value)) {
            best = event;
            best_readiness = is_ready;
        }
    }
    return best;
}

/* A partner may open only so many events: nobody fills the picture alone. */
static bool has_quota(const struct picture *p, struct nation_id from)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < LIMIT_EVENTS; i++) {
        const struct engine_event *event = &p->events[i];
        count += event->id.value != 0 && !instant_is_set(event->over_since) &&
                         nation_id_equal(event->noticed_from, from)
                     ? 1
                     : 0;
    }
    return count < PARTNER_EVENTS;
}

/* How near a name comes to those in the picture: 0 = no event has its word, 1 = none has the whole
 * of it, 2 = one has. */
static int likeness(const struct picture *p, struct event_id id, const struct event_name *name)
{
    int found = 0;
    for (uint32_t i = 0; i < LIMIT_EVENTS && found < 2; i++) {
        const struct engine_event *other = &p->events[i];
        if (other->id.value == 0 || other->id.value == id.value) {
            continue;
        }
        const bool whole = strcmp(other->name.text, name->text) == 0 ||
                           strcmp(other->own_name.text, name->text) == 0;
        const bool word =
            name_same_word(&other->name, name) || name_same_word(&other->own_name, name);
        found = whole ? 2 : word ? 1 : found;
    }
    return found;
}

/* A name for an event: drawn, so that it does not tell how many there were, and with a word that no
 * event in the picture has; of a salvo that has more events than there are words, with another
 * number. */
static struct event_name draw_name(const struct picture *p, struct event_id id)
{
    const struct engine *engine = p->engine;
    struct event_name best = {{0}};
    int best_likeness = 3;
    for (uint32_t round = 0; round < NAME_ROUNDS && best_likeness > 0; round++) {
        uint8_t number[8];
        uint8_t again[8];
        const struct event_name name =
            name_make(engine->config.nation,
                      digest_keyed_u64(&engine->config.partner_keys[0], "event name",
                                       digest_number(id.value, number),
                                       digest_number(p->name_salt << 8 | round, again)));
        const int like = likeness(p, id, &name);
        if (like < best_likeness) {
            best = name;
            best_likeness = like;
        }
    }
    return best;
}

/* LIMIT_EVENTS if it is none of them. */
static uint32_t place_of(const struct engine_event *events, struct event_id id)
{
    uint32_t i = id.value != 0 ? 0 : LIMIT_EVENTS;
    while (i < LIMIT_EVENTS && events[i].id.value != id.value) {
        i++;
    }
    return i;
}

struct engine_event *slots_find(struct engine_event *events, struct event_id id)
{
    const uint32_t at = place_of(events, id);
    return at < LIMIT_EVENTS ? &events[at] : NULL;
}

const struct engine_event *engine_event_of(const struct engine *engine, struct event_id id)
{
    const uint32_t at = place_of(engine->events, id);
    return at < LIMIT_EVENTS ? &engine->events[at] : NULL;
}

/* Where a new event goes; NULL if there is no place for it. */
static struct engine_event *place_for(const struct picture *p, struct nation_id from)
{
    const bool own = nation_id_equal(from, p->engine->config.nation);
    return own || has_quota(p, from) ? free_event(p, own) : NULL;
}

bool slots_have_room(const struct picture *p, struct nation_id from)
{
    return place_for(p, from) != NULL;
}

struct engine_event *slots_open(const struct picture *p, struct nation_id from,
                                const struct event_name *published, struct instant made,
                                struct effects *effects)
{
    struct engine *engine = p->engine;
    struct engine_event *event = place_for(p, from);
    if (event == NULL) {
        engine->events_refused++;
        return NULL;
    }
    memset(event, 0, sizeof *event);
    event->id.value = *p->next_event;
    event->noticed = engine->now;
    event->noticed_from = from;
    event->named = INSTANT_UNSET;
    event->quiet_since = INSTANT_UNSET;
    event->over_since = INSTANT_UNSET;
    event->published = INSTANT_UNSET;
    event->pieces_published = INSTANT_UNSET;
    event->risk_found = INSTANT_UNSET;
    event->acknowledged = INSTANT_UNSET;
    event->common_status = STATUS_TENTATIVE;
    warn_state_init(&event->warn, event->id);
    (*p->next_event)++;
    event->own_name = draw_name(p, event->id);
    event->name = event->own_name;
    if (published != NULL && published->text[0] != '\0') {
        event->name = *published;
        event->named = made;
    }
    struct effect *e = emit(effects, EFFECT_NOTICED, event);
    e->partner = from;
    return event;
}
