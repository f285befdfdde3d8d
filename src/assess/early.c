#include "assess/early.h"

#include <assert.h>
#include <string.h>

#include "assess/burn.h"
#include "assess/descent.h"
#include "assess/impact.h"
#include "base/elementary.h"
#include "base/matrix.h"
#include "base/random.h"
#include "base/vector.h"
#include "geo/ellipsoid.h"
#include "geo/geodesic.h"
#include "physics/gravity.h"

/* Hypotheses that are drawn, and of these, those that are looked at closely. */
enum { TRIES = BURN_KINDS * 160, DRAWS = 160 };
/* Any second may be the last one under thrust, however little speaks for it: the area reaches to
 * where so many of the states would come down without any more. */
enum { NOW_WAYS = 8, LANDINGS_MAX = DRAWS + NOW_WAYS };

#define SEED 19760701
#define HELD 0.95
#define STEP_S 5.0
/* Hypotheses this many e-folds less probable than the best are left out. */
#define LOG_WEIGHT_REACH 6.0
/* No missile is quite like the hypotheses: where few of them carry the weight, all evidence counts
 * for less, until they are worth this many. */
#define WORTH_MIN 30.0
#define CAUTION_STEP 0.8
#define CAUTION_MIN 0.2
/* What guidance does besides: a turn sideways and of the pitch, rad, over what is left to burn. */
#define YAW_SIGMA_RAD (2.0 * RAD_PER_DEG)
#define PITCH_SIGMA_RAD (4.0 * RAD_PER_DEG)
#define PERIGEE_STAYS_M 100e3
#define STAYS_UP_CERTAIN 0.95
#define SEMI_MAJOR_MAX_M 15000e3
#define LEVEL_MIN_MPS 1.0
/* Places spread over the globe have no middle. */
#define MIDDLE_RADIUS_MIN_M 1500e3
#define HALF_MIN_M 1000.0

/* One hypothesis with the state it starts from. */
struct draw {
    struct burn burn;
    struct burn_seen seen;
    double x[6];
    double age_s;
};

/* Where one came down. */
struct landing {
    double weight; /* 0: thrust ends now */
    struct geo_ecef place;
    double after_s;
    double off_m[2]; /* east and north of the centre, along the geodesic */
};

struct landings {
    int count;
    struct landing at[LANDINGS_MAX];
    double stays_up; /* weight */
};

struct source {
    double x[6];
    double root[36];
    double age_s;
    double age_sigma_s;
    double thrust_mps2;
    double thrust_sigma_mps2;
};

static void up_at(const double p[3], double up[3])
{
    const double squash = 1.0 / ((1.0 - ELLIPSOID_F) * (1.0 - ELLIPSOID_F));
    const double w[3] = {p[0], p[1], p[2] * squash};
    const double inverse = 1.0 / vector_length(w);
    for (int i = 0; i < 3; i++) {
        up[i] = w[i] * inverse;
    }
}

static bool see(const struct source *s, struct draw *d)
{
    struct burn_seen *seen = &d->seen;
    struct motion_state m = {{0}};
    double up[3];
    memcpy(m.x, d->x, sizeof d->x);
    seen->height_m = motion_height_m(&m, &seen->up_mps);
    up_at(d->x, up);
    const double speed2 = vector_dot(d->x + 3, d->x + 3);
    const double level2 = speed2 - seen->up_mps * seen->up_mps;
    seen->level_mps = sqrt(level2 > 0.0 ? level2 : 0.0);
    seen->age_s = d->age_s;
    seen->thrust_mps2 = s->thrust_mps2;
    seen->thrust_sigma_mps2 = s->thrust_sigma_mps2;
    return seen->height_m > 0.0 && d->age_s > 1.0 && seen->level_mps > LEVEL_MIN_MPS;
}

