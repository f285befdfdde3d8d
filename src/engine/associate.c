#include "engine/associate.h"

#include <string.h>

#include "base/gaussian.h"
#include "physics/missile.h"

/* A track that was not measured for this long may be replaced by another of the same nation. */
#define SILENT_S 15.0
/* Tracks that thrust do not keep to the boost's model: their gate is this much wider. */
#define BOOST_GATE_FACTOR MISSILE_BOOST_GATE_FACTOR

/* What was found to be none takes nothing in: who sees an object there reports a new one. */
static bool is_live(const struct engine_event *event)
{
    return event->id.value != 0 && !event->withdrawn && !instant_is_set(event->over_since);
}

static bool are_told_apart(const struct engine_event *a, const struct engine_event *b)
{
    return a->apart_from.value == b->id.value || b->apart_from.value == a->id.value;
}

static bool is_live_solution(const struct engine_solution *s)
{
    return s->present && s->track.status != STATUS_DROPPED;
}

/* A nation has one object in an event at a time; a track that it lost may be found again as
 * another. */
static bool is_taken(const struct engine_solution *s)
{
    return s->present && s->track.status == STATUS_FIRM;
}

struct engine_event *associate_known(const struct picture *p, uint32_t index, struct track_id id)
{
    for (uint32_t i = 0; i < LIMIT_EVENTS; i++) {
        struct engine_event *event = &p->events[i];
        const struct engine_solution *s = &event->solutions[index];
        if (event->id.value != 0 && s->present && s->track.id.value == id.value) {
            return event;
        }
    }
    return NULL;
}

struct engine_event *associate_called(const struct picture *p, uint32_t index,
                                      const struct event_name *name)
{
    for (uint32_t i = 0; i < LIMIT_EVENTS; i++) {
        struct engine_event *event = &p->events[i];
        const struct engine_solution *s = &event->solutions[index];
        if (name->text[0] != '\0' && is_live(event) && s->present &&
            memcmp(&s->name, name, sizeof *name) == 0) {
            return event;
        }
    }
    return NULL;
}

struct engine_event *associate_named(const struct picture *p, uint32_t index,
                                     const struct event_name *name)
{
    for (uint32_t i = 0; i < LIMIT_EVENTS; i++) {
        struct engine_event *event = &p->events[i];
        const struct engine_solution *s = &event->solutions[index];
        if (is_live(event) && s->present && memcmp(&s->name, name, sizeof *name) == 0 &&
            (s->track.status != STATUS_FIRM ||
             instant_since_s(p->engine->now, s->track.last_measurement) > SILENT_S)) {
            return event;
        }
    }
    return NULL;
}

/* The least distance of a track to any track of the event by another nation; negative if none can
 * be compared. */
static double distance_to(const struct engine *engine, const struct engine_event *event,
                          uint32_t index, const struct track *track)
{
    double least = -1.0;
    for (uint32_t k = 0; k <= engine->config.partner_count; k++) {
        const struct engine_solution *s = &event->solutions[k];
        double distance = 0.0;
        if (k == index || !is_live_solution(s) ||
            common_distance_squared(&s->track, track, &distance) != OK) {
            continue;
        }
        if (!instant_is_set(s->track.end_of_thrust) || !instant_is_set(track->end_of_thrust)) {
            distance /= BOOST_GATE_FACTOR;
        }
        if (least < 0.0 || distance < least) {
            least = distance;
        }
    }
    return least;
}

struct engine_event *associate_nearest(const struct picture *p, uint32_t index,
                                       const struct track *track)
{
    struct engine_event *best = NULL;
    double best_distance = gaussian_gate(6);
    for (uint32_t i = 0; i < LIMIT_EVENTS; i++) {
        struct engine_event *event = &p->events[i];
        if (!is_live(event) || is_taken(&event->solutions[index])) {
            continue;
        }
        const double distance = distance_to(p->engine, event, index, track);
        if (distance >= 0.0 && distance < best_distance) {
            best = event;
            best_distance = distance;
        }
    }
    return best;
}

bool associate_same(const struct engine *engine, const struct engine_event *a,
                    const struct engine_event *b)
{
    if (!is_live(a) || !is_live(b) || are_told_apart(a, b)) {
        return false;
    }
    double least = -1.0;
    for (uint32_t k = 0; k <= engine->config.partner_count; k++) {
        if (!is_live_solution(&b->solutions[k])) {
            continue;
        }
        if (is_taken(&a->solutions[k])) {
            return false;
        }
        const double distance = distance_to(engine, a, k, &b->solutions[k].track);
        if (distance >= 0.0 && (least < 0.0 || distance < least)) {
            least = distance;
        }
    }
    return least >= 0.0 && least < gaussian_gate(6);
}
