/* Seven real rockets, from the speeds and heights that their webcasts showed (reference data:
 * rocket-telemetry), seen by two notional radars 200 km from the pad and a ship 250 km abeam of the
 * last cut-off. First stages that burned back get no impact while they thrust and the right one
 * afterwards; upper stages end as a space launch; cut off before their time they end undetermined.
 *
 * What each file offers: iridium-next-3 and saocom-1a the first stage with its burn back, a
 * ballistic arc until the entry burn, and the landing (not used); bulgariasat-1 the first stage
 * without a burn back until after its entry burn; abs-2a, orbcomm-og2, jason-3 and spacex-crs-8 the
 * upper stage until 7 to 12 s after its cut-off, too short to be smoothed (heights come in steps
 * of 100 m): from the cut-off on they fall freely. Motion across the way is in none. Along the way
 * the arcs are not those of a free fall: it would miss their last sample by 0.4, 0.7 and 1.9 km. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/elementary.h"
#include "engine/engine.h"
#include "geo/geodesic.h"
#include "physics/motion.h"
#include "sim/world.h"

#define RADAR_AWAY_M 200e3
#define SHIP_AWAY_M 250e3
/* How long after the mark an impact may still be told: the marks are of the webcast's clock, and
 * saocom-1a lights one engine 4 s before the others. */
#define WITHDRAWN_S 5.0
#define CUT_S 30.0
#define CERTAIN 0.9

/* Times in s after launch. Motors stop a little after the marks of the files' events where the
 * speed says so. */
struct rocket {
    const char *name;
    double lat_deg, lon_deg, bearing_deg;
    double first_stop_s; /* the first cut-off */
    double again_s;      /* when thrust resumes; 0 = it does not */
    double stop_s;       /* the last cut-off */
    double until_s;      /* data are used until then: an entry burn is not */
    bool is_orbit;
};

static const struct rocket ROCKETS[] = {
    {"bulgariasat-1", 28.608, -80.604, 95.0, 158.0, 0.0, 158.0, 388.0, false},
    {"iridium-next-3", 34.632, -120.611, 180.0, 146.0, 165.0, 193.0, 342.0, false},
    {"saocom-1a", 34.632, -120.611, 180.0, 142.0, 158.0, 202.0, 360.0, false},
    {"abs-2a", 28.562, -80.577, 95.0, 159.0, 170.0, 551.0, 551.0, true},
    {"orbcomm-og2", 28.562, -80.577, 45.0, 145.0, 155.0, 565.0, 565.0, true},
    {"jason-3", 34.632, -120.611, 150.0, 155.0, 166.0, 544.0, 544.0, true},
    {"spacex-crs-8", 28.562, -80.577, 45.0, 155.0, 165.0, 593.0, 593.0, true},
};
enum { ROCKET_COUNT = sizeof ROCKETS / sizeof ROCKETS[0] };

static struct scenario scenario;
static struct world world;
static struct world_scan scan;
static struct engine engine;
static struct effects effects;
static struct view view;

static bool is_verbose(void)
{
    return getenv("WATCHFIRE_VERBOSE") != NULL;
}

static uint64_t seed_count(void)
{
    return getenv("WATCHFIRE_LONG") != NULL ? 20 : 1;
}

static void read_telemetry(const struct rocket *r, struct scenario_recording *out)
{
    char path[512];
    const char *shared = getenv("WATCHFIRE_SHARED");
    if (shared == NULL) {
        print_message("skipped: WATCHFIRE_SHARED is not set\n");
        skip();
    }
    (void)snprintf(path, sizeof path, "%s/rocket-telemetry/%s.json", shared, r->name);
    json_t *table = json_load_file(path, 0, NULL);
    if (table == NULL) {
        print_message("skipped: WATCHFIRE_SHARED has no rocket-telemetry/%s.json\n", r->name);
        skip();
    }
    memset(out, 0, sizeof *out);
    const json_t *times = json_object_get(table, "time");
    const json_t *heights = json_object_get(table, "altitude");
    const json_t *ways = json_object_get(table, "downrange_distance");
    for (size_t i = 0; i < json_array_size(times); i++) {
        const double t_s = json_number_value(json_array_get(times, i));
        if (t_s <= r->until_s) {
            out->time_s[out->sample_count] = t_s;
            out->height_m[out->sample_count] = 1e3 * json_number_value(json_array_get(heights, i));
            const double way_km = json_number_value(json_array_get(ways, i));
            out->path_m[out->sample_count] = way_km > 0.0 ? 1e3 * way_km : 0.0;
            out->sample_count++;
        }
    }
    json_decref(table);
    const double breaks[] = {r->first_stop_s, r->again_s, r->stop_s};
    for (int i = 0; i < (r->is_orbit ? 2 : r->again_s > 0.0 ? 3 : 1); i++) {
        out->break_s[out->break_count] = breaks[i];
        out->break_count++;
    }
    out->end_of_thrust_s = r->stop_s;
}

