#include "console/post.h"

#include <assert.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "console/answer.h"
#include "console/door.h"
#include "console/json_writer.h"
#include "console/stream.h"

#define ANSWER_SIZE 512

enum { SIGN_IN, SIGN_OUT, ORDER, CONTROL, PATHS };
static const char *const PATH[PATHS] = {"/sign-in", "/sign-out", "/order", "/control"};

/* A request whose body comes, or whose sender waits for an outcome. */
struct post {
    struct MHD_Connection *connection;
    struct post *next; /* of those that wait */
    int path;
    bool too_big;
    bool waits; /* for an outcome: the connection is suspended */
    bool answered;
    uint64_t ticket;
    struct officer_name name;
    struct console_verdict verdict;
    size_t size;
    char body[POST_BYTES_MAX + 1];
};

bool post_is_path(const char *url)
{
    for (int i = 0; i < PATHS; i++) {
        if (strcmp(url, PATH[i]) == 0) {
            return true;
        }
    }
    return false;
}

static enum MHD_Result say(struct MHD_Connection *connection, unsigned status, const char *key,
                           const char *text, uint32_t wait_s)
{
    char body[ANSWER_SIZE];
    struct json_writer w;
    size_t size = 0;
    json_writer_start(&w, body, sizeof body);
    json_writer_object(&w, NULL);
    json_writer_text(&w, key, text);
    if (wait_s > 0) {
        json_writer_count(&w, "wait_s", wait_s);
    }
    json_writer_close(&w);
    return json_writer_finish(&w, &size) == OK ? answer_json(connection, status, body, size, NULL)
                                               : MHD_NO;
}

static void put_who(struct json_writer *w, const struct console *c, const struct visit *visit)
{
    const struct console_officers *o = c->options.officers;
    json_writer_object(w, NULL);
    json_writer_text(w, "nation", c->options.nation.code);
    json_writer_text(w, "domain", domain_text(c->options.domain));
    json_writer_bool(w, "sign_in", o != NULL);
    json_writer_bool(w, "controls", o != NULL && o->control != NULL);
    if (visit == NULL) {
        json_writer_null(w, "name");
        json_writer_close(w);
        return;
    }
    json_writer_text(w, "name", visit->who.name.text);
    json_writer_array(w, "roles");
    for (unsigned i = 0; i < ROLE_COUNT; i++) {
        if ((visit->who.roles >> i & 1u) != 0) {
            json_writer_text(w, NULL, officer_role_text(i));
        }
    }
    json_writer_close(w);
    json_writer_text(w, "token", visit->token);
    json_writer_close(w);
}

/* Who is signed in, with a new cookie or without. */
static enum MHD_Result answer_who(struct console *c, struct MHD_Connection *connection,
                                  const struct visit *visit, bool sets_cookie)
{
    char body[ANSWER_SIZE];
    char cookie[ANSWER_COOKIE_SIZE];
    struct json_writer w;
    size_t size = 0;
    json_writer_start(&w, body, sizeof body);
    put_who(&w, c, visit);
    if (json_writer_finish(&w, &size) != OK) {
        return MHD_NO;
    }
    door_cookie(c, visit, cookie, sizeof cookie);
    return answer_json(connection, MHD_HTTP_OK, body, size, sets_cookie ? cookie : NULL);
}

enum MHD_Result post_tell_who(struct console *c, struct MHD_Connection *connection)
{
    return answer_who(c, connection, door_visit(c, connection), false);
}

/* Text of at most size - 1 bytes without a NUL in it; false if it is missing or too long. */
static bool take_text(const json_t *o, const char *key, char *out, size_t size)
{
    const json_t *value = json_object_get(o, key);
    const size_t length = json_string_length(value);
    if (!json_is_string(value) || length >= size || strlen(json_string_value(value)) != length) {
        return false;
    }
    memcpy(out, json_string_value(value), length + 1);
    return true;
}

/* Identifiers are text, as in the picture. */
static bool take_id(const json_t *o, const char *key, struct event_id *out)
{
    char text[24] = "";
    if (json_object_get(o, key) == NULL) {
        return true;
    }
    if (!take_text(o, key, text, sizeof text) || text[0] == '\0' ||
        strspn(text, "0123456789") != strlen(text)) {
        return false;
    }
    uint64_t value = 0;
    for (const char *at = text; *at != '\0'; at++) {
        const uint64_t digit = (uint64_t)(*at - '0');
        if (value > (UINT64_MAX - digit) / 10) {
            return false;
        }
        value = value * 10 + digit;
    }
    out->value = value;
    return true;
}

static bool has_only(json_t *o, const char *const *keys)
{
    const char *key = NULL;
    json_t *value = NULL;
    json_object_foreach(o, key, value)
    {
        int i = 0;
        while (keys[i] != NULL && strcmp(keys[i], key) != 0) {
            i++;
        }
        if (keys[i] == NULL) {
            return false;
        }
    }
    return true;
}

static json_t *parse(struct post *p)
{
    json_t *o = json_loadb(p->body, p->size, JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(o)) {
        json_decref(o);
        return NULL;
    }
    return o;
}

