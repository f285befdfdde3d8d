#include "node/sockets.h"

#include <asm/socket.h>
#include <assert.h>
#include <arpa/inet.h>
#include <linux/sock_diag.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "formats/observation_line.h"

#define DATAGRAM_BYTES_MAX 65536
#define RECEIVE_BUFFER_BYTES (8 * 1024 * 1024) /* as far as the system allows */
#define BACKLOG 16
#define KEEPALIVE_S 30
#define SWEEP_MS 5000

struct port {
    struct sockets *owner;
    enum node_listen_kind kind;
    char name[NODE_HOST_SIZE + 24]; /* "udp 127.0.0.1:9001" */
    bool is_owed; /* a connection that there was no memory for: libuv takes no other before it */
    union {
        uv_handle_t handle;
        uv_udp_t udp;
        uv_tcp_t tcp;
    };
};

struct client {
    uv_tcp_t tcp;
    const struct port *port;
    bool skipping;          /* the rest of a line that is too long */
    uint64_t heard_ms;      /* by the loop's clock */
    uint64_t unfinished_ms; /* since when a line is unfinished; 0 = none is */
    size_t size;
    uint8_t line[OBSERVATION_LINE_BYTES_MAX + 1];
};

struct sockets {
    struct sockets_options options;
    struct sockets_counters counters;
    uv_timer_t sweep;
    struct client *clients[SOCKETS_CLIENTS_MAX];
    uint32_t port_count;
    struct port ports[NODE_LISTEN_MAX];
    char datagram[DATAGRAM_BYTES_MAX];
};

static struct instant now_of(const struct sockets *s)
{
    return s->options.now(s->options.context);
}

static void give_datagram_room(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
    (void)suggested;
    const struct port *port = handle->data;
    *out = uv_buf_init(port->owner->datagram, sizeof port->owner->datagram);
}

static void take_datagram(uv_udp_t *udp, ssize_t size, const uv_buf_t *buffer,
                          const struct sockaddr *from, unsigned flags)
{
    const struct port *port = udp->data;
    struct sockets *s = port->owner;
    if (from == NULL || size < 0) {
        return; /* nothing there, or an error of one datagram: the next one comes */
    }
    s->counters.datagrams++;
    const struct bytes bytes = {(const uint8_t *)buffer->base, (size_t)size};
    if ((flags & UV_UDP_PARTIAL) != 0) {
        ingest_refuse(s->options.ingest, port->name, INGEST_TOO_LONG, now_of(s));
    } else if (port->kind == NODE_LISTEN_ASTERIX) {
        ingest_asterix(s->options.ingest, port->name, bytes, now_of(s));
    } else {
        ingest_lines(s->options.ingest, port->name, bytes, now_of(s));
    }
}

static void client_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void close_client(struct sockets *s, uint32_t at)
{
    struct client *c = s->clients[at];
    s->clients[at] = NULL;
    s->counters.clients--;
    uv_close((uv_handle_t *)&c->tcp, client_closed);
}

static uint32_t find_client(const struct sockets *s, const struct client *c)
{
    uint32_t at = 0;
    while (at < SOCKETS_CLIENTS_MAX && s->clients[at] != c) {
        at++;
    }
    assert(at < SOCKETS_CLIENTS_MAX);
    return at;
}

static void give_line_room(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
    (void)suggested;
    struct client *c = handle->data;
    *out = uv_buf_init((char *)c->line + c->size, (unsigned)(sizeof c->line - c->size));
}

/* Hands out the whole lines, and keeps what is left of the last. */
static void take_lines(struct sockets *s, struct client *c)
{
    const struct instant now = now_of(s);
    size_t from = 0;
    const uint8_t *end = NULL;
    while ((end = memchr(c->line + from, '\n', c->size - from)) != NULL) {
        const size_t size = (size_t)(end - c->line) - from;
        if (!c->skipping) {
            ingest_line(s->options.ingest, c->port->name, (struct bytes){c->line + from, size},
                        now);
        }
        c->skipping = false;
        from += size + 1;
    }
    c->size -= from;
    memmove(c->line, c->line + from, c->size);
    if (c->size == sizeof c->line) {
        if (!c->skipping) {
            ingest_refuse(s->options.ingest, c->port->name, INGEST_TOO_LONG, now);
        }
        c->skipping = true;
        c->size = 0;
    }
    const bool is_unfinished = c->size > 0 || c->skipping;
    if (!is_unfinished) {
        c->unfinished_ms = 0;
    } else if (c->unfinished_ms == 0 || from > 0) {
        c->unfinished_ms = c->heard_ms;
    }
}

