#include "track/thrust.h"

#include "base/elementary.h"
#include "track/batch.h"

enum { DIM = ESTIMATE_DIM };

/* A next stage begins within this time of the last one's end. It is seen to burn within this, and
 * believed to at this probability; from this on it is in doubt. */
#define PAUSE_S_MAX 13.0
#define PAUSE_OPEN_S_MAX 30.0
#define DOUBTFUL_MIN 0.02
#define RESUMED_MIN 0.99
/* The end of thrust is stated when it lies this long ago, longer than the common pause between
 * stages, and a motor hardly burns by now. */
#define STATED_S 7.5
#define STATED_BOOST_MAX 0.3
/* The object is taken as ballistic when the observations since then bound the thrust: below a
 * quarter of what it was, within these limits, by two sigma. Poor sensors take longer. */
#define THRUST_LIMIT_SHARE 0.25
#define THRUST_LIMIT_MIN_MPS2 8.0
#define THRUST_LIMIT_MAX_MPS2 18.0
#define THRUST_LIMIT_SIGMAS 2.0
/* When ballistic becomes the likelier the motor has been off for so long, give or take as much; a
 * fit begins this long before then, and takes the thrust as known to this share and this much. It
 * is tried from so long after on. */
#define CUTOFF_BEFORE_S 3.0
#define CUTOFF_SIGMA_S 3.0
#define CUTOFF_SEEN_BEFORE_S 8.0
#define CUTOFF_THRUST_SHARE 0.2
#define CUTOFF_THRUST_MPS2 5.0
#define CUTOFF_TRIED_S 1.0
/* A motor that was throttled at the end fits no even thrust: after so long what came later than
 * this margin counts alone. */
#define CUTOFF_UNEVEN_S 6.0
#define CUTOFF_MARGIN_S 0.5
/* What flies with less energy than this may be an aircraft: on poor heights a level flight looks
 * like a fall for a while, and would be followed into the ground. */
#define AIRCRAFT_ENERGY_HEIGHT_M_MAX 50e3
#define GRAVITY_MPS2 9.80665
/* How large Page's sum grows before the ballistic estimate is given up. */
#define AGAINST_BALLISTIC_MAX 15.0

/* How long ago the motor of what is ballistic by now stopped, as far as that is known; much where
 * none ever burnt. */
static double silent_s(const struct filter *f)
{
    if (f->mode == FILTER_BALLISTIC && f->thrust_before_mps2 != 0.0) {
        return instant_since_s(f->time, f->end_of_thrust);
    }
    if (f->mode == FILTER_THRUSTING && instant_is_set(f->coast_since)) {
        return instant_since_s(f->time, f->coast_since) + CUTOFF_BEFORE_S;
    }
    return 1e9;
}

bool thrust_may_resume(const struct filter *f)
{
    return silent_s(f) < PAUSE_S_MAX;
}

bool thrust_is_open(const struct filter *f)
{
    const bool doubtful = f->boost_probability > DOUBTFUL_MIN;
    return !f->in_air && silent_s(f) < (doubtful ? PAUSE_OPEN_S_MAX : PAUSE_S_MAX);
}

/* Falling through the air, drag looks like thrust backwards; nothing is lit there any more. */
static bool may_thrust(const struct filter *f)
{
    double height_m = 0.0;
    double rate_mps = 0.0;
    estimate_height(&f->coast, &height_m, &rate_mps);
    return !f->in_air && (rate_mps > 0.0 || height_m > 100e3);
}

/* What is expected of an end of thrust that was noticed at coast_since. */
static struct batch_cutoff expected_cutoff(const struct filter *f)
{
    const double thrust = f->thrust_before_mps2;
    return (struct batch_cutoff){
        .at = instant_plus_s(f->coast_since, -CUTOFF_BEFORE_S),
        .sigma_s = CUTOFF_SIGMA_S,
        .thrust_mps2 = thrust,
        .thrust_sigma_mps2 = CUTOFF_THRUST_MPS2 + CUTOFF_THRUST_SHARE * fabs(thrust),
    };
}

/* Whether a fit with thrust since the end of thrust shows that no motor burns any more. */
static bool thrust_is_bounded(const struct filter *f, const struct estimate *fit)
{
    const double share = THRUST_LIMIT_SHARE * fabs(f->thrust_before_mps2);
    const double limit = share < THRUST_LIMIT_MIN_MPS2   ? THRUST_LIMIT_MIN_MPS2
                         : share > THRUST_LIMIT_MAX_MPS2 ? THRUST_LIMIT_MAX_MPS2
                                                         : share;
    const double thrust = f->thrust_before_mps2 < 0.0 ? -fit->x[6] : fit->x[6];
    return (thrust > 0.0 ? thrust : 0.0) + THRUST_LIMIT_SIGMAS * sqrt(fit->p[6 * DIM + 6]) < limit;
}

