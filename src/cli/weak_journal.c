#include "cli/weak_journal.h"

#include <stdlib.h>
#include <string.h>

#include "journal/journal_memory.h"

static struct weak_journal *inside(struct journal *j)
{
    return (struct weak_journal *)j;
}

static result append(struct journal *j, const struct journal_group *group)
{
    return journal_append(inside(j)->memory, group->position, group->time, group->input,
                          group->effects);
}

static result commit(struct journal *j)
{
    struct weak_journal *w = inside(j);
    if (w->failing != JOURNAL_FAULT_NONE) {
        j->fault = w->failing;
        return ERR_IO;
    }
    return w->lies ? OK : journal_commit(w->memory);
}

static result read_group(struct journal *j, uint64_t position, struct journal_group *out)
{
    return journal_read(inside(j)->memory, position, out);
}

static result add_fact(struct journal *j, const struct journal_fact *fact)
{
    return journal_set_meta(inside(j)->memory, fact->key, fact->value);
}

static result get_fact(struct journal *j, const char *key, uint64_t position,
                       struct journal_fact *out)
{
    return journal_get_fact(inside(j)->memory, key, position + 1, out);
}

static const struct journal_functions FUNCTIONS = {.append = append,
                                                   .commit = commit,
                                                   .read = read_group,
                                                   .add_fact = add_fact,
                                                   .get_fact = get_fact};

static void take_over(struct weak_journal *w)
{
    w->open = *w->memory;
    w->open.functions = &FUNCTIONS;
}

result weak_journal_open(struct weak_journal *w)
{
    memset(w, 0, sizeof *w);
    TRY(journal_memory_open(&w->memory));
    take_over(w);
    return OK;
}

void weak_journal_close(struct weak_journal *w)
{
    free(w->sound);
    w->sound = NULL;
    if (w->memory != NULL) {
        journal_close(w->memory);
        w->memory = NULL;
    }
}

/* The input of a group as it lies there, to be written over; size 0 if there is none. */
static uint8_t *input_at(struct weak_journal *w, uint64_t position, size_t *size)
{
    struct journal_group group;
    *size = 0;
    if (journal_read(w->memory, position, &group) != OK) {
        return NULL;
    }
    *size = group.input.size;
    return (uint8_t *)(uintptr_t)group.input.data;
}

/* What a disk does to it: a bit turned, a write of which the end is missing, or one that another
 * group's overwrote. At least a bit is another afterwards. */
static void spoil(struct weak_journal *w, uint8_t *input, size_t size, uint64_t how)
{
    const size_t at = (size_t)(how / 3 % size);
    size_t other_size = 0;
    const uint8_t *other = input_at(w, 1 + how % w->memory->last, &other_size);
    if (how % 3 == 1) {
        memset(input + at, 0, size - at);
    } else if (how % 3 == 2 && other != NULL) {
        memmove(input, other, size < other_size ? size : other_size);
    }
    if (memcmp(input, w->sound, size) == 0) {
        input[at] ^= 1;
    }
}

void weak_journal_damage(struct weak_journal *w, double where)
{
    size_t size = 0;
    if (w->memory->last == 0) {
        return;
    }
    const double at = where * (double)w->memory->last;
    const uint64_t position =
        1 + (uint64_t)at < w->memory->last ? 1 + (uint64_t)at : w->memory->last;
    uint8_t *input = input_at(w, position, &size);
    free(w->sound);
    w->sound = size > 0 ? malloc(size) : NULL;
    if (w->sound != NULL) {
        memcpy(w->sound, input, size);
        w->damaged = position;
        spoil(w, input, size, (uint64_t)(at * 1e6));
    }
}

void weak_journal_mend(struct weak_journal *w)
{
    size_t size = 0;
    uint8_t *input = input_at(w, w->damaged, &size);
    memcpy(input, w->sound, size);
    w->damaged = 0;
}

bool weak_journal_restart(struct weak_journal *w)
{
    const bool lied = w->open.committed > w->memory->committed;
    journal_memory_crash(w->memory);
    take_over(w);
    return lied;
}
