/* One nation's page on this machine: a small HTTP server that shows the engine's view, live.
 *
 * It starts no thread and never blocks on a reader: the caller's loop hands it views and lets it
 * run. Without officers it listens on this machine alone, and nothing that a browser sends changes
 * anything in the node. With officers what shows the watch needs a session, and they give orders;
 * away from this machine it needs officers, and speaks TLS 1.3.
 *
 *   GET /         the page       GET /state    the picture once, as JSON (see view_json.h)
 *   GET /map.json the map        GET /events   the picture as server-sent events, and what was
 *                                              before (event: past) since the reader's last one
 *   GET /orders   what officers ordered        GET /who   who is signed in
 *   GET /status   how the node is, as JSON, if there is a node
 *   GET /feed.atom, /feed.json, /cap/ID.xml   warnings to people, where an outlet is a feed
 *   POST /sign-in, /sign-out, /order, /control   see console/post.h
 *
 * A request must name this host and port (so that no foreign name resolved to this address reads
 * the picture), and not come from another site's page. What is refused is counted. */
#ifndef WATCHFIRE_CONSOLE_CONSOLE_H
#define WATCHFIRE_CONSOLE_CONSOLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/result.h"
#include "console/context.h"
#include "console/officers.h"
#include "engine/view.h"

#define CONSOLE_CONNECTIONS_MAX 320
#define CONSOLE_STREAMS_MAX 240 /* so that streams alone cannot take every connection */
#define CONSOLE_HEADERS_MAX (16 * 1024)
#define CONSOLE_STATUS_MAX (64 * 1024)
#define CONSOLE_DOCUMENT_MAX (128 * 1024)
#define CONSOLE_IDLE_S 15 /* a connection on which nothing moves is closed */

struct console;

struct console_options {
    struct nation_id nation;
    enum domain domain;
    /* Numeric; NULL = 127.0.0.1. Another one than 127.0.0.1 and ::1 needs officers and TLS. */
    const char *address;
    const char *name; /* by which browsers away from this machine call it; NULL = the address */
    const char *certificate; /* PEM, for TLS, with `private_key`; NULL = plain HTTP */
    const char *private_key;
    const struct console_officers *officers; /* NULL = nobody signs in */
    uint16_t port;                           /* 0 = any that is free */
    unsigned per_second_max;                 /* pictures a second, 1 to 50 */
    struct console_places places;
    /* Writes what GET /status gives, at most `size` bytes, and returns how many; 0 = nothing. NULL
     * where there is no node: an exercise. Called from console_poll. */
    size_t (*status)(void *context, char *out, size_t size);
    void *status_context;
    /* Writes what else the node serves under a path (the feeds of warnings), at most
     * CONSOLE_DOCUMENT_MAX bytes; 0 = there is no such thing. NULL where there is no node. */
    size_t (*document)(void *context, const char *path, char *out, size_t size, const char **type);
};

struct console_counters {
    uint64_t connections;
    uint64_t requests;
    uint64_t refused_host;   /* another or no Host */
    uint64_t refused_method; /* neither GET nor HEAD */
    uint64_t refused_site;   /* sent by another site's page */
    uint64_t refused_busy;   /* more than CONSOLE_STREAMS_MAX streams; too many guesses at once */
    uint64_t refused_visit;  /* nobody was signed in, or not in the role */
    uint64_t refused_origin; /* a POST from another page, or from none */
    uint64_t refused_token;  /* … without the token of its session */
    uint64_t refused_body;   /* … whose body is not in order */
    uint64_t refused_password;
    uint64_t refused_locked; /* guesses at a name that is locked */
    uint64_t refused_order;  /* of somebody signed in: not his role, or not possible */
    uint64_t signed_in;
    uint64_t orders; /* done */
    uint64_t not_found;
    uint64_t streams;  /* opened so far */
    uint64_t pictures; /* rendered so far */
    uint64_t skipped;  /* pictures that a slow reader did not get, all readers together */
    uint64_t failed;   /* pictures that did not fit or had no memory */
};

/* Opens and listens. ERR_RANGE for options that make no sense, ERR_IO if the port cannot be had or
 * memory is short; *out is then unchanged. The caller closes it. */
MUST_USE result console_open(const struct console_options *options, struct console **out);

/* Closes every connection and frees everything; NULL is allowed. */
void console_close(struct console *console);

uint16_t console_port(const struct console *console);
struct console_counters console_counters(const struct console *console);
/* Sessions that are on. */
uint32_t console_visits(const struct console *console);

/* Takes a copy of the view of this console's own nation and domain as the one to show. It is
 * rendered at most per_second_max times a second when someone looks, and once a second otherwise,
 * for those who come later; the latest always gets shown in the end. */
void console_publish(struct console *console, const struct view *view,
                     const struct console_context *context);

/* Whether a view published now would be rendered at once: lets a fast loop spare itself the copy.
 * Publish the last view in any case. */
bool console_wants_view(const struct console *console);

/* Serves what is ready, waiting for at most timeout_ms (0 = not at all). ERR_IO if the server can
 * no longer run. Call it at least every few hundred milliseconds; or, from an event loop of your
 * own, with 0 whenever console_fd becomes readable or console_timeout_ms has passed. */
MUST_USE result console_poll(struct console *console, int timeout_ms);
int console_fd(const struct console *console);
int console_timeout_ms(const struct console *console); /* -1 = nothing is due */

#endif
