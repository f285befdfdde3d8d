#include "formats/asterix_text.h"

#include <assert.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/utc.h"
#include "formats/asterix_category.h"

/* TYP of I048/020. */
static const char *detection_text(uint8_t detection)
{
    static const char *const TEXTS[] = {"no detection",
                                        "single PSR",
                                        "single SSR",
                                        "SSR and PSR",
                                        "single Mode S all-call",
                                        "single Mode S roll-call",
                                        "Mode S all-call and PSR",
                                        "Mode S roll-call and PSR"};
    assert(detection < sizeof TEXTS / sizeof TEXTS[0]);
    return TEXTS[detection];
}

/* I034/000. */
static const char *message_text(uint8_t message_type)
{
    static const char *const TEXTS[] = {
        "undefined message", "north marker", "sector crossing",    "geographical filtering",
        "jamming strobe",    "solar storm",  "SSR jamming strobe", "Mode S jamming strobe"};
    return TEXTS[message_type < sizeof TEXTS / sizeof TEXTS[0] ? message_type : 0];
}

struct line {
    char *text;
    size_t size;
};

/* Appends, and cuts at the end of the line's room. */
__attribute__((format(printf, 2, 3))) static void put(struct line *l, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const int size = vsnprintf(l->text + l->size, ASTERIX_TEXT_SIZE - l->size, format, arguments);
    va_end(arguments);
    assert(size >= 0);
    const size_t room = ASTERIX_TEXT_SIZE - 1 - l->size;
    l->size += (size_t)size < room ? (size_t)size : room;
}

static void put_time(struct line *l, const struct asterix_record *r)
{
    const unsigned ms = (unsigned)(r->time_of_day_s * 1000.0);
    put(l, " %02u:%02u:%02u.%03u", ms / 3600000u, ms / 60000u % 60, ms / 1000u % 60, ms % 1000u);
}

static const char *quality_text(struct asterix_quality quality)
{
    if (quality.is_not_validated) {
        return quality.is_garbled ? " (not validated, garbled)" : " (not validated)";
    }
    return quality.is_garbled ? " (garbled)" : "";
}

static void put_service(struct line *l, const struct asterix_record *r)
{
    if (asterix_record_has(r, ASTERIX_MESSAGE_TYPE)) {
        put(l, " %s", message_text(r->message_type));
    }
    if (asterix_record_has(r, ASTERIX_SECTOR)) {
        put(l, ", sector %u (%.3f deg)", r->sector_number, r->sector_number * 360.0 / 256.0);
    }
    if (asterix_record_has(r, ASTERIX_ROTATION)) {
        put(l, ", rotation %.3f s", r->rotation_period_s);
    }
    if (asterix_record_has(r, ASTERIX_SOURCE_POSITION)) {
        put(l, ", radar at %.5f %.5f, %.0f m", r->source_lat_deg, r->source_lon_deg,
            r->source_height_m);
    }
}

static void put_position(struct line *l, const struct asterix_record *r)
{
    if (asterix_record_has(r, ASTERIX_DESCRIPTOR)) {
        put(l, " %s%s%s%s", detection_text(r->detection), r->is_simulated ? ", simulated" : "",
            r->is_test ? ", test" : "", r->is_field_monitor ? ", field monitor" : "");
    }
    if (asterix_record_has(r, ASTERIX_POLAR)) {
        put(l, ", range %.3f NM azimuth %.3f deg", r->range_nm, r->azimuth_deg);
    }
    if (asterix_record_has(r, ASTERIX_CARTESIAN)) {
        put(l, ", x %.3f y %.3f NM", r->x_nm, r->y_nm);
    }
    if (asterix_record_has(r, ASTERIX_FLIGHT_LEVEL)) {
        put(l, ", FL %.2f%s", r->flight_level, quality_text(r->flight_level_quality));
    }
    if (asterix_record_has(r, ASTERIX_HEIGHT)) {
        put(l, ", height %.0f ft", r->height_ft);
    }
}

static void put_aircraft(struct line *l, const struct asterix_record *r)
{
    if (asterix_record_has(r, ASTERIX_MODE_3A)) {
        put(l, ", mode 3/A %04o%s%s", (unsigned)r->mode_3a, quality_text(r->mode_3a_quality),
            r->mode_3a_is_old ? " (old)" : "");
    }
    if (asterix_record_has(r, ASTERIX_ADDRESS)) {
        put(l, ", address %06X", (unsigned)r->aircraft_address);
    }
    if (asterix_record_has(r, ASTERIX_IDENTIFICATION)) {
        put(l, ", \"%s\"", r->identification);
    }
    if (asterix_record_has(r, ASTERIX_TRACK_NUMBER)) {
        put(l, ", track %u", (unsigned)r->track_number);
    }
    if (asterix_record_has(r, ASTERIX_TRACK_STATUS)) {
        put(l, "%s%s", r->track_is_tentative ? " (tentative)" : "",
            r->track_has_ended ? " (ended)" : "");
    }
    if (asterix_record_has(r, ASTERIX_VELOCITY)) {
        put(l, ", %.1f kt heading %.2f deg", r->ground_speed_kt, r->heading_deg);
    }
}

const char *asterix_text(const struct asterix_record *r, char out[ASTERIX_TEXT_SIZE])
{
    struct line l = {out, 0};
    put(&l, "byte %zu CAT %03d source %u/%u", r->offset, r->category->number,
        (unsigned)r->system_area, (unsigned)r->system_identification);
    if (asterix_record_has(r, ASTERIX_TIME_OF_DAY)) {
        put_time(&l, r);
    }
    put_service(&l, r);
    put_position(&l, r);
    put_aircraft(&l, r);
    return out;
}

