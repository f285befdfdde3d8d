/* False alarms that happen to line up make tracks too, and the more easily the longer the time
 * between two looks: within 10 s an object may have gone 80 km, anywhere. Radars that look at least
 * every two seconds tell such tracks by themselves, in the four plots that make a track firm. Of
 * slower ones more is asked: more plots, in a good part of the looks at that place by all radars
 * that cover it, and a velocity that these plots agree on. */
#include "engine/suspect.h"

#include "assess/airborne.h"
#include "base/elementary.h"
#include "geo/ellipsoid.h"

#define QUICK_LOOKS_S 2.0
#define HITS_MIN 6
#define HITS_SHARE 0.4
#define VELOCITY_SIGMA_MPS_MAX 150.0

static bool covers(const struct sensor *s, struct geo_ecef place)
{
    struct geo_polar p;
    return s->kind == SENSOR_RADAR && s->interval_s > 0.0 &&
           ellipsoid_polar(ellipsoid_enu(s->place, place), &p) == OK &&
           p.elevation_rad >= s->elevation_min_rad &&
           (s->range_max_m <= 0.0 || p.range_m <= s->range_max_m);
}

/* How often the radars looked there while the track lived. */
static double looks_at(const struct tracker *tracker, const struct track *t)
{
    const double lived_s = instant_since_s(t->last_measurement, t->first_detection);
    double looks = 0.0;
    for (uint32_t i = 0; i < tracker->site_count; i++) {
        const struct sensor *s = &tracker->sites[i].sensor;
        looks += covers(s, t->position) ? lived_s / s->interval_s : 0.0;
    }
    return looks;
}

static bool is_believed(const struct tracker *tracker, const struct tracker_track *raw,
                        const struct track *t)
{
    if (raw->silence_s_max <= TRACKER_SILENCE_LOOKS * QUICK_LOOKS_S) {
        return true;
    }
    const double variance = (t->covariance[21] + t->covariance[28] + t->covariance[35]) / 3.0;
    return raw->hits >= HITS_MIN && variance < elementary_square(VELOCITY_SIGMA_MPS_MAX) &&
           raw->hits >= HITS_SHARE * looks_at(tracker, t);
}

bool suspect_is_missile(const struct tracker *tracker, const struct tracker_track *raw,
                        const struct track *track)
{
    return airborne_is_missile(track) && is_believed(tracker, raw, track);
}

bool suspect_flies(const struct tracker_track *raw, const struct track *track)
{
    return airborne_class(track) == CLASS_NOT_BALLISTIC ||
           (raw->flying && !airborne_is_missile(track));
}
