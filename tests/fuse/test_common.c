/* The common picture against one estimator that had everything, and what it does with
 * contradiction, doubt about thrust, order and time. */
#include "../base/near.h"

#include <string.h>

#include "base/elementary.h"
#include "base/gaussian.h"
#include "base/matrix.h"
#include "base/random.h"
#include "fuse/common.h"
#include "geo/ellipsoid.h"
#include "physics/motion.h"

enum { NATIONS = 3, DIM = COMMON_DIM };

static const struct instant EPOCH = {INT64_C(1664835000) * NS_PER_S};

/* A missile high over the Sea of Japan, well above the air. */
static void true_state(double x[6])
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

static void coast(double x[6], double dt_s, double transition[36])
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

/* A nation's track of it at EPOCH + after_s, wrong by as much as its covariance says. */
static struct common_contribution contribution(struct random *r, const char *owner, double after_s,
                                               double scale)
{
    struct common_contribution c;
    memset(&c, 0, sizeof c);
    struct track *t = &c.track;
    assert_true(nation_id_parse(owner, &t->owner));
    t->status = STATUS_FIRM;
    t->phase = PHASE_COAST;
    t->phase_probability = 1.0;
    t->time = instant_plus_s(EPOCH, after_s);
    t->first_detection = instant_plus_s(EPOCH, -200.0);
    t->last_measurement = t->time;
    t->end_of_thrust = instant_plus_s(EPOCH, -60.0);
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
    true_state(x);
    coast(x, after_s, unused);
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

static void state_of(const struct track *t, double x[6])
{
    const double state[6] = {t->position.x_m,   t->position.y_m,   t->position.z_m,
                             t->velocity.x_mps, t->velocity.y_mps, t->velocity.z_mps};
    memcpy(x, state, sizeof state);
}

/* A track moved to EPOCH + at_s by gravity alone. */
static void moved(const struct track *t, double at_s, double x[6], double p[36])
{
    double transition[36];
    state_of(t, x);
    coast(x, at_s - instant_since_s(t->time, EPOCH), transition);
    matrix_transform(transition, t->covariance, p, 6, 6);
}

static void assert_state(const struct common_solution *s, const double x[6], const double p[36],
                         double tolerance)
{
    for (int i = 0; i < 6; i++) {
        assert_near(s->x[i], x[i], tolerance * sqrt(p[i * 7]));
        for (int j = 0; j < 6; j++) {
            assert_near(s->p[i * DIM + j], p[i * 6 + j], tolerance * sqrt(p[i * 7] * p[j * 7]));
        }
    }
}

/* Three nations' tracks of different times: as good as one estimator that had all three. */
static void independent_tracks_add_up(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 61, 1);
    double squared = 0.0;
    enum { ROUNDS = 200 };
    for (int round = 0; round < ROUNDS; round++) {
        struct common_contribution c[NATIONS] = {contribution(&r, "KOR", 0.0, 1.0),
                                                 contribution(&r, "JPN", -3.0, 0.5),
                                                 contribution(&r, "USA", 1.0, 2.0)};
        double x[6];
        double p[36];
        moved(&c[0].track, 2.0, x, p);
        for (int k = 1; k < NATIONS; k++) {
            double other[6];
            double q[36];
            moved(&c[k].track, 2.0, other, q);
            assert_int_equal(gaussian_fuse(x, p, other, q, 6, x, p), OK);
        }
        struct common_solution s;
        assert_int_equal(common_solve(c, NATIONS, instant_plus_s(EPOCH, 2.0), true, &s), OK);
        assert_true(c[0].used && c[1].used && c[2].used);
        assert_true(s.ballistic);
        assert_int_equal(s.phase, PHASE_COAST);
        assert_state(&s, x, p, 2e-3);
        double truth[6];
        double unused[36];
        double factor[36];
        true_state(truth);
        coast(truth, 2.0, unused);
        assert_int_equal(matrix_cholesky(p, factor, 6), OK);
        for (int i = 0; i < 6; i++) {
            truth[i] = s.x[i] - truth[i];
        }
        squared += matrix_mahalanobis_squared(factor, truth, 6) / 6.0;
    }
    assert_near(squared / ROUNDS, 1.0, 0.2);
}

