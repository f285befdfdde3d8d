#include "cli/fusion.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/matrix.h"
#include "cli/reference.h"
#include "fuse/common.h"
#include "share/codec.h"
#include "share/release.h"
#include "sim/world.h"
#include "track/tracker.h"

const double fusion_boost_s[FUSION_TIMES] = {-80, -60, -50, -40, -30, -20, -10, -5};
const double fusion_coast_s[FUSION_TIMES] = {10, 15, 20, 30, 60, 120, 240, 330};
#define RUMOUR_FROM_S 30.0
#define COARSEN_M 500.0

enum { RINGS = 2 };

/* What a nation of a ring fused last, as a track. */
struct ring {
    bool present[LIMIT_NATIONS];
    struct track fused[LIMIT_NATIONS];
};

struct fusion {
    struct scenario scenario;
    struct world world;
    struct tracker central;
    struct tracker nations[LIMIT_NATIONS];
    struct digest_key keys[LIMIT_NATIONS];
    struct ring rings[RINGS];
    bool was_ballistic[FUSION_WAYS][LIMIT_NATIONS];
    struct fusion_rows rows[FUSION_WAYS];
};

/* One flight. */
struct watch {
    struct fusion *f;
    struct instant end_of_thrust;
    struct instant first;       /* observation */
    struct instant first_coast; /* without thrust */
};

const char *fusion_way_text(enum fusion_way way)
{
    static const char *const TEXT[FUSION_WAYS] = {"alone",   "exact",  "outer bound", "coarse",
                                                  "no span", "rumour", "lie"};
    return TEXT[way];
}

result fusion_open(const struct scenario *scenario, struct fusion **out)
{
    ENSURE(scenario->launch_count == 1 && !scenario->launches[0].plan.to_orbit, ERR_STATE);
    struct fusion *f = calloc(1, sizeof *f);
    ENSURE(f != NULL, ERR_FULL);
    f->scenario = *scenario;
    *out = f;
    return OK;
}

void fusion_close(struct fusion *f)
{
    free(f);
}

const struct fusion_rows *fusion_rows_of(const struct fusion *f, enum fusion_way way)
{
    return &f->rows[way];
}

void fusion_worst(const struct fusion_row *row, double *worst, double *limit)
{
    const double n = row->both > 2 ? (double)row->both : 2.0;
    double mean[36];
    double values[6];
    double vectors[36];
    for (int i = 0; i < 36; i++) {
        mean[i] = row->whitened[i] / n;
    }
    matrix_eigen(mean, values, vectors, 6);
    *worst = values[5];
    const double sum = sqrt(n - 1.0) + sqrt(6.0);
    const double spread = sum * cbrt(1.0 / sqrt(n - 1.0) + 1.0 / sqrt(6.0));
    *limit = (sum * sum + 2.0234 * spread) / n;
}

static struct common_contribution contribution_of(const struct track *t)
{
    struct common_contribution c;
    memset(&c, 0, sizeof c);
    c.track = *t;
    return c;
}

/* The nation's own track, with what only it knows of it. */
static bool own_contribution(const struct fusion *f, uint32_t nation, struct instant t,
                             struct common_contribution *out)
{
    struct track own;
    uint32_t slot = 0;
    struct estimate e;
    if (!reference_published(&f->nations[nation], t, &slot, &own)) {
        return false;
    }
    *out = contribution_of(&own);
    if (tracker_ballistic(&f->nations[nation], slot, t, &e)) {
        out->has_beta = true;
        memcpy(out->x, e.x, sizeof out->x);
        memcpy(out->p, e.p, sizeof out->p);
    }
    return true;
}

