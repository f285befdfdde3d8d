#include "track/match.h"

#include <string.h>

#include "base/elementary.h"
#include "base/gaussian.h"
#include "physics/missile.h"
#include "track/assign.h"
#include "track/chance.h"
#include "track/gate.h"
#include "track/group.h"
#include "track/joint.h"
#include "track/life.h"

_Static_assert(ASSIGN_ROWS_MAX == TRACKER_TRACKS_MAX, "assign is too small");
_Static_assert(ASSIGN_COLUMNS_MAX == TRACKER_SCAN_MAX, "assign is too small");
_Static_assert(GATE_PLOTS_MAX == TRACKER_SCAN_MAX, "the gate is too small");

/* A missile that steers does not keep to the boost's model: its gate is this much wider. */
#define BOOST_GATE_FACTOR MISSILE_BOOST_GATE_FACTOR

/* See weigh(). */
#define NEW_SIGMAS 4.0
#define LOG_8_PI 3.2241714275292434 /* of 2 pi, and of twice the noise, squared */
#define LOG_RATIO_MAX 50.0
#define SHARE_MIN 0.02 /* of what is less probable nothing is mixed in */

/* The tracks that have plots near them, and which. */
struct rows {
    int count;
    uint32_t slot[TRACKER_TRACKS_MAX];
    uint32_t first[TRACKER_TRACKS_MAX + 1];
    struct assign_edge edges[TRACKER_TRACKS_MAX * GATE_NEAR_MAX];
    double weight[TRACKER_TRACKS_MAX * GATE_NEAR_MAX];
    double probability[TRACKER_TRACKS_MAX * GATE_NEAR_MAX];
    uint16_t claims[TRACKER_SCAN_MAX]; /* how many rows might have made a plot */
};

/* A look may come in several scans: what has a plot of it needs no other. */
static bool takes_part(const struct tracker_track *track, const struct match *scan, bool tentative)
{
    return track->id.value != 0 && track->status != STATUS_DROPPED &&
           (track->status == STATUS_TENTATIVE) == tentative &&
           !(track->look_site == scan->site &&
             instant_equal(track->look_time, scan->plots[0].validity));
}

/* How many times likelier a plot is of a track than of none: beside the density of what is new or
 * false, which is taken as that of a track's plot four sigma from where it should be. */
static double weigh(const struct measure_site *site, const struct observation *o,
                    const struct innovation *i)
{
    const struct sensor *s = &site->sensor;
    const double rate = i->dim == 4 ? s->sigma_range_rate_mps : 1.0;
    const double volume = s->sigma_range_m * s->sigma_azimuth_rad * s->sigma_elevation_rad * rate;
    if (s->kind != SENSOR_RADAR || measure_is_flat(site, o)) {
        return 1.0;
    }
    const double log_density =
        -0.5 * (NEW_SIGMAS * NEW_SIGMAS + i->dim * LOG_8_PI) - elementary_log(volume);
    const double log_ratio = i->log_likelihood - log_density;
    return elementary_exp(log_ratio > LOG_RATIO_MAX ? LOG_RATIO_MAX : log_ratio);
}

static uint32_t add_pairs(const struct filter_prediction *expected, double factor,
                          const struct observation *plots, const uint16_t *near, uint32_t count,
                          struct assign_edge *edges, double *weight)
{
    uint32_t found = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct innovation innovation;
        if (filter_compare_predicted(expected, &plots[near[i]], &innovation) == OK &&
            innovation.distance_squared <= factor * gaussian_gate(innovation.dim)) {
            const double cost = innovation.distance_squared / factor;
            edges[found] = (struct assign_edge){near[i], cost};
            weight[found] = weigh(expected->site, &plots[near[i]], &innovation);
            found++;
        }
    }
    return found;
}

/* The exact gate: the pairs of one track, predicted once. What coasts is looked for where it
 * coasts to, and only if there is nothing where it would be if its motor burnt again. */
