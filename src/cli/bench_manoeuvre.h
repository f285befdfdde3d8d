/* `watchfire bench manoeuvre`: how soon pull-ups are flagged, and what is flagged wrongly. */
#ifndef WATCHFIRE_CLI_BENCH_MANOEUVRE_H
#define WATCHFIRE_CLI_BENCH_MANOEUVRE_H

int bench_manoeuvre(int argc, char **argv);

#endif
