/* A key list as people and machines read it. */
#ifndef WATCHFIRE_CLI_KEYS_PRINT_H
#define WATCHFIRE_CLI_KEYS_PRINT_H

#include <stdbool.h>

#include "share/key_list.h"

/* Prints to standard output, as JSON if asked. Exit status 0; 2 if there is no memory for JSON. */
int keys_print(const uint8_t root[KEY_BYTES], const struct key_list *list, struct instant now,
               bool json);

#endif
