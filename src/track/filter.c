#include "track/filter.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "base/elementary.h"
#include "base/matrix.h"
#include "base/pair.h"
#include "track/batch.h"
#include "track/fall.h"
#include "track/thrust.h"
#include "track/twin.h"

enum { DIM = ESTIMATE_DIM, CELLS = ESTIMATE_CELLS };

#define START_VELOCITY_SIGMA_MPS 4000.0
#define START_THRUST_MPS2 25.0
#define START_THRUST_SIGMA_MPS2 25.0
/* A motor that has burnt for a while has made the object as fast as it is: the faster, the harder
 * it may push by now. */
#define START_THRUST_OVER_S 30.0
#define START_THRUST_SIGMA_OVER_S 60.0
#define BOOST_HOLD_S 60.0  /* mean time before a burning motor stops, as the IMM takes it */
#define COAST_HOLD_S 600.0 /* and before a silent one starts */
/* The boost motion's own noise is that of looks so far apart; for each second more, this much more
 * of it. */
#define STEERING_S 1.0
#define STEERING_BY_GAP 4.0
/* Soon after a motor has stopped the next stage may begin: it is expected so soon. */
#define PAUSE_HOLD_S 20.0
/* It has its fuel still to burn, and is heavy. */
#define RESTART_THRUST_MPS2 25.0
#define RESTART_THRUST_SIGMA_MPS2 15.0
#define OLD_S_MAX 30.0
/* After a silence of this long a coasting object is looked for where it coasts to, nowhere else. */
#define RESUME_S_MAX 15.0
/* A position known no better than this fits everything and proves nothing. */
#define POSITION_SIGMA_M_MAX 30e3
#define THRUST_MIN_MPS2 4.0
/* A stage that turns round and burns back slows itself down; so does drag, below this height. */
#define DRAG_HEIGHT_M_MAX 60e3
/* The bend of the range within the doubt, over the range noise, above which all is fitted anew. */
#define CURVATURE_MAX 0.1
/* How much likelier an infrared sight is of a burning motor than a false one. */
#define SIGHT_LIKELIHOOD_RATIO 100.0

void filter_start(struct filter *f, struct instant time, struct geo_ecef position,
                  const double covariance_m2[9])
{
    memset(f, 0, sizeof *f);
    f->mode = FILTER_DRIFTING;
    f->time = time;
    f->measured = time;
    f->coast_since = INSTANT_UNSET;
    f->end_of_thrust = INSTANT_UNSET;
    struct estimate *e = &f->boost;
    e->x[0] = position.x_m;
    e->x[1] = position.y_m;
    e->x[2] = position.z_m;
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++) {
            e->p[i * DIM + j] = covariance_m2[i * 3 + j];
        }
        e->p[(3 + i) * DIM + 3 + i] = START_VELOCITY_SIGMA_MPS * START_VELOCITY_SIGMA_MPS;
    }
    e->p[6 * DIM + 6] = 1.0;
}

void filter_set_constant(struct estimate *e, double mean, double variance)
{
    e->x[6] = mean;
    for (int i = 0; i < 6; i++) {
        e->p[i * DIM + 6] = 0.0;
        e->p[6 * DIM + i] = 0.0;
    }
    e->p[6 * DIM + 6] = variance;
}

/* What is expected of a motor that was not yet seen to burn. */
static double expected_thrust(const struct estimate *e, double *variance)
{
    const double *v = e->x + 3;
    const double speed = sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
    const double thrust = speed / START_THRUST_OVER_S;
    const double sigma = START_THRUST_SIGMA_MPS2 + speed / START_THRUST_SIGMA_OVER_S;
    *variance = sigma * sigma;
    return thrust > START_THRUST_MPS2 ? thrust : START_THRUST_MPS2;
}

