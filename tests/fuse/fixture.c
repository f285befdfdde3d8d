#include "fixture.h"

#include "../base/near.h"

#include <string.h>

#include "base/matrix.h"
#include "geo/ellipsoid.h"
#include "physics/motion.h"

enum { DIM = COMMON_DIM };

/* A missile high over the Sea of Japan, well above the air. */
void fixture_true_state(double x[6])
{
    const struct geo_geodetic g = {0.72, 2.38, 600e3};
    const struct geo_ecef p = ellipsoid_to_ecef(g);
    double axes[9];
    ellipsoid_axes(g, axes);
    const double local[3] = {4500.0, 1200.0, 2500.0}; /* east, north, up, m/s */
    x[0] = p.x_m;
    x[1] = p.y_m;
    x[2] = p.z_m;
    for (int i = 0; i < 3; i++) {
        x[3 + i] = axes[i] * local[0] + axes[3 + i] * local[1] + axes[6 + i] * local[2];
    }
}

void fixture_coast(double x[6], double dt_s, double transition[36])
{
    struct motion_state s = {{0}};
    double wide[MOTION_MATRIX_CELLS];
    memcpy(s.x, x, 6 * sizeof(double));
    motion_propagate(MOTION_COAST, &s, dt_s, 1.0, wide);
    memcpy(x, s.x, 6 * sizeof(double));
    for (int i = 0; i < 36; i++) {
        transition[i] = wide[(i / 6) * MOTION_MATRIX_DIM + i % 6];
    }
}

/* A nation's track of it at FIXTURE_EPOCH + after_s, wrong by as much as its covariance says. */
struct common_contribution fixture_contribution(struct random *r, const char *owner, double after_s,
                                                double scale)
{
    struct common_contribution c;
    memset(&c, 0, sizeof c);
    struct track *t = &c.track;
    assert_true(nation_id_parse(owner, &t->owner));
    t->status = STATUS_FIRM;
    t->phase = PHASE_COAST;
    t->phase_probability = 1.0;
    t->time = instant_plus_s(FIXTURE_EPOCH, after_s);
    t->first_detection = instant_plus_s(FIXTURE_EPOCH, -200.0);
    t->last_measurement = t->time;
    t->end_of_thrust = instant_plus_s(FIXTURE_EPOCH, -60.0);
    t->span_from = t->end_of_thrust;
    double m[36];
    double factor[36];
    for (int i = 0; i < 36; i++) {
        m[i] = scale * (i / 6 < 3 ? 100.0 : 3.0) * random_normal(r);
    }
    matrix_multiply_transposed(m, m, t->covariance, 6, 6, 6);
    for (int i = 0; i < 6; i++) {
        t->covariance[i * 7] += scale * scale * (i < 3 ? 100.0 : 0.1);
    }
    assert_int_equal(matrix_cholesky(t->covariance, factor, 6), OK);
    double x[6];
    double unused[36];
    fixture_true_state(x);
    fixture_coast(x, after_s, unused);
    double normal[6];
    for (int i = 0; i < 6; i++) {
        normal[i] = random_normal(r);
        m[i] = x[i];
        for (int j = 0; j <= i; j++) {
            m[i] += factor[i * 6 + j] * normal[j];
        }
    }
    t->position = (struct geo_ecef){m[0], m[1], m[2]};
    t->velocity = (struct geo_velocity){m[3], m[4], m[5]};
    return c;
}

void fixture_state_of(const struct track *t, double x[6])
{
    const double state[6] = {t->position.x_m,   t->position.y_m,   t->position.z_m,
                             t->velocity.x_mps, t->velocity.y_mps, t->velocity.z_mps};
    memcpy(x, state, sizeof state);
}

void fixture_assert_state(const struct common_solution *s, const double x[6], const double p[36],
                          double tolerance)
{
    for (int i = 0; i < 6; i++) {
        assert_near(s->x[i], x[i], tolerance * sqrt(p[i * 7]));
        for (int j = 0; j < 6; j++) {
            assert_near(s->p[i * DIM + j], p[i * 6 + j], tolerance * sqrt(p[i * 7] * p[j * 7]));
        }
    }
}

struct common_contribution fixture_burning(struct random *r, const char *owner)
{
    struct common_contribution c = fixture_contribution(r, owner, 0.0, 1.0);
    c.track.phase = PHASE_BOOST;
    c.track.end_of_thrust = INSTANT_UNSET;
    c.track.thrust_mps2 = 20.0;
    c.track.thrust_sigma_mps2 = 3.0;
    return c;
}

void fixture_assert_not_below(const double p[36], const double q[36])
{
    double spare[36];
    double values[6];
    double vectors[36];
    for (int i = 0; i < 36; i++) {
        spare[i] = (p[i] - q[i]) / sqrt(q[(i / 6) * 7] * q[(i % 6) * 7]);
    }
    matrix_eigen(spare, values, vectors, 6);
    assert_true(values[0] > -1e-6);
}

void fixture_six_of(const struct common_solution *s, double p[36])
{
    for (int i = 0; i < 36; i++) {
        p[i] = s->p[(i / 6) * DIM + i % 6];
    }
}