static void one_alone_passes_through(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 62, 1);
    struct common_contribution c = contribution(&r, "JPN", 0.0, 1.0);
    struct common_solution s;
    assert_int_equal(common_solve(&c, 1, EPOCH, false, &s), OK);
    double x[6];
    state_of(&c.track, x);
    assert_state(&s, x, c.track.covariance, 0.0);
    assert_true(instant_equal(s.end_of_thrust, c.track.end_of_thrust));
    assert_true(instant_equal(s.last_measurement, c.track.last_measurement));
    assert_true(instant_equal(s.first_detection, c.track.first_detection));
    /* Its owner's own estimate, with the ballistic coefficient, is taken as it is. */
    c.has_beta = true;
    memcpy(c.x, s.x, sizeof c.x);
    memcpy(c.p, s.p, sizeof c.p);
    c.x[6] = 8.1;
    c.p[48] = 0.04;
    c.p[6] = c.p[42] = 0.3;
    assert_int_equal(common_solve(&c, 1, EPOCH, false, &s), OK);
    assert_memory_equal(s.x, c.x, sizeof c.x);
    assert_memory_equal(s.p, c.p, sizeof c.p);
}

/* Whoever comes first: the same answer. */
static void order_does_not_matter(void **state)
{
    (void)state;
    static const int ORDERS[6][NATIONS] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                           {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    struct random r;
    random_init(&r, 63, 1);
    for (int round = 0; round < 50; round++) {
        const struct common_contribution c[NATIONS] = {contribution(&r, "KOR", 0.0, 1.0),
                                                       contribution(&r, "JPN", -2.0, 0.3),
                                                       contribution(&r, "USA", -5.0, 3.0)};
        double x[6] = {0};
        double p[36] = {0};
        for (int k = 0; k < 6; k++) {
            struct common_contribution turned[NATIONS];
            for (int i = 0; i < NATIONS; i++) {
                turned[i] = c[ORDERS[k][i]];
            }
            struct common_solution s;
            assert_int_equal(common_solve(turned, NATIONS, EPOCH, true, &s), OK);
            if (k > 0) {
                assert_state(&s, x, p, 1e-5);
            }
            for (int i = 0; i < 36; i++) {
                x[i % 6] = s.x[i % 6];
                p[i] = s.p[(i / 6) * DIM + i % 6];
            }
        }
    }
}

/* A report that is far from what the others say is left out and marked, the own one too. */
static void a_contradiction_is_left_out_and_marked(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 64, 1);
    for (int liar = 0; liar < NATIONS; liar++) {
        struct common_contribution c[NATIONS] = {contribution(&r, "KOR", 0.0, 1.0),
                                                 contribution(&r, "JPN", 0.0, 1.0),
                                                 contribution(&r, "USA", 0.0, 1.0)};
        c[liar].track.position.x_m += 60e3;
        struct common_solution s;
        assert_int_equal(common_solve(c, NATIONS, EPOCH, true, &s), OK);
        for (int k = 0; k < NATIONS; k++) {
            assert_int_equal(c[k].used, k != liar);
        }
        const int first = liar == 0 ? 1 : 0;
        const int second = liar == 2 ? 1 : 2;
        double x[2][6];
        state_of(&c[first].track, x[0]);
        state_of(&c[second].track, x[1]);
        double fused[6];
        double p[36];
        assert_int_equal(gaussian_fuse(x[0], c[first].track.covariance, x[1],
                                       c[second].track.covariance, 6, fused, p),
                         OK);
        assert_state(&s, fused, p, 1e-4);
    }
}

