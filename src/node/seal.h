/* Signing and sealing of frames on their way out, opening and verifying on their way in.
 *
 * A sealed frame, integers big-endian:
 *
 *   0   2  "WF"                     8   3  from
 *   2   1  version, 1              11   3  to
 *   3   1  domain                  14   8  sender's boot counter
 *   4   1  frame type              22   8  frame number of this lane, from 1; 0 in a hello
 *   5   1  lane (live in a hello)  30   8  receiver's boot counter; 0 in a hello
 *   6   2  zero                    38      sealed part
 *
 * The first 38 bytes are associated data. The sealed part is XChaCha20-Poly1305 over signature (64)
 * and plain frame, with the nonce lane and frame number; the key comes by crypto_kx from the two
 * ephemeral keys that the hellos carry, so it ends with the process. A hello itself is signed but
 * not sealed: it carries nothing secret, and there is no key yet. Opening (about 1 us) comes before
 * verifying (about 55 us): a flood costs little. */
#ifndef WATCHFIRE_NODE_SEAL_H
#define WATCHFIRE_NODE_SEAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/result.h"
#include "node/key_trust.h"
#include "node/keys.h"
#include "node/signed_here.h"
#include "share/frame.h"
#include "share/session.h"

#define SEAL_HEADER_BYTES 38
#define SEAL_TYPE_AT 4 /* the frame type, in the open */
#define SEAL_OVERHEAD_BYTES (SEAL_HEADER_BYTES + KEYS_SIGNATURE_BYTES + 16)
#define SEAL_FRAME_BYTES_MAX (FRAME_BYTES_MAX + SEAL_OVERHEAD_BYTES)

/* The shell's side of one session. */
struct seal {
    const struct keys *self;  /* borrowed; outlives the seal */
    struct signed_here *here; /* likewise; NULL = nobody else of this process signs */
    struct key_trust partner;
    uint32_t speaks;                 /* no newer version of the wire; 0 = any */
    uint32_t which;                  /* the partner's key that verified last: the first guess */
    struct keys_boot boot;           /* ours */
    struct frame_epoch partner_boot; /* counter 0 = none heard of */
    struct frame_epoch hello_boot;   /* the newest hello that is known: of this process start … */
    uint32_t hello_number;           /* … and with this number; what is not newer is refused */
    uint8_t partner_ephemeral[32];
    bool keyed; /* both sides are known: frames can be sealed */
    uint8_t send_key[32];
    uint8_t receive_key[32];
    uint64_t sent[FRAME_LANE_COUNT];     /* frame numbers used up */
    uint64_t received[FRAME_LANE_COUNT]; /* the highest number opened … */
    uint64_t window[FRAME_LANE_COUNT];   /* … and which of the 64 up to it */
};

/* What came in. Views into the buffer that seal_open was given. */
struct seal_opened {
    enum session_refusal refusal; /* REFUSED_NONE = all the rest is valid */
    enum frame_type type;
    enum frame_lane lane;
    struct bytes plain;
    uint8_t signature[KEYS_SIGNATURE_BYTES];
};

/* `partner` is copied; with the partner's list of the journal in it after a restart. */
void seal_init(struct seal *s, const struct keys *self, const struct key_trust *partner,
               const struct keys_boot *boot);

/* After a restart: hellos of the partner up to this one are known from the journal. Nothing seals a
 * hello, so whoever carries it can bring it again as often as he likes: it must cost neither a
 * verification nor an input. */
void seal_know_hello(struct seal *s, const struct frame_epoch *boot, uint32_t number);

/* The keys depend on the partner's process start: ERR_STATE until its hello was opened (except for
 * a hello), or if none of our keys counts at `now`. ERR_FORMAT for bytes that are not a plain
 * frame, ERR_FULL if `out` is too small. The signature is also handed back, for the journal. */
MUST_USE result seal_close(struct seal *s, struct bytes plain, enum frame_lane lane,
                           struct instant now, struct byte_writer *out,
                           uint8_t signature[KEYS_SIGNATURE_BYTES]);

/* Opens and verifies one frame of this partner, by the keys of the list in force that count at
 * `now`, the node's time. A newer list in a hello is in force from that hello on.
 *
 *   sealed  as it arrived
 *   buffer  room for the plain frame: at least SEAL_FRAME_BYTES_MAX
 *   out     the frame, or why it was refused. A hello that verifies is noted: its ephemeral key is
 *           used from then on. */
void seal_open(struct seal *s, struct bytes sealed, struct instant now, uint8_t *buffer,
               size_t buffer_size, struct seal_opened *out);

/* Verifies a stored plain frame and its signature without any private key: replay and audit.
 *
 *   from   the sender's list that was in force when the frame came in: that of the last EVENT_KEYS
 *          before it, or, in an exercise, that of its derived keys
 *   when   the time of that event
 *
 * ERR_FORMAT or ERR_SIGNATURE. */
MUST_USE result seal_verify_stored(const struct key_list *from, struct nation_id to,
                                   struct bytes plain, struct instant when,
                                   const uint8_t signature[KEYS_SIGNATURE_BYTES]);

#endif