void filter_confirm(struct filter *f)
{
    assert(f->mode == FILTER_DRIFTING);
    f->mode = FILTER_THRUSTING;
    f->coast = f->boost;
    f->boost_probability = 0.5;
    double variance = 0.0;
    const double thrust = expected_thrust(&f->boost, &variance);
    filter_set_constant(&f->boost, thrust, variance);
    filter_set_constant(&f->coast, ESTIMATE_LN_BETA_MEAN, ESTIMATE_LN_BETA_VARIANCE);
}

void filter_release(struct filter *f)
{
    assert(f->mode == FILTER_THRUSTING);
    struct estimate best;
    (void)filter_best(f, &best);
    f->mode = FILTER_DRIFTING;
    f->boost = best;
    filter_set_constant(&f->boost, 0.0, 1.0);
    f->coast_since = INSTANT_UNSET;
}

/* Mixes `from` into `into` with weight w: mean and covariance of the two-part mixture on position
 * and velocity. The seventh numbers mean different things: `into` keeps its own. */
static void mix(struct estimate *into, const struct estimate *from, double w)
{
    double d[6];
    for (int i = 0; i < 6; i++) {
        d[i] = from->x[i] - into->x[i];
        into->x[i] += w * d[i];
    }
    for (int i = 0; i < 6; i++) {
        for (int j = 0; j < 6; j += 2) {
            double *at = into->p + i * DIM + j;
            const pair spread = w * (1.0 - w) * (d[i] * pair_load(d + j));
            pair_store(at,
                       (1.0 - w) * pair_load(at) + w * pair_load(from->p + i * DIM + j) + spread);
        }
        into->p[i * DIM + 6] *= 1.0 - w;
        into->p[6 * DIM + i] = into->p[i * DIM + 6];
    }
}

/* Thrust that ends (or begins) does so anywhere within the last dt_s: a doubt along the velocity of
 * up to thrust * dt_s, taken as uniform; and thrust * dt_s² / 2 in position. */
static void add_switch_doubt(struct estimate *e, double thrust_mps2, double dt_s, double w)
{
    const double *v = e->x + 3;
    const double speed2 = v[0] * v[0] + v[1] * v[1] + v[2] * v[2];
    if (speed2 < 1.0) {
        return;
    }
    const double velocity2 = w * elementary_square(thrust_mps2 * dt_s) / 3.0;
    const double position2 = velocity2 * dt_s * dt_s / 4.0;
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++) {
            const double along = v[i] * v[j] / speed2;
            e->p[i * DIM + j] += position2 * along;
            e->p[(3 + i) * DIM + 3 + j] += velocity2 * along;
        }
    }
}

/* With probability w the motor has only now begun to burn, and its thrust is not known. */
static void renew_thrust(struct estimate *boost, bool next_stage, double w)
{
    double variance = RESTART_THRUST_SIGMA_MPS2 * RESTART_THRUST_SIGMA_MPS2;
    const double thrust = next_stage ? RESTART_THRUST_MPS2 : expected_thrust(boost, &variance);
    const double off = thrust - boost->x[6];
    boost->x[6] += w * off;
    boost->p[CELLS - 1] =
        (1.0 - w) * boost->p[CELLS - 1] + w * variance + w * (1.0 - w) * off * off;
}

void filter_copy(const struct filter *from, struct filter *to)
{
    memcpy(to, from, offsetof(struct filter, registration));
    registration_copy(&from->registration, &to->registration);
}

/* The start of an IMM cycle of dt_s: exchange between the hypotheses. */
static void exchange(struct filter *f, double dt_s)
{
    const bool next_stage = thrust_may_resume(f);
    const double hold_s = next_stage ? PAUSE_HOLD_S : COAST_HOLD_S;
    const pair stay = pair_exp((pair){-dt_s / BOOST_HOLD_S, -dt_s / hold_s});
    const double stop = 1.0 - stay[0];
    const double start = 1.0 - stay[1];
    const double boost = f->boost_probability;
    const double coast = 1.0 - boost;
    const double boost_next = boost * (1.0 - stop) + coast * start;
    const double coast_next = 1.0 - boost_next;
    const double begun = coast * start / boost_next;
    if (f->mode == FILTER_THRUSTING) {
        const double ended = boost * stop / coast_next;
        const struct estimate silent = f->coast;
        mix(&f->coast, &f->boost, ended);
        add_switch_doubt(&f->coast, f->boost.x[6], dt_s, ended);
        mix(&f->boost, &silent, begun);
    } else {
        struct estimate silent;
        registration_apply(&f->registration, &f->coast, &silent);
        mix(&f->boost, &silent, begun);
    }
    if (!f->in_air) {
        renew_thrust(&f->boost, next_stage, begun);
    }
    f->boost_probability = boost_next;
}

