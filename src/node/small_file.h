/* Small files read and written whole: secrets that nobody else may read, writes that are all or
 * nothing. */
#ifndef WATCHFIRE_NODE_SMALL_FILE_H
#define WATCHFIRE_NODE_SMALL_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "base/result.h"

/* Reads a regular file of at most out->capacity bytes.
 *
 *   secret    refuse it if it belongs to someone else, or anyone but its owner may use it
 *   out       appended to
 *   message   on error: the path, what is wrong, what to do
 *
 * ERR_IO, ERR_DENIED, or ERR_FORMAT if it is no regular file or too long. */
MUST_USE result small_file_read(const char *path, bool secret, struct byte_writer *out,
                                char *message, size_t message_size);

/* Whether small_file_write may try: that nothing but a file is in its way, and its folder is there
 * and ours to write in. ERR_FORMAT, ERR_IO; nothing is touched. */
MUST_USE result small_file_check(const char *path, char *message, size_t message_size);

/* Writes it beside the path, makes it durable, renames it, and makes the folder durable.
 *
 *   mode   of the new file, whatever the umask
 *
 * ERR_IO, or ERR_FORMAT where there is something else than a file. What was there is then still
 * there, whole; or the new one, if only the folder could not be made durable. */
MUST_USE result small_file_write(const char *path, unsigned mode, struct bytes data, char *message,
                                 size_t message_size);

#endif