/* What the first nation gets of a track, through release and codec. */
static bool released(const struct fusion *f, uint32_t from, uint32_t to, const struct track *t,
                     enum policy_covariance covariance, double coarsen_m, struct track *out)
{
    const struct nation_id owner = f->scenario.nations[from].id;
    const struct nation_id partner = f->scenario.nations[to].id;
    struct policy policy = {.owner = owner, .number = 1, .rule_count = 1};
    policy.label = (struct label){.owner = owner,
                                  .classification = CLASSIFICATION_UNCLASSIFIED,
                                  .releasable_count = 1,
                                  .releasable_to = {partner}};
    policy.rules[0] = (struct policy_rule){.action = POLICY_RELEASE,
                                           .kind = RECORD_TRACK,
                                           .to_count = 1,
                                           .to = {partner},
                                           .classification_max = CLASSIFICATION_UNCLASSIFIED,
                                           .covariance = covariance,
                                           .coarsen_position_m = coarsen_m};
    struct record record;
    memset(&record, 0, sizeof record);
    record.kind = RECORD_TRACK;
    record.made = t->time;
    record.label = policy.label;
    record.track = *t;
    record.track.owner = owner;
    const struct release_request request = {
        .policy = &policy, .to = partner, .key = &f->keys[from], .now = t->time};
    struct released_record made;
    struct release_decision decision;
    if (release_apply(&request, &record, &made, &decision) != OK ||
        codec_decode((struct bytes){made.bytes, made.size}, &record) != OK) {
        return false;
    }
    *out = record.track;
    return true;
}

static bool solve(struct fusion *f, enum fusion_way way, uint32_t nation, struct instant t,
                  struct common_contribution *c, uint32_t count, struct common_solution *out)
{
    if (common_solve(c, count, t, f->was_ballistic[way][nation], out) != OK) {
        return false;
    }
    f->was_ballistic[way][nation] = out->ballistic;
    return true;
}

/* The first nation's picture, made of its own track and of what its partners release. */
static bool solve_shared(struct fusion *f, enum fusion_way way, struct instant t,
                         uint32_t *left_out, struct common_solution *out)
{
    struct common_contribution c[LIMIT_NATIONS];
    uint32_t count = own_contribution(f, 0, t, &c[0]) ? 1 : 0;
    const bool exact = way == FUSION_EXACT || way == FUSION_NO_SPAN;
    for (uint32_t n = 1; n < f->scenario.nation_count && way != FUSION_ALONE; n++) {
        struct track track;
        uint32_t slot = 0;
        if (!reference_published(&f->nations[n], t, &slot, &track)) {
            continue;
        }
        if (way == FUSION_NO_SPAN) {
            track.span_from = INSTANT_UNSET;
        }
        if (released(f, n, 0, &track,
                     exact ? POLICY_COVARIANCE_EXACT : POLICY_COVARIANCE_OUTER_BOUND,
                     way == FUSION_COARSE ? COARSEN_M : 0.0, &track)) {
            c[count++] = contribution_of(&track);
        }
    }
    if (!solve(f, way, 0, t, c, count, out)) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        *left_out += c[i].used ? 0 : 1;
    }
    return true;
}

/* What a nation of a ring passes on: its common picture, in the form of a track of its own. */
static struct track pass_on(const struct track *own, const struct common_solution *s,
                            struct instant t, bool lies)
{
    struct track out = *own;
    out.time = t;
    out.position = (struct geo_ecef){s->x[0], s->x[1], s->x[2]};
    out.velocity = (struct geo_velocity){s->x[3], s->x[4], s->x[5]};
    for (int i = 0; i < 36; i++) {
        out.covariance[i] = s->p[(i / 6) * COMMON_DIM + i % 6];
    }
    out.phase = s->phase;
    out.last_measurement = s->last_measurement;
    out.end_of_thrust = s->end_of_thrust;
    out.span_from = lies ? s->end_of_thrust : INSTANT_UNSET;
    return out;
}

/* A second of rumours: each nation fuses its own track with what the one before it passed on a
 * second ago. */
