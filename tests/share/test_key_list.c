/* Numbered key lists: one encoding, one signature, and which key counts when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <sodium.h>

#include "fixture.h"
#include "key_fixture.h"

static struct key_fixture full_list(void)
{
    struct key_fixture f;
    key_fixture_make("KOR", DOMAIN_EXERCISE, &f);
    for (uint8_t i = 0; i < KEY_LIST_KEYS_MAX; i++) {
        key_fixture_add(&f, KEY_OFFICER, (uint8_t)(i + 1), fixture_time(-60.0),
                        fixture_time(3600.0), NULL);
        memset(f.list.keys[i].name, 'a' + i, KEY_NAME_SIZE - 1);
        f.list.keys[i].revoked = fixture_time(60.0);
    }
    /* Every number of the largest size. */
    f.list.number = UINT64_MAX;
    return f;
}

static void test_round_trip_of_the_largest(void **state)
{
    (void)state;
    struct key_fixture f = full_list();
    const struct bytes bytes = key_fixture_sign(&f);
    struct key_list read;
    assert_true(bytes.size <= KEY_LIST_BYTES_MAX);
    assert_int_equal(key_list_open(bytes, f.root, &read), OK);
    assert_int_equal(read.count, KEY_LIST_KEYS_MAX);
    assert_true(read.number == UINT64_MAX);
    for (uint32_t i = 0; i < KEY_LIST_KEYS_MAX; i++) {
        const struct key_entry *a = &f.list.keys[i];
        const struct key_entry *b = &read.keys[i];
        assert_int_equal(a->use, b->use);
        assert_memory_equal(a->key, b->key, KEY_BYTES);
        assert_string_equal(a->name, b->name);
        assert_true(instant_equal(a->from, b->from) && instant_equal(a->until, b->until));
        assert_true(instant_equal(a->revoked, b->revoked));
    }
}

