/* `watchfire exercise`: several nations in one process, watching launches together. */
#ifndef WATCHFIRE_CLI_EXERCISE_H
#define WATCHFIRE_CLI_EXERCISE_H

/* argv[0] is "exercise". Exit status: 0 played to the end, 2 wrong use or bad input, 130
 * stopped. */
int cli_exercise(int argc, char **argv);

#endif
