/* Which plots of a look belong to which tracks. Inside src/track only. */
#ifndef WATCHFIRE_TRACK_MATCH_H
#define WATCHFIRE_TRACK_MATCH_H

#include "track/tracker.h"

/* A scan as it is worked on: which plots are taken. */
struct match {
    const struct observation *plots;
    uint32_t count;
    uint8_t site;
    bool taken[TRACKER_SCAN_MAX];
};

/* Updates the tracks that are (or are not) tentative with free plots, and takes these. */
void match_tracks(struct tracker *t, struct match *scan, bool tentative);

#endif