/* What else it may do than fall. */
static enum estimate_motion beside_ballistic(const struct filter *f)
{
    return f->in_air ? ESTIMATE_MANOEUVRE : ESTIMATE_BOOST;
}

/* Steering is not white: its turns last for seconds, and between looks far apart they add up. */
static void add_turns(struct estimate *boost, double dt_s)
{
    const double thrust2 = elementary_square(boost->x[6]);
    const double density = MISSILE_BOOST_NOISE + MISSILE_BOOST_NOISE_BY_THRUST * thrust2;
    const double more = STEERING_BY_GAP * (dt_s - STEERING_S) * density;
    for (int i = 0; i < 3 && more > 0.0; i++) {
        boost->p[i * DIM + i] += more * dt_s * dt_s * dt_s / 3.0;
        boost->p[i * DIM + 3 + i] += more * dt_s * dt_s / 2.0;
        boost->p[(3 + i) * DIM + i] += more * dt_s * dt_s / 2.0;
        boost->p[(3 + i) * DIM + 3 + i] += more * dt_s;
    }
}

void filter_predict(struct filter *f, struct instant t)
{
    const double dt_s = instant_since_s(t, f->time);
    if (dt_s <= 0.0) {
        return;
    }
    f->time = t;
    if (f->mode == FILTER_DRIFTING) {
        estimate_predict(ESTIMATE_DRIFT, &f->boost, dt_s);
        return;
    }
    if (f->mode == FILTER_MANOEUVRING) {
        estimate_predict(ESTIMATE_MANOEUVRE, &f->boost, dt_s);
        return;
    }
    exchange(f, dt_s);
    if (!f->in_air) {
        add_turns(&f->boost, dt_s);
    }
    if (f->registration.count == 0) {
        twin_predict(beside_ballistic(f), &f->boost, &f->coast, dt_s, NULL);
        return;
    }
    double transition[CELLS];
    twin_predict(beside_ballistic(f), &f->boost, &f->coast, dt_s, transition);
    registration_predict(&f->registration, transition);
}

/* Rising where the air is too thin to slow anything down by as much as a motor. */
static bool is_above_drag(const struct filter *f)
{
    double height_m = 0.0;
    double rate_mps = 0.0;
    estimate_height(&f->boost, &height_m, &rate_mps);
    return height_m > (rate_mps > 0.0 ? DRAG_HEIGHT_M_MAX : 100e3);
}

/* A motor burns if boost is the likelier and its thrust is not merely a way to explain drag. */
double filter_thrusting(const struct filter *f)
{
    if (f->mode == FILTER_DRIFTING) {
        return 0.5;
    }
    const double thrust_mps2 = f->boost.x[6];
    const bool pushes =
        thrust_mps2 >= THRUST_MIN_MPS2 || (thrust_mps2 <= -THRUST_MIN_MPS2 && is_above_drag(f));
    return pushes && !f->in_air ? f->boost_probability : 0.0;
}

struct instant filter_end_of_thrust(const struct filter *f)
{
    return f->stated ? f->end_of_thrust : INSTANT_UNSET;
}

bool filter_ballistic(const struct filter *f, struct estimate *out)
{
    if (f->mode != FILTER_BALLISTIC) {
        return false;
    }
    registration_apply(&f->registration, &f->coast, out);
    return true;
}

static bool is_silent(const struct filter *f, struct instant t)
{
    return instant_since_s(t, f->measured) > RESUME_S_MAX;
}

