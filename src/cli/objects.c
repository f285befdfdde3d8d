#include "cli/objects.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/engine.h"
#include "sim/world.h"
#include "track/gospa.h"

enum { BELIEVED_PLOTS = 4 };

#define TICK_S 0.5

/* A filter that is told which plots are of its object. */
struct told {
    uint32_t plots;
    struct filter filter;
    struct filter_memory memory;
};

struct objects {
    struct scenario scenario;
    struct world world;
    struct world_scan scan;
    struct engine engine;
    struct effects effects;
    struct told told[TRUTH_OBJECTS_MAX];
    struct measure_site sites[LIMIT_SENSORS];
    struct objects_nation nations[LIMIT_NATIONS];
    double apart[GOSPA_OBJECTS_MAX * GOSPA_TRACKS_MAX];
};

/* The flight that is being watched by one nation. */
struct watch {
    struct objects *o;
    struct objects_nation *nation;
    uint32_t index;
    uint32_t opened; /* events */
    uint32_t withdrawn;
};

result objects_open(const struct scenario *scenario, struct objects **out)
{
    struct objects *o = calloc(1, sizeof *o);
    ENSURE(o != NULL, ERR_FULL);
    o->scenario = *scenario;
    *out = o;
    return OK;
}

void objects_close(struct objects *o)
{
    free(o);
}

const struct objects_nation *objects_of(const struct objects *o, uint32_t nation)
{
    return &o->nations[nation];
}

static void tell(struct objects *o, uint32_t object, uint8_t site, const struct observation *plot)
{
    struct told *told = &o->told[object];
    if (told->plots == 0) {
        struct geo_ecef position;
        double covariance_m2[9];
        if (measure_position(&o->sites[site], plot, &position, covariance_m2) == OK) {
            filter_start(&told->filter, plot->validity, position, covariance_m2);
            told->memory.kept[0] = (struct filter_kept){site, *plot};
            told->memory.count = 1;
            told->memory.next = 1;
            told->plots = 1;
        }
        return;
    }
    if (filter_update(&told->filter, &told->memory, o->sites, site, plot) == OK) {
        told->plots++;
        if (told->plots == BELIEVED_PLOTS) {
            filter_confirm(&told->filter);
        }
    }
}

static result step(struct watch *w, const struct event *event)
{
    struct objects *o = w->o;
    TRY(engine_step(&o->engine, event, &o->effects));
    for (uint32_t i = 0; i < o->effects.count; i++) {
        w->opened += o->effects.items[i].kind == EFFECT_NOTICED ? 1 : 0;
        w->withdrawn += o->effects.items[i].kind == EFFECT_WITHDRAWN ? 1 : 0;
    }
    return OK;
}

static result take_scan(struct watch *w, const struct world_scan *scan)
{
    const struct event event = {.kind = EVENT_SCAN,
                                .time = scan->receipt,
                                .scan_count = scan->observation_count,
                                .scan = scan->observations};
    if (scan->observation_count == 0) {
        return OK;
    }
    for (uint32_t i = 0; i < scan->observation_count; i++) {
        if (scan->origins[i] >= 0) {
            tell(w->o, (uint32_t)scan->origins[i], (uint8_t)scan->sensor, &scan->observations[i]);
        }
    }
    return step(w, &event);
}

static double apart_m(const struct truth_state *truth, const double x[6])
{
    const double d[3] = {x[0] - truth->position.x_m, x[1] - truth->position.y_m,
                         x[2] - truth->position.z_m};
    return sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
}

static void add(struct objects_tally *tally, const struct gospa *g)
{
    tally->gospa_m += g->distance;
    tally->localisation_m2 += g->localisation_2;
    tally->missed += g->missed;
    tally->invented += g->invented;
}

/* The objects that are believed where told, and still up; each with what is made of it. */
static int gather(struct watch *w, struct instant t, struct truth_state states[GOSPA_OBJECTS_MAX],
                  struct gospa *told)
{
    struct objects *o = w->o;
    int count = 0;
    *told = (struct gospa){0};
    for (uint32_t i = 0; i < o->world.truth.object_count && count < GOSPA_OBJECTS_MAX; i++) {
        if (o->told[i].plots < BELIEVED_PLOTS ||
            !world_truth_state(&o->world, i, t, &states[count])) {
            continue;
        }
        struct estimate e;
        const enum estimate_motion motion = filter_best(&o->told[i].filter, &e);
        const double ahead_s = instant_since_s(t, o->told[i].filter.time);
        if (ahead_s > 0.0) {
            estimate_move(motion, e.x, ahead_s, NULL);
        }
        const double m = fmin(apart_m(&states[count], e.x), OBJECTS_CUTOFF_M);
        told->localisation_2 += m * m;
        told->paired++;
        count++;
    }
    told->distance = sqrt(told->localisation_2);
    return count;
}

