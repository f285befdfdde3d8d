/* What a node believes of one partner's keys: the pinned root, and the list in force.
 *
 * A list that the root signed comes in a hello, from a file that was given by hand, or from the
 * journal at a restart (EVENT_KEYS holds its bytes): offer each to key_trust_offer, in any order;
 * the highest number stays in force. */
#ifndef WATCHFIRE_NODE_KEY_TRUST_H
#define WATCHFIRE_NODE_KEY_TRUST_H

#include "node/keys.h"

#define KEY_FINGERPRINT_TEXT_SIZE 65

struct key_trust {
    bool pinned; /* false: the list below is all there will ever be (an exercise) */
    uint8_t root[KEY_BYTES];
    struct key_list list; /* in force; without keys until one was taken */
    uint32_t signed_size;
    uint8_t signed_list[KEY_LIST_BYTES_MAX];
};

/* A partner of whom only the root is known yet: nothing of it verifies before a list was taken. */
void key_trust_pin(struct nation_id nation, enum domain domain, const uint8_t root[KEY_BYTES],
                   struct key_trust *out);

/* A partner with a list that does not change: the derived keys of an exercise. */
void key_trust_fix(const struct key_list *list, struct key_trust *out);

/* Takes a signed list if it is newer than the one in force.
 *
 * REFUSED_NONE: taken, or the same bytes as in force. REFUSED_KEYS: not a list, not of that nation
 * and domain, not signed by the pinned root, or of a lower number. REFUSED_EQUIVOCATION: signed by
 * the root, with the number in force and other bytes. When refused, the trust is unchanged. */
MUST_USE enum session_refusal key_trust_offer(struct key_trust *trust, struct bytes signed_list);

/* Reads a root's fingerprint, which is its public key in 64 hexadecimal digits. False otherwise. */
bool key_fingerprint_parse(const char *text, uint8_t root[KEY_BYTES]);

/* The same as text. Returns out. */
const char *key_fingerprint_text(const uint8_t root[KEY_BYTES],
                                 char out[KEY_FINGERPRINT_TEXT_SIZE]);

#endif
