/* Where a passphrase comes from: a file, systemd's credential, or the terminal. */
#ifndef WATCHFIRE_NODE_PASSPHRASE_H
#define WATCHFIRE_NODE_PASSPHRASE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/result.h"

#define PASSPHRASE_BYTES_MAX 1024
#define PASSPHRASE_CREDENTIAL "watchfire-passphrase"

struct passphrase_source {
    const char *path; /* a file of mode 0600 that holds it in one line; NULL = none */
    /* Without a file: $CREDENTIALS_DIRECTORY/watchfire-passphrase, if it is there. */
    bool credential;
    bool twice;        /* on the terminal ask again, as for a new key */
    const char *whose; /* "the online keys", for what is asked and said */
    bool is_password;  /* it is called a password then */
};

struct passphrase {
    char *text; /* in locked memory; NULL = none */
    size_t size;
};

/* Reads it into memory that is locked and to be given back with passphrase_free.
 *
 *   out       the passphrase, without the end of its line; at least one byte
 *   message   on error: which source, and what was expected
 *
 * ERR_IO if there is no source, ERR_DENIED if others may read the file, ERR_FORMAT if it is empty,
 * too long, of several lines, or two entries differ. */
MUST_USE result passphrase_read(const struct passphrase_source *source, struct passphrase *out,
                                char *message, size_t message_size);

/* Wipes and frees; nothing for what passphrase_read did not fill. */
void passphrase_free(struct passphrase *passphrase);

#endif
