/* The simulated world: what really flies, and what each nation's sensors report of it.
 *
 * Deterministic: the same scenario and seed give the same scans, bit for bit. Every look of a
 * sensor draws from a stream of its own, named by seed, nation, sensor and number of the look, and
 * within it every object from one of its own: leaving out a sensor, a launch or a link changes no
 * other draw.
 *
 * The struct is large (megabytes): the caller owns the storage, heap or static. No pointers. */
#ifndef WATCHFIRE_SIM_WORLD_H
#define WATCHFIRE_SIM_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/instant.h"
#include "base/result.h"
#include "engine/limits.h"
#include "model/observation.h"
#include "sim/scenario.h"
#include "sim/truth.h"

/* Where an observation comes from, for tests and scores only: 0 and up is an object of `truth`: the
 * launches, then what came off them. */
#define WORLD_ORIGIN_FALSE_ALARM (-1)
#define WORLD_ORIGIN_GHOST (-2)

/* One look of one sensor, as it arrives at the nation's node. May hold nothing. */
struct world_scan {
    uint32_t nation;         /* index into scenario.nations */
    uint32_t sensor;         /* index into that nation's sensors */
    struct sensor_id id;     /* its name */
    struct instant validity; /* of the look, by the sensor's clock: what the observations carry */
    struct instant receipt;  /* at the node, true time: when to hand it to the engine */
    uint32_t observation_count;
    struct observation observations[LIMIT_SCAN]; /* in random order */
    int32_t origins[LIMIT_SCAN];                 /* beside `observations` */
};

struct world {
    struct scenario scenario;
    uint64_t seed;
    struct truth truth;
    struct truth ghosts;                          /* object i: the i-th inject that is a ghost */
    uint64_t looks[LIMIT_NATIONS][LIMIT_SENSORS]; /* made so far */
};

/* Solves and flies all launches (ballistic coefficients that the scenario leaves open are drawn
 * here).
 *
 *   launch_out   the launch that failed, or SCENARIO_LAUNCHES_MAX if it was none; may be NULL
 *
 * ERR_RANGE from scenario_check, ERR_NUMERIC or ERR_RANGE from the solver, ERR_FULL if the flights
 * together are longer than TRUTH_NODES_MAX allows; world is then unspecified. */
MUST_USE result world_init(struct world *world, const struct scenario *scenario, uint64_t seed,
                           uint32_t *launch_out);

/* The next scan of any sensor in order of receipt (ties: by nation, then sensor). False when the
 * scenario's duration is over; *out is then unchanged. */
bool world_next(struct world *world, struct world_scan *out);

/* When the next scan will be received; INSTANT_LAST when none will. */
struct instant world_next_time(const struct world *world);

/* Starts the scans again from the beginning, without solving the flights again. */
void world_rewind(struct world *world);

/* Flies a launch of the scenario once more, from `at` on, which is not before what was seen
 * already; the scenario lasts long enough for it. `over` is when it comes down, or the end.
 * ERR_FULL for too many objects. */
MUST_USE result world_inject(struct world *world, uint32_t launch, struct instant at,
                             struct instant *over);

/* State of an object at t (the launches first, then what came off them): false before launch and
 * after impact, *out then unchanged. */
MUST_USE bool world_truth_state(const struct world *world, uint32_t object, struct instant t,
                                struct truth_state *out);

/* What the launch really was. launch < scenario.launch_count. */
struct truth_summary world_truth_summary(const struct world *world, uint32_t launch);

#endif