static void take_stream(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer)
{
    (void)buffer;
    struct client *c = stream->data;
    struct sockets *s = c->port->owner;
    if (size < 0) {
        if (size == UV_EOF && !c->skipping) {
            /* The last line may lack its end. */
            ingest_line(s->options.ingest, c->port->name, (struct bytes){c->line, c->size},
                        now_of(s));
        }
        close_client(s, find_client(s, c));
        return;
    }
    c->heard_ms = uv_now(s->options.loop);
    c->size += (size_t)size;
    take_lines(s, c);
}

/* A place for a newcomer; SOCKETS_CLIENTS_MAX if there is none. */
static uint32_t find_place(struct sockets *s)
{
    uint32_t silent = SOCKETS_CLIENTS_MAX;
    for (uint32_t i = 0; i < SOCKETS_CLIENTS_MAX; i++) {
        if (s->clients[i] == NULL) {
            return i;
        }
        if (silent == SOCKETS_CLIENTS_MAX ||
            s->clients[i]->heard_ms < s->clients[silent]->heard_ms) {
            silent = i;
        }
    }
    const uint64_t silent_ms = uv_now(s->options.loop) - s->clients[silent]->heard_ms;
    if (silent_ms < SOCKETS_SILENT_S * UINT64_C(1000)) {
        return SOCKETS_CLIENTS_MAX;
    }
    close_client(s, silent);
    s->counters.closed_silent++;
    return silent;
}

static void take_connection(uv_stream_t *server, int status)
{
    struct port *port = server->data;
    struct sockets *s = port->owner;
    struct client *c = status == 0 ? calloc(1, sizeof *c) : NULL;
    if (c == NULL || uv_tcp_init(s->options.loop, &c->tcp) != 0) {
        port->is_owed = status == 0;
        free(c);
        return;
    }
    c->tcp.data = c;
    c->port = port;
    c->heard_ms = uv_now(s->options.loop);
    const bool accepted = uv_accept(server, (uv_stream_t *)&c->tcp) == 0;
    const uint32_t at = accepted ? find_place(s) : SOCKETS_CLIENTS_MAX;
    if (at == SOCKETS_CLIENTS_MAX) {
        s->counters.turned_away += accepted ? 1 : 0;
        uv_close((uv_handle_t *)&c->tcp, client_closed);
        return;
    }
    s->clients[at] = c;
    s->counters.clients++;
    s->counters.connections++;
    (void)uv_tcp_keepalive(&c->tcp, 1, KEEPALIVE_S);
    if (uv_read_start((uv_stream_t *)&c->tcp, give_line_room, take_stream) != 0) {
        close_client(s, at);
    }
}

static void sweep(uv_timer_t *timer)
{
    struct sockets *s = timer->data;
    for (uint32_t i = 0; i < s->port_count; i++) {
        if (s->ports[i].is_owed) {
            s->ports[i].is_owed = false;
            take_connection((uv_stream_t *)&s->ports[i].tcp, 0);
        }
    }
    const uint64_t now_ms = uv_now(s->options.loop);
    for (uint32_t i = 0; i < SOCKETS_CLIENTS_MAX; i++) {
        const struct client *c = s->clients[i];
        if (c != NULL && c->unfinished_ms != 0 &&
            now_ms - c->unfinished_ms > SOCKETS_UNFINISHED_S * UINT64_C(1000)) {
            ingest_refuse(s->options.ingest, c->port->name, INGEST_TOO_LONG, now_of(s));
            close_client(s, i);
            s->counters.closed_unfinished++;
        }
    }
}

/* Radars often send to a group of listeners. */
static bool is_group(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET6) {
        /* not a finding (bugprone-casting-through-void): the family says what it is */
        return IN6_IS_ADDR_MULTICAST(
            &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr);
    }
    /* not a finding (bugprone-casting-through-void): the family says what it is */
    return IN_MULTICAST(
        ntohl(((const struct sockaddr_in *)(const void *)address)->sin_addr.s_addr));
}

