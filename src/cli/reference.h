/* What benchmarks hold a tracker against: the truth of the scenario's first launch, and a filter
 * that linearises at it. */
#ifndef WATCHFIRE_CLI_REFERENCE_H
#define WATCHFIRE_CLI_REFERENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/world.h"
#include "track/tracker.h"

/* A state and every bias of every sensor. */
enum { REFERENCE_DIM_MAX = ESTIMATE_DIM + REGISTRATION_MAX };

/* The variances of a state of which nothing is known: 1,000 km, 20 km/s, and the ballistic
 * coefficient's prior. */
extern const double reference_variance[ESTIMATE_DIM];

/* The firm or lost track with the most measurements; false if there is none, and slot is then
 * unchanged. */
bool reference_track(const struct tracker *t, uint32_t *slot);

/* Position (m) and velocity (m/s), ECEF, and the logarithm of the ballistic coefficient (kg/m2);
 * false while the object is not up, and x is then unchanged. */
bool reference_truth(const struct world *world, struct instant t, double x[ESTIMATE_DIM]);

/* What an update leaves: the Cholesky factor of the innovation's covariance, and the gain's
 * transpose (m->dim x dim). */
struct reference_gain {
    double factor[MEASURE_DIM_MAX * MEASURE_DIM_MAX];
    double transposed[MEASURE_DIM_MAX * REFERENCE_DIM_MAX];
};

/* The textbook's update of a covariance p (dim x dim) by a measurement with the Jacobian h
 * (m->dim x dim). False if the innovation's covariance is not positive definite; p is then
 * unchanged. */
bool reference_tell(const struct measure *m, const double *h, double *p, int dim,
                    struct reference_gain *out);

#endif
