/* The page's server over real sockets, from a client that sends exactly the bytes it wants. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <arpa/inet.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "../failing/failing.h"
#include "console/console.h"
#include "fake_view.h"

#define ANSWER_MAX (1024 * 1024)
#define READERS 1000
#define FIRST_LOAD_MAX (250 * 1000) /* all that a page loads, compressed */
#define PATIENCE_MS 5000

static struct view view;
static char answer[ANSWER_MAX];

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static size_t fake_status(void *context, char *out, size_t size)
{
    (void)context;
    return (size_t)snprintf(out, size, "{}");
}

static size_t fake_document(void *context, const char *path, char *out, size_t size,
                            const char **type)
{
    (void)context;
    *type = "text/plain";
    return strcmp(path, "/feed.atom") == 0 ? (size_t)snprintf(out, size, "a feed") : 0;
}

static struct console *open_console(void)
{
    const struct console_options options = {.nation = {"JPN"},
                                            .domain = DOMAIN_EXERCISE,
                                            .per_second_max = 50,
                                            .places = fake_places(),
                                            .status = fake_status,
                                            .document = fake_document};
    struct console *c = NULL;
    const result opened = console_open(&options, &c);
    assert_int_equal(opened != OK, failing_struck());
    assert_true(opened != OK || console_port(c) != 0);
    return c;
}

static void publish_at(struct console *c, double t_s)
{
    struct console_context context;
    fake_view("JPN", DOMAIN_EXERCISE, t_s, &view);
    fake_context(t_s, &context);
    console_publish(c, &view, &context);
}

static int connect_to(const struct console *c, uint32_t address)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(console_port(c))};
    to.sin_addr.s_addr = htonl(address);
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    if (connect(fd, (const struct sockaddr *)&to, sizeof to) != 0) {
        close(fd);
        return -1;
    }
    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    return fd;
}

static void send_all(struct console *c, int fd, const char *bytes, size_t size)
{
    size_t sent = 0;
    const int64_t until = now_ms() + PATIENCE_MS;
    while (sent < size && now_ms() < until) {
        const ssize_t n = send(fd, bytes + sent, size - sent, MSG_NOSIGNAL);
        if (n < 0) {
            struct pollfd p = {.fd = fd, .events = POLLOUT};
            poll(&p, 1, 0);
            if (p.revents & (POLLHUP | POLLERR)) {
                return; /* it has refused already */
            }
        }
        sent += n > 0 ? (size_t)n : 0;
        assert_int_equal(console_poll(c, 1), OK);
    }
}

/* Lets the server run until the answer holds `until`, the other side closes (until is NULL), or
 * patience ends. Gives what came, as text. */
static const char *receive(struct console *c, int fd, const char *until, int64_t patience_ms)
{
    size_t size = 0;
    const int64_t end = now_ms() + patience_ms;
    answer[0] = '\0';
    while (now_ms() < end) {
        assert_int_equal(console_poll(c, 2), OK);
        const ssize_t n = recv(fd, answer + size, ANSWER_MAX - 1 - size, 0);
        if (n == 0) {
            return answer;
        }
        if (n > 0) {
            size += (size_t)n;
            answer[size] = '\0';
            if (until != NULL && strstr(answer, until) != NULL) {
                return answer;
            }
        }
    }
    if (until == NULL) {
        fail_msg("the connection was not closed; so far: %.200s", answer);
    }
    return answer;
}

static int connect_here(const struct console *c)
{
    const int fd = connect_to(c, INADDR_LOOPBACK);
    assert_true(fd >= 0);
    return fd;
}

/* One request with the right Host and `Connection: close`; gives the whole answer. */
static const char *ask(struct console *c, const char *line, const char *more)
{
    char request[1024];
    const int fd = connect_here(c);
    const int size = snprintf(request, sizeof request,
                              "%s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nConnection: close\r\n%s\r\n",
                              line, console_port(c), more);
    send_all(c, fd, request, (size_t)size);
    const char *text = receive(c, fd, NULL, PATIENCE_MS);
    close(fd);
    return text;
}

/* Bytes as they are; gives the status, 0 if the connection was closed without one. */
static int status_of(struct console *c, const char *bytes, size_t size)
{
    const int fd = connect_here(c);
    send_all(c, fd, bytes, size);
    const char *text = receive(c, fd, "\r\n\r\n", PATIENCE_MS);
    close(fd);
    return strncmp(text, "HTTP/1.", 7) == 0 ? (int)strtol(text + 9, NULL, 10) : 0;
}

