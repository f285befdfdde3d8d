#include "cli/launch_study.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "assess/launch.h"
#include "cli/foreign_flight.h"
#include "cli/reference.h"
#include "geo/ellipse.h"
#include "geo/ellipsoid.h"
#include "sim/world.h"
#include "track/tracker.h"

#define NORMAL_95 1.959964

const double launch_study_s[LAUNCH_STUDY_TIMES] = {10.0, 20.0, 40.0, 0.0};

struct launch_study {
    struct scenario scenario;
    struct scenario one;  /* with one of its launches */
    struct world *worlds; /* one for each launch */
    struct tracker tracker;
    struct launch_study_row rows[LIMIT_NATIONS][LAUNCH_STUDY_TIMES];
    double *kept; /* what rows point into */
};

/* The flight that is being watched by one nation. */
struct watch {
    struct launch_study *study;
    const struct world *world;
    struct launch_study_row *rows;
    struct truth_summary truth;
    struct instant end_of_thrust;
    struct instant first; /* observation */
    struct launch_record record;
};

static result prepare(struct launch_study *s, uint32_t seeds)
{
    const uint32_t launches = s->scenario.launch_count;
    const size_t flights = (size_t)seeds * launches;
    s->worlds = calloc(launches, sizeof *s->worlds);
    s->kept = calloc((size_t)s->scenario.nation_count * LAUNCH_STUDY_TIMES * 2 * flights,
                     sizeof *s->kept);
    ENSURE(s->worlds != NULL && s->kept != NULL, ERR_FULL);
    double *next = s->kept;
    for (uint32_t n = 0; n < s->scenario.nation_count; n++) {
        for (int k = 0; k < LAUNCH_STUDY_TIMES; k++, next += 2 * flights) {
            s->rows[n][k].error_m = next;
            s->rows[n][k].area_km2 = next + flights;
        }
    }
    s->one = s->scenario;
    s->one.launch_count = 1;
    for (uint32_t i = 0; i < launches; i++) {
        s->one.launches[0] = s->scenario.launches[i];
        TRY(world_init(&s->worlds[i], &s->one, 0, NULL));
    }
    return OK;
}

result launch_study_open(const struct scenario *scenario, uint32_t seeds, struct launch_study **out)
{
    struct launch_study *s = calloc(1, sizeof *s);
    ENSURE(s != NULL, ERR_FULL);
    s->scenario = *scenario;
    const result r = prepare(s, seeds);
    if (r != OK) {
        launch_study_close(s);
        return r;
    }
    *out = s;
    return OK;
}

void launch_study_close(struct launch_study *s)
{
    free(s->kept);
    free(s->worlds);
    free(s);
}

const struct launch_study_row *launch_study_of(const struct launch_study *s, uint32_t nation)
{
    return s->rows[nation];
}

/* As the engine does. */
static void estimate(struct watch *w, struct instant t)
{
    const struct tracker *tracker = &w->study->tracker;
    uint32_t slot = 0;
    struct track track;
    if (!reference_published(tracker, t, &slot, &track)) {
        return;
    }
    const struct filter_memory *memory = &tracker->tracks[slot].memory;
    for (uint32_t i = 0; i < memory->count; i++) {
        const struct filter_kept *k = &memory->kept[i];
        ascent_note(&w->record.ascent, &tracker->sites[k->site].sensor, &k->observation,
                    track.position);
    }
    launch_follow(&track, &w->record);
}

static void note(struct watch *w, struct launch_study_row *row)
{
    const struct launch_estimate *e = &w->record.best;
    struct geo_ellipse ellipse;
    row->flown++;
    if (!e->determined ||
        ellipse_from_covariance(e->covariance_m2, ELLIPSE_SCALE_95, &ellipse) != OK) {
        return;
    }
    const struct geo_enu off = ellipsoid_enu(e->point, ellipsoid_to_ecef(w->truth.launch_point));
    const double late_s = instant_since_s(e->time, w->truth.launch_time);
    const double error2_m2 = off.east_m * off.east_m + off.north_m * off.north_m;
    row->inside += ellipse_contains(&ellipse, off.east_m, off.north_m) ? 1 : 0;
    row->in_time += fabs(late_s) <= NORMAL_95 * e->time_sigma_s ? 1 : 0;
    row->error2_m2 += error2_m2;
    row->stated2_m2 += e->covariance_m2[0] + e->covariance_m2[3];
    row->time_error2_s2 += late_s * late_s;
    row->time_stated2_s2 += e->time_sigma_s * e->time_sigma_s;
    row->error_m[row->determined] = sqrt(error2_m2);
    row->area_km2[row->determined] = ellipse_area_m2(&ellipse) / 1e6;
    row->determined++;
}

static void each_second(struct watch *w, struct instant t)
{
    tracker_advance(&w->study->tracker, t);
    if (!instant_is_set(w->first)) {
        return;
    }
    estimate(w, t);
    const double since_s = instant_since_s(t, w->first);
    for (int k = 0; k < LAUNCH_STUDY_TIMES; k++) {
        const double at_s = launch_study_s[k];
        const bool now = at_s > 0.0 ? since_s >= at_s && since_s < at_s + 1.0
                                    : instant_since_s(w->end_of_thrust, t) < 1.0;
        if (now) {
            note(w, &w->rows[k]);
        }
    }
}

static void take_scan(struct watch *w, const struct world_scan *scan)
{
    for (uint32_t i = 0; i < scan->observation_count && !instant_is_set(w->first); i++) {
        if (scan->origins[i] == 0) {
            w->first = scan->observations[i].validity;
        }
    }
}

static void watch_nation(struct launch_study *study, struct world *world, uint32_t index)
{
    struct watch w = {.study = study, .world = world, .rows = study->rows[index]};
    w.truth = world_truth_summary(world, 0);
    w.end_of_thrust = instant_plus_s(w.truth.launch_time, w.truth.end_of_thrust_s);
    w.first = INSTANT_UNSET;
    reference_begin(world, index, &study->tracker);
    struct world_scan scan;
    struct instant t = w.truth.launch_time;
    while (instant_before(t, w.end_of_thrust)) {
        t = instant_plus_s(t, 1.0);
        while (reference_look(world, index, t, &study->tracker, &scan)) {
            take_scan(&w, &scan);
        }
        if (!instant_before(w.end_of_thrust, t)) {
            each_second(&w, t);
        }
    }
}

result launch_study_fly(struct launch_study *s, uint64_t seed)
{
    for (uint32_t i = 0; i < s->scenario.launch_count; i++) {
        struct world *world = &s->worlds[i];
        const struct scenario_launch *launch = &s->scenario.launches[i];
        world->seed = seed;
        if (launch->recording < 0) {
            TRY(foreign_flight_fly(launch->plan.site, launch->plan.bearing_rad,
                                   world_truth_summary(world, 0).launch_time, seed, &world->truth));
        }
        for (uint32_t n = 0; n < s->scenario.nation_count; n++) {
            watch_nation(s, world, n);
        }
    }
    return OK;
}
