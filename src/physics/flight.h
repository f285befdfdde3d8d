/* A whole flight as it might have been: boost in stages, coast on the rotating Earth with J2,
 * re-entry with drag. Solved so that it meets a published apogee and range.
 *
 * The boost model (notional): exhaust speed v_e, share f of the velocity gain and burn time t_b of
 * each stage; with m = 1 - exp(-f dV / v_e) the thrust acceleration is (v_e / t_b) m / (1 - m t/t_b);
 * vertical for 8 s, then the pitch goes linearly to theta at 60 % of the burn and is held. */
#ifndef WATCHFIRE_PHYSICS_FLIGHT_H
#define WATCHFIRE_PHYSICS_FLIGHT_H

#include <stdbool.h>

#include "base/result.h"
#include "geo/frame.h"
#include "physics/motion.h"

#define FLIGHT_STAGES_MAX 3

enum flight_kind {
    FLIGHT_SHORT,
    FLIGHT_MEDIUM,
    FLIGHT_INTERMEDIATE,
    FLIGHT_INTERCONTINENTAL,
    FLIGHT_INTERCONTINENTAL_SOLID,
    FLIGHT_SPACE_LAUNCH
};

struct flight_stage {
    double share;       /* of the total velocity gain, 0 to 1; the shares add up to 1 */
    double burn_s;      /* burn time */
    double exhaust_mps; /* exhaust speed */
    double gap_s;       /* coast after this stage's end of thrust, before the next one's start */
};

/* What is published about a flight, and what is assumed about the missile. */
struct flight_plan {
    struct geo_geodetic site;
    double bearing_rad; /* from true north clockwise, at the site */
    double apogee_m;    /* above the ellipsoid */
    double range_m;     /* over the ground, site to impact; ignored for an orbit */
    int stage_count;    /* 1 to FLIGHT_STAGES_MAX */
    struct flight_stage stages[FLIGHT_STAGES_MAX];
    double beta_kgpm2; /* ballistic coefficient of what re-enters */
    bool to_orbit;     /* solve for a circular orbit at apogee_m instead of a range */
    double failure_s;  /* thrust ends for good this long after launch; 0 = does not fail */
};

/* A solved flight: a plan and the two numbers that make it come true. */
struct flight {
    struct flight_plan plan;
    double velocity_gain_mps; /* dV */
    double pitch_end_rad;     /* theta, above the local horizontal */
    double bearing_rad; /* at the site; adjusted so that the ground track starts on the plan's */
    double end_of_thrust_s;      /* after launch */
    struct motion_state burnout; /* state at the end of thrust */
};

struct flight_summary {
    double flight_time_s; /* launch to impact; 0 where in_orbit */
    double apogee_m;
    double range_m;
    struct geo_geodetic impact; /* undefined where in_orbit */
    bool in_orbit;
};

/* The stages and their defaults for a kind of missile. */
void flight_stages_of_kind(enum flight_kind kind, struct flight_plan *plan);

/* The kind by range at minimum energy, for liquid missiles: the least energy that reaches this apogee
 * and range would carry how far? */
enum flight_kind flight_kind_of(double apogee_m, double range_m);

/* The greatest range, over the ground, m, of a missile with the burnout energy of a flight with this
 * apogee and range (spherical Earth, no rotation). Source: Bate, Mueller and White (1971), ch. 6. */
double flight_minimum_energy_range_m(double apogee_m, double range_m);

/* Solves for velocity gain and pitch. ERR_RANGE for a plan outside 5 to 15000 km of apogee or 20 to
 * 20000 km of range, ERR_NUMERIC if no flight of these stages meets it within 0.1 km. */
MUST_USE result flight_solve(const struct flight_plan *plan, struct flight *out);

/* Earth-fixed state t_s after launch, from a state at an earlier time: advances *s (the state at
 * *at_s after launch, both updated) to t_s >= *at_s. Start from flight_start(). Fixed step inside,
 * so the same sequence of t_s gives the same bits. False, with *s on the ground, once it has hit. */
bool flight_advance(const struct flight *f, double *at_s, struct motion_state *s, double t_s);

void flight_start(const struct flight *f, struct motion_state *s);

/* Thrust acceleration, m/s², t_s after launch; 0 in gaps and after the end. */
double flight_thrust_mps2(const struct flight *f, double t_s);

/* Flies it all. ERR_NUMERIC if it neither lands nor reaches orbit within 3 hours. */
MUST_USE result flight_summarise(const struct flight *f, struct flight_summary *out);

#endif
