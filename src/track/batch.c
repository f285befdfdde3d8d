#include "track/batch.h"

#include <string.h>

#include "base/elementary.h"
#include "base/matrix.h"
#include "base/vector.h"
#include "track/way.h"

enum {
    DIM = ESTIMATE_DIM,
    CELLS = ESTIMATE_CELLS,
    ROUNDS_MAX = 16,
    HALVED_MAX = 3,
    OBSERVATIONS_MIN = 4
};
/* When the motor stopped (s after the guess) and what it did until then (m/s², Earth-fixed). */
enum { CUT = DIM, CUT_DIM = 4 };
/* State, end of thrust and biases together, in this order. */
enum { ALL_MAX = DIM + CUT_DIM + REGISTRATION_MAX };

/* A fit has converged when its last step was shorter than a hundredth of a sigma; one that finds an
 * end of thrust, a tenth, or when the step gained this little of what grows by one where one
 * unknown is a sigma off. */
#define STEP_SQUARED_MAX 1e-4
#define KINKED_STEP_SQUARED_MAX 1e-2
#define GAIN_MIN 0.05

#define GUESS_POSITION_M 1e5
#define GUESS_VELOCITY_MPS 2e3
#define GUESS_THRUST_MPS2 100.0
#define LN_BETA_STEP 1.0

/* Normal equations of `dim` unknowns, row by row without gaps. */
struct normal {
    int dim;
    double information[ALL_MAX * ALL_MAX];
    double vector[ALL_MAX];
    double chi_squared; /* of the observations */
    double cost;        /* the same, with what the priors say */
    int degrees;
};

/* What is asked of the fit: which observations, by which motion, at which time. */
struct question {
    const struct filter_memory *memory;
    const struct measure_site *sites;
    enum estimate_motion motion;
    struct instant epoch;
    struct instant from;
    struct registration *registration; /* NULL = biases are noise */
    const struct batch_cutoff *cutoff; /* NULL = one motion throughout */
};

static int first_bias(const struct question *q)
{
    return DIM + (q->cutoff != NULL ? CUT_DIM : 0);
}

static double prior_of(enum estimate_motion motion, double *variance)
{
    const bool ballistic = motion == ESTIMATE_BALLISTIC;
    *variance = ballistic ? ESTIMATE_LN_BETA_VARIANCE : GUESS_THRUST_MPS2 * GUESS_THRUST_MPS2;
    return ballistic ? ESTIMATE_LN_BETA_MEAN : 0.0;
}

/* Unknown number i was expected with this deviation: `off` from where it is now. */
static void expect(struct normal *sum, int i, double off, double variance)
{
    sum->information[i * (sum->dim + 1)] += 1.0 / variance;
    sum->vector[i] += off / variance;
    sum->cost += off * off / variance;
}

static void expected_thrust(const struct batch_cutoff *c, const double guess[DIM], double out[3])
{
    const double *v = guess + 3;
    const double speed = vector_length(v);
    for (int i = 0; i < 3; i++) {
        out[i] = speed > 1.0 ? c->thrust_mps2 * v[i] / speed : 0.0;
    }
}

static void add_prior(struct normal *sum, const struct question *q, const double x[ALL_MAX],
                      const double guess[DIM])
{
    double variance[DIM];
    for (int i = 0; i < 3; i++) {
        variance[i] = GUESS_POSITION_M * GUESS_POSITION_M;
        variance[3 + i] = GUESS_VELOCITY_MPS * GUESS_VELOCITY_MPS;
    }
    const double constant = prior_of(q->motion, &variance[6]);
    for (int i = 0; i < DIM; i++) {
        expect(sum, i, (i < 6 ? guess[i] : constant) - x[i], variance[i]);
    }
    if (q->cutoff != NULL) {
        const struct batch_cutoff *c = q->cutoff;
        expect(sum, CUT, -x[CUT], elementary_square(c->sigma_s));
        double thrust[3];
        expected_thrust(c, guess, thrust);
        for (int i = 0; i < 3; i++) {
            expect(sum, CUT + 1 + i, thrust[i] - x[CUT + 1 + i],
                   elementary_square(c->thrust_sigma_mps2));
        }
    }
    const int first = first_bias(q);
    for (int i = first; i < sum->dim; i++) {
        expect(sum, i, -x[i], q->registration->p[(i - first) * (REGISTRATION_MAX + 1)]);
    }
}

