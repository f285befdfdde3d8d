/* What may be in a policy, whose sensors are kept from whom, and what a policy that follows another
 * changes, case by case: docs/policy.md. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "fixture.h"
#include "share/policy_compare.h"
#include "share/region.h"

static void group(struct policy *p, const char *first, const char *second)
{
    struct policy_group *g = &p->groups[p->group_count++];
    *g = (struct policy_group){.name = "group", .sensor_count = second == NULL ? 1 : 2};
    assert_true(sensor_id_parse(first, &g->sensors[0]));
    assert_true(second == NULL || sensor_id_parse(second, &g->sensors[1]));
}

static void keep_from(struct policy *p, const char *nation, uint32_t groups)
{
    p->rules[p->rule_count++] = (struct policy_rule){.name = "keep",
                                                     .action = POLICY_WITHHOLD_SENSORS,
                                                     .groups = groups,
                                                     .to_count = 1,
                                                     .to = {fixture_nation(nation)}};
}

static result check(const struct policy *p)
{
    uint32_t rule = 0;
    return policy_check(p, &rule);
}

/* Nobody is named twice: in a rule, for onward release, in the label. */
static void names_are_named_once(void **state)
{
    (void)state;
    struct policy p = fixture_policy();
    p.rules[1].to[1] = p.rules[1].to[0];
    assert_int_equal(check(&p), ERR_RANGE);
    p = fixture_policy();
    p.rules[1].onward_count = 2;
    p.rules[1].onward[0] = p.rules[1].onward[1] = fixture_nation("AUS");
    assert_int_equal(check(&p), ERR_RANGE);
    p = fixture_policy();
    p.label.releasable_to[1] = p.label.releasable_to[0];
    assert_int_equal(check(&p), ERR_RANGE);
    p = fixture_policy();
    p.area_count = 1;
    assert_int_equal(check(&p), ERR_RANGE); /* an area without a corner */
}

/* A sensor is kept from a nation if any group that the nation may not have holds it. */
static void sensors_of_withheld_groups_are_kept_back(void **state)
{
    (void)state;
    struct policy p = fixture_policy();
    struct sensor sensors[34];
    memset(sensors, 0, sizeof sensors);
    for (int i = 0; i < 34; i++) {
        sensors[i].id.text[0] = 'S';
        sensors[i].id.text[1] = (char)('A' + i);
    }
    group(&p, "SA", "SC");
    group(&p, "SB", NULL);
    keep_from(&p, "JPN", 1);
    assert_int_equal(check(&p), OK);
    assert_int_equal(policy_sensors(&p, fixture_nation("JPN"), sensors, 4), 0xa);
    assert_int_equal(policy_sensors(&p, fixture_nation("USA"), sensors, 4), 0xf);
    p.rules[p.rule_count - 1].groups = 3;
    assert_int_equal(policy_sensors(&p, fixture_nation("JPN"), sensors, 4), 0x8);
    /* Only as many as there are bits: what is beyond gets none. */
    assert_true(policy_sensors(&p, fixture_nation("USA"), sensors, 34) == UINT32_MAX);
    /* A slip in a sensor's name would keep nothing back. */
    uint32_t which = 9;
    struct sensor_id missing = {{0}};
    assert_false(policy_unknown_sensor(&p, sensors, 3, &which, &missing));
    assert_true(policy_unknown_sensor(&p, sensors, 1, &which, &missing));
    assert_int_equal(which, 0);
    assert_string_equal(missing.text, "SC");
    assert_true(policy_unknown_sensor(&p, sensors, 0, &which, &missing));
    p.groups[0].sensor_count = 1;
    assert_true(policy_unknown_sensor(&p, sensors, 1, &which, &missing));
    assert_int_equal(which, 1);
    assert_string_equal(missing.text, "SB");
}

