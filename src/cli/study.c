#include "cli/study.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/scenario_file.h"
#include "cli/seeds.h"

#define RUNS_MAX 100000

static int fail(const struct study *what, const char *message)
{
    (void)fprintf(stderr, "watchfire bench %s: %s\n", what->name, message);
    return 2;
}

static int fly_all(const struct study *what, void *study, const struct seeds *seeds)
{
    const bool told = isatty(STDERR_FILENO) != 0;
    const unsigned long count = seeds->last - seeds->first + 1;
    for (unsigned long i = 0; i < count; i++) {
        const result r = what->fly(study, seeds->first + i);
        if (r != OK) {
            (void)fprintf(stderr, "watchfire bench %s: seed %lu: %s\n", what->name,
                          seeds->first + i, result_text(r));
            return 2;
        }
        if (told) {
            (void)fprintf(stderr, "\r%lu of %lu seeds", i + 1, count);
        }
    }
    if (told) {
        (void)fprintf(stderr, "\r%*s\r", 40, "");
    }
    return 0;
}

static int run(const struct study *what, const char *file, const struct seeds *seeds, bool json)
{
    char message[YAML_MESSAGE_SIZE];
    struct scenario *scenario = calloc(1, sizeof *scenario);
    void *study = NULL;
    int status = 2;
    if (scenario == NULL) {
        return fail(what, "out of memory");
    }
    if (scenario_file_read(file, scenario, message) != OK) {
        status = fail(what, message);
    } else if (what->open(scenario, (uint32_t)(seeds->last - seeds->first + 1), &study) != OK) {
        status = fail(what, what->expected);
    } else {
        status = fly_all(what, study, seeds);
        if (status == 0) {
            what->print(scenario, study, json);
        }
        what->close(study);
    }
    free(scenario);
    return status;
}

int study_run(const struct study *what, int argc, char **argv)
{
    static const struct option LONG[] = {{"seeds", required_argument, NULL, 's'},
                                         {"json", no_argument, NULL, 'j'},
                                         {"help", no_argument, NULL, 'h'},
                                         {NULL, 0, NULL, 0}};
    struct seeds seeds = {1, what->seeds};
    bool json = false;
    int option = 0;
    while ((option = getopt_long(argc, argv, "", LONG, NULL)) != -1) {
        if (option == 's' &&
            (!seeds_read(optarg, &seeds) || seeds.last - seeds.first >= RUNS_MAX)) {
            return fail(what, "--seeds: " SEEDS_EXPECTED);
        }
        if (option == 'h') {
            what->print_help();
            return 0;
        }
        if (option == '?') {
            return 2;
        }
        json = json || option == 'j';
    }
    return run(what, optind < argc ? argv[optind] : what->file, &seeds, json);
}