static void judge(struct watch *w, struct instant t)
{
    struct objects *o = w->o;
    struct truth_state states[GOSPA_OBJECTS_MAX];
    struct track tracks[GOSPA_TRACKS_MAX];
    struct gospa told;
    int track_count = 0;
    const int count = gather(w, t, states, &told);
    for (uint32_t slot = 0; slot < o->engine.tracker.slot_end && track_count < GOSPA_TRACKS_MAX;
         slot++) {
        struct track *track = &tracks[track_count];
        track_count += tracker_publish(&o->engine.tracker, slot, t, track) &&
                               (track->status == STATUS_FIRM || track->status == STATUS_LOST)
                           ? 1
                           : 0;
    }
    if (count == 0) {
        return;
    }
    for (int i = 0; i < count; i++) {
        for (int k = 0; k < track_count; k++) {
            const double x[6] = {tracks[k].position.x_m, tracks[k].position.y_m,
                                 tracks[k].position.z_m};
            o->apart[i * track_count + k] = apart_m(&states[i], x);
        }
    }
    const struct gospa tracked = gospa_of(o->apart, count, track_count, OBJECTS_CUTOFF_M);
    w->nation->seconds++;
    add(&w->nation->tracked, &tracked);
    add(&w->nation->told, &told);
}

static void conclude(struct watch *w)
{
    struct objects *o = w->o;
    uint32_t launches = 0;
    for (uint32_t i = 0; i < o->world.truth.object_count; i++) {
        if (o->told[i].plots >= BELIEVED_PLOTS) {
            const bool is_piece = o->world.truth.objects[i].parent >= 0;
            launches += is_piece ? 0 : 1;
            w->nation->pieces += is_piece ? 1 : 0;
        }
    }
    for (uint32_t i = 0; i < o->engine.tracker.slot_end; i++) {
        const struct tracker_track *track = &o->engine.tracker.tracks[i];
        const bool firm = track->id.value != 0 && track->status == STATUS_FIRM;
        w->nation->children += firm && track->kin == TRACKER_KIN_CHILD ? 1 : 0;
    }
    w->nation->seeds++;
    w->nation->launches += launches;
    w->nation->events += w->opened - w->withdrawn;
    w->nation->right += w->opened - w->withdrawn == launches ? 1 : 0;
}

/* The nation's engine, without partners. */
static result start(struct objects *o, const struct scenario_nation *nation)
{
    static struct engine_config config;
    scenario_engine(nation, &config);
    for (uint32_t i = 0; i < nation->sensor_count; i++) {
        measure_site_init(&o->sites[i], &nation->sensors[i].sensor);
    }
    for (uint32_t i = 0; i < TRUTH_OBJECTS_MAX; i++) {
        o->told[i].plots = 0;
    }
    return engine_init(&o->engine, &config);
}

static result watch_nation(struct objects *o, uint32_t index)
{
    struct watch w = {.o = o, .nation = &o->nations[index], .index = index};
    TRY(start(o, &o->world.scenario.nations[index]));
    world_rewind(&o->world);
    bool more = world_next(&o->world, &o->scan);
    for (double t_s = TICK_S; t_s <= o->scenario.duration_s; t_s += TICK_S) {
        const struct instant t = instant_plus_s(o->scenario.start, t_s);
        for (; more && instant_before(o->scan.receipt, t); more = world_next(&o->world, &o->scan)) {
            if (o->scan.nation == index) {
                TRY(take_scan(&w, &o->scan));
            }
        }
        const struct event tick = {.kind = EVENT_TICK, .time = t};
        TRY(step(&w, &tick));
        if (t.tai_ns % NS_PER_S == 0) {
            judge(&w, t);
        }
    }
    conclude(&w);
    return OK;
}

result objects_fly(struct objects *o, uint64_t seed)
{
    TRY(world_init(&o->world, &o->scenario, seed, NULL));
    for (uint32_t n = 0; n < o->scenario.nation_count; n++) {
        TRY(watch_nation(o, n));
    }
    return OK;
}
