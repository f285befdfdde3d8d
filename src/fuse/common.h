/* The common picture of one object: what all nations' national tracks of it say together.
 *
 * Each nation's latest track holds all that its own sensors have seen, and nothing of anyone
 * else's, so at most one contribution counts for each owner and span, and nothing is counted twice.
 *
 *   ballistic the errors of the contributions are independent (each was started afresh from its own
 *              measurements after the end of thrust, and a coast has next to no process noise):
 *              information adds up. Who is not certain yet that thrust has ended still says where
 *              the object is.
 *   boosting   all share the unknown steering of the missile, as much as their covariances tell
 *              (fuse/shared_noise.h)
 *   span unset nobody says whose measurements are in it: covariance intersection with all the rest
 *              (fuse/intersection.h). So does a boost that was not measured for some seconds.
 *   manoeuvring in the air: the same, of those who measure it so
 *
 * A contribution that contradicts the rest is left out and marked: disagreement is kept, not
 * hidden.
 */
#ifndef WATCHFIRE_FUSE_COMMON_H
#define WATCHFIRE_FUSE_COMMON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/id.h"
#include "base/instant.h"
#include "base/result.h"
#include "model/track.h"
#include "physics/missile.h"

#define COMMON_CONTRIBUTIONS_MAX 8
#define COMMON_DIM 7
#define COMMON_CELLS (COMMON_DIM * COMMON_DIM)

/* The normal distribution that stands for a ballistic coefficient log-uniform from 500 to 10
 * 000. */
#define COMMON_LN_BETA_MEAN MISSILE_LN_BETA_MEAN
#define COMMON_LN_BETA_VARIANCE MISSILE_LN_BETA_VARIANCE

struct common_contribution {
    struct track track; /* as its owner gave it */
    /* Its owner's own ballistic estimate with the logarithm of the ballistic coefficient, at
     * track.time: only for the own nation, which knows it. */
    bool has_beta;
    double x[COMMON_DIM];
    double p[COMMON_CELLS];
    bool used; /* out */
};

struct common_solution {
    bool ballistic;       /* the end of thrust is certain */
    bool manoeuvring;     /* but it does not fall ballistically; only if `ballistic` */
    double x[COMMON_DIM]; /* m, m/s; thrust (m/s²) if not ballistic, else ln of kg/m² */
    double p[COMMON_CELLS];
    enum track_phase phase;
    struct instant end_of_thrust;    /* the latest that a contribution states; unset if boosting */
    struct instant last_measurement; /* the latest of any contribution used */
    struct instant first_detection;  /* the earliest */
};

/* Fuses at `now`. `was_ballistic`: the last solution was; opinions that waver then do not undo it,
 * nor the other way round. ERR_NOT_FOUND without a usable contribution (tentative and dropped ones
 * are not),
 * ERR_NUMERIC if nothing positive definite comes out; out is then unchanged. */
MUST_USE result common_solve(struct common_contribution *contributions, uint32_t count,
                             struct instant now, bool was_ballistic, struct common_solution *out);

/* Moves a solution on by dt_s (>= 0) without any contribution. ERR_NUMERIC if nothing possible
 * comes out; s is then unchanged. */
MUST_USE result common_predict(struct common_solution *s, double dt_s);

/* Squared distance of two tracks of possibly one object, six degrees of freedom, at the later of
 * their times. ERR_STATE if the older one cannot be predicted that far (a boost for more than a
 * minute), ERR_NUMERIC as above. */
MUST_USE result common_distance_squared(const struct track *a, const struct track *b, double *out);

#endif
