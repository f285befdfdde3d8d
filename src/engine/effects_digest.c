#include "engine/effects_digest.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

static void digest_effect(const struct effects *effects, const struct effect *e,
                          uint8_t out[EFFECTS_DIGEST_WHOLE_BYTES])
{
    const uint64_t numbers[] = {
        (uint64_t)e->kind,   e->event.value,   (uint64_t)e->lane,   e->size,
        (uint64_t)e->record, e->sequence,      (uint64_t)e->status, (uint64_t)e->warning,
        e->on ? 1 : 0,       (uint64_t)e->why,
    };
    uint8_t bytes[sizeof numbers];
    for (size_t k = 0; k < sizeof bytes; k++) {
        bytes[k] = (uint8_t)(numbers[k / 8] >> (56 - 8 * (k % 8)));
    }
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, EFFECTS_DIGEST_WHOLE_BYTES);
    crypto_generichash_update(&state, bytes, sizeof bytes);
    crypto_generichash_update(&state, (const uint8_t *)e->partner.code, sizeof e->partner.code);
    crypto_generichash_update(&state, (const uint8_t *)e->via.code, sizeof e->via.code);
    crypto_generichash_update(&state, (const uint8_t *)e->name.text, sizeof e->name.text);
    crypto_generichash_update(&state, (const uint8_t *)e->same_as.text, sizeof e->same_as.text);
    crypto_generichash_update(&state, e->content.bytes, sizeof e->content.bytes);
    crypto_generichash_update(&state, effects->bytes + e->offset, e->size);
    crypto_generichash_final(&state, out, EFFECTS_DIGEST_WHOLE_BYTES);
}

struct bytes effects_digest(const struct effects *effects,
                            uint8_t storage[EFFECTS_DIGEST_BYTES_MAX])
{
    assert(effects->count <= LIMIT_EFFECTS);
    crypto_generichash_state whole;
    crypto_generichash_init(&whole, NULL, 0, EFFECTS_DIGEST_WHOLE_BYTES);
    uint8_t *mark = storage + EFFECTS_DIGEST_WHOLE_BYTES;
    for (uint32_t i = 0; i < effects->count; i++, mark += EFFECTS_DIGEST_MARK_BYTES) {
        uint8_t one[EFFECTS_DIGEST_WHOLE_BYTES];
        digest_effect(effects, &effects->items[i], one);
        crypto_generichash_update(&whole, one, sizeof one);
        mark[0] = (uint8_t)effects->items[i].kind;
        memcpy(mark + 1, one, EFFECTS_DIGEST_MARK_BYTES - 1);
    }
    crypto_generichash_final(&whole, storage, EFFECTS_DIGEST_WHOLE_BYTES);
    return (struct bytes){storage, (size_t)(mark - storage)};
}

uint32_t effects_digest_count(struct bytes digest)
{
    return digest.size < EFFECTS_DIGEST_WHOLE_BYTES
               ? 0
               : (uint32_t)((digest.size - EFFECTS_DIGEST_WHOLE_BYTES) / EFFECTS_DIGEST_MARK_BYTES);
}

int effects_digest_kind(struct bytes digest, uint32_t index)
{
    return index < effects_digest_count(digest)
               ? digest.data[EFFECTS_DIGEST_WHOLE_BYTES + EFFECTS_DIGEST_MARK_BYTES * index]
               : EFFECT_KIND_NONE;
}

bool effects_digest_differ(struct bytes a, struct bytes b, uint32_t *first)
{
    if (a.size == b.size && memcmp(a.data, b.data, a.size) == 0) {
        return false;
    }
    const uint32_t count_a = effects_digest_count(a);
    const uint32_t count_b = effects_digest_count(b);
    uint32_t i = 0;
    while (i < count_a && i < count_b &&
           memcmp(a.data + EFFECTS_DIGEST_WHOLE_BYTES + EFFECTS_DIGEST_MARK_BYTES * i,
                  b.data + EFFECTS_DIGEST_WHOLE_BYTES + EFFECTS_DIGEST_MARK_BYTES * i,
                  EFFECTS_DIGEST_MARK_BYTES) == 0) {
        i++;
    }
    *first = i;
    return true;
}

const char *effect_kind_text(int kind)
{
    static const char *const texts[] = {
        [EFFECT_SEND] = "a frame sent",
        [EFFECT_NOTICED] = "a launch noticed",
        [EFFECT_NAMED] = "an event named",
        [EFFECT_WARNING] = "a warning",
        [EFFECT_STATUS] = "the status of a track",
        [EFFECT_THRUST] = "the end of thrust",
        [EFFECT_MANOEUVRE] = "a manoeuvre",
        [EFFECT_WITHDRAWN] = "an event withdrawn",
        [EFFECT_TAKEN] = "a partner's record taken",
        [EFFECT_RELEASED] = "a record released",
        [EFFECT_WITHHELD] = "a record withheld",
        [EFFECT_LINK] = "a link up or down",
        [EFFECT_ORDER] = "an officer's order",
    };
    const int count = (int)(sizeof texts / sizeof texts[0]);
    return kind >= 0 && kind < count ? texts[kind] : "no effect";
}
