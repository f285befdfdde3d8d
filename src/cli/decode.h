/* `watchfire decode`: prints what a file of radar traffic, or of a display's, holds. */
#ifndef WATCHFIRE_CLI_DECODE_H
#define WATCHFIRE_CLI_DECODE_H

#include <stddef.h>
#include <stdint.h>

/* argv[0] is "decode". Returns the exit status: 0 ok, 2 wrong use or bad input. */
int cli_decode(int argc, char **argv);

/* Reads a file of at most 256 MiB into `*data`, which the caller frees in any case. Returns what
 * went wrong, or NULL. */
const char *decode_read_file(const char *path, uint8_t **data, size_t *size);

#endif
