/* The filter of one track: from first plots to impact.
 *
 *   drifting    not yet believed: straight on, large unknown acceleration
 *   thrusting   two hypotheses side by side, boost and ballistic, mixed by their likelihoods (IMM)
 *   ballistic   thrust has ended, for good or for a pause between stages: the ballistic hypothesis
 *               is started afresh from a fit of the observations round the end of thrust, which
 *               finds that too, so that nothing of the boost's doubt is in it, and nothing is mixed
 *               into it any more. Boost goes on beside it, fed from it, to notice if thrust
 *               resumes. The end is stated when it is too long ago for a pause.
 *   manoeuvring it falls through the air, but not ballistically (track/fall.h): one estimate, with
 *              large unknown accelerations, until the observations fit a ballistic way again
 *
 * Source of the IMM: Blom and Bar-Shalom (1988), IEEE Trans. Automatic Control 33(8), 780-783. */
#ifndef WATCHFIRE_TRACK_FILTER_H
#define WATCHFIRE_TRACK_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/instant.h"
#include "model/observation.h"
#include "track/estimate.h"
#include "track/manoeuvre.h"
#include "track/measure.h"
#include "track/registration.h"

#define FILTER_KEPT_MAX 96

enum filter_mode { FILTER_DRIFTING, FILTER_THRUSTING, FILTER_BALLISTIC, FILTER_MANOEUVRING };

/* An observation that the filter used, kept for the start of the ballistic estimate. */
struct filter_kept {
    uint8_t site; /* index into the sites handed in */
    struct observation observation;
};

/* The latest observations of a track, in a ring, and the test of manoeuvres that hears them. */
struct filter_memory {
    uint32_t count;
    uint32_t next;
    uint64_t total;                  /* kept ever, those gone included */
    struct manoeuvre_test manoeuvre; /* of what falls through the air */
    struct filter_kept kept[FILTER_KEPT_MAX];
    struct filter_kept gone[FILTER_KEPT_MAX]; /* what stood there before, for whoever goes back */
};

struct filter {
    enum filter_mode mode;
    uint32_t heights;        /* observations that told its height; counted while FILTER_DRIFTING */
    struct instant measured; /* the latest observation used */
    struct instant time;     /* of all estimates */
    /* In FILTER_DRIFTING the drifting estimate; with `in_air` the manoeuvre. */
    struct estimate boost;
    /* The ballistic hypothesis. In FILTER_BALLISTIC never mixed, without the doubt of biases. */
    struct estimate coast;
    double boost_probability;
    struct instant coast_from;  /* in FILTER_BALLISTIC: the first observation in `coast` */
    double against_ballistic;   /* Page's sum: evidence, as a logarithm, that it moves otherwise */
    struct instant coast_since; /* since when ballistic is the likelier; unset = boost is */
    double thrust_before_mps2;  /* the boost hypothesis's thrust at coast_since */
    struct instant end_of_thrust; /* unset unless FILTER_BALLISTIC or FILTER_MANOEUVRING */
    bool stated;                  /* that it has ended: it may have been a pause until now */
    struct instant flagged;       /* in FILTER_MANOEUVRING: since when */
    bool in_air;                  /* it coasted, and has come down below 100 km, fast */
    /* In FILTER_BALLISTIC: of the sensors that see it coast. It stays last: it is large, mostly
     * empty, and then not copied. */
    struct registration registration;
};

/* Starts a drifting filter at a position (m, covariance 3 x 3 m²) with an unknown velocity. */
void filter_start(struct filter *f, struct instant time, struct geo_ecef position,
                  const double covariance_m2[9]);

/* Copies a filter, and of what is known of biases only what there is. */
void filter_copy(const struct filter *from, struct filter *to);

/* Predicts to t; nothing if t is before the filter's time. */
void filter_predict(struct filter *f, struct instant t);

/* What a sensor is expected to see of a filter at one time: the hypotheses that are looked for,
 * each with the doubt of sensors' biases. Made once, compared with every observation of a scan. */
struct filter_prediction {
    const struct measure_site *site; /* must stay where it is */
    double age_s;                    /* how long before the estimates' time the scan was made */
    int count;                       /* of hypotheses, 1 or 2 */
    enum estimate_motion motion[2];
    struct estimate estimate[2];
};

/* Carries the filter's hypotheses ahead to t, when the site looked; the filter stays as it is.
 * ERR_STATE if it knows too little by then to be compared with anything, or is ahead of t by more
 * than 30 s; out is then unspecified. */
MUST_USE result filter_predicted(const struct filter *f, const struct measure_site *site,
                                 struct instant t, struct filter_prediction *out);

/* How well an observation that the site made at that time fits the hypothesis that it fits better:
 * thrust may have ended or begun since the last one, if that was not long ago. ERR_NUMERIC or
 * ERR_RANGE if it cannot be compared. */
MUST_USE result filter_compare_predicted(const struct filter_prediction *p,
                                         const struct observation *o, struct innovation *out);

/* Both at once, for one observation of any time. */
MUST_USE result filter_compare(const struct filter *f, const struct measure_site *site,
                               const struct observation *o, struct innovation *out);

/* Predicts to the observation's time if that is later, and uses it. An observation older than the
 * filter by more than 30 s is refused with ERR_STATE. `sites` are all sites of the nation, `site`
 * the index of the observation's, which `memory` then holds too. */
MUST_USE result filter_update(struct filter *f, struct filter_memory *memory,
                              const struct measure_site *sites, uint8_t site,
                              const struct observation *o);

/* The observation kept as number i < count; 0 is the latest. */
const struct filter_kept *filter_kept_at(const struct filter_memory *memory, uint32_t i);

/* The time of the oldest observation that is still kept. At least one is. */
struct instant filter_oldest(const struct filter_memory *memory);

/* What the seventh number of an estimate is from now on, tied to nothing. */
void filter_set_constant(struct estimate *e, double mean, double variance);

/* From drifting to thrusting: the track is believed. Only with `heights` enough: whether it burns
 * or falls cannot be seen if its height is only assumed. */
void filter_confirm(struct filter *f);

/* From thrusting back to drifting: it flies, and neither burns nor falls. */
void filter_release(struct filter *f);

/* The best estimate now, and its motion: what is published and compared. In FILTER_THRUSTING the
 * two hypotheses are merged if ballistic, taken alone if boost is the likelier. */
enum estimate_motion filter_best(const struct filter *f, struct estimate *out);

/* The same at a time; the filter's own if that is later. Soon after an end of thrust it has in it
 * that the next stage may have begun to burn, though nothing shows it yet. */
enum estimate_motion filter_best_at(const struct filter *f, struct instant t, struct estimate *out);

/* The ballistic estimate, sensors' biases taken into account. False unless in FILTER_BALLISTIC. */
bool filter_ballistic(const struct filter *f, struct estimate *out);

/* When the last motor stopped, unset while one burns or it may be a pause between stages. */
struct instant filter_end_of_thrust(const struct filter *f);

/* Probability that a motor burns. */
double filter_thrusting(const struct filter *f);

#endif
