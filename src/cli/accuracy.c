#include "cli/accuracy.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "assess/impact.h"
#include "base/matrix.h"
#include "cli/reference.h"
#include "geo/ellipse.h"
#include "geo/ellipsoid.h"
#include "sim/sensing.h"
#include "sim/world.h"
#include "track/tracker.h"

enum { DIM = ESTIMATE_DIM, CELLS = ESTIMATE_CELLS };
enum { BIASES_MAX = REGISTRATION_MAX, ALL_MAX = REFERENCE_DIM_MAX };

#define HEALTH_AT_S 60.0

const double accuracy_boost_s[ACCURACY_TIMES] = {10, 20, 30, 40, 60, 80, 100, 120};
const double accuracy_coast_s[ACCURACY_TIMES] = {10, 20, 30, 45, 60, 120, 240, 480};

struct bound {
    bool begun;
    struct instant begin; /* of the first observation that counts */
    struct instant time;
    double x[DIM]; /* the truth then */
    int biases;    /* which there are: of which sensor, which */
    uint32_t sensor[BIASES_MAX];
    int bias[BIASES_MAX];
    double p[ALL_MAX * ALL_MAX];
};

struct accuracy {
    struct scenario scenario;
    struct world world;
    struct tracker tracker;
    struct bound bound;
    struct impact_prediction predicted;
    struct impact_prediction best;
    struct accuracy_nation nations[LIMIT_NATIONS];
    double *kept; /* what rows and nations point into */
};

/* The flight that is being watched by one nation. */
struct watch {
    struct accuracy *a;
    struct accuracy_nation *nation;
    uint32_t index;
    struct truth_summary truth;
    struct instant end_of_thrust;
    struct instant first; /* observation */
    bool was_declared;
    double declared_since_s; /* after launch */
    bool was_premature;
    double wrong_s; /* stated while a motor burnt */
};

result accuracy_open(const struct scenario *scenario, uint32_t seeds, struct accuracy **out)
{
    ENSURE(scenario->launch_count == 1 && !scenario->launches[0].plan.to_orbit, ERR_STATE);
    struct accuracy *a = calloc(1, sizeof *a);
    ENSURE(a != NULL, ERR_FULL);
    a->scenario = *scenario;
    a->kept =
        calloc((size_t)scenario->nation_count * (1 + 2 * ACCURACY_TIMES) * seeds, sizeof *a->kept);
    if (a->kept == NULL) {
        accuracy_close(a);
        return ERR_FULL;
    }
    double *next = a->kept;
    for (uint32_t n = 0; n < scenario->nation_count; n++) {
        a->nations[n].delay_s = next;
        next += seeds;
        for (int k = 0; k < ACCURACY_TIMES; k++, next += 2 * (size_t)seeds) {
            a->nations[n].coast[k].area_km2 = next;
            a->nations[n].coast[k].bound_area_km2 = next + seeds;
        }
    }
    *out = a;
    return OK;
}

void accuracy_close(struct accuracy *a)
{
    free(a->kept);
    free(a);
}

const struct accuracy_nation *accuracy_of(const struct accuracy *a, uint32_t nation)
{
    return &a->nations[nation];
}

static void move_bound(struct bound *b, struct instant t, const double truth[DIM])
{
    double x[DIM];
    double transition[CELLS];
    double all[ALL_MAX * ALL_MAX];
    double moved[ALL_MAX * ALL_MAX];
    const double dt_s = instant_since_s(t, b->time);
    const int dim = DIM + b->biases;
    if (dt_s <= 0.0) {
        return;
    }
    memcpy(x, b->x, sizeof x);
    estimate_move(ESTIMATE_BALLISTIC, x, dt_s, transition);
    matrix_identity(all, dim);
    for (int i = 0; i < DIM; i++) {
        memcpy(all + i * dim, transition + i * DIM, DIM * sizeof *all);
    }
    matrix_transform(all, b->p, moved, dim, dim);
    memcpy(b->p, moved, sizeof *moved * (size_t)(dim * dim));
    memcpy(b->x, truth, sizeof b->x);
    b->time = t;
}

