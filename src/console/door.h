/* Who stands at the console's door: whether a request names this server, comes from its own page,
 * and whose visit it belongs to. */
#ifndef WATCHFIRE_CONSOLE_DOOR_H
#define WATCHFIRE_CONSOLE_DOOR_H

#include <microhttpd.h>

#include "console/server.h"

/* The names by which browsers may call this server, from its address and port. */
void door_name_hosts(struct console *console);

/* Exactly one Host, and it is one of ours. */
bool door_host_is_ours(const struct console *console, struct MHD_Connection *connection);

/* Browsers say where a request comes from; others do not, and may ask. */
bool door_site_is_ours(struct MHD_Connection *connection, const char *url);

/* For what changes something: exactly one Origin, of this scheme and of the host that it names. */
bool door_origin_is_ours(const struct console *console, struct MHD_Connection *connection);

/* The visit of the request's cookie; NULL = nobody is signed in. */
const struct visit *door_visit(const struct console *console, struct MHD_Connection *connection);

/* What goes into Set-Cookie; of nobody (NULL) it takes the cookie back. */
void door_cookie(const struct console *console, const struct visit *visit, char *out, size_t size);

#endif