static int open_udp(struct port *port, const char *host, const struct sockaddr *address)
{
    int status = uv_udp_init(port->owner->options.loop, &port->udp);
    if (status != 0) {
        return status;
    }
    port->owner->port_count++;
    port->udp.data = port;
    status = uv_udp_bind(&port->udp, address, 0);
    if (status == 0 && is_group(address)) {
        status = uv_udp_set_membership(&port->udp, host, NULL, UV_JOIN_GROUP);
    }
    if (status == 0) {
        int size = RECEIVE_BUFFER_BYTES;
        (void)uv_recv_buffer_size(&port->handle, &size); /* what the system gives is what we get */
        status = uv_udp_recv_start(&port->udp, give_datagram_room, take_datagram);
    }
    return status;
}

static int open_tcp(struct port *port, const struct sockaddr *address)
{
    int status = uv_tcp_init(port->owner->options.loop, &port->tcp);
    if (status != 0) {
        return status;
    }
    port->owner->port_count++;
    port->tcp.data = port;
    status = uv_tcp_bind(&port->tcp, address, 0);
    if (status == 0) {
        status = uv_listen((uv_stream_t *)&port->tcp, BACKLOG, take_connection);
    }
    return status;
}

static int open_port(struct port *port, const struct node_listen *listen)
{
    struct sockaddr_storage address;
    const char *host = listen->at.host;
    const bool is_six = strchr(host, ':') != NULL;
    const int parsed = is_six ? uv_ip6_addr(host, listen->at.port, (struct sockaddr_in6 *)&address)
                              : uv_ip4_addr(host, listen->at.port, (struct sockaddr_in *)&address);
    if (parsed != 0) {
        return parsed;
    }
    port->kind = listen->kind;
    (void)snprintf(port->name, sizeof port->name, is_six ? "%s [%s]:%u" : "%s %s:%u",
                   node_listen_text(listen->kind), host, (unsigned)listen->at.port);
    const struct sockaddr *generic = (const struct sockaddr *)&address;
    return listen->kind == NODE_LISTEN_TCP ? open_tcp(port, generic)
                                           : open_udp(port, host, generic);
}

result sockets_open(const struct sockets_options *options, struct sockets **out,
                    char message[SOCKETS_MESSAGE_SIZE])
{
    struct sockets *s = calloc(1, sizeof *s);
    (void)snprintf(message, SOCKETS_MESSAGE_SIZE, "there is no memory");
    ENSURE(s != NULL, ERR_IO);
    s->options = *options;
    *out = s;
    (void)uv_timer_init(options->loop, &s->sweep);
    s->sweep.data = s;
    (void)uv_timer_start(&s->sweep, sweep, SWEEP_MS, SWEEP_MS);
    for (uint32_t i = 0; i < options->listen_count; i++) {
        struct port *port = &s->ports[i];
        port->owner = s;
        const int status = open_port(port, &options->listen[i]);
        if (status != 0) {
            (void)snprintf(message, SOCKETS_MESSAGE_SIZE,
                           "cannot listen on %s: %s; expected an address of this machine and a "
                           "port that no one else has",
                           port->name, uv_strerror(status));
            return ERR_IO;
        }
    }
    return OK;
}

void sockets_close(struct sockets *s)
{
    if (s == NULL) {
        return;
    }
    uv_close((uv_handle_t *)&s->sweep, NULL);
    for (uint32_t i = 0; i < s->port_count; i++) {
        uv_close(&s->ports[i].handle, NULL);
    }
    for (uint32_t i = 0; i < SOCKETS_CLIENTS_MAX; i++) {
        if (s->clients[i] != NULL) {
            close_client(s, i);
        }
    }
}

void sockets_free(struct sockets *s)
{
    free(s);
}

void sockets_count(const struct sockets *s, struct sockets_counters *out)
{
    *out = s->counters;
    out->dropped = 0;
    for (uint32_t i = 0; i < s->port_count; i++) {
        uv_os_fd_t fd = -1;
        uint32_t info[SK_MEMINFO_VARS] = {0};
        socklen_t size = sizeof info;
        if (s->ports[i].kind != NODE_LISTEN_TCP && uv_fileno(&s->ports[i].handle, &fd) == 0 &&
            getsockopt(fd, SOL_SOCKET, SO_MEMINFO, info, &size) == 0) {
            out->dropped += info[SK_MEMINFO_DROPS];
        }
    }
}
