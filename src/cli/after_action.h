/* What a journal says of one launch, gathered while it is played again: for the report after it. */
#ifndef WATCHFIRE_CLI_AFTER_ACTION_H
#define WATCHFIRE_CLI_AFTER_ACTION_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/engine.h"
#include "node/happening.h"
#include "node/public_message.h"

#define AFTER_SAMPLES_MAX 8192
#define AFTER_LINES_MAX 1024
#define AFTER_WARNINGS_MAX 128

/* The common solution, once a second. */
struct after_sample {
    struct instant time;
    struct geo_geodetic point;
    enum track_status status;
};

struct after_line {
    struct instant time;
    char text[HAPPENING_TEXT_SIZE];
};

struct after_warning {
    struct warning warning;
    char id[PUBLIC_ID_SIZE];
    char title[PUBLIC_HEADLINE_SIZE];
};

/* One nation's part in the picture, and what of ours it got. */
struct after_nation {
    struct nation_id nation;
    struct event_name name;    /* what it calls the launch; empty = it said nothing of it */
    struct instant first_from; /* its first record about this launch came; own: first track */
    struct instant last_from;
    uint64_t taken; /* records of it */
    struct instant first_to;
    uint64_t released;
    uint64_t withheld[RELEASE_WHY_COUNT];
};

struct after_action {
    const char *wanted; /* an event's number or one of its names */
    bool found;
    struct event_id event;
    struct event_name name;
    struct event_name own_name;
    struct nation_id nation; /* whose journal it is */
    enum domain domain;
    struct instant noticed;
    struct assessment assessment; /* the last that had a determined impact, or the last */
    bool has_launch;
    struct launch_estimate launch;
    struct geo_ellipse launch_ellipse_95;
    uint32_t nation_count;
    struct after_nation nations[LIMIT_NATIONS]; /* own first */
    uint32_t sample_count;
    struct after_sample samples[AFTER_SAMPLES_MAX];
    uint32_t line_count;
    uint32_t lines_left_out;
    struct after_line lines[AFTER_LINES_MAX];
    uint32_t warning_count;
    struct after_warning warnings[AFTER_WARNINGS_MAX];
};

/* `wanted` is borrowed. */
void after_action_init(struct after_action *a, const char *wanted);

/* To be called after each input; `context` is the struct after_action. */
void after_action_show(void *context, const struct engine *engine, const struct effects *effects);

#endif
