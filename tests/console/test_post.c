/* What comes by POST, over real sockets: bodies that are too long, cut or no JSON, sign-ins whose
 * outcome comes late or never, sessions that end while a stream is open. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "console/console.h"
#include "console/visit.h"
#include "fake_view.h"

#define ANSWER_MAX (64 * 1024)
#define PATIENCE_MS 5000

static struct view view;
static char answer[ANSWER_MAX];
static uint64_t ticket; /* of the sign-in that waits; 0 = none */
static struct console_verdict at_once_is = {.outcome = CONSOLE_GOOD}; /* GOOD = later */
static struct order ordered;
static uint32_t order_count;
static result order_gives = OK;

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool check(void *context, uint64_t asked, const char *name, const char *password,
                  struct console_verdict *at_once)
{
    (void)context;
    (void)name;
    assert_string_equal(password, "secret");
    *at_once = at_once_is;
    ticket = asked;
    return at_once_is.outcome == CONSOLE_GOOD;
}

static result take_order(void *context, const struct order *order)
{
    (void)context;
    ordered = *order;
    order_count++;
    return order_gives;
}

static char steered[16];

static result steer(void *context, const struct console_person *who, const char *what, double value)
{
    (void)context;
    (void)value;
    assert_true((who->roles & ROLE_CONTROL) != 0);
    (void)snprintf(steered, sizeof steered, "%.15s", what);
    return OK;
}

static size_t tell_truth(void *context, char *out, size_t size)
{
    (void)context;
    return (size_t)snprintf(out, size, "{\"launches\":1}");
}

static size_t tell_status(void *context, char *out, size_t size)
{
    (void)context;
    return (size_t)snprintf(out, size, "{\"counters\":1}");
}

static const struct console_officers OFFICERS = {.check = check, .order = take_order};
static const struct console_officers PLAYERS = {
    .check = check, .order = take_order, .control = steer, .truth = tell_truth};

static struct console *open_console_of(const struct console_officers *officers)
{
    const struct console_options options = {.nation = {"JPN"},
                                            .domain = DOMAIN_EXERCISE,
                                            .per_second_max = 50,
                                            .places = fake_places(),
                                            .status = tell_status,
                                            .officers = officers};
    struct console *c = NULL;
    assert_int_equal(console_open(&options, &c), OK);
    ticket = 0;
    order_count = 0;
    order_gives = OK;
    at_once_is.outcome = CONSOLE_GOOD;
    struct console_context context;
    fake_view("JPN", DOMAIN_EXERCISE, 300.0, &view);
    fake_context(300.0, &context);
    console_publish(c, &view, &context);
    return c;
}

static struct console *open_console(void)
{
    return open_console_of(&OFFICERS);
}

static int connect_to(struct console *c)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(console_port(c))};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&to, sizeof to), 0);
    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    return fd;
}

/* Lets the server run until the answer holds `until`, or the other side closes. */
static const char *receive(struct console *c, int fd, const char *until)
{
    size_t size = 0;
    const int64_t end = now_ms() + PATIENCE_MS;
    answer[0] = '\0';
    while (now_ms() < end && (until == NULL || strstr(answer, until) == NULL)) {
        assert_int_equal(console_poll(c, 2), OK);
        const ssize_t n = recv(fd, answer + size, ANSWER_MAX - 1 - size, 0);
        if (n == 0) {
            break;
        }
        size += n > 0 ? (size_t)n : 0;
        answer[size] = '\0';
    }
    return answer;
}

/* Sends the headers of a POST from our own page, more of them, and as much of a body as is given;
 * says that it is `length` long. */
static int begin_post(struct console *c, const char *path, const char *more, const char *body,
                      size_t length)
{
    static char request[16 * 1024];
    const int fd = connect_to(c);
    const unsigned port = console_port(c);
    const int size =
        snprintf(request, sizeof request,
                 "POST %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nOrigin: http://127.0.0.1:%u\r\n"
                 "Content-Type: application/json\r\nContent-Length: %zu\r\n"
                 "Connection: close\r\n%s\r\n%s",
                 path, port, port, length, more, body);
    assert_in_range(size, 1, (int)sizeof request - 1);
    assert_int_equal(send(fd, request, (size_t)size, MSG_NOSIGNAL), size);
    return fd;
}

