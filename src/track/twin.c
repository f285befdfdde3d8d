#include "track/twin.h"

#include <assert.h>
#include <string.h>

#include "base/elementary.h"
#include "base/matrix.h"
#include "base/pair.h"
#include "physics/motion.h"

enum { DIM = ESTIMATE_DIM, PLOT_DIM_MAX = 4 };

/* Angles up to this one are told from their tangent by a series, which is exact there. */
#define TANGENT_MAX 0.0625
#define STEP_S 1.0

struct twin {
    pair x[DIM];
    pair p[DIM][DIM];
};

static void join(const struct estimate *beside, const struct estimate *ballistic, struct twin *t)
{
    for (int i = 0; i < DIM; i++) {
        t->x[i] = (pair){beside->x[i], ballistic->x[i]};
        for (int j = 0; j <= i; j++) {
            t->p[i][j] = (pair){beside->p[i * DIM + j], ballistic->p[i * DIM + j]};
            t->p[j][i] = t->p[i][j];
        }
    }
}

/* The lower triangle says it all. */
static void part(const struct twin *t, int lane, struct estimate *e)
{
    for (int i = 0; i < DIM; i++) {
        e->x[i] = t->x[i][lane];
        for (int j = 0; j <= i; j++) {
            e->p[i * DIM + j] = t->p[i][j][lane];
            e->p[j * DIM + i] = t->p[i][j][lane];
        }
    }
}

/* The rows of position and velocity of a transition, and the diagonal of its last row. */
struct passage {
    pair rows[6][DIM];
    pair constant;
    double along[TWINS]; /* what was constant on the way, as motion_constant says */
};

static bool step(enum estimate_motion motion, struct twin *t, double dt_s, struct passage *out)
{
    const enum estimate_motion motions[TWINS] = {motion, ESTIMATE_BALLISTIC};
    enum motion_kind kind[TWINS];
    for (int k = 0; k < TWINS; k++) {
        const double x[DIM] = {t->x[0][k], t->x[1][k], t->x[2][k]};
        kind[k] = estimate_kind(motions[k], x, dt_s);
        out->along[k] = motion_constant(kind[k], t->x[6][k]);
    }
    if (!motion_step_two(kind, t->x, out->along, dt_s, out->rows)) {
        return false;
    }
    out->constant = pair_same(1.0);
    if (motion == ESTIMATE_BOOST) {
        double growth = 0.0;
        const double grown = estimate_grown_thrust(t->x[6][TWIN_BESIDE], dt_s, &growth);
        t->x[6] = (pair){grown, t->x[6][TWIN_BALLISTIC]};
        out->constant = (pair){growth, 1.0};
    }
    return true;
}

/* total = one * total */
static void chain(const struct passage *one, struct passage *total)
{
    struct passage product;
    for (int i = 0; i < 6; i++) {
        for (int j = 0; j < DIM; j++) {
            pair sum = one->rows[i][0] * total->rows[0][j];
            for (int k = 1; k < 6; k++) {
                sum += one->rows[i][k] * total->rows[k][j];
            }
            product.rows[i][j] = sum;
        }
        product.rows[i][6] += one->rows[i][6] * total->constant;
    }
    product.constant = one->constant * total->constant;
    memcpy(product.along, one->along, sizeof product.along);
    *total = product;
}

static void move_covariance(struct twin *t, const struct passage *f)
{
    pair moved[6][DIM];
    for (int i = 0; i < 6; i++) {
        for (int j = 0; j < DIM; j++) {
            pair sum = f->rows[i][0] * t->p[0][j];
            for (int k = 1; k < DIM; k++) {
                sum += f->rows[i][k] * t->p[k][j];
            }
            moved[i][j] = sum;
        }
    }
    for (int i = 0; i < 6; i++) {
        for (int j = 0; j <= i; j++) {
            pair sum = moved[i][0] * f->rows[j][0];
            for (int k = 1; k < DIM; k++) {
                sum += moved[i][k] * f->rows[j][k];
            }
            t->p[i][j] = sum;
        }
        t->p[6][i] = f->constant * moved[i][6];
    }
    t->p[6][6] *= f->constant * f->constant;
}

