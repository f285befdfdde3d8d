#include "flown.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/elementary.h"
#include "geo/ellipsoid.h"
#include "physics/motion.h"

/* The whole flight every eighth of a second; between two samples it is moved by the motion
 * there. */
#define SAMPLE_S 0.125
enum { SAMPLES_MAX = 40000 };

static struct flight flight;
static struct motion_state samples[SAMPLES_MAX];
static int sample_count;
static double impact_s;

void flown_solve(struct geo_geodetic site, double bearing_deg, double apogee_km, double range_km,
                 enum flight_kind kind)
{
    struct flight_plan plan;
    memset(&plan, 0, sizeof plan);
    plan.site = site;
    plan.bearing_rad = bearing_deg * RAD_PER_DEG;
    plan.apogee_m = apogee_km * 1e3;
    plan.range_m = range_km * 1e3;
    plan.beta_kgpm2 = 3000.0;
    flight_stages_of_kind(kind, &plan);
    assert_int_equal(flight_solve(&plan, &flight), OK);
    struct motion_state s;
    double at_s = 0.0;
    flight_start(&flight, &s);
    sample_count = 0;
    while (sample_count < SAMPLES_MAX &&
           flight_advance(&flight, &at_s, &s, SAMPLE_S * sample_count)) {
        samples[sample_count] = s;
        sample_count++;
    }
    assert_true(sample_count < SAMPLES_MAX);
    impact_s = at_s;
}

double flown_end_of_thrust_s(void)
{
    return flight.end_of_thrust_s;
}

double flown_impact_s(void)
{
    return impact_s;
}

double flown_thrust_mps2(double t_s)
{
    return flight_thrust_mps2(&flight, t_s);
}

bool flown_state(double t_s, double x[6])
{
    const int i = (int)(t_s / SAMPLE_S + 0.5);
    if (t_s < 0.0 || i >= sample_count) {
        return false;
    }
    /* At most a sixteenth of a second away: the acceleration at the sample is enough. */
    const double left_s = t_s - SAMPLE_S * i;
    const int next = i + 1 < sample_count ? i + 1 : i;
    const int before = next - 1;
    for (int k = 0; k < 3; k++) {
        const double v = samples[i].x[3 + k];
        const double a = (samples[next].x[3 + k] - samples[before].x[3 + k]) / SAMPLE_S;
        x[k] = samples[i].x[k] + left_s * (v + 0.5 * left_s * a);
        x[3 + k] = v + left_s * a;
    }
    return true;
}

struct instant flown_instant(double t_s)
{
    const struct instant launch = {INT64_C(1664835720) * NS_PER_S};
    return instant_plus_s(launch, t_s);
}

static struct sensor named(const char *name)
{
    struct sensor s;
    memset(&s, 0, sizeof s);
    assert_true(sensor_id_parse(name, &s.id));
    return s;
}

struct sensor flown_radar(const char *name, double lat_deg, double lon_deg, bool rated)
{
    struct sensor s = named(name);
    s.kind = SENSOR_RADAR;
    s.place = (struct geo_geodetic){lat_deg * RAD_PER_DEG, lon_deg * RAD_PER_DEG, 200.0};
    s.sigma_range_m = 25.0;
    s.sigma_azimuth_rad = 1e-3;
    s.sigma_elevation_rad = 1e-3;
    s.sigma_range_rate_mps = rated ? 2.0 : 0.0;
    s.elevation_min_rad = 2.0 * RAD_PER_DEG;
    s.range_max_m = 1200e3;
    s.interval_s = 1.0;
    return s;
}

struct sensor flown_satellite(const char *name)
{
    struct sensor s = named(name);
    s.kind = SENSOR_INFRARED;
    s.sigma_los_rad = 5e-5;
    s.interval_s = 5.0;
    return s;
}

