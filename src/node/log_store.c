#include "node/log_store.h"

#include <stdio.h>
#include <string.h>

result log_store_leaf(struct journal *j, uint64_t number, struct bytes *out)
{
    char key[JOURNAL_KEY_SIZE];
    (void)snprintf(key, sizeof key, "leaf %llu", (unsigned long long)number);
    TRY(journal_get_meta(j, key, out));
    return out->size >= LOG_LEAF_BYTES && (out->size - LOG_LEAF_BYTES) % DIGEST_BYTES == 0 ? OK
                                                                                           : ERR_IO;
}

bool log_store_note(struct journal *j, const char *kind, const char *nation, struct bytes *note,
                    struct note_head *head, struct bytes *body)
{
    char key[JOURNAL_KEY_SIZE];
    (void)snprintf(key, sizeof key, "%s%s%s", kind, nation[0] != '\0' ? " " : "", nation);
    return journal_get_meta(j, key, note) == OK && note_read(*note, head, body) == OK;
}

bool log_store_has_fork(struct journal *j, const char *nation)
{
    char key[JOURNAL_KEY_SIZE];
    struct journal_fact fact;
    (void)snprintf(key, sizeof key, "fork %s", nation);
    return journal_get_fact(j, key, j->last + 1, &fact) == OK && fact.position >= j->first;
}

result log_store_size(struct journal *j, uint64_t *size, int64_t *second)
{
    struct note_head head = {.size = 0};
    struct bytes note;
    struct bytes body;
    uint64_t count = log_store_note(j, "checkpoint", "", &note, &head, &body) ? head.size : 0;
    result read = log_store_leaf(j, count, &note);
    while (read == OK) {
        count++;
        read = log_store_leaf(j, count, &note);
    }
    ENSURE(read == ERR_NOT_FOUND, ERR_IO);
    *second = INT64_MIN;
    if (count > 0) {
        uint64_t number = 0;
        ENSURE(log_store_leaf(j, count - 1, &note) == OK, ERR_IO);
        struct byte_reader r = {note, 1};
        TRY(byte_reader_u64(&r, &number));
        memcpy(second, &number, sizeof number);
    }
    *size = count;
    return OK;
}

/* The subtree of 2^level leaves from `start` on: its hash stands with its last leaf. */
static result read_node(struct journal *j, uint64_t start, uint32_t level, struct digest *out)
{
    struct bytes leaf;
    ENSURE(log_store_leaf(j, start + (UINT64_C(1) << level) - 1, &leaf) == OK, ERR_IO);
    if (level == 0) {
        *out = merkle_leaf((struct bytes){leaf.data, LOG_LEAF_BYTES});
        return OK;
    }
    ENSURE(leaf.size >= LOG_LEAF_BYTES + (size_t)level * DIGEST_BYTES, ERR_IO);
    memcpy(out->bytes, leaf.data + LOG_LEAF_BYTES + (size_t)(level - 1) * DIGEST_BYTES,
           DIGEST_BYTES);
    return OK;
}

result log_store_span(struct journal *j, uint64_t first, uint64_t next, struct log_span *out)
{
    struct log_span s;
    log_span_init(&s, first);
    while (s.next < next) {
        uint32_t level = 0;
        while ((s.next >> level & 1) == 0 && level < 62 &&
               s.next + (UINT64_C(2) << level) <= next) {
            level++;
        }
        ENSURE(s.count < LOG_SPAN_NODES, ERR_IO);
        struct log_node *n = &s.nodes[s.count];
        *n = (struct log_node){.start = s.next, .level = level};
        TRY(read_node(j, n->start, level, &n->hash));
        s.count++;
        s.next += UINT64_C(1) << level;
    }
    *out = s;
    return OK;
}
