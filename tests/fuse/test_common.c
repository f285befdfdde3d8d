/* The common picture against one estimator that had everything, and what it does with
 * contradiction, doubt about thrust, order and time. */
#include "../base/fused.h"
#include "../base/near.h"
#include "fixture.h"

#include <string.h>

#include "base/elementary.h"
#include "base/matrix.h"

enum { NATIONS = 3, DIM = COMMON_DIM };

/* A track moved to FIXTURE_EPOCH + at_s by gravity alone. */
static void moved(const struct track *t, double at_s, double x[6], double p[36])
{
    double transition[36];
    fixture_state_of(t, x);
    fixture_coast(x, at_s - instant_since_s(t->time, FIXTURE_EPOCH), transition);
    matrix_transform(transition, t->covariance, p, 6, 6);
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
        struct common_contribution c[NATIONS] = {fixture_contribution(&r, "KOR", 0.0, 1.0),
                                                 fixture_contribution(&r, "JPN", -3.0, 0.5),
                                                 fixture_contribution(&r, "USA", 1.0, 2.0)};
        double x[6];
        double p[36];
        moved(&c[0].track, 2.0, x, p);
        for (int k = 1; k < NATIONS; k++) {
            double other[6];
            double q[36];
            moved(&c[k].track, 2.0, other, q);
            fused_estimate(x, p, other, q, 6, x, p);
        }
        struct common_solution s;
        assert_int_equal(common_solve(c, NATIONS, instant_plus_s(FIXTURE_EPOCH, 2.0), true, &s),
                         OK);
        assert_true(c[0].used && c[1].used && c[2].used);
        assert_true(s.ballistic);
        assert_int_equal(s.phase, PHASE_COAST);
        fixture_assert_state(&s, x, p, 2e-3);
        double truth[6];
        double unused[36];
        double factor[36];
        fixture_true_state(truth);
        fixture_coast(truth, 2.0, unused);
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
    struct common_contribution c = fixture_contribution(&r, "JPN", 0.0, 1.0);
    struct common_solution s;
    assert_int_equal(common_solve(&c, 1, FIXTURE_EPOCH, false, &s), OK);
    double x[6];
    fixture_state_of(&c.track, x);
    fixture_assert_state(&s, x, c.track.covariance, 0.0);
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
    assert_int_equal(common_solve(&c, 1, FIXTURE_EPOCH, false, &s), OK);
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
        const struct common_contribution c[NATIONS] = {fixture_contribution(&r, "KOR", 0.0, 1.0),
                                                       fixture_contribution(&r, "JPN", -2.0, 0.3),
                                                       fixture_contribution(&r, "USA", -5.0, 3.0)};
        double x[6] = {0};
        double p[36] = {0};
        for (int k = 0; k < 6; k++) {
            struct common_contribution turned[NATIONS];
            for (int i = 0; i < NATIONS; i++) {
                turned[i] = c[ORDERS[k][i]];
            }
            struct common_solution s;
            assert_int_equal(common_solve(turned, NATIONS, FIXTURE_EPOCH, true, &s), OK);
            if (k > 0) {
                fixture_assert_state(&s, x, p, 1e-5);
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
        struct common_contribution c[NATIONS] = {fixture_contribution(&r, "KOR", 0.0, 1.0),
                                                 fixture_contribution(&r, "JPN", 0.0, 1.0),
                                                 fixture_contribution(&r, "USA", 0.0, 1.0)};
        c[liar].track.position.x_m += 60e3;
        struct common_solution s;
        assert_int_equal(common_solve(c, NATIONS, FIXTURE_EPOCH, true, &s), OK);
        for (int k = 0; k < NATIONS; k++) {
            assert_int_equal(c[k].used, k != liar);
        }
        const int first = liar == 0 ? 1 : 0;
        const int second = liar == 2 ? 1 : 2;
        double x[2][6];
        fixture_state_of(&c[first].track, x[0]);
        fixture_state_of(&c[second].track, x[1]);
        double fused[6];
        double p[36];
        fused_estimate(x[0], c[first].track.covariance, x[1], c[second].track.covariance, 6, fused,
                       p);
        fixture_assert_state(&s, fused, p, 1e-4);
    }
}

/* While it thrusts, what the nations do not know is in part the same: two tracks that say the same
 * are worth less than two independent ones, and more than one. */
static void thrusting_tracks_share_their_doubt(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 65, 1);
    struct common_contribution c[2] = {fixture_burning(&r, "KOR"), fixture_burning(&r, "JPN")};
    c[1].track = c[0].track;
    assert_true(nation_id_parse("JPN", &c[1].track.owner));
    struct common_solution s;
    assert_int_equal(common_solve(c, 2, FIXTURE_EPOCH, false, &s), OK);
    assert_false(s.ballistic);
    assert_int_equal(s.phase, PHASE_BOOST);
    assert_true(c[0].used && c[1].used);
    double x[6];
    double p[36];
    double half[36];
    fixture_state_of(&c[0].track, x);
    fixture_six_of(&s, p);
    for (int i = 0; i < 36; i++) {
        half[i] = c[0].track.covariance[i] / 2.0;
    }
    for (int i = 0; i < 6; i++) {
        assert_near(s.x[i], x[i], 1e-6 * sqrt(p[i * 7]));
    }
    fixture_assert_not_below(p, half);
    fixture_assert_not_below(c[0].track.covariance, p);
    for (int i = 3; i < 6; i++) {
        assert_true(p[i * 7] > 1.05 * half[i * 7]);
        assert_true(p[i * 7] < 0.95 * c[0].track.covariance[i * 7]);
    }
}

