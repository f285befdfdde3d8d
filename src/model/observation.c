#include "model/observation.h"

#include "base/elementary.h"
#include "base/matrix.h"
#include "geo/ellipsoid.h"
#include "model/track.h"

#define EARLY_S_MAX 5.0
#define UNDERGROUND_M 1e3
#define SIGMAS 4.0
/* No missile is as far from the Earth's centre; satellites that look are farther still. */
#define FAR_M 2e7

static bool all_finite(const double *x, int count)
{
    for (int i = 0; i < count; i++) {
        if (!elementary_is_finite(x[i])) {
            return false;
        }
    }
    return true;
}

static result check_plot(const struct radar_plot *plot)
{
    const double values[] = {plot->polar.range_m, plot->polar.azimuth_rad,
                             plot->polar.elevation_rad, plot->range_rate_mps};
    ENSURE(all_finite(values, 4), ERR_RANGE);
    ENSURE(plot->polar.range_m >= 1.0 && plot->polar.range_m <= 1e8, ERR_RANGE);
    ENSURE(fabs(plot->polar.azimuth_rad) <= 2.0 * PI, ERR_RANGE);
    ENSURE(fabs(plot->polar.elevation_rad) <= PI / 2.0, ERR_RANGE);
    ENSURE(!plot->has_range_rate || fabs(plot->range_rate_mps) <= 2e4, ERR_RANGE);
    return OK;
}

static result check_position(struct geo_ecef p)
{
    const double values[] = {p.x_m, p.y_m, p.z_m};
    ENSURE(all_finite(values, 3), ERR_RANGE);
    const double radius_m = sqrt(p.x_m * p.x_m + p.y_m * p.y_m + p.z_m * p.z_m);
    ENSURE(radius_m >= 6.3e6 && radius_m <= 1e8, ERR_RANGE);
    return OK;
}

static result check_sight(const struct infrared_sight *sight)
{
    TRY(check_position(sight->platform));
    ENSURE(all_finite(sight->los.axis, 3), ERR_RANGE);
    const double length =
        sqrt(sight->los.axis[0] * sight->los.axis[0] + sight->los.axis[1] * sight->los.axis[1] +
             sight->los.axis[2] * sight->los.axis[2]);
    ENSURE(fabs(length - 1.0) <= 0.01, ERR_RANGE);
    return OK;
}

static result check_track(const struct ready_track *track)
{
    TRY(check_position(track->position));
    const double v[] = {track->velocity.x_mps, track->velocity.y_mps, track->velocity.z_mps};
    ENSURE(all_finite(v, 3), ERR_RANGE);
    ENSURE(v[0] * v[0] + v[1] * v[1] + v[2] * v[2] <= 2e4 * 2e4, ERR_RANGE);
    ENSURE(all_finite(track->covariance, 21), ERR_RANGE);
    for (int i = 0; i < 6; i++) {
        const double variance = track->covariance[i * (i + 3) / 2];
        ENSURE(variance >= 1e-6 && variance <= 1e16, ERR_RANGE);
    }
    double full[36];
    double factor[36];
    track_covariance_unpack(track->covariance, full);
    return matrix_cholesky(full, factor, 6);
}

result observation_check(const struct observation *o)
{
    ENSURE(instant_is_set(o->validity) && instant_is_set(o->receipt), ERR_RANGE);
    switch (o->kind) {
    case SENSOR_RADAR:
        return check_plot(&o->radar);
    case SENSOR_INFRARED:
        return check_sight(&o->infrared);
    case SENSOR_TRACKER:
        return check_track(&o->track);
    }
    return ERR_RANGE;
}

const char *observation_fault_text(enum observation_fault fault)
{
    static const char *const TEXTS[OBSERVATION_FAULTS] = {"good",        "impossible", "covariance",
                                                          "underground", "early",      "no room"};
    return fault < OBSERVATION_FAULTS ? TEXTS[fault] : "?";
}

static bool is_below(struct geo_ecef p, double depth_m)
{
    struct geo_geodetic g;
    return ellipsoid_from_ecef(p, &g) != OK || g.height_m < -depth_m;
}

/* Where a line from p along the unit vector u comes nearest to the Earth's centre, if that is
 * ahead and within `range_m`; else its end. */
static struct geo_ecef lowest(struct geo_ecef p, const double u[3], double range_m)
{
    const double ahead_m = -(p.x_m * u[0] + p.y_m * u[1] + p.z_m * u[2]);
    const double at_m = ahead_m < 0.0 ? 0.0 : ahead_m < range_m ? ahead_m : range_m;
    return (struct geo_ecef){p.x_m + at_m * u[0], p.y_m + at_m * u[1], p.z_m + at_m * u[2]};
}

/* Only what looks down can meet the ground. The doubt of the angle lets a line dip by as much as
 * the Earth curves below it. */
static bool plot_is_underground(const struct radar_plot *plot, const struct sensor *s)
{
    if (plot->without_elevation || s->sigma_elevation_rad <= 0.0 ||
        plot->polar.elevation_rad >= 0.0) {
        return false;
    }
    const double doubt_rad = SIGMAS * (s->sigma_elevation_rad + s->bias_sigma_elevation_rad);
    const double elevation_rad = plot->polar.elevation_rad + doubt_rad;
    const double up = elementary_sin(elevation_rad < 0.0 ? elevation_rad : 0.0);
    const double level = sqrt(1.0 - up * up);
    double axes[9];
    ellipsoid_axes(s->place, axes);
    const double east = level * elementary_sin(plot->polar.azimuth_rad);
    const double north = level * elementary_cos(plot->polar.azimuth_rad);
    double u[3];
    for (int i = 0; i < 3; i++) {
        u[i] = east * axes[i] + north * axes[3 + i] + up * axes[6 + i];
    }
    return is_below(lowest(ellipsoid_to_ecef(s->place), u, plot->polar.range_m), UNDERGROUND_M);
}

/* A line of sight has no end: it must only come near the Earth. */
static bool sight_is_astray(const struct infrared_sight *sight)
{
    const struct geo_ecef p = lowest(sight->platform, sight->los.axis, 1e9);
    return p.x_m * p.x_m + p.y_m * p.y_m + p.z_m * p.z_m > FAR_M * FAR_M;
}

static bool track_is_underground(const struct ready_track *t)
{
    const double variance = t->covariance[0] + t->covariance[2] + t->covariance[5];
    return is_below(t->position, UNDERGROUND_M + SIGMAS * sqrt(variance));
}

enum observation_fault observation_fault(const struct observation *o, const struct sensor *sensor)
{
    const result checked = o->kind == sensor->kind ? observation_check(o) : ERR_RANGE;
    if (checked != OK) {
        return checked == ERR_NUMERIC ? OBSERVATION_COVARIANCE : OBSERVATION_IMPOSSIBLE;
    }
    if (instant_since_s(o->validity, o->receipt) > EARLY_S_MAX) {
        return OBSERVATION_EARLY;
    }
    const bool misplaced = (o->kind == SENSOR_RADAR && plot_is_underground(&o->radar, sensor)) ||
                           (o->kind == SENSOR_INFRARED && sight_is_astray(&o->infrared)) ||
                           (o->kind == SENSOR_TRACKER && track_is_underground(&o->track));
    return misplaced ? OBSERVATION_UNDERGROUND : OBSERVATION_GOOD;
}
