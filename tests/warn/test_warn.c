/* The life of a warning, as tables: at each second what is known, and what must be said. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/elementary.h"
#include "warn/warn.h"

#define NOTHING (-1)

/* One call: what is assessed then, and the state of the message that it must give, or NOTHING. */
struct turn {
    double t_s;
    enum undetermined_reason why;
    enum track_status status;
    double impact_p;
    double overflight_p;
    double passage_from_s;
    double passage_until_s;
    double impact_s;
    double semi_axis_m;
    bool withdrawn;
    int said;
};

static struct instant at(double t_s)
{
    return instant_plus_s((struct instant){NS_PER_S * 1000}, t_s);
}

static void fill(const struct turn *turn, struct assessment *a, struct risk *r)
{
    memset(a, 0, sizeof *a);
    memset(r, 0, sizeof *r);
    a->status = turn->status;
    a->impact.why = turn->why;
    a->impact.time = at(turn->impact_s);
    a->impact.time_95_s = 10.0;
    a->down_by = turn->why == WHY_MANOEUVRE ? at(turn->impact_s) : INSTANT_UNSET;
    a->impact.ellipse_95 = (struct geo_ellipse){turn->semi_axis_m, turn->semi_axis_m, 0.0};
    r->impact_probability = turn->impact_p;
    r->overflight_probability = turn->overflight_p;
    r->overflight_from = INSTANT_UNSET;
    r->overflight_until = INSTANT_UNSET;
    r->area_count = 1;
    r->areas[0].area = (struct warning_area){7, turn->impact_p, INSTANT_UNSET, 0.0};
    r->areas[0].overflight_probability = turn->overflight_p;
    if (turn->overflight_p > 0.0) {
        r->overflight_from = at(turn->passage_from_s);
        r->overflight_until = at(turn->passage_until_s);
        r->areas[0].area.overflight = r->overflight_from;
    }
}

/* Runs a table; after each message what holds for all of them is checked. */
static void play(const struct turn *turns, size_t count)
{
    const struct warn_thresholds thresholds = warn_thresholds_default();
    struct warn_state s;
    uint32_t serial = 0;
    warn_state_init(&s, (struct event_id){5});
    for (size_t i = 0; i < count; i++) {
        struct assessment a;
        struct risk r;
        struct warning w;
        fill(&turns[i], &a, &r);
        const struct warn_input in = {&a, &r, turns[i].withdrawn ? GONE_FALSE : GONE_NOT};
        const bool said = warn_decide(&s, at(turns[i].t_s), &in, &thresholds, &w);
        if (said != (turns[i].said != NOTHING) || (said && (int)w.state != turns[i].said)) {
            fail_msg("turn %zu (%.0f s): said %s, not %s", i, turns[i].t_s,
                     said ? warning_state_text(w.state) : "nothing",
                     turns[i].said == NOTHING
                         ? "nothing"
                         : warning_state_text((enum warning_state)turns[i].said));
        }
        if (!said) {
            continue;
        }
        assert_int_equal(w.serial, ++serial);
        assert_int_equal(w.event.value, 5);
        assert_true(instant_equal(w.time, at(turns[i].t_s)));
        assert_int_equal(instant_is_set(w.expires), warning_in_force(w.state));
        assert_int_equal(w.was_false, turns[i].withdrawn && w.state == WARNING_CANCEL);
        if (warning_in_force(w.state)) {
            assert_true(instant_before(w.time, w.expires));
        }
    }
}

#define PLAY(...)                                          \
    do {                                                   \
        static const struct turn turns_[] = {__VA_ARGS__}; \
        play(turns_, sizeof turns_ / sizeof turns_[0]);    \
    } while (0)