/* A nation that has not made up its mind about the end of thrust still says where the object is. */
static void who_is_not_certain_yet_counts(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 73, 1);
    struct common_contribution c[2] = {fixture_burning(&r, "KOR"),
                                       fixture_contribution(&r, "JPN", 0.0, 1.0)};
    c[0].track.phase_probability = 0.6;
    c[0].track.thrust_mps2 = 20.0;
    c[0].track.thrust_sigma_mps2 = 0.1;
    struct common_solution s;
    assert_int_equal(common_solve(c, 2, FIXTURE_EPOCH, false, &s), OK);
    assert_true(s.ballistic && c[0].used && c[1].used);
    assert_near(s.x[6], COMMON_LN_BETA_MEAN, 1.0);
    double x[6];
    double other[6];
    double p[36];
    fixture_state_of(&c[0].track, x);
    fixture_state_of(&c[1].track, other);
    fused_estimate(x, c[0].track.covariance, other, c[1].track.covariance, 6, x, p);
    fixture_assert_state(&s, x, p, 1e-6);
    /* Nor does it know the ballistic coefficient if it does not say what is in it. */
    c[0].track.span_from = INSTANT_UNSET;
    assert_int_equal(common_solve(c, 2, FIXTURE_EPOCH, false, &s), OK);
    assert_true(s.ballistic && c[0].used && c[1].used);
    assert_near(s.x[6], COMMON_LN_BETA_MEAN, 1.0);
    c[0].track.last_measurement = instant_plus_s(FIXTURE_EPOCH, -30.0);
    assert_int_equal(common_solve(c, 2, FIXTURE_EPOCH, false, &s), OK);
    assert_true(!c[0].used && c[1].used);
}

/* Somebody is certain of the end of thrust, another sees it burn: the later look decides. */
static void who_saw_it_last_decides_about_thrust(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 66, 1);
    struct common_contribution c[2] = {fixture_contribution(&r, "KOR", 0.0, 1.0),
                                       fixture_burning(&r, "JPN")};
    struct common_solution s;
    c[1].track.phase_probability = 0.999;
    assert_int_equal(common_solve(c, 2, FIXTURE_EPOCH, true, &s), OK);
    assert_false(s.ballistic);
    assert_true(!c[0].used && c[1].used);
    c[1].track.last_measurement = c[0].track.end_of_thrust;
    assert_int_equal(common_solve(c, 2, FIXTURE_EPOCH, true, &s), OK);
    assert_true(s.ballistic);
    assert_true(c[0].used && !c[1].used);
    assert_true(instant_equal(s.end_of_thrust, c[0].track.end_of_thrust));
}

