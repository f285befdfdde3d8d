/* `watchfire node`: runs one nation's node. */
#ifndef WATCHFIRE_CLI_NODE_H
#define WATCHFIRE_CLI_NODE_H

int cli_node(int argc, char **argv);

#endif
