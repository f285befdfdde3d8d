#include "track/measure.h"

#include <string.h>

#include "base/elementary.h"
#include "base/matrix.h"
#include "base/vector.h"
#include "geo/ellipsoid.h"
#include "model/track.h"
#include "physics/gravity.h"

/* What a plot without elevation may have for one, rad². */
#define ELEVATION_UNKNOWN_RAD2 1e6
#define ASSUMED_HEIGHT_M 10e3
#define ASSUMED_SIGMA_M 10e3
/* Nearer than this many times its height it would stand overhead. */
#define ASSUMED_SLOPE_MAX 0.5
#define EARTH_MEAN_RADIUS_M 6371008.8
/* No line of sight goes through this. */
#define EARTH_INNER_RADIUS_M 6.3e6

bool measure_is_flat(const struct measure_site *site, const struct observation *o)
{
    return o->kind == SENSOR_RADAR &&
           (o->radar.without_elevation || site->sensor.sigma_elevation_rad <= 0.0);
}

/* The law of cosines over a round Earth gives the elevation. */
void measure_assume_height(struct measure_site *site, struct observation *o)
{
    const double range = o->radar.polar.range_m;
    const double from = EARTH_MEAN_RADIUS_M + site->sensor.place.height_m;
    const double to = EARTH_MEAN_RADIUS_M + ASSUMED_HEIGHT_M;
    const double slope = (to * to - from * from - range * range) / (2.0 * range * from);
    const double bounded = slope > ASSUMED_SLOPE_MAX    ? ASSUMED_SLOPE_MAX
                           : slope < -ASSUMED_SLOPE_MAX ? -ASSUMED_SLOPE_MAX
                                                        : slope;
    const double sigma = ASSUMED_SIGMA_M / range;
    o->radar.without_elevation = false;
    o->radar.polar.elevation_rad = elementary_asin(bounded);
    site->sensor.sigma_elevation_rad = sigma < 1.0 ? sigma : 1.0;
}

void measure_site_init(struct measure_site *site, const struct sensor *sensor)
{
    memset(site, 0, sizeof *site);
    site->sensor = *sensor;
    site->position = ellipsoid_to_ecef(sensor->place);
    ellipsoid_axes(sensor->place, site->axes);
    site->bias_sigma[MEASURE_BIAS_RANGE] = sensor->bias_sigma_range_m;
    site->bias_sigma[MEASURE_BIAS_AZIMUTH] = sensor->bias_sigma_azimuth_rad;
    site->bias_sigma[MEASURE_BIAS_ELEVATION] = sensor->bias_sigma_elevation_rad;
    site->bias_sigma[MEASURE_BIAS_CLOCK] = sensor->clock_sigma_s;
    for (int k = 0; k < MEASURE_BIASES; k++) {
        site->biased = site->biased || site->bias_sigma[k] > 0.0;
    }
}

static void rotate_to_local(const double axes[9], const double v[3], double out[3])
{
    for (int i = 0; i < 3; i++) {
        out[i] = axes[i * 3] * v[0] + axes[i * 3 + 1] * v[1] + axes[i * 3 + 2] * v[2];
    }
}

/* Rows of the Jacobian by local position (range, azimuth, elevation by east, north, up). */
static void polar_jacobian(const double enu[3], double range, double ground, double rows[9])
{
    const double ground2 = ground * ground;
    const double range2 = range * range;
    rows[0] = enu[0] / range;
    rows[1] = enu[1] / range;
    rows[2] = enu[2] / range;
    rows[3] = enu[1] / ground2;
    rows[4] = -enu[0] / ground2;
    rows[5] = 0.0;
    rows[6] = -enu[0] * enu[2] / (range2 * ground);
    rows[7] = -enu[1] * enu[2] / (range2 * ground);
    rows[8] = ground / range2;
}

static void radar_noise(const struct sensor *s, int dim, double noise[])
{
    const double variances[4] = {
        elementary_square(s->sigma_range_m),
        elementary_square(s->sigma_azimuth_rad),
        elementary_square(s->sigma_elevation_rad),
        elementary_square(s->sigma_range_rate_mps),
    };
    memset(noise, 0, sizeof(double) * (size_t)(dim * dim));
    for (int i = 0; i < dim; i++) {
        noise[i * dim + i] = variances[i];
    }
}

