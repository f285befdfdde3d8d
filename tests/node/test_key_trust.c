/* Which of a partner's key lists a node takes, and how its root is written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "../share/key_fixture.h"
#include "node/key_trust.h"
#include "node/keys.h"

#define KOR ((struct nation_id){"KOR"})
#define NOW ((struct instant){INT64_C(1664835600000000000)})

static int begin(void **state)
{
    (void)state;
    return keys_start() == OK ? 0 : -1;
}

static void test_lists_in_order(void **state)
{
    (void)state;
    struct key_fixture f;
    struct key_fixture stranger;
    struct key_trust trust;
    uint8_t older[KEY_LIST_BYTES_MAX];
    key_fixture_make("KOR", DOMAIN_EXERCISE, &f);
    key_fixture_make("KOR", DOMAIN_LIVE, &stranger); /* the same root for another domain */
    key_fixture_add(&f, KEY_SIGNING, 1, NOW, INSTANT_LAST, NULL);
    key_trust_pin(KOR, DOMAIN_EXERCISE, f.root, &trust);
    f.list.number = 5;
    const struct bytes five = key_fixture_sign(&f);
    memcpy(older, five.data, five.size);
    const struct bytes kept = {older, five.size};
    assert_int_equal(key_trust_offer(&trust, kept), REFUSED_NONE);
    assert_int_equal(key_trust_offer(&trust, kept), REFUSED_NONE); /* again: nothing new */
    f.list.made = instant_plus_s(f.list.made, 1.0);
    assert_int_equal(key_trust_offer(&trust, key_fixture_sign(&f)), REFUSED_EQUIVOCATION);
    f.list.number = 4;
    assert_int_equal(key_trust_offer(&trust, key_fixture_sign(&f)), REFUSED_KEYS);
    f.list.number = 9;
    assert_int_equal(key_trust_offer(&trust, key_fixture_sign(&f)), REFUSED_NONE);
    assert_int_equal(key_trust_offer(&trust, kept), REFUSED_KEYS);
    assert_true(trust.list.number == 9);
    stranger.list.number = 10;
    assert_int_equal(key_trust_offer(&trust, key_fixture_sign(&stranger)), REFUSED_KEYS);
    f.list.number = 10;
    memcpy(f.list.nation.code, "JPN", 4);
    assert_int_equal(key_trust_offer(&trust, key_fixture_sign(&f)), REFUSED_KEYS);
    assert_int_equal(key_trust_offer(&trust, (struct bytes){older, 0}), REFUSED_KEYS);
    assert_true(trust.list.number == 9);
    /* The same bytes, but this node pinned another root. */
    key_fixture_make("USA", DOMAIN_EXERCISE, &stranger);
    key_trust_pin(KOR, DOMAIN_EXERCISE, stranger.root, &trust);
    assert_int_equal(key_trust_offer(&trust, kept), REFUSED_KEYS);
    assert_int_equal(trust.list.count, 0);
}

static void test_fingerprints(void **state)
{
    (void)state;
    uint8_t root[KEY_BYTES];
    uint8_t read[KEY_BYTES];
    char text[KEY_FINGERPRINT_TEXT_SIZE];
    for (size_t i = 0; i < sizeof root; i++) {
        root[i] = (uint8_t)(7 * i + 1);
    }
    assert_true(key_fingerprint_parse(key_fingerprint_text(root, text), read));
    assert_memory_equal(root, read, sizeof root);
    text[63] = 'g';
    assert_false(key_fingerprint_parse(text, read));
    text[63] = '\0';
    assert_false(key_fingerprint_parse(text, read));
    assert_false(key_fingerprint_parse("", read));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lists_in_order),
        cmocka_unit_test(test_fingerprints),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
