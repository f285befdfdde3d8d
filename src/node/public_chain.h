/* The messages about one event that people were told, in a row: each takes the place of those
 * before it, until the warning ends. */
#ifndef WATCHFIRE_NODE_PUBLIC_CHAIN_H
#define WATCHFIRE_NODE_PUBLIC_CHAIN_H

#include "formats/cap.h"
#include "node/public_message.h"

/* Plain values; all zero = nothing was told yet. */
struct public_chain {
    uint32_t count;
    struct cap_reference told[CAP_REFERENCES_MAX]; /* the latest, oldest first */
};

/* Writes a message as CAP, with references to all that came before it. Errors as of cap_write. */
MUST_USE result public_chain_write(const struct public_chain *chain,
                                   const struct public_message *message, const char *sender,
                                   char *out, size_t capacity, size_t *size);

/* The message was told: later ones refer to it, or, if it ended the warning, to nothing. Of more
 * than CAP_REFERENCES_MAX the oldest is left out: what came after it took its place already. */
void public_chain_told(struct public_chain *chain, const struct public_message *message);

#endif
