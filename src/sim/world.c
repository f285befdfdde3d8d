#include "sim/world.h"

#include <assert.h>
#include <string.h>

#include "base/elementary.h"
#include "base/random.h"
#include "geo/ellipsoid.h"
#include "sim/sensing.h"
#include "sim/stream.h"

/* What is not known of a missile, as the estimator holds it to be before it sees anything. */
#define BETA_KGPM2_MIN 500.0
#define BETA_KGPM2_MAX 10000.0

/* Stages and debris (notional): how fast they leave the missile, and their drag. */
#define STAGE_MPS_MIN 3.0
#define STAGE_MPS_MAX 10.0
#define STAGE_KGPM2_MIN 200.0
#define STAGE_KGPM2_MAX 2000.0
#define DEBRIS_MPS_MIN 1.0
#define DEBRIS_MPS_MAX 30.0
#define DEBRIS_KGPM2_MIN 50.0
#define DEBRIS_KGPM2_MAX 500.0
/* A piece may come down so much later than its missile. */
#define PIECE_LATER_S 600.0

static double draw_beta(uint64_t seed, const char *launch)
{
    struct random r;
    random_init(&r, seed, stream_text(stream_text(0, "ballistic coefficient"), launch));
    const double span = elementary_log(BETA_KGPM2_MAX / BETA_KGPM2_MIN);
    return BETA_KGPM2_MIN * elementary_exp(span * random_uniform(&r));
}

static result add_launch(struct world *world, struct scenario_launch *launch)
{
    if (launch->plan.beta_kgpm2 == 0.0) {
        launch->plan.beta_kgpm2 = draw_beta(world->seed, launch->name);
    }
    const struct scenario *scenario = &world->scenario;
    const struct instant at = instant_plus_s(scenario->start, launch->at_s);
    const double horizon_s = scenario->duration_s - launch->at_s;
    if (launch->pull_up.lasts_s > 0.0) {
        return truth_add_pull_up(&world->truth, &launch->plan, &launch->pull_up, at, horizon_s);
    }
    if (launch->recording < 0) {
        return truth_add_flight(&world->truth, &launch->plan, at, horizon_s);
    }
    return truth_add_recording(&world->truth, &launch->plan,
                               &scenario->recordings[launch->recording], at, horizon_s);
}

static double draw_log(struct random *r, double low, double high)
{
    return low * elementary_exp(elementary_log(high / low) * random_uniform(r));
}

/* A burnt-out stage is left behind along the way. */
static result drop_stage(struct world *world, uint32_t launch, double at_s, struct random *r)
{
    const struct truth_object *missile = &world->truth.objects[launch];
    struct truth_state s;
    if (!truth_state_at(&world->truth, launch, instant_plus_s(missile->summary.launch_time, at_s),
                        &s)) {
        return OK; /* it came off on the ground */
    }
    const struct geo_velocity v = s.velocity;
    const double speed = sqrt(v.x_mps * v.x_mps + v.y_mps * v.y_mps + v.z_mps * v.z_mps);
    const double share =
        -(STAGE_MPS_MIN + (STAGE_MPS_MAX - STAGE_MPS_MIN) * random_uniform(r)) / speed;
    const struct geo_velocity slower = {share * v.x_mps, share * v.y_mps, share * v.z_mps};
    const double beta = draw_log(r, STAGE_KGPM2_MIN, STAGE_KGPM2_MAX);
    return truth_add_piece(&world->truth, launch, at_s, slower, beta,
                           missile->end_s - at_s + PIECE_LATER_S);
}

