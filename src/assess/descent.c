/* Steps as long as the motion allows: in vacuum 20 s, in air a part of the time in which density
 * or speed change much. Each stretch ends at the latest where a fall without drag would reach the
 * next boundary; since drag only delays that, the boundary is approached from above, ever faster
 * (an error of dt leaves one of about drag * dt² / 2), and needs no step back. */
#include "assess/descent.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "base/elementary.h"
#include "base/matrix.h"
#include "geo/ellipsoid.h"
#include "physics/atmosphere.h"

#define VACUUM_STEP_S 20.0
#define VACUUM_STRETCH_S 80.0
#define AIR_STEP_MAX_S 10.0
#define AIR_STRETCH_STEPS 3.0
/* More than the true fall anywhere, so that the boundary is never passed. */
#define FALL_MPS2 9.84
#define SCALE_HEIGHT_M 7000.0
/* Step over the time in which density, and in which speed, change by a factor e. On the way up,
 * where an error has the whole flight to grow, density counts double. Errors on the ground: below
 * 30 m. */
#define STEP_PER_DENSITY_TIME_UP 0.4
#define STEP_PER_DENSITY_TIME_DOWN 0.9
#define STEP_PER_SPEED_TIME 0.5
#define GROUND_NEAR_M 0.5
#define GROUND_RATE_MIN_MPS 5.0
#define KNOT_GAP_MIN_S 4.0
#define APOGEE_BEHIND_HEIGHT_MIN_M 90e3
#define HEIGHT_EXACT_BELOW_M 3000.0

void descent_init(struct descent *d, const double x[6], double ln_beta)
{
    memset(d, 0, sizeof *d);
    memcpy(d->state.x, x, 6 * sizeof *x);
    d->state.x[MOTION_LN_BETA] = ln_beta;
    matrix_identity(d->transition, 6);
}

void descent_height(const struct motion_state *s, double *height_m, double *rate_mps)
{
    const double e2 = ELLIPSOID_F * (2.0 - ELLIPSOID_F);
    const double *p = s->x;
    const double r = sqrt(p[0] * p[0] + p[1] * p[1] + p[2] * p[2]);
    const double sin2 = elementary_square(p[2] / r);
    /* The ellipsoid's radius in this direction, to the second order: good to some metres. */
    const double flattening = ELLIPSOID_F * sin2 * (1.0 + 1.5 * ELLIPSOID_F * (1.0 - sin2));
    *height_m = r - ELLIPSOID_A_M * (1.0 - flattening);
    const double normal[3] = {p[0], p[1], p[2] / (1.0 - e2)};
    const double length =
        sqrt(normal[0] * normal[0] + normal[1] * normal[1] + normal[2] * normal[2]);
    *rate_mps = (normal[0] * s->x[3] + normal[1] * s->x[4] + normal[2] * s->x[5]) / length;
    struct geo_geodetic exact;
    if (*height_m < HEIGHT_EXACT_BELOW_M &&
        ellipsoid_from_ecef((struct geo_ecef){p[0], p[1], p[2]}, &exact) == OK) {
        *height_m = exact.height_m;
    }
}

/* Time in which a fall without drag covers `drop_m` (not negative), rising at `rate` first. */
static double fall_time_s(double drop_m, double rate_mps)
{
    const double root = sqrt(rate_mps * rate_mps + 2.0 * FALL_MPS2 * drop_m);
    if (rate_mps >= 0.0) {
        return (root + rate_mps) / FALL_MPS2;
    }
    return 2.0 * drop_m / (root - rate_mps);
}

