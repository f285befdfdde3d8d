/* A bounded queue of frames, first in, first out. Owns copies of what is in it. Not for several
 * threads: whoever shares one locks it. */
#ifndef WATCHFIRE_LINK_FRAME_QUEUE_H
#define WATCHFIRE_LINK_FRAME_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/result.h"

#define FRAME_QUEUE_MAX 4096u
#define FRAME_QUEUE_BYTES_MAX (4u * 1024u * 1024u)

struct queued_frame {
    uint8_t *data;
    uint32_t size;
    int64_t time_ms; /* of a steady clock, when it was put in */
};

/* All zero = empty. */
struct frame_queue {
    uint32_t first;
    uint32_t count;
    size_t bytes;
    struct queued_frame frames[FRAME_QUEUE_MAX];
};

/* Puts a copy in. ERR_FULL if there is no room, or no memory. */
MUST_USE result frame_queue_put(struct frame_queue *q, struct bytes data, int64_t time_ms);

/* Takes the oldest out; the caller frees its data. False if there is none, out then unchanged. */
bool frame_queue_take(struct frame_queue *q, struct queued_frame *out);

/* Frees the oldest; false if there is none. */
bool frame_queue_drop(struct frame_queue *q);

/* Drops what was put in before `time_ms`, and says how many that were. */
uint32_t frame_queue_drop_before(struct frame_queue *q, int64_t time_ms);

void frame_queue_clear(struct frame_queue *q);

#endif
