/* What counts in the common picture when it is not known, or not true, whose measurements a track
 * holds. */
#include "../base/fused.h"
#include "../base/near.h"
#include "fixture.h"

#include <string.h>

#include "base/matrix.h"

enum { NATIONS = 3, DIM = COMMON_DIM };

/* A copy of a track under another owner's name adds nothing if it does not say what is in it. */
static void what_states_no_span_counts_nothing_twice(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 70, 1);
    for (int thrusting = 0; thrusting < 2; thrusting++) {
        struct common_contribution one =
            thrusting == 1 ? fixture_burning(&r, "KOR") : fixture_contribution(&r, "KOR", 0.0, 1.0);
        struct common_contribution c[2] = {one, one};
        assert_true(nation_id_parse("USA", &c[1].track.owner));
        c[1].track.span_from = INSTANT_UNSET;
        struct common_solution alone;
        struct common_solution both;
        double p[36];
        assert_int_equal(common_solve(&one, 1, FIXTURE_EPOCH, false, &alone), OK);
        assert_int_equal(common_solve(c, 2, FIXTURE_EPOCH, false, &both), OK);
        assert_true(c[0].used && c[1].used);
        fixture_six_of(&alone, p);
        fixture_assert_state(&both, alone.x, p, 1e-5);
    }
}

/* What states its span adds up first, whoever stands first; only then comes what does not. */
static void what_states_no_span_comes_last(void **state)
{
    (void)state;
    static const int ORDERS[NATIONS][NATIONS] = {{0, 1, 2}, {1, 2, 0}, {2, 0, 1}};
    struct random r;
    random_init(&r, 71, 1);
    struct common_contribution c[NATIONS] = {fixture_contribution(&r, "KOR", 0.0, 1.0),
                                             fixture_contribution(&r, "JPN", 0.0, 0.8),
                                             fixture_contribution(&r, "USA", 0.0, 1.2)};
    c[1].track.span_from = INSTANT_UNSET;
    double x[6];
    double p[36];
    double other[6];
    fixture_state_of(&c[0].track, x);
    fixture_state_of(&c[2].track, other);
    fused_estimate(x, c[0].track.covariance, other, c[2].track.covariance, 6, x, p);
    struct common_solution first;
    for (int k = 0; k < NATIONS; k++) {
        struct common_contribution turned[NATIONS];
        for (int i = 0; i < NATIONS; i++) {
            turned[i] = c[ORDERS[k][i]];
        }
        struct common_solution s;
        double q[36];
        assert_int_equal(common_solve(turned, NATIONS, FIXTURE_EPOCH, true, &s), OK);
        fixture_six_of(&s, q);
        if (k == 0) {
            first = s;
        }
        fixture_assert_state(&s, first.x, q, 1e-4);
        /* Intersection keeps its determinant at or below either's, and no direction below what the
         * independent sum of all would have. */
        double l[36];
        double m[36];
        assert_int_equal(matrix_cholesky(q, l, 6), OK);
        assert_int_equal(matrix_cholesky(p, m, 6), OK);
        assert_true(matrix_log_determinant(l, 6) <= matrix_log_determinant(m, 6) + 1e-3);
        fixture_state_of(&c[1].track, other);
        double least[36];
        double unused[6];
        fused_estimate(x, p, other, c[1].track.covariance, 6, unused, least);
        fixture_assert_not_below(q, least);
    }
}

static void a_contradiction_without_a_span_is_left_out(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 77, 1);
    struct common_contribution c[NATIONS] = {fixture_contribution(&r, "KOR", 0.0, 1.0),
                                             fixture_contribution(&r, "JPN", 0.0, 1.0),
                                             fixture_contribution(&r, "USA", 0.0, 1.0)};
    c[2].track.span_from = INSTANT_UNSET;
    c[2].track.position.x_m += 60e3;
    struct common_solution s;
    struct common_solution without;
    assert_int_equal(common_solve(c, NATIONS, FIXTURE_EPOCH, true, &s), OK);
    assert_true(c[0].used && c[1].used && !c[2].used);
    assert_int_equal(common_solve(c, 2, FIXTURE_EPOCH, true, &without), OK);
    assert_memory_equal(s.x, without.x, sizeof s.x);
    assert_memory_equal(s.p, without.p, sizeof s.p);
}

