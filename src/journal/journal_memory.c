#include "journal/journal_memory.h"

#include <stdlib.h>
#include <string.h>

struct stored_group {
    struct instant time;
    uint8_t *input;
    size_t size;
    uint8_t digest[JOURNAL_DIGEST_BYTES];
};

struct stored_fact {
    char key[64];
    uint8_t *value;
    size_t size;
    bool committed;
};

#define FACTS_MAX 64

struct journal_memory {
    struct journal open; /* first: the pointer that others hold points to it */
    struct stored_group *groups;
    size_t capacity;
    uint32_t fact_count;
    struct stored_fact facts[FACTS_MAX];
};

static struct journal_memory *inside(struct journal *j)
{
    return (struct journal_memory *)j;
}

static uint8_t *copy_of(struct bytes in)
{
    uint8_t *copy = malloc(in.size > 0 ? in.size : 1);
    if (copy != NULL && in.size > 0) {
        memcpy(copy, in.data, in.size);
    }
    return copy;
}

static result out_of_memory(struct journal *j)
{
    j->fault = JOURNAL_FAULT_DISK;
    return ERR_IO;
}

static result append(struct journal *j, const struct journal_group *group)
{
    struct journal_memory *m = inside(j);
    if (j->last == m->capacity) {
        const size_t more = m->capacity == 0 ? 1024 : 2 * m->capacity;
        struct stored_group *groups = realloc(m->groups, more * sizeof *groups);
        if (groups == NULL) {
            return out_of_memory(j);
        }
        m->groups = groups;
        m->capacity = more;
    }
    struct stored_group stored = {.time = group->time, .size = group->input.size};
    stored.input = copy_of(group->input);
    if (stored.input == NULL) {
        return out_of_memory(j);
    }
    memcpy(stored.digest, group->effects_digest, sizeof stored.digest);
    m->groups[j->last] = stored;
    return OK;
}

static result commit(struct journal *j)
{
    struct journal_memory *m = inside(j);
    for (uint32_t i = 0; i < m->fact_count; i++) {
        m->facts[i].committed = true;
    }
    return OK;
}

static result read_group(struct journal *j, uint64_t position, struct journal_group *out)
{
    const struct stored_group *stored = &inside(j)->groups[position - 1];
    *out = (struct journal_group){
        .position = position, .time = stored->time, .input = {stored->input, stored->size}};
    memcpy(out->effects_digest, stored->digest, sizeof stored->digest);
    return OK;
}

static struct stored_fact *find_fact(struct journal_memory *m, const char *key)
{
    for (uint32_t i = 0; i < m->fact_count; i++) {
        if (strcmp(m->facts[i].key, key) == 0) {
            return &m->facts[i];
        }
    }
    return NULL;
}

static result set_meta(struct journal *j, const char *key, struct bytes value)
{
    struct journal_memory *m = inside(j);
    struct stored_fact *fact = find_fact(m, key);
    ENSURE(fact != NULL || m->fact_count < FACTS_MAX, ERR_FULL);
    uint8_t *copy = copy_of(value);
    if (copy == NULL) {
        return out_of_memory(j);
    }
    if (fact == NULL) {
        fact = &m->facts[m->fact_count];
        m->fact_count++;
        memset(fact, 0, sizeof *fact);
        memcpy(fact->key, key, strlen(key) + 1);
    }
    free(fact->value);
    fact->value = copy;
    fact->size = value.size;
    fact->committed = false;
    return OK;
}

static result get_meta(struct journal *j, const char *key, struct bytes *out)
{
    const struct stored_fact *fact = find_fact(inside(j), key);
    ENSURE(fact != NULL, ERR_NOT_FOUND);
    *out = (struct bytes){fact->value, fact->size};
    return OK;
}

static void close_journal(struct journal *j)
{
    struct journal_memory *m = inside(j);
    for (uint64_t i = 0; i < j->last; i++) {
        free(m->groups[i].input);
    }
    for (uint32_t i = 0; i < m->fact_count; i++) {
        free(m->facts[i].value);
    }
    free(m->groups);
    free(m);
}

result journal_memory_open(struct journal **out)
{
    static const struct journal_functions functions = {.append = append,
                                                       .commit = commit,
                                                       .read = read_group,
                                                       .set_meta = set_meta,
                                                       .get_meta = get_meta,
                                                       .close = close_journal};
    struct journal_memory *m = calloc(1, sizeof *m);
    ENSURE(m != NULL, ERR_IO);
    m->open.functions = &functions;
    *out = &m->open;
    return OK;
}

void journal_memory_crash(struct journal *j)
{
    struct journal_memory *m = inside(j);
    while (j->last > j->committed) {
        j->last--;
        free(m->groups[j->last].input);
    }
    /* A fact that was changed after the commit is forgotten altogether: tests need no more. */
    uint32_t kept = 0;
    for (uint32_t i = 0; i < m->fact_count; i++) {
        if (m->facts[i].committed) {
            m->facts[kept] = m->facts[i];
            kept++;
        } else {
            free(m->facts[i].value);
        }
    }
    m->fact_count = kept;
}
