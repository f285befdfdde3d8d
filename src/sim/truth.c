#include "sim/truth.h"

#include <assert.h>

#include "base/elementary.h"
#include "base/vector.h"
#include "geo/ellipsoid.h"
#include "geo/geodesic.h"
#include "physics/lifted.h"
#include "physics/motion.h"
#include "sim/recording.h"

#define FALL_S_MAX 10800.0

void truth_init(struct truth *t)
{
    t->object_count = 0;
    t->node_count = 0;
}

static result place_of(const struct motion_state *s, struct geo_geodetic *out)
{
    return ellipsoid_from_ecef((struct geo_ecef){s->x[0], s->x[1], s->x[2]}, out);
}

static result push(struct truth *t, struct truth_object *object, const struct motion_state *s)
{
    ENSURE(t->node_count < TRUTH_NODES_MAX, ERR_FULL);
    struct truth_node *node = &t->nodes[t->node_count];
    node->position = (struct geo_ecef){s->x[0], s->x[1], s->x[2]};
    node->velocity = (struct geo_velocity){s->x[3], s->x[4], s->x[5]};
    t->node_count++;
    object->node_count++;
    return OK;
}

/* Motors burn at t_s, or do not: one node after the other, spans come of it. */
static void note_burning(struct truth_object *object, bool burning, double t_s)
{
    const uint32_t last = object->burn_count;
    const bool open = last > 0 && object->burns[last - 1].until_s < 0.0;
    if (burning && !open && last < FLIGHT_STAGES_MAX) {
        object->burns[last] = (struct truth_burn){t_s, -1.0};
        object->burn_count++;
    } else if (!burning && open) {
        object->burns[last - 1].until_s = t_s;
    }
}

static void close_burn(struct truth_object *object, double end_of_thrust_s)
{
    for (uint32_t i = 0; i < object->burn_count; i++) {
        struct truth_burn *burn = &object->burns[i];
        if (burn->until_s < 0.0 || burn->until_s > end_of_thrust_s) {
            burn->until_s = end_of_thrust_s;
        }
    }
}

/* The last node lies past the impact, as if the ground were not there: there must be something to
 * interpolate to. */
static void fall_through(const struct truth_object *object, struct motion_state *s)
{
    s->x[MOTION_LN_BETA] = elementary_log(object->summary.beta_kgpm2);
    motion_propagate(MOTION_REENTRY, s, TRUTH_STEP_S, TRUTH_STEP_S, NULL);
}

static result fly(struct truth *t, const struct flight *flight, bool lands,
                  struct truth_object *object)
{
    struct motion_state s;
    double at_s = 0.0;
    flight_start(flight, &s);
    TRY(push(t, object, &s));
    note_burning(object, flight_thrust_mps2(flight, 0.0) > 0.0, 0.0);
    double t_s = 0.0;
    do {
        t_s += TRUTH_STEP_S;
        note_burning(object, flight_thrust_mps2(flight, t_s) > 0.0, t_s);
        if (lands && t_s >= object->end_s) {
            fall_through(object, &s);
        } else {
            ENSURE(flight_advance(flight, &at_s, &s, t_s), ERR_NUMERIC);
        }
        TRY(push(t, object, &s));
    } while (t_s < object->end_s);
    close_burn(object, object->summary.end_of_thrust_s);
    return OK;
}

static result add_flight(struct truth *t, const struct flight_plan *plan, struct instant launch,
                         double horizon_s, struct truth_object *object)
{
    struct flight flight;
    struct flight_summary summary;
    TRY(flight_solve(plan, &flight));
    TRY(flight_summarise(&flight, &summary));
    object->summary = (struct truth_summary){.launch_time = launch,
                                             .launch_point = plan->site,
                                             .in_orbit = summary.in_orbit,
                                             .impact_time = INSTANT_UNSET,
                                             .apogee_m = summary.apogee_m,
                                             .range_m = summary.range_m,
                                             .end_of_thrust_s = flight.end_of_thrust_s,
                                             .beta_kgpm2 = plan->beta_kgpm2,
                                             .pull_up = INSTANT_UNSET};
    if (!summary.in_orbit) {
        object->summary.impact_time = instant_plus_s(launch, summary.flight_time_s);
        object->summary.impact_point = summary.impact;
    }
    const bool lands = !summary.in_orbit && summary.flight_time_s < horizon_s;
    object->end_s = lands ? summary.flight_time_s : horizon_s;
    return fly(t, &flight, lands, object);
}

/* How something falls: with drag or without, and for some time with drag and lift. */
struct falling {
    enum motion_kind kind;
    double lift_mps2;
    double lift_until_s; /* after launch */
};

