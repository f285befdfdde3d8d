/* Merkle trees of RFC 6962, section 2.1: SHA-256, leaves and nodes told apart by a prefix byte. */
#ifndef WATCHFIRE_SHARE_MERKLE_H
#define WATCHFIRE_SHARE_MERKLE_H

#include <stdint.h>

#include "base/bytes.h"
#include "base/result.h"
#include "share/digest.h"

/* No proof in a tree of fewer than 2^64 leaves is longer. */
#define MERKLE_PROOF_MAX 64

struct digest merkle_leaf(struct bytes data);
struct digest merkle_node(const struct digest *left, const struct digest *right);

/* The root over `count` leaf hashes, which are overwritten (they are the work space). The root of
 * no leaves is the hash of nothing. */
struct digest merkle_root(struct digest *leaves, uint32_t count);

/* The proof that leaf `index` is in the tree of `count` leaf hashes, which are overwritten.
 * ERR_RANGE if there is no such leaf. */
MUST_USE result merkle_prove(struct digest *leaves, uint32_t count, uint32_t index,
                             struct digest proof[MERKLE_PROOF_MAX], uint32_t *proof_count);

/* RFC 9162, 2.1.3.2. ERR_RANGE if index is not below size; ERR_SIGNATURE if the proof fails. */
MUST_USE result merkle_verify_inclusion(uint64_t index, uint64_t size, const struct digest *leaf,
                                        const struct digest *proof, uint32_t proof_count,
                                        const struct digest *root);

/* The root that the proof leads to, for whoever has a signature of it: RFC 9162, 2.1.3.2 without
 * the last comparison. ERR_RANGE if index is not below size; ERR_SIGNATURE for a proof of another
 * length than that tree's. */
MUST_USE result merkle_root_of_proof(uint64_t index, uint64_t size, const struct digest *leaf,
                                     const struct digest *proof, uint32_t proof_count,
                                     struct digest *root);

/* RFC 9162, 2.1.4.2: that the tree of size1 is a beginning of the tree of size2. ERR_RANGE if size1
 * is 0 or greater; ERR_SIGNATURE if the proof fails. */
MUST_USE result merkle_verify_consistency(uint64_t size1, uint64_t size2,
                                          const struct digest *proof, uint32_t proof_count,
                                          const struct digest *root1, const struct digest *root2);

#endif
