#include <curl/curl.h>
#include <stdarg.h>
#include <uv.h>

#include "failing.h"

FAILING(CURL *, curl_easy_init, NULL, (void), ())
FAILING(CURLM *, curl_multi_init, NULL, (void), ())
FAILING(CURLMcode, curl_multi_add_handle, CURLM_OUT_OF_MEMORY, (CURLM * m, CURL *e), (m, e))
FAILING(struct curl_slist *, curl_slist_append, NULL, (struct curl_slist * l, const char *text),
        (l, text))
FAILING(int, uv_poll_init_socket, UV_ENOMEM, (uv_loop_t * l, uv_poll_t *p, uv_os_sock_t s),
        (l, p, s))
FAILING(int, uv_poll_start, UV_EBADF, (uv_poll_t * p, int events, uv_poll_cb each),
        (p, events, each))

#undef curl_easy_setopt
CURLcode __real_curl_easy_setopt(CURL *e, CURLoption option, ...);
CURLcode __wrap_curl_easy_setopt(CURL *e, CURLoption option, ...);
CURLcode __wrap_curl_easy_setopt(CURL *e, CURLoption option, ...)
{
    va_list more;
    va_start(more, option);
    void *value = va_arg(more, void *); /* a long, a pointer or a function: of one size here */
    va_end(more);
    return failing_now() ? CURLE_OUT_OF_MEMORY : __real_curl_easy_setopt(e, option, value);
}
