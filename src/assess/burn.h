/* How the motors of a missile that still burns may go on: hypotheses, each drawn from what missiles
 * do and weighed by what was seen of this one.
 *
 * The boost model is that of physics/flight.h: in each stage thrust acceleration w q / (1 - q t),
 * with w the exhaust speed and q the share of the mass that is burnt in a second; upright for 8 s,
 * then the pitch turns evenly until 60 % of the burn and is held. Thrust alone tells q, but not how
 * much of the mass is fuel, nor how many stages follow. That is what the kinds of missile differ
 * in, and why an impact is wide while thrust lasts. */
#ifndef WATCHFIRE_ASSESS_BURN_H
#define WATCHFIRE_ASSESS_BURN_H

#include <stdbool.h>

#include "base/random.h"
#include "physics/flight.h"

enum { BURN_KINDS = 6 };

/* What was seen, in the local vertical plane of the velocity. */
struct burn_seen {
    double age_s; /* since launch */
    double height_m;
    double level_mps;
    double up_mps;
    double thrust_mps2; /* along the velocity, less drag */
    double thrust_sigma_mps2;
};

/* A stage: when it burns, s after launch, and how. */
struct burn_stage {
    double start_s;
    double end_s;
    double exhaust_mps;
    double burnt_per_s; /* q, of the mass at the start of the stage */
};

struct burn {
    int stage_count;
    struct burn_stage stages[FLIGHT_STAGES_MAX];
    bool is_level_last; /* the last stage only adds level speed */
    double turn_radps;  /* of the pitch, downwards */
    double turn_end_s;  /* after launch */
    double end_s;       /* of all thrust, after launch */
    double log_weight;
};

/* Draws one hypothesis of a kind that has the thrust that was seen at its age. log_weight is what
 * speaks for it so far. False if there is none. Cheap. */
bool burn_draw(enum flight_kind kind, const struct burn_seen *seen, struct random *r,
               struct burn *out);

/* Finds the turn of the pitch; log_weight becomes what speed and height say. May end the thrust
 * early, as some do. */
void burn_fit(const struct burn_seen *seen, struct random *r, struct burn *b);

/* Velocity gained between two times after launch. */
double burn_gain_mps(const struct burn *b, double from_s, double to_s);

/* Above the local horizontal. */
double burn_pitch_rad(const struct burn *b, double at_s);

/* A normal number, nearly: within three and a half deviations. */
double burn_normal(struct random *r);

#endif
