#include "formats/asterix_plot.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/elementary.h"
#include "base/utc.h"
#include "geo/ellipsoid.h"

#define M_PER_NM 1852.0
#define M_PER_FT 0.3048
#define DAY_S 86400.0
#define DATE_CHARS 10
#define ROUNDS 8
#define HEIGHT_ENOUGH_M 0.01

struct sensor_id asterix_plot_sensor(const struct asterix_record *record)
{
    struct sensor_id id = {""};
    (void)snprintf(id.text, sizeof id.text, "%u-%u", (unsigned)record->system_area,
                   (unsigned)record->system_identification);
    return id;
}

/* The moment of that time of day that is nearest to `near`. */
static struct instant time_of(double time_of_day_s, struct instant near)
{
    char text[UTC_TEXT_SIZE];
    (void)utc_format(near, 0, text);
    (void)snprintf(text + DATE_CHARS, sizeof text - DATE_CHARS, "T00:00:00Z");
    struct instant midnight = near;
    if (utc_parse(text, strlen(text), &midnight) != OK) {
        return INSTANT_UNSET;
    }
    const struct instant t = instant_plus_s(midnight, time_of_day_s);
    const double ahead_s = instant_since_s(t, near);
    return instant_plus_s(t, ahead_s > DAY_S / 2.0 ? -DAY_S : ahead_s < -DAY_S / 2.0 ? DAY_S : 0.0);
}

/* The elevation at which an object at this range is as high as was measured: each round corrects
 * the height that the last one led to. */
static result elevation_of(struct geo_geodetic place, double height_m, struct geo_polar *p)
{
    p->elevation_rad = 0.0;
    for (int round = 0; round < ROUNDS; round++) {
        struct geo_geodetic there;
        const struct geo_ecef at = ellipsoid_from_enu(place, ellipsoid_from_polar(*p));
        ENSURE(ellipsoid_from_ecef(at, &there) == OK, ERR_RANGE);
        const double off_m = height_m - there.height_m;
        if (fabs(off_m) < HEIGHT_ENOUGH_M) {
            return fabs(p->elevation_rad) < 1.5 ? OK : ERR_RANGE;
        }
        p->elevation_rad += off_m / (p->range_m * elementary_cos(p->elevation_rad));
    }
    return ERR_RANGE; /* it is higher than it is far */
}

result asterix_plot(const struct asterix_record *record, const struct sensor *sensor,
                    struct instant near, struct observation *out)
{
    assert(sensor->kind == SENSOR_RADAR && instant_is_set(near));
    ENSURE(asterix_record_has(record, ASTERIX_POLAR), ERR_NOT_FOUND);
    ENSURE(asterix_record_has(record, ASTERIX_TIME_OF_DAY), ERR_NOT_FOUND);
    ENSURE(!record->is_simulated && !record->is_test && !record->is_field_monitor, ERR_NOT_FOUND);
    struct observation o;
    memset(&o, 0, sizeof o);
    o.sensor = sensor->id;
    o.kind = SENSOR_RADAR;
    o.validity = time_of(record->time_of_day_s, near);
    o.receipt = o.validity;
    o.radar.polar.range_m = record->range_nm * M_PER_NM;
    o.radar.polar.azimuth_rad = record->azimuth_deg * RAD_PER_DEG;
    o.radar.without_elevation =
        !asterix_record_has(record, ASTERIX_HEIGHT) || sensor->sigma_elevation_rad <= 0.0 ||
        elevation_of(sensor->place, record->height_ft * M_PER_FT, &o.radar.polar) != OK;
    if (o.radar.without_elevation) {
        o.radar.polar.elevation_rad = 0.0;
    }
    ENSURE(observation_check(&o) == OK, ERR_NOT_FOUND);
    *out = o;
    return OK;
}
