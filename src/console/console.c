#include "console/console.h"

#include <arpa/inet.h>
#include <assert.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>

#include "console/request.h"
#include "console/server.h"
#include "console/stream.h"
#include "console/view_json.h"

#define PER_SECOND_LIMIT 50
#define KEEP_NS NS_PER_S       /* a picture is kept for those who come later */
#define BEAT_NS (5 * NS_PER_S) /* a reader who is gone is noticed within two of these */

static int64_t monotonic_ns(void)
{
    struct timespec t;
    const int failed = clock_gettime(CLOCK_MONOTONIC, &t);
    assert(failed == 0);
    (void)failed;
    return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

/* The pace is kept on the average: after a late picture the next may come sooner, or each would be
 * as late as the latest ever was. */
static void set_due(struct console *c, int64_t now_ns)
{
    const int64_t next_ns = c->due_ns + NS_PER_S / (int64_t)c->options.per_second_max;
    c->due_ns = next_ns > now_ns ? next_ns : now_ns;
}

void console_render(struct console *c)
{
    if (!c->pending) {
        return;
    }
    c->pending = false;
    const int64_t now_ns = monotonic_ns();
    set_due(c, now_ns);
    size_t size = 0;
    const result written = view_json_write(&c->view, &c->context, &c->options.places,
                                           c->sequence + 1, c->scratch, VIEW_JSON_MAX, &size);
    struct picture *fresh =
        written == OK ? picture_make(c->scratch, size, c->run, c->sequence + 1) : NULL;
    if (fresh == NULL) {
        c->counters.failed++;
        return;
    }
    c->sequence++;
    c->counters.pictures++;
    picture_drop(c->picture);
    c->picture = fresh;
    if (now_ns >= c->kept_ns + KEEP_NS) {
        c->kept_ns = now_ns;
        past_keep(&c->past, fresh);
    }
    stream_wake_all(c, false);
}

static void count_connection(void *cls, struct MHD_Connection *connection, void **socket_context,
                             enum MHD_ConnectionNotificationCode code)
{
    struct console *c = cls;
    (void)connection;
    (void)socket_context;
    c->counters.connections += code == MHD_CONNECTION_NOTIFY_STARTED ? 1 : 0;
}

static result start_daemon(struct console *c)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(c->options.port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    c->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, c->options.port, NULL, NULL, request_handle, c,
        MHD_OPTION_SOCK_ADDR, (const struct sockaddr *)&address, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)CONSOLE_CONNECTIONS_MAX, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)CONSOLE_HEADERS_MAX, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)CONSOLE_IDLE_S,
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_UNESCAPE_CALLBACK, request_keep_escapes, NULL,
        MHD_OPTION_NOTIFY_CONNECTION, count_connection, c, MHD_OPTION_END);
    ENSURE(c->daemon != NULL, ERR_IO);
    const union MHD_DaemonInfo *port = MHD_get_daemon_info(c->daemon, MHD_DAEMON_INFO_BIND_PORT);
    const union MHD_DaemonInfo *epoll = MHD_get_daemon_info(c->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    ENSURE(port != NULL && port->port != 0 && epoll != NULL && epoll->epoll_fd >= 0, ERR_IO);
    c->port = port->port;
    c->epoll_fd = epoll->epoll_fd;
    return OK;
}

static result make_assets(struct console *c)
{
    for (size_t i = 0; i < ASSET_COUNT; i++) {
        /* The cast drops const for an interface that does not write: the memory is persistent. */
        c->assets[i] = MHD_create_response_from_buffer(
            ASSETS[i].size, (void *)(uintptr_t)ASSETS[i].data, MHD_RESPMEM_PERSISTENT);
        ENSURE(c->assets[i] != NULL, ERR_IO);
        ENSURE(request_add_headers(c->assets[i], ASSETS[i].type), ERR_IO);
        ENSURE(MHD_add_response_header(c->assets[i], MHD_HTTP_HEADER_CONTENT_ENCODING, "gzip") ==
                   MHD_YES,
               ERR_IO);
    }
    return OK;
}

