/* Text for people, put together in the caller's buffer without the C library's formatting.
 *
 * What does not fit is left out, from a whole character of UTF-8 on, and everything after it; the
 * text always ends with a NUL.
 * A phrase is a view of the caller's buffer and lives no longer than it. */
#ifndef WATCHFIRE_WARN_PHRASE_H
#define WATCHFIRE_WARN_PHRASE_H

#include <stddef.h>
#include <stdint.h>

struct phrase {
    char *text;
    size_t capacity; /* of text, with room for the NUL; shut to size + 1 once something was cut */
    size_t size;     /* without the NUL */
};

/* Starts an empty phrase; capacity >= 1. */
struct phrase phrase_over(char *text, size_t capacity);

void phrase_add(struct phrase *p, const char *text);

void phrase_add_number(struct phrase *p, uint64_t value);

/* Whole kilometres ("412 km"), below 10 km with one decimal ("3.4 km"). distance_m is finite, >= 0
 * and at most 1e9. */
void phrase_add_km(struct phrase *p, double distance_m);

/* One of the sixteen winds ("ENE") of an azimuth from true north clockwise, rad, finite. */
void phrase_add_wind(struct phrase *p, double azimuth_rad);

#endif
