/* `watchfire bench exchange`: what a partner's link carries, beside its least cost. */
#ifndef WATCHFIRE_CLI_BENCH_EXCHANGE_H
#define WATCHFIRE_CLI_BENCH_EXCHANGE_H

/* Arguments after "bench". 0 measured, 1 not all of it arrived, 2 wrong use or nowhere to write. */
int bench_exchange(int argc, char **argv);

#endif
