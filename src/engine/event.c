/* The journalled form of an event. All integers big-endian, doubles as their 64 bits.
 *
 *   kind u8, time i64, then
 *   BOOT       partner[4], counter u64, nonce[16], ephemeral[32]
 *   FRAME      partner[4], size u32, bytes
 *   REFUSED    partner[4], refusal u8
 *   COMMITTED  position u64
 *   POLICY     predecessor[32], size u32, policy (share/policy_bytes.c), count u8, then for each
 *              officer key[32], signature[64]
 *   KEYS       nation[4], size u16, signed key list
 *   GRANTS     size u16, grants (share/grant.h)
 *   ORDER      kind u8, roles u8, actor[32], event u64, into u64, nation[4], size u8, reason
 *   SCAN       sensor[16], sensor kind u8, validity i64, count u16, then for each observation
 *     radar      receipt i64, range, azimuth, elevation f64, u8, rate f64; the u8 is 1 with a
 *                range rate, plus 2 without elevation
 *     infrared   receipt i64, platform 3 f64, line of sight 3 f64
 *     tracker    receipt i64, position 3, velocity 3, covariance 21 f64
 *
 * An event that does not end exactly at the end of its bytes is refused. */
#include "engine/event.h"

#include <assert.h>
#include <string.h>

#include "share/grant.h"

static result put_double(struct byte_writer *w, double value)
{
    uint64_t bits = 0;
    memcpy(&bits, &value, sizeof bits);
    return byte_writer_u64(w, bits);
}

static result take_double(struct byte_reader *r, double *out)
{
    uint64_t bits = 0;
    TRY(byte_reader_u64(r, &bits));
    memcpy(out, &bits, sizeof bits);
    return OK;
}

static result put_doubles(struct byte_writer *w, const double *values, int count)
{
    for (int i = 0; i < count; i++) {
        TRY(put_double(w, values[i]));
    }
    return OK;
}

static result take_doubles(struct byte_reader *r, double *out, int count)
{
    for (int i = 0; i < count; i++) {
        TRY(take_double(r, &out[i]));
    }
    return OK;
}

static result put_instant(struct byte_writer *w, struct instant t)
{
    return byte_writer_u64(w, (uint64_t)t.tai_ns);
}

static result take_instant(struct byte_reader *r, struct instant *out)
{
    uint64_t bits = 0;
    TRY(byte_reader_u64(r, &bits));
    memcpy(&out->tai_ns, &bits, sizeof bits);
    return OK;
}

static result put_text(struct byte_writer *w, const void *text, size_t size)
{
    return byte_writer_put(w, (struct bytes){text, size});
}

static result take_text(struct byte_reader *r, void *out, size_t size)
{
    struct bytes taken;
    TRY(byte_reader_take(r, size, &taken));
    memcpy(out, taken.data, size);
    return OK;
}

static result put_observation(struct byte_writer *w, const struct observation *o)
{
    TRY(put_instant(w, o->receipt));
    switch (o->kind) {
    case SENSOR_RADAR: {
        const struct radar_plot *p = &o->radar;
        const double polar[3] = {p->polar.range_m, p->polar.azimuth_rad, p->polar.elevation_rad};
        TRY(put_doubles(w, polar, 3));
        TRY(byte_writer_u8(
            w, (uint8_t)((p->has_range_rate ? 1 : 0) | (p->without_elevation ? 2 : 0))));
        return put_double(w, p->range_rate_mps);
    }
    case SENSOR_INFRARED: {
        const struct geo_ecef p = o->infrared.platform;
        const double platform[3] = {p.x_m, p.y_m, p.z_m};
        TRY(put_doubles(w, platform, 3));
        return put_doubles(w, o->infrared.los.axis, 3);
    }
    case SENSOR_TRACKER: {
        const struct ready_track *t = &o->track;
        const double state[6] = {t->position.x_m,   t->position.y_m,   t->position.z_m,
                                 t->velocity.x_mps, t->velocity.y_mps, t->velocity.z_mps};
        TRY(put_doubles(w, state, 6));
        return put_doubles(w, t->covariance, 21);
    }
    }
    return ERR_RANGE;
}

