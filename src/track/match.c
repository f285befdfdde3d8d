#include "track/match.h"

#include "base/gaussian.h"
#include "physics/missile.h"
#include "track/assign.h"
#include "track/gate.h"
#include "track/life.h"

_Static_assert(ASSIGN_ROWS_MAX == TRACKER_TRACKS_MAX, "assign is too small");
_Static_assert(ASSIGN_COLUMNS_MAX == TRACKER_SCAN_MAX, "assign is too small");
_Static_assert(GATE_PLOTS_MAX == TRACKER_SCAN_MAX, "the gate is too small");

/* A missile that steers does not keep to the boost's model: its gate is this much wider. */
#define BOOST_GATE_FACTOR MISSILE_BOOST_GATE_FACTOR

/* The tracks that have plots near them, and which. */
struct rows {
    int count;
    uint32_t slot[TRACKER_TRACKS_MAX];
    uint32_t first[TRACKER_TRACKS_MAX + 1];
    struct assign_edge edges[TRACKER_TRACKS_MAX * GATE_NEAR_MAX];
};

/* A look may come in several scans: what has a plot of it needs no other. */
static bool takes_part(const struct tracker_track *track, const struct match *scan, bool tentative)
{
    return track->id.value != 0 && track->status != STATUS_DROPPED &&
           (track->status == STATUS_TENTATIVE) == tentative &&
           !(track->look_site == scan->site &&
             instant_equal(track->look_time, scan->plots[0].validity));
}

/* A pair's distance, by the ballistic hypothesis alone or by whichever fits better. */
static result compare(const struct filter *ahead, const struct estimate *ballistic,
                      const struct measure_site *site, const struct observation *o,
                      struct innovation *out)
{
    const double age_s = instant_since_s(ahead->time, o->validity);
    return ballistic != NULL ? estimate_compare(ESTIMATE_BALLISTIC, ballistic, site, o, age_s, out)
                             : filter_compare(ahead, site, o, out);
}

static uint32_t add_pairs(const struct filter *ahead, const struct estimate *ballistic,
                          const struct measure_site *site, const struct observation *plots,
                          const uint16_t *near, uint32_t count, struct assign_edge *edges)
{
    const double factor = ahead->mode == FILTER_THRUSTING ? BOOST_GATE_FACTOR : 1.0;
    uint32_t found = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct innovation innovation;
        if (compare(ahead, ballistic, site, &plots[near[i]], &innovation) == OK &&
            innovation.distance_squared <= factor * gaussian_gate(innovation.dim)) {
            const double cost = innovation.distance_squared / factor;
            edges[found] = (struct assign_edge){near[i], cost};
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
    struct estimate ballistic;
    *ahead = track->filter;
    filter_predict(ahead, scan->plots[0].validity);
    if (filter_ballistic(ahead, &ballistic)) {
        found = add_pairs(ahead, &ballistic, site, scan->plots, near, count, rows->edges + first);
    }
    if (found == 0 && !(ahead->mode == FILTER_BALLISTIC && track->began_beside)) {
        found = add_pairs(ahead, NULL, site, scan->plots, near, count, rows->edges + first);
    }
    if (found > 0) {
        rows->slot[rows->count] = slot;
        rows->count++;
        rows->first[rows->count] = first + found;
    }
}

/* Of several objects that are close together, plots of the one look like thrust of the other: no
 * motor is said to burn for the sake of a plot that another track might have made. */
static void use(struct tracker *t, struct match *scan, uint32_t slot, int plot, bool ambiguous)
{
    struct tracker_track *track = &t->tracks[slot];
    struct filter *ahead = &t->ahead[slot];
    if (filter_update(ahead, &track->memory, t->sites, scan->site, &scan->plots[plot]) == OK) {
        if (ambiguous && ahead->against_ballistic > track->filter.against_ballistic) {
            ahead->against_ballistic = track->filter.against_ballistic;
        }
        if (ambiguous && track->filter.mode == FILTER_BALLISTIC &&
            ahead->mode != FILTER_BALLISTIC) {
            filter_predict(&track->filter, scan->plots[plot].validity);
            track->filter.against_ballistic = 0.0;
        } else {
            track->filter = *ahead;
        }
        scan->taken[plot] = true;
        t->used++;
        life_note_hit(t, track, scan->site, &scan->plots[plot]);
    }
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
    const struct assign_problem problem = {.rows = rows.count,
                                           .columns = (int)scan->count,
                                           .none = gaussian_gate(6),
                                           .first = rows.first,
                                           .edges = rows.edges};
    assign_solve(&problem, column_of);
    uint16_t claims[TRACKER_SCAN_MAX] = {0};
    for (uint32_t i = 0; i < rows.first[rows.count]; i++) {
        claims[rows.edges[i].column]++;
    }
    for (int r = 0; r < rows.count; r++) {
        if (column_of[r] != ASSIGN_NONE) {
            use(t, scan, rows.slot[r], column_of[r],
                claims[column_of[r]] > 1 || rows.first[r + 1] - rows.first[r] > 1);
        } else {
            life_note_crowded(t, &t->tracks[rows.slot[r]]);
        }
    }
}
