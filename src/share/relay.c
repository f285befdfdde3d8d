#include "share/relay.h"

#include <assert.h>
#include <string.h>

#include "share/grant_wire.h"
#include "share/merkle.h"
#include "share/wire.h"

/* The key of field 8, length-delimited: a Relayed begins with its grant. A Record, whose fields are
 * 1 to 6, never begins so. */
#define FIRST_BYTE 0x42

bool relay_is(struct bytes entry)
{
    return entry.size > 0 && entry.data[0] == FIRST_BYTE;
}

static result validate(const struct relayed *r)
{
    TRY(grant_validate(&r->grant.grant));
    ENSURE(r->epoch.counter > 0 && r->first > 0, ERR_RANGE);
    ENSURE(r->count <= FRAME_RECORDS_MAX && r->index < r->count, ERR_RANGE);
    ENSURE(r->first <= UINT64_MAX - r->count, ERR_RANGE);
    ENSURE(r->proof_count <= RELAY_PROOF_MAX, ERR_RANGE);
    ENSURE(r->size > 0 && r->size <= sizeof r->record, ERR_RANGE);
    return OK;
}

result relay_make(const struct frame_batch *batch, uint32_t index, const uint8_t *signature,
                  const struct signed_grant *grant, struct relayed *out)
{
    ENSURE(index < batch->count, ERR_RANGE);
    const struct bytes record = batch->records[index];
    ENSURE(record.size > 0 && record.size <= sizeof out->record, ERR_RANGE);
    struct digest leaves[FRAME_RECORDS_MAX];
    struct digest proof[MERKLE_PROOF_MAX];
    struct relayed r = {.grant = *grant,
                        .epoch = batch->epoch,
                        .first = batch->first,
                        .count = batch->count,
                        .previous = batch->previous,
                        .index = index,
                        .size = (uint32_t)record.size};
    frame_batch_leaves(batch, leaves);
    ENSURE(merkle_prove(leaves, batch->count, index, proof, &r.proof_count) == OK, ERR_RANGE);
    assert(r.proof_count <= RELAY_PROOF_MAX);
    memcpy(r.proof, proof, r.proof_count * sizeof proof[0]);
    memcpy(r.signature, signature, sizeof r.signature);
    memcpy(r.record, record.data, record.size);
    *out = r;
    return OK;
}

result relay_encode(const struct relayed *r, struct byte_writer *out)
{
    TRY(validate(r));
    watchfire_v1_Relayed wire = {.has_grant = true,
                                 .has_epoch = true,
                                 .first = r->first,
                                 .count = r->count,
                                 .index = r->index,
                                 .proof_count = (pb_size_t)r->proof_count};
    grant_to_wire(&r->grant, &wire.grant);
    wire.epoch.counter = r->epoch.counter;
    memcpy(wire.epoch.nonce, r->epoch.nonce, sizeof wire.epoch.nonce);
    memcpy(wire.previous, r->previous.bytes, sizeof wire.previous);
    for (uint32_t i = 0; i < r->proof_count; i++) {
        memcpy(wire.proof[i], r->proof[i].bytes, sizeof wire.proof[i]);
    }
    memcpy(wire.signature, r->signature, sizeof wire.signature);
    wire.record.size = (pb_size_t)r->size;
    memcpy(wire.record.bytes, r->record, r->size);
    return wire_encode(watchfire_v1_Relayed_fields, &wire, out);
}

result relay_decode(struct bytes in, struct relayed *out)
{
    ENSURE(in.size > 0 && in.size <= CODEC_ENTRY_BYTES_MAX, ERR_FORMAT);
    watchfire_v1_Relayed wire = watchfire_v1_Relayed_init_zero;
    TRY(wire_decode(watchfire_v1_Relayed_fields, in, &wire));
    struct relayed r = {.epoch = {.counter = wire.epoch.counter},
                        .first = wire.first,
                        .count = wire.count,
                        .index = wire.index,
                        .proof_count = wire.proof_count,
                        .size = wire.record.size};
    grant_from_wire(&wire.grant, &r.grant);
    memcpy(r.epoch.nonce, wire.epoch.nonce, sizeof r.epoch.nonce);
    memcpy(r.previous.bytes, wire.previous, sizeof r.previous.bytes);
    for (uint32_t i = 0; i < r.proof_count; i++) {
        memcpy(r.proof[i].bytes, wire.proof[i], sizeof r.proof[i].bytes);
    }
    memcpy(r.signature, wire.signature, sizeof r.signature);
    memcpy(r.record, wire.record.bytes, r.size);
    TRY(validate(&r));
    uint8_t again[CODEC_ENTRY_BYTES_MAX];
    struct byte_writer writer = {.data = again, .capacity = sizeof again};
    ENSURE(relay_encode(&r, &writer) == OK, ERR_CANONICAL);
    ENSURE(writer.size == in.size && memcmp(again, in.data, in.size) == 0, ERR_CANONICAL);
    *out = r;
    return OK;
}

