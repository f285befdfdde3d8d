#include "playing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/elementary.h"

struct scenario playing_scenario;
struct world playing_world;
struct world_scan playing_scan;

static struct geo_geodetic place(double lat_deg, double lon_deg)
{
    return (struct geo_geodetic){lat_deg * RAD_PER_DEG, lon_deg * RAD_PER_DEG, 0.0};
}

void playing_begin(void)
{
    struct scenario *s = &playing_scenario;
    memset(s, 0, sizeof *s);
    s->start = (struct instant){1700000000 * NS_PER_S};
    s->duration_s = 900.0;
    s->nation_count = 1;
    assert_true(nation_id_parse("KOR", &s->nations[0].id));
    s->launch_count = 1;
    struct scenario_launch *launch = &s->launches[0];
    memcpy(launch->name, "first", sizeof "first");
    launch->at_s = 10.0;
    launch->recording = -1;
    launch->plan.site = place(39.2, 125.7);
    launch->plan.bearing_rad = 75.0 * RAD_PER_DEG;
    launch->plan.apogee_m = 300e3;
    launch->plan.range_m = 800e3;
    launch->plan.beta_kgpm2 = 3000.0;
    flight_stages_of_kind(FLIGHT_MEDIUM, &launch->plan);
}

static struct scenario_sensor *add(const char *name, enum sensor_kind kind)
{
    struct scenario_nation *nation = &playing_scenario.nations[0];
    struct scenario_sensor *s = &nation->sensors[nation->sensor_count];
    nation->sensor_count++;
    assert_true(sensor_id_parse(name, &s->sensor.id));
    s->sensor.kind = kind;
    s->sensor.interval_s = 1.0;
    s->detection_count = 1;
    s->detection[0].probability = 1.0;
    return s;
}

struct scenario_sensor *playing_add_radar(const char *name, double lat_deg, double lon_deg)
{
    struct scenario_sensor *s = add(name, SENSOR_RADAR);
    s->sensor.place = place(lat_deg, lon_deg);
    s->sensor.range_max_m = 2000e3;
    s->sensor.sigma_range_m = 30.0;
    s->sensor.sigma_azimuth_rad = 1e-3;
    s->sensor.sigma_elevation_rad = 2e-3;
    s->sensor.sigma_range_rate_mps = 2.0;
    return s;
}

struct scenario_sensor *playing_add_infrared(const char *name, double lon_deg)
{
    struct scenario_sensor *s = add(name, SENSOR_INFRARED);
    s->satellite_lon_rad = lon_deg * RAD_PER_DEG;
    s->cloud_top_m = 10e3;
    s->sensor.sigma_los_rad = 5e-5;
    return s;
}

struct scenario_sensor *playing_add_tracker(const char *name, double lat_deg, double lon_deg)
{
    struct scenario_sensor *s = add(name, SENSOR_TRACKER);
    s->sensor.place = place(lat_deg, lon_deg);
    s->sensor.range_max_m = 2000e3;
    s->sigma_position_m = 100.0;
    s->sigma_velocity_mps = 5.0;
    return s;
}

void playing_start(uint64_t seed)
{
    uint32_t launch = 0;
    const result status = world_init(&playing_world, &playing_scenario, seed, &launch);
    if (status != OK) {
        fail_msg("launch %u: %s", launch, result_text(status));
    }
}
