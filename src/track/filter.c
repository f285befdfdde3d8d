#include "track/filter.h"

#include <assert.h>
#include <string.h>

#include "base/elementary.h"
#include "base/matrix.h"
#include "track/batch.h"

enum { DIM = ESTIMATE_DIM, CELLS = ESTIMATE_CELLS };

#define START_VELOCITY_SIGMA_MPS 4000.0
#define START_THRUST_MPS2 25.0
#define START_THRUST_SIGMA_MPS2 25.0
#define BOOST_HOLD_S 60.0  /* mean time before a burning motor stops, as the IMM takes it */
#define COAST_HOLD_S 600.0 /* and before a silent one starts */
#define OLD_S_MAX 30.0
/* The end of thrust is declared when ballistic has been the likelier for this long: longer than
 * the common pause between stages, plus the time it takes to notice. */
#define COAST_DECLARED_S 6.0
/* What is seen within this time of the change may still have been under thrust. */
#define COAST_MARGIN_S 0.5
#define THRUST_MIN_MPS2 4.0

void filter_start(struct filter *f, struct instant time, const double position_m[3],
                  const double covariance_m2[9])
{
    memset(f, 0, sizeof *f);
    f->mode = FILTER_DRIFTING;
    f->time = time;
    f->coast_since = INSTANT_UNSET;
    f->end_of_thrust = INSTANT_UNSET;
    struct estimate *e = &f->boost;
    for (int i = 0; i < 3; i++) {
        e->x[i] = position_m[i];
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

void filter_confirm(struct filter *f)
{
    assert(f->mode == FILTER_DRIFTING);
    f->mode = FILTER_THRUSTING;
    f->coast = f->boost;
    f->boost_probability = 0.5;
    set_constant(&f->boost, START_THRUST_MPS2, START_THRUST_SIGMA_MPS2 * START_THRUST_SIGMA_MPS2);
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
    struct estimate coast_mixed;
    mix(&f->boost, &f->coast, coast * start / boost_next, &boost_mixed);
    mix(&f->coast, &f->boost, boost * stop / coast_next, &coast_mixed);
    f->boost = boost_mixed;
    f->coast = coast_mixed;
    f->boost_probability = boost_next;
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
    exchange(f, dt_s);
    estimate_predict(ESTIMATE_BOOST, &f->boost, dt_s);
    estimate_predict(ESTIMATE_BALLISTIC, &f->coast, dt_s);
    if (f->mode == FILTER_BALLISTIC) {
        estimate_predict(ESTIMATE_BALLISTIC, &f->ballistic, dt_s);
    }
}

/* A motor burns if boost is the likelier and its thrust is not merely a way to explain drag. */
double filter_thrusting(const struct filter *f)
{
    if (f->mode == FILTER_DRIFTING) {
        return 0.5;
    }
    return f->boost.x[6] >= THRUST_MIN_MPS2 ? f->boost_probability : 0.0;
}

enum estimate_motion filter_best(const struct filter *f, struct estimate *out)
{
    if (f->mode == FILTER_DRIFTING) {
        *out = f->boost;
        return ESTIMATE_DRIFT;
    }
    if (f->mode == FILTER_BALLISTIC) {
        *out = f->ballistic;
        return ESTIMATE_BALLISTIC;
    }
    if (filter_thrusting(f) >= 0.5) {
        mix(&f->boost, &f->coast, 1.0 - f->boost_probability, out);
        return ESTIMATE_BOOST;
    }
    mix(&f->coast, &f->boost, f->boost_probability, out);
    return ESTIMATE_BALLISTIC;
}

result filter_compare(const struct filter *f, const struct measure_site *site,
                      const struct observation *o, struct innovation *out)
{
    struct estimate best;
    const enum estimate_motion motion = filter_best(f, &best);
    double age_s = instant_since_s(f->time, o->validity);
    if (age_s < 0.0) {
        estimate_predict(motion, &best, -age_s);
        age_s = 0.0;
    }
    ENSURE(age_s <= OLD_S_MAX, ERR_STATE);
    return estimate_compare(motion, &best, site, o, age_s, out);
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

/* Both hypotheses use the observation; their probabilities follow their likelihoods. */
static result update_hypotheses(struct filter *f, const struct measure_site *site,
                                const struct observation *o, double age_s)
{
    struct estimate boost = f->boost;
    struct estimate coast = f->coast;
    struct innovation of_boost;
    struct innovation of_coast;
    TRY(estimate_update(ESTIMATE_BOOST, &boost, site, o, age_s, &of_boost));
    TRY(estimate_update(ESTIMATE_BALLISTIC, &coast, site, o, age_s, &of_coast));
    f->boost = boost;
    f->coast = coast;
    const double log_ratio = of_coast.log_likelihood - of_boost.log_likelihood;
    const double bounded = log_ratio > 50.0 ? 50.0 : (log_ratio < -50.0 ? -50.0 : log_ratio);
    const double boost_weight = f->boost_probability;
    const double coast_weight = (1.0 - f->boost_probability) * elementary_exp(bounded);
    const double p = boost_weight / (boost_weight + coast_weight);
    f->boost_probability = p < 1e-6 ? 1e-6 : (p > 1.0 - 1e-6 ? 1.0 - 1e-6 : p);
    return OK;
}

/* Falling through the air, drag looks like thrust backwards; nothing is lit there any more. */
static bool may_thrust(const struct filter *f)
{
    double height_m = 0.0;
    double rate_mps = 0.0;
    estimate_height(&f->ballistic, &height_m, &rate_mps);
    return rate_mps > 0.0 || height_m > 100e3;
}

static void follow_thrust(struct filter *f, const struct filter_memory *memory,
                          const struct measure_site *sites)
{
    const bool thrusting = filter_thrusting(f) >= 0.5;
    if (f->mode == FILTER_BALLISTIC) {
        if (filter_thrusting(f) > 0.99 && f->boost.x[6] > 2.0 * THRUST_MIN_MPS2 && may_thrust(f)) {
            f->mode = FILTER_THRUSTING;
            f->end_of_thrust = INSTANT_UNSET;
            f->coast_since = INSTANT_UNSET;
        }
        return;
    }
    if (thrusting) {
        f->coast_since = INSTANT_UNSET;
        return;
    }
    if (!instant_is_set(f->coast_since)) {
        f->coast_since = f->time;
        return;
    }
    if (instant_since_s(f->time, f->coast_since) < COAST_DECLARED_S) {
        return;
    }
    struct estimate fit;
    int used = 0;
    (void)filter_best(f, &fit);
    const struct instant from = instant_plus_s(f->coast_since, COAST_MARGIN_S);
    if (batch_fit(memory, sites, f->time, from, &fit, &used) == OK) {
        f->ballistic = fit;
        f->mode = FILTER_BALLISTIC;
        f->end_of_thrust = f->coast_since;
    }
}

result filter_update(struct filter *f, struct filter_memory *memory,
                     const struct measure_site *sites, uint8_t site, const struct observation *o)
{
    struct filter next = *f;
    filter_predict(&next, o->validity);
    const double age_s = instant_since_s(next.time, o->validity);
    ENSURE(age_s <= OLD_S_MAX, ERR_STATE);
    struct innovation found;
    keep(memory, site, o);
    if (next.mode == FILTER_DRIFTING) {
        TRY(estimate_update(ESTIMATE_DRIFT, &next.boost, &sites[site], o, age_s, &found));
        *f = next;
        return OK;
    }
    TRY(update_hypotheses(&next, &sites[site], o, age_s));
    if (next.mode == FILTER_BALLISTIC) {
        TRY(estimate_update(ESTIMATE_BALLISTIC, &next.ballistic, &sites[site], o, age_s, &found));
    }
    follow_thrust(&next, memory, sites);
    *f = next;
    return OK;
}
