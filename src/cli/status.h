/* `watchfire status`: asks a running node how it is. */
#ifndef WATCHFIRE_CLI_STATUS_H
#define WATCHFIRE_CLI_STATUS_H

#include <stddef.h>

int cli_status(int argc, char **argv);

/* Asks the node of a NODE.yaml, or at ADDRESS:PORT, how it is. Gives its JSON, in `out`, or NULL if
 * it does not answer. */
const char *status_fetch(const char *where, char *out, size_t size);

#endif
