#include "engine/picture.h"

#include <assert.h>
#include <string.h>

#include "assess/pull_up.h"
#include "base/elementary.h"
#include "engine/accept.h"
#include "engine/associate.h"
#include "engine/caution.h"
#include "engine/combine.h"
#include "engine/emit.h"
#include "engine/notice.h"
#include "engine/slots.h"
#include "engine/suspect.h"

/* What the infrared satellites have seen burn this often is taken for a missile. */
#define MISSILE_INFRARED_HITS 4
#define BURNING_PROBABILITY 0.9
#define COMPANION_M 10e3
#define COMPANION_MPS 1000.0
/* When nobody contributes for this long, the event is over. */
#define QUIET_S 120.0
/* "No threat" is not said before the end of thrust has stood for so long. */
/* How often a flight is assessed anew: at every update while much is learnt and near its end, less
 * often on the long quiet way between. */
#define ASSESS_ALWAYS_AFTER_S 90.0  /* after the end of thrust */
#define ASSESS_ALWAYS_BEFORE_S 60.0 /* before the impact */
#define ASSESS_FIRM_S 4.0
#define ASSESS_LOST_S 10.0
#define RISK_FIRM_S 2.0
#define OFFER_S 5.0
/* Missiles that are known to pull up stay below this. */
#define PULL_UP_APOGEE_M 100e3
#define RISK_LOST_S 10.0

struct picture picture_own(struct engine *engine)
{
    return (struct picture){.engine = engine,
                            .tracker = &engine->tracker,
                            .events = engine->events,
                            .next_event = &engine->next_event,
                            .leads = !engine->offer_used[0]};
}

/* The name that was published first is the one to use. */
static void adopt_name(struct engine_event *event, const struct event_name *name,
                       struct instant made, struct effects *effects)
{
    if (name->text[0] == '\0' ||
        (instant_is_set(event->named) && !instant_before(made, event->named))) {
        return;
    }
    event->named = made;
    if (memcmp(&event->name, name, sizeof *name) != 0) {
        event->name = *name;
        (void)emit(effects, EFFECT_NAMED, event);
    }
}

/* A track that appears beside a coasting object that is known, and goes along with it, is no
 * launch: a sensor with a wrong clock makes one, or a part that came off. */
static bool is_companion(const struct picture *p, const struct track *t)
{
    const bool burning = t->phase == PHASE_BOOST && t->phase_probability > BURNING_PROBABILITY;
    for (uint32_t i = 0; i < LIMIT_EVENTS; i++) {
        const struct engine_event *event = &p->events[i];
        if (event->id.value == 0 || instant_is_set(event->over_since) || !event->has_common ||
            !event->common.ballistic || burning) {
            continue;
        }
        const double *x = event->common.x;
        const double dt_s = instant_since_s(t->time, event->common_time);
        const double at[3] = {t->position.x_m, t->position.y_m, t->position.z_m};
        const double v[3] = {t->velocity.x_mps, t->velocity.y_mps, t->velocity.z_mps};
        double apart2 = 0.0;
        double drift2 = 0.0;
        for (int k = 0; k < 3; k++) {
            apart2 += elementary_square(at[k] - x[k] - x[3 + k] * dt_s);
            drift2 += elementary_square(v[k] - x[3 + k]);
        }
        if (apart2 < elementary_square(COMPANION_M) && drift2 < elementary_square(COMPANION_MPS)) {
            return true;
        }
    }
    return false;
}

/* What was first seen of it tells where it was launched. */
static void note_launch(const struct picture *p, struct engine_event *event, uint32_t slot,
                        const struct track *track)
{
    const struct tracker *tracker = p->tracker;
    const struct filter_memory *memory = &tracker->tracks[slot].memory;
    for (uint32_t i = 0; i < memory->count; i++) {
        const struct filter_kept *kept = &memory->kept[i];
        ascent_note(&event->launch.ascent, &tracker->sites[kept->site].sensor, &kept->observation,
                    track->position);
    }
    launch_follow(track, &event->launch);
}

/* What the offer of all own sensors makes of a track of the own picture: the same, and it is its
 * name that partners hear. NULL if there is none. */
