/* Sensors' constant errors, estimated beside the ballistic state of one track.
 *
 * The state is estimated as if the biases were what they are believed to be; beside it stand what
 * is known of them and how the state would change with them. Together this is the filter of state
 * and biases in one, but the state's own steps stay as they are, and a nation with calibrated
 * sensors pays nothing. The priors come from the sensor lines.
 * Source: Friedland (1969), IEEE Trans. Automatic Control 14(4), 359-367. */
#ifndef WATCHFIRE_TRACK_REGISTRATION_H
#define WATCHFIRE_TRACK_REGISTRATION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/result.h"
#include "track/estimate.h"
#include "track/measure.h"

#define REGISTRATION_MAX 12

struct registration {
    uint8_t count;
    uint8_t site[REGISTRATION_MAX]; /* whose bias */
    uint8_t bias[REGISTRATION_MAX]; /* enum measure_bias */
    /* By how much the state has to move where a bias is greater by one than believed. */
    double by_bias[ESTIMATE_DIM * REGISTRATION_MAX];
    double value[REGISTRATION_MAX];                /* m, rad, rad, s */
    double p[REGISTRATION_MAX * REGISTRATION_MAX]; /* their covariance */
};

/* Makes room for a site's biases, with their priors. False if there is none: then they are noise.
 * True at once if they are known already, or if the site has none. */
bool registration_admit(struct registration *r, uint8_t index, const struct measure_site *site);

/* Copies what is known; what is empty is not touched. */
void registration_copy(const struct registration *from, struct registration *to);

bool registration_has(const struct registration *r, uint8_t index);

/* The state moved by this 7 x 7 matrix. */
void registration_predict(struct registration *r, const double transition[ESTIMATE_CELLS]);

/* The believed biases of a site, 0 where none are known. */
void registration_believed(const struct registration *r, uint8_t index, double out[MEASURE_BIASES]);

/* The state used an observation of the site `index` (which must be admitted, or have no biases):
 * now the biases do, and the state follows. What was found is put right: the residual's expected
 * size and likelihood with the doubt of the biases. ERR_NUMERIC if nothing possible comes out; r
 * and e are then unchanged. */
MUST_USE result registration_update(struct registration *r, uint8_t index,
                                    struct estimate_update *update, struct estimate *e);

/* The d(reading)/d(bias) of an observation, dim x count, from the model's. */
void registration_rows(const struct registration *r, uint8_t index, const double *by_bias, int dim,
                       double rows[MEASURE_DIM_MAX * REGISTRATION_MAX]);

/* The estimate with the doubt of the biases in its covariance; out may be e. */
void registration_apply(const struct registration *r, const struct estimate *e,
                        struct estimate *out);

#endif