enum estimate_motion filter_best(const struct filter *f, struct estimate *out)
{
    if (f->mode == FILTER_DRIFTING) {
        *out = f->boost;
        return ESTIMATE_DRIFT;
    }
    if (f->mode == FILTER_MANOEUVRING) {
        *out = f->boost;
        return ESTIMATE_MANOEUVRE;
    }
    if (filter_ballistic(f, out)) {
        return ESTIMATE_BALLISTIC;
    }
    if (filter_thrusting(f) >= 0.5) {
        *out = f->boost;
        mix(out, &f->coast, 1.0 - f->boost_probability);
        return ESTIMATE_BOOST;
    }
    *out = f->coast;
    mix(out, &f->boost, f->boost_probability);
    return ESTIMATE_BALLISTIC;
}

enum estimate_motion filter_best_at(const struct filter *f, struct instant t, struct estimate *out)
{
    const double ahead_s = instant_since_s(t, f->time);
    if (!thrust_is_open(f) || is_silent(f, t)) {
        const enum estimate_motion motion = filter_best(f, out);
        if (ahead_s > 0.0) {
            estimate_predict(motion, out, ahead_s);
        }
        return motion;
    }
    struct filter ahead;
    filter_copy(f, &ahead);
    filter_predict(&ahead, t);
    const enum estimate_motion motion = filter_best(&ahead, out);
    if (ahead.mode == FILTER_BALLISTIC) {
        mix(out, &ahead.boost, ahead.boost_probability);
    }
    return motion;
}

static bool is_placed(const struct estimate *e)
{
    const double variance = e->p[0] + e->p[DIM + 1] + e->p[2 * (DIM + 1)];
    return variance < elementary_square(POSITION_SIGMA_M_MAX);
}

result filter_predicted(const struct filter *f, const struct measure_site *site, struct instant t,
                        struct filter_prediction *out)
{
    struct filter ahead;
    filter_copy(f, &ahead);
    filter_predict(&ahead, t);
    out->site = site;
    out->age_s = instant_since_s(ahead.time, t);
    out->count = 1;
    ENSURE(out->age_s <= OLD_S_MAX, ERR_STATE);
    if (f->mode == FILTER_DRIFTING || f->mode == FILTER_MANOEUVRING) {
        out->motion[0] = f->mode == FILTER_DRIFTING ? ESTIMATE_DRIFT : ESTIMATE_MANOEUVRE;
        out->estimate[0] = ahead.boost;
        ENSURE(f->mode == FILTER_DRIFTING || is_placed(&ahead.boost), ERR_STATE);
        return OK;
    }
    out->motion[0] = ESTIMATE_BALLISTIC;
    registration_apply(&ahead.registration, &ahead.coast, &out->estimate[0]);
    ENSURE(is_placed(&out->estimate[0]), ERR_STATE);
    if (f->mode == FILTER_BALLISTIC && !f->in_air && is_silent(f, t)) {
        return OK;
    }
    out->count = 2;
    out->motion[1] = beside_ballistic(f);
    out->estimate[1] = ahead.boost;
    ENSURE(is_placed(&out->estimate[1]), ERR_STATE);
    return OK;
}

result filter_compare_predicted(const struct filter_prediction *p, const struct observation *o,
                                struct innovation *out)
{
    struct innovation found[2];
    const bool plain = p->count == 2 && p->age_s == 0.0;
    if (!plain || twin_compare(&p->estimate[0], &p->estimate[1], p->site, o, found) != OK) {
        for (int k = 0; k < p->count; k++) {
            TRY(estimate_compare(p->motion[k], &p->estimate[k], p->site, o, p->age_s, &found[k]));
        }
    }
    const int better =
        p->count == 2 && found[1].distance_squared < found[0].distance_squared ? 1 : 0;
    *out = found[better];
    return OK;
}

