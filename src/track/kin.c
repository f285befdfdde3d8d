#include "track/kin.h"

#include <string.h>

#include "base/elementary.h"
#include "base/gaussian.h"

enum { DIM = ESTIMATE_DIM };

#define BEGIN_M 10e3
#define BEGIN_HEIGHT_M 40e3  /* lower down aircraft fly beside each other */
#define BEGIN_SIGMA_S 5.0    /* of when that was */
#define BEGIN_SIGMA_MPS 20.0 /* each axis, of the push when it came off */
#define BEGIN_LATER_MPS 3.0  /* and what it may have been pushed later */
#define BEGIN_BOOST_PROBABILITY 0.01
#define BEGIN_THRUST_SIGMA_MPS2 25.0
/* How near parent and child are when the child is judged. */
#define NEAR_M 20e3
#define NEAR_MPS 100.0
#define NEAR_THRUSTING_MPS 1000.0
#define NEAR_SIGMAS 3.0
/* Traced back, parent and child were at one place, within this and their doubt. */
#define MISS_M 500.0
#define TRACE_S_MAX 600.0
/* Certain enough to say that a motor burns, or does not; and how long to wait for that. */
#define BURNING_PROBABILITY 0.9
#define BURNING_S 5.0
#define JUDGE_S 15.0
/* Amid so many pieces plots of several may look like one that burns, or goes elsewhere: that must
 * last this long. */
enum { AMID_PIECES = 3 };
#define AMID_S 20.0

static bool is_believed(const struct tracker_track *track)
{
    return track->id.value != 0 && (track->status == STATUS_FIRM || track->status == STATUS_LOST);
}

/* Where a track is at a time, roughly: moved straight on. */
static double apart_m(const struct tracker_track *track, struct instant time, const double x[6])
{
    const struct filter *f = &track->filter;
    const double *from = f->mode == FILTER_BALLISTIC ? f->coast.x : f->boost.x;
    const double dt_s = instant_since_s(time, f->time);
    double apart2 = 0.0;
    for (int i = 0; i < 3; i++) {
        apart2 += elementary_square(from[i] + from[3 + i] * dt_s - x[i]);
    }
    return sqrt(apart2);
}

static void set_seventh(struct estimate *e, double mean, double variance)
{
    e->x[6] = mean;
    for (int i = 0; i < 6; i++) {
        e->p[i * DIM + 6] = 0.0;
        e->p[6 * DIM + i] = 0.0;
    }
    e->p[6 * DIM + 6] = variance;
}

/* From drifting to ballistic; Page's test takes it back if it burns after all. */
static void begin_ballistic(struct filter *f)
{
    f->mode = FILTER_BALLISTIC;
    f->coast = f->boost;
    f->coast_from = f->time;
    f->end_of_thrust = f->time;
    f->stated = true;
    f->boost_probability = BEGIN_BOOST_PROBABILITY;
    set_seventh(&f->coast, ESTIMATE_LN_BETA_MEAN, ESTIMATE_LN_BETA_VARIANCE);
    set_seventh(&f->boost, 0.0, BEGIN_THRUST_SIGMA_MPS2 * BEGIN_THRUST_SIGMA_MPS2);
}

/* For how long a track has coasted, s; 0 while it thrusts. */
static double coasting_s(const struct tracker_track *track, struct instant time)
{
    const struct filter *f = &track->filter;
    const struct instant since =
        instant_is_set(f->end_of_thrust) ? f->end_of_thrust : f->coast_since;
    const double s = instant_is_set(since) ? instant_since_s(time, since) : 0.0;
    return s > 0.0 ? s : 0.0;
}

/* What came off an object when its thrust ended, before it is seen: as fast as that one but for the
 * push, and by now so far away as the push carried it. */
static void expect_piece(const struct tracker_track *parent, struct instant time,
                         struct estimate *out)
{
    const enum estimate_motion motion = filter_best(&parent->filter, out);
    const double ahead_s = instant_since_s(time, parent->filter.time);
    const double since_s = coasting_s(parent, time);
    if (ahead_s > 0.0) {
        estimate_predict(motion, out, ahead_s);
    }
    const double push2 = BEGIN_SIGMA_MPS * BEGIN_SIGMA_MPS;
    for (int i = 0; i < 3; i++) {
        out->p[i * (DIM + 1)] += push2 * (since_s * since_s + BEGIN_SIGMA_S * BEGIN_SIGMA_S);
        out->p[i * DIM + 3 + i] += push2 * since_s;
        out->p[(3 + i) * DIM + i] += push2 * since_s;
        out->p[(3 + i) * (DIM + 1)] += push2 + BEGIN_LATER_MPS * BEGIN_LATER_MPS;
    }
    set_seventh(out, ESTIMATE_LN_BETA_MEAN, ESTIMATE_LN_BETA_VARIANCE);
}

