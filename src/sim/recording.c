#include "sim/recording.h"

#include "base/elementary.h"
#include "base/matrix.h"
#include "geo/ellipsoid.h"
#include "geo/geodesic.h"

#define EARTH_MEAN_RADIUS_M 6371008.8
#define COEFFICIENTS 4
#define SAMPLES_MIN 5

/* The way flown is speed integrated at height; seen from the Earth's centre each piece of it is an
 * angle, which the ground below turns into a shorter way. */
void recording_init(struct recording *r, const struct scenario_recording *samples,
                    struct geo_geodetic site, double bearing_rad)
{
    r->site = site;
    r->bearing_rad = bearing_rad;
    r->samples = *samples;
    double ground_m = samples->path_m[0];
    for (uint32_t i = 1; i < samples->sample_count; i++) {
        r->samples.path_m[i - 1] = ground_m;
        const double height_m = 0.5 * (samples->height_m[i] + samples->height_m[i - 1]);
        ground_m += (samples->path_m[i] - samples->path_m[i - 1]) * EARTH_MEAN_RADIUS_M /
                    (EARTH_MEAN_RADIUS_M + height_m);
    }
    r->samples.path_m[samples->sample_count - 1] = ground_m;
}

/* The stretch of samples around t_s without a break, and the half width of the window there. */
struct stretch {
    double from_s;
    double until_s;
    double half_s;
};

static struct stretch stretch_at(const struct scenario_recording *s, double t_s)
{
    struct stretch w = {s->time_s[0], s->time_s[s->sample_count - 1], 0.0};
    w.half_s = t_s <= s->end_of_thrust_s ? RECORDING_BOOST_S : RECORDING_COAST_S;
    for (uint32_t i = 0; i < s->break_count; i++) {
        if (s->break_s[i] <= t_s && s->break_s[i] > w.from_s) {
            w.from_s = s->break_s[i];
        }
        if (s->break_s[i] > t_s && s->break_s[i] < w.until_s) {
            w.until_s = s->break_s[i];
        }
    }
    return w;
}

static double tricube(double u)
{
    const double a = 1.0 - fabs(u * u * u);
    return a <= 0.0 ? 0.0 : a * a * a;
}

/* The normal equations of both cubics: columns of `right` are height and way. */
static uint32_t accumulate(const struct scenario_recording *s, struct stretch w, double t_s,
                           double normal[COEFFICIENTS * COEFFICIENTS],
                           double right[COEFFICIENTS * 2])
{
    uint32_t used = 0;
    for (uint32_t i = 0; i < s->sample_count; i++) {
        const double u = (s->time_s[i] - t_s) / w.half_s;
        const double weight = tricube(u);
        if (s->time_s[i] < w.from_s || s->time_s[i] > w.until_s || weight < 1e-3) {
            continue;
        }
        const double power[COEFFICIENTS] = {1.0, u, u * u, u * u * u};
        for (int a = 0; a < COEFFICIENTS; a++) {
            for (int b = 0; b < COEFFICIENTS; b++) {
                normal[a * COEFFICIENTS + b] += weight * power[a] * power[b];
            }
            right[a * 2] += weight * power[a] * s->height_m[i];
            right[a * 2 + 1] += weight * power[a] * s->path_m[i];
        }
        used++;
    }
    return used;
}

static result place_at(const struct recording *r, double way_m, double height_m,
                       struct geo_ecef *out)
{
    struct geo_geodetic place = {0};
    const double azimuth_rad = way_m < 0.0 ? r->bearing_rad + PI : r->bearing_rad;
    TRY(geodesic_direct(r->site, azimuth_rad, fabs(way_m), &place));
    place.height_m = height_m;
    *out = ellipsoid_to_ecef(place);
    return OK;
}

result recording_state(const struct recording *r, double t_s, struct motion_state *out)
{
    const struct stretch w = stretch_at(&r->samples, t_s);
    double normal[COEFFICIENTS * COEFFICIENTS] = {0};
    double fit[COEFFICIENTS * 2] = {0};
    double factor[COEFFICIENTS * COEFFICIENTS];
    ENSURE(accumulate(&r->samples, w, t_s, normal, fit) >= SAMPLES_MIN, ERR_NUMERIC);
    TRY(matrix_cholesky(normal, factor, COEFFICIENTS));
    matrix_cholesky_solve(factor, fit, COEFFICIENTS, 2);
    const double climb_mps = fit[2] / w.half_s;
    const double ground_mps = fit[3] / w.half_s;
    const double small_s = 0.01;
    struct geo_ecef before;
    struct geo_ecef here;
    struct geo_ecef after;
    TRY(place_at(r, fit[1] - ground_mps * small_s, fit[0] - climb_mps * small_s, &before));
    TRY(place_at(r, fit[1], fit[0], &here));
    TRY(place_at(r, fit[1] + ground_mps * small_s, fit[0] + climb_mps * small_s, &after));
    *out = (struct motion_state){{here.x_m, here.y_m, here.z_m,
                                  (after.x_m - before.x_m) / (2.0 * small_s),
                                  (after.y_m - before.y_m) / (2.0 * small_s),
                                  (after.z_m - before.z_m) / (2.0 * small_s), 0.0, 0.0}};
    return OK;
}
