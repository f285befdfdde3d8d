/* Answers one HTTP request: who may ask, what there is, and the headers that go with it. */
#ifndef WATCHFIRE_CONSOLE_REQUEST_H
#define WATCHFIRE_CONSOLE_REQUEST_H

#include <microhttpd.h>

#include "console/server.h"

/* The server's handler; cls is the console. */
enum MHD_Result request_handle(void *cls, struct MHD_Connection *connection, const char *url,
                               const char *method, const char *version, const char *upload,
                               size_t *upload_size, void **state);

/* Leaves a path as it was sent: "/app%2ejs" is not "/app.js", and "%00" ends no string. */
size_t request_keep_escapes(void *cls, struct MHD_Connection *connection, char *text);

#endif
