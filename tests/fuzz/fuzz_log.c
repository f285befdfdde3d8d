/* A log of as many leaves as there are bytes, cut where the bytes say: its root is that of the
 * whole tree, its proofs hold, and a proof with one changed bit does not. */
#include "fuzz.h"

#include <string.h>

#include "share/log.h"

#define LEAVES_MAX 36 /* one more level than 32 have, and some */

static struct digest leaves[LEAVES_MAX];

static struct digest plain_root(uint32_t count)
{
    static struct digest work[LEAVES_MAX];
    memcpy(work, leaves, count * sizeof work[0]);
    return merkle_root(work, count);
}

static void check_growth(uint32_t old, uint32_t size, uint8_t which, struct digest root)
{
    struct log_span before;
    struct log_span since;
    struct digest proof[MERKLE_PROOF_MAX];
    uint32_t count = 0;
    log_span_init(&before, 0);
    log_span_init(&since, old);
    for (uint32_t i = 0; i < size; i++) {
        (void)log_span_append(i < old ? &before : &since, &leaves[i], NULL);
    }
    const struct digest old_root = plain_root(old);
    const struct digest kept = log_span_root(&before);
    FUZZ_CHECK(digest_equal(&kept, &old_root));
    log_prove_consistency(&before, &since, proof, &count);
    FUZZ_CHECK(merkle_verify_consistency(old, size, proof, count, &old_root, &root) == OK);
    if (count > 0) {
        proof[which % count].bytes[which % DIGEST_BYTES] ^= 1;
        FUZZ_CHECK(merkle_verify_consistency(old, size, proof, count, &old_root, &root) != OK);
    }
}

static void check_membership(uint32_t index, uint32_t size, uint8_t which, struct digest root)
{
    static struct digest work[LEAVES_MAX];
    struct digest proof[MERKLE_PROOF_MAX];
    uint32_t count = 0;
    memcpy(work, leaves, size * sizeof work[0]);
    FUZZ_CHECK(merkle_prove(work, size, index, proof, &count) == OK);
    FUZZ_CHECK(merkle_verify_inclusion(index, size, &leaves[index], proof, count, &root) == OK);
    FUZZ_CHECK(size == 1 || merkle_verify_inclusion((index + 1) % size, size, &leaves[index], proof,
                                                    count, &root) != OK);
    if (count > 0) {
        proof[which % count].bytes[which % DIGEST_BYTES] ^= 1;
        FUZZ_CHECK(merkle_verify_inclusion(index, size, &leaves[index], proof, count, &root) != OK);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 4) {
        return 0;
    }
    const uint32_t count = (uint32_t)(size < LEAVES_MAX ? size : LEAVES_MAX);
    for (uint32_t i = 0; i < count; i++) {
        /* Two equal leaves would let one stand for the other. */
        const uint8_t leaf[] = {data[i], (uint8_t)(i >> 8), (uint8_t)i};
        leaves[i] = merkle_leaf((struct bytes){leaf, sizeof leaf});
    }
    const struct digest root = plain_root(count);
    check_growth(1 + (uint32_t)(data[0] << 8 | data[1]) % count, count, data[2], root);
    check_membership((uint32_t)(data[1] << 8 | data[2]) % count, count, data[3], root);
    return 0;
}
