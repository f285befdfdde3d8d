#include "console/request.h"

#include <string.h>

#include "console/answer.h"
#include "console/door.h"
#include "console/post.h"
#include "console/stream.h"
#include "console/view_json.h"

size_t request_keep_escapes(void *cls, struct MHD_Connection *connection, char *text)
{
    (void)cls;
    (void)connection;
    return strlen(text);
}

static enum MHD_Result send_state(struct console *console, struct MHD_Connection *connection)
{
    console_render(console);
    if (console->picture == NULL) {
        return answer_refusal(connection, MHD_HTTP_SERVICE_UNAVAILABLE, "nothing to show yet");
    }
    return answer_own(connection, MHD_HTTP_OK, stream_once(console->picture), "application/json");
}

static enum MHD_Result send_status(struct console *console, struct MHD_Connection *connection)
{
    static char text[CONSOLE_STATUS_MAX];
    const struct console_options *o = &console->options;
    const size_t size = o->status != NULL ? o->status(o->status_context, text, sizeof text) : 0;
    if (size == 0) {
        return answer_refusal(connection, MHD_HTTP_NOT_FOUND, "no node is here");
    }
    return answer_own(connection, MHD_HTTP_OK,
                      MHD_create_response_from_buffer(size, text, MHD_RESPMEM_MUST_COPY),
                      "application/json");
}

/* What officers ordered, with their reasons: for the log and the hand-over. */
static enum MHD_Result send_orders(struct console *console, struct MHD_Connection *connection)
{
    static char text[CONSOLE_STATUS_MAX];
    size_t size = 0;
    if (view_json_orders(&console->view, text, sizeof text, &size) != OK) {
        return answer_refusal(connection, MHD_HTTP_SERVICE_UNAVAILABLE, "does not fit");
    }
    return answer_json(connection, MHD_HTTP_OK, text, size, NULL);
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
        *sent =
            answer_own(connection, MHD_HTTP_OK,
                       MHD_create_response_from_buffer(size, text, MHD_RESPMEM_MUST_COPY), type);
    }
    return size > 0;
}

static enum MHD_Result send_events(struct console *console, struct MHD_Connection *connection,
                                   const struct visit *visit)
{
    if (console->stream_count >= CONSOLE_STREAMS_MAX) {
        console->counters.refused_busy++;
        return answer_refusal(connection, MHD_HTTP_SERVICE_UNAVAILABLE,
                              "too many streams are open");
    }
    const char *id = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Last-Event-ID");
    const uint64_t last = id != NULL ? picture_sequence_of(id, console->run) : 0;
    return answer_own(connection, MHD_HTTP_OK,
                      stream_response(console, connection, last, visit != NULL ? visit->serial : 0),
                      "text/event-stream");
}

/* The truth of an exercise, and how it goes. */
static enum MHD_Result send_control(struct console *console, struct MHD_Connection *connection,
                                    const struct visit *visit)
{
    static char text[CONSOLE_STATUS_MAX];
    const struct console_officers *o = console->options.officers;
    if (visit == NULL || (visit->who.roles & ROLE_CONTROL) == 0) {
        console->counters.refused_visit++;
        return answer_refusal(connection, MHD_HTTP_FORBIDDEN, "only for the controller");
    }
    const size_t size = o->truth != NULL ? o->truth(o->context, text, sizeof text) : 0;
    if (size == 0) {
        return answer_refusal(connection, MHD_HTTP_NOT_FOUND, "nothing is controlled here");
    }
    return answer_json(connection, MHD_HTTP_OK, text, size, NULL);
}

/* What shows something of the watch. False if the path is none of these. */
static bool send_watch(struct console *console, struct MHD_Connection *connection, const char *url,
                       enum MHD_Result *sent)
{
    const bool is_state = strcmp(url, "/state") == 0;
    const bool is_events = strcmp(url, "/events") == 0;
    const bool is_orders = strcmp(url, "/orders") == 0;
    const bool is_status = strcmp(url, "/status") == 0;
    if (!is_state && !is_events && !is_orders && !is_status) {
        return false;
    }
    const struct visit *visit = door_visit(console, connection);
    if (console->options.officers != NULL && visit == NULL) {
        console->counters.refused_visit++;
        *sent = answer_refusal(connection, MHD_HTTP_UNAUTHORIZED, "sign in first");
    } else if (visit != NULL && is_status && (visit->who.roles & ROLE_ENGINEER) == 0) {
        console->counters.refused_visit++;
        *sent = answer_refusal(connection, MHD_HTTP_FORBIDDEN, "only for engineers");
    } else if (is_events) {
        *sent = send_events(console, connection, visit);
    } else {
        *sent = is_state    ? send_state(console, connection)
                : is_orders ? send_orders(console, connection)
                            : send_status(console, connection);
    }
    return true;
}

static enum MHD_Result get(struct console *console, struct MHD_Connection *connection,
                           const char *url)
{
    enum MHD_Result sent = MHD_NO;
    if (send_watch(console, connection, url, &sent)) {
        return sent;
    }
    if (strcmp(url, "/who") == 0) {
        return post_tell_who(console, connection);
    }
    if (strcmp(url, "/control") == 0 && console->options.officers != NULL) {
        return send_control(console, connection, door_visit(console, connection));
    }
    for (size_t i = 0; i < ASSET_COUNT; i++) {
        if (strcmp(url, ASSETS[i].path) == 0) {
            return MHD_queue_response(connection, MHD_HTTP_OK, console->assets[i]);
        }
    }
    if (send_document(console, connection, url, &sent)) {
        return sent;
    }
    console->counters.not_found++;
    return answer_refusal(connection, MHD_HTTP_NOT_FOUND, "no such page");
}

enum MHD_Result request_handle(void *cls, struct MHD_Connection *connection, const char *url,
                               const char *method, const char *version, const char *upload,
                               size_t *upload_size, void **state)
{
    struct console *console = cls;
    (void)version;
    if (*state != NULL) {
        return post_handle(console, connection, url, upload, upload_size, state);
    }
    console->counters.requests++;
    if (!door_host_is_ours(console, connection)) {
        console->counters.refused_host++;
        return answer_refusal(connection, MHD_HTTP_MISDIRECTED_REQUEST, "not this host");
    }
    const bool is_post = strcmp(method, MHD_HTTP_METHOD_POST) == 0 &&
                         console->options.officers != NULL && post_is_path(url);
    if (!is_post && strcmp(method, MHD_HTTP_METHOD_GET) != 0 &&
        strcmp(method, MHD_HTTP_METHOD_HEAD) != 0) {
        console->counters.refused_method++;
        return answer_refusal(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET and HEAD");
    }
    if (!door_site_is_ours(connection, url)) {
        console->counters.refused_site++;
        return answer_refusal(connection, MHD_HTTP_FORBIDDEN, "not for another site's page");
    }
    return is_post ? post_handle(console, connection, url, upload, upload_size, state)
                   : get(console, connection, url);
}
