/* How soon pull-ups are flagged, over many flights of one scenario, beside an ideal detector that
 * has the same observations.
 *
 * The ideal one knows everything about the pull-up but whether it comes: when, how hard and in
 * which direction; and it knows the state as well as the Cramer-Rao bound of the observations until
 * then allows. Its evidence is the expected log-likelihood ratio, half the square of what the
 * pull-up does to the innovations of the best ballistic estimate; it flags at ln 1000, which a
 * flight without one passes once in 1,000 at most (Wald 1947, Sequential Analysis). */
#ifndef WATCHFIRE_CLI_DETECTION_H
#define WATCHFIRE_CLI_DETECTION_H

#include <stdint.h>

#include "base/result.h"
#include "sim/scenario.h"

/* Acceleration and height of each flight's pull-up are drawn from its seed, uniformly. */
#define DETECTION_ACCELERATION_MPS2_MIN 30.0
#define DETECTION_ACCELERATION_MPS2_MAX 100.0
#define DETECTION_HEIGHT_M_MIN 25e3
#define DETECTION_HEIGHT_M_MAX 45e3

struct detection_nation {
    uint32_t flights;    /* with a pull-up */
    uint32_t observable; /* of these, those in which the ideal detector flags it */
    uint32_t flagged;    /* of these, flagged by the tracks */
    uint32_t in_time;    /* of these, at most 3 s after the ideal detector */
    uint32_t early;      /* flights flagged before the pull-up */
    uint32_t revised;    /* flagged ones that were measured ballistic again */
    uint32_t told;       /* of these, with an impact told at the end, and with the true one in it */
    uint32_t inside;
    double *ideal_s;        /* of observable ones, after the pull-up began */
    double *late_s;         /* of flagged ones, after the ideal detector; may be negative */
    uint32_t controls;      /* flights without a pull-up */
    uint32_t false_flagged; /* of these */
    uint32_t reentries;     /* of these, those that are measured ballistic below 100 km */
};

struct detection;

/* The scenario must have one launch that comes down. ERR_STATE if it has not, ERR_FULL without
 * memory. */
MUST_USE result detection_open(const struct scenario *scenario, uint32_t seeds,
                               struct detection **out);
void detection_close(struct detection *d);

/* One more seed: a flight without a pull-up and, if the scenario's launch has one, a flight with
 * it. Errors as world_init's. */
MUST_USE result detection_fly(struct detection *d, uint64_t seed);

const struct detection_nation *detection_of(const struct detection *d, uint32_t nation);

#endif