static const char *post(struct console *c, const char *path, const char *more, const char *body)
{
    const int fd = begin_post(c, path, more, body, strlen(body));
    const char *text = receive(c, fd, NULL);
    close(fd);
    return text;
}

static void wait_for_ticket(struct console *c)
{
    const int64_t end = now_ms() + PATIENCE_MS;
    while (ticket == 0 && now_ms() < end) {
        assert_int_equal(console_poll(c, 2), OK);
    }
    assert_true(ticket != 0);
}

/* Signs kim in; gives the headers of his orders, which stay until the second sign-in after. */
static const char *sign_in_as(struct console *c, uint8_t roles)
{
    static char two[2][512];
    static int last;
    last = 1 - last;
    char *headers = two[last];
    static const char BODY[] = "{\"name\":\"kim\",\"password\":\"secret\"}";
    const struct console_verdict good = {.outcome = CONSOLE_GOOD, .roles = roles};
    const int fd = begin_post(c, "/sign-in", "", BODY, sizeof BODY - 1);
    ticket = 0;
    wait_for_ticket(c);
    console_checked(c, ticket, &good);
    const char *text = receive(c, fd, NULL);
    close(fd);
    char cookie[160] = "";
    char token[80] = "";
    const char *set = strstr(text, "Set-Cookie: ");
    const char *given = strstr(text, "\"token\":\"");
    assert_non_null(set);
    assert_non_null(given);
    assert_int_equal(sscanf(set, "Set-Cookie: %159[^;]", cookie), 1);
    assert_int_equal(sscanf(given, "\"token\":\"%79[0-9a-f]", token), 1);
    snprintf(headers, sizeof two[0], "Cookie: %s\r\nX-Watchfire-Token: %s\r\n", cookie, token);
    return headers;
}

static const char *sign_in(struct console *c)
{
    return sign_in_as(c, ROLE_WATCH);
}

static const char *get(struct console *c, const char *path, const char *who)
{
    char request[1024];
    const int fd = connect_to(c);
    const int size = snprintf(request, sizeof request,
                              "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nConnection: close\r\n"
                              "%s\r\n",
                              path, console_port(c), who);
    assert_int_equal(send(fd, request, (size_t)size, MSG_NOSIGNAL), size);
    const char *text = receive(c, fd, NULL);
    close(fd);
    return text;
}

/* An order with exactly these headers, and those that no request does without. */
static int status_of_order(struct console *c, const char *headers)
{
    static const char BODY[] = "{\"order\":\"false\",\"event\":\"7\",\"reason\":\"x\"}";
    char request[2048];
    const int fd = connect_to(c);
    const int size = snprintf(request, sizeof request,
                              "POST /order HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n"
                              "Content-Length: %zu\r\nConnection: close\r\n%s\r\n%s",
                              console_port(c), sizeof BODY - 1, headers, BODY);
    assert_int_equal(send(fd, request, (size_t)size, MSG_NOSIGNAL), size);
    const char *text = receive(c, fd, NULL);
    close(fd);
    return strncmp(text, "HTTP/1.1 ", 9) == 0 ? (int)strtol(text + 9, NULL, 10) : 0;
}

/* What is left out or another's of what a browser sends from our page; all the rest is there. */
static void what_a_page_must_prove(void **state)
{
    (void)state;
    struct console *c = open_console();
    const char *first = sign_in(c);
    const char *who = sign_in(c);
    char origin[64];
    char cookie[200];
    char token[200];
    char other[200];
    static const char JSON[] = "Content-Type: application/json\r\n";
    snprintf(origin, sizeof origin, "Origin: http://127.0.0.1:%u\r\n", console_port(c));
    const char *end = strstr(who, "X-Watchfire-Token");
    snprintf(cookie, sizeof cookie, "%.*s", (int)(end - who), who);
    snprintf(token, sizeof token, "%s", end);
    snprintf(other, sizeof other, "%s", strstr(first, "X-Watchfire-Token"));
    const struct {
        const char *parts[4];
        int status;
    } CASES[] = {
        {{JSON, origin, cookie, token}, 200},
        {{JSON, origin, cookie, ""}, 403},
        {{JSON, origin, cookie, other}, 403},
        {{JSON, origin, cookie, "X-Watchfire-Token: 00\r\n"}, 403},
        {{JSON, origin, "", token}, 401},
        {{JSON, origin, "Cookie: watchfire-1=00\r\n", token}, 401},
        {{JSON, "", cookie, token}, 403},
        {{JSON, "Origin: http://evil.example\r\n", cookie, token}, 403},
        {{JSON, "Origin: null\r\n", cookie, token}, 403},
        {{"", origin, cookie, token}, 415},
        {{"Content-Type: text/plain\r\n", origin, cookie, token}, 415},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        char headers[1024];
        snprintf(headers, sizeof headers, "%s%s%s%s", CASES[i].parts[0], CASES[i].parts[1],
                 CASES[i].parts[2], CASES[i].parts[3]);
        order_count = 0;
        assert_int_equal(status_of_order(c, headers), CASES[i].status);
        assert_int_equal(order_count, CASES[i].status == 200 ? 1 : 0);
    }
    char twice[1024];
    snprintf(twice, sizeof twice, "%s%sOrigin: http://evil.example\r\n%s%s", JSON, origin, cookie,
             token);
    assert_int_equal(status_of_order(c, twice), 403);
    console_close(c);
}

