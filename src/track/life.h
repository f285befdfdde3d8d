/* The life of tracks: firm, lost, dropped, and two that prove to be one. Inside src/track only. */
#ifndef WATCHFIRE_TRACK_LIFE_H
#define WATCHFIRE_TRACK_LIFE_H

#include "track/tracker.h"

/* How long an object may go without a measurement by this sensor before it is taken for lost, s. */
double life_silence_s(const struct sensor *sensor);

/* The track has used a plot. */
void life_note_hit(struct tracker *t, struct tracker_track *track, uint8_t site,
                   const struct observation *plot);

/* A plot is not used, and why. */
void life_note_rejected(struct tracker *t, uint8_t site, enum observation_fault why);

/* Other tracks took all the plots that the track might have used: when that goes on, there is no
 * such object. */
void life_note_crowded(struct tracker *t, struct tracker_track *track);

/* A sensor that measured `other` does not resolve the track from it. Two firm ones that were seen
 * apart for long are two objects: both go on, the one by prediction, beside the other. False if
 * they are none such. */
bool life_note_one_echo(struct tracker_track *track, struct tracker_track *other,
                        struct instant now);

/* Whether it shared an echo with another since it was last measured by itself. */
bool life_is_unresolved(const struct tracker_track *track);

/* Time has passed: lost, dropped, freed; doubles go. */
void life_advance(struct tracker *t, struct instant now);

#endif