static void fall_on(const struct falling *how, double at_s, double dt_s, struct motion_state *s)
{
    if (at_s < how->lift_until_s) {
        lifted_step(s, how->lift_mps2, 0.0, dt_s);
    } else {
        motion_propagate(how->kind, s, dt_s, TRUTH_STEP_S, NULL);
    }
}

/* Falls from *s, at from_s after launch, until the ground or the horizon; nodes after that at
 * from_s. Fills in the impact. */
static result fall(struct truth *t, const struct falling *how, struct motion_state s, double from_s,
                   double horizon_s, struct truth_object *object)
{
    struct truth_summary *summary = &object->summary;
    summary->in_orbit = true;
    object->end_s = horizon_s;
    double at_s = from_s;
    bool last = false;
    while (!last) {
        struct motion_state next = s;
        struct geo_geodetic place;
        last = at_s >= horizon_s;
        fall_on(how, at_s, TRUTH_STEP_S, &next);
        TRY(push(t, object, &next));
        TRY(place_of(&next, &place));
        if (place.height_m <= 0.0 && !last) {
            struct geo_geodetic above;
            TRY(place_of(&s, &above));
            const double share = above.height_m / (above.height_m - place.height_m);
            fall_on(how, at_s, share * TRUTH_STEP_S, &s);
            TRY(place_of(&s, &place));
            object->end_s = at_s + share * TRUTH_STEP_S;
            summary->in_orbit = false;
            summary->impact_time = instant_plus_s(summary->launch_time, object->end_s);
            summary->impact_point = place;
            summary->impact_point.height_m = 0.0;
            last = true;
        }
        summary->apogee_m = place.height_m > summary->apogee_m ? place.height_m : summary->apogee_m;
        s = next;
        at_s += TRUTH_STEP_S;
    }
    return OK;
}

/* How far off its great circle a recorded flight has come, and how fast. */
struct aside {
    double offset_m; /* to the left of the way */
    double rate_mps;
};

/* What was read off has no motion across the way. While motors burn that is steered and unknown;
 * after them nothing holds an object on its great circle, and what turns it off follows from where
 * it is. One step of that. */
static void fall_aside(struct geo_geodetic place, struct motion_state *s, struct aside *a)
{
    struct motion_state free = *s;
    motion_propagate(MOTION_COAST, &free, TRUTH_STEP_S, TRUTH_STEP_S, NULL);
    double axes[9];
    ellipsoid_axes(place, axes);
    const double *up = axes + 6;
    const double *v = s->x + 3;
    double left[3] = {up[1] * v[2] - up[2] * v[1], up[2] * v[0] - up[0] * v[2],
                      up[0] * v[1] - up[1] * v[0]};
    const double length = vector_length(left);
    double turn_mps2 = 0.0;
    for (int i = 0; i < 3; i++) {
        left[i] /= length;
        turn_mps2 += left[i] * (free.x[3 + i] - v[i]) / TRUTH_STEP_S;
    }
    for (int i = 0; i < 3; i++) {
        s->x[i] += left[i] * a->offset_m;
        s->x[3 + i] += left[i] * a->rate_mps;
    }
    a->offset_m += TRUTH_STEP_S * (a->rate_mps + 0.5 * TRUTH_STEP_S * turn_mps2);
    a->rate_mps += TRUTH_STEP_S * turn_mps2;
}

/* The flight to where the pull-up begins, and the fall from there. */
static result add_pull_up(struct truth *t, const struct flight_plan *plan,
                          const struct scenario_pull_up *pull_up, struct instant launch,
                          double horizon_s, struct truth_object *object)
{
    struct flight flight;
    struct motion_state s;
    double at_s = 0.0;
    double rate_mps = 0.0;
    double height_m = 0.0;
    TRY(flight_solve(plan, &flight));
    object->summary = (struct truth_summary){.launch_time = launch,
                                             .launch_point = plan->site,
                                             .end_of_thrust_s = flight.end_of_thrust_s,
                                             .beta_kgpm2 = plan->beta_kgpm2};
    flight_start(&flight, &s);
    TRY(push(t, object, &s));
    note_burning(object, flight_thrust_mps2(&flight, 0.0) > 0.0, 0.0);
    double t_s = 0.0;
    do {
        t_s += TRUTH_STEP_S;
        ENSURE(t_s < horizon_s && flight_advance(&flight, &at_s, &s, t_s), ERR_RANGE);
        note_burning(object, flight_thrust_mps2(&flight, t_s) > 0.0, t_s);
        TRY(push(t, object, &s));
        height_m = motion_height_m(&s, &rate_mps);
        object->summary.apogee_m =
            height_m > object->summary.apogee_m ? height_m : object->summary.apogee_m;
    } while (t_s < flight.end_of_thrust_s || rate_mps >= 0.0 || height_m > pull_up->height_m);
    close_burn(object, flight.end_of_thrust_s);
    object->summary.pull_up = instant_plus_s(launch, t_s);
    s.x[MOTION_LN_BETA] = elementary_log(plan->beta_kgpm2);
    const struct falling how = {MOTION_REENTRY, pull_up->acceleration_mps2, t_s + pull_up->lasts_s};
    TRY(fall(t, &how, s, t_s, horizon_s, object));
    if (!object->summary.in_orbit) {
        TRY(geodesic_inverse(plan->site, object->summary.impact_point, &object->summary.range_m,
                             NULL, NULL));
    }
    return OK;
}

