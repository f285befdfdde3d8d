/* Policy files: the shipped ones say what they say, and whatever is not plain is refused. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "node/policy_file.h"

static void assert_near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance)) {
        fail_msg("%.17g is not %.17g", value, expected);
    }
}

#define HEAD "owner: JPN\nnumber: 2\ndefault: withhold\n"
#define LABEL "label:\n  classification: SECRET\n  releasable to: [USA]\n"

static result parse(const char *text, struct policy *out, char message[YAML_MESSAGE_SIZE])
{
    const struct bytes bytes = {(const uint8_t *)text, strlen(text)};
    return policy_file_parse("p", bytes, out, message);
}

static void the_shipped_policies_release_the_three_kinds_to_both_partners(void **state)
{
    (void)state;
    static const char *const nations[] = {"KOR", "JPN", "USA"};
    for (size_t i = 0; i < 3; i++) {
        char path[512];
        char message[YAML_MESSAGE_SIZE];
        struct policy policy;
        (void)snprintf(path, sizeof path, DATA_DIR "/policies/%s.yaml", nations[i]);
        if (policy_file_read(path, &policy, message) != OK) {
            fail_msg("%s", message);
        }
        assert_string_equal(policy.owner.code, nations[i]);
        assert_string_equal(policy.label.owner.code, nations[i]);
        assert_int_equal(policy.label.classification, CLASSIFICATION_SECRET);
        assert_int_equal(policy.rule_count, 3);
        for (uint32_t r = 0; r < 3; r++) {
            const struct policy_rule *rule = &policy.rules[r];
            assert_int_equal(rule->action, POLICY_RELEASE);
            assert_int_equal(rule->kind, RECORD_TRACK + r);
            assert_int_equal(rule->to_count, 2);
            assert_int_equal(rule->covariance, POLICY_COVARIANCE_OUTER_BOUND);
            for (uint32_t k = 0; k < 2; k++) {
                assert_true(label_permits(&policy.label, rule->to[k]));
                assert_string_not_equal(rule->to[k].code, nations[i]);
            }
        }
    }
}

/* A slip that would keep a withholding rule from ever applying is refused. */
static void rules_that_cannot_apply_are_refused(void **state)
{
    (void)state;
    struct policy policy;
    char message[YAML_MESSAGE_SIZE];
    assert_int_not_equal(parse(HEAD LABEL "rules:\n"
                                          "  - rule: a misspelt nation\n"
                                          "    withhold: tracks\n"
                                          "    to: [USB]\n",
                               &policy, message),
                         OK);
    assert_non_null(strstr(message, "releasable to"));
    assert_int_not_equal(parse(HEAD LABEL "rules:\n"
                                          "  - rule: below the label\n"
                                          "    withhold: tracks\n"
                                          "    to: [USA]\n"
                                          "    up to: CONFIDENTIAL\n",
                               &policy, message),
                         OK);
    assert_non_null(strstr(message, "never applies"));
}

static void a_rule_is_read_with_all_its_limits(void **state)
{
    (void)state;
    struct policy policy;
    char message[YAML_MESSAGE_SIZE];
    assert_int_equal(parse(HEAD LABEL "rules:\n"
                                      "  - rule: coarse and late\n"
                                      "    release: tracks\n"
                                      "    to: [USA]\n"
                                      "    up to: SECRET\n"
                                      "    precision: outer bound\n"
                                      "    coarsen position: 2 km\n"
                                      "    coarsen time: 3 s\n"
                                      "    delay: 20 s\n"
                                      "  - rule: never\n"
                                      "    withhold: warnings\n"
                                      "    to: [USA]\n",
                           &policy, message),
                     OK);
    assert_int_equal(policy.number, 2);
    assert_int_equal(policy.rule_count, 2);
    assert_string_equal(policy.rules[0].name, "coarse and late");
    assert_int_equal(policy.rules[0].classification_max, CLASSIFICATION_SECRET);
    assert_int_equal(policy.rules[0].covariance, POLICY_COVARIANCE_OUTER_BOUND);
    assert_near(policy.rules[0].coarsen_position_m, 2000.0, 0.0);
    assert_near(policy.rules[0].coarsen_time_s, 3.0, 0.0);
    assert_near(policy.rules[0].delay_s, 20.0, 0.0);
    assert_int_equal(policy.rules[1].action, POLICY_WITHHOLD);
    assert_int_equal(policy.rules[1].classification_max, CLASSIFICATION_SECRET);
    assert_int_equal(policy.rules[1].kind, RECORD_WARNING);
}

static void without_a_list_the_label_names_the_owner_alone(void **state)
{
    (void)state;
    struct policy policy;
    char message[YAML_MESSAGE_SIZE];
    assert_int_equal(
        parse(HEAD "label: {classification: RESTRICTED}\nrules: []\n", &policy, message), OK);
    assert_int_equal(policy.label.releasable_count, 0);
    assert_int_equal(policy.rule_count, 0);
}