/* Who may see and do what in an exercise, by his roles; without a sign-in nothing. */
static void the_truth_is_for_the_controller(void **state)
{
    (void)state;
    static const char GO[] = "{\"what\":\"go\",\"value\":2}";
    struct console *c = open_console_of(&PLAYERS);
    static const char *const PATHS[] = {"/state", "/events", "/orders", "/status"};
    for (size_t i = 0; i < sizeof PATHS / sizeof PATHS[0]; i++) {
        assert_non_null(strstr(get(c, PATHS[i], ""), " 401 "));
    }
    assert_non_null(strstr(get(c, "/control", ""), " 403 "));
    const char *player = sign_in_as(c, ROLE_WATCH | ROLE_RELEASE | ROLE_OBSERVER);
    assert_non_null(strstr(get(c, "/control", player), " 403 "));
    assert_non_null(strstr(get(c, "/status", player), " 403 "));
    assert_non_null(strstr(post(c, "/control", player, GO), " 403 "));
    assert_string_equal(steered, "");
    const char *boss = sign_in_as(c, ROLE_CONTROL | ROLE_ENGINEER);
    assert_non_null(strstr(get(c, "/control", boss), "\"launches\":1"));
    assert_non_null(strstr(get(c, "/status", boss), "\"counters\":1"));
    assert_non_null(strstr(post(c, "/control", boss, GO), " 200 "));
    assert_string_equal(steered, "go");
    static const char *const BODIES[] = {"", "[]", "{\"what\":\"go\",\"value\":\"2\"}",
                                         "{\"what\":2}", "{\"what\":\"go\",\"more\":1}"};
    for (size_t i = 0; i < sizeof BODIES / sizeof BODIES[0]; i++) {
        assert_non_null(strstr(post(c, "/control", boss, BODIES[i]), " 400 "));
    }
    console_close(c);
}

static void an_order_carries_who_and_why(void **state)
{
    (void)state;
    struct console *c = open_console();
    const char *who = sign_in(c);
    assert_int_equal(console_visits(c), 1);
    static const char BODY[] = "{\"order\":\"merge\",\"event\":\"18446744073709551615\","
                               "\"into\":\"7\",\"reason\":\"\xe5\x90\x8c\xe4\xb8\x80\"}";
    assert_non_null(strstr(post(c, "/order", who, BODY), " 200 "));
    assert_int_equal(ordered.kind, ORDER_MERGE);
    assert_true(ordered.event.value == UINT64_MAX && ordered.into.value == 7);
    assert_string_equal(ordered.actor.text, "kim");
    assert_int_equal(ordered.roles, ROLE_WATCH);
    assert_string_equal(ordered.reason, "\xe5\x90\x8c\xe4\xb8\x80");
    static const struct {
        result gives;
        const char *status;
    } CASES[] = {{ERR_DENIED, " 403 "},
                 {ERR_NOT_FOUND, " 404 "},
                 {ERR_STATE, " 409 "},
                 {ERR_FULL, " 503 "},
                 {ERR_RANGE, " 400 "}};
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        order_gives = CASES[i].gives;
        assert_non_null(strstr(post(c, "/order", who, BODY), CASES[i].status));
    }
    assert_int_equal(console_counters(c).refused_order, 5);
    assert_int_equal(console_counters(c).orders, 1);
    assert_non_null(strstr(post(c, "/control", who, "{\"what\":\"go\"}"), " 404 "));
    console_close(c);
}

