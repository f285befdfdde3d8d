/* Proofs that must pass and proofs that must fail: transparency-dev/merkle, testdata
 * (Apache-2.0). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>
#include <sodium.h>

#include "share/merkle.h"

struct tally {
    int passed;
    int refused;
};

/* A text that is not the base64 of 32 bytes ("don't care", a hash too short) stands for the hash of
 * itself: equal to nothing but itself. */
static bool read_digest(const json_t *value, struct digest *out)
{
    const char *text = json_string_value(value);
    size_t size = 0;
    if (text == NULL || text[0] == '\0') {
        return false;
    }
    const int read = sodium_base642bin(out->bytes, sizeof out->bytes, text, strlen(text), NULL,
                                       &size, NULL, sodium_base64_VARIANT_ORIGINAL);
    if (read != 0 || size != DIGEST_BYTES) {
        *out = merkle_leaf((struct bytes){(const uint8_t *)text, strlen(text)});
    }
    return true;
}

static bool read_proof(const json_t *list, struct digest proof[MERKLE_PROOF_MAX], uint32_t *count)
{
    *count = (uint32_t)json_array_size(list);
    if (*count > MERKLE_PROOF_MAX) {
        return false;
    }
    for (uint32_t i = 0; i < *count; i++) {
        if (!read_digest(json_array_get(list, i), &proof[i])) {
            return false;
        }
    }
    return true;
}

/* The files have 2^64 - 1, which the reader takes only as a real number. */
static uint64_t number(const json_t *object, const char *key)
{
    const double value = json_real_value(json_object_get(object, key));
    assert_true(value >= 0.0);
    return value >= 9e18 ? UINT64_MAX : (uint64_t)value;
}

static bool inclusion_holds(const json_t *o)
{
    struct digest leaf;
    struct digest root;
    struct digest proof[MERKLE_PROOF_MAX];
    uint32_t count = 0;
    return read_digest(json_object_get(o, "leafHash"), &leaf) &&
           read_digest(json_object_get(o, "root"), &root) &&
           read_proof(json_object_get(o, "proof"), proof, &count) &&
           merkle_verify_inclusion(number(o, "leafIdx"), number(o, "treeSize"), &leaf, proof, count,
                                   &root) == OK;
}

static bool consistency_holds(const json_t *o)
{
    struct digest root1;
    struct digest root2;
    struct digest proof[MERKLE_PROOF_MAX];
    uint32_t count = 0;
    return read_digest(json_object_get(o, "root1"), &root1) &&
           read_digest(json_object_get(o, "root2"), &root2) &&
           read_proof(json_object_get(o, "proof"), proof, &count) &&
           merkle_verify_consistency(number(o, "size1"), number(o, "size2"), proof, count, &root1,
                                     &root2) == OK;
}

static void check_file(const char *path, bool (*holds)(const json_t *), struct tally *tally)
{
    json_t *o = json_load_file(path, JSON_DECODE_INT_AS_REAL, NULL);
    assert_non_null(o);
    const bool want = !json_is_true(json_object_get(o, "wantErr"));
    const bool got = holds(o);
    if (want != got) {
        print_error("%s: expected %s\n", path, want ? "to hold" : "to fail");
    }
    assert_int_equal(want, got);
    tally->passed += got ? 1 : 0;
    tally->refused += got ? 0 : 1;
    json_decref(o);
}

static void check_folder(const char *path, bool (*holds)(const json_t *), struct tally *tally)
{
    DIR *folder = opendir(path);
    if (folder == NULL) {
        return;
    }
    for (const struct dirent *e = readdir(folder); e != NULL; e = readdir(folder)) {
        char inner[1024];
        if (e->d_name[0] == '.') {
            continue;
        }
        snprintf(inner, sizeof inner, "%s/%s", path, e->d_name);
        const size_t size = strlen(inner);
        if (size > 5 && strcmp(inner + size - 5, ".json") == 0) {
            check_file(inner, holds, tally);
        } else {
            check_folder(inner, holds, tally);
        }
    }
    closedir(folder);
}

static void run_folder(const char *name, bool (*holds)(const json_t *))
{
    const char *shared = getenv("WATCHFIRE_SHARED");
    char path[1024];
    struct tally tally = {0, 0};
    if (shared != NULL) {
        snprintf(path, sizeof path, "%s/merkle/%s", shared, name);
        check_folder(path, holds, &tally);
    }
    if (tally.passed + tally.refused == 0) {
        print_message("no Merkle proofs: WATCHFIRE_SHARED is unset or has none\n");
        skip();
    }
    print_message("%s: %d hold, %d fail\n", name, tally.passed, tally.refused);
    assert_true(tally.passed > 0 && tally.refused > 0);
}