result filter_compare(const struct filter *f, const struct measure_site *site,
                      const struct observation *o, struct innovation *out)
{
    struct filter_prediction p;
    TRY(filter_predicted(f, site, o->validity, &p));
    return filter_compare_predicted(&p, o, out);
}

static void keep(struct filter_memory *m, uint8_t site, const struct observation *o)
{
    if (m->count == FILTER_KEPT_MAX) {
        m->gone[m->next] = m->kept[m->next];
    }
    m->kept[m->next].site = site;
    m->kept[m->next].observation = *o;
    m->next = (m->next + 1) % FILTER_KEPT_MAX;
    m->total++;
    if (m->count < FILTER_KEPT_MAX) {
        m->count++;
    }
}

/* The ballistic hypothesis uses an observation, and learns of its sensor's biases if there is room
 * for them. A ready track has none that could be known: it takes the place of what was known. */
static result update_coast(struct filter *f, const struct measure_site *sites, uint8_t site,
                           const struct observation *o, double age_s, struct innovation *found)
{
    struct estimate_update update;
    const bool apart = f->mode == FILTER_BALLISTIC && o->kind != SENSOR_TRACKER &&
                       registration_admit(&f->registration, site, &sites[site]);
    if (apart && f->registration.count > 0) {
        double biases[MEASURE_BIASES];
        registration_believed(&f->registration, site, biases);
        TRY(estimate_update_unbiased(&f->coast, &sites[site], biases, o, age_s, &update));
        TRY(registration_update(&f->registration, site, &update, &f->coast));
        *found = update.found;
        return OK;
    }
    if (o->kind == SENSOR_TRACKER && f->registration.count > 0) {
        registration_apply(&f->registration, &f->coast, &f->coast);
        f->registration.count = 0;
    }
    return estimate_update(ESTIMATE_BALLISTIC, &f->coast, &sites[site], o, age_s, found);
}

/* Both hypotheses use the observation; their probabilities follow their likelihoods. */
static result update_hypotheses(struct filter *f, const struct measure_site *sites, uint8_t site,
                                const struct observation *o, double age_s, double *against_coast)
{
    struct innovation of[TWINS];
    const enum estimate_motion beside = beside_ballistic(f);
    const bool plain = age_s == 0.0 && f->registration.count == 0;
    if (!plain || twin_update(beside, &f->boost, &f->coast, &sites[site], o, of) != OK) {
        TRY(estimate_update(beside, &f->boost, &sites[site], o, age_s, &of[TWIN_BESIDE]));
        TRY(update_coast(f, sites, site, o, age_s, &of[TWIN_BALLISTIC]));
    }
    const double log_ratio = of[TWIN_BALLISTIC].log_likelihood - of[TWIN_BESIDE].log_likelihood;
    const double bounded = log_ratio > 50.0 ? 50.0 : (log_ratio < -50.0 ? -50.0 : log_ratio);
    const double seen = o->kind == SENSOR_INFRARED ? SIGHT_LIKELIHOOD_RATIO : 1.0;
    const double boost_weight = f->boost_probability * seen;
    const double coast_weight = (1.0 - f->boost_probability) * elementary_exp(bounded);
    const double p = boost_weight / (boost_weight + coast_weight);
    /* Before the end of thrust nobody asks. */
    *against_coast =
        f->mode == FILTER_BALLISTIC ? elementary_log(boost_weight + coast_weight) - bounded : 0.0;
    f->boost_probability = p < 1e-6 ? 1e-6 : (p > 1.0 - 1e-6 ? 1.0 - 1e-6 : p);
    return OK;
}

const struct filter_kept *filter_kept_at(const struct filter_memory *m, uint32_t i)
{
    return &m->kept[(m->next + FILTER_KEPT_MAX - 1 - i) % FILTER_KEPT_MAX];
}

struct instant filter_oldest(const struct filter_memory *m)
{
    return filter_kept_at(m, m->count - 1)->observation.validity;
}

/* As long as angles are so poor that ranges bend within the doubt, no update is as good as a fit of
 * everything. */
