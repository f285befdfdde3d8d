#include "cli/score.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/vector.h"
#include "geo/ellipsoid.h"
#include "geo/geodesic.h"

const char *const score_when[SCORE_TIMES] = {"T+60", "T+180", "thrust end +30", "thrust end +120",
                                             "half of the flight"};

static struct score_cell empty_cell(void)
{
    struct score_cell cell;
    memset(&cell, 0, sizeof cell);
    cell.first_detection_s = -1.0;
    cell.first_notice_s = -1.0;
    cell.first_warning_s = -1.0;
    cell.outcome = WARNING_NONE;
    return cell;
}

void score_init(struct score *score, const struct world *world)
{
    memset(score, 0, sizeof *score);
    for (uint32_t n = 0; n < world->scenario.nation_count; n++) {
        score->nations[n] = world->scenario.nations[n].id;
        for (uint32_t l = 0; l < world->scenario.launch_count; l++) {
            struct score_cell *cell = &score->cells[n][l];
            *cell = empty_cell();
            const struct truth_summary truth = world_truth_summary(world, l);
            const double flight_s =
                truth.in_orbit ? -1.0 : instant_since_s(truth.impact_time, truth.launch_time);
            const double times[SCORE_TIMES] = {60.0, 180.0, truth.end_of_thrust_s + 30.0,
                                               truth.end_of_thrust_s + 120.0, flight_s / 2.0};
            for (int k = 0; k < SCORE_TIMES; k++) {
                const bool exists = times[k] > 0.0 && (truth.in_orbit || times[k] < flight_s);
                cell->at[k].t_s = exists ? floor(times[k]) : -1.0;
            }
        }
    }
}

/* The launch that an event of a nation is, or -1. */
static int32_t launch_of(const struct score *score, uint32_t nation, struct event_id event)
{
    for (uint32_t i = 0; i < score->match_count[nation]; i++) {
        if (score->matches[nation][i].event == event.value) {
            return score->matches[nation][i].launch;
        }
    }
    return -1;
}

static uint32_t nation_index(const struct score *score, struct nation_id id)
{
    uint32_t n = 0;
    while (n + 1 < LIMIT_NATIONS && !nation_id_equal(score->nations[n], id)) {
        n++;
    }
    return n;
}

/* From the observation that caused a record (its arrival at the owner's node; the record is
 * released in the same step) to the partner's picture, by true time. */
static void note_delivery(struct score *score, uint32_t nation, const struct effect *effect,
                          struct instant now)
{
    const uint32_t from = nation_index(score, effect->partner);
    const struct instant sent = score->sent[from][nation][effect->sequence % SCORE_ON_THE_WAY_MAX];
    score->delivered++;
    if (score->latency_count < SCORE_LATENCIES_MAX) {
        score->latencies_ms[score->latency_count] = (float)(instant_since_s(now, sent) * 1e3);
        score->latency_count++;
    }
}

static void note_warning(struct score *score, uint32_t nation, const struct engine *engine,
                         const struct effect *effect, struct instant now)
{
    const struct engine_event *event = engine_event_of(engine, effect->event);
    if (event != NULL && score->warning_count < SCORE_WARNINGS_MAX) {
        struct score_warning *w = &score->warnings[score->warning_count];
        w->nation = nation;
        w->launch = launch_of(score, nation, effect->event);
        w->time = now;
        w->warning = event->warning;
        score->warning_count++;
    }
}

void score_effect(struct score *score, uint32_t nation, const struct engine *engine,
                  const struct effect *effect, struct instant now)
{
    if (effect->kind == EFFECT_NOTICED) {
        score->noticed[nation]++;
    } else if (effect->kind == EFFECT_RELEASED) {
        const uint32_t to = nation_index(score, effect->partner);
        score->sent[nation][to][effect->sequence % SCORE_ON_THE_WAY_MAX] = now;
        score->released++;
    } else if (effect->kind == EFFECT_WITHHELD) {
        score->withheld++;
    } else if (effect->kind == EFFECT_TAKEN && !nation_id_is_set(effect->via)) {
        note_delivery(score, nation, effect, now);
    } else if (effect->kind == EFFECT_WARNING) {
        note_warning(score, nation, engine, effect, now);
    }
}

static double distance_m(const double x[3], struct geo_ecef p)
{
    const double d[3] = {x[0] - p.x_m, x[1] - p.y_m, x[2] - p.z_m};
    return vector_length(d);
}

/* An event is the launch whose true object is nearest to its common track, if that is near enough
 * for the track's own doubt. */
