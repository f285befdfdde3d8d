/* A walk through a journal file from its first byte that counts to its last, for whoever does not
 * trust it: every row is read as it lies there and hashed again.
 *
 * Unlike journal_sqlite_open it also opens what is damaged, and says where. */
#ifndef WATCHFIRE_JOURNAL_WALK_H
#define WATCHFIRE_JOURNAL_WALK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/result.h"
#include "journal/journal.h"

/* What is wrong with a row, or at the end. */
enum walk_flaw {
    WALK_SOUND,
    WALK_KIND,       /* a column is not of the kind that the journal writes there */
    WALK_MISSING,    /* rows before it are not there */
    WALK_CHANGED,    /* its hash is not that of its content after the row before it */
    WALK_UNREADABLE, /* the database cannot be read from here on */
    WALK_NO_HEAD,    /* the row that says where the chains end is not there, or not one */
    WALK_END         /* the chain does not end where the head says */
};
const char *walk_flaw_text(enum walk_flaw flaw);

struct walk;

/* ERR_NOT_FOUND if there is no file, ERR_FORMAT if it is not a journal of this version, ERR_STATE
 * if another process has it, ERR_IO otherwise; `fault` says why. */
MUST_USE result walk_open(const char *path, struct walk **out, enum journal_fault *fault);
void walk_close(struct walk *w);

/* The next fact, in order of number. False after the last. Views live until the next call. */
bool walk_fact(struct walk *w, struct journal_fact *out, enum walk_flaw *flaw);

/* The next group, in order of position; after the facts, since they say where the groups begin. */
bool walk_group(struct walk *w, struct journal_group *out, enum walk_flaw *flaw);

/* After the last of both: whether they end where the head says, which is then written. */
enum walk_flaw walk_end(struct walk *w, struct journal_head *head);

/* A table, index, view or trigger that the journal does not have; false if there is none. */
bool walk_foreign(struct walk *w, char name[JOURNAL_KEY_SIZE]);

#endif
