/* GET /events: one reader who gets picture after picture, each whole, at his own pace.
 *
 * A reader holds at most one picture while he takes it in; what came meanwhile he skips, but for
 * the latest. With nothing to send the connection sleeps outside the server's loop until woken. */
#ifndef WATCHFIRE_CONSOLE_STREAM_H
#define WATCHFIRE_CONSOLE_STREAM_H

#include <microhttpd.h>

#include "console/server.h"

/* A response that streams on this connection. NULL if there is no memory. The stream frees itself
 * when its connection ends. */
struct MHD_Response *stream_response(struct console *console, struct MHD_Connection *connection);

/* Lets sleeping readers look again. With `beat` they get a comment line if there is nothing new: so
 * that a reader who is gone is noticed. */
void stream_wake_all(struct console *console, bool beat);

/* A response with the picture's JSON as it is now, held until it is sent. NULL without memory. */
struct MHD_Response *stream_once(struct picture *picture);

#endif
