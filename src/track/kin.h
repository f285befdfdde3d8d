/* What came off what: stages and debris are children of the track that they came off, and no
 * launches. Inside src/track only. */
#ifndef WATCHFIRE_TRACK_KIN_H
#define WATCHFIRE_TRACK_KIN_H

#include "track/tracker.h"

/* A first plot that fits something that came off a coasting object when its thrust ended: then it
 * most likely is that, and is tracked as coasting from the first. */
void kin_begin(const struct tracker *t, struct tracker_track *fresh, uint8_t site,
               const struct observation *plot);

/* Decides whether a firm track is a child, as soon as that can be told. */
void kin_judge(struct tracker *t, struct tracker_track *track, struct instant now);

/* A track that is lost among its own pieces: the nearest of them goes on under its name. */
void kin_succeed(struct tracker *t, struct tracker_track *lost);

#endif
