/* Areas with doubt, canonical bytes, and who gains what when one policy follows another. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/elementary.h"
#include "fixture.h"
#include "geo/geodesic.h"
#include "share/policy_compare.h"
#include "share/region.h"

static struct geo_geodetic at(double lat_deg, double lon_deg)
{
    return (struct geo_geodetic){lat_deg * RAD_PER_DEG, lon_deg * RAD_PER_DEG, 0.0};
}

static struct policy_area circle(double lat_deg, double lon_deg, double radius_m)
{
    return (struct policy_area){.name = "circle",
                                .corner_count = 1,
                                .corners = {at(lat_deg, lon_deg)},
                                .radius_m = radius_m};
}

static struct policy_area square(void)
{
    return (struct policy_area){.name = "square",
                                .corner_count = 4,
                                .corners = {at(40, 126), at(42, 126), at(42, 129), at(40, 129)}};
}

static struct region_origin seen(struct geo_geodetic point, double doubt_m)
{
    return (struct region_origin){.known = true, .point = point, .doubt_m = doubt_m};
}

/* The side by this one estimate alone. */
static enum region_side judge(const struct policy_area *area, const struct region_origin *origin)
{
    static struct policy policy;
    policy.areas[0] = *area;
    policy.area_count = 1;
    struct region_sides sides = {{0}};
    region_follow(&policy, origin, &sides);
    return (enum region_side)sides.of_area[0];
}

/* A launch `distance_m` to the east of the centre of a circle of 100 km. */
static enum region_side side_of(double distance_m, double doubt_m)
{
    const struct policy_area area = circle(41, 127, 100e3);
    struct geo_geodetic p;
    assert_int_equal(geodesic_direct(area.corners[0], PI / 2.0, distance_m, &p), OK);
    const struct region_origin origin = seen(p, doubt_m);
    return judge(&area, &origin);
}

static void a_launch_is_inside_only_with_all_its_doubt(void **state)
{
    (void)state;
    assert_int_equal(side_of(0.0, 99.9e3), REGION_INSIDE);
    assert_int_equal(side_of(0.0, 100.1e3), REGION_UNSURE);
    assert_int_equal(side_of(89.9e3, 10e3), REGION_INSIDE);
    assert_int_equal(side_of(90.1e3, 10e3), REGION_UNSURE);
    assert_int_equal(side_of(109.9e3, 10e3), REGION_UNSURE);
    assert_int_equal(side_of(110.1e3, 10e3), REGION_OUTSIDE);
    assert_int_equal(side_of(0.0, (double)NAN), REGION_UNSURE);
    const struct policy_area area = square();
    /* 41 degrees 127.5: 111 km from the sides in the north and south, 126 km from the others. */
    struct region_origin o = seen(at(41, 127.5), 108e3);
    assert_int_equal(judge(&area, &o), REGION_INSIDE);
    o.doubt_m = 112e3;
    assert_int_equal(judge(&area, &o), REGION_UNSURE);
    o = seen(at(43, 127.5), 100e3);
    assert_int_equal(judge(&area, &o), REGION_OUTSIDE);
    o.doubt_m = 115e3;
    assert_int_equal(judge(&area, &o), REGION_UNSURE);
    o.known = false;
    assert_int_equal(judge(&area, &o), REGION_UNSURE);
}

/* Between many points and a polygon the answer is that of the corners' great circles. */
static void a_polygon_holds_what_lies_between_its_corners(void **state)
{
    (void)state;
    const struct policy_area area = square();
    for (double lat = 38.05; lat < 44.0; lat += 0.2) {
        for (double lon = 124.05; lon < 131.0; lon += 0.2) {
            const struct region_origin o = seen(at(lat, lon), 0.0);
            /* Sides along a parallel bulge to the north by 1.4 km at most. */
            if (fabs(lat - 40.0) < 0.03 || fabs(lat - 42.0) < 0.03) {
                continue;
            }
            const bool in = lat > 40.0 && lat < 42.0 && lon > 126.0 && lon < 129.0;
            assert_int_equal(judge(&area, &o), in ? REGION_INSIDE : REGION_OUTSIDE);
        }
    }
}

/* What was once decided stands while the doubt grows, and is contrary for good when the point
 * itself goes to the other side: never back and forth. */
static void a_border_is_crossed_once(void **state)
{
    (void)state;
    struct policy p = fixture_policy();
    p.area_count = 1;
    p.areas[0] = circle(41, 127, 100e3);
    struct region_sides sides = {{0}};
    const struct {
        double lat_deg;
        double doubt_m;
        enum region_side side;
    } steps[] = {{41.0, 150e3, REGION_UNSURE},   {41.0, 50e3, REGION_INSIDE},
                 {41.0, 150e3, REGION_INSIDE},   {41.85, 50e3, REGION_INSIDE},
                 {41.95, 50e3, REGION_CONTRARY}, {41.0, 1e3, REGION_CONTRARY}};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        const struct region_origin o = seen(at(steps[i].lat_deg, 127), steps[i].doubt_m);
        region_follow(&p, &o, &sides);
        assert_int_equal(sides.of_area[0], steps[i].side);
    }
    struct policy_rule rule = {.action = POLICY_RELEASE, .areas = 1};
    assert_false(region_applies(&rule, &sides));
    rule.action = POLICY_WITHHOLD;
    assert_true(region_applies(&rule, &sides));
}