/* What the motor did to a state of before its end that was worked out as if it had never burnt.
 * With an acceleration that grows evenly up to `thrust`, by g of that each second, d seconds before
 * the end the position is further by thrust * (d² / 2 - g d³ / 6), the velocity less by
 * thrust * (d - g d² / 2). `by` (6 x CUT_DIM) is how this changes with time and thrust. */
static void add_thrust(const double cut[CUT_DIM], double growth, double before_s, double past[DIM],
                       double by[6 * CUT_DIM])
{
    const double *thrust = cut + 1;
    const double moved = before_s * before_s * (0.5 - growth * before_s / 6.0);
    const double slowed = before_s * (1.0 - 0.5 * growth * before_s);
    for (int i = 0; i < 3; i++) {
        past[i] += thrust[i] * moved;
        past[3 + i] -= thrust[i] * slowed;
        by[i * CUT_DIM] = thrust[i] * slowed;
        by[(3 + i) * CUT_DIM] = -thrust[i] * (1.0 - growth * before_s);
        by[i * CUT_DIM + 1 + i] = moved;
        by[(3 + i) * CUT_DIM + 1 + i] = -slowed;
    }
}

/* The sensor's biases in an observation's Jacobian, or in its noise where they are not fitted. */
static void see_biases(const struct question *q, const double *x, int dim,
                       const struct filter_kept *kept, struct measure *m, double *jacobian)
{
    double rows[MEASURE_DIM_MAX * REGISTRATION_MAX];
    const int first = first_bias(q);
    if (q->registration == NULL || !registration_has(q->registration, kept->site)) {
        measure_add_biases(&q->sites[kept->site], m);
        return;
    }
    registration_rows(q->registration, kept->site, m->by_bias, m->dim, rows);
    for (int i = 0; i < m->dim; i++) {
        for (int k = 0; k < dim - first; k++) {
            jacobian[i * dim + first + k] = rows[i * REGISTRATION_MAX + k];
            m->residual[i] -= rows[i * REGISTRATION_MAX + k] * x[first + k];
        }
    }
}

/* An observation seen from all unknowns: the model, and its Jacobian by all of them. */
static result see(const struct question *q, const double x[ALL_MAX], int dim, struct way *way,
                  const struct filter_kept *kept, struct measure *m,
                  double jacobian[MEASURE_DIM_MAX * ALL_MAX])
{
    double past[DIM];
    double by_cut[6 * CUT_DIM] = {0};
    double part[MEASURE_DIM_MAX * DIM];
    const struct instant at = kept->observation.validity;
    way_go(way, at);
    memcpy(past, way->x, sizeof past);
    const double before_s = q->cutoff != NULL ? instant_since_s(q->cutoff->at, at) + x[CUT] : 0.0;
    if (before_s > 0.0) {
        /* not a finding (core.NullDereference): without a cutoff it is 0 s */
        add_thrust(x + CUT, fabs(q->cutoff->thrust_mps2) / MISSILE_EXHAUST_MPS, before_s, past,
                   by_cut);
    }
    TRY(measure_linearise(&q->sites[kept->site], &kept->observation, past, m));
    memset(jacobian, 0, sizeof(double) * (size_t)(m->dim * dim));
    matrix_multiply(m->jacobian, way->transition, part, m->dim, 6, DIM);
    for (int i = 0; i < m->dim; i++) {
        memcpy(jacobian + i * dim, part + i * DIM, DIM * sizeof *part);
    }
    if (before_s > 0.0) {
        matrix_multiply(m->jacobian, by_cut, part, m->dim, 6, CUT_DIM);
        for (int i = 0; i < m->dim; i++) {
            memcpy(jacobian + i * dim + CUT, part + i * CUT_DIM, CUT_DIM * sizeof *part);
        }
    }
    see_biases(q, x, dim, kept, m, jacobian);
    return OK;
}

