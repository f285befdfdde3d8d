#include "track/tracker.h"

#include <assert.h>
#include <string.h>

#include "base/elementary.h"
#include "base/gaussian.h"
#include "base/matrix.h"
#include "physics/missile.h"
#include "track/assign.h"
#include "track/sights.h"

enum { DIM = ESTIMATE_DIM, FIRM_HITS = 4 };

#define SILENCE_S_MIN 8.0
#define TENTATIVE_SILENCES 3.0 /* a tentative track must become firm within so many of them */
#define GIVE_UP_BOOST_S 90.0
#define GIVE_UP_S 900.0
/* A missile that steers does not keep to the boost's model: its gate is this much wider. */
#define BOOST_GATE_FACTOR MISSILE_BOOST_GATE_FACTOR
#define TAKE_OVER_M 20e3
#define SIGHT_AGE_S_MAX 12.0
#define SIGHT_SPEED_MPS 1500.0 /* how fast the object may have moved between two sights */
#define SIGHT_GATE 16.0
#define SAME_SPEED_SIGMA_MPS_MAX 300.0

void tracker_init(struct tracker *t, struct nation_id owner)
{
    memset(t, 0, sizeof *t);
    t->owner = owner;
    t->next_id = 1;
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

static void reject(struct tracker *t, uint8_t site, enum observation_fault why)
{
    t->rejected++;
    t->rejected_why[why]++;
    t->rejected_of[site].count++;
    t->rejected_of[site].last = why;
}

/* The scan as it is worked on: which plots are taken, by which tracks. */
struct scan {
    const struct observation *plots;
    uint32_t count;
    uint8_t site;
    bool taken[TRACKER_SCAN_MAX];
};

static double cost_of(const struct tracker *t, const struct tracker_track *track,
                      const struct scan *scan, uint32_t plot)
{
    struct innovation found;
    if (scan->taken[plot] ||
        filter_compare(&track->filter, &t->sites[scan->site], &scan->plots[plot], &found) != OK) {
        return ASSIGN_FORBIDDEN;
    }
    const bool burning = track->filter.mode == FILTER_THRUSTING;
    if (found.distance_squared > gaussian_gate(found.dim) * (burning ? BOOST_GATE_FACTOR : 1.0)) {
        return ASSIGN_FORBIDDEN;
    }
    return found.distance_squared;
}

/* How long an object may go without a measurement by this sensor before it is taken for lost. */
static double silence_of(const struct sensor *sensor)
{
    const double silence_s = TRACKER_SILENCE_LOOKS * sensor->interval_s;
    return silence_s > SILENCE_S_MIN ? silence_s : SILENCE_S_MIN;
}

/* How far apart two tracks are now, m; the older one is predicted. */
static double apart_m(const struct tracker_track *old, const struct tracker_track *fresh)
{
    struct estimate a;
    struct estimate b;
    const enum estimate_motion motion = filter_best(&old->filter, &a);
    (void)filter_best(&fresh->filter, &b);
    const double ahead_s = instant_since_s(fresh->filter.time, old->filter.time);
    if (ahead_s > 0.0) {
        estimate_move(motion, a.x, ahead_s, NULL);
    }
    double sum = 0.0;
    for (int i = 0; i < 3; i++) {
        sum += elementary_square(a.x[i] - b.x[i]);
    }
    return sqrt(sum);
}

/* Lines of sight alone know the place to some kilometres and the velocity badly. A track that a
 * radar makes firm near such a one is of the same object, and goes on under its name. */
static void take_over(struct tracker *t, struct tracker_track *fresh)
{
    struct tracker_track *nearest = NULL;
    double least_m = TAKE_OVER_M;
    for (uint32_t i = 0; i < TRACKER_TRACKS_MAX; i++) {
        struct tracker_track *old = &t->tracks[i];
        const bool sights_only = old->id.value != 0 && old != fresh &&
                                 (old->status == STATUS_FIRM || old->status == STATUS_LOST) &&
                                 old->infrared_hits == old->hits;
        const double m = sights_only ? apart_m(old, fresh) : TAKE_OVER_M;
        if (m < least_m) {
            least_m = m;
            nearest = old;
        }
    }
    if (nearest == NULL || fresh->infrared_hits == fresh->hits) {
        return;
    }
    fresh->id = nearest->id;
    fresh->first_detection = nearest->first_detection;
    fresh->infrared_hits += nearest->infrared_hits;
    fresh->hits += nearest->hits;
    nearest->id.value = 0;
}

static void note_hit(struct tracker *t, struct tracker_track *track, const struct scan *scan,
                     const struct observation *plot)
{
    const double silence_s = silence_of(&t->sites[scan->site].sensor);
    track->hits++;
    track->infrared_hits += plot->kind == SENSOR_INFRARED ? 1 : 0;
    if (instant_before(track->last_measurement, plot->validity)) {
        track->last_measurement = plot->validity;
    }
    if (silence_s > track->silence_s_max) {
        track->silence_s_max = silence_s;
    }
    if (track->status == STATUS_LOST) {
        track->status = STATUS_FIRM;
    }
    if (track->status == STATUS_TENTATIVE && track->hits >= FIRM_HITS) {
        track->status = STATUS_FIRM;
        track->firm_since = plot->validity;
        take_over(t, track);
    }
    if (track->status == STATUS_FIRM && !track->flying && track->filter.mode == FILTER_DRIFTING &&
        track->filter.heights >= FIRM_HITS) {
        filter_confirm(&track->filter);
        replay_begin(&track->replay, &track->filter, &track->memory);
    }
}

/* Matches free plots to the tracks that are (or are not) tentative. */
static void associate(struct tracker *t, struct scan *scan, bool tentative)
{
    _Static_assert(ASSIGN_COLUMNS_MAX == TRACKER_SCAN_MAX + TRACKER_TRACKS_MAX,
                   "assign is too small");
    struct tracker_track *rows[TRACKER_TRACKS_MAX];
    int row_count = 0;
    for (uint32_t i = 0; i < TRACKER_TRACKS_MAX; i++) {
        struct tracker_track *track = &t->tracks[i];
        const bool alive = track->id.value != 0 && track->status != STATUS_DROPPED;
        if (alive && (track->status == STATUS_TENTATIVE) == tentative) {
            rows[row_count] = track;
            row_count++;
        }
    }
    if (row_count == 0 || scan->count == 0) {
        return;
    }
    const int columns = (int)scan->count + row_count;
    double cost[TRACKER_TRACKS_MAX * ASSIGN_COLUMNS_MAX];
    memset(cost, 0, sizeof cost[0] * (size_t)(row_count * columns));
    for (int r = 0; r < row_count; r++) {
        for (uint32_t c = 0; c < scan->count; c++) {
            cost[r * columns + (int)c] = cost_of(t, rows[r], scan, c);
        }
        for (int c = (int)scan->count; c < columns; c++) {
            cost[r * columns + c] = gaussian_gate(6) * BOOST_GATE_FACTOR;
        }
    }
    int column_of[TRACKER_TRACKS_MAX];
    assign_rows(cost, row_count, columns, column_of);
    for (int r = 0; r < row_count; r++) {
        const int c = column_of[r];
        if (c >= (int)scan->count || cost[r * columns + c] >= ASSIGN_FORBIDDEN) {
            continue;
        }
        const struct observation *plot = &scan->plots[c];
        if (replay_update(&rows[r]->replay, &rows[r]->filter, &rows[r]->memory, t->sites,
                          scan->site, plot) == OK) {
            scan->taken[c] = true;
            t->used++;
            note_hit(t, rows[r], scan, plot);
        }
    }
}

static struct tracker_track *free_slot(struct tracker *t)
{
    for (uint32_t i = 0; i < TRACKER_TRACKS_MAX; i++) {
        if (t->tracks[i].id.value == 0) {
            return &t->tracks[i];
        }
    }
    return NULL;
}

static void start_track(struct tracker *t, uint8_t site, const struct observation *plot,
                        struct geo_ecef position, const double covariance_m2[9])
{
    struct tracker_track *track = free_slot(t);
    if (track == NULL) {
        reject(t, site, OBSERVATION_NO_ROOM);
        return;
    }
    memset(track, 0, sizeof *track);
    track->id.value = t->next_id;
    t->next_id++;
    track->status = STATUS_TENTATIVE;
    track->first_detection = plot->validity;
    track->last_measurement = plot->validity;
    track->silence_s_max = silence_of(&t->sites[site].sensor);
    track->firm_since = INSTANT_UNSET;
    track->hits = 1;
    track->infrared_hits = plot->kind == SENSOR_INFRARED ? 1 : 0;
    filter_start(&track->filter, plot->validity, position, covariance_m2);
    track->filter.heights = measure_is_flat(&t->sites[site], plot) ? 0 : 1;
    track->memory.kept[0].site = site;
    track->memory.kept[0].observation = *plot;
    track->memory.count = 1;
    track->memory.next = 1;
    t->unassociated++;
}

static bool pair_sights(struct tracker *t, const struct tracker_sight *fresh)
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
        start_track(t, fresh->site, &fresh->observation, middle, covariance);
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
static void start_from_rest(struct tracker *t, const struct scan *scan)
{
    for (uint32_t i = 0; i < scan->count; i++) {
        if (scan->taken[i]) {
            continue;
        }
        const struct observation *plot = &scan->plots[i];
        if (plot->kind == SENSOR_INFRARED) {
            const struct tracker_sight fresh = {scan->site, *plot};
            if (!pair_sights(t, &fresh)) {
                hold_sight(t, &fresh);
            }
            continue;
        }
        struct geo_ecef position;
        double covariance_m2[9];
        if (measure_position(&t->sites[scan->site], plot, &position, covariance_m2) == OK) {
            start_track(t, scan->site, plot, position, covariance_m2);
        } else {
            reject(t, scan->site, OBSERVATION_IMPOSSIBLE);
        }
    }
}

result tracker_scan(struct tracker *t, const struct observation *scan, uint32_t count)
{
    ENSURE(count <= TRACKER_SCAN_MAX, ERR_FULL);
    if (count == 0) {
        return OK;
    }
    const int site = find_site(t, scan[0].sensor);
    ENSURE(site >= 0, ERR_NOT_FOUND);
    struct scan work = {.plots = scan, .count = count, .site = (uint8_t)site};
    for (uint32_t i = 0; i < count; i++) {
        ENSURE(sensor_id_equal(scan[i].sensor, scan[0].sensor), ERR_STATE);
        ENSURE(instant_equal(scan[i].validity, scan[0].validity), ERR_STATE);
        const enum observation_fault fault = observation_fault(&scan[i], &t->sites[site].sensor);
        if (fault != OBSERVATION_GOOD) {
            work.taken[i] = true;
            reject(t, work.site, fault);
        }
    }
    associate(t, &work, false);
    associate(t, &work, true);
    start_from_rest(t, &work);
    return OK;
}

static bool on_the_ground(const struct tracker_track *track, struct instant now)
{
    struct estimate best;
    const enum estimate_motion motion = filter_best(&track->filter, &best);
    const double ahead_s = instant_since_s(now, track->filter.time);
    if (motion != ESTIMATE_DRIFT && ahead_s > 0.0) {
        estimate_move(motion, best.x, ahead_s, NULL);
    }
    double height_m = 0.0;
    double rate_mps = 0.0;
    estimate_height(&best, &height_m, &rate_mps);
    return height_m < -1e3 || (height_m < 1e3 && rate_mps < -50.0);
}

/* What the track taught about the sensors outlives it. */
static void end_track(struct tracker *t, struct tracker_track *track)
{
    for (uint32_t i = 0; i < t->site_count; i++) {
        health_add(&t->learnt[i], &track->filter.registration, (uint8_t)i, &t->sites[i]);
    }
    track->id.value = 0;
}

static void age(struct tracker *t, struct tracker_track *track, struct instant now)
{
    const double silent_s = instant_since_s(now, track->last_measurement);
    const bool ballistic = track->filter.mode == FILTER_BALLISTIC;
    switch (track->status) {
    case STATUS_TENTATIVE:
        if (silent_s > track->silence_s_max || instant_since_s(now, track->first_detection) >
                                                   TENTATIVE_SILENCES * track->silence_s_max) {
            track->id.value = 0;
        }
        return;
    case STATUS_FIRM:
        if (silent_s > track->silence_s_max) {
            track->status = STATUS_LOST;
        }
        break;
    case STATUS_LOST:
        if (silent_s > (ballistic ? GIVE_UP_S * 5.0 : GIVE_UP_BOOST_S)) {
            track->status = STATUS_DROPPED;
        }
        break;
    case STATUS_DROPPED:
        end_track(t, track);
        return;
    }
    if (on_the_ground(track, now)) {
        track->status = STATUS_DROPPED;
    }
}

/* Whether two tracks are of one object: near in position and velocity, both well known. */
static bool same_object(const struct tracker_track *a, const struct tracker_track *b)
{
    struct instant t = a->filter.time;
    if (instant_before(t, b->filter.time)) {
        t = b->filter.time;
    }
    const struct tracker_track *both[2] = {a, b};
    double x[2][6];
    double p[2][36];
    double factor = 1.0;
    for (int k = 0; k < 2; k++) {
        factor = both[k]->filter.mode == FILTER_THRUSTING ? BOOST_GATE_FACTOR : factor;
        struct estimate e;
        const enum estimate_motion motion = filter_best(&both[k]->filter, &e);
        estimate_predict(motion, &e, instant_since_s(t, both[k]->filter.time));
        for (int i = 0; i < 36; i++) {
            p[k][i] = e.p[(i / 6) * DIM + i % 6];
        }
        memcpy(x[k], e.x, sizeof x[k]);
        for (int i = 3; i < 6; i++) {
            if (p[k][i * 7] > elementary_square(SAME_SPEED_SIGMA_MPS_MAX)) {
                return false;
            }
        }
    }
    double distance = 0.0;
    return gaussian_distance_squared(x[0], p[0], x[1], p[1], 6, &distance) == OK &&
           distance < gaussian_gate(6) * factor;
}

/* Two firm tracks of one object: the one with fewer measurements goes. */
static void merge_doubles(struct tracker *t)
{
    for (uint32_t i = 0; i < TRACKER_TRACKS_MAX; i++) {
        struct tracker_track *a = &t->tracks[i];
        for (uint32_t j = i + 1; j < TRACKER_TRACKS_MAX; j++) {
            struct tracker_track *b = &t->tracks[j];
            const bool both = a->id.value != 0 && b->id.value != 0 &&
                              (a->status == STATUS_FIRM || a->status == STATUS_LOST) &&
                              (b->status == STATUS_FIRM || b->status == STATUS_LOST);
            if (both && same_object(a, b)) {
                struct tracker_track *younger = a->hits >= b->hits ? b : a;
                younger->status = STATUS_DROPPED;
            }
        }
    }
}

static void forget_old_sights(struct tracker *t, struct instant now)
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

void tracker_advance(struct tracker *t, struct instant now)
{
    for (uint32_t i = 0; i < TRACKER_TRACKS_MAX; i++) {
        if (t->tracks[i].id.value != 0) {
            age(t, &t->tracks[i], now);
        }
    }
    merge_doubles(t);
    forget_old_sights(t, now);
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
    if (track->id.value == 0) {
        return false;
    }
    struct estimate e;
    const enum estimate_motion motion = filter_best(&track->filter, &e);
    const double ahead_s = instant_since_s(at, track->filter.time);
    if (ahead_s > 0.0) {
        estimate_predict(motion, &e, ahead_s);
    }
    memset(out, 0, sizeof *out);
    out->id = track->id;
    out->owner = t->owner;
    out->status = track->status;
    out->manoeuvring = motion == ESTIMATE_MANOEUVRE;
    out->phase = phase_of(motion, &e);
    const double thrusting = filter_thrusting(&track->filter);
    out->phase_probability = out->phase == PHASE_BOOST ? thrusting : 1.0 - thrusting;
    out->time = ahead_s > 0.0 ? at : track->filter.time;
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
    if (track->id.value == 0 || !instant_is_set(filter_end_of_thrust(&track->filter)) ||
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
    for (uint32_t i = 0; i < TRACKER_TRACKS_MAX; i++) {
        if (t->tracks[i].id.value != 0 && t->tracks[i].filter.mode == FILTER_BALLISTIC) {
            health_add(&sum, &t->tracks[i].filter.registration, (uint8_t)index, &t->sites[index]);
        }
    }
    return health_judge(&sum, &t->sites[index]);
}
