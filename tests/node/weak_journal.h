/* A journal whose disk may fail: it keeps nothing, and knows what it was asked to make durable. */
#ifndef WATCHFIRE_TESTS_WEAK_JOURNAL_H
#define WATCHFIRE_TESTS_WEAK_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "journal/journal.h"

struct weak_journal {
    struct journal journal;
    bool fails; /* its commits do, from now on */
    int appends;
    int commits;    /* asked for */
    uint64_t facts; /* committed */
};

/* Its functions. */
extern const struct journal_functions WEAK_JOURNAL;

#endif
