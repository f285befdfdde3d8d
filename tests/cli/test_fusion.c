/* The study of fusion, flown a few times: what sharing must keep of one tracker that gets
 * everything, and that the study can tell a dishonest covariance. With WATCHFIRE_LONG=1 it flies
 * more often, and less is left to chance. */
#include "cli/fusion.h"

#include "../base/near.h"

#include <stdlib.h>

#include "cli/scenario_file.h"

enum { FEW = 12, MANY = 300 };

struct flown {
    struct fusion *fusion;
    bool is_long;
};

static int fly(void **state)
{
    static struct flown flown;
    struct scenario *scenario = calloc(1, sizeof *scenario);
    char message[YAML_MESSAGE_SIZE];
    assert_non_null(scenario);
    assert_int_equal(scenario_file_read(DATA_DIR "/studies/fusion.yaml", scenario, message), OK);
    assert_int_equal(fusion_open(scenario, &flown.fusion), OK);
    flown.is_long = getenv("WATCHFIRE_LONG") != NULL;
    for (uint64_t seed = 1; seed <= (flown.is_long ? MANY : FEW); seed++) {
        assert_int_equal(fusion_fly(flown.fusion, seed), OK);
    }
    free(scenario);
    *state = &flown;
    return 0;
}

static int close(void **state)
{
    fusion_close(((struct flown *)*state)->fusion);
    return 0;
}

static const struct fusion_row *row_of(void **state, enum fusion_way way, bool coast, int k)
{
    const struct fusion_rows *rows = fusion_rows_of(((struct flown *)*state)->fusion, way);
    return coast ? &rows->coast[k] : &rows->boost[k];
}

/* Of all times from the k-th on: the error by the central tracker's. */
static double ratio(void **state, enum fusion_way way, bool coast, int from)
{
    double sum = 0.0;
    for (int k = from; k < FUSION_TIMES; k++) {
        const struct fusion_row *r = row_of(state, way, coast, k);
        assert_true(r->both > 0);
        sum += r->error2_m2 / r->central_error2_m2 / (FUSION_TIMES - from);
    }
    return sqrt(sum);
}

static void exact_tracks_lose_next_to_nothing(void **state)
{
    const bool is_long = ((struct flown *)*state)->is_long;
    assert_true(ratio(state, FUSION_EXACT, true, 2) < (is_long ? 1.025 : 1.06));
    assert_true(ratio(state, FUSION_EXACT, false, 1) < (is_long ? 1.06 : 1.15));
    assert_true(ratio(state, FUSION_ALONE, true, 2) > 3.0);
    assert_true(ratio(state, FUSION_ALONE, false, 1) > 1.5);
}

static void without_a_span_little_is_lost(void **state)
{
    assert_true(ratio(state, FUSION_NO_SPAN, true, 1) < 1.15);
    assert_true(ratio(state, FUSION_NO_SPAN, false, 1) < 1.25);
}

/* Of so many rows some pass the limit of one in a hundred by chance; none passes it by far. */
static void no_release_is_optimistic(void **state)
{
    static const enum fusion_way WAYS[] = {FUSION_EXACT, FUSION_OUTER_BOUND, FUSION_COARSE,
                                           FUSION_NO_SPAN, FUSION_RUMOUR};
    for (size_t w = 0; w < sizeof WAYS / sizeof *WAYS; w++) {
        for (int k = 0; k < 2 * FUSION_TIMES; k++) {
            const struct fusion_row *r =
                row_of(state, WAYS[w], k >= FUSION_TIMES, k % FUSION_TIMES);
            double worst = 0.0;
            double limit = 0.0;
            fusion_worst(r, &worst, &limit);
            assert_true(r->both < FEW / 2 || worst < 1.25 * limit);
        }
    }
}

static void a_rumour_stays_honest_and_a_lie_is_seen(void **state)
{
    const struct fusion_row *rumour = row_of(state, FUSION_RUMOUR, true, FUSION_TIMES - 1);
    const struct fusion_row *lie = row_of(state, FUSION_LIE, true, FUSION_TIMES - 1);
    double worst = 0.0;
    double limit = 0.0;
    assert_true(rumour->both > 0 && rumour->nees / rumour->both <= 1.1);
    fusion_worst(lie, &worst, &limit);
    assert_true(lie->nees / lie->both > 10.0 && worst > limit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_tracks_lose_next_to_nothing),
        cmocka_unit_test(without_a_span_little_is_lost),
        cmocka_unit_test(no_release_is_optimistic),
        cmocka_unit_test(a_rumour_stays_honest_and_a_lie_is_seen),
    };
    return cmocka_run_group_tests(tests, fly, close);
}
