/* Measurement models: what a sensor would read if the object had this state, and how the reading
 * changes with the state.
 *
 *   radar      range, azimuth, elevation, optional range rate, in the local axes of the radar
 *   infrared   two small angles across the line of sight from the satellite
 *   tracker    position and velocity as they are
 *
 * A plot without elevation has one all the same, with no residual and with a noise that outweighs
 * every doubt, so that it says nothing.
 *
 * Jacobians are analytic. Refraction is not modelled. Biases of a sensor are unknown constants: how
 * readings change with them is stated too. Whoever does not estimate them adds their variance to
 * the noise (measure_add_biases). */
#ifndef WATCHFIRE_TRACK_MEASURE_H
#define WATCHFIRE_TRACK_MEASURE_H

#include "base/result.h"
#include "model/observation.h"
#include "model/sensor.h"

#define MEASURE_DIM_MAX 6

/* What may constantly be wrong with a sensor; clock: its labels are ahead of the truth. */
enum measure_bias {
    MEASURE_BIAS_RANGE,
    MEASURE_BIAS_AZIMUTH,
    MEASURE_BIAS_ELEVATION,
    MEASURE_BIAS_CLOCK,
    MEASURE_BIASES
};

/* A sensor with what its models need again and again. */
struct measure_site {
    struct sensor sensor;
    struct geo_ecef position;          /* radar only */
    double axes[9];                    /* rows east, north, up */
    bool biased;                       /* some deviation below is not zero */
    double bias_sigma[MEASURE_BIASES]; /* m, rad, rad, s */
};

/* An observation seen from a state x = position (m), velocity (m/s), Earth-fixed. */
struct measure {
    int dim;
    double range_m;                       /* radar only: how far away the object is; else 0 */
    double residual[MEASURE_DIM_MAX];     /* observed - predicted; angles wrapped */
    double jacobian[MEASURE_DIM_MAX * 6]; /* d(predicted)/d(state), dim x 6 */
    double noise[MEASURE_DIM_MAX * MEASURE_DIM_MAX]; /* covariance, dim x dim, without biases */
    /* d(reading)/d(bias), dim x MEASURE_BIASES; set only if the site is biased. */
    double by_bias[MEASURE_DIM_MAX * MEASURE_BIASES];
};

void measure_site_init(struct measure_site *site, const struct sensor *sensor);

/* ERR_RANGE where the model has no meaning: an object within 1 m of a radar's vertical axis or of
 * the satellite, one behind the Earth, or a line of sight that points away from it. */
MUST_USE result measure_linearise(const struct measure_site *site, const struct observation *o,
                                  const double x[6], struct measure *out);

/* Adds the variance of the site's biases to the noise, as if they were drawn anew each time. */
void measure_add_biases(const struct measure_site *site, struct measure *m);

/* Whether a radar plot lacks its elevation, or its sensor measures none. */
bool measure_is_flat(const struct measure_site *site, const struct observation *o);

/* A flat plot (measure_is_flat) as if it came from an object 10 km high, give or take as much: with
 * that elevation, of a sensor that is as poor at it. An assumption for objects of which no height
 * was ever measured, never to be used on others. */
void measure_assume_height(struct measure_site *site, struct observation *o);

/* The position that a radar plot or a ready track states by itself, with its covariance (3 x 3,
 * m²); of a flat plot with the height assumed as above.
 * ERR_STATE for a line of sight, which states none. */
MUST_USE result measure_position(const struct measure_site *site, const struct observation *o,
                                 struct geo_ecef *position, double covariance_m2[9]);

#endif