/* State and covariance, without noise. */
static bool move(enum estimate_motion motion, struct twin *t, double dt_s, struct passage *total)
{
    if (!step(motion, t, dt_s > STEP_S ? STEP_S : dt_s, total)) {
        return false;
    }
    for (double left_s = dt_s - STEP_S; left_s > 0.0; left_s -= STEP_S) {
        struct passage one;
        if (!step(motion, t, left_s > STEP_S ? STEP_S : left_s, &one)) {
            return false;
        }
        chain(&one, total);
    }
    move_covariance(t, total);
    return true;
}

void twin_predict(enum estimate_motion motion, struct estimate *beside, struct estimate *ballistic,
                  double dt_s, double transition[ESTIMATE_CELLS])
{
    assert(dt_s >= 0.0);
    struct twin t;
    struct passage total;
    join(beside, ballistic, &t);
    if (dt_s == 0.0 || !move(motion, &t, dt_s, &total)) {
        estimate_predict(motion, beside, dt_s);
        double unused[ESTIMATE_CELLS];
        estimate_predict_with(ESTIMATE_BALLISTIC, ballistic, dt_s,
                              transition != NULL ? transition : unused);
        return;
    }
    part(&t, TWIN_BESIDE, beside);
    part(&t, TWIN_BALLISTIC, ballistic);
    estimate_add_noise(motion, beside, dt_s, total.along[TWIN_BESIDE]);
    estimate_add_noise(ESTIMATE_BALLISTIC, ballistic, dt_s, total.along[TWIN_BALLISTIC]);
    if (transition == NULL) {
        return;
    }
    matrix_identity(transition, DIM);
    for (int i = 0; i < 6; i++) {
        for (int j = 0; j < DIM; j++) {
            transition[i * DIM + j] = total.rows[i][j][TWIN_BALLISTIC];
        }
    }
}

/* A plot as it is compared again and again. */
struct plot {
    const struct measure_site *site;
    const struct radar_plot *radar;
    pair sine; /* of azimuth and elevation */
    pair cosine;
    double variance[PLOT_DIM_MAX];
};

static void prepare(const struct measure_site *site, const struct observation *o, struct plot *out)
{
    const struct geo_polar *polar = &o->radar.polar;
    out->site = site;
    out->radar = &o->radar;
    out->sine = pair_sin((pair){polar->azimuth_rad, polar->elevation_rad});
    out->cosine = pair_cos((pair){polar->azimuth_rad, polar->elevation_rad});
    out->variance[0] = elementary_square(site->sensor.sigma_range_m);
    out->variance[1] = elementary_square(site->sensor.sigma_azimuth_rad);
    out->variance[2] = elementary_square(site->sensor.sigma_elevation_rad);
    out->variance[3] = elementary_square(site->sensor.sigma_range_rate_mps);
}

/* Where the twins stand as the radar sees them. */
struct view {
    pair relative[3]; /* Earth-fixed */
    pair local[3];    /* east, north, up */
    pair ground;
    pair range;
    pair rate;
    pair residual[PLOT_DIM_MAX];
};

/* The angle by its tangent. */
static pair small_angle(pair tangent)
{
    const pair t2 = tangent * tangent;
    pair sum = 1.0 / 13.0 - t2 / 15.0;
    for (int n = 11; n >= 1; n -= 2) {
        sum = 1.0 / n - t2 * sum;
    }
    return tangent * sum;
}

/* The residual of an angle of which the prediction's cosine and sine towards the plot are these;
 * false if it is large. */
static bool angle_residual(pair cosine, pair sine, pair *out)
{
    *out = -small_angle(sine / cosine);
    return fabs(sine[0]) <= TANGENT_MAX * cosine[0] && fabs(sine[1]) <= TANGENT_MAX * cosine[1];
}

