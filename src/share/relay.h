/* Relay: a record that its owner released to one nation (via), passed on by that nation to another.
 *
 * What is passed on is the owner's record, byte for byte, with the owner's grant, the owner's
 * signature of the batch in which it came, and the RFC 6962 proof that it was in there. It stands
 * in the ledger of via for the receiver, so that via's own signature signs the way, and its session
 * acknowledges and repairs. The record inside is a Record, never again a relayed one: two hops at
 * most. It never goes to its owner. A relay is checked alike where it is made and where it comes
 * in, so nothing leaves that an honest receiver would refuse.
 *
 * A ledger entry says by its first byte which of the two it is. */
#ifndef WATCHFIRE_SHARE_RELAY_H
#define WATCHFIRE_SHARE_RELAY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/id.h"
#include "base/instant.h"
#include "base/result.h"
#include "model/domain.h"
#include "model/record.h"
#include "share/codec.h"
#include "share/digest.h"
#include "share/frame.h"
#include "share/grant.h"
#include "share/key_list.h"

/* Of a batch of FRAME_RECORDS_MAX records. */
#define RELAY_PROOF_MAX 7
/* Hellos have to have shown that the receiver speaks this version. */
#define RELAY_SCHEMA 2

/* Why a record is passed on or taken, or is not. Counted, and told to the nation's own people. */
enum relay_why {
    RELAY_YES,
    RELAY_FORMAT,    /* not in canonical form, or nothing valid in it */
    RELAY_TWICE,     /* it was relayed before: two hops are the most */
    RELAY_OWNER,     /* its owner is no partner here */
    RELAY_LOOP,      /* it would go back to its owner */
    RELAY_NO_GRANT,  /* no grant of the owner to that nation */
    RELAY_ROUTE,     /* the grant is for other nations */
    RELAY_PERIOD,    /* the grant does not count yet, or no more */
    RELAY_TERMS,     /* not of the kinds, or higher classified, than the grant allows */
    RELAY_LABEL,     /* the record's label does not let it go there */
    RELAY_SIGNATURE, /* the grant is not signed by a key of the owner that counts */
    RELAY_PROOF,     /* the owner did not sign a batch with this record */
    RELAY_VERSION,   /* the receiver's version does not know relays, or is not known yet */
    RELAY_AGAIN,     /* it was taken before, or is older than what an honest nation passes on */
    RELAY_DIRECT     /* its owner is heard directly, or was when it was made */
};
#define RELAY_WHY_COUNT 15

struct relayed {
    struct signed_grant grant;
    struct frame_epoch epoch; /* of the owner's ledger for via */
    uint64_t first;           /* of the batch, and how many records it had … */
    uint32_t count;
    struct digest previous; /* … and the head before it */
    uint32_t index;         /* of this one among them, from 0 */
    uint32_t proof_count;
    struct digest proof[RELAY_PROOF_MAX];
    uint8_t signature[KEY_SIGNATURE_BYTES]; /* the owner's, of the batch */
    uint32_t size;
    uint8_t record[CODEC_RECORD_BYTES_MAX]; /* as it came from the owner */
};

/* Between whom, and what of the owner's keys is in force here. Borrowed for the call. */
struct relay_parties {
    enum domain domain;
    struct nation_id via;
    struct nation_id to;
    const struct key_list *owner_keys;
    struct instant now;
};

/* Whether an entry of a ledger is, by its first byte, a relayed record. */
bool relay_is(struct bytes entry);

/* Takes record `index` out of a batch of the owner's.
 *
 *   signature  of the batch, KEY_SIGNATURE_BYTES
 *
 * ERR_RANGE if there is no such record, or it is too long for one. */
MUST_USE result relay_make(const struct frame_batch *batch, uint32_t index,
                           const uint8_t *signature, const struct signed_grant *grant,
                           struct relayed *out);

/* Appends the canonical bytes. ERR_RANGE for what cannot be, ERR_FULL. */
MUST_USE result relay_encode(const struct relayed *relayed, struct byte_writer *out);

/* Reads exactly one, without believing it. ERR_FORMAT, ERR_CANONICAL or ERR_RANGE. */
MUST_USE result relay_decode(struct bytes in, struct relayed *out);

/* Everything that has to hold, but what the receiver speaks and whom it hears.
 *
 *   out   the owner's record, written if the answer is RELAY_YES */
enum relay_why relay_open(const struct relay_parties *parties, const struct relayed *relayed,
                          struct record *out);

/* "the grant is for other nations", …. Static storage. */
const char *relay_why_text(enum relay_why why);

#endif
