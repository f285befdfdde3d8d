/* Trials run in processes of their own, so that one that dies is a finding, and what is told of
 * one that failed: the shortest list of faults that still makes it fail. */
#ifndef WATCHFIRE_CLI_SIM_STORY_H
#define WATCHFIRE_CLI_SIM_STORY_H

#include <stdio.h>

#include "cli/coalition.h"

#define SIM_STDERR_SIZE 300

/* What came of a trial. Lies in memory that the child shares. */
struct sim_outcome {
    uint64_t seed;
    uint64_t faults; /* that happened, by bits */
    result failure;  /* the trial could not be run */
    bool is_done;
    struct coalition_counts counts;
    struct coalition_finding finding;
};

/* One trial at a time in a child process. */
struct sim_worker {
    int pid;                     /* 0 = idle */
    FILE *told;                  /* its standard error */
    struct sim_outcome *outcome; /* shared */
};

/* ERR_IO without memory or files. */
MUST_USE result sim_worker_open(struct sim_worker *w);
void sim_worker_close(struct sim_worker *w);

/* Starts a child. ERR_IO if there is none to be had. */
MUST_USE result sim_worker_start(struct sim_worker *w, uint64_t seed, double duration_s,
                                 uint64_t faults);

/* Its child has ended, with that status of waitpid: the outcome is complete. */
void sim_worker_ended(struct sim_worker *w, int status);

/* Runs trials of one seed until no fault can be left out: *outcome is that of the shortest. */
MUST_USE result sim_story_shorten(struct sim_worker *w, double duration_s,
                                  struct sim_outcome *outcome);

/* Of one failed trial, for people and as JSON. */
void sim_story_print(const struct sim_outcome *outcome, double duration_s, FILE *out);
void sim_story_json(const struct sim_outcome *outcome, double duration_s, FILE *out);

/* What is behind --keep: "none", or numbers with commas. Returns out. */
#define SIM_FAULTS_TEXT_SIZE 256
const char *sim_faults_text(uint64_t faults, char out[SIM_FAULTS_TEXT_SIZE]);

#endif
