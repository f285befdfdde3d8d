/* `watchfire replay`: plays a journal again and says whether it gives the same effects. */
#ifndef WATCHFIRE_CLI_REPLAY_H
#define WATCHFIRE_CLI_REPLAY_H

/* argv[0] is "replay". Returns the exit status: 0 the same, 1 not, 2 wrong use or bad input. */
int cli_replay(int argc, char **argv);

#endif