void kin_begin(const struct tracker *t, struct tracker_track *fresh, uint8_t site,
               const struct observation *plot)
{
    struct estimate best;
    double least = 1e300;
    bool found = false;
    double height_m = 0.0;
    double rate_mps = 0.0;
    estimate_height(&fresh->filter.boost, &height_m, &rate_mps);
    if (height_m < BEGIN_HEIGHT_M) {
        return;
    }
    for (uint32_t i = 0; i < t->slot_end; i++) {
        const struct tracker_track *track = &t->tracks[i];
        if (!is_believed(track) || track->kin != TRACKER_KIN_NONE ||
            apart_m(track, plot->validity, fresh->filter.boost.x) > BEGIN_M) {
            continue;
        }
        struct estimate e;
        struct innovation innovation;
        expect_piece(track, plot->validity, &e);
        if (estimate_update(ESTIMATE_BALLISTIC, &e, &t->sites[site], plot, 0.0, &innovation) ==
                OK &&
            innovation.distance_squared < gaussian_gate(innovation.dim) &&
            innovation.distance_squared < least) {
            least = innovation.distance_squared;
            best = e;
            found = true;
        }
    }
    if (found) {
        fresh->filter.boost = best;
        begin_ballistic(&fresh->filter);
        fresh->began_beside = true;
    }
}

/* Two tracks at one time, one as seen from the other. */
struct relation {
    double apart_m;
    double apart_mps;
    double sigma_m;
    double sigma_mps;
    double miss_m;  /* how near they were when they were nearest, before */
    double since_s; /* when that was, ago */
};

static double sigma_of(const struct estimate *a, const struct estimate *b, int from)
{
    double sum = 0.0;
    for (int i = from; i < from + 3; i++) {
        sum += a->p[i * (DIM + 1)] + b->p[i * (DIM + 1)];
    }
    return sqrt(sum);
}

static struct relation relate(const struct tracker_track *a, const struct tracker_track *b,
                              struct instant now)
{
    const struct tracker_track *both[2] = {a, b};
    struct estimate e[2];
    struct relation out = {0};
    for (int k = 0; k < 2; k++) {
        const enum estimate_motion motion = filter_best(&both[k]->filter, &e[k]);
        const double ahead_s = instant_since_s(now, both[k]->filter.time);
        if (ahead_s > 0.0) {
            estimate_predict(motion, &e[k], ahead_s);
        }
    }
    double dd = 0.0;
    double dv = 0.0;
    double vv = 0.0;
    for (int i = 0; i < 3; i++) {
        const double d = e[1].x[i] - e[0].x[i];
        const double v = e[1].x[3 + i] - e[0].x[3 + i];
        dd += d * d;
        dv += d * v;
        vv += v * v;
    }
    const double back_s = vv > 0.0 ? dv / vv : 0.0;
    out.since_s = back_s < 0.0 ? 0.0 : (back_s > TRACE_S_MAX ? TRACE_S_MAX : back_s);
    const double miss2 = dd - 2.0 * out.since_s * dv + out.since_s * out.since_s * vv;
    out.apart_m = sqrt(dd);
    out.apart_mps = sqrt(vv);
    out.sigma_m = sigma_of(&e[0], &e[1], 0);
    out.sigma_mps = sigma_of(&e[0], &e[1], 3);
    out.miss_m = miss2 > 0.0 ? sqrt(miss2) : 0.0;
    return out;
}

/* Whether the child may have come off the parent. */
static bool may_be_child(const struct tracker_track *parent, const struct tracker_track *child,
                         struct instant now)
{
    const struct relation r = relate(parent, child, now);
    const bool thrusting = filter_thrusting(&parent->filter) >= 0.5;
    if (r.apart_m > NEAR_M ||
        r.apart_mps > NEAR_SIGMAS * r.sigma_mps + (thrusting ? NEAR_THRUSTING_MPS : NEAR_MPS)) {
        return false;
    }
    const double doubt_m = r.sigma_m + r.since_s * r.sigma_mps;
    return thrusting || r.miss_m < MISS_M + NEAR_SIGMAS * doubt_m;
}

