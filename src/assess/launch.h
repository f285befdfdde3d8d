/* Where and when a missile was launched, from its track while the motor burns.
 *
 * A coasting orbit run backwards passes the launch point by far; so the way back to the ground is
 * taken from boost templates: planar flights over kinds of missile, burn times, velocity gains and
 * pitches, each kept as a table over height. Each template that fits the track's speed, flight-path
 * angle and thrust at its height says how long ago and how far back it started; the answer is their
 * weighted mean, its covariance their spread and the track's own doubt.
 * Source: DESIGN section 6; the boost model is that of physics/flight.h. */
#ifndef WATCHFIRE_ASSESS_LAUNCH_H
#define WATCHFIRE_ASSESS_LAUNCH_H

#include <stdint.h>

#include "assess/ascent.h"
#include "model/track.h"

#define LAUNCH_TEMPLATES_MAX 360
#define LAUNCH_HEIGHTS 26
#define LAUNCH_HEIGHT_MAX_M 250e3

/* What a template says at one height. The time and the distance since launch are kept without
 * dimension, since so they hardly vary from one missile to the next. */
struct launch_row {
    float speed_mps; /* relative to the Earth */
    float angle_rad; /* flight path above the local horizontal */
    float thrust_mps2;
    float time_ratio;  /* time since launch * vertical speed / height */
    float range_ratio; /* distance since launch * tan(angle) / height */
};

struct launch_template {
    uint32_t row_count;
    float height_end_m; /* where its thrust ends */
    struct launch_row rows[LAUNCH_HEIGHTS];
};

struct launch_templates {
    uint32_t count;
    float heights_m[LAUNCH_HEIGHTS];
    struct launch_template templates[LAUNCH_TEMPLATES_MAX];
};

/* What is made of one launch while its motor burns. All zero at first. */
struct launch_record {
    struct ascent ascent; /* note the object's observations here */
    bool is_fitted;       /* `best` is the ascent's, not the templates' */
    struct launch_estimate best;
};

/* All templates, about 190 kB. */
extern const struct launch_templates LAUNCH_TEMPLATES;

/* Computes them (about 30 ms): that is done once, when this is built. */
void launch_templates_init(struct launch_templates *out);

/* The launch as told by one boost-phase state: best at the earliest firm state of a track.
 *
 *   boosting   state, covariance, thrust and its sigma are used; phase must be PHASE_BOOST
 *   out        determined is false, and nothing else set, if the track is not boosting, is not
 *              climbing, is lower than 0.3 km or higher than LAUNCH_HEIGHT_MAX_M, has a covariance
 *              that is not positive definite, or fits no template */
void launch_estimate(const struct track *boosting, struct launch_estimate *out);

/* Works out the launch anew, if there is anything new. The latest estimate from the ascent stands,
 * since it rests on all observations; while there is none, the one with the smallest area that the
 * templates gave.
 *
 *   track   as it is now; nothing is done unless it is firm and boosting */
void launch_follow(const struct track *track, struct launch_record *record);

#endif