static const struct engine_event *offered(const struct picture *p, struct track_id id)
{
    struct engine *engine = p->engine;
    if (p->offer != NULL || !engine->offer_used[0]) {
        return NULL;
    }
    const struct picture full = {.engine = engine, .events = engine->offers[0].events};
    return associate_known(&full, 0, id);
}

static void refresh_own(const struct picture *p, struct engine_event *event, uint32_t slot,
                        const struct track *track)
{
    struct engine *engine = p->engine;
    const struct engine_event *same = offered(p, track->id);
    struct engine_solution *s = &event->solutions[0];
    s->present = true;
    s->track = *track;
    s->received = engine->now;
    s->label = engine->config.policy.label;
    event->own_slot = slot;
    struct estimate e;
    s->has_ballistic = tracker_ballistic(p->tracker, slot, engine->now, &e);
    if (s->has_ballistic) {
        s->ballistic.time = track->time;
        memcpy(s->ballistic.x, e.x, sizeof e.x);
        memcpy(s->ballistic.covariance, e.p, sizeof e.p);
    }
    if (same != NULL) {
        event->own_name = same->own_name;
        event->launch = same->launch;
    } else {
        note_launch(p, event, slot, track);
    }
    s->track.launch = event->launch.best;
    const struct region_origin origin = region_origin(&event->launch.best);
    region_follow(&engine->config.policy, &origin, &event->sides);
}

/* A new event for an own track that is taken for a missile. */
static struct engine_event *open_own(const struct picture *p, const struct track *track,
                                     struct effects *effects)
{
    struct engine *engine = p->engine;
    struct engine_event *event = slots_open(p, engine->config.nation, NULL, INSTANT_UNSET, effects);
    const struct engine_event *same = offered(p, track->id);
    if (event != NULL && same != NULL) {
        event->own_name = same->own_name;
        event->name = same->own_name;
    }
    return event;
}

void picture_take_own(const struct picture *p, bool refresh, struct effects *effects)
{
    struct engine *engine = p->engine;
    for (uint32_t slot = 0; slot < p->tracker->slot_end; slot++) {
        const struct tracker_track *raw = &p->tracker->tracks[slot];
        if (raw->id.value == 0 || raw->status == STATUS_TENTATIVE) {
            continue;
        }
        struct engine_event *event = associate_known(p, 0, raw->id);
        struct track track;
        if ((event != NULL && !refresh) ||
            !tracker_publish(p->tracker, slot, engine->now, &track)) {
            continue;
        }
        const bool burning = raw->infrared_hits >= MISSILE_INFRARED_HITS;
        if (event == NULL && track.status == STATUS_FIRM && raw->kin == TRACKER_KIN_NONE &&
            (burning || suspect_is_missile(p->tracker, raw, &track))) {
            event = associate_nearest(p, 0, &track);
            if (event == NULL && !is_companion(p, &track)) {
                event = open_own(p, &track, effects);
            }
            if (event != NULL && !instant_is_set(event->named)) {
                event->named = engine->now;
            }
        }
        if (event != NULL) {
            refresh_own(p, event, slot, &track);
        }
        if (p->leads) {
            tracker_set_flying(p->tracker, slot,
                               event == NULL && !burning && suspect_flies(raw, &track));
        }
    }
}

/* What came off a partner's object is counted with that, and is no launch. */
static void take_piece(const struct picture *p, uint32_t index, const struct track *track)
{
    struct engine_event *event = associate_known(p, index, track->parent);
    if (event == NULL) {
        return;
    }
    struct engine_piece *pieces = event->solutions[index].pieces;
    struct engine_piece *place = &pieces[0];
    for (uint32_t i = 0; i < ENGINE_PIECES; i++) {
        if (pieces[i].id.value == track->id.value) {
            place = &pieces[i];
            break;
        }
        place = instant_before(pieces[i].received, place->received) ? &pieces[i] : place;
    }
    *place = (struct engine_piece){track->id, p->engine->now};
}

