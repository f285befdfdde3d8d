/* Gauss-Newton on each hypothesis, from where the last estimate left it; then the hypotheses are
 * weighed and merged. Place, time and bearing have no prior worth the name, what the missile does
 * has. What those few numbers leave out of a real ascent stands in three places: observations count
 * less the later they are; the launch is told no better than to a part of the way back to it, and
 * of the time since. */
#include "assess/ascent.h"

#include <string.h>

#include "assess/ascent_path.h"
#include "base/elementary.h"
#include "base/matrix.h"
#include "geo/ellipsoid.h"
#include "geo/geodesic.h"

enum { NUMBERS = ASCENT_NUMBERS, FREE = ASCENT_THRUST, SHAPES = NUMBERS - FREE };
_Static_assert(SHAPES % 2 == 0, "they are flown two at a time");

#define FIXES_MIN 5
#define HEIGHT_M_MAX 45e3 /* of the first observation */
#define ROUNDS_MAX 12
#define CONVERGED 0.02 /* of a prior deviation */
#define MOVE_MAX 1.5   /* prior deviations in a round */
/* What is left out, as an unknown acceleration since the first observation. */
#define UNMODELLED_MPS2 3.0
/* Beyond this an observation counts for less (Huber (1964), Ann. Math. Statist. 35(1)). */
#define SQUARE_MAX 16.0
#define MISFIT_MAX 3.0 /* mean square residual, for each number */
/* What is left out on the way back: of its length, and of the time. */
#define FLOOR_M 150.0
#define FLOOR_S 0.5
#define BACK_TOLERANCE 0.08
#define BACK_TIME_TOLERANCE 0.08

struct prior {
    double mean[NUMBERS];
    double sigma[NUMBERS];
};

#define LN_BETA 9.62    /* 15 000 kg/m² */
#define LN_LEAN (-4.56) /* 0.6 degrees a second */

/* A launcher, a slow, a middling and a fast missile: thrust at the start 13, 16, 22 and 33 m/s².
 * Taken. */
static const struct prior PRIORS[ASCENT_HYPOTHESES] = {
    {{0, 0, 0, 0, 2.53, 1.0, 18.0, 0.0, LN_LEAN - 0.4, -0.1, 0.0, LN_BETA},
     {300e3, 300e3, 300.0, 10.0, 0.08, 0.15, 6.0, 0.05, 0.6, 0.4, 3e-4, 0.6}},
    {{0, 0, 0, 0, 2.77, 1.0, 8.0, 0.0, LN_LEAN, -0.1, 0.0, LN_BETA},
     {300e3, 300e3, 300.0, 10.0, 0.15, 0.2, 2.5, 0.05, 0.6, 0.4, 3e-4, 0.6}},
    {{0, 0, 0, 0, 3.09, 0.9, 8.0, 0.0, LN_LEAN, -0.1, 0.0, LN_BETA},
     {300e3, 300e3, 300.0, 10.0, 0.2, 0.3, 2.5, 0.05, 0.6, 0.4, 3e-4, 0.6}},
    {{0, 0, 0, 0, 3.50, 0.7, 8.0, 0.0, LN_LEAN + 0.3, -0.1, 0.0, LN_BETA},
     {300e3, 300e3, 300.0, 10.0, 0.25, 0.4, 2.5, 0.05, 0.6, 0.4, 3e-4, 0.6}},
};

/* By how much each number is moved to see what follows. */
static const double NUDGE[NUMBERS] = {1.0, 1.0,  0.1,  1e-3, 1e-3, 1e-2,
                                      0.1, 1e-3, 1e-2, 1e-2, 1e-5, 0.1};

/* The data of one estimate. */
struct data {
    uint32_t count;
    double lat_rad;
    const struct ascent_fix *fixes;
    double information_pm2[ASCENT_FIXES_MAX][9]; /* what the ascent leaves out taken off */
};

/* What the data say of an ascent: normal matrix, right side, sums of squares. */
struct normal {
    double matrix[NUMBERS * NUMBERS];
    double right[NUMBERS];
    double square;
    double prior_square;
};

struct fit {
    double covariance[NUMBERS * NUMBERS];
    double log_evidence;
    double back_m; /* from the first fix to the launch */
    double back_s;
};

/* Sums over hypotheses: launch after the reference time (s), east and north (m). */
struct answer {
    double weight;
    double mean[3];
    double second[9];
};

