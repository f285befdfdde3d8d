/* Two lines of sight from different satellites: where they meet, and how well that is known. */
#ifndef WATCHFIRE_TRACK_SIGHTS_H
#define WATCHFIRE_TRACK_SIGHTS_H

#include <stdbool.h>

#include "base/result.h"
#include "track/measure.h"

/* Where two lines of sight come nearest: the middle (Earth-fixed, m), how far apart they are there,
 * and how far it is to the farther satellite. False if they are nearly parallel, or come nearest
 * behind a satellite. */
bool sights_meet(const struct infrared_sight *a, const struct infrared_sight *b,
                 struct geo_ecef *middle, double *gap_m, double *distance_m);

/* Position information of two sights around their meeting point, turned into a covariance (3 x 3,
 * m²); drift_m: how far the object may have moved between them. ERR_NUMERIC if they tell too
 * little, ERR_RANGE as measure_linearise. */
MUST_USE result sights_covariance(const struct measure_site *const sites[2],
                                  const struct observation *const sights[2], struct geo_ecef middle,
                                  double drift_m, double covariance_m2[9]);

#endif
