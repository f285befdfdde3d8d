#include "journal/journal_memory.h"

#include <stdlib.h>
#include <string.h>

struct stored_group {
    struct instant time;
    struct bytes input; /* owned */
    struct bytes effects;
    uint8_t chain[JOURNAL_CHAIN_BYTES];
};

struct stored_fact {
    uint64_t position;
    char key[JOURNAL_KEY_SIZE];
    struct bytes value; /* owned */
    uint8_t chain[JOURNAL_CHAIN_BYTES];
};

struct journal_memory {
    struct journal open; /* first: the pointer that others hold points to it */
    struct stored_group *groups;
    size_t capacity;
    struct stored_fact *facts;
    size_t fact_capacity;
    struct journal_head committed; /* what a crash goes back to */
};

static struct journal_memory *inside(struct journal *j)
{
    return (struct journal_memory *)j;
}

static bool copy_of(struct bytes in, struct bytes *out)
{
    uint8_t *copy = malloc(in.size > 0 ? in.size : 1);
    if (copy == NULL) {
        return false;
    }
    if (in.size > 0) {
        memcpy(copy, in.data, in.size);
    }
    /* not a finding (memleak): out owns it */
    *out = (struct bytes){copy, in.size};
    return true;
}

static void forget(struct bytes *owned)
{
    free((void *)(uintptr_t)owned->data);
    *owned = (struct bytes){NULL, 0};
}

static result out_of_memory(struct journal *j)
{
    j->fault = JOURNAL_FAULT_DISK;
    return ERR_IO;
}

/* Room for one more of `used` things of a size. */
static bool grow(void **items, size_t *capacity, uint64_t used, size_t item_size)
{
    if (used < *capacity) {
        return true;
    }
    const size_t more = *capacity == 0 ? 1024 : 2 * *capacity;
    void *grown = realloc(*items, more * item_size);
    if (grown == NULL) {
        return false;
    }
    *items = grown;
    *capacity = more;
    return true;
}

static result append(struct journal *j, const struct journal_group *group)
{
    struct journal_memory *m = inside(j);
    void *groups = m->groups;
    const bool grown = grow(&groups, &m->capacity, j->last, sizeof *m->groups);
    m->groups = groups;
    struct stored_group stored = {.time = group->time};
    if (!grown || !copy_of(group->input, &stored.input)) {
        return out_of_memory(j);
    }
    if (!copy_of(group->effects, &stored.effects)) {
        forget(&stored.input);
        return out_of_memory(j);
    }
    memcpy(stored.chain, group->chain, sizeof stored.chain);
    m->groups[j->last] = stored; /* not a finding (analyzer-malloc-leak): m owns it */
    return OK;
}

static result commit(struct journal *j)
{
    inside(j)->committed = j->head;
    return OK;
}

static result read_group(struct journal *j, uint64_t position, struct journal_group *out)
{
    const struct stored_group *stored = &inside(j)->groups[position - 1];
    *out = (struct journal_group){.position = position,
                                  .time = stored->time,
                                  .input = stored->input,
                                  .effects = stored->effects};
    memcpy(out->chain, stored->chain, sizeof out->chain);
    return OK;
}

static result add_fact(struct journal *j, const struct journal_fact *fact)
{
    struct journal_memory *m = inside(j);
    void *facts = m->facts;
    const bool grown = grow(&facts, &m->fact_capacity, j->head.facts, sizeof *m->facts);
    m->facts = facts;
    struct stored_fact stored = {.position = fact->position};
    if (!grown || !copy_of(fact->value, &stored.value)) {
        return out_of_memory(j);
    }
    memcpy(stored.key, fact->key, strlen(fact->key) + 1);
    memcpy(stored.chain, fact->chain, sizeof stored.chain);
    m->facts[j->head.facts] = stored;
    return OK;
}

static result get_fact(struct journal *j, const char *key, uint64_t position,
                       struct journal_fact *out)
{
    const struct journal_memory *m = inside(j);
    for (uint64_t n = j->head.facts; n > 0; n--) {
        const struct stored_fact *f = &m->facts[n - 1];
        if (f->position <= position && strcmp(f->key, key) == 0) {
            *out = (struct journal_fact){
                .number = n, .position = f->position, .key = f->key, .value = f->value};
            memcpy(out->chain, f->chain, sizeof out->chain);
            return OK;
        }
    }
    return ERR_NOT_FOUND;
}

static result find_time(struct journal *j, struct instant before, uint64_t at_most, uint64_t *to)
{
    uint64_t found = j->first - 1;
    while (found < at_most && instant_before(inside(j)->groups[found].time, before)) {
        found++;
    }
    *to = found;
    return OK;
}

static result drop(struct journal *j, uint64_t to)
{
    for (uint64_t n = j->first; n <= to; n++) {
        forget(&inside(j)->groups[n - 1].input);
        forget(&inside(j)->groups[n - 1].effects);
    }
    return OK;
}

/* Forgets what came after a head. */
static void cut_back(struct journal_memory *m, const struct journal_head *to)
{
    for (; m->open.last > to->position; m->open.last--) {
        forget(&m->groups[m->open.last - 1].input);
        forget(&m->groups[m->open.last - 1].effects);
    }
    for (; m->open.head.facts > to->facts; m->open.head.facts--) {
        forget(&m->facts[m->open.head.facts - 1].value);
    }
    m->open.head = *to;
}

static void close_journal(struct journal *j)
{
    struct journal_memory *m = inside(j);
    const struct journal_head nothing = {0};
    cut_back(m, &nothing);
    free(m->groups);
    free(m->facts);
    free(m);
}

result journal_memory_open(struct journal **out)
{
    static const struct journal_functions functions = {.append = append,
                                                       .commit = commit,
                                                       .read = read_group,
                                                       .add_fact = add_fact,
                                                       .get_fact = get_fact,
                                                       .drop = drop,
                                                       .find_time = find_time,
                                                       .close = close_journal};
    struct journal_memory *m = calloc(1, sizeof *m);
    ENSURE(m != NULL, ERR_IO);
    m->open.functions = &functions;
    m->open.first = 1;
    /* not a finding (analyzer-malloc-leak): m begins with `open` */
    *out = &m->open;
    return OK;
}

void journal_memory_crash(struct journal *j)
{
    const struct journal_head to = inside(j)->committed;
    cut_back(inside(j), &to);
}
