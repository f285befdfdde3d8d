#include "assess/pull_up.h"

#include <string.h>

#include "base/elementary.h"
#include "geo/ellipse.h"
#include "geo/ellipsoid.h"
#include "physics/lifted.h"

#define STEP_S 1.0
#define FALL_S_MAX 1800.0
#define HELD 0.95
/* How likely it is that a missile of a kind that pulls up does so where nobody sees it. */
#define PROBABILITY 0.5

static const double LIFTS_MPS2[] = {30.0, 65.0, 100.0};
static const double BANKS_RAD[] = {-PI / 2.0, -PI / 4.0, 0.0, PI / 4.0, PI / 2.0};
static const double HEIGHTS_M[] = {45e3, 35e3, 25e3};
static const double SPANS_S[] = {5.0, 10.0, 15.0};

enum { LIFTS = 3, BANKS = 5, CASES = 3 };
_Static_assert(LIFTS *BANKS *CASES == PULL_UP_FALLS, "the footprint has another room for them");

/* One way down: lift from the height on, for so long. */
struct lift {
    double mps2;
    double bank_rad;
    double below_m;
    double lasts_s;
};

static bool land(struct motion_state s, const struct lift *lift, struct pull_up_fall *out)
{
    double left_s = lift->lasts_s;
    double rate_mps = 0.0;
    double before_m = motion_height_m(&s, &rate_mps);
    for (double after_s = 0.0; after_s < FALL_S_MAX; after_s += STEP_S) {
        struct motion_state next = s;
        if (left_s > 0.0 && before_m <= lift->below_m) {
            lifted_step(&next, lift->mps2, lift->bank_rad, STEP_S);
            left_s -= STEP_S;
        } else {
            motion_step(MOTION_REENTRY, &next, STEP_S, NULL);
        }
        const double height_m = motion_height_m(&next, &rate_mps);
        if (height_m <= 0.0) {
            const double share = before_m > 0.0 ? before_m / (before_m - height_m) : 0.0;
            struct geo_geodetic place;
            if (ellipsoid_from_ecef((struct geo_ecef){s.x[0] + share * (next.x[0] - s.x[0]),
                                                      s.x[1] + share * (next.x[1] - s.x[1]),
                                                      s.x[2] + share * (next.x[2] - s.x[2])},
                                    &place) != OK) {
                return false;
            }
            *out = (struct pull_up_fall){place.lat_rad, place.lon_rad, after_s + share * STEP_S};
            return true;
        }
        s = next;
        before_m = height_m;
    }
    return false;
}

void pull_up_fan(const struct ballistic_state *s, bool is_begun, struct pull_up_fan *out)
{
    struct motion_state start = {{0}};
    memcpy(start.x, s->x, 6 * sizeof *start.x);
    start.x[MOTION_LN_BETA] = s->x[BALLISTIC_LN_BETA];
    out->count = 0;
    for (int i = 0; i < LIFTS * BANKS * CASES; i++) {
        const int which = i / (LIFTS * BANKS);
        const struct lift lift = {LIFTS_MPS2[i % LIFTS], BANKS_RAD[i / LIFTS % BANKS],
                                  is_begun ? 1e9 : HEIGHTS_M[which],
                                  is_begun ? SPANS_S[which] : SPANS_S[CASES - 1]};
        if (land(start, &lift, &out->falls[out->count])) {
            out->count++;
        }
    }
}

void pull_up_footprint(const struct pull_up_fan *fan, struct instant time, struct footprint *out)
{
    memset(out, 0, sizeof *out);
    out->start = time;
    for (uint32_t i = 0; i < fan->count; i++) {
        out->samples[i] = (struct footprint_sample){fan->falls[i].lat_rad, fan->falls[i].lon_rad,
                                                    1.0 / (double)fan->count};
    }
    out->sample_count = fan->count;
}

/* The samples of the ballistic way and of the fan together. */
static void join(const struct pull_up_fan *fan, double probability, struct footprint *f)
{
    for (uint32_t i = 0; i < f->sample_count; i++) {
        f->samples[i].weight *= 1.0 - probability;
    }
    for (uint32_t i = 0; i < fan->count && f->sample_count < FOOTPRINT_SAMPLES_MAX; i++) {
        f->samples[f->sample_count] = (struct footprint_sample){
            fan->falls[i].lat_rad, fan->falls[i].lon_rad, probability / (double)fan->count};
        f->sample_count++;
    }
}

