/* A journal in memory on a disk that fails as it is told to: for simulations. What a commit has
 * made durable survives weak_journal_restart, and nothing else does. */
#ifndef WATCHFIRE_CLI_WEAK_JOURNAL_H
#define WATCHFIRE_CLI_WEAK_JOURNAL_H

#include "journal/journal.h"

struct weak_journal {
    struct journal open; /* what a performer is given; as fresh after each restart */
    struct journal *memory;
    enum journal_fault failing; /* of each commit from now on; JOURNAL_FAULT_NONE = it works */
    bool lies;                  /* commits say that they are durable and are not */
    uint64_t damaged;           /* the position of a group of which a bit is another; 0 = none */
    size_t damaged_at;
};

/* ERR_IO without memory. Close it with weak_journal_close; storage is the caller's and stays where
 * it is. */
MUST_USE result weak_journal_open(struct weak_journal *w);
void weak_journal_close(struct weak_journal *w);

/* Turns a bit of a group that is stored: `where` from 0 to 1 says which. Nothing if there is none;
 * weak_journal_mend turns it back. */
void weak_journal_damage(struct weak_journal *w, double where);
void weak_journal_mend(struct weak_journal *w);

/* The process that used it has died, or opens it anew after a failure. Whether something is gone
 * that it had called durable. */
bool weak_journal_restart(struct weak_journal *w);

#endif
