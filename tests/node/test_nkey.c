/* NKeys against the examples of those who specified them. */
#include "node/nkey.h"

#include <fcntl.h>
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static const char folder_form[] = "/tmp/watchfire-nkey-XXXXXX";
static char folder[sizeof folder_form];
static char path[64];

static int make_folder(void **state)
{
    (void)state;
    memcpy(folder, folder_form, sizeof folder);
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/carrier.nk", folder);
    return sodium_init() < 0;
}

static int remove_folder(void **state)
{
    (void)state;
    (void)unlink(path);
    return rmdir(folder);
}

static void write_file(const char *text, mode_t mode)
{
    (void)unlink(path);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    assert_int_equal(chmod(path, mode), 0);
}

/* The pairs of nkeys/README.md ("Basic API Usage") and of nats.c 3.4.1, test/test.c
 * (NKeyFromSeed). */
static void test_published_pairs(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"SUAKYRHVIOREXV7EUZTBHUHL7NUMHPMAS7QMDU3GTIUWEI5LDNOXD43IZY",
         "UD466L6EBCM3YY5HEGHJANNTN4LSKTSUXTH7RILHCKEQMQHTBNLHJJXT"},
        {"SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY",
         "UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4"}};
    for (size_t i = 0; i < 2; i++) {
        struct nkey key;
        char seed[NKEY_SEED_TEXT];
        assert_int_equal(nkey_from_text(pairs[i][0], &key), OK);
        assert_string_equal(key.text, pairs[i][1]);
        nkey_seed_text(&key, seed);
        assert_string_equal(seed, pairs[i][0]);
    }
}

/* nats.c 3.4.1, test/test.c, test_natsKeys: the signature of "nonce". */
static void test_published_signature(void **state)
{
    (void)state;
    static const uint8_t expected[64] = {
        155, 157, 8,   183, 93,  154, 78,  7,   219, 39,  11,  16,  134, 231, 46,  142,
        168, 87,  110, 202, 187, 180, 179, 62,  49,  255, 225, 74,  48,  80,  176, 111,
        248, 162, 121, 188, 203, 101, 100, 195, 162, 70,  213, 182, 220, 14,  71,  113,
        93,  239, 141, 131, 66,  190, 237, 127, 104, 191, 138, 217, 227, 1,   92,  14};
    struct nkey key;
    uint8_t signature[64];
    assert_int_equal(
        nkey_from_text("SUAMK2FG4MI6UE3ACF3FK3OIQBCEIEZV7NSWFFEW63UXMRLFM2XLAXK4GY", &key), OK);
    crypto_sign_detached(signature, NULL, (const uint8_t *)"nonce", 5, key.secret);
    assert_memory_equal(signature, expected, sizeof expected);
}

/* Every change of one letter, and whatever is longer, shorter or of another kind, is refused. */
static void test_no_key(void **state)
{
    (void)state;
    const char good[] = "SUAMK2FG4MI6UE3ACF3FK3OIQBCEIEZV7NSWFFEW63UXMRLFM2XLAXK4GY";
    struct nkey before;
    memset(&before, 7, sizeof before);
    struct nkey key = before;
    for (size_t at = 0; at < sizeof good - 1; at++) {
        for (const char *c = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"; *c != '\0'; c++) {
            char text[sizeof good];
            memcpy(text, good, sizeof good);
            text[at] = *c;
            assert_int_equal(nkey_from_text(text, &key), *c == good[at] ? OK : ERR_FORMAT);
            if (*c != good[at]) {
                assert_memory_equal(&key, &before, sizeof key);
            }
            key = before;
        }
    }
    /* Of nats.c, test_natsKeys: right sums, but no seed of a user; then a public key, and so on. */
    static const char *const others[] = {
        "LBMVISCJKNEVGTSPKRAVMQKMJFCFGRKFIQ52C",
        "SUAMK2FG4MI6UE3ACF3FK3OIQBCEIEZV7NSWFFEW63UXMRLFM2XLAXK4AA",
        "UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4",
        "suamk2fg4mi6ue3acf3fk3oiqbceiezv7nswffew63uxmrlfm2xlaxk4gy",
        "SUAMK2FG4MI6UE3ACF3FK3OIQBCEIEZV7NSWFFEW63UXMRLFM2XLAXK4GY ",
        "SUAMK2FG4MI6UE3ACF3FK3OIQBCEIEZV7NSWFFEW63UXMRLFM2XLAXK4GY=",
        "",
    };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        assert_int_equal(nkey_from_text(others[i], &key), ERR_FORMAT);
    }
}

