/* A national track: what one nation makes of its own sensors about one object. The evidence that
 * nations exchange. */
#ifndef WATCHFIRE_MODEL_TRACK_H
#define WATCHFIRE_MODEL_TRACK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/id.h"
#include "base/instant.h"
#include "base/result.h"
#include "geo/frame.h"

enum track_phase { PHASE_UNKNOWN, PHASE_BOOST, PHASE_COAST, PHASE_REENTRY };

enum track_status {
    STATUS_TENTATIVE, /* seen, not yet believed */
    STATUS_FIRM,
    STATUS_LOST,   /* was firm, is no longer measured; still predicted, with growing doubt */
    STATUS_DROPPED /* over: on the ground, in orbit, or found false */
};

/* How much of a launch point a nation has worked out for a track, from its own data alone. */
struct launch_estimate {
    bool determined;
    struct instant time;
    double time_sigma_s;
    struct geo_geodetic point; /* on the ellipsoid */
    double covariance_m2[4];   /* east, north at the point */
};

struct track {
    struct track_id id;
    struct track_id parent; /* of a stage or debris: what it came off; else 0 */
    struct nation_id owner;
    enum track_status status;
    enum track_phase phase;
    double phase_probability; /* of `phase` */
    struct instant time;      /* of the state */
    struct geo_ecef position;
    struct geo_velocity velocity;
    double covariance[36]; /* row by row; m, m/s */
    double thrust_mps2;    /* along the velocity; 0 unless boosting */
    double thrust_sigma_mps2;
    struct instant first_detection;
    struct instant last_measurement; /* the span of own measurements in the state: from … */
    /* … since which they count (after a refit: end of thrust); unset = nobody says what is in it */
    struct instant span_from;
    struct instant end_of_thrust; /* unset while thrusting or unknown */
    uint32_t measurement_count;
    bool manoeuvring; /* it falls through the air, and measurements say: not ballistically */
    bool unresolved; /* a sensor saw one echo of it and another object since it was last measured */
    struct launch_estimate launch;
};

const char *track_phase_text(enum track_phase phase);
const char *track_status_text(enum track_status status);

/* Lower triangle by rows (21 numbers) to a full symmetric 6 x 6, and back. */
void track_covariance_unpack(const double lower[21], double full[36]);
void track_covariance_pack(const double full[36], double lower[21]);

/* ERR_RANGE for values that are not finite or not possible, ERR_NUMERIC for a covariance that is
 * not positive definite: whatever comes from outside passes this before it is used. */
MUST_USE result track_check(const struct track *t);

#endif
