/* Cursor on Target, for TAK clients: as XML, and as messages of the TAK protocol.
 *
 * Both carry the same events. Of an object: type a-u-A-W-M (atom, affiliation unknown, air, weapon,
 * missile), how m-g-e (machine, generated, estimated), the point with circular and linear error,
 * and the track. Of an area: type u-d-c-e (a drawn ellipse) round the point of launch or impact. */
#include <assert.h>
#include <string.h>

#include "base/elementary.h"
#include "base/utc.h"
#include "formats/display_part.h"
#include "formats/xml_writer.h"

/* For how long a display may show it without anything newer. */
#define STALE_OBJECT_S 30.0
#define STALE_AREA_S 600.0
#define UNKNOWN_ERROR_M 9999999.0 /* CoT's own "not known" */
#define UID_SIZE 96
#define DETAIL_SIZE 1024

struct cot {
    const struct display_event *event;
    char uid[UID_SIZE];
    const char *type;
    struct instant start;
    struct instant stale;
    struct geo_geodetic point;
    double ce_m;
    double le_m;
    bool is_object;
    double speed_mps;
    double course_deg;
};

static const char *opex_of(enum domain domain)
{
    return domain == DOMAIN_LIVE ? "o" : domain == DOMAIN_EXERCISE ? "e" : "s";
}

/* One sigma of the position, m: the root of the mean of the variances of two axes, and of one. */
static double error_m(const double covariance[36], int axes)
{
    const double sum = covariance[0] + covariance[7] + covariance[14];
    return sqrt(sum * axes / 3.0);
}

/* Of the parts of all events the one of this number, below the count of events times that of parts.
 * False if there is nothing to show of it. */
static bool cot_of(const struct display *d, uint32_t number, struct display_place *p,
                   struct cot *out)
{
    const struct display_event *e = &d->events[number / DISPLAY_PART_COUNT];
    const enum display_part part = (enum display_part)(number % DISPLAY_PART_COUNT);
    if (!display_place_of(e, part, p)) {
        return false;
    }
    memset(out, 0, sizeof *out);
    out->event = e;
    struct text uid = text_over(out->uid, sizeof out->uid);
    text_addf(&uid, "watchfire.%s.%s.%.20s.%s", d->nation.code, domain_text(d->domain), e->name,
              p->what);
    out->is_object = part == PART_OBJECT;
    out->type = out->is_object ? "a-u-A-W-M" : "u-d-c-e";
    out->start = p->time;
    /* What lies ahead starts now. */
    if (!out->is_object || instant_before(d->now, out->start)) {
        out->start = d->now;
    }
    out->stale = instant_plus_s(d->now, out->is_object ? STALE_OBJECT_S : STALE_AREA_S);
    out->point = p->point;
    out->ce_m = p->has_area ? p->area.semi_major_m : UNKNOWN_ERROR_M;
    out->le_m = UNKNOWN_ERROR_M;
    if (out->is_object) {
        out->ce_m = error_m(e->track->covariance, 2);
        out->le_m = error_m(e->track->covariance, 1);
        display_course(p->point, e->track->velocity, &out->speed_mps, &out->course_deg);
    }
    return out->is_object || p->has_area;
}

static void put_detail(struct xml_writer *x, const struct display *d, const struct display_event *e,
                       const struct display_place *p, const struct cot *c)
{
    xml_open(x, "contact");
    xml_attributef(x, "callsign", "%s%.20s %s", display_mark(d->domain), e->name, p->what);
    xml_close(x);
    if (c->is_object) {
        xml_open(x, "track");
        xml_attributef(x, "course", "%.1f", c->course_deg);
        xml_attributef(x, "speed", "%.1f", c->speed_mps);
        xml_close(x);
    } else {
        xml_open(x, "shape");
        xml_open(x, "ellipse");
        xml_attributef(x, "major", "%.0f", p->area.semi_major_m);
        xml_attributef(x, "minor", "%.0f", p->area.semi_minor_m);
        xml_attributef(x, "angle", "%.1f", p->area.azimuth_rad * DEG_PER_RAD);
        xml_close(x);
        xml_close(x);
    }
    xml_elementf(x, "remarks", "%s%s, %s", display_mark(d->domain),
                 track_status_text(e->track->status),
                 missile_class_text(assessment_class(e->assessment)));
}

static void put_time(struct xml_writer *x, const char *name, struct instant t)
{
    char text[UTC_TEXT_SIZE];
    xml_attribute(x, name, utc_format(t, 3, text));
}

static void put_event(struct xml_writer *x, const struct display *d, const struct display_event *e,
                      const struct display_place *p, const struct cot *c)
{
    xml_open(x, "event");
    xml_attribute(x, "version", "2.0");
    xml_attribute(x, "uid", c->uid);
    xml_attribute(x, "type", c->type);
    xml_attribute(x, "opex", opex_of(d->domain));
    put_time(x, "time", d->now);
    put_time(x, "start", c->start);
    put_time(x, "stale", c->stale);
    xml_attribute(x, "how", "m-g-e");
    xml_open(x, "point");
    xml_attributef(x, "lat", "%.6f", c->point.lat_rad * DEG_PER_RAD);
    xml_attributef(x, "lon", "%.6f", c->point.lon_rad * DEG_PER_RAD);
    xml_attributef(x, "hae", "%.1f", c->point.height_m);
    xml_attributef(x, "ce", "%.1f", c->ce_m);
    xml_attributef(x, "le", "%.1f", c->le_m);
    xml_close(x);
    xml_open(x, "detail");
    put_detail(x, d, e, p, c);
    xml_close(x);
    xml_close(x);
}

