/* `watchfire decode`: prints what a file of radar traffic holds. */
#ifndef WATCHFIRE_CLI_DECODE_H
#define WATCHFIRE_CLI_DECODE_H

/* argv[0] is "decode". Returns the exit status: 0 ok, 2 wrong use or bad input. */
int cli_decode(int argc, char **argv);

#endif
