#include "engine/offer.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "engine/picture.h"
#include "engine/publish.h"

_Static_assert(LIMIT_SENSORS <= 32, "sensors are bits");

static struct tracker *tracker_of(struct engine *engine, uint32_t offer)
{
    return offer == 0 ? &engine->tracker : &engine->offer_trackers[offer - 1];
}

static struct picture picture_of(struct engine *engine, uint32_t offer)
{
    return (struct picture){.engine = engine,
                            .tracker = tracker_of(engine, offer),
                            .events = engine->offers[offer].events,
                            .next_event = &engine->offers[offer].next_event,
                            .name_salt = offer == 0 ? 0 : engine->offers[offer].sensors + 1u,
                            .leads = true,
                            .offer = &engine->offers[offer]};
}

static result begin(struct engine *engine, uint32_t offer, uint32_t sensors)
{
    struct engine_offer *o = &engine->offers[offer];
    /* One that begins later must not give the numbers and names of an earlier one again. */
    const uint64_t first = instant_is_set(engine->now) ? (uint64_t)engine->now.tai_ns : 1;
    memset(o, 0, offsetof(struct engine_offer, events));
    for (uint32_t i = 0; i < LIMIT_EVENTS; i++) {
        o->events[i].id.value = 0;
    }
    o->sensors = sensors;
    o->next_event = first;
    engine->offer_used[offer] = true;
    if (offer == 0) {
        return OK;
    }
    struct tracker *tracker = tracker_of(engine, offer);
    tracker_init(tracker, engine->config.nation);
    tracker->next_id = first;
    for (uint32_t i = 0; i < engine->config.sensor_count; i++) {
        if ((sensors >> i & 1u) != 0) {
            TRY(tracker_add_sensor(tracker, &engine->config.sensors[i]));
        }
    }
    return OK;
}

/* The offer of these sensors, or the first one free: the policy's check has counted them. */
static uint32_t find(const struct engine *engine, const bool used[ENGINE_OFFERS], uint32_t sensors,
                     uint32_t all)
{
    uint32_t free_one = ENGINE_OFFERS;
    if (sensors == all) {
        return 0;
    }
    for (uint32_t i = ENGINE_OFFERS - 1; i > 0; i--) {
        if (engine->offer_used[i] && engine->offers[i].sensors == sensors) {
            return i;
        }
        free_one = used[i] ? free_one : i;
    }
    return free_one;
}

static bool releases_warnings(const struct policy *policy, struct nation_id to)
{
    for (uint32_t i = 0; i < policy->rule_count; i++) {
        const struct policy_rule *rule = &policy->rules[i];
        if (rule->action == POLICY_RELEASE && rule->kind == RECORD_WARNING &&
            policy_rule_names(rule, to)) {
            return true;
        }
    }
    return false;
}

/* What is held for a partner belongs to the offer that it had. */
static void move_partner(struct engine *engine, uint32_t partner, uint32_t offer)
{
    if (engine->offer_of[partner] != offer) {
        memset(engine->held[partner], 0, sizeof engine->held[partner]);
        engine->offer_of[partner] = (uint8_t)offer;
    }
}

result offer_assign(struct engine *engine)
{
    const struct engine_config *config = &engine->config;
    const uint32_t all = (uint32_t)((UINT64_C(1) << config->sensor_count) - 1);
    bool used[ENGINE_OFFERS] = {false};
    uint32_t sensors[LIMIT_PARTNERS];
    /* What is still wanted keeps its place, so that the rest can be taken by what is new. */
    for (uint32_t i = 0; i < config->partner_count; i++) {
        sensors[i] = policy_sensors(&config->policy, config->partners[i], config->sensors,
                                    config->sensor_count);
        for (uint32_t k = 0; k < ENGINE_OFFERS; k++) {
            used[k] |= engine->offer_used[k] && engine->offers[k].sensors == sensors[i];
        }
    }
    for (uint32_t i = 0; i < config->partner_count; i++) {
        const uint32_t at = find(engine, used, sensors[i], all);
        assert(at < ENGINE_OFFERS);
        if (!used[at]) {
            TRY(begin(engine, at, sensors[i]));
            used[at] = true;
        }
        move_partner(engine, i, at);
    }
    for (uint32_t k = 0; k < ENGINE_OFFERS; k++) {
        engine->offer_used[k] = used[k];
        if (used[k]) {
            engine->offers[k].warns = false;
        }
    }
    for (uint32_t i = 0; i < config->partner_count; i++) {
        engine->offers[engine->offer_of[i]].warns |=
            releases_warnings(&config->policy, config->partners[i]);
    }
    return OK;
}

void offer_judge_areas(struct engine *engine)
{
    for (uint32_t k = 0; k < ENGINE_OFFERS; k++) {
        for (uint32_t i = 0; engine->offer_used[k] && i < LIMIT_EVENTS; i++) {
            struct engine_event *event = &engine->offers[k].events[i];
            const struct region_origin origin = region_origin(&event->launch.best);
            memset(&event->sides, 0, sizeof event->sides);
            region_follow(&engine->config.policy, &origin, &event->sides);
        }
    }
}

/* What an offer finds is told to nobody here. */
static void take_own(const struct picture *p, bool second, struct effects *effects)
{
    const uint32_t count = effects->count;
    const uint32_t dropped = effects->dropped;
    picture_take_own(p, second, effects);
    if (second) {
        picture_update(p, effects);
    }
    effects->count = count;
    effects->dropped = dropped;
}

void offer_scan(struct engine *engine, uint32_t sensor, const struct observation *scan,
                uint32_t count, struct effects *effects)
{
    for (uint32_t i = 0; i < ENGINE_OFFERS; i++) {
        if (!engine->offer_used[i] || (engine->offers[i].sensors >> sensor & 1u) == 0) {
            continue;
        }
        const struct picture p = picture_of(engine, i);
        if (i > 0) {
            const result taken = tracker_scan(p.tracker, scan, count);
            /* The own tracker took the same scan of the same sensor. */
            assert(taken == OK);
        }
        take_own(&p, false, effects);
        publish_offer(&p, effects);
    }
}

void offer_tick(struct engine *engine, bool second, struct effects *effects)
{
    publish_held(engine, effects);
    for (uint32_t i = 0; i < ENGINE_OFFERS; i++) {
        if (!engine->offer_used[i]) {
            continue;
        }
        const struct picture p = picture_of(engine, i);
        if (i > 0) {
            tracker_advance(p.tracker, engine->now);
        }
        if (second) {
            take_own(&p, true, effects);
        }
        publish_offer(&p, effects);
    }
}