/* One observation's share of the normal equations, at the epoch. */
static result add_observation(struct normal *sum, const struct question *q, const double x[ALL_MAX],
                              struct way *way, const struct filter_kept *kept)
{
    struct measure m;
    double jacobian[MEASURE_DIM_MAX * ALL_MAX];
    double weight[MEASURE_DIM_MAX * MEASURE_DIM_MAX];
    double wj[MEASURE_DIM_MAX * ALL_MAX];
    const int dim = sum->dim;
    TRY(see(q, x, dim, way, kept, &m, jacobian));
    TRY(matrix_inverse(m.noise, weight, m.dim));
    matrix_multiply(weight, jacobian, wj, m.dim, m.dim, dim);
    for (int a = 0; a < m.dim; a++) {
        for (int b = 0; b < m.dim; b++) {
            sum->chi_squared += m.residual[a] * weight[a * m.dim + b] * m.residual[b];
        }
        for (int i = 0; i < dim; i++) {
            sum->vector[i] += wj[a * dim + i] * m.residual[a];
            for (int j = 0; j < dim; j++) {
                sum->information[i * dim + j] += jacobian[a * dim + i] * wj[a * dim + j];
            }
        }
    }
    sum->degrees += m.dim;
    return OK;
}

static bool counts(const struct question *q, const struct filter_kept *kept)
{
    return kept->observation.kind != SENSOR_TRACKER &&
           !instant_before(kept->observation.validity, q->from);
}

static result accumulate(const struct question *q, const double x[ALL_MAX], const double guess[DIM],
                         struct normal *sum, int *used)
{
    struct way way;
    memset(sum, 0, sizeof *sum);
    sum->dim = first_bias(q) + (q->registration != NULL ? q->registration->count : 0);
    *used = 0;
    add_prior(sum, q, x, guess);
    way_begin(q->motion, q->epoch, x, &way);
    for (uint32_t i = 0; i < q->memory->count; i++) {
        const struct filter_kept *kept = filter_kept_at(q->memory, i);
        if (!counts(q, kept)) {
            continue;
        }
        TRY(add_observation(sum, q, x, &way, kept));
        (*used)++;
    }
    sum->cost += sum->chi_squared;
    return OK;
}

/* 0.9999 quantile of chi-squared. Source: Wilson and Hilferty (1931), PNAS 17(12), 684-688. */
static double chi_squared_limit(int degrees)
{
    const double k = degrees;
    const double root = 1.0 - 2.0 / (9.0 * k) + 3.719 * sqrt(2.0 / (9.0 * k));
    return k * root * root * root;
}

/* All whose observations count, with their priors. */
static void admit_sites(const struct question *q)
{
    if (q->registration == NULL) {
        return;
    }
    memset(q->registration, 0, sizeof *q->registration);
    for (uint32_t i = 0; i < q->memory->count; i++) {
        const struct filter_kept *kept = &q->memory->kept[i];
        if (counts(q, kept)) {
            (void)registration_admit(q->registration, kept->site, &q->sites[kept->site]);
        }
    }
}

/* What the observations say about all but the end of thrust, whatever that was. */
static result forget_cutoff(struct normal *sum, double covariance[CUT_DIM * CUT_DIM])
{
    const int dim = sum->dim;
    const int kept = dim - CUT_DIM;
    double across[CUT_DIM * ALL_MAX];
    double own[CUT_DIM * CUT_DIM];
    double solved[CUT_DIM * ALL_MAX];
    for (int i = 0; i < CUT_DIM; i++) {
        const double *row = sum->information + (CUT + i) * dim;
        memcpy(own + i * CUT_DIM, row + CUT, CUT_DIM * sizeof *own);
        memcpy(across + i * kept, row, CUT * sizeof *own);
        memcpy(across + i * kept + CUT, row + CUT + CUT_DIM, sizeof *own * (size_t)(kept - CUT));
    }
    TRY(matrix_inverse(own, covariance, CUT_DIM));
    matrix_multiply(covariance, across, solved, CUT_DIM, CUT_DIM, kept);
    double rest[ALL_MAX * ALL_MAX];
    for (int i = 0; i < kept; i++) {
        for (int j = 0; j < kept; j++) {
            const int row = i < CUT ? i : i + CUT_DIM;
            const int column = j < CUT ? j : j + CUT_DIM;
            rest[i * kept + j] = sum->information[row * dim + column];
            for (int k = 0; k < CUT_DIM; k++) {
                rest[i * kept + j] -= across[k * kept + i] * solved[k * kept + j];
            }
        }
    }
    matrix_symmetrise(rest, kept);
    memcpy(sum->information, rest, sizeof *rest * (size_t)(kept * kept));
    sum->dim = kept;
    return OK;
}

