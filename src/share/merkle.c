#include "share/merkle.h"

#include <sodium.h>
#include <string.h>

struct digest merkle_leaf(struct bytes data)
{
    static const uint8_t prefix = 0x00;
    struct digest out;
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, &prefix, 1);
    if (data.size > 0) {
        crypto_hash_sha256_update(&state, data.data, data.size);
    }
    crypto_hash_sha256_final(&state, out.bytes);
    return out;
}

struct digest merkle_node(const struct digest *left, const struct digest *right)
{
    uint8_t message[1 + 2 * DIGEST_BYTES] = {0x01};
    memcpy(message + 1, left->bytes, DIGEST_BYTES);
    memcpy(message + 1 + DIGEST_BYTES, right->bytes, DIGEST_BYTES);
    struct digest out;
    crypto_hash_sha256(out.bytes, message, sizeof message);
    return out;
}

/* One level up. A last node without a sibling moves up as it is: pairing from the left in this way
 * gives the same tree as RFC 6962's split at the largest power of two. */
static uint32_t level_up(struct digest *nodes, uint32_t count)
{
    for (uint32_t i = 0; i + 1 < count; i += 2) {
        nodes[i / 2] = merkle_node(&nodes[i], &nodes[i + 1]);
    }
    if (count % 2 == 1) {
        nodes[count / 2] = nodes[count - 1];
    }
    return (count + 1) / 2;
}

struct digest merkle_root(struct digest *leaves, uint32_t count)
{
    if (count == 0) {
        struct digest out;
        crypto_hash_sha256(out.bytes, (const uint8_t *)"", 0);
        return out;
    }
    while (count > 1) {
        count = level_up(leaves, count);
    }
    return leaves[0];
}

result merkle_prove(struct digest *leaves, uint32_t count, uint32_t index,
                    struct digest proof[MERKLE_PROOF_MAX], uint32_t *proof_count)
{
    ENSURE(index < count, ERR_RANGE);
    uint32_t used = 0;
    while (count > 1) {
        const uint32_t sibling = index ^ 1u;
        if (sibling < count) {
            proof[used] = leaves[sibling];
            used++;
        }
        count = level_up(leaves, count);
        index /= 2;
    }
    *proof_count = used;
    return OK;
}

result merkle_root_of_proof(uint64_t index, uint64_t size, const struct digest *leaf,
                            const struct digest *proof, uint32_t proof_count, struct digest *root)
{
    ENSURE(index < size && proof_count <= MERKLE_PROOF_MAX, ERR_RANGE);
    uint64_t fn = index;
    uint64_t sn = size - 1;
    struct digest r = *leaf;
    for (uint32_t i = 0; i < proof_count; i++) {
        ENSURE(sn != 0, ERR_SIGNATURE);
        if ((fn & 1) == 1 || fn == sn) {
            r = merkle_node(&proof[i], &r);
            while ((fn & 1) == 0) { /* it ends: fn is sn then, and that is not 0 */
                fn >>= 1;
                sn >>= 1;
            }
        } else {
            r = merkle_node(&r, &proof[i]);
        }
        fn >>= 1;
        sn >>= 1;
    }
    ENSURE(sn == 0, ERR_SIGNATURE);
    *root = r;
    return OK;
}

result merkle_verify_inclusion(uint64_t index, uint64_t size, const struct digest *leaf,
                               const struct digest *proof, uint32_t proof_count,
                               const struct digest *root)
{
    struct digest r;
    TRY(merkle_root_of_proof(index, size, leaf, proof, proof_count, &r));
    return digest_equal(&r, root) ? OK : ERR_SIGNATURE;
}

/* RFC 9162, 2.1.4.2, steps 3 to 6; `fr` and `sr` start at the first node of the path. */
static result walk_consistency(uint64_t size1, uint64_t size2, const struct digest *path,
                               uint32_t count, struct digest fr, struct digest sr,
                               const struct digest *root1, const struct digest *root2)
{
    uint64_t fn = size1 - 1;
    uint64_t sn = size2 - 1;
    while ((fn & 1) == 1) {
        fn >>= 1;
        sn >>= 1;
    }
    for (uint32_t i = 0; i < count; i++) {
        ENSURE(sn != 0, ERR_SIGNATURE);
        if ((fn & 1) == 1 || fn == sn) {
            fr = merkle_node(&path[i], &fr);
            sr = merkle_node(&path[i], &sr);
            while ((fn & 1) == 0) { /* it ends, as above */
                fn >>= 1;
                sn >>= 1;
            }
        } else {
            sr = merkle_node(&sr, &path[i]);
        }
        fn >>= 1;
        sn >>= 1;
    }
    ENSURE(sn == 0 && digest_equal(&fr, root1) && digest_equal(&sr, root2), ERR_SIGNATURE);
    return OK;
}

result merkle_verify_consistency(uint64_t size1, uint64_t size2, const struct digest *proof,
                                 uint32_t proof_count, const struct digest *root1,
                                 const struct digest *root2)
{
    /* Every tree begins with the empty one: a proof of that proves nothing. */
    ENSURE(size1 > 0 && size1 <= size2 && proof_count <= MERKLE_PROOF_MAX, ERR_RANGE);
    if (size1 == size2) {
        ENSURE(proof_count == 0 && digest_equal(root1, root2), ERR_SIGNATURE);
        return OK;
    }
    ENSURE(proof_count > 0, ERR_SIGNATURE);
    /* The old tree is complete when its size is a power of two: its root starts the path. */
    if ((size1 & (size1 - 1)) == 0) {
        return walk_consistency(size1, size2, proof, proof_count, *root1, *root1, root1, root2);
    }
    return walk_consistency(size1, size2, proof + 1, proof_count - 1, proof[0], proof[0], root1,
                            root2);
}
