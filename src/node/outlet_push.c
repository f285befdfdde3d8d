#include "node/outlet_push.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct attempt {
    struct outlet_push *push;
    struct attempt *next;
    CURL *easy;
    struct curl_slist *headers;
    uint64_t tag;
    size_t answer_size;
    char answer[OUTLET_RECEIPT_SIZE / 2];
    char error[CURL_ERROR_SIZE];
};

struct outlet_push {
    struct outlet_push_options options;
    CURLM *multi;
    uv_timer_t timer;
    struct attempt *attempts;
    bool is_blind; /* a socket cannot be watched */
};

/* One socket of libcurl's that the loop watches. */
struct watched {
    uv_poll_t poll;
    struct outlet_push *push;
    curl_socket_t socket;
};

static void free_watched(uv_handle_t *handle)
{
    free(handle->data);
}

static void free_attempt(struct attempt *a)
{
    (void)curl_multi_remove_handle(a->push->multi, a->easy);
    curl_easy_cleanup(a->easy);
    curl_slist_free_all(a->headers);
    free(a);
}

static void unlink_attempt(struct outlet_push *p, struct attempt *gone)
{
    for (struct attempt **a = &p->attempts; *a != NULL; a = &(*a)->next) {
        if (*a == gone) {
            *a = gone->next;
            return;
        }
    }
}

/* The first line of what a server said, as far as it is plain text. */
static void trim(char *text)
{
    for (char *c = text; *c != '\0'; c++) {
        if (*c == '\r' || *c == '\n') {
            *c = '\0';
            return;
        }
        *c = *c < ' ' || *c > '~' ? '?' : *c;
    }
}

static void finish(struct outlet_push *p, struct attempt *a, CURLcode code)
{
    char receipt[OUTLET_RECEIPT_SIZE];
    long status = 0;
    (void)curl_easy_getinfo(a->easy, CURLINFO_RESPONSE_CODE, &status);
    const bool taken = code == CURLE_OK && status >= 200 && status < 300;
    a->answer[a->answer_size] = '\0';
    trim(a->answer);
    trim(a->error);
    if (code == CURLE_OK) {
        (void)snprintf(receipt, sizeof receipt, "HTTP %ld%s%.70s", status,
                       a->answer[0] != '\0' ? ": " : "", a->answer);
    } else {
        (void)snprintf(receipt, sizeof receipt, "%.150s",
                       a->error[0] != '\0' ? a->error : curl_easy_strerror(code));
    }
    const uint64_t tag = a->tag;
    unlink_attempt(p, a);
    free_attempt(a);
    p->options.done(p->options.context, tag, taken, receipt);
}

static void look(struct outlet_push *p)
{
    int left = 0;
    const CURLMsg *message;
    while ((message = curl_multi_info_read(p->multi, &left)) != NULL) {
        if (message->msg == CURLMSG_DONE) {
            struct attempt *a = NULL;
            const CURLcode code = message->data.result;
            (void)curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &a);
            finish(p, a, code);
        }
    }
}

static void act(struct outlet_push *p, curl_socket_t socket, int what)
{
    int running = 0;
    (void)curl_multi_socket_action(p->multi, socket, what, &running);
    look(p);
    while (p->is_blind && p->attempts != NULL) {
        finish(p, p->attempts, CURLE_OUT_OF_MEMORY);
    }
    p->is_blind = false;
}

static void timer_due(uv_timer_t *timer)
{
    act(timer->data, CURL_SOCKET_TIMEOUT, 0);
}

static int set_timer(CURLM *multi, long wait_ms, void *context)
{
    struct outlet_push *p = context;
    (void)multi;
    if (wait_ms < 0) {
        (void)uv_timer_stop(&p->timer);
    } else {
        (void)uv_timer_start(&p->timer, timer_due, (uint64_t)wait_ms, 0);
    }
    return 0;
}

static void socket_ready(uv_poll_t *poll, int status, int events)
{
    struct watched *w = poll->data;
    int what = status < 0 ? CURL_CSELECT_ERR : 0;
    what |= (events & UV_READABLE) != 0 ? CURL_CSELECT_IN : 0;
    what |= (events & UV_WRITABLE) != 0 ? CURL_CSELECT_OUT : 0;
    act(w->push, w->socket, what);
}