static void begin_bound(struct watch *w, struct instant t, const double truth[DIM])
{
    struct bound *b = &w->a->bound;
    const struct tracker *tracker = &w->a->tracker;
    memset(b, 0, sizeof *b);
    b->begun = true;
    b->begin = t;
    b->time = t;
    memcpy(b->x, truth, sizeof b->x);
    double variance[ALL_MAX];
    memcpy(variance, reference_variance, sizeof reference_variance);
    for (uint32_t i = 0; i < tracker->site_count; i++) {
        for (int k = 0; k < MEASURE_BIASES; k++) {
            const double sigma = tracker->sites[i].bias_sigma[k];
            if (sigma > 0.0 && b->biases < BIASES_MAX) {
                b->sensor[b->biases] = i;
                b->bias[b->biases] = k;
                variance[DIM + b->biases] = sigma * sigma;
                b->biases++;
            }
        }
    }
    const int dim = DIM + b->biases;
    for (int i = 0; i < dim; i++) {
        b->p[i * (dim + 1)] = variance[i];
    }
}

static void tell_bound(struct watch *w, uint32_t sensor, const struct observation *o,
                       const double truth[DIM])
{
    struct bound *b = &w->a->bound;
    struct measure m;
    double h[MEASURE_DIM_MAX * ALL_MAX] = {0};
    struct reference_gain gain;
    const int dim = DIM + b->biases;
    if (measure_linearise(&w->a->tracker.sites[sensor], o, truth, &m) != OK) {
        return;
    }
    for (int i = 0; i < m.dim; i++) {
        memcpy(h + i * dim, m.jacobian + i * 6, 6 * sizeof *h);
        for (int k = 0; k < b->biases; k++) {
            h[i * dim + DIM + k] =
                b->sensor[k] == sensor ? m.by_bias[i * MEASURE_BIASES + b->bias[k]] : 0.0;
        }
    }
    reference_tell(&m, h, b->p, dim, &gain);
}

/* The state's part of it. */
static void state_bound(const struct bound *b, double p[CELLS])
{
    for (int i = 0; i < DIM; i++) {
        memcpy(p + i * DIM, b->p + i * (DIM + b->biases), DIM * sizeof *p);
    }
}

static void take_scan(struct watch *w, const struct world_scan *scan)
{
    struct bound *bound = &w->a->bound;
    for (uint32_t i = 0; i < scan->observation_count; i++) {
        const struct observation *o = &scan->observations[i];
        if (scan->origins[i] != 0) {
            continue;
        }
        if (!instant_is_set(w->first)) {
            w->first = o->validity;
        }
        double truth[DIM];
        if (instant_before(o->validity, w->end_of_thrust) ||
            !reference_truth(&w->a->world, o->validity, truth)) {
            continue;
        }
        if (!bound->begun) {
            begin_bound(w, o->validity, truth);
        }
        move_bound(bound, o->validity, truth);
        tell_bound(w, scan->sensor, o, truth);
    }
}

static void note_error(struct accuracy_row *row, const struct track *t, const double truth[DIM])
{
    const double x[6] = {t->position.x_m,   t->position.y_m,   t->position.z_m,
                         t->velocity.x_mps, t->velocity.y_mps, t->velocity.z_mps};
    double off[6];
    for (int i = 0; i < 6; i++) {
        off[i] = x[i] - truth[i];
        *(i < 3 ? &row->error2_m2 : &row->speed_error2_m2ps2) += off[i] * off[i];
    }
    row->tracked++;
    row->nees += reference_nees(t->covariance, off);
}

/* What the bound says of the impact: the state is the true one, the ballistic coefficient what its
 * prior leaves of the truth. */
static bool predict_best(const struct watch *w, struct instant t, const double truth[DIM])
{
    struct ballistic_state s = {.time = t};
    memcpy(s.x, truth, sizeof s.x);
    state_bound(&w->a->bound, s.covariance);
    const double seen = 1.0 - s.covariance[CELLS - 1] / ESTIMATE_LN_BETA_VARIANCE;
    s.x[6] = ESTIMATE_LN_BETA_MEAN + seen * (truth[6] - ESTIMATE_LN_BETA_MEAN);
    return impact_predict(&s, &w->a->best) == OK && w->a->best.estimate.why == WHY_NONE;
}

