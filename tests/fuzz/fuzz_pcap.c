#include "fuzz.h"

#include "formats/pcap.h"

/* A datagram lies within the file, and a refusal names a byte of it and says why. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct bytes file = {data, size};
    struct pcap p = {0};
    struct fault fault = {0};
    result read = pcap_init(&p, file, &fault);
    size_t behind = 0;
    while (read == OK) {
        struct pcap_datagram d = {0};
        read = pcap_next(&p, &d, &fault);
        if (read == OK) {
            FUZZ_CHECK(d.offset > behind && d.offset <= size);
            FUZZ_CHECK(d.payload.size <= size - d.offset);
            FUZZ_CHECK(d.payload.data == data + d.offset);
            behind = d.offset + d.payload.size;
        }
    }
    FUZZ_CHECK(read == ERR_NOT_FOUND || read == ERR_FORMAT);
    if (read == ERR_FORMAT) {
        FUZZ_CHECK(fault.offset <= size);
        FUZZ_CHECK(fault.where[0] != '\0' && fault.expected[0] != '\0' && fault.found[0] != '\0');
    }
    return 0;
}
