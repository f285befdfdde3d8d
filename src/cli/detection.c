#include "cli/detection.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "assess/impact.h"
#include "base/matrix.h"
#include "base/random.h"
#include "geo/ellipsoid.h"
#include "sim/world.h"
#include "track/tracker.h"

enum { DIM = ESTIMATE_DIM, CELLS = ESTIMATE_CELLS };

#define PRIOR_POSITION_M 1e6
#define PRIOR_VELOCITY_MPS 2e4
#define IN_TIME_S 3.0
#define AIR_M 100e3
/* The stream of random numbers that draws the pull-ups. */
#define DRAW_STREAM 0x70756c6c2d7570u

/* The best ballistic estimate, linearised at the truth: its covariance, and how far the pull-up
 * has taken the truth away from it. */
struct ideal {
    bool begun;
    struct instant time;
    double p[CELLS];
    double away[DIM];
    double evidence;
    struct instant flagged; /* unset = not */
};

struct detection {
    struct scenario scenario;
    struct world world;
    struct tracker tracker;
    struct measure_site sites[LIMIT_SENSORS];
    struct ideal ideal;
    struct impact_prediction predicted;
    struct detection_nation nations[LIMIT_NATIONS];
};

/* The flight that one nation watches. */
struct watch {
    struct detection *d;
    struct detection_nation *nation;
    uint32_t index;
    struct truth_summary truth;
    struct instant end_of_thrust;
    struct instant flagged; /* unset = not (yet) */
    bool early;
    bool reentered;
    bool revised;
    bool told;
    bool inside;
};

static result allocate(struct detection_nation *n, uint32_t seeds)
{
    n->ideal_s = calloc(seeds, sizeof *n->ideal_s);
    n->late_s = calloc(seeds, sizeof *n->late_s);
    ENSURE(n->ideal_s != NULL && n->late_s != NULL, ERR_FULL);
    return OK;
}

result detection_open(const struct scenario *scenario, uint32_t seeds, struct detection **out)
{
    ENSURE(scenario->launch_count == 1 && !scenario->launches[0].plan.to_orbit, ERR_STATE);
    struct detection *d = calloc(1, sizeof *d);
    ENSURE(d != NULL, ERR_FULL);
    d->scenario = *scenario;
    for (uint32_t n = 0; n < scenario->nation_count; n++) {
        if (allocate(&d->nations[n], seeds) != OK) {
            detection_close(d);
            return ERR_FULL;
        }
    }
    *out = d;
    return OK;
}

void detection_close(struct detection *d)
{
    for (uint32_t n = 0; n < LIMIT_NATIONS; n++) {
        free(d->nations[n].ideal_s);
        free(d->nations[n].late_s);
    }
    free(d);
}

const struct detection_nation *detection_of(const struct detection *d, uint32_t nation)
{
    return &d->nations[nation];
}

static bool truth_at(const struct watch *w, struct instant t, double x[DIM])
{
    struct truth_state s;
    if (!world_truth_state(&w->d->world, 0, t, &s)) {
        return false;
    }
    const double state[DIM] = {s.position.x_m,          s.position.y_m,   s.position.z_m,
                               s.velocity.x_mps,        s.velocity.y_mps, s.velocity.z_mps,
                               log(w->truth.beta_kgpm2)};
    memcpy(x, state, sizeof state);
    return true;
}

static void begin_ideal(struct ideal *i, struct instant t)
{
    memset(i, 0, sizeof *i);
    i->begun = true;
    i->time = t;
    i->flagged = INSTANT_UNSET;
    for (int k = 0; k < 3; k++) {
        i->p[k * (DIM + 1)] = PRIOR_POSITION_M * PRIOR_POSITION_M;
        i->p[(3 + k) * (DIM + 1)] = PRIOR_VELOCITY_MPS * PRIOR_VELOCITY_MPS;
    }
    i->p[CELLS - 1] = ESTIMATE_LN_BETA_VARIANCE;
}

/* Where the truth is not where a ballistic missile would have gone, the estimate is left behind. */
static void move_ideal(struct watch *w, struct instant t, const double x[DIM])
{
    struct ideal *i = &w->d->ideal;
    const double dt_s = instant_since_s(t, i->time);
    double ballistic[DIM];
    double transition[CELLS];
    double moved[CELLS];
    double away[DIM];
    if (dt_s <= 0.0 || !truth_at(w, i->time, ballistic)) {
        return;
    }
    estimate_move(ESTIMATE_BALLISTIC, ballistic, dt_s, transition);
    matrix_transform(transition, i->p, moved, DIM, DIM);
    memcpy(i->p, moved, sizeof moved);
    matrix_multiply(transition, i->away, away, DIM, DIM, 1);
    const bool pulling = instant_is_set(w->truth.pull_up) && instant_before(w->truth.pull_up, t);
    for (int k = 0; k < DIM; k++) {
        i->away[k] = away[k] + (pulling ? x[k] - ballistic[k] : 0.0);
    }
    i->time = t;
}

