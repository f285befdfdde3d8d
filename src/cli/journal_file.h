/* How the commands that read a journal open it, and say what is wrong. */
#ifndef WATCHFIRE_CLI_JOURNAL_FILE_H
#define WATCHFIRE_CLI_JOURNAL_FILE_H

#include <stdbool.h>

#include "base/result.h"
#include "journal/journal.h"
#include "share/digest.h"

/* What to do about a journal that cannot be opened; static storage. */
const char *journal_file_advice(enum journal_fault fault);

#define JOURNAL_FILE_MESSAGE_SIZE 1024

/* The key that opens a journal's secrets.
 *
 *   node      NODE.yaml of the node whose journal it is: its passphrase is found or asked as for
 *             the node. NULL = an exercise's key, which derives from the seed that its journal
 *             names
 *   found     false if it is no exercise's journal and no node is given
 *   message   what is wrong, on error */
MUST_USE result journal_file_key(struct journal *j, const char *node, struct digest_key *out,
                                 bool *found, char message[JOURNAL_FILE_MESSAGE_SIZE]);

#endif