static void add_radar(const char *name, struct geo_geodetic from, double azimuth_rad, double away_m)
{
    struct scenario_nation *nation = &scenario.nations[0];
    struct scenario_sensor *s = &nation->sensors[nation->sensor_count];
    assert_true(sensor_id_parse(name, &s->sensor.id));
    s->sensor.kind = SENSOR_RADAR;
    assert_int_equal(geodesic_direct(from, azimuth_rad, away_m, &s->sensor.place), OK);
    s->sensor.range_max_m = 2000e3;
    s->sensor.sigma_range_m = 20.0;
    s->sensor.sigma_azimuth_rad = 1e-3;
    s->sensor.sigma_elevation_rad = 1e-3;
    s->sensor.sigma_range_rate_mps = 2.0;
    s->sensor.interval_s = 1.0;
    s->first_look_s = 0.25 * nation->sensor_count;
    s->detection_count = 1;
    s->detection[0].probability = 1.0;
    nation->sensor_count++;
}

static void prepare(const struct rocket *r)
{
    memset(&scenario, 0, sizeof scenario);
    scenario.start = (struct instant){INT64_C(1498245000) * NS_PER_S};
    scenario.duration_s = 1500.0; /* time enough to come down */
    scenario.nation_count = 1;
    assert_true(nation_id_parse("USA", &scenario.nations[0].id));
    scenario.recording_count = 1;
    struct scenario_recording *samples = &scenario.recordings[0];
    read_telemetry(r, samples);
    scenario.launch_count = 1;
    struct scenario_launch *launch = &scenario.launches[0];
    (void)snprintf(launch->name, sizeof launch->name, "%s", r->name);
    launch->plan.site =
        (struct geo_geodetic){r->lat_deg * RAD_PER_DEG, r->lon_deg * RAD_PER_DEG, 0.0};
    launch->plan.bearing_rad = r->bearing_deg * RAD_PER_DEG;
    launch->plan.beta_kgpm2 = 5000.0;
    double way_m = 0.0;
    for (uint32_t i = 0; i < samples->sample_count && samples->time_s[i] <= r->stop_s; i++) {
        way_m = samples->path_m[i];
    }
    struct geo_geodetic below;
    const double bearing_rad = launch->plan.bearing_rad;
    assert_int_equal(geodesic_direct(launch->plan.site, bearing_rad, way_m, &below), OK);
    add_radar("LEFT", launch->plan.site, bearing_rad - 1.75, RADAR_AWAY_M);
    add_radar("RIGHT", launch->plan.site, bearing_rad + 1.75, RADAR_AWAY_M);
    add_radar("SHIP", below, bearing_rad + PI / 2.0, SHIP_AWAY_M);
}

static void start_engine(void)
{
    static struct engine_config config;
    memset(&config, 0, sizeof config);
    config.nation = scenario.nations[0].id;
    config.domain = DOMAIN_TEST;
    config.policy.owner = config.nation;
    config.policy.number = 1;
    config.policy.label.owner = config.nation;
    config.policy.label.classification = CLASSIFICATION_UNCLASSIFIED;
    config.sensor_count = scenario.nations[0].sensor_count;
    for (uint32_t i = 0; i < config.sensor_count; i++) {
        config.sensors[i] = scenario.nations[0].sensors[i].sensor;
    }
    assert_int_equal(engine_init(&engine, &config), OK);
}

static void step(const struct event *event)
{
    assert_int_equal(engine_step(&engine, event, &effects), OK);
}