static result add_recording(struct truth *t, const struct flight_plan *plan,
                            const struct scenario_recording *samples, struct instant launch,
                            double horizon_s, struct truth_object *object)
{
    struct recording recording;
    struct motion_state s = {{0}};
    object->summary = (struct truth_summary){.launch_time = launch,
                                             .launch_point = plan->site,
                                             .end_of_thrust_s = samples->end_of_thrust_s,
                                             .beta_kgpm2 = plan->beta_kgpm2,
                                             .pull_up = INSTANT_UNSET};
    object->burns[0] = (struct truth_burn){0.0, samples->end_of_thrust_s};
    object->burn_count = 1;
    recording_init(&recording, samples, plan->site, plan->bearing_rad);
    struct aside aside = {0.0, 0.0};
    double t_s = 0.0;
    while (t_s <= samples->time_s[samples->sample_count - 1]) {
        struct geo_geodetic place;
        TRY(recording_state(&recording, t_s, &s));
        TRY(place_of(&s, &place));
        ENSURE(place.height_m > -500.0, ERR_RANGE);
        if (place.height_m > object->summary.apogee_m) {
            object->summary.apogee_m = place.height_m;
        }
        if (t_s >= samples->end_of_thrust_s) {
            fall_aside(place, &s, &aside);
        }
        TRY(push(t, object, &s));
        t_s += TRUTH_STEP_S;
    }
    s.x[MOTION_LN_BETA] = elementary_log(plan->beta_kgpm2);
    const struct falling freely = {.kind = MOTION_REENTRY};
    TRY(fall(t, &freely, s, t_s - TRUTH_STEP_S, horizon_s, object));
    if (!object->summary.in_orbit) {
        TRY(geodesic_inverse(plan->site, object->summary.impact_point, &object->summary.range_m,
                             NULL, NULL));
    }
    return OK;
}

/* A fresh object behind the last node; it counts only once keep() is told that all went well. */
static struct truth_object fresh(const struct truth *t)
{
    return (struct truth_object){.parent = -1, .first_node = t->node_count};
}

static result keep(struct truth *t, const struct truth_object *object, result status)
{
    if (status != OK) {
        t->node_count = object->first_node;
        return status;
    }
    assert(object->node_count >= 2);
    t->objects[t->object_count] = *object;
    t->object_count++;
    return OK;
}

result truth_add_flight(struct truth *t, const struct flight_plan *plan, struct instant launch,
                        double horizon_s)
{
    ENSURE(t->object_count < TRUTH_OBJECTS_MAX, ERR_FULL);
    ENSURE(plan->beta_kgpm2 > 0.0 && horizon_s >= 0.0, ERR_RANGE);
    struct truth_object object = fresh(t);
    return keep(t, &object, add_flight(t, plan, launch, horizon_s, &object));
}

result truth_add_pull_up(struct truth *t, const struct flight_plan *plan,
                         const struct scenario_pull_up *pull_up, struct instant launch,
                         double horizon_s)
{
    ENSURE(t->object_count < TRUTH_OBJECTS_MAX, ERR_FULL);
    ENSURE(plan->beta_kgpm2 > 0.0 && pull_up->lasts_s > 0.0 && horizon_s >= 0.0, ERR_RANGE);
    struct truth_object object = fresh(t);
    return keep(t, &object, add_pull_up(t, plan, pull_up, launch, horizon_s, &object));
}

result truth_add_recording(struct truth *t, const struct flight_plan *plan,
                           const struct scenario_recording *recording, struct instant launch,
                           double horizon_s)
{
    ENSURE(t->object_count < TRUTH_OBJECTS_MAX, ERR_FULL);
    ENSURE(plan->beta_kgpm2 > 0.0 && horizon_s >= 0.0, ERR_RANGE);
    struct truth_object object = fresh(t);
    return keep(t, &object, add_recording(t, plan, recording, launch, horizon_s, &object));
}

