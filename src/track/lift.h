/* What a batch of observations says of lift: of a constant acceleration beside gravity and drag.
 *
 * Linear around a ballistic fit of the same observations, whose state and ballistic coefficient are
 * estimated along with it. So, other than the test of track/manoeuvre.h, it does not depend on how
 * well the filter followed a ballistic coefficient far from the expected one. Biases are noise. */
#ifndef WATCHFIRE_TRACK_LIFT_H
#define WATCHFIRE_TRACK_LIFT_H

#include <stdbool.h>

#include "base/instant.h"
#include "track/filter.h"

struct lift_question {
    const struct filter_memory *memory;
    const struct measure_site *sites;
    struct instant epoch; /* of the fit; no observation is later */
    struct instant from;  /* observations before do not count */
    struct instant onset; /* the acceleration acts from here to the epoch */
};

/* Whether the acceleration across the velocity is below limit_mps2, by two and a half sigma. */
bool lift_is_bounded(const struct lift_question *q, const struct estimate *fit, double limit_mps2);

/* The evidence for one, as in track/manoeuvre.h. ERR_NUMERIC, ERR_RANGE: no telling. */
MUST_USE result lift_evidence(const struct lift_question *q, const struct estimate *fit,
                              double *out);

#endif