/* What was said, and when (s after launch; negative = never). */
struct told {
    uint32_t events_most;
    double stop_s;         /* the last cut-off was told, the first time after it */
    double withdrawn_s;    /* after thrust resumed: no impact told any more */
    double impact_last_s;  /* the last time that an impact was told before the last cut-off */
    double impact_first_s; /* the first one after it */
    double miss_m;         /* of that */
    double settled_m;      /* of the last one */
    double settled_95_m;   /* half the length of its area */
    double launch_s;       /* since when it is certain to be a space launch */
    double launch_at_end;  /* its probability, and that of every other known class, at the end */
    double other_at_end;
    enum missile_class at_end;
    enum undetermined_reason why_at_end;
};

static double miss_of(const struct assessment *a)
{
    const struct truth_summary truth = world_truth_summary(&world, 0);
    double miss_m = 0.0;
    assert_int_equal(geodesic_inverse(a->impact.point, truth.impact_point, &miss_m, NULL, NULL),
                     OK);
    return miss_m;
}

/* How far a free fall from soon after the cut-off would miss the last sample. */
static double discord_m(const struct rocket *r)
{
    const double from_s = r->stop_s + 10.0;
    struct truth_state a;
    struct truth_state b;
    assert_true(world_truth_state(&world, 0, instant_plus_s(scenario.start, from_s), &a));
    assert_true(world_truth_state(&world, 0, instant_plus_s(scenario.start, r->until_s), &b));
    struct motion_state s = {{a.position.x_m, a.position.y_m, a.position.z_m, a.velocity.x_mps,
                              a.velocity.y_mps, a.velocity.z_mps, 0.0, 0.0}};
    motion_propagate(MOTION_COAST, &s, r->until_s - from_s, 1.0, NULL);
    return sqrt(elementary_square(s.x[0] - b.position.x_m) +
                elementary_square(s.x[1] - b.position.y_m) +
                elementary_square(s.x[2] - b.position.z_m));
}

static void look(const struct rocket *r, double t_s, struct told *told)
{
    engine_view(&engine, &view);
    told->events_most = view.event_count > told->events_most ? view.event_count : told->events_most;
    if (view.event_count == 0 || !view.events[0].has_common) {
        return;
    }
    const struct assessment *a = &view.events[0].assessment;
    const bool is_told = a->impact.why == WHY_NONE;
    if (is_verbose() && t_s > r->first_stop_s - 5.0) {
        print_message("%s %.0f s: phase %s, why %s, class %s %.3f\n", r->name, t_s,
                      track_phase_text(a->phase), undetermined_reason_text(a->impact.why),
                      missile_class_text(assessment_class(a)),
                      a->class_probability[CLASS_SPACE_LAUNCH]);
    }
    if (t_s < r->stop_s) {
        told->impact_last_s = is_told ? t_s : told->impact_last_s;
        return;
    }
    if (told->stop_s < 0.0 && instant_is_set(view.events[0].common.end_of_thrust)) {
        told->stop_s = t_s;
    }
    if (is_told) {
        told->settled_m = miss_of(a);
        told->settled_95_m = a->impact.ellipse_95.semi_major_m;
        if (told->impact_first_s < 0.0) {
            told->impact_first_s = t_s;
            told->miss_m = told->settled_m;
        }
    }
    const bool is_launch = a->class_probability[CLASS_SPACE_LAUNCH] > CERTAIN;
    told->launch_s = !is_launch ? -1.0 : told->launch_s < 0.0 ? t_s : told->launch_s;
}

/* Everything that the sensors see until a time, and the clock until another. */
static struct told watch(const struct rocket *r, uint64_t seed, double seen_until_s, double until_s)
{
    struct told told = {
        .stop_s = -1.0, .impact_last_s = -1.0, .impact_first_s = -1.0, .launch_s = -1.0};
    if (seed == 1) {
        assert_int_equal(world_init(&world, &scenario, seed, NULL), OK);
    }
    world.seed = seed;
    world_rewind(&world);
    start_engine();
    bool more = world_next(&world, &scan);
    for (double t_s = 0.0; t_s <= until_s; t_s += 0.5) {
        const struct instant t = instant_plus_s(scenario.start, t_s);
        while (more && !instant_before(t, scan.receipt)) {
            if (instant_since_s(scan.receipt, scenario.start) <= seen_until_s &&
                scan.observation_count > 0) {
                step(&(struct event){.kind = EVENT_SCAN,
                                     .time = scan.receipt,
                                     .scan_count = scan.observation_count,
                                     .scan = scan.observations});
            }
            more = world_next(&world, &scan);
        }
        step(&(struct event){.kind = EVENT_TICK, .time = t});
        if (t_s > r->first_stop_s && elementary_floor(t_s) == t_s) {
            look(r, t_s, &told);
        }
    }
    if (view.event_count > 0) {
        const struct assessment *a = &view.events[0].assessment;
        told.at_end = assessment_class(a);
        told.why_at_end = a->impact.why;
        told.launch_at_end = a->class_probability[CLASS_SPACE_LAUNCH];
        told.other_at_end = 1.0 - told.launch_at_end - a->class_probability[CLASS_UNDETERMINED];
    }
    return told;
}

