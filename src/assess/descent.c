/* Steps as long as the motion allows: in vacuum a share of the time that an orbit takes there, in
 * air by the error that a Runge-Kutta step may make. Where a boundary is near, the step is the time
 * to it at constant vertical acceleration: the boundary of the air is met well enough so, and the
 * ground is reached by one or two more steps, backwards if need be. Below the top of the air
 * four ways go side by side, each in steps of its own length. */
#include "assess/descent.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "base/elementary.h"
#include "physics/atmosphere.h"
#include "physics/gravity.h"

/* At the Earth's surface; longer in proportion to the period of a circular orbit. Shorter ones
 * would gain less than 2 m on the ground. */
#define VACUUM_STEP_S 80.0
/* So that the cubic between two knots stays within some 5 m high up, too. */
#define VACUUM_STEP_MAX_S 140.0
#define VACUUM_STEP_RADIUS_M 6.5e6
#define AIR_STEP_MAX_S 20.0
#define SCALE_HEIGHT_M 7000.0
/* Bounds of what air_step_s estimates; of that some hundredth is left on the ground. On the way up,
 * where an error has the whole flight to grow, the bound is narrower. */
#define STEP_BEND_DOWN_M 3000.0
#define STEP_BEND_UP_M 1.0
/* Never longer than this many times in which density or speed change by a factor e: beyond, what
 * sinks at its terminal speed would no longer settle there. */
#define STEP_SHARE_MAX 2.5
/* On the way down through thin air a step may be longer, as long as the drag after it is weak. */
#define THIN_DRAG_MPS2 0.5
#define THIN_SHARE 0.0820849986238988 /* exp(-STEP_SHARE_MAX) */
#define AIR_NEAR_M 300.0
#define GROUND_NEAR_M 30.0
#define GROUND_RATE_MIN_MPS 5.0
#define KNOT_GAP_MIN_S 4.0
#define APOGEE_BEHIND_HEIGHT_MIN_M 90e3

/* What a step is chosen by. */
struct situation {
    double radius_m;
    double height_m;
    double rate_mps;
    double rate_change_mps2;
    double speed_mps;
    double drag_per_s; /* deceleration over speed */
};

/* Two ways of those that go side by side. */
struct two_ways {
    struct motion_two motion;
    pair after_s;
    struct situation at[2];
};

void descent_set_ln_beta(struct descent *d, double ln_beta)
{
    d->state.x[MOTION_LN_BETA] = ln_beta;
    d->inverse_beta = elementary_exp(-ln_beta);
}

void descent_init(struct descent *d, const double x[6], double ln_beta, const double root[36],
                  const double by_ln_beta[6])
{
    memset(d, 0, sizeof *d);
    memcpy(d->state.x, x, 6 * sizeof *x);
    descent_set_ln_beta(d, ln_beta);
    for (int i = 0; i < 6; i++) {
        memcpy(d->columns.m[i], root + 6 * i, 6 * sizeof *root);
        d->columns.m[i][DESCENT_BY_LN_BETA] = by_ln_beta[i];
    }
    d->columns.m[6][DESCENT_BY_LN_BETA] = 1.0;
}

static void look_at_two(const pair x[6], pair inverse_beta, struct situation out[2])
{
    const pair *v = x + 3;
    const double w = EARTH_RATE_RADPS;
    const pair inertial[3] = {v[0] - w * x[1], v[1] + w * x[0], v[2]};
    const pair radius_m = pair_sqrt(x[0] * x[0] + x[1] * x[1] + x[2] * x[2]);
    const pair speed_mps = pair_sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
    const pair speed2 =
        inertial[0] * inertial[0] + inertial[1] * inertial[1] + inertial[2] * inertial[2];
    pair normal[3];
    const pair height_m = motion_height_two(x, radius_m, normal);
    const pair rate_mps = normal[0] * v[0] + normal[1] * v[1] + normal[2] * v[2];
    const pair inverse_r = 1.0 / radius_m;
    const pair change =
        (speed2 - rate_mps * rate_mps) * inverse_r - GRAVITY_GM_M3PS2 * inverse_r * inverse_r;
    pair slope;
    const pair density = atmosphere_density_two(height_m, &slope);
    const pair drag_per_s = 0.5 * inverse_beta * density * speed_mps;
    for (int k = 0; k < 2; k++) {
        const double drag = height_m[k] < DESCENT_AIR_M ? drag_per_s[k] : 0.0;
        out[k] = (struct situation){
            radius_m[k],  height_m[k], rate_mps[k], change[k] - drag * rate_mps[k],
            speed_mps[k], drag,
        };
    }
}

