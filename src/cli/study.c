#include "cli/study.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/scenario_file.h"

#define RUNS_MAX 100000

int study_end(struct study *s)
{
    free(s->scenario);
    s->scenario = NULL;
    return s->status;
}

int study_fail(struct study *s, const char *message)
{
    (void)fprintf(stderr, "watchfire bench %s: %s\n", s->name, message);
    s->status = 2;
    return study_end(s);
}

static bool refused(struct study *s, const char *message)
{
    (void)study_fail(s, message);
    return false;
}

/* False if nothing is left to do. */
static bool read_arguments(struct study *s, int argc, char **argv)
{
    static const struct option LONG[] = {{"seeds", required_argument, NULL, 's'},
                                         {"json", no_argument, NULL, 'j'},
                                         {"help", no_argument, NULL, 'h'},
                                         {NULL, 0, NULL, 0}};
    int option = 0;
    while ((option = getopt_long(argc, argv, "", LONG, NULL)) != -1) {
        if (option == 's' &&
            (!seeds_read(optarg, &s->seeds) || s->seeds.last - s->seeds.first >= RUNS_MAX)) {
            return refused(s, "--seeds: " SEEDS_EXPECTED);
        }
        if (option == 'h') {
            (void)fputs(s->help, stdout);
            return false;
        }
        if (option == '?') {
            s->status = 2;
            return false;
        }
        s->json = s->json || option == 'j';
    }
    s->file = optind < argc ? argv[optind] : s->file;
    s->runs = (uint32_t)(s->seeds.last - s->seeds.first + 1);
    return true;
}

bool study_begin(struct study *s, int argc, char **argv)
{
    char message[YAML_MESSAGE_SIZE];
    if (!read_arguments(s, argc, argv)) {
        return false;
    }
    s->scenario = calloc(1, sizeof *s->scenario);
    if (s->scenario == NULL) {
        return refused(s, "out of memory");
    }
    if (scenario_file_read(s->file, s->scenario, message) != OK) {
        return refused(s, message);
    }
    return true;
}

bool study_next(struct study *s)
{
    const bool more = s->status == 0 && s->flown < s->runs;
    s->seed = s->seeds.first + s->flown;
    if (!more && isatty(STDERR_FILENO) != 0) {
        (void)fprintf(stderr, "\r%*s\r", 40, "");
    }
    return more;
}

void study_flown(struct study *s, result r)
{
    if (r != OK) {
        (void)fprintf(stderr, "watchfire bench %s: seed %lu: %s\n", s->name, (unsigned long)s->seed,
                      result_text(r));
        s->status = 2;
        return;
    }
    s->flown++;
    if (isatty(STDERR_FILENO) != 0) {
        (void)fprintf(stderr, "\r%u of %u seeds", s->flown, s->runs);
    }
}