static void add_row(struct tracker *t, const struct match *scan, const struct gate *gate,
                    uint32_t slot, struct rows *rows)
{
    const struct tracker_track *track = &t->tracks[slot];
    const struct measure_site *site = &t->sites[scan->site];
    uint16_t near[GATE_NEAR_MAX];
    const uint32_t count = gate_near(gate, site, &track->filter, &scan->plots[0], near);
    const uint32_t first = rows->first[rows->count];
    uint32_t found = 0;
    if (count == 0) {
        return;
    }
    struct filter *ahead = &t->ahead[slot];
    struct filter_prediction expected;
    filter_copy(&track->filter, ahead);
    filter_predict(ahead, scan->plots[0].validity);
    if (filter_predicted(ahead, site, scan->plots[0].validity, &expected) != OK) {
        return;
    }
    const double factor = ahead->mode == FILTER_THRUSTING ? BOOST_GATE_FACTOR : 1.0;
    const bool coasts = ahead->mode == FILTER_BALLISTIC;
    struct filter_prediction coasting = expected;
    coasting.count = 1;
    if (coasts) {
        found = add_pairs(&coasting, factor, scan->plots, near, count, rows->edges + first,
                          rows->weight + first);
    }
    if (found == 0 && !(coasts && track->began_beside)) {
        found = add_pairs(&expected, factor, scan->plots, near, count, rows->edges + first,
                          rows->weight + first);
    }
    if (found > 0) {
        rows->slot[rows->count] = slot;
        rows->count++;
        rows->first[rows->count] = first + found;
    }
}

/* A part of a mixture. */
struct part {
    double share;
    struct estimate estimate;
};

/* Mean and covariance of a mixture, the spread of the means included. */
static void mix(const struct part *parts, uint32_t count, struct estimate *out)
{
    double sum = 0.0;
    memset(out, 0, sizeof *out);
    for (uint32_t k = 0; k < count; k++) {
        sum += parts[k].share;
    }
    for (uint32_t k = 0; k < count; k++) {
        for (int i = 0; i < ESTIMATE_DIM; i++) {
            out->x[i] += parts[k].share / sum * parts[k].estimate.x[i];
        }
    }
    for (uint32_t k = 0; k < count; k++) {
        const struct estimate *e = &parts[k].estimate;
        for (int i = 0; i < ESTIMATE_CELLS; i++) {
            const int row = i / ESTIMATE_DIM;
            const int column = i % ESTIMATE_DIM;
            out->p[i] += parts[k].share / sum *
                         (e->p[i] + (e->x[row] - out->x[row]) * (e->x[column] - out->x[column]));
        }
    }
}

/* The coast of a track that used its own plot, mixed with what it would be had it used others or
 * none, each by its probability. */
static void spread(const struct tracker *t, const struct match *scan, const struct rows *rows,
                   int row, int plot, const struct filter *before, struct estimate *coast)
{
    struct part parts[GATE_NEAR_MAX + 1];
    uint32_t count = 0;
    double missed = 1.0;
    for (uint32_t i = rows->first[row]; i < rows->first[row + 1]; i++) {
        const int other = rows->edges[i].column;
        const double share = rows->probability[i];
        struct part *part = &parts[count];
        struct innovation found;
        *part = (struct part){share, other == plot ? *coast : before->coast};
        if (other != plot &&
            (share < SHARE_MIN ||
             estimate_update(
                 ESTIMATE_BALLISTIC, &part->estimate, &t->sites[scan->site], &scan->plots[other],
                 instant_since_s(before->time, scan->plots[other].validity), &found) != OK)) {
            continue;
        }
        missed -= share;
        count++;
    }
    if (missed > 0.0) {
        parts[count] = (struct part){missed, before->coast};
        count++;
    }
    mix(parts, count, coast);
}

/* Of several objects that are close together, plots of the one look like thrust of the other: no
 * motor is said to burn for the sake of a plot that another track might have made, and what coasts
 * takes such a plot for what it probably is. */
static void settle(const struct tracker *t, const struct match *scan, const struct rows *rows,
                   int row, int plot, struct tracker_track *track, const struct filter *after)
{
    struct filter before = track->filter;
    filter_predict(&before, scan->plots[plot].validity);
    if (before.mode != FILTER_BALLISTIC) {
        track->filter = *after;
        return;
    }
    if (after->mode != FILTER_BALLISTIC) {
        track->filter = before;
        track->filter.against_ballistic = 0.0;
        return;
    }
    track->filter = *after;
    if (after->against_ballistic > before.against_ballistic) {
        track->filter.against_ballistic = before.against_ballistic;
    }
    if (scan->plots[plot].kind == SENSOR_RADAR && before.registration.count == 0 &&
        after->registration.count == 0) {
        spread(t, scan, rows, row, plot, &before, &track->filter.coast);
    }
}

/* What is doubtful, or not yet believed, is not gone back to for the sake of a late plot. */
static bool take(const struct tracker *t, struct tracker_track *track, struct filter *ahead,
                 uint8_t site, const struct observation *plot, bool alone)
{
    if (alone && track->status != STATUS_TENTATIVE) {
        return replay_update(&track->replay, ahead, &track->memory, t->sites, site, plot) == OK;
    }
    replay_forget(&track->replay);
    return filter_update(ahead, &track->memory, t->sites, site, plot) == OK;
}

