/* The grants that NODE.yaml names: by which the node passes on what partners gave it. */
#ifndef WATCHFIRE_NODE_NODE_GRANTS_H
#define WATCHFIRE_NODE_NODE_GRANTS_H

#include "node/node_file.h"
#include "node/node_state.h"

/* Puts the file's grants in force, and no others. What cannot be used is told, with file and line,
 * and left out. */
void node_grants_load(struct node *node, const struct node_file *file);

/* Reads NODE.yaml again for its grants; all stays as it was if it is not in order. */
void node_grants_reload(struct node *node);

#endif
