/* A socket in the file system, beside the journal, that tells whoever may open it how the node is:
 * `watchfire status` on the same machine, as the node's own user, where the page asks for a
 * sign-in. */
#ifndef WATCHFIRE_NODE_STATUS_DOOR_H
#define WATCHFIRE_NODE_STATUS_DOOR_H

#include <stddef.h>
#include <uv.h>

#include "base/result.h"

#define STATUS_DOOR_PATH_SIZE 108 /* sun_path of unix(7) */
#define STATUS_DOOR_VISITORS 4    /* at once */

struct status_door;

struct status_door_options {
    uv_loop_t *loop;
    const char *journal;
    /* At most `size` bytes, and returns how many. */
    size_t (*text)(void *context, char *out, size_t size);
    void *context;
};

/* Where the socket of a journal is. ERR_RANGE if that is longer than a socket's path may be. */
MUST_USE result status_door_path(const char *journal, char out[STATUS_DOOR_PATH_SIZE]);

/* ERR_IO if it cannot listen there, ERR_RANGE as above. Its handles end with the loop's; free it
 * after that. */
MUST_USE result status_door_open(const struct status_door_options *options,
                                 struct status_door **out);
void status_door_free(struct status_door *door); /* removes the socket; NULL is allowed */

#endif
