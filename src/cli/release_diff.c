#include "cli/release_diff.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>

#include "cli/release_words.h"
#include "node/policy_file.h"
#include "share/policy_compare.h"

static const char HELP[] =
    "watchfire release diff OLD NEW [--json]\n"
    "Compares two release policies of one nation, case by case: what goes by one of them and not\n"
    "by the other, to whom, from where, how precisely. `+` is gained, `-` is lost. Exact\n"
    "covariances are marked: they reveal sensor geometry.\n"
    "\n"
    "Exit status: 0 nobody gains anything (one officer's signature is enough for NEW), 1 someone\n"
    "does, or it cannot be proved that nobody does (two must sign), 2 wrong use or bad input.\n";

static const char *rule_name(const struct policy *p, uint32_t rule)
{
    return rule < p->rule_count ? p->rules[rule].name : "no rule";
}

/* What the change is about, in words. */
static void say_subject(const struct policy_change *c)
{
    switch (c->kind) {
    case POLICY_CHANGE_SENSORS:
        (void)printf("what %s sees", c->sensor.text);
        return;
    case POLICY_CHANGE_ONWARD:
        (void)printf("leave to pass on %s to %s", release_words_kind(c->record), c->onward.code);
        return;
    case POLICY_CHANGE_RECORDS:
        (void)printf("%s", release_words_kind(c->record));
        break;
    case POLICY_CHANGE_PRECISION:
        (void)printf("precision or haste of %s", release_words_kind(c->record));
        break;
    case POLICY_CHANGE_GEOMETRY:
        (void)printf("exact covariances of %s (REVEALS SENSOR GEOMETRY)",
                     release_words_kind(c->record));
        break;
    }
    (void)printf(" from %s up", classification_text(c->classification));
}

static void say_change(const struct policy *before, const struct policy *after,
                       const struct policy_change *c)
{
    char areas[RELEASE_WORDS_SIZE];
    (void)printf("%c %s %s ", c->gains ? '+' : '-', c->to.code, c->gains ? "gains" : "loses");
    say_subject(c);
    const struct policy *of = c->gains ? after : before;
    const uint32_t in = c->gains ? c->new_areas : c->old_areas;
    if (c->kind != POLICY_CHANGE_SENSORS && in != 0) {
        (void)printf(", of launches from %s", release_words_areas(of, in, areas));
    } else if (c->kind != POLICY_CHANGE_SENSORS && before->area_count + after->area_count > 0) {
        (void)printf(", of launches from elsewhere or not known from where");
    }
    if (c->kind != POLICY_CHANGE_SENSORS) {
        (void)printf("\n    before: %s; after: %s", rule_name(before, c->old_rule),
                     rule_name(after, c->new_rule));
    }
    (void)printf("\n");
}

static const char *verdict(const struct policy_comparison *c)
{
    if (!c->widens && !c->narrows) {
        return "No difference in what goes to whom.";
    }
    return c->widens ? "Someone gains: two release officers must sign it."
                     : "Nobody gains: one release officer's signature is enough.";
}

static json_t *change_json(const struct policy *before, const struct policy *after,
                           const struct policy_change *c)
{
    const struct policy *of = c->gains ? after : before;
    char areas[RELEASE_WORDS_SIZE];
    json_t *change =
        json_pack("{ss sb ss ss ss ss ss}", "change", policy_change_text(c->kind), "gains",
                  (int)c->gains, "to", c->to.code, "record", release_words_kind(c->record),
                  "before", rule_name(before, c->old_rule), "after", rule_name(after, c->new_rule),
                  "areas", release_words_areas(of, c->gains ? c->new_areas : c->old_areas, areas));
    if (c->kind == POLICY_CHANGE_SENSORS) {
        json_object_set_new(change, "sensor", json_string(c->sensor.text));
    }
    if (c->kind == POLICY_CHANGE_ONWARD) {
        json_object_set_new(change, "onward", json_string(c->onward.code));
    }
    return change;
}

static int print_json(const struct policy *before, const struct policy *after,
                      const struct policy_comparison *c)
{
    json_t *changes = json_array();
    for (uint32_t i = 0; i < c->count; i++) {
        json_array_append_new(changes, change_json(before, after, &c->changes[i]));
    }
    json_t *object = json_pack("{ss si si sb sb sb si so}", "owner", after->owner.code, "old",
                               (int)before->number, "new", (int)after->number, "widens",
                               (int)c->widens, "narrows", (int)c->narrows, "complete",
                               (int)c->complete, "officers", c->widens ? 2 : 1, "changes", changes);
    return release_words_print(object, c->widens ? 1 : 0);
}

static int print_text(const struct policy *before, const struct policy *after,
                      const struct policy_comparison *c)
{
    (void)printf("%s: from policy %u to policy %u\n", after->owner.code, before->number,
                 after->number);
    for (uint32_t i = 0; i < c->count; i++) {
        say_change(before, after, &c->changes[i]);
    }
    if (!c->complete) {
        (void)printf("… and more changes than the %d that are listed.\n", POLICY_CHANGES_MAX);
    }
    (void)printf("%s\n", verdict(c));
    if (after->number <= before->number) {
        (void)printf("NEW has the number %u: no node takes it over policy %u.\n", after->number,
                     before->number);
    }
    return c->widens ? 1 : 0;
}

int release_diff(int argc, char **argv)
{
    static struct policy before;
    static struct policy after;
    static struct policy_comparison comparison;
    bool json = false;
    int status = 0;
    const struct release_option options[] = {{"json", NULL, &json}};
    if (!release_words_options(HELP, options, 1, argc, argv, &status)) {
        return status;
    }
    if (optind + 2 != argc) {
        return release_words_fail("diff", "expected two policy files, OLD and NEW; see --help");
    }
    char message[YAML_MESSAGE_SIZE];
    if (policy_file_read(argv[optind], &before, message) != OK ||
        policy_file_read(argv[optind + 1], &after, message) != OK) {
        return release_words_fail("diff", message);
    }
    if (!nation_id_equal(before.owner, after.owner)) {
        (void)snprintf(message, sizeof message, "OLD is %s's and NEW %s's: expected one nation's",
                       before.owner.code, after.owner.code);
        return release_words_fail("diff", message);
    }
    policy_compare(&before, &after, &comparison);
    return json ? print_json(&before, &after, &comparison)
                : print_text(&before, &after, &comparison);
}