static void test_file(void **state)
{
    (void)state;
    char message[NKEY_MESSAGE_MAX] = "unchanged";
    struct nkey key;
    struct nkey again;
    uint8_t seed[32];
    memset(seed, 3, sizeof seed);
    nkey_from_seed(seed, &key);
    assert_int_equal(nkey_write(path, &key, message), OK);
    struct stat about;
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    assert_int_equal(nkey_read(path, message, &again), OK);
    assert_memory_equal(&again, &key, sizeof key);
    assert_string_equal(message, "unchanged");

    assert_int_equal(nkey_write(path, &key, message), ERR_STATE);
    assert_non_null(strstr(message, path));
    assert_non_null(strstr(message, "exists"));
}

static void refused(result expected, const char *text, mode_t mode, const char *said)
{
    char message[NKEY_MESSAGE_MAX] = "";
    struct nkey key = {.text = "kept"};
    write_file(text, mode);
    assert_int_equal(nkey_read(path, message, &key), expected);
    assert_string_equal(key.text, "kept");
    if (strstr(message, path) == NULL || strstr(message, said) == NULL) {
        fail_msg("'%s' instead of '%s'", message, said);
    }
}

static void test_file_refused(void **state)
{
    (void)state;
    char message[NKEY_MESSAGE_MAX] = "";
    struct nkey key;
    const char good[] = "SUAMK2FG4MI6UE3ACF3FK3OIQBCEIEZV7NSWFFEW63UXMRLFM2XLAXK4GY\n";
    refused(ERR_DENIED, good, 0640, "chmod 600");
    refused(ERR_DENIED, good, 0604, "mode 604");
    refused(ERR_FORMAT, "", 0600, ":1: the file ends");
    refused(ERR_FORMAT, "# no key\n\n", 0600, ":3: the file ends");
    refused(ERR_FORMAT, "# a key\nSUAMK2FG\n", 0600, ":2: this is none");
    char two[256];
    snprintf(two, sizeof two, "%s%s", good, good);
    refused(ERR_FORMAT, two, 0600, ":2: a second key");
    /* What lies behind a NUL, or beyond what is read, might be a second one too. */
    static char whole[5000];
    (void)snprintf(whole, sizeof whole, "%s%4200s", good, "#");
    refused(ERR_FORMAT, whole, 0600, "no text of less than 4095 bytes");
    write_file(good, 0600);
    FILE *file = fopen(path, "a");
    assert_non_null(file);
    assert_int_equal(fputc('\0', file), '\0');
    assert_int_equal(fclose(file), 0);
    assert_int_equal(nkey_read(path, message, &key), ERR_FORMAT);
    assert_non_null(strstr(message, "no text"));
    assert_int_equal(unlink(path), 0);
    assert_int_equal(nkey_read(path, message, &key), ERR_NOT_FOUND);
    assert_non_null(strstr(message, "No such file"));
    assert_int_equal(nkey_read(folder, message, &key), ERR_IO);
    assert_non_null(strstr(message, "not a file"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_published_pairs),
        cmocka_unit_test(test_published_signature),
        cmocka_unit_test(test_no_key),
        cmocka_unit_test_setup_teardown(test_file, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_file_refused, make_folder, remove_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
