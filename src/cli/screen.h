/* What an exercise shows in a terminal: a live view that redraws itself, or, where the output is no
 * terminal, one line for each happening. */
#ifndef WATCHFIRE_CLI_SCREEN_H
#define WATCHFIRE_CLI_SCREEN_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/play.h"

#define SCREEN_LOG_LINES 24 /* kept; as many are shown as there is room for */
#define SCREEN_LINE_SIZE 240

struct screen {
    bool live;                                    /* a terminal: redraw */
    struct instant t0;                            /* T+0 */
    int rows_left;                                /* of the terminal, while drawing */
    char note[120];                               /* what the viewer is to know now */
    char log[SCREEN_LOG_LINES][SCREEN_LINE_SIZE]; /* the latest happenings, newest last */
    struct view views[LIMIT_NATIONS];
};

void screen_init(struct screen *s, bool live, struct instant t0);

/* A happening, from the play's `show`. Prints a line, or keeps it for the live view. */
void screen_effect(struct screen *s, const struct engine *engine, const struct effect *effect,
                   struct instant now);

/* Redraws the live view; nothing where there is none. */
void screen_draw(struct screen *s, const struct play *play, double speed);

/* Says something to the viewer, in the stream of happenings or above the live view. */
void screen_note(struct screen *s, const char *text);

/* Leaves the live view: what is printed next stands below it. */
void screen_end(struct screen *s);

#endif
