/* A benchmark that flies one scenario once a seed: FILE, --seeds, --json, --help, progress on a
 * terminal, errors. It is used so:
 *
 *   if (!study_begin(&study, argc, argv)) {
 *       return study.status;
 *   }
 *   ...open what gathers the flights, or return study_fail(...)
 *   while (study_next(&study)) {
 *       study_flown(&study, ...fly study.seed of study.scenario...);
 *   }
 *   if (study.status == 0) {
 *       ...print it, as JSON if study.json...
 *   }
 *   ...close it
 *   return study_end(&study); */
#ifndef WATCHFIRE_CLI_STUDY_H
#define WATCHFIRE_CLI_STUDY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/result.h"
#include "cli/seeds.h"
#include "sim/scenario.h"

/* The caller sets name, help, file and seeds; the rest is for reading. */
struct study {
    const char *name;   /* of the benchmark */
    const char *help;   /* what --help prints */
    const char *file;   /* of the scenario, if none is named */
    struct seeds seeds; /* if not told */
    bool json;
    int status;                /* the exit status so far: 0, or 2 after an error */
    struct scenario *scenario; /* belongs to the study */
    uint32_t runs;             /* how many seeds */
    uint32_t flown;            /* of these */
    uint64_t seed;             /* of the flight that study_next said to fly */
};

/* Reads arguments and scenario. False if nothing is to be flown: help was asked for, or an error
 * was told; study_end is then not due. */
bool study_begin(struct study *s, int argc, char **argv);

/* False after the last seed, and after an error. */
bool study_next(struct study *s);

/* How the flight went; tells an error. */
void study_flown(struct study *s, result r);

/* Tells the error and ends the study; gives the exit status. */
int study_fail(struct study *s, const char *message);

/* Gives back the scenario; gives the exit status. */
int study_end(struct study *s);

#endif