static void bodies_that_are_not_in_order_are_counted(void **state)
{
    (void)state;
    static const char *const BODIES[] = {
        "",
        "null",
        "\"false\"",
        "{\"order\":\"false\",\"event\":7,\"reason\":\"x\"}",
        "{\"order\":\"false\",\"event\":\"7\",\"reason\":\"x\",\"reason\":\"y\"}",
        "{\"order\":\"false\",\"event\":\"7\",\"reason\":\"x\\u0000y\"}",
        "{\"order\":\"false\",\"event\":\"18446744073709551616\",\"reason\":\"x\"}",
        "{\"order\":\"false\",\"event\":\"-1\",\"reason\":\"x\"}",
        "{\"order\":\"hold\",\"nation\":\"usa\",\"reason\":\"x\"}",
        "{\"order\":\"none\",\"event\":\"7\",\"reason\":\"x\"}",
        "{\"order\":\"false\",\"event\":\"7\"}",
        "{\"order\":\"false\",\"event\":\"7\",\"reason\":1}",
        "{\"order\":\"false\",\"event\":\"\",\"reason\":\"x\"}",
        "{\"order\":\"false\",\"event\":\"111111111111111111111111\",\"reason\":\"x\"}",
        "{\"order\":\"merge\",\"event\":\"7\",\"into\":8,\"reason\":\"x\"}",
        "{\"order\":\"hold\",\"nation\":1,\"reason\":\"x\"}",
        "{\"order\":\"hold\",\"nation\":\"USAUSA\",\"reason\":\"x\"}",
        "{\"order\":\"an order that there is not\",\"event\":\"7\",\"reason\":\"x\"}",
        "{\"order\":7,\"event\":\"7\",\"reason\":\"x\"}",
        "{\"order\":\"false\",\"event\":\"7\",\"reason\":\"x\",\"roles\":255}",
    };
    static const char *const SIGN_INS[] = {
        "",
        "[]",
        "{\"name\":\"kim\"}",
        "{\"name\":7,\"password\":\"secret\"}",
        "{\"name\":\"kim\",\"password\":7}",
        "{\"name\":\"kim\",\"password\":\"a\\u0000b\"}",
        "{\"name\":\"kim\",\"password\":\"secret\",\"roles\":\"watch\"}"};
    struct console *c = open_console();
    const char *who = sign_in(c);
    const size_t count = sizeof BODIES / sizeof BODIES[0];
    for (size_t i = 0; i < count; i++) {
        assert_non_null(strstr(post(c, "/order", who, BODIES[i]), " 400 "));
    }
    static char huge[6000];
    memset(huge, ' ', sizeof huge - 1);
    assert_non_null(strstr(post(c, "/order", who, huge), " 400 "));
    const size_t sign_ins = sizeof SIGN_INS / sizeof SIGN_INS[0];
    for (size_t i = 0; i < sign_ins; i++) {
        ticket = 0;
        assert_non_null(strstr(post(c, "/sign-in", "", SIGN_INS[i]), " 400 "));
        assert_true(ticket == 0); /* nobody was asked */
    }
    assert_int_equal(console_counters(c).refused_body, count + sign_ins + 1);
    assert_int_equal(order_count, 0);
    console_close(c);
}

/* Lets the server run until nothing is due. */
static void settle(struct console *c)
{
    for (int i = 0; i < 100 && console_timeout_ms(c) == 0; i++) {
        assert_int_equal(console_poll(c, 0), OK);
    }
    assert_int_not_equal(console_timeout_ms(c), 0);
}

/* A sender who goes away in the middle, and one whose outcome never comes, hold nothing up. */
static void senders_who_go_away_leave_nothing(void **state)
{
    (void)state;
    static const char BODY[] = "{\"name\":\"kim\",\"password\":\"secret\"}";
    const struct console_verdict good = {.outcome = CONSOLE_GOOD, .roles = ROLE_WATCH};
    struct console *c = open_console();
    const int half = begin_post(c, "/sign-in", "", "{\"name\":", 500);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(console_poll(c, 2), OK);
    }
    close(half);
    ticket = 0;
    const int gone = begin_post(c, "/sign-in", "", BODY, sizeof BODY - 1);
    wait_for_ticket(c);
    close(gone);
    const uint64_t first = ticket;
    ticket = 0;
    const int stays = begin_post(c, "/sign-in", "", BODY, sizeof BODY - 1);
    wait_for_ticket(c);
    settle(c);
    console_checked(c, 999, &good); /* nobody's */
    assert_int_not_equal(console_timeout_ms(c), 0);
    console_checked(c, first, &good);
    assert_int_equal(console_timeout_ms(c), 0); /* who is woken is served at once */
    for (int i = 0; i < 5; i++) {
        assert_int_equal(console_poll(c, 2), OK);
    }
    assert_non_null(strstr(post(c, "/sign-out", "", "{}"), " 401 "));
    close(stays);
    console_close(c); /* with one that waits still */
}