static bool look(const struct plot *plot, const pair x[DIM], int dim, struct view *v)
{
    const double *axes = plot->site->axes;
    v->relative[0] = x[0] - plot->site->position.x_m;
    v->relative[1] = x[1] - plot->site->position.y_m;
    v->relative[2] = x[2] - plot->site->position.z_m;
    for (int i = 0; i < 3; i++) {
        v->local[i] = axes[i * 3] * v->relative[0] + axes[i * 3 + 1] * v->relative[1] +
                      axes[i * 3 + 2] * v->relative[2];
    }
    const pair east = v->local[0];
    const pair north = v->local[1];
    const pair up = v->local[2];
    const pair ground2 = east * east + north * north;
    v->ground = pair_sqrt(ground2);
    v->range = pair_sqrt(ground2 + up * up);
    v->residual[0] = plot->radar->polar.range_m - v->range;
    bool near = v->ground[0] > 1.0 && v->ground[1] > 1.0;
    near = angle_residual(plot->sine[0] * east + plot->cosine[0] * north,
                          plot->cosine[0] * east - plot->sine[0] * north, &v->residual[1]) &&
           near;
    near = angle_residual(plot->cosine[1] * v->ground + plot->sine[1] * up,
                          plot->cosine[1] * up - plot->sine[1] * v->ground, &v->residual[2]) &&
           near;
    if (dim == PLOT_DIM_MAX) {
        v->rate =
            (v->relative[0] * x[3] + v->relative[1] * x[4] + v->relative[2] * x[5]) / v->range;
        v->residual[3] = plot->radar->range_rate_mps - v->rate;
    }
    return near;
}

/* Rows are of position alone, but that of the range rate. */
static inline int columns_of(int row)
{
    return row < 3 ? 3 : 6;
}

static void find_jacobian(const struct plot *plot, const struct view *v, const pair x[DIM], int dim,
                          pair jacobian[PLOT_DIM_MAX][6])
{
    const double *axes = plot->site->axes;
    const pair *local = v->local;
    const pair per_range = 1.0 / v->range;
    const pair per_ground = 1.0 / v->ground;
    const pair east = local[0] * per_ground;
    const pair north = local[1] * per_ground;
    const pair sine = local[2] * per_range;
    const pair cosine = v->ground * per_range;
    for (int j = 0; j < 3; j++) {
        jacobian[0][j] = v->relative[j] * per_range;
        jacobian[1][j] = (north * axes[j] - east * axes[3 + j]) * per_ground;
        jacobian[2][j] =
            (cosine * axes[6 + j] - sine * (east * axes[j] + north * axes[3 + j])) * per_range;
    }
    if (dim == PLOT_DIM_MAX) {
        for (int j = 0; j < 3; j++) {
            jacobian[3][j] = (x[3 + j] - v->rate * jacobian[0][j]) * per_range;
            jacobian[3][3 + j] = jacobian[0][j];
        }
    }
}

/* As in estimate.c: what the tangent to the surface of equal range leaves out, m². */
static pair curvature_m2(const struct twin *t, const struct plot *plot, const pair u[6], pair range)
{
    pair upu = {0};
    pair all2 = {0};
    pair pu2 = {0};
    for (int i = 0; i < 3; i++) {
        const pair *row = t->p[i];
        const pair pu = row[0] * u[0] + row[1] * u[1] + row[2] * u[2];
        all2 += row[0] * row[0] + row[1] * row[1] + row[2] * row[2];
        upu += u[i] * pu;
        pu2 += pu * pu;
    }
    const pair across4 = all2 - 2.0 * pu2 + upu * upu;
    const pair own =
        pair_sqrt((pair){across4[0] > 0.0 ? across4[0] : 0.0, across4[1] > 0.0 ? across4[1] : 0.0});
    const double *variance = plot->variance;
    const pair seen = range * range * sqrt(variance[1] * variance[1] + variance[2] * variance[2]);
    const pair bend = own * seen / ((own + seen) * range);
    return 0.5 * bend * bend;
}

/* What a look says: the residual's covariance, factored as l d l' (l with a unit diagonal). */
struct gain {
    pair jacobian[PLOT_DIM_MAX][6];
    pair variance[PLOT_DIM_MAX];
    pair jp[PLOT_DIM_MAX][DIM];
    pair covariance[PLOT_DIM_MAX][PLOT_DIM_MAX]; /* lower triangle */
    pair l[PLOT_DIM_MAX][PLOT_DIM_MAX];
    pair per_d[PLOT_DIM_MAX];
    pair determinant;
    pair k[PLOT_DIM_MAX][DIM]; /* transposed */
};

