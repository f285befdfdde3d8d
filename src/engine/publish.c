#include "engine/publish.h"

#include <string.h>

#include "engine/emit.h"
#include "engine/order.h"
#include "engine/slots.h"
#include "share/codec.h"
#include "share/merkle.h"

/* What the transparency log says of a record: of the bytes that went, or of our own record if none
 * did. One that has no canonical bytes is told by its kind and time alone. */
static struct digest digest_of(const struct record *record, const struct released_record *released)
{
    uint8_t storage[CODEC_RECORD_BYTES_MAX];
    struct byte_writer w = {storage, sizeof storage, 0};
    if (released != NULL) {
        return merkle_leaf((struct bytes){released->bytes, released->size});
    }
    if (codec_encode(record, &w) != OK) {
        w.size = 0;
        (void)!byte_writer_u8(&w, (uint8_t)record->kind);
        (void)!byte_writer_u64(&w, (uint64_t)record->made.tai_ns);
    }
    return merkle_leaf(byte_writer_written(&w));
}

/* The end of a warning that the partner has may always go. */
static bool is_held(const struct engine *engine, uint32_t partner, const struct engine_event *event,
                    const struct record *record)
{
    const bool ends = record->kind == RECORD_WARNING && event != NULL &&
                      event->warned_to[partner] > 0 && warning_has_ended(record->warning.state);
    return !ends && order_holds(engine, partner, event);
}

/* A later message of the same warning went before it: an end does not wait for what a rule delays
 * or an officer held. */
static bool is_overtaken(uint32_t partner, const struct engine_event *event,
                         const struct record *record)
{
    return record->kind == RECORD_WARNING && event != NULL &&
           record->warning.serial < event->warned_to[partner];
}

static void withhold(struct engine *engine, uint32_t partner, const struct record *record,
                     enum release_why why, struct effects *effects)
{
    struct effect *e = emit(effects, EFFECT_WITHHELD, NULL);
    e->partner = engine->config.partners[partner];
    e->record = record->kind;
    e->name = record->event;
    e->why = why;
    e->content = digest_of(record, NULL);
    engine->records_withheld[why]++;
}

/* Offers a record about an event of the partner's offer (NULL = that event is gone). False if it
 * may go later: offer it again. */
static bool offer_to(struct engine *engine, uint32_t partner, struct engine_event *event,
                     const struct record *record, struct effects *effects)
{
    const struct nation_id to = engine->config.partners[partner];
    if (is_overtaken(partner, event, record)) {
        withhold(engine, partner, record, RELEASE_DELAYED, effects);
        return true;
    }
    if (is_held(engine, partner, event, record)) {
        /* Of a track the next second brings a newer one; the rest waits for the officer. */
        if (record->kind == RECORD_TRACK) {
            withhold(engine, partner, record, RELEASE_HELD, effects);
        }
        return record->kind == RECORD_TRACK;
    }
    struct release_request request = {
        .policy = &engine->config.policy,
        .to = to,
        .key = &engine->config.partner_keys[partner],
        .now = engine->now,
        .made_with = engine->offers[engine->offer_of[partner]].sensors,
        .may_have = policy_sensors(&engine->config.policy, to, engine->config.sensors,
                                   engine->config.sensor_count),
    };
    if (event != NULL) {
        request.warning_sent = event->warned_to[partner] > 0;
        request.origin = region_origin(&event->launch.best);
        request.sides = event->sides;
    }
    struct released_record released;
    struct release_decision decision;
    const result outcome = release_apply(&request, record, &released, &decision);
    /* A track comes again with the next second, and is then decided anew. */
    const bool later = decision.why == RELEASE_DELAYED ||
                       (decision.open && event != NULL && record->kind != RECORD_TRACK);
    if (outcome != OK && later) {
        return false;
    }
    if (outcome != OK) {
        withhold(engine, partner, record, decision.why, effects);
        return true;
    }
    struct effect *e = emit(effects, EFFECT_RELEASED, NULL);
    e->partner = to;
    e->record = record->kind;
    e->name = record->event;
    e->why = decision.why;
    e->content = digest_of(record, &released);
    e->sequence = session_append(&engine->sessions[partner], &released, engine->now);
    engine->stirred[partner] = true;
    engine->records_released++;
    if (event != NULL && record->kind == RECORD_WARNING) {
        event->warned_to[partner] = record->warning.serial;
    }
    return true;
}