static void match(struct score *score, uint32_t nation, const struct engine_event *event,
                  const struct world *world, struct instant now)
{
    if (score->match_count[nation] == SCORE_EVENTS_MAX) {
        return;
    }
    const double *p = event->common.p;
    const double sigma_m = sqrt(p[0] + p[COMMON_DIM + 1] + p[2 * (COMMON_DIM + 1)]);
    double nearest_m = 20e3 + 4.0 * sigma_m;
    int32_t launch = -1;
    for (uint32_t l = 0; l < world->scenario.launch_count; l++) {
        struct truth_state truth;
        if (world_truth_state(world, l, now, &truth)) {
            const double apart_m = distance_m(event->common.x, truth.position);
            if (apart_m < nearest_m) {
                nearest_m = apart_m;
                launch = (int32_t)l;
            }
        }
    }
    if (launch >= 0) {
        score->matches[nation][score->match_count[nation]] =
            (struct score_match){.event = event->id.value, .launch = launch};
        score->match_count[nation]++;
    }
}

static void sample_impact(struct score_at *at, const struct impact_estimate *impact,
                          const struct truth_summary *truth)
{
    if (impact->why != WHY_NONE || truth->in_orbit) {
        return;
    }
    double apart_m = 0.0;
    double azimuth_rad = 0.0;
    if (geodesic_inverse(impact->point, truth->impact_point, &apart_m, &azimuth_rad, NULL) != OK) {
        return;
    }
    at->determined = true;
    at->error_km = apart_m / 1e3;
    at->area_km2 = ellipse_area_m2(&impact->ellipse_95) / 1e6;
    at->inside = ellipse_contains(&impact->ellipse_95, apart_m * sin(azimuth_rad),
                                  apart_m * cos(azimuth_rad));
    at->time_error_s = instant_since_s(impact->time, truth->impact_time);
    at->time_95_s = impact->time_95_s;
}

static void earlier(double *first_s, double t_s)
{
    if (*first_s < 0.0 || t_s < *first_s) {
        *first_s = t_s;
    }
}

static void score_event(struct score_cell *cell, const struct engine_event *event,
                        const struct truth_summary *truth, struct instant now, bool *held)
{
    const double t_s = instant_since_s(now, truth->launch_time);
    earlier(&cell->first_notice_s, instant_since_s(event->noticed, truth->launch_time));
    if (warning_in_force(event->warning.state)) {
        earlier(&cell->first_warning_s, instant_since_s(event->warning.time, truth->launch_time));
    }
    if (event->warning.serial > 0) {
        cell->outcome = event->warning.state;
    }
    if (!event->has_common) {
        return;
    }
    earlier(&cell->first_detection_s,
            instant_since_s(event->common.first_detection, truth->launch_time));
    *held |= event->common_status == STATUS_FIRM;
    for (int k = 0; k < SCORE_TIMES; k++) {
        if (cell->at[k].t_s >= 0.0 && floor(t_s + 1e-6) == cell->at[k].t_s &&
            !cell->at[k].determined) {
            sample_impact(&cell->at[k], &event->assessment.impact, truth);
        }
    }
}

void score_second(struct score *score, const struct play *play)
{
    const struct world *world = play_world(play);
    const struct instant now = play_now(play);
    for (uint32_t n = 0; n < world->scenario.nation_count; n++) {
        bool held[SCENARIO_LAUNCHES_MAX] = {false};
        const struct engine *engine = play_engine(play, n);
        for (uint32_t i = 0; i < LIMIT_EVENTS; i++) {
            const struct engine_event *event = &engine->events[i];
            if (event->id.value == 0) {
                continue;
            }
            if (event->has_common && launch_of(score, n, event->id) < 0) {
                match(score, n, event, world, now);
            }
            const int32_t l = launch_of(score, n, event->id);
            if (l >= 0) {
                const struct truth_summary truth = world_truth_summary(world, (uint32_t)l);
                score_event(&score->cells[n][l], event, &truth, now, &held[l]);
            }
        }
        for (uint32_t l = 0; l < world->scenario.launch_count; l++) {
            score->cells[n][l].track_held_s += held[l] ? 1.0 : 0.0;
        }
    }
}

static int compare_floats(const void *a, const void *b)
{
    const float x = *(const float *)a;
    const float y = *(const float *)b;
    return (x > y) - (x < y);
}

double score_latency_ms(struct score *score, double percentile)
{
    if (score->latency_count == 0) {
        return 0.0;
    }
    qsort(score->latencies_ms, score->latency_count, sizeof score->latencies_ms[0], compare_floats);
    const double at = percentile * (double)(score->latency_count - 1);
    return (double)score->latencies_ms[(uint32_t)(at + 0.5)];
}