static void look(const struct motion_state *s, double inverse_beta, struct situation *out)
{
    pair x[6];
    struct situation both[2];
    for (int i = 0; i < 6; i++) {
        x[i] = pair_same(s->x[i]);
    }
    look_at_two(x, pair_same(inverse_beta), both);
    *out = both[0];
}

/* Time until it has come down to a height, at constant acceleration; negative if it is lower and
 * falling; a very long time if never. */
static double fall_time_s(const struct situation *at, double to_m)
{
    const double drop_m = at->height_m - to_m;
    const double square = at->rate_mps * at->rate_mps - 2.0 * at->rate_change_mps2 * drop_m;
    if (square < 0.0) {
        return 1e9;
    }
    if (at->rate_mps <= 0.0) {
        return 2.0 * drop_m / (sqrt(square) - at->rate_mps);
    }
    return at->rate_change_mps2 < 0.0 ? (sqrt(square) + at->rate_mps) / -at->rate_change_mps2 : 1e9;
}

static double vacuum_step_s(const struct situation *at)
{
    const double ratio = at->radius_m / VACUUM_STEP_RADIUS_M;
    const double step_s = VACUUM_STEP_S * ratio * sqrt(ratio);
    return step_s < VACUUM_STEP_MAX_S ? step_s : VACUUM_STEP_MAX_S;
}

/* With the time tau in which density or the square of speed change by a factor e, the error of a
 * step h grows as drag * h² * (h / tau)². */
static double air_step_s(const struct situation *at)
{
    const double per_s = fabs(at->rate_mps) / SCALE_HEIGHT_M + 2.0 * at->drag_per_s;
    const double bend_m = at->rate_mps > 0.0 ? STEP_BEND_UP_M : STEP_BEND_DOWN_M;
    const double drag_mps2 = at->drag_per_s * at->speed_mps;
    /* What sinks at its terminal speed hardly changes it, however hard the air slows it. */
    const double change_mps2 =
        at->rate_mps > 0.0
            ? drag_mps2
            : fabs(at->rate_change_mps2) + at->drag_per_s * (at->speed_mps - fabs(at->rate_mps));
    const double fourth = bend_m / (change_mps2 * per_s * per_s + 1e-9);
    const double step_s = sqrt(sqrt(fourth));
    const double growth = at->rate_mps < 0.0 && drag_mps2 < THIN_DRAG_MPS2 * THIN_SHARE
                              ? elementary_log(THIN_DRAG_MPS2 / (drag_mps2 + 1e-9))
                              : STEP_SHARE_MAX;
    const double longest_s = per_s * AIR_STEP_MAX_S > growth ? growth / per_s : AIR_STEP_MAX_S;
    return step_s < longest_s ? step_s : longest_s;
}

/* Deviation of the position along a direction. */
static double doubt_m(const struct descent *d, const double along[3])
{
    double variance = 0.0;
    for (int j = 0; j < 6; j++) {
        const double off_m = along[0] * d->columns.m[0][j] + along[1] * d->columns.m[1][j] +
                             along[2] * d->columns.m[2][j];
        variance += off_m * off_m;
    }
    return sqrt(variance);
}

static void cross(const double a[3], const double b[3], double out[3])
{
    out[0] = a[1] * b[2] - a[2] * b[1];
    out[1] = a[2] * b[0] - a[0] * b[2];
    out[2] = a[0] * b[1] - a[1] * b[0];
}

static void add_doubts(const struct descent *d, struct footprint_knot *knot)
{
    const double *p = d->state.x;
    const double *v = d->state.x + 3;
    double across[3];
    double along[3];
    cross(p, v, across);
    cross(across, p, along);
    const double across_length =
        sqrt(across[0] * across[0] + across[1] * across[1] + across[2] * across[2]);
    const double along_length =
        sqrt(along[0] * along[0] + along[1] * along[1] + along[2] * along[2]);
    if (across_length <= 0.0) {
        return;
    }
    for (int i = 0; i < 3; i++) {
        across[i] /= across_length;
        along[i] /= along_length;
    }
    const double speed = along[0] * v[0] + along[1] * v[1] + along[2] * v[2];
    knot->across_sigma_m = doubt_m(d, across);
    knot->along_sigma_s = doubt_m(d, along) / (speed > 1.0 ? speed : 1.0);
}

