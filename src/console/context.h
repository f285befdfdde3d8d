/* What a page shows that is not in the engine's view: names of places, and the running exercise.
 *
 * The console may not ask the gazetteer, so the caller lends it functions. */
#ifndef WATCHFIRE_CONSOLE_CONTEXT_H
#define WATCHFIRE_CONSOLE_CONTEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/id.h"
#include "base/instant.h"
#include "model/assessment.h"
#include "model/language.h"
#include "model/warning.h"

#define CONSOLE_PLACE_SIZE 160 /* a description of a place, with its NUL */
#define CONSOLE_TITLE_SIZE 128
#define CONSOLE_NOTE_SIZE 160
#define CONSOLE_HEALTH_SIZE 240
#define CONSOLE_HEALTH_MAX 12
#define CONSOLE_OUTLET_SIZE 48
#define CONSOLE_RECEIPT_SIZE 160
#define CONSOLE_OUTLETS_MAX 8
#define CONSOLE_TOLD_MAX 256

struct console_area {
    const char *names[LANGUAGE_COUNT]; /* UTF-8, as long as the lender's data */
    struct nation_id nation;           /* that it lies in */
};

struct console_near {
    int32_t province;
    double distance_m;  /* 0 inside */
    double azimuth_rad; /* from the province to the point, [0, 2 pi) */
};

struct console_places {
    const void *data; /* handed to all functions; must outlive the console */
    /* False if the index is unknown. */
    bool (*province)(const void *data, int32_t province, struct console_area *out);
    /* The province nearest to a point; false if it is no position. */
    bool (*nearest)(const void *data, struct geo_geodetic point, struct console_near *out);
    /* Writes where a point is, in words ("land in X", "112 km east of Y"), at most size with the
     * NUL. May leave it empty. */
    void (*describe)(const void *data, struct geo_geodetic point, char *out, size_t size);
    /* The name of the announced launch window in which a launch was, valid for the call; NULL = in
     * none. The function may be NULL; it gets `windows`. */
    const char *(*announced)(const void *windows, const struct launch_estimate *launch);
    const void *windows;
};

/* Something that is wrong with the node itself. */
struct console_health {
    bool is_alarm;
    struct instant from;            /* since when */
    char what[CONSOLE_HEALTH_SIZE]; /* a sentence without its stop */
    const char *todo;               /* static storage */
};

/* The latest message of a warning on its way to people by one outlet. */
struct console_outlet {
    char name[CONSOLE_OUTLET_SIZE];
    uint8_t needs;       /* how many officers have to agree */
    bool ordered;        /* it goes there, or went */
    struct instant done; /* when it was taken; unset = not yet */
    uint32_t tries;
    char receipt[CONSOLE_RECEIPT_SIZE]; /* the answer, or what was wrong last */
};

/* What became of one event's warning. */
struct console_told {
    struct event_id event;
    enum warning_state state; /* of the latest message */
    struct instant time;
    uint32_t agreed; /* officers who agreed to it */
    uint32_t outlet_count;
    struct console_outlet outlets[CONSOLE_OUTLETS_MAX];
};

struct console_context {
    char title[CONSOLE_TITLE_SIZE]; /* of the scenario, or of the watch; may be empty */
    char note
        [CONSOLE_NOTE_SIZE]; /* what the operator is to know now ("fast forward"); may be empty */
    struct instant start;    /* T+0 of the clock; unset = show no T+ */
    double speed;            /* seconds of the view's clock in a second; 0 = it stands still */
    uint32_t health_count;   /* the most urgent first */
    uint32_t health_more;    /* that are not among them */
    struct console_health health[CONSOLE_HEALTH_MAX];
    /* Why an exercise is suspended; empty = it is not. */
    char suspended[CONSOLE_NOTE_SIZE];
    bool finished;       /* nothing more will come: say so, and do not call it an outage */
    uint32_t told_count; /* where there are outlets; a later one of the same event counts */
    struct console_told told[CONSOLE_TOLD_MAX];
};

#endif
