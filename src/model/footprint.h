/* Where a ballistic object may come down, and the way it takes there: what an impact prediction
 * hands to the search for places at risk. Everything is bounded and holds no pointers. */
#ifndef WATCHFIRE_MODEL_FOOTPRINT_H
#define WATCHFIRE_MODEL_FOOTPRINT_H

#include <stdint.h>

#include "base/instant.h"
#include "base/result.h"
#include "geo/frame.h"

/* Samples of a ballistic impact, and more for what may be done on the way down. */
#define FOOTPRINT_BALLISTIC_MAX 288
#define FOOTPRINT_MORE_MAX 45
#define FOOTPRINT_SAMPLES_MAX (FOOTPRINT_BALLISTIC_MAX + FOOTPRINT_MORE_MAX)
#define FOOTPRINT_KNOTS_MAX 192

/* One of many points that together stand for the distribution of the impact. */
struct footprint_sample {
    double lat_rad;
    double lon_rad;
    double weight; /* the weights add up to 1 */
};

/* A knot of the predicted way. Between two knots the cubic that meets both positions and both
 * velocities is within a few metres. */
struct footprint_knot {
    double after_s; /* since footprint.start; strictly rising */
    struct geo_ecef position;
    struct geo_velocity velocity;
    double across_sigma_m; /* doubt across the way, horizontally */
    double along_sigma_s;  /* doubt along the way, as time */
};

struct footprint {
    struct instant start;  /* time of the state that was predicted */
    uint32_t sample_count; /* 0 = the impact is undetermined */
    struct footprint_sample samples[FOOTPRINT_SAMPLES_MAX];
    uint32_t knot_count; /* 0, or at least 2 */
    struct footprint_knot knots[FOOTPRINT_KNOTS_MAX];
};

/* How long the predicted way lasts, s after start; 0 without knots. */
double footprint_end_s(const struct footprint *f);

/* Position `after_s` after start, by cubic Hermite interpolation.
 * ERR_RANGE before the first knot, after the last, or without knots; out is then unchanged. */
MUST_USE result footprint_position(const struct footprint *f, double after_s, struct geo_ecef *out);

#endif
