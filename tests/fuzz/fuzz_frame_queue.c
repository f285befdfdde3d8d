/* A bounded queue beside a list of what ought to be in it. */
#include "fuzz.h"

#include <string.h>

#include "link/frame_queue.h"

#define PUTS_MAX 20000
#define BYTES_MAX 180 /* of an input: more steps find nothing more, and cost a millisecond */

struct put {
    uint32_t size;
    int64_t time_ms;
    uint8_t first_byte;
};

static struct frame_queue queue;
static struct put list[PUTS_MAX];
static uint32_t from;
static uint32_t to;
static size_t bytes;
static uint8_t content[65536];

static void put(uint32_t size, int64_t time_ms)
{
    const bool fits = to - from < FRAME_QUEUE_MAX && bytes + size <= FRAME_QUEUE_BYTES_MAX;
    if (to == PUTS_MAX) {
        return;
    }
    content[0] = (uint8_t)to;
    const result r = frame_queue_put(&queue, (struct bytes){content, size}, time_ms);
    FUZZ_CHECK(r == (fits ? OK : ERR_FULL));
    if (fits) {
        list[to++] = (struct put){size, time_ms, content[0]};
        bytes += size;
    }
}

static void forget_oldest(void)
{
    bytes -= list[from].size;
    from++;
}

static void take(void)
{
    struct queued_frame frame = {NULL, 0, 0};
    FUZZ_CHECK(frame_queue_take(&queue, &frame) == (from < to));
    if (from < to) {
        const struct put *p = &list[from];
        FUZZ_CHECK(frame.size == p->size && frame.time_ms == p->time_ms);
        FUZZ_CHECK(frame.data[0] == p->first_byte);
        free(frame.data);
        forget_oldest();
    }
}

static void drop_before(int64_t time_ms)
{
    uint32_t count = 0;
    while (from < to && list[from].time_ms < time_ms) {
        forget_oldest();
        count++;
    }
    FUZZ_CHECK(frame_queue_drop_before(&queue, time_ms) == count);
}

static void step(const uint8_t *s)
{
    if (s[0] % 8 < 4) {
        for (int k = 0; k <= s[1] % 64; k++) {
            put(1 + ((uint32_t)s[2] << (s[0] % 8 * 2)), s[0] + 16 * k);
        }
    } else if (s[0] % 8 == 4) {
        take();
    } else if (s[0] % 8 == 5) {
        const bool had = from < to;
        if (had) {
            forget_oldest();
        }
        FUZZ_CHECK(frame_queue_drop(&queue) == had);
    } else if (s[0] % 8 == 6) {
        drop_before(s[1] * 16);
    } else {
        frame_queue_clear(&queue);
        from = to;
        bytes = 0;
    }
    FUZZ_CHECK(queue.count == to - from && queue.bytes == bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    from = to = 0;
    bytes = 0;
    for (size_t i = 0; i + 3 <= size && i < BYTES_MAX; i += 3) {
        step(data + i);
    }
    frame_queue_clear(&queue);
    return 0;
}