static struct geo_enu offset(struct geo_geodetic from, const struct footprint_sample *s)
{
    return ellipsoid_enu(from,
                         ellipsoid_to_ecef((struct geo_geodetic){s->lat_rad, s->lon_rad, 0.0}));
}

/* The least value that is not passed by `held` of the weights; the values are changed. */
static double weighted_quantile(double *values, const struct footprint *f, double held)
{
    double sum = 0.0;
    double least = 0.0;
    for (uint32_t round = 0; round < f->sample_count && sum < held; round++) {
        uint32_t at = 0;
        for (uint32_t i = 1; i < f->sample_count; i++) {
            at = values[i] < values[at] ? i : at;
        }
        least = values[at];
        values[at] = 1e300;
        sum += f->samples[at].weight;
    }
    return least;
}

/* The ellipse of the samples' covariance, scaled so that it holds 95 % of them. */
static result surround(const struct footprint *f, struct impact_estimate *out)
{
    const struct geo_geodetic reference = out->point;
    double mean[2] = {0.0, 0.0};
    double covariance[4] = {0.0, 0.0, 0.0, 0.0};
    double distance[FOOTPRINT_SAMPLES_MAX];
    for (uint32_t i = 0; i < f->sample_count; i++) {
        const struct geo_enu p = offset(reference, &f->samples[i]);
        mean[0] += f->samples[i].weight * p.east_m;
        mean[1] += f->samples[i].weight * p.north_m;
    }
    for (uint32_t i = 0; i < f->sample_count; i++) {
        const struct geo_enu p = offset(reference, &f->samples[i]);
        const double d[2] = {p.east_m - mean[0], p.north_m - mean[1]};
        for (int k = 0; k < 4; k++) {
            covariance[k] += f->samples[i].weight * d[k / 2] * d[k % 2];
        }
    }
    const double det = covariance[0] * covariance[3] - covariance[1] * covariance[2];
    ENSURE(det > 0.0, ERR_NUMERIC);
    for (uint32_t i = 0; i < f->sample_count; i++) {
        const struct geo_enu p = offset(reference, &f->samples[i]);
        const double e = p.east_m - mean[0];
        const double n = p.north_m - mean[1];
        distance[i] =
            (covariance[3] * e * e - 2.0 * covariance[1] * e * n + covariance[0] * n * n) / det;
    }
    TRY(ellipse_from_covariance(covariance, sqrt(weighted_quantile(distance, f, HELD)),
                                &out->ellipse_95));
    double axes[9];
    ellipsoid_axes(reference, axes);
    const struct geo_ecef origin = ellipsoid_to_ecef(reference);
    const struct geo_ecef middle = {origin.x_m + mean[0] * axes[0] + mean[1] * axes[3],
                                    origin.y_m + mean[0] * axes[1] + mean[1] * axes[4],
                                    origin.z_m + mean[0] * axes[2] + mean[1] * axes[5]};
    TRY(ellipsoid_from_ecef(middle, &out->point));
    out->point.height_m = 0.0;
    memcpy(out->covariance_m2, covariance, sizeof covariance);
    return OK;
}

result pull_up_widen(const struct ballistic_state *s, struct impact_estimate *impact,
                     struct footprint *footprint)
{
    struct pull_up_fan fan;
    struct impact_estimate estimate = *impact;
    struct footprint both = *footprint;
    pull_up_fan(s, false, &fan);
    ENSURE(impact->why == WHY_NONE && fan.count > 0, ERR_STATE);
    ENSURE(both.sample_count > 0 && both.sample_count <= FOOTPRINT_BALLISTIC_MAX, ERR_STATE);
    join(&fan, PROBABILITY, &both);
    TRY(surround(&both, &estimate));
    const double middle_s = instant_since_s(estimate.time, s->time);
    double first_s = middle_s - estimate.time_95_s;
    double last_s = middle_s + estimate.time_95_s;
    for (uint32_t i = 0; i < fan.count; i++) {
        first_s = fan.falls[i].after_s < first_s ? fan.falls[i].after_s : first_s;
        last_s = fan.falls[i].after_s > last_s ? fan.falls[i].after_s : last_s;
    }
    estimate.time = instant_plus_s(s->time, 0.5 * (first_s + last_s));
    estimate.time_95_s = 0.5 * (last_s - first_s);
    *impact = estimate;
    *footprint = both;
    return OK;
}
