#include "fuse/common.h"

#include <assert.h>
#include <string.h>

#include "base/elementary.h"
#include "base/gaussian.h"
#include "base/matrix.h"
#include "base/vector.h"
#include "fuse/intersection.h"
#include "fuse/shared_noise.h"
#include "geo/ellipsoid.h"
#include "physics/motion.h"

enum { DIM = COMMON_DIM, CELLS = COMMON_CELLS };

/* 1 - 1e-6 quantile of chi-squared with six degrees of freedom: beyond it two nations
 * contradict. */
#define CONTRADICTION 38.3
#define BOOST_SILENCE_S_MAX 60.0
/* Two tracks are compared only if the older one can be predicted that far. */
#define BOOST_GAP_S_MAX 60.0
#define COAST_GAP_S_MAX 5400.0
/* What a boosting track owes to measurements is known while there are any. */
#define BOOST_FRESH_S 6.0
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
    const double radius_m = vector_length(x);
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
        p[6 * DIM + 6] += MISSILE_THRUST_NOISE * past_s;
        x[6] += x[6] > 3.0 ? x[6] * x[6] * dt_s / MISSILE_EXHAUST_MPS : 0.0;
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

static bool is_fresh(const struct track *t, struct instant now)
{
    return instant_since_s(now, t->last_measurement) <= BOOST_FRESH_S;
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

/* Thrust is no ballistic coefficient: of that the prior is all that is known. */
static void forget_constant(double x[DIM], double p[CELLS])
{
    for (int i = 0; i < 6; i++) {
        p[i * DIM + 6] = 0.0;
        p[6 * DIM + i] = 0.0;
    }
    x[6] = COMMON_LN_BETA_MEAN;
    p[CELLS - 1] = COMMON_LN_BETA_VARIANCE;
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
    bool usable; /* its track may be believed */
    bool counts; /* and is not there twice */
    bool leads;  /* and moves as the solution does, so that the sum may begin with it */
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
        if (!all[i].counts || !all[i].leads) {
            continue;
        }
        int friends = 0;
        for (uint32_t j = 0; j < count; j++) {
            friends += j != i && all[j].counts && agree(&all[i], &all[j]) ? 1 : 0;
        }
        if (friends > most) {
            most = friends;
            start = (int)i;
        }
    }
    return start;
}

/* Whether two tracks may hold the same measurements. */
static bool overlap(const struct track *a, const struct track *b)
{
    return !instant_is_set(a->span_from) || !instant_is_set(b->span_from) ||
           (!instant_before(a->last_measurement, b->span_from) &&
            !instant_before(b->last_measurement, a->span_from));
}

/* Of tracks of one owner that may hold the same measurements one counts, whatever way they came:
 * the one that was measured last; the first of several. */
static bool is_repeated(const struct common_contribution *all, uint32_t count, uint32_t i,
                        const struct predicted *predicted)
{
    const struct track *t = &all[i].track;
    for (uint32_t j = 0; j < count; j++) {
        const struct track *other = &all[j].track;
        if (j == i || !predicted[j].usable || !nation_id_equal(t->owner, other->owner) ||
            !overlap(t, other)) {
            continue;
        }
        if (instant_before(t->last_measurement, other->last_measurement) ||
            (j < i && instant_equal(t->last_measurement, other->last_measurement))) {
            return true;
        }
    }
    return false;
}

static void predict_all(struct common_contribution *contributions, uint32_t count,
                        struct instant now, struct way way, struct predicted *out)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct common_contribution *c = &contributions[i];
        const struct way own = way_of(&c->track);
        const bool alike = own.ballistic == way.ballistic && own.manoeuvring == way.manoeuvring;
        const bool late =
            way.ballistic && !way.manoeuvring && !own.ballistic && is_fresh(&c->track, now);
        out[i].usable = is_usable(&c->track, now) && (alike || late);
        out[i].leads = alike;
    }
    for (uint32_t i = 0; i < count; i++) {
        struct common_contribution *c = &contributions[i];
        c->used = false;
        /* not a finding (analyzer-use-of-uninitialized-value): the loop before filled it */
        out[i].counts = out[i].usable && !is_repeated(contributions, count, i, out);
        if (out[i].counts) {
            predict(c, now, out[i].x, out[i].p);
            if (!out[i].leads && way.ballistic) {
                forget_constant(out[i].x, out[i].p);
            }
        }
    }
}

/* How a contribution goes in: by what is known of the errors that it shares with the others. */
enum manner {
    SHARES_NOTHING,  /* ballistic, from its owner's measurements since the end of thrust; or not yet
                      * so while the sum is, then its doubt about thrust is its own */
    SHARES_STEERING, /* boosting, and measured just now */
    SHARES_ANYTHING  /* nobody says what is in it, it is a long guess, or it manoeuvres */
};

static enum manner manner_of(const struct track *t, struct instant now, bool ballistic)
{
    if (!instant_is_set(t->span_from)) {
        return SHARES_ANYTHING;
    }
    if (t->manoeuvring) {
        return SHARES_ANYTHING;
    }
    if (ballistic) {
        return SHARES_NOTHING;
    }
    return is_fresh(t, now) ? SHARES_STEERING : SHARES_ANYTHING;
}

/* A sum that grows. */
struct sum {
    struct common_contribution *contributions;
    const struct predicted *all;
    uint32_t count;
    struct instant now;
    bool ballistic;
    bool begun;
    double x[DIM];
    double p[CELLS];
    struct shared_noise noise[COMMON_CONTRIBUTIONS_MAX]; /* of each boosting track */
    /* Of the sum's errors with those of each boosting track that is not in it yet. */
    double cross[COMMON_CONTRIBUTIONS_MAX][CELLS];
};