static void far_away_is_no_threat(void **state)
{
    (void)state;
    PLAY({0, WHY_THRUSTING, STATUS_FIRM, 0, 0, 0, 0, 0, 0, false, NOTHING},
         {60, WHY_TOO_UNCERTAIN, STATUS_FIRM, 0, 0, 0, 0, 0, 0, false, NOTHING},
         {70, WHY_NONE, STATUS_FIRM, 0.001, 0, 0, 0, 600, 20e3, false, WARNING_NO_THREAT},
         {71, WHY_NONE, STATUS_FIRM, 0, 0, 0, 0, 600, 20e3, false, NOTHING},
         {200, WHY_NONE, STATUS_LOST, 0, 0, 0, 0, 600, 90e3, false, NOTHING},
         {700, WHY_NONE, STATUS_DROPPED, 0, 0, 0, 0, 600, 20e3, false, NOTHING});
}

static void narrows_and_ends_after_impact(void **state)
{
    (void)state;
    PLAY({70, WHY_NONE, STATUS_FIRM, 0.02, 0, 0, 0, 600, 90e3, false, WARNING_INITIAL},
         {71, WHY_NONE, STATUS_FIRM, 0.02, 0, 0, 0, 600, 90e3, false, NOTHING},
         {75, WHY_NONE, STATUS_FIRM, 0.20, 0, 0, 0, 640, 60e3, false, NOTHING},
         {80, WHY_NONE, STATUS_FIRM, 0.20, 0, 0, 0, 640, 60e3, false, WARNING_UPDATE},
         {85, WHY_NONE, STATUS_FIRM, 0.60, 0, 0, 0, 640, 10e3, false, NOTHING},
         {95, WHY_NONE, STATUS_FIRM, 0.60, 0, 0, 0, 640, 10e3, false, WARNING_NARROWED},
         {110, WHY_NONE, STATUS_FIRM, 0.60, 0, 0, 0, 640, 28e3, false, NOTHING},
         {120, WHY_NONE, STATUS_FIRM, 0.60, 0, 0, 0, 640, 60e3, false, WARNING_UPDATE},
         {640, WHY_NONE, STATUS_FIRM, 0.60, 0, 0, 0, 640, 10e3, false, WARNING_NARROWED},
         {660, WHY_NONE, STATUS_DROPPED, 0.60, 0, 0, 0, 640, 10e3, false, NOTHING},
         {719, WHY_NONE, STATUS_DROPPED, 0.60, 0, 0, 0, 640, 10e3, false, NOTHING},
         {720, WHY_NONE, STATUS_DROPPED, 0.60, 0, 0, 0, 640, 10e3, false, WARNING_ALL_CLEAR},
         {730, WHY_NONE, STATUS_FIRM, 0.60, 0, 0, 0, 900, 10e3, false, NOTHING});
}

static void passage_ends_in_all_clear_before_impact(void **state)
{
    (void)state;
    PLAY({90, WHY_NONE, STATUS_FIRM, 0, 0.9, 380, 420, 1300, 50e3, false, WARNING_INITIAL},
         {200, WHY_NONE, STATUS_FIRM, 0, 0.9, 355, 395, 1300, 50e3, false, NOTHING},
         {300, WHY_NONE, STATUS_FIRM, 0, 0.9, 345, 385, 1300, 50e3, false, WARNING_UPDATE},
         {400, WHY_NONE, STATUS_FIRM, 0, 0.9, 398, 410, 1300, 50e3, false, NOTHING},
         {405, WHY_NONE, STATUS_FIRM, 0, 0.9, 403, 445, 1300, 50e3, false, WARNING_UPDATE},
         {415, WHY_NONE, STATUS_FIRM, 0, 0, 0, 0, 1300, 50e3, false, NOTHING},
         {504, WHY_NONE, STATUS_FIRM, 0, 0, 0, 0, 1300, 50e3, false, NOTHING},
         {505, WHY_NONE, STATUS_FIRM, 0, 0, 0, 0, 1300, 50e3, false, WARNING_ALL_CLEAR});
}

