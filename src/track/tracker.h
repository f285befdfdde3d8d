/* A nation's own sensors' observations become its national tracks.
 *
 * Life of a track: tentative from its first plot; firm after four; lost when it is no longer
 * measured (it goes on being predicted, with growing doubt); dropped when it is on the ground or
 * given up. Two lines of sight from different satellites that meet also start a track. */
#ifndef WATCHFIRE_TRACK_TRACKER_H
#define WATCHFIRE_TRACK_TRACKER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/instant.h"
#include "base/result.h"
#include "model/observation.h"
#include "model/sensor.h"
#include "model/track.h"
#include "track/filter.h"
#include "track/health.h"
#include "track/measure.h"
#include "track/replay.h"

#define TRACKER_SENSORS_MAX 16
#define TRACKER_TRACKS_MAX 1024
/* Tentative tracks never fill more places than this: what is believed always finds one. */
#define TRACKER_TENTATIVE_MAX 512
#define TRACKER_SCAN_MAX 1024
/* A look of a sensor (one time of validity, one scan or several) starts no more tracks. */
#define TRACKER_STARTS_MAX 256
#define TRACKER_SIGHTS_MAX 64
/* A track is lost after so many looks without a plot (silence_s_max). */
#define TRACKER_SILENCE_LOOKS 5.0

enum tracker_kin {
    TRACKER_KIN_UNKNOWN, /* not yet judged */
    TRACKER_KIN_NONE,    /* an object of its own */
    TRACKER_KIN_CHILD    /* came off another */
};

/* How a radar's angles differ from where the track is, in standard deviations, summed over its
 * looks. */
struct tracker_lean {
    double looks;
    double azimuth;
    double elevation;
};

/* The plots of a sensor's latest look, and of the one before. */
struct tracker_crowd {
    struct instant time;
    uint32_t plots;
    uint32_t plots_before;
    double range_m; /* how far it sees */
};

struct tracker_track {
    struct track_id id; /* 0 = the slot is free */
    enum track_status status;
    struct filter filter;
    struct instant first_detection;
    struct instant last_measurement;
    double silence_s_max; /* without a measurement for longer than this it is lost */
    uint32_t hits;
    double score;           /* while tentative: that its plots are of one object (track/chance.h) */
    uint32_t infrared_hits; /* of these, by sensors that see burning motors only */
    struct instant firm_since;
    uint8_t look_site; /* the latest look that it took a plot of: … */
    struct instant look_time;
    uint32_t crowded_out;      /* looks in which others took what it might have used, less those in
                           * which it was measured */
    struct instant unresolved; /* when it last shared an echo with another; unset = never */
    bool began_beside;         /* its first plot fitted a piece of another track */
    enum tracker_kin kin;
    struct track_id parent; /* of a child: what flew before anything came off; else 0 */
    struct tracker_lean lean[TRACKER_SENSORS_MAX];
    bool flying; /* it flies as an aircraft does: tracker_set_flying */
    struct filter_memory memory;
    struct replay replay;
};

/* What was rejected of one sensor. */
struct tracker_rejected {
    uint64_t count;
    enum observation_fault last; /* the latest reason */
};

/* A line of sight that no track explains, waiting for one from another satellite. */
struct tracker_sight {
    uint8_t site;
    struct observation observation;
};

struct tracker {
    struct nation_id owner;
    uint64_t next_id;
    uint32_t slot_end; /* slots from here on are free, and never looked at */
    uint32_t site_count;
    struct measure_site sites[TRACKER_SENSORS_MAX];
    struct health_sum learnt[TRACKER_SENSORS_MAX]; /* from tracks that are over */
    uint32_t sight_count;
    struct tracker_sight sights[TRACKER_SIGHTS_MAX];
    uint64_t used;
    uint64_t rejected; /* the sum of those below */
    uint64_t unassociated;
    uint64_t rejected_why[OBSERVATION_FAULTS];
    struct tracker_rejected rejected_of[TRACKER_SENSORS_MAX];
    struct tracker_crowd crowds[TRACKER_SENSORS_MAX];
    uint8_t look_site; /* the latest look, and … */
    struct instant look_time;
    uint32_t look_starts;                            /* … how many tracks it has started */
    struct tracker_track tracks[TRACKER_TRACKS_MAX]; /* from slot_end on they may hold anything */
    struct filter ahead[TRACKER_TRACKS_MAX]; /* scratch of one scan: predicted to its time */
};

/* The tracker may hold anything before, and its slots still do. */
void tracker_init(struct tracker *t, struct nation_id owner);

/* ERR_FULL beyond TRACKER_SENSORS_MAX, ERR_STATE if the name is taken, ERR_RANGE as
 * sensor_check. */
MUST_USE result tracker_add_sensor(struct tracker *t, const struct sensor *sensor);

/* One scan: observations of one sensor with one time of validity (count 0 to TRACKER_SCAN_MAX; a
 * larger look comes as several scans). Each track uses at most one plot of a look. Plots that no
 * track explains start new ones, as far as there is room: those of tentative tracks give way, least
 * measured first. What finds none is counted as rejected for want of room, and what is not valid
 * for its reason. ERR_NOT_FOUND for an unknown sensor, ERR_STATE if the observations are not of one
 * sensor and one time. */
MUST_USE result tracker_scan(struct tracker *t, const struct observation *scan, uint32_t count);

/* Ages the tracks to `now`: lost, dropped, freed. Call at least once a second. */
void tracker_advance(struct tracker *t, struct instant now);

/* Whether a slot is that track's. */
bool tracker_holds(const struct tracker *t, uint32_t slot, struct track_id id);

/* The national track in a slot, predicted to `at`. False if the slot is free. The launch estimate
 * is not filled in. */
bool tracker_publish(const struct tracker *t, uint32_t slot, struct instant at, struct track *out);

/* Says of the track in a slot that it flies as an aircraft does, or does not any more. What flies
 * is not followed by the motions of missiles, which would take it into the ground. */
void tracker_set_flying(struct tracker *t, uint32_t slot, bool flying);

/* What is found about the sensor that was added as number `index`. */
struct sensor_health tracker_health(const struct tracker *t, uint32_t index);

/* The ballistic estimate of a slot with the ballistic coefficient, predicted to `at`: for impact
 * prediction. False unless the end of thrust is certain. */
bool tracker_ballistic(const struct tracker *t, uint32_t slot, struct instant at,
                       struct estimate *out);

#endif
