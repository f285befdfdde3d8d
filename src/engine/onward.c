#include "engine/onward.h"

#include <assert.h>
#include <string.h>

#include "engine/emit.h"
#include "engine/picture.h"
#include "share/merkle.h"
#include "share/relay.h"

/* What was made so long before its owner was last heard has come, or been repaired. */
#define DIRECT_S 30.0

/* What waits by a grant names that very grant, and goes no more without it. */
static void withdraw(struct engine *engine, const struct signed_grant *grant)
{
    const uint32_t to = engine_partner(engine, grant->grant.to);
    (void)session_withdraw_relayed(&engine->sessions[to], grant->grant.owner, engine->now);
    engine->stirred[to] = true;
}

result onward_take_grants(struct engine *engine, const struct event *event)
{
    struct grant_set set;
    TRY(grant_set_decode(event->grants, &set));
    for (uint32_t i = 0; i < set.count; i++) {
        const struct grant *g = &set.grants[i].grant;
        ENSURE(nation_id_equal(g->via, engine->config.nation), ERR_RANGE);
        ENSURE(engine_partner(engine, g->owner) < engine->config.partner_count &&
                   engine_partner(engine, g->to) < engine->config.partner_count,
               ERR_NOT_FOUND);
    }
    for (uint32_t i = 0; i < engine->grants.count; i++) {
        if (!grant_set_has(&set, &engine->grants.grants[i])) {
            withdraw(engine, &engine->grants.grants[i]);
        }
    }
    engine->grants = set;
    return OK;
}

/* The list of the owner's keys that is in force here; one without keys if none came yet. */
static void keys_of(const struct engine *engine, uint32_t owner, struct key_list *out)
{
    const struct session_keys *known = &engine->sessions[owner].partner_keys;
    uint8_t signature[KEY_SIGNATURE_BYTES];
    if (known->number == 0 ||
        key_list_decode((struct bytes){known->bytes, known->size}, out, signature) != OK) {
        memset(out, 0, sizeof *out);
    }
}

enum relay_why engine_grant_counts(const struct engine *engine, const struct signed_grant *grant)
{
    const uint32_t owner = engine_partner(engine, grant->grant.owner);
    struct key_list keys;
    if (!grant_is_in_period(&grant->grant, engine->now)) {
        return RELAY_PERIOD;
    }
    if (owner == engine->config.partner_count) {
        return RELAY_SIGNATURE;
    }
    keys_of(engine, owner, &keys);
    return grant_verify(grant, engine->config.domain, &keys, engine->now) == OK ? RELAY_YES
                                                                                : RELAY_SIGNATURE;
}

uint32_t engine_last_way(const struct engine *engine, uint32_t owner)
{
    const struct engine_way *ways = engine->ways[owner];
    uint32_t last = engine->config.partner_count;
    for (uint32_t i = 0; i < engine->config.partner_count; i++) {
        if (ways[i].taken > 0 && (last == engine->config.partner_count ||
                                  instant_before(ways[last].last, ways[i].last))) {
            last = i;
        }
    }
    return last;
}

void onward_keys_changed(struct engine *engine, uint32_t owner)
{
    struct key_list keys;
    keys_of(engine, owner, &keys);
    for (uint32_t i = 0; i < engine->grants.count; i++) {
        const struct signed_grant *grant = &engine->grants.grants[i];
        if (nation_id_equal(grant->grant.owner, engine->config.partners[owner]) &&
            grant_verify(grant, engine->config.domain, &keys, engine->now) != OK) {
            withdraw(engine, grant);
        }
    }
}

/* One record of the batch to one partner. */
static enum relay_why pass(struct engine *engine, uint32_t owner, uint32_t to,
                           const struct event *event, const struct frame_batch *batch,
                           uint32_t index, struct effects *effects)
{
    const struct signed_grant *grant = grant_set_find(
        &engine->grants, engine->config.partners[owner], engine->config.partners[to]);
    if (grant == NULL) {
        return RELAY_NO_GRANT;
    }
    struct relayed relayed;
    if (event->signature == NULL ||
        relay_make(batch, index, event->signature, grant, &relayed) != OK) {
        return RELAY_PROOF;
    }
    struct key_list keys;
    keys_of(engine, owner, &keys);
    struct session *session = &engine->sessions[to];
    const struct relay_parties parties = {.domain = engine->config.domain,
                                          .via = engine->config.nation,
                                          .to = engine->config.partners[to],
                                          .owner_keys = &keys,
                                          .now = engine->now};
    struct released_record released;
    enum relay_why why = RELAY_YES;
    if (release_relay(&parties, session->schema, &relayed, &released, &why) != OK) {
        return why;
    }
    struct effect *e = emit(effects, EFFECT_RELAYED, NULL);
    e->partner = parties.to;
    e->record = released.basis.kind;
    e->content = merkle_leaf((struct bytes){released.bytes, released.size});
    e->sequence = session_append(session, &released, engine->now);
    engine->stirred[to] = true;
    return RELAY_YES;
}