static bool turn_ring(struct watch *w, enum fusion_way way, struct instant t, uint32_t *left_out,
                      struct common_solution *first)
{
    struct fusion *f = w->f;
    struct ring *ring = &f->rings[way - FUSION_RUMOUR];
    const struct ring before = *ring;
    const uint32_t nations = f->scenario.nation_count;
    bool solved = false;
    for (uint32_t n = 0; n < nations; n++) {
        const uint32_t from = (n + nations - 1) % nations;
        struct common_contribution c[2];
        struct common_solution s;
        uint32_t count = own_contribution(f, n, t, &c[0]) ? 1 : 0;
        struct track track;
        if (count == 0) {
            continue;
        }
        if (before.present[from] &&
            released(f, from, n, &before.fused[from], POLICY_COVARIANCE_EXACT, 0.0, &track)) {
            c[count++] = contribution_of(&track);
        }
        if (!solve(f, way, n, t, c, count, &s) || !s.ballistic) {
            continue;
        }
        ring->present[n] = true;
        ring->fused[n] = pass_on(&c[0].track, &s, t, way == FUSION_LIE);
        if (n == 0) {
            *first = s;
            *left_out += count == 2 && !c[1].used ? 1 : 0;
            solved = true;
        }
    }
    return solved;
}

static void note_whitened(struct fusion_row *row, const double off[6], const double p[36])
{
    double factor[36];
    double y[6];
    memcpy(y, off, sizeof y);
    const result factored = matrix_cholesky(p, factor, 6);
    assert(factored == OK);
    matrix_forward_substitute(factor, y, 6, 1);
    for (int i = 0; i < 6; i++) {
        row->nees += y[i] * y[i] / 6.0;
        for (int j = 0; j < 6; j++) {
            row->whitened[i * 6 + j] += y[i] * y[j];
        }
    }
}

static void note(struct fusion_row *row, const struct truth_state *truth,
                 const struct track *central, const struct common_solution *s)
{
    const double x[6] = {truth->position.x_m,   truth->position.y_m,   truth->position.z_m,
                         truth->velocity.x_mps, truth->velocity.y_mps, truth->velocity.z_mps};
    const double best[6] = {central->position.x_m,   central->position.y_m,
                            central->position.z_m,   central->velocity.x_mps,
                            central->velocity.y_mps, central->velocity.z_mps};
    double off[6];
    double best_off[6];
    double p[36];
    for (int i = 0; i < 6; i++) {
        off[i] = s->x[i] - x[i];
        best_off[i] = best[i] - x[i];
        row->error2_m2 += i < 3 ? off[i] * off[i] : 0.0;
        row->central_error2_m2 += i < 3 ? best_off[i] * best_off[i] : 0.0;
        memcpy(p + i * 6, s->p + i * COMMON_DIM, 6 * sizeof *p);
    }
    row->both++;
    note_whitened(row, off, p);
    row->central_nees += reference_nees(central->covariance, best_off);
}

/* The row of this second, if it is one that is looked at. */
static int row_at(const double times_s[FUSION_TIMES], double since_s)
{
    for (int k = 0; k < FUSION_TIMES; k++) {
        if (since_s >= times_s[k] && since_s < times_s[k] + 1.0) {
            return k;
        }
    }
    return -1;
}

static void look(struct watch *w, enum fusion_way way, struct instant t, bool coast, int k)
{
    struct fusion *f = w->f;
    struct fusion_row *row =
        coast ? &f->rows[way].coast[k < 0 ? 0 : k] : &f->rows[way].boost[k < 0 ? 0 : k];
    struct common_solution s;
    struct track central;
    struct truth_state truth;
    uint32_t slot = 0;
    uint32_t left_out = 0;
    const bool solved = way >= FUSION_RUMOUR ? turn_ring(w, way, t, &left_out, &s)
                                             : solve_shared(f, way, t, &left_out, &s);
    if (k < 0 || !world_truth_state(&f->world, 0, t, &truth)) {
        return;
    }
    row->flown++;
    if (!solved || !reference_published(&f->central, t, &slot, &central) ||
        (coast && !(s.ballistic && instant_is_set(central.end_of_thrust)))) {
        return;
    }
    row->left_out += left_out;
    note(row, &truth, &central, &s);
}

