/* Tracks of a real, published flight (2022-10-04: apogee 970 km, range 4,500 km) seen by one to
 * three radars, over many seeds: how soon firm, how soon the end of thrust is known, and whether
 * the stated covariance is the true one. */
#include "../base/near.h"

#include <stdlib.h>
#include <string.h>

#include "base/elementary.h"
#include "base/matrix.h"
#include "flown.h"
#include "track/thrust.h"
#include "track/tracker.h"

enum { SEEDS = 60, RADARS_MAX = 3, CHECKS = 6 };

/* Where the covariance is looked at: in boost at seconds after launch, in coast after the end. */
static const double CHECK_S[CHECKS] = {70.0, 100.0, 130.0, 30.0, 60.0, 120.0};
static const bool CHECK_IN_COAST[CHECKS] = {false, false, false, true, true, true};

struct outcome {
    double first_plot_s;
    double firm_s;
    double declared_s;    /* end of thrust, for good; < 0 = never */
    int premature;        /* seconds in which it was stated while a motor burnt */
    int withdrawn;        /* times that it was taken back */
    uint64_t firm_tracks; /* different ones that were ever firm */
    double nees[CHECKS];  /* < 0 = no track */
};

struct setting {
    int radar_count;
    struct sensor radars[RADARS_MAX];
    double until_s;
};

/* On the heap or static only: it is large. */
static struct tracker tracker;

static double nees_of(const struct track *t, double t_s)
{
    double truth[6];
    double factor[36];
    assert_true(flown_state(t_s, truth));
    const double state[6] = {t->position.x_m,   t->position.y_m,   t->position.z_m,
                             t->velocity.x_mps, t->velocity.y_mps, t->velocity.z_mps};
    double off[6];
    for (int i = 0; i < 6; i++) {
        off[i] = state[i] - truth[i];
    }
    assert_int_equal(matrix_cholesky(t->covariance, factor, 6), OK);
    return matrix_mahalanobis_squared(factor, off, 6);
}

static void start(const struct setting *s)
{
    struct nation_id owner = {{0}};
    assert_true(nation_id_parse("JPN", &owner));
    tracker_init(&tracker, owner);
    for (int i = 0; i < s->radar_count; i++) {
        assert_int_equal(tracker_add_sensor(&tracker, &s->radars[i]), OK);
    }
}

/* The firm (or lost) track with the most measurements, at t_s. */
static bool best_track(double t_s, struct track *out)
{
    bool found = false;
    memset(out, 0, sizeof *out);
    for (uint32_t slot = 0; slot < tracker.slot_end; slot++) {
        struct track t;
        if (tracker_publish(&tracker, slot, flown_instant(t_s), &t) &&
            (t.status == STATUS_FIRM || t.status == STATUS_LOST) &&
            (!found || t.measurement_count > out->measurement_count)) {
            *out = t;
            found = true;
        }
    }
    return found;
}

static void look(const struct setting *s, double t_s, struct random *r, struct outcome *o)
{
    for (int i = 0; i < s->radar_count; i++) {
        struct observation plot;
        const double look_s = t_s - 0.3 * i;
        if (flown_plot(&s->radars[i], look_s, r, &plot)) {
            o->first_plot_s = o->first_plot_s < 0.0 ? look_s : o->first_plot_s;
            assert_int_equal(tracker_scan(&tracker, &plot, 1), OK);
        }
    }
    tracker_advance(&tracker, flown_instant(t_s));
}

static void note_thrust(const struct track *t, double t_s, struct outcome *o)
{
    if (!instant_is_set(t->end_of_thrust)) {
        o->withdrawn += o->declared_s >= 0.0 ? 1 : 0;
        o->declared_s = -1.0;
        return;
    }
    o->declared_s = o->declared_s < 0.0 ? t_s : o->declared_s;
    o->premature += t_s < flown_end_of_thrust_s() ? 1 : 0;
}

