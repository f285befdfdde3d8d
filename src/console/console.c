#include "console/console.h"

#include <arpa/inet.h>
#include <assert.h>
#include <poll.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "console/answer.h"
#include "console/door.h"
#include "console/post.h"
#include "console/request.h"
#include "console/server.h"
#include "console/stream.h"
#include "console/view_json.h"

#define PER_SECOND_LIMIT 50
/* GnuTLS 3.7, "Priority strings": nothing below TLS 1.3. */
#define TLS_PRIORITIES "NORMAL:-VERS-ALL:+VERS-TLS1.3"
#define KEEP_NS NS_PER_S       /* a picture is kept for those who come later */
#define BEAT_NS (5 * NS_PER_S) /* a reader who is gone is noticed within two of these */

int64_t console_now_ns(void)
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
    const int64_t now_ns = console_now_ns();
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

static void request_over(void *cls, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode why)
{
    (void)connection;
    (void)why;
    post_end(cls, *state);
    *state = NULL;
}

/* IPv4 or IPv6, numeric. */
static bool read_address(const struct console_options *o, struct sockaddr_storage *out)
{
    const char *text = o->address != NULL ? o->address : "127.0.0.1";
    struct sockaddr_in *v4 = (struct sockaddr_in *)out;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;
    memset(out, 0, sizeof *out);
    if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(o->port);
        return true;
    }
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(o->port);
    return inet_pton(AF_INET6, text, &v6->sin6_addr) == 1;
}

static result start_daemon(struct console *c)
{
    const struct console_options *o = &c->options;
    struct sockaddr_storage address;
    ENSURE(read_address(o, &address), ERR_RANGE);
    const bool is_tls = o->certificate != NULL;
    const struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)o->certificate},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)o->private_key},
        {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)TLS_PRIORITIES},
        {MHD_OPTION_END, 0, NULL}};
    c->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | (is_tls ? MHD_USE_TLS : 0u) |
            (address.ss_family == AF_INET6 ? MHD_USE_IPv6 : 0u),
        o->port, NULL, NULL, request_handle, c, MHD_OPTION_SOCK_ADDR,
        (const struct sockaddr *)&address, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)CONSOLE_CONNECTIONS_MAX, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)CONSOLE_HEADERS_MAX, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)CONSOLE_IDLE_S,
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_UNESCAPE_CALLBACK, request_keep_escapes, NULL,
        MHD_OPTION_NOTIFY_CONNECTION, count_connection, c, MHD_OPTION_NOTIFY_COMPLETED,
        request_over, c, MHD_OPTION_ARRAY, is_tls ? tls : &tls[3], MHD_OPTION_END);
    ENSURE(c->daemon != NULL, ERR_IO);
    const union MHD_DaemonInfo *port = MHD_get_daemon_info(c->daemon, MHD_DAEMON_INFO_BIND_PORT);
    const union MHD_DaemonInfo *epoll = MHD_get_daemon_info(c->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    ENSURE(port != NULL && port->port != 0 && epoll != NULL && epoll->epoll_fd >= 0, ERR_IO);
    c->port = port->port;
    door_name_hosts(c);
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
        ENSURE(answer_add_headers(c->assets[i], ASSETS[i].type), ERR_IO);
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
    ENSURE(console_is_local(options) || (options->officers != NULL && options->certificate != NULL),
           ERR_RANGE);
    ENSURE((options->certificate != NULL) == (options->private_key != NULL), ERR_RANGE);
    struct console *c = calloc(1, sizeof *c + VIEW_JSON_MAX);
    ENSURE(c != NULL, ERR_IO);
    c->options = *options;
    const int64_t now_ns = console_now_ns();
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
        post_wake_all(c);
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
    sodium_memzero(&c->visits, sizeof c->visits);
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

uint32_t console_visits(const struct console *c)
{
    return visit_count(&c->visits, console_now_ns());
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
    const int64_t now_ns = console_now_ns();
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
    if (c->woken) {
        return 0;
    }
    if (MHD_get_timeout(c->daemon, &server_ms) == MHD_YES && server_ms < INT32_MAX) {
        wait_ms = (int64_t)server_ms;
    }
    const int64_t next = next_ns(c);
    if (next != INT64_MAX) {
        const int64_t left_ns = next - console_now_ns();
        const int64_t left_ms = left_ns > 0 ? (left_ns + NS_PER_MS - 1) / NS_PER_MS : 0;
        wait_ms = left_ms < wait_ms ? left_ms : wait_ms;
    }
    return wait_ms > INT32_MAX ? -1 : (int)wait_ms;
}

/* Hands out a new picture, or after a quiet while a sign of life. */
static void serve_streams(struct console *c)
{
    const int64_t now_ns = console_now_ns();
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
    c->woken = false;
    ENSURE(MHD_run(c->daemon) == MHD_YES, ERR_IO);
    return OK;
}
