#include "sim/trial.h"

#include <assert.h>
#include <string.h>

#include "base/elementary.h"
#include "base/random.h"
#include "sim/stream.h"

/* 2026-01-01T00:00:37 TAI. */
#define START_TAI_NS (INT64_C(1767225637) * NS_PER_S)

/* Notional radars: each within reach of launches from the north of Korea. */
struct place {
    const char *nation;
    uint32_t count;
    double lat_deg[3];
    double lon_deg[3];
};

static const struct place PLACES[LIMIT_NATIONS] = {
    {"KOR", 2, {36.6, 37.6}, {127.5, 129.0}},
    {"JPN", 3, {40.9, 38.1, 31.7}, {140.4, 138.3, 129.8}},
    {"USA", 1, {39.3}, {134.5}},
    {"PHL", 1, {35.2}, {124.4}},
    {"AUS", 1, {36.9}, {132.4}},
    {"CAN", 1, {41.6}, {135.2}},
    {"GBR", 1, {35.4}, {130.9}},
    {"NOR", 1, {42.8}, {138.0}},
};

static const struct {
    double lat_deg;
    double lon_deg;
} SITES[] = {{40.61, 126.43}, {39.66, 124.71}, {39.81, 127.66}, {39.20, 125.67}, {41.28, 129.08}};
#define SITE_COUNT (sizeof SITES / sizeof SITES[0])

static struct random stream_of(uint64_t seed, const char *what, uint64_t number)
{
    struct random r;
    random_init(&r, seed, stream_number(stream_text(0, what), number));
    return r;
}

static double between(struct random *r, double low, double high)
{
    return low + (high - low) * random_uniform(r);
}

static uint32_t below(struct random *r, uint32_t count)
{
    return (uint32_t)(random_uniform(r) * (double)count);
}

static struct geo_geodetic place_at(double lat_deg, double lon_deg, double height_m)
{
    return (struct geo_geodetic){lat_deg * RAD_PER_DEG, lon_deg * RAD_PER_DEG, height_m};
}

static void name_sensor(struct scenario_sensor *s, const char *nation, uint32_t number)
{
    memcpy(s->sensor.id.text, nation, 3);
    s->sensor.id.text[3] = '-';
    s->sensor.id.text[4] = (char)('1' + number);
    s->sensor.id.text[5] = '\0';
}

static void draw_radar(struct random *r, struct geo_geodetic place, struct scenario_sensor *out)
{
    out->sensor.kind = SENSOR_RADAR;
    out->sensor.place = place;
    out->sensor.sigma_range_m = between(r, 20.0, 60.0);
    out->sensor.sigma_azimuth_rad = between(r, 0.5e-3, 2e-3);
    out->sensor.sigma_elevation_rad = out->sensor.sigma_azimuth_rad;
    out->sensor.sigma_range_rate_mps = random_uniform(r) < 0.5 ? 2.0 : 0.0;
    out->sensor.range_max_m = between(r, 700e3, 1300e3);
    out->sensor.elevation_min_rad = RAD_PER_DEG;
    out->sensor.interval_s = random_uniform(r) < 0.5 ? 1.0 : 2.0;
    out->sensor.false_alarms_per_scan = between(r, 0.0, 0.3);
    out->first_look_s = between(r, 0.0, 1.0);
    out->detection_count = 1;
    out->detection[0].probability = between(r, 0.85, 0.99);
}

static void draw_satellite(struct random *r, struct scenario_sensor *out)
{
    out->sensor.kind = SENSOR_INFRARED;
    out->sensor.sigma_los_rad = 5e-5;
    out->sensor.interval_s = 5.0;
    out->sensor.false_alarms_per_scan = 0.05;
    out->satellite_lon_rad = between(r, 80.0, 165.0) * RAD_PER_DEG;
    out->cloud_top_m = 10e3;
    out->first_look_s = between(r, 0.0, 5.0);
    out->latency_s = 1.0;
    out->detection_count = 1;
    out->detection[0].probability = 0.95;
}

static void draw_nation(uint64_t seed, uint32_t n, struct scenario_nation *out)
{
    struct random r = stream_of(seed, "nation", n);
    const struct place *place = &PLACES[n];
    const bool known = nation_id_parse(place->nation, &out->id);
    assert(known);
    out->sensor_count = 1 + below(&r, place->count);
    for (uint32_t i = 0; i < out->sensor_count; i++) {
        name_sensor(&out->sensors[i], place->nation, i);
        draw_radar(&r, place_at(place->lat_deg[i], place->lon_deg[i], 300.0), &out->sensors[i]);
    }
    if (n == 2) {
        for (int i = 0; i < 2; i++) {
            name_sensor(&out->sensors[out->sensor_count], place->nation, out->sensor_count);
            draw_satellite(&r, &out->sensors[out->sensor_count]);
            out->sensor_count++;
        }
    }
}

static void add_link(struct scenario *s, uint32_t from, uint32_t to)
{
    s->links[s->link_count] = (struct scenario_link){.from = from, .to = to};
    s->link_count++;
}

