#include "node/policy_file.h"

#include <stdio.h>
#include <string.h>

#include "node/yaml.h"

static const char *const kinds[] = {"tracks", "notices", "warnings", NULL};
static const char *const precisions[] = {"outer bound", "exact", NULL};

static enum classification read_classification(struct yaml value)
{
    const char *names[CLASSIFICATION_SECRET + 1] = {NULL};
    for (int i = CLASSIFICATION_UNCLASSIFIED; i <= CLASSIFICATION_SECRET; i++) {
        names[i - CLASSIFICATION_UNCLASSIFIED] = classification_text((enum classification)i);
    }
    return (enum classification)(CLASSIFICATION_UNCLASSIFIED + yaml_choice(value, names));
}

/* A list of other nations, each once. */
static uint32_t read_nations(struct yaml list, struct nation_id owner,
                             struct nation_id out[LABEL_NATIONS_MAX])
{
    const uint32_t count = yaml_list(list, 1, LABEL_NATIONS_MAX);
    struct yaml item = yaml_item(list, 0);
    for (uint32_t i = 0; i < count; i++, item = yaml_next(item)) {
        out[i] = yaml_nation(item);
        if (nation_id_equal(out[i], owner)) {
            yaml_refuse(item, "another nation than the owner");
        }
        for (uint32_t k = 0; k < i; k++) {
            if (nation_id_equal(out[k], out[i])) {
                yaml_refuse(item, "each nation once");
            }
        }
    }
    return count;
}

void policy_file_read_shape(struct yaml map, struct policy_area *area)
{
    const struct yaml corners = yaml_may(map, "corners");
    if (!yaml_given(corners)) {
        area->corner_count = 1;
        area->corners[0] = yaml_place(yaml_need(map, "centre"));
        area->radius_m = yaml_number(yaml_need(map, "radius"), YAML_LENGTH, 1e3, 3000e3);
        return;
    }
    area->corner_count = yaml_list(corners, 3, POLICY_CORNERS_MAX);
    struct yaml item = yaml_item(corners, 0);
    for (uint32_t i = 0; i < area->corner_count; i++, item = yaml_next(item)) {
        area->corners[i] = yaml_place(item);
    }
}

static void read_area(struct yaml map, struct policy_area *area)
{
    yaml_text(yaml_need(map, "area"), area->name, sizeof area->name);
    policy_file_read_shape(map, area);
}

static void read_areas(struct yaml list, struct policy *policy)
{
    policy->area_count = yaml_list(list, 1, POLICY_AREAS_MAX);
    struct yaml item = yaml_item(list, 0);
    for (uint32_t i = 0; i < policy->area_count; i++, item = yaml_next(item)) {
        read_area(item, &policy->areas[i]);
        for (uint32_t k = 0; k < i; k++) {
            if (strcmp(policy->areas[k].name, policy->areas[i].name) == 0) {
                yaml_refuse(yaml_may(item, "area"), "each area once");
            }
        }
    }
}

static void read_groups(struct yaml list, struct policy *policy)
{
    policy->group_count = yaml_list(list, 1, POLICY_GROUPS_MAX);
    struct yaml item = yaml_item(list, 0);
    for (uint32_t i = 0; i < policy->group_count; i++, item = yaml_next(item)) {
        struct policy_group *group = &policy->groups[i];
        yaml_text(yaml_need(item, "group"), group->name, sizeof group->name);
        for (uint32_t k = 0; k < i; k++) {
            if (strcmp(policy->groups[k].name, group->name) == 0) {
                yaml_refuse(yaml_may(item, "group"), "each group once");
            }
        }
        const struct yaml sensors = yaml_need(item, "sensors");
        group->sensor_count = yaml_list(sensors, 1, POLICY_GROUP_SENSORS_MAX);
        struct yaml sensor = yaml_item(sensors, 0);
        for (uint32_t k = 0; k < group->sensor_count; k++, sensor = yaml_next(sensor)) {
            group->sensors[k] = yaml_sensor(sensor);
        }
    }
}

/* A list of names of areas or groups as bits. `names` are the names, each POLICY_NAME_SIZE bytes
 * and `stride` apart. */
