/* What goes to whom, decided a second time from tables that share no code with release, for every
 * combination of the classes that a decision depends on: 288 rules alone with 3,072 records, and
 * every pair of rules with the 24 records that rules can tell apart. The tables are docs/policy.md
 * in another form. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "fixture.h"
#include "share/release.h"

/* Classes of a rule. */
enum { RELEASES, WITHHOLDS, ACTIONS };
enum { THIS_KIND, OTHER_KIND, KINDS };
enum { NAMED, NOT_NAMED, NAMINGS };
enum { UP_TO_BELOW, UP_TO_SAME, UP_TO_UNSTATED, LEVELS };
enum { ANYWHERE, INSIDE, OUTSIDE, UNSURE, AREAS };
enum { AT_ONCE, LATE_BUT_DUE, LATE, DELAYS };
#define RULES (ACTIONS * KINDS * NAMINGS * LEVELS * AREAS * DELAYS)

struct rule_class {
    int action;
    int kind;
    int naming;
    int level;
    int area;
    int delay;
};

/* Classes of a record and its way. */
enum { OWN, ANOTHERS, OWNERS };
enum { UNKNOWN, RESTRICTED, CONFIDENTIAL, SECRET, CLASSIFICATIONS };
enum { ABSENT, ANOTHER, THE_PARTNER, BOTH, RELEASABLE };
enum { PARTNER, OURSELVES, NOBODY, STRANGER, RECEIVERS };
enum { TRACK, TRACK_OFF_GRID, NOTICE, WARNING, END, END_OF_A_SENT_ONE, BODIES };
enum { NO_SENSOR, ALLOWED, WITHHELD_TOO, SENSORS_ALL_WITHHELD, SENSOR_CLASSES };

struct record_class {
    int owner;
    int classification;
    int releasable;
    int receiver;
    int body;
    int sensors;
};

/* What a rule that is about this kind and this partner says: r = lets it go, w = keeps it, . = has
 * nothing to say. Anywhere, inside, outside, unsure. */
static const char SAYS[ACTIONS][LEVELS][AREAS + 1] = {
    [RELEASES] = {[UP_TO_BELOW] = "....", [UP_TO_SAME] = "rr..", [UP_TO_UNSTATED] = "...."},
    [WITHHOLDS] = {[UP_TO_BELOW] = "....", [UP_TO_SAME] = "ww.w", [UP_TO_UNSTATED] = "ww.w"},
};

/* Whether label and way let anything go: absent, another, the partner, both. */
static const char LABEL[RECEIVERS][RELEASABLE + 1] = {
    [PARTNER] = "..yy", [OURSELVES] = "....", [NOBODY] = "....", [STRANGER] = "...."};

/* Whether it stays although a rule lets it go: off the grid, or a withheld sensor in it. */
static const char STAYS[BODIES + 1] = ".s....";
static const char SENSOR_STAYS[SENSOR_CLASSES + 1] = "..ss";

static struct rule_class rule_of(int n)
{
    struct rule_class c;
    c.action = n % ACTIONS;
    n /= ACTIONS;
    c.kind = n % KINDS;
    n /= KINDS;
    c.naming = n % NAMINGS;
    n /= NAMINGS;
    c.level = n % LEVELS;
    n /= LEVELS;
    c.area = n % AREAS;
    c.delay = n / AREAS;
    return c;
}

/* The rule that lets it go, from 0; -1 = it stays; -2 = it goes as the end of a warning. */
static int decide(const struct rule_class *rules, int count, const struct record_class *r)
{
    const bool may_end = r->body == END_OF_A_SENT_ONE && r->owner == OWN &&
                         (r->receiver == PARTNER || r->receiver == STRANGER);
    const int otherwise = may_end ? -2 : -1;
    if (r->owner == ANOTHERS || r->classification == UNKNOWN ||
        LABEL[r->receiver][r->releasable] != 'y') {
        return otherwise;
    }
    int first = -1;
    for (int i = 0; i < count; i++) {
        const bool about = rules[i].kind == THIS_KIND && rules[i].naming == NAMED;
        const char says = about ? SAYS[rules[i].action][rules[i].level][rules[i].area] : '.';
        if (says == 'w') {
            return otherwise;
        }
        first = says == 'r' && first < 0 ? i : first;
    }
    if (first < 0 || rules[first].delay == LATE || SENSOR_STAYS[r->sensors] == 's') {
        return otherwise;
    }
    return STAYS[r->body] == 's' ? -1 : first;
}