/* The track of a row takes the plot that it was assigned. */
static void use(struct tracker *t, struct match *scan, const struct rows *rows, int row, int plot)
{
    struct tracker_track *track = &t->tracks[rows->slot[row]];
    struct filter *ahead = &t->ahead[rows->slot[row]];
    const bool alone = rows->claims[plot] == 1 && rows->first[row + 1] - rows->first[row] == 1;
    const double score = track->status == STATUS_TENTATIVE
                             ? chance_score(t, track, scan->site, &scan->plots[plot])
                             : 0.0;
    if (!take(t, track, ahead, scan->site, &scan->plots[plot], alone)) {
        return;
    }
    if (alone) {
        filter_copy(ahead, &track->filter);
    } else {
        settle(t, scan, rows, row, plot, track, ahead);
    }
    track->score += score;
    scan->taken[plot] = true;
    t->used++;
    life_note_hit(t, track, scan->site, &scan->plots[plot]);
}

/* Whether the sensor sees one echo of a track that it did not measure and of one that it did. */
static bool is_in_group(struct tracker *t, const struct match *scan, const struct rows *rows,
                        const int *column_of, uint32_t slot)
{
    struct filter *ahead = &t->ahead[slot];
    filter_copy(&t->tracks[slot].filter, ahead);
    filter_predict(ahead, scan->plots[0].validity);
    for (int row = 0; row < rows->count; row++) {
        const uint32_t other = rows->slot[row];
        if (column_of[row] != ASSIGN_NONE &&
            group_is_one_echo(&t->sites[scan->site], ahead, &t->ahead[other]) &&
            life_note_one_echo(&t->tracks[slot], &t->tracks[other], scan->plots[0].validity)) {
            return true;
        }
    }
    return false;
}

/* Tracks that took no plot: others took theirs, or have one echo with them. */
static void miss(struct tracker *t, const struct match *scan, const struct rows *rows,
                 const int *column_of, bool tentative)
{
    int row = 0;
    for (uint32_t slot = 0; slot < t->slot_end; slot++) {
        const bool has_row = row < rows->count && rows->slot[row] == slot;
        const bool outbid = has_row && column_of[row] == ASSIGN_NONE;
        row += has_row ? 1 : 0;
        if (!takes_part(&t->tracks[slot], scan, tentative)) {
            continue;
        }
        const bool is_firm = t->tracks[slot].status == STATUS_FIRM;
        const bool grouped = is_firm && is_in_group(t, scan, rows, column_of, slot);
        if (outbid && !grouped) {
            life_note_crowded(t, &t->tracks[slot]);
        }
    }
}

/* Which plot each row takes, and how probable each pair is. */
static void solve(struct rows *rows, int columns, int *column_of)
{
    const struct assign_problem problem = {.rows = rows->count,
                                           .columns = columns,
                                           .none = gaussian_gate(6),
                                           .first = rows->first,
                                           .edges = rows->edges};
    uint16_t column[TRACKER_TRACKS_MAX * GATE_NEAR_MAX];
    const struct joint_problem joint = {rows->count, columns, rows->first, column, rows->weight};
    assign_solve(&problem, column_of);
    memset(rows->claims, 0, sizeof rows->claims);
    for (uint32_t i = 0; i < rows->first[rows->count]; i++) {
        column[i] = (uint16_t)rows->edges[i].column;
        rows->claims[column[i]]++;
    }
    joint_solve(&joint, rows->probability);
}

void match_tracks(struct tracker *t, struct match *scan, bool tentative)
{
    struct gate gate;
    struct rows rows;
    int column_of[TRACKER_TRACKS_MAX];
    rows.count = 0;
    rows.first[0] = 0;
    gate_init(&gate, &t->sites[scan->site], scan->plots, scan->count, scan->taken);
    for (uint32_t slot = 0; slot < t->slot_end && gate.count > 0; slot++) {
        if (takes_part(&t->tracks[slot], scan, tentative)) {
            add_row(t, scan, &gate, slot, &rows);
        }
    }
    solve(&rows, (int)scan->count, column_of);
    for (int row = 0; row < rows.count; row++) {
        if (column_of[row] != ASSIGN_NONE) {
            use(t, scan, &rows, row, column_of[row]);
        }
    }
    miss(t, scan, &rows, column_of, tentative);
}
