/* How well many objects are told apart: one nation's tracks against the truth, beside what filters
 * make of the same plots when they are told which plot is of which object.
 *
 * Judged at every second from the first object that is believed by the filters that are told: the
 * objects are those that they have ever believed (four plots) and that are still up, the tracks all
 * that are firm or lost. */
#ifndef WATCHFIRE_CLI_OBJECTS_H
#define WATCHFIRE_CLI_OBJECTS_H

#include <stdint.h>

#include "base/result.h"
#include "sim/scenario.h"

#define OBJECTS_CUTOFF_M 1e3 /* of GOSPA */

/* Sums over seconds and seeds. */
struct objects_tally {
    double gospa_m;
    double localisation_m2;
    double missed;
    double invented;
};

struct objects_nation {
    uint32_t seeds;
    uint32_t seconds;
    struct objects_tally tracked;
    struct objects_tally told;
    uint32_t launches; /* that were seen, summed over the seeds */
    uint32_t pieces;   /* of these that came off them */
    uint32_t events;   /* that were opened and not withdrawn */
    uint32_t right;    /* seeds in which there were as many events as launches */
    uint32_t children; /* firm tracks at the end that are called a part of another */
};

struct objects;

/* ERR_FULL without memory. */
MUST_USE result objects_open(const struct scenario *scenario, struct objects **out);
void objects_close(struct objects *o);

/* Flies the scenario once and adds what each nation's tracker makes of it. What the world says
 * (sim/world.h), or the engine. */
MUST_USE result objects_fly(struct objects *o, uint64_t seed);

const struct objects_nation *objects_of(const struct objects *o, uint32_t nation);

#endif
