/* Any bytes as a signed key list: what is read has exactly that encoding, and no root signed it. */
#include "fuzz.h"

#include <string.h>

#include "share/key_list.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t root[KEY_BYTES] = {0xd7, 0x5a, 0x98, 0x01};
    struct key_list list;
    uint8_t signature[KEY_SIGNATURE_BYTES];
    const struct bytes in = {data, size};
    if (key_list_decode(in, &list, signature) != OK) {
        return 0;
    }
    uint8_t again[KEY_LIST_BYTES_MAX];
    struct byte_writer writer = {.data = again, .capacity = sizeof again};
    FUZZ_CHECK(key_list_encode(&list, signature, &writer) == OK);
    FUZZ_CHECK(writer.size == size && memcmp(again, data, size) == 0);
    FUZZ_CHECK(key_list_open(in, root, &list) == ERR_SIGNATURE);
    FUZZ_CHECK(key_list_verify(&list, KEY_SIGNING, list.made, in, signature, NULL) != OK);
    return 0;
}