/* The same index gives the same draw. */
static bool draw_one(const struct source *s, uint32_t index, struct random *r, struct draw *out)
{
    double off[6];
    double unit[6];
    random_init(r, SEED, index);
    for (int i = 0; i < 6; i++) {
        unit[i] = burn_normal(r);
    }
    matrix_multiply(s->root, unit, off, 6, 6, 1);
    for (int i = 0; i < 6; i++) {
        out->x[i] = s->x[i] + off[i];
    }
    out->age_s = s->age_s + s->age_sigma_s * burn_normal(r);
    return see(s, out) &&
           burn_draw((enum flight_kind)(index % BURN_KINDS), &out->seen, r, &out->burn);
}

/* Where the motors push: in a vertical plane, which a draw turns a little. */
struct steering {
    double plane_normal[3];
    double pitch_off_rad;
};

static struct steering steering_of(const struct draw *d, struct random *r)
{
    struct steering g;
    double up[3];
    double side[3];
    up_at(d->x, up);
    vector_cross(up, d->x + 3, side);
    const double inverse = 1.0 / vector_length(side);
    double ahead[3];
    vector_cross(side, up, ahead);
    const double yaw = YAW_SIGMA_RAD * burn_normal(r);
    for (int i = 0; i < 3; i++) {
        g.plane_normal[i] = (side[i] + yaw * ahead[i]) * inverse;
    }
    g.pitch_off_rad = PITCH_SIGMA_RAD * burn_normal(r);
    return g;
}

/* One step under thrust, or in a pause of it: gravity at both ends, thrust in the middle. */
static void push(const struct draw *d, const struct steering *g, double at_s, double dt_s,
                 struct motion_state *s)
{
    double up[3];
    double ahead[3];
    double rate[MOTION_DIM];
    const double gain_mps = burn_gain_mps(&d->burn, at_s, at_s + dt_s);
    const double pitch_rad = burn_pitch_rad(&d->burn, at_s + 0.5 * dt_s) + g->pitch_off_rad;
    up_at(s->x, up);
    vector_cross(g->plane_normal, up, ahead);
    const double level = gain_mps * elementary_cos(pitch_rad) / vector_length(ahead);
    const double lift = gain_mps * elementary_sin(pitch_rad);
    double half[3];
    motion_derivative(MOTION_COAST, s, rate, NULL);
    for (int i = 0; i < 3; i++) {
        half[i] = 0.5 * (level * ahead[i] + lift * up[i]);
        s->x[3 + i] += half[i] + 0.5 * dt_s * rate[3 + i];
        s->x[i] += dt_s * s->x[3 + i];
    }
    motion_derivative(MOTION_COAST, s, rate, NULL);
    for (int i = 0; i < 3; i++) {
        s->x[3 + i] += half[i] + 0.5 * dt_s * rate[3 + i];
    }
}

/* Whether the orbit's perigee stays above the air. */
static bool stays_up(const double x[6])
{
    const double w = EARTH_RATE_RADPS;
    const double v[3] = {x[3] - w * x[1], x[4] + w * x[0], x[5]};
    double h[3];
    vector_cross(x, v, h);
    const double r = vector_length(x);
    const double per_axis = 2.0 / r - vector_dot(v, v) / GRAVITY_GM_M3PS2;
    const double parameter_m = vector_dot(h, h) / GRAVITY_GM_M3PS2;
    const double e2 = 1.0 - parameter_m * per_axis;
    const double e = sqrt(e2 > 0.0 ? e2 : 0.0);
    return parameter_m / (1.0 + e) > ELLIPSOID_A_M + PERIGEE_STAYS_M || per_axis <= 0.0;
}

/* Those that have no thrust any more, until there are as many as fall side by side. */
struct falling {
    int count;
    struct descent ways[DESCENT_WAYS];
    double weight[DESCENT_WAYS];
    double left_s[DESCENT_WAYS];
};

static void land(struct falling *f, struct landings *out)
{
    for (int i = f->count; f->count > 0 && i < DESCENT_WAYS; i++) {
        f->ways[i] = f->ways[0];
    }
    if (f->count > 0) {
        descent_to_ground(f->ways, NULL, 0);
    }
    for (int i = 0; i < f->count; i++) {
        const struct descent *d = &f->ways[i];
        if (!d->landed) {
            out->stays_up += f->weight[i];
            continue;
        }
        assert(out->count < LANDINGS_MAX);
        out->at[out->count] = (struct landing){
            .weight = f->weight[i],
            .place = {d->state.x[0], d->state.x[1], d->state.x[2]},
            .after_s = f->left_s[i] + d->after_s,
        };
        out->count++;
    }
    f->count = 0;
}

