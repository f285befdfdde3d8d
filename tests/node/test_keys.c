/* Keys on disk: what is written comes back, and nothing else does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include <sodium.h>

#include "../share/key_fixture.h"
#include "folder.h"
#include "node/key_file.h"
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

static int begin(void **state)
{
    (void)state;
    return keys_start() == OK && folder_make(state) == 0 ? 0 : -1;
}

static const uint8_t KEY[KEY_FILE_KEY_BYTES] = {1, 2, 3};

static size_t make_file(struct key_file_header *h, uint8_t out[KEY_FILE_BYTES_MAX])
{
    uint8_t root[KEY_BYTES];
    uint8_t secrets[97];
    memset(root, 9, sizeof root);
    memset(secrets, 0xa5, sizeof secrets);
    key_file_header_make(KEY_FILE_ONLINE, DOMAIN_EXERCISE, JPN, root, h);
    struct byte_writer w = {out, KEY_FILE_BYTES_MAX, 0};
    assert_int_equal(key_file_encrypt(h, KEY, (struct bytes){secrets, sizeof secrets}, &w), OK);
    return w.size;
}

static void test_file_round_trip(void **state)
{
    (void)state;
    struct key_file_header written;
    struct key_file_header read;
    uint8_t file[KEY_FILE_BYTES_MAX];
    uint8_t again[KEY_FILE_BYTES_MAX];
    uint8_t secrets[KEY_FILE_SECRETS_MAX];
    size_t size = 0;
    const size_t total = make_file(&written, file);
    assert_int_equal(key_file_header_read((struct bytes){file, total}, &read), OK);
    assert_int_equal(read.kind, KEY_FILE_ONLINE);
    assert_int_equal(read.domain, DOMAIN_EXERCISE);
    assert_string_equal(read.nation.code, "JPN");
    assert_memory_equal(read.root, written.root, KEY_BYTES);
    assert_int_equal(key_file_decrypt((struct bytes){file, total}, KEY, secrets, &size), OK);
    assert_int_equal(size, 97);
    for (size_t i = 0; i < size; i++) {
        assert_int_equal(secrets[i], 0xa5);
    }
    /* Another nonce and another salt each time; and not the secrets in the clear. */
    assert_int_equal(make_file(&read, again), total);
    assert_memory_not_equal(file + 52, again + 52, KEY_FILE_SALT_BYTES);
    assert_memory_not_equal(file + 68, again + 68, KEY_FILE_NONCE_BYTES);
    assert_memory_not_equal(file + KEY_FILE_HEADER_BYTES, secrets, 97);
}

