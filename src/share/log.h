/* The transparency log: one leaf for every second of a node's life, whether or not anything
 * happened in it.
 *
 * A leaf is 73 bytes: version 1 (1), the second, TAI since 1970 (8), the root over what was decided
 * in it (32), and the journal's chain at its end (32). That root is RFC 6962's over one leaf that
 * is only blinding, and then one for each decision, in order:
 *
 *   leaf 0   H(salt, "blind", 0, nothing)      H is digest_keyed; salt is of this second
 *   leaf i   H(salt, "blind", i, nothing) and the decision's bytes
 *
 * So a partner, who sees sizes, roots and proofs, learns nothing of what or how much was decided;
 * and one decision can be opened to the nation's own auditor without the others.
 *
 * Spans: what a log has to remember to prove, at any later size, that it only grew. */
#ifndef WATCHFIRE_SHARE_LOG_H
#define WATCHFIRE_SHARE_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/id.h"
#include "base/result.h"
#include "model/record.h"
#include "share/digest.h"
#include "share/merkle.h"

#define LOG_LEAF_BYTES 73
#define LOG_DECISION_BYTES 56
#define LOG_DECISIONS_MAX 1024 /* of one second; of more only the number is kept */
#define LOG_SPAN_NODES 128

/* One record and one partner: it went, or why not. */
struct log_decision {
    struct nation_id to;
    enum record_kind kind;
    uint8_t why; /* enum release_why; 0 would be "yes" */
    struct event_name event;
    struct digest record; /* merkle_leaf of the bytes that went, or would have been judged */
};

/* 56 bytes: to 3, kind 1, why 1, event name 16, number of decisions that were left out after it 3
 * (0 but in the last), record 32. */
void log_decision_encode(const struct log_decision *d, uint32_t left_out,
                         uint8_t out[LOG_DECISION_BYTES]);

/* Reads one back without believing it: a kind that is none is RECORD_UNKNOWN. */
void log_decision_decode(const uint8_t in[LOG_DECISION_BYTES], struct log_decision *out);

/* The leaf of a decision, or with no bytes of leaf 0, among those of its second. */
struct digest log_decision_leaf(const struct digest *blind, struct bytes decision);

/* The root over a second's decisions; `decisions` are `count` times LOG_DECISION_BYTES. */
struct digest log_second_root(const struct digest_key *salt, struct bytes decisions);

/* The proof that decision `index` (from 0) is among them, for merkle_verify_inclusion at index + 1
 * of count + 1. `blind` makes the decision its leaf (log_decision_leaf), and tells nothing of the
 * others. ERR_RANGE. */
MUST_USE result log_second_prove(const struct digest_key *salt, struct bytes decisions,
                                 uint32_t index, struct digest *blind,
                                 struct digest proof[MERKLE_PROOF_MAX], uint32_t *proof_count);

void log_leaf_encode(uint64_t second, const struct digest *root, const uint8_t chain[DIGEST_BYTES],
                     uint8_t out[LOG_LEAF_BYTES]);

/* A complete subtree: the leaves from `start` on, 2^level of them. */
struct log_node {
    uint64_t start;
    uint32_t level;
    struct digest hash;
};

/* The fewest complete subtrees that hold the leaves from `first` up to but not with `next`. */
struct log_span {
    uint64_t first;
    uint64_t next;
    uint32_t count;
    struct log_node nodes[LOG_SPAN_NODES];
};

void log_span_init(struct log_span *s, uint64_t first);

/* Appends a leaf. `made` (may be NULL) gets the inner nodes that it completes, lowest first: at
 * most MERKLE_PROOF_MAX; returns how many. */
uint32_t log_span_append(struct log_span *s, const struct digest *leaf,
                         struct digest made[MERKLE_PROOF_MAX]);

/* The root of the tree; of a span that begins at 0. */
struct digest log_span_root(const struct log_span *s);

/* RFC 6962, 2.1.1: that the leaf number before->next is in the tree of after->next leaves.
 *
 *   before  from 0 to that leaf
 *   after   from the leaf after it to the size */
void log_prove_inclusion(const struct log_span *before, const struct log_span *after,
                         struct digest proof[MERKLE_PROOF_MAX], uint32_t *count);

/* RFC 6962, 2.1.2: that the tree of before->next leaves is a beginning of that of since->next.
 *
 *   before  from 0 to the older size, at least 1
 *   since   from the older size to the newer */
void log_prove_consistency(const struct log_span *before, const struct log_span *since,
                           struct digest proof[MERKLE_PROOF_MAX], uint32_t *count);

#endif