/* The event in which the owner's record belongs; NULL = in none. Identifiers are drawn for whoever
 * gets a record first: by another way the same track comes with another one. */
static struct engine_event *event_of(const struct picture *p, uint32_t index, struct nation_id via,
                                     const struct record *record, struct effects *effects)
{
    struct engine_event *event = associate_known(p, index, record->track.id);
    if (event == NULL) {
        event = associate_called(p, index, &record->event);
        event = event != NULL && !nation_id_equal(event->solutions[index].via, via) ? event : NULL;
    }
    if (event != NULL || record->track.status != STATUS_FIRM) {
        return event;
    }
    event = associate_named(p, index, &record->event);
    if (event == NULL) {
        event = associate_nearest(p, index, &record->track);
    }
    return event != NULL
               ? event
               : slots_open(p, record->label.owner, &record->event, record->made, effects);
}

static void take_track(struct engine *engine, uint32_t partner, struct nation_id via,
                       const struct record *record, struct effects *effects)
{
    const uint32_t index = partner + 1;
    const struct picture p = picture_own(engine);
    if (record->track.parent.value != 0) {
        take_piece(&p, index, &record->track);
        return;
    }
    struct engine_event *event = event_of(&p, index, via, record, effects);
    if (event == NULL) {
        return;
    }
    struct engine_solution *s = &event->solutions[index];
    if (!s->present) {
        adopt_name(event, &record->event, record->made, effects);
    }
    s->name = record->event;
    const bool another =
        s->track.id.value != record->track.id.value && nation_id_equal(s->via, via);
    const bool newer = !s->present || another || instant_before(s->track.time, record->track.time);
    if (newer) {
        s->present = true;
        s->track = record->track;
        s->received = engine->now;
        s->via = via;
        s->label = record->label;
    }
}

void picture_take_record(struct engine *engine, uint32_t partner, struct nation_id via,
                         const struct record *record, struct effects *effects)
{
    assert(partner < engine->config.partner_count);
    if (!accept_record(record, engine->now)) {
        engine->records_refused++;
        return;
    }
    switch (record->kind) {
    case RECORD_TRACK:
        take_track(engine, partner, via, record, effects);
        return;
    case RECORD_NOTICE:
        notice_take(engine, partner, record, effects);
        return;
    case RECORD_WARNING:
    case RECORD_UNKNOWN:
        return;
    }
}

/* A firm track of the same nation stays where it is: without the event that holds it, it would open
 * another one. */
void picture_merge(struct engine *engine, struct engine_event *a, struct engine_event *b,
                   struct effects *effects)
{
    for (uint32_t k = 0; k <= engine->config.partner_count; k++) {
        const bool is_taken =
            a->solutions[k].present && a->solutions[k].track.status == STATUS_FIRM;
        if (!b->solutions[k].present || is_taken) {
            continue;
        }
        a->solutions[k] = b->solutions[k];
        b->solutions[k].present = false;
        if (k == 0) {
            a->own_slot = b->own_slot;
            a->launch = b->launch;
            a->notice_published = b->notice_published;
        }
    }
    a->held |= b->held;    /* what an officer keeps here is kept by whatever name it has */
    b->has_common = false; /* what it was made of is a's now */
    b->withdrawn = true;
    b->same_as = a->id;
    struct effect *e = emit(effects, EFFECT_WITHDRAWN, b);
    e->same_as = a->name;
}

/* Two events of one launch become the older one; the other is withdrawn, and its warning ends. */
static void merge_events(struct engine *engine, struct effects *effects)
{
    for (uint32_t i = 0; i < LIMIT_EVENTS; i++) {
        struct engine_event *a = &engine->events[i];
        for (uint32_t j = 0; a->id.value != 0 && j < LIMIT_EVENTS; j++) {
            struct engine_event *b = &engine->events[j];
            if (a->id.value < b->id.value && associate_same(engine, a, b)) {
                picture_merge(engine, a, b, effects);
            }
        }
    }
}

