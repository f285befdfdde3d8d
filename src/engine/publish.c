#include "engine/publish.h"

#include <string.h>

#include "engine/emit.h"
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

/* Offers a record to one partner. False if a rule delays it: offer it again. */
static bool offer_to(struct engine *engine, uint32_t partner, struct engine_event *event,
                     const struct record *record, struct effects *effects)
{
    const struct release_request request = {
        .policy = &engine->config.policy,
        .to = engine->config.partners[partner],
        .key = &engine->config.partner_keys[partner],
        .now = engine->now,
        .warning_sent = event != NULL && event->warned_to[partner],
    };
    struct released_record released;
    struct release_decision decision;
    const result outcome = release_apply(&request, record, &released, &decision);
    if (outcome != OK && decision.why == RELEASE_DELAYED) {
        return false;
    }
    struct effect *e = emit(effects, outcome == OK ? EFFECT_RELEASED : EFFECT_WITHHELD, event);
    e->partner = request.to;
    e->record = record->kind;
    e->why = decision.why;
    e->content = digest_of(record, outcome == OK ? &released : NULL);
    if (outcome != OK) {
        engine->records_withheld[decision.why]++;
        return true;
    }
    e->sequence = session_append(&engine->sessions[partner], &released, engine->now);
    engine->records_released++;
    if (event != NULL) {
        event->warned_to[partner] |= record->kind == RECORD_WARNING;
    }
    return true;
}

static bool is_free(const struct engine_held *held)
{
    for (uint32_t i = 0; i < LIMIT_PARTNERS; i++) {
        if (held->waiting[i]) {
            return false;
        }
    }
    return true;
}

/* Keeps a delayed record. Without room the oldest one is given up, and counted as withheld. */
static void hold(struct engine *engine, const struct engine_event *event,
                 const struct record *record, const bool waiting[LIMIT_PARTNERS])
{
    struct engine_held *held = &engine->held[engine->held_next];
    engine->held_next = (engine->held_next + 1) % ENGINE_HELD;
    for (uint32_t i = 0; i < LIMIT_PARTNERS; i++) {
        engine->records_withheld[RELEASE_DELAYED] += held->waiting[i] ? 1 : 0;
        held->waiting[i] = waiting[i];
    }
    held->event = event->id;
    held->record = *record;
}

/* Offers a record to every partner; release decides for each. */
static void offer(struct engine *engine, struct engine_event *event, const struct record *record,
                  struct effects *effects)
{
    bool waiting[LIMIT_PARTNERS] = {false};
    bool any = false;
    for (uint32_t i = 0; i < engine->config.partner_count; i++) {
        waiting[i] = !offer_to(engine, i, event, record, effects);
        any |= waiting[i];
    }
    if (any) {
        hold(engine, event, record, waiting);
    }
}

static struct engine_event *find_event(struct engine *engine, struct event_id id)
{
    for (uint32_t i = 0; i < LIMIT_EVENTS; i++) {
        if (engine->events[i].id.value == id.value) {
            return &engine->events[i];
        }
    }
    return NULL;
}

/* Delayed records, oldest first, so that each partner gets them in their order. */
static void offer_held(struct engine *engine, struct effects *effects)
{
    for (uint32_t k = 0; k < ENGINE_HELD; k++) {
        struct engine_held *held = &engine->held[(engine->held_next + k) % ENGINE_HELD];
        if (is_free(held)) {
            continue;
        }
        struct engine_event *event = find_event(engine, held->event);
        for (uint32_t i = 0; i < engine->config.partner_count; i++) {
            if (held->waiting[i]) {
                held->waiting[i] = !offer_to(engine, i, event, &held->record, effects);
            }
        }
    }
}

