/* Any bytes as the keys that a journal says hold for it: what is read is within its bounds and is
 * all that the bytes say. */
#include "fuzz.h"

#include <string.h>

#include "node/run.h"

/* By the table in run.h. */
#define NATION_BYTES (4 + 1 + 1 + 32 + 8 + 1)
#define ENTRY_BYTES (1 + 32 + 3 * 8)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct key_trust keys[LIMIT_NATIONS];
    uint32_t count = 4711;
    size_t told = 0;
    if (run_keys_decode((struct bytes){data, size}, keys, &count) != OK) {
        FUZZ_CHECK(count == 4711);
        return 0;
    }
    FUZZ_CHECK(count >= 1 && count <= LIMIT_NATIONS);
    for (uint32_t i = 0; i < count; i++) {
        const struct key_list *list = &keys[i].list;
        const uint8_t *nation = data + told;
        FUZZ_CHECK(list->count <= KEY_LIST_KEYS_MAX);
        FUZZ_CHECK(memcmp(list->nation.code, nation, 4) == 0 && list->nation.code[3] == '\0');
        FUZZ_CHECK(list->domain > DOMAIN_UNKNOWN && list->domain <= DOMAIN_TEST);
        FUZZ_CHECK(memcmp(keys[i].root, nation + 6, 32) == 0);
        FUZZ_CHECK(keys[i].pinned == (nation[5] == 1) && list->count == nation[46]);
        told += NATION_BYTES;
        for (uint32_t k = 0; k < list->count; k++) {
            FUZZ_CHECK(list->keys[k].use > KEY_UNKNOWN && list->keys[k].use <= KEY_OFFICER);
            FUZZ_CHECK(memcmp(list->keys[k].key, data + told + 1, 32) == 0);
            told += ENTRY_BYTES;
        }
    }
    FUZZ_CHECK(told == size);
    return 0;
}
