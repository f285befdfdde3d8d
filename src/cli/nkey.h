/* `watchfire nkey`: makes and shows the key by which a node names itself to a NATS server. */
#ifndef WATCHFIRE_CLI_NKEY_H
#define WATCHFIRE_CLI_NKEY_H

/* argv[0] is "nkey". Returns the exit status: 0 ok, 2 wrong use or bad input. */
int cli_nkey(int argc, char **argv);

#endif