/* The solution taken apart: the state if the biases are as found, and how it changes with them. */
static result take_apart(const struct normal *sum, const double x[DIM], const double *found,
                         struct registration *r, struct estimate *out)
{
    const int dim = sum->dim;
    const int biases = dim - DIM;
    double own[CELLS];
    double factor[CELLS];
    double across[DIM * REGISTRATION_MAX];
    double rest[REGISTRATION_MAX * REGISTRATION_MAX];
    for (int i = 0; i < DIM; i++) {
        memcpy(own + i * DIM, sum->information + i * dim, DIM * sizeof *own);
        for (int k = 0; k < biases; k++) {
            across[i * biases + k] = sum->information[i * dim + DIM + k];
        }
    }
    TRY(matrix_inverse(own, out->p, DIM));
    memcpy(out->x, x, sizeof out->x);
    if (biases == 0) {
        return OK;
    }
    TRY(matrix_cholesky(own, factor, DIM));
    matrix_cholesky_solve(factor, across, DIM, biases);
    for (int k = 0; k < biases; k++) {
        for (int l = 0; l < biases; l++) {
            rest[k * biases + l] = sum->information[(DIM + k) * dim + DIM + l];
            for (int i = 0; i < DIM; i++) {
                rest[k * biases + l] -=
                    sum->information[(DIM + k) * dim + i] * across[i * biases + l];
            }
        }
    }
    matrix_symmetrise(rest, biases);
    TRY(matrix_inverse(rest, rest, biases));
    for (int k = 0; k < biases; k++) {
        r->value[k] = found[k];
        memcpy(r->p + k * REGISTRATION_MAX, rest + k * biases, sizeof *rest * (size_t)biases);
        for (int i = 0; i < DIM; i++) {
            r->by_bias[i * REGISTRATION_MAX + k] = -across[i * biases + k];
        }
    }
    return OK;
}

/* The whole answer: state, cut-off and biases, each without the doubts of the others forgotten. */
static result answer(const struct question *q, struct normal *sum, const double x[ALL_MAX],
                     struct estimate *fit, struct batch_cutoff *cutoff)
{
    const double *biases = x + first_bias(q);
    if (q->cutoff != NULL) {
        double covariance[CUT_DIM * CUT_DIM];
        double inverse[ALL_MAX * ALL_MAX];
        const int all = sum->dim;
        TRY(matrix_inverse(sum->information, inverse, all));
        TRY(forget_cutoff(sum, covariance));
        cutoff->at = instant_plus_s(q->cutoff->at, x[CUT]);
        cutoff->sigma_s = sqrt(inverse[CUT * (all + 1)]);
    }
    return take_apart(sum, x, biases, q->registration, fit);
}

/* Drag goes with the exponential of the coefficient's logarithm: a step that is right where it is
 * linear may go far beyond. */
static double damping(enum estimate_motion motion, const double change[ALL_MAX])
{
    const double size = fabs(change[6]);
    return motion == ESTIMATE_BALLISTIC && size > LN_BETA_STEP ? LN_BETA_STEP / size : 1.0;
}

/* One step of Gauss-Newton from the normal equations; half of it where the last one went too far,
 * as its `pull` tells. The squared length of the whole step, by the covariance, goes to `size`. */
static result make_step(const struct question *q, const struct normal *sum, double pull[ALL_MAX],
                        double change[ALL_MAX], double *size)
{
    double factor[ALL_MAX * ALL_MAX];
    double onwards = 0.0;
    TRY(matrix_cholesky(sum->information, factor, sum->dim));
    memcpy(change, sum->vector, sizeof sum->vector);
    matrix_cholesky_solve(factor, change, sum->dim, 1);
    *size = 0.0;
    for (int i = 0; i < sum->dim; i++) {
        ENSURE(elementary_is_finite(change[i]), ERR_NUMERIC);
        *size += change[i] * sum->vector[i];
        onwards += change[i] * pull[i];
    }
    const bool to_and_fro = q->cutoff != NULL && onwards < 0.0;
    const double share = to_and_fro ? 0.5 : damping(q->motion, change);
    for (int i = 0; i < sum->dim; i++) {
        change[i] *= share;
    }
    memcpy(pull, sum->vector, sizeof sum->vector);
    return OK;
}