/* At most four distinct sets of sensors are left: groups that hold the same are one. */
static void there_are_at_most_four_views(void **state)
{
    (void)state;
    static const char *const NATIONS[] = {"JPN", "USA", "AUS", "GBR", "FRA"};
    struct policy p = fixture_policy();
    for (int i = 0; i < 5; i++) {
        const char name[] = {'S', (char)('A' + i), '\0'};
        group(&p, name, NULL);
        keep_from(&p, NATIONS[i], 1u << i);
        assert_int_equal(check(&p), i < 4 ? OK : ERR_FULL);
    }
    /* The fifth keeps back what the first does, under another name. */
    p.groups[4] = p.groups[0];
    assert_int_equal(check(&p), OK);
}

static struct policy_comparison compared(const struct policy *a, const struct policy *b)
{
    static struct policy_comparison c;
    policy_compare(a, b, &c);
    return c;
}

static uint32_t count_of(const struct policy_comparison *c, enum policy_change_kind kind)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < c->count; i++) {
        count += c->changes[i].kind == kind ? 1 : 0;
    }
    return count;
}

/* Each nation that may have it passed on is named, gained or lost; who had it already is not. */
static void onward_release_is_told_nation_by_nation(void **state)
{
    (void)state;
    struct policy a = fixture_policy();
    struct policy b = a;
    a.rules[0].onward_count = b.rules[0].onward_count = 1;
    a.rules[0].onward[0] = b.rules[0].onward[0] = fixture_nation("GBR");
    struct policy_comparison c = compared(&a, &b);
    assert_false(c.widens || c.narrows);
    b.rules[0].onward_count = 3;
    b.rules[0].onward[1] = fixture_nation("AUS");
    b.rules[0].onward[2] = fixture_nation("FRA");
    c = compared(&a, &b);
    assert_true(c.widens && !c.narrows);
    /* Two partners, two new nations for each. */
    assert_int_equal(count_of(&c, POLICY_CHANGE_ONWARD), 4);
    assert_int_equal(c.count, 4);
    c = compared(&b, &a);
    assert_true(c.narrows && !c.widens);
    assert_int_equal(c.count, 4);
}

/* A record that goes for the first time takes along what its rule says beside: an exact covariance,
 * and whom it may be passed on to. */
static void what_comes_new_comes_with_its_terms(void **state)
{
    (void)state;
    struct policy a = fixture_policy();
    struct policy b = a;
    b.rules[0].covariance = POLICY_COVARIANCE_EXACT;
    b.rules[0].onward_count = 1;
    b.rules[0].onward[0] = fixture_nation("AUS");
    a.rule_count = 0;
    const struct policy_comparison c = compared(&a, &b);
    assert_true(count_of(&c, POLICY_CHANGE_RECORDS) > 0);
    assert_true(count_of(&c, POLICY_CHANGE_GEOMETRY) > 0);
    assert_true(count_of(&c, POLICY_CHANGE_ONWARD) > 0);
}

/* A rule without the label lets nothing go; a record that either label permits may be gained. */
static void the_label_has_its_say(void **state)
{
    (void)state;
    const struct policy both = fixture_policy();
    struct policy neither = both;
    neither.label.releasable_count = 0;
    struct policy_comparison c = compared(&both, &neither);
    assert_true(c.narrows && !c.widens);
    c = compared(&neither, &both);
    assert_true(c.widens && !c.narrows);
    c = compared(&neither, &neither);
    assert_int_equal(c.count, 0);
    /* New rules and no label in either: nothing is gained. */
    struct policy nothing = neither;
    nothing.rule_count = 0;
    c = compared(&nothing, &neither);
    assert_int_equal(c.count, 0);
    /* A new rule that the label of before permits, on records that still carry it. */
    nothing = both;
    nothing.rule_count = 0;
    c = compared(&nothing, &neither);
    assert_true(c.widens);
}

