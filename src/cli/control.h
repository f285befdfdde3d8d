/* The controller of an exercise, and the officers who play it: who signs in at the pages, what they
 * order, and how the exercise goes on. A live event at a node of the live domain suspends it. */
#ifndef WATCHFIRE_CLI_CONTROL_H
#define WATCHFIRE_CLI_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/play.h"
#include "console/officers.h"

#define CONTROL_MESSAGE_SIZE 1024
#define CONTROL_TEXT_SIZE 160

struct control;

/* Reads who may sign in.
 *
 *   officers   the file of `watchfire officers`
 *   live       NODE.yaml of a live node on this machine whose events suspend the exercise; or NULL
 *
 * Errors with `message`. The caller closes what it got. */
MUST_USE result control_open(const char *officers, const char *live, struct control **out,
                             char message[CONTROL_MESSAGE_SIZE]);
void control_close(struct control *c); /* NULL is allowed; before the pages */

/* What is steered; borrowed. */
void control_begin(struct control *c, struct play *play, struct instant t0, double speed);

/* For the page of a nation; lives as long as the control. */
const struct console_officers *control_officers(struct control *c, uint32_t nation);
void control_page(struct control *c, uint32_t nation, struct console *console);

/* Checks of passwords go on, and the live node is asked once a second. */
void control_turn(struct control *c);

/* How far the exercise goes from `target` in wall_s seconds; where it is to stop by itself. */
struct instant control_target(struct control *c, struct instant target, double wall_s);
double control_speed(const struct control *c); /* 0 = it stands */
struct instant control_end(const struct control *c);

/* Why it stands, for the pages: "" = it goes. */
const char *control_note(const struct control *c);
/* Not empty while a live event suspends it. */
const char *control_suspended(const struct control *c);

#endif