/* A JSON object under construction: once a member could not be added, it stays failed. */
struct object {
    json_t *json;
    bool has_failed;
};

static void set(struct object *o, const char *name, json_t *value)
{
    o->has_failed |= json_object_set_new(o->json, name, value) != 0;
}

static void set_real(struct object *o, const char *name, double value)
{
    set(o, name, json_real(value));
}

static void set_integer(struct object *o, const char *name, uint32_t value)
{
    set(o, name, json_integer((json_int_t)value));
}

static void set_quality(struct object *o, const char *validated, const char *garbled,
                        struct asterix_quality quality)
{
    set(o, validated, json_boolean(!quality.is_not_validated));
    set(o, garbled, json_boolean(quality.is_garbled));
}

static void set_header(struct object *o, const struct asterix_record *r, struct instant captured)
{
    set_integer(o, "category", r->category->number);
    set(o, "offset", json_integer((json_int_t)r->offset));
    if (instant_is_set(captured)) {
        char text[UTC_TEXT_SIZE];
        set(o, "captured", json_string(utc_format(captured, 6, text)));
    }
    set(o, "data_source",
        json_pack("{s:i,s:i}", "sac", (int)r->system_area, "sic", (int)r->system_identification));
    json_t *items = json_array();
    for (size_t i = 0; i < r->category->item_count; i++) {
        if ((r->items >> i & 1) != 0) {
            o->has_failed |=
                json_array_append_new(items, json_string(r->category->items[i].number)) != 0;
        }
    }
    set(o, "items", items);
    if (asterix_record_has(r, ASTERIX_TIME_OF_DAY)) {
        set_real(o, "time_of_day_s", r->time_of_day_s);
    }
}

static void set_service(struct object *o, const struct asterix_record *r)
{
    if (asterix_record_has(r, ASTERIX_MESSAGE_TYPE)) {
        set_integer(o, "message_type", r->message_type);
        set(o, "message", json_string(message_text(r->message_type)));
    }
    if (asterix_record_has(r, ASTERIX_SECTOR)) {
        set_integer(o, "sector_number", r->sector_number);
        set_real(o, "sector_azimuth_deg", r->sector_number * 360.0 / 256.0);
    }
    if (asterix_record_has(r, ASTERIX_ROTATION)) {
        set_real(o, "rotation_period_s", r->rotation_period_s);
    }
    if (asterix_record_has(r, ASTERIX_SOURCE_POSITION)) {
        set_real(o, "source_lat_deg", r->source_lat_deg);
        set_real(o, "source_lon_deg", r->source_lon_deg);
        set_real(o, "source_height_m", r->source_height_m);
    }
}

static void set_position(struct object *o, const struct asterix_record *r)
{
    if (asterix_record_has(r, ASTERIX_DESCRIPTOR)) {
        set_integer(o, "detection_type", r->detection);
        set(o, "detection", json_string(detection_text(r->detection)));
        set(o, "simulated", json_boolean(r->is_simulated));
        set(o, "test", json_boolean(r->is_test));
        set(o, "field_monitor", json_boolean(r->is_field_monitor));
    }
    if (asterix_record_has(r, ASTERIX_POLAR)) {
        set_real(o, "range_nm", r->range_nm);
        set_real(o, "azimuth_deg", r->azimuth_deg);
    }
    if (asterix_record_has(r, ASTERIX_CARTESIAN)) {
        set_real(o, "x_nm", r->x_nm);
        set_real(o, "y_nm", r->y_nm);
    }
    if (asterix_record_has(r, ASTERIX_FLIGHT_LEVEL)) {
        set_real(o, "flight_level", r->flight_level);
        set_quality(o, "flight_level_validated", "flight_level_garbled", r->flight_level_quality);
    }
    if (asterix_record_has(r, ASTERIX_HEIGHT)) {
        set_real(o, "height_ft", r->height_ft);
    }
}

static void set_aircraft(struct object *o, const struct asterix_record *r)
{
    if (asterix_record_has(r, ASTERIX_MODE_3A)) {
        set(o, "mode_3a", json_sprintf("%04o", (unsigned)r->mode_3a));
        set_quality(o, "mode_3a_validated", "mode_3a_garbled", r->mode_3a_quality);
        set(o, "mode_3a_old", json_boolean(r->mode_3a_is_old));
    }
    if (asterix_record_has(r, ASTERIX_ADDRESS)) {
        set(o, "aircraft_address", json_sprintf("%06X", (unsigned)r->aircraft_address));
    }
    if (asterix_record_has(r, ASTERIX_IDENTIFICATION)) {
        set(o, "aircraft_identification", json_string(r->identification));
    }
    if (asterix_record_has(r, ASTERIX_TRACK_NUMBER)) {
        set_integer(o, "track_number", r->track_number);
    }
    if (asterix_record_has(r, ASTERIX_TRACK_STATUS)) {
        set(o, "track_tentative", json_boolean(r->track_is_tentative));
        set(o, "track_ended", json_boolean(r->track_has_ended));
    }
    if (asterix_record_has(r, ASTERIX_VELOCITY)) {
        set_real(o, "ground_speed_kt", r->ground_speed_kt);
        set_real(o, "heading_deg", r->heading_deg);
    }
}

result asterix_json(const struct asterix_record *r, struct instant captured, char **out)
{
    struct object o = {json_object(), false};
    set_header(&o, r, captured);
    set_service(&o, r);
    set_position(&o, r);
    set_aircraft(&o, r);
    char *text = o.has_failed ? NULL : json_dumps(o.json, JSON_COMPACT);
    json_decref(o.json);
    ENSURE(text != NULL, ERR_FULL);
    *out = text;
    return OK;
}
