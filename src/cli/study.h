/* A benchmark that flies one scenario once a seed: FILE, --seeds, --json, --help, progress on a
 * terminal, errors. */
#ifndef WATCHFIRE_CLI_STUDY_H
#define WATCHFIRE_CLI_STUDY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/result.h"
#include "sim/scenario.h"

struct study {
    const char *name;     /* of the benchmark */
    const char *file;     /* if none is named */
    unsigned long seeds;  /* 1 to this if not told */
    const char *expected; /* what open's error means */
    void (*print_help)(void);
    result (*open)(const struct scenario *s, uint32_t runs, void **study);
    result (*fly)(void *study, uint64_t seed);
    void (*print)(const struct scenario *s, const void *study, bool json);
    void (*close)(void *study);
};

/* The exit status: 0, or 2 with a message on the standard error. */
int study_run(const struct study *what, int argc, char **argv);

#endif
