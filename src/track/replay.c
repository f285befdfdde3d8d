#include "track/replay.h"

static struct replay_point *newer(struct replay *r)
{
    return &r->points[r->newer];
}

static void take(struct replay *r, const struct filter *f, const struct filter_memory *memory)
{
    struct replay_point *p = newer(r);
    p->is_set = true;
    filter_copy(f, &p->filter);
    p->count = memory->count;
    p->next = memory->next;
    p->total = memory->total;
    manoeuvre_test_copy(&memory->manoeuvre, &p->manoeuvre);
}

void replay_begin(struct replay *r, const struct filter *f, const struct filter_memory *memory)
{
    replay_forget(r);
    take(r, f, memory);
}

void replay_forget(struct replay *r)
{
    r->points[0].is_set = false;
    r->points[1].is_set = false;
    r->newer = 0;
}

/* A checkpoint when the newer one is old enough: in place of the older one. */
static void note(struct replay *r, const struct filter *f, const struct filter_memory *memory)
{
    if (!newer(r)->is_set) {
        take(r, f, memory);
    } else if (instant_since_s(f->time, newer(r)->filter.time) >= REPLAY_STEP_S) {
        r->newer = 1 - r->newer;
        take(r, f, memory);
    }
}

/* Whether t is after this checkpoint, and all that was used since is still kept. */
static bool leads_to(const struct replay_point *p, const struct filter_memory *memory,
                     struct instant t)
{
    return p->is_set && !instant_before(t, p->filter.time) &&
           memory->total - p->total <= memory->count;
}

/* The memory as it was at a checkpoint: since then no place was taken twice. */
static void go_back(const struct replay_point *p, struct filter_memory *memory)
{
    const uint32_t since = (uint32_t)(memory->total - p->total);
    for (uint32_t i = 0; i < since; i++) {
        const uint32_t at = (p->next + i) % FILTER_KEPT_MAX;
        if (at < p->count) {
            memory->kept[at] = memory->gone[at];
        }
    }
    memory->count = p->count;
    memory->next = p->next;
    memory->total = p->total;
    manoeuvre_test_copy(&p->manoeuvre, &memory->manoeuvre);
}

static result replay(struct replay *r, struct filter *f, struct filter_memory *memory,
                     const struct measure_site *sites, const struct filter_kept *late)
{
    const uint32_t since = (uint32_t)(memory->total - newer(r)->total);
    struct filter then;
    struct filter_memory kept = *memory;
    bool is_used = false;
    filter_copy(&newer(r)->filter, &then);
    go_back(newer(r), &kept);
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
    filter_copy(&then, f);
    *memory = kept;
    return OK;
}

result replay_update(struct replay *r, struct filter *f, struct filter_memory *memory,
                     const struct measure_site *sites, uint8_t site, const struct observation *o)
{
    const bool from_newer = leads_to(&r->points[r->newer], memory, o->validity);
    const bool from_older = leads_to(&r->points[1 - r->newer], memory, o->validity);
    if (!instant_before(o->validity, f->time) || (!from_newer && !from_older)) {
        TRY(filter_update(f, memory, sites, site, o));
        note(r, f, memory);
        return OK;
    }
    const struct filter_kept late = {site, *o};
    struct replay next = *r;
    if (!from_newer) {
        next.points[next.newer].is_set = false;
        next.newer = 1 - next.newer;
    }
    TRY(replay(&next, f, memory, sites, &late));
    *r = next;
    return OK;
}