static void draw_links(struct trial *t)
{
    struct scenario *s = &t->scenario;
    for (uint32_t from = 0; from < s->nation_count; from++) {
        for (uint32_t to = 0; to < s->nation_count; to++) {
            if (from != to && (!t->is_hub || from == 0 || to == 0)) {
                add_link(s, from, to);
            }
        }
    }
}

#define SALVO_CHANCE 0.25
#define SALVO_LAUNCHES_MAX 4 /* more than otherwise */

/* Lower ways through the air are not flown by every missile that is drawn. */
#define LOWEST_M 40e3

/* What comes off does so within this time after the launch. */
#define BURNS_S_MAX 200.0

static void draw_launch(uint64_t seed, double duration_s, uint32_t number,
                        struct scenario_launch *out)
{
    struct random r = stream_of(seed, "launch", number);
    const uint32_t site = below(&r, SITE_COUNT);
    memcpy(out->name, "launch ", 7);
    out->name[7] = (char)('1' + number);
    out->name[8] = '\0';
    /* Early, so that most of what is told of it is told while things go wrong. */
    out->at_s = between(&r, 0.0, 0.25 * (duration_s - TRIAL_HEALING_S));
    out->plan.site = place_at(SITES[site].lat_deg, SITES[site].lon_deg, 0.0);
    out->plan.bearing_rad = between(&r, 60.0, 110.0) * RAD_PER_DEG;
    out->recording = -1;
    if (random_uniform(&r) < 0.6) {
        out->kind = FLIGHT_SHORT;
        out->plan.range_m = between(&r, 150e3, 700e3);
        out->plan.apogee_m = out->plan.range_m * between(&r, 0.2, 0.35);
        out->plan.apogee_m = out->plan.apogee_m > LOWEST_M ? out->plan.apogee_m : LOWEST_M;
    } else {
        out->kind = FLIGHT_INTERMEDIATE;
        out->plan.range_m = between(&r, 2000e3, 4500e3);
        out->plan.apogee_m = out->plan.range_m * between(&r, 0.2, 0.4);
    }
    if (out->at_s + BURNS_S_MAX < duration_s) {
        out->stages_fall = random_uniform(&r) < 0.5;
        out->debris = random_uniform(&r) < 0.3 ? below(&r, 8) : 0;
    }
    flight_stages_of_kind(out->kind, &out->plan);
}

static uint32_t count_objects(const struct scenario *s)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < s->launch_count; i++) {
        const struct scenario_launch *l = &s->launches[i];
        count += 1 + l->debris + (l->stages_fall ? (uint32_t)l->plan.stage_count : 0);
    }
    return count;
}

/* In one trial of four as many as may be: more launches, and then pieces of the last ones. */
static void draw_salvo(struct trial *t)
{
    struct scenario *s = &t->scenario;
    struct random r = stream_of(t->seed, "salvo", 0);
    if (random_uniform(&r) >= SALVO_CHANCE) {
        return;
    }
    const uint32_t launches = s->launch_count + 1 + below(&r, SALVO_LAUNCHES_MAX);
    for (uint32_t i = s->launch_count; i < launches; i++) {
        draw_launch(t->seed, t->duration_s, i, &s->launches[i]);
        s->launch_count++;
        if (count_objects(s) > TRIAL_OBJECTS_MAX) {
            memset(&s->launches[i], 0, sizeof s->launches[i]);
            s->launch_count--;
            break;
        }
    }
    struct scenario_launch *last = &s->launches[s->launch_count - 1];
    if (last->at_s + BURNS_S_MAX < t->duration_s && count_objects(s) < TRIAL_OBJECTS_MAX) {
        last->debris += TRIAL_OBJECTS_MAX - count_objects(s);
    }
}

/* Mostly the three that there are; what more nations cost grows with the square of their number. */
static uint32_t draw_nation_count(struct random *r)
{
    const double u = random_uniform(r);
    if (u < 0.6) {
        return 3;
    }
    return u < 0.8 ? 4 : 5 + below(r, LIMIT_NATIONS - 4);
}

void trial_draw(uint64_t seed, double duration_s, struct trial *out)
{
    assert(duration_s >= TRIAL_DURATION_S_MIN && duration_s <= TRIAL_DURATION_S_MAX);
    struct random r = stream_of(seed, "coalition", 0);
    struct scenario *s = &out->scenario;
    memset(out, 0, sizeof *out);
    out->seed = seed;
    out->duration_s = duration_s;
    out->heal_s = duration_s - TRIAL_HEALING_S;
    memcpy(s->slug, "sim", sizeof "sim");
    s->start = (struct instant){START_TAI_NS};
    s->duration_s = duration_s;
    s->nation_count = draw_nation_count(&r);
    for (uint32_t n = 0; n < s->nation_count; n++) {
        draw_nation(seed, n, &s->nations[n]);
    }
    out->is_hub = random_uniform(&r) < (s->nation_count > 4 ? 0.8 : 0.3);
    draw_links(out);
    trial_draw_policies(out);
    s->launch_count = 1 + below(&r, 5);
    for (uint32_t i = 0; i < s->launch_count; i++) {
        draw_launch(seed, duration_s, i, &s->launches[i]);
    }
    draw_salvo(out);
    trial_draw_faults(out);
}
