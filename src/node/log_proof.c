#include "node/log_proof.h"

#include <stdio.h>
#include <string.h>

#include "node/log_store.h"
#include "node/log_trust.h"

static result prove_second(struct journal *j, uint32_t index, struct log_proof *p)
{
    char key[JOURNAL_KEY_SIZE];
    struct bytes fact;
    struct digest_key salt;
    (void)snprintf(key, sizeof key, "decisions %llu", (unsigned long long)p->number);
    TRY(journal_get_meta(j, key, &fact));
    ENSURE(fact.size > DIGEST_BYTES && (fact.size - DIGEST_BYTES) % LOG_DECISION_BYTES == 0,
           ERR_IO);
    const struct bytes all = {fact.data + DIGEST_BYTES, fact.size - DIGEST_BYTES};
    ENSURE(all.size <= (size_t)LOG_DECISIONS_MAX * LOG_DECISION_BYTES, ERR_IO);
    ENSURE(index < all.size / LOG_DECISION_BYTES, ERR_NOT_FOUND);
    memcpy(salt.bytes, fact.data, sizeof salt.bytes);
    memcpy(p->decision, all.data + (size_t)index * LOG_DECISION_BYTES, LOG_DECISION_BYTES);
    p->place = (uint64_t)index + 1;
    p->places = all.size / LOG_DECISION_BYTES + 1;
    return log_second_prove(&salt, all, index, &p->blind, p->second, &p->second_count);
}

static result prove_leaf(struct journal *j, struct log_proof *p)
{
    struct note_head head;
    struct log_span before;
    struct log_span after;
    struct bytes note;
    struct bytes body;
    struct bytes leaf;
    ENSURE(log_store_note(j, "checkpoint", "", &note, &head, &body) && head.size > p->number,
           ERR_STATE);
    ENSURE(note.size <= sizeof p->note, ERR_IO);
    p->note_size = (uint32_t)note.size;
    memcpy(p->note, note.data, note.size);
    TRY(log_store_leaf(j, p->number, &leaf));
    memcpy(p->leaf, leaf.data, sizeof p->leaf);
    TRY(log_store_span(j, 0, p->number, &before));
    TRY(log_store_span(j, p->number + 1, head.size, &after));
    log_prove_inclusion(&before, &after, p->log, &p->log_count);
    return OK;
}

result log_proof_make(struct journal *j, uint64_t number, uint32_t index, struct log_proof *out)
{
    struct log_proof p;
    memset(&p, 0, sizeof p);
    p.number = number;
    TRY(prove_second(j, index, &p));
    TRY(prove_leaf(j, &p));
    *out = p;
    return OK;
}

const char *log_proof_fault(const struct log_proof *p, const struct key_list *keys)
{
    const struct bytes decision = {p->decision, sizeof p->decision};
    const struct bytes note = {p->note, p->note_size};
    const struct digest in_second = log_decision_leaf(&p->blind, decision);
    const struct digest in_log = merkle_leaf((struct bytes){p->leaf, sizeof p->leaf});
    struct digest second_root;
    struct note_head head;
    struct bytes body;
    char name[NOTE_NAME_SIZE];
    memcpy(second_root.bytes, p->leaf + 9, DIGEST_BYTES);
    note_name(keys->domain, keys->nation, name);
    if (note_read(note, &head, &body) != OK || strcmp(head.origin, name) != 0) {
        return "the checkpoint is not of that nation's log";
    }
    if (log_trust_verify(keys, INSTANT_UNSET, note, name, NOTE_LOG, NULL) != OK) {
        return "no key of that nation signed the checkpoint";
    }
    if (merkle_verify_inclusion(p->number, head.size, &in_log, p->log, p->log_count, &head.root) !=
        OK) {
        return "the leaf is not in the log that the checkpoint is of";
    }
    if (p->leaf[0] != 1 || p->place == 0 ||
        merkle_verify_inclusion(p->place, p->places, &in_second, p->second, p->second_count,
                                &second_root) != OK) {
        return "the decision is not in that leaf";
    }
    return NULL;
}

struct instant log_proof_time(const struct log_proof *p)
{
    struct byte_reader r = {{p->leaf, sizeof p->leaf}, 1};
    uint64_t second = 0;
    if (byte_reader_u64(&r, &second) != OK || second > (uint64_t)(INT64_MAX / NS_PER_S)) {
        return INSTANT_UNSET;
    }
    return (struct instant){(int64_t)second * NS_PER_S};
}