static result take_observation(struct byte_reader *r, struct observation *o)
{
    TRY(take_instant(r, &o->receipt));
    double v[6] = {0};
    switch (o->kind) {
    case SENSOR_RADAR: {
        uint8_t has = 0;
        TRY(take_doubles(r, v, 3));
        TRY(byte_reader_u8(r, &has));
        ENSURE(has <= 3, ERR_FORMAT);
        TRY(take_double(r, &o->radar.range_rate_mps));
        o->radar.polar = (struct geo_polar){v[0], v[1], v[2]};
        o->radar.has_range_rate = (has & 1) != 0;
        o->radar.without_elevation = (has & 2) != 0;
        return OK;
    }
    case SENSOR_INFRARED:
        TRY(take_doubles(r, v, 3));
        o->infrared.platform = (struct geo_ecef){v[0], v[1], v[2]};
        return take_doubles(r, o->infrared.los.axis, 3);
    case SENSOR_TRACKER:
        TRY(take_doubles(r, v, 6));
        o->track.position = (struct geo_ecef){v[0], v[1], v[2]};
        o->track.velocity = (struct geo_velocity){v[3], v[4], v[5]};
        return take_doubles(r, o->track.covariance, 21);
    }
    return ERR_FORMAT;
}

static result put_scan(struct byte_writer *w, const struct event *e)
{
    ENSURE(e->scan_count >= 1 && e->scan_count <= LIMIT_SCAN, ERR_RANGE);
    TRY(put_text(w, e->scan[0].sensor.text, sizeof e->scan[0].sensor.text));
    TRY(byte_writer_u8(w, (uint8_t)e->scan[0].kind));
    TRY(put_instant(w, e->scan[0].validity));
    TRY(byte_writer_u16(w, (uint16_t)e->scan_count));
    for (uint32_t i = 0; i < e->scan_count; i++) {
        const bool alike = sensor_id_equal(e->scan[i].sensor, e->scan[0].sensor) &&
                           e->scan[i].kind == e->scan[0].kind &&
                           instant_equal(e->scan[i].validity, e->scan[0].validity);
        ENSURE(alike, ERR_RANGE);
        TRY(put_observation(w, &e->scan[i]));
    }
    return OK;
}

static result take_scan(struct byte_reader *r, struct observation *scan, struct event *e)
{
    struct observation first;
    memset(&first, 0, sizeof first);
    uint8_t kind = 0;
    uint16_t count = 0;
    TRY(take_text(r, first.sensor.text, sizeof first.sensor.text));
    ENSURE(first.sensor.text[sizeof first.sensor.text - 1] == '\0', ERR_FORMAT);
    TRY(byte_reader_u8(r, &kind));
    ENSURE(kind <= SENSOR_TRACKER, ERR_FORMAT);
    first.kind = (enum sensor_kind)kind;
    TRY(take_instant(r, &first.validity));
    TRY(byte_reader_u16(r, &count));
    ENSURE(count >= 1 && count <= LIMIT_SCAN, ERR_FORMAT);
    for (uint32_t i = 0; i < count; i++) {
        scan[i] = first;
        TRY(take_observation(r, &scan[i]));
    }
    e->scan = scan;
    e->scan_count = count;
    return OK;
}

static result put_boot(struct byte_writer *w, const struct session_boot *boot)
{
    TRY(byte_writer_u64(w, boot->epoch.counter));
    TRY(put_text(w, boot->epoch.nonce, sizeof boot->epoch.nonce));
    return put_text(w, boot->ephemeral_public, sizeof boot->ephemeral_public);
}

static result take_boot(struct byte_reader *r, struct session_boot *boot)
{
    TRY(byte_reader_u64(r, &boot->epoch.counter));
    TRY(take_text(r, boot->epoch.nonce, sizeof boot->epoch.nonce));
    return take_text(r, boot->ephemeral_public, sizeof boot->ephemeral_public);
}

