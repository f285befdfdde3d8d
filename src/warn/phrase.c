#include "warn/phrase.h"

#include <assert.h>
#include <string.h>

#include "base/elementary.h"

struct phrase phrase_over(char *text, size_t capacity)
{
    assert(text != NULL);
    assert(capacity >= 1);
    text[0] = '\0';
    return (struct phrase){text, capacity, 0};
}

/* The length of the longest beginning of text that fits and does not cut a character. */
static size_t fitting(const char *text, size_t room)
{
    size_t size = strlen(text);
    if (size <= room) {
        return size;
    }
    size = room;
    while (size > 0 && ((unsigned char)text[size] & 0xC0U) == 0x80U) {
        size--;
    }
    return size;
}

void phrase_add(struct phrase *p, const char *text)
{
    assert(p->size < p->capacity);
    const size_t size = fitting(text, p->capacity - 1 - p->size);
    memcpy(p->text + p->size, text, size);
    p->size += size;
    p->text[p->size] = '\0';
    if (text[size] != '\0') {
        p->capacity = p->size + 1;
    }
}

void phrase_add_number(struct phrase *p, uint64_t value)
{
    char digits[24];
    size_t at = sizeof digits - 1;
    digits[at] = '\0';
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    phrase_add(p, digits + at);
}

void phrase_add_km(struct phrase *p, double distance_m)
{
    assert(distance_m >= 0.0 && distance_m <= 1e9);
    const uint64_t tenths = (uint64_t)elementary_floor(distance_m / 100.0 + 0.5);
    if (tenths < 100) {
        phrase_add_number(p, tenths / 10);
        phrase_add(p, ".");
        phrase_add_number(p, tenths % 10);
    } else {
        phrase_add_number(p, (uint64_t)elementary_floor(distance_m / 1000.0 + 0.5));
    }
    phrase_add(p, " km");
}

void phrase_add_wind(struct phrase *p, double azimuth_rad)
{
    static const char *const winds[16] = {"N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE",
                                          "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW"};
    assert(elementary_is_finite(azimuth_rad));
    const double turn = elementary_wrap_pi(azimuth_rad) / (2.0 * PI);
    const int sector = (int)elementary_floor(16.0 * turn + 16.5) % 16;
    phrase_add(p, winds[sector]);
}
