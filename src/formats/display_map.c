/* GeoJSON, CZML and KML: points and areas on a map. */
#include <jansson.h>
#include <string.h>

#include "base/elementary.h"
#include "base/utc.h"
#include "formats/display_part.h"
#include "formats/xml_writer.h"

#define NAME_SIZE 80
/* Of what is drawn: red for the object and where it comes down, amber for where it came from. */
#define RED 255
#define AMBER 176

/* Coordinates are rounded to a metre: more digits than anyone measured would be noise. */
static double rounded(double value, double unit)
{
    return elementary_floor(value / unit + 0.5) * unit;
}

/* Both take the value; without memory *container becomes NULL, and with it all that it was to be a
 * part of: nothing is left out unseen. */
static void set(json_t **container, const char *key, json_t *value)
{
    if (json_object_set_new(*container, key, value) != 0) {
        json_decref(*container);
        *container = NULL;
    }
}

static void append(json_t **container, json_t *value)
{
    if (json_array_append_new(*container, value) != 0) {
        json_decref(*container);
        *container = NULL;
    }
}

static json_t *json_point(struct geo_geodetic p)
{
    return json_pack("[f,f,f]", rounded(p.lon_rad * DEG_PER_RAD, 1e-5),
                     rounded(p.lat_rad * DEG_PER_RAD, 1e-5), rounded(p.height_m, 1.0));
}

static result write_json(json_t *root, char *out, size_t capacity, size_t *size)
{
    ENSURE(root != NULL, ERR_FULL);
    const size_t needed = json_dumpb(root, out, capacity, JSON_COMPACT | JSON_REAL_PRECISION(12));
    json_decref(root);
    ENSURE(needed > 0 && needed < capacity, ERR_FULL);
    out[needed] = '\0';
    *size = needed;
    return OK;
}

static json_t *json_properties(const struct display *d, const struct display_event *e,
                               const struct display_place *p)
{
    char time[UTC_TEXT_SIZE];
    json_t *o =
        json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s}", "event", e->name, "what", p->what, "domain",
                  domain_text(d->domain), "nation", d->nation.code, "time",
                  utc_format(p->time, 3, time), "status", track_status_text(e->track->status),
                  "class", missile_class_text(assessment_class(e->assessment)));
    if (p->has_area) {
        set(&o, "ellipse_95",
            json_pack("{s:f,s:f,s:f}", "semi_major_km", rounded(p->area.semi_major_m / 1e3, 1e-3),
                      "semi_minor_km", rounded(p->area.semi_minor_m / 1e3, 1e-3), "azimuth_deg",
                      rounded(p->area.azimuth_rad * DEG_PER_RAD, 1e-3)));
    }
    return o;
}

static json_t *json_feature(json_t *geometry, json_t *properties)
{
    return json_pack("{s:s,s:o,s:o}", "type", "Feature", "geometry", geometry, "properties",
                     properties);
}

static json_t *json_ring(const struct outline *o)
{
    json_t *ring = json_array();
    for (uint32_t i = 0; i < o->count; i++) {
        append(&ring, json_pack("[f,f]", rounded(o->points[i].lon_rad * DEG_PER_RAD, 1e-5),
                                rounded(o->points[i].lat_rad * DEG_PER_RAD, 1e-5)));
    }
    return ring;
}

result display_geojson(const struct display *d, char *out, size_t capacity, size_t *size)
{
    json_t *features = json_array();
    for (uint32_t i = 0; i < d->count; i++) {
        for (int part = 0; part < DISPLAY_PART_COUNT; part++) {
            const struct display_event *e = &d->events[i];
            struct display_place p;
            if (!display_place_of(e, (enum display_part)part, &p)) {
                continue;
            }
            append(&features, json_feature(json_pack("{s:s,s:o}", "type", "Point", "coordinates",
                                                     json_point(p.point)),
                                           json_properties(d, e, &p)));
            if (p.has_outline) {
                append(&features, json_feature(json_pack("{s:s,s:[o]}", "type", "Polygon",
                                                         "coordinates", json_ring(&p.outline)),
                                               json_properties(d, e, &p)));
            }
        }
    }
    return write_json(json_pack("{s:s,s:o}", "type", "FeatureCollection", "features", features),
                      out, capacity, size);
}

static void name_of(const struct display *d, const struct display_event *e,
                    const struct display_place *p, char out[NAME_SIZE])
{
    struct text t = text_over(out, NAME_SIZE);
    text_addf(&t, "%s%.20s %s", display_mark(d->domain), e->name, p->what);
}