static struct watched *watch(struct outlet_push *p, curl_socket_t socket)
{
    struct watched *w = calloc(1, sizeof *w);
    if (w == NULL || uv_poll_init_socket(p->options.loop, &w->poll, socket) != 0) {
        free(w);
        return NULL;
    }
    w->poll.data = w;
    w->push = p;
    w->socket = socket;
    (void)curl_multi_assign(p->multi, socket, w);
    return w;
}

static int set_socket(CURL *easy, curl_socket_t socket, int what, void *context,
                      void *socket_context)
{
    struct outlet_push *p = context;
    struct watched *w = socket_context;
    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        if (w != NULL) {
            (void)curl_multi_assign(p->multi, socket, NULL);
            uv_close((uv_handle_t *)&w->poll, free_watched);
        }
        return 0;
    }
    w = w != NULL ? w : watch(p, socket);
    if (w == NULL) {
        p->is_blind = true; /* were libcurl told of it, it would never send anything any more */
        return 0;
    }
    const int events = ((what & CURL_POLL_IN) != 0 ? UV_READABLE : 0) |
                       ((what & CURL_POLL_OUT) != 0 ? UV_WRITABLE : 0);
    p->is_blind |= uv_poll_start(&w->poll, events, socket_ready) != 0;
    return 0;
}

result outlet_push_open(const struct outlet_push_options *options, struct outlet_push **out)
{
    ENSURE(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK, ERR_IO);
    struct outlet_push *p = calloc(1, sizeof *p);
    CURLM *multi = p != NULL ? curl_multi_init() : NULL;
    if (multi == NULL) {
        free(p);
        return ERR_IO;
    }
    p->options = *options;
    p->multi = multi;
    (void)uv_timer_init(options->loop, &p->timer);
    p->timer.data = p;
    (void)curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, set_socket);
    (void)curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, p);
    (void)curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, set_timer);
    (void)curl_multi_setopt(multi, CURLMOPT_TIMERDATA, p);
    *out = p;
    return OK;
}

/* Keeps the beginning of the answer, and lets the rest pass up to a limit. */
static size_t take_answer(char *data, size_t one, size_t size, void *context)
{
    struct attempt *a = context;
    const size_t room = sizeof a->answer - 1 - a->answer_size;
    const size_t taken = size < room ? size : room;
    memcpy(a->answer + a->answer_size, data, taken);
    a->answer_size += taken;
    return one * size;
}

static bool set_up(struct attempt *a, const char *address, const char *authority, struct bytes text)
{
    CURL *e = a->easy;
    a->headers = curl_slist_append(NULL, "Content-Type: application/cap+xml");
    struct curl_slist *more = a->headers != NULL ? curl_slist_append(a->headers, "Expect:") : NULL;
    return more != NULL && curl_easy_setopt(e, CURLOPT_URL, address) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "https") == CURLE_OK &&
           (authority[0] == '\0' || curl_easy_setopt(e, CURLOPT_CAINFO, authority) == CURLE_OK) &&
           curl_easy_setopt(e, CURLOPT_HTTPHEADER, a->headers) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE, (long)text.size) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_COPYPOSTFIELDS, (const char *)text.data) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, take_answer) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_WRITEDATA, a) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_MAXFILESIZE, 65536L) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_ERRORBUFFER, a->error) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_PRIVATE, a) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_PROXY, "") == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_USERAGENT, "watchfire") == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_TIMEOUT, (long)OUTLET_PUSH_TIMEOUT_S) == CURLE_OK;
}

result outlet_push_send(struct outlet_push *p, uint64_t tag, const char *address,
                        const char *authority, struct bytes text)
{
    struct attempt *a = calloc(1, sizeof *a);
    ENSURE(a != NULL, ERR_IO);
    a->push = p;
    a->tag = tag;
    a->easy = curl_easy_init();
    if (a->easy == NULL || !set_up(a, address, authority, text) ||
        curl_multi_add_handle(p->multi, a->easy) != CURLM_OK) {
        free_attempt(a);
        return ERR_IO;
    }
    a->next = p->attempts;
    p->attempts = a;
    return OK;
}

void outlet_push_close(struct outlet_push *p)
{
    if (p == NULL) {
        return;
    }
    while (p->attempts != NULL) {
        struct attempt *a = p->attempts;
        p->attempts = a->next;
        free_attempt(a);
    }
    (void)curl_multi_cleanup(p->multi); /* takes its sockets out of the loop */
    uv_close((uv_handle_t *)&p->timer, NULL);
}

void outlet_push_free(struct outlet_push *p)
{
    free(p);
}
