/* How a template answers. Say the track's local state is s: east, north, up and their rates.
 *
 * A template claims "at height u the speed is v(u), the flight-path angle g(u)", each within a
 * tolerance that covers the gaps of the grid: two pseudo-measurements of s, with which s is
 * updated as in any filter. How probable the track makes them (and its thrust) is the template's
 * weight.
 *
 * The updated state is scaled back to the ground by the template's two ratios: launched
 * time_ratio * u / v_u ago, range_ratio * u * (v_e, v_n) / v_u back. So a precise track speaks for
 * itself, a vague one leans on the templates.
 *
 * The templates' Earth does not turn. Up to 80 km of height that moves the launch by less than a
 * tenth of a kilometre. */
#include "assess/launch.h"

#include <assert.h>
#include <string.h>

#include "base/elementary.h"
#include "base/matrix.h"
#include "geo/ellipsoid.h"
#include "geo/geodesic.h"

#define HEIGHT_MIN_M 300.0
#define SPEED_UP_MIN_MPS 15.0
/* Tolerances of a template: half the grid's steps, and what a real missile does differently. */
#define SPEED_TOLERANCE 0.07
#define ANGLE_TOLERANCE_RAD (3.5 * RAD_PER_DEG)
#define THRUST_TOLERANCE 0.15
#define THRUST_TOLERANCE_MPS2 2.0
/* The ratios' own: the higher the missile, the more its stages have done as they liked. */
#define TIME_RATIO_TOLERANCE 0.03
#define TIME_RATIO_TOLERANCE_PER_M (0.08 / 80e3)
#define RANGE_RATIO_TOLERANCE 0.06
#define RANGE_RATIO_TOLERANCE_PER_M (0.04 / 80e3)
/* No template fits if the best misfit of speed, angle and thrust is beyond this (chi² of three). */
#define MISFIT_MAX 30.0
/* Templates this many e-folds less probable than the best are left out. */
#define LOG_WEIGHT_REACH 10.0
/* A thrust that no template has, as between two stages, speaks against all of them alike. */
#define THRUST_MISFIT_MAX 12.0
#define FLOOR_M 300.0
#define FLOOR_S 1.0
/* A track in the local axes at its own ground point: only the up coordinate differs from 0. */
struct local {
    struct geo_geodetic ground;
    double x[6]; /* east, north, up (m), and their rates */
    double covariance[36];
    double thrust_mps2;
    double thrust_variance;
};

/* What a template says at a height, and how that changes with height. */
struct claim {
    double value[2]; /* speed, angle */
    double by_height[2];
    double thrust_mps2;
    double time_ratio;
    double range_ratio;
};

/* A template's misfit: innovation, its inverse covariance, the derivative of speed and angle minus
 * the claim by the state. */
struct misfit {
    double innovation[2];
    double inverse[4];
    double slope[12];
    double chi2;
    double log_weight;
};

/* Sums over templates: time before the track's (s), east and north of the track (m). */
struct answer {
    double weight;
    double mean[3];
    double second[9]; /* weighted covariance plus outer product of the mean */
};

static result local_init(const struct track *t, struct local *out)
{
    double axes[9];
    double turn[36] = {0};
    double l[36];
    const double v[3] = {t->velocity.x_mps, t->velocity.y_mps, t->velocity.z_mps};
    ENSURE(elementary_is_finite(v[0] + v[1] + v[2]), ERR_RANGE);
    ENSURE(elementary_is_finite(t->thrust_mps2 + t->thrust_sigma_mps2), ERR_RANGE);
    TRY(ellipsoid_from_ecef(t->position, &out->ground));
    TRY(matrix_cholesky(t->covariance, l, 6));
    memset(out->x, 0, sizeof out->x);
    out->x[2] = out->ground.height_m;
    out->ground.height_m = 0.0;
    ellipsoid_axes(out->ground, axes);
    matrix_multiply(axes, v, out->x + 3, 3, 3, 1);
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++) {
            turn[6 * i + j] = axes[3 * i + j];
            turn[6 * (i + 3) + j + 3] = axes[3 * i + j];
        }
    }
    matrix_transform(turn, t->covariance, out->covariance, 6, 6);
    out->thrust_mps2 = t->thrust_mps2;
    out->thrust_variance = elementary_square(t->thrust_sigma_mps2);
    return OK;
}

