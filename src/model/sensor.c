#include "model/sensor.h"

#include "base/elementary.h"

static bool in_range(double x, double low, double high)
{
    return elementary_is_finite(x) && x >= low && x <= high;
}

static result check_biases(const struct sensor *s)
{
    ENSURE(in_range(s->bias_sigma_range_m, 0.0, 1e5), ERR_RANGE);
    ENSURE(in_range(s->bias_sigma_azimuth_rad, 0.0, 1.0), ERR_RANGE);
    ENSURE(in_range(s->bias_sigma_elevation_rad, 0.0, 1.0), ERR_RANGE);
    ENSURE(in_range(s->clock_sigma_s, 0.0, 60.0), ERR_RANGE);
    ENSURE(in_range(s->interval_s, 0.0, 3600.0), ERR_RANGE);
    ENSURE(in_range(s->false_alarms_per_scan, 0.0, 1e6), ERR_RANGE);
    return OK;
}

static result check_radar(const struct sensor *s)
{
    ENSURE(in_range(s->place.lat_rad, -PI / 2.0, PI / 2.0), ERR_RANGE);
    ENSURE(in_range(s->place.lon_rad, -PI, PI), ERR_RANGE);
    ENSURE(in_range(s->place.height_m, -1e3, 1e5), ERR_RANGE);
    ENSURE(in_range(s->sigma_range_m, 1e-3, 1e5), ERR_RANGE);
    ENSURE(in_range(s->sigma_azimuth_rad, 1e-7, 1.0), ERR_RANGE);
    ENSURE(s->sigma_elevation_rad == 0.0 || in_range(s->sigma_elevation_rad, 1e-7, 1.0), ERR_RANGE);
    ENSURE(in_range(s->sigma_range_rate_mps, 0.0, 1e4), ERR_RANGE);
    ENSURE(in_range(s->resolution_range_m, 0.0, 1e5), ERR_RANGE);
    ENSURE(in_range(s->resolution_rad, 0.0, 1.0), ERR_RANGE);
    ENSURE(in_range(s->elevation_min_rad, -0.5, PI / 2.0), ERR_RANGE);
    ENSURE(in_range(s->range_max_m, 0.0, 1e8), ERR_RANGE);
    return OK;
}

result sensor_check(const struct sensor *s)
{
    ENSURE(s->id.text[0] != '\0', ERR_RANGE);
    TRY(check_biases(s));
    switch (s->kind) {
    case SENSOR_RADAR:
        return check_radar(s);
    case SENSOR_INFRARED:
        ENSURE(in_range(s->sigma_los_rad, 1e-8, 0.1), ERR_RANGE);
        return OK;
    case SENSOR_TRACKER:
        return OK;
    }
    return ERR_RANGE;
}

const char *sensor_error_text(enum sensor_error error)
{
    static const char *const TEXTS[] = {"none",      "range", "azimuth",
                                        "elevation", "clock", "inconsistent"};
    return error <= SENSOR_ERROR_UNNAMED ? TEXTS[error] : "?";
}
