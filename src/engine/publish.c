#include "engine/publish.h"

#include <string.h>

#include "engine/emit.h"

/* Offers a record to every partner; release decides for each. */
static void offer(struct engine *engine, struct engine_event *event, const struct record *record,
                  struct effects *effects)
{
    for (uint32_t i = 0; i < engine->config.partner_count; i++) {
        const struct release_request request = {
            .policy = &engine->config.policy,
            .to = engine->config.partners[i],
            .key = &engine->config.partner_keys[i],
            .now = engine->now,
            .warning_sent = event->warned_to[i],
        };
        struct released_record released;
        struct release_decision decision;
        if (release_apply(&request, record, &released, &decision) != OK) {
            engine->records_withheld[decision.why]++;
            struct effect *e = emit(effects, EFFECT_WITHHELD, event);
            e->partner = request.to;
            e->record = record->kind;
            continue;
        }
        const uint64_t sequence = session_append(&engine->sessions[i], &released, engine->now);
        engine->records_released++;
        event->warned_to[i] |= record->kind == RECORD_WARNING;
        struct effect *e = emit(effects, EFFECT_RELEASED, event);
        e->sequence = sequence;
        e->partner = request.to;
        e->record = record->kind;
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
    record.event = event->name;
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
    own.launch = event->launch;
    struct record record = start_record(engine, event, RECORD_TRACK);
    record.track = own;
    offer(engine, event, &record, effects);
    event->published = grid;
    event->published_status = own.status;
    event->published_measurement = own.last_measurement;
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
    for (uint32_t i = 0; i < LIMIT_EVENTS; i++) {
        struct engine_event *event = &engine->events[i];
        if (event->id.value == 0) {
            continue;
        }
        if (event->solutions[0].present) {
            publish_notice(engine, event, effects);
            publish_track(engine, event, effects);
        }
        publish_warning(engine, event, effects);
    }
}
