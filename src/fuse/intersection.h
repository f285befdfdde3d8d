/* Covariance intersection of several estimates at once: never optimistic, whatever errors they
 * share.
 *
 *   P⁻¹ = Σ wᵢ Pᵢ⁻¹    P⁻¹ x = Σ wᵢ Pᵢ⁻¹ xᵢ    wᵢ >= 0, Σ wᵢ = 1
 *
 * The weights make the variance of position and of a second's worth of velocity least. One at a
 * time, each choice would be made without knowing of the next.
 * Sources: Julier and Uhlmann (1997), Proc. American Control Conference, 2369-2373; Silvey,
 * Titterington and Torsney (1978), Communications in Statistics A 7(14), 1379-1389 (weights). */
#ifndef WATCHFIRE_FUSE_INTERSECTION_H
#define WATCHFIRE_FUSE_INTERSECTION_H

#include <stdint.h>

#include "base/result.h"

/* Position (m), velocity (m/s), and one more. */
#define INTERSECTION_DIM 7
#define INTERSECTION_CELLS (INTERSECTION_DIM * INTERSECTION_DIM)
#define INTERSECTION_MAX 9

struct intersection_part {
    const double *x; /* INTERSECTION_DIM */
    const double *p; /* INTERSECTION_CELLS */
};

/* Fuses 1 to INTERSECTION_MAX parts; x and p may be a part's own storage. ERR_NUMERIC if a
 * covariance is not positive definite; outputs are then unchanged. */
MUST_USE result intersection_solve(const struct intersection_part *parts, uint32_t count,
                                   double x[INTERSECTION_DIM], double p[INTERSECTION_CELLS]);

#endif
