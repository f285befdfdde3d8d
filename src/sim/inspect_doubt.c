/* The doubt of a common solution against that of one estimator that had all its sources: the
 * information of independent tracks adds up, and no way of fusing them gets more out of them
 * (Bar-Shalom, Li and Kirubarajan 2001, Estimation with Applications to Tracking and Navigation,
 * section 8.3). Tracks that share errors hold less than that, so it bounds every fusion. */
#include <math.h>

#include "base/matrix.h"
#include "physics/motion.h"
#include "sim/inspect.h"

enum { DIM = 6, CELLS = DIM * DIM };

/* What rounding, and a prior that every source has, may make of it. */
#define SURER_MOST 0.9
#define STEP_S 5.0
#define APART_S 120.0

static bool is_outside_air(const double x[3])
{
    return sqrt(x[0] * x[0] + x[1] * x[1] + x[2] * x[2]) > MOTION_AIR_RADIUS_M;
}

/* P' = F P F', both of position and velocity; F has rows of 7. */
static void carry(const double f[MOTION_MATRIX_CELLS], const double p[CELLS], double out[CELLS])
{
    double half[CELLS];
    for (int i = 0; i < DIM; i++) {
        for (int k = 0; k < DIM; k++) {
            half[DIM * i + k] = 0.0;
            for (int m = 0; m < DIM; m++) {
                half[DIM * i + k] += f[MOTION_MATRIX_DIM * i + m] * p[DIM * m + k];
            }
        }
    }
    for (int i = 0; i < DIM; i++) {
        for (int k = 0; k < DIM; k++) {
            out[DIM * i + k] = 0.0;
            for (int m = 0; m < DIM; m++) {
                out[DIM * i + k] += half[DIM * i + m] * f[MOTION_MATRIX_DIM * k + m];
            }
        }
    }
    matrix_symmetrise(out, DIM);
}

/* What a source knows at that time: as its track says, or better, as its own nation knows it. False
 * if it flew through the air. */
static bool covariance_of(const struct engine_solution *s, struct instant at, double out[CELLS])
{
    const struct track *t = &s->track;
    struct motion_state state = {{t->position.x_m, t->position.y_m, t->position.z_m,
                                  t->velocity.x_mps, t->velocity.y_mps, t->velocity.z_mps, 0.0,
                                  0.0}};
    double p[CELLS];
    double transition[MOTION_MATRIX_CELLS];
    const double ahead_s = instant_since_s(at, t->time);
    for (int i = 0; i < CELLS; i++) {
        p[i] = s->has_ballistic ? s->ballistic.covariance[BALLISTIC_DIM * (i / DIM) + i % DIM]
                                : t->covariance[i];
    }
    if (!is_outside_air(state.x) || fabs(ahead_s) > APART_S) {
        return false;
    }
    motion_propagate(MOTION_COAST, &state, ahead_s, STEP_S, transition);
    carry(transition, p, out);
    return is_outside_air(state.x);
}

/* What one estimator would know that had every source of the event; false if that is not known, or
 * one has come since they were fused. */
static bool central(const struct engine_event *e, double out[CELLS])
{
    double sum[CELLS] = {0};
    uint32_t count = 0;
    for (uint32_t k = 0; k < LIMIT_NATIONS; k++) {
        const struct engine_solution *s = &e->solutions[k];
        double p[CELLS];
        if (!s->present || !s->contributes) {
            continue;
        }
        if (instant_before(e->common_time, s->received) || !covariance_of(s, e->common_time, p) ||
            matrix_inverse(p, p, DIM) != OK) {
            return false;
        }
        for (int i = 0; i < CELLS; i++) {
            sum[i] += p[i];
        }
        count++;
    }
    return count > 0 && matrix_inverse(sum, out, DIM) == OK;
}

/* Whether P is nowhere smaller than so much of C: P - part C has no negative direction. */
static bool is_no_smaller(const double p[CELLS], const double c[CELLS])
{
    double rest[CELLS];
    double factor[CELLS];
    for (int i = 0; i < DIM; i++) {
        for (int k = 0; k < DIM; k++) {
            const double scale = sqrt(p[(DIM + 1) * i] * p[(DIM + 1) * k]);
            rest[DIM * i + k] =
                (p[DIM * i + k] - SURER_MOST * c[DIM * i + k]) / scale + (i == k ? 1e-6 : 0.0);
        }
    }
    return matrix_cholesky(rest, factor, DIM) == OK;
}

const char *inspect_doubt(const struct engine *engine, const char **event, uint64_t *judged)
{
    for (uint32_t i = 0; i < LIMIT_EVENTS; i++) {
        const struct engine_event *e = &engine->events[i];
        double p[CELLS];
        double c[CELLS];
        if (e->id.value == 0 || !e->has_common || !e->common.ballistic || e->common.manoeuvring ||
            !is_outside_air(e->common.x) || !central(e, c)) {
            continue;
        }
        for (int k = 0; k < CELLS; k++) {
            p[k] = e->common.p[COMMON_DIM * (k / DIM) + k % DIM];
        }
        ++*judged;
        *event = e->name.text;
        if (!is_no_smaller(p, c)) {
            return "is surer than all its sources together";
        }
    }
    return NULL;
}
