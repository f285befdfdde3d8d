#include "cli/reference.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/matrix.h"

#define UNKNOWN_POSITION_M2 (1e6 * 1e6)
#define UNKNOWN_VELOCITY_M2PS2 (2e4 * 2e4)

const double reference_variance[ESTIMATE_DIM] = {UNKNOWN_POSITION_M2,      UNKNOWN_POSITION_M2,
                                                 UNKNOWN_POSITION_M2,      UNKNOWN_VELOCITY_M2PS2,
                                                 UNKNOWN_VELOCITY_M2PS2,   UNKNOWN_VELOCITY_M2PS2,
                                                 ESTIMATE_LN_BETA_VARIANCE};

void reference_begin(struct world *world, uint32_t nation, struct tracker *t)
{
    const struct scenario_nation *n = &world->scenario.nations[nation];
    tracker_init(t, n->id);
    for (uint32_t i = 0; i < n->sensor_count; i++) {
        const result added = tracker_add_sensor(t, &n->sensors[i].sensor);
        assert(added == OK); /* the scenario was checked */
    }
    world_rewind(world);
}

bool reference_look(struct world *world, uint32_t nation, struct instant until, struct tracker *t,
                    struct world_scan *out)
{
    while (instant_before(world_next_time(world), until)) {
        (void)world_next(world, out);
        if (out->nation == nation) {
            const result taken = tracker_scan(t, out->observations, out->observation_count);
            assert(taken == OK); /* one sensor of the nation, one time */
            return true;
        }
    }
    return false;
}

bool reference_track(const struct tracker *t, uint32_t *slot)
{
    uint32_t most = 0;
    for (uint32_t i = 0; i < t->slot_end; i++) {
        const struct tracker_track *track = &t->tracks[i];
        const bool known =
            track->id.value != 0 && (track->status == STATUS_FIRM || track->status == STATUS_LOST);
        if (known && track->hits > most) {
            most = track->hits;
            *slot = i;
        }
    }
    return most > 0;
}

bool reference_published(const struct tracker *t, struct instant at, uint32_t *slot,
                         struct track *out)
{
    if (!reference_track(t, slot)) {
        return false;
    }
    const bool published = tracker_publish(t, *slot, at, out);
    assert(published);
    return true;
}

double reference_nees(const double covariance[36], const double off[6])
{
    double factor[36];
    const result factored = matrix_cholesky(covariance, factor, 6);
    assert(factored == OK);
    return matrix_mahalanobis_squared(factor, off, 6) / 6.0;
}

bool reference_impact(const struct tracker *t, uint32_t slot, struct instant at,
                      struct impact_prediction *out)
{
    struct estimate e;
    struct ballistic_state s = {.time = at};
    if (!tracker_ballistic(t, slot, at, &e)) {
        return false;
    }
    memcpy(s.x, e.x, sizeof s.x);
    memcpy(s.covariance, e.p, sizeof s.covariance);
    return impact_predict(&s, out) == OK && out->estimate.why == WHY_NONE;
}

bool reference_truth(const struct world *world, struct instant t, double x[ESTIMATE_DIM])
{
    struct truth_state s;
    if (!world_truth_state(world, 0, t, &s)) {
        return false;
    }
    const double state[ESTIMATE_DIM] = {s.position.x_m,
                                        s.position.y_m,
                                        s.position.z_m,
                                        s.velocity.x_mps,
                                        s.velocity.y_mps,
                                        s.velocity.z_mps,
                                        log(world_truth_summary(world, 0).beta_kgpm2)};
    memcpy(x, state, sizeof state);
    return true;
}

void reference_tell(const struct measure *m, const double *h, double *p, int dim,
                    struct reference_gain *out)
{
    double hp[MEASURE_DIM_MAX * REFERENCE_DIM_MAX];
    double s[MEASURE_DIM_MAX * MEASURE_DIM_MAX];
    matrix_multiply(h, p, hp, m->dim, dim, dim);
    matrix_multiply_transposed(hp, h, s, m->dim, dim, m->dim);
    for (int i = 0; i < m->dim * m->dim; i++) {
        /* not a finding (core.uninitialized): the product filled it */
        s[i] += m->noise[i];
    }
    const result factored = matrix_cholesky(s, out->factor, m->dim);
    assert(factored == OK);
    memcpy(out->transposed, hp, sizeof *hp * (size_t)(m->dim * dim));
    matrix_cholesky_solve(out->factor, out->transposed, m->dim, dim);
    for (int i = 0; i < dim; i++) {
        for (int j = 0; j < dim; j++) {
            for (int k = 0; k < m->dim; k++) {
                p[i * dim + j] -= hp[k * dim + i] * out->transposed[k * dim + j];
            }
        }
    }
    matrix_symmetrise(p, dim);
}
