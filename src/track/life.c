#include "track/life.h"

#include <string.h>

#include "base/elementary.h"
#include "base/gaussian.h"
#include "physics/missile.h"
#include "track/chance.h"
#include "track/kin.h"
#include "track/lean.h"

enum { DIM = ESTIMATE_DIM, FIRM_HITS = 4, APART_LOOKS = 2, GROUP_LOOKS = 60, CROWDED_LOOKS = 5 };

#define SILENCE_S_MIN 8.0
#define TENTATIVE_SILENCES 3.0 /* a tentative track must become firm within so many of them */
#define GIVE_UP_BOOST_S 90.0
#define GIVE_UP_S 4500.0
#define GIVE_UP_PIECE_S 30.0
#define SPEED_MPS_MAX 12e3
#define SPEED_SIGMAS 3.0
#define TAKE_OVER_M 20e3
#define SAME_SPEED_SIGMA_MPS_MAX 300.0
/* What is farther apart than this is not compared. */
#define SAME_PLACE_SIGMAS 8.0
#define SAME_PLACE_M 1e3
#define SAME_PLACE_MPS2 300.0
/* A missile that steers does not keep to the boost's model: its gate is this much wider. */
#define BOOST_GATE_FACTOR MISSILE_BOOST_GATE_FACTOR

double life_silence_s(const struct sensor *sensor)
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
    for (uint32_t i = 0; i < t->slot_end; i++) {
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

void life_note_rejected(struct tracker *t, uint8_t site, enum observation_fault why)
{
    t->rejected++;
    t->rejected_why[why]++;
    t->rejected_of[site].count++;
    t->rejected_of[site].last = why;
}

void life_note_hit(struct tracker *t, struct tracker_track *track, uint8_t site,
                   const struct observation *plot)
{
    const double silence_s = life_silence_s(&t->sites[site].sensor);
    track->look_site = site;
    track->look_time = plot->validity;
    track->hits++;
    track->crowded_out -= track->crowded_out > 0 ? 1 : 0;
    lean_note(track, site, t->sites, plot);
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
    const bool is_new = track->status == STATUS_TENTATIVE && track->hits >= FIRM_HITS &&
                        chance_is_passed(track->score);
    if (is_new) {
        track->status = STATUS_FIRM;
        track->firm_since = plot->validity;
        take_over(t, track);
    }
    if (track->status == STATUS_FIRM && !track->flying && track->filter.mode == FILTER_DRIFTING &&
        track->filter.heights >= FIRM_HITS) {
        filter_confirm(&track->filter);
        replay_begin(&track->replay, &track->filter, &track->memory);
    }
    if (is_new) {
        kin_judge(t, track, plot->validity);
    }
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

/* Faster than what comes down from an orbit, by all doubt: plots that have nothing to do with each
 * other. */
static bool is_too_fast(const struct tracker_track *track)
{
    const struct filter *f = &track->filter;
    const struct estimate *e = f->mode == FILTER_BALLISTIC ? &f->coast : &f->boost;
    const double *v = e->x + 3;
    const double variance = e->p[3 * (DIM + 1)] + e->p[4 * (DIM + 1)] + e->p[5 * (DIM + 1)];
    const double speed_mps = sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
    return speed_mps - SPEED_SIGMAS * sqrt(variance) > SPEED_MPS_MAX;
}

static double give_up_s(const struct tracker_track *track)
{
    if (track->kin == TRACKER_KIN_CHILD) {
        return GIVE_UP_PIECE_S;
    }
    return track->filter.mode == FILTER_BALLISTIC ? GIVE_UP_S : GIVE_UP_BOOST_S;
}

static void age(struct tracker *t, struct tracker_track *track, struct instant now)
{
    const struct instant last =
        life_is_unresolved(track) ? track->unresolved : track->last_measurement;
    const double silent_s = instant_since_s(now, last);
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
            kin_succeed(t, track);
        }
        break;
    case STATUS_LOST:
        if (silent_s > give_up_s(track)) {
            track->status = STATUS_DROPPED;
        }
        break;
    case STATUS_DROPPED:
        end_track(t, track);
        return;
    }
    if (track->id.value != 0 && (on_the_ground(track, now) || is_too_fast(track))) {
        track->status = STATUS_DROPPED;
    }
}

void life_note_crowded(struct tracker *t, struct tracker_track *track)
{
    track->crowded_out++;
    if (track->crowded_out >= CROWDED_LOOKS) {
        track->status = STATUS_DROPPED;
        kin_succeed(t, track);
    }
}

/* Two tracks that used plots of the same looks of the same sensors are two objects: as many looks
 * as these prove it. */
static bool seen_apart(const struct tracker_track *a, const struct tracker_track *b, int looks)
{
    int together = 0;
    for (uint32_t i = 0; i < a->memory.count && together < looks; i++) {
        const struct filter_kept *x = &a->memory.kept[i];
        for (uint32_t k = 0; k < b->memory.count; k++) {
            const struct filter_kept *y = &b->memory.kept[k];
            if (x->site == y->site &&
                instant_equal(x->observation.validity, y->observation.validity)) {
                together++;
                break;
            }
        }
    }
    return together >= looks;
}

bool life_is_unresolved(const struct tracker_track *track)
{
    return instant_is_set(track->unresolved) &&
           !instant_before(track->unresolved, track->last_measurement);
}

