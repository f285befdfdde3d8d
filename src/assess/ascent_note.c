/* What is kept of the first observations: places in one set of axes, however they were measured. */
#include <string.h>

#include "assess/ascent.h"
#include "base/elementary.h"
#include "base/matrix.h"
#include "base/vector.h"
#include "geo/ellipsoid.h"

#define KEPT_S 40.0
#define SPACING_S 0.9
/* A constant error of a sensor counts as much in all of its looks together as in one; the errors of
 * a ready track stay alike for a while. */
#define BIAS_LOOKS 20.0
#define READY_LOOKS 10.0

/* Earth-fixed. */
struct place {
    struct geo_ecef point;
    double information_pm2[9];
};

static result place_of_radar(const struct sensor *s, const struct observation *o, struct place *out)
{
    const struct geo_polar p = o->radar.polar;
    double axes[9];
    const double sa = elementary_sin(p.azimuth_rad);
    const double ca = elementary_cos(p.azimuth_rad);
    const double se = elementary_sin(p.elevation_rad);
    const double ce = elementary_cos(p.elevation_rad);
    /* Columns: along the beam, across it level, across it upwards; east, north, up. */
    const double beam[9] = {sa * ce, ca, -sa * se, ca * ce, -sa, -ca * se, se, 0.0, ce};
    const double across_m = p.range_m * (ce > 0.1 ? ce : 0.1);
    const double variance[3] = {
        elementary_square(s->sigma_range_m) + BIAS_LOOKS * elementary_square(s->bias_sigma_range_m),
        elementary_square(across_m) * (elementary_square(s->sigma_azimuth_rad) +
                                       BIAS_LOOKS * elementary_square(s->bias_sigma_azimuth_rad)),
        elementary_square(p.range_m) *
            (elementary_square(s->sigma_elevation_rad) +
             BIAS_LOOKS * elementary_square(s->bias_sigma_elevation_rad))};
    double local[9];
    double diagonal[9] = {0};
    double back[9];
    for (int i = 0; i < 3; i++) {
        ENSURE(variance[i] > 0.0, ERR_RANGE);
        diagonal[4 * i] = 1.0 / variance[i];
    }
    matrix_transform(beam, diagonal, local, 3, 3);
    ellipsoid_axes(s->place, axes);
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++) {
            back[3 * i + j] = axes[3 * j + i];
        }
    }
    matrix_transform(back, local, out->information_pm2, 3, 3);
    out->point = ellipsoid_from_enu(s->place, ellipsoid_from_polar(p));
    return OK;
}

static result place_of_sight(const struct sensor *s, const struct observation *o,
                             struct geo_ecef near, struct place *out)
{
    const struct geo_ecef from = o->infrared.platform;
    const double *los = o->infrared.los.axis;
    const double d[3] = {near.x_m - from.x_m, near.y_m - from.y_m, near.z_m - from.z_m};
    const double size = vector_length(los);
    ENSURE(size > 0.5, ERR_RANGE);
    const double u[3] = {los[0] / size, los[1] / size, los[2] / size};
    const double range_m = d[0] * u[0] + d[1] * u[1] + d[2] * u[2];
    ENSURE(range_m > 1.0, ERR_RANGE);
    const double weight = 1.0 / elementary_square(range_m * s->sigma_los_rad);
    for (int i = 0; i < 9; i++) {
        out->information_pm2[i] = weight * ((i % 4 == 0 ? 1.0 : 0.0) - u[i / 3] * u[i % 3]);
    }
    out->point = (struct geo_ecef){from.x_m + range_m * u[0], from.y_m + range_m * u[1],
                                   from.z_m + range_m * u[2]};
    return OK;
}

static result place_of_track(const struct observation *o, struct place *out)
{
    double full[36];
    double place[9];
    track_covariance_unpack(o->track.covariance, full);
    for (int i = 0; i < 9; i++) {
        place[i] = READY_LOOKS * full[6 * (i / 3) + i % 3];
    }
    out->point = o->track.position;
    return matrix_inverse(place, out->information_pm2, 3);
}

static result place_of(const struct sensor *s, const struct observation *o, struct geo_ecef near,
                       struct place *out)
{
    switch (o->kind) {
    case SENSOR_RADAR:
        return place_of_radar(s, o, out);
    case SENSOR_INFRARED:
        return place_of_sight(s, o, near, out);
    case SENSOR_TRACKER:
        return place_of_track(o, out);
    }
    return ERR_RANGE;
}

static bool is_kept(const struct ascent *a, const struct sensor *sensor, struct instant time)
{
    if (a->count == ASCENT_FIXES_MAX) {
        return false;
    }
    if (a->count == 0) {
        return true;
    }
    const double time_s = instant_since_s(time, a->reference);
    if (time_s - a->fixes[0].time_s > KEPT_S) {
        return false;
    }
    for (uint32_t i = 0; i < a->count; i++) {
        if (sensor_id_equal(a->fixes[i].sensor, sensor->id) &&
            fabs(time_s - a->fixes[i].time_s) < SPACING_S) {
            return false;
        }
    }
    return true;
}

static result begin(struct ascent *a, struct instant time, struct geo_ecef near)
{
    struct geo_geodetic below;
    TRY(ellipsoid_from_ecef(near, &below));
    a->origin = (struct geo_geodetic){below.lat_rad, below.lon_rad, 0.0};
    a->reference = time;
    return OK;
}

void ascent_note(struct ascent *ascent, const struct sensor *sensor, const struct observation *o,
                 struct geo_ecef near)
{
    struct place place;
    if (!is_kept(ascent, sensor, o->validity) || place_of(sensor, o, near, &place) != OK ||
        (ascent->count == 0 && begin(ascent, o->validity, near) != OK)) {
        return;
    }
    double axes[9];
    struct ascent_fix fix = {.time_s = instant_since_s(o->validity, ascent->reference),
                             .sensor = sensor->id,
                             .point = ellipsoid_enu(ascent->origin, place.point)};
    ellipsoid_axes(ascent->origin, axes);
    matrix_transform(axes, place.information_pm2, fix.information_pm2, 3, 3);
    uint32_t i = ascent->count;
    for (; i > 0 && fix.time_s < ascent->fixes[i - 1].time_s; i--) {
        ascent->fixes[i] = ascent->fixes[i - 1];
    }
    ascent->fixes[i] = fix;
    ascent->count++;
    ascent->changed = true;
}
