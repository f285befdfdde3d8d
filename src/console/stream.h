/* GET /events: one reader who gets picture after picture, each whole, at his own pace.
 *
 * A reader holds at most one picture while he takes it in; what came meanwhile he skips, but for
 * the latest. After his first picture come those of the past, while there is nothing newer: each an
 * event of the name "past", without an id, so that what a reader had last is always of the present.
 * With nothing to send the connection sleeps outside the server's loop until woken. */
#ifndef WATCHFIRE_CONSOLE_STREAM_H
#define WATCHFIRE_CONSOLE_STREAM_H

#include <microhttpd.h>

#include "console/server.h"

/* A response that streams on this connection. `last` is the sequence that the reader had before he
 * lost the line: of the past he gets what came after; 0 = all that is kept. NULL if there is no
 * memory. The stream frees itself when its connection ends. */
struct MHD_Response *stream_response(struct console *console, struct MHD_Connection *connection,
                                     uint64_t last, uint64_t visit);

/* Lets sleeping readers look again. With `beat` they get a comment line if there is nothing new: so
 * that a reader who is gone is noticed. */
void stream_wake_all(struct console *console, bool beat);

/* A response with the picture's JSON as it is now, held until it is sent. NULL without memory. */
struct MHD_Response *stream_once(struct picture *picture);

#endif