static struct outcome fly(const struct setting *s, uint64_t seed)
{
    struct outcome o = {.first_plot_s = -1.0, .firm_s = -1.0, .declared_s = -1.0};
    struct random r;
    random_init(&r, seed, 5);
    start(s);
    uint64_t known = 0;
    for (int k = 0; k < CHECKS; k++) {
        o.nees[k] = -1.0;
    }
    for (double t_s = 1.0; t_s <= s->until_s; t_s += 1.0) {
        look(s, t_s, &r, &o);
        for (uint32_t slot = 0; slot < tracker.slot_end; slot++) {
            const struct tracker_track *track = &tracker.tracks[slot];
            if (track->id.value != 0 && track->status == STATUS_FIRM && track->id.value < 64 &&
                (known >> track->id.value & 1u) == 0) {
                known |= UINT64_C(1) << track->id.value;
                o.firm_tracks++;
            }
        }
        struct track t;
        if (!best_track(t_s, &t)) {
            continue;
        }
        o.firm_s = o.firm_s < 0.0 ? t_s : o.firm_s;
        note_thrust(&t, t_s, &o);
        for (int k = 0; k < CHECKS; k++) {
            const double at_s =
                CHECK_IN_COAST[k] ? floor(flown_end_of_thrust_s()) + CHECK_S[k] : CHECK_S[k];
            if (t_s == at_s && t.status == STATUS_FIRM &&
                (!CHECK_IN_COAST[k] || instant_is_set(t.end_of_thrust))) {
                o.nees[k] = nees_of(&t, t_s);
            }
        }
    }
    return o;
}

static void solve_default(void)
{
    const struct geo_geodetic site = {40.611208 * RAD_PER_DEG, 126.425743 * RAD_PER_DEG, 0.0};
    flown_solve(site, 80.0, 970.0, 4500.0, FLIGHT_INTERMEDIATE);
}

/* What was found over the seeds, printed, and held against what must hold. */
struct summary {
    double firm_after_s_max;
    double delay_s[SEEDS]; /* sorted */
    int declared;
    int premature;
    int withdrawn;
    uint64_t firm_tracks_max;
    double nees[CHECKS];
    int nees_count[CHECKS];
};

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

static void summarise(const char *name, const struct setting *s, struct summary *out)
{
    memset(out, 0, sizeof *out);
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        const struct outcome o = fly(s, seed);
        assert_true(o.firm_s >= 0.0);
        out->firm_after_s_max = fmax(out->firm_after_s_max, o.firm_s - o.first_plot_s);
        out->premature += o.premature;
        out->withdrawn += o.withdrawn;
        out->firm_tracks_max =
            o.firm_tracks > out->firm_tracks_max ? o.firm_tracks : out->firm_tracks_max;
        if (o.declared_s >= 0.0) {
            out->delay_s[out->declared] = o.declared_s - flown_end_of_thrust_s();
            out->declared++;
        }
        for (int k = 0; k < CHECKS; k++) {
            out->nees[k] += o.nees[k] >= 0.0 ? o.nees[k] / 6.0 : 0.0;
            out->nees_count[k] += o.nees[k] >= 0.0 ? 1 : 0;
        }
    }
    qsort(out->delay_s, (size_t)out->declared, sizeof out->delay_s[0], compare_doubles);
    print_message("%s: firm within %.1f s, at most %d firm tracks; end of thrust declared in %d of "
                  "%d, after %.1f to %.1f s (median %.1f), %d s while burning, taken back %d "
                  "times; NEES/6",
                  name, out->firm_after_s_max, (int)out->firm_tracks_max, out->declared, SEEDS,
                  out->delay_s[0], out->declared > 0 ? out->delay_s[out->declared - 1] : 0.0,
                  out->delay_s[out->declared / 2], out->premature, out->withdrawn);
    for (int k = 0; k < CHECKS; k++) {
        out->nees[k] /= out->nees_count[k] > 0 ? out->nees_count[k] : 1;
        print_message(" %s%.0f %.2f (%d)", CHECK_IN_COAST[k] ? "+" : "T", CHECK_S[k], out->nees[k],
                      out->nees_count[k]);
    }
    print_message("\n");
}