static bool goes_in(const struct sum *s, uint32_t i, enum manner manner)
{
    return s->all[i].counts &&
           manner_of(&s->contributions[i].track, s->now, s->ballistic) == manner;
}

/* The sum has taken in track k with this weight (beginning: with all of it). */
static void follow_cross(struct sum *s, uint32_t k, const double weight[CELLS])
{
    for (uint32_t j = 0; j < s->count; j++) {
        double of_k[CELLS];
        double part[CELLS];
        if (j == k || !goes_in(s, j, SHARES_STEERING) || s->contributions[j].used) {
            continue;
        }
        shared_noise_cross(&s->noise[k], &s->noise[j], of_k);
        for (int i = 0; i < CELLS; i++) {
            of_k[i] -= s->cross[j][i];
        }
        matrix_multiply(weight, of_k, part, DIM, DIM, DIM);
        for (int i = 0; i < CELLS; i++) {
            s->cross[j][i] += part[i];
        }
    }
}

static void begin_sum(struct sum *s, uint32_t k, enum manner manner)
{
    double whole[CELLS];
    memcpy(s->x, s->all[k].x, sizeof s->x);
    memcpy(s->p, s->all[k].p, sizeof s->p);
    s->begun = true;
    s->contributions[k].used = true;
    matrix_identity(whole, DIM);
    if (manner == SHARES_STEERING) {
        follow_cross(s, k, whole);
    }
}

static bool fits(const struct sum *s, const struct predicted *c)
{
    double own[36];
    double other[36];
    double distance = 0.0;
    six_of(s->p, own);
    six_of(c->p, other);
    return gaussian_distance_squared(s->x, own, c->x, other, 6, &distance) == OK &&
           distance <= CONTRADICTION;
}

static result join(struct sum *s, uint32_t k, enum manner manner)
{
    const struct predicted *c = &s->all[k];
    double other[36];
    double weight[CELLS];
    if (manner == SHARES_NOTHING) {
        six_of(c->p, other);
        return add_independent(s->x, s->p, c->x, other);
    }
    TRY(shared_noise_join(s->x, s->p, c->x, c->p, s->cross[k], weight));
    follow_cross(s, k, weight);
    return OK;
}

/* Adds all that go in in this manner, one by one: `start` first, or what agrees with it, then the
 * others in their order (the own nation's stands first); leaves out what contradicts. */
static void add_each(struct sum *s, uint32_t start, enum manner manner)
{
    for (uint32_t k = 0; k <= s->count; k++) {
        const uint32_t i = k == 0 ? start : k - 1;
        struct common_contribution *c = &s->contributions[i];
        if ((k > 0 && i == start) || !goes_in(s, i, manner)) {
            continue;
        }
        if (s->begun) {
            c->used = fits(s, &s->all[i]) && join(s, i, manner) == OK;
        } else if (s->all[i].leads && agree(&s->all[i], &s->all[start])) {
            begin_sum(s, i, manner);
        }
    }
}

/* All that may share anything with anything, the sum so far among it, at once. Without a sum, all
 * that could not begin one too. */
static void intersect_rest(struct sum *s, uint32_t start)
{
    struct intersection_part parts[COMMON_CONTRIBUTIONS_MAX + 1];
    uint32_t taken[COMMON_CONTRIBUTIONS_MAX];
    uint32_t rest = 0;
    uint32_t count = 0;
    if (s->begun) {
        parts[count++] = (struct intersection_part){s->x, s->p};
    }
    for (uint32_t i = 0; i < s->count; i++) {
        const struct predicted *c = &s->all[i];
        if (s->begun ? goes_in(s, i, SHARES_ANYTHING) && fits(s, c)
                     : c->counts && agree(c, &s->all[start])) {
            parts[count++] = (struct intersection_part){c->x, c->p};
            taken[rest++] = i;
        }
    }
    if (rest == 0 || intersection_solve(parts, count, s->x, s->p) != OK) {
        return;
    }
    s->begun = true;
    for (uint32_t k = 0; k < rest; k++) {
        s->contributions[taken[k]].used = true;
    }
}

/* How each boosting track errs. One alone shares it with nobody. */
static void rely_each(struct sum *s, uint32_t start, struct predicted *all)
{
    uint32_t boosting = 0;
    for (uint32_t i = 0; i < s->count; i++) {
        boosting += goes_in(s, i, SHARES_STEERING) ? 1 : 0;
    }
    for (uint32_t i = 0; boosting > 1 && i < s->count; i++) {
        if (goes_in(s, i, SHARES_STEERING) &&
            shared_noise_rely(all[start].x, all[i].p, &s->noise[i]) != OK) {
            all[i].counts = false;
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
    struct sum sum = {.contributions = contributions,
                      .all = all,
                      .count = count,
                      .now = now,
                      .ballistic = s.ballistic};
    rely_each(&sum, (uint32_t)start, all);
    add_each(&sum, (uint32_t)start, SHARES_NOTHING);
    add_each(&sum, (uint32_t)start, SHARES_STEERING);
    intersect_rest(&sum, (uint32_t)start);
    memcpy(s.x, sum.x, sizeof s.x);
    memcpy(s.p, sum.p, sizeof s.p);
    for (uint32_t i = 0; i < count; i++) {
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
