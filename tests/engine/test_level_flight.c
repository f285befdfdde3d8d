/* An hour of level flight under two rotating surveillance radars, as ASTERIX category 048 reports
 * it: range in 1/256 NM, azimuth in 1/65536 of a circle, time in 1/128 s, and a height in 25 ft or
 * none. Each becomes a track that is not ballistic, and none an event. Speeds and levels are those
 * of airliners and turboprops; the radars' figures those of air traffic control (5 and 12 s are
 * the usual rotations; EUROCONTROL's standard for surveillance asks 0.08 degrees and 70 m). */
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
#include "geo/geodesic.h"

#define STEP_S 0.25
#define DETECTION 0.95
#define AREA_M 200e3
#define SETTLED_S 150.0
#define M_PER_NM 1852.0
#define M_PER_FT 0.3048

enum { AIRCRAFT = 8, RADARS = 2 };

struct aircraft {
    struct geo_geodetic from;
    double heading_rad;
    double speed_mps;
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

static struct sensor radar(const char *name, double lat_deg, double lon_deg, double rotation_s,
                           bool measures_height)
{
    struct sensor s;
    memset(&s, 0, sizeof s);
    assert_true(sensor_id_parse(name, &s.id));
    s.kind = SENSOR_RADAR;
    s.place = (struct geo_geodetic){lat_deg * RAD_PER_DEG, lon_deg * RAD_PER_DEG, 200.0};
    s.sigma_range_m = 70.0;
    s.sigma_azimuth_rad = 0.08 * RAD_PER_DEG;
    s.sigma_elevation_rad = measures_height ? 0.3 * RAD_PER_DEG : 0.0;
    s.range_max_m = 400e3;
    s.interval_s = rotation_s;
    return s;
}

static void start(const bool measures_height[RADARS])
{
    static struct engine_config config;
    memset(&config, 0, sizeof config);
    assert_true(nation_id_parse("KOR", &config.nation));
    config.domain = DOMAIN_EXERCISE;
    config.sensor_count = RADARS;
    config.sensors[0] = radar("K-NEAR", 37.5, 126.5, 5.0, measures_height[0]);
    config.sensors[1] = radar("K-FAR", 36.3, 128.6, 12.0, measures_height[1]);
    config.policy.owner = config.nation;
    config.policy.number = 1;
    config.policy.label.owner = config.nation;
    config.policy.label.classification = CLASSIFICATION_RESTRICTED;
    assert_int_equal(engine_init(&engine, &config), OK);
}

/* Each flies a great circle that passes near the middle after half of the time. */
static void choose_flights(uint64_t seed, double until_s)
{
    random_init(&noise, seed, 1);
    for (int i = 0; i < AIRCRAFT; i++) {
        const double speed_mps = 120.0 + 20.0 * i;
        const double off_m = AREA_M * (random_uniform(&noise) - 0.5);
        const double heading_rad = 2.0 * PI * random_uniform(&noise);
        struct geo_geodetic middle;
        struct geo_geodetic from;
        assert_int_equal(geodesic_direct(CENTRE, heading_rad + PI / 2.0, off_m, &middle), OK);
        assert_int_equal(
            geodesic_direct(middle, heading_rad + PI, 0.5 * until_s * speed_mps, &from), OK);
        from.height_m = 4e3 + 1.1e3 * i;
        aircraft[i] = (struct aircraft){from, heading_rad, speed_mps};
    }
}

static struct geo_geodetic place_of(const struct aircraft *a, double t_s)
{
    struct geo_geodetic p;
    assert_int_equal(geodesic_direct(a->from, a->heading_rad, a->speed_mps * t_s, &p), OK);
    p.height_m = a->from.height_m;
    return p;
}

static double round_to(double x, double unit)
{
    return unit * elementary_floor(x / unit + 0.5);
}

/* What the report says. A height is the elevation's, rounded. */
static struct observation report(const struct sensor *s, struct geo_polar p, double t_s)
{
    struct observation o;
    memset(&o, 0, sizeof o);
    o.sensor = s->id;
    o.kind = SENSOR_RADAR;
    o.validity = at(round_to(t_s, 1.0 / 128.0));
    o.receipt = at(t_s + 0.5);
    o.radar.without_elevation = s->sigma_elevation_rad <= 0.0;
    o.radar.polar.range_m =
        round_to(p.range_m + s->sigma_range_m * random_normal(&noise), M_PER_NM / 256.0);
    o.radar.polar.azimuth_rad =
        round_to(p.azimuth_rad + s->sigma_azimuth_rad * random_normal(&noise), 2.0 * PI / 65536.0);
    if (!o.radar.without_elevation) {
        o.radar.polar.elevation_rad =
            round_to(p.elevation_rad + s->sigma_elevation_rad * random_normal(&noise),
                     25.0 * M_PER_FT / p.range_m);
    }
    return o;
}

struct tally {
    int noticed;
    int warned;
    int tracks;        /* firm ones, at each look of the tally */
    int not_ballistic; /* of these */
    int looks;         /* at aircraft within coverage */
    int named;         /* with a firm track within 3 km over the ground, not ballistic */
};

static void step(const struct event *event, struct tally *tally)
{
    assert_int_equal(engine_step(&engine, event, &effects), OK);
    for (uint32_t i = 0; i < effects.count; i++) {
        tally->noticed += effects.items[i].kind == EFFECT_NOTICED ? 1 : 0;
        tally->warned += effects.items[i].kind == EFFECT_WARNING ? 1 : 0;
    }
}

static bool is_covered(const struct sensor *s, struct geo_geodetic place, struct geo_polar *p)
{
    return ellipsoid_polar(ellipsoid_enu(s->place, ellipsoid_to_ecef(place)), p) == OK &&
           p->range_m < s->range_max_m && p->elevation_rad > 0.3 * RAD_PER_DEG;
}

/* Reports of the aircraft that the beam passes within a step. */
static void sweep(const struct sensor *s, double t_s, struct tally *tally)
{
    for (int i = 0; i < AIRCRAFT; i++) {
        struct geo_polar p;
        if (!is_covered(s, place_of(&aircraft[i], t_s), &p)) {
            continue;
        }
        const double turns = t_s / s->interval_s - p.azimuth_rad / (2.0 * PI);
        const double since_s = (turns - elementary_floor(turns)) * s->interval_s;
        if (since_s >= STEP_S || random_uniform(&noise) > DETECTION) {
            continue;
        }
        const struct observation o = report(s, p, t_s);
        step(&(struct event){.kind = EVENT_SCAN, .time = at(t_s), .scan_count = 1, .scan = &o},
             tally);
    }
}

static bool is_named(struct geo_geodetic place)
{
    for (uint32_t i = 0; i < view.track_count; i++) {
        struct geo_geodetic there;
        double away_m = 0.0;
        if (view.tracks[i].status == STATUS_FIRM && view.track_classes[i] == CLASS_NOT_BALLISTIC &&
            ellipsoid_from_ecef(view.tracks[i].position, &there) == OK &&
            geodesic_inverse(there, place, &away_m, NULL, NULL) == OK && away_m < 3e3) {
            return true;
        }
    }
    return false;
}

static void count_tracks(double t_s, struct tally *tally)
{
    engine_view(&engine, &view);
    for (uint32_t i = 0; i < view.track_count; i++) {
        tally->tracks += view.tracks[i].status == STATUS_FIRM ? 1 : 0;
        tally->not_ballistic += view.track_classes[i] == CLASS_NOT_BALLISTIC ? 1 : 0;
    }
    for (int i = 0; i < AIRCRAFT; i++) {
        struct geo_polar p;
        const struct geo_geodetic place = place_of(&aircraft[i], t_s);
        if (is_covered(&engine.config.sensors[0], place, &p)) {
            tally->looks++;
            tally->named += is_named(place) ? 1 : 0;
        }
    }
}

static void run(uint64_t seed, const bool measures_height[RADARS], double until_s,
                struct tally *tally)
{
    memset(tally, 0, sizeof *tally);
    start(measures_height);
    choose_flights(seed, until_s);
    for (int k = 0; k < (int)(until_s / STEP_S); k++) {
        const double t_s = STEP_S * k;
        for (int r = 0; r < RADARS; r++) {
            sweep(&engine.config.sensors[r], t_s, tally);
        }
        if (k % 2 == 0) {
            step(&(struct event){.kind = EVENT_TICK, .time = at(t_s)}, tally);
        }
        if (k % 40 == 0 && t_s > SETTLED_S) {
            count_tracks(t_s, tally);
        }
    }
}

static void level_flight_is_not_ballistic(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        bool measures_height[RADARS];
    } CASES[] = {
        {"with heights", {true, true}},
        {"without heights", {false, false}},
        {"heights of one of two", {false, true}},
    };
    const bool is_long = getenv("WATCHFIRE_LONG") != NULL;
    for (size_t c = 0; c < sizeof CASES / sizeof CASES[0]; c++) {
        for (uint64_t seed = 1; seed <= (is_long ? 5 : 1); seed++) {
            struct tally t;
            run(seed, CASES[c].measures_height, is_long ? 3600.0 : 300.0, &t);
            print_message("%s: of %d looks at aircraft %.1f %% find a track that is not ballistic; "
                          "%d of %d firm tracks are\n",
                          CASES[c].what, t.looks, 100.0 * t.named / t.looks, t.not_ballistic,
                          t.tracks);
            assert_int_equal(t.noticed, 0);
            assert_int_equal(t.warned, 0);
            assert_true(t.looks > 50);
            assert_true(t.named > 0.9 * t.looks);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(level_flight_is_not_ballistic),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