/* Each sensor is named, to whom something goes: who gets nothing gains nothing by a sensor. */
static void sensors_are_told_one_by_one(void **state)
{
    (void)state;
    struct policy a = fixture_policy();
    group(&a, "EYE-1", "EYE-2");
    keep_from(&a, "JPN", 1);
    struct policy b = a;
    b.rule_count--;
    struct policy_comparison c = compared(&a, &b);
    assert_int_equal(count_of(&c, POLICY_CHANGE_SENSORS), 2);
    assert_true(c.widens && !c.narrows);
    c = compared(&b, &a);
    assert_true(c.narrows && !c.widens);
    for (uint32_t i = 0; i < a.rule_count; i++) {
        a.rules[i].to_count = 1;
        a.rules[i].to[0] = fixture_nation(i == a.rule_count - 1 ? "JPN" : "USA");
    }
    /* A rule that keeps things back gives nothing. */
    a.rules[1].action = POLICY_WITHHOLD;
    a.rules[1].to[0] = fixture_nation("JPN");
    b = a;
    b.rule_count--;
    c = compared(&a, &b);
    assert_int_equal(c.count, 0);
}

/* More changes than there is room for: the verdict is still whole, and says that the list is
 * not. */
static void too_many_changes_are_said_to_be(void **state)
{
    (void)state;
    static const char *const NATIONS[] = {"AUS", "GBR", "FRA", "DEU", "ITA", "CAN", "NOR", "POL"};
    struct policy a = fixture_policy();
    a.rules[0].to_count = a.rules[1].to_count = a.rules[2].to_count = LABEL_NATIONS_MAX;
    a.label.releasable_count = LABEL_NATIONS_MAX;
    for (uint32_t i = 0; i < LABEL_NATIONS_MAX; i++) {
        a.label.releasable_to[i] = fixture_nation(NATIONS[i % 8]);
        for (int r = 0; r < 3; r++) {
            a.rules[r].to[i] = fixture_nation(NATIONS[i % 8]);
        }
    }
    struct policy b = a;
    for (int r = 0; r < 3; r++) {
        b.rules[r].onward_count = LABEL_NATIONS_MAX;
        for (uint32_t i = 0; i < LABEL_NATIONS_MAX; i++) {
            const char code[] = {'X', (char)('A' + r), (char)('A' + i), '\0'};
            b.rules[r].onward[i] = fixture_nation(code);
            a.rules[r].onward[i] = fixture_nation(code);
            a.rules[r].onward[i].code[0] = 'Y';
        }
        a.rules[r].onward_count = LABEL_NATIONS_MAX;
    }
    const struct policy_comparison c = compared(&a, &b);
    assert_true(c.widens && c.narrows);
    assert_false(c.complete);
    assert_int_equal(c.count, POLICY_CHANGES_MAX);
}

/* Words for every kind of change, each its own. */
static void each_change_has_its_words(void **state)
{
    (void)state;
    for (int a = POLICY_CHANGE_RECORDS; a <= POLICY_CHANGE_ONWARD; a++) {
        assert_string_not_equal(policy_change_text((enum policy_change_kind)a), "unknown");
        for (int b = POLICY_CHANGE_RECORDS; b < a; b++) {
            assert_string_not_equal(policy_change_text((enum policy_change_kind)a),
                                    policy_change_text((enum policy_change_kind)b));
        }
    }
    assert_string_equal(policy_change_text((enum policy_change_kind)99), "unknown");
}

/* An area that a distance cannot be taken to holds nothing, and nothing is known to be in it. */
static void areas_that_are_nowhere(void **state)
{
    (void)state;
    struct policy a = fixture_policy();
    a.area_count = 2;
    a.areas[0] = (struct policy_area){.name = "nowhere",
                                      .corner_count = 1,
                                      .corners = {{(double)NAN, 2.2, 0.0}},
                                      .radius_m = 1e5};
    a.areas[1] = (struct policy_area){
        .name = "nor this",
        .corner_count = 3,
        .corners = {{0.7, 2.2, 0.0}, {(double)NAN, 2.2, 0.0}, {0.7, 2.3, 0.0}}};
    const struct region_origin o = {.known = true, .point = {0.7, 2.2, 0.0}, .doubt_m = 1.0};
    assert_int_equal(region_judge(&a.areas[0], &o), REGION_UNSURE);
    assert_int_equal(region_judge(&a.areas[1], &o), REGION_UNSURE);
    a.rules[0].areas = 1;
    struct policy b = a;
    b.rules[0].areas = 3;
    assert_true(compared(&a, &b).widens);
}