static int status_with_host(struct console *c, const char *host_lines)
{
    char request[512];
    const int size = snprintf(request, sizeof request,
                              "GET /state HTTP/1.1\r\n%sConnection: close\r\n\r\n", host_lines);
    return status_of(c, request, (size_t)size);
}

static const char *body_of(const char *text)
{
    const char *blank = strstr(text, "\r\n\r\n");
    assert_non_null(blank);
    return blank + 4;
}

static void the_page_comes_with_strict_headers(void **state)
{
    (void)state;
    static const char *const PATHS[][2] = {{"GET /", "text/html"},
                                           {"GET /app.js", "text/javascript"},
                                           {"GET /app.css", "text/css"},
                                           {"GET /icon.svg", "image/svg+xml"},
                                           {"GET /map.json", "application/json"}};
    size_t total = 0;
    struct console *c = open_console();
    for (size_t i = 0; i < sizeof PATHS / sizeof PATHS[0]; i++) {
        const char *text = ask(c, PATHS[i][0], "");
        assert_non_null(strstr(text, "HTTP/1.1 200 "));
        assert_non_null(strstr(text, PATHS[i][1]));
        assert_non_null(strstr(text, "Content-Security-Policy: default-src 'none'; "));
        assert_non_null(strstr(text, "X-Content-Type-Options: nosniff\r\n"));
        assert_non_null(strstr(text, "X-Frame-Options: DENY\r\n"));
        assert_non_null(strstr(text, "Cache-Control: no-store\r\n"));
        assert_null(strstr(text, "Access-Control-Allow-Origin"));
        assert_non_null(strstr(text, "Content-Encoding: gzip\r\n"));
        assert_memory_equal(body_of(text), "\x1f\x8b", 2); /* RFC 1952, 2.3.1 */
        const char *length = strstr(text, "Content-Length: ");
        assert_non_null(length);
        total += (size_t)strtol(length + 16, NULL, 10);
    }
    assert_in_range(total, 60 * 1024, FIRST_LOAD_MAX);
    const char *head = ask(c, "HEAD /", "");
    assert_non_null(strstr(head, "HTTP/1.1 200 "));
    assert_string_equal(body_of(head), "");
    assert_int_equal(console_counters(c).requests, 6);
    console_close(c);
}