static struct common_contribution burning(struct random *r, const char *owner)
{
    struct common_contribution c = contribution(r, owner, 0.0, 1.0);
    c.track.phase = PHASE_BOOST;
    c.track.end_of_thrust = INSTANT_UNSET;
    c.track.thrust_mps2 = 20.0;
    c.track.thrust_sigma_mps2 = 3.0;
    return c;
}

/* While it thrusts, what the nations do not know is the same: nothing is counted twice. */
static void thrusting_tracks_are_intersected(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 65, 1);
    struct common_contribution twice[2] = {burning(&r, "KOR"), burning(&r, "JPN")};
    twice[1] = twice[0];
    struct common_solution s;
    assert_int_equal(common_solve(twice, 2, EPOCH, false, &s), OK);
    assert_false(s.ballistic);
    assert_int_equal(s.phase, PHASE_BOOST);
    double x[6];
    state_of(&twice[0].track, x);
    assert_state(&s, x, twice[0].track.covariance, 1e-6);
    for (int round = 0; round < 50; round++) {
        struct common_contribution c[2] = {burning(&r, "KOR"), burning(&r, "JPN")};
        assert_int_equal(common_solve(c, 2, EPOCH, false, &s), OK);
        assert_true(c[0].used && c[1].used);
        double other[6];
        double p[36];
        double spare[36];
        double values[6];
        double vectors[36];
        state_of(&c[0].track, x);
        state_of(&c[1].track, other);
        assert_int_equal(
            gaussian_fuse(x, c[0].track.covariance, other, c[1].track.covariance, 6, x, p), OK);
        for (int i = 0; i < 36; i++) {
            const double scale = sqrt(p[(i / 6) * 7] * p[(i % 6) * 7]);
            spare[i] = (s.p[(i / 6) * DIM + i % 6] - p[i]) / scale;
        }
        matrix_eigen(spare, values, vectors, 6);
        assert_true(values[0] > -1e-6);
    }
}

/* Somebody is certain of the end of thrust, another sees it burn: the later look decides. */
static void who_saw_it_last_decides_about_thrust(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 66, 1);
    struct common_contribution c[2] = {contribution(&r, "KOR", 0.0, 1.0), burning(&r, "JPN")};
    struct common_solution s;
    c[1].track.phase_probability = 0.999;
    assert_int_equal(common_solve(c, 2, EPOCH, true, &s), OK);
    assert_false(s.ballistic);
    assert_true(!c[0].used && c[1].used);
    c[1].track.last_measurement = c[0].track.end_of_thrust;
    assert_int_equal(common_solve(c, 2, EPOCH, true, &s), OK);
    assert_true(s.ballistic);
    assert_true(c[0].used && !c[1].used);
    assert_true(instant_equal(s.end_of_thrust, c[0].track.end_of_thrust));
}

/* Solved at one time and moved by gravity to another, or solved there: the same. */
/* Who measures a manoeuvre is believed by all, until somebody measures a fall well after. */
static void a_manoeuvre_that_one_measures_counts_for_all(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 8, 1);
    struct common_contribution c[2] = {contribution(&r, "KOR", 0.0, 1.0),
                                       contribution(&r, "JPN", 0.0, 0.1)};
    struct common_solution s;
    assert_int_equal(common_solve(c, 2, instant_plus_s(EPOCH, 1.0), true, &s), OK);
    assert_false(s.manoeuvring);
    const double sure_m2 = s.p[0];
    c[0].track.manoeuvring = true;
    assert_int_equal(common_solve(c, 2, instant_plus_s(EPOCH, 1.0), true, &s), OK);
    assert_true(s.ballistic && s.manoeuvring && s.phase == PHASE_REENTRY);
    assert_true(c[0].used && !c[1].used);
    struct common_solution later = s;
    assert_int_equal(common_predict(&later, 5.0), OK);
    assert_true(later.p[0] > sure_m2 + 0.5 * MISSILE_MANOEUVRE_NOISE * 125.0 / 3.0);
    c[1].track.last_measurement = instant_plus_s(EPOCH, 20.0);
    c[1].track.time = instant_plus_s(EPOCH, 20.0);
    assert_int_equal(common_solve(c, 2, instant_plus_s(EPOCH, 20.0), true, &s), OK);
    assert_false(s.manoeuvring);
    assert_true(c[1].used && !c[0].used);
}

