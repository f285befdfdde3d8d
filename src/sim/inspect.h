/* Whether what a nation's people may see can be: looked at from outside, with nothing of what made
 * it. */
#ifndef WATCHFIRE_SIM_INSPECT_H
#define WATCHFIRE_SIM_INSPECT_H

#include "engine/engine.h"
#include "engine/view.h"

/* What is wrong, or NULL (static storage); *event is then the event's name. */

/* Labels: nobody is named who may not have every source; nothing is classified lower than one. */
const char *inspect_labels(const struct engine *engine, const struct view *view,
                           const char **event);

/* Evidence: a nation's track counts in one event only. */
const char *inspect_evidence(const struct view *view, const char **event);

/* Warnings: what is in force expires, and not longer ago than the second. */
const char *inspect_warnings(const struct view *view, const char **event);

#endif