static double air_step_s(const struct motion_state *s, double height_m, double rate_mps)
{
    const double *v = s->x + 3;
    const double speed = sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
    const double density = atmosphere_density(height_m, NULL);
    const double per_speed_time =
        0.5 * density * speed * elementary_exp(-s->x[MOTION_LN_BETA]) / STEP_PER_SPEED_TIME;
    const double density_share =
        rate_mps > 0.0 ? STEP_PER_DENSITY_TIME_UP : STEP_PER_DENSITY_TIME_DOWN;
    const double per_density_time = fabs(rate_mps) / (SCALE_HEIGHT_M * density_share);
    const double fastest = per_speed_time > per_density_time ? per_speed_time : per_density_time;
    return fastest * AIR_STEP_MAX_S > 1.0 ? 1.0 / fastest : AIR_STEP_MAX_S;
}

static double doubt(const struct descent *d, const double covariance[36], const double along[3])
{
    double row[6];
    double variance;
    matrix_multiply(along, d->transition, row, 1, 3, 6);
    matrix_transform(row, covariance, &variance, 1, 6);
    return variance > 0.0 ? sqrt(variance) : 0.0;
}

static void cross(const double a[3], const double b[3], double out[3])
{
    out[0] = a[1] * b[2] - a[2] * b[1];
    out[1] = a[2] * b[0] - a[0] * b[2];
    out[2] = a[0] * b[1] - a[1] * b[0];
}

static void add_doubts(const struct descent *d, const double covariance[36],
                       struct footprint_knot *knot)
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
    knot->across_sigma_m = doubt(d, covariance, across);
    knot->along_sigma_s = doubt(d, covariance, along) / (speed > 1.0 ? speed : 1.0);
}

static void write_knot(const struct descent *d, const struct descent_log *log, double gap_min_s)
{
    if (log == NULL) {
        return;
    }
    struct footprint *f = log->footprint;
    const double *x = d->state.x;
    if (f->knot_count == FOOTPRINT_KNOTS_MAX ||
        (f->knot_count > 0 && d->after_s - footprint_end_s(f) < gap_min_s)) {
        return;
    }
    struct footprint_knot *knot = &f->knots[f->knot_count];
    *knot = (struct footprint_knot){
        d->after_s, {x[0], x[1], x[2]}, {x[3], x[4], x[5]}, 0.0, 0.0,
    };
    add_doubts(d, log->covariance, knot);
    f->knot_count++;
}

/* The height at which a state that is near its highest (in time, either way) stops rising. */
static double apogee_near_m(enum motion_kind kind, struct motion_state s)
{
    double height_m;
    double rate_mps;
    for (int i = 0; i < 4; i++) {
        descent_height(&s, &height_m, &rate_mps);
        double rate[MOTION_DIM];
        motion_derivative(kind, &s, rate, NULL);
        const double r2 = s.x[0] * s.x[0] + s.x[1] * s.x[1] + s.x[2] * s.x[2];
        const double v2 = s.x[3] * s.x[3] + s.x[4] * s.x[4] + s.x[5] * s.x[5];
        const double pull = s.x[0] * rate[3] + s.x[1] * rate[4] + s.x[2] * rate[5];
        const double rate_change = (pull + v2) / sqrt(r2);
        if (rate_change >= 0.0 || fabs(rate_mps) < 1e-3) {
            break;
        }
        double dt_s = -rate_mps / rate_change;
        dt_s = dt_s > VACUUM_STRETCH_S ? VACUUM_STRETCH_S : dt_s;
        dt_s = dt_s < -VACUUM_STRETCH_S ? -VACUUM_STRETCH_S : dt_s;
        motion_propagate(kind, &s, dt_s, VACUUM_STEP_S, NULL);
    }
    descent_height(&s, &height_m, &rate_mps);
    return height_m;
}

static void stretch(struct descent *d, enum motion_kind kind, double dt_s, double step_s)
{
    double full[MOTION_MATRIX_CELLS];
    double part[36];
    double product[36];
    motion_propagate(kind, &d->state, dt_s, step_s, full);
    for (int i = 0; i < 6; i++) {
        memcpy(part + 6 * i, full + MOTION_MATRIX_DIM * i, 6 * sizeof *part);
    }
    matrix_multiply(part, d->transition, product, 6, 6, 6);
    memcpy(d->transition, product, sizeof product);
    d->after_s += dt_s;
}

