/* What is known of launches, for displays that people have already: TAK clients, Cesium, maps, and
 * orbit software. One picture in, one document out.
 *
 * Each function writes at most `capacity` bytes and the length to *size; text ends with a NUL that
 * does not count. ERR_FULL if it does not fit; *size is then unchanged. What is undetermined is
 * left out, never invented. */
#ifndef WATCHFIRE_FORMATS_DISPLAY_H
#define WATCHFIRE_FORMATS_DISPLAY_H

#include <stddef.h>
#include <stdint.h>

#include "base/result.h"
#include "model/assessment.h"
#include "model/domain.h"
#include "model/track.h"

/* Borrowed. */
struct display_event {
    const char *name;          /* "AMBER-K417" */
    const struct track *track; /* the common solution */
    const struct assessment *assessment;
};

struct display {
    struct nation_id nation; /* whose picture it is */
    enum domain domain;
    struct instant now;
    uint32_t count;
    const struct display_event *events;
};

/* GeoJSON (RFC 7946): the object, the launch and the impact, and their 95 % areas. */
MUST_USE result display_geojson(const struct display *d, char *out, size_t capacity, size_t *size);

/* CZML for Cesium: a document and the same things, each a packet. */
MUST_USE result display_czml(const struct display *d, char *out, size_t capacity, size_t *size);

/* KML 2.2 (OGC 07-147r2): the same things as placemarks. */
MUST_USE result display_kml(const struct display *d, char *out, size_t capacity, size_t *size);

/* Cursor on Target 2.0 (MITRE MP 090284): an event element for each, in one element `events`; the
 * objects as a-u-A-W-M (air, unknown, missile), areas as ellipses. `opex` says what is exercise. */
MUST_USE result display_cot(const struct display *d, char *out, size_t capacity, size_t *size);

/* The same objects as the TAK protocol's version 1 on a stream: for each 0xbf, the length, and a
 * TakMessage. */
MUST_USE result display_tak(const struct display *d, char *out, size_t capacity, size_t *size);

/* CCSDS 502.0-B-3: an Orbit Ephemeris Message with a segment for each object: the state and its
 * covariance, Earth-fixed. */
MUST_USE result display_oem(const struct display *d, char *out, size_t capacity, size_t *size);

/* CCSDS 508.1-B-1: a Re-entry Data Message of the one event; ERR_RANGE for another number of
 * events, or if the impact is undetermined. */
MUST_USE result display_rdm(const struct display *d, char *out, size_t capacity, size_t *size);

#endif
