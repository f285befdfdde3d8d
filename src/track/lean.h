/* Whether a track is of one object. Inside src/track only.
 *
 * Of pieces that are close together the ranges of several radars can be put together wrongly: the
 * ranges of two pieces meet somewhere too, and a track that stands on them goes on as smoothly as
 * any. But its angles are steadily off, at each radar in its own direction. */
#ifndef WATCHFIRE_TRACK_LEAN_H
#define WATCHFIRE_TRACK_LEAN_H

#include "track/tracker.h"

/* The track has used a plot. */
void lean_note(struct tracker_track *track, uint8_t site, const struct measure_site *sites,
               const struct observation *plot);

/* Drops the tracks of a family (what came off one object, and that) whose angles are off beside
 * those of the others. Once a second. */
void lean_drop(struct tracker *t);

#endif
