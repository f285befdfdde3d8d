/* One look of one sensor: what it reports of what really flies, with noise, misses and false
 * alarms.
 *
 *   radar     range, azimuth, elevation (no refraction) and range rate of all that is within range,
 *             above the least elevation, and detected; Gaussian noise on each
 *   infrared  the direction to what burns above the clouds and is not behind the Earth, from a
 *             geostationary satellite; Gaussian noise on each of two angles
 *   tracker   state and covariance of what a radar there would see; errors of successive tracks are
 *             drawn independently (a real tracker's are correlated)
 *
 * What a radar cannot resolve from a stronger echo it does not report: a missile hides its pieces,
 * an earlier piece a later one.
 *
 * False alarms: a Poisson number, uniform in range (from 1 km), azimuth, elevation (to the zenith)
 * and range rate (±3 km/s) for a radar, over the visible disc of the Earth for infrared. */
#ifndef WATCHFIRE_SIM_SENSING_H
#define WATCHFIRE_SIM_SENSING_H

#include <stdint.h>

#include "sim/world.h"

/* The time of a sensor's look, s after the scenario's start. */
double sensing_time_s(const struct scenario_sensor *sensor, uint64_t look);

void sensing_look(const struct world *world, uint32_t nation, uint32_t sensor, uint64_t look,
                  struct world_scan *out);

/* What is constantly wrong with a sensor: added to what it reads. Drawn from the seed, normal with
 * the deviations that the sensor's own nation is told (clock: labels are ahead). */
struct sensing_bias {
    double range_m;
    double azimuth_rad;
    double elevation_rad;
    double clock_s;
};

struct sensing_bias sensing_bias_of(const struct world *world, uint32_t nation, uint32_t sensor);

/* Probability of detection at a range, from the sensor's table. */
double sensing_probability(const struct scenario_sensor *sensor, double range_m);

#endif