static void write_knot(const struct descent *d, struct footprint *log, double gap_min_s)
{
    if (log == NULL || log->knot_count == FOOTPRINT_KNOTS_MAX ||
        (log->knot_count > 0 && d->after_s - footprint_end_s(log) < gap_min_s)) {
        return;
    }
    const double *x = d->state.x;
    struct footprint_knot *knot = &log->knots[log->knot_count];
    *knot = (struct footprint_knot){
        d->after_s, {x[0], x[1], x[2]}, {x[3], x[4], x[5]}, 0.0, 0.0,
    };
    add_doubts(d, knot);
    log->knot_count++;
}

/* The greatest height between two heights with their rates, by the cubic through them: good to some
 * metres over a step in vacuum. The rate is a parabola; it falls through 0 at its greater root. */
static double apogee_between_m(const struct situation *a, const struct situation *b, double dt_s)
{
    const double ra = a->rate_mps * dt_s;
    const double rb = b->rate_mps * dt_s;
    const double rise_m = b->height_m - a->height_m;
    const double second = 3.0 * rise_m - 2.0 * ra - rb;
    const double third = ra + rb - 2.0 * rise_m;
    /* ra + 2 second u + 3 third u² = 0, with ra > 0 and rb <= 0. */
    const double square = second * second - 3.0 * third * ra;
    const double root = sqrt(square > 0.0 ? square : 0.0);
    const double below = root - second;
    const double u = below > 0.0 ? ra / below : 0.0;
    return a->height_m + u * (ra + u * (second + u * third));
}

static void note_apogee(const struct situation *before, const struct situation *after, double dt_s,
                        double *apogee_m)
{
    if (before->rate_mps > 0.0 && after->rate_mps <= 0.0) {
        *apogee_m = apogee_between_m(before, after, dt_s);
    }
}

static bool in_vacuum(const struct situation *at)
{
    return at->height_m >= DESCENT_AIR_M + (at->rate_mps > 0.0 ? 0.0 : AIR_NEAR_M);
}

static double least(double a, double b)
{
    return a < b ? a : b;
}

bool descent_to_air(struct descent *d, struct footprint *log, double time_max_s)
{
    struct situation at;
    write_knot(d, log, 0.0);
    look(&d->state, d->inverse_beta, &at);
    while (in_vacuum(&at)) {
        if (d->after_s > time_max_s) {
            return false;
        }
        const struct situation before = at;
        const double dt_s = least(vacuum_step_s(&at), fall_time_s(&at, DESCENT_AIR_M));
        motion_carry(&d->state, dt_s, &d->columns);
        d->after_s += dt_s;
        look(&d->state, d->inverse_beta, &at);
        note_apogee(&before, &at, dt_s, &d->apogee_m);
        write_knot(d, log, KNOT_GAP_MIN_S);
    }
    return true;
}

static void join(const struct descent d[2], struct two_ways *out)
{
    struct motion_two *m = &out->motion;
    assert(d[0].first_column == d[1].first_column);
    m->first = d[0].first_column;
    m->constant = (pair){d[0].inverse_beta, d[1].inverse_beta};
    out->after_s = (pair){d[0].after_s, d[1].after_s};
    for (int i = 0; i < 6; i++) {
        m->x[i] = (pair){d[0].state.x[i], d[1].state.x[i]};
        for (int j = m->first; j < MOTION_MATRIX_DIM; j++) {
            m->columns[i][j] = (pair){d[0].columns.m[i][j], d[1].columns.m[i][j]};
        }
    }
    look_at_two(m->x, m->constant, out->at);
}

static void part(const struct two_ways *two, int lane, struct descent *d)
{
    d->after_s = two->after_s[lane];
    for (int i = 0; i < 6; i++) {
        d->state.x[i] = two->motion.x[i][lane];
        for (int j = two->motion.first; j < MOTION_MATRIX_DIM; j++) {
            d->columns.m[i][j] = two->motion.columns[i][j][lane];
        }
    }
}

static bool at_ground(const struct situation *at)
{
    return fabs(at->height_m) <= GROUND_NEAR_M && at->rate_mps <= 0.0;
}

