#include "console/visit.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

#include "base/instant.h"

#define SECRET_BYTES ((CONSOLE_TOKEN_SIZE - 1) / 2)

static void draw(char out[CONSOLE_TOKEN_SIZE])
{
    uint8_t bytes[SECRET_BYTES];
    randombytes_buf(bytes, sizeof bytes);
    (void)sodium_bin2hex(out, CONSOLE_TOKEN_SIZE, bytes, sizeof bytes);
    sodium_memzero(bytes, sizeof bytes);
}

static bool is_same(const char secret[CONSOLE_TOKEN_SIZE], const char *text)
{
    return text != NULL && strlen(text) == CONSOLE_TOKEN_SIZE - 1 &&
           sodium_memcmp(secret, text, CONSOLE_TOKEN_SIZE - 1) == 0;
}

static bool is_on(const struct visit *v, int64_t now_ns)
{
    return v->serial != 0 && now_ns < v->until_ns;
}

static void wipe(struct visit *v)
{
    sodium_memzero(v, sizeof *v);
}

static bool is_of(const struct visit *v, const struct officer_name *name)
{
    return v->serial != 0 && strcmp(v->who.name.text, name->text) == 0;
}

/* One that is free or over; else, or if this person has enough, the oldest that may go. */
static struct visit *find_place(struct visits *v, const struct officer_name *name, int64_t now_ns)
{
    struct visit *oldest = &v->items[0];
    struct visit *his_oldest = NULL;
    struct visit *free_one = NULL;
    uint32_t his = 0;
    for (uint32_t i = 0; i < VISITS_MAX; i++) {
        struct visit *one = &v->items[i];
        if (!is_on(one, now_ns)) {
            free_one = one;
            continue;
        }
        oldest = one->serial < oldest->serial ? one : oldest;
        if (is_of(one, name)) {
            his++;
            his_oldest = his_oldest == NULL || one->serial < his_oldest->serial ? one : his_oldest;
        }
    }
    if (his >= VISITS_OF_ONE_MAX) {
        return his_oldest;
    }
    return free_one != NULL ? free_one : oldest;
}

const struct visit *visit_begin(struct visits *v, const struct console_person *who, int64_t now_ns)
{
    struct visit *one = find_place(v, &who->name, now_ns);
    assert(one != NULL);
    wipe(one);
    one->serial = ++v->last;
    one->who = *who;
    one->until_ns = now_ns + VISIT_HOURS * 3600 * NS_PER_S;
    draw(one->id);
    draw(one->token);
    return one;
}

const struct visit *visit_find(const struct visits *v, const char *id, int64_t now_ns)
{
    const struct visit *found = NULL;
    for (uint32_t i = 0; i < VISITS_MAX; i++) {
        if (is_same(v->items[i].id, id) && is_on(&v->items[i], now_ns)) {
            found = &v->items[i];
        }
    }
    return found;
}

bool visit_is_on(const struct visits *v, uint64_t serial, int64_t now_ns)
{
    for (uint32_t i = 0; i < VISITS_MAX; i++) {
        if (v->items[i].serial == serial) {
            return is_on(&v->items[i], now_ns);
        }
    }
    return false;
}

void visit_end(struct visits *v, uint64_t serial)
{
    for (uint32_t i = 0; i < VISITS_MAX; i++) {
        if (v->items[i].serial == serial) {
            wipe(&v->items[i]);
        }
    }
}

void visit_end_all_of(struct visits *v, const struct officer_name *name)
{
    for (uint32_t i = 0; i < VISITS_MAX; i++) {
        if (is_of(&v->items[i], name)) {
            wipe(&v->items[i]);
        }
    }
}

uint32_t visit_count(const struct visits *v, int64_t now_ns)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < VISITS_MAX; i++) {
        count += is_on(&v->items[i], now_ns) ? 1 : 0;
    }
    return count;
}

bool visit_has_token(const struct visit *visit, const char *token)
{
    return is_same(visit->token, token);
}
