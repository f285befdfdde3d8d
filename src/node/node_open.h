/* The start of a node's engine. Not for other rooms: see node.h. */
#ifndef WATCHFIRE_NODE_NODE_OPEN_H
#define WATCHFIRE_NODE_NODE_OPEN_H

#include "node/node_state.h"

/* Reads sensors and keys, opens the journal, replays it, feeds the process start, and puts the
 * policy in force if its officers have signed it; a node watches without one, too.
 *
 *   shell     all but its journal, which the node opens
 *   message   on error: which file, what is wrong, what to do */
MUST_USE result node_open_engine(struct node *node, const struct performer_shell *shell,
                                 char message[NODE_MESSAGE_SIZE]);

#endif
