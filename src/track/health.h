/* What the tracks of a nation say together about one of its sensors.
 *
 * Each ballistic track estimates the biases of the sensors that see it (registration.h). What it
 * learnt beyond the priors adds up over tracks, those that are over included. */
#ifndef WATCHFIRE_TRACK_HEALTH_H
#define WATCHFIRE_TRACK_HEALTH_H

#include "model/sensor.h"
#include "track/measure.h"
#include "track/registration.h"

/* Information beyond the priors about the biases of one sensor, in the order of enum
 * measure_bias. */
struct health_sum {
    double information[MEASURE_BIASES * MEASURE_BIASES];
    double vector[MEASURE_BIASES];
};

/* Adds what one track learnt about the site `index`; nothing if it knows nothing of it. */
void health_add(struct health_sum *sum, const struct registration *r, uint8_t index,
                const struct measure_site *site);

/* Named is what differs from zero by more than 3.5 sigma, the surest of them; inconsistent a
 * sensor whose biases together differ from zero at the 0.999 quantile. */
struct sensor_health health_judge(const struct health_sum *sum, const struct measure_site *site);

#endif
