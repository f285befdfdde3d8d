#include "assess/airborne.h"

#include "base/elementary.h"
#include "geo/ellipsoid.h"

#define GRAVITY_MPS2 9.80665
#define SIGMAS 2.0
#define ENERGY_HEIGHT_MAX_M 50e3
#define CLIMB_MAX_MPS 300.0
#define CEILING_M 30e3
/* Steeper than 45 degrees: a missile that rises, or one that falls with more energy than what has
 * merely stopped flying. */
#define STEEP 0.7
#define STEEP_CLIMB_MAX_MPS 110.0
#define STEEP_ENERGY_HEIGHT_MAX_M 25e3

/* Each with the benefit of the doubt: as an aircraft would have it. */
struct envelope {
    double height_m;
    double speed_mps;
    double climb_mps;
    double climb_least_mps;
    double energy_height_m;
};

static bool envelope_of(const struct track *t, struct envelope *out)
{
    const double p[3] = {t->position.x_m, t->position.y_m, t->position.z_m};
    const double v[3] = {t->velocity.x_mps, t->velocity.y_mps, t->velocity.z_mps};
    struct geo_geodetic here;
    if (ellipsoid_from_ecef(t->position, &here) != OK) {
        return false;
    }
    double speed2 = 0.0;
    double radius2 = 0.0;
    double climb = 0.0;
    double position_variance = 0.0;
    double velocity_variance = 0.0;
    for (int i = 0; i < 3; i++) {
        speed2 += v[i] * v[i];
        radius2 += p[i] * p[i];
        climb += p[i] * v[i];
        position_variance += t->covariance[i * 7] / 3.0;
        velocity_variance += t->covariance[(3 + i) * 7] / 3.0;
    }
    const double doubt_mps = SIGMAS * sqrt(velocity_variance);
    const double speed_mps = sqrt(speed2);
    const double least_mps = speed_mps > doubt_mps ? speed_mps - doubt_mps : 0.0;
    out->height_m = here.height_m;
    out->speed_mps = speed_mps;
    out->climb_mps = climb / sqrt(radius2);
    out->climb_least_mps = out->climb_mps - doubt_mps;
    out->energy_height_m = here.height_m - SIGMAS * sqrt(position_variance) +
                           least_mps * least_mps / (2.0 * GRAVITY_MPS2);
    return true;
}

static bool exceeds(const struct envelope *e)
{
    const bool steep = fabs(e->climb_mps) > STEEP * e->speed_mps;
    return e->energy_height_m > ENERGY_HEIGHT_MAX_M || e->climb_least_mps > CLIMB_MAX_MPS ||
           (steep && (e->climb_least_mps > STEEP_CLIMB_MAX_MPS ||
                      e->energy_height_m > STEEP_ENERGY_HEIGHT_MAX_M));
}

bool airborne_is_missile(const struct track *t)
{
    struct envelope e;
    return envelope_of(t, &e) && exceeds(&e);
}

/* How long a fall takes from a height with a rate of climb, without air. */
static double fall_s(double height_m, double climb_mps)
{
    const double height = height_m > 0.0 ? height_m : 0.0;
    return (climb_mps + sqrt(climb_mps * climb_mps + 2.0 * GRAVITY_MPS2 * height)) / GRAVITY_MPS2;
}

enum missile_class airborne_class(const struct track *t)
{
    struct envelope e;
    if (t->status != STATUS_FIRM || !envelope_of(t, &e) || exceeds(&e) || e.height_m > CEILING_M) {
        return CLASS_UNDETERMINED;
    }
    const double seen_s = instant_since_s(t->last_measurement, t->first_detection);
    return seen_s > fall_s(e.height_m, e.climb_mps) ? CLASS_NOT_BALLISTIC : CLASS_UNDETERMINED;
}
