#include "node/keys.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

/* A key signs once it has counted for so long: a partner's clock may be behind ours by that. */
#define SETTLED_S 60.0

result keys_start(void)
{
    return sodium_init() >= 0 ? OK : ERR_IO;
}

static struct bytes nation_bytes(const struct nation_id *nation)
{
    return (struct bytes){(const uint8_t *)nation->code, sizeof nation->code};
}

/* Adds a key that counts at all times. */
static void derive_key(struct keys *out, const char *purpose, enum key_use use)
{
    const struct bytes nothing = {NULL, 0};
    const struct digest_key seed_key = out->master;
    const struct digest seed = digest_keyed(&seed_key, purpose, nothing, nothing);
    struct keys_secret *secret = &out->secrets[out->secret_count];
    struct key_entry *entry = &out->list.keys[out->list.count];
    crypto_sign_seed_keypair(secret->open, secret->secret, seed.bytes);
    *entry = (struct key_entry){
        .use = use, .from = {INT64_MIN + 1}, .until = INSTANT_LAST, .revoked = INSTANT_UNSET};
    memcpy(entry->key, secret->open, sizeof entry->key);
    out->secret_count++;
    out->list.count++;
}

void keys_derive(uint64_t seed, struct nation_id nation, struct keys *out)
{
    /* The text keeps exercise keys apart from whatever else may be derived from a seed. */
    static const struct digest_key nobody = {{0}};
    uint8_t storage[8];
    const struct digest root = digest_keyed(&nobody, "watchfire exercise keys",
                                            digest_number(seed, storage), nation_bytes(&nation));
    memset(out, 0, sizeof *out);
    memcpy(out->master.bytes, root.bytes, sizeof out->master.bytes);
    out->derived = true;
    out->list.nation = nation;
    out->list.domain = DOMAIN_EXERCISE;
    derive_key(out, "signing", KEY_SIGNING);
    derive_key(out, "checkpoint", KEY_CHECKPOINT);
}

void keys_derive_with_root(uint64_t seed, struct nation_id nation, struct instant made,
                           struct keys *out, uint8_t root[KEY_BYTES])
{
    uint8_t secret[KEYS_SECRET_BYTES];
    uint8_t signature[KEY_SIGNATURE_BYTES];
    uint8_t storage[KEY_LIST_BYTES_MAX];
    struct byte_writer message = {storage, sizeof storage, 0};
    struct byte_writer list = {out->signed_list, sizeof out->signed_list, 0};
    const struct bytes nothing = {NULL, 0};
    keys_derive(seed, nation, out);
    out->list.number = 1;
    out->list.made = made;
    const struct digest drawn = digest_keyed(&out->master, "root", nothing, nothing);
    crypto_sign_seed_keypair(root, secret, drawn.bytes);
    const result told = key_list_signed_bytes(&out->list, &message);
    crypto_sign_detached(signature, NULL, message.data, message.size, secret);
    const result written = key_list_encode(&out->list, signature, &list);
    assert(told == OK && written == OK); /* two keys that are known to be valid */
    out->signed_size = (uint32_t)list.size;
    sodium_memzero(secret, sizeof secret);
}

struct digest_key keys_for_partner(const struct keys *keys, struct nation_id partner)
{
    const struct digest d =
        digest_keyed(&keys->master, "partner", nation_bytes(&partner), (struct bytes){NULL, 0});
    struct digest_key key;
    memcpy(key.bytes, d.bytes, sizeof key.bytes);
    return key;
}

static void draw_boot(const struct keys *keys, struct nation_id partner, uint64_t counter,
                      uint8_t nonce[FRAME_NONCE_BYTES], uint8_t seed[crypto_kx_SEEDBYTES])
{
    if (!keys->derived) {
        randombytes_buf(nonce, FRAME_NONCE_BYTES);
        randombytes_buf(seed, crypto_kx_SEEDBYTES);
        return;
    }
    uint8_t storage[8];
    const struct bytes number = digest_number(counter, storage);
    const struct digest n =
        digest_keyed(&keys->master, "boot nonce", nation_bytes(&partner), number);
    const struct digest e =
        digest_keyed(&keys->master, "boot ephemeral", nation_bytes(&partner), number);
    memcpy(nonce, n.bytes, FRAME_NONCE_BYTES);
    memcpy(seed, e.bytes, crypto_kx_SEEDBYTES);
}

void keys_boot_make(const struct keys *keys, struct nation_id partner, uint64_t counter,
                    struct keys_boot *out)
{
    assert(counter > 0);
    uint8_t seed[crypto_kx_SEEDBYTES];
    memset(out, 0, sizeof *out);
    out->open.epoch.counter = counter;
    draw_boot(keys, partner, counter, out->open.epoch.nonce, seed);
    crypto_kx_seed_keypair(out->open.ephemeral_public, out->ephemeral_secret, seed);
    sodium_memzero(seed, sizeof seed);
}

static const struct keys_secret *secret_of(const struct keys *keys, const uint8_t open[KEY_BYTES])
{
    for (uint32_t i = 0; i < keys->secret_count; i++) {
        if (memcmp(keys->secrets[i].open, open, KEY_BYTES) == 0) {
            return &keys->secrets[i];
        }
    }
    return NULL;
}

/* The newest key of ours that counted at `since` and still counts at `now`. */
static const struct keys_secret *newest(const struct keys *keys, enum key_use use,
                                        struct instant since, struct instant now)
{
    const struct keys_secret *found = NULL;
    struct instant from = INSTANT_UNSET;
    for (uint32_t i = 0; i < keys->list.count; i++) {
        const struct key_entry *k = &keys->list.keys[i];
        const struct keys_secret *secret = secret_of(keys, k->key);
        if (secret != NULL && key_entry_counts(k, use, now) && !instant_before(since, k->from) &&
            (found == NULL || instant_before(from, k->from))) {
            found = secret;
            from = k->from;
        }
    }
    return found;
}

static const struct keys_secret *signer(const struct keys *keys, enum key_use use,
                                        struct instant now)
{
    const struct keys_secret *settled = newest(keys, use, instant_plus_s(now, -SETTLED_S), now);
    return settled != NULL ? settled : newest(keys, use, now, now);
}

const uint8_t *keys_signer(const struct keys *keys, enum key_use use, struct instant now)
{
    const struct keys_secret *secret = signer(keys, use, now);
    return secret != NULL ? secret->open : NULL;
}

struct instant keys_last(const struct keys *keys, enum key_use use, struct instant now)
{
    struct instant last = INSTANT_UNSET;
    for (uint32_t i = 0; i < keys->list.count; i++) {
        const struct key_entry *k = &keys->list.keys[i];
        const bool ours = k->use == use && secret_of(keys, k->key) != NULL;
        if (ours && !instant_is_set(k->revoked) && instant_before(now, k->until) &&
            instant_before(last, k->until)) {
            last = k->until;
        }
    }
    return last;
}

result keys_sign(const struct keys *keys, enum key_use use, struct instant now,
                 struct bytes message, uint8_t signature[KEYS_SIGNATURE_BYTES])
{
    const struct keys_secret *secret = signer(keys, use, now);
    ENSURE(secret != NULL, ERR_STATE);
    const int done =
        crypto_sign_detached(signature, NULL, message.data, message.size, secret->secret);
    assert(done == 0);
    return OK;
}
