#include "assess/classify.h"

#include <stdbool.h>
#include <string.h>

#include "assess/perigee.h"
#include "base/elementary.h"
#include "base/vector.h"
#include "geo/ellipsoid.h"
#include "physics/gravity.h"

#define EARTH_MEAN_RADIUS_M 6371008.8
#define ESCAPED_M 1e12
/* An orbit lives if its perigee stays above this; the doubt covers drag, and the few kilometres by
 * which J2 and the ellipsoid move a perigee. */
#define ORBIT_PERIGEE_MIN_M 110e3
#define ORBIT_PERIGEE_SIGMA_M 8e3
/* Doubt in the range at minimum energy: the boundaries' own vagueness, and where only the energy is
 * known, the Earth's turning. */
#define RANGE_SIGMA_SHARE 0.01
#define ENERGY_SIGMA_SHARE 0.05

struct orbit_values {
    double perigee_m;
    double apogee_m;
    double range_m;
};

/* Squared speed at the ground of an object that keeps its energy relative to the rotating Earth. */
static double ground_speed_squared(const double x[6])
{
    const double *v = x + 3;
    const double rho2 = x[0] * x[0] + x[1] * x[1];
    const double r2 = rho2 + x[2] * x[2];
    const double r = sqrt(r2);
    const double rho2_ground = rho2 * EARTH_MEAN_RADIUS_M * EARTH_MEAN_RADIUS_M / r2;
    const double speed2 = v[0] * v[0] + v[1] * v[1] + v[2] * v[2];
    return speed2 + 2.0 * GRAVITY_GM_M3PS2 * (1.0 / EARTH_MEAN_RADIUS_M - 1.0 / r) -
           EARTH_RATE_RADPS * EARTH_RATE_RADPS * (rho2 - rho2_ground);
}

static double minimum_energy_range_m(double speed_squared)
{
    const double q = speed_squared * EARTH_MEAN_RADIUS_M / GRAVITY_GM_M3PS2;
    if (q <= 0.0) {
        return 0.0;
    }
    if (q >= 1.0) {
        return PI * EARTH_MEAN_RADIUS_M;
    }
    return 2.0 * elementary_asin(q / (2.0 - q)) * EARTH_MEAN_RADIUS_M;
}

static struct orbit_values values_of(const double x[6])
{
    const double w = EARTH_RATE_RADPS;
    const double v[3] = {x[3] - w * x[1], x[4] + w * x[0], x[5]};
    const double r = vector_length(x);
    const double v2 = v[0] * v[0] + v[1] * v[1] + v[2] * v[2];
    const double rv = x[0] * v[0] + x[1] * v[1] + x[2] * v[2];
    const double h2 = r * r * v2 - rv * rv;
    const double parameter_m = h2 / GRAVITY_GM_M3PS2;
    const double per_axis = 2.0 / r - v2 / GRAVITY_GM_M3PS2; /* 1 / semi-major axis */
    const double e2 = 1.0 - parameter_m * per_axis;
    const double e = sqrt(e2 > 0.0 ? e2 : 0.0);
    struct orbit_values values;
    values.perigee_m = parameter_m / (1.0 + e) - EARTH_MEAN_RADIUS_M;
    values.apogee_m = per_axis > 0.0 ? (1.0 + e) / per_axis - EARTH_MEAN_RADIUS_M : ESCAPED_M;
    values.range_m = minimum_energy_range_m(ground_speed_squared(x));
    return values;
}

result classify_orbit(const struct ballistic_state *s, struct classify_orbit *out)
{
    for (int i = 0; i < BALLISTIC_DIM; i++) {
        ENSURE(elementary_is_finite(s->x[i]), ERR_RANGE);
    }
    const double r2 = s->x[0] * s->x[0] + s->x[1] * s->x[1] + s->x[2] * s->x[2];
    ENSURE(r2 > 6.3e6 * 6.3e6, ERR_RANGE);
    const struct orbit_values at = values_of(s->x);
    double perigee_slope[6];
    double range_slope[6];
    for (int i = 0; i < 6; i++) {
        const double step = i < 3 ? 10.0 : 0.01;
        double x[6];
        memcpy(x, s->x, sizeof x);
        x[i] += step;
        const struct orbit_values above = values_of(x);
        x[i] -= 2.0 * step;
        const struct orbit_values below = values_of(x);
        perigee_slope[i] = (above.perigee_m - below.perigee_m) / (2.0 * step);
        range_slope[i] = (above.range_m - below.range_m) / (2.0 * step);
    }
    double perigee_variance = 0.0;
    double range_variance = 0.0;
    for (int i = 0; i < 6; i++) {
        for (int j = 0; j < 6; j++) {
            const double p = s->covariance[BALLISTIC_DIM * i + j];
            perigee_variance += perigee_slope[i] * p * perigee_slope[j];
            range_variance += range_slope[i] * p * range_slope[j];
        }
    }
    ENSURE(perigee_variance >= 0.0 && range_variance >= 0.0, ERR_RANGE);
    ENSURE(elementary_is_finite(perigee_variance + range_variance), ERR_RANGE);
    *out = (struct classify_orbit){
        at.perigee_m, sqrt(perigee_variance), at.apogee_m, at.range_m, sqrt(range_variance),
    };
    return OK;
}

static double normal_below(double limit, double mean, double sigma)
{
    return 0.5 + 0.5 * elementary_erf((limit - mean) / (sigma * sqrt(2.0)));
}

result classify_coasting(const struct ballistic_state *s, double range_m,
                         double probability[CLASS_COUNT])
{
    struct classify_orbit orbit;
    TRY(classify_orbit(s, &orbit));
    const struct perigee_limit limit = {ORBIT_PERIGEE_MIN_M, ORBIT_PERIGEE_SIGMA_M};
    double stays_up;
    TRY(perigee_probability_above(s, limit, &stays_up));
    const double comes_down = 1.0 - stays_up;
    const bool known = range_m > 0.0;
    const double mean = known ? range_m : orbit.minimum_energy_range_m;
    const double share = known ? RANGE_SIGMA_SHARE : ENERGY_SIGMA_SHARE;
    const double sigma = sqrt(elementary_square(orbit.minimum_energy_range_sigma_m) +
                              elementary_square(share * mean) + 1.0);
    const double below_short = normal_below(CLASSIFY_SHORT_MAX_M, mean, sigma);
    const double below_medium = normal_below(CLASSIFY_MEDIUM_MAX_M, mean, sigma);
    const double below_intermediate = normal_below(CLASSIFY_INTERMEDIATE_MAX_M, mean, sigma);
    memset(probability, 0, sizeof(double) * CLASS_COUNT);
    probability[CLASS_SHORT_RANGE] = comes_down * below_short;
    probability[CLASS_MEDIUM_RANGE] = comes_down * (below_medium - below_short);
    probability[CLASS_INTERMEDIATE_RANGE] = comes_down * (below_intermediate - below_medium);
    probability[CLASS_INTERCONTINENTAL] = comes_down * (1.0 - below_intermediate);
    probability[CLASS_SPACE_LAUNCH] = stays_up;
    return OK;
}

void classify_certain(enum missile_class value, double probability[CLASS_COUNT])
{
    memset(probability, 0, sizeof(double) * CLASS_COUNT);
    probability[value] = 1.0;
}
