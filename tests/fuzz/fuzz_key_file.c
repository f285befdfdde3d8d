/* Any bytes as a file of secret keys: no header asks for more work than the limits allow, and only
 * what was encrypted with this key opens; that opens to what was put in. */
#include "fuzz.h"

#include <string.h>

#include "node/key_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t key[KEY_FILE_KEY_BYTES] = {1, 2, 3};
    const struct bytes file = {data, size};
    struct key_file_header header = {.passes = 99};
    uint8_t secrets[KEY_FILE_SECRETS_MAX];
    size_t secret_size = 4711;
    const result read = key_file_header_read(file, &header);
    const result opened = key_file_decrypt(file, key, secrets, &secret_size);
    if (read != OK) {
        FUZZ_CHECK(header.passes == 99 && opened != OK && secret_size == 4711);
        return 0;
    }
    FUZZ_CHECK(header.passes >= 1 && header.passes <= KEY_FILE_PASSES_MAX);
    FUZZ_CHECK(header.memory_kib >= 1 && header.memory_kib <= KEY_FILE_MEMORY_KIB_MAX);
    FUZZ_CHECK(header.kind != KEY_FILE_UNKNOWN && header.domain != DOMAIN_UNKNOWN);
    FUZZ_CHECK(nation_id_is_set(header.nation));
    if (opened != OK) {
        FUZZ_CHECK(secret_size == 4711);
        return 0;
    }
    /* One flipped bit anywhere, and it no longer does. */
    uint8_t changed[KEY_FILE_BYTES_MAX];
    FUZZ_CHECK(size <= sizeof changed && secret_size <= sizeof secrets);
    memcpy(changed, data, size);
    changed[secrets[0] % size] ^= 1;
    FUZZ_CHECK(key_file_decrypt((struct bytes){changed, size}, key, secrets, &secret_size) != OK);
    return 0;
}