/* A piece of debris flies off in any direction. */
static result drop_debris(struct world *world, uint32_t launch, double at_s, struct random *r)
{
    const double up = 2.0 * random_uniform(r) - 1.0;
    const double turn = 2.0 * PI * random_uniform(r);
    const double level = sqrt(1.0 - up * up);
    const double speed = DEBRIS_MPS_MIN + (DEBRIS_MPS_MAX - DEBRIS_MPS_MIN) * random_uniform(r);
    const struct geo_velocity faster = {speed * level * elementary_cos(turn),
                                        speed * level * elementary_sin(turn), speed * up};
    const double beta = draw_log(r, DEBRIS_KGPM2_MIN, DEBRIS_KGPM2_MAX);
    return truth_add_piece(&world->truth, launch, at_s, faster, beta,
                           world->truth.objects[launch].end_s - at_s + PIECE_LATER_S);
}

static result add_pieces(struct world *world, uint32_t index)
{
    const struct scenario_launch *launch = &world->scenario.launches[index];
    const struct truth_object *missile = &world->truth.objects[index];
    struct random r;
    random_init(&r, world->seed, stream_text(stream_text(0, "pieces"), launch->name));
    for (uint32_t i = 0; launch->stages_fall && i < missile->burn_count; i++) {
        TRY(drop_stage(world, index, missile->burns[i].until_s, &r));
    }
    for (uint32_t i = 0; i < launch->debris; i++) {
        TRY(drop_debris(world, index, missile->summary.end_of_thrust_s, &r));
    }
    return OK;
}

static result add_ghost(struct world *world, const struct scenario_inject *inject)
{
    const struct scenario_ghost *ghost = &inject->ghost;
    double axes[9];
    ellipsoid_axes(ghost->place, axes);
    const double level_mps = ghost->speed_mps * elementary_cos(ghost->climb_rad);
    const double east_mps = level_mps * elementary_sin(ghost->bearing_rad);
    const double north_mps = level_mps * elementary_cos(ghost->bearing_rad);
    const double up_mps = ghost->speed_mps * elementary_sin(ghost->climb_rad);
    double v[3];
    for (int i = 0; i < 3; i++) {
        v[i] = east_mps * axes[i] + north_mps * axes[3 + i] + up_mps * axes[6 + i];
    }
    return truth_add_fall(
        &world->ghosts, ellipsoid_to_ecef(ghost->place), (struct geo_velocity){v[0], v[1], v[2]},
        instant_plus_s(world->scenario.start, inject->at_s), inject->until_s - inject->at_s);
}

static void set_launch(uint32_t *launch_out, uint32_t launch)
{
    if (launch_out != NULL) {
        *launch_out = launch;
    }
}

result world_init(struct world *world, const struct scenario *scenario, uint64_t seed,
                  uint32_t *launch_out)
{
    set_launch(launch_out, SCENARIO_LAUNCHES_MAX);
    TRY(scenario_check(scenario));
    world->scenario = *scenario;
    world->seed = seed;
    truth_init(&world->truth);
    truth_init(&world->ghosts);
    for (uint32_t i = 0; i < scenario->launch_count; i++) {
        set_launch(launch_out, i);
        TRY(add_launch(world, &world->scenario.launches[i]));
    }
    for (uint32_t i = 0; i < scenario->launch_count; i++) {
        set_launch(launch_out, i);
        TRY(add_pieces(world, i));
    }
    set_launch(launch_out, SCENARIO_LAUNCHES_MAX);
    for (uint32_t i = 0; i < scenario->inject_count; i++) {
        if (scenario->injects[i].kind == INJECT_GHOST) {
            TRY(add_ghost(world, &scenario->injects[i]));
        }
    }
    world_rewind(world);
    return OK;
}

/* Passes over the looks that are not made because the sensor is out. */
static void skip_outage(struct world *world, uint32_t nation, uint32_t sensor)
{
    const struct scenario *scenario = &world->scenario;
    const struct scenario_sensor *s = &scenario->nations[nation].sensors[sensor];
    uint64_t *look = &world->looks[nation][sensor];
    double t_s = sensing_time_s(s, *look);
    while (t_s < scenario->duration_s &&
           scenario_sensor_is_out(scenario, nation, (int32_t)sensor, t_s)) {
        (*look)++;
        t_s = sensing_time_s(s, *look);
    }
}

