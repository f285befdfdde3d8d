/* The canonical bytes of a policy. Integers big-endian, doubles as their 64 bits, texts with a u8
 * of length before them; lists with a u8 of count.
 *
 *   u8      version, 1
 *   4       owner
 *   u32     number
 *   u8      classification; list of 4: releasable to
 *   list    areas: name, f64 radius m, list of corners (f64 latitude, f64 longitude, rad)
 *   list    groups: name, list of sensor names
 *   list    rules: name, u8 action, u8 kind, list of 4: to, u8 classification, u8 areas, u8 groups,
 *           u8 covariance, f64 coarsen position m, f64 coarsen time s, f64 delay s, list of 4:
 *           onward
 *
 * A policy that does not end exactly at the end of its bytes, or encodes to others, is refused. */
#include <assert.h>
#include <string.h>

#include "share/policy.h"

#define VERSION 1

_Static_assert(POLICY_AREAS_MAX <= 8 && POLICY_GROUPS_MAX <= 8, "masks of eight bits");

static result put_double(struct byte_writer *w, double value)
{
    uint64_t bits = 0;
    const double plain = value + 0.0; /* never -0 */
    memcpy(&bits, &plain, sizeof bits);
    return byte_writer_u64(w, bits);
}

static result put_text(struct byte_writer *w, const char *text, size_t capacity)
{
    const char *end = memchr(text, '\0', capacity);
    const size_t size = end == NULL ? capacity : (size_t)(end - text);
    TRY(byte_writer_u8(w, (uint8_t)size));
    return byte_writer_put(w, (struct bytes){(const uint8_t *)text, size});
}

static result put_nations(struct byte_writer *w, const struct nation_id *nations, uint32_t count)
{
    TRY(byte_writer_u8(w, (uint8_t)count));
    for (uint32_t i = 0; i < count; i++) {
        TRY(byte_writer_put(w, (struct bytes){(const uint8_t *)nations[i].code, 4}));
    }
    return OK;
}

static result put_area(struct byte_writer *w, const struct policy_area *a)
{
    TRY(put_text(w, a->name, sizeof a->name));
    TRY(put_double(w, a->radius_m));
    TRY(byte_writer_u8(w, (uint8_t)a->corner_count));
    for (uint32_t i = 0; i < a->corner_count; i++) {
        TRY(put_double(w, a->corners[i].lat_rad));
        TRY(put_double(w, a->corners[i].lon_rad));
    }
    return OK;
}

static result put_group(struct byte_writer *w, const struct policy_group *g)
{
    TRY(put_text(w, g->name, sizeof g->name));
    TRY(byte_writer_u8(w, (uint8_t)g->sensor_count));
    for (uint32_t i = 0; i < g->sensor_count; i++) {
        TRY(put_text(w, g->sensors[i].text, sizeof g->sensors[i].text));
    }
    return OK;
}

static result put_rule(struct byte_writer *w, const struct policy_rule *r)
{
    TRY(put_text(w, r->name, sizeof r->name));
    TRY(byte_writer_u8(w, (uint8_t)r->action));
    TRY(byte_writer_u8(w, (uint8_t)r->kind));
    TRY(put_nations(w, r->to, r->to_count));
    TRY(byte_writer_u8(w, (uint8_t)r->classification_max));
    TRY(byte_writer_u8(w, (uint8_t)r->areas));
    TRY(byte_writer_u8(w, (uint8_t)r->groups));
    TRY(byte_writer_u8(w, (uint8_t)r->covariance));
    TRY(put_double(w, r->coarsen_position_m));
    TRY(put_double(w, r->coarsen_time_s));
    TRY(put_double(w, r->delay_s));
    return put_nations(w, r->onward, r->onward_count);
}

