#include "engine/view.h"

#include <stddef.h>
#include <string.h>

#include "assess/airborne.h"
#include "assess/assess.h"
#include "assess/impact.h"
#include "engine/engine.h"
#include "engine/picture.h"

static void view_solution(const struct engine *engine, const struct engine_event *event,
                          uint32_t index, struct view_solution *out)
{
    const struct engine_solution *s = &event->solutions[index];
    memset(out, 0, sizeof *out);
    out->nation = index == 0 ? engine->config.nation : engine->config.partners[index - 1];
    out->via = s->via;
    out->track = s->track;
    out->received = s->received;
    out->contributes = s->contributes;
    out->impact.why = WHY_THRUSTING;
    if (!instant_is_set(s->track.end_of_thrust)) {
        return;
    }
    if (s->track.manoeuvring) {
        out->impact.why = WHY_MANOEUVRE;
        return;
    }
    struct ballistic_state state;
    if (index == 0 && s->has_ballistic) {
        state = s->ballistic;
    } else {
        ballistic_state_init(&state, s->track.time, s->track.position, s->track.velocity,
                             s->track.covariance);
    }
    struct impact_prediction prediction;
    out->impact.why = WHY_TOO_UNCERTAIN;
    if (impact_predict(&state, &prediction) == OK) {
        out->impact = prediction.estimate;
    }
}

static uint32_t count_pieces(const struct engine *engine, struct track_id parent)
{
    uint32_t count = 0;
    for (uint32_t slot = 0; slot < engine->tracker.slot_end; slot++) {
        const struct tracker_track *track = &engine->tracker.tracks[slot];
        count += track->id.value != 0 && track->kin == TRACKER_KIN_CHILD &&
                         track->parent.value == parent.value &&
                         (track->status == STATUS_FIRM || track->status == STATUS_LOST)
                     ? 1
                     : 0;
    }
    return count;
}

/* Those that a partner told of lately. */
static uint32_t count_told(const struct engine *engine, const struct engine_solution *s)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < ENGINE_PIECES; i++) {
        const struct engine_piece *piece = &s->pieces[i];
        count += piece->id.value != 0 &&
                         instant_since_s(engine->now, piece->received) <= 3.0 * ENGINE_PIECES_S
                     ? 1
                     : 0;
    }
    return count;
}

/* What is made of partners' records carries their labels too. */
static struct label common_label(const struct engine *engine, const struct engine_event *event)
{
    struct label label = engine->config.policy.label;
    for (uint32_t k = 0; k <= engine->config.partner_count; k++) {
        const struct engine_solution *s = &event->solutions[k];
        if (s->present && s->contributes) {
            label = label_join(&label, &s->label);
        }
    }
    return label;
}

static struct event_name name_of(const struct engine *engine, struct event_id id)
{
    const struct engine_event *event = engine_event_of(engine, id);
    return event != NULL ? event->name : (struct event_name){{0}};
}

/* What officers made of it. */
static void view_judgement(const struct engine *engine, const struct engine_event *event,
                           struct view_event *out)
{
    out->by_order = event->by_order;
    out->same_as = name_of(engine, event->same_as);
    out->known_space = event->known_space;
    out->recalled = event->recalled;
    out->acknowledged = event->acknowledged;
    out->acknowledged_by = event->acknowledged_by;
    for (uint32_t i = 0; i < LIMIT_APPROVALS; i++) {
        if (event->approved_by[i].text[0] != '\0') {
            out->approved_by[out->approval_count++] = event->approved_by[i];
        }
    }
    for (uint32_t i = 0; i < engine->config.partner_count; i++) {
        if ((event->held >> i & 1u) != 0) {
            out->held[out->held_count++] = engine->config.partners[i];
        }
    }
}

static void view_orders(const struct engine *engine, struct view *out)
{
    const struct engine_order *o = NULL;
    for (uint64_t n = engine->order_count;
         out->order_count < LIMIT_ORDERS && (o = engine_order_at(engine, n)) != NULL; n--) {
        out->orders[out->order_count++] =
            (struct view_order){o->time, o->name, name_of(engine, o->order.into), o->order};
    }
}

/* What was said of those that burn. */
struct said {
    uint32_t count;
    struct event_id events[LIMIT_EVENTS];
    struct early_impact early[LIMIT_EVENTS];
};

static void keep_said(const struct view *view, struct said *out)
{
    out->count = 0;
    for (uint32_t i = 0; i < view->event_count; i++) {
        const struct view_event *event = &view->events[i];
        if (event->has_common && assessment_looks_ahead(&event->assessment)) {
            out->events[out->count] = event->id;
            out->early[out->count] = event->assessment.early;
            out->count++;
        }
    }
}

static const struct early_impact *said_of(const struct said *said, struct event_id event)
{
    for (uint32_t i = 0; i < said->count; i++) {
        if (said->events[i].value == event.value) {
            return &said->early[i];
        }
    }
    return NULL;
}

