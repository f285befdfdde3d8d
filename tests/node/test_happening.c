/* What people read of each thing that happens. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "node/happening.h"
#include "warn/gazetteer.h"

#define NOW ((struct instant){1000 * NS_PER_S})

static struct engine engine;

static const struct {
    struct effect effect;
    const char *text; /* NULL = it is not for people */
} HAPPENINGS[] = {
    {{.kind = EFFECT_NOTICED, .partner = {"JPN"}}, "LAUNCH AMBER seen by own sensors"},
    {{.kind = EFFECT_NOTICED, .partner = {"KOR"}}, "LAUNCH AMBER reported by KOR"},
    {{.kind = EFFECT_NAMED}, "now speaks of AMBER, the name published first"},
    {{.kind = EFFECT_WARNING, .warning = WARNING_NO_THREAT}, "AMBER: no threat to us"},
    {{.kind = EFFECT_WARNING, .warning = WARNING_CANCEL, .event = {7}}, "WARNING AMBER: "},
    {{.kind = EFFECT_WARNING, .warning = WARNING_INITIAL, .event = {8}}, "WARNING AMBER: "},
    {{.kind = EFFECT_STATUS, .status = STATUS_DROPPED}, "AMBER is down"},
    {{.kind = EFFECT_STATUS, .status = STATUS_LOST}, "AMBER is no longer measured by anyone"},
    {{.kind = EFFECT_STATUS, .status = STATUS_FIRM}, "AMBER is tracked"},
    {{.kind = EFFECT_THRUST, .on = true}, "AMBER: thrust has ended"},
    {{.kind = EFFECT_THRUST}, "AMBER: thrust goes on: the impact is withdrawn"},
    {{.kind = EFFECT_MANOEUVRE, .on = true}, "AMBER: manoeuvring: the impact is withdrawn"},
    {{.kind = EFFECT_MANOEUVRE}, "AMBER: falls ballistically again"},
    {{.kind = EFFECT_WITHDRAWN}, "AMBER withdrawn: it is false"},
    {{.kind = EFFECT_WITHDRAWN, .same_as = {"CEDAR"}},
     "AMBER withdrawn: it is the same launch as CEDAR"},
    {{.kind = EFFECT_LINK, .partner = {"KOR"}, .on = true}, "link with KOR is up"},
    {{.kind = EFFECT_LINK, .partner = {"KOR"}}, "link with KOR is DOWN"},
    {{.kind = EFFECT_SUPERSEDED, .partner = {"KOR"}, .on = true}, "KOR has heard ANOTHER NODE"},
    {{.kind = EFFECT_SUPERSEDED, .partner = {"KOR"}}, "KOR has heard a later start"},
    {{.kind = EFFECT_SEND}, NULL},
    {{.kind = EFFECT_TAKEN}, NULL},
    {{.kind = EFFECT_RELEASED}, NULL},
    {{.kind = EFFECT_RELAYED}, NULL},
    {{.kind = EFFECT_WITHHELD}, NULL},
};

static void each_happening_has_its_words(void **state)
{
    (void)state;
    engine.config.nation = (struct nation_id){"JPN"};
    engine.now = NOW;
    engine.events[3].id = (struct event_id){7};
    engine.events[3].warning = (struct warning){.state = WARNING_CANCEL, .area_count = 1};
    for (size_t i = 0; i < sizeof HAPPENINGS / sizeof HAPPENINGS[0]; i++) {
        char text[HAPPENING_TEXT_SIZE] = "";
        struct effect effect = HAPPENINGS[i].effect;
        (void)snprintf(effect.name.text, sizeof effect.name.text, "AMBER");
        const bool told = happening_text(&engine, &effect, text);
        assert_int_equal(told, HAPPENINGS[i].text != NULL);
        if (told && strncmp(text, HAPPENINGS[i].text, strlen(HAPPENINGS[i].text)) != 0) {
            fail_msg("\"%s\" instead of \"%s\"", text, HAPPENINGS[i].text);
        }
    }
}

static void expect_danger(struct warning w, const char *words)
{
    char out[48];
    happening_danger(&w, NOW, out, sizeof out);
    assert_string_equal(out, words);
}

