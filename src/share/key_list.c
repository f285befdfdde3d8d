#include "share/key_list.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

#include "share/wire.h"
#include "watchfire.pb.h"

static bool name_valid(const char name[KEY_NAME_SIZE])
{
    size_t size = 0;
    while (size < KEY_NAME_SIZE && name[size] != '\0') {
        const char c = name[size];
        const bool known = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                           (c >= '0' && c <= '9') || c == '-' || c == '_';
        if (!known) {
            return false;
        }
        size++;
    }
    return size > 0 && size < KEY_NAME_SIZE;
}

bool key_name_parse(const char *text, char out[KEY_NAME_SIZE])
{
    char name[KEY_NAME_SIZE] = {0};
    size_t size = 0;
    while (size < KEY_NAME_SIZE - 1 && text[size] != '\0') {
        name[size] = text[size];
        size++;
    }
    if (text[size] != '\0' || !name_valid(name)) {
        return false;
    }
    memcpy(out, name, sizeof name);
    return true;
}

static bool entry_valid(const struct key_entry *k)
{
    const bool officer = k->use == KEY_OFFICER;
    const bool known = k->use == KEY_SIGNING || k->use == KEY_CHECKPOINT || officer;
    return known && (officer ? name_valid(k->name) : k->name[0] == '\0') &&
           instant_is_set(k->from) && instant_is_set(k->until) && instant_before(k->from, k->until);
}

result key_list_validate(const struct key_list *list)
{
    struct nation_id nation;
    ENSURE(list->nation.code[3] == '\0' && nation_id_parse(list->nation.code, &nation), ERR_RANGE);
    ENSURE(list->domain > DOMAIN_UNKNOWN && list->domain <= DOMAIN_TEST, ERR_RANGE);
    ENSURE(list->number > 0 && instant_is_set(list->made), ERR_RANGE);
    ENSURE(list->count <= KEY_LIST_KEYS_MAX, ERR_RANGE);
    for (uint32_t i = 0; i < list->count; i++) {
        ENSURE(entry_valid(&list->keys[i]), ERR_RANGE);
        for (uint32_t j = 0; j < i; j++) {
            ENSURE(memcmp(list->keys[i].key, list->keys[j].key, KEY_BYTES) != 0, ERR_RANGE);
        }
    }
    return OK;
}

static void to_wire(const struct key_list *list, watchfire_v1_KeyList *out)
{
    *out = (watchfire_v1_KeyList)watchfire_v1_KeyList_init_zero;
    memcpy(out->nation, list->nation.code, sizeof out->nation);
    out->domain = (watchfire_v1_Domain)list->domain;
    out->number = list->number;
    out->made = list->made.tai_ns;
    out->keys_count = (pb_size_t)list->count;
    for (uint32_t i = 0; i < list->count; i++) {
        const struct key_entry *k = &list->keys[i];
        watchfire_v1_Key *wire = &out->keys[i];
        wire->use = (watchfire_v1_KeyUse)k->use;
        memcpy(wire->public_key, k->key, sizeof wire->public_key);
        memcpy(wire->name, k->name, sizeof wire->name);
        wire->from = k->from.tai_ns;
        wire->until = k->until.tai_ns;
        wire->has_revoked = instant_is_set(k->revoked);
        wire->revoked = wire->has_revoked ? k->revoked.tai_ns : 0;
    }
}

/* Values that no enumeration here names become "unknown", which the validator refuses. */
static void from_wire(const watchfire_v1_KeyList *wire, struct key_list *out)
{
    memset(out, 0, sizeof *out);
    memcpy(out->nation.code, wire->nation, sizeof out->nation.code);
    out->domain =
        (uint32_t)wire->domain <= DOMAIN_TEST ? (enum domain)wire->domain : DOMAIN_UNKNOWN;
    out->number = wire->number;
    out->made.tai_ns = wire->made;
    out->count = wire->keys_count;
    for (uint32_t i = 0; i < out->count; i++) {
        const watchfire_v1_Key *w = &wire->keys[i];
        struct key_entry *k = &out->keys[i];
        k->use = (uint32_t)w->use <= KEY_OFFICER ? (enum key_use)w->use : KEY_UNKNOWN;
        memcpy(k->key, w->public_key, sizeof k->key);
        memcpy(k->name, w->name, sizeof k->name);
        k->from.tai_ns = w->from;
        k->until.tai_ns = w->until;
        k->revoked = w->has_revoked ? (struct instant){w->revoked} : INSTANT_UNSET;
    }
}

static result put_text(struct byte_writer *out, const char *text)
{
    return byte_writer_put(out, (struct bytes){(const uint8_t *)text, strlen(text)});
}