static uint32_t read_names(struct yaml list, const char *names, size_t stride, uint32_t count,
                           const char *expected)
{
    uint32_t bits = 0;
    const uint32_t listed = yaml_list(list, 1, 32);
    struct yaml item = yaml_item(list, 0);
    for (uint32_t i = 0; i < listed; i++, item = yaml_next(item)) {
        char name[POLICY_NAME_SIZE];
        yaml_text(item, name, sizeof name);
        uint32_t at = 0;
        while (at < count && strcmp(names + at * stride, name) != 0) {
            at++;
        }
        if (at == count) {
            yaml_refuse(item, expected);
            return 0;
        }
        bits |= 1u << at;
    }
    return bits;
}

/* A rule says "release: tracks", "withhold: tracks" or "withhold sensors: [a group]", one of the
 * three. */
static void read_action(struct yaml map, const struct policy *policy, struct policy_rule *rule)
{
    const struct yaml release = yaml_may(map, "release");
    const struct yaml withhold = yaml_may(map, "withhold");
    const struct yaml sensors = yaml_may(map, "withhold sensors");
    if (yaml_given(release) + yaml_given(withhold) + yaml_given(sensors) != 1) {
        yaml_refuse(map, "one of \"release\", \"withhold\" and \"withhold sensors\" in each rule");
    }
    if (yaml_given(sensors)) {
        rule->action = POLICY_WITHHOLD_SENSORS;
        rule->groups = read_names(sensors, policy->groups[0].name, sizeof policy->groups[0],
                                  policy->group_count, "a group that is defined under groups");
        return;
    }
    rule->action = yaml_given(release) ? POLICY_RELEASE : POLICY_WITHHOLD;
    rule->kind = (enum record_kind)(RECORD_TRACK +
                                    yaml_choice(yaml_given(release) ? release : withhold, kinds));
    const struct yaml areas = yaml_may(map, "of launches from");
    if (yaml_given(areas)) {
        rule->areas = read_names(areas, policy->areas[0].name, sizeof policy->areas[0],
                                 policy->area_count, "an area that is defined under areas");
    }
}

/* How precisely: of tracks alone, and only where they are released. */
static void read_precision(struct yaml map, struct policy_rule *rule)
{
    const struct yaml precision = yaml_need(map, "precision");
    rule->covariance = (enum policy_covariance)(POLICY_COVARIANCE_OUTER_BOUND +
                                                yaml_choice(precision, precisions));
    const struct yaml coarsen = yaml_may(map, "coarsen position");
    rule->coarsen_position_m = yaml_number_or(coarsen, YAML_LENGTH, 0.0, 500e3, 0.0);
    if (rule->covariance == POLICY_COVARIANCE_EXACT && rule->coarsen_position_m > 0.0) {
        /* It would be a lie about the error. */
        yaml_refuse(coarsen, "no coarsening beside an exact covariance");
    }
}

/* A rule that cannot apply to the records of this very policy is a slip, and a slip in a rule that
 * withholds would give away what its author meant to keep. */
static void check_nations(struct yaml list, const struct label *label,
                          const struct nation_id *nations, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (!label_permits(label, nations[i])) {
            yaml_refuse(list, "nations that the label is releasable to: no other gets anything");
            return;
        }
    }
}

static void read_release(struct yaml map, const struct label *label, struct policy_rule *rule)
{
    if (rule->kind == RECORD_TRACK) {
        read_precision(map, rule);
    }
    rule->coarsen_time_s =
        yaml_number_or(yaml_may(map, "coarsen time"), YAML_TIME, 0.0, 600.0, 0.0);
    rule->delay_s = yaml_number_or(yaml_may(map, "delay"), YAML_TIME, 0.0, 3600.0, 0.0);
    const struct yaml onward = yaml_may(map, "onward to");
    if (yaml_given(onward)) {
        rule->onward_count = read_nations(onward, label->owner, rule->onward);
        check_nations(onward, label, rule->onward, rule->onward_count);
    }
}