/* The launch estimate to use: the own one or a partner's, whichever is the most certain. */
static const struct launch_estimate *best_launch(const struct engine *engine,
                                                 const struct engine_event *event)
{
    const struct launch_estimate *best = NULL;
    for (uint32_t k = 0; k <= engine->config.partner_count; k++) {
        const struct engine_solution *s = &event->solutions[k];
        const struct launch_estimate *l = k == 0 ? &event->launch.best : &s->track.launch;
        if (!s->present || !l->determined) {
            continue;
        }
        const double *c = l->covariance_m2;
        const double area = c[0] * c[3] - c[1] * c[2];
        if (best == NULL || area < best->covariance_m2[0] * best->covariance_m2[3] -
                                       best->covariance_m2[1] * best->covariance_m2[2]) {
            best = l;
        }
    }
    return best;
}

/* No nation resolves it from another object. */
static bool is_unresolved(const struct engine *engine, const struct engine_event *event)
{
    bool any = false;
    for (uint32_t k = 0; k <= engine->config.partner_count; k++) {
        const struct engine_solution *s = &event->solutions[k];
        if (s->present && s->track.status == STATUS_FIRM) {
            if (!s->track.unresolved) {
                return false;
            }
            any = true;
        }
    }
    return any;
}

struct track picture_common_track(const struct engine *engine, const struct engine_event *event)
{
    const struct common_solution *s = &event->common;
    struct track t;
    memset(&t, 0, sizeof t);
    t.id.value = event->id.value;
    t.owner = engine->config.nation;
    t.status = event->common_status;
    t.phase = s->phase;
    t.phase_probability = 1.0;
    t.time = event->common_time;
    t.position = (struct geo_ecef){s->x[0], s->x[1], s->x[2]};
    t.velocity = (struct geo_velocity){s->x[3], s->x[4], s->x[5]};
    for (int i = 0; i < 36; i++) {
        t.covariance[i] = s->p[(i / 6) * COMMON_DIM + i % 6];
    }
    if (!s->ballistic) {
        t.thrust_mps2 = s->x[6];
        t.thrust_sigma_mps2 = sqrt(s->p[6 * COMMON_DIM + 6]);
    }
    t.first_detection = s->first_detection;
    t.last_measurement = s->last_measurement;
    t.span_from = instant_is_set(s->end_of_thrust) ? s->end_of_thrust : s->first_detection;
    t.end_of_thrust = s->end_of_thrust;
    t.manoeuvring = s->manoeuvring;
    t.unresolved = is_unresolved(engine, event);
    const struct launch_estimate *launch = best_launch(engine, event);
    if (launch != NULL) {
        t.launch = *launch;
    }
    return t;
}

/* In the air on the way down, and no longer measured. */
static bool is_below_coverage(const struct engine_event *event)
{
    return event->common_status == STATUS_LOST && event->common.ballistic &&
           event->common.phase == PHASE_REENTRY;
}

/* Those that are known to pull up stay low, and fly short. */
static bool may_pull_up(const struct assessment *a)
{
    return assessment_class(a) == CLASS_SHORT_RANGE && a->apogee_m > 0.0 &&
           a->apogee_m < PULL_UP_APOGEE_M;
}

static bool assessment_is_due(const struct engine *engine, const struct engine_event *event)
{
    const struct impact_estimate *impact = &event->assessment.impact;
    if (event->common.manoeuvring != (impact->why == WHY_MANOEUVRE)) {
        return true;
    }
    if (is_below_coverage(event) && event->assessment.below_coverage && impact->why == WHY_NONE) {
        return false; /* what is only predicted through the air teaches nothing new */
    }
    if (!event->common.ballistic || impact->why != WHY_NONE ||
        instant_since_s(engine->now, event->common.end_of_thrust) < ASSESS_ALWAYS_AFTER_S ||
        instant_since_s(impact->time, engine->now) < ASSESS_ALWAYS_BEFORE_S) {
        return true;
    }
    const double every_s = event->common_status == STATUS_FIRM ? ASSESS_FIRM_S : ASSESS_LOST_S;
    return instant_since_s(engine->now, event->assessment.validity) >= every_s;
}