static void fly(const struct draw *d, double weight, struct random *r, struct falling *falling,
                struct landings *out)
{
    static const double NOTHING[36] = {0};
    struct steering g = steering_of(d, r);
    const double span = elementary_log(IMPACT_BETA_MAX_KGPM2 / IMPACT_BETA_MIN_KGPM2);
    const double ln_beta = elementary_log(IMPACT_BETA_MIN_KGPM2) + span * random_uniform(r);
    const double left_s = d->burn.end_s > d->age_s ? d->burn.end_s - d->age_s : 0.0;
    const int steps = (int)(left_s / STEP_S) + 1;
    struct motion_state s = {{0}};
    memcpy(s.x, d->x, sizeof d->x);
    for (int i = 0; i < steps; i++) {
        push(d, &g, d->age_s + left_s * i / steps, left_s / steps, &s);
    }
    if (stays_up(s.x)) {
        out->stays_up += weight;
        return;
    }
    struct descent *fall = &falling->ways[falling->count];
    descent_init(fall, s.x, ln_beta, NOTHING, NOTHING);
    fall->first_column = DESCENT_NO_COLUMNS;
    falling->weight[falling->count] = weight;
    falling->left_s[falling->count] = left_s;
    falling->count++;
    if (falling->count == DESCENT_WAYS) {
        land(falling, out);
    }
}

/* Draws by what speaks for them at first, evenly spread, and fits them. Returns how many.
 * Source: Kitagawa (1996), J. Computational and Graphical Statistics 5(1), 1-25: systematic
 * resampling. */
static int choose(const struct source *s, struct draw draws[DRAWS])
{
    double share[TRIES];
    double log_max = -1e300;
    double sum = 0.0;
    struct random r;
    for (uint32_t i = 0; i < TRIES; i++) {
        share[i] = draw_one(s, i, &r, &draws[0]) ? draws[0].burn.log_weight : -1e300;
        log_max = share[i] > log_max ? share[i] : log_max;
    }
    for (int i = 0; i < TRIES; i++) {
        share[i] = share[i] > -1e299 ? elementary_exp(share[i] - log_max) : 0.0;
        sum += share[i];
    }
    int count = 0;
    double passed = 0.0;
    for (uint32_t i = 0; i < TRIES && count < DRAWS; i++) {
        passed += share[i] * DRAWS / sum;
        while (count < DRAWS && passed > count + 0.5) {
            (void)draw_one(s, i, &r, &draws[count]);
            for (int k = 0; k < count; k++) {
                (void)random_u64(&r); /* what is drawn twice goes on differently */
            }
            burn_fit(&draws[count].seen, &r, &draws[count].burn);
            count++;
        }
    }
    return count;
}

/* What the draws are worth when their logarithms of weight count for this share. */
static double worth(const double below[DRAWS], int count, double caution)
{
    double sum = 0.0;
    double squares = 0.0;
    for (int i = 0; i < count; i++) {
        const double weight = elementary_exp(-caution * below[i]);
        sum += weight;
        squares += weight * weight;
    }
    return sum * sum / squares;
}

