#include "node/policy_file.h"

#include <stdio.h>

#include "node/yaml.h"

static const char *const classifications[] = {"UNCLASSIFIED", "RESTRICTED", "CONFIDENTIAL",
                                              "SECRET", NULL};
static const char *const kinds[] = {"tracks", "notices", "warnings", NULL};
static const char *const precisions[] = {"outer bound", "exact", NULL};

static enum classification read_classification(struct yaml value)
{
    return (enum classification)(CLASSIFICATION_UNCLASSIFIED + yaml_choice(value, classifications));
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

/* A rule says "release: tracks" or "withhold: tracks", one of the two. */
static void read_action(struct yaml map, struct policy_rule *rule)
{
    const struct yaml release = yaml_may(map, "release");
    const struct yaml withhold = yaml_may(map, "withhold");
    if (yaml_given(release) == yaml_given(withhold)) {
        yaml_refuse(map, "either \"release\" or \"withhold\" in each rule");
    }
    rule->action = yaml_given(release) ? POLICY_RELEASE : POLICY_WITHHOLD;
    rule->kind = (enum record_kind)(RECORD_TRACK +
                                    yaml_choice(yaml_given(release) ? release : withhold, kinds));
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
static void check_rule(struct yaml map, const struct label *label, const struct policy_rule *rule)
{
    for (uint32_t i = 0; i < rule->to_count; i++) {
        if (!label_permits(label, rule->to[i])) {
            yaml_refuse(yaml_may(map, "to"),
                        "nations that the label is releasable to: no other gets anything");
            return;
        }
    }
    if (rule->classification_max < label->classification) {
        yaml_refuse(yaml_may(map, "up to"),
                    "at least the label's classification: else the rule never applies");
    }
}

static void read_rule(struct yaml map, const struct label *label, struct policy_rule *rule)
{
    const struct nation_id owner = label->owner;
    yaml_text(yaml_need(map, "rule"), rule->name, sizeof rule->name);
    read_action(map, rule);
    rule->to_count = read_nations(yaml_need(map, "to"), owner, rule->to);
    const struct yaml up_to = yaml_may(map, "up to");
    const bool all = rule->action == POLICY_WITHHOLD && !yaml_given(up_to);
    rule->classification_max =
        all ? CLASSIFICATION_SECRET : read_classification(yaml_need(map, "up to"));
    check_rule(map, label, rule);
    if (rule->action == POLICY_RELEASE) {
        if (rule->kind == RECORD_TRACK) {
            read_precision(map, rule);
        }
        rule->coarsen_time_s =
            yaml_number_or(yaml_may(map, "coarsen time"), YAML_TIME, 0.0, 600.0, 0.0);
        rule->delay_s = yaml_number_or(yaml_may(map, "delay"), YAML_TIME, 0.0, 3600.0, 0.0);
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
    const struct yaml rules = yaml_need(map, "rules");
    policy->rule_count = yaml_list(rules, 0, POLICY_RULES_MAX);
    struct yaml item = yaml_item(rules, 0);
    for (uint32_t i = 0; i < policy->rule_count; i++, item = yaml_next(item)) {
        read_rule(item, &policy->label, &policy->rules[i]);
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
