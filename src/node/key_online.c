#include "node/key_online.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

#define COUNT_AT DIGEST_BYTES
#define SEEDS_AT (DIGEST_BYTES + 1)

_Static_assert(SEEDS_AT + KEYS_SECRETS_MAX * KEY_BYTES <= KEY_FILE_SECRETS_MAX, "room");

static uint8_t *seed_at(struct key_store *store, uint32_t i)
{
    return store->secrets + SEEDS_AT + (size_t)i * KEY_BYTES;
}

static void set_count(struct key_store *store, uint32_t count)
{
    assert(count <= KEYS_SECRETS_MAX);
    store->secrets[COUNT_AT] = (uint8_t)count;
    store->size = SEEDS_AT + (size_t)count * KEY_BYTES;
}

void key_online_begin(struct key_store *store)
{
    randombytes_buf(store->secrets, DIGEST_BYTES);
    set_count(store, 0);
}

result key_online_add(struct key_store *store, uint8_t open[KEY_BYTES])
{
    const uint32_t count = store->secrets[COUNT_AT];
    ENSURE(count < KEYS_SECRETS_MAX, ERR_FULL);
    uint8_t secret[KEYS_SECRET_BYTES];
    randombytes_buf(seed_at(store, count), KEY_BYTES);
    crypto_sign_seed_keypair(open, secret, seed_at(store, count));
    sodium_memzero(secret, sizeof secret);
    set_count(store, count + 1);
    return OK;
}

static bool is_of_use(const struct key_list *list, const uint8_t open[KEY_BYTES])
{
    for (uint32_t i = 0; i < list->count; i++) {
        if (memcmp(list->keys[i].key, open, KEY_BYTES) == 0) {
            return !instant_is_set(list->keys[i].revoked);
        }
    }
    return false;
}

void key_online_prune(struct key_store *store, const struct key_list *list)
{
    const uint32_t count = store->secrets[COUNT_AT];
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint8_t open[KEY_BYTES];
        uint8_t secret[KEYS_SECRET_BYTES];
        crypto_sign_seed_keypair(open, secret, seed_at(store, i));
        sodium_memzero(secret, sizeof secret);
        if (is_of_use(list, open)) {
            memmove(seed_at(store, kept), seed_at(store, i), KEY_BYTES);
            kept++;
        }
    }
    sodium_memzero(seed_at(store, kept), (size_t)(count - kept) * KEY_BYTES);
    set_count(store, kept);
}

result key_online_read(const struct key_store *store, struct keys *out)
{
    ENSURE(store->size >= SEEDS_AT, ERR_FORMAT);
    const uint32_t count = store->secrets[COUNT_AT];
    ENSURE(count <= KEYS_SECRETS_MAX, ERR_FORMAT);
    ENSURE(store->size == SEEDS_AT + (size_t)count * KEY_BYTES, ERR_FORMAT);
    memcpy(out->master.bytes, store->secrets, sizeof out->master.bytes);
    out->secret_count = count;
    for (uint32_t i = 0; i < count; i++) {
        struct keys_secret *secret = &out->secrets[i];
        const uint8_t *seed = store->secrets + SEEDS_AT + (size_t)i * KEY_BYTES;
        crypto_sign_seed_keypair(secret->open, secret->secret, seed);
    }
    return OK;
}
