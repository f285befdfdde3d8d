#include "console/request.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "console/stream.h"

/* The page may load what this server gives it, and nothing else from anywhere. */
static const char *const HEADERS[][2] = {
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
     "img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Cache-Control", "no-store"},
};

bool request_add_headers(struct MHD_Response *response, const char *type)
{
    for (size_t i = 0; i < sizeof HEADERS / sizeof HEADERS[0]; i++) {
        if (MHD_add_response_header(response, HEADERS[i][0], HEADERS[i][1]) != MHD_YES) {
            return false;
        }
    }
    return MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type) == MHD_YES;
}

size_t request_keep_escapes(void *cls, struct MHD_Connection *connection, char *text)
{
    (void)cls;
    (void)connection;
    return strlen(text);
}

/* Queues a response that belongs to this request alone, and lets go of it. */
static enum MHD_Result send_own(struct MHD_Connection *connection, unsigned status,
                                struct MHD_Response *response, const char *type)
{
    if (response == NULL) {
        return MHD_NO;
    }
    enum MHD_Result queued = MHD_NO;
    if (request_add_headers(response, type)) {
        queued = MHD_queue_response(connection, status, response);
    }
    MHD_destroy_response(response);
    return queued;
}

static enum MHD_Result refuse(struct MHD_Connection *connection, unsigned status, const char *why)
{
    char body[96];
    const int size = snprintf(body, sizeof body, "%u %s\n", status, why);
    assert(size > 0 && (size_t)size < sizeof body);
    struct MHD_Response *response =
        MHD_create_response_from_buffer((size_t)size, body, MHD_RESPMEM_MUST_COPY);
    if (response != NULL && status == MHD_HTTP_METHOD_NOT_ALLOWED &&
        MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD") != MHD_YES) {
        MHD_destroy_response(response);
        return MHD_NO;
    }
    /* Who was refused does not keep a place that another one may need. */
    if (response != NULL &&
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close") != MHD_YES) {
        MHD_destroy_response(response);
        return MHD_NO;
    }
    return send_own(connection, status, response, "text/plain; charset=utf-8");
}

struct host_check {
    char names[2][24];
    unsigned good;
    unsigned all;
};

static enum MHD_Result look_at_header(void *cls, enum MHD_ValueKind kind, const char *key,
                                      const char *value)
{
    struct host_check *check = cls;
    (void)kind;
    if (strcasecmp(key, MHD_HTTP_HEADER_HOST) == 0) {
        check->all++;
        const bool known = value != NULL && (strcmp(value, check->names[0]) == 0 ||
                                             strcasecmp(value, check->names[1]) == 0);
        check->good += known ? 1 : 0;
    }
    return MHD_YES;
}

/* Exactly one Host, and it is this machine at this port. */
static bool host_is_ours(const struct console *console, struct MHD_Connection *connection)
{
    struct host_check check = {.good = 0};
    snprintf(check.names[0], sizeof check.names[0], "127.0.0.1:%u", console->port);
    snprintf(check.names[1], sizeof check.names[1], "localhost:%u", console->port);
    MHD_get_connection_values(connection, MHD_HEADER_KIND, look_at_header, &check);
    return check.all == 1 && check.good == 1;
}

/* Browsers say where a request comes from; others do not, and may ask. */
static bool site_is_ours(struct MHD_Connection *connection, const char *url)
{
    const char *site = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Sec-Fetch-Site");
    return site == NULL || strcmp(site, "same-origin") == 0 || strcmp(site, "none") == 0 ||
           strcmp(url, "/") == 0;
}

static enum MHD_Result send_state(struct console *console, struct MHD_Connection *connection)
{
    console_render(console);
    if (console->picture == NULL) {
        return refuse(connection, MHD_HTTP_SERVICE_UNAVAILABLE, "nothing to show yet");
    }
    return send_own(connection, MHD_HTTP_OK, stream_once(console->picture), "application/json");
}

static enum MHD_Result send_status(struct console *console, struct MHD_Connection *connection)
{
    static char text[CONSOLE_STATUS_MAX];
    const struct console_options *o = &console->options;
    const size_t size = o->status != NULL ? o->status(o->status_context, text, sizeof text) : 0;
    if (size == 0) {
        return refuse(connection, MHD_HTTP_NOT_FOUND, "no node is here");
    }
    return send_own(connection, MHD_HTTP_OK,
                    MHD_create_response_from_buffer(size, text, MHD_RESPMEM_MUST_COPY),
                    "application/json");
}

/* False if the node has nothing of that path. */
static bool send_document(struct console *console, struct MHD_Connection *connection,
                          const char *url, enum MHD_Result *sent)
{
    static char text[CONSOLE_DOCUMENT_MAX];
    const struct console_options *o = &console->options;
    const char *type = NULL;
    const size_t size =
        o->document != NULL ? o->document(o->status_context, url, text, sizeof text, &type) : 0;
    if (size > 0) {
        *sent = send_own(connection, MHD_HTTP_OK,
                         MHD_create_response_from_buffer(size, text, MHD_RESPMEM_MUST_COPY), type);
    }
    return size > 0;
}

static enum MHD_Result send_events(struct console *console, struct MHD_Connection *connection)
{
    if (console->stream_count >= CONSOLE_STREAMS_MAX) {
        console->counters.refused_busy++;
        return refuse(connection, MHD_HTTP_SERVICE_UNAVAILABLE, "too many streams are open");
    }
    const char *id = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Last-Event-ID");
    const uint64_t last = id != NULL ? picture_sequence_of(id, console->run) : 0;
    return send_own(connection, MHD_HTTP_OK, stream_response(console, connection, last),
                    "text/event-stream");
}

enum MHD_Result request_handle(void *cls, struct MHD_Connection *connection, const char *url,
                               const char *method, const char *version, const char *upload,
                               size_t *upload_size, void **state)
{
    struct console *console = cls;
    (void)version;
    (void)upload;
    (void)upload_size;
    (void)state;
    console->counters.requests++;
    if (!host_is_ours(console, connection)) {
        console->counters.refused_host++;
        return refuse(connection, MHD_HTTP_MISDIRECTED_REQUEST, "not this host");
    }
    if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0) {
        console->counters.refused_method++;
        return refuse(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET and HEAD");
    }
    if (!site_is_ours(connection, url)) {
        console->counters.refused_site++;
        return refuse(connection, MHD_HTTP_FORBIDDEN, "not for another site's page");
    }
    if (strcmp(url, "/state") == 0) {
        return send_state(console, connection);
    }
    if (strcmp(url, "/status") == 0) {
        return send_status(console, connection);
    }
    if (strcmp(url, "/events") == 0) {
        return send_events(console, connection);
    }
    for (size_t i = 0; i < ASSET_COUNT; i++) {
        if (strcmp(url, ASSETS[i].path) == 0) {
            return MHD_queue_response(connection, MHD_HTTP_OK, console->assets[i]);
        }
    }
    enum MHD_Result sent = MHD_NO;
    if (send_document(console, connection, url, &sent)) {
        return sent;
    }
    console->counters.not_found++;
    return refuse(connection, MHD_HTTP_NOT_FOUND, "no such page");
}
