#include "fuse/common.h"

#include <assert.h>
#include <string.h>

#include "base/elementary.h"
#include "base/gaussian.h"
#include "base/matrix.h"
#include "geo/ellipsoid.h"
#include "physics/motion.h"

enum { DIM = COMMON_DIM, CELLS = COMMON_CELLS };

/* What steering and staging may do to a boosting track while it is only predicted: as the
 * trackers. */
#define BOOST_THRUST_NOISE MISSILE_THRUST_NOISE
#define EXHAUST_MPS MISSILE_EXHAUST_MPS
/* 1 - 1e-6 quantile of chi-squared with six degrees of freedom: beyond it two nations
 * contradict. */
#define CONTRADICTION 38.3
#define BOOST_SILENCE_S_MAX 60.0
/* Two tracks are compared only if the older one can be predicted that far. */
#define BOOST_GAP_S_MAX 60.0
#define COAST_GAP_S_MAX 5400.0
/* A boost seen this much later than another nation's end of thrust means that thrust resumed. */
#define RESUMED_S 4.0
#define RESUMED_PROBABILITY 0.99
#define BURNING_PROBABILITY 0.9
/* A manoeuvre is over for all if one nation measures a ballistic way this much later than those who
 * saw it: its own test had the time to find it. */
#define UNDONE_S 15.0

/* How it moves: burning, falling, or falling with lift. */
struct way {
    bool ballistic;
    bool manoeuvring;
};

/* Moves a seven-number estimate by dt_s (either sign), with its covariance. */
static void move(struct way way, double x[DIM], double p[CELLS], double dt_s)
{
    const bool ballistic = way.ballistic;
    const int constant = ballistic ? MOTION_LN_BETA : MOTION_THRUST;
    struct motion_state state = {{0}};
    memcpy(state.x, x, 6 * sizeof(double));
    state.x[MOTION_LN_BETA] = COMMON_LN_BETA_MEAN;
    state.x[constant] = x[6];
    const double radius_m = sqrt(x[0] * x[0] + x[1] * x[1] + x[2] * x[2]);
    const double step_s = ballistic && radius_m > ELLIPSOID_A_M + 150e3 ? 10.0 : 1.0;
    double transition[CELLS];
    motion_propagate(ballistic ? MOTION_REENTRY : MOTION_BOOST, &state, dt_s, step_s, transition);
    memcpy(x, state.x, 6 * sizeof(double));
    double moved[CELLS];
    matrix_transform(transition, p, moved, DIM, DIM);
    memcpy(p, moved, sizeof moved);
    const double past_s = fabs(dt_s);
    const double steering = MISSILE_BOOST_NOISE + MISSILE_BOOST_NOISE_BY_THRUST * x[6] * x[6];
    const double noise = way.manoeuvring ? MISSILE_MANOEUVRE_NOISE
                         : ballistic     ? MISSILE_COAST_NOISE
                                         : steering;
    for (int i = 0; i < 3; i++) {
        p[i * DIM + i] += noise * past_s * past_s * past_s / 3.0;
        p[i * DIM + 3 + i] += noise * dt_s * past_s / 2.0;
        p[(3 + i) * DIM + i] += noise * dt_s * past_s / 2.0;
        p[(3 + i) * DIM + 3 + i] += noise * past_s;
    }
    if (!ballistic) {
        p[6 * DIM + 6] += BOOST_THRUST_NOISE * past_s;
        x[6] += x[6] > 3.0 ? x[6] * x[6] * dt_s / EXHAUST_MPS : 0.0;
    }
}

static bool is_ballistic(const struct track *t)
{
    return instant_is_set(t->end_of_thrust);
}

static struct way way_of(const struct track *t)
{
    return (struct way){is_ballistic(t), is_ballistic(t) && t->manoeuvring};
}