static void note_impact(struct watch *w, struct accuracy_row *row, uint32_t slot, struct instant t,
                        const double truth[DIM])
{
    if (!reference_impact(&w->a->tracker, slot, t, &w->a->predicted) ||
        !predict_best(w, t, truth)) {
        return;
    }
    const struct impact_estimate *i = &w->a->predicted.estimate;
    const struct impact_estimate *best = &w->a->best.estimate;
    const struct geo_enu off = ellipsoid_enu(i->point, ellipsoid_to_ecef(w->truth.impact_point));
    row->inside += ellipse_contains(&i->ellipse_95, off.east_m, off.north_m) ? 1 : 0;
    row->in_time += fabs(instant_since_s(w->truth.impact_time, i->time)) <= i->time_95_s ? 1 : 0;
    row->impact2_m2 += off.east_m * off.east_m + off.north_m * off.north_m;
    row->impact_bound2_m2 += best->covariance_m2[0] + best->covariance_m2[3];
    row->area_km2[row->determined] = ellipse_area_m2(&i->ellipse_95) / 1e6;
    row->bound_area_km2[row->determined] = ellipse_area_m2(&best->ellipse_95) / 1e6;
    row->determined++;
}

/* Whether what is wrong with the sensors is known by now. */
static void check_health(struct watch *w)
{
    const struct scenario_nation *nation = &w->a->scenario.nations[w->index];
    for (uint32_t i = 0; i < nation->sensor_count; i++) {
        const struct sensing_bias truth = sensing_bias_of(&w->a->world, w->index, i);
        const double value[MEASURE_BIASES] = {truth.range_m, truth.azimuth_rad, truth.elevation_rad,
                                              truth.clock_s};
        const struct sensor_health h = tracker_health(&w->a->tracker, i);
        bool large = false;
        bool right = false;
        for (int k = 0; k < MEASURE_BIASES; k++) {
            const bool meant = h.error == (enum sensor_error)(SENSOR_ERROR_RANGE + k);
            large = large || fabs(value[k]) > w->a->tracker.sites[i].bias_sigma[k];
            right = right || (meant && fabs(h.value - value[k]) <= 4.0 * h.sigma);
        }
        w->nation->biased += large ? 1 : 0;
        w->nation->named += large && right ? 1 : 0;
        w->nation->misnamed +=
            h.error != SENSOR_ERROR_NONE && h.error != SENSOR_ERROR_UNNAMED && !right ? 1 : 0;
    }
}

/* `track`: NULL if there is none. */
static void check_coast(struct watch *w, struct instant t, const double truth[DIM], uint32_t slot,
                        const struct track *track)
{
    const double since_s = instant_since_s(t, w->a->bound.begin);
    for (int k = 0; k < ACCURACY_TIMES; k++) {
        struct accuracy_row *row = &w->nation->coast[k];
        if (since_s < accuracy_coast_s[k] || since_s >= accuracy_coast_s[k] + 1.0) {
            continue;
        }
        row->flown++;
        if (accuracy_coast_s[k] == HEALTH_AT_S) {
            check_health(w);
        }
        if (track == NULL || !instant_is_set(track->end_of_thrust)) {
            continue;
        }
        double p[CELLS];
        state_bound(&w->a->bound, p);
        note_error(row, track, truth);
        row->bound2_m2 += p[0] + p[DIM + 1] + p[2 * (DIM + 1)];
        row->speed_bound2_m2ps2 += p[3 * (DIM + 1)] + p[4 * (DIM + 1)] + p[5 * (DIM + 1)];
        note_impact(w, row, slot, t, truth);
    }
}

