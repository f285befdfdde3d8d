#include "cli/release_check.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cli/observation_file.h"
#include "cli/release_words.h"
#include "node/policy_file.h"

static const char HELP[] =
    "watchfire release check FILE [options]\n"
    "Reads a release policy and says who gets what by it, and where to look again: rules that\n"
    "never decide anything, precision that reveals where sensors stand, sensors that do not "
    "exist.\n"
    "\n"
    "  --sensors FILE  the nation's `sensor` lines, to find groups that name another\n"
    "  --json          one object\n"
    "\n"
    "Exit status: 0 it is a policy and nothing is to be looked at again, 1 it is one and "
    "something\n"
    "is, 2 it is none (file, line, column and what was expected on the standard error).\n";

#define LOOK_AGAIN_MAX (2 * POLICY_RULES_MAX + POLICY_GROUPS_MAX)

/* What a partner gets of one kind, by one rule, from anywhere or from one area. */
struct gift {
    struct nation_id to;
    enum record_kind kind;
    uint32_t rule;
    uint32_t area; /* POLICY_AREAS_MAX = from anywhere */
};

#define GIFTS_MAX (RELEASE_WORDS_NATIONS_MAX * 3 * (POLICY_AREAS_MAX + 1))

struct checked {
    struct policy policy;
    const char *file;
    uint32_t partner_count;
    struct nation_id partners[RELEASE_WORDS_NATIONS_MAX];
    uint32_t gift_count;
    struct gift gifts[GIFTS_MAX];
    bool decides[POLICY_RULES_MAX];
    uint32_t look_again_count;
    char look_again[LOOK_AGAIN_MAX][RELEASE_WORDS_SIZE];
};

/* A launch inside this area alone; inside none of them; or of unknown place. */
static struct region_sides sides_of(const struct policy *p, uint32_t area, bool known)
{
    struct region_sides sides = {{0}};
    for (uint32_t i = 0; known && i < p->area_count; i++) {
        sides.of_area[i] = i == area ? REGION_INSIDE : REGION_OUTSIDE;
    }
    return sides;
}

static void note_gift(struct checked *c, struct nation_id to, enum record_kind kind, uint32_t area,
                      const struct region_sides *sides)
{
    const struct policy *p = &c->policy;
    for (int level = CLASSIFICATION_UNCLASSIFIED; level <= CLASSIFICATION_SECRET; level++) {
        const struct release_decision d =
            release_rules(p, to, kind, (enum classification)level, sides);
        if (d.rule < p->rule_count && (d.why == RELEASE_YES || d.why == RELEASE_WITHHELD)) {
            c->decides[d.rule] = true;
        }
    }
    const struct release_decision d = release_rules(p, to, kind, p->label.classification, sides);
    if (d.why != RELEASE_YES || !label_permits(&p->label, to)) {
        return;
    }
    for (uint32_t i = 0; i < c->gift_count; i++) {
        const struct gift *g = &c->gifts[i];
        if (nation_id_equal(g->to, to) && g->kind == kind && g->rule == d.rule &&
            g->area == POLICY_AREAS_MAX) {
            return; /* goes from anywhere already */
        }
    }
    c->gifts[c->gift_count] = (struct gift){to, kind, d.rule, area};
    c->gift_count++;
}

static void find_gifts(struct checked *c)
{
    const struct policy *p = &c->policy;
    c->partner_count = release_words_partners(p, c->partners);
    for (uint32_t i = 0; i < c->partner_count; i++) {
        for (int kind = RECORD_TRACK; kind <= RECORD_WARNING; kind++) {
            const struct region_sides unknown = sides_of(p, 0, false);
            note_gift(c, c->partners[i], (enum record_kind)kind, POLICY_AREAS_MAX, &unknown);
            for (uint32_t area = 0; area < p->area_count; area++) {
                const struct region_sides sides = sides_of(p, area, true);
                note_gift(c, c->partners[i], (enum record_kind)kind, area, &sides);
            }
        }
    }
}

