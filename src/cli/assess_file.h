/* `watchfire assess`: a file of observations in, assessments out. */
#ifndef WATCHFIRE_CLI_ASSESS_FILE_H
#define WATCHFIRE_CLI_ASSESS_FILE_H

/* argv[0] is "assess". Exit status: 0 done, also where nothing was found; 2 wrong use or bad
 * input. */
int cli_assess(int argc, char **argv);

#endif
