/* Batch start of the ballistic estimate: Gauss-Newton over all observations since an instant. */
#ifndef WATCHFIRE_TRACK_BATCH_H
#define WATCHFIRE_TRACK_BATCH_H

#include "base/instant.h"
#include "track/filter.h"
#include "track/registration.h"

/* A motor that stops within the observations: until then it pushed with an even, even if growing,
 * acceleration. */
struct batch_cutoff {
    struct instant at;        /* in: expected; out: found */
    double sigma_s;           /* in: of what is expected; out: of what is found */
    double thrust_mps2;       /* in: expected just before, along the guess's velocity */
    double thrust_sigma_mps2; /* in: of each component */
};

/* Fits a motion (ballistic or boost, constants constant) to the kept observations with validity at
 * or after `from`.
 *
 *   memory, sites   the observations; what they refer to
 *   epoch      the time of the state; no observation is later
 *   guess      in: a state at the epoch to start from; out: the fit, with its covariance
 *   registration  not NULL: sensors' biases are fitted too; out: what was found, whose doubt is to
 *              be applied to the fit. NULL: biases are noise
 *   cutoff     not NULL: before `cutoff->at`, which is found too, a motor pushed as well
 *
 * The only priors: the ballistic coefficient's, or thrust of either sign within 100 m/s²; a
 * position within 100 km and a velocity within 2 km/s of the guess. ERR_STATE with fewer than 4
 * observations, ERR_NUMERIC if the fit does not converge or does not explain the observations
 * (chi-squared beyond the 0.9999 quantile). */
MUST_USE result batch_fit(const struct filter_memory *memory, const struct measure_site *sites,
                          enum estimate_motion motion, struct instant epoch, struct instant from,
                          struct estimate *guess, struct registration *registration,
                          struct batch_cutoff *cutoff);

/* The same, whether or not it explains the observations.
 *
 *   excess   out: chi-squared over the quantile; positive if it does not */
MUST_USE result batch_nearest(const struct filter_memory *memory, const struct measure_site *sites,
                              enum estimate_motion motion, struct instant epoch,
                              struct instant from, struct estimate *guess,
                              struct registration *registration, struct batch_cutoff *cutoff,
                              double *excess);

#endif