/* One owner, one object, overlapping spans, two paths: once, and the later look. Spans that do not
 * overlap hold different measurements: twice. */
static void one_owners_measurements_count_once(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 72, 1);
    struct common_contribution c[2] = {fixture_contribution(&r, "JPN", -2.0, 1.0),
                                       fixture_contribution(&r, "JPN", 0.0, 1.0)};
    struct common_solution s;
    double x[6];
    for (int later = 1; later >= 0; later--) {
        assert_int_equal(common_solve(c, 2, FIXTURE_EPOCH, true, &s), OK);
        assert_true(c[later].used && !c[1 - later].used);
        fixture_state_of(&c[later].track, x);
        fixture_assert_state(&s, x, c[later].track.covariance, 1e-9);
        const struct common_contribution swapped = c[0];
        c[0] = c[1];
        c[1] = swapped;
    }
    c[1].track.span_from = instant_plus_s(FIXTURE_EPOCH, -1.0);
    assert_int_equal(common_solve(c, 2, FIXTURE_EPOCH, true, &s), OK);
    assert_true(c[0].used && c[1].used);
    c[0].track.span_from = INSTANT_UNSET;
    assert_int_equal(common_solve(c, 2, FIXTURE_EPOCH, true, &s), OK);
    assert_int_equal((int)c[0].used + (int)c[1].used, 1);
}

/* A position that its owner has moved by a fixed offset is wrong by it in every record. Only the
 * latest record counts, so the doubt of the offset stays, however many come. */
static void a_fixed_offset_is_never_averaged_away(void **state)
{
    (void)state;
    const double size_m = 500.0;
    struct random r;
    random_init(&r, 74, 1);
    struct common_contribution c[3] = {fixture_contribution(&r, "JPN", 0.0, 0.1)};
    struct track *t = &c[0].track;
    t->position.x_m += size_m;
    for (int i = 0; i < 3; i++) {
        t->covariance[i * 7] += size_m * size_m;
    }
    c[1] = c[0];
    c[2] = c[0];
    c[1].track.time =
        instant_plus_s(FIXTURE_EPOCH, -1.0); /* the records before it, by other ways */
    c[2].track.time = instant_plus_s(FIXTURE_EPOCH, -2.0);
    struct common_solution s;
    double x[6];
    for (uint32_t count = 1; count <= 3; count++) {
        assert_int_equal(common_solve(c, count, FIXTURE_EPOCH, true, &s), OK);
        fixture_state_of(t, x);
        fixture_assert_state(&s, x, t->covariance, 1e-9);
    }
    /* Beside a nation that knows the place well it counts for next to nothing. */
    struct common_contribution two[2] = {fixture_contribution(&r, "KOR", 0.0, 0.1), c[0]};
    assert_int_equal(common_solve(two, 2, FIXTURE_EPOCH, true, &s), OK);
    assert_true(two[1].used);
    assert_true(s.p[0] < two[0].track.covariance[0]);
}

/* Round a ring each nation hands on what it fused with the one before it, as if it were a track of
 * its own; `says` tells which pretend that it holds their own measurements and nothing else, and
 * the honest ones hand on their own track alone. */
enum says { OWN_ONLY, DOES_NOT_KNOW, LIES };

static struct track handed_on(const struct common_contribution *own,
                              const struct common_solution *fused, enum says says)
{
    struct track t = own->track;
    if (says == OWN_ONLY) {
        return t;
    }
    t.position = (struct geo_ecef){fused->x[0], fused->x[1], fused->x[2]};
    t.velocity = (struct geo_velocity){fused->x[3], fused->x[4], fused->x[5]};
    fixture_six_of(fused, t.covariance);
    t.span_from = says == LIES ? t.span_from : INSTANT_UNSET;
    return t;
}

/* What each nation has in the end. */
static void go_round(const struct common_contribution own[NATIONS], const enum says says[NATIONS],
                     int turns, struct common_solution fused[NATIONS])
{
    struct common_contribution alone[NATIONS];
    for (int k = 0; k < NATIONS; k++) {
        alone[k] = own[k];
        assert_int_equal(common_solve(&alone[k], 1, FIXTURE_EPOCH, true, &fused[k]), OK);
    }
    for (int turn = 0; turn < turns; turn++) {
        struct common_solution next[NATIONS];
        for (int k = 0; k < NATIONS; k++) {
            const int from = (k + NATIONS - 1) % NATIONS;
            struct common_contribution c[2] = {own[k], own[from]};
            c[1].track = handed_on(&own[from], &fused[from], says[from]);
            assert_int_equal(common_solve(c, 2, FIXTURE_EPOCH, true, &next[k]), OK);
        }
        memcpy(fused, next, sizeof next);
    }
}

