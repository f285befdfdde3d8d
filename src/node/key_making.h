/* What an operator does with the offline root: makes a nation's keys of one domain, renews and
 * revokes them, adds release officers. Each ends in a new key list, numbered one higher.
 *
 * Files are written so that a crash between two of them leaves a folder that works: the online keys
 * first, the list that names them last. */
#ifndef WATCHFIRE_NODE_KEY_MAKING_H
#define WATCHFIRE_NODE_KEY_MAKING_H

#include "node/key_folder.h"

#define KEY_MAKING_DAYS 90
#define KEY_MAKING_DAYS_OFFICER 365
#define KEY_MAKING_DAYS_MAX 3650
/* A new key counts so much later, so that partners have the list when it does … */
#define KEY_MAKING_LEAD_S 600.0
/* … and the one before it goes on counting for so long. */
#define KEY_MAKING_OVERLAP_S 86400.0

struct key_making {
    const char *dir;
    const char *root;            /* the root's file; NULL = the one in dir */
    const char *passphrase;      /* files, or NULL: see passphrase.h */
    const char *root_passphrase; /* likewise; never a credential */
    struct instant now;
    int days; /* 1 to KEY_MAKING_DAYS_MAX; 0 = the usual */
};

/* Makes the folder, a root, a signing and a checkpoint key that count at once, a master secret, and
 * list 1. ERR_STATE if keys are there already. `root` is the new root's public key. */
MUST_USE result key_making_new(const struct key_making *making, struct nation_id nation,
                               enum domain domain, uint8_t root[KEY_BYTES],
                               char message[KEY_FOLDER_MESSAGE_SIZE]);

/* New signing and checkpoint keys after KEY_MAKING_LEAD_S, or at once if none before them counts
 * until then; those before them end a day later, or when they would have. What has expired leaves
 * the list. */
MUST_USE result key_making_rotate(const struct key_making *making,
                                  char message[KEY_FOLDER_MESSAGE_SIZE]);

/* Revokes the keys of an officer of that name, or the one key that begins with these hexadecimal
 * digits (at least 8). If then none counts for signing or checkpoints, a new one does at once. */
MUST_USE result key_making_revoke(const struct key_making *making, const char *which,
                                  char message[KEY_FOLDER_MESSAGE_SIZE]);

/* A key for a release officer, in officer-NAME.key under a passphrase of its own. ERR_STATE if that
 * file is there. */
MUST_USE result key_making_officer(const struct key_making *making, const char *name,
                                   const char *officer_passphrase,
                                   char message[KEY_FOLDER_MESSAGE_SIZE]);

/* What anyone may know of a folder, without a passphrase: the root, and the list that it signed. */
MUST_USE result key_making_look(const char *dir, uint8_t root[KEY_BYTES], struct key_list *out,
                                char message[KEY_FOLDER_MESSAGE_SIZE]);

#endif
