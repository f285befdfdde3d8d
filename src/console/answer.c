#include "console/answer.h"

#include <assert.h>
#include <stdio.h>

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

bool answer_add_headers(struct MHD_Response *response, const char *type)
{
    for (size_t i = 0; i < sizeof HEADERS / sizeof HEADERS[0]; i++) {
        if (MHD_add_response_header(response, HEADERS[i][0], HEADERS[i][1]) != MHD_YES) {
            return false;
        }
    }
    return MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type) == MHD_YES;
}

enum MHD_Result answer_own(struct MHD_Connection *connection, unsigned status,
                           struct MHD_Response *response, const char *type)
{
    if (response == NULL) {
        return MHD_NO;
    }
    enum MHD_Result queued = MHD_NO;
    if (answer_add_headers(response, type)) {
        queued = MHD_queue_response(connection, status, response);
    }
    MHD_destroy_response(response);
    return queued;
}

enum MHD_Result answer_refusal(struct MHD_Connection *connection, unsigned status, const char *why)
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
    if (response != NULL &&
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close") != MHD_YES) {
        MHD_destroy_response(response);
        return MHD_NO;
    }
    return answer_own(connection, status, response, "text/plain; charset=utf-8");
}

enum MHD_Result answer_json(struct MHD_Connection *connection, unsigned status, const char *text,
                            size_t size, const char *cookie)
{
    /* The cast drops const for an interface that copies. */
    struct MHD_Response *response =
        MHD_create_response_from_buffer(size, (void *)(uintptr_t)text, MHD_RESPMEM_MUST_COPY);
    if (response != NULL && cookie != NULL &&
        MHD_add_response_header(response, MHD_HTTP_HEADER_SET_COOKIE, cookie) != MHD_YES) {
        MHD_destroy_response(response);
        return MHD_NO;
    }
    return answer_own(connection, status, response, "application/json");
}