static void view_event(const struct engine *engine, const struct engine_event *event,
                       struct view_event *out)
{
    memset(out, 0, sizeof *out);
    out->id = event->id;
    out->name = event->name;
    out->noticed = event->noticed;
    out->noticed_from = event->noticed_from;
    out->over = event->withdrawn || instant_is_set(event->over_since) ||
                event->common_status == STATUS_DROPPED;
    out->withdrawn = event->withdrawn;
    view_judgement(engine, event, out);
    out->has_common = event->has_common;
    out->label = common_label(engine, event);
    if (event->has_common) {
        out->common = picture_common_track(engine, event);
        out->assessment = event->assessment;
        out->overflight_count = event->risk.all_count;
        for (uint32_t i = 0; i < event->risk.all_count; i++) {
            out->overflights[i] = event->risk.all[i].area;
        }
    } else {
        out->assessment.impact.why = WHY_NO_TRACK;
    }
    out->warning = event->warning;
    out->warned_since =
        warning_in_force(event->warning.state) ? event->warned_since : INSTANT_UNSET;
    if (event->solutions[0].present) {
        out->piece_count = count_pieces(engine, event->solutions[0].track.id);
    }
    for (uint32_t k = 0; k <= engine->config.partner_count; k++) {
        if (event->solutions[k].present) {
            const uint32_t told = count_told(engine, &event->solutions[k]);
            out->piece_count = told > out->piece_count ? told : out->piece_count;
            view_solution(engine, event, k, &out->solutions[out->solution_count]);
            out->solution_count++;
        }
    }
}

static void view_links(const struct engine *engine, struct view *out)
{
    out->link_count = engine->config.partner_count;
    for (uint32_t i = 0; i < out->link_count; i++) {
        const struct session *s = &engine->sessions[i];
        struct view_link *link = &out->links[i];
        link->partner = engine->config.partners[i];
        link->up = engine->link_up[i];
        link->apart = engine->config.apart[i];
        link->held = (engine->held_from >> i & 1u) != 0;
        const uint32_t way = engine_last_way(engine, i);
        if (way < engine->config.partner_count) {
            link->via = engine->config.partners[way];
        }
        for (uint32_t k = 0; k < engine->config.partner_count; k++) {
            link->relayed += engine->ways[i][k].taken;
        }
        link->last_heard = s->last_heard;
        link->sent = s->counters.appended;
        link->acknowledged = s->counters.acknowledged;
        link->received = s->counters.received;
        link->missing = session_missing(s);
        for (int why = REFUSED_NONE + 1; why < SESSION_REFUSAL_COUNT; why++) {
            link->refused += s->counters.refused[why];
        }
    }
}

static bool belongs_to_event(const struct engine *engine, struct track_id id)
{
    for (uint32_t i = 0; i < LIMIT_EVENTS; i++) {
        const struct engine_event *event = &engine->events[i];
        if (event->id.value != 0 && event->solutions[0].present &&
            event->solutions[0].track.id.value == id.value) {
            return true;
        }
    }
    return false;
}

static void view_tracks(const struct engine *engine, struct view *out)
{
    for (uint32_t slot = 0; slot < engine->tracker.slot_end && out->track_count < LIMIT_TRACKS;
         slot++) {
        struct track track;
        if (tracker_publish(&engine->tracker, slot, engine->now, &track) &&
            !belongs_to_event(engine, track.id)) {
            out->tracks[out->track_count] = track;
            out->track_classes[out->track_count] = airborne_class(&track);
            out->track_count++;
        }
    }
}

void engine_view_present(const struct engine *engine, struct view *out)
{
    memset(out, 0, offsetof(struct view, events));
    out->now = engine->now;
    out->nation = engine->config.nation;
    out->domain = engine->config.domain;
    out->journalled =
        engine->journalled_to + 1 >= engine->position; /* the last notice is no input */
    for (uint32_t i = 0; i < LIMIT_EVENTS; i++) {
        if (engine->events[i].id.value != 0) {
            view_event(engine, &engine->events[i], &out->events[out->event_count]);
            out->event_count++;
        }
    }
    view_links(engine, out);
    view_tracks(engine, out);
    view_orders(engine, out);
    out->sensor_count = engine->config.sensor_count;
    for (uint32_t i = 0; i < out->sensor_count; i++) {
        out->sensors[i] =
            (struct view_sensor){.id = engine->config.sensors[i].id,
                                 .last_seen = engine->sensor_seen[i],
                                 .observations = engine->sensor_observations[i],
                                 .health = tracker_health(&engine->tracker, i),
                                 .rejected = engine->tracker.rejected_of[i].count,
                                 .rejected_last = engine->tracker.rejected_of[i].last};
    }
    out->observations_used = engine->tracker.used;
    out->observations_rejected = engine->tracker.rejected;
    memcpy(out->observations_rejected_why, engine->tracker.rejected_why,
           sizeof out->observations_rejected_why);
    out->observations_unassociated = engine->tracker.unassociated;
    out->records_released = engine->records_released;
    out->records_refused = engine->records_refused;
    out->relays_passed = engine->relays_passed[RELAY_YES];
    out->relays_taken = engine->relays_taken[RELAY_YES];
    for (int why = RELAY_YES + 1; why < RELAY_WHY_COUNT; why++) {
        out->relays_withheld += engine->relays_passed[why];
        out->relays_refused += engine->relays_taken[why];
    }
    for (int why = 0; why < RELEASE_WHY_COUNT; why++) {
        out->records_withheld += engine->records_withheld[why];
    }
}

void engine_view(const struct engine *engine, struct view *out)
{
    struct said said = {.count = 0};
    if (nation_id_equal(out->nation, engine->config.nation)) {
        keep_said(out, &said);
    }
    engine_view_present(engine, out);
    for (uint32_t i = 0; i < out->event_count; i++) {
        struct view_event *event = &out->events[i];
        if (event->has_common) {
            assess_look_ahead(&event->common, said_of(&said, event->id), &event->assessment);
        }
    }
}
