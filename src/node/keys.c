#include "node/keys.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

result keys_start(void)
{
    return sodium_init() >= 0 ? OK : ERR_IO;
}

static struct bytes nation_bytes(const struct nation_id *nation)
{
    return (struct bytes){(const uint8_t *)nation->code, sizeof nation->code};
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
    const struct digest signing_seed =
        digest_keyed(&out->master, "signing", (struct bytes){NULL, 0}, (struct bytes){NULL, 0});
    out->open.nation = nation;
    out->open.domain = DOMAIN_EXERCISE;
    crypto_sign_seed_keypair(out->open.signing, out->signing_secret, signing_seed.bytes);
    const struct digest log_seed =
        digest_keyed(&out->master, "log", (struct bytes){NULL, 0}, (struct bytes){NULL, 0});
    crypto_sign_seed_keypair(out->open.checkpoint, out->checkpoint_secret, log_seed.bytes);
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
    if (keys->open.domain != DOMAIN_EXERCISE) {
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

void keys_sign(const struct keys *keys, struct bytes message,
               uint8_t signature[KEYS_SIGNATURE_BYTES])
{
    const int done =
        crypto_sign_detached(signature, NULL, message.data, message.size, keys->signing_secret);
    assert(done == 0);
}

void keys_sign_checkpoint(const struct keys *keys, struct bytes message,
                          uint8_t signature[KEYS_SIGNATURE_BYTES])
{
    const int done =
        crypto_sign_detached(signature, NULL, message.data, message.size, keys->checkpoint_secret);
    assert(done == 0);
}

result keys_verify(const struct keys_public *keys, struct bytes message,
                   const uint8_t signature[KEYS_SIGNATURE_BYTES])
{
    return crypto_sign_verify_detached(signature, message.data, message.size, keys->signing) == 0
               ? OK
               : ERR_SIGNATURE;
}
