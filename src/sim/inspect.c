#include "sim/inspect.h"

/* An expiry is looked at once a second, and a node may have had no time for longer. */
#define EXPIRY_S 3.0

static bool may_have(const struct label *label, struct nation_id nation)
{
    bool named = nation_id_equal(label->owner, nation);
    for (uint32_t i = 0; i < label->releasable_count; i++) {
        named |= nation_id_equal(label->releasable_to[i], nation);
    }
    return named;
}

static const struct engine_event *event_of(const struct engine *engine, struct event_id id)
{
    for (uint32_t i = 0; i < LIMIT_EVENTS; i++) {
        if (engine->events[i].id.value == id.value) {
            return &engine->events[i];
        }
    }
    return NULL;
}

static const char *check_source(const struct label *derived, const struct label *source)
{
    if (derived->classification != CLASSIFICATION_UNKNOWN &&
        derived->classification < source->classification) {
        return "is classified lower than a source of it";
    }
    for (uint32_t i = 0; i < derived->releasable_count; i++) {
        if (!may_have(source, derived->releasable_to[i])) {
            return "is releasable to somebody who may not have a source of it";
        }
    }
    return NULL;
}

const char *inspect_labels(const struct engine *engine, const struct view *view, const char **event)
{
    for (uint32_t i = 0; i < view->event_count; i++) {
        const struct view_event *e = &view->events[i];
        const struct engine_event *kept = event_of(engine, e->id);
        *event = e->name.text;
        for (uint32_t k = 0; kept != NULL && e->has_common && k < LIMIT_NATIONS; k++) {
            const struct engine_solution *s = &kept->solutions[k];
            const char *why =
                s->present && s->contributes ? check_source(&e->label, &s->label) : NULL;
            if (why != NULL) {
                return why;
            }
        }
    }
    return NULL;
}

static bool counts_again(const struct view *view, uint32_t after, const struct view_solution *s)
{
    for (uint32_t i = after; i < view->event_count; i++) {
        for (uint32_t k = 0; k < view->events[i].solution_count; k++) {
            const struct view_solution *other = &view->events[i].solutions[k];
            if (other->contributes && nation_id_equal(other->nation, s->nation) &&
                other->track.id.value == s->track.id.value) {
                return true;
            }
        }
    }
    return false;
}

const char *inspect_evidence(const struct view *view, const char **event)
{
    for (uint32_t i = 0; i < view->event_count; i++) {
        const struct view_event *e = &view->events[i];
        *event = e->name.text;
        for (uint32_t k = 0; k < e->solution_count; k++) {
            if (e->solutions[k].contributes && counts_again(view, i + 1, &e->solutions[k])) {
                return "counts a track that counts in another event too";
            }
        }
    }
    return NULL;
}

const char *inspect_warnings(const struct view *view, const char **event)
{
    for (uint32_t i = 0; i < view->event_count; i++) {
        const struct warning *w = &view->events[i].warning;
        *event = view->events[i].name.text;
        if (w->serial > 0 && warning_in_force(w->state) &&
            (!instant_is_set(w->expires) || instant_since_s(view->now, w->expires) > EXPIRY_S)) {
            return "has a warning in force after its expiry";
        }
    }
    return NULL;
}
