#include "cli/weak_journal.h"

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
    if (w->memory != NULL) {
        journal_close(w->memory);
        w->memory = NULL;
    }
}

static void turn_bit(struct weak_journal *w)
{
    struct journal_group group;
    if (journal_read(w->memory, w->damaged, &group) == OK) {
        uint8_t *input = (uint8_t *)(uintptr_t)group.input.data;
        input[w->damaged_at % group.input.size] ^= 1;
    }
}

void weak_journal_damage(struct weak_journal *w, double where)
{
    if (w->memory->last > 0) {
        const double at = where * (double)w->memory->last;
        w->damaged = 1 + (uint64_t)at;
        w->damaged = w->damaged > w->memory->last ? w->memory->last : w->damaged;
        w->damaged_at = (size_t)(at * 1e6);
        turn_bit(w);
    }
}

void weak_journal_mend(struct weak_journal *w)
{
    turn_bit(w);
    w->damaged = 0;
}

bool weak_journal_restart(struct weak_journal *w)
{
    const bool lied = w->open.committed > w->memory->committed;
    journal_memory_crash(w->memory);
    take_over(w);
    return lied;
}
