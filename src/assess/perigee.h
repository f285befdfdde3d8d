/* How likely it is that a coasting object stays up: the perigee of an orbit is anything but linear
 * in the state that gives it, so its distribution is not taken from a slope.
 *
 * With r the distance, v_r the radial and v_t the transverse speed (inertial), the perigee lies
 * above q exactly if r > q and
 *
 *   v_t² >= (v_r² + 2 GM (1/q - 1/r)) / (r²/q² - 1)
 *
 * (Energy and angular momentum leave no radial speed at q.) v_t and r are normal given v_r; over
 * v_r the probability is summed, since an upward speed that is not well known always lowers the
 * perigee. Source of the orbit: Bate, Mueller and White (1971), chapter 1. */
#ifndef WATCHFIRE_ASSESS_PERIGEE_H
#define WATCHFIRE_ASSESS_PERIGEE_H

#include "assess/impact.h"
#include "base/result.h"

/* The limit for a perigee, over a sphere of the Earth's mean radius, and how vague that is. */
struct perigee_limit {
    double height_m;
    double sigma_m;
};

/* The probability that the perigee is above the limit: cautious, so that above 0.9 it takes what
 * happens by chance in one of 15 000 cases only. What is this vague is asked again each second, of
 * everything that flies, and an answer that must be taken back is worse than a late one.
 *
 * ERR_RANGE for a state that is not finite or inside the Earth, or a covariance that cannot be;
 * out is then unchanged. */
MUST_USE result perigee_probability_above(const struct ballistic_state *s,
                                          struct perigee_limit limit, double *out);

#endif
