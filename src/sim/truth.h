/* True trajectories: nodes at a fixed step, cubic Hermite between them.
 *
 * The nodes of all objects share one pool. What lies between the nodes is the truth by definition:
 * sensors, tests and scores all read it here. */
#ifndef WATCHFIRE_SIM_TRUTH_H
#define WATCHFIRE_SIM_TRUTH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/instant.h"
#include "base/result.h"
#include "geo/frame.h"
#include "physics/flight.h"
#include "sim/scenario.h"

#define TRUTH_OBJECTS_MAX 512
#define TRUTH_NODES_MAX 262144
#define TRUTH_STEP_S 0.5

/* Motors burn from..until, s after launch; more than one for stages with gaps. */
struct truth_burn {
    double from_s;
    double until_s;
};

struct truth_node {
    struct geo_ecef position;
    struct geo_velocity velocity;
};

struct truth_state {
    struct geo_ecef position;
    struct geo_velocity velocity;
    bool burning;
};

struct truth_summary {
    struct instant launch_time;
    struct geo_geodetic launch_point;
    bool in_orbit; /* does not come down within the scenario; then there is no impact */
    struct instant impact_time;
    struct geo_geodetic impact_point;
    double apogee_m;
    double range_m;
    double end_of_thrust_s; /* after launch */
    double beta_kgpm2;
    struct instant pull_up; /* when it begins; unset = never */
};

struct truth_object {
    struct truth_summary summary;
    int32_t parent; /* the object that it came off, or -1 */
    double end_s;   /* after launch: impact, or the end of the scenario */
    uint32_t first_node;
    uint32_t node_count;
    uint32_t burn_count;
    struct truth_burn burns[FLIGHT_STAGES_MAX];
};

struct truth {
    uint32_t object_count;
    struct truth_object objects[TRUTH_OBJECTS_MAX];
    uint32_t node_count;
    struct truth_node nodes[TRUTH_NODES_MAX];
};

void truth_init(struct truth *t);

/* Each adds one object and its nodes, up to `horizon_s` after its launch if it is still up then.
 * ERR_FULL beyond the pool; otherwise what the solver says. On error nothing is added.
 *
 *   plan    beta_kgpm2 > 0 */
MUST_USE result truth_add_flight(struct truth *t, const struct flight_plan *plan,
                                 struct instant launch, double horizon_s);
/* The same with a pull-up (lasts_s > 0) on the way down; apogee and range of the plan are those
 * without it. */
MUST_USE result truth_add_pull_up(struct truth *t, const struct flight_plan *plan,
                                  const struct scenario_pull_up *pull_up, struct instant launch,
                                  double horizon_s);
/* A recorded flight (sim/recording.h); after its last sample it falls freely with drag. ERR_RANGE
 * if the recording goes far under ground. */
MUST_USE result truth_add_recording(struct truth *t, const struct flight_plan *plan,
                                    const struct scenario_recording *recording,
                                    struct instant launch, double horizon_s);
/* A free fall from a state, without drag, until the ground. */
MUST_USE result truth_add_fall(struct truth *t, struct geo_ecef position,
                               struct geo_velocity velocity, struct instant from, double horizon_s);

/* A piece of another object comes off at_s after that one's launch, so much faster, and falls with
 * drag. Its launch is where and when it came off. ERR_RANGE if the object is not up then. */
MUST_USE result truth_add_piece(struct truth *t, uint32_t parent, double at_s,
                                struct geo_velocity faster, double beta_kgpm2, double horizon_s);

/* False before launch and after the end; *out is then unchanged. */
MUST_USE bool truth_state_at(const struct truth *t, uint32_t object, struct instant time,
                             struct truth_state *out);

#endif
