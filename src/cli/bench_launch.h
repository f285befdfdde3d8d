/* `watchfire bench launch`: launch points against the truth and what is stated of them. */
#ifndef WATCHFIRE_CLI_BENCH_LAUNCH_H
#define WATCHFIRE_CLI_BENCH_LAUNCH_H

int bench_launch(int argc, char **argv);

#endif