/* With the right key: so that it is the file that is refused, and not a passphrase. */
static void test_every_bit_and_every_cut_of_a_file(void **state)
{
    (void)state;
    struct key_file_header h;
    uint8_t file[KEY_FILE_BYTES_MAX + 1] = {0};
    uint8_t secrets[KEY_FILE_SECRETS_MAX];
    size_t size = 77;
    const size_t total = make_file(&h, file);
    for (size_t bit = 0; bit < 8 * total; bit++) {
        file[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_not_equal(key_file_decrypt((struct bytes){file, total}, KEY, secrets, &size),
                             OK);
        file[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (size_t cut = 0; cut < total; cut++) {
        assert_int_not_equal(key_file_decrypt((struct bytes){file, cut}, KEY, secrets, &size), OK);
    }
    assert_int_equal(key_file_decrypt((struct bytes){file, total + 1}, KEY, secrets, &size),
                     ERR_SIGNATURE);
    assert_int_equal(size, 77);
    assert_int_equal(key_file_decrypt((struct bytes){file, total}, KEY, secrets, &size), OK);
}

static void put_u32(uint8_t *at, uint32_t value)
{
    for (int i = 0; i < 4; i++) {
        at[i] = (uint8_t)(value >> (24 - 8 * i));
    }
}

static double cpu_s(void)
{
    return (double)clock() / CLOCKS_PER_SEC;
}

static void test_hostile_costs_are_refused_at_once(void **state)
{
    (void)state;
    static const uint32_t costs[][2] = {{0, 65536},
                                        {KEY_FILE_PASSES_MAX + 1, 65536},
                                        {UINT32_MAX, 65536},
                                        {3, KEY_FILE_MEMORY_KIB_MAX + 1},
                                        {3, UINT32_MAX},
                                        {3, 0},
                                        {3, 7}};
    struct key_file_header h;
    uint8_t file[KEY_FILE_BYTES_MAX];
    const size_t total = make_file(&h, file);
    const char *path = folder_path("hostile.key");
    const struct passphrase_source source = {.path = folder_write("hostile.pass", "x"),
                                             .whose = "these"};
    const double before = cpu_s();
    for (size_t i = 0; i < sizeof costs / sizeof costs[0]; i++) {
        struct key_store *store = NULL;
        put_u32(file + 44, costs[i][0]);
        put_u32(file + 48, costs[i][1]);
        assert_int_equal(key_file_header_read((struct bytes){file, total}, &h), ERR_RANGE);
        assert_int_equal(
            small_file_write(path, 0600, (struct bytes){file, total}, message, sizeof message), OK);
        assert_int_equal(
            key_store_open(path, KEY_FILE_ONLINE, &source, &store, message, sizeof message),
            ERR_RANGE);
        assert_non_null(strstr(message, "hostile.key: asks for more"));
    }
    assert_true(cpu_s() - before < 0.05);
}

/* With a cost that a test can afford. */
static void test_passphrases(void **state)
{
    (void)state;
    struct key_file_header h;
    uint8_t root[KEY_BYTES] = {0};
    uint8_t a[KEY_FILE_KEY_BYTES];
    uint8_t b[KEY_FILE_KEY_BYTES];
    key_file_header_make(KEY_FILE_ROOT, DOMAIN_TEST, JPN, root, &h);
    assert_int_equal(h.passes, 3);
    assert_int_equal(h.memory_kib, 65536);
    h.passes = 1;
    h.memory_kib = 8;
    assert_int_equal(key_file_derive(&h, (struct bytes){(const uint8_t *)"one", 3}, a), OK);
    assert_int_equal(key_file_derive(&h, (struct bytes){(const uint8_t *)"one", 3}, b), OK);
    assert_memory_equal(a, b, sizeof a);
    assert_int_equal(key_file_derive(&h, (struct bytes){(const uint8_t *)"onf", 3}, b), OK);
    assert_memory_not_equal(a, b, sizeof a);
    h.salt[0] ^= 1;
    assert_int_equal(key_file_derive(&h, (struct bytes){(const uint8_t *)"one", 3}, b), OK);
    assert_memory_not_equal(a, b, sizeof a);
}

static result read_passphrase(const char *path, bool credential, struct passphrase *out)
{
    const struct passphrase_source source = {
        .path = path, .credential = credential, .whose = "these keys"};
    return passphrase_read(&source, out, message, sizeof message);
}

static void test_where_a_passphrase_comes_from(void **state)
{
    (void)state;
    struct passphrase p = {NULL, 0};
    assert_int_equal(read_passphrase(folder_write("a", "correct horse\n"), false, &p), OK);
    assert_int_equal(p.size, 13);
    assert_memory_equal(p.text, "correct horse", 13);
    passphrase_free(&p);
    assert_null(p.text);
    assert_int_equal(read_passphrase(folder_write("a", "\n"), false, &p), ERR_FORMAT);
    assert_int_equal(read_passphrase(folder_write("a", "one\ntwo\n"), false, &p), ERR_FORMAT);
    char long_text[PASSPHRASE_BYTES_MAX + 8];
    memset(long_text, 'x', sizeof long_text);
    long_text[PASSPHRASE_BYTES_MAX + 1] = '\0';
    assert_int_equal(read_passphrase(folder_write("a", long_text), false, &p), ERR_FORMAT);
    assert_int_equal(read_passphrase(folder_path("nothing"), false, &p), ERR_IO);
    /* The credential, which systemd may show as readable by a group. */
    const char *path = folder_write(PASSPHRASE_CREDENTIAL, "from systemd");
    assert_int_equal(chmod(path, 0440), 0);
    assert_int_equal(setenv("CREDENTIALS_DIRECTORY", folder_name, 1), 0);
    assert_int_equal(read_passphrase(NULL, true, &p), OK);
    assert_memory_equal(p.text, "from systemd", 12);
    passphrase_free(&p);
    assert_int_equal(unsetenv("CREDENTIALS_DIRECTORY"), 0);
}

static void test_permissions(void **state)
{
    (void)state;
    static const mode_t bad[] = {0640, 0604, 0620, 0602, 0610, 0601, 0666};
    const char *path = folder_write("secret", "x");
    uint8_t storage[8];
    struct byte_writer w = {storage, sizeof storage, 0};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(chmod(path, bad[i]), 0);
        assert_int_equal(small_file_read(path, true, &w, message, sizeof message), ERR_DENIED);
        assert_non_null(strstr(message, "chmod 600"));
        assert_int_equal(w.size, 0);
    }
    assert_int_equal(small_file_read(path, false, &w, message, sizeof message), OK);
    assert_int_equal(chmod(path, 0400), 0);
    assert_int_equal(small_file_read(path, true, &w, message, sizeof message), OK);
    assert_int_equal(w.size, 2);
    assert_int_equal(small_file_read(folder_name, true, &w, message, sizeof message), ERR_FORMAT);
    /* A pipe in its place does not hold us. */
    assert_int_equal(mkfifo(folder_path("pipe"), 0600), 0);
    assert_int_equal(small_file_read(folder_path("pipe"), true, &w, message, sizeof message),
                     ERR_FORMAT);
    /* Longer than what it may be. */
    assert_int_equal(
        small_file_read(folder_write("long", "1234567"), true, &w, message, sizeof message),
        ERR_FORMAT);
    assert_int_equal(w.size, 2);
}

static void test_writing_is_all_or_nothing(void **state)
{
    (void)state;
    struct stat s;
    const char *path = folder_write("whole", "old");
    assert_int_equal(stat(path, &s), 0);
    assert_int_equal(s.st_mode & 0777, 0600);
    /* A crash left something behind, even a link to elsewhere. */
    folder_write("elsewhere", "not mine");
    assert_int_equal(symlink("elsewhere", folder_path("whole.new")), 0);
    assert_int_equal(small_file_write(path, 0600, (struct bytes){(const uint8_t *)"new", 3},
                                      message, sizeof message),
                     OK);
    uint8_t storage[16];
    struct byte_writer w = {storage, sizeof storage, 0};
    assert_int_equal(small_file_read(folder_path("elsewhere"), true, &w, message, sizeof message),
                     OK);
    assert_memory_equal(storage, "not mine", 8);
    w.size = 0;
    assert_int_equal(small_file_read(path, true, &w, message, sizeof message), OK);
    assert_memory_equal(storage, "new", 3);
    assert_int_not_equal(access(folder_path("whole.new"), F_OK), 0);
    assert_int_equal(small_file_write(folder_path("no/such"), 0600, (struct bytes){storage, 1},
                                      message, sizeof message),
                     ERR_IO);
}

static struct key_making making_at(double s)
{
    static char dir[96];
    static char online[96];
    static char root[96];
    (void)snprintf(dir, sizeof dir, "%s/JPN", folder_name);
    (void)snprintf(online, sizeof online, "%s/online", folder_name);
    (void)snprintf(root, sizeof root, "%s/root", folder_name);
    return (struct key_making){
        .dir = dir, .passphrase = online, .root_passphrase = root, .now = instant_plus_s(NOW, s)};
}

static const struct bytes WORDS = {(const uint8_t *)"words", 5};

static bool verifies(const struct key_list *list, enum key_use use, double s,
                     const uint8_t signature[KEY_SIGNATURE_BYTES])
{
    return key_list_verify(list, use, instant_plus_s(NOW, s), WORDS, signature, NULL) == OK;
}

static void check_refusals(const struct key_making *m)
{
    struct key_folder *f = NULL;
    assert_int_equal(key_folder_open(m->dir, KOR, DOMAIN_EXERCISE, m->passphrase, &f, message),
                     ERR_DENIED);
    assert_int_equal(key_folder_open(m->dir, JPN, DOMAIN_LIVE, m->passphrase, &f, message),
                     ERR_DENIED);
    assert_non_null(strstr(message, "keys of JPN for exercise; this node runs as JPN for live"));
    assert_int_equal(key_folder_open(m->dir, JPN, DOMAIN_EXERCISE, m->root_passphrase, &f, message),
                     ERR_SIGNATURE);
    uint8_t root[KEY_BYTES];
    assert_int_equal(key_making_new(m, JPN, DOMAIN_EXERCISE, root, message), ERR_STATE);
    assert_null(f);
}

/* From making to revoking, as an operator and a node go through it. */
static void test_life_of_a_folder(void **state)
{
    (void)state;
    folder_write("online", "first words\n");
    folder_write("root", "second words\n");
    struct key_making m = making_at(0.0);
    uint8_t root[KEY_BYTES];
    uint8_t signature[KEY_SIGNATURE_BYTES];
    assert_int_equal(key_making_new(&m, JPN, DOMAIN_EXERCISE, root, message), OK);
    check_refusals(&m);
    struct key_folder *f = NULL;
    assert_int_equal(key_folder_open(m.dir, JPN, DOMAIN_EXERCISE, m.passphrase, &f, message), OK);
    const struct keys *keys = key_folder_keys(f);
    struct key_trust partner;
    key_trust_pin(JPN, DOMAIN_EXERCISE, root, &partner);
    assert_int_equal(
        key_trust_offer(&partner, (struct bytes){keys->signed_list, keys->signed_size}),
        REFUSED_NONE);
    assert_int_equal(keys_sign(keys, KEY_SIGNING, NOW, WORDS, signature), OK);
    assert_true(verifies(&partner.list, KEY_SIGNING, 0.0, signature));
    assert_false(verifies(&partner.list, KEY_CHECKPOINT, 0.0, signature));
    assert_true(verifies(&partner.list, KEY_SIGNING, -59.0, signature)); /* his clock is behind */
    assert_int_equal(keys_sign(keys, KEY_CHECKPOINT, NOW, WORDS, signature), OK);
    assert_true(verifies(&partner.list, KEY_CHECKPOINT, 0.0, signature));
    assert_true(
        instant_equal(keys_last(keys, KEY_SIGNING, NOW), instant_plus_s(NOW, 90 * 86400.0 - 60.0)));

    /* Rotation: the new key signs a minute after it counts, and not before. */
    uint8_t first[KEY_BYTES];
    memcpy(first, keys_signer(keys, KEY_SIGNING, NOW), KEY_BYTES);
    bool changed = true;
    assert_int_equal(key_folder_reload(f, &changed, message), OK);
    assert_false(changed);
    assert_int_equal(key_making_rotate(&m, message), OK);
    assert_int_equal(key_folder_reload(f, &changed, message), OK);
    assert_true(changed);
    assert_int_equal(keys->list.number, 2);
    assert_int_equal(keys->secret_count, 4);
    for (double s = 0.0; s < 90000.0; s += 30.0) {
        const uint8_t *signer = keys_signer(keys, KEY_SIGNING, instant_plus_s(NOW, s));
        assert_non_null(signer);
        assert_int_equal(memcmp(signer, first, KEY_BYTES) == 0, s < 660.0);
    }
    assert_int_equal(
        key_trust_offer(&partner, (struct bytes){keys->signed_list, keys->signed_size}),
        REFUSED_NONE);

    /* Revocation of the one that counts makes another that counts at once. */
    char digits[KEY_FINGERPRINT_TEXT_SIZE];
    (void)key_fingerprint_text(first, digits);
    digits[8] = '\0';
    assert_int_equal(keys_sign(keys, KEY_SIGNING, NOW, WORDS, signature), OK);
    m = making_at(10.0);
    assert_int_equal(key_making_revoke(&m, "1234567", message), ERR_NOT_FOUND);
    assert_int_equal(key_making_revoke(&m, digits, message), OK);
    assert_int_equal(key_folder_reload(f, &changed, message), OK);
    assert_int_equal(
        key_trust_offer(&partner, (struct bytes){keys->signed_list, keys->signed_size}),
        REFUSED_NONE);
    assert_false(verifies(&partner.list, KEY_SIGNING, 10.0, signature));
    assert_int_equal(keys_sign(keys, KEY_SIGNING, m.now, WORDS, signature), OK);
    assert_true(verifies(&partner.list, KEY_SIGNING, 10.0, signature));
    /* Nobody can steal the revoked one from here any more. */
    assert_int_equal(keys->list.count, 5);
    assert_int_equal(keys->secret_count, 4);
    for (uint32_t i = 0; i < keys->secret_count; i++) {
        assert_memory_not_equal(keys->secrets[i].open, first, KEY_BYTES);
    }
    key_folder_close(f);
}

static void test_officers(void **state)
{
    (void)state;
    const struct key_making m = making_at(20.0);
    uint8_t key[KEY_BYTES];
    uint8_t root[KEY_BYTES];
    uint8_t signature[KEY_SIGNATURE_BYTES];
    struct key_list list;
    const char *own = folder_write("own", "third words");
    assert_int_equal(key_making_officer(&m, "no/good", own, message), ERR_FORMAT);
    assert_int_equal(key_making_officer(&m, "sato", own, message), OK);
    assert_int_equal(key_making_officer(&m, "sato", own, message), ERR_STATE);
    assert_int_equal(key_making_look(m.dir, root, &list, message), OK);
    const char *path = folder_path("JPN/officer-sato.key");
    assert_int_equal(key_folder_officer_sign(path, m.passphrase, WORDS, key, signature, message),
                     ERR_SIGNATURE);
    assert_int_equal(
        key_folder_officer_sign(folder_path("JPN/root.key"), own, WORDS, key, signature, message),
        ERR_FORMAT);
    assert_int_equal(key_folder_officer_sign(path, own, WORDS, key, signature, message), OK);
    uint32_t which = 0;
    assert_int_equal(key_list_verify(&list, KEY_OFFICER, m.now, WORDS, signature, &which), OK);
    assert_string_equal(list.keys[which].name, "sato");
    assert_memory_equal(list.keys[which].key, key, KEY_BYTES);
    /* An officer's key signs no frame. */
    assert_false(verifies(&list, KEY_SIGNING, 20.0, signature));
    assert_int_equal(key_making_revoke(&m, "sato", message), OK);
    assert_int_equal(key_making_look(m.dir, root, &list, message), OK);
    assert_false(verifies(&list, KEY_OFFICER, 20.0, signature));
}

/* The list of another folder beside these keys; an older one; none. */
static void test_a_folder_that_is_not_in_order(void **state)
{
    (void)state;
    const struct key_making m = making_at(30.0);
    uint8_t old[KEY_LIST_BYTES_MAX];
    struct byte_writer kept = {old, sizeof old, 0};
    const char *path = folder_path("JPN/key-list");
    struct key_folder *f = NULL;
    bool changed = false;
    assert_int_equal(small_file_read(path, false, &kept, message, sizeof message), OK);
    assert_int_equal(key_making_rotate(&m, message), OK);
    assert_int_equal(key_folder_open(m.dir, JPN, DOMAIN_EXERCISE, m.passphrase, &f, message), OK);
    const struct keys *keys = key_folder_keys(f);
    const uint64_t number = keys->list.number;
    path = folder_path("JPN/key-list");
    assert_int_equal(
        small_file_write(path, 0644, byte_writer_written(&kept), message, sizeof message), OK);
    assert_int_equal(key_folder_reload(f, &changed, message), ERR_STATE);
    assert_true(key_folder_keys(f)->list.number == number);
    /* Somebody rotated from a backup: this would be a second list with that number. */
    assert_int_equal(key_making_rotate(&m, message), OK);
    assert_int_equal(key_folder_reload(f, &changed, message), ERR_STATE);
    assert_non_null(strstr(message, "two lists with one number"));
    assert_true(keys->list.number == number);
    old[kept.size / 2] ^= 1;
    assert_int_equal(
        small_file_write(path, 0644, byte_writer_written(&kept), message, sizeof message), OK);
    assert_int_not_equal(key_folder_reload(f, &changed, message), OK);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(key_folder_reload(f, &changed, message), ERR_IO);
    assert_true(keys->list.number == number);
    /* The list that the node had taken up puts it right again. */
    const struct bytes newest = {keys->signed_list, keys->signed_size};
    assert_int_equal(small_file_write(path, 0644, newest, message, sizeof message), OK);
    assert_int_equal(key_folder_reload(f, &changed, message), OK);
    assert_false(changed);
    key_folder_close(f);
}

/* Whoever rotates again and again is stopped, and nothing is spoilt: a day later there is room. */
static void test_a_full_folder(void **state)
{
    (void)state;
    struct key_making m = making_at(40.0);
    uint8_t root[KEY_BYTES];
    struct key_list before;
    struct key_list after;
    result outcome = OK;
    for (int i = 0; i < 5 && outcome == OK; i++) {
        assert_int_equal(key_making_look(m.dir, root, &before, message), OK);
        outcome = key_making_rotate(&m, message);
    }
    assert_int_equal(outcome, ERR_FULL);
    assert_non_null(strstr(message, "online keys are full"));
    assert_int_equal(key_making_look(m.dir, root, &after, message), OK);
    assert_true(before.number == after.number);
    struct key_folder *f = NULL;
    assert_int_equal(key_folder_open(m.dir, JPN, DOMAIN_EXERCISE, m.passphrase, &f, message), OK);
    assert_non_null(keys_signer(key_folder_keys(f), KEY_SIGNING, m.now));
    key_folder_close(f);
    m = making_at(40.0 + KEY_MAKING_LEAD_S + KEY_MAKING_OVERLAP_S);
    assert_int_equal(key_making_rotate(&m, message), OK);
    assert_int_equal(key_making_look(m.dir, root, &after, message), OK);
    for (uint32_t i = 0; i < after.count; i++) {
        assert_true(instant_before(m.now, after.keys[i].until));
    }
}

static bool signs_now(const struct key_making *m)
{
    struct key_folder *f = NULL;
    assert_int_equal(key_folder_open(m->dir, JPN, DOMAIN_EXERCISE, m->passphrase, &f, message), OK);
    const bool signs = keys_signer(key_folder_keys(f), KEY_SIGNING, m->now) != NULL &&
                       keys_signer(key_folder_keys(f), KEY_CHECKPOINT, m->now) != NULL;
    key_folder_close(f);
    return signs;
}

/* Whoever renews too late is not kept waiting for ten minutes more. */
static void test_renewed_too_late(void **state)
{
    (void)state;
    double at_s = 1e7;
    struct key_making m = making_at(at_s);
    assert_false(signs_now(&m));
    m.days = 1;
    assert_int_equal(key_making_rotate(&m, message), OK);
    assert_true(signs_now(&m));
    /* A minute from their end it is the same, so that nothing is interrupted. */
    at_s += 86400.0 - 120.0;
    m = making_at(at_s);
    assert_true(signs_now(&m));
    assert_int_equal(key_making_rotate(&m, message), OK);
    for (double s = 0.0; s < 900.0; s += 30.0) {
        m = making_at(at_s + s);
        assert_true(signs_now(&m));
    }
}

/* In an exercise in one process a boot follows from the seed; a node's never comes again, in any
 * domain. */
static void test_boots(void **state)
{
    (void)state;
    struct keys keys;
    struct keys_boot a;
    struct keys_boot b;
    keys_derive(3, JPN, &keys);
    keys_boot_make(&keys, KOR, 1, &a);
    keys_boot_make(&keys, KOR, 1, &b);
    assert_memory_equal(&a, &b, sizeof a);
    keys.derived = false;
    for (int domain = DOMAIN_LIVE; domain <= DOMAIN_TEST; domain++) {
        keys.list.domain = (enum domain)domain;
        keys_boot_make(&keys, KOR, 1, &a);
        keys_boot_make(&keys, KOR, 1, &b);
        assert_memory_not_equal(a.open.epoch.nonce, b.open.epoch.nonce, FRAME_NONCE_BYTES);
        assert_memory_not_equal(a.open.ephemeral_public, b.open.ephemeral_public, 32);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_file_round_trip),
        cmocka_unit_test(test_every_bit_and_every_cut_of_a_file),
        cmocka_unit_test(test_hostile_costs_are_refused_at_once),
        cmocka_unit_test(test_passphrases),
        cmocka_unit_test(test_where_a_passphrase_comes_from),
        cmocka_unit_test(test_permissions),
        cmocka_unit_test(test_writing_is_all_or_nothing),
        cmocka_unit_test(test_life_of_a_folder),
        cmocka_unit_test(test_officers),
        cmocka_unit_test(test_a_folder_that_is_not_in_order),
        cmocka_unit_test(test_a_full_folder),
        cmocka_unit_test(test_renewed_too_late),
        cmocka_unit_test(test_boots),
    };
    return cmocka_run_group_tests(tests, begin, folder_remove);
}
