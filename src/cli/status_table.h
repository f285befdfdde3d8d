/* A node's status (node/node_status.c) as a table that a person reads at a glance. */
#ifndef WATCHFIRE_CLI_STATUS_TABLE_H
#define WATCHFIRE_CLI_STATUS_TABLE_H

#include <jansson.h>
#include <stdbool.h>

void status_table_print(const json_t *status);

/* Whether its journal takes what comes. */
bool status_table_is_good(const json_t *status);

#endif
