/* What was really decided, out of a journal, with its proof: for `release explain --journal` and
 * `release verify PROOF`. */
#ifndef WATCHFIRE_CLI_RELEASE_PROOF_H
#define WATCHFIRE_CLI_RELEASE_PROOF_H

#include <stdbool.h>

/* Which decision; texts as given on the command line. */
struct release_proof_question {
    const char *journal;
    const char *record; /* track, notice or warning */
    const char *to;
    const char *event; /* NULL = of any */
    const char *at;    /* NULL = at any time; else the first from this time on */
    const char *file;  /* where the proof goes; NULL = nowhere */
    bool json;
};

/* Prints the decision and writes its proof. Exit status as of `release explain`. */
int release_proof_explain(const struct release_proof_question *q);

int release_verify(int argc, char **argv);

#endif
