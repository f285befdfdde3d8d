#include "share/log.h"

#include <assert.h>
#include <string.h>

void log_decision_encode(const struct log_decision *d, uint32_t left_out,
                         uint8_t out[LOG_DECISION_BYTES])
{
    memcpy(out, d->to.code, 3);
    out[3] = (uint8_t)d->kind;
    out[4] = d->why;
    memcpy(out + 5, d->event.text, 16);
    out[21] = (uint8_t)(left_out >> 16);
    out[22] = (uint8_t)(left_out >> 8);
    out[23] = (uint8_t)left_out;
    memcpy(out + 24, d->record.bytes, DIGEST_BYTES);
}

void log_decision_decode(const uint8_t in[LOG_DECISION_BYTES], struct log_decision *out)
{
    memset(out, 0, sizeof *out);
    memcpy(out->to.code, in, 3);
    out->kind = in[3] < RECORD_KIND_COUNT ? (enum record_kind)in[3] : RECORD_UNKNOWN;
    out->why = in[4];
    memcpy(out->event.text, in + 5, 16);
    out->event.text[sizeof out->event.text - 1] = '\0';
    memcpy(out->record.bytes, in + 24, DIGEST_BYTES);
}

static struct digest blinding(const struct digest_key *salt, uint64_t number)
{
    uint8_t storage[8];
    return digest_keyed(salt, "blind", digest_number(number, storage), (struct bytes){NULL, 0});
}

struct digest log_decision_leaf(const struct digest *blind, struct bytes decision)
{
    uint8_t bytes[DIGEST_BYTES + LOG_DECISION_BYTES];
    assert(decision.size <= LOG_DECISION_BYTES);
    memcpy(bytes, blind->bytes, DIGEST_BYTES);
    if (decision.size > 0) {
        memcpy(bytes + DIGEST_BYTES, decision.data, decision.size);
    }
    return merkle_leaf((struct bytes){bytes, DIGEST_BYTES + decision.size});
}

static uint32_t make_leaves(const struct digest_key *salt, struct bytes decisions,
                            struct digest leaves[LOG_DECISIONS_MAX + 1])
{
    const uint32_t count = (uint32_t)(decisions.size / LOG_DECISION_BYTES);
    assert(decisions.size % LOG_DECISION_BYTES == 0 && count <= LOG_DECISIONS_MAX);
    for (uint32_t i = 0; i <= count; i++) {
        const struct digest blind = blinding(salt, i);
        const size_t at = (size_t)(i > 0 ? i - 1 : 0) * LOG_DECISION_BYTES;
        leaves[i] = log_decision_leaf(
            &blind, i > 0 ? (struct bytes){decisions.data + at, LOG_DECISION_BYTES}
                          : (struct bytes){NULL, 0});
    }
    return count + 1;
}

struct digest log_second_root(const struct digest_key *salt, struct bytes decisions)
{
    struct digest leaves[LOG_DECISIONS_MAX + 1];
    const uint32_t count = make_leaves(salt, decisions, leaves);
    return merkle_root(leaves, count);
}

result log_second_prove(const struct digest_key *salt, struct bytes decisions, uint32_t index,
                        struct digest *blind, struct digest proof[MERKLE_PROOF_MAX],
                        uint32_t *proof_count)
{
    struct digest leaves[LOG_DECISIONS_MAX + 1];
    const uint32_t count = make_leaves(salt, decisions, leaves);
    ENSURE(index + 1 < count, ERR_RANGE);
    *blind = blinding(salt, index + 1);
    return merkle_prove(leaves, count, index + 1, proof, proof_count);
}

void log_leaf_encode(uint64_t second, const struct digest *root, const uint8_t chain[DIGEST_BYTES],
                     uint8_t out[LOG_LEAF_BYTES])
{
    out[0] = 1;
    (void)digest_number(second, out + 1);
    memcpy(out + 9, root->bytes, DIGEST_BYTES);
    memcpy(out + 9 + DIGEST_BYTES, chain, DIGEST_BYTES);
}

