/* The two hypotheses about one object, the ballistic one and another beside it, carried together:
 * each operation does both at once (base/pair.h). What comes out is what estimate.h gives for one
 * after the other, to rounding; what is not ordinary is left to it. `motion` is that of the one
 * beside, boost as a rule. */
#ifndef WATCHFIRE_TRACK_TWIN_H
#define WATCHFIRE_TRACK_TWIN_H

#include "track/estimate.h"

enum { TWIN_BESIDE, TWIN_BALLISTIC, TWINS };

/* Moves both by dt_s >= 0, in steps of at most 1 s, with process noise; `transition` (NULL if not
 * wanted) becomes the matrix that moved the ballistic one. */
void twin_predict(enum estimate_motion motion, struct estimate *beside, struct estimate *ballistic,
                  double dt_s, double transition[ESTIMATE_CELLS]);

/* Both use the plot of a radar without biases, made at their time. ERR_STATE for anything else, and
 * where one step of the iteration is not enough; both are then unchanged. */
MUST_USE result twin_update(enum estimate_motion motion, struct estimate *beside,
                            struct estimate *ballistic, const struct measure_site *site,
                            const struct observation *o, struct innovation found[TWINS]);

/* How well such a plot fits each of them, without using it. ERR_STATE for anything else, and far
 * from where they are expected. */
MUST_USE result twin_compare(const struct estimate *beside, const struct estimate *ballistic,
                             const struct measure_site *site, const struct observation *o,
                             struct innovation found[TWINS]);

#endif
