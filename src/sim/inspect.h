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

/* Evidence: a nation's track counts in one event only, and once in that. */
const char *inspect_evidence(const struct view *view, const char **event);

/* Doubt: what is solved in common is not surer than one estimator would be that had every track
 * which counts in it, all of them independent. Looked at where that is known for certain: of what
 * falls outside of the air. *judged counts the events that were. */
const char *inspect_doubt(const struct engine *engine, const char **event, uint64_t *judged);

/* Limits: all that an engine counts is within engine/limits.h. */
const char *inspect_limits(const struct engine *engine, const struct view *view);

/* Warnings: what is in force expires, and not longer ago than the second. */
const char *inspect_warnings(const struct view *view, const char **event);

#endif
