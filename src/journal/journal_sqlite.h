/* The journal on disk: an SQLite database in WAL mode with synchronous=FULL, one per nation.
 *
 *   journal_group(position, time_tai_ns, input, effects, chain)
 *   fact(number, position, key, value, chain)
 *   head(one, position, facts, group_chain, fact_chain)      one row: how far both chains go
 *
 * application_id and user_version tell it from other databases and from other versions. The lock is
 * exclusive: a second process is refused. */
#ifndef WATCHFIRE_JOURNAL_JOURNAL_SQLITE_H
#define WATCHFIRE_JOURNAL_JOURNAL_SQLITE_H

#include "journal/journal.h"

enum journal_mode {
    JOURNAL_OPEN,   /* it must exist */
    JOURNAL_CREATE, /* it must not exist, or be empty */
    JOURNAL_READ    /* it must exist, and is not changed (replay, audit) */
};

/* Opens or creates the database at `path`.
 *
 *   fault  why it failed, always written; may be NULL
 *
 * ERR_IO, or ERR_FORMAT if it is not a journal or of another version, ERR_STATE if it is locked (or
 * exists and must not), ERR_NOT_FOUND if it is not there. The caller closes with journal_close. */
MUST_USE result journal_sqlite_open(const char *path, enum journal_mode mode, struct journal **out,
                                    enum journal_fault *fault);

#endif
