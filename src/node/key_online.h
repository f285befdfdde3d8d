/* What the online key file holds: the master secret (32), how many keys follow (1), and the seed of
 * each (32). Which key is for what, and until when, is in the signed list. */
#ifndef WATCHFIRE_NODE_KEY_ONLINE_H
#define WATCHFIRE_NODE_KEY_ONLINE_H

#include "node/key_store.h"
#include "node/keys.h"

/* Draws a master secret; no keys yet. */
void key_online_begin(struct key_store *store);

/* Draws a key and adds it. ERR_FULL if there are KEYS_SECRETS_MAX. */
MUST_USE result key_online_add(struct key_store *store, uint8_t open[KEY_BYTES]);

/* Drops the seeds of keys that are revoked or not in the list. */
void key_online_prune(struct key_store *store, const struct key_list *list);

/* Fills master and secrets of the keys. ERR_FORMAT if the store holds something else. */
MUST_USE result key_online_read(const struct key_store *store, struct keys *out);

#endif
