/* The transparency log: spans give the roots and the consistency proofs of RFC 6962, and a decision
 * can be opened alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "share/log.h"

#define LEAVES 140

static struct digest leaves[LEAVES];

static void make_leaves(void)
{
    for (uint32_t i = 0; i < LEAVES; i++) {
        uint8_t number[8];
        leaves[i] = merkle_leaf(digest_number(i, number));
    }
}

static struct digest plain_root(uint32_t count)
{
    struct digest work[LEAVES];
    memcpy(work, leaves, sizeof work);
    return merkle_root(work, count);
}

static struct log_span span_of(uint64_t first, uint64_t next)
{
    struct log_span s;
    log_span_init(&s, first);
    for (uint64_t i = first; i < next; i++) {
        (void)log_span_append(&s, &leaves[i], NULL);
    }
    return s;
}

static void roots_are_those_of_the_whole_tree(void **state)
{
    (void)state;
    make_leaves();
    struct log_span s;
    log_span_init(&s, 0);
    for (uint32_t count = 0; count <= LEAVES; count++) {
        const struct digest expected = plain_root(count);
        const struct digest root = log_span_root(&s);
        assert_true(digest_equal(&root, &expected));
        if (count < LEAVES) {
            struct digest made[MERKLE_PROOF_MAX];
            /* As many inner nodes are complete as the number of leaves ends in zero bits. */
            uint32_t expected_made = 0;
            while (((count + 1) >> expected_made & 1) == 0) {
                expected_made++;
            }
            assert_int_equal(log_span_append(&s, &leaves[count], made), expected_made);
        }
    }
}

static void every_growth_is_proved_and_no_other(void **state)
{
    (void)state;
    make_leaves();
    for (uint32_t old = 1; old < LEAVES; old++) {
        const struct log_span before = span_of(0, old);
        struct log_span since = span_of(old, old);
        const struct digest old_root = plain_root(old);
        for (uint32_t size = old; size <= LEAVES; size++) {
            struct digest proof[MERKLE_PROOF_MAX];
            uint32_t count = 0;
            const struct digest root = plain_root(size);
            log_prove_consistency(&before, &since, proof, &count);
            assert_int_equal(merkle_verify_consistency(old, size, proof, count, &old_root, &root),
                             OK);
            if (count > 0) {
                proof[count / 2].bytes[3] ^= 1;
                assert_int_not_equal(
                    merkle_verify_consistency(old, size, proof, count, &old_root, &root), OK);
            }
            if (size < LEAVES) {
                (void)log_span_append(&since, &leaves[size], NULL);
            }
        }
        assert_true(since.count <= 16);
    }
}

/* RFC 6962, 2.1.1; the verifier is RFC 9162's. */
static void every_leaf_is_proved_and_no_other(void **state)
{
    (void)state;
    make_leaves();
    for (uint32_t number = 0; number < LEAVES; number++) {
        const struct log_span before = span_of(0, number);
        struct log_span after = span_of(number + 1, number + 1);
        for (uint32_t size = number + 1; size <= LEAVES; size++) {
            struct digest proof[MERKLE_PROOF_MAX];
            uint32_t count = 0;
            const struct digest root = plain_root(size);
            const struct digest *leaf = &leaves[number];
            log_prove_inclusion(&before, &after, proof, &count);
            assert_int_equal(merkle_verify_inclusion(number, size, leaf, proof, count, &root), OK);
            if (count > 0) {
                const uint32_t next = (number + 1) % size;
                assert_int_equal(merkle_verify_inclusion(next, size, leaf, proof, count, &root),
                                 ERR_SIGNATURE);
                proof[count / 2].bytes[3] ^= 1;
                assert_int_equal(merkle_verify_inclusion(number, size, leaf, proof, count, &root),
                                 ERR_SIGNATURE);
            }
            if (size < LEAVES) {
                (void)log_span_append(&after, &leaves[size], NULL);
            }
        }
    }
}

/* A year of seconds fits into a span. */
static void a_long_log_needs_little(void **state)
{
    (void)state;
    make_leaves();
    struct log_span whole;
    struct log_span since;
    log_span_init(&whole, 0);
    log_span_init(&since, 77777);
    for (uint32_t i = 0; i < 1000000; i++) {
        (void)log_span_append(&whole, &leaves[i % LEAVES], NULL);
        if (i >= 77777) {
            (void)log_span_append(&since, &leaves[i % LEAVES], NULL);
        }
    }
    assert_true(whole.count <= 20);
    assert_true(since.count <= 40);
}

static void one_decision_is_opened_alone(void **state)
{
    (void)state;
    uint8_t bytes[7 * LOG_DECISION_BYTES];
    struct digest_key salt = {{5}};
    for (uint32_t i = 0; i < 7; i++) {
        struct log_decision d = {.kind = RECORD_TRACK, .why = (uint8_t)i};
        memcpy(d.to.code, "JPN", 4);
        d.record.bytes[0] = (uint8_t)i;
        log_decision_encode(&d, 0, bytes + (size_t)i * LOG_DECISION_BYTES);
    }
    const struct bytes all = {bytes, sizeof bytes};
    const struct digest root = log_second_root(&salt, all);
    for (uint32_t i = 0; i < 7; i++) {
        struct digest blind;
        struct digest proof[MERKLE_PROOF_MAX];
        uint32_t count = 0;
        assert_int_equal(log_second_prove(&salt, all, i, &blind, proof, &count), OK);
        const struct bytes one = {bytes + (size_t)i * LOG_DECISION_BYTES, LOG_DECISION_BYTES};
        const struct digest leaf = log_decision_leaf(&blind, one);
        assert_int_equal(merkle_verify_inclusion(i + 1, 8, &leaf, proof, count, &root), OK);
        assert_int_not_equal(
            merkle_verify_inclusion((i + 1) % 7 + 1, 8, &leaf, proof, count, &root), OK);
    }
    struct digest blind;
    struct digest proof[MERKLE_PROOF_MAX];
    uint32_t count = 0;
    assert_int_equal(log_second_prove(&salt, all, 7, &blind, proof, &count), ERR_RANGE);
    /* Nothing decided twice does not look the same. */
    const struct digest empty = log_second_root(&salt, (struct bytes){NULL, 0});
    salt.bytes[1] = 1;
    const struct digest other = log_second_root(&salt, (struct bytes){NULL, 0});
    assert_false(digest_equal(&empty, &other));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(roots_are_those_of_the_whole_tree),
        cmocka_unit_test(every_growth_is_proved_and_no_other),
        cmocka_unit_test(every_leaf_is_proved_and_no_other),
        cmocka_unit_test(a_long_log_needs_little),
        cmocka_unit_test(one_decision_is_opened_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