static struct record start_record(const struct engine *engine, const struct engine_event *event,
                                  enum record_kind kind)
{
    struct record record;
    memset(&record, 0, sizeof record);
    record.kind = kind;
    record.made = engine->now;
    record.label = engine->config.policy.label;
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
static void publish_track(struct engine *engine, struct engine_event *event,
                          struct effects *effects)
{
    const struct duration second = {NS_PER_S};
    const struct instant grid = instant_grid_at_or_after(engine->now, second);
    struct track own;
    if (instant_is_set(event->published) && !instant_before(event->published, grid)) {
        return;
    }
    if (!tracker_publish(&engine->tracker, event->own_slot, grid, &own) ||
        own.id.value != event->solutions[0].track.id.value || !has_news(event, &own) ||
        !instant_equal(own.time, grid)) {
        return;
    }
    own.launch = event->launch.best;
    struct record record = start_record(engine, event, RECORD_TRACK);
    record.track = own;
    offer(engine, event, &record, effects);
    event->published = grid;
    event->published_status = own.status;
    event->published_measurement = own.last_measurement;
}

/* What came off the object, every ten seconds: enough to know it for what it is. */
static void publish_pieces(struct engine *engine, struct engine_event *event,
                           struct effects *effects)
{
    const struct duration ten_seconds = {ENGINE_PIECES_S * NS_PER_S};
    const struct instant grid = instant_grid_at_or_after(engine->now, ten_seconds);
    uint32_t count = 0;
    if (instant_is_set(event->pieces_published) && !instant_before(event->pieces_published, grid)) {
        return;
    }
    event->pieces_published = grid;
    for (uint32_t slot = 0; slot < engine->tracker.slot_end && count < ENGINE_PIECES; slot++) {
        const struct tracker_track *raw = &engine->tracker.tracks[slot];
        struct record record = start_record(engine, event, RECORD_TRACK);
        if (raw->status == STATUS_FIRM && raw->kin == TRACKER_KIN_CHILD &&
            raw->parent.value == event->solutions[0].track.id.value &&
            tracker_publish(&engine->tracker, slot, grid, &record.track) &&
            instant_equal(record.track.time, grid)) {
            offer(engine, event, &record, effects);
            count++;
        }
    }
}

static void publish_notice(struct engine *engine, struct engine_event *event,
                           struct effects *effects)
{
    if (event->notice_published || event->solutions[0].track.status != STATUS_FIRM) {
        return;
    }
    struct record record = start_record(engine, event, RECORD_NOTICE);
    record.notice.track = event->solutions[0].track.id;
    record.notice.first_detection = event->solutions[0].track.first_detection;
    offer(engine, event, &record, effects);
    event->notice_published = true;
}

/* What is derived from a partner's records carries their labels too: they are releasable to this
 * nation alone, so it may go back to that partner, and to nobody else. */
static void restrict_label(const struct engine *engine, const struct engine_event *event,
                           struct label *label)
{
    for (uint32_t k = 0; k < engine->config.partner_count; k++) {
        if (!event->solutions[k + 1].contributes) {
            continue;
        }
        struct label theirs = {.owner = engine->config.partners[k],
                               .classification = label->classification};
        *label = label_join(label, &theirs);
    }
}

static void publish_warning(struct engine *engine, struct engine_event *event,
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
    struct record record = start_record(engine, event, RECORD_WARNING);
    restrict_label(engine, event, &record.label);
    record.warning = (struct warning_notice){
        .serial = w->serial,
        .state = w->state,
        .issued = w->time,
        .expires = instant_is_set(w->expires) ? w->expires : w->time, /* an end is at once */
        .impact = w->impact,
    };
    offer(engine, event, &record, effects);
}

void publish_all(struct engine *engine, struct effects *effects)
{
    offer_held(engine, effects);
    for (uint32_t i = 0; i < LIMIT_EVENTS; i++) {
        struct engine_event *event = &engine->events[i];
        if (event->id.value == 0) {
            continue;
        }
        if (event->solutions[0].present) {
            publish_notice(engine, event, effects);
            publish_track(engine, event, effects);
            publish_pieces(engine, event, effects);
        }
        publish_warning(engine, event, effects);
    }
}
