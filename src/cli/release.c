#include "cli/release.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "cli/release_check.h"
#include "cli/release_diff.h"
#include "cli/release_explain.h"
#include "cli/release_label.h"
#include "cli/release_proof.h"
#include "cli/release_replay.h"
#include "cli/release_sign.h"
#include "cli/release_words.h"

struct verb {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *what;
};

static const struct verb VERBS[] = {
    {"check", release_check, "FILE: is it a policy, and who gets what by it?"},
    {"explain", release_explain, "RECORD --to NATION: which rule decides, and what is hidden?"},
    {"diff", release_diff, "OLD NEW: who gains what, and who loses what?"},
    {"replay", release_replay, "JOURNAL --policy NEW --to NATION: what would they have received?"},
    {"label", release_label, "FILE.xml: whom does this ADatP-4774 label permit? Or --of POLICY"},
    {"verify", release_verify, "PROOF: did they decide that? What explain --proof wrote"},
    {"sign", release_sign, "NEW --officer KEY: a release officer's consent to it"},
};

enum { VERB_COUNT = sizeof VERBS / sizeof VERBS[0] };

static void print_help(FILE *out)
{
    (void)fprintf(out, "watchfire release VERB …\n"
                       "What a nation's release policy gives to whom. docs/policy.md has the "
                       "language.\n\n");
    for (size_t i = 0; i < VERB_COUNT; i++) {
        (void)fprintf(out, "  %-9s%s\n", VERBS[i].name, VERBS[i].what);
    }
    (void)fprintf(out, "\nwatchfire release VERB --help says more.\n");
}

int cli_release(int argc, char **argv)
{
    for (size_t i = 0; argc >= 2 && i < VERB_COUNT; i++) {
        if (strcmp(argv[1], VERBS[i].name) == 0) {
            return VERBS[i].run(argc - 1, argv + 1);
        }
    }
    const int asked = argc >= 2 && strcmp(argv[1], "--help") == 0;
    print_help(asked ? stdout : stderr);
    return asked ? 0 : RELEASE_BAD;
}
