/* A nation's keys made, renewed and revoked by hands that slip: what is refused is said in words,
 * and nothing changes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sodium.h>

#include "folder.h"
#include "node/key_folder.h"
#include "node/key_making.h"
#include "node/key_store.h"
#include "node/key_trust.h"
#include "node/small_file.h"

#define JPN ((struct nation_id){"JPN"})
#define KOR ((struct nation_id){"KOR"})
#define NOW ((struct instant){INT64_C(1664835600000000000)})
#define MESSAGE_SIZE KEY_FOLDER_MESSAGE_SIZE

static char message[MESSAGE_SIZE];
static uint8_t root[KEY_BYTES];

static struct key_making making_at(double s)
{
    return (struct key_making){.dir = folder_path("JPN"),
                               .passphrase = folder_path("online"),
                               .root_passphrase = folder_path("root"),
                               .now = instant_plus_s(NOW, s)};
}

static int make_folder(void **state)
{
    (void)state;
    if (sodium_init() < 0 || folder_make(state) != 0) {
        return -1;
    }
    folder_write("online", "first words\n");
    folder_write("root", "second words\n");
    return 0;
}

/* Japan's keys, new. */
static int make_keys(void **state)
{
    char command[64];
    const struct key_making m = making_at(0.0);
    (void)state;
    (void)snprintf(command, sizeof command, "rm -rf %s/JPN", folder_name);
    return system(command) == 0 && key_making_new(&m, JPN, DOMAIN_EXERCISE, root, message) == OK
               ? 0
               : -1;
}

static struct key_list list_now(void)
{
    struct key_list list;
    const char *dir = folder_path("JPN");
    assert_int_equal(key_making_look(dir, root, &list, message), OK);
    return list;
}

/* The first digits of the list's key of that index. */
static const char *digits_of(uint32_t index)
{
    static char text[KEY_FINGERPRINT_TEXT_SIZE];
    const struct key_list list = list_now();
    (void)key_fingerprint_text(list.keys[index].key, text);
    text[8] = '\0';
    return text;
}

static void refused(result outcome, result expected, const char *words)
{
    assert_int_equal(outcome, expected);
    if (strstr(message, words) == NULL) {
        fail_msg("\"%s\", and not \"%s\"", message, words);
    }
}

static result make_officer(double s, char name)
{
    const char text[] = {name, '\0'};
    const struct key_making m = making_at(s);
    return key_making_officer(&m, text, m.passphrase, message);
}

static void a_full_list_lets_go_of_what_was_revoked_first(void **state)
{
    (void)state;
    for (char name = 'a'; name < 'a' + KEY_LIST_KEYS_MAX - 2; name++) {
        assert_int_equal(make_officer(0.0, name), OK);
    }
    refused(make_officer(0.0, 'x'), ERR_FULL, "the key list holds 16 keys that count: revoke one");
    assert_int_equal(list_now().number, KEY_LIST_KEYS_MAX - 1);
    struct key_making m = making_at(5.0);
    assert_int_equal(key_making_revoke(&m, "b", message), OK);
    m = making_at(10.0);
    assert_int_equal(key_making_revoke(&m, "a", message), OK);
    assert_int_equal(make_officer(20.0, 'x'), OK);
    const struct key_list list = list_now();
    assert_int_equal(list.count, KEY_LIST_KEYS_MAX);
    assert_string_equal(list.keys[2].name, "a");
    assert_string_equal(list.keys[3].name, "c");
    assert_string_equal(list.keys[KEY_LIST_KEYS_MAX - 1].name, "x");
}

static void revoking_names_one_key(void **state)
{
    (void)state;
    struct key_making m = making_at(1.0);
    char digits[KEY_FINGERPRINT_TEXT_SIZE];
    (void)snprintf(digits, sizeof digits, "%s", digits_of(0));
    assert_int_equal(key_making_officer(&m, digits, m.passphrase, message), OK);
    refused(key_making_revoke(&m, digits, message), ERR_RANGE,
            "several keys begin with these digits: give more of them");
    m.passphrase = m.root_passphrase;
    refused(key_making_revoke(&m, digits_of(1), message), ERR_SIGNATURE, "online.key");
    assert_int_equal(list_now().number, 2);
}

