/* Made-up tracks of one missile, for the tests of fusing. */
#ifndef WATCHFIRE_TESTS_FUSE_FIXTURE_H
#define WATCHFIRE_TESTS_FUSE_FIXTURE_H

#include "base/random.h"
#include "fuse/common.h"

#define FIXTURE_EPOCH ((struct instant){INT64_C(1664835000) * NS_PER_S})

/* A missile high over the Sea of Japan, well above the air. */
void fixture_true_state(double x[6]);

/* Moves a state by gravity alone, with the 6 x 6 matrix that moves it. */
void fixture_coast(double x[6], double dt_s, double transition[36]);

/* A nation's track of it at FIXTURE_EPOCH + after_s, wrong by as much as its covariance says. */
struct common_contribution fixture_contribution(struct random *r, const char *owner, double after_s,
                                                double scale);

/* Equal within `tolerance` standard deviations of p. */
void fixture_assert_state(const struct common_solution *s, const double x[6], const double p[36],
                          double tolerance);

/* The same of a missile that thrusts, at FIXTURE_EPOCH. */
struct common_contribution fixture_burning(struct random *r, const char *owner);

/* p - q has no negative eigenvalue. */
void fixture_assert_not_below(const double p[36], const double q[36]);

void fixture_state_of(const struct track *t, double x[6]);

/* The covariance of position and velocity. */
void fixture_six_of(const struct common_solution *s, double p[36]);

#endif
