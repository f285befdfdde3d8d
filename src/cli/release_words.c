#include "cli/release_words.h"

#include <assert.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli/json_out.h"

bool release_words_options(const char *help, const struct release_option *options, size_t count,
                           int argc, char **argv, int *status)
{
    enum { WANTED = '?' + 1, FIRST };
    struct option table[RELEASE_OPTIONS_MAX + 2] = {{"help", no_argument, NULL, WANTED}};
    assert(count <= RELEASE_OPTIONS_MAX);
    for (size_t i = 0; i < count; i++) {
        const int takes = options[i].text != NULL ? required_argument : no_argument;
        table[i + 1] = (struct option){options[i].name, takes, NULL, FIRST + (int)i};
    }
    int found = 0;
    while ((found = getopt_long(argc, argv, "", table, NULL)) >= FIRST) {
        const struct release_option *option = &options[found - FIRST];
        if (option->text != NULL) {
            *option->text = optarg;
        } else {
            *option->flag = true;
        }
    }
    if (found == WANTED) {
        (void)fputs(help, stdout);
    }
    *status = found == WANTED ? 0 : RELEASE_BAD;
    return found == -1;
}

int release_words_fail(const char *verb, const char *message)
{
    (void)fprintf(stderr, "watchfire release %s: %s\n", verb, message);
    return RELEASE_BAD;
}

const char *release_words_kind(enum record_kind kind)
{
    static const char *const TEXTS[RECORD_KIND_COUNT] = {"nothing", "tracks", "notices",
                                                         "warnings"};
    return (unsigned)kind < RECORD_KIND_COUNT ? TEXTS[kind] : TEXTS[0];
}

static void __attribute__((format(printf, 2, 3))) add(char *out, const char *format, ...)
{
    const size_t size = strlen(out);
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(out + size, RELEASE_WORDS_SIZE - size, format, arguments);
    va_end(arguments);
}

const char *release_words_precision(const struct policy_rule *rule, char out[RELEASE_WORDS_SIZE])
{
    out[0] = '\0';
    if (rule->kind == RECORD_TRACK) {
        add(out, "%s",
            rule->covariance == POLICY_COVARIANCE_EXACT ? "EXACT, REVEALS SENSOR GEOMETRY"
                                                        : "outer bound and errors within it");
    } else {
        add(out, "as it is");
    }
    if (rule->coarsen_position_m > 0.0) {
        add(out, ", offset by up to %g km", rule->coarsen_position_m / 1e3);
    }
    if (rule->coarsen_time_s > 0.0) {
        add(out, ", times by up to %g s", rule->coarsen_time_s);
    }
    if (rule->delay_s > 0.0) {
        add(out, ", %g s late", rule->delay_s);
    }
    for (uint32_t i = 0; i < rule->onward_count; i++) {
        add(out, "%s%s", i == 0 ? ", may be passed on to " : " and ", rule->onward[i].code);
    }
    return out;
}

const char *release_words_areas(const struct policy *p, uint32_t areas,
                                char out[RELEASE_WORDS_SIZE])
{
    out[0] = '\0';
    for (uint32_t i = 0; i < p->area_count; i++) {
        if ((areas >> i & 1u) != 0) {
            add(out, "%s%s", out[0] == '\0' ? "" : ", ", p->areas[i].name);
        }
    }
    return out;
}

const char *release_words_why(enum release_why why)
{
    static const char *const TEXTS[RELEASE_WHY_COUNT] = {
        [RELEASE_YES] = "the rule releases it",
        [RELEASE_NOT_OWN] = "it is another nation's",
        [RELEASE_NO_LABEL] = "its label does not name the partner, or has no classification",
        [RELEASE_NO_RULE] = "no rule releases it",
        [RELEASE_CLASSIFICATION] = "it is classified more highly than the rule allows",
        [RELEASE_WITHHELD] = "a rule withholds it",
        [RELEASE_DELAYED] = "the rule's delay has not passed",
        [RELEASE_OFF_GRID] = "its state is not on a whole second",
        [RELEASE_INVALID] = "it is not a valid record",
        [RELEASE_NUMERIC] = "no outer bound of its covariance could be proved",
        [RELEASE_AREA] = "the launch is not known to be from an area that a rule names",
        [RELEASE_SENSORS] = "a sensor that the partner may not have has a part in it",
        [RELEASE_HELD] = "an officer holds it",
    };
    return (unsigned)why < RELEASE_WHY_COUNT ? TEXTS[why] : "unknown";
}

json_t *release_words_nations(const struct nation_id *nations, uint32_t count)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < count; i++) {
        json_array_append_new(list, json_string(nations[i].code));
    }
    return list;
}

static uint32_t note_nation(struct nation_id *out, uint32_t count, struct nation_id nation)
{
    for (uint32_t i = 0; i < count; i++) {
        if (nation_id_equal(out[i], nation)) {
            return count;
        }
    }
    out[count] = nation;
    return count + 1;
}

uint32_t release_words_partners(const struct policy *p,
                                struct nation_id out[RELEASE_WORDS_NATIONS_MAX])
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < p->label.releasable_count; i++) {
        count = note_nation(out, count, p->label.releasable_to[i]);
    }
    for (uint32_t r = 0; r < p->rule_count; r++) {
        for (uint32_t i = 0; i < p->rules[r].to_count; i++) {
            count = note_nation(out, count, p->rules[r].to[i]);
        }
    }
    return count;
}

int release_words_print(json_t *object, int status)
{
    return json_out(object, JSON_COMPACT | JSON_REAL_PRECISION(12), "release", status);
}
