/* `watchfire status`: asks a running node how it is. */
#ifndef WATCHFIRE_CLI_STATUS_H
#define WATCHFIRE_CLI_STATUS_H

int cli_status(int argc, char **argv);

#endif