struct geo_ecef flown_satellite_place(double lon_deg)
{
    const double radius_m = 42164e3;
    return (struct geo_ecef){radius_m * elementary_cos(lon_deg * RAD_PER_DEG),
                             radius_m * elementary_sin(lon_deg * RAD_PER_DEG), 0.0};
}

static struct observation blank(const struct sensor *s, double t_s)
{
    struct observation o;
    memset(&o, 0, sizeof o);
    o.sensor = s->id;
    o.kind = s->kind;
    o.validity = flown_instant(t_s);
    o.receipt = o.validity;
    return o;
}

bool flown_plot(const struct sensor *radar, double t_s, struct random *r, struct observation *out)
{
    double noise[4];
    for (int i = 0; i < 4; i++) {
        noise[i] = random_normal(r);
    }
    double x[6];
    struct geo_polar polar;
    if (!flown_state(t_s, x)) {
        return false;
    }
    const struct geo_ecef p = {x[0], x[1], x[2]};
    const struct geo_ecef base = ellipsoid_to_ecef(radar->place);
    if (ellipsoid_polar(ellipsoid_enu(radar->place, p), &polar) != OK ||
        polar.elevation_rad < radar->elevation_min_rad || polar.range_m > radar->range_max_m) {
        return false;
    }
    const double rate =
        ((x[0] - base.x_m) * x[3] + (x[1] - base.y_m) * x[4] + (x[2] - base.z_m) * x[5]) /
        polar.range_m;
    *out = blank(radar, t_s);
    out->radar.polar.range_m = polar.range_m + radar->sigma_range_m * noise[0];
    out->radar.polar.azimuth_rad = polar.azimuth_rad + radar->sigma_azimuth_rad * noise[1];
    out->radar.polar.elevation_rad = polar.elevation_rad + radar->sigma_elevation_rad * noise[2];
    out->radar.has_range_rate = radar->sigma_range_rate_mps > 0.0;
    out->radar.range_rate_mps =
        out->radar.has_range_rate ? rate + radar->sigma_range_rate_mps * noise[3] : 0.0;
    return true;
}

bool flown_sight(const struct sensor *satellite, struct geo_ecef platform, double t_s,
                 struct random *r, struct observation *out)
{
    double noise[3];
    for (int i = 0; i < 3; i++) {
        noise[i] = random_normal(r);
    }
    double x[6];
    struct geo_geodetic g;
    if (!flown_state(t_s, x) || flown_thrust_mps2(t_s) <= 0.0) {
        return false;
    }
    const struct geo_ecef p = {x[0], x[1], x[2]};
    if (ellipsoid_from_ecef(p, &g) != OK || g.height_m < 10e3) {
        return false;
    }
    *out = blank(satellite, t_s);
    out->infrared.platform = platform;
    const double d[3] = {x[0] - platform.x_m, x[1] - platform.y_m, x[2] - platform.z_m};
    const double distance_m = sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
    double length2 = 0.0;
    for (int i = 0; i < 3; i++) {
        /* Noise along the line does nothing once it is made a unit vector again. */
        out->infrared.los.axis[i] = d[i] / distance_m + satellite->sigma_los_rad * noise[i];
        length2 += elementary_square(out->infrared.los.axis[i]);
    }
    for (int i = 0; i < 3; i++) {
        out->infrared.los.axis[i] /= sqrt(length2);
    }
    return true;
}

struct observation flown_false_alarm(const struct sensor *radar, double t_s, struct random *r)
{
    struct observation o = blank(radar, t_s);
    o.radar.polar.range_m = 10e3 + (radar->range_max_m - 10e3) * random_uniform(r);
    o.radar.polar.azimuth_rad = 2.0 * PI * random_uniform(r);
    o.radar.polar.elevation_rad = radar->elevation_min_rad + 1.2 * random_uniform(r);
    o.radar.has_range_rate = radar->sigma_range_rate_mps > 0.0;
    o.radar.range_rate_mps = o.radar.has_range_rate ? 1000.0 * random_normal(r) : 0.0;
    return o;
}
