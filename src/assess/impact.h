/* Where and when a ballistic object comes down, with what doubt.
 *
 * Above the air the state and its 6 x 6 transition matrix run together. Below, the way branches
 * over ballistic coefficients (unknown unless the re-entry was seen), each branch with drag down
 * to ellipsoid height 0. The branches' normal distributions on the ground and in time, weighted,
 * are the answer; its 95 % area and interval hold 0.95 of that mixture, not of a normal one.
 * Sources: DESIGN section 6; Bate, Mueller and White (1971) for the orbit. */
#ifndef WATCHFIRE_ASSESS_IMPACT_H
#define WATCHFIRE_ASSESS_IMPACT_H

#include "base/instant.h"
#include "base/result.h"
#include "model/assessment.h"
#include "model/footprint.h"

#define IMPACT_BETA_MIN_KGPM2 500.0
#define IMPACT_BETA_MAX_KGPM2 10000.0

enum { BALLISTIC_DIM = 7, BALLISTIC_LN_BETA = 6 };

/* A state without thrust: Earth-fixed position (m), velocity (m/s), natural logarithm of the
 * ballistic coefficient in kg/m². Whoever has not observed the last one states the prior: mean
 * ballistic_ln_beta_mean(), deviation ballistic_ln_beta_sigma(), uncorrelated. It is the normal
 * that stands for log-uniform between the two limits above; the prediction takes it out again. */
struct ballistic_state {
    struct instant time;
    double x[BALLISTIC_DIM];
    double covariance[BALLISTIC_DIM * BALLISTIC_DIM];
};

struct impact_prediction {
    struct impact_estimate estimate;
    /* Over the ellipsoid, the highest of the whole way, mean over the ballistic coefficient; 0 =
     * undetermined (first known after the air has slowed it). Of the osculating orbit where the
     * impact is undetermined. */
    double apogee_m;
    struct footprint footprint;
};

double ballistic_ln_beta_mean(void);
double ballistic_ln_beta_sigma(void);

/* A ballistic state from a 6 x 6 solution (row by row, m and m/s), with the prior on ln beta. */
void ballistic_state_init(struct ballistic_state *s, struct instant time, struct geo_ecef position,
                          struct geo_velocity velocity, const double covariance[36]);

/* Predicts the impact.
 *
 *   out->estimate.why   WHY_NONE and everything is set; or WHY_ORBIT (does not come down), or
 *                       WHY_TOO_UNCERTAIN (95 % semi-major axis beyond 1000 km, or it cannot be
 *                       told from an orbit). Then footprint.sample_count is 0, and its knots are
 *                       those of half an hour of the orbit, or none
 *
 * ERR_RANGE for a state that is not finite or not between the ground and 100 000 km, ERR_NUMERIC
 * for a covariance that is not positive semidefinite; out is then unchanged. */
MUST_USE result impact_predict(const struct ballistic_state *s, struct impact_prediction *out);

/* A spent stage that is only now on its own: its ballistic coefficient is log-uniform between these
 * limits, those of empty cylinders that tumble, and while it sinks through the lower air the wind
 * carries it. */
#define IMPACT_STAGE_BETA_MIN_KGPM2 50.0
#define IMPACT_STAGE_BETA_MAX_KGPM2 500.0

/* As impact_predict for a stage that separates at s->time; what `s` says of ln beta is not used. */
MUST_USE result impact_predict_stage(const struct ballistic_state *s, struct impact_estimate *out);

#endif
