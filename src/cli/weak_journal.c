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
    return journal_commit(w->memory);
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

void weak_journal_restart(struct weak_journal *w)
{
    journal_memory_crash(w->memory);
    take_over(w);
}
