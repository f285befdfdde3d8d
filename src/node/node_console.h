/* The node's page: who may sign in, what an order does, and the socket for `watchfire status`. */
#ifndef WATCHFIRE_NODE_NODE_CONSOLE_H
#define WATCHFIRE_NODE_NODE_CONSOLE_H

#include "node/node_state.h"

/* Opens the console, and with officers the door for the status. Errors with `message`. */
MUST_USE result node_console_open(struct node *node, char message[NODE_MESSAGE_SIZE]);

/* Reads officers and launch windows again; tells what came of it. */
void node_console_reload(struct node *node);

/* Frees what is left after the loop has ended. */
void node_console_close(struct node *node);

#endif
