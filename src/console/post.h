/* What a signed-in person does: POST /sign-in, /sign-out, /order and /control, each with a small
 * JSON body. What is not in order is refused and counted before anything is looked at. */
#ifndef WATCHFIRE_CONSOLE_POST_H
#define WATCHFIRE_CONSOLE_POST_H

#include <microhttpd.h>

#include "console/server.h"

#define POST_BYTES_MAX 4096

bool post_is_path(const char *url);

/* One call of the server's handler for a POST whose Host and site are ours; *state is the request's
 * own. */
enum MHD_Result post_handle(struct console *console, struct MHD_Connection *connection,
                            const char *url, const char *upload, size_t *upload_size, void **state);

/* GET /who: whether one signs in here, who is, in which roles, and his token. */
enum MHD_Result post_tell_who(struct console *console, struct MHD_Connection *connection);

/* The request is over, however it ended; `state` may be NULL. */
void post_end(struct console *console, void *state);

/* Lets go of all that wait for an outcome, before the server stops. */
void post_wake_all(struct console *console);

#endif