static void satellite_overhead_is_warned(void **state)
{
    (void)state;
    PLAY({600, WHY_ORBIT, STATUS_FIRM, 0, 1, 700, 720, 0, 0, false, WARNING_INITIAL},
         {779, WHY_ORBIT, STATUS_FIRM, 0, 0, 0, 0, 0, 0, false, NOTHING},
         {780, WHY_ORBIT, STATUS_FIRM, 0, 0, 0, 0, 0, 0, false, WARNING_ALL_CLEAR});
}

static void better_knowledge_cancels(void **state)
{
    (void)state;
    PLAY({90, WHY_NONE, STATUS_FIRM, 0.02, 0.5, 380, 420, 1300, 90e3, false, WARNING_INITIAL},
         {92, WHY_NONE, STATUS_FIRM, 0.006, 0, 0, 0, 1300, 40e3, false, NOTHING},
         {103, WHY_NONE, STATUS_FIRM, 0.004, 0, 0, 0, 1300, 30e3, false, WARNING_CANCEL},
         {110, WHY_NONE, STATUS_FIRM, 0.006, 0, 0, 0, 1300, 30e3, false, NOTHING},
         {120, WHY_NONE, STATUS_FIRM, 0.3, 0, 0, 0, 1300, 30e3, false, WARNING_INITIAL},
         {121, WHY_NONE, STATUS_FIRM, 0.3, 0, 0, 0, 1300, 30e3, true, WARNING_CANCEL},
         {122, WHY_NONE, STATUS_FIRM, 0.3, 0, 0, 0, 1300, 30e3, true, NOTHING});
}

static void lost_track_stays_in_force(void **state)
{
    (void)state;
    PLAY({90, WHY_NONE, STATUS_FIRM, 0.5, 0, 0, 0, 600, 90e3, false, WARNING_INITIAL},
         {91, WHY_NONE, STATUS_LOST, 0.5, 0, 0, 0, 600, 90e3, false, WARNING_LOST_TRACK},
         {150, WHY_NONE, STATUS_LOST, 0.004, 0, 0, 0, 600, 500e3, false, NOTHING},
         {155, WHY_NONE, STATUS_LOST, 0.05, 0, 0, 0, 600, 300e3, false, WARNING_LOST_TRACK},
         {160, WHY_TOO_UNCERTAIN, STATUS_LOST, 0, 0, 0, 0, 0, 0, false, NOTHING},
         {919, WHY_NO_TRACK, STATUS_LOST, 0, 0, 0, 0, 0, 0, false, NOTHING},
         {920, WHY_NO_TRACK, STATUS_LOST, 0, 0, 0, 0, 0, 0, false, WARNING_EXPIRED});
    PLAY({90, WHY_NONE, STATUS_FIRM, 0.5, 0, 0, 0, 600, 90e3, false, WARNING_INITIAL},
         {91, WHY_NONE, STATUS_LOST, 0.5, 0, 0, 0, 600, 90e3, false, WARNING_LOST_TRACK},
         {100, WHY_NONE, STATUS_FIRM, 0.5, 0, 0, 0, 600, 20e3, false, NOTHING},
         {105, WHY_NONE, STATUS_FIRM, 0.5, 0, 0, 0, 600, 20e3, false, WARNING_NARROWED});
}

static void silence_keeps_it_until_its_time(void **state)
{
    (void)state;
    PLAY({90, WHY_NONE, STATUS_FIRM, 0.5, 0, 0, 0, 600, 90e3, false, WARNING_INITIAL},
         {95, WHY_MANOEUVRE, STATUS_FIRM, 0, 0, 0, 0, 0, 0, false, NOTHING},
         {300, WHY_NO_TRACK, STATUS_TENTATIVE, 0, 0, 0, 0, 0, 0, false, NOTHING},
         {680, WHY_NO_TRACK, STATUS_TENTATIVE, 0, 0, 0, 0, 0, 0, false, WARNING_EXPIRED});
}