void log_span_init(struct log_span *s, uint64_t first)
{
    memset(s, 0, sizeof *s);
    s->first = first;
    s->next = first;
}

uint32_t log_span_append(struct log_span *s, const struct digest *leaf,
                         struct digest made[MERKLE_PROOF_MAX])
{
    uint32_t completed = 0;
    assert(s->count < LOG_SPAN_NODES);
    s->nodes[s->count] = (struct log_node){.start = s->next, .level = 0, .hash = *leaf};
    s->count++;
    s->next++;
    while (s->count >= 2) {
        struct log_node *left = &s->nodes[s->count - 2];
        const struct log_node *right = &s->nodes[s->count - 1];
        if (left->level != right->level || (left->start >> left->level & 1) != 0) {
            break;
        }
        left->hash = merkle_node(&left->hash, &right->hash);
        left->level++;
        s->count--;
        if (made != NULL) {
            made[completed] = left->hash;
        }
        completed++;
    }
    return completed;
}

/* The hash over what lies from `from` on and ends at `to`. */
static struct digest fold(const struct log_span *s, uint64_t from, uint64_t to)
{
    struct digest hash = {{0}};
    bool any = false;
    for (uint32_t i = s->count; i > 0; i--) {
        const struct log_node *n = &s->nodes[i - 1];
        if (n->start >= from && n->start + (UINT64_C(1) << n->level) <= to) {
            hash = any ? merkle_node(&n->hash, &hash) : n->hash;
            any = true;
        }
    }
    assert(any);
    return hash;
}

struct digest log_span_root(const struct log_span *s)
{
    assert(s->first == 0);
    return s->next == 0 ? merkle_root(NULL, 0) : fold(s, 0, s->next);
}

static uint64_t largest_power_below(uint64_t n)
{
    uint64_t k = 1;
    while (k < n - k) {
        k <<= 1;
    }
    return k;
}

/* From the root down, as it was found; RFC 6962 has it the other way. */
static void turn_round(const struct digest *path, uint32_t used,
                       struct digest proof[MERKLE_PROOF_MAX])
{
    for (uint32_t i = 0; i < used; i++) {
        proof[i] = path[used - 1 - i];
    }
}

void log_prove_inclusion(const struct log_span *before, const struct log_span *after,
                         struct digest proof[MERKLE_PROOF_MAX], uint32_t *count)
{
    assert(before->first == 0 && after->first == before->next + 1);
    struct digest path[MERKLE_PROOF_MAX];
    uint32_t used = 0;
    uint64_t from = 0;
    uint64_t to = after->next;
    while (to - from > 1) {
        const uint64_t k = largest_power_below(to - from);
        assert(used < MERKLE_PROOF_MAX);
        if (before->next < from + k) {
            path[used] = fold(after, from + k, to);
            to = from + k;
        } else {
            path[used] = fold(before, from, from + k);
            from += k;
        }
        used++;
    }
    turn_round(path, used, proof);
    *count = used;
}

void log_prove_consistency(const struct log_span *before, const struct log_span *since,
                           struct digest proof[MERKLE_PROOF_MAX], uint32_t *count)
{
    assert(before->first == 0 && before->next >= 1 && before->next == since->first);
    struct digest path[MERKLE_PROOF_MAX];
    uint32_t used = 0;
    uint64_t from = 0;
    uint64_t to = since->next;
    uint64_t old = before->next;
    while (old != to - from) {
        const uint64_t k = largest_power_below(to - from);
        assert(used < MERKLE_PROOF_MAX);
        if (old <= k) {
            path[used] = fold(since, from + k, to);
            to = from + k;
        } else {
            path[used] = fold(before, from, from + k);
            from += k;
            old -= k;
        }
        used++;
    }
    if (from > 0) {
        path[used] = fold(before, from, to);
        used++;
    }
    turn_round(path, used, proof);
    *count = used;
}
