/* What keeps a released track from telling where its sensor stands, beside its outer bound.
 *
 * Sizes. Whoever has our tracker, and knows the sensor's errors, could try out places until its
 * covariances agree with ours; within a kilometre, by fine ones. So each axis of the bound is made
 * larger by a factor that only the owner knows, before it goes onto the coarse grid.
 *
 * Errors. An outer bound says more doubt than there is. The state itself would still show how much:
 * what a radar corrects from one record to the next lies across its line of sight, and a few
 * minutes of such corrections point back at the radar. So the difference between bound and truth is
 * filled with errors of exactly that covariance. They are drawn by a keyed hash for each partner
 * and track, and are the sum of four equal parts that stay for 1 s, 8 s, 64 s and for ever: whoever
 * averages over any of these times, or takes differences, meets the next one. */
#ifndef WATCHFIRE_SHARE_BLUR_H
#define WATCHFIRE_SHARE_BLUR_H

#include <stdint.h>

#include "base/instant.h"
#include "base/result.h"
#include "geo/frame.h"
#include "share/digest.h"
#include "share/outer_bound.h"

/* Factors from 1 to the root of two: by partner, track and axis, others every 64 s. */
struct outer_bound_sizes blur_sizes(const struct digest_key *key, uint64_t track,
                                    struct instant time);

/* A state with that covariance gets errors until its covariance is the bound.
 *
 *   covariance, bound   6 x 6, position and velocity, Earth-fixed axes; m, m/s
 *
 * ERR_NUMERIC if bound - covariance is not positive definite; the state is then unchanged. */
MUST_USE result blur_state(const struct digest_key *key, uint64_t track, struct instant time,
                           const double covariance[36], const double bound[36],
                           struct geo_ecef *position, struct geo_velocity *velocity);

#endif
