/* Whether the plots of a tentative track may lie in a line by chance. Inside src/track only.
 *
 * The score is the logarithm of how many times likelier the plots are of one object than of false
 * alarms as dense as those of the looks: each plot after the first adds
 *
 *   ln N(residual; 0, S) - ln(n k / V)
 *
 * with n plots in the look, V what the radar sees (range, azimuth, elevation, range rate) and k the
 * looks since the track's last plot. Whatever the density is, false alarms alone pass a score T
 * with a chance of at most exp(-T) for each start (Ville's inequality).
 * Source: Sittler (1964), IEEE Trans. Military Electronics 8(2), 125-139. */
#ifndef WATCHFIRE_TRACK_CHANCE_H
#define WATCHFIRE_TRACK_CHANCE_H

#include "track/match.h"
#include "track/tracker.h"

/* A scan has come: counts the plots of its look. */
void chance_note_scan(struct tracker *t, const struct match *scan);

/* What a plot adds to the score of a track that has not used it yet. */
double chance_score(const struct tracker *t, const struct tracker_track *track, uint8_t site,
                    const struct observation *plot);

/* Whether a score is too high for chance. */
bool chance_is_passed(double score);

#endif
