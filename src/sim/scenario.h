/* What is played: launches, nations with their sensors and policies, links, and what goes wrong
 * when.
 *
 * Plain values, no pointers; made by the scenario reader from a file, or by a test by hand. All
 * angles in radians, distances in metres, and times in seconds after `start`, unless the name says
 * else. */
#ifndef WATCHFIRE_SIM_SCENARIO_H
#define WATCHFIRE_SIM_SCENARIO_H

#include <stdbool.h>
#include <stdint.h>

#include "base/id.h"
#include "base/instant.h"
#include "base/result.h"
#include "engine/engine.h"
#include "geo/frame.h"
#include "model/sensor.h"
#include "physics/flight.h"
#include "share/policy.h"

#define SCENARIO_LAUNCHES_MAX 256
#define SCENARIO_DEBRIS_MAX 32
#define SCENARIO_LINKS_MAX (LIMIT_NATIONS * LIMIT_PARTNERS)
#define SCENARIO_INJECTS_MAX 32
#define SCENARIO_DETECTION_MAX 8
#define SCENARIO_RECORDINGS_MAX 8
#define SCENARIO_SAMPLES_MAX 1024
#define SCENARIO_BREAKS_MAX 4
#define SCENARIO_DURATION_S_MAX (3.0 * 3600.0)

/* A flight that was observed: height and path against time, and when its motors stopped. */
struct scenario_recording {
    uint32_t sample_count;               /* 4 to SCENARIO_SAMPLES_MAX, times strictly ascending */
    double time_s[SCENARIO_SAMPLES_MAX]; /* after launch */
    double height_m[SCENARIO_SAMPLES_MAX];
    double path_m[SCENARIO_SAMPLES_MAX]; /* horizontal way flown, at that height */
    uint32_t break_count;                /* where the acceleration jumps: never smoothed across */
    double break_s[SCENARIO_BREAKS_MAX];
    double end_of_thrust_s;
};

/* Lift that bends a falling way upwards: a constant acceleration across the velocity, in the
 * vertical plane through it. lasts_s 0 = none. */
struct scenario_pull_up {
    double height_m; /* begins on the way down through this height over the ellipsoid */
    double acceleration_mps2;
    double lasts_s;
};

struct scenario_launch {
    char name[32];           /* unique in the scenario; for reports, not for the players */
    bool assumed;            /* not published: assumed by the author of the scenario */
    double at_s;             /* launch, after the scenario's start */
    struct flight_plan plan; /* beta_kgpm2 0 = drawn from the seed */
    enum flight_kind kind;
    struct scenario_pull_up pull_up; /* not with a recording or an orbit */
    bool stages_fall; /* what has burnt out comes off, at the end of each stage's thrust */
    uint32_t debris;  /* pieces that come off at the last end of thrust */
    int32_t
        recording; /* index into `recordings`, then only site, bearing and beta of the plan count;
                        * -1 = solved from the plan */
};

/* Probability of detecting at a range; linear between points, constant outside them. */
struct scenario_detection {
    double range_m;
    double probability;
};

struct scenario_sensor {
    struct sensor sensor;     /* what its own nation's engine is told */
    double first_look_s;      /* its looks are at first_look_s + k * sensor.interval_s */
    double latency_s;         /* from a look to the nation's node */
    uint32_t detection_count; /* 1 to SCENARIO_DETECTION_MAX, ranges strictly ascending */
    struct scenario_detection detection[SCENARIO_DETECTION_MAX];
    double satellite_lon_rad; /* infrared: geostationary, over the equator at this longitude */
    double cloud_top_m;       /* infrared: sees nothing lower than this */
    double sigma_position_m;  /* tracker: of a ready track, each axis; place as for a radar */
    double sigma_velocity_mps;
};

struct scenario_nation {
    struct nation_id id;
    uint32_t sensor_count;
    struct scenario_sensor sensors[LIMIT_SENSORS];
    char policy_file[256]; /* as found, for messages and reports */
    struct policy policy;
};

/* One direction of a link between two nations. Pairs without an entry have no link. */
struct scenario_link {
    uint32_t from; /* indices into `nations` */
    uint32_t to;
    double delay_s;
    double jitter_s; /* uniform in 0 to jitter_s on top */
    double loss;     /* probability that a frame is lost */
    double bit_flip; /* probability that one bit of a frame is flipped */
};

enum scenario_inject_kind {
    INJECT_SENSOR_OUT, /* no looks from at_s to until_s */
    INJECT_LINK_CUT,   /* nothing passes from `nation` to `partner`, and back if both_ways */
    INJECT_GHOST,      /* a tracker of `nation` reports an object that is not there */
    INJECT_CLOCK_STEP  /* a clock is `step_s` ahead of the truth */
};

/* Where a ghost starts; it then falls freely (J2, no drag) until it meets the ground. */
struct scenario_ghost {
    struct geo_geodetic place;
    double speed_mps;
    double bearing_rad;
    double climb_rad; /* above the local horizontal */
};

#define SCENARIO_SENSOR_ALL (-1)

struct scenario_inject {
    enum scenario_inject_kind kind;
    double at_s;
    double until_s; /* > at_s; the scenario's duration where the file gives none */
    uint32_t nation;
    int32_t
        sensor; /* of that nation; SCENARIO_SENSOR_ALL = the node itself, with all its sensors */
    uint32_t partner; /* link cut only */
    bool both_ways;
    double step_s; /* clock step; ahead = + */
    struct scenario_ghost ghost;
};

struct scenario {
    char slug[64]; /* the file's name without folder and .yaml */
    char title[160];
    struct instant start;
    double duration_s;
    uint32_t launch_count;
    struct scenario_launch launches[SCENARIO_LAUNCHES_MAX];
    uint32_t nation_count;
    struct scenario_nation nations[LIMIT_NATIONS];
    uint32_t link_count;
    struct scenario_link links[SCENARIO_LINKS_MAX];
    uint32_t inject_count;
    struct scenario_inject injects[SCENARIO_INJECTS_MAX];
    uint32_t recording_count;
    struct scenario_recording recordings[SCENARIO_RECORDINGS_MAX];
};

/* What a nation's engine is told of itself: all but its partners. */
void scenario_engine(const struct scenario_nation *nation, struct engine_config *out);

/* ERR_RANGE if a number is outside its stated range or an index points nowhere. The reader finds
 * all this with line and column; this is for scenarios made by hand. */
MUST_USE result scenario_check(const struct scenario *s);

/* The nation's index, or nation_count if the scenario has no such nation. */
uint32_t scenario_nation_index(const struct scenario *s, struct nation_id id);

/* Whether an inject of that kind is on at t_s for that nation and sensor (link cut: for frames from
 * `nation` to `partner`, sensor ignored). */
bool scenario_sensor_is_out(const struct scenario *s, uint32_t nation, int32_t sensor, double t_s);
bool scenario_link_is_cut(const struct scenario *s, uint32_t from, uint32_t to, double t_s);

/* How far, s, that clock is ahead of the truth at t_s; SCENARIO_SENSOR_ALL = the node's clock,
 * which moves the clocks of all its sensors too. */
double scenario_clock_ahead_s(const struct scenario *s, uint32_t nation, int32_t sensor,
                              double t_s);

#endif
