/* `watchfire bench exchange`: what a partner's link carries, beside its least cost. */
#ifndef WATCHFIRE_CLI_BENCH_EXCHANGE_H
#define WATCHFIRE_CLI_BENCH_EXCHANGE_H

/* Arguments after "bench". 0 measured, 1 it did not all arrive, 2 wrong use or no place to write. */
int bench_exchange(int argc, char **argv);

#endif