static void add_prior(const struct prior *prior, const double number[NUMBERS], struct normal *out)
{
    for (int i = 0; i < NUMBERS; i++) {
        const double weight = 1.0 / elementary_square(prior->sigma[i]);
        const double off = i < FREE ? 0.0 : prior->mean[i] - number[i];
        out->matrix[i * (NUMBERS + 1)] += weight;
        out->right[i] += weight * off;
        out->prior_square += weight * off * off;
    }
}

/* Adds one fix; gradient[i] is d(place)/d(number i). Only the lower triangle is kept. */
static void add_fix(const struct data *d, uint32_t i, const double place_m[3],
                    double gradient[NUMBERS][3], struct normal *out)
{
    const struct geo_enu p = d->fixes[i].point;
    const double off[3] = {p.east_m - place_m[0], p.north_m - place_m[1], p.up_m - place_m[2]};
    double weighted[3];
    matrix_multiply(d->information_pm2[i], off, weighted, 3, 3, 1);
    const double square = off[0] * weighted[0] + off[1] * weighted[1] + off[2] * weighted[2];
    const double trust = square > SQUARE_MAX ? sqrt(SQUARE_MAX / square) : 1.0;
    out->square += trust * square;
    for (int a = 0; a < NUMBERS; a++) {
        double row[3];
        matrix_multiply(d->information_pm2[i], gradient[a], row, 3, 3, 1);
        for (int k = 0; k < 3; k++) {
            out->right[a] += trust * gradient[a][k] * weighted[k];
        }
        for (int b = 0; b <= a; b++) {
            for (int k = 0; k < 3; k++) {
                out->matrix[a * NUMBERS + b] += trust * row[k] * gradient[b][k];
            }
        }
    }
}

static void gradient_at(const struct ascent_path paths[SHAPES + 1], double since_s,
                        const struct ascent_state *s, double gradient[NUMBERS][3])
{
    memset(gradient, 0, sizeof(double) * NUMBERS * 3);
    gradient[ASCENT_EAST][0] = 1.0;
    gradient[ASCENT_NORTH][1] = 1.0;
    gradient[ASCENT_BEARING][0] = s->x[1];
    gradient[ASCENT_BEARING][1] = -s->x[0];
    for (int k = 0; k < 3; k++) {
        gradient[ASCENT_START][k] = -s->x[3 + k];
    }
    for (int a = 0; a < SHAPES; a++) {
        const struct ascent_state moved = ascent_state_at(&paths[a + 1], since_s);
        for (int k = 0; k < 3; k++) {
            gradient[FREE + a][k] = (moved.x[k] - s->x[k]) / NUDGE[FREE + a];
        }
    }
}

static void linearise(const struct data *d, const struct prior *prior, const double number[NUMBERS],
                      struct normal *out)
{
    struct ascent_path paths[SHAPES + 1];
    const double until_s = d->fixes[d->count - 1].time_s - number[ASCENT_START];
    memset(out, 0, sizeof *out);
    ascent_fly(number, d->lat_rad, until_s, &paths[0]);
    for (int a = 0; a < SHAPES; a += 2) {
        double moved[2][NUMBERS];
        for (int k = 0; k < 2; k++) {
            memcpy(moved[k], number, sizeof moved[k]);
            moved[k][FREE + a + k] += NUDGE[FREE + a + k];
        }
        ascent_fly_two(moved[0], moved[1], d->lat_rad, until_s, &paths[a + 1], &paths[a + 2]);
    }
    for (uint32_t i = 0; i < d->count; i++) {
        double gradient[NUMBERS][3];
        const double since_s = d->fixes[i].time_s - number[ASCENT_START];
        struct ascent_state s = ascent_state_at(&paths[0], since_s);
        gradient_at(paths, since_s, &s, gradient);
        s.x[0] += number[ASCENT_EAST];
        s.x[1] += number[ASCENT_NORTH];
        add_fix(d, i, s.x, gradient, out);
    }
    add_prior(prior, number, out);
    for (int a = 0; a < NUMBERS; a++) {
        for (int b = 0; b < a; b++) {
            out->matrix[b * NUMBERS + a] = out->matrix[a * NUMBERS + b];
        }
    }
}