static json_t *czml_packet(const struct display *d, const struct display_event *e,
                           const struct display_place *p, int part)
{
    char id[NAME_SIZE];
    char name[NAME_SIZE];
    struct text t = text_over(id, sizeof id);
    text_addf(&t, "%.20s/%s", e->name, p->what);
    name_of(d, e, p, name);
    const int green = part == PART_LAUNCH ? AMBER : 0;
    json_t *packet = json_pack(
        "{s:s,s:s,s:{s:o},s:{s:i,s:{s:[i,i,i,i]}},s:{s:s},s:o}", "id", id, "name", name, "position",
        "cartographicDegrees", json_point(p->point), "point", "pixelSize", 8, "color", "rgba", RED,
        green, 0, 255, "label", "text", name, "properties", json_properties(d, e, p));
    if (p->has_area) {
        /* Cesium turns it against the clock; unturned its greater axis points north. */
        set(&packet, "ellipse",
            json_pack("{s:f,s:f,s:f,s:{s:{s:{s:[i,i,i,i]}}}}", "semiMajorAxis",
                      rounded(p->area.semi_major_m, 1.0), "semiMinorAxis",
                      rounded(p->area.semi_minor_m, 1.0), "rotation",
                      rounded(-p->area.azimuth_rad, 1e-6), "material", "solidColor", "color",
                      "rgba", RED, green, 0, 64));
    }
    return packet;
}

result display_czml(const struct display *d, char *out, size_t capacity, size_t *size)
{
    char title[NAME_SIZE];
    struct text t = text_over(title, sizeof title);
    text_addf(&t, "%sWatchfire %s", display_mark(d->domain), d->nation.code);
    json_t *packets =
        json_pack("[{s:s,s:s,s:s}]", "id", "document", "name", title, "version", "1.0");
    for (uint32_t i = 0; i < d->count; i++) {
        for (int part = 0; part < DISPLAY_PART_COUNT; part++) {
            struct display_place p;
            if (display_place_of(&d->events[i], (enum display_part)part, &p)) {
                append(&packets, czml_packet(d, &d->events[i], &p, part));
            }
        }
    }
    return write_json(packets, out, capacity, size);
}

static void kml_coordinates(struct xml_writer *x, const struct outline *o)
{
    char text[OUTLINE_POINTS * 24];
    struct text t = text_over(text, sizeof text);
    for (uint32_t i = 0; i < o->count; i++) {
        text_addf(&t, "%s%.5f,%.5f", i > 0 ? " " : "", o->points[i].lon_rad * DEG_PER_RAD,
                  o->points[i].lat_rad * DEG_PER_RAD);
    }
    xml_open(x, "Polygon");
    xml_open(x, "outerBoundaryIs");
    xml_open(x, "LinearRing");
    xml_element(x, "coordinates", text);
    xml_close(x);
    xml_close(x);
    xml_close(x);
}

static void kml_placemark(struct xml_writer *x, const struct display *d,
                          const struct display_event *e, const struct display_place *p)
{
    char name[NAME_SIZE];
    char time[UTC_TEXT_SIZE];
    name_of(d, e, p, name);
    xml_open(x, "Placemark");
    xml_element(x, "name", name);
    xml_elementf(x, "description", "%s, %s", track_status_text(e->track->status),
                 missile_class_text(assessment_class(e->assessment)));
    xml_open(x, "TimeStamp");
    xml_element(x, "when", utc_format(p->time, 0, time));
    xml_close(x);
    xml_open(x, "MultiGeometry");
    xml_open(x, "Point");
    xml_element(x, "altitudeMode", p->point.height_m > 0.0 ? "absolute" : "clampToGround");
    xml_elementf(x, "coordinates", "%.5f,%.5f,%.0f", p->point.lon_rad * DEG_PER_RAD,
                 p->point.lat_rad * DEG_PER_RAD, p->point.height_m);
    xml_close(x);
    if (p->has_outline) {
        kml_coordinates(x, &p->outline);
    }
    xml_close(x);
    xml_close(x);
}

result display_kml(const struct display *d, char *out, size_t capacity, size_t *size)
{
    struct xml_writer x;
    xml_start(&x, out, capacity);
    xml_open(&x, "kml");
    xml_attribute(&x, "xmlns", "http://www.opengis.net/kml/2.2");
    xml_open(&x, "Document");
    xml_elementf(&x, "name", "%sWatchfire %s", display_mark(d->domain), d->nation.code);
    for (uint32_t i = 0; i < d->count; i++) {
        for (int part = 0; part < DISPLAY_PART_COUNT; part++) {
            struct display_place p;
            if (display_place_of(&d->events[i], (enum display_part)part, &p)) {
                kml_placemark(&x, d, &d->events[i], &p);
            }
        }
    }
    xml_close(&x);
    xml_close(&x);
    return xml_finish(&x, size);
}
