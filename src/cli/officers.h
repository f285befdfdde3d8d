/* `watchfire officers`: who may sign in at a node's page. */
#ifndef WATCHFIRE_CLI_OFFICERS_H
#define WATCHFIRE_CLI_OFFICERS_H

int cli_officers(int argc, char **argv);

#endif
