/* The file of the people who may sign in at a node's page. `watchfire officers` makes it:
 *
 *   officers:
 *     - name: kim
 *       roles: [watch, release]
 *       password: "$argon2id$v=19$m=65536,t=3,p=1$…"
 *
 * A password is kept as libsodium's Argon2id string, at the cost of a key file's passphrase. */
#ifndef WATCHFIRE_NODE_OFFICER_FILE_H
#define WATCHFIRE_NODE_OFFICER_FILE_H

#include "base/bytes.h"
#include "base/result.h"
#include "model/order.h"
#include "node/yaml_tree.h"

#define OFFICERS_MAX 64
#define OFFICER_HASH_SIZE 128
#define OFFICER_PASSWORD_MIN 10 /* bytes */

struct officer {
    struct officer_name name;
    uint8_t roles;
    char hash[OFFICER_HASH_SIZE]; /* with its NUL; the rest is zero */
};

struct officer_list {
    uint32_t count;
    struct officer officers[OFFICERS_MAX];
};

/* Reads the whole file or nothing.
 *
 *   message   on error: file, line, column, what was found, what was expected
 *
 * ERR_DENIED if others may read it, else ERR_IO, ERR_FORMAT or ERR_FULL; out is then unchanged. */
MUST_USE result officer_file_read(const char *path, struct officer_list *out,
                                  char message[YAML_MESSAGE_SIZE]);

/* All or nothing, for its owner alone. ERR_IO, ERR_FULL. */
MUST_USE result officer_file_write(const char *path, const struct officer_list *list,
                                   char message[YAML_MESSAGE_SIZE]);

const struct officer *officer_list_find(const struct officer_list *list, const char *name);

/* Takes about a tenth of a second and 64 MiB. ERR_IO without that memory. */
MUST_USE result officer_hash(struct bytes password, char out[OFFICER_HASH_SIZE]);
bool officer_hash_matches(const char hash[OFFICER_HASH_SIZE], struct bytes password);

#endif