static enum MHD_Result refuse_body(struct console *c, struct MHD_Connection *connection)
{
    c->counters.refused_body++;
    return say(connection, MHD_HTTP_BAD_REQUEST, "why", "body", 0);
}

static enum MHD_Result end_sign_in(struct console *c, struct post *p)
{
    const struct console_verdict *v = &p->verdict;
    switch (v->outcome) {
    case CONSOLE_WRONG:
        c->counters.refused_password++;
        return say(p->connection, MHD_HTTP_FORBIDDEN, "why", "wrong", 0);
    case CONSOLE_LOCKED:
        c->counters.refused_locked++;
        return say(p->connection, MHD_HTTP_TOO_MANY_REQUESTS, "why", "locked", v->wait_s);
    case CONSOLE_BUSY:
        c->counters.refused_busy++;
        return say(p->connection, MHD_HTTP_SERVICE_UNAVAILABLE, "why", "busy", 0);
    case CONSOLE_GOOD:
        break;
    }
    const struct console_person who = {.name = p->name, .roles = v->roles};
    c->counters.signed_in++;
    return answer_who(c, p->connection, visit_begin(&c->visits, &who, console_now_ns()), true);
}

/* Begins the check; the connection sleeps until the outcome is there. */
static enum MHD_Result begin_sign_in(struct console *c, struct post *p)
{
    static const char *const KEYS[] = {"name", "password", NULL};
    char name[OFFICER_NAME_SIZE * 4];
    char password[CONSOLE_PASSWORD_MAX + 1];
    json_t *o = parse(p);
    const bool is_good = o != NULL && has_only(o, KEYS) &&
                         take_text(o, "name", name, sizeof name) &&
                         take_text(o, "password", password, sizeof password);
    json_decref(o);
    sodium_memzero(p->body, sizeof p->body);
    if (!is_good) {
        return refuse_body(c, p->connection);
    }
    /* What is no name is asked as well: an answer that comes sooner would tell. */
    (void)!officer_name_parse(name, &p->name);
    const struct console_officers *officers = c->options.officers;
    p->ticket = ++c->tickets;
    const bool begun =
        officers->check(officers->context, p->ticket, p->name.text, password, &p->verdict);
    sodium_memzero(password, sizeof password);
    if (!begun) {
        assert(p->verdict.outcome != CONSOLE_GOOD);
        return end_sign_in(c, p);
    }
    p->waits = true;
    p->next = c->waiting;
    c->waiting = p;
    MHD_suspend_connection(p->connection);
    return MHD_YES;
}

static enum MHD_Result take_sign_out(struct console *c, struct post *p, const struct visit *visit)
{
    visit_end(&c->visits, visit->serial);
    stream_wake_all(c, false);
    return answer_who(c, p->connection, NULL, true);
}

static enum MHD_Result answer_done(struct console *c, struct post *p, result done)
{
    static const struct {
        result why;
        unsigned status;
        const char *text;
    } NO[] = {{ERR_DENIED, MHD_HTTP_FORBIDDEN, "role"},
              {ERR_NOT_FOUND, MHD_HTTP_NOT_FOUND, "gone"},
              {ERR_STATE, MHD_HTTP_CONFLICT, "state"},
              {ERR_RANGE, MHD_HTTP_BAD_REQUEST, "body"},
              {ERR_FORMAT, MHD_HTTP_BAD_REQUEST, "body"}};
    if (done == OK) {
        c->counters.orders++;
        return say(p->connection, MHD_HTTP_OK, "done", PATH[p->path] + 1, 0);
    }
    c->counters.refused_order++;
    for (size_t i = 0; i < sizeof NO / sizeof NO[0]; i++) {
        if (NO[i].why == done) {
            return say(p->connection, NO[i].status, "why", NO[i].text, 0);
        }
    }
    return say(p->connection, MHD_HTTP_SERVICE_UNAVAILABLE, "why", "busy", 0);
}

static bool read_order(struct post *p, struct order *out)
{
    static const char *const KEYS[] = {"order", "event", "into", "nation", "reason", NULL};
    char kind[16] = "";
    char nation[4] = "";
    json_t *o = parse(p);
    const bool is_good =
        o != NULL && has_only(o, KEYS) && take_text(o, "order", kind, sizeof kind) &&
        take_id(o, "event", &out->event) && take_id(o, "into", &out->into) &&
        (json_object_get(o, "nation") == NULL || (take_text(o, "nation", nation, sizeof nation) &&
                                                  nation_id_parse(nation, &out->nation))) &&
        (json_object_get(o, "reason") == NULL ||
         take_text(o, "reason", out->reason, sizeof out->reason));
    json_decref(o);
    out->kind = order_parse(kind);
    return is_good;
}

static enum MHD_Result take_order(struct console *c, struct post *p, const struct visit *visit)
{
    struct order order;
    memset(&order, 0, sizeof order);
    order.actor = visit->who.name;
    order.roles = visit->who.roles;
    if (!read_order(p, &order) || order_check(&order) != OK) {
        return refuse_body(c, p->connection);
    }
    return answer_done(c, p, c->options.officers->order(c->options.officers->context, &order));
}