static void what_is_known_at_once_is_said_at_once(void **state)
{
    (void)state;
    static const char BODY[] = "{\"name\":\"no name\",\"password\":\"secret\"}";
    struct console *c = open_console();
    at_once_is = (struct console_verdict){.outcome = CONSOLE_LOCKED, .wait_s = 77};
    assert_non_null(strstr(post(c, "/sign-in", "", BODY), "\"wait_s\":77"));
    at_once_is = (struct console_verdict){.outcome = CONSOLE_BUSY};
    assert_non_null(strstr(post(c, "/sign-in", "", BODY), " 503 "));
    assert_int_equal(console_counters(c).refused_locked, 1);
    assert_int_equal(console_counters(c).refused_busy, 1);
    console_close(c);
}

static void a_stream_ends_with_its_session(void **state)
{
    (void)state;
    char request[512];
    struct console *c = open_console();
    const char *who = sign_in(c);
    const int fd = connect_to(c);
    const int size =
        snprintf(request, sizeof request, "GET /events HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n%s\r\n",
                 console_port(c), who);
    assert_int_equal(send(fd, request, (size_t)size, MSG_NOSIGNAL), size);
    assert_non_null(strstr(receive(c, fd, "\"nation\":\"JPN\""), "\"nation\":\"JPN\""));
    struct officer_name kim;
    assert_int_equal(officer_name_parse("kim", &kim), OK);
    settle(c);
    console_sign_out(c, &kim);
    assert_int_equal(console_timeout_ms(c), 0);
    (void)receive(c, fd, NULL); /* which ends: the other side closes, or says that it is over */
    assert_int_equal(console_visits(c), 0);
    close(fd);
    assert_non_null(strstr(post(c, "/order", who, "{}"), " 401 "));
    console_close(c);
}

static void sessions_end_and_give_way(void **state)
{
    (void)state;
    static struct visits visits;
    memset(&visits, 0, sizeof visits);
    const int64_t end_ns = (int64_t)VISIT_HOURS * 3600 * 1000000000;
    struct console_person who = {.roles = ROLE_OBSERVER};
    assert_int_equal(officer_name_parse("kim", &who.name), OK);
    const struct visit *first = visit_begin(&visits, &who, 0);
    char id[CONSOLE_TOKEN_SIZE];
    memcpy(id, first->id, sizeof id);
    assert_ptr_equal(visit_find(&visits, id, end_ns - 1), first);
    assert_null(visit_find(&visits, id, end_ns));
    assert_null(visit_find(&visits, "", 0));
    assert_false(visit_has_token(first, NULL));
    for (int i = 0; i < VISITS_OF_ONE_MAX; i++) {
        (void)visit_begin(&visits, &who, 1);
    }
    assert_null(visit_find(&visits, id, 2)); /* his oldest */
    assert_int_equal(visit_count(&visits, 2), VISITS_OF_ONE_MAX);
    for (int i = 0; i < 2 * VISITS_MAX; i++) {
        char name[OFFICER_NAME_SIZE];
        snprintf(name, sizeof name, "other-%d", i);
        assert_int_equal(officer_name_parse(name, &who.name), OK);
        (void)visit_begin(&visits, &who, 3);
    }
    assert_int_equal(visit_count(&visits, 4), VISITS_MAX);
    assert_int_equal(visit_count(&visits, end_ns + 4), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_page_must_prove),
        cmocka_unit_test(the_truth_is_for_the_controller),
        cmocka_unit_test(an_order_carries_who_and_why),
        cmocka_unit_test(bodies_that_are_not_in_order_are_counted),
        cmocka_unit_test(senders_who_go_away_leave_nothing),
        cmocka_unit_test(what_is_known_at_once_is_said_at_once),
        cmocka_unit_test(a_stream_ends_with_its_session),
        cmocka_unit_test(sessions_end_and_give_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