void world_rewind(struct world *world)
{
    memset(world->looks, 0, sizeof world->looks);
    for (uint32_t n = 0; n < world->scenario.nation_count; n++) {
        for (uint32_t s = 0; s < world->scenario.nations[n].sensor_count; s++) {
            skip_outage(world, n, s);
        }
    }
}

/* When the sensor's next look arrives, s after the start; false if it makes none any more. */
static bool next_receipt(const struct world *world, uint32_t nation, uint32_t sensor, double *out)
{
    const struct scenario_sensor *s = &world->scenario.nations[nation].sensors[sensor];
    const double look_s = sensing_time_s(s, world->looks[nation][sensor]);
    *out = look_s + s->latency_s;
    return look_s < world->scenario.duration_s;
}

static bool find_next(const struct world *world, uint32_t *nation, uint32_t *sensor,
                      double *receipt_s)
{
    bool found = false;
    for (uint32_t n = 0; n < world->scenario.nation_count; n++) {
        for (uint32_t s = 0; s < world->scenario.nations[n].sensor_count; s++) {
            double t_s = 0.0;
            if (next_receipt(world, n, s, &t_s) && (!found || t_s < *receipt_s)) {
                found = true;
                *nation = n;
                *sensor = s;
                *receipt_s = t_s;
            }
        }
    }
    return found;
}

bool world_next(struct world *world, struct world_scan *out)
{
    uint32_t nation = 0;
    uint32_t sensor = 0;
    double receipt_s = 0.0;
    if (!find_next(world, &nation, &sensor, &receipt_s)) {
        return false;
    }
    sensing_look(world, nation, sensor, world->looks[nation][sensor], out);
    world->looks[nation][sensor]++;
    skip_outage(world, nation, sensor);
    return true;
}

struct instant world_next_time(const struct world *world)
{
    uint32_t nation = 0;
    uint32_t sensor = 0;
    double receipt_s = 0.0;
    if (!find_next(world, &nation, &sensor, &receipt_s)) {
        return INSTANT_LAST;
    }
    const struct scenario_sensor *s = &world->scenario.nations[nation].sensors[sensor];
    const double look_s = sensing_time_s(s, world->looks[nation][sensor]);
    return instant_plus_s(instant_plus_s(world->scenario.start, look_s), s->latency_s);
}

/* The Earth turns under nothing here: nodes are Earth-fixed, so the copy shares them. */
result world_inject(struct world *world, uint32_t launch, struct instant at, struct instant *over)
{
    struct truth *t = &world->truth;
    assert(launch < world->scenario.launch_count);
    ENSURE(t->object_count < TRUTH_OBJECTS_MAX, ERR_FULL);
    struct truth_object *object = &t->objects[t->object_count];
    *object = t->objects[launch];
    struct truth_summary *s = &object->summary;
    const struct duration later = instant_since(at, s->launch_time);
    s->launch_time = at;
    s->impact_time = s->in_orbit ? s->impact_time : instant_plus(s->impact_time, later);
    s->pull_up = instant_is_set(s->pull_up) ? instant_plus(s->pull_up, later) : s->pull_up;
    t->object_count++;
    *over = instant_plus_s(at, object->end_s);
    const double until_s = instant_since_s(*over, world->scenario.start);
    if (world->scenario.duration_s < until_s) {
        world->scenario.duration_s = until_s;
    }
    return OK;
}

bool world_truth_state(const struct world *world, uint32_t object, struct instant t,
                       struct truth_state *out)
{
    assert(object < world->truth.object_count);
    return truth_state_at(&world->truth, object, t, out);
}

struct truth_summary world_truth_summary(const struct world *world, uint32_t launch)
{
    assert(launch < world->truth.object_count);
    return world->truth.objects[launch].summary;
}