void onward_pass(struct engine *engine, uint32_t partner, const struct event *event,
                 struct effects *effects)
{
    const struct session_delivery *delivery = &engine->delivery;
    struct frame frame;
    if (delivery->count == 0 || frame_decode(event->frame, &frame) != OK) {
        return;
    }
    assert(frame.type == FRAME_BATCH);
    for (uint32_t i = 0; i < delivery->count; i++) {
        const uint32_t index = (uint32_t)(delivery->sequences[i] - frame.batch.first);
        for (uint32_t to = 0; to < engine->config.partner_count; to++) {
            if (to == partner ||
                !label_permits_onward(&delivery->records[i].label, engine->config.partners[to])) {
                continue;
            }
            engine->relays_passed[pass(engine, partner, to, event, &frame.batch, index, effects)]++;
        }
    }
}

/* Whether it came from its owner itself, or will: what was kept back while that was heard is not to
 * be told when it is heard no more. */
static bool was_direct(const struct session *owner, const struct record *record, struct instant now)
{
    return session_is_up(owner, now) ||
           (instant_is_set(owner->last_heard) &&
            instant_since_s(owner->last_heard, record->made) > DIRECT_S);
}

/* What the nation that passed it on says is another's; that other's number here comes back. */
static enum relay_why open_relayed(struct engine *engine, uint32_t via, struct bytes entry,
                                   struct relayed *relayed, struct record *record, uint32_t *owner)
{
    if (relay_decode(entry, relayed) != OK) {
        return RELAY_FORMAT;
    }
    const struct nation_id nation = relayed->grant.grant.owner;
    if (nation_id_equal(nation, engine->config.nation)) {
        return RELAY_LOOP;
    }
    *owner = engine_partner(engine, nation);
    if (*owner == engine->config.partner_count) {
        return RELAY_OWNER;
    }
    struct key_list keys;
    keys_of(engine, *owner, &keys);
    const struct relay_parties parties = {.domain = engine->config.domain,
                                          .via = engine->config.partners[via],
                                          .to = engine->config.nation,
                                          .owner_keys = &keys,
                                          .now = engine->now};
    const enum relay_why why = relay_open(&parties, relayed, record);
    if (why != RELAY_YES) {
        return why;
    }
    if (!relay_window_take(&engine->ways[*owner][via].seen, &relayed->epoch,
                           relayed->first + relayed->index)) {
        return RELAY_AGAIN;
    }
    return was_direct(&engine->sessions[*owner], record, engine->now) ? RELAY_DIRECT : RELAY_YES;
}

void onward_take(struct engine *engine, uint32_t partner, const struct event *event,
                 struct effects *effects)
{
    const struct session_delivery *delivery = &engine->delivery;
    struct frame frame;
    if (delivery->relayed_count == 0 || frame_decode(event->frame, &frame) != OK) {
        return;
    }
    assert(frame.type == FRAME_BATCH);
    for (uint32_t i = 0; i < delivery->relayed_count; i++) {
        const uint64_t index = delivery->relayed[i] - frame.batch.first;
        struct relayed relayed;
        struct record record;
        uint32_t owner = 0;
        const enum relay_why why =
            open_relayed(engine, partner, frame.batch.records[index], &relayed, &record, &owner);
        engine->relays_taken[why]++;
        if (why != RELAY_YES) {
            continue;
        }
        engine->ways[owner][partner].taken++;
        engine->ways[owner][partner].last = engine->now;
        struct effect *e = emit(effects, EFFECT_TAKEN, NULL);
        e->partner = engine->config.partners[owner];
        e->via = engine->config.partners[partner];
        e->record = record.kind;
        e->sequence = relayed.first + relayed.index;
        e->name = record.event;
        picture_take_record(engine, owner, engine->config.partners[partner], &record, effects);
    }
}
