/* One hypothesis about one object: how it moves, a state and its covariance.
 *
 * Seven numbers: position (m), velocity (m/s), Earth-fixed, and one more that depends on the
 * motion: the thrust acceleration (m/s²) when boosting, the natural logarithm of the ballistic
 * coefficient (kg/m²) when ballistic or manoeuvring, nothing when drifting (the motion of a track
 * that is not yet believed: straight on, with large unknown accelerations). */
#ifndef WATCHFIRE_TRACK_ESTIMATE_H
#define WATCHFIRE_TRACK_ESTIMATE_H

#include <stdbool.h>

#include "base/result.h"
#include "model/observation.h"
#include "physics/missile.h"
#include "physics/motion.h"
#include "track/measure.h"

#define ESTIMATE_DIM 7
#define ESTIMATE_CELLS (ESTIMATE_DIM * ESTIMATE_DIM)

/* The Gaussian that stands for a ballistic coefficient log-uniform from 500 to 10 000 kg/m². */
#define ESTIMATE_LN_BETA_MEAN MISSILE_LN_BETA_MEAN
#define ESTIMATE_LN_BETA_VARIANCE MISSILE_LN_BETA_VARIANCE

/* The manoeuvre is ballistic but for large unknown accelerations in any direction. */
enum estimate_motion { ESTIMATE_DRIFT, ESTIMATE_BOOST, ESTIMATE_BALLISTIC, ESTIMATE_MANOEUVRE };

struct estimate {
    double x[ESTIMATE_DIM];
    double p[ESTIMATE_CELLS];
};

/* What an update found. */
struct innovation {
    double distance_squared; /* of the residual, by its covariance */
    double log_likelihood;
    int dim;
};

/* Judges a residual by the lower Cholesky factor of its covariance (dim x dim). ERR_NUMERIC if its
 * distance is not finite; out is then unchanged. */
MUST_USE result estimate_judge(const double *residual, const double *factor, int dim,
                               struct innovation *out);

/* Moves the estimate by dt_s >= 0, with process noise. */
void estimate_predict(enum estimate_motion motion, struct estimate *e, double dt_s);

/* The same, with the 7 x 7 matrix that moved it. */
void estimate_predict_with(enum estimate_motion motion, struct estimate *e, double dt_s,
                           double transition[ESTIMATE_CELLS]);

/* How well an observation made age_s before the estimate's time (>= 0) fits, without using it.
 * ERR_NUMERIC or ERR_RANGE if it cannot be compared. */
MUST_USE result estimate_compare(enum estimate_motion motion, const struct estimate *e,
                                 const struct measure_site *site, const struct observation *o,
                                 double age_s, struct innovation *out);

/* Uses an observation made age_s before the estimate's time (>= 0): iterated update (Gauss-Newton,
 * at most 8 rounds), Joseph form. Where the surface of equal range curves within the estimate's
 * doubt, the range counts for less (second-order noise). A ready track is the product of a filter,
 * its errors are correlated in time: it goes in by covariance intersection. ERR_NUMERIC if nothing
 * possible comes out; the estimate is then unchanged.
 * Sources: Bell and Cathey (1993), IEEE Trans. Automatic Control 38(2), 294-297; Athans, Wishner
 * and Bertolini (1968), IEEE Trans. Automatic Control 13(5), 504-514. */
MUST_USE result estimate_update(enum estimate_motion motion, struct estimate *e,
                                const struct measure_site *site, const struct observation *o,
                                double age_s, struct innovation *out);

/* An update in its parts, for whoever estimates something beside the state. */
struct estimate_update {
    struct innovation found;
    double residual[MEASURE_DIM_MAX];                     /* at the estimate as it was */
    double jacobian[MEASURE_DIM_MAX * ESTIMATE_DIM];      /* dim x 7 */
    double gain[ESTIMATE_DIM * MEASURE_DIM_MAX];          /* 7 x dim */
    double covariance[MEASURE_DIM_MAX * MEASURE_DIM_MAX]; /* of the residual */
    double by_bias[MEASURE_DIM_MAX * MEASURE_BIASES];     /* dim x MEASURE_BIASES */
};

/* Uses a radar's or an infrared observation of a ballistic object as if its sensor's biases were
 * these; registration.h does the rest. Errors as above. */
MUST_USE result estimate_update_unbiased(struct estimate *e, const struct measure_site *site,
                                         const double biases[MEASURE_BIASES],
                                         const struct observation *o, double age_s,
                                         struct estimate_update *out);

/* Whether this can be an object between the ground and deep space: finite, not inside the Earth,
 * not faster than anything is. */
bool estimate_is_possible(const struct estimate *e);

/* How far the surface of equal range bends away from its tangent within one sigma of the doubt
 * across the line of sight, over the range noise: large where angles are poor beside ranges. 0 for
 * what has no range. */
double estimate_curvature(const struct estimate *e, const struct measure_site *site,
                          const struct observation *o);

/* Height over the ellipsoid, m, and its rate, m/s. */
void estimate_height(const struct estimate *e, double *height_m, double *rate_mps);

/* The state moved by dt_s (either sign) with its 7 x 7 transition matrix (may be NULL). */
void estimate_move(enum estimate_motion motion, double x[ESTIMATE_DIM], double dt_s,
                   double transition[ESTIMATE_CELLS]);

/* The parts of the above, for whoever does both hypotheses at once (track/twin.h).
 *
 * The motion of a step: drag is left out where no part of it can be in the air. */
enum motion_kind estimate_kind(enum estimate_motion motion, const double x[ESTIMATE_DIM],
                               double dt_s);

/* The thrust after dt_s, m/s², and its derivative by the thrust before. */
double estimate_grown_thrust(double thrust_mps2, double dt_s, double *slope);

/* Adds the process noise of dt_s; 1 / ballistic coefficient, m²/kg, matters where drag does. */
void estimate_add_noise(enum estimate_motion motion, struct estimate *e, double dt_s,
                        double inverse_beta);

/* The seventh number within bounds: a motion that does not fit may pull the ballistic coefficient
 * to where no object's is, and the drag out of what a step can integrate. */
double estimate_bound(enum estimate_motion motion, double number);

/* An update is settled when what the linear model leaves out is this small beside the noise. */
#define ESTIMATE_LINEAR_SIGMAS 0.01
#define ESTIMATE_LOG_2_PI 1.83787706640934548356

#endif
