/* How the console answers: the headers that every answer carries, texts, JSON and refusals. */
#ifndef WATCHFIRE_CONSOLE_ANSWER_H
#define WATCHFIRE_CONSOLE_ANSWER_H

#include <microhttpd.h>

#include "console/server.h"

#define ANSWER_COOKIE_SIZE 192

/* Adds the headers that every answer carries. False if there is no memory. */
bool answer_add_headers(struct MHD_Response *response, const char *type);

/* Queues a response that belongs to this request alone, and lets go of it; NULL is no memory. */
enum MHD_Result answer_own(struct MHD_Connection *connection, unsigned status,
                           struct MHD_Response *response, const char *type);

/* The same for a copy of a JSON text; `cookie` is what goes into Set-Cookie, or NULL. */
enum MHD_Result answer_json(struct MHD_Connection *connection, unsigned status, const char *text,
                            size_t size, const char *cookie);

/* A line of text, and the connection ends: who was refused does not keep another one's place. */
enum MHD_Result answer_refusal(struct MHD_Connection *connection, unsigned status, const char *why);

#endif
