#include "track/filter.h"

#include <assert.h>
#include <string.h>

#include "base/elementary.h"
#include "base/matrix.h"
#include "track/batch.h"
#include "track/fall.h"

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
#define OLD_S_MAX 30.0
/* After a silence of this long a coasting object is looked for where it coasts to, nowhere else. */
#define RESUME_S_MAX 15.0
/* A position known no better than this fits everything and proves nothing. */
#define POSITION_SIGMA_M_MAX 30e3
/* The end of thrust is declared when ballistic has been the likelier for this long: longer than
 * the common pause between stages, less the time it takes to notice; and when the observations
 * since then bound the thrust: below a quarter of what it was, within these limits, by two and a
 * half sigma. Poor sensors take longer. */
#define COAST_DECLARED_S 6.0
#define THRUST_LIMIT_SHARE 0.25
#define THRUST_LIMIT_MIN_MPS2 8.0
#define THRUST_LIMIT_MAX_MPS2 15.0
#define THRUST_LIMIT_SIGMAS 2.5
/* What is seen within this time of the change may still have been under thrust. */
#define COAST_MARGIN_S 0.5
#define THRUST_MIN_MPS2 4.0
/* How large Page's sum grows before the ballistic estimate is given up. */
#define AGAINST_BALLISTIC_MAX 15.0
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

static void set_constant(struct estimate *e, double mean, double variance)
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
    set_constant(&f->boost, thrust, variance);
    set_constant(&f->coast, ESTIMATE_LN_BETA_MEAN, ESTIMATE_LN_BETA_VARIANCE);
}

/* Mixes `from` into `into` with weight w: mean and covariance of the two-part mixture on position
 * and velocity. The seventh numbers mean different things: `into` keeps its own. */