static void __attribute__((format(printf, 2, 3)))
look_again(struct checked *c, const char *format, ...)
{
    if (c->look_again_count == LOOK_AGAIN_MAX) {
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(c->look_again[c->look_again_count], RELEASE_WORDS_SIZE, format, arguments);
    va_end(arguments);
    c->look_again_count++;
}

static void find_doubts(struct checked *c)
{
    const struct policy *p = &c->policy;
    for (uint32_t i = 0; i < p->rule_count; i++) {
        const struct policy_rule *rule = &p->rules[i];
        if (rule->action == POLICY_RELEASE && rule->kind == RECORD_TRACK &&
            rule->covariance == POLICY_COVARIANCE_EXACT) {
            look_again(c, "rule \"%s\": exact covariances reveal where sensors stand", rule->name);
        }
        if (rule->action != POLICY_WITHHOLD_SENSORS && !c->decides[i]) {
            look_again(c, "rule \"%s\" never decides anything: another one does before it",
                       rule->name);
        }
    }
}

/* Groups that name a sensor which is not in the file: they would keep nothing back. */
static result find_unknown_sensors(struct checked *c, const char *path,
                                   char message[OBSERVATION_FILE_MESSAGE_SIZE])
{
    struct observation_file file;
    TRY(observation_file_read(path, &file, message));
    uint32_t group = 0;
    struct sensor_id sensor;
    if (policy_unknown_sensor(&c->policy, file.sensors, file.sensor_count, &group, &sensor)) {
        look_again(c, "group \"%s\" names the sensor %s, which this nation has not",
                   c->policy.groups[group].name, sensor.text);
    }
    observation_file_free(&file);
    return OK;
}

static void print_partner(const struct checked *c, struct nation_id to)
{
    const struct policy *p = &c->policy;
    char words[RELEASE_WORDS_SIZE];
    bool any = false;
    (void)printf("\n%s gets\n", to.code);
    for (uint32_t i = 0; i < c->gift_count; i++) {
        const struct gift *g = &c->gifts[i];
        if (!nation_id_equal(g->to, to)) {
            continue;
        }
        any = true;
        (void)printf("  %-9s", release_words_kind(g->kind));
        if (g->area < POLICY_AREAS_MAX) {
            (void)printf("of launches from \"%s\": ", p->areas[g->area].name);
        }
        (void)printf("%s, by rule \"%s\"\n", release_words_precision(&p->rules[g->rule], words),
                     p->rules[g->rule].name);
    }
    if (!any) {
        (void)printf("  nothing\n");
    }
    for (uint32_t r = 0; r < p->rule_count; r++) {
        const struct policy_rule *rule = &p->rules[r];
        if (rule->action != POLICY_WITHHOLD_SENSORS || !policy_rule_names(rule, to)) {
            continue;
        }
        for (uint32_t g = 0; g < p->group_count; g++) {
            if ((rule->groups >> g & 1u) != 0) {
                (void)printf("  nothing in which \"%s\" have a part, by rule \"%s\"\n",
                             p->groups[g].name, rule->name);
            }
        }
    }
}

static void print_text(const struct checked *c)
{
    const struct policy *p = &c->policy;
    (void)printf("%s: policy %u of %s. What no rule releases is withheld.\n", c->file, p->number,
                 p->owner.code);
    (void)printf("Its records are %s, releasable to", classification_text(p->label.classification));
    for (uint32_t i = 0; i < p->label.releasable_count; i++) {
        (void)printf("%s %s", i > 0 ? "," : "", p->label.releasable_to[i].code);
    }
    (void)printf("%s.\n", p->label.releasable_count == 0 ? " nobody" : "");
    for (uint32_t i = 0; i < c->partner_count; i++) {
        print_partner(c, c->partners[i]);
    }
    (void)printf("\nAny other nation gets nothing.\n");
    if (c->look_again_count > 0) {
        (void)printf("\nLook again:\n");
    }
    for (uint32_t i = 0; i < c->look_again_count; i++) {
        (void)printf("  %s\n", c->look_again[i]);
    }
}

static json_t *gift_json(const struct policy *p, const struct gift *g)
{
    const struct policy_rule *rule = &p->rules[g->rule];
    const bool exact = rule->covariance == POLICY_COVARIANCE_EXACT;
    return json_pack("{ss ss so ss ss sf sf sf so}", "to", g->to.code, "record",
                     release_words_kind(g->kind), "launches_from",
                     g->area < POLICY_AREAS_MAX ? json_string(p->areas[g->area].name) : json_null(),
                     "rule", rule->name, "precision",
                     g->kind != RECORD_TRACK ? "as it is"
                     : exact                 ? "exact"
                                             : "outer bound",
                     "coarsen_position_m", rule->coarsen_position_m, "coarsen_time_s",
                     rule->coarsen_time_s, "delay_s", rule->delay_s, "onward_to",
                     release_words_nations(rule->onward, rule->onward_count));
}

static int print_json(const struct checked *c)
{
    const struct policy *p = &c->policy;
    json_t *gifts = json_array();
    json_t *again = json_array();
    for (uint32_t i = 0; i < c->gift_count; i++) {
        json_array_append_new(gifts, gift_json(p, &c->gifts[i]));
    }
    for (uint32_t i = 0; i < c->look_again_count; i++) {
        json_array_append_new(again, json_string(c->look_again[i]));
    }
    json_t *object =
        json_pack("{ss si ss so so so}", "owner", p->owner.code, "number", (int)p->number,
                  "classification", classification_text(p->label.classification), "releasable_to",
                  release_words_nations(p->label.releasable_to, p->label.releasable_count), "gets",
                  gifts, "look_again", again);
    return release_words_print(object, c->look_again_count > 0 ? 1 : 0);
}

int release_check(int argc, char **argv)
{
    static struct checked checked;
    const char *sensors = NULL;
    bool json = false;
    int status = 0;
    const struct release_option options[] = {{"sensors", &sensors, NULL}, {"json", NULL, &json}};
    if (!release_words_options(HELP, options, 2, argc, argv, &status)) {
        return status;
    }
    if (optind + 1 != argc) {
        return release_words_fail("check", "expected one policy file; see --help");
    }
    char message[YAML_MESSAGE_SIZE];
    char sensors_message[OBSERVATION_FILE_MESSAGE_SIZE];
    memset(&checked, 0, sizeof checked);
    checked.file = argv[optind];
    if (policy_file_read(checked.file, &checked.policy, message) != OK) {
        return release_words_fail("check", message);
    }
    find_gifts(&checked);
    find_doubts(&checked);
    if (sensors != NULL && find_unknown_sensors(&checked, sensors, sensors_message) != OK) {
        return release_words_fail("check", sensors_message);
    }
    if (json) {
        return print_json(&checked);
    }
    print_text(&checked);
    return checked.look_again_count > 0 ? 1 : 0;
}
