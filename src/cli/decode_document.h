/* `watchfire decode` of the documents that warnings and displays are made of. */
#ifndef WATCHFIRE_CLI_DECODE_DOCUMENT_H
#define WATCHFIRE_CLI_DECODE_DOCUMENT_H

#include <stdbool.h>

/* Whether the first argument names such a format. */
bool decode_document_is_meant(int argc, char **argv);

/* Its exit status. */
int decode_document(int argc, char **argv);

#endif
