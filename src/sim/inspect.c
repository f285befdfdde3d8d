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

static bool counts_twice(const struct view_event *e, uint32_t which)
{
    for (uint32_t k = which + 1; k < e->solution_count; k++) {
        if (e->solutions[k].contributes &&
            nation_id_equal(e->solutions[k].nation, e->solutions[which].nation)) {
            return true;
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
            if (e->solutions[k].contributes && counts_twice(e, k)) {
                return "counts one nation twice";
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

const char *inspect_limits(const struct engine *engine, const struct view *view)
{
    bool within = engine->config.sensor_count <= LIMIT_SENSORS &&
                  engine->config.partner_count <= LIMIT_PARTNERS &&
                  engine->tracker.slot_end <= TRACKER_TRACKS_MAX &&
                  view->event_count <= LIMIT_EVENTS && view->track_count <= LIMIT_TRACKS &&
                  view->link_count <= LIMIT_PARTNERS && view->sensor_count <= LIMIT_SENSORS;
    for (uint32_t i = 0; i < POLICY_VIEWS_MAX; i++) {
        within &=
            !engine->offer_used[1 + i] || engine->offer_trackers[i].slot_end <= TRACKER_TRACKS_MAX;
    }
    for (uint32_t i = 0; i < view->event_count && i < LIMIT_EVENTS; i++) {
        within &= view->events[i].solution_count <= LIMIT_NATIONS &&
                  view->events[i].overflight_count <= WARNING_AREAS_MAX;
    }
    for (uint32_t i = 0; i < engine->config.partner_count && i < LIMIT_PARTNERS; i++) {
        const struct session *s = &engine->sessions[i];
        within &= s->pending_count <= SESSION_PENDING_MAX &&
                  s->here.count <= SEQUENCE_SET_RANGES_MAX &&
                  s->durable.count <= SEQUENCE_SET_RANGES_MAX &&
                  s->ledger.last + 1 - s->ledger.oldest <= LEDGER_ENTRIES_MAX &&
                  s->ledger.arena_used_to <= LEDGER_ARENA_BYTES &&
                  s->ledger.on_the_way <= LEDGER_ARENA_BYTES && engine->offer_of[i] < ENGINE_OFFERS;
    }
    return within ? NULL : "counts something beyond its limit";
}