/* False if the template is not under thrust at this height. */
static bool claim_at(const struct launch_template *t, double height_m, struct claim *out)
{
    if (height_m > (double)t->height_end_m) {
        return false;
    }
    uint32_t i = 0;
    while (i + 2 < t->row_count && height_m > (double)LAUNCH_TEMPLATES.heights_m[i + 1]) {
        i++;
    }
    const struct launch_row *a = &t->rows[i];
    const struct launch_row *b = a + 1;
    const double span_m =
        (double)LAUNCH_TEMPLATES.heights_m[i + 1] - (double)LAUNCH_TEMPLATES.heights_m[i];
    const double share = (height_m - (double)LAUNCH_TEMPLATES.heights_m[i]) / span_m;
    if (share > 1.5) {
        return false;
    }
    out->by_height[0] = ((double)b->speed_mps - (double)a->speed_mps) / span_m;
    out->by_height[1] = ((double)b->angle_rad - (double)a->angle_rad) / span_m;
    out->value[0] = (double)a->speed_mps + share * span_m * out->by_height[0];
    out->value[1] = (double)a->angle_rad + share * span_m * out->by_height[1];
    out->thrust_mps2 =
        (double)a->thrust_mps2 + share * ((double)b->thrust_mps2 - (double)a->thrust_mps2);
    out->time_ratio =
        (double)a->time_ratio + share * ((double)b->time_ratio - (double)a->time_ratio);
    out->range_ratio =
        (double)a->range_ratio + share * ((double)b->range_ratio - (double)a->range_ratio);
    return true;
}

static result misfit_of(const struct local *s, const struct claim *c, struct misfit *out)
{
    const double *v = s->x + 3;
    const double level = sqrt(v[0] * v[0] + v[1] * v[1]);
    const double speed = sqrt(level * level + v[2] * v[2]);
    const double per_level = level > 1.0 ? 1.0 / level : 1.0;
    const double slope[12] = {
        0.0,
        0.0,
        -c->by_height[0],
        v[0] / speed,
        v[1] / speed,
        v[2] / speed,
        0.0,
        0.0,
        -c->by_height[1],
        -v[0] * v[2] * per_level / (speed * speed),
        -v[1] * v[2] * per_level / (speed * speed),
        level / (speed * speed),
    };
    double covariance[4];
    memcpy(out->slope, slope, sizeof slope);
    out->innovation[0] = c->value[0] - speed;
    out->innovation[1] = c->value[1] - elementary_atan2(v[2], level);
    matrix_transform(slope, s->covariance, covariance, 2, 6);
    covariance[0] += elementary_square(SPEED_TOLERANCE * c->value[0]);
    covariance[3] += elementary_square(ANGLE_TOLERANCE_RAD);
    TRY(matrix_inverse(covariance, out->inverse, 2));
    const double thrust_variance = s->thrust_variance +
                                   elementary_square(THRUST_TOLERANCE * c->thrust_mps2) +
                                   elementary_square(THRUST_TOLERANCE_MPS2);
    matrix_transform(out->innovation, out->inverse, &out->chi2, 1, 2);
    const double thrust_chi2 = elementary_square(c->thrust_mps2 - s->thrust_mps2) / thrust_variance;
    out->chi2 += thrust_chi2 < THRUST_MISFIT_MAX ? thrust_chi2 : THRUST_MISFIT_MAX;
    const double determinant =
        (covariance[0] * covariance[3] - covariance[1] * covariance[2]) * thrust_variance;
    out->log_weight = -0.5 * (out->chi2 + elementary_log(determinant));
    return OK;
}

/* The state after the template's claim: x and covariance. */
static void update(const struct local *s, const struct misfit *m, double x[6],
                   double covariance[36])
{
    double cross[12];
    double gain[12];
    double move[6];
    double taken[36];
    matrix_multiply_transposed(s->covariance, m->slope, cross, 6, 6, 2);
    matrix_multiply(cross, m->inverse, gain, 6, 2, 2);
    matrix_multiply(gain, m->innovation, move, 6, 2, 1);
    matrix_multiply_transposed(gain, cross, taken, 6, 2, 6);
    for (int i = 0; i < 6; i++) {
        x[i] = s->x[i] + move[i];
    }
    for (int i = 0; i < 36; i++) {
        covariance[i] = s->covariance[i] - taken[i];
    }
    matrix_symmetrise(covariance, 6);
}

/* Adds one template's launch: its mean and covariance, with its weight. */
static void add_launch(const double x[6], const double covariance[36], const struct claim *c,
                       double weight, struct answer *sum)
{
    const double per_up = 1.0 / x[5];
    const double ago_s = c->time_ratio * x[2] * per_up;
    const double back_east_m = c->range_ratio * x[2] * x[3] * per_up;
    const double back_north_m = c->range_ratio * x[2] * x[4] * per_up;
    const double slope[18] = {
        0.0,
        0.0,
        ago_s / x[2],
        0.0,
        0.0,
        -ago_s * per_up,
        1.0,
        0.0,
        -back_east_m / x[2],
        -c->range_ratio * x[2] * per_up,
        0.0,
        back_east_m * per_up,
        0.0,
        1.0,
        -back_north_m / x[2],
        0.0,
        -c->range_ratio * x[2] * per_up,
        back_north_m * per_up,
    };
    const double mean[3] = {ago_s, x[0] - back_east_m, x[1] - back_north_m};
    const double time_tolerance = TIME_RATIO_TOLERANCE + TIME_RATIO_TOLERANCE_PER_M * x[2];
    const double range_tolerance = RANGE_RATIO_TOLERANCE + RANGE_RATIO_TOLERANCE_PER_M * x[2];
    const double back[3] = {0.0, back_east_m * range_tolerance, back_north_m * range_tolerance};
    double own[9];
    matrix_transform(slope, covariance, own, 3, 6);
    own[0] += elementary_square(time_tolerance * ago_s);
    for (int i = 0; i < 3; i++) {
        sum->mean[i] += weight * mean[i];
        for (int j = 0; j < 3; j++) {
            sum->second[3 * i + j] +=
                weight * (own[3 * i + j] + back[i] * back[j] + mean[i] * mean[j]);
        }
    }
    sum->weight += weight;
}

