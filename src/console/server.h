/* What the parts of the console's server share. Not for other rooms: see console.h. */
#ifndef WATCHFIRE_CONSOLE_SERVER_H
#define WATCHFIRE_CONSOLE_SERVER_H

#include <microhttpd.h>

#include "console/asset.h"
#include "console/console.h"
#include "console/past.h"
#include "console/picture.h"
#include "console/visit.h"

#define CONSOLE_HOSTS 3
#define CONSOLE_HOST_SIZE 96

struct post;
struct stream;

struct console {
    struct console_options options;
    struct MHD_Daemon *daemon;
    int epoll_fd;
    uint16_t port;
    struct MHD_Response *assets[ASSET_COUNT];
    struct stream *streams; /* open GET /events, newest first */
    unsigned stream_count;
    bool closing;
    bool woken; /* a connection was resumed, of which MHD_get_timeout says nothing */
    struct console_counters counters;
    char hosts[CONSOLE_HOSTS][CONSOLE_HOST_SIZE]; /* by which it may be called; "" = none */
    struct visits visits;
    uint64_t tickets;
    struct post *waiting; /* sign-ins whose outcome is not known yet */

    bool pending;            /* `view` is newer than `picture` */
    struct picture *picture; /* the latest; NULL = none yet */
    int64_t due_ns;          /* when the next may be rendered, by the monotonic clock */
    int64_t beat_ns;         /* when the streams last got a sign of life */
    uint64_t sequence;
    uint64_t run; /* of this process, for the ids of its pictures */
    struct past past;
    int64_t kept_ns; /* when a picture was last kept for it */
    struct console_context context;
    struct view view;
    char scratch[]; /* VIEW_JSON_MAX bytes to render in */
};

/* The monotonic clock. */
int64_t console_now_ns(void);

/* Whether it serves this machine alone. */
bool console_is_local(const struct console_options *options);

/* Renders the pending view, if there is one, whatever the time, and wakes the streams. */
void console_render(struct console *console);

#endif