static void the_state_is_the_view(void **state)
{
    (void)state;
    struct console *c = open_console();
    assert_non_null(strstr(ask(c, "GET /state", ""), " 503 "));
    publish_at(c, 300.0);
    json_t *root = json_loads(body_of(ask(c, "GET /state", "")), JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(root);
    assert_string_equal(json_string_value(json_object_get(root, "nation")), "JPN");
    assert_int_equal(json_array_size(json_object_get(root, "events")), 1);
    json_decref(root);
    console_close(c);
}

static int open_stream_after(struct console *c, const char *id)
{
    char request[256];
    const int fd = connect_here(c);
    const int size = snprintf(request, sizeof request,
                              "GET /events HTTP/1.1\r\nHost: localhost:%u\r\n%s%s%s\r\n",
                              console_port(c), id != NULL ? "Last-Event-ID: " : "",
                              id != NULL ? id : "", id != NULL ? "\r\n" : "");
    send_all(c, fd, request, (size_t)size);
    return fd;
}

static int open_stream(struct console *c)
{
    return open_stream_after(c, NULL);
}

static void the_stream_delivers_each_new_picture(void **state)
{
    (void)state;
    struct console *c = open_console();
    const int fd = open_stream(c);
    const char *text = receive(c, fd, "retry: 1000", PATIENCE_MS);
    assert_non_null(strstr(text, "Content-Type: text/event-stream\r\n"));
    for (int i = 1; i <= 5; i++) {
        char wanted[32];
        snprintf(wanted, sizeof wanted, "data: {\"sequence\":%d,", i);
        publish_at(c, 100.0 + i);
        assert_non_null(strstr(receive(c, fd, "\n\n", PATIENCE_MS), wanted));
    }
    close(fd);
    console_close(c);
}

/* Ten views in a burst are not ten pictures, but the last one is shown. */
static void a_burst_is_thinned_and_ends_with_the_latest(void **state)
{
    (void)state;
    struct console *c = open_console();
    const int fd = open_stream(c);
    receive(c, fd, "retry: 1000", PATIENCE_MS);
    for (int i = 0; i < 10; i++) {
        publish_at(c, 300.0 + i);
        assert_int_equal(console_poll(c, 0), OK);
    }
    const char *text = receive(c, fd, "\"now\":\"2022-10-03T22:27:09.000Z\"", PATIENCE_MS);
    assert_non_null(strstr(text, "\"now\":\"2022-10-03T22:27:09.000Z\""));
    assert_in_range(console_counters(c).pictures, 1, 9);
    close(fd);
    console_close(c);
}

/* Publishes a picture for each of the times, a little more than a second apart, so that each is
 * kept; lets the reader take them in. */
static void publish_each_second(struct console *c, int fd, double from_s, int count)
{
    for (int i = 0; i < count; i++) {
        publish_at(c, from_s + i);
        char wanted[48];
        snprintf(wanted, sizeof wanted, "\"now\":\"2022-10-03T22:27:%02d.000Z\"",
                 (int)from_s - 300 + i);
        assert_non_null(strstr(receive(c, fd, wanted, PATIENCE_MS), wanted));
        const int64_t until = now_ms() + 1010;
        while (now_ms() < until) {
            assert_int_equal(console_poll(c, 20), OK);
        }
    }
}

static int count_past(struct console *c, const char *id)
{
    const int fd = open_stream_after(c, id);
    const char *text = receive(c, fd, "never", 200);
    int count = 0;
    for (const char *at = text; (at = strstr(at, "event: past\n")) != NULL; at++) {
        count++;
    }
    assert_non_null(strstr(text, "22:27:02.000Z")); /* the present comes in any case */
    close(fd);
    return count;
}

static void a_reader_who_comes_back_gets_what_he_missed(void **state)
{
    (void)state;
    struct console *c = open_console();
    const int fd = open_stream(c);
    publish_each_second(c, fd, 300.0, 3);
    char id[64] = "";
    const char *found = strstr(receive(c, open_stream(c), "id: ", PATIENCE_MS), "id: ");
    assert_int_equal(sscanf(found, "id: %63[0-9a-f-]", id), 1);
    assert_int_equal(strlen(id), 18); /* the run, and the third picture */
    assert_int_equal(count_past(c, NULL), 2);
    assert_int_equal(count_past(c, id), 0);
    id[17] = '1';
    assert_int_equal(count_past(c, id), 1);
    static const char *const FOREIGN[] = {
        "0000000000000000-3", "3", "", "-", "%s%n", "99999999999999999999999999999999999999"};
    for (size_t i = 0; i < sizeof FOREIGN / sizeof FOREIGN[0]; i++) {
        assert_int_equal(count_past(c, FOREIGN[i]), 2);
    }
    id[17] = 'f';
    assert_int_equal(count_past(c, id), 2);
    close(fd);
    console_close(c);
}

static void closing_ends_streams_that_sleep(void **state)
{
    (void)state;
    struct console *c = open_console();
    const int fd = open_stream(c);
    receive(c, fd, "retry: 1000", PATIENCE_MS);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(console_poll(c, 1), OK);
    }
    console_close(c);
    char rest[64];
    ssize_t n = 1;
    struct pollfd p = {.fd = fd, .events = POLLIN};
    while (n > 0 && poll(&p, 1, PATIENCE_MS) == 1) {
        n = recv(fd, rest, sizeof rest, 0);
    }
    assert_true(n <= 0);
    close(fd);
}

static void only_get_and_head(void **state)
{
    (void)state;
    static const char *const LINES[] = {"POST /",    "PUT /state", "DELETE /", "OPTIONS /",
                                        "TRACE /",   "get /",      "BREW /",   "PATCH /events",
                                        "CONNECT /", "POST /state"};
    const size_t count = sizeof LINES / sizeof LINES[0];
    struct console *c = open_console();
    for (size_t i = 0; i < count; i++) {
        const char *text = ask(c, LINES[i], "");
        assert_non_null(strstr(text, "HTTP/1.1 405 "));
        assert_non_null(strstr(text, "Allow: GET, HEAD\r\n"));
    }
    assert_int_equal(console_counters(c).refused_method, count);
    console_close(c);
}