/* Where a launch was, from what is said of it: 99 % of the doubt lie within 3.03 sigmas of the
 * longer axis (chi-squared with two degrees of freedom). */
static void the_origin_of_a_launch(void **state)
{
    (void)state;
    struct launch_estimate l = {
        .determined = true, .point = {0.7, 2.2, 0.0}, .covariance_m2 = {4e6, 0.0, 0.0, 9e6}};
    const struct region_origin o = region_origin(&l);
    assert_true(o.known);
    assert_true(fabs(o.doubt_m - 3e3 * sqrt(-2.0 * log(0.01))) < 1e-6);
    l.covariance_m2[3] = 0.0;
    assert_false(region_origin(&l).known);
    l.covariance_m2[3] = (double)INFINITY;
    assert_false(region_origin(&l).known);
    l.covariance_m2[3] = 9e6;
    l.determined = false;
    assert_false(region_origin(&l).known);
}

/* What was decided outside goes to contrary when the point comes inside, and not before. */
static void a_border_is_crossed_from_outside(void **state)
{
    (void)state;
    struct policy p = fixture_policy();
    p.area_count = 1;
    p.areas[0] = (struct policy_area){
        .name = "circle", .corner_count = 1, .corners = {{0.7, 2.2, 0.0}}, .radius_m = 100e3};
    struct region_sides sides = {{0}};
    struct region_origin o = {.known = true, .point = {0.7 + 0.03, 2.2, 0.0}, .doubt_m = 10e3};
    region_follow(&p, &o, &sides);
    assert_int_equal(sides.of_area[0], REGION_OUTSIDE);
    o.doubt_m = 500e3;
    region_follow(&p, &o, &sides);
    assert_int_equal(sides.of_area[0], REGION_OUTSIDE);
    o.known = false;
    o.point.lat_rad = 0.7;
    region_follow(&p, &o, &sides);
    assert_int_equal(sides.of_area[0], REGION_OUTSIDE);
    o.known = true;
    region_follow(&p, &o, &sides);
    assert_int_equal(sides.of_area[0], REGION_CONTRARY);
}

/* Two corners in one place: the side between them has no length, and the distance from it is that
 * from the corner. */
static void a_side_without_length(void **state)
{
    (void)state;
    const struct policy_area area = {
        .name = "folded",
        .corner_count = 4,
        .corners = {{0.70, 2.20, 0.0}, {0.70, 2.20, 0.0}, {0.70, 2.30, 0.0}, {0.76, 2.25, 0.0}}};
    const struct region_origin inside = {.known = true, .point = {0.72, 2.25, 0.0}, .doubt_m = 1e3};
    assert_int_equal(region_judge(&area, &inside), REGION_INSIDE);
    const struct region_origin outside = {
        .known = true, .point = {0.69, 2.19, 0.0}, .doubt_m = 1e3};
    assert_int_equal(region_judge(&area, &outside), REGION_OUTSIDE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_named_once),
        cmocka_unit_test(sensors_of_withheld_groups_are_kept_back),
        cmocka_unit_test(there_are_at_most_four_views),
        cmocka_unit_test(onward_release_is_told_nation_by_nation),
        cmocka_unit_test(what_comes_new_comes_with_its_terms),
        cmocka_unit_test(the_label_has_its_say),
        cmocka_unit_test(sensors_are_told_one_by_one),
        cmocka_unit_test(too_many_changes_are_said_to_be),
        cmocka_unit_test(each_change_has_its_words),
        cmocka_unit_test(areas_that_are_nowhere),
        cmocka_unit_test(the_origin_of_a_launch),
        cmocka_unit_test(a_border_is_crossed_from_outside),
        cmocka_unit_test(a_side_without_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