static result linearise_radar(const struct measure_site *site, const struct radar_plot *plot,
                              const double x[6], struct measure *out)
{
    const double relative[3] = {x[0] - site->position.x_m, x[1] - site->position.y_m,
                                x[2] - site->position.z_m};
    double enu[3];
    rotate_to_local(site->axes, relative, enu);
    const double ground = sqrt(enu[0] * enu[0] + enu[1] * enu[1]);
    const double range = sqrt(ground * ground + enu[2] * enu[2]);
    ENSURE(ground > 1.0, ERR_RANGE);
    const bool rated = plot->has_range_rate && site->sensor.sigma_range_rate_mps > 0.0;
    out->dim = rated ? 4 : 3;
    out->range_m = range;
    const double azimuth = elementary_atan2(enu[0], enu[1]);
    const double elevation = elementary_atan2(enu[2], ground);
    out->residual[0] = plot->polar.range_m - range;
    out->residual[1] = elementary_wrap_pi(plot->polar.azimuth_rad - azimuth);
    const bool flat = plot->without_elevation || site->sensor.sigma_elevation_rad <= 0.0;
    out->residual[2] = flat ? 0.0 : plot->polar.elevation_rad - elevation;
    double rows[9];
    polar_jacobian(enu, range, ground, rows);
    memset(out->jacobian, 0, sizeof out->jacobian);
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++) {
            for (int k = 0; k < 3; k++) {
                out->jacobian[i * 6 + j] += rows[i * 3 + k] * site->axes[k * 3 + j];
            }
        }
    }
    if (rated) {
        const double rate = (relative[0] * x[3] + relative[1] * x[4] + relative[2] * x[5]) / range;
        out->residual[3] = plot->range_rate_mps - rate;
        for (int i = 0; i < 3; i++) {
            const double unit = relative[i] / range;
            out->jacobian[18 + i] = (x[3 + i] - rate * unit) / range;
            out->jacobian[18 + 3 + i] = unit;
        }
    }
    radar_noise(&site->sensor, out->dim, out->noise);
    if (flat) {
        out->noise[2 * (out->dim + 1)] = ELEVATION_UNKNOWN_RAD2;
    }
    return OK;
}

/* Two unit vectors across d (a unit vector), by the coordinate axis least along it. */
static void across(const double d[3], double e1[3], double e2[3])
{
    int least = 0;
    for (int i = 1; i < 3; i++) {
        if (fabs(d[i]) < fabs(d[least])) {
            least = i;
        }
    }
    double length2 = 0.0;
    for (int i = 0; i < 3; i++) {
        e1[i] = (i == least ? 1.0 : 0.0) - d[least] * d[i];
        length2 += e1[i] * e1[i];
    }
    const double length = sqrt(length2);
    for (int i = 0; i < 3; i++) {
        e1[i] /= length;
    }
    e2[0] = d[1] * e1[2] - d[2] * e1[1];
    e2[1] = d[2] * e1[0] - d[0] * e1[2];
    e2[2] = d[0] * e1[1] - d[1] * e1[0];
}

static result linearise_infrared(const struct measure_site *site,
                                 const struct infrared_sight *sight, const double x[6],
                                 struct measure *out)
{
    const double platform[3] = {sight->platform.x_m, sight->platform.y_m, sight->platform.z_m};
    double d[3];
    for (int i = 0; i < 3; i++) {
        d[i] = x[i] - platform[i];
    }
    const double distance = vector_length(d);
    ENSURE(distance > 1.0, ERR_RANGE);
    for (int i = 0; i < 3; i++) {
        d[i] /= distance;
    }
    const double along = vector_dot(d, sight->los.axis);
    ENSURE(along > 0.5, ERR_RANGE);
    const double ahead = -vector_dot(platform, d);
    const double lowest = ahead < 0.0 ? 0.0 : ahead < distance ? ahead : distance;
    const double radius2 = vector_dot(platform, platform) + lowest * (lowest - 2.0 * ahead);
    ENSURE(radius2 > elementary_square(EARTH_INNER_RADIUS_M), ERR_RANGE);
    double e1[3];
    double e2[3];
    across(d, e1, e2);
    out->dim = 2;
    out->range_m = 0.0;
    out->residual[0] = vector_dot(e1, sight->los.axis) / along;
    out->residual[1] = vector_dot(e2, sight->los.axis) / along;
    memset(out->jacobian, 0, sizeof out->jacobian);
    for (int i = 0; i < 3; i++) {
        out->jacobian[i] = e1[i] / distance;
        out->jacobian[6 + i] = e2[i] / distance;
    }
    const double variance = elementary_square(site->sensor.sigma_los_rad);
    out->noise[0] = variance;
    out->noise[1] = 0.0;
    out->noise[2] = 0.0;
    out->noise[3] = variance;
    return OK;
}

