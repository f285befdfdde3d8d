/* Signed notes and checkpoints: against published examples, and what has another form. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "share/note.h"

#define DASH "\xe2\x80\x94 "

static struct bytes text(const char *t)
{
    return (struct bytes){(const uint8_t *)t, strlen(t)};
}

/* The signature line of golang.org/x/mod/sumdb/note's documentation: its verifier key is
 * "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW". */
static const char PETER[] =
    DASH "PeterNeumann "
         "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJ"
         "nAM=\n";

static void published_line_is_written_the_same(void **state)
{
    (void)state;
    static const char TEXT[] = "If you think cryptography is the answer to your problem,\n"
                               "then you don't know what your problem is.\n";
    uint8_t key[33];
    uint8_t blob[68];
    size_t size = 0;
    assert_int_equal(sodium_base642bin(key, sizeof key,
                                       "ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", 44, NULL,
                                       &size, NULL, sodium_base64_VARIANT_ORIGINAL),
                     0);
    assert_int_equal(size, 33);
    assert_int_equal(key[0], NOTE_LOG);
    const char *blob_text = PETER + strlen(DASH) + strlen("PeterNeumann ");
    assert_int_equal(sodium_base642bin(blob, sizeof blob, blob_text, strlen(blob_text) - 1, NULL,
                                       &size, NULL, sodium_base64_VARIANT_ORIGINAL),
                     0);
    assert_int_equal(
        crypto_sign_verify_detached(blob + 4, (const uint8_t *)TEXT, strlen(TEXT), key + 1), 0);
    uint8_t storage[NOTE_LINE_BYTES];
    struct byte_writer w = {storage, sizeof storage, 0};
    assert_int_equal(note_write_line("PeterNeumann", NOTE_LOG, key + 1, 0, blob + 4, &w), OK);
    assert_int_equal(w.size, strlen(PETER));
    assert_memory_equal(storage, PETER, w.size);
}

/* The example of C2SP tlog-cosignature. */
static const char EXAMPLE[] =
    "example.com/behind-the-sofa\n"
    "20852163\n"
    "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    "\n" DASH "example.com/behind-the-sofa "
    "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8="
    "\n" DASH "witness.example.com/w1 "
    "jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIU"
    "BkBIfZ+qnA==\n";

static void published_checkpoint_is_read(void **state)
{
    (void)state;
    struct note_head head;
    struct bytes body;
    uint8_t storage[NOTE_SIGNED_BYTES];
    struct byte_writer w = {storage, sizeof storage, 0};
    assert_int_equal(note_read(text(EXAMPLE), &head, &body), OK);
    assert_string_equal(head.origin, "example.com/behind-the-sofa");
    assert_int_equal(head.size, 20852163);
    assert_int_equal(head.root.bytes[0], 0x0a);
    assert_int_equal(head.root.bytes[31], 0x62);
    assert_int_equal(note_write_body(&head, &w), OK);
    assert_int_equal(w.size, body.size);
    assert_memory_equal(storage, EXAMPLE, w.size);
    /* The text that the specification shows as cosigned. */
    static const char COSIGNED[] = "cosignature/v1\n"
                                   "time 1679315147\n"
                                   "example.com/behind-the-sofa\n"
                                   "20852163\n"
                                   "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
    w.size = 0;
    assert_int_equal(note_cosigned_text(body, 1679315147, &w), OK);
    assert_int_equal(w.size, strlen(COSIGNED));
    assert_memory_equal(storage, COSIGNED, w.size);
    const uint8_t nobody[NOTE_PUBLIC_BYTES] = {1};
    assert_int_equal(
        note_verify(text(EXAMPLE), "witness.example.com/w1", NOTE_COSIGNER, nobody, NULL, NULL),
        ERR_NOT_FOUND);
}

static void other_forms_are_refused(void **state)
{
    (void)state;
    static const char *const WRONG[] = {
        "",
        "a\n",
        "a\n1\n",
        "a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n", /* no empty line */
        "a\n01\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n",
        "a\n-1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n",
        "a\n9999999999999999999\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n",
        "a b\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n",
        "a+b\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n",
        "a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=\n\n", /* bits that stand for nothing */
        "a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2\n\n",
        "a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\nmore\n\n", /* an extension */
    };
    struct note_head head;
    struct bytes body;
    for (size_t i = 0; i < sizeof WRONG / sizeof WRONG[0]; i++) {
        if (note_read(text(WRONG[i]), &head, &body) != ERR_FORMAT) {
            fail_msg("taken: %s", WRONG[i]);
        }
    }
}

