#include "node/run.h"

#include <sodium.h>
#include <string.h>

#define NONCE_BYTES crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG_BYTES crypto_aead_xchacha20poly1305_ietf_ABYTES
#define SECRETS_BYTES sizeof(((struct engine_config *)NULL)->partner_keys)
#define SEALED_BYTES (NONCE_BYTES + SECRETS_BYTES + TAG_BYTES)
#define KEY_BYTES (4 + 1 + 2 * KEYS_PUBLIC_BYTES)
#define RUN_BYTES (BUILD_IDENTITY_BYTES + 8 + sizeof(struct engine_config))

_Static_assert(RUN_BYTES <= JOURNAL_META_BYTES_MAX, "a configuration is one fact");

struct digest_key run_key(const struct digest_key *master)
{
    const struct bytes none = {NULL, 0};
    const struct digest d = digest_keyed(master, "journal", none, none);
    struct digest_key key;
    memcpy(key.bytes, d.bytes, sizeof key.bytes);
    return key;
}

/* The nonce is drawn from what is sealed: the same secrets give the same bytes, and no two
 * different ones share a nonce. */
static struct bytes seal_secrets(const struct engine_config *config, const struct digest_key *key,
                                 uint8_t sealed[SEALED_BYTES])
{
    const struct bytes open = {(const uint8_t *)config->partner_keys, SECRETS_BYTES};
    const struct digest nonce = digest_keyed(key, "nonce", open, (struct bytes){NULL, 0});
    memcpy(sealed, nonce.bytes, NONCE_BYTES);
    crypto_aead_xchacha20poly1305_ietf_encrypt(sealed + NONCE_BYTES, NULL, open.data, open.size,
                                               NULL, 0, NULL, sealed, key->bytes);
    return (struct bytes){sealed, SEALED_BYTES};
}

static struct bytes write_config(const struct engine_config *config, uint8_t text[RUN_BYTES])
{
    struct engine_config open = *config;
    memset(open.partner_keys, 0, sizeof open.partner_keys);
    uint8_t size[8];
    memcpy(text, BUILD_IDENTITY, BUILD_IDENTITY_BYTES);
    memcpy(text + BUILD_IDENTITY_BYTES, digest_number(sizeof open, size).data, sizeof size);
    memcpy(text + BUILD_IDENTITY_BYTES + 8, &open, sizeof open);
    return (struct bytes){text, RUN_BYTES};
}

static result put_key(struct byte_writer *w, const struct keys_public *key)
{
    TRY(byte_writer_put(w, (struct bytes){(const uint8_t *)key->nation.code, 4}));
    TRY(byte_writer_u8(w, (uint8_t)key->domain));
    TRY(byte_writer_put(w, (struct bytes){key->signing, sizeof key->signing}));
    return byte_writer_put(w, (struct bytes){key->checkpoint, sizeof key->checkpoint});
}

static result set_keys(struct journal *j, const struct keys *keys,
                       const struct keys_public *partner_keys, uint32_t partner_count)
{
    uint8_t storage[KEY_BYTES * LIMIT_NATIONS];
    struct byte_writer w = {storage, sizeof storage, 0};
    TRY(put_key(&w, &keys->open));
    for (uint32_t i = 0; i < partner_count; i++) {
        TRY(put_key(&w, &partner_keys[i]));
    }
    return journal_set_meta(j, "keys", byte_writer_written(&w));
}

result run_begin(struct journal *j, const struct engine_config *config, const struct keys *keys,
                 const struct keys_public *partner_keys)
{
    const struct digest_key key = run_key(&keys->master);
    uint8_t sealed[SEALED_BYTES];
    uint8_t text[RUN_BYTES];
    TRY(journal_set_meta(j, "run", write_config(config, text)));
    TRY(journal_set_meta(j, "secrets", seal_secrets(config, &key, sealed)));
    return set_keys(j, keys, partner_keys, config->partner_count);
}

static bool says(struct journal *j, const char *name, struct bytes expected, uint64_t *since)
{
    struct journal_fact fact;
    if (journal_get_fact(j, name, j->last + 1, &fact) != OK || fact.value.size != expected.size ||
        memcmp(fact.value.data, expected.data, expected.size) != 0) {
        return false;
    }
    *since = fact.position;
    return true;
}

bool run_is_current(struct journal *j, const struct engine_config *config, const struct keys *keys,
                    uint64_t *since)
{
    const struct digest_key key = run_key(&keys->master);
    uint8_t sealed[SEALED_BYTES];
    uint8_t text[RUN_BYTES];
    return says(j, "secrets", seal_secrets(config, &key, sealed), since) &&
           says(j, "run", write_config(config, text), since);
}

static result open_secrets(struct journal *j, uint64_t position, const struct digest_key *key,
                           struct engine_config *config)
{
    struct journal_fact fact;
    TRY(journal_get_fact(j, "secrets", position, &fact));
    ENSURE(fact.value.size == SEALED_BYTES, ERR_FORMAT);
    const int opened = crypto_aead_xchacha20poly1305_ietf_decrypt(
        (uint8_t *)config->partner_keys, NULL, NULL, fact.value.data + NONCE_BYTES,
        SECRETS_BYTES + TAG_BYTES, NULL, 0, fact.value.data, key->bytes);
    return opened == 0 ? OK : ERR_SIGNATURE;
}

result run_keys_decode(struct bytes in, struct keys_public out[LIMIT_NATIONS], uint32_t *count)
{
    const size_t found = in.size / KEY_BYTES;
    ENSURE(in.size % KEY_BYTES == 0 && found >= 1 && found <= LIMIT_NATIONS, ERR_FORMAT);
    for (size_t i = 0; i < found; i++) {
        const uint8_t *at = in.data + i * KEY_BYTES;
        struct keys_public *key = &out[i];
        ENSURE(at[3] == 0 && at[4] > DOMAIN_UNKNOWN && at[4] <= DOMAIN_TEST, ERR_FORMAT);
        memcpy(key->nation.code, at, 4);
        key->domain = (enum domain)at[4];
        memcpy(key->signing, at + 5, sizeof key->signing);
        memcpy(key->checkpoint, at + 5 + KEYS_PUBLIC_BYTES, sizeof key->checkpoint);
    }
    *count = (uint32_t)found;
    return OK;
}

result run_find(struct journal *j, uint64_t position, const struct digest_key *key, struct run *out)
{
    struct journal_fact fact;
    struct run run;
    TRY(journal_get_fact(j, "run", position, &fact));
    ENSURE(fact.value.size > BUILD_IDENTITY_BYTES + 8, ERR_FORMAT);
    memset(&run, 0, sizeof run);
    run.position = fact.position;
    memcpy(run.build, fact.value.data, BUILD_IDENTITY_BYTES);
    run.same_build = memcmp(run.build, BUILD_IDENTITY, BUILD_IDENTITY_BYTES) == 0;
    run.has_config = fact.value.size == RUN_BYTES;
    if (run.has_config) {
        memcpy(&run.config, fact.value.data + BUILD_IDENTITY_BYTES + 8, sizeof run.config);
        if (key != NULL) {
            TRY(open_secrets(j, position, key, &run.config));
            run.has_secrets = true;
        }
    }
    TRY(journal_get_fact(j, "keys", position, &fact));
    TRY(run_keys_decode(fact.value, run.keys, &run.key_count));
    *out = run;
    return OK;
}