/* The textbook's update, and the evidence in it. */
static void tell_ideal(struct watch *w, uint32_t sensor, const struct observation *o)
{
    struct ideal *i = &w->d->ideal;
    struct measure m;
    double x[DIM];
    double h[MEASURE_DIM_MAX * DIM] = {0};
    double hp[MEASURE_DIM_MAX * DIM];
    double solved[MEASURE_DIM_MAX * DIM];
    double s[MEASURE_DIM_MAX * MEASURE_DIM_MAX];
    double factor[MEASURE_DIM_MAX * MEASURE_DIM_MAX];
    double seen[MEASURE_DIM_MAX];
    if (!truth_at(w, o->validity, x) || measure_linearise(&w->d->sites[sensor], o, x, &m) != OK) {
        return;
    }
    move_ideal(w, o->validity, x);
    for (int a = 0; a < m.dim; a++) {
        memcpy(h + a * DIM, m.jacobian + a * 6, 6 * sizeof *h);
    }
    matrix_multiply(h, i->p, hp, m.dim, DIM, DIM);
    matrix_multiply_transposed(hp, h, s, m.dim, DIM, m.dim);
    for (int a = 0; a < m.dim * m.dim; a++) {
        s[a] += m.noise[a];
    }
    if (matrix_cholesky(s, factor, m.dim) != OK) {
        return;
    }
    matrix_multiply(h, i->away, seen, m.dim, DIM, 1);
    i->evidence += 0.5 * matrix_mahalanobis_squared(factor, seen, m.dim);
    memcpy(solved, hp, sizeof solved);
    matrix_cholesky_solve(factor, solved, m.dim, DIM);
    for (int k = 0; k < DIM; k++) {
        for (int a = 0; a < m.dim; a++) {
            i->away[k] -= solved[a * DIM + k] * seen[a];
            for (int j = 0; j < DIM; j++) {
                i->p[k * DIM + j] -= hp[a * DIM + k] * solved[a * DIM + j];
            }
        }
    }
    matrix_symmetrise(i->p, DIM);
    if (!instant_is_set(i->flagged) && i->evidence > log(1000.0)) {
        i->flagged = o->validity;
    }
}

/* The firm or lost track with the most measurements. */
static const struct tracker_track *best_track(const struct tracker *t, uint32_t *slot)
{
    const struct tracker_track *best = NULL;
    for (uint32_t i = 0; i < t->slot_end; i++) {
        const struct tracker_track *track = &t->tracks[i];
        const bool known =
            track->id.value != 0 && (track->status == STATUS_FIRM || track->status == STATUS_LOST);
        if (known && (best == NULL || track->hits > best->hits)) {
            best = track;
            *slot = i;
        }
    }
    return best;
}

static void note_impact(struct watch *w, uint32_t slot, struct instant t)
{
    struct estimate e;
    struct ballistic_state s = {.time = t};
    if (!tracker_ballistic(&w->d->tracker, slot, t, &e)) {
        return;
    }
    memcpy(s.x, e.x, sizeof s.x);
    memcpy(s.covariance, e.p, sizeof s.covariance);
    if (impact_predict(&s, &w->d->predicted) != OK || w->d->predicted.estimate.why != WHY_NONE) {
        return;
    }
    const struct impact_estimate *i = &w->d->predicted.estimate;
    const struct geo_enu off = ellipsoid_enu(i->point, ellipsoid_to_ecef(w->truth.impact_point));
    w->told = true;
    w->inside = ellipse_contains(&i->ellipse_95, off.east_m, off.north_m);
}

/* What the nation's track says after a scan. */
static void follow(struct watch *w, struct instant t)
{
    uint32_t slot = 0;
    const struct tracker_track *track = best_track(&w->d->tracker, &slot);
    if (track == NULL) {
        return;
    }
    const bool pulled = instant_is_set(w->truth.pull_up) && !instant_before(t, w->truth.pull_up);
    w->reentered = w->reentered || track->filter.in_air;
    if (track->filter.mode == FILTER_MANOEUVRING) {
        w->early = w->early || !pulled;
        if (pulled && !instant_is_set(w->flagged)) {
            w->flagged = t;
        }
        w->revised = false;
        w->told = false;
    } else if (instant_is_set(w->flagged) && track->filter.mode == FILTER_BALLISTIC) {
        w->revised = true;
        note_impact(w, slot, t);
    }
}

