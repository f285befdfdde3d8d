#include "track/gospa.h"

#include <assert.h>
#include <math.h>

#include "track/assign.h"

struct gospa gospa_of(const double *apart, int objects, int tracks, double cutoff)
{
    assert(objects >= 0 && objects <= GOSPA_OBJECTS_MAX);
    assert(tracks >= 0 && tracks <= GOSPA_TRACKS_MAX);
    struct assign_edge edges[GOSPA_OBJECTS_MAX * GOSPA_TRACKS_MAX];
    uint32_t first[GOSPA_OBJECTS_MAX + 1] = {0};
    int track_of[GOSPA_OBJECTS_MAX];
    uint32_t count = 0;
    for (int i = 0; i < objects; i++) {
        for (int j = 0; j < tracks; j++) {
            const double d = apart[i * tracks + j];
            if (d < cutoff) {
                edges[count] = (struct assign_edge){j, d * d};
                count++;
            }
        }
        first[i + 1] = count;
    }
    const struct assign_problem problem = {objects, tracks, cutoff * cutoff, first, edges};
    assign_solve(&problem, track_of);
    struct gospa out = {.missed = objects, .invented = tracks};
    for (int i = 0; i < objects; i++) {
        if (track_of[i] != ASSIGN_NONE) {
            const double d = apart[i * tracks + track_of[i]];
            out.localisation_2 += d * d;
            out.paired++;
        }
    }
    out.missed -= out.paired;
    out.invented -= out.paired;
    out.distance = sqrt(out.localisation_2 + 0.5 * cutoff * cutoff * (out.missed + out.invented));
    return out;
}
