#include "engine/engine.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "engine/emit.h"
#include "engine/offer.h"
#include "engine/onward.h"
#include "engine/order.h"
#include "engine/picture.h"
#include "share/policy_compare.h"

_Static_assert(LIMIT_SENSORS == TRACKER_SENSORS_MAX, "limits disagree");
_Static_assert(LIMIT_SCAN == TRACKER_SCAN_MAX, "limits disagree");
_Static_assert(LIMIT_TRACKS <= TRACKER_TRACKS_MAX, "limits disagree");
_Static_assert(LIMIT_NATIONS == COMMON_CONTRIBUTIONS_MAX, "limits disagree");

#define TICK_NS (NS_PER_S / 2)

struct effect *emit(struct effects *effects, enum effect_kind kind,
                    const struct engine_event *event)
{
    const uint32_t capacity = sizeof effects->items / sizeof effects->items[0] - 1;
    const uint32_t limit = kind == EFFECT_SEND ? capacity : LIMIT_EFFECTS;
    uint32_t at = effects->count;
    if (at >= limit) {
        effects->dropped++;
        at = capacity;
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

uint32_t engine_partner(const struct engine *engine, struct nation_id nation)
{
    uint32_t i = 0;
    while (i < engine->config.partner_count &&
           !nation_id_equal(engine->config.partners[i], nation)) {
        i++;
    }
    return i;
}

static result check_policy(const struct engine_config *config, const struct policy *policy)
{
    uint32_t number = 0;
    struct sensor_id sensor;
    TRY(policy_check(policy, &number));
    ENSURE(nation_id_equal(policy->owner, config->nation), ERR_RANGE);
    ENSURE(!policy_unknown_sensor(policy, config->sensors, config->sensor_count, &number, &sensor),
           ERR_NOT_FOUND);
    return OK;
}

static result check_config(const struct engine_config *config)
{
    ENSURE(nation_id_is_set(config->nation), ERR_RANGE);
    ENSURE(config->domain != DOMAIN_UNKNOWN, ERR_RANGE);
    ENSURE(config->partner_count <= LIMIT_PARTNERS, ERR_RANGE);
    ENSURE(config->sensor_count <= LIMIT_SENSORS, ERR_RANGE);
    ENSURE(config->speaks <= CODEC_SCHEMA_MAX, ERR_RANGE);
    TRY(check_policy(config, &config->policy));
    for (uint32_t i = 0; i < config->partner_count; i++) {
        ENSURE(nation_id_is_set(config->partners[i]), ERR_RANGE);
        ENSURE(!nation_id_equal(config->partners[i], config->nation), ERR_RANGE);
        for (uint32_t j = 0; j < i; j++) {
            ENSURE(!nation_id_equal(config->partners[i], config->partners[j]), ERR_RANGE);
        }
    }
    return OK;
}

/* Nothing in the picture, nothing held. */
static void clear(struct engine *engine)
{
    memset(engine, 0, offsetof(struct engine, events));
    for (uint32_t i = 0; i < LIMIT_EVENTS; i++) {
        engine->events[i].id.value = 0;
    }
    for (uint32_t i = 0; i < LIMIT_PARTNERS; i++) {
        for (uint32_t k = 0; k < ENGINE_HELD; k++) {
            engine->held[i][k].waiting = false;
        }
    }
}

result engine_init(struct engine *engine, const struct engine_config *config)
{
    TRY(check_config(config));
    clear(engine);
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
        if (config->speaks != 0) {
            session_speak(&engine->sessions[i], config->speaks);
        }
    }
    return offer_assign(engine);
}

/* What all partners may know of: each may be sent what is due. */
static void stir_all(struct engine *engine)
{
    for (uint32_t i = 0; i < engine->config.partner_count; i++) {
        engine->stirred[i] = true;
    }
}

static result take_scan(struct engine *engine, const struct event *event, struct effects *effects)
{
    TRY(tracker_scan(&engine->tracker, event->scan, event->scan_count));
    const struct picture own = picture_own(engine);
    for (uint32_t i = 0; i < engine->config.sensor_count && event->scan_count > 0; i++) {
        if (sensor_id_equal(engine->config.sensors[i].id, event->scan[0].sensor)) {
            engine->sensor_seen[i] = event->time;
            engine->sensor_observations[i] += event->scan_count;
            offer_scan(engine, i, event->scan, event->scan_count, effects);
        }
    }
    picture_take_own(&own, false, effects);
    return OK;
}

static void take_frame(struct engine *engine, uint32_t partner, const struct event *event,
                       struct effects *effects)
{
    struct session_delivery *delivery = &engine->delivery;
    session_receive(&engine->sessions[partner], event->frame, engine->position, event->time,
                    delivery);
    if (delivery->refusal == REFUSED_SUPERSEDED) {
        const struct session *session = &engine->sessions[partner];
        struct effect *e = emit(effects, EFFECT_SUPERSEDED, NULL);
        e->partner = engine->config.partners[partner];
        e->sequence = session->superseded.counter;
        e->on = session->usurped;
    }
    for (uint32_t i = 0; i < delivery->count; i++) {
        const struct record *record = &delivery->records[i];
        struct effect *e = emit(effects, EFFECT_TAKEN, NULL);
        e->partner = engine->config.partners[partner];
        e->record = record->kind;
        e->sequence = delivery->sequences[i];
        e->name = record->event;
        picture_take_record(engine, partner, (struct nation_id){{0}}, record, effects);
    }
    onward_take(engine, partner, event, effects);
    onward_pass(engine, partner, event, effects);
}

/* Between the half seconds only to a partner that has something of its own coming: when it hears
 * tells nothing of what others do. */
static void stir_due(struct engine *engine)
{
    for (uint32_t i = 0; i < engine->config.partner_count; i++) {
        const struct instant next = session_next_time(&engine->sessions[i], engine->now);
        engine->stirred[i] = !instant_before(engine->now, next);
    }
}

/* When the own picture's part of a tick follows, if it waits. */
static struct instant own_due(const struct engine *engine)
{
    return instant_plus(engine->ticked, (struct duration){ENGINE_OWN_NS});
}

static bool is_other_slot(struct instant before, struct instant now, int64_t slot_ns)
{
    return !instant_is_set(before) || now.tai_ns / slot_ns > before.tai_ns / slot_ns;
}

/* What partners get comes first, since somebody waits for it. */
static void share(struct engine *engine, struct effects *effects)
{
    tracker_advance(&engine->tracker, engine->now);
    const bool second = is_other_slot(engine->ticked, engine->now, NS_PER_S);
    engine->ticked = engine->now;
    offer_tick(engine, second, effects);
    engine->own_waits |= second;
    stir_all(engine);
}

static void take_tick(struct engine *engine, struct effects *effects)
{
    bool is_due = engine->own_waits && !instant_before(engine->now, own_due(engine));
    if (is_other_slot(engine->ticked, engine->now, TICK_NS)) {
        share(engine, effects);
        is_due = engine->own_waits;
    } else {
        stir_due(engine);
    }
    if (is_due) {
        const struct picture own = picture_own(engine);
        engine->own_waits = false;
        picture_take_own(&own, true, effects);
        picture_update(&own, effects);
    }
}

/* A policy whose signatures the shell verified; how many it needs is decided here, so that a replay
 * decides it again. What waits is asked again under it, and the launches of now are looked at
 * against its areas. */
static result take_policy(struct engine *engine, const struct event *event)
{
    const struct engine_config *config = &engine->config;
    const struct digest before = policy_digest(&config->policy);
    struct policy policy;
    struct policy_comparison comparison;
    TRY(policy_decode(event->policy, &policy));
    TRY(check_policy(config, &policy));
    ENSURE(policy.number > config->policy.number, ERR_STATE);
    ENSURE(digest_equal(&before, &event->predecessor), ERR_STATE);
    policy_compare(&config->policy, &policy, &comparison);
    ENSURE(event->officer_count >= policy_officers(&comparison), ERR_DENIED);
    engine->config.policy = policy;
    const result assigned = offer_assign(engine);
    /* The sensors are those of the start. */
    assert(assigned == OK);
    offer_judge_areas(engine);
    for (uint32_t i = 0; i < config->partner_count; i++) {
        (void)session_recheck(
            &engine->sessions[i], &policy,
            policy_sensors(&policy, config->partners[i], config->sensors, config->sensor_count),
            engine->now);
    }
    stir_all(engine);
    return OK;
}

/* Frames that a session has to send now, as far as there is room; the rest comes next time. */
static void collect_from(struct engine *engine, uint32_t partner, struct effects *effects)
{
    uint32_t size = 0;
    for (uint32_t i = 0; i < LIMIT_SENDS && size + FRAME_BYTES_MAX <= LIMIT_SEND_BYTES; i++) {
        struct byte_writer w = {effects->bytes + effects->size, FRAME_BYTES_MAX, 0};
        enum frame_lane lane = LANE_LIVE;
        if (!session_next_frame(&engine->sessions[partner], engine->now, &lane, &w)) {
            break;
        }
        struct effect *e = emit(effects, EFFECT_SEND, NULL);
        e->partner = engine->config.partners[partner];
        e->lane = lane;
        e->offset = effects->size;
        e->size = (uint32_t)w.size;
        effects->size += (uint32_t)w.size;
        size += (uint32_t)w.size;
    }
}

/* Only what a partner may know of makes the engine send to it: the times at which it hears tell
 * nothing else. */
static void collect_frames(struct engine *engine, struct effects *effects)
{
    for (uint32_t i = 0; i < engine->config.partner_count; i++) {
        if (engine->stirred[i]) {
            engine->stirred[i] = false;
            if (!engine->config.apart[i]) {
                collect_from(engine, i, effects);
            }
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
static result take_keys(struct engine *engine, uint32_t partner, const struct event *event)
{
    struct key_list list;
    uint8_t signature[KEY_SIGNATURE_BYTES];
    TRY(key_list_decode(event->keys, &list, signature));
    ENSURE(nation_id_equal(list.nation, event->partner), ERR_RANGE);
    ENSURE(list.domain == engine->config.domain, ERR_RANGE);
    if (partner < engine->config.partner_count) {
        session_take_partner_keys(&engine->sessions[partner], list.number, event->keys);
        onward_keys_changed(engine, partner);
        return OK;
    }
    ENSURE(nation_id_equal(event->partner, engine->config.nation), ERR_NOT_FOUND);
    for (uint32_t i = 0; i < engine->config.partner_count; i++) {
        session_take_keys(&engine->sessions[i], list.number, event->keys);
    }
    return OK;
}

static result dispatch(struct engine *engine, uint32_t partner, const struct event *event,
                       struct effects *effects)
{
    switch (event->kind) {
    case EVENT_BOOT:
        return session_boot(&engine->sessions[partner], &event->boot, event->time);
    case EVENT_TICK:
        take_tick(engine, effects);
        return OK;
    case EVENT_SHARE:
        share(engine, effects);
        return OK;
    case EVENT_SCAN:
        return take_scan(engine, event, effects);
    case EVENT_FRAME:
        take_frame(engine, partner, event, effects);
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
    case EVENT_POLICY:
        return take_policy(engine, event);
    case EVENT_KEYS:
        return take_keys(engine, partner, event);
    case EVENT_GRANTS:
        return onward_take_grants(engine, event);
    case EVENT_ORDER:
        TRY(order_take(engine, &event->order, effects));
        stir_all(engine);
        return OK;
    case EVENT_LINK:
        session_link_made(&engine->sessions[partner], event->time);
        return OK;
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
    const bool from_partner = event->kind == EVENT_BOOT || event->kind == EVENT_FRAME ||
                              event->kind == EVENT_REFUSED || event->kind == EVENT_LINK;
    const uint32_t partner = engine_partner(engine, event->partner);
    ENSURE(!from_partner || partner < engine->config.partner_count, ERR_NOT_FOUND);
    const struct instant before = engine->now;
    engine->now = event->time;
    engine->position++;
    if (from_partner) {
        engine->stirred[partner] = true;
    }
    const result outcome = dispatch(engine, partner, event, effects);
    if (outcome != OK) {
        engine->now = before;
        engine->position--;
        memset(engine->stirred, 0, sizeof engine->stirred);
        engine->events_refused++;
        effects->count = 0;
        return outcome;
    }
    note_links(engine, effects);
    collect_frames(engine, effects);
    return OK;
}

bool engine_second_begins(const struct engine *engine, struct instant now)
{
    return is_other_slot(engine->ticked, now, NS_PER_S);
}

struct instant engine_next_time(const struct engine *engine)
{
    if (!instant_is_set(engine->now)) {
        return INSTANT_UNSET;
    }
    const struct duration step = {TICK_NS};
    const struct instant after = instant_plus(engine->now, (struct duration){1});
    struct instant next = instant_grid_at_or_after(after, step);
    if (engine->own_waits && instant_before(own_due(engine), next)) {
        next = own_due(engine);
    }
    for (uint32_t i = 0; i < engine->config.partner_count; i++) {
        /* A session without a line always has its first hello to send. */
        if (!engine->config.apart[i]) {
            const struct instant due = session_next_time(&engine->sessions[i], engine->now);
            next = instant_before(due, next) ? due : next;
        }
    }
    return next;
}