static void read_rule(struct yaml map, const struct policy *policy, struct policy_rule *rule)
{
    const struct label *label = &policy->label;
    yaml_text(yaml_need(map, "rule"), rule->name, sizeof rule->name);
    read_action(map, policy, rule);
    const bool sensors = rule->action == POLICY_WITHHOLD_SENSORS;
    const struct yaml to = yaml_need(map, sensors ? "from" : "to");
    rule->to_count = read_nations(to, label->owner, rule->to);
    check_nations(to, label, rule->to, rule->to_count);
    if (sensors) {
        return;
    }
    const struct yaml up_to = yaml_may(map, "up to");
    const bool all = rule->action == POLICY_WITHHOLD && !yaml_given(up_to);
    rule->classification_max =
        all ? CLASSIFICATION_SECRET : read_classification(yaml_need(map, "up to"));
    if (rule->classification_max < label->classification) {
        yaml_refuse(up_to, "at least the label's classification: else the rule never applies");
    }
    if (rule->action == POLICY_RELEASE) {
        read_release(map, label, rule);
    }
}

static void read_label(struct yaml map, struct policy *policy)
{
    policy->label.owner = policy->owner;
    policy->label.classification = read_classification(yaml_need(map, "classification"));
    const struct yaml to = yaml_may(map, "releasable to");
    if (yaml_given(to)) {
        policy->label.releasable_count =
            read_nations(to, policy->owner, policy->label.releasable_to);
    }
}

static void read_policy(struct yaml map, struct policy *policy)
{
    static const char *const defaults[] = {"withhold", NULL};
    policy->owner = yaml_nation(yaml_need(map, "owner"));
    policy->number = yaml_whole(yaml_need(map, "number"), 1, UINT32_MAX);
    /* There is only one default; it must be written down, so that whoever reads the file knows. */
    (void)yaml_choice(yaml_need(map, "default"), defaults);
    read_label(yaml_need(map, "label"), policy);
    const struct yaml areas = yaml_may(map, "areas");
    const struct yaml groups = yaml_may(map, "groups");
    if (yaml_given(areas)) {
        read_areas(areas, policy);
    }
    if (yaml_given(groups)) {
        read_groups(groups, policy);
    }
    const struct yaml rules = yaml_need(map, "rules");
    policy->rule_count = yaml_list(rules, 0, POLICY_RULES_MAX);
    struct yaml item = yaml_item(rules, 0);
    for (uint32_t i = 0; i < policy->rule_count; i++, item = yaml_next(item)) {
        read_rule(item, policy, &policy->rules[i]);
    }
    uint32_t rule = 0;
    if (policy_check(policy, &rule) == ERR_FULL) {
        yaml_refuse(rules, "at most four different sets of sensors that partners are left with: "
                           "each is tracked by itself");
    }
}

static result finish(struct yaml_tree *tree, result status, struct policy *out,
                     char message[YAML_MESSAGE_SIZE])
{
    struct policy policy = {0};
    if (status == OK) {
        read_policy(yaml_root(tree), &policy);
        status = yaml_finish(tree);
        yaml_tree_free(tree);
    }
    if (status != OK) {
        (void)snprintf(message, YAML_MESSAGE_SIZE, "%s", tree->message);
        return status;
    }
    *out = policy;
    return OK;
}

result policy_file_read(const char *path, struct policy *out, char message[YAML_MESSAGE_SIZE])
{
    struct yaml_tree tree;
    return finish(&tree, yaml_tree_read_file(&tree, path), out, message);
}

result policy_file_parse(const char *name, struct bytes text, struct policy *out,
                         char message[YAML_MESSAGE_SIZE])
{
    struct yaml_tree tree;
    return finish(&tree, yaml_tree_read(&tree, name, text), out, message);
}

result policy_file_match(const char *name, const struct policy *policy,
                         const struct sensor *sensors, uint32_t count,
                         char message[YAML_MESSAGE_SIZE])
{
    uint32_t group = 0;
    struct sensor_id unknown;
    if (!policy_unknown_sensor(policy, sensors, count, &group, &unknown)) {
        return OK;
    }
    (void)snprintf(message, YAML_MESSAGE_SIZE,
                   "%s: groups: found the sensor \"%s\" in the group \"%s\"; expected sensors "
                   "that %s has: a misspelt name would keep nothing back",
                   name, unknown.text, policy->groups[group].name, policy->owner.code);
    return ERR_NOT_FOUND;
}