static const struct {
    const char *text;
    const char *message;
} refusals[] = {
    {"owner: JPN\nnumber: 2\n" LABEL "rules: []\n",
     "p:1:1: found no key \"default\" here; expected one"},
    {"owner: JPN\nnumber: 2\ndefault: release\n" LABEL "rules: []\n",
     "p:3:10: default: found \"release\"; expected withhold"},
    {"owner: JPN\nnumber: 0\ndefault: withhold\n" LABEL "rules: []\n",
     "p:2:9: number: found \"0\"; expected a whole number, 1 to 4294967295"},
    {HEAD "label: {classification: COSMIC}\nrules: []\n",
     "p:4:25: classification: found \"COSMIC\"; expected UNCLASSIFIED, RESTRICTED, CONFIDENTIAL or "
     "SECRET"},
    {HEAD "label: {classification: SECRET, releasable to: [JPN]}\nrules: []\n",
     "p:4:49: releasable to: found \"JPN\"; expected another nation than the owner"},
    {HEAD LABEL "rules:\n  - {rule: x, release: tracks, to: [USA, USA], up to: SECRET, "
                "precision: exact}\n",
     "p:8:42: to: found \"USA\"; expected each nation once"},
    {HEAD LABEL
     "rules:\n  - {rule: x, release: tracks, withhold: tracks, to: [USA], up to: SECRET, "
     "precision: exact}\n",
     "p:8:5: rules: found a map of keys; expected one of \"release\", \"withhold\" and "
     "\"withhold sensors\" in each rule"},
    {HEAD LABEL "rules:\n  - {rule: x, to: [USA], up to: SECRET}\n",
     "p:8:5: rules: found a map of keys; expected one of \"release\", \"withhold\" and "
     "\"withhold sensors\" in each rule"},
    {HEAD LABEL "rules:\n  - {rule: x, release: sensors, to: [USA], up to: SECRET}\n",
     "p:8:24: release: found \"sensors\"; expected tracks, notices or warnings"},
    {HEAD LABEL "rules:\n  - {rule: x, release: tracks, to: [USA], up to: SECRET}\n",
     "p:8:5: found no key \"precision\" here; expected one in rules"},
    {HEAD LABEL "rules:\n  - {rule: x, withhold: tracks, to: [USA], up to: SECRET, delay: 2 s}\n",
     "p:8:59: found the unknown key \"delay\"; expected rule, release, withhold, withhold "
     "sensors, of launches from, to, up to"},
    {HEAD LABEL "rules:\n  - {rule: x, release: tracks, to: [USA], up to: SECRET, "
                "precision: exact, coarsen position: 1 km}\n",
     "p:8:94: coarsen position: found \"1 km\"; expected no coarsening beside an exact covariance"},
    {HEAD LABEL "rules:\n  - {rule: x, release: notices, to: [], up to: SECRET}\n",
     "p:8:33: to: found a list of 0; expected a list of 1 to 8 values"},
    {HEAD LABEL "rules:\n  - {rule: x, release: notices, to: [USA], up to: SECRET, delay: -2 s}\n",
     "p:8:66: delay: found \"-2 s\", out of range; expected 0 s to 1 h"},
    {HEAD LABEL "rules:\n  - {rule: x, release: notices, of launches from: [Mars], to: [USA], up "
                "to: SECRET}\n",
     "p:8:52: of launches from: found \"Mars\"; expected an area that is defined under areas"},
    {HEAD LABEL "rules:\n  - {rule: x, withhold sensors: [eyes], from: [USA]}\n",
     "p:8:34: withhold sensors: found \"eyes\"; expected a group that is defined under groups"},
    {HEAD LABEL "rules:\n  - {rule: x, release: notices, to: [USA], up to: SECRET, onward to: "
                "[KOR]}\n",
     "p:8:70: onward to: found a list; expected nations that the label is releasable "
     "to: no other gets anything"},
    {HEAD LABEL "areas: [{area: a, corners: [\"1, 1\", \"2, 2\", \"1, 3\"]}, "
                "{area: a, corners: [\"1, 1\", \"2, 2\", \"1, 3\"]}]\nrules: []\n",
     "p:7:62: area: found \"a\"; expected each area once"},
    {HEAD LABEL "groups: [{group: g, sensors: [A]}, {group: g, sensors: [B]}]\nrules: []\n",
     "p:7:44: group: found \"g\"; expected each group once"},
    {HEAD LABEL "areas: [{area: a, corners: [\"1, 1\", \"2, 2\"]}]\nrules: []\n",
     "p:7:19: corners: found a list of 2; expected a list of 3 to 12 values"},
    {HEAD LABEL "areas: [{area: a, centre: \"1, 1\"}]\nrules: []\n",
     "p:7:9: found no key \"radius\" here; expected one in areas"},
};

