/* The checkpoint frame: a nation shows a partner its transparency log's newest checkpoint with the
 * proof that the log only grew, those of others that it has seen, and its cosignature of the
 * partner's. Every frame has the same size, whatever is in it:
 *
 *     0     8  time
 *     8     8  size from which the proof goes; 0 = there is none
 *    16     1  number of hashes in the proof
 *    17  2048  64 hashes
 *  2065  1282  the newest checkpoint: 2 bytes size, text
 *  3347     1  number of others
 *  3348  8974  7 others: 2 bytes size, text
 * 12322     8  size of the receiver's log that is cosigned; 0 = none
 * 12330   162  the cosignature's line: 2 bytes size, text
 *
 * What is not used is zero. */
#ifndef WATCHFIRE_SHARE_FRAME_CHECKPOINT_H
#define WATCHFIRE_SHARE_FRAME_CHECKPOINT_H

#include "base/bytes.h"
#include "base/instant.h"
#include "base/result.h"
#include "share/merkle.h"
#include "share/note.h"

#define FRAME_CHECKPOINT_OTHERS 7
#define FRAME_CHECKPOINT_BYTES                     \
    (8 + 8 + 1 + DIGEST_BYTES * MERKLE_PROOF_MAX + \
     (1 + FRAME_CHECKPOINT_OTHERS) * (2 + NOTE_BYTES_MAX) + 1 + 8 + 2 + NOTE_LINE_BYTES)

/* Texts are views. */
struct frame_checkpoint {
    struct instant time;
    uint64_t from;
    uint32_t proof_count;
    struct digest proof[MERKLE_PROOF_MAX];
    struct bytes note; /* empty = none yet */
    uint32_t other_count;
    struct bytes others[FRAME_CHECKPOINT_OTHERS];
    uint64_t cosigned_size;
    struct bytes cosignature;
};

/* Without the type byte of a frame. ERR_RANGE for what does not fit its slot, ERR_FULL. */
MUST_USE result frame_checkpoint_encode(const struct frame_checkpoint *c, struct byte_writer *out);

/* ERR_FORMAT for another size, ERR_CANONICAL if something that is not used is not zero. The texts
 * are only cut out: note_read has still to read them. */
MUST_USE result frame_checkpoint_decode(struct bytes in, struct frame_checkpoint *out);

#endif