bool life_note_one_echo(struct tracker_track *track, struct tracker_track *other,
                        struct instant now)
{
    if (track->status != STATUS_FIRM || other->status != STATUS_FIRM ||
        (!life_is_unresolved(track) && !seen_apart(track, other, GROUP_LOOKS))) {
        return false;
    }
    track->unresolved = now;
    other->unresolved = now;
    return true;
}

static bool is_believed(const struct tracker_track *track)
{
    return track->id.value != 0 && (track->status == STATUS_FIRM || track->status == STATUS_LOST);
}

/* Where a track is about at a time: what is farther apart cannot be one object. Where it is exactly
 * is worked out once, when it is first asked for. */
struct place {
    struct tracker_track *track;
    double at[3];
    double reach_m;
    bool is_exact;
    double x[6];
    double p[36];
};

static bool is_speed_known(const double *p, int dim)
{
    for (int i = 3; i < 6; i++) {
        if (p[i * (dim + 1)] > elementary_square(SAME_SPEED_SIGMA_MPS_MAX)) {
            return false;
        }
    }
    return true;
}

/* False if it is not known well enough to be compared. */
static bool find_place(struct tracker_track *track, struct instant time, struct place *out)
{
    const struct filter *f = &track->filter;
    const double *x = f->mode == FILTER_BALLISTIC ? f->coast.x : f->boost.x;
    const double *p = f->mode == FILTER_BALLISTIC ? f->coast.p : f->boost.p;
    const double dt_s = instant_since_s(time, f->time);
    const double position2 = p[0] + p[DIM + 1] + p[2 * (DIM + 1)];
    const double velocity2 = p[3 * (DIM + 1)] + p[4 * (DIM + 1)] + p[5 * (DIM + 1)];
    out->track = track;
    out->is_exact = false;
    for (int i = 0; i < 3; i++) {
        out->at[i] = x[i] + x[3 + i] * dt_s;
    }
    out->reach_m = SAME_PLACE_SIGMAS * (sqrt(position2) + dt_s * sqrt(velocity2)) + SAME_PLACE_M +
                   0.5 * SAME_PLACE_MPS2 * dt_s * dt_s;
    return is_speed_known(p, DIM);
}

static void make_exact(struct place *place, struct instant time)
{
    struct estimate e;
    const enum estimate_motion motion = filter_best(&place->track->filter, &e);
    const double ahead_s = instant_since_s(time, place->track->filter.time);
    if (ahead_s > 0.0) {
        estimate_predict(motion, &e, ahead_s);
    }
    for (int i = 0; i < 36; i++) {
        place->p[i] = e.p[(i / 6) * DIM + i % 6];
    }
    memcpy(place->x, e.x, sizeof place->x);
    place->is_exact = true;
}

/* Whether two tracks are of one object: near in position and velocity, both well known. */
static bool same_object(struct place *a, struct place *b, struct instant time)
{
    struct place *both[2] = {a, b};
    double factor = 1.0;
    for (int k = 0; k < 2; k++) {
        const bool burns = both[k]->track->filter.mode == FILTER_THRUSTING;
        factor = burns ? BOOST_GATE_FACTOR : factor;
        if (!both[k]->is_exact) {
            make_exact(both[k], time);
        }
        if (!is_speed_known(both[k]->p, 6)) {
            return false;
        }
    }
    double distance = 0.0;
    return gaussian_distance_squared(a->x, a->p, b->x, b->p, 6, &distance) == OK &&
           distance < gaussian_gate(6) * factor;
}

/* Two firm tracks of one object: the one with fewer measurements goes. */
static void merge_pair(struct place *p, struct place *q, struct instant time)
{
    struct tracker_track *a = p->track;
    struct tracker_track *b = q->track;
    double apart2 = 0.0;
    for (int i = 0; i < 3; i++) {
        apart2 += elementary_square(p->at[i] - q->at[i]);
    }
    if (apart2 < elementary_square(p->reach_m + q->reach_m) && a->status != STATUS_DROPPED &&
        b->status != STATUS_DROPPED && !life_is_unresolved(a) && !life_is_unresolved(b) &&
        same_object(p, q, time) && !seen_apart(a, b, APART_LOOKS)) {
        struct tracker_track *younger = a->hits >= b->hits ? b : a;
        younger->status = STATUS_DROPPED;
    }
}

/* All are compared at one time: now, or when the latest of them was measured. */
static void merge_doubles(struct tracker *t, struct instant now)
{
    struct place places[TRACKER_TRACKS_MAX];
    uint32_t count = 0;
    struct instant time = now;
    for (uint32_t i = 0; i < t->slot_end; i++) {
        const struct tracker_track *track = &t->tracks[i];
        if (is_believed(track) && instant_before(time, track->filter.time)) {
            time = track->filter.time;
        }
    }
    for (uint32_t i = 0; i < t->slot_end; i++) {
        struct tracker_track *track = &t->tracks[i];
        if (is_believed(track) && find_place(track, time, &places[count])) {
            count++;
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t j = i + 1; j < count; j++) {
            merge_pair(&places[i], &places[j], time);
        }
    }
}

void life_advance(struct tracker *t, struct instant now)
{
    for (uint32_t i = 0; i < t->slot_end; i++) {
        if (t->tracks[i].id.value != 0) {
            age(t, &t->tracks[i], now);
            kin_judge(t, &t->tracks[i], now);
        }
    }
    lean_drop(t);
    merge_doubles(t, now);
}