/* Each nation is left with another set of sensors: more views than are kept. */
static void too_many_views_are_refused(void **state)
{
    (void)state;
    struct policy policy;
    char message[YAML_MESSAGE_SIZE] = "";
    const char *text =
        HEAD "label: {classification: SECRET, releasable to: [USA, KOR, AUS, GBR, FRA]}\n"
             "groups: [{group: a, sensors: [A]}, {group: b, sensors: [B]}, {group: c, sensors: "
             "[C]}, {group: d, sensors: [D]}, {group: e, sensors: [E]}]\n"
             "rules:\n"
             "  - {rule: x, withhold sensors: [a], from: [USA]}\n"
             "  - {rule: x, withhold sensors: [b], from: [KOR]}\n"
             "  - {rule: x, withhold sensors: [c], from: [AUS]}\n"
             "  - {rule: x, withhold sensors: [d], from: [GBR]}\n"
             "  - {rule: x, withhold sensors: [e], from: [FRA]}\n";
    assert_int_equal(parse(text, &policy, message), ERR_FORMAT);
    assert_string_equal(message, "p:7:3: rules: found a list; expected at most four "
                                 "different sets of sensors that partners are left with: each is "
                                 "tracked by itself");
}

#define AREAS                                                                \
    "areas:\n  - {area: the north, centre: \"40.5, 127\", radius: 300 km}\n" \
    "  - area: the range\n    corners: [\"40, 129\", \"41, 129\", \"41, 130\"]\n"
#define GROUPS "groups:\n  - {group: satellites, sensors: [EYE-1, EYE-2]}\n"

/* Areas, groups of sensors and onward release, as an officer writes them. */
static void areas_groups_and_onward_release_are_read(void **state)
{
    (void)state;
    struct policy policy;
    char message[YAML_MESSAGE_SIZE] = "";
    const char *text =
        HEAD "label: {classification: SECRET, releasable to: [USA, KOR]}\n" AREAS GROUPS "rules:\n"
             "  - rule: launches in the north\n"
             "    release: notices\n"
             "    of launches from: [the range, the north]\n"
             "    to: [USA]\n"
             "    up to: SECRET\n"
             "    onward to: [KOR]\n"
             "  - rule: no satellites\n"
             "    withhold sensors: [satellites]\n"
             "    from: [KOR]\n";
    if (parse(text, &policy, message) != OK) {
        fail_msg("%s", message);
    }
    assert_int_equal(policy.area_count, 2);
    assert_int_equal(policy.areas[0].corner_count, 1);
    assert_near(policy.areas[0].corners[0].lat_rad, 40.5 * 3.14159265358979 / 180.0, 1e-12);
    assert_near(policy.areas[0].radius_m, 300e3, 0.0);
    assert_int_equal(policy.areas[1].corner_count, 3);
    assert_near(policy.areas[1].radius_m, 0.0, 0.0);
    assert_int_equal(policy.rules[0].areas, 3);
    assert_int_equal(policy.rules[0].onward_count, 1);
    assert_string_equal(policy.rules[0].onward[0].code, "KOR");
    assert_int_equal(policy.rules[1].action, POLICY_WITHHOLD_SENSORS);
    assert_int_equal(policy.rules[1].groups, 1);
    struct sensor sensors[2] = {{.id = {"RADAR"}}, {.id = {"EYE-2"}}};
    assert_int_equal(policy_sensors(&policy, policy.rules[0].to[0], sensors, 2), 3);
    assert_int_equal(policy_sensors(&policy, policy.rules[1].to[0], sensors, 2), 1);
    uint32_t group = 9;
    struct sensor_id unknown = {{0}};
    assert_true(policy_unknown_sensor(&policy, sensors, 2, &group, &unknown));
    assert_int_equal(group, 0);
    assert_string_equal(unknown.text, "EYE-1");
    assert_int_equal(policy_file_match("p", &policy, sensors, 2, message), ERR_NOT_FOUND);
    assert_string_equal(message, "p: groups: found the sensor \"EYE-1\" in the group "
                                 "\"satellites\"; expected sensors that JPN has: a misspelt name "
                                 "would keep nothing back");
    memcpy(sensors[0].id.text, "EYE-1", sizeof "EYE-1");
    assert_int_equal(policy_file_match("p", &policy, sensors, 2, message), OK);
}

static void what_is_not_plain_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        struct policy policy = {.number = 77};
        char message[YAML_MESSAGE_SIZE] = "";
        assert_int_equal(parse(refusals[i].text, &policy, message), ERR_FORMAT);
        assert_string_equal(message, refusals[i].message);
        assert_int_equal(policy.number, 77);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_shipped_policies_release_the_three_kinds_to_both_partners),
        cmocka_unit_test(a_rule_is_read_with_all_its_limits),
        cmocka_unit_test(rules_that_cannot_apply_are_refused),
        cmocka_unit_test(without_a_list_the_label_names_the_owner_alone),
        cmocka_unit_test(what_is_not_plain_is_refused),
        cmocka_unit_test(areas_groups_and_onward_release_are_read),
        cmocka_unit_test(too_many_views_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
