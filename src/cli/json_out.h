/* How a command gives an answer in JSON. That standard output took it is seen at the end, for all
 * of them (main.c). */
#ifndef WATCHFIRE_CLI_JSON_OUT_H
#define WATCHFIRE_CLI_JSON_OUT_H

#include <jansson.h>

/* Prints the object, in jansson's form (JSON_COMPACT and so on), with an end of line, and lets go
 * of it. Gives `status`; or 2, after a complaint in the command's name, if the object is NULL: no
 * memory, or text that is no UTF-8. */
int json_out(json_t *object, size_t form, const char *command, int status);

#endif