static void a_foreign_host_is_refused(void **state)
{
    (void)state;
    struct console *c = open_console();
    publish_at(c, 300.0);
    char lines[256];
    const unsigned port = console_port(c);
    snprintf(lines, sizeof lines, "Host: 127.0.0.1:%u\r\n", port);
    assert_int_equal(status_with_host(c, lines), 200);
    snprintf(lines, sizeof lines, "Host: LocalHost:%u\r\n", port);
    assert_int_equal(status_with_host(c, lines), 200);
    static const char *const BAD[] = {"Host: evil.example:%u\r\n",
                                      "Host: 127.0.0.1\r\n",
                                      "Host: localhost\r\n",
                                      "Host:\r\n",
                                      "Host: 127.0.0.1:%u.evil.example\r\n",
                                      "Host: 127.0.0.1:1\r\n",
                                      "Host: [::1]:%u\r\n",
                                      "Host: 127.0.0.1:%u\r\nHost: evil.example\r\n"};
    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++) {
        const char *at = strstr(BAD[i], "%u");
        if (at == NULL) {
            snprintf(lines, sizeof lines, "%s", BAD[i]);
        } else {
            snprintf(lines, sizeof lines, "%.*s%u%s", (int)(at - BAD[i]), BAD[i], port, at + 2);
        }
        assert_int_equal(status_with_host(c, lines), 421);
    }
    assert_int_equal(console_counters(c).refused_host, sizeof BAD / sizeof BAD[0]);
    assert_true(status_with_host(c, "") >= 400);
    console_close(c);
}

static void another_sites_page_gets_nothing(void **state)
{
    (void)state;
    struct console *c = open_console();
    publish_at(c, 300.0);
    const char *cross = "Sec-Fetch-Site: cross-site\r\n";
    assert_non_null(strstr(ask(c, "GET /state", cross), " 403 "));
    assert_non_null(strstr(ask(c, "GET /events", cross), " 403 "));
    assert_non_null(strstr(ask(c, "GET /state", "Sec-Fetch-Site: same-site\r\n"), " 403 "));
    assert_non_null(strstr(ask(c, "GET /state", "Sec-Fetch-Site: same-origin\r\n"), " 200 "));
    assert_non_null(strstr(ask(c, "GET /", cross), " 200 "));
    assert_int_equal(console_counters(c).refused_site, 3);
    console_close(c);
}

static void tricks_with_paths_find_nothing(void **state)
{
    (void)state;
    static const char *const LINES[] = {"GET /../etc/passwd",
                                        "GET /%2e%2e/%2e%2e/etc/passwd",
                                        "GET //",
                                        "GET /app%2ejs",
                                        "GET /app.js%00.html",
                                        "GET /app.js/",
                                        "GET /index.html",
                                        "GET /APP.JS",
                                        "GET /state/",
                                        "GET /./state",
                                        "GET \\app.js",
                                        "GET /events%20"};
    const size_t count = sizeof LINES / sizeof LINES[0];
    struct console *c = open_console();
    for (size_t i = 0; i < count; i++) {
        assert_non_null(strstr(ask(c, LINES[i], ""), "HTTP/1.1 404 "));
    }
    assert_int_equal(console_counters(c).not_found, count);
    console_close(c);
}

static void broken_and_huge_requests_end_in_an_error(void **state)
{
    (void)state;
    struct console *c = open_console();
    char *huge = malloc(200000);
    assert_non_null(huge);
    memset(huge, 'a', 200000);
    memcpy(huge, "GET / HTTP/1.1\r\nX: ", 19);
    const int header = status_of(c, huge, 200000);
    assert_true(header == 431 || header == 413 || header == 0);
    memset(huge, 'a', 200000);
    memcpy(huge, "GET /", 5);
    const int line = status_of(c, huge, 200000);
    assert_true(line == 414 || line == 431 || line == 0);
    free(huge);
    static const char NONSENSE[] = "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n";
    const int nonsense = status_of(c, NONSENSE, sizeof NONSENSE - 1);
    assert_true(nonsense >= 400 || nonsense == 0);
    assert_non_null(strstr(ask(c, "GET /", ""), "HTTP/1.1 200 ")); /* and it lives on */
    console_close(c);
}

static void it_listens_on_this_machine_alone(void **state)
{
    (void)state;
    struct console *c = open_console();
    const int here = connect_here(c);
    close(here);
    /* 127.0.0.2 is this machine as well: who listens on every address answers there. */
    assert_int_equal(connect_to(c, INADDR_LOOPBACK + 1), -1);
    console_close(c);
}