result display_cot(const struct display *d, char *out, size_t capacity, size_t *size)
{
    struct xml_writer x;
    xml_start(&x, out, capacity);
    xml_open(&x, "events");
    for (uint32_t i = 0; i < d->count * DISPLAY_PART_COUNT; i++) {
        struct display_place p;
        struct cot c;
        if (cot_of(d, i, &p, &c)) {
            put_event(&x, d, c.event, &p, &c);
        }
    }
    xml_close(&x);
    return xml_finish(&x, size);
}

/* Protocol Buffers by hand: a tag is the field's number and its wire type (0 varint, 1 eight bytes,
 * 2 bytes with their length). */
struct proto {
    uint8_t *data;
    size_t capacity;
    size_t size;
    bool full;
};

static void put_byte(struct proto *p, uint8_t byte)
{
    if (p->size < p->capacity) {
        p->data[p->size] = byte;
        p->size++;
    } else {
        p->full = true;
    }
}

static void put_varint(struct proto *p, uint64_t value)
{
    while (value >= 128) {
        put_byte(p, (uint8_t)(value | 128));
        value >>= 7;
    }
    put_byte(p, (uint8_t)value);
}

static void put_number(struct proto *p, unsigned field, uint64_t value)
{
    put_varint(p, field << 3);
    put_varint(p, value);
}

static void put_double(struct proto *p, unsigned field, double value)
{
    uint64_t bits = 0;
    memcpy(&bits, &value, sizeof bits);
    put_varint(p, field << 3 | 1);
    for (int i = 0; i < 8; i++) {
        put_byte(p, (uint8_t)(bits >> (8 * i)));
    }
}

static void put_bytes(struct proto *p, unsigned field, const void *data, size_t size)
{
    put_varint(p, field << 3 | 2);
    put_varint(p, size);
    for (size_t i = 0; i < size; i++) {
        put_byte(p, ((const uint8_t *)data)[i]);
    }
}

static void put_text(struct proto *p, unsigned field, const char *text)
{
    put_bytes(p, field, text, strlen(text));
}

static uint64_t unix_ms(struct instant t)
{
    return (uint64_t)((t.tai_ns - utc_tai_offset_s(t) * NS_PER_S) / NS_PER_MS);
}

/* detail.proto: xmlDetail 1, contact 2 (callsign 2), track 7 (speed 1, course 2). */
static void put_tak_detail(struct proto *event, const struct display *d,
                           const struct display_event *e, const struct display_place *p,
                           const struct cot *c)
{
    uint8_t detail_data[DETAIL_SIZE];
    uint8_t part_data[256];
    char name[80];
    struct proto detail = {detail_data, sizeof detail_data, 0, false};
    struct proto part = {part_data, sizeof part_data, 0, false};
    struct text t = text_over(name, sizeof name);
    if (!c->is_object) {
        char xml[256];
        struct text shape = text_over(xml, sizeof xml);
        text_addf(&shape, "<shape><ellipse major=\"%.0f\" minor=\"%.0f\" angle=\"%.1f\"/></shape>",
                  p->area.semi_major_m, p->area.semi_minor_m, p->area.azimuth_rad * DEG_PER_RAD);
        put_text(&detail, 1, xml);
    }
    text_addf(&t, "%s%.20s %s", display_mark(d->domain), e->name, p->what);
    put_text(&part, 2, name);
    put_bytes(&detail, 2, part.data, part.size);
    if (c->is_object) {
        part.size = 0;
        put_double(&part, 1, c->speed_mps);
        put_double(&part, 2, c->course_deg);
        put_bytes(&detail, 7, part.data, part.size);
    }
    assert(!detail.full && !part.full); /* names are cut to 20 bytes */
    put_bytes(event, 15, detail.data, detail.size);
}

/* cotevent.proto, in a takmessage.proto (cotEvent 2), behind the header of a stream. */
static void put_tak(struct proto *out, const struct display *d, const struct display_event *e,
                    const struct display_place *p, const struct cot *c)
{
    uint8_t event_data[DETAIL_SIZE * 2];
    uint8_t message_data[DETAIL_SIZE * 2 + 16];
    struct proto event = {event_data, sizeof event_data, 0, false};
    struct proto message = {message_data, sizeof message_data, 0, false};
    put_text(&event, 1, c->type);
    put_text(&event, 4, opex_of(d->domain));
    put_text(&event, 5, c->uid);
    put_number(&event, 6, unix_ms(d->now));
    put_number(&event, 7, unix_ms(c->start));
    put_number(&event, 8, unix_ms(c->stale));
    put_text(&event, 9, "m-g-e");
    put_double(&event, 10, c->point.lat_rad * DEG_PER_RAD);
    put_double(&event, 11, c->point.lon_rad * DEG_PER_RAD);
    put_double(&event, 12, c->point.height_m);
    put_double(&event, 13, c->ce_m);
    put_double(&event, 14, c->le_m);
    put_tak_detail(&event, d, e, p, c);
    put_bytes(&message, 2, event.data, event.size);
    assert(!event.full && !message.full);
    put_byte(out, 0xbf);
    put_varint(out, message.size);
    for (size_t i = 0; i < message.size; i++) {
        put_byte(out, message.data[i]);
    }
}

result display_tak(const struct display *d, char *out, size_t capacity, size_t *size)
{
    struct proto stream = {(uint8_t *)out, capacity, 0, false};
    for (uint32_t i = 0; i < d->count * DISPLAY_PART_COUNT; i++) {
        struct display_place p;
        struct cot c;
        if (cot_of(d, i, &p, &c)) {
            put_tak(&stream, d, c.event, &p, &c);
        }
    }
    ENSURE(!stream.full, ERR_FULL);
    *size = stream.size;
    return OK;
}