static result put_policy(struct byte_writer *w, const struct event *e)
{
    ENSURE(e->officer_count >= 1 && e->officer_count <= EVENT_OFFICERS_MAX, ERR_RANGE);
    TRY(put_text(w, e->predecessor.bytes, sizeof e->predecessor.bytes));
    TRY(byte_writer_u32(w, (uint32_t)e->policy.size));
    TRY(byte_writer_put(w, e->policy));
    TRY(byte_writer_u8(w, (uint8_t)e->officer_count));
    for (uint32_t i = 0; i < e->officer_count; i++) {
        TRY(put_text(w, e->officers[i].key, sizeof e->officers[i].key));
        TRY(put_text(w, e->officers[i].signature, sizeof e->officers[i].signature));
    }
    return OK;
}

static result take_policy(struct byte_reader *r, struct event *e)
{
    uint32_t size = 0;
    uint8_t count = 0;
    TRY(take_text(r, e->predecessor.bytes, sizeof e->predecessor.bytes));
    TRY(byte_reader_u32(r, &size));
    TRY(byte_reader_take(r, size, &e->policy));
    TRY(byte_reader_u8(r, &count));
    ENSURE(count >= 1 && count <= EVENT_OFFICERS_MAX, ERR_FORMAT);
    e->officer_count = count;
    for (uint32_t i = 0; i < count; i++) {
        TRY(take_text(r, e->officers[i].key, sizeof e->officers[i].key));
        TRY(take_text(r, e->officers[i].signature, sizeof e->officers[i].signature));
    }
    return OK;
}

static result take_short(struct byte_reader *r, uint16_t size_min, uint16_t size_max,
                         struct bytes *out)
{
    uint16_t size = 0;
    TRY(byte_reader_u16(r, &size));
    ENSURE(size >= size_min && size <= size_max, ERR_FORMAT);
    return byte_reader_take(r, size, out);
}

static result put_order(struct byte_writer *w, const struct order *o)
{
    TRY(order_check(o));
    const size_t size = strlen(o->reason);
    TRY(byte_writer_u8(w, (uint8_t)o->kind));
    TRY(byte_writer_u8(w, o->roles));
    TRY(put_text(w, o->actor.text, sizeof o->actor.text));
    TRY(byte_writer_u64(w, o->event.value));
    TRY(byte_writer_u64(w, o->into.value));
    TRY(put_text(w, o->nation.code, sizeof o->nation.code));
    TRY(byte_writer_u8(w, (uint8_t)size));
    return put_text(w, o->reason, size);
}

/* One form only: what is after a name's end is zero. */
static bool is_padded(const struct order *o)
{
    struct officer_name name;
    return officer_name_parse(o->actor.text, &name) == OK &&
           memcmp(&name, &o->actor, sizeof name) == 0;
}

static result take_order(struct byte_reader *r, struct order *o)
{
    uint8_t kind = 0;
    uint8_t size = 0;
    TRY(byte_reader_u8(r, &kind));
    TRY(byte_reader_u8(r, &o->roles));
    TRY(take_text(r, o->actor.text, sizeof o->actor.text));
    TRY(byte_reader_u64(r, &o->event.value));
    TRY(byte_reader_u64(r, &o->into.value));
    TRY(take_text(r, o->nation.code, sizeof o->nation.code));
    TRY(byte_reader_u8(r, &size));
    ENSURE(size < sizeof o->reason, ERR_FORMAT);
    TRY(take_text(r, o->reason, size));
    o->kind = (enum order_kind)kind;
    ENSURE(strlen(o->reason) == size, ERR_FORMAT);
    ENSURE(order_check(o) == OK && is_padded(o), ERR_FORMAT);
    return OK;
}

static bool has_partner(enum event_kind kind)
{
    return kind == EVENT_BOOT || kind == EVENT_FRAME || kind == EVENT_REFUSED ||
           kind == EVENT_KEYS || kind == EVENT_LINK;
}