/* In an offer it is only for the warnings that partners are told of. */
static bool update_is_due(const struct picture *p, const struct engine_event *event)
{
    if (p->offer == NULL) {
        return assessment_is_due(p->engine, event);
    }
    return p->offer->warns &&
           instant_since_s(p->engine->now, event->assessment.validity) >= OFFER_S;
}

/* What is braked by the air tells no longer how high it was or what it is: that was learnt
 * before. */
static void keep_class(const struct assessment *before, struct assessment *now)
{
    now->apogee_m = before->apogee_m;
    memcpy(now->class_probability, before->class_probability, sizeof now->class_probability);
}

static void assess_event(struct engine *engine, struct engine_event *event)
{
    const struct track track = picture_common_track(engine, event);
    struct ballistic_state state = {.time = event->common_time};
    memcpy(state.x, event->common.x, sizeof state.x);
    memcpy(state.covariance, event->common.p, sizeof state.covariance);
    const struct assessment before = event->assessment;
    const struct assess_input input = {
        .track = &track,
        .ballistic = event->common.ballistic ? &state : NULL,
        .launch = track.launch.determined ? &track.launch : NULL,
        .before = &before,
        .manoeuvring = event->common.manoeuvring,
    };
    if (assess_make(&input, &event->assessment, &event->footprint) != OK) {
        memset(&event->footprint, 0, sizeof event->footprint);
        event->assessment.impact.why = WHY_TOO_UNCERTAIN;
        event->assessment.validity = engine->now;
    }
    event->assessment.below_coverage = is_below_coverage(event);
    if (event->assessment.below_coverage && may_pull_up(&before)) {
        event->assessment.pull_up_held =
            pull_up_widen(&state, &event->assessment.impact, &event->footprint) == OK;
    }
    const bool in_air = track.phase == PHASE_REENTRY || before.phase == PHASE_REENTRY;
    if (in_air && before.apogee_m > 0.0) {
        keep_class(&before, &event->assessment);
    }
}

static void find_risk(struct engine *engine, struct engine_event *event)
{
    const double every_s = event->common_status == STATUS_FIRM ? RISK_FIRM_S : RISK_LOST_S;
    if (instant_is_set(event->risk_found) &&
        instant_since_s(engine->now, event->risk_found) < every_s) {
        return;
    }
    risk_find(engine->config.nation, &event->footprint, engine->now, &event->risk);
    event->risk_found = event->footprint.sample_count > 0 ? engine->now : INSTANT_UNSET;
}

static bool is_fading(const struct engine_event *event)
{
    return !event->has_common || event->common_status == STATUS_DROPPED;
}

/* An event is over when nothing of it flies any more and its warning has ended. */
static void close_event(struct engine *engine, struct engine_event *event, struct effects *effects)
{
    if (!is_fading(event)) {
        event->quiet_since = INSTANT_UNSET;
        return;
    }
    if (!instant_is_set(event->quiet_since)) {
        event->quiet_since = engine->now;
    }
    if (instant_since_s(engine->now, event->quiet_since) > QUIET_S &&
        !warning_in_force(event->warning.state)) {
        event->over_since = engine->now;
        combine_set_status(event, STATUS_DROPPED, effects);
    }
}

void picture_update(const struct picture *p, struct effects *effects)
{
    struct engine *engine = p->engine;
    if (p->offer == NULL) {
        notice_settle(p, effects);
        merge_events(engine, effects);
    }
    for (uint32_t i = 0; i < LIMIT_EVENTS; i++) {
        struct engine_event *event = &p->events[i];
        if (event->id.value == 0 || instant_is_set(event->over_since)) {
            continue;
        }
        struct engine_solution *own = &event->solutions[0];
        if (own->present && !tracker_holds(p->tracker, event->own_slot, own->track.id)) {
            own->track.status = STATUS_DROPPED;
            own->has_ballistic = false;
        }
        if (event->common_status != STATUS_DROPPED) {
            combine_update(engine, event, effects);
            if (event->has_common && update_is_due(p, event)) {
                assess_event(engine, event);
                find_risk(engine, event);
            }
        }
        caution_decide(engine, p->events, event, effects);
        close_event(engine, event, effects);
    }
}