/* A thousand readers open the stream and never read: the loop goes on, the page is served. */
static void readers_who_do_not_read_block_no_one(void **state)
{
    (void)state;
    static struct console_context context;
    struct rlimit files; /* both ends of each are here */
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &files), 0);
    files.rlim_cur = files.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &files), 0);
    struct console *c = open_console();
    int readers[READERS];
    for (int i = 0; i < READERS; i++) {
        readers[i] = open_stream(c);
    }
    fake_view_fullest(&view);
    fake_context(300.0, &context);
    struct console_counters counters = console_counters(c);
    const int64_t end = now_ms() + 10 * PATIENCE_MS;
    while (now_ms() < end &&
           (counters.pictures < 5 || counters.refused_busy != READERS - CONSOLE_STREAMS_MAX)) {
        console_publish(c, &view, &context);
        assert_int_equal(console_poll(c, 20), OK);
        counters = console_counters(c);
    }
    assert_int_equal(counters.streams, CONSOLE_STREAMS_MAX);
    assert_int_equal(counters.refused_busy, READERS - CONSOLE_STREAMS_MAX);
    assert_true(counters.pictures >= 5);
    assert_non_null(strstr(ask(c, "GET /", ""), "HTTP/1.1 200 "));
    for (int i = 0; i < READERS; i++) {
        close(readers[i]);
    }
    console_close(c);
}

static void who_is_gone_gives_his_place_back(void **state)
{
    (void)state;
    struct console *c = open_console();
    for (int round = 0; round < 3; round++) {
        int readers[CONSOLE_STREAMS_MAX];
        for (int i = 0; i < CONSOLE_STREAMS_MAX; i++) {
            readers[i] = open_stream(c);
        }
        for (int i = 0; i < CONSOLE_STREAMS_MAX; i++) {
            close(readers[i]);
        }
        for (int i = 0; i < 10; i++) {
            publish_at(c, 300.0);
            assert_int_equal(console_poll(c, 30), OK);
        }
    }
    assert_int_equal(console_counters(c).streams, 3 * CONSOLE_STREAMS_MAX);
    assert_int_equal(console_counters(c).refused_busy, 0);
    console_close(c);
}

static void options_that_make_no_sense_are_refused(void **state)
{
    (void)state;
    struct console *c = NULL;
    struct console_options o = {.nation = {"JPN"}, .domain = DOMAIN_LIVE, .per_second_max = 0};
    assert_int_equal(console_open(&o, &c), ERR_RANGE);
    o.per_second_max = 4;
    o.domain = DOMAIN_UNKNOWN;
    assert_int_equal(console_open(&o, &c), ERR_RANGE);
    o.domain = DOMAIN_LIVE;
    o.nation = (struct nation_id){""};
    assert_int_equal(console_open(&o, &c), ERR_RANGE);
    assert_null(c);
    struct console *first = open_console();
    o.nation = (struct nation_id){"KOR"};
    o.port = console_port(first);
    assert_int_equal(console_open(&o, &c), ERR_IO);
    assert_null(c);
    console_close(first);
}

/* Whatever fails, a request is answered or its connection closed, and the next one is answered. */
static void each_kind_of_answer(void)
{
    static const char *const ASKED[] = {"GET /state", "PUT /", "GET /status", "GET /feed.atom"};
    struct console *c = open_console();
    if (c == NULL) {
        return;
    }
    publish_at(c, 300.0);
    for (size_t i = 0; i < sizeof ASKED / sizeof ASKED[0]; i++) {
        const char *text = ask(c, ASKED[i], "");
        assert_true(text[0] == '\0' || strncmp(text, "HTTP/1.1 ", 9) == 0);
        assert_true(text[0] != '\0' || failing_struck());
    }
    close(open_stream(c));
    (void)failing_end();
    assert_non_null(strstr(ask(c, "GET /", ""), "HTTP/1.1 200 "));
    console_close(c);
}

static void what_fails_inside_ends_one_request_at_most(void **state)
{
    (void)state;
    failing_each(each_kind_of_answer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_page_comes_with_strict_headers),
        cmocka_unit_test(the_state_is_the_view),
        cmocka_unit_test(the_stream_delivers_each_new_picture),
        cmocka_unit_test(a_burst_is_thinned_and_ends_with_the_latest),
        cmocka_unit_test(a_reader_who_comes_back_gets_what_he_missed),
        cmocka_unit_test(closing_ends_streams_that_sleep),
        cmocka_unit_test(only_get_and_head),
        cmocka_unit_test(a_foreign_host_is_refused),
        cmocka_unit_test(another_sites_page_gets_nothing),
        cmocka_unit_test(tricks_with_paths_find_nothing),
        cmocka_unit_test(broken_and_huge_requests_end_in_an_error),
        cmocka_unit_test(it_listens_on_this_machine_alone),
        cmocka_unit_test(readers_who_do_not_read_block_no_one),
        cmocka_unit_test(who_is_gone_gives_his_place_back),
        cmocka_unit_test(options_that_make_no_sense_are_refused),
        cmocka_unit_test(what_fails_inside_ends_one_request_at_most),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