/* What the grant and the label say of this record. */
static enum relay_why allowed(const struct relay_parties *p, const struct signed_grant *g,
                              const struct record *record)
{
    const struct label *label = &record->label;
    if (nation_id_equal(label->owner, p->to)) {
        return RELAY_LOOP;
    }
    if (!nation_id_equal(g->grant.owner, label->owner) || !nation_id_equal(g->grant.via, p->via) ||
        !nation_id_equal(g->grant.to, p->to)) {
        return RELAY_ROUTE;
    }
    if (!grant_is_in_period(&g->grant, p->now)) {
        return RELAY_PERIOD;
    }
    if (!grant_covers(&g->grant, record->kind, label->classification)) {
        return RELAY_TERMS;
    }
    if (!label_permits(label, p->via) || !label_permits_onward(label, p->to)) {
        return RELAY_LABEL;
    }
    return grant_verify(g, p->domain, p->owner_keys, p->now) == OK ? RELAY_YES : RELAY_SIGNATURE;
}

/* Whether the owner signed, for via, a batch with this record at this place. */
static bool is_proved(const struct relay_parties *p, const struct relayed *r)
{
    const struct frame_route route = {p->domain, r->grant.grant.owner, p->via};
    const struct frame_batch batch = {
        .epoch = r->epoch, .first = r->first, .count = r->count, .previous = r->previous};
    const struct digest leaf = merkle_leaf((struct bytes){r->record, r->size});
    uint8_t storage[FRAME_SIGNED_BYTES_MAX];
    struct byte_writer message = {.data = storage, .capacity = sizeof storage};
    struct digest root;
    return merkle_root_of_proof(r->index, r->count, &leaf, r->proof, r->proof_count, &root) == OK &&
           frame_batch_signed_bytes(&route, &batch, &root, &message) == OK &&
           key_list_verify(p->owner_keys, KEY_SIGNING, p->now, byte_writer_written(&message),
                           r->signature, NULL) == OK;
}

enum relay_why relay_open(const struct relay_parties *parties, const struct relayed *relayed,
                          struct record *out)
{
    const struct bytes bytes = {relayed->record, relayed->size};
    struct record record;
    if (relay_is(bytes)) {
        return RELAY_TWICE;
    }
    if (codec_decode(bytes, &record) != OK) {
        return RELAY_FORMAT;
    }
    const enum relay_why why = allowed(parties, &relayed->grant, &record);
    if (why != RELAY_YES) {
        return why;
    }
    if (!is_proved(parties, relayed)) {
        return RELAY_PROOF;
    }
    *out = record;
    return RELAY_YES;
}

const char *relay_why_text(enum relay_why why)
{
    static const char *const texts[RELAY_WHY_COUNT] = {
        [RELAY_YES] = "relayed",
        [RELAY_FORMAT] = "not a relayed record in order",
        [RELAY_TWICE] = "relayed before",
        [RELAY_OWNER] = "of a nation that is no partner",
        [RELAY_LOOP] = "goes back to its owner",
        [RELAY_NO_GRANT] = "no grant of its owner",
        [RELAY_ROUTE] = "the grant is for other nations",
        [RELAY_PERIOD] = "the grant does not count now",
        [RELAY_TERMS] = "more than the grant allows",
        [RELAY_LABEL] = "its label does not let it go there",
        [RELAY_SIGNATURE] = "no key of its owner that counts signed the grant",
        [RELAY_PROOF] = "no key of its owner that counts signed the record",
        [RELAY_VERSION] = "the receiver's version does not know relays",
        [RELAY_AGAIN] = "passed on before, or too late",
        [RELAY_DIRECT] = "its owner is heard directly"};
    return (unsigned)why < RELAY_WHY_COUNT ? texts[why] : "unknown";
}
