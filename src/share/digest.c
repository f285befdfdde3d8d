#include "share/digest.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

bool digest_equal(const struct digest *a, const struct digest *b)
{
    return memcmp(a->bytes, b->bytes, DIGEST_BYTES) == 0;
}

struct bytes digest_number(uint64_t value, uint8_t storage[8])
{
    for (int i = 0; i < 8; i++) {
        storage[i] = (uint8_t)(value >> (56 - 8 * i));
    }
    return (struct bytes){storage, 8};
}

static void add_part(crypto_generichash_state *state, struct bytes part)
{
    uint8_t size[8];
    crypto_generichash_update(state, digest_number(part.size, size).data, sizeof size);
    if (part.size > 0) {
        crypto_generichash_update(state, part.data, part.size);
    }
}

struct digest digest_keyed(const struct digest_key *key, const char *purpose, struct bytes a,
                           struct bytes b)
{
    struct digest out;
    crypto_generichash_state state;
    const int started =
        crypto_generichash_init(&state, key->bytes, sizeof key->bytes, DIGEST_BYTES);
    assert(started == 0);
    add_part(&state, (struct bytes){(const uint8_t *)purpose, strlen(purpose)});
    add_part(&state, a);
    add_part(&state, b);
    crypto_generichash_final(&state, out.bytes, DIGEST_BYTES);
    return out;
}

uint64_t digest_keyed_u64(const struct digest_key *key, const char *purpose, struct bytes a,
                          struct bytes b)
{
    const struct digest d = digest_keyed(key, purpose, a, b);
    uint64_t value = 0;
    for (int i = 0; i < 8; i++) {
        value = value << 8 | d.bytes[i];
    }
    return value + (value == 0); /* 0 means none */
}