/* Where the first fit starts: the prior's ascent, laid through the track as it is now. */
static result begin(const struct ascent *ascent, const struct data *d, const struct track *t,
                    const struct prior *prior, double number[NUMBERS])
{
    struct ascent_path path;
    double axes[9];
    double v[3];
    const double fixed_mps[3] = {t->velocity.x_mps, t->velocity.y_mps, t->velocity.z_mps};
    const struct geo_enu p = ellipsoid_enu(ascent->origin, t->position);
    ENSURE(elementary_is_finite(p.up_m), ERR_RANGE);
    ellipsoid_axes(ascent->origin, axes);
    matrix_multiply(axes, fixed_mps, v, 3, 3, 1);
    memcpy(number, prior->mean, sizeof prior->mean);
    number[ASCENT_BEARING] = elementary_atan2(v[0], v[1]);
    ascent_fly(number, d->lat_rad, ASCENT_STEPS_MAX * ASCENT_STEP_S, &path);
    uint32_t i = 1;
    while (i + 1 < path.count && path.at[i].x[2] < p.up_m) {
        i++;
    }
    number[ASCENT_START] = instant_since_s(t->time, ascent->reference) - i * ASCENT_STEP_S;
    number[ASCENT_EAST] = p.east_m - path.at[i].x[0];
    number[ASCENT_NORTH] = p.north_m - path.at[i].x[1];
    return OK;
}

/* One round: moves the numbers, and says how far, in prior deviations of the shape. */
static result improve(const struct data *d, const struct prior *prior, const struct normal *n,
                      double number[NUMBERS], double *moved)
{
    double factor[NUMBERS * NUMBERS];
    double move[NUMBERS];
    double most = 0.0;
    TRY(matrix_cholesky(n->matrix, factor, NUMBERS));
    memcpy(move, n->right, sizeof move);
    matrix_cholesky_solve(factor, move, NUMBERS, 1);
    for (int i = FREE; i < NUMBERS; i++) {
        const double size = fabs(move[i]) / prior->sigma[i];
        most = size > most ? size : most;
    }
    const double share = most > MOVE_MAX ? MOVE_MAX / most : 1.0;
    for (int i = 0; i < NUMBERS; i++) {
        number[i] += share * move[i];
    }
    const double until_s = d->fixes[d->count - 1].time_s - number[ASCENT_START];
    ENSURE(until_s < ASCENT_STEPS_MAX * ASCENT_STEP_S, ERR_NUMERIC);
    *moved = most;
    return OK;
}

static result conclude_fit(const struct data *d, const struct prior *prior, const struct normal *n,
                           const double number[NUMBERS], struct fit *out)
{
    double factor[NUMBERS * NUMBERS];
    struct ascent_path path;
    ENSURE(n->square < MISFIT_MAX * 2.0 * d->count, ERR_NUMERIC);
    TRY(matrix_cholesky(n->matrix, factor, NUMBERS));
    TRY(matrix_inverse(n->matrix, out->covariance, NUMBERS));
    out->log_evidence =
        -0.5 * (n->square + n->prior_square + matrix_log_determinant(factor, NUMBERS));
    for (int i = FREE; i < NUMBERS; i++) {
        out->log_evidence -= elementary_log(prior->sigma[i]);
    }
    out->back_s = d->fixes[0].time_s - number[ASCENT_START];
    ascent_fly(number, d->lat_rad, out->back_s, &path);
    const struct ascent_state s = ascent_state_at(&path, out->back_s);
    out->back_m = sqrt(s.x[0] * s.x[0] + s.x[1] * s.x[1]);
    ENSURE(elementary_is_finite(out->log_evidence), ERR_NUMERIC);
    return OK;
}

static result fit(struct ascent *ascent, const struct data *d, const struct track *t,
                  int hypothesis, struct fit *out)
{
    const struct prior *prior = &PRIORS[hypothesis];
    double *number = ascent->number[hypothesis];
    struct normal n;
    double moved = 1.0;
    if (!ascent->fitted[hypothesis]) {
        TRY(begin(ascent, d, t, prior, number));
    }
    /* Where the last move was short, what was there holds here. */
    for (int round = 0; round < ROUNDS_MAX && moved > CONVERGED; round++) {
        linearise(d, prior, number, &n);
        TRY(improve(d, prior, &n, number, &moved));
    }
    return conclude_fit(d, prior, &n, number, out);
}

