#include "share/grant.h"

#include <string.h>

#include "share/grant_wire.h"
#include "share/wire.h"

static bool nation_valid(const struct nation_id *n)
{
    struct nation_id nation;
    return n->code[3] == '\0' && nation_id_parse(n->code, &nation);
}

result grant_validate(const struct grant *g)
{
    ENSURE(nation_valid(&g->owner) && nation_valid(&g->via) && nation_valid(&g->to), ERR_RANGE);
    ENSURE(!nation_id_equal(g->owner, g->via) && !nation_id_equal(g->owner, g->to), ERR_RANGE);
    ENSURE(!nation_id_equal(g->via, g->to), ERR_RANGE);
    ENSURE(g->kinds > 0 && g->kinds <= GRANT_ALL_KINDS, ERR_RANGE);
    ENSURE(g->classification_max >= CLASSIFICATION_UNCLASSIFIED &&
               g->classification_max <= CLASSIFICATION_SECRET,
           ERR_RANGE);
    ENSURE(instant_is_set(g->from) && instant_is_set(g->until), ERR_RANGE);
    ENSURE(instant_before(g->from, g->until), ERR_RANGE);
    return OK;
}

static watchfire_v1_Grant to_wire(const struct grant *g)
{
    watchfire_v1_Grant out = {.kinds = g->kinds,
                              .classification_max =
                                  (watchfire_v1_Classification)g->classification_max,
                              .from = g->from.tai_ns,
                              .until = g->until.tai_ns};
    memcpy(out.owner, g->owner.code, sizeof out.owner);
    memcpy(out.via, g->via.code, sizeof out.via);
    memcpy(out.to, g->to.code, sizeof out.to);
    return out;
}

void grant_to_wire(const struct signed_grant *g, watchfire_v1_SignedGrant *out)
{
    *out = (watchfire_v1_SignedGrant){.has_grant = true, .grant = to_wire(&g->grant)};
    memcpy(out->signature, g->signature, sizeof out->signature);
}

/* Values that no enumeration here names become "unknown", which the validator refuses. */
void grant_from_wire(const watchfire_v1_SignedGrant *wire, struct signed_grant *out)
{
    const watchfire_v1_Grant *w = &wire->grant;
    memset(out, 0, sizeof *out);
    memcpy(out->grant.owner.code, w->owner, sizeof out->grant.owner.code);
    memcpy(out->grant.via.code, w->via, sizeof out->grant.via.code);
    memcpy(out->grant.to.code, w->to, sizeof out->grant.to.code);
    out->grant.kinds = w->kinds;
    out->grant.classification_max = (uint32_t)w->classification_max <= CLASSIFICATION_SECRET
                                        ? (enum classification)w->classification_max
                                        : CLASSIFICATION_UNKNOWN;
    out->grant.from.tai_ns = w->from;
    out->grant.until.tai_ns = w->until;
    memcpy(out->signature, wire->signature, sizeof out->signature);
}

static result put_text(struct byte_writer *out, const char *text)
{
    return byte_writer_put(out, (struct bytes){(const uint8_t *)text, strlen(text)});
}

result grant_signed_bytes(const struct grant *grant, enum domain domain, struct byte_writer *out)
{
    TRY(grant_validate(grant));
    const watchfire_v1_Grant wire = to_wire(grant);
    struct byte_writer writer = *out;
    TRY(put_text(&writer, "watchfire/1/"));
    TRY(put_text(&writer, domain_text(domain)));
    TRY(put_text(&writer, "/grant"));
    TRY(byte_writer_u8(&writer, 0));
    TRY(wire_encode(watchfire_v1_Grant_fields, &wire, &writer));
    out->size = writer.size;
    return OK;
}

result grant_encode(const struct signed_grant *grant, struct byte_writer *out)
{
    TRY(grant_validate(&grant->grant));
    watchfire_v1_SignedGrant wire;
    grant_to_wire(grant, &wire);
    return wire_encode(watchfire_v1_SignedGrant_fields, &wire, out);
}

