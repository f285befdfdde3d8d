#include "cli/bench.h"

#include <stdio.h>
#include <string.h>

#include "cli/bench_accuracy.h"
#include "cli/bench_estimate.h"
#include "cli/bench_sharing.h"

static void print_help(FILE *out)
{
    (void)fprintf(out, "watchfire bench WHAT [options]\n\n"
                       "  accuracy   national tracks against the truth and the Cramer-Rao bound\n"
                       "  estimate   time of the estimator's steps, as ratios to a bare C step\n"
                       "  sharing    shared against alone, over many seeds\n\n"
                       "watchfire bench WHAT --help says more.\n");
}

int cli_bench(int argc, char **argv)
{
    if (argc >= 2 && strcmp(argv[1], "accuracy") == 0) {
        return bench_accuracy(argc - 1, argv + 1);
    }
    if (argc >= 2 && strcmp(argv[1], "estimate") == 0) {
        return bench_estimate(argc - 1, argv + 1);
    }
    if (argc >= 2 && strcmp(argv[1], "sharing") == 0) {
        return bench_sharing(argc - 1, argv + 1);
    }
    const int asked = argc >= 2 && strcmp(argv[1], "--help") == 0;
    print_help(asked ? stdout : stderr);
    return asked ? 0 : 2;
}
