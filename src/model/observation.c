#include "model/observation.h"

#include "base/elementary.h"
#include "base/matrix.h"
#include "model/track.h"

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