static bool fly_all(const struct source *s, struct landings *out)
{
    struct random r;
    struct draw draws[DRAWS];
    double below[DRAWS];
    double log_max = -1e300;
    const int count = choose(s, draws);
    for (int i = 0; i < count; i++) {
        const double log_weight = draws[i].burn.log_weight;
        log_max = log_weight > log_max ? log_weight : log_max;
    }
    for (int i = 0; i < count; i++) {
        below[i] = log_max - draws[i].burn.log_weight;
    }
    double caution = 1.0;
    while (count > 0 && caution > CAUTION_MIN && worth(below, count, caution) < WORTH_MIN) {
        caution *= CAUTION_STEP;
    }
    struct falling falling = {.count = 0};
    memset(out, 0, sizeof *out);
    random_init(&r, SEED, TRIES);
    for (int i = 0; i < count; i++) {
        if (caution * below[i] < LOG_WEIGHT_REACH) {
            fly(&draws[i], elementary_exp(-caution * below[i]), &r, &falling, out);
        }
    }
    land(&falling, out);
    for (int i = 0; out->count > 0 && i < NOW_WAYS && i < count; i++) {
        draws[i].burn.end_s = draws[i].age_s;
        fly(&draws[i], 0.0, &r, &falling, out);
    }
    land(&falling, out);
    return count > 0;
}

/* The greatest of those values that have no weight, or `least`. */
static double reach(const struct landings *l, const double value[LANDINGS_MAX], double least)
{
    double most = least;
    for (int i = 0; i < l->count; i++) {
        most = l->at[i].weight <= 0.0 && value[i] > most ? value[i] : most;
    }
    return most;
}

/* Scales all weights that came down to a sum of 1; returns how many draws they are worth. */
static double normalise(struct landings *l)
{
    double sum = 0.0;
    double squares = 0.0;
    for (int i = 0; i < l->count; i++) {
        sum += l->at[i].weight;
    }
    l->stays_up /= sum + l->stays_up;
    for (int i = 0; i < l->count; i++) {
        l->at[i].weight /= sum;
        squares += l->at[i].weight * l->at[i].weight;
    }
    return 1.0 / squares;
}

/* Each place's offset from a point. */
static result lay_out(struct landings *l, struct geo_geodetic from)
{
    for (int i = 0; i < l->count; i++) {
        struct geo_geodetic place;
        double distance_m;
        double azimuth_rad;
        TRY(ellipsoid_from_ecef(l->at[i].place, &place));
        TRY(geodesic_inverse(from, place, &distance_m, &azimuth_rad, NULL));
        l->at[i].off_m[0] = distance_m * elementary_sin(azimuth_rad);
        l->at[i].off_m[1] = distance_m * elementary_cos(azimuth_rad);
    }
    return OK;
}

/* The point of the ground in the middle of all places. */
static result middle_of(const struct landings *l, struct geo_geodetic *out)
{
    double sum[3] = {0.0, 0.0, 0.0};
    for (int i = 0; i < l->count; i++) {
        const struct landing *at = &l->at[i];
        sum[0] += at->weight * at->place.x_m;
        sum[1] += at->weight * at->place.y_m;
        sum[2] += at->weight * at->place.z_m;
    }
    const double length = vector_length(sum);
    ENSURE(length > MIDDLE_RADIUS_MIN_M, ERR_RANGE);
    const double out_by = ELLIPSOID_A_M / length;
    TRY(ellipsoid_from_ecef((struct geo_ecef){sum[0] * out_by, sum[1] * out_by, sum[2] * out_by},
                            out));
    out->height_m = 0.0;
    return OK;
}

/* The least value of those given that `held` of the weight does not exceed. */
static double quantile(const struct landings *l, const double value[LANDINGS_MAX], double held)
{
    double best = 1e300;
    for (int i = 0; i < l->count; i++) {
        double sum = 0.0;
        for (int k = 0; k < l->count; k++) {
            sum += value[k] <= value[i] ? l->at[k].weight : 0.0;
        }
        if (sum >= held && value[i] < best) {
            best = value[i];
        }
    }
    return best;
}

/* Of what the offsets span along a direction: the middle, and how far from 0 it reaches. */
static void span(const struct landings *l, const double along[2], double *middle_m, double *half_m)
{
    double low_m = 1e300;
    double high_m = -1e300;
    for (int i = 0; i < l->count; i++) {
        const double at_m = along[0] * l->at[i].off_m[0] + along[1] * l->at[i].off_m[1];
        low_m = at_m < low_m ? at_m : low_m;
        high_m = at_m > high_m ? at_m : high_m;
    }
    *middle_m = 0.5 * (low_m + high_m);
    *half_m = (high_m > -low_m ? high_m : -low_m) + HALF_MIN_M;
}