static inline bool factor(struct gain *g, int dim)
{
    bool positive = true;
    g->determinant = pair_same(1.0);
    for (int a = 0; a < dim; a++) {
        pair ld[PLOT_DIM_MAX];
        pair d = g->covariance[a][a];
        for (int b = 0; b < a; b++) {
            ld[b] = g->covariance[a][b];
            for (int c = 0; c < b; c++) {
                ld[b] -= ld[c] * g->l[b][c];
            }
            g->l[a][b] = ld[b] * g->per_d[b];
            d -= ld[b] * g->l[a][b];
        }
        positive = positive && d[0] > 0.0 && d[1] > 0.0;
        g->per_d[a] = 1.0 / d;
        g->determinant *= d;
    }
    return positive;
}

static inline bool find_spread(const struct twin *t, struct gain *g, int dim)
{
    for (int a = 0; a < dim; a++) {
        for (int j = 0; j < DIM; j++) {
            pair sum = g->jacobian[a][0] * t->p[0][j];
            for (int k = 1; k < columns_of(a); k++) {
                sum += g->jacobian[a][k] * t->p[k][j];
            }
            g->jp[a][j] = sum;
        }
        for (int b = 0; b <= a; b++) {
            pair sum = a == b ? g->variance[a] : pair_same(0.0);
            for (int k = 0; k < columns_of(b); k++) {
                sum += g->jp[a][k] * g->jacobian[b][k];
            }
            g->covariance[a][b] = sum;
        }
    }
    return factor(g, dim);
}

static inline void find_gain(struct gain *g, int dim)
{
    for (int j = 0; j < DIM; j++) {
        pair solved[PLOT_DIM_MAX];
        for (int a = 0; a < dim; a++) {
            solved[a] = g->jp[a][j];
            for (int b = 0; b < a; b++) {
                solved[a] -= g->l[a][b] * solved[b];
            }
        }
        for (int a = dim - 1; a >= 0; a--) {
            solved[a] *= g->per_d[a];
            for (int b = a + 1; b < dim; b++) {
                solved[a] -= g->l[b][a] * solved[b];
            }
            g->k[a][j] = solved[a];
        }
    }
}

static inline void judge(const struct gain *g, const pair residual[PLOT_DIM_MAX], int dim,
                         struct innovation found[TWINS])
{
    pair white[PLOT_DIM_MAX];
    pair distance = {0};
    for (int a = 0; a < dim; a++) {
        white[a] = residual[a];
        for (int b = 0; b < a; b++) {
            white[a] -= g->l[a][b] * white[b];
        }
        distance += white[a] * white[a] * g->per_d[a];
    }
    const pair log_determinant = pair_log(g->determinant);
    for (int lane = 0; lane < TWINS; lane++) {
        found[lane].dim = dim;
        found[lane].distance_squared = distance[lane];
        found[lane].log_likelihood =
            -0.5 * (distance[lane] + log_determinant[lane] + dim * ESTIMATE_LOG_2_PI);
    }
}

/* Joseph's form, (I - k j) p (I - k j)' + k r k' = (I - k j) p + (k s - p j') k' with s the
 * residual's covariance: the second part is nothing but what rounding left in the gain. */
static inline void joseph(struct twin *t, const struct gain *g, int dim)
{
    for (int i = 0; i < DIM; i++) {
        pair rest[PLOT_DIM_MAX];
        for (int a = 0; a < dim; a++) {
            rest[a] = -g->jp[a][i];
            for (int b = 0; b < dim; b++) {
                rest[a] += g->k[b][i] * (b < a ? g->covariance[a][b] : g->covariance[b][a]);
            }
        }
        for (int j = 0; j <= i; j++) {
            pair sum = t->p[i][j];
            for (int a = 0; a < dim; a++) {
                sum += rest[a] * g->k[a][j] - g->k[a][i] * g->jp[a][j];
            }
            t->p[i][j] = sum;
        }
    }
}

/* One step of the iteration; false if the model is not as good as linear over it. */
static inline bool move_state(struct twin *t, const struct plot *plot, const struct gain *g,
                              const struct view *before, int dim)
{
    pair change[DIM];
    pair next[DIM];
    for (int i = 0; i < DIM; i++) {
        change[i] = g->k[0][i] * before->residual[0];
        for (int a = 1; a < dim; a++) {
            change[i] += g->k[a][i] * before->residual[a];
        }
        next[i] = t->x[i] + change[i];
    }
    struct view after;
    bool linear = look(plot, next, dim, &after);
    for (int a = 0; a < dim; a++) {
        pair left_out = after.residual[a] - before->residual[a];
        for (int j = 0; j < columns_of(a); j++) {
            left_out += g->jacobian[a][j] * change[j];
        }
        const pair allowed = elementary_square(ESTIMATE_LINEAR_SIGMAS) * g->variance[a];
        const pair found = left_out * left_out;
        linear = linear && found[0] <= allowed[0] && found[1] <= allowed[1];
    }
    memcpy(t->x, next, sizeof next);
    return linear;
}

