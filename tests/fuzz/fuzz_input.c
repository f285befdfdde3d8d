/* Any bytes as an input of the journal: what is read has exactly that encoding. */
#include "fuzz.h"

#include <string.h>

#include "node/input.h"

static struct observation scan[LIMIT_SCAN];
static uint8_t again[INPUT_BYTES_MAX];

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct event event;
    const uint8_t *signature = NULL;
    char text[INPUT_TEXT_SIZE];
    struct byte_writer w = {again, sizeof again, 0};
    if (input_decode((struct bytes){data, size}, scan, &event, &signature) != OK) {
        return 0;
    }
    FUZZ_CHECK((signature != NULL) == (event.kind == EVENT_FRAME));
    FUZZ_CHECK(event.scan_count <= LIMIT_SCAN);
    FUZZ_CHECK(strlen(input_text(&event, text)) < INPUT_TEXT_SIZE);
    FUZZ_CHECK(input_encode(&event, signature, &w) == OK);
    FUZZ_CHECK(w.size == size && memcmp(again, data, size) == 0);
    return 0;
}
