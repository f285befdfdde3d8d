#include "key_fixture.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

void key_fixture_make(const char *nation, enum domain domain, struct key_fixture *out)
{
    uint8_t seed[KEY_BYTES] = {0};
    memset(out, 0, sizeof *out);
    memcpy(seed, nation, 3);
    crypto_sign_seed_keypair(out->root, out->root_secret, seed);
    memcpy(out->list.nation.code, nation, 4);
    out->list.domain = domain;
    out->list.number = 1;
    out->list.made.tai_ns = INT64_C(1664835600000000000);
}

void key_fixture_add(struct key_fixture *f, enum key_use use, uint8_t seed, struct instant from,
                     struct instant until, uint8_t secret[64])
{
    uint8_t bytes[KEY_BYTES];
    uint8_t made[64];
    struct key_entry *k = &f->list.keys[f->list.count];
    assert(f->list.count < KEY_LIST_KEYS_MAX);
    memset(bytes, seed, sizeof bytes);
    *k = (struct key_entry){.use = use, .from = from, .until = until, .revoked = INSTANT_UNSET};
    crypto_sign_seed_keypair(k->key, made, bytes);
    if (use == KEY_OFFICER) {
        memcpy(k->name, "sato", sizeof "sato");
    }
    if (secret != NULL) {
        memcpy(secret, made, sizeof made);
    }
    f->list.count++;
}

struct bytes key_fixture_sign(struct key_fixture *f)
{
    uint8_t signature[KEY_SIGNATURE_BYTES];
    uint8_t storage[KEY_LIST_BYTES_MAX];
    struct byte_writer message = {storage, sizeof storage, 0};
    struct byte_writer list = {f->bytes, sizeof f->bytes, 0};
    const result made = key_list_signed_bytes(&f->list, &message);
    assert(made == OK);
    crypto_sign_detached(signature, NULL, message.data, message.size, f->root_secret);
    const result encoded = key_list_encode(&f->list, signature, &list);
    assert(encoded == OK);
    f->size = (uint32_t)list.size;
    return (struct bytes){f->bytes, f->size};
}
