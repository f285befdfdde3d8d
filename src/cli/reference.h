/* What benchmarks hold a tracker against: the truth of the scenario's first launch, and a filter
 * that linearises at it; and how they let one nation's sensors watch a flight. */
#ifndef WATCHFIRE_CLI_REFERENCE_H
#define WATCHFIRE_CLI_REFERENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "assess/impact.h"
#include "sim/world.h"
#include "track/tracker.h"

/* A state and every bias of every sensor. */
enum { REFERENCE_DIM_MAX = ESTIMATE_DIM + REGISTRATION_MAX };

/* The variances of a state of which nothing is known: 1,000 km, 20 km/s, and the ballistic
 * coefficient's prior. */
extern const double reference_variance[ESTIMATE_DIM];

/* The world's scans from their beginning, and a tracker with one nation's sensors, numbered as the
 * scenario has them. */
void reference_begin(struct world *world, uint32_t nation, struct tracker *t);

/* The nation's next look that is received before `until`, which its tracker has then taken. False
 * if there is none; *out is then unspecified. */
bool reference_look(struct world *world, uint32_t nation, struct instant until, struct tracker *t,
                    struct world_scan *out);

/* The firm or lost track with the most measurements; false if there is none, and slot is then
 * unchanged. */
bool reference_track(const struct tracker *t, uint32_t *slot);

/* The same, and how it is published at `at`. */
bool reference_published(const struct tracker *t, struct instant at, uint32_t *slot,
                         struct track *out);

/* The squared error of position and velocity by what a track or a fused state says of them, over 6:
 * 1 on average if that is honest. */
double reference_nees(const double covariance[36], const double off[6]);

/* Where that slot's track says that it comes down. False if it does not say; out is then
 * unspecified. */
bool reference_impact(const struct tracker *t, uint32_t slot, struct instant at,
                      struct impact_prediction *out);

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
 * (m->dim x dim). The noise of what is measured is positive, so the innovation's covariance is
 * positive definite. */
void reference_tell(const struct measure *m, const double *h, double *p, int dim,
                    struct reference_gain *out);

#endif
