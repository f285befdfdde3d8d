#include "engine/extent.h"

#include <assert.h>

/* The runs found so far. */
struct extents {
    const struct engine *engine;
    struct engine_extent *out;
    uint32_t count;
};

static void add(struct extents *e, const void *from, const void *to)
{
    const char *start = (const char *)e->engine;
    assert(e->count < ENGINE_EXTENTS_MAX);
    assert((const char *)to >= (const char *)from);
    e->out[e->count++] = (struct engine_extent){(size_t)((const char *)from - start),
                                                (size_t)((const char *)to - (const char *)from)};
}

/* What a ring holds, from one place in it up to another: the part at its start first. */
static void add_ring(struct extents *e, const void *start, const void *end, const void *from,
                     const void *to, bool is_round)
{
    add(e, is_round ? start : from, to);
    if (is_round) {
        add(e, from, end);
    }
}

/* Entries and records are kept in rings. */
static void add_ledger(struct extents *e, const struct session *s)
{
    const struct ledger *l = &s->ledger;
    add(e, s, l->entries);
    if (l->last < l->oldest || l->epoch.counter == 0) {
        return;
    }
    const uint64_t first = l->oldest % LEDGER_ENTRIES_MAX;
    const uint64_t last = l->last % LEDGER_ENTRIES_MAX;
    const bool is_round = first > last;
    const uint32_t begin = l->entries[first].offset;
    const bool is_arena_round = begin >= l->arena_used_to;
    add_ring(e, l->entries, l->entries + LEDGER_ENTRIES_MAX, l->entries + first,
             l->entries + last + 1, is_round);
    add_ring(e, l->arena, l->arena + LEDGER_ARENA_BYTES, l->arena + begin,
             l->arena + l->arena_used_to, is_arena_round);
}

static uint32_t used_events(const struct engine_event events[LIMIT_EVENTS])
{
    uint32_t count = LIMIT_EVENTS;
    while (count > 0 && events[count - 1].id.value == 0) {
        count--;
    }
    return count;
}

static void add_held(struct extents *e, const struct engine_held held[ENGINE_HELD])
{
    uint32_t count = ENGINE_HELD;
    while (count > 0 && !held[count - 1].waiting) {
        count--;
    }
    add(e, held, held + count);
}

static void add_tracker(struct extents *e, const struct tracker *t)
{
    add(e, t, t->tracks + t->slot_end);
}

uint32_t engine_extents(const struct engine *engine, struct engine_extent out[ENGINE_EXTENTS_MAX])
{
    struct extents e = {engine, out, 0};
    add(&e, engine, engine->events + used_events(engine->events));
    for (uint32_t i = 0; i < engine->config.partner_count; i++) {
        add_held(&e, engine->held[i]);
    }
    for (uint32_t i = 0; i < engine->config.partner_count; i++) {
        add_ledger(&e, &engine->sessions[i]);
    }
    add_tracker(&e, &engine->tracker);
    for (uint32_t i = 0; i < ENGINE_OFFERS; i++) {
        const struct engine_offer *o = &engine->offers[i];
        if (engine->offer_used[i]) {
            add(&e, o, o->events + used_events(o->events));
        }
    }
    for (uint32_t i = 1; i < ENGINE_OFFERS; i++) {
        if (engine->offer_used[i]) {
            add_tracker(&e, &engine->offer_trackers[i - 1]);
        }
    }
    return e.count;
}
