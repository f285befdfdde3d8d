/* Any bytes as a record: what is taken has exactly that encoding. */
#include "fuzz.h"

#include <string.h>

#include "share/codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct record record;
    if (codec_decode((struct bytes){data, size}, &record) != OK) {
        return 0;
    }
    uint8_t again[CODEC_RECORD_BYTES_MAX];
    struct byte_writer writer = {.data = again, .capacity = sizeof again};
    FUZZ_CHECK(codec_encode(&record, &writer) == OK);
    FUZZ_CHECK(writer.size == size && memcmp(again, data, size) == 0);
    return 0;
}