static const enum classification LEVEL_OF[CLASSIFICATIONS] = {
    CLASSIFICATION_UNKNOWN, CLASSIFICATION_RESTRICTED, CLASSIFICATION_CONFIDENTIAL,
    CLASSIFICATION_SECRET};

static enum record_kind kind_of(int body)
{
    return body <= TRACK_OFF_GRID ? RECORD_TRACK : body == NOTICE ? RECORD_NOTICE : RECORD_WARNING;
}

/* The rule as release gets it; areas are numbered by the rule's place. */
static struct policy_rule build_rule(const struct rule_class *c, const struct record_class *r,
                                     uint32_t place, struct region_sides *sides)
{
    struct policy_rule rule = {.to_count = 1};
    rule.action = c->action == RELEASES ? POLICY_RELEASE : POLICY_WITHHOLD;
    const enum record_kind kind = kind_of(r->body);
    rule.kind = c->kind == THIS_KIND     ? kind
                : kind == RECORD_WARNING ? RECORD_NOTICE
                                         : RECORD_WARNING;
    rule.to[0] = fixture_nation(c->naming == NAMED ? "JPN" : "USA");
    const enum classification level = LEVEL_OF[r->classification];
    rule.classification_max = c->level == UP_TO_UNSTATED ? CLASSIFICATION_UNKNOWN
                              : c->level == UP_TO_SAME   ? level
                                                         : (enum classification)(level - 1);
    if (level <= CLASSIFICATION_UNCLASSIFIED && c->level == UP_TO_BELOW) {
        rule.classification_max = CLASSIFICATION_UNKNOWN;
    }
    static const enum region_side SIDE[AREAS] = {REGION_UNSURE, REGION_INSIDE, REGION_OUTSIDE,
                                                 REGION_UNSURE};
    rule.areas = c->area == ANYWHERE ? 0 : 1u << place;
    sides->of_area[place] = (uint8_t)SIDE[c->area];
    rule.delay_s = c->delay == AT_ONCE ? 0.0 : c->delay == LATE_BUT_DUE ? 10.0 : 11.0;
    return rule;
}

static void build_record(const struct record_class *r, struct record *out)
{
    memset(out, 0, sizeof *out);
    out->kind = kind_of(r->body);
    out->made = fixture_time(0.0);
    out->label.owner = fixture_nation(r->owner == OWN ? "KOR" : "USA");
    out->label.classification = LEVEL_OF[r->classification];
    if (r->releasable == ANOTHER || r->releasable == BOTH) {
        out->label.releasable_to[0] = fixture_nation("PHL");
        out->label.releasable_count = 1;
    }
    if (r->releasable == THE_PARTNER || r->releasable == BOTH) {
        out->label.releasable_to[out->label.releasable_count] = fixture_nation("JPN");
        out->label.releasable_count++;
    }
    if (out->kind == RECORD_TRACK) {
        out->track.time = fixture_time(r->body == TRACK ? 0.0 : 0.5);
    } else if (out->kind == RECORD_WARNING) {
        out->warning.state = r->body == WARNING ? WARNING_UPDATE : WARNING_ALL_CLEAR;
    }
}

static struct nation_id receiver_of(int receiver)
{
    struct nation_id nobody = {{0}};
    return receiver == NOBODY      ? nobody
           : receiver == PARTNER   ? fixture_nation("JPN")
           : receiver == OURSELVES ? fixture_nation("KOR")
                                   : fixture_nation("VNM");
}

