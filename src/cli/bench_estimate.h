/* `watchfire bench estimate`: the time of the estimator's steps. */
#ifndef WATCHFIRE_CLI_BENCH_ESTIMATE_H
#define WATCHFIRE_CLI_BENCH_ESTIMATE_H

/* argv[0] is "estimate". Exit status: 0 measured, 2 wrong use. */
int bench_estimate(int argc, char **argv);

#endif