/* The track that it most likely came off: the nearest that was believed before it. */
static struct tracker_track *find_parent(struct tracker *t, const struct tracker_track *child,
                                         struct instant now)
{
    struct tracker_track *nearest = NULL;
    double least_m = NEAR_M;
    for (uint32_t i = 0; i < t->slot_end; i++) {
        struct tracker_track *track = &t->tracks[i];
        if (!is_believed(track) || track == child || track->kin == TRACKER_KIN_UNKNOWN ||
            track->filter.mode == FILTER_DRIFTING) {
            continue;
        }
        const double *x =
            child->filter.mode == FILTER_BALLISTIC ? child->filter.coast.x : child->filter.boost.x;
        const double m = apart_m(track, child->filter.time, x);
        if (m < least_m && may_be_child(track, child, now)) {
            least_m = m;
            nearest = track;
        }
    }
    return nearest;
}

/* Whether it is among pieces. */
static bool is_amid(const struct tracker *t, const struct tracker_track *track)
{
    const struct filter *f = &track->filter;
    int pieces = 0;
    for (uint32_t i = 0; i < t->slot_end && pieces < AMID_PIECES; i++) {
        const struct tracker_track *other = &t->tracks[i];
        const double *x = f->mode == FILTER_BALLISTIC ? f->coast.x : f->boost.x;
        pieces += is_believed(other) && other->kin == TRACKER_KIN_CHILD &&
                          apart_m(other, f->time, x) < NEAR_M
                      ? 1
                      : 0;
    }
    return pieces >= AMID_PIECES;
}

void kin_judge(struct tracker *t, struct tracker_track *track, struct instant now)
{
    if (track->status != STATUS_FIRM || track->kin != TRACKER_KIN_UNKNOWN) {
        return;
    }
    const struct tracker_track *parent = find_parent(t, track, now);
    const double thrusting = filter_thrusting(&track->filter);
    const double firm_s = instant_since_s(now, track->firm_since);
    const bool coasts = track->filter.mode == FILTER_BALLISTIC;
    const bool burns = !coasts && thrusting >= BURNING_PROBABILITY && firm_s >= BURNING_S;
    if (parent == NULL || burns) {
        if (firm_s >= AMID_S || !is_amid(t, track)) {
            track->kin = TRACKER_KIN_NONE;
        }
        return;
    }
    /* Of what is traced back within tens of kilometres nothing is said yet. */
    const struct relation r = relate(parent, track, now);
    const bool is_known = NEAR_SIGMAS * (r.sigma_m + r.since_s * r.sigma_mps) < NEAR_M;
    const bool falls = coasts || thrusting <= 1.0 - BURNING_PROBABILITY;
    if ((falls && is_known) || firm_s >= JUDGE_S) {
        track->kin = TRACKER_KIN_CHILD;
        track->parent = parent->kin == TRACKER_KIN_CHILD ? parent->parent : parent->id;
    }
}

void kin_succeed(struct tracker *t, struct tracker_track *lost)
{
    struct tracker_track *heir = NULL;
    double least_m = NEAR_M;
    for (uint32_t i = 0; i < t->slot_end; i++) {
        struct tracker_track *track = &t->tracks[i];
        if (track->id.value == 0 || track->status != STATUS_FIRM ||
            track->kin != TRACKER_KIN_CHILD || track->parent.value != lost->id.value) {
            continue;
        }
        const double *x =
            track->filter.mode == FILTER_BALLISTIC ? track->filter.coast.x : track->filter.boost.x;
        const double m = apart_m(lost, track->filter.time, x);
        if (m < least_m) {
            least_m = m;
            heir = track;
        }
    }
    if (lost->kin != TRACKER_KIN_NONE || heir == NULL) {
        return;
    }
    heir->id = lost->id;
    heir->kin = TRACKER_KIN_NONE;
    heir->parent.value = 0;
    heir->first_detection = lost->first_detection;
    heir->hits += lost->hits;
    heir->infrared_hits += lost->infrared_hits;
    lost->id.value = 0;
}
