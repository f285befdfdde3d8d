#include "node/officers.h"

#include <assert.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/instant.h"
#include "node/lock_out.h"

struct guess {
    uint64_t ticket;
    struct officer_name name;
    size_t size;
    char password[CONSOLE_PASSWORD_MAX + 1];
};

struct officers {
    struct officers_options options;
    struct officer_list list;
    struct lock_out locks;
    char nobody[OFFICER_HASH_SIZE]; /* of a password that nobody knows: for names that nobody has */
    struct guess *guesses;          /* OFFICERS_WAITING_MAX of them, in locked memory; a ring */
    uint32_t first;
    uint32_t count;
    bool is_working;
    uv_work_t work;
    char hash[OFFICER_HASH_SIZE]; /* what the first guess is compared with, on the pool's thread */
    bool matches;
};

static int64_t now_s(void)
{
    return (int64_t)(uv_hrtime() / (uint64_t)NS_PER_S);
}

result officers_open(const struct officers_options *options, struct officers **out,
                     char message[YAML_MESSAGE_SIZE])
{
    struct officers *o = calloc(1, sizeof *o);
    (void)snprintf(message, YAML_MESSAGE_SIZE, "there is no memory for officers' passwords");
    ENSURE(o != NULL, ERR_IO);
    o->options = *options;
    o->work.data = o;
    o->guesses = sodium_allocarray(OFFICERS_WAITING_MAX, sizeof *o->guesses);
    *out = o;
    ENSURE(o->guesses != NULL, ERR_IO);
    uint8_t secret[32];
    randombytes_buf(secret, sizeof secret);
    TRY(officer_hash((struct bytes){secret, sizeof secret}, o->nobody));
    return officer_file_read(options->path, &o->list, message);
}

void officers_close(struct officers *o)
{
    if (o != NULL) {
        assert(!o->is_working);
        sodium_free(o->guesses);
        free(o);
    }
}

static bool is_same(const struct officer *a, const struct officer *b)
{
    return b != NULL && a->roles == b->roles && strcmp(a->hash, b->hash) == 0;
}

result officers_reload(struct officers *o, char message[YAML_MESSAGE_SIZE])
{
    static struct officer_list fresh;
    static struct officer_list old;
    TRY(officer_file_read(o->options.path, &fresh, message));
    old = o->list;
    o->list = fresh;
    for (uint32_t i = 0; i < old.count; i++) {
        const struct officer *was = &old.officers[i];
        if (!is_same(was, officer_list_find(&fresh, was->name.text))) {
            o->options.changed(o->options.context, &was->name);
        }
    }
    return OK;
}

uint32_t officers_count(const struct officers *o)
{
    return o->list.count;
}

static void work_next(struct officers *o);

/* Takes the oldest guess off the ring and tells its outcome. */
static void finish(struct officers *o, const struct console_verdict *verdict)
{
    struct guess *g = &o->guesses[o->first];
    const uint64_t ticket = g->ticket;
    sodium_memzero(g, sizeof *g);
    o->first = (o->first + 1) % OFFICERS_WAITING_MAX;
    o->count--;
    o->options.checked(o->options.context, ticket, verdict);
}

static void compare(uv_work_t *work)
{
    struct officers *o = work->data;
    const struct guess *g = &o->guesses[o->first];
    o->matches =
        officer_hash_matches(o->hash, (struct bytes){(const uint8_t *)g->password, g->size});
}

/* Judged by the list of now: it may have been read again meanwhile. */
static void compared(uv_work_t *work, int status)
{
    struct officers *o = work->data;
    const struct officer_name name = o->guesses[o->first].name;
    const struct officer *officer = officer_list_find(&o->list, name.text);
    struct console_verdict verdict = {.outcome = CONSOLE_WRONG};
    o->is_working = false;
    if (status == 0 && o->matches && officer != NULL && strcmp(officer->hash, o->hash) == 0) {
        lock_out_good(&o->locks, &name);
        verdict.outcome = CONSOLE_GOOD;
        verdict.roles = officer->roles;
    } else {
        lock_out_wrong(&o->locks, &name, officer != NULL, now_s());
    }
    finish(o, &verdict);
    work_next(o);
}

static bool is_locked(const struct officers *o, const struct officer_name *name,
                      struct console_verdict *out)
{
    const uint32_t wait_s = lock_out_wait_s(&o->locks, name, now_s());
    if (wait_s > 0) {
        *out = (struct console_verdict){.outcome = CONSOLE_LOCKED, .wait_s = wait_s};
    }
    return wait_s > 0;
}

/* Those before it may have locked the name while it waited. */
static void work_next(struct officers *o)
{
    while (o->count > 0 && !o->is_working) {
        const struct guess *g = &o->guesses[o->first];
        const struct officer *officer = officer_list_find(&o->list, g->name.text);
        struct console_verdict verdict;
        if (is_locked(o, &g->name, &verdict)) {
            finish(o, &verdict);
            continue;
        }
        memcpy(o->hash, officer != NULL ? officer->hash : o->nobody, sizeof o->hash);
        const int queued = uv_queue_work(o->options.loop, &o->work, compare, compared);
        assert(queued == 0);
        (void)queued;
        o->is_working = true;
    }
}

bool officers_check(struct officers *o, uint64_t ticket, const char *name, const char *password,
                    struct console_verdict *at_once)
{
    struct officer_name who;
    memset(&who, 0, sizeof who);
    (void)!officer_name_parse(name, &who); /* what is no name is the one that nobody has */
    if (is_locked(o, &who, at_once)) {
        return false;
    }
    if (o->count == OFFICERS_WAITING_MAX) {
        *at_once = (struct console_verdict){.outcome = CONSOLE_BUSY};
        return false;
    }
    struct guess *g = &o->guesses[(o->first + o->count) % OFFICERS_WAITING_MAX];
    g->ticket = ticket;
    g->name = who;
    g->size = strlen(password);
    assert(g->size <= CONSOLE_PASSWORD_MAX);
    memcpy(g->password, password, g->size + 1);
    o->count++;
    work_next(o);
    return true;
}
