#include "engine/engine.h"

#include <assert.h>
#include <string.h>

#include "engine/emit.h"
#include "engine/picture.h"
#include "engine/publish.h"

_Static_assert(LIMIT_SENSORS == TRACKER_SENSORS_MAX, "limits disagree");
_Static_assert(LIMIT_SCAN == TRACKER_SCAN_MAX, "limits disagree");
_Static_assert(LIMIT_TRACKS <= TRACKER_TRACKS_MAX, "limits disagree");
_Static_assert(LIMIT_NATIONS == COMMON_CONTRIBUTIONS_MAX, "limits disagree");

#define TICK_NS (NS_PER_S / 2)

struct effect *emit(struct effects *effects, enum effect_kind kind,
                    const struct engine_event *event)
{
    assert(effects->count <= LIMIT_EFFECTS);
    uint32_t at = effects->count;
    if (at == LIMIT_EFFECTS) {
        effects->dropped++;
        at = LIMIT_EFFECTS - 1;
    } else {
        effects->count++;
    }
    struct effect *e = &effects->items[at];
    memset(e, 0, sizeof *e);
    e->kind = kind;
    if (event != NULL) {
        e->event = event->id;
        e->name = event->name;
    }
    return e;
}

static int partner_index(const struct engine *engine, struct nation_id nation)
{
    for (uint32_t i = 0; i < engine->config.partner_count; i++) {
        if (nation_id_equal(engine->config.partners[i], nation)) {
            return (int)i;
        }
    }
    return -1;
}

static result check_config(const struct engine_config *config)
{
    ENSURE(nation_id_is_set(config->nation), ERR_RANGE);
    ENSURE(config->domain != DOMAIN_UNKNOWN, ERR_RANGE);
    ENSURE(config->partner_count <= LIMIT_PARTNERS, ERR_RANGE);
    ENSURE(config->sensor_count <= LIMIT_SENSORS, ERR_RANGE);
    uint32_t rule = 0;
    TRY(policy_check(&config->policy, &rule));
    ENSURE(nation_id_equal(config->policy.owner, config->nation), ERR_RANGE);
    for (uint32_t i = 0; i < config->partner_count; i++) {
        ENSURE(nation_id_is_set(config->partners[i]), ERR_RANGE);
        ENSURE(!nation_id_equal(config->partners[i], config->nation), ERR_RANGE);
        for (uint32_t j = 0; j < i; j++) {
            ENSURE(!nation_id_equal(config->partners[i], config->partners[j]), ERR_RANGE);
        }
    }
    return OK;
}

result engine_init(struct engine *engine, const struct engine_config *config)
{
    TRY(check_config(config));
    memset(engine, 0, sizeof *engine);
    engine->config = *config;
    engine->now = INSTANT_UNSET;
    engine->ticked = INSTANT_UNSET;
    engine->next_event = 1;
    engine->thresholds = warn_thresholds_default();
    tracker_init(&engine->tracker, config->nation);
    for (uint32_t i = 0; i < config->sensor_count; i++) {
        TRY(tracker_add_sensor(&engine->tracker, &config->sensors[i]));
        engine->sensor_seen[i] = INSTANT_UNSET;
    }
    for (uint32_t i = 0; i < config->partner_count; i++) {
        session_init(&engine->sessions[i], config->nation, config->partners[i],
                     &config->partner_keys[i]);
    }
    launch_templates_init(&engine->templates);
    return OK;
}

static result take_scan(struct engine *engine, const struct event *event, struct effects *effects)
{
    TRY(tracker_scan(&engine->tracker, event->scan, event->scan_count));
    for (uint32_t i = 0; i < engine->config.sensor_count && event->scan_count > 0; i++) {
        if (sensor_id_equal(engine->config.sensors[i].id, event->scan[0].sensor)) {
            engine->sensor_seen[i] = event->time;
            engine->sensor_observations[i] += event->scan_count;
        }
    }
    picture_take_own(engine, false, effects);
    publish_all(engine, effects);
    return OK;
}

static void take_frame(struct engine *engine, uint32_t partner, const struct event *event,
                       struct effects *effects)
{
    struct session_delivery *delivery = &engine->delivery;
    session_receive(&engine->sessions[partner], event->frame, engine->position, event->time,
                    delivery);
    for (uint32_t i = 0; i < delivery->count; i++) {
        const struct record *record = &delivery->records[i];
        struct effect *e = emit(effects, EFFECT_TAKEN, NULL);
        e->partner = engine->config.partners[partner];
        e->record = record->kind;
        e->sequence = delivery->sequences[i];
        e->name = record->event;
        picture_take_record(engine, partner, record, effects);
    }
}

static void take_tick(struct engine *engine, const struct event *event, struct effects *effects)
{
    tracker_advance(&engine->tracker, event->time);
    const int64_t second = event->time.tai_ns / NS_PER_S;
    if (!instant_is_set(engine->ticked) || second > engine->ticked.tai_ns / NS_PER_S) {
        engine->ticked = event->time;
        picture_take_own(engine, true, effects);
        picture_update(engine, effects);
    }
    publish_all(engine, effects);
}