static void time_runs_both_ways(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 67, 1);
    for (int round = 0; round < 20; round++) {
        struct common_contribution c[2] = {contribution(&r, "KOR", 0.0, 1.0),
                                           contribution(&r, "JPN", 0.0, 1.0)};
        const double at_s = round % 2 == 0 ? 40.0 : -15.0;
        struct common_solution here;
        struct common_solution there;
        assert_int_equal(common_solve(c, 2, EPOCH, true, &here), OK);
        assert_int_equal(common_solve(c, 2, instant_plus_s(EPOCH, at_s), true, &there), OK);
        double x[6];
        double p[36];
        double q[36];
        double transition[36];
        memcpy(x, here.x, sizeof x);
        for (int i = 0; i < 36; i++) {
            p[i] = here.p[(i / 6) * DIM + i % 6];
        }
        coast(x, at_s, transition);
        matrix_transform(transition, p, q, 6, 6);
        assert_state(&there, x, q, 2e-2);
        double factor[DIM * DIM];
        assert_int_equal(matrix_cholesky(there.p, factor, DIM), OK);
    }
}

static void what_is_not_believed_does_not_count(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 68, 1);
    struct common_contribution c[2] = {contribution(&r, "KOR", 0.0, 1.0),
                                       contribution(&r, "JPN", 0.0, 1.0)};
    struct common_solution s;
    memset(&s, 0x5a, sizeof s);
    const struct common_solution before = s;
    c[0].track.status = STATUS_TENTATIVE;
    c[1].track.status = STATUS_DROPPED;
    assert_int_equal(common_solve(c, 2, EPOCH, true, &s), ERR_NOT_FOUND);
    assert_int_equal(common_solve(c, 0, EPOCH, true, &s), ERR_NOT_FOUND);
    assert_memory_equal(&s, &before, sizeof s);
    c[1].track.status = STATUS_LOST;
    assert_int_equal(common_solve(c, 2, EPOCH, true, &s), OK);
    assert_true(!c[0].used && c[1].used);
}

static void distance_tells_one_object_from_two(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 69, 1);
    double sum = 0.0;
    for (int round = 0; round < 100; round++) {
        struct track a = contribution(&r, "KOR", 0.0, 1.0).track;
        const struct track b = contribution(&r, "JPN", 3.0, 1.0).track;
        double there = 0.0;
        double back = 0.0;
        assert_int_equal(common_distance_squared(&a, &b, &there), OK);
        assert_int_equal(common_distance_squared(&b, &a, &back), OK);
        assert_near(there, back, 1e-6 * (1.0 + there));
        sum += there / 6.0;
        a.position.z_m += 100e3;
        assert_int_equal(common_distance_squared(&a, &b, &there), OK);
        assert_true(there > 1000.0);
    }
    assert_near(sum / 100.0, 1.0, 0.25);
    struct track old = burning(&r, "KOR").track;
    const struct track now = contribution(&r, "JPN", 100.0, 1.0).track;
    double unused = 0.0;
    assert_int_equal(common_distance_squared(&old, &now, &unused), ERR_STATE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(independent_tracks_add_up),
        cmocka_unit_test(one_alone_passes_through),
        cmocka_unit_test(order_does_not_matter),
        cmocka_unit_test(a_contradiction_is_left_out_and_marked),
        cmocka_unit_test(thrusting_tracks_are_intersected),
        cmocka_unit_test(who_saw_it_last_decides_about_thrust),
        cmocka_unit_test(a_manoeuvre_that_one_measures_counts_for_all),
        cmocka_unit_test(time_runs_both_ways),
        cmocka_unit_test(what_is_not_believed_does_not_count),
        cmocka_unit_test(distance_tells_one_object_from_two),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
