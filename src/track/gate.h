/* Which plots of a look may belong to which tracks: a coarse gate that costs next to nothing, so
 * that only near pairs are compared exactly.
 *
 * The plots are sorted by one number that their sensor measures well (range for a radar, x for
 * ready tracks, z of the direction for lines of sight). A track's number, moved straight on, lies
 * within a tolerance; between the two ends of it only what is near in space as well remains. The
 * tolerances are bounds: what the exact gate would let through is never left out, but for more than
 * GATE_NEAR_MAX plots the nearest ones count. */
#ifndef WATCHFIRE_TRACK_GATE_H
#define WATCHFIRE_TRACK_GATE_H

#include <stdint.h>

#include "geo/frame.h"
#include "track/filter.h"
#include "track/measure.h"

#define GATE_PLOTS_MAX 1024
#define GATE_NEAR_MAX 16

struct gate_plot {
    double key;
    struct geo_ecef at; /* a line of sight: its direction, of unit length */
    double reach; /* how far the truth may be from there: m; a line of sight: of a unit length */
    uint16_t plot;
};

struct gate {
    uint32_t count;
    double key_reach; /* the same for the key */
    struct gate_plot plots[GATE_PLOTS_MAX];
};

/* Sorts those plots of one look that are not `skipped` (count flags). */
void gate_init(struct gate *gate, const struct measure_site *site, const struct observation *plots,
               uint32_t count, const bool *skipped);

/* The plots that a track may have made, the nearest first; returns how many. */
uint32_t gate_near(const struct gate *gate, const struct measure_site *site,
                   const struct filter *filter, const struct observation *look,
                   uint16_t near[GATE_NEAR_MAX]);

#endif