static void take_scan(struct watch *w, const struct world_scan *scan)
{
    struct detection *d = w->d;
    if (scan->observation_count == 0 ||
        tracker_scan(&d->tracker, scan->observations, scan->observation_count) != OK) {
        return;
    }
    for (uint32_t i = 0; i < scan->observation_count; i++) {
        const struct observation *o = &scan->observations[i];
        if (scan->origins[i] != 0 || instant_before(o->validity, w->end_of_thrust)) {
            continue;
        }
        if (!d->ideal.begun) {
            begin_ideal(&d->ideal, o->validity);
        }
        tell_ideal(w, scan->sensor, o);
    }
    follow(w, scan->validity);
}

static void conclude(const struct watch *w)
{
    struct detection_nation *n = w->nation;
    const struct ideal *i = &w->d->ideal;
    if (!instant_is_set(w->truth.pull_up)) {
        n->controls++;
        n->reentries += w->reentered ? 1 : 0;
        n->false_flagged += w->early ? 1 : 0;
        return;
    }
    n->flights++;
    n->early += w->early ? 1 : 0;
    if (!i->begun || !instant_is_set(i->flagged)) {
        return;
    }
    n->ideal_s[n->observable] = instant_since_s(i->flagged, w->truth.pull_up);
    n->observable++;
    if (!instant_is_set(w->flagged)) {
        return;
    }
    const double late_s = instant_since_s(w->flagged, i->flagged);
    n->late_s[n->flagged] = late_s;
    n->flagged++;
    n->in_time += late_s <= IN_TIME_S ? 1 : 0;
    n->revised += w->revised ? 1 : 0;
    n->told += w->told ? 1 : 0;
    n->inside += w->told && w->inside ? 1 : 0;
}

static result watch_nation(struct detection *d, uint32_t index)
{
    const struct scenario_nation *nation = &d->world.scenario.nations[index];
    struct watch w = {.d = d, .nation = &d->nations[index], .index = index};
    w.truth = world_truth_summary(&d->world, 0);
    w.end_of_thrust = instant_plus_s(w.truth.launch_time, w.truth.end_of_thrust_s);
    w.flagged = INSTANT_UNSET;
    memset(&d->ideal, 0, sizeof d->ideal);
    tracker_init(&d->tracker, nation->id);
    for (uint32_t i = 0; i < nation->sensor_count; i++) {
        TRY(tracker_add_sensor(&d->tracker, &nation->sensors[i].sensor));
        measure_site_init(&d->sites[i], &nation->sensors[i].sensor);
    }
    world_rewind(&d->world);
    struct world_scan scan;
    struct instant t = w.truth.launch_time;
    bool more = world_next(&d->world, &scan);
    while (instant_before(t, w.truth.impact_time)) {
        t = instant_plus_s(t, 1.0);
        for (; more && instant_before(scan.receipt, t); more = world_next(&d->world, &scan)) {
            if (scan.nation == index) {
                take_scan(&w, &scan);
            }
        }
        tracker_advance(&d->tracker, t);
    }
    conclude(&w);
    return OK;
}

static result fly(struct detection *d, const struct scenario *scenario, uint64_t seed)
{
    TRY(world_init(&d->world, scenario, seed, NULL));
    for (uint32_t n = 0; n < d->scenario.nation_count; n++) {
        TRY(watch_nation(d, n));
    }
    return OK;
}

result detection_fly(struct detection *d, uint64_t seed)
{
    struct scenario_pull_up *pull_up = &d->scenario.launches[0].pull_up;
    const struct scenario_pull_up given = *pull_up;
    struct random r;
    random_init(&r, seed, DRAW_STREAM);
    pull_up->lasts_s = 0.0;
    TRY(fly(d, &d->scenario, seed));
    *pull_up = given;
    if (given.lasts_s == 0.0) {
        return OK;
    }
    pull_up->acceleration_mps2 =
        DETECTION_ACCELERATION_MPS2_MIN +
        (DETECTION_ACCELERATION_MPS2_MAX - DETECTION_ACCELERATION_MPS2_MIN) * random_uniform(&r);
    pull_up->height_m = DETECTION_HEIGHT_M_MIN +
                        (DETECTION_HEIGHT_M_MAX - DETECTION_HEIGHT_M_MIN) * random_uniform(&r);
    return fly(d, &d->scenario, seed);
}
