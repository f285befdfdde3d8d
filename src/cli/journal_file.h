/* How the commands that read a journal open it, and say what is wrong. */
#ifndef WATCHFIRE_CLI_JOURNAL_FILE_H
#define WATCHFIRE_CLI_JOURNAL_FILE_H

#include <stdbool.h>

#include "base/result.h"
#include "journal/journal.h"
#include "share/digest.h"

/* What to do about a journal that cannot be opened; static storage. */
const char *journal_file_advice(enum journal_fault fault);

/* The key that opens a journal's secrets. An exercise's derives from its seed, which the journal
 * names. False if nothing here has it. */
bool journal_file_key(struct journal *j, struct digest_key *out);

#endif
