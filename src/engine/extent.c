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

/* Entries and records are kept in rings: a ring that has gone round is in use all over. */
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
    add(e, l->entries + (is_round ? 0 : first),
        l->entries + (is_round ? LEDGER_ENTRIES_MAX : last + 1));
    add(e, l->arena + (is_arena_round ? 0 : begin),
        l->arena + (is_arena_round ? LEDGER_ARENA_BYTES : l->arena_used_to));
}

uint32_t engine_extents(const struct engine *engine, struct engine_extent out[ENGINE_EXTENTS_MAX])
{
    struct extents e = {engine, out, 0};
    uint32_t events = LIMIT_EVENTS;
    uint32_t held = ENGINE_HELD;
    while (events > 0 && engine->events[events - 1].id.value == 0) {
        events--;
    }
    while (held > 0 && engine->held[held - 1].event.value == 0) {
        held--;
    }
    add(&e, engine, engine->events + events);
    add(&e, engine->held, engine->held + held);
    for (uint32_t i = 0; i < engine->config.partner_count; i++) {
        add_ledger(&e, &engine->sessions[i]);
    }
    add(&e, &engine->tracker, engine->tracker.tracks + engine->tracker.slot_end);
    return e.count;
}