result event_encode(const struct event *event, struct byte_writer *out)
{
    struct byte_writer w = *out;
    TRY(byte_writer_u8(&w, (uint8_t)event->kind));
    TRY(put_instant(&w, event->time));
    if (has_partner(event->kind)) {
        TRY(put_text(&w, event->partner.code, sizeof event->partner.code));
    }
    switch (event->kind) {
    case EVENT_BOOT:
        TRY(put_boot(&w, &event->boot));
        break;
    case EVENT_FRAME:
        TRY(byte_writer_u32(&w, (uint32_t)event->frame.size));
        TRY(byte_writer_put(&w, event->frame));
        break;
    case EVENT_REFUSED:
        TRY(byte_writer_u8(&w, (uint8_t)event->refusal));
        break;
    case EVENT_COMMITTED:
        TRY(byte_writer_u64(&w, event->position));
        break;
    case EVENT_SCAN:
        TRY(put_scan(&w, event));
        break;
    case EVENT_POLICY:
        TRY(put_policy(&w, event));
        break;
    case EVENT_KEYS:
        ENSURE(event->keys.size > 0 && event->keys.size <= KEY_LIST_BYTES_MAX, ERR_RANGE);
        TRY(byte_writer_u16(&w, (uint16_t)event->keys.size));
        TRY(byte_writer_put(&w, event->keys));
        break;
    case EVENT_GRANTS:
        ENSURE(event->grants.size <= GRANT_SET_BYTES_MAX, ERR_RANGE);
        TRY(byte_writer_u16(&w, (uint16_t)event->grants.size));
        TRY(byte_writer_put(&w, event->grants));
        break;
    case EVENT_ORDER:
        TRY(put_order(&w, &event->order));
        break;
    case EVENT_TICK:
    case EVENT_SHARE:
    case EVENT_LINK:
        break;
    case EVENT_NONE:
        return ERR_RANGE;
    }
    *out = w;
    return OK;
}

static result take_body(struct byte_reader *r, struct observation *scan, struct event *e)
{
    switch (e->kind) {
    case EVENT_BOOT:
        return take_boot(r, &e->boot);
    case EVENT_FRAME: {
        uint32_t size = 0;
        TRY(byte_reader_u32(r, &size));
        return byte_reader_take(r, size, &e->frame);
    }
    case EVENT_REFUSED: {
        uint8_t refusal = 0;
        TRY(byte_reader_u8(r, &refusal));
        ENSURE(refusal < SESSION_REFUSAL_COUNT, ERR_FORMAT);
        e->refusal = (enum session_refusal)refusal;
        return OK;
    }
    case EVENT_COMMITTED:
        return byte_reader_u64(r, &e->position);
    case EVENT_SCAN:
        return take_scan(r, scan, e);
    case EVENT_POLICY:
        return take_policy(r, e);
    case EVENT_KEYS:
        return take_short(r, 1, KEY_LIST_BYTES_MAX, &e->keys);
    case EVENT_GRANTS:
        return take_short(r, 0, GRANT_SET_BYTES_MAX, &e->grants);
    case EVENT_ORDER:
        return take_order(r, &e->order);
    case EVENT_TICK:
    case EVENT_SHARE:
    case EVENT_LINK:
        return OK;
    case EVENT_NONE:
        break;
    }
    return ERR_FORMAT;
}

result event_decode(struct bytes in, struct observation *scan, struct event *out)
{
    assert(scan != NULL);
    struct byte_reader r = byte_reader_over(in);
    struct event e;
    memset(&e, 0, sizeof e);
    uint8_t kind = 0;
    TRY(byte_reader_u8(&r, &kind));
    ENSURE(kind > EVENT_NONE && kind < EVENT_KIND_COUNT, ERR_FORMAT);
    e.kind = (enum event_kind)kind;
    TRY(take_instant(&r, &e.time));
    ENSURE(instant_is_set(e.time), ERR_FORMAT);
    if (has_partner(e.kind)) {
        TRY(take_text(&r, e.partner.code, sizeof e.partner.code));
    }
    TRY(take_body(&r, scan, &e));
    ENSURE(byte_reader_left(&r) == 0, ERR_FORMAT);
    *out = e;
    return OK;
}
