/* Where a missile that still burns may come down. Nobody can tell when its motors will stop, so the
 * area is wide; it narrows while they burn.
 *
 * Hypotheses of the remaining burn (assess/burn.h), each from a state that the track allows, are
 * flown to their end of thrust, and then without it, with a ballistic coefficient from the prior.
 * The weighted places where they come down are the answer. Draws come from a fixed seed: the same
 * track has the same answer. */
#ifndef WATCHFIRE_ASSESS_EARLY_H
#define WATCHFIRE_ASSESS_EARLY_H

#include "base/result.h"
#include "model/assessment.h"
#include "model/track.h"

/* Fills *out.
 *
 *   boosting   state, covariance, thrust and its sigma are used
 *   launch     its time is used
 *
 * out->impact.why is WHY_ORBIT if it comes down with less than 0.05 probability, WHY_TOO_UNCERTAIN
 * if no hypothesis fits what was seen or the area would be most of the Earth, WHY_NO_BOOST_SEEN if
 * the launch is undetermined. The area holds 0.95 of what comes down. Its axes are measured along
 * geodesics from its centre.
 *
 * ERR_NUMERIC for a covariance that is not positive definite, ERR_RANGE for a state that is not
 * finite or not above the ground; *out is then unchanged. */
MUST_USE result early_predict(const struct track *boosting, const struct launch_estimate *launch,
                              struct early_impact *out);

#endif