static void a_first_stage_comes_down_where_it_says(void **unused)
{
    (void)unused;
    for (int i = 0; i < ROCKET_COUNT; i++) {
        const struct rocket *r = &ROCKETS[i];
        if (r->is_orbit) {
            continue;
        }
        prepare(r);
        for (uint64_t seed = 1; seed <= seed_count(); seed++) {
            const struct told told = watch(r, seed, 1e9, r->stop_s + 100.0);
            print_message("%s: cut-off at %.0f s told at %.0f s; impact from %.0f s, off by %.1f "
                          "km, 100 s later by %.1f km (area %.1f km, telemetry %.1f km); before "
                          "the cut-off last at %.0f s\n",
                          r->name, r->stop_s, told.stop_s, told.impact_first_s, told.miss_m / 1e3,
                          told.settled_m / 1e3, told.settled_95_m / 1e3, discord_m(r) / 1e3,
                          told.impact_last_s);
            assert_int_equal(told.events_most, 1);
            assert_true(told.impact_last_s < r->again_s + WITHDRAWN_S);
            assert_true(told.stop_s >= r->stop_s && told.stop_s < r->stop_s + 15.0);
            assert_true(told.impact_first_s > 0.0 && told.impact_first_s < r->stop_s + 15.0);
            assert_int_equal(told.why_at_end, WHY_NONE);
            assert_true(told.settled_m < told.settled_95_m + 2.0 * discord_m(r));
            assert_true(told.launch_at_end < 1.0 - CERTAIN);
        }
    }
}

static void an_upper_stage_ends_as_a_space_launch(void **unused)
{
    (void)unused;
    for (int i = 0; i < ROCKET_COUNT; i++) {
        const struct rocket *r = &ROCKETS[i];
        if (!r->is_orbit) {
            continue;
        }
        prepare(r);
        for (uint64_t seed = 1; seed <= seed_count(); seed++) {
            const struct told told = watch(r, seed, 1e9, r->stop_s + 30.0);
            print_message(
                "%s: cut-off at %.0f s told at %.0f s, a space launch from %.0f s; impact "
                "told from %.0f s, before the cut-off last at %.0f s\n",
                r->name, r->stop_s, told.stop_s, told.launch_s, told.impact_first_s,
                told.impact_last_s);
            assert_int_equal(told.events_most, 1);
            assert_true(told.impact_last_s < r->again_s + WITHDRAWN_S);
            assert_true(told.impact_first_s < 0.0);
            assert_true(told.launch_s >= r->stop_s && told.launch_s <= r->stop_s + 30.0);
            assert_int_equal(told.why_at_end, WHY_ORBIT);
        }
    }
}

static void cut_before_its_time_it_is_undetermined(void **unused)
{
    (void)unused;
    for (int i = 0; i < ROCKET_COUNT; i++) {
        const struct rocket *r = &ROCKETS[i];
        if (!r->is_orbit) {
            continue;
        }
        prepare(r);
        for (uint64_t seed = 1; seed <= seed_count(); seed++) {
            const struct told told = watch(r, seed, r->stop_s - CUT_S, r->stop_s - CUT_S + 20.0);
            assert_int_equal(told.events_most, 1);
            assert_int_equal(told.at_end, CLASS_UNDETERMINED);
            assert_int_equal(told.why_at_end, WHY_THRUSTING);
            assert_true(told.launch_at_end < CERTAIN && told.other_at_end < 1.0 - CERTAIN);
            assert_true(told.impact_last_s < r->again_s + WITHDRAWN_S);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_first_stage_comes_down_where_it_says),
        cmocka_unit_test(an_upper_stage_ends_as_a_space_launch),
        cmocka_unit_test(cut_before_its_time_it_is_undetermined),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