/* Who measures a manoeuvre is believed by all, until somebody measures a fall well after. */
static void a_manoeuvre_that_one_measures_counts_for_all(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 8, 1);
    struct common_contribution c[2] = {fixture_contribution(&r, "KOR", 0.0, 1.0),
                                       fixture_contribution(&r, "JPN", 0.0, 0.1)};
    struct common_solution s;
    assert_int_equal(common_solve(c, 2, instant_plus_s(FIXTURE_EPOCH, 1.0), true, &s), OK);
    assert_false(s.manoeuvring);
    const double sure_m2 = s.p[0];
    c[0].track.manoeuvring = true;
    assert_int_equal(common_solve(c, 2, instant_plus_s(FIXTURE_EPOCH, 1.0), true, &s), OK);
    assert_true(s.ballistic && s.manoeuvring && s.phase == PHASE_REENTRY);
    assert_true(c[0].used && !c[1].used);
    struct common_solution later = s;
    assert_int_equal(common_predict(&later, 5.0), OK);
    assert_true(later.p[0] > sure_m2 + 0.5 * MISSILE_MANOEUVRE_NOISE * 125.0 / 3.0);
    c[1].track.last_measurement = instant_plus_s(FIXTURE_EPOCH, 20.0);
    c[1].track.time = instant_plus_s(FIXTURE_EPOCH, 20.0);
    assert_int_equal(common_solve(c, 2, instant_plus_s(FIXTURE_EPOCH, 20.0), true, &s), OK);
    assert_false(s.manoeuvring);
    assert_true(c[1].used && !c[0].used);
}

/* Solved at one time and moved by gravity to another, or solved there: the same. */
static void time_runs_both_ways(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 67, 1);
    for (int round = 0; round < 20; round++) {
        struct common_contribution c[2] = {fixture_contribution(&r, "KOR", 0.0, 1.0),
                                           fixture_contribution(&r, "JPN", 0.0, 1.0)};
        const double at_s = round % 2 == 0 ? 40.0 : -15.0;
        struct common_solution here;
        struct common_solution there;
        assert_int_equal(common_solve(c, 2, FIXTURE_EPOCH, true, &here), OK);
        assert_int_equal(common_solve(c, 2, instant_plus_s(FIXTURE_EPOCH, at_s), true, &there), OK);
        double x[6];
        double p[36];
        double q[36];
        double transition[36];
        memcpy(x, here.x, sizeof x);
        for (int i = 0; i < 36; i++) {
            p[i] = here.p[(i / 6) * DIM + i % 6];
        }
        fixture_coast(x, at_s, transition);
        matrix_transform(transition, p, q, 6, 6);
        fixture_assert_state(&there, x, q, 2e-2);
        double factor[DIM * DIM];
        assert_int_equal(matrix_cholesky(there.p, factor, DIM), OK);
    }
}

static void what_is_not_believed_does_not_count(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 68, 1);
    struct common_contribution c[2] = {fixture_contribution(&r, "KOR", 0.0, 1.0),
                                       fixture_contribution(&r, "JPN", 0.0, 1.0)};
    struct common_solution s;
    memset(&s, 0x5a, sizeof s);
    const struct common_solution before = s;
    c[0].track.status = STATUS_TENTATIVE;
    c[1].track.status = STATUS_DROPPED;
    assert_int_equal(common_solve(c, 2, FIXTURE_EPOCH, true, &s), ERR_NOT_FOUND);
    assert_int_equal(common_solve(c, 0, FIXTURE_EPOCH, true, &s), ERR_NOT_FOUND);
    assert_memory_equal(&s, &before, sizeof s);
    c[1].track.status = STATUS_LOST;
    assert_int_equal(common_solve(c, 2, FIXTURE_EPOCH, true, &s), OK);
    assert_true(!c[0].used && c[1].used);
}

static void distance_tells_one_object_from_two(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 69, 1);
    double sum = 0.0;
    for (int round = 0; round < 100; round++) {
        struct track a = fixture_contribution(&r, "KOR", 0.0, 1.0).track;
        const struct track b = fixture_contribution(&r, "JPN", 3.0, 1.0).track;
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
    struct track old = fixture_burning(&r, "KOR").track;
    const struct track now = fixture_contribution(&r, "JPN", 100.0, 1.0).track;
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
        cmocka_unit_test(thrusting_tracks_share_their_doubt),
        cmocka_unit_test(who_is_not_certain_yet_counts),
        cmocka_unit_test(who_saw_it_last_decides_about_thrust),
        cmocka_unit_test(a_manoeuvre_that_one_measures_counts_for_all),
        cmocka_unit_test(time_runs_both_ways),
        cmocka_unit_test(what_is_not_believed_does_not_count),
        cmocka_unit_test(distance_tells_one_object_from_two),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