result policy_encode(const struct policy *p, struct byte_writer *out)
{
    struct byte_writer w = *out;
    TRY(byte_writer_u8(&w, VERSION));
    TRY(byte_writer_put(&w, (struct bytes){(const uint8_t *)p->owner.code, 4}));
    TRY(byte_writer_u32(&w, p->number));
    TRY(byte_writer_u8(&w, (uint8_t)p->label.classification));
    TRY(put_nations(&w, p->label.releasable_to, p->label.releasable_count));
    TRY(byte_writer_u8(&w, (uint8_t)p->area_count));
    for (uint32_t i = 0; i < p->area_count; i++) {
        TRY(put_area(&w, &p->areas[i]));
    }
    TRY(byte_writer_u8(&w, (uint8_t)p->group_count));
    for (uint32_t i = 0; i < p->group_count; i++) {
        TRY(put_group(&w, &p->groups[i]));
    }
    TRY(byte_writer_u8(&w, (uint8_t)p->rule_count));
    for (uint32_t i = 0; i < p->rule_count; i++) {
        TRY(put_rule(&w, &p->rules[i]));
    }
    *out = w;
    return OK;
}

static result take_double(struct byte_reader *r, double *out)
{
    uint64_t bits = 0;
    TRY(byte_reader_u64(r, &bits));
    memcpy(out, &bits, sizeof bits);
    return OK;
}

static result take_u8(struct byte_reader *r, uint32_t max, uint32_t *out)
{
    uint8_t value = 0;
    TRY(byte_reader_u8(r, &value));
    ENSURE(value <= max, ERR_FORMAT);
    *out = value;
    return OK;
}

static result take_text(struct byte_reader *r, char *out, size_t capacity)
{
    uint32_t size = 0;
    struct bytes text;
    TRY(take_u8(r, (uint32_t)capacity - 1, &size));
    TRY(byte_reader_take(r, size, &text));
    memcpy(out, text.data, size);
    return OK;
}

static result take_nation(struct byte_reader *r, struct nation_id *out)
{
    struct bytes code;
    TRY(byte_reader_take(r, 4, &code));
    char text[4];
    memcpy(text, code.data, sizeof text);
    ENSURE(text[3] == '\0' && nation_id_parse(text, out), ERR_FORMAT);
    return OK;
}

static result take_nations(struct byte_reader *r, struct nation_id *nations, uint32_t *count)
{
    TRY(take_u8(r, LABEL_NATIONS_MAX, count));
    for (uint32_t i = 0; i < *count; i++) {
        TRY(take_nation(r, &nations[i]));
    }
    return OK;
}

static result take_area(struct byte_reader *r, struct policy_area *a)
{
    TRY(take_text(r, a->name, sizeof a->name));
    TRY(take_double(r, &a->radius_m));
    TRY(take_u8(r, POLICY_CORNERS_MAX, &a->corner_count));
    for (uint32_t i = 0; i < a->corner_count; i++) {
        TRY(take_double(r, &a->corners[i].lat_rad));
        TRY(take_double(r, &a->corners[i].lon_rad));
    }
    return OK;
}

static result take_group(struct byte_reader *r, struct policy_group *g)
{
    TRY(take_text(r, g->name, sizeof g->name));
    TRY(take_u8(r, POLICY_GROUP_SENSORS_MAX, &g->sensor_count));
    for (uint32_t i = 0; i < g->sensor_count; i++) {
        TRY(take_text(r, g->sensors[i].text, sizeof g->sensors[i].text));
    }
    return OK;
}

