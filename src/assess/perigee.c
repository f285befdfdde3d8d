#include "assess/perigee.h"

#include <stdbool.h>

#include "base/elementary.h"
#include "base/matrix.h"
#include "base/vector.h"
#include "physics/gravity.h"

#define EARTH_MEAN_RADIUS_M 6371008.8
/* Slower across than this it falls back, whatever the doubt. */
#define TRANSVERSE_MIN_MPS 100.0
/* The sum over the radial speed: deviations, and parts of one. */
#define REACH 5
#define PARTS 2
/* The share of the evidence that counts (its logarithm is multiplied by this): odds of 15 000
 * become odds of 9. */
#define CAUTION 0.228
#define SLOPE_STEP_M 10.0
#define LEAST 1e-300
#define VARIANCE_MIN_M2PS2 1e-4
/* What is known to be no higher than the limit will be below it. */
#define DISTANCE_SIGMAS 4.0

/* Gauss and Hermite's three points for the limit. */
static const double HERMITE_AT[3] = {-1.7320508075688772, 0.0, 1.7320508075688772};
static const double HERMITE_WEIGHT[3] = {1.0 / 6.0, 2.0 / 3.0, 1.0 / 6.0};

enum { R, RADIAL, TRANSVERSE, PARTS_OF_STATE };

/* Distance, radial and transverse speed, with their covariance. */
struct polar_state {
    double mean[PARTS_OF_STATE];
    double covariance[PARTS_OF_STATE * PARTS_OF_STATE];
};

/* ERR_STATE where there is no transverse direction. */
static result polar_of(const struct ballistic_state *s, struct polar_state *out)
{
    const double w = EARTH_RATE_RADPS;
    const double *x = s->x;
    const double v[3] = {x[3] - w * x[1], x[4] + w * x[0], x[5]};
    const double r = vector_length(x);
    double up[3];
    double across[3];
    double jacobian[PARTS_OF_STATE * 6];
    double covariance[36];
    for (int i = 0; i < 3; i++) {
        up[i] = x[i] / r;
    }
    const double radial = vector_dot(up, v);
    const double transverse2 = vector_dot(v, v) - radial * radial;
    ENSURE(transverse2 > elementary_square(TRANSVERSE_MIN_MPS), ERR_STATE);
    const double transverse = sqrt(transverse2);
    for (int i = 0; i < 3; i++) {
        across[i] = (v[i] - radial * up[i]) / transverse;
    }
    /* The Earth turns: a change of place is a change of inertial velocity too. */
    const double turn_across[3] = {w * across[1], -w * across[0], 0.0};
    const double turn_up[3] = {w * up[1], -w * up[0], 0.0};
    for (int i = 0; i < 3; i++) {
        jacobian[i] = up[i];
        jacobian[3 + i] = 0.0;
        jacobian[6 + i] = transverse * across[i] / r + turn_up[i];
        jacobian[9 + i] = up[i];
        jacobian[12 + i] = -radial * across[i] / r + turn_across[i];
        jacobian[15 + i] = across[i];
    }
    for (int i = 0; i < 36; i++) {
        covariance[i] = s->covariance[BALLISTIC_DIM * (i / 6) + i % 6];
    }
    out->mean[R] = r;
    out->mean[RADIAL] = radial;
    out->mean[TRANSVERSE] = transverse;
    matrix_transform(jacobian, covariance, out->covariance, PARTS_OF_STATE, 6);
    return OK;
}

/* The least transverse speed at which the perigee radius is q; r > q. */
static double speed_needed(double r, double radial_mps, double q)
{
    const double energy = radial_mps * radial_mps + 2.0 * GRAVITY_GM_M3PS2 * (1.0 / q - 1.0 / r);
    return sqrt(energy / (r * r / (q * q) - 1.0));
}

/* Beyond nine deviations nothing is left that the caution would not make nothing. */
static double normal_above(double margin, double sigma)
{
    if (fabs(margin) > 9.0 * sigma) {
        return margin > 0.0 ? 1.0 : 0.0;
    }
    return 0.5 + 0.5 * elementary_erf(margin / (sigma * sqrt(2.0)));
}

/* The deviation of what is left of v_t, less what the distance is worth in it, with the radial
 * speed known. */
static double left_over(const struct polar_state *p, double q)
{
    const double *c = p->covariance;
    const double r = p->mean[R];
    const double radial = p->mean[RADIAL];
    const double slope =
        (speed_needed(r + SLOPE_STEP_M, radial, q) - speed_needed(r - SLOPE_STEP_M, radial, q)) /
        (2.0 * SLOPE_STEP_M);
    const double whole = c[8] - 2.0 * slope * c[2] + slope * slope * c[0];
    const double known = elementary_square(c[5] - slope * c[1]) / c[4];
    return sqrt(whole - known > VARIANCE_MIN_M2PS2 ? whole - known : VARIANCE_MIN_M2PS2);
}

/* Adds, for one limit, the probability that the perigee is above and that it is below: both, since
 * the difference of the greater one from 1 would leave nothing of the smaller. */
static void sum_over_radial(const struct polar_state *p, double q, double share, double *above,
                            double *below)
{
    const double *c = p->covariance;
    const double least_m = q + SLOPE_STEP_M + DISTANCE_SIGMAS * sqrt(c[0]);
    const bool is_high = p->mean[R] > least_m;
    const double sigma = is_high ? left_over(p, q) : 1.0;
    for (int i = -REACH * PARTS; i <= REACH * PARTS; i++) {
        const double deviation = (double)i / PARTS;
        const double weight = share * elementary_exp(-0.5 * deviation * deviation);
        const double off = deviation * sqrt(c[4]);
        const double r = p->mean[R] + c[1] / c[4] * off;
        const double transverse = p->mean[TRANSVERSE] + c[5] / c[4] * off;
        if (!is_high || r < least_m) {
            *below += weight;
            continue;
        }
        const double margin = transverse - speed_needed(r, p->mean[RADIAL] + off, q);
        *above += weight * normal_above(margin, sigma);
        *below += weight * normal_above(-margin, sigma);
    }
}

/* x to the power of CAUTION, without a logarithm of nothing. */
static double cautious(double x)
{
    return elementary_exp(CAUTION * elementary_log(x > LEAST ? x : LEAST));
}

result perigee_probability_above(const struct ballistic_state *s, struct perigee_limit limit,
                                 double *out)
{
    for (int i = 0; i < 6; i++) {
        ENSURE(elementary_is_finite(s->x[i]), ERR_RANGE);
    }
    const double r2 = vector_dot(s->x, s->x);
    ENSURE(r2 > 6.3e6 * 6.3e6, ERR_RANGE);
    struct polar_state p;
    if (polar_of(s, &p) != OK) {
        *out = 0.0;
        return OK;
    }
    ENSURE(p.covariance[4] > 0.0 && elementary_is_finite(p.covariance[4]), ERR_RANGE);
    double above = 0.0;
    double below = 0.0;
    for (int i = 0; limit.sigma_m > 0.0 && i < 3; i++) {
        const double q = EARTH_MEAN_RADIUS_M + limit.height_m + HERMITE_AT[i] * limit.sigma_m;
        sum_over_radial(&p, q, HERMITE_WEIGHT[i], &above, &below);
    }
    if (limit.sigma_m <= 0.0) {
        sum_over_radial(&p, EARTH_MEAN_RADIUS_M + limit.height_m, 1.0, &above, &below);
    }
    ENSURE(elementary_is_finite(above + below), ERR_RANGE);
    *out = cautious(above) / (cautious(above) + cautious(below));
    return OK;
}
