#include "link/frame_queue.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

result frame_queue_put(struct frame_queue *q, struct bytes data, int64_t time_ms)
{
    assert(data.size > 0 && data.size <= UINT32_MAX);
    ENSURE(q->count < FRAME_QUEUE_MAX && q->bytes + data.size <= FRAME_QUEUE_BYTES_MAX, ERR_FULL);
    uint8_t *copy = malloc(data.size);
    ENSURE(copy != NULL, ERR_FULL);
    memcpy(copy, data.data, data.size);
    q->frames[(q->first + q->count) % FRAME_QUEUE_MAX] =
        (struct queued_frame){copy, (uint32_t)data.size, time_ms};
    q->count++;
    q->bytes += data.size;
    return OK;
}

bool frame_queue_take(struct frame_queue *q, struct queued_frame *out)
{
    if (q->count == 0) {
        return false;
    }
    *out = q->frames[q->first];
    q->first = (q->first + 1) % FRAME_QUEUE_MAX;
    q->count--;
    assert(q->bytes >= out->size);
    q->bytes -= out->size;
    return true;
}

bool frame_queue_drop(struct frame_queue *q)
{
    struct queued_frame frame;
    if (!frame_queue_take(q, &frame)) {
        return false;
    }
    free(frame.data);
    return true;
}

uint32_t frame_queue_drop_before(struct frame_queue *q, int64_t time_ms)
{
    uint32_t dropped = 0;
    while (q->count > 0 && q->frames[q->first].time_ms < time_ms && frame_queue_drop(q)) {
        dropped++;
    }
    return dropped;
}

void frame_queue_clear(struct frame_queue *q)
{
    while (frame_queue_drop(q)) {
    }
}
