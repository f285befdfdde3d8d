/* Signatures that this process made itself. Where several nations run in one process the receiver
 * of a frame need not work out again what its sender has just made: an Ed25519 signature that the
 * signer made verifies. Which key made it is remembered; whether that key counts is still asked.
 * For exercises and simulations; a node that runs alone has none. */
#ifndef WATCHFIRE_NODE_SIGNED_HERE_H
#define WATCHFIRE_NODE_SIGNED_HERE_H

#include "node/keys.h"

#define SIGNED_HERE_MAX 4096 /* the newest; of older ones some are forgotten */

struct signed_here_entry {
    uint8_t signature[KEYS_SIGNATURE_BYTES];
    uint8_t key[KEY_BYTES];
    struct digest message;
};

/* All zero at first: nothing was signed. */
struct signed_here {
    struct signed_here_entry entries[SIGNED_HERE_MAX];
};

/* The key, the public half, has just made this signature of the message. */
void signed_here_note(struct signed_here *s, const uint8_t key[KEY_BYTES], struct bytes message,
                      const uint8_t signature[KEYS_SIGNATURE_BYTES]);

/* Whether a key of the list that counts for signing at `now` made this signature of the message
 * here. False = nobody knows: verify it. */
bool signed_here_knows(const struct signed_here *s, const struct key_list *list, struct instant now,
                       struct bytes message, const uint8_t signature[KEYS_SIGNATURE_BYTES]);

#endif