/* The impact is withheld, what was warned stays warned, and for longer. */
static void a_manoeuvre_widens_and_never_cancels(void **state)
{
    (void)state;
    PLAY({90, WHY_NONE, STATUS_FIRM, 0.5, 0, 0, 0, 600, 20e3, false, WARNING_INITIAL},
         {101, WHY_NONE, STATUS_FIRM, 0.5, 0, 0, 0, 600, 20e3, false, WARNING_NARROWED},
         {500, WHY_MANOEUVRE, STATUS_FIRM, 0.2, 0, 0, 0, 800, 0, false, WARNING_UPDATE},
         {520, WHY_MANOEUVRE, STATUS_FIRM, 0, 0, 0, 0, 800, 0, false, NOTHING},
         {530, WHY_MANOEUVRE, STATUS_FIRM, 0.2, 0, 0, 0, 560, 0, false, NOTHING},
         {640, WHY_MANOEUVRE, STATUS_FIRM, 0.2, 0, 0, 0, 560, 0, false, NOTHING},
         {700, WHY_MANOEUVRE, STATUS_LOST, 0, 0, 0, 0, 800, 0, false, WARNING_LOST_TRACK},
         {1099, WHY_MANOEUVRE, STATUS_LOST, 0, 0, 0, 0, 800, 0, false, NOTHING},
         {1101, WHY_MANOEUVRE, STATUS_LOST, 0, 0, 0, 0, 800, 0, false, WARNING_ALL_CLEAR});
    PLAY({90, WHY_MANOEUVRE, STATUS_FIRM, 0.001, 0, 0, 0, 600, 0, false, NOTHING},
         {91, WHY_MANOEUVRE, STATUS_FIRM, 0.02, 0, 0, 0, 600, 0, false, WARNING_INITIAL},
         {110, WHY_NONE, STATUS_FIRM, 0.001, 0, 0, 0, 600, 20e3, false, WARNING_CANCEL});
}

/* While a passage is under way the risk, which looks ahead, sees less and less of it, and at last
 * nothing: it ends when it was told to end. */
static void a_passage_under_way_is_not_forgotten(void **state)
{
    (void)state;
    PLAY({50, WHY_NONE, STATUS_FIRM, 0, 0.9, 60, 160, 1300, 50e3, false, WARNING_INITIAL},
         {100, WHY_NONE, STATUS_FIRM, 0, 0.9, 120, 160, 1300, 50e3, false, NOTHING},
         {110, WHY_NONE, STATUS_FIRM, 0, 0, 0, 0, 1300, 50e3, false, NOTHING},
         {219, WHY_NONE, STATUS_FIRM, 0, 0, 0, 0, 1300, 50e3, false, NOTHING},
         {220, WHY_NONE, STATUS_FIRM, 0, 0, 0, 0, 1300, 50e3, false, WARNING_ALL_CLEAR});
}

/* A launch that is none is withdrawn whatever is known of it, and its warning at once. */
static void what_is_withdrawn_is_cancelled(void **state)
{
    (void)state;
    PLAY({90, WHY_NONE, STATUS_FIRM, 0.5, 0, 0, 0, 600, 90e3, false, WARNING_INITIAL},
         {91, WHY_NO_TRACK, STATUS_DROPPED, 0, 0, 0, 0, 0, 0, true, WARNING_CANCEL});
}

/* What proves to be another launch, of which a warning is in force, ends at once and for good. */
static void what_goes_on_elsewhere_is_handed_over(void **state)
{
    const struct warn_thresholds thresholds = warn_thresholds_default();
    const struct turn turn = {90, WHY_NONE, STATUS_FIRM, 0.5, 0, 0, 0, 600, 90e3, false, 0};
    struct warn_state s;
    struct assessment a;
    struct risk r;
    struct warning w;
    (void)state;
    fill(&turn, &a, &r);
    warn_state_init(&s, (struct event_id){5});
    const struct warn_input seen = {&a, &r, GONE_NOT};
    assert_true(warn_decide(&s, at(90.0), &seen, &thresholds, &w));
    assert_int_equal(w.state, WARNING_INITIAL);
    const struct warn_input gone = {NULL, NULL, GONE_ELSEWHERE};
    assert_true(warn_decide(&s, at(91.0), &gone, &thresholds, &w));
    assert_int_equal(w.state, WARNING_HANDED_OVER);
    assert_false(w.was_false);
    assert_false(warn_decide(&s, at(92.0), &gone, &thresholds, &w));
    assert_false(warn_decide(&s, at(93.0), &seen, &thresholds, &w));
}

