/* `watchfire flight`: the arithmetic of one ballistic flight, from what is published about it. */
#ifndef WATCHFIRE_CLI_FLIGHT_H
#define WATCHFIRE_CLI_FLIGHT_H

/* argv[0] is "flight". Exit status: 0 solved, 1 there is no such flight, 2 wrong use. */
int cli_flight(int argc, char **argv);

#endif
