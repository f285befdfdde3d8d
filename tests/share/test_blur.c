/* The errors of what is released, by themselves: how long each part of them stays, and that neither
 * another track nor another partner has the same. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/matrix.h"
#include "fixture.h"
#include "share/blur.h"

enum { TRACKS = 2000 };

/* The error of a track whose bound claims one unit of everything and which is known exactly. */
static void error_of(uint8_t partner, uint64_t track, double at_s, double out[6])
{
    const struct digest_key key = fixture_key(partner);
    struct geo_ecef position = {0.0, 0.0, 0.0};
    struct geo_velocity velocity = {0.0, 0.0, 0.0};
    double exact[36] = {0};
    double bound[36];
    matrix_identity(bound, 6);
    assert_int_equal(
        blur_state(&key, track, fixture_time(at_s), exact, bound, &position, &velocity), OK);
    const double e[6] = {position.x_m,   position.y_m,   position.z_m,
                         velocity.x_mps, velocity.y_mps, velocity.z_mps};
    memcpy(out, e, sizeof e);
}

/* What the errors of two records have in common, over many tracks and all places in a period of
 * 64 s: 0 = nothing, 1 = all. */
static double common(uint8_t partner, uint64_t next_track, double later_s)
{
    double sum = 0.0;
    double squares = 0.0;
    for (uint64_t track = 1; track <= TRACKS; track++) {
        double a[6];
        double b[6];
        error_of(1, 2 * track, 65.0 * (double)track, a);
        error_of(partner, 2 * track + next_track, 65.0 * (double)track + later_s, b);
        for (int i = 0; i < 6; i++) {
            sum += a[i] * b[i];
            squares += a[i] * a[i];
        }
    }
    return sum / squares;
}

/* Four equal parts stay for 1, 8 and 64 s and for ever: so averaging over a flight takes away no
 * more than three quarters. 12,000 products: sigma 0.01. */
static void errors_stay_as_long_as_they_say(void **state)
{
    (void)state;
    assert_true(fabs(common(1, 0, 0.0) - 1.0) < 1e-9);
    assert_true(fabs(common(1, 0, 1.0) - (7.0 / 8.0 + 63.0 / 64.0 + 1.0) / 4.0) < 0.05);
    assert_true(fabs(common(1, 0, 16.0) - (3.0 / 4.0 + 1.0) / 4.0) < 0.05);
    assert_true(fabs(common(1, 0, 640.0) - 1.0 / 4.0) < 0.05);
}

/* Otherwise the difference of two tracks, or of what two partners got, would be without error. */
static void nobody_else_has_the_same_errors(void **state)
{
    (void)state;
    assert_true(fabs(common(1, 1, 0.0)) < 0.05);
    assert_true(fabs(common(2, 0, 0.0)) < 0.05);
}

/* A hidden factor from 1 to the root of two for each axis, another every 64 s, for each track and
 * for each partner. */
static void sizes_are_hidden(void **state)
{
    (void)state;
    const struct digest_key keys[] = {fixture_key(1), fixture_key(2)};
    const double slot_s = 64.0 - (double)(fixture_time(0.0).tai_ns / NS_PER_S % 64);
    double least = 2.0;
    double most = 0.0;
    for (uint64_t i = 0; i < 400; i++) {
        const double at_s = slot_s + 64.0 * (double)(i / 4);
        const struct outer_bound_sizes a =
            blur_sizes(&keys[i & 1], 1 + (i >> 1 & 1), fixture_time(at_s));
        const struct outer_bound_sizes same =
            blur_sizes(&keys[i & 1], 1 + (i >> 1 & 1), fixture_time(at_s + 63.0));
        const struct outer_bound_sizes next =
            blur_sizes(&keys[i & 1], 1 + (i >> 1 & 1), fixture_time(at_s + 64.0));
        const struct outer_bound_sizes track =
            blur_sizes(&keys[i & 1], 3 + (i >> 1 & 1), fixture_time(at_s));
        const struct outer_bound_sizes partner =
            blur_sizes(&keys[1 - (i & 1)], 1 + (i >> 1 & 1), fixture_time(at_s));
        const double sizes[] = {a.along, a.across, a.up};
        assert_memory_equal(&a, &same, sizeof a);
        for (int k = 0; k < 3; k++) {
            assert_true(sizes[k] >= 1.0 && sizes[k] <= sqrt(2.0) + 1e-12);
            least = sizes[k] < least ? sizes[k] : least;
            most = sizes[k] > most ? sizes[k] : most;
        }
        assert_true(a.along != a.across && a.across != a.up && a.along != a.up);
        assert_true(a.along != next.along && a.along != track.along && a.along != partner.along);
    }
    assert_true(least < 1.02 && most > 1.39);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_stay_as_long_as_they_say),
        cmocka_unit_test(nobody_else_has_the_same_errors),
        cmocka_unit_test(sizes_are_hidden),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
