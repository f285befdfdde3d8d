#include "cli/detection.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "assess/impact.h"
#include "base/matrix.h"
#include "base/random.h"
#include "cli/reference.h"
#include "geo/ellipsoid.h"
#include "sim/world.h"
#include "track/tracker.h"

enum { DIM = ESTIMATE_DIM, CELLS = ESTIMATE_CELLS };

#define IN_TIME_S 3.0
#define AIR_M 100e3
/* The stream of random numbers that draws the pull-ups. */
#define DRAW_STREAM 0x70756c6c2d7570u

/* The best ballistic estimate, linearised at the truth: its covariance, and how far the pull-up
 * has taken the truth away from it. */
struct ideal {
    bool begun;
    struct instant time;
    double x[DIM]; /* the truth then */
    double p[CELLS];
    double away[DIM];
    double evidence;
    struct instant flagged; /* unset = not */
};

struct detection {
    struct scenario scenario;
    struct world world;
    struct tracker tracker;
    struct ideal ideal;
    struct impact_prediction predicted;
    struct detection_nation nations[LIMIT_NATIONS];
    double *kept; /* what nations point into */
};

/* The flight that one nation watches. */
struct watch {
    struct detection *d;
    struct detection_nation *nation;
    struct truth_summary truth;
    struct instant end_of_thrust;
    struct instant flagged; /* unset = not (yet) */
    bool early;
    bool reentered;
    bool revised;
    bool told;
    bool inside;
};

result detection_open(const struct scenario *scenario, uint32_t seeds, struct detection **out)
{
    ENSURE(scenario->launch_count == 1 && !scenario->launches[0].plan.to_orbit, ERR_STATE);
    struct detection *d = calloc(1, sizeof *d);
    ENSURE(d != NULL, ERR_FULL);
    d->scenario = *scenario;
    d->kept = calloc((size_t)scenario->nation_count * 2 * seeds, sizeof *d->kept);
    if (d->kept == NULL) {
        detection_close(d);
        return ERR_FULL;
    }
    for (uint32_t n = 0; n < scenario->nation_count; n++) {
        d->nations[n].ideal_s = d->kept + (size_t)n * 2 * seeds;
        d->nations[n].late_s = d->nations[n].ideal_s + seeds;
    }
    *out = d;
    return OK;
}

void detection_close(struct detection *d)
{
    free(d->kept);
    free(d);
}

const struct detection_nation *detection_of(const struct detection *d, uint32_t nation)
{
    return &d->nations[nation];
}

static void begin_ideal(struct ideal *i, struct instant t, const double truth[DIM])
{
    i->begun = true;
    i->time = t;
    memcpy(i->x, truth, sizeof i->x);
    for (int k = 0; k < DIM; k++) {
        i->p[k * (DIM + 1)] = reference_variance[k];
    }
}

/* Where the truth is not where a ballistic missile would have gone, the estimate is left behind. */
static void move_ideal(struct watch *w, struct instant t, const double truth[DIM])
{
    struct ideal *i = &w->d->ideal;
    const double dt_s = instant_since_s(t, i->time);
    double ballistic[DIM];
    double transition[CELLS];
    double moved[CELLS];
    double away[DIM];
    if (dt_s <= 0.0) {
        return;
    }
    memcpy(ballistic, i->x, sizeof ballistic);
    estimate_move(ESTIMATE_BALLISTIC, ballistic, dt_s, transition);
    matrix_transform(transition, i->p, moved, DIM, DIM);
    memcpy(i->p, moved, sizeof moved);
    matrix_multiply(transition, i->away, away, DIM, DIM, 1);
    const bool pulling = instant_is_set(w->truth.pull_up) && instant_before(w->truth.pull_up, t);
    for (int k = 0; k < DIM; k++) {
        i->away[k] = away[k] + (pulling ? truth[k] - ballistic[k] : 0.0);
    }
    memcpy(i->x, truth, sizeof i->x);
    i->time = t;
}

/* An update, and the evidence in it. */
static void tell_ideal(struct watch *w, uint32_t sensor, const struct observation *o,
                       const double truth[DIM])
{
    struct ideal *i = &w->d->ideal;
    struct measure m;
    double h[MEASURE_DIM_MAX * DIM] = {0};
    struct reference_gain gain;
    double seen[MEASURE_DIM_MAX];
    if (measure_linearise(&w->d->tracker.sites[sensor], o, truth, &m) != OK) {
        return;
    }
    move_ideal(w, o->validity, truth);
    for (int a = 0; a < m.dim; a++) {
        memcpy(h + a * DIM, m.jacobian + a * 6, 6 * sizeof *h);
    }
    reference_tell(&m, h, i->p, DIM, &gain);
    matrix_multiply(h, i->away, seen, m.dim, DIM, 1);
    i->evidence += 0.5 * matrix_mahalanobis_squared(gain.factor, seen, m.dim);
    for (int k = 0; k < DIM; k++) {
        for (int a = 0; a < m.dim; a++) {
            i->away[k] -= gain.transposed[a * DIM + k] * seen[a];
        }
    }
    if (!instant_is_set(i->flagged) && i->evidence > log(1000.0)) {
        i->flagged = o->validity;
    }
}

static void note_impact(struct watch *w, uint32_t slot, struct instant t)
{
    if (!reference_impact(&w->d->tracker, slot, t, &w->d->predicted)) {
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
    if (!reference_track(&w->d->tracker, &slot)) {
        return;
    }
    const struct tracker_track *track = &w->d->tracker.tracks[slot];
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
    struct ideal *ideal = &w->d->ideal;
    if (scan->observation_count == 0) {
        return;
    }
    for (uint32_t i = 0; i < scan->observation_count; i++) {
        const struct observation *o = &scan->observations[i];
        double truth[DIM];
        if (scan->origins[i] != 0 || instant_before(o->validity, w->end_of_thrust) ||
            !reference_truth(&w->d->world, o->validity, truth)) {
            continue;
        }
        if (!ideal->begun) {
            begin_ideal(ideal, o->validity, truth);
        }
        tell_ideal(w, scan->sensor, o, truth);
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
    if (!instant_is_set(i->flagged)) {
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

static void watch_nation(struct detection *d, uint32_t index)
{
    struct watch w = {.d = d, .nation = &d->nations[index]};
    w.truth = world_truth_summary(&d->world, 0);
    w.end_of_thrust = instant_plus_s(w.truth.launch_time, w.truth.end_of_thrust_s);
    w.flagged = INSTANT_UNSET;
    d->ideal = (struct ideal){.flagged = INSTANT_UNSET};
    reference_begin(&d->world, index, &d->tracker);
    struct world_scan scan;
    struct instant t = w.truth.launch_time;
    while (instant_before(t, w.truth.impact_time)) {
        t = instant_plus_s(t, 1.0);
        while (reference_look(&d->world, index, t, &d->tracker, &scan)) {
            take_scan(&w, &scan);
        }
        tracker_advance(&d->tracker, t);
    }
    conclude(&w);
}

static result fly(struct detection *d, const struct scenario *scenario, uint64_t seed)
{
    TRY(world_init(&d->world, scenario, seed, NULL));
    for (uint32_t n = 0; n < d->scenario.nation_count; n++) {
        watch_nation(d, n);
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