static result take_rule(struct byte_reader *r, struct policy_rule *rule)
{
    uint32_t value = 0;
    TRY(take_text(r, rule->name, sizeof rule->name));
    TRY(take_u8(r, POLICY_WITHHOLD_SENSORS, &value));
    rule->action = (enum policy_action)value;
    TRY(take_u8(r, RECORD_WARNING, &value));
    rule->kind = (enum record_kind)value;
    TRY(take_nations(r, rule->to, &rule->to_count));
    TRY(take_u8(r, CLASSIFICATION_SECRET, &value));
    rule->classification_max = (enum classification)value;
    TRY(take_u8(r, UINT8_MAX, &rule->areas));
    TRY(take_u8(r, UINT8_MAX, &rule->groups));
    TRY(take_u8(r, POLICY_COVARIANCE_EXACT, &value));
    rule->covariance = (enum policy_covariance)value;
    TRY(take_double(r, &rule->coarsen_position_m));
    TRY(take_double(r, &rule->coarsen_time_s));
    TRY(take_double(r, &rule->delay_s));
    return take_nations(r, rule->onward, &rule->onward_count);
}

static result take_policy(struct byte_reader *r, struct policy *p)
{
    uint32_t value = 0;
    TRY(take_u8(r, VERSION, &value));
    ENSURE(value == VERSION, ERR_FORMAT);
    TRY(take_nation(r, &p->owner));
    TRY(byte_reader_u32(r, &p->number));
    p->label.owner = p->owner;
    TRY(take_u8(r, CLASSIFICATION_SECRET, &value));
    p->label.classification = (enum classification)value;
    TRY(take_nations(r, p->label.releasable_to, &p->label.releasable_count));
    TRY(take_u8(r, POLICY_AREAS_MAX, &p->area_count));
    for (uint32_t i = 0; i < p->area_count; i++) {
        TRY(take_area(r, &p->areas[i]));
    }
    TRY(take_u8(r, POLICY_GROUPS_MAX, &p->group_count));
    for (uint32_t i = 0; i < p->group_count; i++) {
        TRY(take_group(r, &p->groups[i]));
    }
    TRY(take_u8(r, POLICY_RULES_MAX, &p->rule_count));
    for (uint32_t i = 0; i < p->rule_count; i++) {
        TRY(take_rule(r, &p->rules[i]));
    }
    ENSURE(byte_reader_left(r) == 0, ERR_FORMAT);
    return OK;
}

result policy_decode(struct bytes in, struct policy *out)
{
    struct policy p;
    memset(&p, 0, sizeof p);
    struct byte_reader r = byte_reader_over(in);
    TRY(take_policy(&r, &p));
    uint32_t rule = 0;
    TRY(policy_check(&p, &rule));
    uint8_t again[POLICY_BYTES_MAX];
    struct byte_writer w = {again, sizeof again, 0};
    /* A policy that passed its check always fits. */
    ENSURE(policy_encode(&p, &w) == OK, ERR_FULL);
    ENSURE(w.size == in.size && memcmp(again, in.data, in.size) == 0, ERR_FORMAT);
    *out = p;
    return OK;
}

struct digest policy_digest(const struct policy *p)
{
    static const struct digest_key key = {{0}};
    uint8_t storage[POLICY_BYTES_MAX];
    struct byte_writer w = {storage, sizeof storage, 0};
    const result fits = policy_encode(p, &w);
    /* A policy that passed its check is never longer. */
    assert(fits == OK);
    return digest_keyed(&key, "policy", byte_writer_written(&w), (struct bytes){NULL, 0});
}

result policy_signed_bytes(const struct policy *p, const char *domain,
                           const struct digest *predecessor, struct byte_writer *out)
{
    static const char context[] = "watchfire/1/";
    static const char purpose[] = "/policy";
    struct byte_writer w = *out;
    TRY(byte_writer_put(&w, (struct bytes){(const uint8_t *)context, sizeof context - 1}));
    TRY(byte_writer_put(&w, (struct bytes){(const uint8_t *)domain, strlen(domain)}));
    TRY(byte_writer_put(&w, (struct bytes){(const uint8_t *)purpose, sizeof purpose}));
    TRY(byte_writer_put(&w, (struct bytes){predecessor->bytes, sizeof predecessor->bytes}));
    TRY(policy_encode(p, &w));
    *out = w;
    return OK;
}
