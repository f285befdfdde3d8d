/* Identifiers are one-member structs, so that the compiler tells a track from a sensor. */
#ifndef WATCHFIRE_BASE_ID_H
#define WATCHFIRE_BASE_ID_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Three capital letters of ISO 3166-1 and a NUL: "KOR". All zero = unset. */
struct nation_id {
    char code[4];
};

/* A sensor's name within its own nation, NUL-terminated; never leaves the nation. */
struct sensor_id {
    char text[16];
};

/* A national track's number, unique within its owner and domain; 0 = unset. */
struct track_id {
    uint64_t value;
};

/* One launch (or what is taken for one), unique within the nation that keeps it; 0 = unset. */
struct event_id {
    uint64_t value;
};

static inline bool nation_id_equal(struct nation_id a, struct nation_id b)
{
    return memcmp(a.code, b.code, sizeof a.code) == 0;
}

static inline bool nation_id_is_set(struct nation_id a)
{
    return a.code[0] != '\0';
}

static inline bool sensor_id_equal(struct sensor_id a, struct sensor_id b)
{
    return memcmp(a.text, b.text, sizeof a.text) == 0;
}

/* Reads three capital letters; false for anything else, out then unchanged. */
static inline bool nation_id_parse(const char *text, struct nation_id *out)
{
    for (int i = 0; i < 3; i++) {
        if (text[i] < 'A' || text[i] > 'Z') {
            return false;
        }
    }
    if (text[3] != '\0') {
        return false;
    }
    memcpy(out->code, text, 4);
    return true;
}

/* Reads 1 to 15 letters, digits, '-', '_' or '.'; false for anything else, out then unchanged. */
bool sensor_id_parse(const char *text, struct sensor_id *out);

#endif