result truth_add_fall(struct truth *t, struct geo_ecef position, struct geo_velocity velocity,
                      struct instant from, double horizon_s)
{
    ENSURE(t->object_count < TRUTH_OBJECTS_MAX, ERR_FULL);
    ENSURE(horizon_s >= 0.0 && horizon_s <= FALL_S_MAX, ERR_RANGE);
    struct truth_object object = fresh(t);
    const struct falling how = {.kind = MOTION_COAST};
    const struct motion_state s = {{position.x_m, position.y_m, position.z_m, velocity.x_mps,
                                    velocity.y_mps, velocity.z_mps, 0.0, 0.0}};
    object.summary.launch_time = from;
    object.summary.pull_up = INSTANT_UNSET;
    result status = place_of(&s, &object.summary.launch_point);
    status = status == OK ? push(t, &object, &s) : status;
    status = status == OK ? fall(t, &how, s, 0.0, horizon_s, &object) : status;
    return keep(t, &object, status);
}

result truth_add_piece(struct truth *t, uint32_t parent, double at_s, struct geo_velocity faster,
                       double beta_kgpm2, double horizon_s)
{
    ENSURE(t->object_count < TRUTH_OBJECTS_MAX, ERR_FULL);
    ENSURE(parent < t->object_count && beta_kgpm2 > 0.0, ERR_RANGE);
    ENSURE(horizon_s >= 0.0 && horizon_s <= FALL_S_MAX, ERR_RANGE);
    const struct instant from = instant_plus_s(t->objects[parent].summary.launch_time, at_s);
    struct truth_state at;
    ENSURE(truth_state_at(t, parent, from, &at), ERR_RANGE);
    struct truth_object object = fresh(t);
    object.parent = (int32_t)parent;
    object.summary.launch_time = from;
    object.summary.beta_kgpm2 = beta_kgpm2;
    const struct motion_state s = {
        {at.position.x_m, at.position.y_m, at.position.z_m, at.velocity.x_mps + faster.x_mps,
         at.velocity.y_mps + faster.y_mps, at.velocity.z_mps + faster.z_mps, 0.0,
         elementary_log(beta_kgpm2)}};
    result status = place_of(&s, &object.summary.launch_point);
    status = status == OK ? push(t, &object, &s) : status;
    const struct falling how = {MOTION_REENTRY, 0.0, 0.0};
    status = status == OK ? fall(t, &how, s, 0.0, horizon_s, &object) : status;
    return keep(t, &object, status);
}

static bool burns_at(const struct truth_object *object, double t_s)
{
    for (uint32_t i = 0; i < object->burn_count; i++) {
        if (t_s >= object->burns[i].from_s && t_s < object->burns[i].until_s) {
            return true;
        }
    }
    return false;
}

/* One axis of a cubic through two ends with their slopes, at the share u (0 to 1) of the step. */
struct ends {
    double from_m;
    double from_mps;
    double to_m;
    double to_mps;
};

static void interpolate(struct ends e, double u, double *position_m, double *velocity_mps)
{
    const double d = e.to_m - e.from_m;
    const double a = e.from_mps * TRUTH_STEP_S;
    const double b = e.to_mps * TRUTH_STEP_S;
    const double c2 = 3.0 * d - 2.0 * a - b;
    const double c3 = a + b - 2.0 * d;
    *position_m = e.from_m + u * (a + u * (c2 + u * c3));
    *velocity_mps = (a + u * (2.0 * c2 + u * 3.0 * c3)) / TRUTH_STEP_S;
}

bool truth_state_at(const struct truth *t, uint32_t object, struct instant time,
                    struct truth_state *out)
{
    assert(object < t->object_count);
    const struct truth_object *o = &t->objects[object];
    const double t_s = instant_since_s(time, o->summary.launch_time);
    if (t_s < 0.0 || t_s >= o->end_s) {
        return false;
    }
    uint32_t i = (uint32_t)(t_s / TRUTH_STEP_S);
    i = i + 2 > o->node_count ? o->node_count - 2 : i;
    const struct truth_node *a = &t->nodes[o->first_node + i];
    const struct truth_node *b = a + 1;
    const double u = t_s / TRUTH_STEP_S - (double)i;
    struct truth_state s = {.burning = burns_at(o, t_s)};
    interpolate(
        (struct ends){a->position.x_m, a->velocity.x_mps, b->position.x_m, b->velocity.x_mps}, u,
        &s.position.x_m, &s.velocity.x_mps);
    interpolate(
        (struct ends){a->position.y_m, a->velocity.y_mps, b->position.y_m, b->velocity.y_mps}, u,
        &s.position.y_m, &s.velocity.y_mps);
    interpolate(
        (struct ends){a->position.z_m, a->velocity.z_mps, b->position.z_m, b->velocity.z_mps}, u,
        &s.position.z_m, &s.velocity.z_mps);
    *out = s;
    return true;
}
