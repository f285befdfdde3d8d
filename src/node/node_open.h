/* The start of a node's engine. Not for other rooms: see node.h. */
#ifndef WATCHFIRE_NODE_NODE_OPEN_H
#define WATCHFIRE_NODE_NODE_OPEN_H

#include "node/node_state.h"

/* Reads sensors and keys, opens the journal, replays it, feeds the process start, and takes the
 * policy.
 *
 *   shell     all but its journal, which the node opens
 *   message   on error: which file, what is wrong, what to do */
MUST_USE result node_open_engine(struct node *node, const struct performer_shell *shell,
                                 char message[NODE_MESSAGE_SIZE]);

/* Reads the policy's file again: if it is not the one in force, and its officers' signatures are
 * enough for it to follow that one, it is. Otherwise the one in force stays, and `message` says
 * why. */
MUST_USE result node_take_policy(struct node *node, char message[NODE_MESSAGE_SIZE]);

/* Reads the key folder again: a new list goes to the partners. The same for errors. */
MUST_USE result node_take_keys(struct node *node, char message[NODE_MESSAGE_SIZE]);

#endif