static void canonical_bytes_come_back(void **state)
{
    (void)state;
    struct policy p = fixture_policy();
    p.area_count = 2;
    p.areas[0] = circle(41, 127, 100e3);
    p.areas[1] = square();
    p.group_count = 1;
    p.groups[0] =
        (struct policy_group){.name = "eyes", .sensor_count = 2, .sensors = {{"EYE-1"}, {"EYE-2"}}};
    p.rules[0].areas = 3;
    p.rules[0].onward_count = 1;
    p.rules[0].onward[0] = fixture_nation("USA");
    uint8_t bytes[POLICY_BYTES_MAX];
    struct byte_writer w = {bytes, sizeof bytes, 0};
    assert_int_equal(policy_encode(&p, &w), OK);
    struct policy again;
    assert_int_equal(policy_decode(byte_writer_written(&w), &again), OK);
    const struct digest a = policy_digest(&p);
    struct digest b = policy_digest(&again);
    assert_true(digest_equal(&a, &b));
    again.rules[0].delay_s = 1.0;
    b = policy_digest(&again);
    assert_false(digest_equal(&a, &b));
    /* Nothing shorter, longer or altered is taken for what it was. */
    for (size_t i = 0; i < w.size; i++) {
        assert_int_not_equal(policy_decode((struct bytes){bytes, i}, &again), OK);
        bytes[i] ^= 0x81;
        if (policy_decode(byte_writer_written(&w), &again) == OK) {
            b = policy_digest(&again);
            assert_false(digest_equal(&a, &b));
        }
        bytes[i] ^= 0x81;
    }
    bytes[w.size] = 0;
    assert_int_not_equal(policy_decode((struct bytes){bytes, w.size + 1}, &again), OK);
}

/* KOR's fixture with an area, a group and a rule for each, before and after a change. */
struct pair {
    struct policy before;
    struct policy after;
    struct policy_comparison c;
};

static void pair_init(struct pair *x)
{
    x->before = fixture_policy();
    x->before.area_count = 1;
    x->before.areas[0] = circle(41, 127, 300e3);
    x->before.group_count = 1;
    x->before.groups[0] =
        (struct policy_group){.name = "eyes", .sensor_count = 1, .sensors = {{"EYE"}}};
    x->before.rules[0].areas = 1;
    x->before.rules[0].coarsen_position_m = 2e3;
    struct policy_rule *rule = &x->before.rules[x->before.rule_count];
    *rule = (struct policy_rule){.name = "no eyes",
                                 .action = POLICY_WITHHOLD_SENSORS,
                                 .groups = 1,
                                 .to_count = 1,
                                 .to = {fixture_nation("JPN")}};
    x->before.rule_count++;
    x->after = x->before;
    x->after.number++;
}

static const struct policy_change *only_change(struct pair *x, bool widens)
{
    uint32_t rule = 0;
    assert_int_equal(policy_check(&x->before, &rule), OK);
    assert_int_equal(policy_check(&x->after, &rule), OK);
    policy_compare(&x->before, &x->after, &x->c);
    assert_true(x->c.complete);
    assert_int_equal(x->c.widens, widens);
    assert_int_equal(policy_officers(&x->c), widens ? 2 : 1);
    assert_true(x->c.count >= 1);
    return &x->c.changes[0];
}