/* The noise grows with what the ascent leaves out: (inverse(w) + q)⁻¹ = w (1 + q w)⁻¹. */
static result doubt(double since_s, const double w[9], double out[9])
{
    const double q = elementary_square(0.5 * UNMODELLED_MPS2 * since_s * since_s);
    double inverse[9];
    for (int i = 0; i < 9; i++) {
        inverse[i] = q * w[i] + (i % 4 == 0 ? 1.0 : 0.0);
    }
    TRY(matrix_inverse(inverse, inverse, 3));
    matrix_multiply(w, inverse, out, 3, 3, 3);
    matrix_symmetrise(out, 3);
    return OK;
}

static result data_init(const struct ascent *ascent, struct data *d)
{
    ENSURE(ascent->count >= FIXES_MIN, ERR_STATE);
    ENSURE(ascent->fixes[0].point.up_m < HEIGHT_M_MAX, ERR_STATE);
    d->lat_rad = ascent->origin.lat_rad;
    d->count = ascent->count;
    d->fixes = ascent->fixes;
    for (uint32_t i = 0; i < d->count; i++) {
        TRY(doubt(d->fixes[i].time_s - d->fixes[0].time_s, d->fixes[i].information_pm2,
                  d->information_pm2[i]));
    }
    return OK;
}

static void add_answer(const double number[NUMBERS], const struct fit *fit, double weight,
                       struct answer *sum)
{
    static const int FROM[3] = {ASCENT_START, ASCENT_EAST, ASCENT_NORTH};
    const double left_out[3] = {
        elementary_square(FLOOR_S) + elementary_square(BACK_TIME_TOLERANCE * fit->back_s),
        elementary_square(FLOOR_M) + elementary_square(BACK_TOLERANCE * fit->back_m),
        elementary_square(FLOOR_M) + elementary_square(BACK_TOLERANCE * fit->back_m)};
    for (int i = 0; i < 3; i++) {
        sum->mean[i] += weight * number[FROM[i]];
        for (int j = 0; j < 3; j++) {
            const double own =
                fit->covariance[FROM[i] * NUMBERS + FROM[j]] + (i == j ? left_out[i] : 0.0);
            sum->second[3 * i + j] += weight * (own + number[FROM[i]] * number[FROM[j]]);
        }
    }
    sum->weight += weight;
}

static result conclude(const struct ascent *ascent, const struct answer *sum,
                       struct launch_estimate *out)
{
    double mean[3];
    double c[9];
    ENSURE(sum->weight > 0.0, ERR_STATE);
    for (int i = 0; i < 3; i++) {
        mean[i] = sum->mean[i] / sum->weight;
    }
    for (int i = 0; i < 9; i++) {
        c[i] = sum->second[i] / sum->weight - mean[i / 3] * mean[i % 3];
    }
    struct launch_estimate e = {.determined = true};
    const double distance_m = sqrt(mean[1] * mean[1] + mean[2] * mean[2]);
    TRY(geodesic_direct(ascent->origin, elementary_atan2(mean[1], mean[2]), distance_m, &e.point));
    e.time = instant_plus_s(ascent->reference, mean[0]);
    e.time_sigma_s = sqrt(c[0]);
    e.covariance_m2[0] = c[4];
    e.covariance_m2[1] = c[5];
    e.covariance_m2[2] = c[5];
    e.covariance_m2[3] = c[8];
    double l[4];
    TRY(matrix_cholesky(e.covariance_m2, l, 2));
    *out = e;
    return OK;
}

void ascent_estimate(struct ascent *ascent, const struct track *boosting,
                     struct launch_estimate *out)
{
    struct data d;
    struct fit fits[ASCENT_HYPOTHESES];
    double best = -1e300;
    memset(out, 0, sizeof *out);
    if (!ascent->changed || data_init(ascent, &d) != OK) {
        return;
    }
    ascent->changed = false;
    for (int i = 0; i < ASCENT_HYPOTHESES; i++) {
        ascent->fitted[i] = fit(ascent, &d, boosting, i, &fits[i]) == OK;
        if (ascent->fitted[i] && fits[i].log_evidence > best) {
            best = fits[i].log_evidence;
        }
    }
    struct answer sum = {0};
    for (int i = 0; i < ASCENT_HYPOTHESES; i++) {
        if (ascent->fitted[i]) {
            add_answer(ascent->number[i], &fits[i], elementary_exp(fits[i].log_evidence - best),
                       &sum);
        }
    }
    if (conclude(ascent, &sum, out) != OK) {
        out->determined = false;
    }
}
