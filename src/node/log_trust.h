/* Who signed a checkpoint: notes (share/note.h) against key lists. */
#ifndef WATCHFIRE_NODE_LOG_TRUST_H
#define WATCHFIRE_NODE_LOG_TRUST_H

#include "base/instant.h"
#include "share/key_list.h"
#include "share/note.h"

/* Whether a checkpoint key of the list signed the note under that name and in that role.
 *
 *   when  the key must count then; unset = it is enough that it is listed and not revoked
 *   line  the line, with its end; may be NULL
 *
 * OK, or what note_verify says of the last key tried; ERR_NOT_FOUND if there is none. */
MUST_USE result log_trust_verify(const struct key_list *list, struct instant when,
                                 struct bytes note, const char *name, enum note_key role,
                                 struct bytes *line);

#endif