result grant_decode(struct bytes in, struct signed_grant *out)
{
    ENSURE(in.size > 0 && in.size <= GRANT_BYTES_MAX, ERR_FORMAT);
    watchfire_v1_SignedGrant wire = watchfire_v1_SignedGrant_init_zero;
    TRY(wire_decode(watchfire_v1_SignedGrant_fields, in, &wire));
    struct signed_grant grant;
    grant_from_wire(&wire, &grant);
    TRY(grant_validate(&grant.grant));
    uint8_t again[GRANT_BYTES_MAX];
    struct byte_writer writer = {.data = again, .capacity = sizeof again};
    ENSURE(grant_encode(&grant, &writer) == OK, ERR_CANONICAL);
    ENSURE(writer.size == in.size && memcmp(again, in.data, in.size) == 0, ERR_CANONICAL);
    *out = grant;
    return OK;
}

result grant_set_encode(const struct grant_set *set, struct byte_writer *out)
{
    struct byte_writer writer = *out;
    for (uint32_t i = 0; i < set->count; i++) {
        uint8_t bytes[GRANT_BYTES_MAX];
        struct byte_writer one = {.data = bytes, .capacity = sizeof bytes};
        TRY(grant_encode(&set->grants[i], &one));
        TRY(byte_writer_u8(&writer, (uint8_t)one.size));
        TRY(byte_writer_put(&writer, byte_writer_written(&one)));
    }
    *out = writer;
    return OK;
}

result grant_set_decode(struct bytes in, struct grant_set *out)
{
    struct byte_reader reader = byte_reader_over(in);
    struct grant_set set = {.count = 0};
    while (byte_reader_left(&reader) > 0) {
        const uint8_t size = byte_reader_known(&reader, 1).data[0];
        struct bytes one;
        struct signed_grant grant;
        TRY(byte_reader_take(&reader, size, &one));
        TRY(grant_decode(one, &grant));
        ENSURE(set.count < GRANT_SET_MAX, ERR_RANGE);
        ENSURE(grant_set_find(&set, grant.grant.owner, grant.grant.to) == NULL, ERR_RANGE);
        set.grants[set.count++] = grant;
    }
    *out = set;
    return OK;
}

const struct signed_grant *grant_set_find(const struct grant_set *set, struct nation_id owner,
                                          struct nation_id to)
{
    for (uint32_t i = 0; i < set->count; i++) {
        const struct grant *g = &set->grants[i].grant;
        if (nation_id_equal(g->owner, owner) && nation_id_equal(g->to, to)) {
            return &set->grants[i];
        }
    }
    return NULL;
}

_Static_assert(sizeof(struct signed_grant) == 104, "nothing lies between members");

bool grant_set_has(const struct grant_set *set, const struct signed_grant *grant)
{
    const struct signed_grant *found = grant_set_find(set, grant->grant.owner, grant->grant.to);
    return found != NULL && memcmp(found, grant, sizeof *found) == 0;
}

bool grant_set_equal(const struct grant_set *a, const struct grant_set *b)
{
    bool equal = a->count == b->count;
    for (uint32_t i = 0; i < a->count && equal; i++) {
        equal = grant_set_has(b, &a->grants[i]);
    }
    return equal;
}

result grant_verify(const struct signed_grant *grant, enum domain domain,
                    const struct key_list *owner, struct instant now)
{
    uint8_t storage[GRANT_BYTES_MAX];
    struct byte_writer message = {.data = storage, .capacity = sizeof storage};
    ENSURE(nation_id_equal(owner->nation, grant->grant.owner), ERR_SIGNATURE);
    ENSURE(owner->domain == domain, ERR_SIGNATURE);
    ENSURE(grant_signed_bytes(&grant->grant, domain, &message) == OK, ERR_SIGNATURE);
    return key_list_verify(owner, KEY_SIGNING, now, byte_writer_written(&message), grant->signature,
                           NULL);
}

bool grant_is_in_period(const struct grant *grant, struct instant now)
{
    return !instant_before(now, grant->from) && instant_before(now, grant->until);
}

bool grant_covers(const struct grant *grant, enum record_kind kind,
                  enum classification classification)
{
    uint32_t bit = 0;
    switch (kind) {
    case RECORD_TRACK:
        bit = GRANT_TRACKS;
        break;
    case RECORD_NOTICE:
        bit = GRANT_NOTICES;
        break;
    case RECORD_WARNING:
        bit = GRANT_WARNINGS;
        break;
    case RECORD_UNKNOWN:
        break;
    }
    return (grant->kinds & bit) != 0 && classification != CLASSIFICATION_UNKNOWN &&
           classification <= grant->classification_max;
}