/* What reaches people is the countdown to what comes first of what concerns them. */
static void a_danger_counts_down(void **state)
{
    (void)state;
    struct warning w = {.state = WARNING_INITIAL, .impact = INSTANT_UNSET, .area_count = 3};
    for (uint32_t i = 0; i < 3; i++) {
        w.areas[i].overflight = INSTANT_UNSET;
    }
    expect_danger(w, ", overflight");
    w.areas[1].overflight = instant_plus_s(NOW, 200.0);
    expect_danger(w, ", overflight in 03:20");
    w.areas[2].overflight = instant_plus_s(NOW, 75.4);
    expect_danger(w, ", overflight in 01:15");
    w.areas[2].overflight = instant_plus_s(NOW, 300.0);
    expect_danger(w, ", overflight in 03:20");
    w.areas[0].impact_probability = 0.02;
    expect_danger(w, ", overflight in 03:20"); /* nobody knows when it falls */
    w.impact = instant_plus_s(NOW, 400.0);
    expect_danger(w, ", impact in 06:40");
    w.areas[0].impact_probability = 0.004;
    w.areas[1].impact_probability = 0.004;
    expect_danger(w, ", overflight in 03:20");
    w.areas[2].impact_probability = 0.004;
    expect_danger(w, ", impact in 06:40");
    w.impact = instant_plus_s(NOW, -1.0);
    expect_danger(w, ", impact");
    w.state = WARNING_ALL_CLEAR;
    expect_danger(w, "");
}

static void areas_are_named_as_far_as_they_fit(void **state)
{
    (void)state;
    char out[160];
    char expected[160];
    struct warning w = {.state = WARNING_INITIAL};
    happening_areas(&w, out, sizeof out);
    assert_string_equal(out, "");
    w.area_count = 2;
    w.areas[1].province = 1;
    happening_areas(&w, out, sizeof out);
    (void)snprintf(expected, sizeof expected, "%s, %s", gazetteer_name(0), gazetteer_name(1));
    assert_string_equal(out, expected);
    w.area_count = 7;
    happening_areas(&w, out, sizeof out);
    assert_non_null(strstr(out, " and 3 more"));
    happening_areas(&w, out, 5); /* cut, and ended */
    assert_int_equal(strlen(out), 4);
}

static const struct {
    struct engine_order given;
    const char *text;
} ORDERS[] = {
    {{.name = {"AMBER"}, .order = {.kind = ORDER_FALSE, .actor = {"kim"}, .reason = "a bird"}},
     "ORDER of kim: AMBER is false: a bird"},
    {{.name = {"AMBER"}, .order = {.kind = ORDER_ACKNOWLEDGE, .actor = {"kim"}}},
     "ORDER of kim: AMBER is acknowledged"},
    {{.name = {"AMBER"}, .order = {.kind = ORDER_MERGE, .actor = {"kim"}, .into = {7}}},
     "ORDER of kim: AMBER is the same launch as CEDAR"},
    {{.name = {"AMBER"}, .order = {.kind = ORDER_MERGE, .actor = {"kim"}, .into = {6}}},
     "ORDER of kim: AMBER is the same launch as another"},
    {{.order = {.kind = ORDER_HOLD, .actor = {"kim"}}},
     "ORDER of kim: nothing more of any event goes to anyone"},
    {{.name = {"AMBER"}, .order = {.kind = ORDER_RELEASE, .actor = {"kim"}, .nation = {"KOR"}}},
     "ORDER of kim: what is held of AMBER goes again to KOR"},
    {{.name = {"AMBER"}, .order = {.kind = ORDER_SPLIT, .actor = {"kim"}, .nation = {"KOR"}}},
     "ORDER of kim: AMBER is split: another object is tracked by KOR"},
};

static void each_order_has_its_words(void **state)
{
    (void)state;
    struct effect effect = {.kind = EFFECT_ORDER};
    char text[HAPPENING_TEXT_SIZE] = "";
    engine.events[3].id = (struct event_id){7};
    (void)snprintf(engine.events[3].name.text, sizeof engine.events[3].name.text, "CEDAR");
    for (size_t i = 0; i < sizeof ORDERS / sizeof ORDERS[0]; i++) {
        engine.order_count = i + 1;
        engine.orders[engine.order_count % LIMIT_ORDERS] = ORDERS[i].given;
        effect.sequence = engine.order_count;
        assert_true(happening_text(&engine, &effect, text));
        assert_string_equal(text, ORDERS[i].text);
    }
    effect.sequence++; /* one that the engine does not have */
    assert_false(happening_text(&engine, &effect, text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_happening_has_its_words),
        cmocka_unit_test(each_order_has_its_words),
        cmocka_unit_test(a_danger_counts_down),
        cmocka_unit_test(areas_are_named_as_far_as_they_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
