/* The end of an exercise: the table "alone and shared" for people, the report in JSON for
 * machines. */
#ifndef WATCHFIRE_CLI_REPORT_H
#define WATCHFIRE_CLI_REPORT_H

#include <stdio.h>

#include "base/result.h"
#include "cli/score.h"

struct report {
    const struct play *play; /* the shared run, finished */
    uint64_t seed;
    struct score *shared;
    const struct score *alone;
};

/* Writes the report of DESIGN section 7, wholly or not at all. ERR_IO; `message` says why. */
MUST_USE result report_write(const struct report *report, const char *path, char *message,
                             size_t message_size);

/* Prints the table. */
void report_print(const struct report *report, FILE *out);

#endif
