/* A journal in memory: gone with the process; for exercises that nobody wants to resume. */
#ifndef WATCHFIRE_JOURNAL_JOURNAL_MEMORY_H
#define WATCHFIRE_JOURNAL_JOURNAL_MEMORY_H

#include "journal/journal.h"

/* ERR_IO if there is no memory. The caller closes it with journal_close. */
MUST_USE result journal_memory_open(struct journal **out);

/* As if the power had failed: forgets what was not committed. */
void journal_memory_crash(struct journal *j);

#endif