static void check_boost(struct watch *w, struct instant t, const double truth[DIM],
                        const struct track *track)
{
    const double since_s = instant_since_s(t, w->first);
    for (int k = 0; k < ACCURACY_TIMES; k++) {
        struct accuracy_row *row = &w->nation->boost[k];
        if (since_s < accuracy_boost_s[k] || since_s >= accuracy_boost_s[k] + 1.0) {
            continue;
        }
        row->flown++;
        if (track != NULL) {
            note_error(row, track, truth);
        }
    }
}

static void follow_thrust(struct watch *w, struct instant t, uint32_t slot)
{
    struct accuracy_nation *n = w->nation;
    const struct filter *f = &w->a->tracker.tracks[slot].filter;
    const bool declared = instant_is_set(filter_end_of_thrust(f));
    const double at_s = instant_since_s(t, w->truth.launch_time);
    if (declared && !w->was_declared) {
        w->declared_since_s = at_s;
    }
    if (declared && instant_before(t, w->end_of_thrust)) {
        struct truth_state s;
        n->premature += w->was_premature ? 0 : 1;
        w->was_premature = true;
        const bool burning = world_truth_state(&w->a->world, 0, t, &s) && s.burning;
        w->wrong_s = burning ? w->wrong_s + 1.0 : 0.0;
        n->longest_s = w->wrong_s > n->longest_s ? w->wrong_s : n->longest_s;
    } else {
        w->wrong_s = 0.0;
    }
    w->was_declared = declared;
}

static uint32_t firm_tracks(const struct tracker *t)
{
    uint32_t firm = 0;
    for (uint32_t i = 0; i < t->slot_end; i++) {
        firm += t->tracks[i].id.value != 0 && t->tracks[i].status == STATUS_FIRM ? 1 : 0;
    }
    return firm;
}

static void each_second(struct watch *w, struct instant t)
{
    struct accuracy *a = w->a;
    uint32_t slot = 0;
    struct track published;
    double truth[DIM];
    tracker_advance(&a->tracker, t);
    if (!instant_is_set(w->first)) {
        return;
    }
    const uint32_t firm = firm_tracks(&a->tracker);
    w->nation->most_tracks = firm > w->nation->most_tracks ? firm : w->nation->most_tracks;
    const struct track *track =
        reference_published(&a->tracker, t, &slot, &published) ? &published : NULL;
    if (track != NULL) {
        follow_thrust(w, t, slot);
    }
    if (!reference_truth(&a->world, t, truth)) {
        return;
    }
    if (instant_before(t, w->end_of_thrust)) {
        check_boost(w, t, truth, track);
    } else if (a->bound.begun) {
        move_bound(&a->bound, t, truth);
        check_coast(w, t, truth, slot, track);
    }
}

static void conclude(struct watch *w)
{
    struct accuracy_nation *n = w->nation;
    if (!instant_is_set(w->first) || !instant_before(w->first, w->end_of_thrust) ||
        !w->a->bound.begun) {
        return;
    }
    n->seen++;
    if (w->was_declared) {
        n->delay_s[n->declared] = w->declared_since_s - w->truth.end_of_thrust_s;
        n->declared++;
    }
}

static void watch_nation(struct accuracy *a, uint32_t index)
{
    struct watch w = {.a = a, .nation = &a->nations[index], .index = index};
    w.truth = world_truth_summary(&a->world, 0);
    w.end_of_thrust = instant_plus_s(w.truth.launch_time, w.truth.end_of_thrust_s);
    w.first = INSTANT_UNSET;
    memset(&a->bound, 0, sizeof a->bound);
    reference_begin(&a->world, index, &a->tracker);
    struct world_scan scan;
    struct instant t = w.truth.launch_time;
    while (instant_before(t, w.truth.impact_time)) {
        t = instant_plus_s(t, 1.0);
        while (reference_look(&a->world, index, t, &a->tracker, &scan)) {
            take_scan(&w, &scan);
        }
        each_second(&w, t);
    }
    conclude(&w);
}

result accuracy_fly(struct accuracy *a, uint64_t seed)
{
    TRY(world_init(&a->world, &a->scenario, seed, NULL));
    for (uint32_t n = 0; n < a->scenario.nation_count; n++) {
        watch_nation(a, n);
    }
    return OK;
}
