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
    uint64_t damaged;           /* the position of a group that is another than written; 0 = none */
    uint8_t *sound;             /* its input as it was written; owned */
};

/* ERR_IO without memory. Close it with weak_journal_close; storage is the caller's and stays where
 * it is. */
MUST_USE result weak_journal_open(struct weak_journal *w);
void weak_journal_close(struct weak_journal *w);

/* Spoils a group that is stored, as disks do: a bit turned, its end missing, or another group's
 * bytes in its place. `where` from 0 to 1 says which and how. Nothing if there is none;
 * weak_journal_mend makes it whole again. */
void weak_journal_damage(struct weak_journal *w, double where);
void weak_journal_mend(struct weak_journal *w);

/* The process that used it has died, or opens it anew after a failure. Whether something is gone
 * that it had called durable. */
bool weak_journal_restart(struct weak_journal *w);

#endif