static void test_every_bit_and_every_cut(void **state)
{
    (void)state;
    struct key_fixture f;
    key_fixture_make("KOR", DOMAIN_EXERCISE, &f);
    key_fixture_add(&f, KEY_SIGNING, 1, fixture_time(0.0), fixture_time(60.0), NULL);
    key_fixture_add(&f, KEY_OFFICER, 2, fixture_time(0.0), fixture_time(60.0), NULL);
    const struct bytes good = key_fixture_sign(&f);
    struct key_list read;
    memset(&read, 0x5a, sizeof read);
    const struct key_list before = read;
    for (size_t bit = 0; bit < 8 * good.size; bit++) {
        f.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_not_equal(key_list_open(good, f.root, &read), OK);
        f.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (size_t size = 0; size < good.size; size++) {
        assert_int_not_equal(key_list_open((struct bytes){f.bytes, size}, f.root, &read), OK);
    }
    assert_memory_equal(&read, &before, sizeof read);
    /* One byte more, and a field that nobody knows. */
    f.bytes[good.size] = 0;
    assert_int_equal(key_list_open((struct bytes){f.bytes, good.size + 1}, f.root, &read),
                     ERR_FORMAT);
    f.bytes[good.size] = 3 << 3;
    f.bytes[good.size + 1] = 1;
    assert_int_equal(key_list_open((struct bytes){f.bytes, good.size + 2}, f.root, &read),
                     ERR_CANONICAL);
    assert_int_equal(key_list_open(good, f.root, &read), OK);
}

static void test_another_root_and_another_domain(void **state)
{
    (void)state;
    struct key_fixture f;
    struct key_fixture other;
    struct key_list read;
    uint8_t signature[KEY_SIGNATURE_BYTES];
    key_fixture_make("KOR", DOMAIN_EXERCISE, &f);
    key_fixture_make("JPN", DOMAIN_EXERCISE, &other);
    key_fixture_add(&f, KEY_SIGNING, 1, fixture_time(0.0), fixture_time(60.0), NULL);
    const struct bytes good = key_fixture_sign(&f);
    assert_int_equal(key_list_open(good, other.root, &read), ERR_SIGNATURE);
    /* The same root's signature under a list of another domain. */
    assert_int_equal(key_list_decode(good, &read, signature), OK);
    read.domain = DOMAIN_LIVE;
    struct byte_writer live = {f.bytes, sizeof f.bytes, 0};
    assert_int_equal(key_list_encode(&read, signature, &live), OK);
    assert_int_equal(key_list_open(byte_writer_written(&live), f.root, &read), ERR_SIGNATURE);
}

static void test_what_may_not_be_in_a_list(void **state)
{
    (void)state;
    struct key_fixture f;
    key_fixture_make("KOR", DOMAIN_EXERCISE, &f);
    key_fixture_add(&f, KEY_SIGNING, 1, fixture_time(0.0), fixture_time(60.0), NULL);
    key_fixture_add(&f, KEY_OFFICER, 2, fixture_time(0.0), fixture_time(60.0), NULL);
    const struct key_list good = f.list;
    struct key_list bad[12];
    for (int i = 0; i < 12; i++) {
        bad[i] = good;
    }
    bad[0].nation.code[1] = 'o';
    bad[1].domain = DOMAIN_UNKNOWN;
    bad[2].number = 0;
    bad[3].made = INSTANT_UNSET;
    bad[4].count = KEY_LIST_KEYS_MAX + 1;
    bad[5].keys[0].use = KEY_UNKNOWN;
    bad[6].keys[0].until = bad[6].keys[0].from;
    bad[7].keys[0].name[0] = 'x';
    bad[8].keys[1].name[0] = '\0';
    bad[9].keys[1].name[0] = '/';
    memset(bad[10].keys[1].name, 'x', KEY_NAME_SIZE);
    memcpy(bad[11].keys[1].key, bad[11].keys[0].key, KEY_BYTES);
    assert_int_equal(key_list_validate(&good), OK);
    for (int i = 0; i < 12; i++) {
        uint8_t storage[KEY_LIST_BYTES_MAX];
        uint8_t signature[KEY_SIGNATURE_BYTES] = {0};
        struct byte_writer w = {storage, sizeof storage, 0};
        assert_int_equal(key_list_validate(&bad[i]), ERR_RANGE);
        assert_int_equal(key_list_signed_bytes(&bad[i], &w), ERR_RANGE);
        assert_int_equal(key_list_encode(&bad[i], signature, &w), ERR_RANGE);
        assert_int_equal(w.size, 0);
    }
}

/* A seventeenth key, put in by hand: length-delimited field 5 of the list, once more. */
static void test_more_than_the_codec_takes(void **state)
{
    (void)state;
    struct key_fixture f;
    key_fixture_make("KOR", DOMAIN_EXERCISE, &f);
    uint8_t list[2048] = {0x0a, 0, 0};
    size_t size = 3;
    for (int i = 0; i < KEY_LIST_KEYS_MAX + 1; i++) {
        list[size] = 0x2a;
        list[size + 1] = 36;
        list[size + 2] = 0x08;
        list[size + 3] = KEY_SIGNING;
        list[size + 4] = 0x12;
        list[size + 5] = 32;
        memset(list + size + 6, i + 1, 32);
        size += 38;
    }
    list[1] = (uint8_t)((size - 3) & 0x7f) | 0x80;
    list[2] = (uint8_t)((size - 3) >> 7);
    struct key_list read;
    uint8_t signature[KEY_SIGNATURE_BYTES];
    assert_int_equal(key_list_decode((struct bytes){list, size}, &read, signature), ERR_FORMAT);
    /* With sixteen it is the values that are missing, so the shape is right. */
    size -= 38;
    list[1] = (uint8_t)((size - 3) & 0x7f) | 0x80;
    list[2] = (uint8_t)((size - 3) >> 7);
    assert_int_equal(key_list_decode((struct bytes){list, size}, &read, signature), ERR_RANGE);
    assert_int_equal(
        key_list_decode((struct bytes){list, KEY_LIST_BYTES_MAX + 1}, &read, signature),
        ERR_FORMAT);
}

static void test_when_a_key_counts(void **state)
{
    (void)state;
    struct key_fixture f;
    uint8_t secret[64];
    uint8_t signature[KEY_SIGNATURE_BYTES];
    const struct bytes message = {(const uint8_t *)"a frame", 7};
    key_fixture_make("KOR", DOMAIN_EXERCISE, &f);
    key_fixture_add(&f, KEY_CHECKPOINT, 1, fixture_time(0.0), fixture_time(60.0), NULL);
    key_fixture_add(&f, KEY_SIGNING, 2, fixture_time(0.0), fixture_time(60.0), secret);
    crypto_sign_detached(signature, NULL, message.data, message.size, secret);
    const struct key_list *l = &f.list;
    const struct duration ns = {1};
    const struct instant last = {fixture_time(60.0).tai_ns - ns.ns};
    uint32_t which = 7;
    assert_int_equal(key_list_verify(l, KEY_SIGNING, fixture_time(0.0), message, signature, &which),
                     OK);
    assert_int_equal(which, 1);
    assert_int_equal(key_list_verify(l, KEY_SIGNING, last, message, signature, &which), OK);
    assert_int_equal(key_list_verify(l, KEY_SIGNING, fixture_time(60.0), message, signature, NULL),
                     ERR_SIGNATURE);
    assert_int_equal(key_list_verify(l, KEY_SIGNING, fixture_time(-1e-9), message, signature, NULL),
                     ERR_SIGNATURE);
    /* Another use of the same list. */
    assert_int_equal(
        key_list_verify(l, KEY_CHECKPOINT, fixture_time(1.0), message, signature, NULL),
        ERR_SIGNATURE);
    f.list.keys[1].revoked = fixture_time(30.0);
    const struct instant just_before = {fixture_time(30.0).tai_ns - ns.ns};
    assert_int_equal(key_list_verify(l, KEY_SIGNING, just_before, message, signature, NULL), OK);
    assert_int_equal(key_list_verify(l, KEY_SIGNING, fixture_time(30.0), message, signature, NULL),
                     ERR_SIGNATURE);
    /* An empty list verifies nothing. */
    f.list.count = 0;
    assert_int_equal(key_list_verify(l, KEY_SIGNING, just_before, message, signature, &which),
                     ERR_SIGNATURE);
}

/* One stolen key is one power: each use's key verifies for that use and for no other. */
static void test_a_key_has_one_use(void **state)
{
    (void)state;
    struct key_fixture f;
    uint8_t secrets[KEY_OFFICER + 1][64];
    const struct bytes message = {(const uint8_t *)"a frame", 7};
    key_fixture_make("KOR", DOMAIN_EXERCISE, &f);
    for (int use = KEY_SIGNING; use <= KEY_OFFICER; use++) {
        key_fixture_add(&f, (enum key_use)use, (uint8_t)use, fixture_time(0.0), fixture_time(60.0),
                        secrets[use]);
    }
    for (int of = KEY_SIGNING; of <= KEY_OFFICER; of++) {
        uint8_t signature[KEY_SIGNATURE_BYTES];
        crypto_sign_detached(signature, NULL, message.data, message.size, secrets[of]);
        for (int use = KEY_SIGNING; use <= KEY_OFFICER; use++) {
            assert_int_equal(key_list_verify(&f.list, (enum key_use)use, fixture_time(1.0), message,
                                             signature, NULL),
                             use == of ? OK : ERR_SIGNATURE);
        }
    }
}

/* docs/wire.md, "Key lists": made by another implementation. */
static const char VECTOR[] =
    "0a91010a034b4f5210021801210032598b5a7286182a36080112208a88e3dd7409f195fd52db2d3cba5d72ca"
    "6709bf1d94121bf3748801b40f6f5c210032598b5a7286182900321fa19512a2182a45080312208139770ea8"
    "7d175f56a35466c34c7ecccb8d8a91b4ee37a25df60f5b8fc9b3941a047361746f210032598b5a7286182900"
    "32fcb82d7cf618310032a81cefc0861812406b74cd658295cbf9656950805f6e2478f1a21af61e449b7a4d6e"
    "3f0b4df48605bb0fb22caf2e54705d8aa33a0278370ef2e01214fc5e4841cbbb512ef7748008";
static const char VECTOR_ROOT[] =
    "ed4928c628d1c2c6eae90338905995612959273a5c63f93636c14614ac8737d1";

static void test_published_vector(void **state)
{
    (void)state;
    uint8_t bytes[sizeof VECTOR / 2];
    uint8_t root[KEY_BYTES];
    size_t size = 0;
    struct key_list list;
    assert_int_equal(
        sodium_hex2bin(bytes, sizeof bytes, VECTOR, sizeof VECTOR - 1, NULL, &size, NULL), 0);
    assert_int_equal(sodium_hex2bin(root, sizeof root, VECTOR_ROOT, 64, NULL, NULL, NULL), 0);
    assert_int_equal(size, 214);
    assert_int_equal(key_list_open((struct bytes){bytes, size}, root, &list), OK);
    const struct instant made = {INT64_C(1767225637000000000)};
    assert_string_equal(list.nation.code, "KOR");
    assert_int_equal(list.domain, DOMAIN_EXERCISE);
    assert_int_equal(list.count, 2);
    assert_true(list.number == 1 && instant_equal(list.made, made));
    assert_int_equal(list.keys[0].use, KEY_SIGNING);
    assert_true(instant_equal(list.keys[0].from, made));
    assert_true(instant_equal(list.keys[0].until, instant_plus_s(made, 90 * 86400.0)));
    assert_false(instant_is_set(list.keys[0].revoked));
    assert_int_equal(list.keys[1].use, KEY_OFFICER);
    assert_string_equal(list.keys[1].name, "sato");
    assert_true(instant_equal(list.keys[1].revoked, instant_plus_s(made, 86400.0)));
}

static void test_names(void **state)
{
    (void)state;
    char name[KEY_NAME_SIZE];
    assert_true(key_name_parse("sato-2_B", name));
    assert_string_equal(name, "sato-2_B");
    assert_true(key_name_parse("abcdefghijklmnopqrstuvwx", name));
    assert_false(key_name_parse("abcdefghijklmnopqrstuvwxy", name));
    assert_false(key_name_parse("", name));
    assert_false(key_name_parse("../sato", name));
    assert_false(key_name_parse("sato:2", name)); /* the sign after the digits */
    assert_false(key_name_parse("s\xc3\xa4to", name));
}

/* A key counts from an instant until a later one, both stated. */
static void test_keys_have_both_ends(void **state)
{
    (void)state;
    struct key_fixture f;
    key_fixture_make("KOR", DOMAIN_EXERCISE, &f);
    key_fixture_add(&f, KEY_SIGNING, 1, fixture_time(0.0), fixture_time(60.0), NULL);
    assert_int_equal(key_list_validate(&f.list), OK);
    f.list.keys[0].from = INSTANT_UNSET;
    assert_int_equal(key_list_validate(&f.list), ERR_RANGE);
    f.list.keys[0].from = fixture_time(0.0);
    f.list.keys[0].until = INSTANT_UNSET;
    assert_int_equal(key_list_validate(&f.list), ERR_RANGE);
    f.list.keys[0].until = fixture_time(0.0);
    assert_int_equal(key_list_validate(&f.list), ERR_RANGE);
}

static void test_uses_have_words(void **state)
{
    (void)state;
    assert_string_equal(key_use_text(KEY_SIGNING), "signing");
    assert_string_equal(key_use_text(KEY_CHECKPOINT), "checkpoint");
    assert_string_equal(key_use_text(KEY_OFFICER), "officer");
    assert_string_equal(key_use_text(KEY_UNKNOWN), "unknown");
    assert_string_equal(key_use_text((enum key_use)99), "unknown");
}

/* Of the keys that count for a use, or will: when the last of them ends. */
static void test_the_last_key(void **state)
{
    (void)state;
    struct key_fixture f;
    key_fixture_make("KOR", DOMAIN_EXERCISE, &f);
    const struct instant now = fixture_time(0.0);
    assert_false(instant_is_set(key_list_last(&f.list, KEY_SIGNING, now)));
    key_fixture_add(&f, KEY_SIGNING, 1, fixture_time(-99.0), fixture_time(-1.0), NULL);
    assert_false(instant_is_set(key_list_last(&f.list, KEY_SIGNING, now)));
    key_fixture_add(&f, KEY_SIGNING, 2, fixture_time(-9.0), fixture_time(60.0), NULL);
    key_fixture_add(&f, KEY_SIGNING, 3, fixture_time(9.0), fixture_time(30.0), NULL);
    key_fixture_add(&f, KEY_CHECKPOINT, 4, fixture_time(-9.0), fixture_time(90.0), NULL);
    key_fixture_add(&f, KEY_SIGNING, 5, fixture_time(-9.0), fixture_time(80.0), NULL);
    f.list.keys[4].revoked = fixture_time(70.0);
    assert_true(instant_equal(key_list_last(&f.list, KEY_SIGNING, now), fixture_time(60.0)));
    assert_true(instant_equal(key_list_last(&f.list, KEY_CHECKPOINT, now), fixture_time(90.0)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip_of_the_largest),
        cmocka_unit_test(test_every_bit_and_every_cut),
        cmocka_unit_test(test_another_root_and_another_domain),
        cmocka_unit_test(test_what_may_not_be_in_a_list),
        cmocka_unit_test(test_more_than_the_codec_takes),
        cmocka_unit_test(test_when_a_key_counts),
        cmocka_unit_test(test_a_key_has_one_use),
        cmocka_unit_test(test_published_vector),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_keys_have_both_ends),
        cmocka_unit_test(test_uses_have_words),
        cmocka_unit_test(test_the_last_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
