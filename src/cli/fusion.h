/* How good the common picture is, measured over many flights of one scenario: the first nation's
 * common picture beside one tracker that gets all nations' observations ("central").
 *
 * Each nation tracks with its own sensors; at each whole second its track passes through release
 * and codec to the others, as in the engine, and is fused by fuse/common. What is measured is
 * fusing: the links take no time. */
#ifndef WATCHFIRE_CLI_FUSION_H
#define WATCHFIRE_CLI_FUSION_H

#include <stdint.h>

#include "base/result.h"
#include "sim/scenario.h"

#define FUSION_TIMES 8

/* Seconds to the end of thrust (boosting, negative), or since the first observation after it
 * (coasting). The rumours run for 300 s, from the fourth-last of the coast's times to the last. */
extern const double fusion_boost_s[FUSION_TIMES];
extern const double fusion_coast_s[FUSION_TIMES];

enum fusion_way {
    FUSION_ALONE,       /* the first nation's own track */
    FUSION_EXACT,       /* partners release exact covariances, by rule */
    FUSION_OUTER_BOUND, /* the default release */
    FUSION_COARSE,      /* positions moved by up to 500 m, and outer bounds */
    FUSION_NO_SPAN,     /* exact covariances, but nobody says what is in his state */
    FUSION_RUMOUR,      /* in a ring each passes on what it fused, and says that it does not know */
    FUSION_LIE          /* the same, called the nation's own measurements */
};
#define FUSION_WAYS 7

/* Sums over flights, at one time. Divide by `both`. */
struct fusion_row {
    uint32_t flown; /* the time exists */
    uint32_t both;  /* a central and a common track are there; in coast: both know that it coasts */
    double error2_m2;
    double central_error2_m2;
    double nees;         /* of position and velocity, over 6 */
    double central_nees; /* the same of the central track */
    double whitened[36]; /* sum of squares of the errors, each turned by its stated covariance */
    uint32_t left_out;   /* contributions that contradicted */
};

struct fusion_rows {
    struct fusion_row boost[FUSION_TIMES];
    struct fusion_row coast[FUSION_TIMES];
};

struct fusion;

/* The scenario must have one launch that comes down, and no sensor's name twice. ERR_STATE if it
 * has not, ERR_FULL without memory. */
MUST_USE result fusion_open(const struct scenario *scenario, struct fusion **out);
void fusion_close(struct fusion *f);

/* One more flight. Errors as world_init's and tracker_add_sensor's. */
MUST_USE result fusion_fly(struct fusion *f, uint64_t seed);

const struct fusion_rows *fusion_rows_of(const struct fusion *f, enum fusion_way way);
const char *fusion_way_text(enum fusion_way way);

/* The largest mean square of an error in any direction, by the stated covariance, and the limit
 * above which the covariance is too small somewhere (0.99 quantile if it is exact).
 * Source: Johnstone (2001), Annals of Statistics 29(2), 295-327. */
void fusion_worst(const struct fusion_row *row, double *worst, double *limit);

#endif
