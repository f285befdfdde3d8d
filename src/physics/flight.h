/* A whole flight as it might have been: boost in stages, coast on the rotating Earth with J2,
 * re-entry with drag. Solved so that it meets a published apogee and range.
 *
 * The boost model (notional): exhaust speed v_e, share f of the velocity gain and burn time t_b of
 * each stage; with m = 1 - exp(-f dV / v_e) the thrust acceleration is
 *
 *   (v_e / t_b) m / (1 - m t / t_b)
 *
 * Vertical for 8 s, then the pitch goes linearly to theta at 60 % of the time to the end of thrust
 * and is held. On the way to an orbit the last stage burns level, and the 60 % are those of the
 * stages before it. Thrust stays in a plane through the site. Until the end of thrust drag is that
 * of a whole missile (20 000 kg/m², notional), afterwards that of the plan's ballistic coefficient.
 */
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
    double failure_s;  /* thrust ends for good this long after launch; 0 = does not fail */
    /* Solve for a circular orbit at apogee_m instead of a range, and for the gap before the last
     * stage (0 to 300 s) as well. At least two stages; those of FLIGHT_SPACE_LAUNCH reach 420 to
     * 1000 km. */
    bool to_orbit;
};

/* A solved flight: a plan and the numbers that make it come true. */
struct flight {
    struct flight_plan plan;
    double velocity_gain_mps; /* dV */
    double pitch_end_rad;     /* theta, above the local horizontal */
    /* Of the plane of thrust, at the site, [0, 2 pi): where the missile sets off so that, on the
     * turning Earth, its impact lies along the plan's bearing. */
    double bearing_rad;
    double end_of_thrust_s;      /* after launch; a failure counts */
    struct motion_state burnout; /* state at the end of thrust */
};

struct flight_summary {
    double flight_time_s;       /* launch to impact; 0 in orbit */
    double apogee_m;            /* over the ellipsoid; of an orbit, over the equatorial radius */
    double range_m;             /* geodesic, site to impact; 0 in orbit */
    struct geo_geodetic impact; /* undefined in orbit */
    bool in_orbit;
};

/* The stages and their defaults for a kind of missile. */
void flight_stages_of_kind(enum flight_kind kind, struct flight_plan *plan);

/* The kind by range at minimum energy, for liquid missiles: the least energy that reaches this
 * apogee and range would carry how far? */
enum flight_kind flight_kind_of(double apogee_m, double range_m);

/* The greatest range, over the ground, m, of a missile with the burnout energy of a flight with
 * this apogee and range (spherical Earth, no rotation). Source: Bate, Mueller and White (1971),
 * ch. 6. */
double flight_minimum_energy_range_m(double apogee_m, double range_m);

/* A flight from its numbers, without solving; `burnout` is left at zero. */
void flight_init(struct flight *f, const struct flight_plan *plan, double velocity_gain_mps,
                 double pitch_end_rad, double bearing_rad);

/* Flies to the end of thrust, or to the ground before it, and keeps the state in `burnout`. */
void flight_fly_boost(struct flight *f);

/* Solves for velocity gain, pitch and bearing, as if nothing failed; failure_s counts only when
 * the result is flown. The plan's bearing is the azimuth, at the site, of the geodesic to the
 * impact.
 *
 * ERR_RANGE for a plan outside 5 to 15000 km of apogee (from 150 km for an orbit), 20 to 20000
 * km of range, or with stages that make no sense (shares that do not add up to 1, times or
 * speeds that are not a rocket's); ERR_NUMERIC if no flight of these stages meets it within 0.1
 * km. Takes 5 to 60 ms. */
MUST_USE result flight_solve(const struct flight_plan *plan, struct flight *out);

/* Earth-fixed state t_s after launch, from a state at an earlier time: advances *s (the state at
 * *at_s after launch, both updated) to t_s >= *at_s. Start from flight_start(). Fixed step
 * inside, so the same sequence of t_s gives the same bits. False once it has hit: *s is then on
 * the ground, *at_s is the time of impact, and both stay there.
 *
 * s->x[MOTION_THRUST] is the thrust (not the net) acceleration at *at_s, s->x[MOTION_LN_BETA]
 * that of the drag which has just acted. */
bool flight_advance(const struct flight *f, double *at_s, struct motion_state *s, double t_s);

void flight_start(const struct flight *f, struct motion_state *s);

/* Thrust acceleration, m/s², t_s after launch; 0 in gaps and after the end. */
double flight_thrust_mps2(const struct flight *f, double t_s);

/* Flies it all, and needs no `burnout`. Orbit: a perigee above 130 km. ERR_NUMERIC if it neither
 * lands nor reaches orbit within 3 hours. */
MUST_USE result flight_summarise(const struct flight *f, struct flight_summary *out);

#endif
