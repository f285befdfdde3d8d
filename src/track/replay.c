#include "track/replay.h"

static void take(struct replay *r, const struct filter *f, const struct filter_memory *memory)
{
    r->newer.is_set = true;
    r->newer.filter = *f;
    r->newer.memory = *memory;
}

void replay_begin(struct replay *r, const struct filter *f, const struct filter_memory *memory)
{
    r->older.is_set = false;
    take(r, f, memory);
}

void replay_forget(struct replay *r)
{
    r->newer.is_set = false;
    r->older.is_set = false;
}

/* A checkpoint when the newer one is old enough. */
static void note(struct replay *r, const struct filter *f, const struct filter_memory *memory)
{
    if (!r->newer.is_set || instant_since_s(f->time, r->newer.filter.time) >= REPLAY_STEP_S) {
        r->older = r->newer;
        take(r, f, memory);
    }
}

/* Whether t is after this checkpoint, and all that was used since is still kept. */
static bool leads_to(const struct replay_point *p, const struct filter_memory *memory,
                     struct instant t)
{
    return p->is_set && !instant_before(t, p->filter.time) &&
           memory->total - p->memory.total <= memory->count;
}

static result replay(struct replay *r, struct filter *f, struct filter_memory *memory,
                     const struct measure_site *sites, const struct filter_kept *late)
{
    const uint32_t since = (uint32_t)(memory->total - r->newer.memory.total);
    struct filter then = r->newer.filter;
    struct filter_memory kept = r->newer.memory;
    bool is_used = false;
    for (uint32_t i = 0; i < since; i++) {
        const uint32_t at = (memory->next + FILTER_KEPT_MAX - since + i) % FILTER_KEPT_MAX;
        const struct filter_kept *k = &memory->kept[at];
        if (!is_used && instant_before(late->observation.validity, k->observation.validity)) {
            TRY(filter_update(&then, &kept, sites, late->site, &late->observation));
            note(r, &then, &kept);
            is_used = true;
        }
        /* What could not be used the first time may not be usable now. */
        (void)!filter_update(&then, &kept, sites, k->site, &k->observation);
        note(r, &then, &kept);
    }
    ENSURE(is_used, ERR_STATE);
    *f = then;
    *memory = kept;
    return OK;
}

result replay_update(struct replay *r, struct filter *f, struct filter_memory *memory,
                     const struct measure_site *sites, uint8_t site, const struct observation *o)
{
    const bool from_newer = leads_to(&r->newer, memory, o->validity);
    const bool from_older = leads_to(&r->older, memory, o->validity);
    if (!instant_before(o->validity, f->time) || (!from_newer && !from_older)) {
        TRY(filter_update(f, memory, sites, site, o));
        note(r, f, memory);
        return OK;
    }
    const struct filter_kept late = {site, *o};
    struct replay next = *r;
    if (!from_newer) {
        next.newer = next.older;
    }
    TRY(replay(&next, f, memory, sites, &late));
    *r = next;
    return OK;
}
