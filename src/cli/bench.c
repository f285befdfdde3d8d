#include "cli/bench.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "cli/bench_accuracy.h"
#include "cli/bench_estimate.h"
#include "cli/bench_exchange.h"
#include "cli/bench_fusion.h"
#include "cli/bench_launch.h"
#include "cli/bench_manoeuvre.h"
#include "cli/bench_objects.h"
#include "cli/bench_sharing.h"

struct bench {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *what;
};

static const struct bench BENCHES[] = {
    {"accuracy", bench_accuracy, "national tracks against the truth and the Cramer-Rao bound"},
    {"estimate", bench_estimate, "time of the estimator's steps, as ratios to a bare C step"},
    {"exchange", bench_exchange, "a partner's link with everything on, beside its floor"},
    {"fusion", bench_fusion, "the common picture against one tracker that gets everything"},
    {"launch", bench_launch, "launch points against the truth and what is stated of them"},
    {"manoeuvre", bench_manoeuvre, "pull-ups flagged, beside an ideal detector"},
    {"objects", bench_objects, "many objects: tracks and events against the truth"},
    {"sharing", bench_sharing, "shared against alone, over many seeds"},
};

enum { BENCH_COUNT = sizeof BENCHES / sizeof BENCHES[0] };

static void print_help(FILE *out)
{
    (void)fprintf(out, "watchfire bench WHAT [options]\n\n");
    for (size_t i = 0; i < BENCH_COUNT; i++) {
        (void)fprintf(out, "  %-11s%s\n", BENCHES[i].name, BENCHES[i].what);
    }
    (void)fprintf(out, "\nwatchfire bench WHAT --help says more.\n");
}

int cli_bench(int argc, char **argv)
{
    for (size_t i = 0; argc >= 2 && i < BENCH_COUNT; i++) {
        if (strcmp(argv[1], BENCHES[i].name) == 0) {
            return BENCHES[i].run(argc - 1, argv + 1);
        }
    }
    const int asked = argc >= 2 && strcmp(argv[1], "--help") == 0;
    print_help(asked ? stdout : stderr);
    return asked ? 0 : 2;
}