static double nees(const struct common_solution *s)
{
    double truth[6];
    double p[36];
    double factor[36];
    fixture_true_state(truth);
    fixture_six_of(s, p);
    assert_int_equal(matrix_cholesky(p, factor, 6), OK);
    for (int i = 0; i < 6; i++) {
        truth[i] -= s->x[i];
    }
    return matrix_mahalanobis_squared(factor, truth, 6) / 6.0;
}

static double variance_m2(const struct common_solution *s)
{
    return s->p[0] + s->p[DIM + 1] + s->p[2 * (DIM + 1)];
}

enum { TURNS = 300, ROUNDS_OF_RUMOUR = 8 };

/* What goes round without saying what is in it stays as honest after 300 turns as it was; one's own
 * tracks alone do so trivially. */
static void a_rumour_stays_honest(void **state)
{
    (void)state;
    static const enum says SAYS[NATIONS] = {DOES_NOT_KNOW, DOES_NOT_KNOW, DOES_NOT_KNOW};
    static const enum says HONEST[NATIONS] = {OWN_ONLY, OWN_ONLY, OWN_ONLY};
    struct random r;
    random_init(&r, 75, 1);
    double rumoured = 0.0;
    for (int round = 0; round < ROUNDS_OF_RUMOUR; round++) {
        const struct common_contribution own[NATIONS] = {fixture_contribution(&r, "KOR", 0.0, 1.0),
                                                         fixture_contribution(&r, "JPN", 0.0, 1.0),
                                                         fixture_contribution(&r, "USA", 0.0, 1.0)};
        struct common_solution fused[NATIONS];
        struct common_solution once[NATIONS];
        go_round(own, SAYS, TURNS, fused);
        for (int k = 0; k < NATIONS; k++) {
            rumoured += nees(&fused[k]) / (NATIONS * ROUNDS_OF_RUMOUR);
        }
        go_round(own, HONEST, 1, once);
        go_round(own, HONEST, TURNS, fused);
        assert_memory_equal(fused, once, sizeof once);
    }
    assert_true(rumoured <= 1.1);
}

/* Who calls what he fused his own measurements is not found out. As long as one nation in the ring
 * hands on its own alone, nothing counts more than twice. Where none does, doubt shrinks without
 * end: that is why release hands on nothing but own tracks. */
static void one_honest_nation_bounds_a_lie(void **state)
{
    (void)state;
    static const enum says ONE[NATIONS] = {OWN_ONLY, LIES, LIES};
    static const enum says ALL[NATIONS] = {LIES, LIES, LIES};
    struct random r;
    random_init(&r, 76, 1);
    double bounded = 0.0;
    for (int round = 0; round < 100; round++) {
        const struct common_contribution own[NATIONS] = {fixture_contribution(&r, "KOR", 0.0, 1.0),
                                                         fixture_contribution(&r, "JPN", 0.0, 1.0),
                                                         fixture_contribution(&r, "USA", 0.0, 1.0)};
        struct common_solution few[NATIONS];
        struct common_solution many[NATIONS];
        go_round(own, ONE, 3, few);
        go_round(own, ONE, 30, many);
        for (int k = 0; k < NATIONS; k++) {
            assert_near(variance_m2(&many[k]), variance_m2(&few[k]), 1e-6 * variance_m2(&few[k]));
            bounded += nees(&many[k]) / (NATIONS * 100);
        }
        go_round(own, ALL, 30, many);
        assert_true(variance_m2(&many[0]) < variance_m2(&few[0]) / 4.0);
    }
    assert_true(bounded > 1.0 && bounded < 2.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_states_no_span_counts_nothing_twice),
        cmocka_unit_test(what_states_no_span_comes_last),
        cmocka_unit_test(a_contradiction_without_a_span_is_left_out),
        cmocka_unit_test(one_owners_measurements_count_once),
        cmocka_unit_test(a_fixed_offset_is_never_averaged_away),
        cmocka_unit_test(a_rumour_stays_honest),
        cmocka_unit_test(one_honest_nation_bounds_a_lie),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
