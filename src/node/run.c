#include "node/run.h"

#include <sodium.h>
#include <string.h>

#define NONCE_BYTES crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG_BYTES crypto_aead_xchacha20poly1305_ietf_ABYTES
#define SECRETS_BYTES sizeof(((struct engine_config *)NULL)->partner_keys)
#define SEALED_BYTES (NONCE_BYTES + SECRETS_BYTES + TAG_BYTES)
#define KEYS_BYTES_MAX (4 + 1 + 1 + KEY_BYTES + 8 + 1 + KEY_LIST_KEYS_MAX * (1 + KEY_BYTES + 3 * 8))
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

static void put_list(struct byte_writer *w, const struct key_list *list)
{
    byte_writer_known_u64(w, list->number);
    byte_writer_known_u8(w, (uint8_t)list->count);
    for (uint32_t i = 0; i < list->count; i++) {
        const struct key_entry *key = &list->keys[i];
        byte_writer_known_u8(w, (uint8_t)key->use);
        byte_writer_known(w, (struct bytes){key->key, sizeof key->key});
        byte_writer_known_u64(w, (uint64_t)key->from.tai_ns);
        byte_writer_known_u64(w, (uint64_t)key->until.tai_ns);
        byte_writer_known_u64(w, (uint64_t)key->revoked.tai_ns);
    }
}

static void put_trust(struct byte_writer *w, const struct key_trust *trust)
{
    byte_writer_known(w, (struct bytes){(const uint8_t *)trust->list.nation.code, 4});
    byte_writer_known_u8(w, (uint8_t)trust->list.domain);
    byte_writer_known_u8(w, trust->pinned ? 1 : 0);
    byte_writer_known(w, (struct bytes){trust->root, sizeof trust->root});
    put_list(w, &trust->list);
}

static result set_keys(struct journal *j, const struct keys *keys,
                       const struct key_trust *partner_keys, uint32_t partner_count)
{
    uint8_t storage[KEYS_BYTES_MAX * LIMIT_NATIONS];
    struct byte_writer w = {storage, sizeof storage, 0};
    struct key_trust own;
    key_trust_fix(&keys->list, &own);
    put_trust(&w, &own);
    for (uint32_t i = 0; i < partner_count; i++) {
        put_trust(&w, &partner_keys[i]);
    }
    return journal_set_meta(j, "keys", byte_writer_written(&w));
}

result run_begin(struct journal *j, const struct engine_config *config, const struct keys *keys,
                 const struct key_trust *partner_keys)
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
    uint64_t position = 0;
    if (!says(j, "secrets", seal_secrets(config, &key, sealed), &position) ||
        !says(j, "run", write_config(config, text), &position)) {
        return false;
    }
    *since = position;
    return true;
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

static result take_instant(struct byte_reader *r, struct instant *out)
{
    uint64_t bits = 0;
    TRY(byte_reader_u64(r, &bits));
    memcpy(&out->tai_ns, &bits, sizeof bits);
    return OK;
}

static result take_list(struct byte_reader *r, struct key_list *out)
{
    uint8_t count = 0;
    TRY(byte_reader_u64(r, &out->number));
    TRY(byte_reader_u8(r, &count));
    ENSURE(count <= KEY_LIST_KEYS_MAX, ERR_FORMAT);
    out->count = count;
    for (uint32_t i = 0; i < count; i++) {
        struct key_entry *key = &out->keys[i];
        struct bytes public;
        uint8_t use = 0;
        TRY(byte_reader_u8(r, &use));
        ENSURE(use > KEY_UNKNOWN && use <= KEY_OFFICER, ERR_FORMAT);
        key->use = (enum key_use)use;
        TRY(byte_reader_take(r, sizeof key->key, &public));
        memcpy(key->key, public.data, sizeof key->key);
        TRY(take_instant(r, &key->from));
        TRY(take_instant(r, &key->until));
        TRY(take_instant(r, &key->revoked));
    }
    return OK;
}

static result take_trust(struct byte_reader *r, struct key_trust *out)
{
    struct bytes code;
    struct bytes root;
    uint8_t domain = 0;
    uint8_t pinned = 0;
    memset(out, 0, sizeof *out);
    TRY(byte_reader_take(r, 4, &code));
    TRY(byte_reader_u8(r, &domain));
    TRY(byte_reader_u8(r, &pinned));
    TRY(byte_reader_take(r, sizeof out->root, &root));
    ENSURE(code.data[3] == 0 && domain > DOMAIN_UNKNOWN && domain <= DOMAIN_TEST && pinned <= 1,
           ERR_FORMAT);
    memcpy(out->list.nation.code, code.data, 4);
    memcpy(out->root, root.data, sizeof out->root);
    out->list.domain = (enum domain)domain;
    out->pinned = pinned == 1;
    return take_list(r, &out->list);
}

result run_keys_decode(struct bytes in, struct key_trust out[LIMIT_NATIONS], uint32_t *count)
{
    struct byte_reader r = byte_reader_over(in);
    uint32_t found = 0;
    while (byte_reader_left(&r) > 0) {
        ENSURE(found < LIMIT_NATIONS, ERR_FORMAT);
        TRY(take_trust(&r, &out[found]));
        found++;
    }
    ENSURE(found >= 1, ERR_FORMAT);
    *count = found;
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
