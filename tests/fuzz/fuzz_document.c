#include "fuzz.h"

#include "formats/document.h"

static char lines[256 * 1024];

/* The first byte says which format. A refusal says where and why. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fault fault = {0};
    struct text out = text_over(lines, sizeof lines);
    if (size == 0) {
        return 0;
    }
    const enum document_kind kind = (enum document_kind)(data[0] % DOCUMENT_COUNT);
    const result read = document_read(kind, (struct bytes){data + 1, size - 1}, &out, &fault);
    FUZZ_CHECK(read == OK || read == ERR_FORMAT || read == ERR_FULL);
    if (read == ERR_FORMAT) {
        FUZZ_CHECK(fault.offset <= size);
        FUZZ_CHECK(fault.where[0] != '\0' && fault.expected[0] != '\0' && fault.found[0] != '\0');
    }
    return 0;
}