/* Gauss-Newton. x in: the guess, out: the solution; `sum` are its normal equations, at most one
 * short step before. A speed bends where the end of thrust passes an observation: there the best
 * is reached when no step gains anything. */
static result solve(const struct question *q, double x[ALL_MAX], struct normal *sum)
{
    double guess[DIM];
    double best[ALL_MAX];
    double change[ALL_MAX];
    double pull[ALL_MAX] = {0};
    double best_cost = 0.0;
    const bool kinked = q->cutoff != NULL;
    int halved = 0;
    int count = 0;
    memcpy(guess, x, sizeof guess);
    for (int round = 0; round < ROUNDS_MAX; round++) {
        TRY(accumulate(q, x, guess, sum, &count));
        ENSURE(count >= OBSERVATIONS_MIN, ERR_STATE);
        const double gain = best_cost - sum->cost;
        if (round > 0 && gain < 0.0 && halved < HALVED_MAX) {
            halved++;
            for (int i = 0; i < sum->dim; i++) {
                change[i] *= 0.5;
                x[i] = best[i] + change[i];
            }
            continue;
        }
        if (kinked && round > 0 && fabs(gain) < GAIN_MIN) {
            return OK;
        }
        double size = 0.0;
        halved = 0;
        best_cost = sum->cost;
        memcpy(best, x, sizeof best);
        TRY(make_step(q, sum, pull, change, &size));
        for (int i = 0; i < sum->dim; i++) {
            x[i] += change[i];
        }
        if (size < (kinked ? KINKED_STEP_SQUARED_MAX : STEP_SQUARED_MAX)) {
            return OK;
        }
    }
    return ERR_NUMERIC;
}

result batch_nearest(const struct filter_memory *memory, const struct measure_site *sites,
                     enum estimate_motion motion, struct instant epoch, struct instant from,
                     struct estimate *guess, struct registration *registration,
                     struct batch_cutoff *cutoff, double *excess)
{
    struct registration fresh;
    const struct question q = {
        memory, sites, motion, epoch, from, registration != NULL ? &fresh : NULL, cutoff};
    double x[ALL_MAX] = {0};
    double variance = 0.0;
    struct normal sum;
    memcpy(x, guess->x, sizeof guess->x);
    x[6] = prior_of(motion, &variance);
    if (cutoff != NULL) {
        expected_thrust(cutoff, guess->x, x + CUT + 1);
    }
    admit_sites(&q);
    TRY(solve(&q, x, &sum));
    struct estimate fitted;
    struct batch_cutoff found = {0};
    *excess = sum.chi_squared - chi_squared_limit(sum.degrees);
    TRY(answer(&q, &sum, x, &fitted, &found));
    *guess = fitted;
    if (registration != NULL) {
        *registration = fresh;
    }
    if (cutoff != NULL) {
        cutoff->at = found.at;
        cutoff->sigma_s = found.sigma_s;
    }
    return OK;
}

result batch_fit(const struct filter_memory *memory, const struct measure_site *sites,
                 enum estimate_motion motion, struct instant epoch, struct instant from,
                 struct estimate *guess, struct registration *registration,
                 struct batch_cutoff *cutoff)
{
    struct estimate fit = *guess;
    struct registration found;
    struct batch_cutoff end = {0};
    double excess = 0.0;
    if (cutoff != NULL) {
        end = *cutoff;
    }
    TRY(batch_nearest(memory, sites, motion, epoch, from, &fit,
                      registration != NULL ? &found : NULL, cutoff != NULL ? &end : NULL, &excess));
    ENSURE(excess <= 0.0, ERR_NUMERIC);
    *guess = fit;
    if (registration != NULL) {
        *registration = found;
    }
    if (cutoff != NULL) {
        *cutoff = end;
    }
    return OK;
}
