#include "track/tracker.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "base/elementary.h"
#include "track/begin.h"
#include "track/chance.h"
#include "track/curve.h"
#include "track/life.h"
#include "track/match.h"

enum { DIM = ESTIMATE_DIM };

void tracker_init(struct tracker *t, struct nation_id owner)
{
    memset(t, 0, offsetof(struct tracker, tracks));
    t->owner = owner;
    t->next_id = 1;
    t->look_time = INSTANT_UNSET;
}

static int find_site(const struct tracker *t, struct sensor_id id)
{
    for (uint32_t i = 0; i < t->site_count; i++) {
        if (sensor_id_equal(t->sites[i].sensor.id, id)) {
            return (int)i;
        }
    }
    return -1;
}

result tracker_add_sensor(struct tracker *t, const struct sensor *sensor)
{
    TRY(sensor_check(sensor));
    ENSURE(find_site(t, sensor->id) < 0, ERR_STATE);
    ENSURE(t->site_count < TRACKER_SENSORS_MAX, ERR_FULL);
    measure_site_init(&t->sites[t->site_count], sensor);
    t->site_count++;
    return OK;
}

result tracker_scan(struct tracker *t, const struct observation *scan, uint32_t count)
{
    ENSURE(count <= TRACKER_SCAN_MAX, ERR_FULL);
    if (count == 0) {
        return OK;
    }
    const int site = find_site(t, scan[0].sensor);
    ENSURE(site >= 0, ERR_NOT_FOUND);
    struct match work = {.plots = scan, .count = count, .site = (uint8_t)site};
    for (uint32_t i = 0; i < count; i++) {
        ENSURE(sensor_id_equal(scan[i].sensor, scan[0].sensor), ERR_STATE);
        ENSURE(instant_equal(scan[i].validity, scan[0].validity), ERR_STATE);
        const enum observation_fault fault = observation_fault(&scan[i], &t->sites[site].sensor);
        if (fault != OBSERVATION_GOOD) {
            work.taken[i] = true;
            life_note_rejected(t, work.site, fault);
        }
    }
    chance_note_scan(t, &work);
    match_tracks(t, &work, false);
    match_tracks(t, &work, true);
    begin_tracks(t, &work);
    return OK;
}

void tracker_advance(struct tracker *t, struct instant now)
{
    life_advance(t, now);
    begin_forget(t, now);
    while (t->slot_end > 0 && t->tracks[t->slot_end - 1].id.value == 0) {
        t->slot_end--;
    }
}

bool tracker_holds(const struct tracker *t, uint32_t slot, struct track_id id)
{
    assert(slot < TRACKER_TRACKS_MAX);
    return slot < t->slot_end && t->tracks[slot].id.value == id.value;
}

static enum track_phase phase_of(enum estimate_motion motion, const struct estimate *e)
{
    if (motion == ESTIMATE_DRIFT) {
        return PHASE_UNKNOWN;
    }
    if (motion == ESTIMATE_BOOST) {
        return PHASE_BOOST;
    }
    if (motion == ESTIMATE_MANOEUVRE) {
        return PHASE_REENTRY;
    }
    double height_m = 0.0;
    double rate_mps = 0.0;
    estimate_height(e, &height_m, &rate_mps);
    return height_m < 100e3 && rate_mps < 0.0 ? PHASE_REENTRY : PHASE_COAST;
}

static void publish_times(const struct tracker_track *track, struct track *out)
{
    out->first_detection = track->first_detection;
    out->last_measurement = track->last_measurement;
    out->end_of_thrust = filter_end_of_thrust(&track->filter);
    out->span_from =
        instant_is_set(out->end_of_thrust) ? out->end_of_thrust : track->first_detection;
    out->measurement_count = track->hits;
}

bool tracker_publish(const struct tracker *t, uint32_t slot, struct instant at, struct track *out)
{
    assert(slot < TRACKER_TRACKS_MAX);
    const struct tracker_track *track = &t->tracks[slot];
    if (slot >= t->slot_end || track->id.value == 0) {
        return false;
    }
    struct estimate e;
    const enum estimate_motion motion = filter_best_at(&track->filter, at, &e);
    if (track->status != STATUS_LOST) {
        curve_widen(&t->sites[track->look_site], &e);
    }
    memset(out, 0, sizeof *out);
    out->id = track->id;
    out->parent = track->parent;
    out->owner = t->owner;
    out->status = track->status;
    out->unresolved = life_is_unresolved(track);
    out->manoeuvring = motion == ESTIMATE_MANOEUVRE;
    out->phase = phase_of(motion, &e);
    const double thrusting = filter_thrusting(&track->filter);
    out->phase_probability = out->phase == PHASE_BOOST ? thrusting : 1.0 - thrusting;
    out->time = instant_before(track->filter.time, at) ? at : track->filter.time;
    out->position = (struct geo_ecef){e.x[0], e.x[1], e.x[2]};
    out->velocity = (struct geo_velocity){e.x[3], e.x[4], e.x[5]};
    for (int i = 0; i < 36; i++) {
        out->covariance[i] = e.p[(i / 6) * DIM + i % 6];
    }
    if (motion == ESTIMATE_BOOST) {
        out->thrust_mps2 = e.x[6];
        out->thrust_sigma_mps2 = sqrt(e.p[6 * DIM + 6]);
    }
    publish_times(track, out);
    return true;
}

bool tracker_ballistic(const struct tracker *t, uint32_t slot, struct instant at,
                       struct estimate *out)
{
    assert(slot < TRACKER_TRACKS_MAX);
    const struct tracker_track *track = &t->tracks[slot];
    if (slot >= t->slot_end || track->id.value == 0 ||
        !instant_is_set(filter_end_of_thrust(&track->filter)) ||
        !filter_ballistic(&track->filter, out)) {
        return false;
    }
    const double ahead_s = instant_since_s(at, track->filter.time);
    if (ahead_s > 0.0) {
        estimate_predict(ESTIMATE_BALLISTIC, out, ahead_s);
    }
    return true;
}

void tracker_set_flying(struct tracker *t, uint32_t slot, bool flying)
{
    assert(slot < TRACKER_TRACKS_MAX);
    struct tracker_track *track = &t->tracks[slot];
    track->flying = flying;
    if (flying && track->filter.mode == FILTER_THRUSTING) {
        filter_release(&track->filter);
        replay_begin(&track->replay, &track->filter, &track->memory);
    }
}

struct sensor_health tracker_health(const struct tracker *t, uint32_t index)
{
    assert(index < t->site_count);
    struct health_sum sum = t->learnt[index];
    for (uint32_t i = 0; i < t->slot_end; i++) {
        if (t->tracks[i].id.value != 0 && t->tracks[i].filter.mode == FILTER_BALLISTIC) {
            health_add(&sum, &t->tracks[i].filter.registration, (uint8_t)index, &t->sites[index]);
        }
    }
    return health_judge(&sum, &t->sites[index]);
}