/* Keeps a record for later. Without room the oldest one is given up, and counted as withheld. */
static void hold(struct engine *engine, uint32_t partner, const struct engine_event *event,
                 const struct record *record)
{
    struct engine_held *held = &engine->held[partner][engine->held_next[partner]];
    engine->held_next[partner] = (engine->held_next[partner] + 1) % ENGINE_HELD;
    engine->records_withheld[RELEASE_DELAYED] += held->waiting ? 1 : 0;
    held->waiting = true;
    held->event = event->id;
    held->record = *record;
}

/* Offers a record to every partner of the offer; release decides for each. */
static void offer(const struct picture *p, struct engine_event *event, const struct record *record,
                  struct effects *effects)
{
    struct engine *engine = p->engine;
    for (uint32_t i = 0; i < engine->config.partner_count; i++) {
        if (&engine->offers[engine->offer_of[i]] == p->offer && !engine->config.apart[i] &&
            !offer_to(engine, i, event, record, effects)) {
            hold(engine, i, event, record);
        }
    }
}

/* Whether it goes on waiting. What officers ordered meanwhile counts. */
static bool waits_on(struct engine *engine, uint32_t partner, const struct engine_held *held,
                     struct effects *effects)
{
    const uint32_t offer = engine->offer_of[partner];
    struct engine_event *event = slots_find(engine->offers[offer].events, held->event);
    if (event != NULL) {
        order_follow(engine, offer, event);
    }
    return !offer_to(engine, partner, event, &held->record, effects);
}

void publish_held(struct engine *engine, struct effects *effects)
{
    for (uint32_t i = 0; i < engine->config.partner_count; i++) {
        for (uint32_t k = 0; k < ENGINE_HELD; k++) {
            struct engine_held *held = &engine->held[i][(engine->held_next[i] + k) % ENGINE_HELD];
            held->waiting = held->waiting && waits_on(engine, i, held, effects);
        }
    }
}

static struct record start_record(const struct picture *p, const struct engine_event *event,
                                  enum record_kind kind)
{
    struct record record;
    memset(&record, 0, sizeof record);
    record.kind = kind;
    record.made = p->engine->now;
    record.label = p->engine->config.policy.label;
    record.event = event->own_name;
    return record;
}

/* Something new to tell: a measurement since the last record, or another status. */
static bool has_news(const struct engine_event *event, const struct track *own)
{
    if (!instant_is_set(event->published)) {
        return own->status == STATUS_FIRM;
    }
    return own->status != event->published_status ||
           instant_before(event->published_measurement, own->last_measurement);
}

/* At most one record for each second of the grid, as soon as there is news in it. */
static void publish_track(const struct picture *p, struct engine_event *event,
                          struct effects *effects)
{
    const struct duration second = {NS_PER_S};
    const struct instant grid = instant_grid_at_or_after(p->engine->now, second);
    struct track own;
    if (instant_is_set(event->published) && !instant_before(event->published, grid)) {
        return;
    }
    if (!tracker_publish(p->tracker, event->own_slot, grid, &own) ||
        own.id.value != event->solutions[0].track.id.value || !has_news(event, &own) ||
        !instant_equal(own.time, grid)) {
        return;
    }
    own.launch = event->launch.best;
    struct record record = start_record(p, event, RECORD_TRACK);
    record.track = own;
    offer(p, event, &record, effects);
    event->published = grid;
    event->published_status = own.status;
    event->published_measurement = own.last_measurement;
}