result console_open(const struct console_options *options, struct console **out)
{
    ENSURE(nation_id_is_set(options->nation), ERR_RANGE);
    ENSURE(options->domain != DOMAIN_UNKNOWN, ERR_RANGE);
    ENSURE(options->per_second_max >= 1 && options->per_second_max <= PER_SECOND_LIMIT, ERR_RANGE);
    struct console *c = calloc(1, sizeof *c + VIEW_JSON_MAX);
    ENSURE(c != NULL, ERR_IO);
    c->options = *options;
    const int64_t now_ns = monotonic_ns();
    c->due_ns = now_ns;
    c->beat_ns = now_ns;
    c->kept_ns = now_ns - KEEP_NS;
    struct timespec t = {0};
    clock_gettime(CLOCK_REALTIME, &t);
    c->run = (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
    result opened = make_assets(c);
    if (opened == OK) {
        opened = start_daemon(c);
    }
    if (opened != OK) {
        console_close(c);
        return opened;
    }
    *out = c;
    return OK;
}

void console_close(struct console *c)
{
    if (c == NULL) {
        return;
    }
    if (c->daemon != NULL) {
        c->closing = true;
        stream_wake_all(c, false);
        MHD_stop_daemon(c->daemon);
        assert(c->stream_count == 0);
    }
    for (size_t i = 0; i < ASSET_COUNT; i++) {
        if (c->assets[i] != NULL) {
            MHD_destroy_response(c->assets[i]);
        }
    }
    past_clear(&c->past);
    picture_drop(c->picture);
    free(c);
}

uint16_t console_port(const struct console *c)
{
    return c->port;
}

struct console_counters console_counters(const struct console *c)
{
    return c->counters;
}

int console_fd(const struct console *c)
{
    return c->epoll_fd;
}

void console_publish(struct console *c, const struct view *view,
                     const struct console_context *context)
{
    assert(nation_id_equal(view->nation, c->options.nation));
    assert(view->domain == c->options.domain);
    c->view = *view;
    c->context = *context;
    c->context.title[CONSOLE_TITLE_SIZE - 1] = '\0';
    c->context.note[CONSOLE_NOTE_SIZE - 1] = '\0';
    c->pending = true;
}

bool console_wants_view(const struct console *c)
{
    const int64_t now_ns = monotonic_ns();
    return now_ns >= c->kept_ns + KEEP_NS || (c->stream_count > 0 && now_ns >= c->due_ns);
}

/* The next moment at which something is to be done without anyone asking; INT64_MAX = none. */
static int64_t next_ns(const struct console *c)
{
    if (c->stream_count == 0) {
        return c->pending ? c->kept_ns + KEEP_NS : INT64_MAX;
    }
    const int64_t beat_ns = c->beat_ns + BEAT_NS;
    return c->pending && c->due_ns < beat_ns ? c->due_ns : beat_ns;
}

int console_timeout_ms(const struct console *c)
{
    MHD_UNSIGNED_LONG_LONG server_ms = 0;
    int64_t wait_ms = INT64_MAX;
    if (MHD_get_timeout(c->daemon, &server_ms) == MHD_YES && server_ms < INT32_MAX) {
        wait_ms = (int64_t)server_ms;
    }
    const int64_t next = next_ns(c);
    if (next != INT64_MAX) {
        const int64_t left_ns = next - monotonic_ns();
        const int64_t left_ms = left_ns > 0 ? (left_ns + NS_PER_MS - 1) / NS_PER_MS : 0;
        wait_ms = left_ms < wait_ms ? left_ms : wait_ms;
    }
    return wait_ms > INT32_MAX ? -1 : (int)wait_ms;
}

/* Hands out a new picture, or after a quiet while a sign of life. */
static void serve_streams(struct console *c)
{
    const int64_t now_ns = monotonic_ns();
    if (c->pending && now_ns >= c->kept_ns + KEEP_NS) {
        console_render(c);
    }
    if (c->stream_count == 0) {
        c->beat_ns = now_ns;
        return;
    }
    if (c->pending && now_ns >= c->due_ns) {
        console_render(c);
        c->beat_ns = now_ns;
    } else if (now_ns >= c->beat_ns + BEAT_NS) {
        stream_wake_all(c, true);
        c->beat_ns = now_ns;
    }
}

result console_poll(struct console *c, int timeout_ms)
{
    assert(timeout_ms >= 0);
    serve_streams(c);
    const int own_ms = console_timeout_ms(c);
    const int wait_ms = own_ms >= 0 && own_ms < timeout_ms ? own_ms : timeout_ms;
    if (wait_ms > 0) {
        struct pollfd ready = {.fd = c->epoll_fd, .events = POLLIN};
        (void)poll(&ready, 1, wait_ms); /* cut short or not, there is only one thing to do next */
    }
    serve_streams(c);
    ENSURE(MHD_run(c->daemon) == MHD_YES, ERR_IO);
    return OK;
}