/* Says of each province what may hit it. */
static bool decide(struct warn_state *s, double t_s, enum track_status status, const double p[2],
                   struct warning *out)
{
    const struct turn turn = {t_s, WHY_NONE, status, 0.5, 0, 0, 0, 600, 90e3, false, 0};
    const struct warn_thresholds thresholds = warn_thresholds_default();
    struct assessment a;
    struct risk r;
    fill(&turn, &a, &r);
    r.area_count = 0;
    for (int32_t i = 0; i < 2; i++) {
        if (p[i] > 0.0) {
            r.areas[r.area_count++].area = (struct warning_area){7 + i, p[i], INSTANT_UNSET, 0.0};
        }
    }
    const struct warn_input in = {&a, &r, GONE_NOT};
    return warn_decide(s, at(t_s), &in, &thresholds, out);
}

/* A province that comes into danger is told; and none is taken off the list because the track is
 * lost and the doubt spreads. */
static void provinces_come_and_stay(void **state)
{
    (void)state;
    struct warn_state s;
    struct warning w;
    warn_state_init(&s, (struct event_id){5});
    assert_true(decide(&s, 90.0, STATUS_FIRM, (double[]){0.5, 0.0}, &w));
    assert_int_equal(w.area_count, 1);
    assert_false(decide(&s, 101.0, STATUS_FIRM, (double[]){0.5, 0.0}, &w));
    assert_true(decide(&s, 102.0, STATUS_FIRM, (double[]){0.5, 0.02}, &w));
    assert_int_equal(w.state, WARNING_UPDATE);
    assert_int_equal(w.area_count, 2);
    assert_int_equal(w.areas[1].province, 8);
    assert_true(decide(&s, 120.0, STATUS_LOST, (double[]){0.05, 0.001}, &w));
    assert_int_equal(w.state, WARNING_LOST_TRACK);
    assert_int_equal(w.area_count, 2);
    assert_true(decide(&s, 140.0, STATUS_FIRM, (double[]){0.5, 0.001}, &w));
    assert_int_equal(w.state, WARNING_UPDATE);
    assert_int_equal(w.area_count, 1);
}

/* Nothing false is raised by what is already over. */
static void nothing_after_the_fact(void **state)
{
    (void)state;
    PLAY({800, WHY_NONE, STATUS_FIRM, 0.5, 0, 0, 0, 600, 90e3, false, NOTHING},
         {801, WHY_NONE, STATUS_FIRM, 0.5, 0, 0, 0, 600, 90e3, true, NOTHING});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(far_away_is_no_threat),
        cmocka_unit_test(narrows_and_ends_after_impact),
        cmocka_unit_test(passage_ends_in_all_clear_before_impact),
        cmocka_unit_test(satellite_overhead_is_warned),
        cmocka_unit_test(better_knowledge_cancels),
        cmocka_unit_test(lost_track_stays_in_force),
        cmocka_unit_test(silence_keeps_it_until_its_time),
        cmocka_unit_test(a_manoeuvre_widens_and_never_cancels),
        cmocka_unit_test(a_passage_under_way_is_not_forgotten),
        cmocka_unit_test(what_is_withdrawn_is_cancelled),
        cmocka_unit_test(what_goes_on_elsewhere_is_handed_over),
        cmocka_unit_test(provinces_come_and_stay),
        cmocka_unit_test(nothing_after_the_fact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
