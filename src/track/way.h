/* The way of an estimate through the observations that it is held to: from each to the next older
 * one, so that the whole way is gone once and not from the start for each of them. Inside src/track
 * only. */
#ifndef WATCHFIRE_TRACK_WAY_H
#define WATCHFIRE_TRACK_WAY_H

#include "track/estimate.h"

struct way {
    enum estimate_motion motion;
    struct instant epoch;
    double start[ESTIMATE_DIM]; /* the state at the epoch */
    struct instant at;
    double x[ESTIMATE_DIM];
    double transition[ESTIMATE_CELLS]; /* from the epoch to there */
};

void way_begin(enum estimate_motion motion, struct instant epoch, const double x[ESTIMATE_DIM],
               struct way *out);

/* Goes on to that time if the last one lies between it and the epoch, else begins again there. */
void way_go(struct way *way, struct instant at);

#endif
