/* watchfire bench accuracy: cli/accuracy.h over many seeds, as a table or as JSON. */
#ifndef WATCHFIRE_CLI_BENCH_ACCURACY_H
#define WATCHFIRE_CLI_BENCH_ACCURACY_H

int bench_accuracy(int argc, char **argv);

#endif