/* Frames that the sessions have to send now, as far as there is room; the rest comes next time. */
static void collect_frames(struct engine *engine, struct effects *effects)
{
    enum { COUNT_SPARE = 32 };
    for (uint32_t i = 0; i < engine->config.partner_count; i++) {
        for (;;) {
            if (effects->count + COUNT_SPARE > LIMIT_EFFECTS ||
                effects->size + FRAME_BYTES_MAX > LIMIT_EFFECT_BYTES) {
                return;
            }
            struct byte_writer w = {effects->bytes + effects->size,
                                    LIMIT_EFFECT_BYTES - effects->size, 0};
            enum frame_lane lane = LANE_LIVE;
            if (!session_next_frame(&engine->sessions[i], engine->now, &lane, &w)) {
                break;
            }
            struct effect *e = emit(effects, EFFECT_SEND, NULL);
            e->partner = engine->config.partners[i];
            e->lane = lane;
            e->offset = effects->size;
            e->size = (uint32_t)w.size;
            effects->size += (uint32_t)w.size;
        }
    }
}

static void note_links(struct engine *engine, struct effects *effects)
{
    for (uint32_t i = 0; i < engine->config.partner_count; i++) {
        const bool up = session_is_up(&engine->sessions[i], engine->now);
        if (up != engine->link_up[i]) {
            engine->link_up[i] = up;
            struct effect *e = emit(effects, EFFECT_LINK, NULL);
            e->partner = engine->config.partners[i];
            e->on = up;
        }
    }
}

/* Our own list goes to every partner; a partner's is told back by its number. */
static result take_keys(struct engine *engine, int partner, const struct event *event)
{
    struct key_list list;
    uint8_t signature[KEY_SIGNATURE_BYTES];
    TRY(key_list_decode(event->keys, &list, signature));
    ENSURE(nation_id_equal(list.nation, event->partner), ERR_RANGE);
    ENSURE(list.domain == engine->config.domain, ERR_RANGE);
    if (partner >= 0) {
        session_take_partner_keys(&engine->sessions[partner], list.number, event->keys);
        return OK;
    }
    ENSURE(nation_id_equal(event->partner, engine->config.nation), ERR_NOT_FOUND);
    for (uint32_t i = 0; i < engine->config.partner_count; i++) {
        session_take_keys(&engine->sessions[i], list.number, event->keys);
    }
    return OK;
}

static result dispatch(struct engine *engine, int partner, const struct event *event,
                       struct effects *effects)
{
    switch (event->kind) {
    case EVENT_BOOT:
        return session_boot(&engine->sessions[partner], &event->boot, event->time);
    case EVENT_TICK:
        take_tick(engine, event, effects);
        return OK;
    case EVENT_SCAN:
        return take_scan(engine, event, effects);
    case EVENT_FRAME:
        take_frame(engine, (uint32_t)partner, event, effects);
        return OK;
    case EVENT_REFUSED:
        session_refused(&engine->sessions[partner], event->refusal, event->time);
        return OK;
    case EVENT_COMMITTED:
        ENSURE(event->position >= engine->journalled_to && event->position <= engine->position,
               ERR_STATE);
        engine->journalled_to = event->position;
        for (uint32_t i = 0; i < engine->config.partner_count; i++) {
            session_committed(&engine->sessions[i], event->position, event->time);
        }
        return OK;
    case EVENT_KEYS:
        return take_keys(engine, partner, event);
    case EVENT_NONE:
        break;
    }
    return ERR_RANGE;
}

result engine_step(struct engine *engine, const struct event *event, struct effects *effects)
{
    effects->count = 0;
    effects->size = 0;
    effects->dropped = 0;
    ENSURE(instant_is_set(event->time), ERR_RANGE);
    ENSURE(!instant_is_set(engine->now) || !instant_before(event->time, engine->now), ERR_STATE);
    const bool from_partner =
        event->kind == EVENT_BOOT || event->kind == EVENT_FRAME || event->kind == EVENT_REFUSED;
    const int partner = partner_index(engine, event->partner);
    ENSURE(!from_partner || partner >= 0, ERR_NOT_FOUND);
    const struct instant before = engine->now;
    engine->now = event->time;
    engine->position++;
    const result outcome = dispatch(engine, partner, event, effects);
    if (outcome != OK) {
        engine->now = before;
        engine->position--;
        engine->events_refused++;
        effects->count = 0;
        return outcome;
    }
    note_links(engine, effects);
    collect_frames(engine, effects);
    return OK;
}

struct instant engine_next_time(const struct engine *engine)
{
    if (!instant_is_set(engine->now)) {
        return INSTANT_UNSET;
    }
    const struct duration step = {TICK_NS};
    const struct instant after = instant_plus(engine->now, (struct duration){1});
    return instant_grid_at_or_after(after, step);
}
