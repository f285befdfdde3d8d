/* Frames: what two nations' nodes say to each other, before signing and sealing.
 *
 * A plain frame is one byte of type, then a message of proto/watchfire.proto in canonical form. A
 * batch is its header with two bytes of length before it, then its records, each with two bytes of
 * length. Integers of lengths are big-endian. No frame is longer than 64 KiB. */
#ifndef WATCHFIRE_SHARE_FRAME_H
#define WATCHFIRE_SHARE_FRAME_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/bytes.h"
#include "base/id.h"
#include "base/instant.h"
#include "base/result.h"
#include "model/domain.h"
#include "share/codec.h"
#include "share/digest.h"
#include "share/frame_checkpoint.h"
#include "share/key_list.h"

#define FRAME_BYTES_MAX 65536
#define FRAME_RECORDS_MAX 128 /* in one batch */
#define FRAME_RANGES_MAX 16   /* in one acknowledgement */
#define FRAME_NONCE_BYTES 16
#define FRAME_SALT_BYTES 16
/* No byte string that is signed is longer. */
#define FRAME_SIGNED_BYTES_MAX 2560

enum frame_type {
    FRAME_UNKNOWN,
    FRAME_HELLO,
    FRAME_BATCH,
    FRAME_ACK,
    FRAME_GAP,
    FRAME_HEARTBEAT,
    FRAME_CHECKPOINT /* the transparency log's */
};
#define FRAME_TYPE_COUNT 7

/* live carries the newest entries, repair fills what is missing, in order: one connection each. */
enum frame_lane { LANE_LIVE, LANE_REPAIR };
#define FRAME_LANE_COUNT 2

/* One process start of one nation, or the beginning of one ledger: a counter that only grows, and a
 * random number. Counter 0 = none. */
struct frame_epoch {
    uint64_t counter;
    uint8_t nonce[FRAME_NONCE_BYTES];
};

static inline bool frame_epoch_equal(const struct frame_epoch *a, const struct frame_epoch *b)
{
    return a->counter == b->counter && memcmp(a->nonce, b->nonce, FRAME_NONCE_BYTES) == 0;
}

/* A place in a ledger: after `sequence` entries the chain of hashes stands at `head`. */
struct frame_position {
    struct frame_epoch epoch; /* in which that ledger began */
    uint64_t sequence;        /* 0 = before the first */
    struct digest head;
};

struct frame_hello {
    uint32_t schema_min;
    uint32_t schema_max;
    struct instant time;
    struct frame_epoch boot;           /* of this process start */
    uint32_t number;                   /* of this hello within the boot, from 1 */
    uint8_t ephemeral_public[32];      /* for crypto_kx, of this process start */
    struct frame_epoch heard;          /* the boot of yours that I know; counter 0 = none */
    bool answer;                       /* I do not know that you heard me, or have my keys */
    struct frame_position stream_base; /* my ledger for you begins after this … */
    struct frame_position stream; /* … and stands here; none until your memory was compared */
    struct frame_position memory; /* what I have of yours, durable and without a hole */
    struct bytes key_list;        /* signed; empty = none travels. Not looked into here */
    uint64_t keys_held;           /* the number of your key list that I hold; 0 = none */
};

/* Whether a hello speaks of key lists, which version 1 of the wire has not. */
static inline bool frame_hello_has_list(const struct frame_hello *h)
{
    return h->key_list.size > 0 || h->keys_held > 0;
}

/* One record of a batch, in the frame's own bytes. */
struct frame_batch {
    struct frame_epoch epoch; /* of the ledger */
    uint64_t first;           /* sequence of the first record */
    uint32_t count;           /* 1 to FRAME_RECORDS_MAX; last = first + count - 1 */
    struct digest previous;   /* head before the first */
    uint8_t salt[FRAME_SALT_BYTES];
    struct bytes records[FRAME_RECORDS_MAX]; /* canonical; views */
};

struct frame_range {
    uint64_t first;
    uint64_t last;
};

/* What of the partner's ledger is durable here. */
struct frame_ack {
    struct instant time;
    struct frame_position position; /* without a hole up to here */
    uint32_t range_count;
    struct frame_range ranges[FRAME_RANGES_MAX]; /* ahead of it, ascending, apart */
};

enum frame_gap_reason { GAP_UNKNOWN, GAP_DROPPED, GAP_WITHDRAWN };

/* These entries are gone, or no longer released: go on from here. */
struct frame_gap {
    struct frame_epoch epoch;
    uint64_t first;
    uint64_t last;
    bool has_before; /* the sender still knows the head before `first` */
    struct digest before;
    struct digest after; /* head after `last` */
    enum frame_gap_reason reason;
};

struct frame_heartbeat {
    struct instant time;
    struct frame_epoch boot;
    struct frame_position stream; /* the newest entry of the ledger for you */
    uint64_t clock_error_ns;      /* 95 % bound of the sender's clock; 0 = unknown */
};

/* A decoded frame. Its views live as long as the bytes it was decoded from. */
struct frame {
    enum frame_type type;
    union {
        struct frame_hello hello;
        struct frame_batch batch;
        struct frame_ack ack;
        struct frame_gap gap;
        struct frame_heartbeat heartbeat;
        struct frame_checkpoint checkpoint;
    };
};

/* Appends the plain bytes. ERR_RANGE for a frame that would not be accepted, ERR_FULL if it does
 * not fit. */
MUST_USE result frame_encode(const struct frame *frame, struct byte_writer *out);

/* Reads exactly one plain frame. The records of a batch are only cut out: each has still to pass
 * codec_decode. ERR_FORMAT, ERR_CANONICAL or ERR_RANGE. */
MUST_USE result frame_decode(struct bytes in, struct frame *out);

/* Who says it to whom, in which domain: signed with every frame, but not part of it. */
struct frame_route {
    enum domain domain;
    struct nation_id from;
    struct nation_id to;
};

/* The bytes that are signed for a plain frame: the context `watchfire/1/<domain>/<frame>` and a
 * NUL, from, to, and then the frame; for a batch, instead of its records, their RFC 6962 root:
 * epoch, first and last sequence, previous head, root. So one record can travel onward with a
 * proof.
 *
 *   plain  a frame that decodes, or the error of frame_decode comes back
 *   out    room for FRAME_SIGNED_BYTES_MAX */
MUST_USE result frame_signed_bytes(const struct frame_route *route, struct bytes plain,
                                   struct byte_writer *out);

/* The leaves of that root, one for each record. */
void frame_batch_leaves(const struct frame_batch *b, struct digest leaves[FRAME_RECORDS_MAX]);

/* The same bytes for a batch of which only the root is known; its records and salt are not looked
 * at. ERR_RANGE for a batch that cannot be. */
MUST_USE result frame_batch_signed_bytes(const struct frame_route *route,
                                         const struct frame_batch *b, const struct digest *root,
                                         struct byte_writer *out);

/* "hello", "batch", …; "unknown" otherwise. Static storage. */
const char *frame_type_text(enum frame_type type);

#endif