static void linearise_track(const struct ready_track *track, const double x[6], struct measure *out)
{
    const double observed[6] = {track->position.x_m,   track->position.y_m,
                                track->position.z_m,   track->velocity.x_mps,
                                track->velocity.y_mps, track->velocity.z_mps};
    out->dim = 6;
    out->range_m = 0.0;
    for (int i = 0; i < 6; i++) {
        out->residual[i] = observed[i] - x[i];
    }
    matrix_identity(out->jacobian, 6);
    track_covariance_unpack(track->covariance, out->noise);
}

/* A label that is ahead by dt belongs to where the object was dt before: the reading is less by its
 * rate. Motors are not looked at here: gravity alone bends the way. */
static void by_bias(const double x[6], struct measure *m)
{
    double rate[6] = {x[3], x[4], x[5]};
    gravity_acceleration(x, rate + 3, NULL);
    memset(m->by_bias, 0, sizeof m->by_bias);
    for (int i = 0; i < m->dim; i++) {
        double sum = 0.0;
        for (int j = 0; j < 6; j++) {
            sum += m->jacobian[i * 6 + j] * rate[j];
        }
        m->by_bias[i * MEASURE_BIASES + MEASURE_BIAS_CLOCK] = -sum;
    }
    if (m->range_m > 0.0) {
        for (int k = 0; k < 3; k++) {
            m->by_bias[k * MEASURE_BIASES + MEASURE_BIAS_RANGE + k] = 1.0;
        }
    }
}

static result linearise(const struct measure_site *site, const struct observation *o,
                        const double x[6], struct measure *out)
{
    switch (o->kind) {
    case SENSOR_RADAR:
        return linearise_radar(site, &o->radar, x, out);
    case SENSOR_INFRARED:
        return linearise_infrared(site, &o->infrared, x, out);
    case SENSOR_TRACKER:
        linearise_track(&o->track, x, out);
        return OK;
    }
    return ERR_RANGE;
}

result measure_linearise(const struct measure_site *site, const struct observation *o,
                         const double x[6], struct measure *out)
{
    TRY(linearise(site, o, x, out));
    if (site->biased) {
        by_bias(x, out);
    }
    return OK;
}

void measure_add_biases(const struct measure_site *site, struct measure *m)
{
    for (int i = 0; i < m->dim && site->biased; i++) {
        for (int j = 0; j < m->dim; j++) {
            for (int k = 0; k < MEASURE_BIASES; k++) {
                m->noise[i * m->dim + j] += m->by_bias[i * MEASURE_BIASES + k] *
                                            m->by_bias[j * MEASURE_BIASES + k] *
                                            elementary_square(site->bias_sigma[k]);
            }
        }
    }
}

static result position_of_plot(const struct measure_site *site, const struct radar_plot *plot,
                               struct geo_ecef *position, double covariance_m2[9])
{
    const struct geo_enu enu = ellipsoid_from_polar(plot->polar);
    const double local[3] = {enu.east_m, enu.north_m, enu.up_m};
    const double origin[3] = {site->position.x_m, site->position.y_m, site->position.z_m};
    double x[6] = {0};
    for (int i = 0; i < 3; i++) {
        x[i] = origin[i];
        for (int k = 0; k < 3; k++) {
            x[i] += site->axes[k * 3 + i] * local[k];
        }
    }
    struct measure m;
    struct radar_plot unrated = *plot;
    unrated.has_range_rate = false;
    TRY(linearise_radar(site, &unrated, x, &m));
    for (int k = 0; k < 3; k++) {
        m.noise[k * 4] += elementary_square(site->bias_sigma[k]);
    }
    double information[9];
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++) {
            information[i * 3 + j] = 0.0;
            for (int k = 0; k < 3; k++) {
                information[i * 3 + j] +=
                    m.jacobian[k * 6 + i] * m.jacobian[k * 6 + j] / m.noise[k * 3 + k];
            }
        }
    }
    TRY(matrix_inverse(information, covariance_m2, 3));
    *position = (struct geo_ecef){x[0], x[1], x[2]};
    return OK;
}

result measure_position(const struct measure_site *site, const struct observation *o,
                        struct geo_ecef *position, double covariance_m2[9])
{
    ENSURE(o->kind != SENSOR_INFRARED, ERR_STATE);
    if (measure_is_flat(site, o)) {
        struct measure_site assumed_site = *site;
        struct observation assumed = *o;
        measure_assume_height(&assumed_site, &assumed);
        return position_of_plot(&assumed_site, &assumed.radar, position, covariance_m2);
    }
    if (o->kind == SENSOR_RADAR) {
        return position_of_plot(site, &o->radar, position, covariance_m2);
    }
    double full[36];
    track_covariance_unpack(o->track.covariance, full);
    for (int i = 0; i < 3; i++) {
        memcpy(covariance_m2 + i * 3, full + i * 6, 3 * sizeof(double));
    }
    *position = o->track.position;
    return OK;
}