static void assert_sane(const struct summary *s)
{
    assert_true(s->firm_after_s_max <= 6.0);
    assert_int_equal(s->firm_tracks_max, 1);
    assert_int_equal(s->declared, SEEDS);
    assert_true(s->delay_s[SEEDS - 1] <= 20.0);
    assert_int_equal(s->premature, 0);
    for (int k = 0; k < CHECKS; k++) {
        if (CHECK_IN_COAST[k] && s->nees_count[k] == SEEDS) {
            assert_true(s->nees[k] > 0.8 && s->nees[k] < 1.2);
        } else if (s->nees_count[k] > 0) {
            assert_true(s->nees[k] > 0.3 && s->nees[k] < 2.5);
        }
    }
}

static void one_radar_without_range_rate(void **state)
{
    (void)state;
    solve_default();
    const struct setting s = {
        .radar_count = 1, .radars = {flown_radar("A", 37.5, 127.0, false)}, .until_s = 320.0};
    struct summary sum;
    summarise("one radar", &s, &sum);
    assert_sane(&sum);
}

static void one_radar_with_range_rate(void **state)
{
    (void)state;
    solve_default();
    const struct setting s = {
        .radar_count = 1, .radars = {flown_radar("A", 38.2, 128.5, true)}, .until_s = 320.0};
    struct summary sum;
    summarise("one radar, range rate", &s, &sum);
    assert_sane(&sum);
}

static void three_radars(void **state)
{
    (void)state;
    solve_default();
    const struct setting s = {.radar_count = 3,
                              .radars = {flown_radar("A", 37.5, 127.0, false),
                                         flown_radar("B", 38.2, 128.5, true),
                                         flown_radar("C", 40.7, 140.5, false)},
                              .until_s = 320.0};
    struct summary sum;
    summarise("three radars", &s, &sum);
    assert_sane(&sum);
}

/* A short-range missile in the air, of which the end of thrust was missed: its drag changes so much
 * that no even thrust looks like it. That says that no motor burns, not that none is known to. */
static void drag_is_not_taken_for_thrust(void **state)
{
    (void)state;
    const struct geo_geodetic place = {39.40167 * RAD_PER_DEG, 127.5369 * RAD_PER_DEG, 0.0};
    flown_solve(place, 70.0, 50.0, 520.0, FLIGHT_SHORT);
    struct sensor radar = flown_radar("A", 38.2, 128.5, true);
    radar.sigma_range_m = 5.0;
    radar.sigma_azimuth_rad = 1e-4;
    radar.sigma_elevation_rad = 1e-4;
    const double from_s = ceil(flown_end_of_thrust_s());
    struct measure_site site;
    struct filter f = {.mode = FILTER_THRUSTING, .boost_probability = 1e-6};
    static struct filter_memory memory;
    struct random r;
    memset(&memory, 0, sizeof memory);
    random_init(&r, 1, 0);
    measure_site_init(&site, &radar);
    for (double t_s = from_s; t_s <= from_s + 20.0; t_s += 1.0) {
        struct observation plot;
        assert_true(flown_plot(&radar, t_s, &r, &plot));
        memory.kept[memory.count].observation = plot;
        memory.count++;
        f.time = plot.validity;
    }
    memory.next = memory.count;
    memory.total = memory.count;
    assert_true(flown_state(from_s + 20.0, f.coast.x));
    f.coast.x[6] = ESTIMATE_LN_BETA_MEAN;
    f.boost = f.coast;
    f.boost.x[6] = 20.0;
    f.coast_since = flown_instant(from_s);
    f.thrust_before_mps2 = 60.0;
    f.end_of_thrust = INSTANT_UNSET;
    thrust_follow(&f, &memory, &site);
    assert_int_equal(f.mode, FILTER_BALLISTIC);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_radar_without_range_rate),
        cmocka_unit_test(one_radar_with_range_rate),
        cmocka_unit_test(three_radars),
        cmocka_unit_test(drag_is_not_taken_for_thrust),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