/* One that is revoked is followed by another, unless there is one that counts. */
static void a_checkpoint_key_is_revoked_alone(void **state)
{
    (void)state;
    struct key_making m = making_at(1.0);
    const struct key_list before = list_now();
    assert_int_equal(before.keys[1].use, KEY_CHECKPOINT);
    assert_int_equal(key_making_revoke(&m, digits_of(1), message), OK);
    struct key_list list = list_now();
    assert_int_equal(list.count, 3);
    assert_false(instant_is_set(list.keys[0].revoked));
    assert_true(instant_is_set(list.keys[1].revoked));
    assert_int_equal(list.keys[2].use, KEY_CHECKPOINT);
    refused(key_making_revoke(&m, digits_of(1), message), ERR_NOT_FOUND,
            "no key that counts is named");
    assert_int_equal(key_making_rotate(&m, message), OK);
    assert_int_equal(list_now().count, 5);
    m = making_at(1.0 + KEY_MAKING_LEAD_S + 1.0);
    assert_int_equal(key_making_revoke(&m, digits_of(0), message), OK);
    list = list_now();
    assert_int_equal(list.count, 5);
    assert_true(instant_is_set(list.keys[0].revoked));
}

/* With an odd number of secrets the one for checkpoints is the first without room. */
static void online_keys_have_room_for_so_many(void **state)
{
    (void)state;
    const struct key_making m = making_at(1.0);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(key_making_rotate(&m, message), OK);
    }
    assert_int_equal(key_making_revoke(&m, digits_of(2), message), OK);
    const uint64_t number = list_now().number;
    refused(key_making_rotate(&m, message), ERR_FULL,
            "the online keys are full: revoke one that is not needed, or wait a day");
    assert_int_equal(list_now().number, number);
}

/* A key file with so many bytes of secrets, for a nation and a domain. */
static void put_store(const char *name, enum key_file_kind kind, struct nation_id nation,
                      enum domain domain, size_t size)
{
    const struct passphrase_source source = {.path = folder_path("online"), .whose = "a test"};
    struct key_store *store = NULL;
    assert_int_equal(
        key_store_make(kind, domain, nation, root, &source, &store, message, sizeof message), OK);
    store->size = size;
    assert_int_equal(key_store_write(folder_path(name), store, message, sizeof message), OK);
    key_store_close(store);
}

static void the_root_key_is_the_one_of_the_folder(void **state)
{
    (void)state;
    struct key_making m = making_at(1.0);
    m.root = folder_path("carried-away");
    refused(key_making_rotate(&m, message), ERR_IO,
            "is not there; if the root key was carried away, bring it and name it with --root-key");
    m.root = folder_path("root"); /* a text */
    assert_int_not_equal(key_making_rotate(&m, message), OK);
    m.root_passphrase = m.passphrase;
    m.root = folder_path("other");
    put_store("other", KEY_FILE_ROOT, KOR, DOMAIN_EXERCISE, KEY_BYTES);
    refused(key_making_rotate(&m, message), ERR_DENIED,
            "the root key of KOR for exercise, and not the one of this folder");
    put_store("other", KEY_FILE_ROOT, JPN, DOMAIN_LIVE, KEY_BYTES);
    refused(key_making_rotate(&m, message), ERR_DENIED,
            "the root key of JPN for live, and not the one of this folder");
    put_store("other", KEY_FILE_ROOT, JPN, DOMAIN_EXERCISE, KEY_BYTES - 1);
    refused(key_making_rotate(&m, message), ERR_RANGE, "such a key list cannot be signed");
    root[0] ^= 1;
    put_store("other", KEY_FILE_ROOT, JPN, DOMAIN_EXERCISE, KEY_BYTES);
    refused(key_making_rotate(&m, message), ERR_DENIED, "and not the one of this folder");
    assert_int_equal(list_now().number, 1);
}

static void keys_are_not_written_over(void **state)
{
    static const char *const NAMES[] = {"root.key", "online.key", "key-list"};
    (void)state;
    struct key_making m = making_at(1.0);
    for (size_t i = 0; i < 3; i++) {
        refused(key_making_new(&m, JPN, DOMAIN_EXERCISE, root, message), ERR_STATE, NAMES[i]);
        assert_non_null(strstr(message, "is there already; keys are never written over"));
        char path[128];
        (void)snprintf(path, sizeof path, "%s/JPN/%s", folder_name, NAMES[i]);
        assert_int_equal(unlink(path), 0);
    }
    assert_int_equal(key_making_new(&m, JPN, DOMAIN_EXERCISE, root, message), OK);
}

static void a_path_has_an_end(void **state)
{
    (void)state;
    char dir[KEY_FOLDER_PATH_SIZE + 1];
    struct key_making m = making_at(1.0);
    struct key_list list;
    struct key_folder *opened = NULL;
    memset(dir, 'd', sizeof dir);
    dir[sizeof dir - 1] = '\0';
    m.dir = dir;
    refused(key_making_new(&m, JPN, DOMAIN_EXERCISE, root, message), ERR_RANGE,
            "the path of the folder is too long");
    refused(key_making_look(dir, root, &list, message), ERR_RANGE,
            "the path of the folder is too long");
    refused(key_making_officer(&m, "sato", m.passphrase, message), ERR_RANGE,
            "the path of the folder is too long");
    for (int cut = 0; cut < 2; cut++) {
        dir[sizeof dir - 1 - 5 * (size_t)cut] = '\0';
        assert_int_not_equal(
            key_folder_open(dir, JPN, DOMAIN_EXERCISE, m.passphrase, &opened, message), OK);
        assert_non_null(strstr(message, "ddd"));
    }
}

