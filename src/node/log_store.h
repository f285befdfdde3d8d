/* What the journal holds of transparency logs, read back (node/log_keeper.h has the facts). */
#ifndef WATCHFIRE_NODE_LOG_STORE_H
#define WATCHFIRE_NODE_LOG_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/result.h"
#include "journal/journal.h"
#include "share/log.h"
#include "share/note.h"

/* How many leaves there are, and the second of the newest (INT64_MIN if none). ERR_IO. */
MUST_USE result log_store_size(struct journal *j, uint64_t *size, int64_t *second);

/* A leaf, and behind it the inner nodes that it completes. The view lives until the next call on
 * the journal. ERR_NOT_FOUND, ERR_IO. */
MUST_USE result log_store_leaf(struct journal *j, uint64_t number, struct bytes *out);

/* The span from `first` to `next`. ERR_IO if a leaf of it is missing. */
MUST_USE result log_store_span(struct journal *j, uint64_t first, uint64_t next,
                               struct log_span *out);

/* The newest note of a kind ("seen", "cosigned", "fork") and nation; false if there is none. Views
 * live until the next call on the journal. */
bool log_store_note(struct journal *j, const char *kind, const char *nation, struct bytes *note,
                    struct note_head *head, struct bytes *body);

/* Whether a nation was found to show two histories, at a time of which there still are inputs. */
bool log_store_has_fork(struct journal *j, const char *nation);

#endif
