/* One nation's sensor, as its own nation knows it. Kind, identity and place never leave the
 * nation. */
#ifndef WATCHFIRE_MODEL_SENSOR_H
#define WATCHFIRE_MODEL_SENSOR_H

#include <stdbool.h>

#include "base/id.h"
#include "base/result.h"
#include "geo/frame.h"

enum sensor_kind {
    SENSOR_RADAR, /* range, azimuth, elevation, optional range rate, from a place on the ground */
    SENSOR_INFRARED, /* a line of sight from a moving platform; sees burning motors only */
    SENSOR_TRACKER   /* delivers ready tracks: state and covariance */
};

struct sensor {
    struct sensor_id id;
    enum sensor_kind kind;
    struct geo_geodetic place; /* radar only */
    double sigma_range_m;
    double sigma_azimuth_rad;
    double sigma_elevation_rad;  /* 0 = measures none */
    double sigma_range_rate_mps; /* 0 = delivers none */
    double sigma_los_rad;        /* infrared only, each of the two angles */
    double bias_sigma_range_m;   /* standard deviations of unknown constants; 0 = calibrated */
    double bias_sigma_azimuth_rad;
    double bias_sigma_elevation_rad;
    double clock_sigma_s;
    /* Radar: two objects nearer to each other than this in range and in angle are one plot; 0 = not
     * stated. */
    double resolution_range_m;
    double resolution_rad;
    double elevation_min_rad;     /* radar coverage: what it cannot see it cannot miss */
    double range_max_m;           /* radar coverage; 0 = not stated */
    double interval_s;            /* time between two looks at one object; 0 = not stated */
    double false_alarms_per_scan; /* expected number of false plots in one scan */
};

/* What is found to be constantly wrong with a sensor. */
enum sensor_error {
    SENSOR_ERROR_NONE, /* nothing, or not yet */
    SENSOR_ERROR_RANGE,
    SENSOR_ERROR_AZIMUTH,
    SENSOR_ERROR_ELEVATION,
    SENSOR_ERROR_CLOCK,  /* its labels are ahead of the truth */
    SENSOR_ERROR_UNNAMED /* something is, but one of several could explain it */
};

struct sensor_health {
    enum sensor_error error;
    double value; /* m, rad, rad, s; 0 where nothing is named */
    double sigma; /* its standard deviation */
};

const char *sensor_error_text(enum sensor_error error);

/* ERR_RANGE if a value is not finite or not possible for the kind (a radar without range noise). */
MUST_USE result sensor_check(const struct sensor *s);

#endif