/* A thrust that was not measured for a minute may have done anything since. */
static bool is_usable(const struct track *t, struct instant now)
{
    if (t->status != STATUS_FIRM && t->status != STATUS_LOST) {
        return false;
    }
    return is_ballistic(t) || instant_since_s(now, t->last_measurement) <= BOOST_SILENCE_S_MAX;
}

/* The state and covariance of a track as seven numbers at its own time. */
static void widen(const struct track *t, double x[DIM], double p[CELLS])
{
    const double state[6] = {t->position.x_m,   t->position.y_m,   t->position.z_m,
                             t->velocity.x_mps, t->velocity.y_mps, t->velocity.z_mps};
    memcpy(x, state, sizeof state);
    memset(p, 0, sizeof(double) * CELLS);
    for (int i = 0; i < 6; i++) {
        memcpy(p + i * DIM, t->covariance + i * 6, 6 * sizeof(double));
    }
    if (is_ballistic(t)) {
        x[6] = COMMON_LN_BETA_MEAN;
        p[6 * DIM + 6] = COMMON_LN_BETA_VARIANCE;
    } else {
        x[6] = t->thrust_mps2;
        p[6 * DIM + 6] = elementary_square(t->thrust_sigma_mps2) + 1.0;
    }
}

static void predict(const struct common_contribution *c, struct instant now, double x[DIM],
                    double p[CELLS])
{
    if (c->has_beta) {
        memcpy(x, c->x, sizeof c->x);
        memcpy(p, c->p, sizeof c->p);
    } else {
        widen(&c->track, x, p);
    }
    const double dt_s = instant_since_s(now, c->track.time);
    if (dt_s != 0.0) {
        move(way_of(&c->track), x, p, dt_s);
    }
}

static void six_of(const double p[CELLS], double out[36])
{
    for (int i = 0; i < 6; i++) {
        memcpy(out + i * 6, p + i * DIM, 6 * sizeof(double));
    }
}

/* Adds independent information on position and velocity to a seven-number estimate (Kalman form, so
 * that the ballistic coefficient learns too). */
static result add_independent(double x[DIM], double p[CELLS], const double z[6], const double r[36])
{
    double own[36];
    double sum[36];
    double factor[36];
    six_of(p, own);
    for (int i = 0; i < 36; i++) {
        sum[i] = own[i] + r[i];
    }
    TRY(matrix_cholesky(sum, factor, 6));
    double gain_t[6 * DIM]; /* transpose of the gain */
    memcpy(gain_t, p, sizeof gain_t);
    matrix_cholesky_solve(factor, gain_t, 6, DIM);
    double reduced[CELLS];
    for (int i = 0; i < DIM; i++) {
        for (int j = 0; j < DIM; j++) {
            const double taken = j < 6 ? gain_t[j * DIM + i] : 0.0;
            reduced[i * DIM + j] = (i == j ? 1.0 : 0.0) - taken;
        }
    }
    double difference[6];
    for (int i = 0; i < 6; i++) {
        difference[i] = z[i] - x[i];
    }
    double left[CELLS];
    double gain[DIM * 6];
    double right[CELLS];
    for (int i = 0; i < DIM; i++) {
        for (int k = 0; k < 6; k++) {
            gain[i * 6 + k] = gain_t[k * DIM + i];
            x[i] += gain[i * 6 + k] * difference[k];
        }
    }
    matrix_transform(reduced, p, left, DIM, DIM);
    matrix_transform(gain, r, right, DIM, 6);
    for (int i = 0; i < CELLS; i++) {
        p[i] = left[i] + right[i];
    }
    return OK;
}

/* Joins one more contribution to the sum; leaves it out if it contradicts. */
static bool join(bool independent, double x[DIM], double p[CELLS], const double z[DIM],
                 const double r[CELLS])
{
    double own[36];
    double other[36];
    six_of(p, own);
    six_of(r, other);
    double distance = 0.0;
    if (gaussian_distance_squared(x, own, z, other, 6, &distance) != OK ||
        distance > CONTRADICTION) {
        return false;
    }
    if (independent) {
        return add_independent(x, p, z, other) == OK;
    }
    return gaussian_intersect(x, p, z, r, DIM, x, p) == OK;
}

