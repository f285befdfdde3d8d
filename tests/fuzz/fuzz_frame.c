/* Any bytes as a plain frame: what is taken has exactly that encoding, and can be signed. */
#include "fuzz.h"

#include <string.h>

#include "share/frame.h"

static uint8_t again[FRAME_BYTES_MAX];

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct frame frame;
    if (frame_decode((struct bytes){data, size}, &frame) != OK) {
        return 0;
    }
    struct byte_writer writer = {.data = again, .capacity = sizeof again};
    FUZZ_CHECK(frame_encode(&frame, &writer) == OK);
    FUZZ_CHECK(writer.size == size && memcmp(again, data, size) == 0);
    uint8_t storage[FRAME_SIGNED_BYTES_MAX];
    struct byte_writer message = {.data = storage, .capacity = sizeof storage};
    const struct frame_route route = {DOMAIN_TEST, {"KOR"}, {"JPN"}};
    FUZZ_CHECK(frame_signed_bytes(&route, (struct bytes){data, size}, &message) == OK);
    return 0;
}