/* The direction in which the offsets spread the most, as azimuth. */
static result long_axis(const struct landings *l, double *azimuth_rad)
{
    double second[4] = {0.0, 0.0, 0.0, 0.0};
    struct geo_ellipse e;
    for (int i = 0; i < l->count; i++) {
        const struct landing *at = &l->at[i];
        for (int j = 0; j < 4; j++) {
            second[j] += at->weight * at->off_m[j / 2] * at->off_m[j % 2];
        }
    }
    TRY(ellipse_from_covariance(second, 1.0, &e));
    *azimuth_rad = e.azimuth_rad;
    return OK;
}

/* The places nearest to the median that hold enough: what nearly reaches an orbit comes down
 * anywhere, and must not shape the area of the rest. */
static result choose_core(struct landings *l, struct landings *out)
{
    struct geo_geodetic middle;
    double value[2][LANDINGS_MAX] = {{0}};
    TRY(middle_of(l, &middle));
    TRY(lay_out(l, middle));
    for (int i = 0; i < l->count; i++) {
        value[0][i] = l->at[i].off_m[0];
        value[1][i] = l->at[i].off_m[1];
    }
    const double east_m = quantile(l, value[0], 0.5);
    const double north_m = quantile(l, value[1], 0.5);
    for (int i = 0; i < l->count; i++) {
        value[0][i] = elementary_square(l->at[i].off_m[0] - east_m) +
                      elementary_square(l->at[i].off_m[1] - north_m);
    }
    const double limit = quantile(l, value[0], HELD);
    memset(out, 0, sizeof *out);
    for (int i = 0; i < l->count; i++) {
        if (l->at[i].weight > 0.0 && value[0][i] <= limit) {
            out->at[out->count++] = l->at[i];
        }
    }
    (void)normalise(out);
    return OK;
}

/* What lies far out on one side only would pull an ellipse round the mean out on both. So the
 * ellipse is laid round the middle of what the core spans, along and across, and then scaled so
 * that it holds what it must. */
static result conclude_area(struct landings *l, double widened, struct impact_estimate *out)
{
    struct landings core;
    struct geo_geodetic middle;
    double azimuth_rad;
    double off_m[2];
    double half_m[2];
    double value[LANDINGS_MAX] = {0};
    TRY(choose_core(l, &core));
    TRY(middle_of(&core, &middle));
    TRY(lay_out(&core, middle));
    TRY(long_axis(&core, &azimuth_rad));
    const double s = elementary_sin(azimuth_rad);
    const double c = elementary_cos(azimuth_rad);
    span(&core, (const double[2]){s, c}, &off_m[0], &half_m[0]);
    span(&core, (const double[2]){c, -s}, &off_m[1], &half_m[1]);
    const double east_m = off_m[0] * s + off_m[1] * c;
    const double north_m = off_m[0] * c - off_m[1] * s;
    TRY(geodesic_direct(middle, elementary_atan2(east_m, north_m),
                        sqrt(east_m * east_m + north_m * north_m), &out->point));
    TRY(lay_out(l, out->point));
    TRY(lay_out(&core, out->point));
    TRY(long_axis(&core, &azimuth_rad));
    const double s2 = elementary_sin(azimuth_rad);
    const double c2 = elementary_cos(azimuth_rad);
    span(&core, (const double[2]){s2, c2}, &off_m[0], &half_m[0]);
    span(&core, (const double[2]){c2, -s2}, &off_m[1], &half_m[1]);
    for (int i = 0; i < l->count; i++) {
        const double *off = l->at[i].off_m;
        value[i] = elementary_square((off[0] * s2 + off[1] * c2) / half_m[0]) +
                   elementary_square((off[0] * c2 - off[1] * s2) / half_m[1]);
    }
    const double scale = sqrt(reach(l, value, quantile(l, value, HELD) * widened));
    const bool is_long = half_m[0] >= half_m[1];
    out->ellipse_95 = (struct geo_ellipse){
        scale * half_m[is_long ? 0 : 1],
        scale * half_m[is_long ? 1 : 0],
        is_long || azimuth_rad < 0.5 * PI ? azimuth_rad + (is_long ? 0.0 : 0.5 * PI)
                                          : azimuth_rad - 0.5 * PI,
    };
    ENSURE(out->ellipse_95.semi_major_m < SEMI_MAJOR_MAX_M, ERR_RANGE);
    return OK;
}