/* Whether the object is taken to be ballistic: somebody is certain that thrust ended, and nobody
 * has seen it burn since. */
static bool decide_ballistic(const struct common_contribution *c, uint32_t count,
                             struct instant now, bool was_ballistic, struct instant *end_of_thrust)
{
    struct instant end = INSTANT_UNSET;
    for (uint32_t i = 0; i < count; i++) {
        if (is_usable(&c[i].track, now) && is_ballistic(&c[i].track) &&
            (!instant_is_set(end) || instant_before(end, c[i].track.end_of_thrust))) {
            end = c[i].track.end_of_thrust;
        }
    }
    if (!instant_is_set(end)) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        const struct track *t = &c[i].track;
        const bool burning =
            is_usable(t, now) && t->status == STATUS_FIRM && t->phase == PHASE_BOOST &&
            t->phase_probability >= (was_ballistic ? RESUMED_PROBABILITY : BURNING_PROBABILITY);
        if (burning && instant_since_s(t->last_measurement, end) > RESUMED_S) {
            return false;
        }
    }
    *end_of_thrust = end;
    return true;
}

/* Whether it is taken to manoeuvre: somebody measured it so, and nobody measured it to fall
 * ballistically much later. */
static bool decide_manoeuvring(const struct common_contribution *c, uint32_t count,
                               struct instant now)
{
    struct instant manoeuvring = INSTANT_UNSET;
    struct instant falling = INSTANT_UNSET;
    for (uint32_t i = 0; i < count; i++) {
        const struct track *t = &c[i].track;
        if (!is_usable(t, now) || !is_ballistic(t)) {
            continue;
        }
        struct instant *latest = t->manoeuvring ? &manoeuvring : &falling;
        if (!instant_is_set(*latest) || instant_before(*latest, t->last_measurement)) {
            *latest = t->last_measurement;
        }
    }
    return instant_is_set(manoeuvring) &&
           (!instant_is_set(falling) || instant_since_s(falling, manoeuvring) <= UNDONE_S);
}

static void note_times(const struct track *t, struct common_solution *s)
{
    if (!instant_is_set(s->last_measurement) ||
        instant_before(s->last_measurement, t->last_measurement)) {
        s->last_measurement = t->last_measurement;
    }
    if (!instant_is_set(s->first_detection) ||
        instant_before(t->first_detection, s->first_detection)) {
        s->first_detection = t->first_detection;
    }
}

static enum track_phase phase_of(const struct common_solution *s)
{
    if (!s->ballistic) {
        return PHASE_BOOST;
    }
    const struct geo_ecef position = {s->x[0], s->x[1], s->x[2]};
    struct geo_geodetic g = {0};
    if (ellipsoid_from_ecef(position, &g) != OK) {
        return PHASE_UNKNOWN;
    }
    if (s->manoeuvring) {
        return PHASE_REENTRY;
    }
    const double rising = s->x[0] * s->x[3] + s->x[1] * s->x[4] + s->x[2] * s->x[5];
    return g.height_m < 100e3 && rising < 0.0 ? PHASE_REENTRY : PHASE_COAST;
}

/* A contribution predicted to the time of the solution. */
struct predicted {
    bool usable;
    double x[DIM];
    double p[CELLS];
};

static bool agree(const struct predicted *a, const struct predicted *b)
{
    double pa[36];
    double pb[36];
    double distance = 0.0;
    six_of(a->p, pa);
    six_of(b->p, pb);
    return gaussian_distance_squared(a->x, pa, b->x, pb, 6, &distance) == OK &&
           distance <= CONTRADICTION;
}

/* Where to start: with the contribution that most others agree with, so that one that lies is the
 * one left out; the first of several (the own nation's stands first). -1 if there is none. */
