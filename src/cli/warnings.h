/* `watchfire warnings`: what a node told people, and officers' consent to it. */
#ifndef WATCHFIRE_CLI_WARNINGS_H
#define WATCHFIRE_CLI_WARNINGS_H

int cli_warnings(int argc, char **argv);

#endif