/* Puts a list in the folder that its root signed, and that is another's. */
static void put_list(struct nation_id nation, enum domain domain)
{
    const struct passphrase_source source = {.path = folder_path("root"), .whose = "a test"};
    struct key_store *store = NULL;
    uint8_t open[KEY_BYTES];
    uint8_t secret[crypto_sign_SECRETKEYBYTES];
    uint8_t signature[KEY_SIGNATURE_BYTES];
    uint8_t storage[2][KEY_LIST_BYTES_MAX];
    struct byte_writer text = {storage[0], sizeof storage[0], 0};
    struct byte_writer file = {storage[1], sizeof storage[1], 0};
    struct key_list list = list_now();
    list.nation = nation;
    list.domain = domain;
    assert_int_equal(key_store_open(folder_path("JPN/root.key"), KEY_FILE_ROOT, &source, &store,
                                    message, sizeof message),
                     OK);
    crypto_sign_seed_keypair(open, secret, store->secrets);
    key_store_close(store);
    assert_int_equal(key_list_signed_bytes(&list, &text), OK);
    crypto_sign_detached(signature, NULL, text.data, text.size, secret);
    assert_int_equal(key_list_encode(&list, signature, &file), OK);
    assert_int_equal(small_file_write(folder_path("JPN/key-list"), 0644, byte_writer_written(&file),
                                      message, sizeof message),
                     OK);
}

static void a_folder_is_of_one_nation_and_domain(void **state)
{
    (void)state;
    const struct key_making m = making_at(1.0);
    struct key_folder *f = NULL;
    put_list(KOR, DOMAIN_EXERCISE);
    refused(key_folder_open(m.dir, JPN, DOMAIN_EXERCISE, m.passphrase, &f, message), ERR_DENIED,
            "key-list: is the list of KOR for exercise, beside keys of JPN for exercise");
    put_list(JPN, DOMAIN_LIVE);
    refused(key_folder_open(m.dir, JPN, DOMAIN_EXERCISE, m.passphrase, &f, message), ERR_DENIED,
            "key-list: is the list of JPN for live, beside keys of JPN for exercise");
    put_list(JPN, DOMAIN_EXERCISE);
    assert_int_equal(key_folder_open(m.dir, JPN, DOMAIN_EXERCISE, m.passphrase, &f, message), OK);
    put_store("JPN/online.key", KEY_FILE_ONLINE, JPN, DOMAIN_EXERCISE, 5);
    key_folder_close(f);
    f = NULL;
    refused(key_folder_open(m.dir, JPN, DOMAIN_EXERCISE, m.passphrase, &f, message), ERR_FORMAT,
            "the online keys open, but not as this version of watchfire writes them");
    assert_null(f);
}

static void an_officers_file_holds_one_key(void **state)
{
    uint8_t key[KEY_BYTES];
    uint8_t signature[KEY_SIGNATURE_BYTES];
    const struct bytes words = {(const uint8_t *)"words", 5};
    (void)state;
    put_store("officer", KEY_FILE_OFFICER, JPN, DOMAIN_EXERCISE, KEY_BYTES + 1);
    refused(key_folder_officer_sign(folder_path("officer"), folder_path("online"), words, key,
                                    signature, message),
            ERR_FORMAT, "officer: does not hold one key");
    put_store("officer", KEY_FILE_OFFICER, JPN, DOMAIN_EXERCISE, KEY_BYTES);
    assert_int_equal(key_folder_officer_sign(folder_path("officer"), folder_path("online"), words,
                                             key, signature, message),
                     OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_full_list_lets_go_of_what_was_revoked_first, make_keys),
        cmocka_unit_test_setup(revoking_names_one_key, make_keys),
        cmocka_unit_test_setup(a_checkpoint_key_is_revoked_alone, make_keys),
        cmocka_unit_test_setup(online_keys_have_room_for_so_many, make_keys),
        cmocka_unit_test_setup(the_root_key_is_the_one_of_the_folder, make_keys),
        cmocka_unit_test_setup(keys_are_not_written_over, make_keys),
        cmocka_unit_test(a_path_has_an_end),
        cmocka_unit_test_setup(a_folder_is_of_one_nation_and_domain, make_keys),
        cmocka_unit_test_setup(an_officers_file_holds_one_key, make_keys),
    };
    return cmocka_run_group_tests(tests, make_folder, folder_remove);
}
