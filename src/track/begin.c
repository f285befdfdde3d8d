#include "track/begin.h"

#include <stddef.h>
#include <string.h>

#include "base/elementary.h"
#include "track/kin.h"
#include "track/life.h"
#include "track/sights.h"

#define SIGHT_AGE_S_MAX 12.0
#define SIGHT_SPEED_MPS 1500.0 /* how fast the object may have moved between two sights */
#define SIGHT_GATE 16.0

/* A tentative track that may have to give way. */
struct weak {
    uint32_t slot;
    uint32_t hits;
    struct instant last_measurement;
};

/* Where new tracks may go, found once for a scan. */
struct room {
    uint32_t tentative;
    uint32_t next; /* no slot before it is free */
    uint32_t weak_count;
    struct weak weak[TRACKER_TRACKS_MAX];
};

static void find_room(const struct tracker *t, uint8_t site, struct instant time, struct room *room)
{
    room->tentative = 0;
    room->next = 0;
    room->weak_count = 0;
    for (uint32_t i = 0; i < t->slot_end; i++) {
        const struct tracker_track *track = &t->tracks[i];
        if (track->id.value == 0 || track->status != STATUS_TENTATIVE) {
            continue;
        }
        room->tentative++;
        if (track->look_site != site || !instant_equal(track->look_time, time)) {
            room->weak[room->weak_count] = (struct weak){i, track->hits, track->last_measurement};
            room->weak_count++;
        }
    }
}

/* The least measured tentative track that this look has not seen, the longest unseen of equals. */
static struct tracker_track *take_weakest(struct tracker *t, struct room *room)
{
    uint32_t at = 0;
    if (room->weak_count == 0) {
        return NULL;
    }
    for (uint32_t i = 1; i < room->weak_count; i++) {
        const struct weak *a = &room->weak[i];
        const struct weak *b = &room->weak[at];
        if (a->hits < b->hits ||
            (a->hits == b->hits && instant_before(a->last_measurement, b->last_measurement))) {
            at = i;
        }
    }
    const uint32_t slot = room->weak[at].slot;
    room->weak_count--;
    room->weak[at] = room->weak[room->weak_count];
    return &t->tracks[slot];
}

/* A free slot; if tentative tracks have all theirs, that of the weakest. NULL if there is none. */
static struct tracker_track *take_slot(struct tracker *t, struct room *room)
{
    if (room->tentative >= TRACKER_TENTATIVE_MAX) {
        return take_weakest(t, room);
    }
    while (room->next < t->slot_end && t->tracks[room->next].id.value != 0) {
        room->next++;
    }
    if (room->next == TRACKER_TRACKS_MAX) {
        return take_weakest(t, room);
    }
    t->slot_end += room->next == t->slot_end ? 1 : 0;
    room->tentative++;
    return &t->tracks[room->next];
}

static void note_look(struct tracker *t, uint8_t site, struct instant time)
{
    if (t->look_site != site || !instant_equal(t->look_time, time)) {
        t->look_site = site;
        t->look_time = time;
        t->look_starts = 0;
    }
}

static void start_track(struct tracker *t, struct room *room, uint8_t site,
                        const struct observation *plot, struct geo_ecef position,
                        const double covariance_m2[9])
{
    struct tracker_track *track = t->look_starts < TRACKER_STARTS_MAX ? take_slot(t, room) : NULL;
    if (track == NULL) {
        life_note_rejected(t, site, OBSERVATION_NO_ROOM);
        return;
    }
    t->unassociated++;
    t->look_starts++;
    memset(track, 0, offsetof(struct tracker_track, memory));
    track->id.value = t->next_id;
    t->next_id++;
    track->status = STATUS_TENTATIVE;
    track->first_detection = plot->validity;
    track->last_measurement = plot->validity;
    track->silence_s_max = life_silence_s(&t->sites[site].sensor);
    track->firm_since = INSTANT_UNSET;
    track->unresolved = INSTANT_UNSET;
    track->look_site = site;
    track->look_time = plot->validity;
    track->hits = 1;
    track->infrared_hits = plot->kind == SENSOR_INFRARED ? 1 : 0;
    filter_start(&track->filter, plot->validity, position, covariance_m2);
    track->filter.heights = measure_is_flat(&t->sites[site], plot) ? 0 : 1;
    track->memory.kept[0].site = site;
    track->memory.kept[0].observation = *plot;
    track->memory.count = 1;
    track->memory.next = 1;
    track->memory.total = 1;
    manoeuvre_test_init(&track->memory.manoeuvre);
    replay_forget(&track->replay);
    kin_begin(t, track, site, plot);
}

