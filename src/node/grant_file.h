/* Grants on disk: what the owner makes with `watchfire keys grant` and gives to the nation that is
 * to pass on. A file holds one signed grant (share/grant.h) and is no secret. */
#ifndef WATCHFIRE_NODE_GRANT_FILE_H
#define WATCHFIRE_NODE_GRANT_FILE_H

#include "node/keys.h"
#include "share/grant.h"

#define GRANT_FILE_MESSAGE_SIZE 640

/* Signs a grant with the nation's newest signing key and writes it to a file that is not there yet.
 * A grant counts no longer than the key: `until` is brought forward to the key's end.
 *
 *   grant     its owner is the keys' nation; ends as it was signed
 *   message   on error: what is wrong, what to do
 *
 * ERR_RANGE for a grant that cannot be, ERR_STATE if no key counts or the file is there, ERR_IO. */
MUST_USE result grant_file_make(const struct keys *keys, struct instant now, struct grant *grant,
                                const char *path, char message[GRANT_FILE_MESSAGE_SIZE]);

/* Reads a grant for a node of that nation. Who signed it is not looked at: the engine verifies it
 * for each record, by the owner's list of then.
 *
 *   message   on error: the path, what is wrong, what to do
 *
 * ERR_IO, ERR_FORMAT, ERR_CANONICAL or ERR_RANGE; out is then unchanged. */
MUST_USE result grant_file_read(const char *path, struct nation_id via, struct signed_grant *out,
                                char message[GRANT_FILE_MESSAGE_SIZE]);

#endif
