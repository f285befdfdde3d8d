/* An hour of air traffic under two surveillance radars, as a long-range air picture gives it
 * (ASTERIX category 048 with measured height): twenty aircraft, airliners and fast jets, with
 * missed plots and false alarms. None of it is a launch. The performance of the aircraft is that
 * of published ones: airliners at 250 m/s and 11 km, fighters at 600 m/s (Mach 2 in the
 * stratosphere), climbing at 150 m/s and turning with a load of 3 g. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/elementary.h"
#include "base/random.h"
#include "engine/engine.h"
#include "geo/ellipsoid.h"

#define STEP_S 0.5
#define GRAVITY_MPS2 9.80665
#define AREA_M 150e3
#define DETECTION 0.9

enum { AIRLINERS = 12, JETS = 8, AIRCRAFT = AIRLINERS + JETS, RADARS = 2 };

struct aircraft {
    bool is_jet;
    double east_m;
    double north_m;
    double height_m;
    double heading_rad;
    double climb_mps;
    double turn_radps;
    double leg_s; /* until it does something else */
};

/* Static: they are large. */
static struct engine engine;
static struct effects effects;
static struct view view;
static struct aircraft aircraft[AIRCRAFT];
static struct random noise;
static const struct geo_geodetic CENTRE = {37.0 * RAD_PER_DEG, 127.5 * RAD_PER_DEG, 0.0};

static struct instant at(double t_s)
{
    const struct instant start = {INT64_C(1664835720) * NS_PER_S};
    return instant_plus_s(start, t_s);
}

static struct sensor radar(const char *name, double lat_deg, double lon_deg, double interval_s)
{
    struct sensor s;
    memset(&s, 0, sizeof s);
    assert_true(sensor_id_parse(name, &s.id));
    s.kind = SENSOR_RADAR;
    s.place = (struct geo_geodetic){lat_deg * RAD_PER_DEG, lon_deg * RAD_PER_DEG, 200.0};
    s.sigma_range_m = 30.0;
    s.sigma_azimuth_rad = 1e-3;
    s.sigma_elevation_rad = 1e-3;
    s.elevation_min_rad = 0.3 * RAD_PER_DEG;
    s.range_max_m = 400e3;
    s.interval_s = interval_s;
    s.false_alarms_per_scan = interval_s / 4.0;
    return s;
}

static void start(uint64_t seed)
{
    static struct engine_config config;
    memset(&config, 0, sizeof config);
    assert_true(nation_id_parse("KOR", &config.nation));
    config.domain = DOMAIN_EXERCISE;
    config.sensor_count = RADARS;
    config.sensors[0] = radar("K-NEAR", 37.5, 126.5, 4.0);
    config.sensors[1] = radar("K-FAR", 36.3, 128.6, 10.0);
    config.policy.owner = config.nation;
    config.policy.number = 1;
    config.policy.label.owner = config.nation;
    config.policy.label.classification = CLASSIFICATION_RESTRICTED;
    assert_int_equal(engine_init(&engine, &config), OK);
    random_init(&noise, seed, 1);
    for (int i = 0; i < AIRCRAFT; i++) {
        aircraft[i] = (struct aircraft){
            .is_jet = i >= AIRLINERS,
            .east_m = AREA_M * (2.0 * random_uniform(&noise) - 1.0),
            .north_m = AREA_M * (2.0 * random_uniform(&noise) - 1.0),
            .height_m = i >= AIRLINERS ? 12e3 : 11e3,
            .heading_rad = 2.0 * PI * random_uniform(&noise),
        };
    }
}

static double speed_of(const struct aircraft *a)
{
    return a->is_jet ? 600.0 : 250.0;
}

/* The next leg: airliners fly on or turn gently; jets turn at 3 g, climb, or dive. Who is far out
 * turns. */
