/* What the parts of the console's server share. Not for other rooms: see console.h. */
#ifndef WATCHFIRE_CONSOLE_SERVER_H
#define WATCHFIRE_CONSOLE_SERVER_H

#include <microhttpd.h>

#include "console/asset.h"
#include "console/console.h"
#include "console/past.h"
#include "console/picture.h"

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
    struct console_counters counters;

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

/* Renders the pending view, if there is one, whatever the time, and wakes the streams. */
void console_render(struct console *console);

#endif
