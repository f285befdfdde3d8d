/* The release policy of a running node. The engine begins with none, from which nothing goes; every
 * policy comes as a journalled event, with the signatures of the nation's release officers. */
#ifndef WATCHFIRE_NODE_NODE_POLICY_H
#define WATCHFIRE_NODE_NODE_POLICY_H

#include "node/node_state.h"

/* Reads the policy that NODE.yaml names and puts it in force, if it is newer than the one in force
 * and enough officers have signed it. The same one again is nothing new.
 *
 *   changed   whether another one is in force now
 *   message   on error: what is wrong and what to do; the policy in force stays */
MUST_USE result node_policy_load(struct node *node, bool *changed, char message[NODE_MESSAGE_SIZE]);

/* The number of the policy in force; 0 = none. */
uint32_t node_policy_number(const struct node *node);

/* The keys in our own list that count now for release officers. */
void node_policy_officers(const struct node *node, struct instant now, struct policy_officers *out);

#endif