static void choose_leg(struct aircraft *a)
{
    const double speed_mps = speed_of(a);
    const bool far_out = fabs(a->east_m) > AREA_M || fabs(a->north_m) > AREA_M;
    const double load = a->is_jet ? 3.0 : 1.1;
    const double side = random_uniform(&noise) < 0.5 ? -1.0 : 1.0;
    const double turn = GRAVITY_MPS2 * sqrt(load * load - 1.0) / speed_mps;
    const bool turns = far_out || random_uniform(&noise) < (a->is_jet ? 0.4 : 0.1);
    a->turn_radps = turns ? side * turn : 0.0;
    a->leg_s = turns ? (far_out ? PI : 1.5) / turn : 20.0 + 60.0 * random_uniform(&noise);
    if (far_out) {
        const double inward = elementary_atan2(-a->east_m, -a->north_m) - a->heading_rad;
        const double left = elementary_sin(inward);
        a->turn_radps = fabs(turn) * (left < 0.0 ? -1.0 : 1.0);
        a->leg_s = fabs(elementary_atan2(left, elementary_cos(inward))) / turn + 1.0;
    }
    const double height_wanted_m = 6e3 + 10e3 * random_uniform(&noise);
    a->climb_mps = 0.0;
    if (a->is_jet && random_uniform(&noise) < 0.6) {
        a->climb_mps = height_wanted_m > a->height_m ? 150.0 : -150.0;
    }
}

static void fly(struct aircraft *a)
{
    a->leg_s -= STEP_S;
    if (a->leg_s < 0.0) {
        choose_leg(a);
    }
    if ((a->height_m > 17e3 && a->climb_mps > 0.0) || (a->height_m < 5e3 && a->climb_mps < 0.0)) {
        a->climb_mps = 0.0;
    }
    const double speed_mps = speed_of(a);
    const double level_mps = sqrt(speed_mps * speed_mps - a->climb_mps * a->climb_mps);
    a->heading_rad += STEP_S * a->turn_radps;
    a->east_m += STEP_S * level_mps * elementary_sin(a->heading_rad);
    a->north_m += STEP_S * level_mps * elementary_cos(a->heading_rad);
    a->height_m += STEP_S * a->climb_mps;
}

static struct geo_ecef place_of(const struct aircraft *a)
{
    const double radius_m = 6371e3;
    return ellipsoid_to_ecef((struct geo_geodetic){
        CENTRE.lat_rad + a->north_m / radius_m,
        CENTRE.lon_rad + a->east_m / (radius_m * elementary_cos(CENTRE.lat_rad)), a->height_m});
}

static struct observation plot(const struct sensor *s, double t_s, struct geo_polar polar)
{
    struct observation o;
    memset(&o, 0, sizeof o);
    o.sensor = s->id;
    o.kind = SENSOR_RADAR;
    o.validity = at(t_s);
    o.receipt = o.validity;
    o.radar.polar = polar;
    return o;
}

static uint32_t look(const struct sensor *s, double t_s, struct observation *scan)
{
    uint32_t count = 0;
    for (int i = 0; i < AIRCRAFT; i++) {
        struct geo_polar p;
        if (ellipsoid_polar(ellipsoid_enu(s->place, place_of(&aircraft[i])), &p) != OK ||
            p.range_m > s->range_max_m || p.elevation_rad < s->elevation_min_rad ||
            random_uniform(&noise) > DETECTION) {
            continue;
        }
        p.range_m += s->sigma_range_m * random_normal(&noise);
        p.azimuth_rad += s->sigma_azimuth_rad * random_normal(&noise);
        p.elevation_rad += s->sigma_elevation_rad * random_normal(&noise);
        scan[count] = plot(s, t_s, p);
        count++;
    }
    const uint32_t false_alarms = random_poisson(&noise, s->false_alarms_per_scan);
    for (uint32_t i = 0; i < false_alarms; i++) {
        const struct geo_polar p = {10e3 + 390e3 * random_uniform(&noise),
                                    2.0 * PI * random_uniform(&noise),
                                    s->elevation_min_rad + 0.7 * random_uniform(&noise)};
        scan[count] = plot(s, t_s, p);
        count++;
    }
    return count;
}

struct tally {
    int noticed; /* events, however short */
    int warned;
    int tracks;        /* firm ones, at each look of the tally */
    int not_ballistic; /* of these */
    int looks[2];      /* at an airliner, at a jet */
    int seen[2];       /* with a firm track within 3 km */
    int named[2];      /* of these, not ballistic */
};

