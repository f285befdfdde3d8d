#include "engine/accept.h"

#include "base/elementary.h"
#include "geo/ellipsoid.h"

/* Clocks differ, and tracks are predicted to the next second. */
#define AHEAD_S_MAX 5.0
/* The longest flight, and a backlog after a long cut. */
#define BEHIND_S_MAX 7200.0
/* Nobody is certain of the end of thrust sooner than this after it. */
#define CERTAIN_S_MIN 4.0
#define BEFORE_SEEN_S_MAX 900.0
#define UNDERGROUND_M 20e3
/* From the Earth's centre: nothing steers without a motor where there is no air. */
#define STEERS_RADIUS_M_MAX (6378137.0 + 150e3)

static bool is_between(struct instant t, struct instant from, struct instant until)
{
    return !instant_before(t, from) && !instant_before(until, t);
}

/* Where a span is stated it lies within what was seen. */
static bool accept_span(const struct track *t)
{
    return !instant_is_set(t->span_from) ||
           is_between(t->span_from, instant_plus_s(t->first_detection, -1.0),
                      instant_plus_s(t->last_measurement, 1.0));
}

/* By more than its own doubt, and than a fall that was predicted a little too long. */
static bool is_underground(const struct track *t)
{
    const double variance = t->covariance[0] + t->covariance[7] + t->covariance[14];
    struct geo_geodetic g;
    return ellipsoid_from_ecef(t->position, &g) != OK ||
           g.height_m < -UNDERGROUND_M - 4.0 * sqrt(variance);
}

static bool accept_track(const struct track *t, struct instant earliest, struct instant latest)
{
    const bool ordered =
        is_between(t->time, earliest, latest) && is_between(t->first_detection, earliest, latest) &&
        is_between(t->last_measurement, t->first_detection, instant_plus_s(t->time, 1.0)) &&
        accept_span(t);
    if (!ordered || is_underground(t)) {
        return false;
    }
    if (instant_is_set(t->end_of_thrust) &&
        !is_between(t->end_of_thrust, instant_plus_s(t->first_detection, -1.0),
                    instant_plus_s(t->last_measurement, -CERTAIN_S_MIN))) {
        return false;
    }
    const double p[3] = {t->position.x_m, t->position.y_m, t->position.z_m};
    if (t->manoeuvring &&
        p[0] * p[0] + p[1] * p[1] + p[2] * p[2] > STEERS_RADIUS_M_MAX * STEERS_RADIUS_M_MAX) {
        return false;
    }
    return !t->launch.determined ||
           is_between(t->launch.time, instant_plus_s(t->first_detection, -BEFORE_SEEN_S_MAX),
                      instant_plus_s(t->first_detection, BEFORE_SEEN_S_MAX));
}

bool accept_record(const struct record *record, struct instant now)
{
    const struct instant earliest = instant_plus_s(now, -BEHIND_S_MAX);
    const struct instant latest = instant_plus_s(now, AHEAD_S_MAX);
    if (!is_between(record->made, earliest, latest)) {
        return false;
    }
    return record->kind != RECORD_TRACK || accept_track(&record->track, earliest, latest);
}