/* 0: it has arrived, or never will. */
static double next_step_s(const struct situation *at, double after_s)
{
    if (at_ground(at) || after_s > DESCENT_TIME_MAX_S) {
        return 0.0;
    }
    if (in_vacuum(at)) {
        return least(0.5 * vacuum_step_s(at), fall_time_s(at, DESCENT_AIR_M));
    }
    return least(air_step_s(at), fall_time_s(at, 0.0));
}

/* The rest of the way, either way, is a straight line: off by less than a metre. */
static void touch_ground(struct descent *d, const struct situation *at)
{
    const double dt_s = at->height_m / -at->rate_mps;
    for (int i = 0; i < 3; i++) {
        d->state.x[i] += d->state.x[3 + i] * dt_s;
        for (int j = 0; j < MOTION_MATRIX_DIM; j++) {
            d->columns.m[i][j] += d->columns.m[3 + i][j] * dt_s;
        }
    }
    d->after_s += dt_s;
}

static void end(const struct two_ways *two, int lane, struct descent *d)
{
    const struct situation *at = &two->at[lane];
    part(two, lane, d);
    d->landed = at_ground(at) && at->rate_mps <= -GROUND_RATE_MIN_MPS;
    if (d->landed) {
        touch_ground(d, at);
    }
}

/* False if neither goes any farther. */
static bool choose_step(struct two_ways *two)
{
    struct motion_two *m = &two->motion;
    for (int k = 0; k < 2; k++) {
        m->kind[k] = in_vacuum(&two->at[k]) ? MOTION_COAST : MOTION_REENTRY;
        m->dt_s[k] = next_step_s(&two->at[k], two->after_s[k]);
    }
    return m->dt_s[0] != 0.0 || m->dt_s[1] != 0.0;
}

static void look_after_step(struct two_ways *two, struct descent d[2])
{
    const struct situation before[2] = {two->at[0], two->at[1]};
    two->after_s += two->motion.dt_s;
    look_at_two(two->motion.x, two->motion.constant, two->at);
    for (int k = 0; k < 2; k++) {
        note_apogee(&before[k], &two->at[k], two->motion.dt_s[k], &d[k].apogee_m);
    }
}

void descent_to_ground(struct descent d[DESCENT_WAYS], struct footprint *log, int logged)
{
    enum { STEPS_MAX = 2000, TWOS = DESCENT_WAYS / 2 };
    struct two_ways two[TWOS];
    const int lane = logged % 2;
    for (int k = 0; k < TWOS; k++) {
        join(d + 2 * k, &two[k]);
    }
    for (int i = 0; i < STEPS_MAX; i++) {
        struct motion_two *moving[TWOS];
        int count = 0;
        for (int k = 0; k < TWOS; k++) {
            if (choose_step(&two[k])) {
                moving[count++] = &two[k].motion;
            }
        }
        if (count == 0) {
            break;
        }
        motion_carry_twos(moving, count);
        for (int k = 0; k < TWOS; k++) {
            look_after_step(&two[k], d + 2 * k);
        }
        if (log != NULL && two[logged / 2].at[lane].height_m > GROUND_NEAR_M) {
            part(&two[logged / 2], lane, &d[logged]);
            write_knot(&d[logged], log, KNOT_GAP_MIN_S);
        }
    }
    for (int k = 0; k < DESCENT_WAYS; k++) {
        end(&two[k / 2], k % 2, &d[k]);
    }
    write_knot(&d[logged], log, 1e-3);
}

double descent_apogee_behind_m(const struct motion_state *s)
{
    struct motion_state now = *s;
    struct situation at;
    struct situation after;
    look(&now, 0.0, &at);
    if (at.height_m < APOGEE_BEHIND_HEIGHT_MIN_M) {
        return 0.0;
    }
    double back_s = 0.0;
    double step_s = 0.0;
    do {
        if (back_s > DESCENT_TIME_MAX_S) {
            return 0.0;
        }
        after = at;
        step_s = vacuum_step_s(&at);
        motion_propagate(MOTION_COAST, &now, -step_s, 0.5 * step_s, NULL);
        back_s += step_s;
        look(&now, 0.0, &at);
    } while (at.rate_mps < 0.0);
    return apogee_between_m(&at, &after, step_s);
}
