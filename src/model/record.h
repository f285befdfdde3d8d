/* A record: the unit that one nation releases to another. Before release it is the owner's own
 * view; what a partner gets is made from it by share/release. */
#ifndef WATCHFIRE_MODEL_RECORD_H
#define WATCHFIRE_MODEL_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/id.h"
#include "base/instant.h"
#include "model/label.h"
#include "model/track.h"
#include "model/warning.h"

enum record_kind {
    RECORD_UNKNOWN,
    RECORD_TRACK,  /* a national track */
    RECORD_NOTICE, /* a launch notice: something was launched; sent at once */
    RECORD_WARNING /* the life of a warning to the owner's own people */
};
#define RECORD_KIND_COUNT 4

/* A short speakable name of an event, such as "AMBER-K417": capital letters, digits, '-', and a
 * NUL. */
struct event_name {
    char text[16];
};

struct notice {
    struct track_id track;          /* the national track that caused it */
    struct instant first_detection; /* of that track */
    bool withdrawn;                 /* the track was found false */
};

/* The life of one of the owner's warnings: no place names, no assessment. */
struct warning_notice {
    uint32_t serial;
    enum warning_state state;
    struct instant issued;
    struct instant expires;
    struct instant impact; /* predicted; unset = undetermined */
};

struct record {
    enum record_kind kind;
    struct instant made;
    struct label label;
    struct event_name event; /* the owner's name for the event */
    union {
        struct track track;
        struct notice notice;
        struct warning_notice warning;
    };
};

#endif