static void refit(struct filter *f, const struct filter_memory *memory,
                  const struct measure_site *sites, uint8_t site, const struct observation *o)
{
    if (instant_before(f->coast_from, filter_oldest(memory)) ||
        estimate_curvature(&f->coast, &sites[site], o) < CURVATURE_MAX) {
        return;
    }
    struct estimate fit;
    (void)filter_ballistic(f, &fit);
    if (batch_fit(memory, sites, ESTIMATE_BALLISTIC, f->time, f->coast_from, &fit, &f->registration,
                  NULL) == OK) {
        f->coast = fit;
    }
}

/* A coasting object that is seen again after a silence: both hypotheses start from where it coasted
 * to, and nothing speaks for thrust. */
static void begin_again(struct filter *f)
{
    if (!f->in_air) {
        registration_apply(&f->registration, &f->coast, &f->boost);
        filter_set_constant(&f->boost, 0.0, START_THRUST_SIGMA_MPS2 * START_THRUST_SIGMA_MPS2);
    }
    f->boost_probability = 0.01;
}

/* With two hypotheses. */
static result use_both(struct filter *next, struct filter_memory *memory,
                       const struct measure_site *sites, uint8_t site, const struct observation *o,
                       double age_s)
{
    double against_coast = 0.0;
    fall_test(next, memory, sites, site, o);
    TRY(update_hypotheses(next, sites, site, o, age_s, &against_coast));
    if (next->mode != FILTER_BALLISTIC) {
        thrust_follow(next, memory, sites);
        return OK;
    }
    refit(next, memory, sites, site, o);
    thrust_listen(next, against_coast);
    if (next->mode == FILTER_BALLISTIC) {
        const bool was_in_air = next->in_air;
        fall_follow_height(next, memory);
        if (was_in_air && !next->in_air) {
            begin_again(next);
        }
        fall_declare(next, memory, sites);
    }
    return OK;
}

/* A plot that has no height is taken with an assumed one, for the height of what drifts would get
 * out of hand without. */
static result update_drifting(struct filter *f, const struct measure_site *site,
                              const struct observation *o, double age_s)
{
    struct innovation found;
    if (!measure_is_flat(site, o)) {
        f->heights++;
        return estimate_update(ESTIMATE_DRIFT, &f->boost, site, o, age_s, &found);
    }
    struct measure_site assumed_site = *site;
    struct observation assumed = *o;
    measure_assume_height(&assumed_site, &assumed);
    return estimate_update(ESTIMATE_DRIFT, &f->boost, &assumed_site, &assumed, age_s, &found);
}

result filter_update(struct filter *f, struct filter_memory *memory,
                     const struct measure_site *sites, uint8_t site, const struct observation *o)
{
    struct filter next;
    filter_copy(f, &next);
    filter_predict(&next, o->validity);
    const double age_s = instant_since_s(next.time, o->validity);
    ENSURE(age_s <= OLD_S_MAX, ERR_STATE);
    if (next.mode == FILTER_BALLISTIC && is_silent(f, o->validity)) {
        begin_again(&next);
    }
    if (next.mode == FILTER_BALLISTIC && !next.in_air && o->kind == SENSOR_INFRARED &&
        next.boost_probability < 0.5) {
        filter_set_constant(&next.boost, START_THRUST_MPS2,
                            START_THRUST_SIGMA_MPS2 * START_THRUST_SIGMA_MPS2);
    }
    if (instant_before(next.measured, o->validity)) {
        next.measured = o->validity;
    }
    keep(memory, site, o);
    if (next.mode == FILTER_DRIFTING) {
        TRY(update_drifting(&next, &sites[site], o, age_s));
    } else if (next.mode == FILTER_MANOEUVRING) {
        struct innovation found;
        TRY(estimate_update(ESTIMATE_MANOEUVRE, &next.boost, &sites[site], o, age_s, &found));
        fall_try_again(&next, memory, sites);
    } else {
        TRY(use_both(&next, memory, sites, site, o, age_s));
    }
    filter_copy(&next, f);
    return OK;
}
