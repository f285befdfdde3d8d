/* Measurement models: what a sensor would read if the object had this state, and how the reading
 * changes with the state.
 *
 *   radar      range, azimuth, elevation, optional range rate, in the local axes of the radar
 *   infrared   two small angles across the line of sight from the satellite
 *   tracker    position and velocity as they are
 *
 * Jacobians are analytic. Refraction is not modelled. Biases of a sensor are unknown constants;
 * here their variance is added to the noise. */
#ifndef WATCHFIRE_TRACK_MEASURE_H
#define WATCHFIRE_TRACK_MEASURE_H

#include "base/result.h"
#include "model/observation.h"
#include "model/sensor.h"

#define MEASURE_DIM_MAX 6

/* A sensor with what its models need again and again. */
struct measure_site {
    struct sensor sensor;
    struct geo_ecef position; /* radar only */
    double axes[9];           /* rows east, north, up */
};

/* An observation seen from a state x = position (m), velocity (m/s), Earth-fixed. */
struct measure {
    int dim;
    double range_m;                       /* radar only: how far away the object is; else 0 */
    double residual[MEASURE_DIM_MAX];     /* observed - predicted; angles wrapped */
    double jacobian[MEASURE_DIM_MAX * 6]; /* d(predicted)/d(state), dim x 6 */
    double noise[MEASURE_DIM_MAX * MEASURE_DIM_MAX]; /* covariance, dim x dim */
};

void measure_site_init(struct measure_site *site, const struct sensor *sensor);

/* ERR_RANGE where the model has no meaning: an object within 1 m of a radar's vertical axis or of
 * the satellite, or a line of sight that points away from it. */
MUST_USE result measure_linearise(const struct measure_site *site, const struct observation *o,
                                  const double x[6], struct measure *out);

/* The position that a radar plot or a ready track states by itself, with its covariance (3 x 3,
 * m²).
 * ERR_STATE for a line of sight, which states none. */
MUST_USE result measure_position(const struct measure_site *site, const struct observation *o,
                                 struct geo_ecef *position, double covariance_m2[9]);

#endif
