#include "node/key_trust.h"

#include <sodium.h>
#include <string.h>

void key_trust_pin(struct nation_id nation, enum domain domain, const uint8_t root[KEY_BYTES],
                   struct key_trust *out)
{
    memset(out, 0, sizeof *out);
    out->pinned = true;
    memcpy(out->root, root, sizeof out->root);
    out->list.nation = nation;
    out->list.domain = domain;
}

void key_trust_fix(const struct key_list *list, struct key_trust *out)
{
    memset(out, 0, sizeof *out);
    out->list = *list;
}

/* The signature comes last: a flood of old lists costs little. */
static enum session_refusal take(struct key_trust *trust, struct bytes signed_list)
{
    struct key_list list;
    uint8_t signature[KEY_SIGNATURE_BYTES];
    if (key_list_decode(signed_list, &list, signature) != OK ||
        !nation_id_equal(list.nation, trust->list.nation) || list.domain != trust->list.domain ||
        list.number < trust->list.number || key_list_open(signed_list, trust->root, &list) != OK) {
        return REFUSED_KEYS;
    }
    if (list.number == trust->list.number) {
        return REFUSED_EQUIVOCATION; /* of other bytes, or it would not have come so far */
    }
    trust->list = list;
    trust->signed_size = (uint32_t)signed_list.size;
    memcpy(trust->signed_list, signed_list.data, signed_list.size);
    return REFUSED_NONE;
}

enum session_refusal key_trust_offer(struct key_trust *trust, struct bytes signed_list)
{
    if (!trust->pinned) {
        return REFUSED_KEYS;
    }
    const bool same = signed_list.size == trust->signed_size && signed_list.size > 0 &&
                      memcmp(signed_list.data, trust->signed_list, signed_list.size) == 0;
    return same ? REFUSED_NONE : take(trust, signed_list);
}

bool key_fingerprint_parse(const char *text, uint8_t root[KEY_BYTES])
{
    uint8_t bytes[KEY_BYTES];
    size_t size = 0;
    if (strlen(text) != KEY_FINGERPRINT_TEXT_SIZE - 1 ||
        sodium_hex2bin(bytes, sizeof bytes, text, KEY_FINGERPRINT_TEXT_SIZE - 1, NULL, &size,
                       NULL) != 0 ||
        size != sizeof bytes) {
        return false;
    }
    memcpy(root, bytes, sizeof bytes);
    return true;
}

const char *key_fingerprint_text(const uint8_t root[KEY_BYTES], char out[KEY_FINGERPRINT_TEXT_SIZE])
{
    return sodium_bin2hex(out, KEY_FINGERPRINT_TEXT_SIZE, root, KEY_BYTES);
}