static bool pair_sights(struct tracker *t, struct room *room, const struct tracker_sight *fresh)
{
    for (uint32_t i = 0; i < t->sight_count; i++) {
        const struct tracker_sight *old = &t->sights[i];
        const double apart_s =
            fabs(instant_since_s(fresh->observation.validity, old->observation.validity));
        if (old->site == fresh->site || apart_s > SIGHT_AGE_S_MAX) {
            continue;
        }
        struct geo_ecef middle;
        double covariance[9];
        double gap_m = 0.0;
        double distance_m = 0.0;
        if (!sights_meet(&fresh->observation.infrared, &old->observation.infrared, &middle, &gap_m,
                         &distance_m)) {
            continue;
        }
        const double drift_m = SIGHT_SPEED_MPS * apart_s;
        const double sigma_a = t->sites[old->site].sensor.sigma_los_rad * distance_m;
        const double sigma_b = t->sites[fresh->site].sensor.sigma_los_rad * distance_m;
        const double allowed2 = sigma_a * sigma_a + sigma_b * sigma_b + drift_m * drift_m;
        const struct measure_site *both[2] = {&t->sites[fresh->site], &t->sites[old->site]};
        const struct observation *observations[2] = {&fresh->observation, &old->observation};
        if (gap_m * gap_m > SIGHT_GATE * allowed2 ||
            sights_covariance(both, observations, middle, drift_m, covariance) != OK) {
            continue;
        }
        start_track(t, room, fresh->site, &fresh->observation, middle, covariance);
        t->sights[i] = t->sights[t->sight_count - 1];
        t->sight_count--;
        return true;
    }
    return false;
}

static void hold_sight(struct tracker *t, const struct tracker_sight *fresh)
{
    if (t->sight_count == TRACKER_SIGHTS_MAX) {
        memmove(&t->sights[0], &t->sights[1], sizeof t->sights[0] * (TRACKER_SIGHTS_MAX - 1));
        t->sight_count--;
    }
    t->sights[t->sight_count] = *fresh;
    t->sight_count++;
    t->unassociated++;
}

/* What no track explains may be a new object. */
void begin_tracks(struct tracker *t, const struct match *scan)
{
    struct room room;
    note_look(t, scan->site, scan->plots[0].validity);
    find_room(t, scan->site, scan->plots[0].validity, &room);
    /* Where not all may start, each look begins with others. */
    const uint64_t crowded = t->rejected_why[OBSERVATION_NO_ROOM];
    const uint32_t from = scan->count > TRACKER_STARTS_MAX ? (uint32_t)(crowded % scan->count) : 0;
    for (uint32_t k = 0; k < scan->count; k++) {
        const uint32_t i = (from + k) % scan->count;
        if (scan->taken[i]) {
            continue;
        }
        const struct observation *plot = &scan->plots[i];
        if (plot->kind == SENSOR_INFRARED) {
            const struct tracker_sight fresh = {scan->site, *plot};
            if (!pair_sights(t, &room, &fresh)) {
                hold_sight(t, &fresh);
            }
            continue;
        }
        struct geo_ecef position;
        double covariance_m2[9];
        if (measure_position(&t->sites[scan->site], plot, &position, covariance_m2) == OK) {
            start_track(t, &room, scan->site, plot, position, covariance_m2);
        } else {
            life_note_rejected(t, scan->site, OBSERVATION_IMPOSSIBLE);
        }
    }
}

void begin_forget(struct tracker *t, struct instant now)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < t->sight_count; i++) {
        if (instant_since_s(now, t->sights[i].observation.validity) <= SIGHT_AGE_S_MAX) {
            t->sights[kept] = t->sights[i];
            kept++;
        }
    }
    t->sight_count = kept;
}
