/* For tests: how far a set of tracks is from a set of true objects, GOSPA with p = 2, alpha = 2.
 *
 * GOSPA² = the least, over all pairings, of the sum of squared distances of the pairs, plus
 * cutoff² / 2 for each object without a track and each track without an object. A pair never costs
 * more than the two left alone, so one farther apart than the cutoff counts as a miss and a false
 * track.
 * Source: Rahmathullah, Garcia-Fernandez and Svensson (2017), FUSION, definition 1. */
#ifndef WATCHFIRE_TESTS_GOSPA_H
#define WATCHFIRE_TESTS_GOSPA_H

#include <assert.h>
#include <math.h>

#include "track/assign.h"

struct gospa {
    double distance;       /* in the unit of the distances */
    double localisation_2; /* sum of the squared distances of the pairs */
    int paired;
    int missed;   /* true objects without a track */
    int invented; /* tracks without a true object */
};

/* `apart` is objects x tracks, row by row: the distance of each pair, not negative. At most
 * ASSIGN_ROWS_MAX objects; objects and tracks together at most ASSIGN_COLUMNS_MAX. */
static inline struct gospa gospa_of(const double *apart, int objects, int tracks, double cutoff)
{
    double cost[ASSIGN_ROWS_MAX * ASSIGN_COLUMNS_MAX];
    int track_of[ASSIGN_ROWS_MAX] = {0};
    const int columns = objects + tracks; /* the last ones mean: without a track */
    const double alone = 0.5 * cutoff * cutoff;
    struct gospa out = {.missed = objects, .invented = tracks};
    assert(objects <= ASSIGN_ROWS_MAX && columns <= ASSIGN_COLUMNS_MAX);
    for (int i = 0; i < objects; i++) {
        for (int j = 0; j < columns; j++) {
            const double d = j < tracks ? apart[i * tracks + j] : cutoff;
            cost[i * columns + j] = d < cutoff ? d * d : 2.0 * alone;
        }
    }
    if (objects > 0) {
        assign_rows(cost, objects, columns, track_of);
    }
    for (int i = 0; i < objects; i++) {
        const int j = track_of[i];
        assert(j >= 0 && j < columns);
        if (j < tracks && apart[i * tracks + j] < cutoff) {
            out.localisation_2 += cost[i * columns + j];
            out.paired++;
        }
    }
    out.missed -= out.paired;
    out.invented -= out.paired;
    out.distance = sqrt(out.localisation_2 + alone * (out.missed + out.invented));
    return out;
}

#endif