/* Weighs all templates. False if none fits. */
static bool weigh(const struct local *s, struct answer *sum)
{
    double log_weights[LAUNCH_TEMPLATES_MAX];
    double log_max = -1e300;
    double chi2_min = 1e300;
    struct claim c;
    struct misfit m;
    for (uint32_t i = 0; i < LAUNCH_TEMPLATES.count; i++) {
        log_weights[i] = -1e300;
        if (claim_at(&LAUNCH_TEMPLATES.templates[i], s->x[2], &c) && misfit_of(s, &c, &m) == OK) {
            log_weights[i] = m.log_weight;
            log_max = m.log_weight > log_max ? m.log_weight : log_max;
            chi2_min = m.chi2 < chi2_min ? m.chi2 : chi2_min;
        }
    }
    if (chi2_min > MISFIT_MAX) {
        return false;
    }
    memset(sum, 0, sizeof *sum);
    for (uint32_t i = 0; i < LAUNCH_TEMPLATES.count; i++) {
        double x[6];
        double covariance[36];
        if (log_weights[i] < log_max - LOG_WEIGHT_REACH ||
            !claim_at(&LAUNCH_TEMPLATES.templates[i], s->x[2], &c) || misfit_of(s, &c, &m) != OK) {
            continue;
        }
        update(s, &m, x, covariance);
        if (x[5] > SPEED_UP_MIN_MPS && x[2] > 0.5 * HEIGHT_MIN_M) {
            add_launch(x, covariance, &c, elementary_exp(log_weights[i] - log_max), sum);
        }
    }
    return sum->weight > 0.0;
}

/* Where and when, from the sums. */
static result conclude(const struct local *s, struct instant time, const struct answer *sum,
                       struct launch_estimate *out)
{
    double mean[3];
    double covariance[9];
    for (int i = 0; i < 3; i++) {
        mean[i] = sum->mean[i] / sum->weight;
    }
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++) {
            covariance[3 * i + j] = sum->second[3 * i + j] / sum->weight - mean[i] * mean[j];
        }
    }
    const double distance_m = sqrt(mean[1] * mean[1] + mean[2] * mean[2]);
    struct launch_estimate e = {.determined = true};
    TRY(geodesic_direct(s->ground, elementary_atan2(mean[1], mean[2]), distance_m, &e.point));
    e.time = instant_plus_s(time, -mean[0]);
    e.time_sigma_s = sqrt(covariance[0] + FLOOR_S * FLOOR_S);
    e.covariance_m2[0] = covariance[4] + FLOOR_M * FLOOR_M;
    e.covariance_m2[1] = covariance[5];
    e.covariance_m2[2] = covariance[5];
    e.covariance_m2[3] = covariance[8] + FLOOR_M * FLOOR_M;
    double l[4];
    TRY(matrix_cholesky(e.covariance_m2, l, 2));
    *out = e;
    return OK;
}

void launch_estimate(const struct track *boosting, struct launch_estimate *out)
{
    struct local s;
    struct answer sum;
    memset(out, 0, sizeof *out);
    if (boosting->phase != PHASE_BOOST || local_init(boosting, &s) != OK) {
        return;
    }
    if (s.x[2] < HEIGHT_MIN_M || s.x[2] > LAUNCH_HEIGHT_MAX_M || s.x[5] < SPEED_UP_MIN_MPS) {
        return;
    }
    if (!weigh(&s, &sum) || conclude(&s, boosting->time, &sum, out) != OK) {
        out->determined = false;
    }
}

void launch_follow(const struct track *track, struct launch_record *record)
{
    struct launch_estimate found;
    if (track->status != STATUS_FIRM || track->phase != PHASE_BOOST) {
        return;
    }
    ascent_estimate(&record->ascent, track, &found);
    if (found.determined) {
        record->is_fitted = true;
        record->best = found;
    }
    if (record->is_fitted) {
        return;
    }
    launch_estimate(track, &found);
    const double *c = found.covariance_m2;
    const double *b = record->best.covariance_m2;
    if (found.determined &&
        (!record->best.determined || c[0] * c[3] - c[1] * c[2] < b[0] * b[3] - b[1] * b[2])) {
        record->best = found;
    }
}
