#include "engine/onward.h"

#include <assert.h>
#include <string.h>

#include "engine/emit.h"
#include "engine/picture.h"
#include "share/merkle.h"
#include "share/relay.h"

result onward_take_grant(struct engine *engine, const struct event *event)
{
    struct signed_grant grant;
    TRY(grant_decode(event->grant, &grant));
    ENSURE(nation_id_equal(grant.grant.via, engine->config.nation), ERR_RANGE);
    const uint32_t owner = engine_partner(engine, grant.grant.owner);
    const uint32_t to = engine_partner(engine, grant.grant.to);
    ENSURE(owner < engine->config.partner_count && to < engine->config.partner_count,
           ERR_NOT_FOUND);
    struct signed_grant *known = &engine->grants[owner][to];
    ENSURE(!instant_before(grant.grant.from, known->grant.from), ERR_STATE);
    /* Member by member, as a ledger's entry: nothing that lay on the stack is kept. */
    known->grant.owner = grant.grant.owner;
    known->grant.via = grant.grant.via;
    known->grant.to = grant.grant.to;
    known->grant.kinds = grant.grant.kinds;
    known->grant.classification_max = grant.grant.classification_max;
    known->grant.from = grant.grant.from;
    known->grant.until = grant.grant.until;
    memcpy(known->signature, grant.signature, sizeof known->signature);
    /* What waits names the grant before this one. */
    (void)session_withdraw_relayed(&engine->sessions[to], grant.grant.owner, engine->now);
    engine->stirred[to] = true;
    return OK;
}

bool engine_has_grant(const struct engine *engine, const struct signed_grant *grant)
{
    const uint32_t owner = engine_partner(engine, grant->grant.owner);
    const uint32_t to = engine_partner(engine, grant->grant.to);
    if (owner == engine->config.partner_count || to == engine->config.partner_count) {
        return false;
    }
    const struct signed_grant *known = &engine->grants[owner][to];
    return memcmp(known->signature, grant->signature, sizeof known->signature) == 0 &&
           instant_equal(known->grant.from, grant->grant.from);
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

void onward_keys_changed(struct engine *engine, uint32_t owner)
{
    struct key_list keys;
    keys_of(engine, owner, &keys);
    for (uint32_t to = 0; to < engine->config.partner_count; to++) {
        const struct signed_grant *grant = &engine->grants[owner][to];
        if (nation_id_is_set(grant->grant.owner) &&
            grant_verify(grant, engine->config.domain, &keys, engine->now) != OK) {
            (void)session_withdraw_relayed(&engine->sessions[to], grant->grant.owner, engine->now);
            engine->stirred[to] = true;
        }
    }
}

/* One record of the batch to one partner. */
static enum relay_why pass(struct engine *engine, uint32_t owner, uint32_t to,
                           const struct event *event, const struct frame_batch *batch,
                           uint32_t index, struct effects *effects)
{
    const struct signed_grant *grant = &engine->grants[owner][to];
    if (!nation_id_is_set(grant->grant.owner)) {
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

/* What the nation that passed it on says is another's; that other's number here comes back. */
static enum relay_why open_relayed(const struct engine *engine, uint32_t via, struct bytes entry,
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
    if (session_is_up(&engine->sessions[*owner], engine->now)) {
        return RELAY_DIRECT;
    }
    struct key_list keys;
    keys_of(engine, *owner, &keys);
    const struct relay_parties parties = {.domain = engine->config.domain,
                                          .via = engine->config.partners[via],
                                          .to = engine->config.nation,
                                          .owner_keys = &keys,
                                          .now = engine->now};
    return relay_open(&parties, relayed, record);
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
        struct effect *e = emit(effects, EFFECT_TAKEN, NULL);
        e->partner = engine->config.partners[owner];
        e->via = engine->config.partners[partner];
        e->record = record.kind;
        e->sequence = relayed.first + relayed.index;
        e->name = record.event;
        picture_take_record(engine, owner, engine->config.partners[partner], &record, effects);
    }
}