static void mix(const struct estimate *into, const struct estimate *from, double w,
                struct estimate *out)
{
    *out = *into;
    double d[6];
    for (int i = 0; i < 6; i++) {
        d[i] = from->x[i] - into->x[i];
        out->x[i] = into->x[i] + w * d[i];
    }
    for (int i = 0; i < 6; i++) {
        for (int j = 0; j < 6; j++) {
            out->p[i * DIM + j] = (1.0 - w) * into->p[i * DIM + j] + w * from->p[i * DIM + j] +
                                  w * (1.0 - w) * d[i] * d[j];
        }
        out->p[i * DIM + 6] = (1.0 - w) * into->p[i * DIM + 6];
        out->p[6 * DIM + i] = out->p[i * DIM + 6];
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
static void renew_thrust(struct estimate *boost, double w)
{
    double variance = 0.0;
    const double off = expected_thrust(boost, &variance) - boost->x[6];
    boost->x[6] += w * off;
    boost->p[CELLS - 1] =
        (1.0 - w) * boost->p[CELLS - 1] + w * variance + w * (1.0 - w) * off * off;
}

/* The start of an IMM cycle of dt_s: exchange between the hypotheses. */
static void exchange(struct filter *f, double dt_s)
{
    const double stop = 1.0 - elementary_exp(-dt_s / BOOST_HOLD_S);
    const double start = 1.0 - elementary_exp(-dt_s / COAST_HOLD_S);
    const double boost = f->boost_probability;
    const double coast = 1.0 - boost;
    const double boost_next = boost * (1.0 - stop) + coast * start;
    const double coast_next = 1.0 - boost_next;
    struct estimate boost_mixed;
    struct estimate unmixed;
    registration_apply(&f->registration, &f->coast, &unmixed);
    mix(&f->boost, &unmixed, coast * start / boost_next, &boost_mixed);
    if (!f->in_air) {
        renew_thrust(&boost_mixed, coast * start / boost_next);
    }
    if (f->mode == FILTER_THRUSTING) {
        struct estimate coast_mixed;
        mix(&f->coast, &f->boost, boost * stop / coast_next, &coast_mixed);
        add_switch_doubt(&coast_mixed, f->boost.x[6], dt_s, boost * stop / coast_next);
        f->coast = coast_mixed;
    }
    f->boost = boost_mixed;
    f->boost_probability = boost_next;
}

/* What else it may do than fall. */
static enum estimate_motion beside_ballistic(const struct filter *f)
{
    return f->in_air ? ESTIMATE_MANOEUVRE : ESTIMATE_BOOST;
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
    estimate_predict(beside_ballistic(f), &f->boost, dt_s);
    double transition[CELLS];
    estimate_predict_with(ESTIMATE_BALLISTIC, &f->coast, dt_s, transition);
    registration_predict(&f->registration, transition);
}

/* A motor burns if boost is the likelier and its thrust is not merely a way to explain drag. */
double filter_thrusting(const struct filter *f)
{
    if (f->mode == FILTER_DRIFTING) {
        return 0.5;
    }
    return !f->in_air && f->boost.x[6] >= THRUST_MIN_MPS2 ? f->boost_probability : 0.0;
}

bool filter_ballistic(const struct filter *f, struct estimate *out)
{
    if (f->mode != FILTER_BALLISTIC) {
        return false;
    }
    registration_apply(&f->registration, &f->coast, out);
    return true;
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
        mix(&f->boost, &f->coast, 1.0 - f->boost_probability, out);
        return ESTIMATE_BOOST;
    }
    mix(&f->coast, &f->boost, f->boost_probability, out);
    return ESTIMATE_BALLISTIC;
}

static result compare(enum estimate_motion motion, const struct estimate *e,
                      const struct measure_site *site, const struct observation *o, double age_s,
                      struct innovation *out)
{
    const double variance = e->p[0] + e->p[DIM + 1] + e->p[2 * (DIM + 1)];
    ENSURE(variance < elementary_square(POSITION_SIGMA_M_MAX), ERR_STATE);
    return estimate_compare(motion, e, site, o, age_s, out);
}

static bool is_silent(const struct filter *f, struct instant t)
{
    return instant_since_s(t, f->measured) > RESUME_S_MAX;
}

result filter_compare(const struct filter *f, const struct measure_site *site,
                      const struct observation *o, struct innovation *out)
{
    struct filter ahead = *f;
    filter_predict(&ahead, o->validity);
    const double age_s = instant_since_s(ahead.time, o->validity);
    ENSURE(age_s <= OLD_S_MAX, ERR_STATE);
    if (f->mode == FILTER_DRIFTING) {
        return estimate_compare(ESTIMATE_DRIFT, &ahead.boost, site, o, age_s, out);
    }
    if (f->mode == FILTER_MANOEUVRING) {
        return compare(ESTIMATE_MANOEUVRE, &ahead.boost, site, o, age_s, out);
    }
    registration_apply(&ahead.registration, &ahead.coast, &ahead.coast);
    if (f->mode == FILTER_BALLISTIC && !f->in_air && is_silent(f, o->validity)) {
        return compare(ESTIMATE_BALLISTIC, &ahead.coast, site, o, age_s, out);
    }
    struct innovation of_boost;
    struct innovation of_coast;
    TRY(compare(beside_ballistic(f), &ahead.boost, site, o, age_s, &of_boost));
    TRY(compare(ESTIMATE_BALLISTIC, &ahead.coast, site, o, age_s, &of_coast));
    *out = of_boost.distance_squared < of_coast.distance_squared ? of_boost : of_coast;
    return OK;
}

static void keep(struct filter_memory *m, uint8_t site, const struct observation *o)
{
    m->kept[m->next].site = site;
    m->kept[m->next].observation = *o;
    m->next = (m->next + 1) % FILTER_KEPT_MAX;
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
    struct innovation of_boost;
    struct innovation of_coast;
    TRY(estimate_update(beside_ballistic(f), &f->boost, &sites[site], o, age_s, &of_boost));
    TRY(update_coast(f, sites, site, o, age_s, &of_coast));
    const double log_ratio = of_coast.log_likelihood - of_boost.log_likelihood;
    const double bounded = log_ratio > 50.0 ? 50.0 : (log_ratio < -50.0 ? -50.0 : log_ratio);
    const double seen = o->kind == SENSOR_INFRARED ? SIGHT_LIKELIHOOD_RATIO : 1.0;
    const double boost_weight = f->boost_probability * seen;
    const double coast_weight = (1.0 - f->boost_probability) * elementary_exp(bounded);
    const double p = boost_weight / (boost_weight + coast_weight);
    *against_coast = elementary_log(boost_weight + coast_weight) - bounded;
    f->boost_probability = p < 1e-6 ? 1e-6 : (p > 1.0 - 1e-6 ? 1.0 - 1e-6 : p);
    return OK;
}

/* Falling through the air, drag looks like thrust backwards; nothing is lit there any more. */
static bool may_thrust(const struct filter *f)
{
    double height_m = 0.0;
    double rate_mps = 0.0;
    estimate_height(&f->coast, &height_m, &rate_mps);
    return !f->in_air && (rate_mps > 0.0 || height_m > 100e3);
}

/* Whether the observations since `from` show that no motor burns any more. */
static bool thrust_is_bounded(const struct filter *f, const struct filter_memory *memory,
                              const struct measure_site *sites, struct instant from,
                              const struct estimate *guess)
{
    struct estimate fit = *guess;
    if (batch_fit(memory, sites, ESTIMATE_BOOST, f->time, from, &fit, NULL) != OK) {
        return false;
    }
    const double share = THRUST_LIMIT_SHARE * f->thrust_before_mps2;
    const double limit = share < THRUST_LIMIT_MIN_MPS2   ? THRUST_LIMIT_MIN_MPS2
                         : share > THRUST_LIMIT_MAX_MPS2 ? THRUST_LIMIT_MAX_MPS2
                                                         : share;
    return fit.x[6] + THRUST_LIMIT_SIGMAS * sqrt(fit.p[6 * DIM + 6]) < limit;
}

/* Page's test: the observations' likelihood by both hypotheses, over that by the ballistic one
 * alone, summed from its lowest. Under the ballistic motion the sum passes a limit h once in
 * exp(h) observations at most.
 * Source: Page (1954), Biometrika 41(1/2), 100-115. */
static void test_ballistic(struct filter *f, double log_ratio)
{
    const double sum = f->against_ballistic + log_ratio;
    f->against_ballistic = sum > 0.0 ? sum : 0.0;
    if (f->against_ballistic > AGAINST_BALLISTIC_MAX && may_thrust(f)) {
        f->mode = FILTER_THRUSTING;
        f->end_of_thrust = INSTANT_UNSET;
        f->coast_since = INSTANT_UNSET;
        f->against_ballistic = 0.0;
        f->registration.count = 0;
        f->coast = f->boost;
        set_constant(&f->coast, ESTIMATE_LN_BETA_MEAN, ESTIMATE_LN_BETA_VARIANCE);
    }
}

struct instant filter_oldest(const struct filter_memory *m)
{
    const uint32_t at = m->count < FILTER_KEPT_MAX ? 0 : m->next;
    return m->kept[at].observation.validity;
}

/* Becomes ballistic if all observations since `from` fit one ballistic way and bound the thrust. */
static bool try_ballistic(struct filter *f, const struct filter_memory *memory,
                          const struct measure_site *sites, struct instant from)
{
    struct estimate fit;
    (void)filter_best(f, &fit);
    if (!thrust_is_bounded(f, memory, sites, from, &fit) ||
        batch_fit(memory, sites, ESTIMATE_BALLISTIC, f->time, from, &fit, &f->registration) != OK) {
        return false;
    }
    f->coast = fit;
    f->coast_from = from;
    f->mode = FILTER_BALLISTIC;
    return true;
}

static void follow_thrust(struct filter *f, const struct filter_memory *memory,
                          const struct measure_site *sites)
{
    const bool thrusting = filter_thrusting(f) >= 0.5;
    if (thrusting) {
        f->coast_since = INSTANT_UNSET;
        return;
    }
    if (!instant_is_set(f->coast_since)) {
        f->coast_since = f->time;
        f->thrust_before_mps2 = f->boost.x[6];
        return;
    }
    if (instant_since_s(f->time, f->coast_since) < COAST_DECLARED_S) {
        return;
    }
    /* Of something first seen in coast everything counts. */
    const bool is_whole = memory->count < FILTER_KEPT_MAX;
    if (is_whole && try_ballistic(f, memory, sites, filter_oldest(memory))) {
        f->end_of_thrust = filter_oldest(memory);
    } else if (try_ballistic(f, memory, sites, instant_plus_s(f->coast_since, COAST_MARGIN_S))) {
        f->end_of_thrust = f->coast_since;
    }
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
    if (batch_fit(memory, sites, ESTIMATE_BALLISTIC, f->time, f->coast_from, &fit,
                  &f->registration) == OK) {
        f->coast = fit;
    }
}

/* A coasting object that is seen again after a silence: both hypotheses start from where it coasted
 * to, and nothing speaks for thrust. */
static void begin_again(struct filter *f)
{
    if (!f->in_air) {
        registration_apply(&f->registration, &f->coast, &f->boost);
        set_constant(&f->boost, 0.0, START_THRUST_SIGMA_MPS2 * START_THRUST_SIGMA_MPS2);
    }
    f->boost_probability = 0.01;
}

/* With two hypotheses. */
static result use_both(const struct filter *f, struct filter *next, struct filter_memory *memory,
                       const struct measure_site *sites, uint8_t site, const struct observation *o,
                       double age_s)
{
    double against_coast = 0.0;
    fall_test(f, next, memory, sites, site, o);
    TRY(update_hypotheses(next, sites, site, o, age_s, &against_coast));
    if (next->mode != FILTER_BALLISTIC) {
        follow_thrust(next, memory, sites);
        return OK;
    }
    refit(next, memory, sites, site, o);
    test_ballistic(next, against_coast);
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

result filter_update(struct filter *f, struct filter_memory *memory,
                     const struct measure_site *sites, uint8_t site, const struct observation *o)
{
    struct filter next = *f;
    filter_predict(&next, o->validity);
    const double age_s = instant_since_s(next.time, o->validity);
    ENSURE(age_s <= OLD_S_MAX, ERR_STATE);
    struct innovation found;
    if (next.mode == FILTER_BALLISTIC && is_silent(f, o->validity)) {
        begin_again(&next);
    }
    if (next.mode == FILTER_BALLISTIC && !next.in_air && o->kind == SENSOR_INFRARED &&
        next.boost_probability < 0.5) {
        set_constant(&next.boost, START_THRUST_MPS2,
                     START_THRUST_SIGMA_MPS2 * START_THRUST_SIGMA_MPS2);
    }
    if (instant_before(next.measured, o->validity)) {
        next.measured = o->validity;
    }
    keep(memory, site, o);
    if (next.mode == FILTER_DRIFTING) {
        TRY(estimate_update(ESTIMATE_DRIFT, &next.boost, &sites[site], o, age_s, &found));
    } else if (next.mode == FILTER_MANOEUVRING) {
        TRY(estimate_update(ESTIMATE_MANOEUVRE, &next.boost, &sites[site], o, age_s, &found));
        fall_try_again(&next, memory, sites);
    } else {
        TRY(use_both(f, &next, memory, sites, site, o, age_s));
    }
    *f = next;
    return OK;
}
