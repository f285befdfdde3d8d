/* The words in which release policies are told to officers, and the parts of JSON that go with
 * them. */
#ifndef WATCHFIRE_CLI_RELEASE_WORDS_H
#define WATCHFIRE_CLI_RELEASE_WORDS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "share/policy.h"
#include "share/release.h"

#define RELEASE_WORDS_SIZE 640
/* 2 = wrong use or bad input. */
#define RELEASE_BAD 2
#define RELEASE_OPTIONS_MAX 13

/* An option of a verb: one of `text` and `flag` is where it goes, the other NULL. */
struct release_option {
    const char *name;
    const char **text;
    bool *flag;
};

/* Reads the options of a verb, at most RELEASE_OPTIONS_MAX; getopt's `optind` is then where its
 * other words begin. False if the verb ends here with *status: help was wanted, or what is no
 * option of it was complained of. */
bool release_words_options(const char *help, const struct release_option *options, size_t count,
                           int argc, char **argv, int *status);

/* "watchfire release VERB: MESSAGE" on the standard error; gives RELEASE_BAD. */
int release_words_fail(const char *verb, const char *message);

/* "tracks", "notices", "warnings". */
const char *release_words_kind(enum record_kind kind);

/* How precisely a rule lets go: "outer bound and errors within it, offset by up to 2 km, 20 s
 * late". Returns out. */
const char *release_words_precision(const struct policy_rule *rule, char out[RELEASE_WORDS_SIZE]);

/* The names of the areas whose bits are set: "the north, Sinpo". Returns out. */
const char *release_words_areas(const struct policy *p, uint32_t areas,
                                char out[RELEASE_WORDS_SIZE]);

/* Why a record goes or does not, as one clause: "no rule releases it". Static storage. */
const char *release_words_why(enum release_why why);

/* The nation codes as a JSON list. The caller owns it. */
json_t *release_words_nations(const struct nation_id *nations, uint32_t count);

/* Every nation that the policy names, each once, as it names them. At most
 * RELEASE_WORDS_NATIONS_MAX. */
#define RELEASE_WORDS_NATIONS_MAX (LABEL_NATIONS_MAX * (POLICY_RULES_MAX + 1))
uint32_t release_words_partners(const struct policy *p,
                                struct nation_id out[RELEASE_WORDS_NATIONS_MAX]);

/* Prints the object on a line of the standard output and frees it; gives `status`. */
int release_words_print(json_t *object, int status);

#endif
