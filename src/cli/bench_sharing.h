/* `watchfire bench sharing`: is sharing better than alone, over many seeds and without each
 * sensor? */
#ifndef WATCHFIRE_CLI_BENCH_SHARING_H
#define WATCHFIRE_CLI_BENCH_SHARING_H

/* argv[0] is "sharing". Exit status: 0 measured, 2 wrong use or bad input. */
int bench_sharing(int argc, char **argv);

#endif