static void count_effects(struct tally *tally)
{
    for (uint32_t i = 0; i < effects.count; i++) {
        tally->noticed += effects.items[i].kind == EFFECT_NOTICED ? 1 : 0;
        tally->warned += effects.items[i].kind == EFFECT_WARNING ? 1 : 0;
    }
}

static void step(const struct event *event, struct tally *tally)
{
    assert_int_equal(engine_step(&engine, event, &effects), OK);
    count_effects(tally);
}

static double apart_m(struct geo_ecef a, struct geo_ecef b)
{
    return sqrt(elementary_square(a.x_m - b.x_m) + elementary_square(a.y_m - b.y_m) +
                elementary_square(a.z_m - b.z_m));
}

/* The firm track nearest an aircraft; -1 if none is within reach. */
static int nearest_track(const struct aircraft *a)
{
    int nearest = -1;
    double least_m = 3e3;
    for (uint32_t i = 0; i < view.track_count; i++) {
        const double m = apart_m(view.tracks[i].position, place_of(a));
        if (view.tracks[i].status == STATUS_FIRM && m < least_m) {
            least_m = m;
            nearest = (int)i;
        }
    }
    return nearest;
}

static void count_tracks(struct tally *tally)
{
    engine_view(&engine, &view);
    for (uint32_t i = 0; i < view.track_count; i++) {
        tally->tracks += view.tracks[i].status == STATUS_FIRM ? 1 : 0;
        tally->not_ballistic += view.track_classes[i] == CLASS_NOT_BALLISTIC ? 1 : 0;
    }
    for (int i = 0; i < AIRCRAFT; i++) {
        const int nearest = nearest_track(&aircraft[i]);
        tally->looks[aircraft[i].is_jet]++;
        tally->seen[aircraft[i].is_jet] += nearest >= 0 ? 1 : 0;
        tally->named[aircraft[i].is_jet] +=
            nearest >= 0 && view.track_classes[nearest] == CLASS_NOT_BALLISTIC ? 1 : 0;
    }
}

static void run(uint64_t seed, double until_s, struct tally *tally)
{
    static struct observation scan[LIMIT_SCAN];
    memset(tally, 0, sizeof *tally);
    start(seed);
    for (int k = 0; k < (int)(until_s / STEP_S); k++) {
        const double t_s = STEP_S * k;
        for (int i = 0; i < AIRCRAFT; i++) {
            fly(&aircraft[i]);
        }
        for (int r = 0; r < RADARS; r++) {
            const struct sensor *s = &engine.config.sensors[r];
            if (k % (int)(s->interval_s / STEP_S) != 3 * r) {
                continue;
            }
            const struct event event = {.kind = EVENT_SCAN,
                                        .time = at(t_s),
                                        .scan_count = look(s, t_s, scan),
                                        .scan = scan};
            if (event.scan_count > 0) {
                step(&event, tally);
            }
        }
        const struct event tick = {.kind = EVENT_TICK, .time = at(t_s)};
        step(&tick, tally);
        if (k % 10 == 0) {
            count_tracks(tally);
        }
    }
}

static void air_traffic_is_no_launch(void **state)
{
    (void)state;
    struct tally t;
    run(1, getenv("WATCHFIRE_LONG") != NULL ? 3600.0 : 240.0, &t);
    print_message("%d of %d looks at firm tracks say not ballistic; airliners %.0f %% of the time "
                  "on track, %.0f %% not ballistic; jets %.0f and %.0f %%\n",
                  t.not_ballistic, t.tracks, 100.0 * t.seen[0] / t.looks[0],
                  100.0 * t.named[0] / t.looks[0], 100.0 * t.seen[1] / t.looks[1],
                  100.0 * t.named[1] / t.looks[1]);
    assert_int_equal(t.noticed, 0);
    assert_int_equal(t.warned, 0);
    for (int i = 0; i < 2; i++) {
        assert_true(t.seen[i] > 0.7 * t.looks[i]);
        assert_true(t.named[i] > 0.6 * t.looks[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(air_traffic_is_no_launch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