static int find_start(const struct predicted *all, uint32_t count)
{
    int start = -1;
    int most = -1;
    for (uint32_t i = 0; i < count; i++) {
        if (!all[i].usable) {
            continue;
        }
        int friends = 0;
        for (uint32_t j = 0; j < count; j++) {
            friends += j != i && all[j].usable && agree(&all[i], &all[j]) ? 1 : 0;
        }
        if (friends > most) {
            most = friends;
            start = (int)i;
        }
    }
    return start;
}

static void predict_all(struct common_contribution *contributions, uint32_t count,
                        struct instant now, struct way way, struct predicted *out)
{
    for (uint32_t i = 0; i < count; i++) {
        struct common_contribution *c = &contributions[i];
        c->used = false;
        out[i].usable = is_usable(&c->track, now) && is_ballistic(&c->track) == way.ballistic &&
                        way_of(&c->track).manoeuvring == way.manoeuvring;
        if (out[i].usable) {
            predict(c, now, out[i].x, out[i].p);
        }
    }
}

result common_solve(struct common_contribution *contributions, uint32_t count, struct instant now,
                    bool was_ballistic, struct common_solution *out)
{
    assert(count <= COMMON_CONTRIBUTIONS_MAX);
    struct common_solution s;
    memset(&s, 0, sizeof s);
    s.end_of_thrust = INSTANT_UNSET;
    s.last_measurement = INSTANT_UNSET;
    s.first_detection = INSTANT_UNSET;
    s.ballistic = decide_ballistic(contributions, count, now, was_ballistic, &s.end_of_thrust);
    struct predicted all[COMMON_CONTRIBUTIONS_MAX];
    s.manoeuvring = s.ballistic && decide_manoeuvring(contributions, count, now);
    predict_all(contributions, count, now, (struct way){s.ballistic, s.manoeuvring}, all);
    const int start = find_start(all, count);
    ENSURE(start >= 0, ERR_NOT_FOUND);
    memcpy(s.x, all[start].x, sizeof s.x);
    memcpy(s.p, all[start].p, sizeof s.p);
    contributions[start].used = true;
    for (uint32_t i = 0; i < count; i++) {
        if (all[i].usable && (int)i != start) {
            contributions[i].used =
                join(s.ballistic && !s.manoeuvring, s.x, s.p, all[i].x, all[i].p);
        }
        if (contributions[i].used) {
            note_times(&contributions[i].track, &s);
        }
    }
    double factor[CELLS];
    TRY(matrix_cholesky(s.p, factor, DIM));
    s.phase = phase_of(&s);
    *out = s;
    return OK;
}

result common_predict(struct common_solution *s, double dt_s)
{
    struct common_solution moved = *s;
    double factor[CELLS];
    move((struct way){s->ballistic, s->manoeuvring}, moved.x, moved.p, dt_s);
    TRY(matrix_cholesky(moved.p, factor, DIM));
    moved.phase = phase_of(&moved);
    *s = moved;
    return OK;
}

result common_distance_squared(const struct track *a, const struct track *b, double *out)
{
    const double gap_s = instant_since_s(b->time, a->time);
    const struct track *older = gap_s >= 0.0 ? a : b;
    ENSURE(fabs(gap_s) <= (is_ballistic(older) ? COAST_GAP_S_MAX : BOOST_GAP_S_MAX), ERR_STATE);
    double xa[DIM];
    double pa[CELLS];
    double xb[DIM];
    double pb[CELLS];
    widen(a, xa, pa);
    widen(b, xb, pb);
    if (gap_s > 0.0) {
        move(way_of(a), xa, pa, gap_s);
    } else if (gap_s < 0.0) {
        move(way_of(b), xb, pb, -gap_s);
    }
    double six_a[36];
    double six_b[36];
    six_of(pa, six_a);
    six_of(pb, six_b);
    return gaussian_distance_squared(xa, six_a, xb, six_b, 6, out);
}
