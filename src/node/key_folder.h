/* A nation's keys of one domain on disk: the folder that `watchfire keys new` makes.
 *
 *   root.key          the offline root; may be carried away, a running node does not need it
 *   online.key        signing and checkpoint keys, and the master secret
 *   key-list          the public list, signed by the root; given to partners by hand
 *   officer-NAME.key  one for each release officer; may be carried away
 *
 * Every .key is encrypted (node/key_file.h) and has mode 0600. Messages say which file, what is
 * wrong, and what to do. */
#ifndef WATCHFIRE_NODE_KEY_FOLDER_H
#define WATCHFIRE_NODE_KEY_FOLDER_H

#include "node/keys.h"

#define KEY_FOLDER_MESSAGE_SIZE 640
#define KEY_FOLDER_PATH_SIZE 256 /* no path of a file in it is longer */
#define KEY_FOLDER_ROOT "root.key"
#define KEY_FOLDER_ONLINE "online.key"
#define KEY_FOLDER_LIST "key-list"

struct key_folder;

/* Opens the folder for a node: decrypts the online keys into locked memory.
 *
 *   dir          the folder
 *   nation, domain   what the node runs as; keys of anything else are refused
 *   passphrase   a file with the passphrase, or NULL: the credential "watchfire-passphrase" in
 *                $CREDENTIALS_DIRECTORY, or else asked on the terminal
 *   message      on error: what is wrong
 *
 * About 0.1 s of computing and 64 MiB for that time, so that guessing is costly. ERR_IO,
 * ERR_FORMAT, ERR_RANGE, ERR_DENIED (permissions, nation or domain) or ERR_SIGNATURE (another
 * passphrase, or altered). */
MUST_USE result key_folder_open(const char *dir, struct nation_id nation, enum domain domain,
                                const char *passphrase, struct key_folder **out,
                                char message[KEY_FOLDER_MESSAGE_SIZE]);

/* Wipes and frees; NULL is allowed. */
void key_folder_close(struct key_folder *folder);

/* Lives as long as the folder, and changes only in key_folder_reload. */
const struct keys *key_folder_keys(const struct key_folder *folder);

/* Reads the folder again, after `keys rotate` or `keys revoke`; asks for no passphrase. Call it on
 * SIGHUP, in the thread that signs; if the list's number grew, hand the keys to
 * performer_keys_changed, which tells the partners.
 *
 * On error the keys stay as they were. */
MUST_USE result key_folder_reload(struct key_folder *folder, bool *changed,
                                  char message[KEY_FOLDER_MESSAGE_SIZE]);

/* A file of the folder. False if it does not fit. */
bool key_folder_path(const char *dir, const char *name, char *out, size_t size);

/* Reads a key list from a file and verifies it with that root.
 *
 *   bytes   empty, with room for KEY_LIST_BYTES_MAX: the file
 *
 * ERR_SIGNATURE if another root signed it; ERR_IO, ERR_FORMAT, ERR_CANONICAL or ERR_RANGE. */
MUST_USE result key_folder_read_list(const char *path, const uint8_t root[KEY_BYTES],
                                     struct byte_writer *bytes, struct key_list *out,
                                     char message[KEY_FOLDER_MESSAGE_SIZE]);

/* Signs with an officer's key file: release policies. `passphrase` as above, asked as the officer's
 * own. `key` is the officer's public key, to be looked up in a list. Errors as key_folder_open. */
MUST_USE result key_folder_officer_sign(const char *path, const char *passphrase,
                                        struct bytes message, uint8_t key[KEY_BYTES],
                                        uint8_t signature[KEY_SIGNATURE_BYTES],
                                        char trouble[KEY_FOLDER_MESSAGE_SIZE]);

#endif
