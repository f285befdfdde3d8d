/* What no track explains may be a new object. Inside src/track only. */
#ifndef WATCHFIRE_TRACK_BEGIN_H
#define WATCHFIRE_TRACK_BEGIN_H

#include "track/match.h"
#include "track/tracker.h"

/* Starts tracks from the plots that are not taken. */
void begin_tracks(struct tracker *t, const struct match *scan);

/* Lines of sight that found no partner are given up after a while. */
void begin_forget(struct tracker *t, struct instant now);

#endif
