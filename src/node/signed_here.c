#include "node/signed_here.h"

#include <sodium.h>
#include <string.h>

/* Signatures are as good as drawn at random: their first bytes say where they stand. */
static uint32_t place_of(const uint8_t signature[KEYS_SIGNATURE_BYTES])
{
    return ((uint32_t)signature[0] << 8 | signature[1]) % SIGNED_HERE_MAX;
}

static struct digest digest_of(struct bytes message)
{
    struct digest d;
    crypto_generichash(d.bytes, sizeof d.bytes, message.data, message.size, NULL, 0);
    return d;
}

void signed_here_note(struct signed_here *s, const uint8_t key[KEY_BYTES], struct bytes message,
                      const uint8_t signature[KEYS_SIGNATURE_BYTES])
{
    struct signed_here_entry *e = &s->entries[place_of(signature)];
    memcpy(e->signature, signature, sizeof e->signature);
    memcpy(e->key, key, sizeof e->key);
    e->message = digest_of(message);
}

bool signed_here_knows(const struct signed_here *s, const struct key_list *list, struct instant now,
                       struct bytes message, const uint8_t signature[KEYS_SIGNATURE_BYTES])
{
    const struct signed_here_entry *e = &s->entries[place_of(signature)];
    const struct digest digest = digest_of(message);
    bool counts = false;
    for (uint32_t i = 0; i < list->count; i++) {
        counts |= memcmp(list->keys[i].key, e->key, KEY_BYTES) == 0 &&
                  key_entry_counts(&list->keys[i], KEY_SIGNING, now);
    }
    return counts && memcmp(e->signature, signature, sizeof e->signature) == 0 &&
           digest_equal(&e->message, &digest);
}
