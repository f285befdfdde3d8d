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

/* Why an observation is rejected. */
enum observation_fault {
    OBSERVATION_GOOD,
    OBSERVATION_IMPOSSIBLE,  /* a value not finite or not possible; not what its sensor delivers */
    OBSERVATION_COVARIANCE,  /* of a ready track: not positive definite */
    OBSERVATION_UNDERGROUND, /* below the ground or the horizon, or where no missile can be seen */
    OBSERVATION_EARLY,       /* from the future: more than 5 s ahead of its receipt */
    OBSERVATION_NO_ROOM,     /* it fits no track, and there is no room for a new one */
    OBSERVATION_FAULTS
};

const char *observation_fault_text(enum observation_fault fault);

/* What is wrong with an observation of this sensor, before it is compared with anything; all but
 * OBSERVATION_NO_ROOM. Places get the benefit of 4 sigma and 1 km: what is noisy may appear a
 * little below the ground. */
enum observation_fault observation_fault(const struct observation *o, const struct sensor *sensor);

#endif