static uint64_t check(const struct rule_class *rules, int count, const struct record_class *r)
{
    static const uint32_t MADE_WITH[SENSOR_CLASSES] = {0, 1, 3, 2};
    static struct policy policy;
    struct record record;
    memset(&policy, 0, sizeof policy);
    policy.owner = fixture_nation("KOR");
    policy.rule_count = (uint32_t)count;
    struct release_request request = {.policy = &policy,
                                      .to = receiver_of(r->receiver),
                                      .now = fixture_time(10.5),
                                      .warning_sent = r->body == END_OF_A_SENT_ONE,
                                      .made_with = MADE_WITH[r->sensors],
                                      .may_have = 1};
    for (int i = 0; i < count; i++) {
        policy.rules[i] = build_rule(&rules[i], r, (uint32_t)i, &request.sides);
    }
    build_record(r, &record);
    const struct release_decision d = release_decide(&request, &record);
    const int is = d.why != RELEASE_YES ? -1 : d.warning_end ? -2 : (int)d.rule;
    const int expected = decide(rules, count, r);
    if (is != expected) {
        print_message("record: owner %d classification %d releasable %d receiver %d body %d "
                      "sensors %d\n",
                      r->owner, r->classification, r->releasable, r->receiver, r->body, r->sensors);
        for (int i = 0; i < count; i++) {
            print_message("rule: action %d kind %d naming %d level %d area %d delay %d\n",
                          rules[i].action, rules[i].kind, rules[i].naming, rules[i].level,
                          rules[i].area, rules[i].delay);
        }
        print_message("decided %d (%d), expected %d\n", is, (int)d.why, expected);
        fail();
    }
    return 1;
}

static void every_rule_with_every_record(void **state)
{
    (void)state;
    uint64_t count = 0;
    uint64_t goes = 0;
    for (int n = 0; n < RULES; n++) {
        const struct rule_class rule = rule_of(n);
        struct record_class r;
        for (r.owner = 0; r.owner < OWNERS; r.owner++) {
            for (r.classification = 0; r.classification < CLASSIFICATIONS; r.classification++) {
                for (r.releasable = 0; r.releasable < RELEASABLE; r.releasable++) {
                    for (r.receiver = 0; r.receiver < RECEIVERS; r.receiver++) {
                        for (r.body = 0; r.body < BODIES; r.body++) {
                            for (r.sensors = 0; r.sensors < SENSOR_CLASSES; r.sensors++) {
                                count += check(&rule, 1, &r);
                                goes += decide(&rule, 1, &r) >= 0 ? 1 : 0;
                            }
                        }
                    }
                }
            }
        }
    }
    print_message("%lu combinations, of which %lu go by the rule\n", (unsigned long)count,
                  (unsigned long)goes);
    assert_true(goes > 0);
}

static void every_pair_of_rules(void **state)
{
    (void)state;
    uint64_t count = 0;
    for (int first = 0; first < RULES; first++) {
        for (int second = 0; second < RULES; second++) {
            const struct rule_class rules[2] = {rule_of(first), rule_of(second)};
            struct record_class r = {.owner = OWN, .receiver = PARTNER, .releasable = BOTH};
            for (r.classification = RESTRICTED; r.classification <= SECRET;
                 r.classification += SECRET - RESTRICTED) {
                for (r.body = 0; r.body < BODIES; r.body++) {
                    for (r.sensors = ALLOWED; r.sensors <= WITHHELD_TOO; r.sensors++) {
                        count += check(rules, 2, &r);
                    }
                }
            }
        }
    }
    print_message("%lu combinations\n", (unsigned long)count);
}

static void no_rule_at_all(void **state)
{
    (void)state;
    struct record_class r = {.owner = OWN,
                             .classification = SECRET,
                             .releasable = BOTH,
                             .receiver = PARTNER,
                             .sensors = NO_SENSOR};
    for (r.body = 0; r.body < BODIES; r.body++) {
        (void)check(NULL, 0, &r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_rule_at_all),
        cmocka_unit_test(every_rule_with_every_record),
        cmocka_unit_test(every_pair_of_rules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