static void test_published_inclusion_proofs(void **state)
{
    (void)state;
    run_folder("inclusion", inclusion_holds);
}

static void test_published_consistency_proofs(void **state)
{
    (void)state;
    run_folder("consistency", consistency_holds);
}

static void from_hex(const char *hex, struct digest *out)
{
    size_t size = 0;
    assert_int_equal(sodium_hex2bin(out->bytes, DIGEST_BYTES, hex, strlen(hex), NULL, &size, NULL),
                     0);
    assert_int_equal(size, DIGEST_BYTES);
}

/* The roots of the first eight trees over the leaves of the reference implementation of RFC 6962
 * (certificate-transparency, merkletree tests). */
static void test_reference_roots(void **state)
{
    (void)state;
    static const char *const leaves[] = {
        "",
        "\x00",
        "\x10",
        "\x20\x21",
        "\x30\x31",
        "\x40\x41\x42\x43",
        "\x50\x51\x52\x53\x54\x55\x56\x57",
        "\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f"};
    static const size_t sizes[] = {0, 1, 1, 2, 2, 4, 8, 16};
    static const char *const roots[] = {
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
    for (uint32_t count = 1; count <= 8; count++) {
        struct digest work[8];
        struct digest expected;
        for (uint32_t i = 0; i < count; i++) {
            work[i] = merkle_leaf((struct bytes){(const uint8_t *)leaves[i], sizes[i]});
        }
        from_hex(roots[count - 1], &expected);
        const struct digest root = merkle_root(work, count);
        assert_memory_equal(root.bytes, expected.bytes, DIGEST_BYTES);
    }
}

static void test_own_proofs_hold_and_altered_ones_fail(void **state)
{
    (void)state;
    for (uint32_t count = 1; count <= 40; count++) {
        for (uint32_t index = 0; index < count; index++) {
            struct digest leaves[40];
            struct digest work[40];
            struct digest proof[MERKLE_PROOF_MAX];
            uint32_t proof_count = 0;
            for (uint32_t i = 0; i < count; i++) {
                const uint8_t byte = (uint8_t)i;
                leaves[i] = merkle_leaf((struct bytes){&byte, 1});
            }
            memcpy(work, leaves, sizeof work);
            const struct digest root = merkle_root(work, count);
            memcpy(work, leaves, sizeof work);
            assert_int_equal(merkle_prove(work, count, index, proof, &proof_count), OK);
            assert_int_equal(
                merkle_verify_inclusion(index, count, &leaves[index], proof, proof_count, &root),
                OK);
            if (count > 1) {
                assert_int_equal(merkle_verify_inclusion(index, count, &leaves[(index + 1) % count],
                                                         proof, proof_count, &root),
                                 ERR_SIGNATURE);
                proof[0].bytes[5] ^= 1;
                assert_int_equal(merkle_verify_inclusion(index, count, &leaves[index], proof,
                                                         proof_count, &root),
                                 ERR_SIGNATURE);
            }
        }
    }
}

/* RFC 9162, 2.1.3.2, step 1 and step 3: an index that no tree of that size has, and a proof that is
 * longer or shorter than that tree's. */
static void test_proofs_that_fit_no_tree(void **state)
{
    (void)state;
    struct digest leaves[5];
    struct digest proof[MERKLE_PROOF_MAX + 1] = {{{0}}};
    uint32_t count = 0;
    for (uint8_t i = 0; i < 5; i++) {
        leaves[i] = merkle_leaf((struct bytes){&i, 1});
    }
    const struct digest leaf = leaves[3];
    struct digest work[5];
    memcpy(work, leaves, sizeof work);
    const struct digest root = merkle_root(work, 5);
    assert_int_equal(merkle_prove(leaves, 5, 3, proof, &count), OK);
    assert_int_equal(merkle_verify_inclusion(3, 5, &leaf, proof, count, &root), OK);
    assert_int_equal(merkle_verify_inclusion(5, 5, &leaf, proof, count, &root), ERR_RANGE);
    assert_int_equal(merkle_verify_inclusion(3, 5, &leaf, proof, count + 1, &root), ERR_SIGNATURE);
    assert_int_equal(merkle_verify_inclusion(3, 5, &leaf, proof, count - 1, &root), ERR_SIGNATURE);
    assert_int_equal(merkle_verify_inclusion(3, 5, &leaf, proof, MERKLE_PROOF_MAX + 1, &root),
                     ERR_RANGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_published_inclusion_proofs),
        cmocka_unit_test(test_published_consistency_proofs),
        cmocka_unit_test(test_reference_roots),
        cmocka_unit_test(test_own_proofs_hold_and_altered_ones_fail),
        cmocka_unit_test(test_proofs_that_fit_no_tree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
