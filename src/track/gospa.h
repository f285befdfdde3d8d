/* How far a set of tracks is from a set of true objects, GOSPA with p = 2, alpha = 2: for tests and
 * studies.
 *
 * GOSPA² = the least, over all pairings, of the sum of squared distances of the pairs, plus
 * cutoff² / 2 for each object without a track and each track without an object. A pair never costs
 * more than the two left alone, so one farther apart than the cutoff counts as a miss and a false
 * track.
 * Source: Rahmathullah, Garcia-Fernandez and Svensson (2017), FUSION, definition 1. */
#ifndef WATCHFIRE_TRACK_GOSPA_H
#define WATCHFIRE_TRACK_GOSPA_H

#define GOSPA_OBJECTS_MAX 128
#define GOSPA_TRACKS_MAX 128

struct gospa {
    double distance;       /* in the unit of the distances */
    double localisation_2; /* sum of the squared distances of the pairs */
    int paired;
    int missed;   /* true objects without a track */
    int invented; /* tracks without a true object */
};

/* `apart` is objects x tracks, row by row: the distance of each pair, not negative. */
struct gospa gospa_of(const double *apart, int objects, int tracks, double cutoff);

#endif