/* One stretch towards `floor_m`, from a state at this height and rate. */
static void go_on(struct descent *d, double height_m, double rate_mps, double floor_m)
{
    const bool air = height_m < DESCENT_AIR_M;
    const enum motion_kind kind = air ? MOTION_REENTRY : MOTION_COAST;
    const double step_s = air ? air_step_s(&d->state, height_m, rate_mps) : VACUUM_STEP_S;
    const double longest_s = air ? AIR_STRETCH_STEPS * step_s : VACUUM_STRETCH_S;
    const double boundary_m = air ? floor_m : DESCENT_AIR_M;
    const double fall_s = fall_time_s(height_m - boundary_m, rate_mps);
    /* A hundredth of a second more, so that the boundary of the air is passed in the end. */
    const double limit_s = air ? fall_s : fall_s + 0.01;
    const struct motion_state before = d->state;
    stretch(d, kind, limit_s < longest_s ? limit_s : longest_s, step_s);
    if (rate_mps <= 0.0) {
        return;
    }
    double height_after_m;
    double rate_after_mps;
    descent_height(&d->state, &height_after_m, &rate_after_mps);
    if (rate_after_mps <= 0.0) {
        d->apogee_m = apogee_near_m(kind, before);
    }
}

bool descent_to_air(struct descent *d, const struct descent_log *log, double time_max_s)
{
    double height_m;
    double rate_mps;
    write_knot(d, log, 0.0);
    descent_height(&d->state, &height_m, &rate_mps);
    while (height_m >= DESCENT_AIR_M) {
        if (d->after_s > time_max_s) {
            return false;
        }
        go_on(d, height_m, rate_mps, DESCENT_AIR_M);
        write_knot(d, log, KNOT_GAP_MIN_S);
        descent_height(&d->state, &height_m, &rate_mps);
    }
    return true;
}

/* The rest of the way is a straight line: less than a metre. */
static void touch_ground(struct descent *d, double height_m, double rate_mps)
{
    const double dt_s = height_m / -rate_mps;
    for (int i = 0; i < 3; i++) {
        d->state.x[i] += d->state.x[3 + i] * dt_s;
    }
    d->after_s += dt_s;
}

bool descent_to_ground(struct descent *d, const struct descent_log *log)
{
    enum { STRETCHES_MAX = 2000 };
    double height_m;
    double rate_mps;
    descent_height(&d->state, &height_m, &rate_mps);
    for (int i = 0; height_m > GROUND_NEAR_M || rate_mps > 0.0; i++) {
        if (d->after_s > DESCENT_TIME_MAX_S || i == STRETCHES_MAX) {
            return false;
        }
        go_on(d, height_m > 0.0 ? height_m : 0.0, rate_mps, 0.0);
        write_knot(d, log, KNOT_GAP_MIN_S);
        descent_height(&d->state, &height_m, &rate_mps);
    }
    if (rate_mps > -GROUND_RATE_MIN_MPS) {
        return false;
    }
    touch_ground(d, height_m, rate_mps);
    write_knot(d, log, 1e-3);
    return true;
}

double descent_apogee_behind_m(const struct motion_state *s)
{
    struct motion_state at = *s;
    double height_m;
    double rate_mps;
    descent_height(&at, &height_m, &rate_mps);
    if (height_m < APOGEE_BEHIND_HEIGHT_MIN_M) {
        return 0.0;
    }
    for (double back_s = 0.0; rate_mps < 0.0; back_s += 3.0 * VACUUM_STEP_S) {
        if (back_s > DESCENT_TIME_MAX_S) {
            return 0.0;
        }
        motion_propagate(MOTION_COAST, &at, -3.0 * VACUUM_STEP_S, VACUUM_STEP_S, NULL);
        descent_height(&at, &height_m, &rate_mps);
    }
    return apogee_near_m(MOTION_COAST, at);
}
