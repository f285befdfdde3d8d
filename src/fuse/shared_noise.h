/* Fusion of two tracks of one boosting missile. Each nation's filter takes in what its own sensors
 * see, but all follow the same missile: what it does that no filter foresees, they get wrong
 * together. How much of their errors is common follows from what their covariances say.
 *
 * A filter whose covariance P hardly changes from second to second weighs its own prediction
 * (covariance M = F P F' + Q) by A = P M⁻¹ and its measurements by the rest. The errors that two
 * such filters share have the covariance X = A₁ (F X F' + Q) A₂', and with it the two are fused as
 * correlated estimates.
 * Sources: Bar-Shalom (1981), IEEE Trans. Automatic Control 26(2), 571-572 (X); Bar-Shalom and
 * Campo (1986), IEEE Trans. Aerospace and Electronic Systems 22(6), 803-805 (the fusion). */
#ifndef WATCHFIRE_FUSE_SHARED_NOISE_H
#define WATCHFIRE_FUSE_SHARED_NOISE_H

#include "base/result.h"

/* Position (m), velocity (m/s), thrust (m/s²). */
#define SHARED_NOISE_DIM 7
#define SHARED_NOISE_CELLS (SHARED_NOISE_DIM * SHARED_NOISE_DIM)

/* How one track follows what it does not foresee, second by second. */
struct shared_noise {
    double keep_t[SHARED_NOISE_CELLS]; /* A' */
    double carry[SHARED_NOISE_CELLS];  /* A F */
    double noise[SHARED_NOISE_CELLS];  /* A Q */
};

/* Of a track of covariance p. P is at most M if it is what it was a second ago; where it is not,
 * the filter is taken to have learnt nothing.
 *
 *   x    about where the missile is, how it moves and thrusts: the same for all its tracks
 *
 * ERR_NUMERIC if the covariance is not positive definite; out is then unchanged. */
MUST_USE result shared_noise_rely(const double x[SHARED_NOISE_DIM],
                                  const double p[SHARED_NOISE_CELLS], struct shared_noise *out);

/* The covariance of the errors of track a with those of track b (rows a, columns b). */
void shared_noise_cross(const struct shared_noise *a, const struct shared_noise *b,
                        double out[SHARED_NOISE_CELLS]);

/* Joins z, r to x, p; `cross` is the covariance of the errors of x with those of z. `weight` is
 * what z counts for, x the rest. ERR_NUMERIC if nothing positive definite comes out; all outputs
 * are then unchanged. */
MUST_USE result shared_noise_join(double x[SHARED_NOISE_DIM], double p[SHARED_NOISE_CELLS],
                                  const double z[SHARED_NOISE_DIM],
                                  const double r[SHARED_NOISE_CELLS],
                                  const double cross[SHARED_NOISE_CELLS],
                                  double weight[SHARED_NOISE_CELLS]);

#endif
