/* `watchfire bench`: how fast and how well, measured on this machine. */
#ifndef WATCHFIRE_CLI_BENCH_H
#define WATCHFIRE_CLI_BENCH_H

/* argv[0] is "bench". Exit status: 0 measured, 2 wrong use. */
int cli_bench(int argc, char **argv);

#endif