static void what_is_signed_verifies_and_nothing_else(void **state)
{
    (void)state;
    uint8_t key[32];
    uint8_t secret[64];
    uint8_t seed[32] = {7};
    uint8_t storage[NOTE_BYTES_MAX];
    uint8_t cosigned[NOTE_SIGNED_BYTES];
    uint8_t signature[64];
    uint64_t time_s = 0;
    struct bytes line;
    struct note_head head = {.size = 5};
    const struct nation_id nation = {"KOR"};
    struct byte_writer w = {storage, sizeof storage, 0};
    struct byte_writer c = {cosigned, sizeof cosigned, 0};
    note_name(DOMAIN_EXERCISE, nation, head.origin);
    assert_string_equal(head.origin, "watchfire/exercise/KOR");
    crypto_sign_seed_keypair(key, secret, seed);
    assert_int_equal(note_write_body(&head, &w), OK);
    const struct bytes body = byte_writer_written(&w);
    crypto_sign_detached(signature, NULL, body.data, body.size, secret);
    assert_int_equal(byte_writer_u8(&w, '\n'), OK);
    assert_int_equal(note_write_line(head.origin, NOTE_LOG, key, 0, signature, &w), OK);
    assert_int_equal(note_cosigned_text(body, 1700000000, &c), OK);
    crypto_sign_detached(signature, NULL, cosigned, c.size, secret);
    assert_int_equal(note_write_line("someone", NOTE_COSIGNER, key, 1700000000, signature, &w), OK);
    const struct bytes note = byte_writer_written(&w);
    assert_int_equal(note_verify(note, head.origin, NOTE_LOG, key, NULL, NULL), OK);
    assert_int_equal(note_verify(note, "someone", NOTE_COSIGNER, key, &line, &time_s), OK);
    assert_int_equal(time_s, 1700000000);
    assert_ptr_equal(line.data + line.size, storage + w.size);
    /* One key under one name, but for another purpose. */
    assert_int_equal(note_verify(note, "someone", NOTE_LOG, key, NULL, NULL), ERR_NOT_FOUND);
    for (size_t i = 0; i < w.size; i++) {
        storage[i] ^= 1;
        const bool all = note_verify(note, head.origin, NOTE_LOG, key, NULL, NULL) == OK &&
                         note_verify(note, "someone", NOTE_COSIGNER, key, NULL, NULL) == OK;
        storage[i] ^= 1;
        if (all) {
            fail_msg("byte %zu can be changed", i);
        }
    }
}

/* A signature line whose blob is shorter than key ID, time and signature: no form at all. */
static void cut_signatures_are_refused(void **state)
{
    (void)state;
    static const char BODY[] = "a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n";
    const uint8_t key[NOTE_PUBLIC_BYTES] = {1};
    const uint8_t signature[NOTE_SIGNATURE_BYTES] = {2};
    const enum note_key kinds[] = {NOTE_LOG, NOTE_COSIGNER};
    for (int k = 0; k < 2; k++) {
        char note[NOTE_BYTES_MAX];
        memcpy(note, BODY, sizeof BODY);
        const size_t body = strlen(BODY);
        struct byte_writer w = {(uint8_t *)note, sizeof note, body};
        assert_int_equal(note_write_line("someone", kinds[k], key, 7, signature, &w), OK);
        uint8_t blob[96];
        size_t whole = 0;
        const size_t at = body + strlen(DASH) + strlen("someone ");
        assert_int_equal(sodium_base642bin(blob, sizeof blob, note + at, w.size - at - 1, NULL,
                                           &whole, NULL, sodium_base64_VARIANT_ORIGINAL),
                         0);
        assert_int_equal(whole, 4 + (k == 1 ? 8 : 0) + 64);
        for (size_t size = 0; size <= whole; size++) {
            sodium_bin2base64(note + at, sizeof note - at, blob, size,
                              sodium_base64_VARIANT_ORIGINAL);
            const size_t end = strlen(note);
            note[end] = '\n';
            const struct bytes cut = {(const uint8_t *)note, end + 1};
            const result r = note_verify(cut, "someone", kinds[k], key, NULL, NULL);
            assert_int_equal(r, size == whole ? ERR_SIGNATURE
                                : size > 0    ? size < 4 ? ERR_NOT_FOUND : ERR_FORMAT
                                              : ERR_FORMAT);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_line_is_written_the_same),
        cmocka_unit_test(published_checkpoint_is_read),
        cmocka_unit_test(other_forms_are_refused),
        cmocka_unit_test(what_is_signed_verifies_and_nothing_else),
        cmocka_unit_test(cut_signatures_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
