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
    int biases; /* which there are: of which sensor, which */
    uint32_t sensor[BIASES_MAX];
    int bias[BIASES_MAX];
    double p[ALL_MAX * ALL_MAX];
};

struct accuracy {
    struct scenario scenario;
    struct world world;
    struct tracker tracker;
    struct measure_site sites[LIMIT_SENSORS];
    struct bound bound;
    struct impact_prediction predicted;
    struct impact_prediction best;
    struct accuracy_nation nations[LIMIT_NATIONS];
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

static result allocate(struct accuracy_nation *n, uint32_t seeds)
{
    n->delay_s = calloc(seeds, sizeof *n->delay_s);
    ENSURE(n->delay_s != NULL, ERR_FULL);
    for (int k = 0; k < ACCURACY_TIMES; k++) {
        n->coast[k].area_km2 = calloc(seeds, sizeof *n->coast[k].area_km2);
        n->coast[k].bound_area_km2 = calloc(seeds, sizeof *n->coast[k].bound_area_km2);
        ENSURE(n->coast[k].area_km2 != NULL && n->coast[k].bound_area_km2 != NULL, ERR_FULL);
    }
    return OK;
}

result accuracy_open(const struct scenario *scenario, uint32_t seeds, struct accuracy **out)
{
    ENSURE(scenario->launch_count == 1 && !scenario->launches[0].plan.to_orbit, ERR_STATE);
    struct accuracy *a = calloc(1, sizeof *a);
    ENSURE(a != NULL, ERR_FULL);
    a->scenario = *scenario;
    for (uint32_t n = 0; n < scenario->nation_count; n++) {
        if (allocate(&a->nations[n], seeds) != OK) {
            accuracy_close(a);
            return ERR_FULL;
        }
    }
    *out = a;
    return OK;
}

void accuracy_close(struct accuracy *a)
{
    for (uint32_t n = 0; n < LIMIT_NATIONS; n++) {
        free(a->nations[n].delay_s);
        for (int k = 0; k < ACCURACY_TIMES; k++) {
            free(a->nations[n].coast[k].area_km2);
            free(a->nations[n].coast[k].bound_area_km2);
        }
    }
    free(a);
}

const struct accuracy_nation *accuracy_of(const struct accuracy *a, uint32_t nation)
{
    return &a->nations[nation];
}

static void move_bound(struct watch *w, struct instant t)
{
    struct bound *b = &w->a->bound;
    double x[DIM];
    double transition[CELLS];
    double all[ALL_MAX * ALL_MAX];
    double moved[ALL_MAX * ALL_MAX];
    const double dt_s = instant_since_s(t, b->time);
    const int dim = DIM + b->biases;
    if (!b->begun || dt_s <= 0.0 || !reference_truth(&w->a->world, b->time, x)) {
        return;
    }
    estimate_move(ESTIMATE_BALLISTIC, x, dt_s, transition);
    matrix_identity(all, dim);
    for (int i = 0; i < DIM; i++) {
        memcpy(all + i * dim, transition + i * DIM, DIM * sizeof *all);
    }
    matrix_transform(all, b->p, moved, dim, dim);
    memcpy(b->p, moved, sizeof *moved * (size_t)(dim * dim));
    b->time = t;
}

static void begin_bound(struct watch *w, struct instant t)
{
    struct bound *b = &w->a->bound;
    const struct scenario_nation *nation = &w->a->scenario.nations[w->index];
    memset(b, 0, sizeof *b);
    b->begun = true;
    b->begin = t;
    b->time = t;
    double variance[ALL_MAX];
    memcpy(variance, reference_variance, sizeof reference_variance);
    for (uint32_t i = 0; i < nation->sensor_count; i++) {
        for (int k = 0; k < MEASURE_BIASES && b->biases < BIASES_MAX; k++) {
            const double sigma = w->a->sites[i].bias_sigma[k];
            if (sigma > 0.0) {
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

static void tell_bound(struct watch *w, uint32_t sensor, const struct observation *o)
{
    struct bound *b = &w->a->bound;
    struct measure m;
    double x[DIM];
    double h[MEASURE_DIM_MAX * ALL_MAX] = {0};
    struct reference_gain gain;
    const int dim = DIM + b->biases;
    if (!reference_truth(&w->a->world, o->validity, x) ||
        measure_linearise(&w->a->sites[sensor], o, x, &m) != OK) {
        return;
    }
    for (int i = 0; i < m.dim; i++) {
        memcpy(h + i * dim, m.jacobian + i * 6, 6 * sizeof *h);
        for (int k = 0; k < b->biases; k++) {
            h[i * dim + DIM + k] =
                b->sensor[k] == sensor ? m.by_bias[i * MEASURE_BIASES + b->bias[k]] : 0.0;
        }
    }
    (void)reference_tell(&m, h, b->p, dim, &gain);
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
    struct accuracy *a = w->a;
    if (tracker_scan(&a->tracker, scan->observations, scan->observation_count) != OK) {
        return;
    }
    for (uint32_t i = 0; i < scan->observation_count; i++) {
        const struct observation *o = &scan->observations[i];
        if (scan->origins[i] != 0) {
            continue;
        }
        if (!instant_is_set(w->first)) {
            w->first = o->validity;
        }
        if (instant_before(o->validity, w->end_of_thrust)) {
            continue;
        }
        if (!a->bound.begun) {
            begin_bound(w, o->validity);
        }
        move_bound(w, o->validity);
        tell_bound(w, scan->sensor, o);
    }
}

static void note_error(struct accuracy_row *row, const struct track *t, const double truth[DIM])
{
    const double x[6] = {t->position.x_m,   t->position.y_m,   t->position.z_m,
                         t->velocity.x_mps, t->velocity.y_mps, t->velocity.z_mps};
    double off[6];
    double factor[36];
    for (int i = 0; i < 6; i++) {
        off[i] = x[i] - truth[i];
        *(i < 3 ? &row->error2_m2 : &row->speed_error2_m2ps2) += off[i] * off[i];
    }
    row->tracked++;
    if (matrix_cholesky(t->covariance, factor, 6) == OK) {
        row->nees += matrix_mahalanobis_squared(factor, off, 6) / 6.0;
    }
}

static bool predict(const double x[DIM], const double p[CELLS], struct instant t,
                    struct impact_prediction *out)
{
    struct ballistic_state s = {.time = t};
    memcpy(s.x, x, sizeof s.x);
    memcpy(s.covariance, p, sizeof s.covariance);
    return impact_predict(&s, out) == OK && out->estimate.why == WHY_NONE;
}

/* What the bound says of the impact: the state is the true one, the ballistic coefficient what its
 * prior leaves of the truth. */
static bool predict_best(const struct watch *w, struct instant t, const double truth[DIM])
{
    double x[DIM];
    double p[CELLS];
    memcpy(x, truth, sizeof x);
    state_bound(&w->a->bound, p);
    const double seen = 1.0 - p[CELLS - 1] / ESTIMATE_LN_BETA_VARIANCE;
    x[6] = ESTIMATE_LN_BETA_MEAN + seen * (truth[6] - ESTIMATE_LN_BETA_MEAN);
    return predict(x, p, t, &w->a->best);
}

static void note_impact(struct watch *w, struct accuracy_row *row, uint32_t slot, struct instant t,
                        const double truth[DIM])
{
    struct estimate e;
    if (!tracker_ballistic(&w->a->tracker, slot, t, &e) ||
        !predict(e.x, e.p, t, &w->a->predicted) || !predict_best(w, t, truth)) {
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
            large = large || fabs(value[k]) > w->a->sites[i].bias_sigma[k];
            right = right || (meant && fabs(h.value - value[k]) <= 4.0 * h.sigma);
        }
        w->nation->biased += large ? 1 : 0;
        w->nation->named += large && right ? 1 : 0;
        w->nation->misnamed +=
            h.error != SENSOR_ERROR_NONE && h.error != SENSOR_ERROR_UNNAMED && !right ? 1 : 0;
    }
}

static void check_coast(struct watch *w, struct instant t, uint32_t slot, bool has_track)
{
    const double since_s = instant_since_s(t, w->a->bound.begin);
    for (int k = 0; k < ACCURACY_TIMES; k++) {
        struct accuracy_row *row = &w->nation->coast[k];
        double truth[DIM];
        struct track track;
        if (since_s < accuracy_coast_s[k] || since_s >= accuracy_coast_s[k] + 1.0 ||
            !reference_truth(&w->a->world, t, truth)) {
            continue;
        }
        row->flown++;
        if (accuracy_coast_s[k] == HEALTH_AT_S) {
            check_health(w);
        }
        if (!has_track || !tracker_publish(&w->a->tracker, slot, t, &track) ||
            !instant_is_set(track.end_of_thrust)) {
            continue;
        }
        double p[CELLS];
        state_bound(&w->a->bound, p);
        note_error(row, &track, truth);
        row->bound2_m2 += p[0] + p[DIM + 1] + p[2 * (DIM + 1)];
        row->speed_bound2_m2ps2 += p[3 * (DIM + 1)] + p[4 * (DIM + 1)] + p[5 * (DIM + 1)];
        note_impact(w, row, slot, t, truth);
    }
}

static void check_boost(struct watch *w, struct instant t, uint32_t slot, bool has_track)
{
    const double since_s = instant_since_s(t, w->first);
    for (int k = 0; k < ACCURACY_TIMES; k++) {
        struct accuracy_row *row = &w->nation->boost[k];
        double truth[DIM];
        struct track track;
        if (since_s < accuracy_boost_s[k] || since_s >= accuracy_boost_s[k] + 1.0 ||
            !reference_truth(&w->a->world, t, truth)) {
            continue;
        }
        row->flown++;
        if (has_track && tracker_publish(&w->a->tracker, slot, t, &track)) {
            note_error(row, &track, truth);
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

static void each_second(struct watch *w, struct instant t)
{
    uint32_t slot = 0;
    tracker_advance(&w->a->tracker, t);
    if (!instant_is_set(w->first)) {
        return;
    }
    const bool has_track = reference_track(&w->a->tracker, &slot);
    uint32_t firm = 0;
    for (uint32_t i = 0; i < w->a->tracker.slot_end; i++) {
        const struct tracker_track *track = &w->a->tracker.tracks[i];
        firm += track->id.value != 0 && track->status == STATUS_FIRM ? 1 : 0;
    }
    w->nation->most_tracks = firm > w->nation->most_tracks ? firm : w->nation->most_tracks;
    if (has_track) {
        follow_thrust(w, t, slot);
    }
    if (instant_before(t, w->end_of_thrust)) {
        check_boost(w, t, slot, has_track);
    } else if (w->a->bound.begun) {
        move_bound(w, t);
        check_coast(w, t, slot, has_track);
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

static result watch_nation(struct accuracy *a, uint32_t index)
{
    const struct scenario_nation *nation = &a->world.scenario.nations[index];
    struct watch w = {.a = a, .nation = &a->nations[index], .index = index};
    w.truth = world_truth_summary(&a->world, 0);
    w.end_of_thrust = instant_plus_s(w.truth.launch_time, w.truth.end_of_thrust_s);
    w.first = INSTANT_UNSET;
    memset(&a->bound, 0, sizeof a->bound);
    tracker_init(&a->tracker, nation->id);
    for (uint32_t i = 0; i < nation->sensor_count; i++) {
        TRY(tracker_add_sensor(&a->tracker, &nation->sensors[i].sensor));
        measure_site_init(&a->sites[i], &nation->sensors[i].sensor);
    }
    world_rewind(&a->world);
    struct world_scan scan;
    struct instant t = w.truth.launch_time;
    bool more = world_next(&a->world, &scan);
    while (instant_before(t, w.truth.impact_time)) {
        t = instant_plus_s(t, 1.0);
        for (; more && instant_before(scan.receipt, t); more = world_next(&a->world, &scan)) {
            if (scan.nation == index) {
                take_scan(&w, &scan);
            }
        }
        each_second(&w, t);
    }
    conclude(&w);
    return OK;
}

result accuracy_fly(struct accuracy *a, uint64_t seed)
{
    TRY(world_init(&a->world, &a->scenario, seed, NULL));
    for (uint32_t n = 0; n < a->scenario.nation_count; n++) {
        TRY(watch_nation(a, n));
    }
    return OK;
}