/* The plot as seen from where the twins are, and what it says of them. */
static inline bool look_and_weigh(const struct twin *t, const struct plot *plot, struct view *here,
                                  struct gain *g, int dim)
{
    if (!look(plot, t->x, dim, here)) {
        return false;
    }
    find_jacobian(plot, here, t->x, dim, g->jacobian);
    for (int a = 0; a < dim; a++) {
        g->variance[a] = pair_same(plot->variance[a]);
    }
    g->variance[0] += curvature_m2(t, plot, g->jacobian[0], here->range);
    return find_spread(t, g, dim);
}

/* The sizes that occur are written out, so that the compiler unrolls them. */
static inline bool update(struct twin *t, const struct plot *plot, struct innovation found[TWINS],
                          int dim)
{
    struct view here;
    struct gain g;
    if (!look_and_weigh(t, plot, &here, &g, dim)) {
        return false;
    }
    find_gain(&g, dim);
    if (!move_state(t, plot, &g, &here, dim)) {
        return false;
    }
    judge(&g, here.residual, dim, found);
    joseph(t, &g, dim);
    return true;
}

static inline bool compare(const struct twin *t, const struct plot *plot,
                           struct innovation found[TWINS], int dim)
{
    struct view here;
    struct gain g;
    if (!look_and_weigh(t, plot, &here, &g, dim)) {
        return false;
    }
    judge(&g, here.residual, dim, found);
    return true;
}

static bool is_possible(const struct twin *t, int lane)
{
    struct estimate e;
    for (int i = 0; i < DIM; i++) {
        e.x[i] = t->x[i][lane];
        e.p[i * (DIM + 1)] = t->p[i][i][lane];
    }
    return estimate_is_possible(&e);
}

static bool is_ordinary(const struct measure_site *site, const struct observation *o)
{
    return o->kind == SENSOR_RADAR && !site->biased;
}

static bool is_rated(const struct measure_site *site, const struct observation *o)
{
    return o->radar.has_range_rate && site->sensor.sigma_range_rate_mps > 0.0;
}

result twin_compare(const struct estimate *beside, const struct estimate *ballistic,
                    const struct measure_site *site, const struct observation *o,
                    struct innovation found[TWINS])
{
    ENSURE(is_ordinary(site, o), ERR_STATE);
    struct plot plot;
    struct twin t;
    struct innovation judged[TWINS];
    prepare(site, o, &plot);
    join(beside, ballistic, &t);
    ENSURE(is_rated(site, o) ? compare(&t, &plot, judged, 4) : compare(&t, &plot, judged, 3),
           ERR_STATE);
    ENSURE(elementary_is_finite(judged[0].log_likelihood), ERR_STATE);
    ENSURE(elementary_is_finite(judged[1].log_likelihood), ERR_STATE);
    memcpy(found, judged, sizeof judged);
    return OK;
}

result twin_update(enum estimate_motion motion, struct estimate *beside, struct estimate *ballistic,
                   const struct measure_site *site, const struct observation *o,
                   struct innovation found[TWINS])
{
    ENSURE(is_ordinary(site, o), ERR_STATE);
    struct plot plot;
    struct twin t;
    struct innovation judged[TWINS];
    prepare(site, o, &plot);
    join(beside, ballistic, &t);
    ENSURE(is_rated(site, o) ? update(&t, &plot, judged, 4) : update(&t, &plot, judged, 3),
           ERR_STATE);
    t.x[6] = (pair){estimate_bound(motion, t.x[6][TWIN_BESIDE]),
                    estimate_bound(ESTIMATE_BALLISTIC, t.x[6][TWIN_BALLISTIC])};
    ENSURE(is_possible(&t, TWIN_BESIDE) && is_possible(&t, TWIN_BALLISTIC), ERR_STATE);
    part(&t, TWIN_BESIDE, beside);
    part(&t, TWIN_BALLISTIC, ballistic);
    memcpy(found, judged, sizeof judged);
    return OK;
}