result key_list_signed_bytes(const struct key_list *list, struct byte_writer *out)
{
    TRY(key_list_validate(list));
    watchfire_v1_KeyList wire;
    to_wire(list, &wire);
    struct byte_writer writer = *out;
    TRY(put_text(&writer, "watchfire/1/"));
    TRY(put_text(&writer, domain_text(list->domain)));
    TRY(put_text(&writer, "/keys"));
    TRY(byte_writer_u8(&writer, 0));
    TRY(wire_encode(watchfire_v1_KeyList_fields, &wire, &writer));
    out->size = writer.size;
    return OK;
}

result key_list_encode(const struct key_list *list, const uint8_t signature[KEY_SIGNATURE_BYTES],
                       struct byte_writer *out)
{
    TRY(key_list_validate(list));
    watchfire_v1_SignedKeyList wire = {.has_list = true};
    to_wire(list, &wire.list);
    memcpy(wire.signature, signature, sizeof wire.signature);
    return wire_encode(watchfire_v1_SignedKeyList_fields, &wire, out);
}

result key_list_decode(struct bytes in, struct key_list *out,
                       uint8_t signature[KEY_SIGNATURE_BYTES])
{
    ENSURE(in.size > 0 && in.size <= KEY_LIST_BYTES_MAX, ERR_FORMAT);
    watchfire_v1_SignedKeyList wire = watchfire_v1_SignedKeyList_init_zero;
    TRY(wire_decode(watchfire_v1_SignedKeyList_fields, in, &wire));
    struct key_list list;
    from_wire(&wire.list, &list);
    TRY(key_list_validate(&list));
    uint8_t again[KEY_LIST_BYTES_MAX];
    struct byte_writer writer = {.data = again, .capacity = sizeof again};
    ENSURE(key_list_encode(&list, wire.signature, &writer) == OK, ERR_CANONICAL);
    ENSURE(writer.size == in.size && memcmp(again, in.data, in.size) == 0, ERR_CANONICAL);
    *out = list;
    memcpy(signature, wire.signature, KEY_SIGNATURE_BYTES);
    return OK;
}

result key_list_open(struct bytes in, const uint8_t root[KEY_BYTES], struct key_list *out)
{
    struct key_list list;
    uint8_t signature[KEY_SIGNATURE_BYTES];
    TRY(key_list_decode(in, &list, signature));
    uint8_t storage[KEY_LIST_BYTES_MAX];
    struct byte_writer message = {.data = storage, .capacity = sizeof storage};
    ENSURE(key_list_signed_bytes(&list, &message) == OK, ERR_FULL); /* the longest fits */
    ENSURE(crypto_sign_verify_detached(signature, message.data, message.size, root) == 0,
           ERR_SIGNATURE);
    *out = list;
    return OK;
}

bool key_entry_counts(const struct key_entry *key, enum key_use use, struct instant now)
{
    assert(instant_is_set(now));
    const bool revoked = instant_is_set(key->revoked) && !instant_before(now, key->revoked);
    return key->use == use && !instant_before(now, key->from) && instant_before(now, key->until) &&
           !revoked;
}

struct instant key_list_last(const struct key_list *list, enum key_use use, struct instant now)
{
    struct instant last = INSTANT_UNSET;
    for (uint32_t i = 0; i < list->count; i++) {
        const struct key_entry *k = &list->keys[i];
        if (k->use == use && !instant_is_set(k->revoked) && instant_before(now, k->until) &&
            instant_before(last, k->until)) {
            last = k->until;
        }
    }
    return last;
}

result key_list_verify(const struct key_list *list, enum key_use use, struct instant now,
                       struct bytes message, const uint8_t signature[KEY_SIGNATURE_BYTES],
                       uint32_t *which)
{
    assert(list->count <= KEY_LIST_KEYS_MAX);
    const uint32_t first = which != NULL && *which < list->count ? *which : 0;
    for (uint32_t n = 0; n < list->count; n++) {
        const uint32_t i = (first + n) % list->count;
        const struct key_entry *key = &list->keys[i];
        if (key_entry_counts(key, use, now) &&
            crypto_sign_verify_detached(signature, message.data, message.size, key->key) == 0) {
            if (which != NULL) {
                *which = i;
            }
            return OK;
        }
    }
    return ERR_SIGNATURE;
}

const char *key_use_text(enum key_use use)
{
    switch (use) {
    case KEY_SIGNING:
        return "signing";
    case KEY_CHECKPOINT:
        return "checkpoint";
    case KEY_OFFICER:
        return "officer";
    case KEY_UNKNOWN:
        break;
    }
    return "unknown";
}