static void each_way_to_widen_or_narrow_is_seen(void **state)
{
    (void)state;
    static struct pair x;
    pair_init(&x);
    policy_compare(&x.before, &x.after, &x.c);
    assert_false(x.c.widens || x.c.narrows);

    x.after.areas[0].radius_m = 299e3;
    assert_int_equal(only_change(&x, false)->kind, POLICY_CHANGE_RECORDS);
    pair_init(&x);
    x.after.areas[0].radius_m = 301e3;
    assert_int_equal(only_change(&x, true)->kind, POLICY_CHANGE_RECORDS);
    assert_int_equal(x.c.changes[0].record, RECORD_TRACK);
    pair_init(&x);
    x.after.areas[0].corners[0] = at(41.1, 127);
    (void)only_change(&x, true);
    assert_true(x.c.narrows);
    pair_init(&x);
    x.after.rules[0].areas = 0;
    (void)only_change(&x, true);
    pair_init(&x);
    x.after.rules[0].coarsen_position_m = 3e3;
    assert_int_equal(only_change(&x, false)->kind, POLICY_CHANGE_PRECISION);
    pair_init(&x);
    x.after.rules[0].coarsen_position_m = 1e3;
    assert_int_equal(only_change(&x, true)->kind, POLICY_CHANGE_PRECISION);
    pair_init(&x);
    x.after.rules[1].delay_s = 1.0;
    (void)only_change(&x, false);
    pair_init(&x);
    x.after.rules[0].coarsen_position_m = 0.0;
    x.after.rules[0].covariance = POLICY_COVARIANCE_EXACT;
    (void)only_change(&x, true);
    assert_int_equal(x.c.changes[1].kind, POLICY_CHANGE_GEOMETRY);
    assert_string_equal(policy_change_text(x.c.changes[1].kind), "reveals sensor geometry");
    pair_init(&x);
    x.after.rules[2].onward_count = 1;
    x.after.rules[2].onward[0] = fixture_nation("USA");
    assert_int_equal(only_change(&x, true)->kind, POLICY_CHANGE_ONWARD);
    pair_init(&x);
    x.after.rule_count--;
    assert_int_equal(only_change(&x, true)->kind, POLICY_CHANGE_SENSORS);
    assert_string_equal(x.c.changes[0].sensor.text, "EYE");
    pair_init(&x);
    x.after.rules[0].action = POLICY_WITHHOLD;
    (void)only_change(&x, false);
    pair_init(&x);
    x.after.rules[1].classification_max = CLASSIFICATION_UNCLASSIFIED;
    (void)only_change(&x, false);
    pair_init(&x);
    x.before.rules[1].classification_max = CLASSIFICATION_UNCLASSIFIED;
    (void)only_change(&x, true);
    /* A lower label widens what a rule lets through. */
    pair_init(&x);
    x.before.rules[1].classification_max = CLASSIFICATION_UNCLASSIFIED;
    x.after.rules[1].classification_max = CLASSIFICATION_UNCLASSIFIED;
    x.after.label.classification = CLASSIFICATION_UNCLASSIFIED;
    (void)only_change(&x, true);
    pair_init(&x);
    policy_none(x.before.owner, &x.before);
    (void)only_change(&x, true);
    pair_init(&x);
    policy_none(x.after.owner, &x.after);
    (void)only_change(&x, false);
}

/* Whether a launch can be on these sides of an area and of another that holds it. */
static bool fits(uint8_t inner, uint8_t outer)
{
    return (inner != REGION_INSIDE || outer == REGION_INSIDE) &&
           (outer != REGION_OUTSIDE || inner == REGION_OUTSIDE);
}

/* Whatever one of two random policies releases at all, and the other does not, is found: the
 * comparison against decisions drawn one by one, unsure launches included. */
static void nothing_gained_is_overlooked(void **state)
{
    (void)state;
    static struct pair x;
    struct random r;
    random_init(&r, 5, 1);
    int found = 0;
    for (int i = 0; i < 3000; i++) {
        pair_init(&x);
        struct policy *const both[2] = {&x.before, &x.after};
        for (int k = 0; k < 2; k++) {
            both[k]->area_count = 3;
            both[k]->areas[1] = circle(41, 127, 600e3);
            both[k]->areas[2] = square();
            for (uint32_t n = 0; n < 3; n++) {
                struct policy_rule *rule = &both[k]->rules[n];
                rule->kind = RECORD_NOTICE;
                rule->action = random_u64(&r) % 3 == 0 ? POLICY_WITHHOLD : POLICY_RELEASE;
                rule->areas = (uint32_t)(random_u64(&r) % 8);
                rule->coarsen_position_m = 0.0;
                rule->to_count = 1 + (uint32_t)(random_u64(&r) % 2);
            }
        }
        policy_compare(&x.before, &x.after, &x.c);
        struct region_sides sides = {{0}};
        do {
            for (int n = 0; n < 3; n++) {
                sides.of_area[n] = (uint8_t)(random_u64(&r) % 4);
            }
        } while (!fits(sides.of_area[2], sides.of_area[0]) ||
                 !fits(sides.of_area[0], sides.of_area[1]));
        const struct nation_id to = x.before.rules[0].to[random_u64(&r) % 2];
        bool yes[2];
        for (int k = 0; k < 2; k++) {
            yes[k] = release_rules(both[k], to, RECORD_NOTICE, CLASSIFICATION_SECRET, &sides).why ==
                     RELEASE_YES;
        }
        found += !yes[0] && yes[1] ? 1 : 0;
        assert_true(yes[0] || !yes[1] || x.c.widens);
    }
    assert_true(found > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_launch_is_inside_only_with_all_its_doubt),
        cmocka_unit_test(a_polygon_holds_what_lies_between_its_corners),
        cmocka_unit_test(a_border_is_crossed_once),
        cmocka_unit_test(canonical_bytes_come_back),
        cmocka_unit_test(each_way_to_widen_or_narrow_is_seen),
        cmocka_unit_test(nothing_gained_is_overlooked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