/* Page's test: the observations' likelihood by both hypotheses, over that by the ballistic one
 * alone, summed from its lowest. Under the ballistic motion the sum passes a limit h once in
 * exp(h) observations at most.
 * Source: Page (1954), Biometrika 41(1/2), 100-115. */
static void test_ballistic(struct filter *f, double log_ratio)
{
    const double sum = f->against_ballistic + log_ratio;
    f->against_ballistic = sum > 0.0 ? sum : 0.0;
    const bool resumed = thrust_is_open(f) && filter_thrusting(f) > RESUMED_MIN;
    if ((resumed || f->against_ballistic > AGAINST_BALLISTIC_MAX) && may_thrust(f)) {
        f->mode = FILTER_THRUSTING;
        f->end_of_thrust = INSTANT_UNSET;
        f->stated = false;
        f->coast_since = INSTANT_UNSET;
        f->against_ballistic = 0.0;
        f->registration.count = 0;
        f->coast = f->boost;
        filter_set_constant(&f->coast, ESTIMATE_LN_BETA_MEAN, ESTIMATE_LN_BETA_VARIANCE);
    }
}

/* Becomes ballistic if the observations since `from` fit one ballistic way, from an end of thrust
 * among them on if there is one, and bound the thrust. In the air thrust need not explain at all
 * what drag does: then it is none. */
static bool try_ballistic(struct filter *f, const struct filter_memory *memory,
                          const struct measure_site *sites, struct instant from, bool cut)
{
    struct estimate best;
    (void)filter_best(f, &best);
    struct estimate fit = best;
    struct batch_cutoff cutoff = expected_cutoff(f);
    double excess = 0.0;
    if (batch_nearest(memory, sites, ESTIMATE_BOOST, f->time, from, &fit, NULL,
                      cut ? &cutoff : NULL, &excess) != OK ||
        (excess <= 0.0 && !thrust_is_bounded(f, &fit))) {
        return false;
    }
    fit = best;
    cutoff = expected_cutoff(f);
    if (batch_fit(memory, sites, ESTIMATE_BALLISTIC, f->time, from, &fit, &f->registration,
                  cut ? &cutoff : NULL) != OK) {
        return false;
    }
    f->coast = fit;
    f->end_of_thrust = cut ? cutoff.at : from;
    f->coast_from = cut ? instant_plus_s(cutoff.at, 2.0 * cutoff.sigma_s) : from;
    f->mode = FILTER_BALLISTIC;
    return true;
}

/* The energy of what no aircraft has, with the benefit of the doubt: a height that it would reach
 * if all its speed were turned into height. */
static bool is_beyond_aircraft(const struct filter *f)
{
    struct estimate best;
    double height_m = 0.0;
    double rate_mps = 0.0;
    (void)filter_best(f, &best);
    estimate_height(&best, &height_m, &rate_mps);
    const double *v = best.x + 3;
    const double variance = best.p[24] + best.p[32] + best.p[40];
    const double speed_mps = sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
    const double doubt_mps = 2.0 * sqrt(variance / 3.0);
    const double least_mps = speed_mps > doubt_mps ? speed_mps - doubt_mps : 0.0;
    return height_m + least_mps * least_mps / (2.0 * GRAVITY_MPS2) > AIRCRAFT_ENERGY_HEIGHT_M_MAX;
}

void thrust_follow(struct filter *f, const struct filter_memory *memory,
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
    if (instant_since_s(f->time, f->coast_since) < CUTOFF_TRIED_S || !is_beyond_aircraft(f)) {
        return;
    }
    /* Of something first seen in coast everything counts. */
    const bool is_whole = memory->count < FILTER_KEPT_MAX;
    if (is_whole && try_ballistic(f, memory, sites, filter_oldest(memory), false)) {
        return;
    }
    if (!try_ballistic(f, memory, sites, instant_plus_s(f->coast_since, -CUTOFF_SEEN_BEFORE_S),
                       true) &&
        instant_since_s(f->time, f->coast_since) > CUTOFF_UNEVEN_S) {
        (void)try_ballistic(f, memory, sites, instant_plus_s(f->coast_since, CUTOFF_MARGIN_S),
                            false);
    }
}

void thrust_listen(struct filter *f, double log_ratio)
{
    test_ballistic(f, log_ratio);
    f->stated = f->mode == FILTER_BALLISTIC &&
                (f->stated || (instant_since_s(f->time, f->end_of_thrust) >= STATED_S &&
                               f->boost_probability < STATED_BOOST_MAX));
}