/* What came off the object, every ten seconds: enough to know it for what it is. */
static void publish_pieces(const struct picture *p, struct engine_event *event,
                           struct effects *effects)
{
    const struct instant grid =
        instant_grid_at_or_after(p->engine->now, (struct duration){NS_PER_S});
    uint32_t count = 0;
    if (instant_is_set(event->pieces_published) &&
        instant_since_s(grid, event->pieces_published) < ENGINE_PIECES_S) {
        return;
    }
    event->pieces_published = grid;
    for (uint32_t slot = 0; slot < p->tracker->slot_end && count < ENGINE_PIECES; slot++) {
        const struct tracker_track *raw = &p->tracker->tracks[slot];
        struct record record = start_record(p, event, RECORD_TRACK);
        if (raw->status == STATUS_FIRM && raw->kin == TRACKER_KIN_CHILD &&
            raw->parent.value == event->solutions[0].track.id.value &&
            tracker_publish(p->tracker, slot, grid, &record.track) &&
            instant_equal(record.track.time, grid)) {
            offer(p, event, &record, effects);
            count++;
        }
    }
}

static void publish_notice(const struct picture *p, struct engine_event *event,
                           struct effects *effects)
{
    if (event->notice_published || event->solutions[0].track.status != STATUS_FIRM) {
        return;
    }
    struct record record = start_record(p, event, RECORD_NOTICE);
    record.notice.track = event->solutions[0].track.id;
    record.notice.first_detection = event->solutions[0].track.first_detection;
    offer(p, event, &record, effects);
    event->notice_published = true;
}

/* An officer found that there is none: who has the notice or the track is told so, once. */
static void publish_withdrawal(const struct picture *p, struct engine_event *event,
                               struct effects *effects)
{
    struct engine_solution *own = &event->solutions[0];
    if (event->notice_published) {
        struct record record = start_record(p, event, RECORD_NOTICE);
        record.notice.track = own->track.id;
        record.notice.first_detection = own->track.first_detection;
        record.notice.withdrawn = true;
        offer(p, event, &record, effects);
        event->notice_published = false;
    }
    struct record record = start_record(p, event, RECORD_TRACK);
    const struct instant grid =
        instant_grid_at_or_after(p->engine->now, (struct duration){NS_PER_S});
    if (instant_is_set(event->published) && event->published_status != STATUS_DROPPED &&
        instant_before(event->published, grid) &&
        tracker_publish(p->tracker, event->own_slot, grid, &record.track) &&
        record.track.id.value == own->track.id.value && instant_equal(record.track.time, grid)) {
        record.track.status = STATUS_DROPPED;
        offer(p, event, &record, effects);
        event->published = grid;
        event->published_status = STATUS_DROPPED;
    }
}

static void publish_warning(const struct picture *p, struct engine_event *event,
                            struct effects *effects)
{
    const struct warning *w = &event->warning;
    if (w->serial == 0 || w->serial == event->warning_published) {
        return;
    }
    event->warning_published = w->serial;
    if (w->state == WARNING_NO_THREAT) {
        return;
    }
    struct record record = start_record(p, event, RECORD_WARNING);
    record.warning = (struct warning_notice){
        .serial = w->serial,
        .state = w->state,
        .issued = w->time,
        .expires = instant_is_set(w->expires) ? w->expires : w->time, /* an end is at once */
        .impact = w->impact,
    };
    offer(p, event, &record, effects);
}

void publish_offer(const struct picture *p, struct effects *effects)
{
    for (uint32_t i = 0; i < LIMIT_EVENTS; i++) {
        struct engine_event *event = &p->events[i];
        if (event->id.value == 0) {
            continue;
        }
        order_follow(p->engine, (uint32_t)(p->offer - p->engine->offers), event);
        if (event->solutions[0].present && event->withdrawn) {
            publish_withdrawal(p, event, effects);
        } else if (event->solutions[0].present) {
            publish_notice(p, event, effects);
            publish_track(p, event, effects);
            publish_pieces(p, event, effects);
        }
        publish_warning(p, event, effects);
    }
}
