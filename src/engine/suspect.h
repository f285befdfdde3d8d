/* Whether a track that no event explains is to be taken for a missile. */
#ifndef WATCHFIRE_ENGINE_SUSPECT_H
#define WATCHFIRE_ENGINE_SUSPECT_H

#include <stdbool.h>

#include "track/tracker.h"

/* A track as it stands in its tracker (`raw`) and as published now: believed, and moving as no
 * aircraft does. */
bool suspect_is_missile(const struct tracker *tracker, const struct tracker_track *raw,
                        const struct track *track);

/* Whether it flies as an aircraft does, or still does. */
bool suspect_flies(const struct tracker_track *raw, const struct track *track);

#endif