static enum MHD_Result take_control(struct console *c, struct post *p, const struct visit *visit)
{
    static const char *const KEYS[] = {"what", "value", NULL};
    const struct console_officers *officers = c->options.officers;
    char what[16] = "";
    json_t *o = parse(p);
    const json_t *value = json_object_get(o, "value");
    const bool is_good = o != NULL && has_only(o, KEYS) &&
                         take_text(o, "what", what, sizeof what) &&
                         (value == NULL || json_is_number(value));
    const double number = json_is_number(value) ? json_number_value(value) : 0.0;
    json_decref(o);
    if (!is_good) {
        return refuse_body(c, p->connection);
    }
    if (officers->control == NULL) {
        return answer_done(c, p, ERR_NOT_FOUND);
    }
    const bool may = (visit->who.roles & ROLE_CONTROL) != 0;
    return answer_done(
        c, p, may ? officers->control(officers->context, &visit->who, what, number) : ERR_DENIED);
}

/* The body is here: whatever needs a person needs his token as well. */
static enum MHD_Result take(struct console *c, struct post *p)
{
    if (p->too_big) {
        return refuse_body(c, p->connection);
    }
    if (p->path == SIGN_IN) {
        return begin_sign_in(c, p);
    }
    const struct visit *visit = door_visit(c, p->connection);
    if (visit == NULL) {
        c->counters.refused_visit++;
        return say(p->connection, MHD_HTTP_UNAUTHORIZED, "why", "signed out", 0);
    }
    const char *token =
        MHD_lookup_connection_value(p->connection, MHD_HEADER_KIND, "X-Watchfire-Token");
    if (!visit_has_token(visit, token)) {
        c->counters.refused_token++;
        return answer_refusal(p->connection, MHD_HTTP_FORBIDDEN, "not this page's token");
    }
    return p->path == SIGN_OUT ? take_sign_out(c, p, visit)
           : p->path == ORDER  ? take_order(c, p, visit)
                               : take_control(c, p, visit);
}

static int path_of(const char *url)
{
    int path = 0;
    while (strcmp(url, PATH[path]) != 0) {
        path++;
        assert(path < PATHS);
    }
    return path;
}

static bool is_json(struct MHD_Connection *connection)
{
    const char *type =
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_TYPE);
    return type != NULL && strcmp(type, "application/json") == 0;
}

/* The headers are here, and nothing else yet. */
static enum MHD_Result begin(struct console *c, struct MHD_Connection *connection, const char *url,
                             void **state)
{
    if (!door_origin_is_ours(c, connection)) {
        c->counters.refused_origin++;
        return answer_refusal(connection, MHD_HTTP_FORBIDDEN, "not from this page");
    }
    if (!is_json(connection)) {
        c->counters.refused_body++;
        return answer_refusal(connection, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE, "only application/json");
    }
    struct post *p = calloc(1, sizeof *p);
    if (p == NULL) {
        return MHD_NO;
    }
    p->connection = connection;
    p->path = path_of(url);
    *state = p;
    return MHD_YES;
}

static void add(struct post *p, const char *upload, size_t size)
{
    if (size > POST_BYTES_MAX - p->size) {
        p->too_big = true;
        return;
    }
    memcpy(p->body + p->size, upload, size);
    p->size += size;
}

enum MHD_Result post_handle(struct console *c, struct MHD_Connection *connection, const char *url,
                            const char *upload, size_t *upload_size, void **state)
{
    struct post *p = *state;
    if (p == NULL) {
        return begin(c, connection, url, state);
    }
    if (*upload_size > 0) {
        add(p, upload, *upload_size);
        *upload_size = 0;
        return MHD_YES;
    }
    if (p->answered) {
        return end_sign_in(c, p);
    }
    return p->waits ? MHD_YES : take(c, p);
}

static void forget(struct console *c, const struct post *p)
{
    struct post **at = &c->waiting;
    while (*at != NULL && *at != p) {
        at = &(*at)->next;
    }
    if (*at != NULL) {
        *at = p->next;
    }
}

void post_end(struct console *c, void *state)
{
    struct post *p = state;
    if (p != NULL) {
        forget(c, p);
        sodium_memzero(p, sizeof *p);
        free(p);
    }
}

static void wake(struct console *c, struct post *p, const struct console_verdict *verdict)
{
    forget(c, p);
    p->verdict = *verdict;
    p->waits = false;
    p->answered = true;
    MHD_resume_connection(p->connection);
    c->woken = true;
}

void post_wake_all(struct console *c)
{
    const struct console_verdict none = {.outcome = CONSOLE_WRONG};
    while (c->waiting != NULL) {
        wake(c, c->waiting, &none);
    }
}

void console_checked(struct console *c, uint64_t ticket, const struct console_verdict *verdict)
{
    for (struct post *p = c->waiting; p != NULL; p = p->next) {
        if (p->ticket == ticket) {
            wake(c, p, verdict);
            return;
        }
    }
}

void console_sign_out(struct console *c, const struct officer_name *name)
{
    visit_end_all_of(&c->visits, name);
    stream_wake_all(c, false);
}
