/* `watchfire sim`: a coalition in one process, with every fault drawn from a seed. */
#ifndef WATCHFIRE_CLI_SIM_H
#define WATCHFIRE_CLI_SIM_H

int cli_sim(int argc, char **argv);

#endif