static void each_second(struct watch *w, struct instant t)
{
    struct fusion *f = w->f;
    tracker_advance(&f->central, t);
    for (uint32_t n = 0; n < f->scenario.nation_count; n++) {
        tracker_advance(&f->nations[n], t);
    }
    if (!instant_is_set(w->first)) {
        return;
    }
    const bool coast = !instant_before(t, w->end_of_thrust);
    if (coast && !instant_is_set(w->first_coast)) {
        return;
    }
    const double since_s = instant_since_s(t, coast ? w->first_coast : w->end_of_thrust);
    const int k = row_at(coast ? fusion_coast_s : fusion_boost_s, since_s);
    for (int way = 0; way < FUSION_WAYS; way++) {
        const bool ring = way >= FUSION_RUMOUR;
        if (!ring && k >= 0) {
            look(w, (enum fusion_way)way, t, coast, k);
        } else if (ring && coast && since_s >= RUMOUR_FROM_S) {
            look(w, (enum fusion_way)way, t, coast, since_s < RUMOUR_FROM_S + 1.0 ? -1 : k);
        }
    }
}

static void take_scan(struct watch *w, const struct world_scan *scan)
{
    struct fusion *f = w->f;
    const uint32_t count = scan->observation_count;
    const result own = tracker_scan(&f->nations[scan->nation], scan->observations, count);
    const result all = tracker_scan(&f->central, scan->observations, count);
    assert(own == OK && all == OK); /* one sensor that both know, one time */
    for (uint32_t i = 0; i < count; i++) {
        const struct instant at = scan->observations[i].validity;
        if (scan->origins[i] != 0) {
            continue;
        }
        if (!instant_is_set(w->first)) {
            w->first = at;
        }
        if (!instant_is_set(w->first_coast) && !instant_before(at, w->end_of_thrust)) {
            w->first_coast = at;
        }
    }
}

static result begin(struct fusion *f, uint64_t seed)
{
    memset(f->rings, 0, sizeof f->rings);
    memset(f->was_ballistic, 0, sizeof f->was_ballistic);
    tracker_init(&f->central, f->scenario.nations[0].id);
    for (uint32_t n = 0; n < f->scenario.nation_count; n++) {
        const struct scenario_nation *nation = &f->scenario.nations[n];
        uint8_t storage[8];
        const struct digest_key none = {{0}};
        const struct digest d =
            digest_keyed(&none, "study", digest_number(seed * LIMIT_NATIONS + n, storage),
                         (struct bytes){NULL, 0});
        memcpy(f->keys[n].bytes, d.bytes, sizeof d.bytes);
        reference_begin(&f->world, n, &f->nations[n]);
        for (uint32_t i = 0; i < nation->sensor_count; i++) {
            TRY(tracker_add_sensor(&f->central, &nation->sensors[i].sensor));
        }
    }
    return OK;
}

result fusion_fly(struct fusion *f, uint64_t seed)
{
    TRY(world_init(&f->world, &f->scenario, seed, NULL));
    TRY(begin(f, seed));
    const struct truth_summary truth = world_truth_summary(&f->world, 0);
    struct watch w = {.f = f, .first = INSTANT_UNSET, .first_coast = INSTANT_UNSET};
    w.end_of_thrust = instant_plus_s(truth.launch_time, truth.end_of_thrust_s);
    const struct instant end =
        instant_plus_s(w.end_of_thrust, fusion_coast_s[FUSION_TIMES - 1] + 10.0);
    struct instant t = truth.launch_time;
    struct world_scan scan;
    while (instant_before(t, truth.impact_time) && instant_before(t, end)) {
        t = instant_plus_s(t, 1.0);
        while (instant_before(world_next_time(&f->world), t)) {
            (void)world_next(&f->world, &scan);
            take_scan(&w, &scan);
        }
        each_second(&w, t);
    }
    return OK;
}
