/* One key file on disk: opened with a passphrase, written anew with the same key. Messages name the
 * file, what is wrong, and what to do. */
#ifndef WATCHFIRE_NODE_KEY_STORE_H
#define WATCHFIRE_NODE_KEY_STORE_H

#include "node/key_file.h"
#include "node/passphrase.h"

/* An opened key file, in locked memory. */
struct key_store {
    struct key_file_header header;
    uint8_t key[KEY_FILE_KEY_BYTES];
    size_t size;
    uint8_t secrets[KEY_FILE_SECRETS_MAX];
};

/* Reads the header of a key file of that kind; needs no passphrase. */
MUST_USE result key_store_header(const char *path, enum key_file_kind kind,
                                 struct key_file_header *out, char *message, size_t message_size);

/* Opens a key file of that kind. ERR_IO, ERR_DENIED (permissions), ERR_FORMAT, ERR_RANGE (costs),
 * or ERR_SIGNATURE: another passphrase, or altered. */
MUST_USE result key_store_open(const char *path, enum key_file_kind kind,
                               const struct passphrase_source *source, struct key_store **out,
                               char *message, size_t message_size);

/* Opens it again with the key of an earlier opening. Changes `store` only on success. */
MUST_USE result key_store_again(const char *path, struct key_store *store, char *message,
                                size_t message_size);

/* A new store without secrets, under a passphrase that is asked for twice on a terminal. */
MUST_USE result key_store_make(enum key_file_kind kind, enum domain domain, struct nation_id nation,
                               const uint8_t root[KEY_BYTES],
                               const struct passphrase_source *source, struct key_store **out,
                               char *message, size_t message_size);

/* Writes it, mode 0600, all or nothing. */
MUST_USE result key_store_write(const char *path, struct key_store *store, char *message,
                                size_t message_size);

/* Wipes and frees; NULL is allowed. */
void key_store_close(struct key_store *store);

#endif
