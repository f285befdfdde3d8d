/* Whether something that falls through the air moves as gravity and drag alone would have it.
 *
 * The test runs beside the ballistic estimate of one track. For each of several times at which a
 * constant acceleration may have begun it carries what that would do to the estimate, which goes
 * on as if there were none, and so what the innovations would show of it. The evidence for one
 * onset is the likelihood of the innovations with an unknown acceleration in any direction, over
 * that with one along the velocity alone: what the drag does, however wrong its coefficient, speaks
 * for neither. Both are averages over Gaussian priors. While the missile is ballistic the ratio of
 * each onset passes exp(h) once in exp(h) onsets at most.
 * Sources: Willsky and Jones (1976), IEEE Trans. Automatic Control 21(1), 108-112 (the likelihood
 * ratio by onset); Friedland (1969), as in registration.h (the response of the estimate). */
#ifndef WATCHFIRE_TRACK_MANOEUVRE_H
#define WATCHFIRE_TRACK_MANOEUVRE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/instant.h"
#include "base/result.h"
#include "model/observation.h"
#include "track/estimate.h"
#include "track/measure.h"

#define MANOEUVRE_ONSETS 10
/* Along the velocity, across it upwards, and sideways. */
#define MANOEUVRE_AXES 3

/* One onset: a constant acceleration since then, on the axes `along` the velocity at that time and
 * two across it. */
struct manoeuvre_onset {
    double age_s;
    double along_sigma_mps2;                        /* prior: how wrong the drag may be */
    double axes[9];                                 /* rows: along, upwards across, sideways */
    double response[ESTIMATE_DIM * MANOEUVRE_AXES]; /* true state less estimate, by acceleration */
    double information[9];
    double vector[MANOEUVRE_AXES];
    double evidence; /* logarithm */
};

struct manoeuvre_test {
    struct instant time; /* of the estimate that it goes with; unset before the first observation */
    uint32_t count;
    struct manoeuvre_onset onsets[MANOEUVRE_ONSETS]; /* the oldest first */
};

/* Axes (rows) along a velocity, across it upwards, and sideways, from a state. */
void manoeuvre_axes(const double x[ESTIMATE_DIM], double axes[9]);

/* The standard deviation of what the drag may be but is not believed to be, m/s². */
double manoeuvre_drag_sigma(const struct estimate *e, bool is_fitted);

/* The logarithm of the evidence that information (3 x 3) and vector on these axes are for an
 * acceleration in any direction, over one along the velocity alone. ERR_NUMERIC if there is no
 * telling. */
MUST_USE result manoeuvre_evidence(const double information[9], const double vector[MANOEUVRE_AXES],
                                   double along_sigma_mps2, double *out);

void manoeuvre_test_init(struct manoeuvre_test *t);

/* Copies a test, and of the onsets only those that there are. */
void manoeuvre_test_copy(const struct manoeuvre_test *from, struct manoeuvre_test *to);

/* The estimate was moved by dt_s with this 7 x 7 matrix. */
void manoeuvre_test_predict(struct manoeuvre_test *t, double dt_s,
                            const double transition[ESTIMATE_CELLS]);

/* An observation of now is about to be used by the ballistic estimate `e`, whose covariance holds
 * all that is doubtful; `biases` are what is believed of its sensor's. An onset at this time is
 * added. A ready track tells nothing. */
void manoeuvre_test_observe(struct manoeuvre_test *t, const struct estimate *e,
                            const struct measure_site *site, const double biases[MEASURE_BIASES],
                            const struct observation *o);

/* The onset for which the evidence is greatest, if it suffices; else NULL. */
const struct manoeuvre_onset *manoeuvre_test_passed(const struct manoeuvre_test *t);

/* Puts a ballistic estimate right: moved and widened by the acceleration found since the onset. */
void manoeuvre_correct(const struct manoeuvre_onset *onset, struct estimate *e);

#endif
