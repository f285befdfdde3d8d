/* What a sensor delivers: a radar plot, an infrared line of sight, or a ready track. */
#ifndef WATCHFIRE_MODEL_OBSERVATION_H
#define WATCHFIRE_MODEL_OBSERVATION_H

#include <stdbool.h>

#include "base/id.h"
#include "base/instant.h"
#include "base/result.h"
#include "geo/frame.h"
#include "model/sensor.h"

struct radar_plot {
    struct geo_polar polar;
    bool without_elevation; /* not measured: polar.elevation_rad means nothing */
    bool has_range_rate;
    double range_rate_mps; /* outward + */
};

struct infrared_sight {
    struct geo_ecef platform; /* where the satellite was */
    struct geo_direction los; /* from the platform to the source */
};

struct ready_track {
    struct geo_ecef position;
    struct geo_velocity velocity;
    double covariance[21]; /* lower triangle by rows; m, m/s */
};

struct observation {
    struct sensor_id sensor;
    enum sensor_kind kind;
    struct instant validity; /* when the object was there */
    struct instant receipt;  /* when the nation had the data */
    union {
        struct radar_plot radar;
        struct infrared_sight infrared;
        struct ready_track track;
    };
};

/* ERR_RANGE for a value that is not finite or not possible, ERR_NUMERIC for a ready track whose
 * covariance is not positive definite. An infrared direction need not be of exactly unit length
 * (within 1 %); the caller normalises it. */
MUST_USE result observation_check(const struct observation *o);

#endif