/* A kernel's share of the covariance: few draws stand for more than where they are.
 * Source: Silverman (1986), Density Estimation, section 4.3.2, for two dimensions. */
static double kernel(double draws)
{
    return elementary_pow(draws, -1.0 / 3.0);
}

static result conclude(struct landings *l, struct instant now, struct impact_estimate *out)
{
    const double widened = 1.0 + kernel(normalise(l));
    struct impact_estimate e = {.why = WHY_NONE, .assumption = ASSUMED_BURN_GOES_ON};
    double after_s[LANDINGS_MAX] = {0};
    TRY(conclude_area(l, widened, &e));
    for (int i = 0; i < l->count; i++) {
        after_s[i] = l->at[i].after_s;
    }
    const double first_s = quantile(l, after_s, 0.5 - 0.5 * HELD);
    const double last_s = quantile(l, after_s, 0.5 + 0.5 * HELD);
    const double middle_s = 0.5 * (first_s + last_s);
    for (int i = 0; i < l->count; i++) {
        after_s[i] = fabs(after_s[i] - middle_s);
    }
    e.time = instant_plus_s(now, middle_s);
    e.time_95_s = reach(l, after_s, 0.5 * (last_s - first_s) * sqrt(widened));
    *out = e;
    return OK;
}

static result source_of(const struct track *t, const struct launch_estimate *launch,
                        struct source *out)
{
    const double x[6] = {t->position.x_m,   t->position.y_m,   t->position.z_m,
                         t->velocity.x_mps, t->velocity.y_mps, t->velocity.z_mps};
    double rate_mps;
    struct motion_state m = {{0}};
    memcpy(m.x, x, sizeof x);
    memcpy(out->x, x, sizeof x);
    ENSURE(elementary_is_finite(vector_dot(x, x) + vector_dot(x + 3, x + 3)), ERR_RANGE);
    ENSURE(vector_dot(x, x) > 6.3e6 * 6.3e6 && motion_height_m(&m, &rate_mps) > 0.0, ERR_RANGE);
    ENSURE(elementary_is_finite(t->thrust_mps2 + t->thrust_sigma_mps2), ERR_RANGE);
    TRY(matrix_cholesky(t->covariance, out->root, 6));
    out->age_s = instant_since_s(t->time, launch->time);
    out->age_sigma_s = launch->time_sigma_s;
    out->thrust_mps2 = t->thrust_mps2;
    out->thrust_sigma_mps2 = t->thrust_sigma_mps2;
    return OK;
}

result early_predict(const struct track *boosting, const struct launch_estimate *launch,
                     struct early_impact *out)
{
    struct source s;
    struct landings l;
    struct early_impact e;
    memset(&e, 0, sizeof e);
    e.impact.assumption = ASSUMED_BURN_GOES_ON;
    e.made = boosting->time;
    if (!launch->determined) {
        e.impact.why = WHY_NO_BOOST_SEEN;
        *out = e;
        return OK;
    }
    TRY(source_of(boosting, launch, &s));
    e.impact.why = WHY_TOO_UNCERTAIN;
    if (!fly_all(&s, &l)) {
        *out = e;
        return OK;
    }
    if (l.count == 0) {
        e.impact.why = WHY_ORBIT;
    } else if (conclude(&l, boosting->time, &e.impact) != OK) {
        e.impact.why = WHY_TOO_UNCERTAIN;
    }
    e.stays_up = l.count > 0 ? l.stays_up : 1.0;
    if (e.stays_up > STAYS_UP_CERTAIN) {
        e.impact.why = WHY_ORBIT;
    }
    *out = e;
    return OK;
}
