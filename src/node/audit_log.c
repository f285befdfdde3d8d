#include "node/audit_log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/log_trust.h"

#define OWN_AT_FIRST 1024

/* A checkpoint of ours. All of them are kept, 40 bytes each: the cosignature of a partner that was
 * cut off may be of one that is hours old. */
struct own {
    uint64_t size;
    struct digest root;
};

struct audit_log {
    struct audit_checkpoint *kept;
    uint32_t kept_count;
    uint32_t kept_told;
    uint32_t key_count;
    struct key_list keys[LIMIT_NATIONS];
    char name[NOTE_NAME_SIZE];
    struct log_span whole;
    int64_t second;
    uint64_t decisions_of; /* number of the leaf that the decisions below are of */
    size_t decisions_size; /* with the salt; 0 = none */
    uint8_t decisions[DIGEST_BYTES + LOG_DECISIONS_MAX * LOG_DECISION_BYTES];
    size_t own_count;
    size_t own_capacity;
    struct own *own;
    struct note_head seen[LIMIT_NATIONS];
    struct audit_log_counts counts;
};

struct audit_log *audit_log_new(struct audit_checkpoint *kept, uint32_t kept_count)
{
    struct audit_log *a = calloc(1, sizeof *a);
    if (a != NULL) {
        a->kept = kept;
        a->kept_count = kept_count;
        a->second = INT64_MIN;
        log_span_init(&a->whole, 0);
    }
    return a;
}

void audit_log_free(struct audit_log *a)
{
    free(a->own);
    free(a);
}

const struct audit_log_counts *audit_log_counts(const struct audit_log *a)
{
    return &a->counts;
}

void audit_log_keys(struct audit_log *a, const struct key_trust *keys, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        a->keys[i] = keys[i].list;
    }
    a->key_count = count;
    note_name(a->keys[0].domain, a->keys[0].nation, a->name);
}

__attribute__((format(printf, 2, 3))) static bool wrong(char text[AUDIT_LOG_TEXT_SIZE],
                                                        const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, AUDIT_LOG_TEXT_SIZE, format, arguments);
    va_end(arguments);
    return false;
}

/* The number in a key such as "leaf 17". */
static bool number_of(const char *key, const char *what, uint64_t *out)
{
    const size_t size = strlen(what);
    if (strncmp(key, what, size) != 0 || key[size] != ' ') {
        return false;
    }
    char *end = NULL;
    *out = strtoull(key + size + 1, &end, 10);
    return *end == '\0' && end != key + size + 1;
}

static void compare_kept(struct audit_log *a)
{
    for (uint32_t i = 0; i < a->kept_count; i++) {
        struct audit_checkpoint *kept = &a->kept[i];
        if (kept->head.size == a->whole.next && strcmp(kept->head.origin, a->name) == 0) {
            const struct digest root = log_span_root(&a->whole);
            kept->compared = digest_equal(&root, &kept->head.root);
        }
    }
}

static bool check_leaf(struct audit_log *a, uint64_t number, const struct journal_fact *fact,
                       const uint8_t *chain, char text[AUDIT_LOG_TEXT_SIZE])
{
    struct digest made[MERKLE_PROOF_MAX];
    struct byte_reader r = {fact->value, 1};
    int64_t second = 0;
    if (number != a->whole.next || fact->value.size < LOG_LEAF_BYTES) {
        return wrong(text, "leaf %llu of the transparency log, where %llu was to come",
                     (unsigned long long)number, (unsigned long long)a->whole.next);
    }
    const uint64_t bits = byte_reader_known_u64(&r);
    memcpy(&second, &bits, sizeof second);
    const struct digest leaf = merkle_leaf((struct bytes){fact->value.data, LOG_LEAF_BYTES});
    const uint32_t made_count = log_span_append(&a->whole, &leaf, made);
    const bool later = second > a->second;
    a->second = second;
    a->counts.leaves++;
    compare_kept(a);
    if (!later || fact->value.size != LOG_LEAF_BYTES + made_count * sizeof made[0] ||
        memcmp(fact->value.data + LOG_LEAF_BYTES, made, made_count * sizeof made[0]) != 0) {
        return wrong(text, "leaf %llu does not go on from the leaves before it",
                     (unsigned long long)number);
    }
    if (chain != NULL && memcmp(fact->value.data + 9 + DIGEST_BYTES, chain, DIGEST_BYTES) != 0) {
        return wrong(text, "leaf %llu was made over other inputs than those before it",
                     (unsigned long long)number);
    }
    if (a->decisions_size > 0 && a->decisions_of == number) {
        struct digest_key salt;
        memcpy(salt.bytes, a->decisions, sizeof salt.bytes);
        const struct bytes decisions = {a->decisions + DIGEST_BYTES,
                                        a->decisions_size - DIGEST_BYTES};
        const struct digest root = log_second_root(&salt, decisions);
        a->counts.decisions += decisions.size / LOG_DECISION_BYTES;
        if (memcmp(fact->value.data + 9, root.bytes, DIGEST_BYTES) != 0) {
            return wrong(text, "leaf %llu is not of the decisions that stand with it",
                         (unsigned long long)number);
        }
    }
    return true;
}

static bool check_decisions(struct audit_log *a, uint64_t number, const struct journal_fact *fact,
                            char text[AUDIT_LOG_TEXT_SIZE])
{
    a->decisions_size = 0;
    if (number != a->whole.next || fact->value.size <= DIGEST_BYTES ||
        fact->value.size > sizeof a->decisions ||
        (fact->value.size - DIGEST_BYTES) % LOG_DECISION_BYTES != 0) {
        return wrong(text, "decisions of no leaf, or not decisions");
    }
    memcpy(a->decisions, fact->value.data, fact->value.size);
    a->decisions_size = fact->value.size;
    a->decisions_of = number;
    return true;
}

/* Whether it is a checkpoint of the log `of`, signed by this key list's nation, whose log is called
 * `signer`. */
static bool is_signed(const struct key_list *key, struct bytes note, const char *of,
                      const char *signer, enum note_key kind, struct note_head *head)
{
    struct bytes body;
    return note_read(note, head, &body) == OK && strcmp(head->origin, of) == 0 &&
           log_trust_verify(key, INSTANT_UNSET, note, signer, kind, NULL) == OK;
}

static bool keep_own(struct audit_log *a, const struct note_head *head)
{
    if (a->own_count == a->own_capacity) {
        const size_t more = 2 * a->own_capacity + OWN_AT_FIRST;
        struct own *own = realloc(a->own, more * sizeof *own);
        if (own == NULL) {
            return false;
        }
        a->own = own;
        a->own_capacity = more;
    }
    a->own[a->own_count++] = (struct own){head->size, head->root};
    return true;
}

static bool check_checkpoint(struct audit_log *a, struct bytes note, char text[AUDIT_LOG_TEXT_SIZE])
{
    struct note_head head;
    const struct digest root = log_span_root(&a->whole);
    if (!is_signed(&a->keys[0], note, a->name, a->name, NOTE_LOG, &head)) {
        return wrong(text, "a checkpoint that this nation's key did not sign");
    }
    a->counts.checkpoints++;
    if (!keep_own(a, &head)) {
        return wrong(text,
                     "no memory for the checkpoint of %llu leaves: audit it on a larger "
                     "machine",
                     (unsigned long long)head.size);
    }
    if (head.size != a->whole.next || !digest_equal(&root, &head.root)) {
        return wrong(text, "the checkpoint of %llu leaves is not of the leaves before it",
                     (unsigned long long)head.size);
    }
    return true;
}

static uint32_t partner_of(const struct audit_log *a, const char *code)
{
    uint32_t i = 1;
    while (i < a->key_count && strcmp(a->keys[i].nation.code, code) != 0) {
        i++;
    }
    return i;
}

static bool check_cosigned(struct audit_log *a, uint32_t partner, struct bytes note,
                           char text[AUDIT_LOG_TEXT_SIZE])
{
    struct note_head head;
    char name[NOTE_NAME_SIZE];
    const struct key_list *key = &a->keys[partner];
    note_name(key->domain, key->nation, name);
    if (!is_signed(key, note, a->name, name, NOTE_COSIGNER, &head)) {
        return wrong(text, "a cosignature that is not %s's", key->nation.code);
    }
    a->counts.cosigned++;
    for (size_t i = a->own_count; i > 0; i--) {
        const struct own *own = &a->own[i - 1];
        if (own->size == head.size && digest_equal(&own->root, &head.root)) {
            return true;
        }
    }
    return wrong(text, "%s cosigned a checkpoint of %llu leaves that is not among ours",
                 key->nation.code, (unsigned long long)head.size);
}

static bool check_seen(struct audit_log *a, uint32_t partner, struct bytes note,
                       char text[AUDIT_LOG_TEXT_SIZE])
{
    struct note_head head;
    char name[NOTE_NAME_SIZE];
    const struct key_list *key = &a->keys[partner];
    note_name(key->domain, key->nation, name);
    if (!is_signed(key, note, name, name, NOTE_LOG, &head)) {
        return wrong(text, "a checkpoint of %s's log that %s did not sign", key->nation.code,
                     key->nation.code);
    }
    const bool grew = head.size > a->seen[partner].size;
    a->seen[partner] = head;
    a->counts.seen++;
    return grew || wrong(text, "a checkpoint of %s's log that had shrunk", key->nation.code);
}

bool audit_log_fact(struct audit_log *a, const struct journal_fact *fact, const uint8_t *chain,
                    char text[AUDIT_LOG_TEXT_SIZE])
{
    uint64_t number = 0;
    if (number_of(fact->key, "leaf", &number)) {
        return check_leaf(a, number, fact, chain, text);
    }
    if (number_of(fact->key, "decisions", &number)) {
        return check_decisions(a, number, fact, text);
    }
    if (strcmp(fact->key, "checkpoint") == 0) {
        return check_checkpoint(a, fact->value, text);
    }
    const char *blank = strchr(fact->key, ' ');
    const uint32_t partner = blank != NULL ? partner_of(a, blank + 1) : a->key_count;
    if (partner >= a->key_count) {
        return true;
    }
    if (strncmp(fact->key, "cosigned ", 9) == 0) {
        return check_cosigned(a, partner, fact->value, text);
    }
    if (strncmp(fact->key, "seen ", 5) == 0) {
        return check_seen(a, partner, fact->value, text);
    }
    if (strncmp(fact->key, "fork ", 5) == 0) {
        a->counts.forks++;
        return wrong(text,
                     "%s showed two histories of its log: both checkpoints stand in this fact, "
                     "signed by it",
                     a->keys[partner].nation.code);
    }
    return true;
}

bool audit_log_kept(struct audit_log *a, char text[AUDIT_LOG_TEXT_SIZE])
{
    while (a->kept_told < a->kept_count) {
        const struct audit_checkpoint *kept = &a->kept[a->kept_told];
        a->kept_told++;
        const unsigned long long size = kept->head.size;
        if (strcmp(kept->head.origin, a->name) != 0 || kept->compared) {
            continue; /* another nation's, or as it is in this journal */
        }
        if (log_trust_verify(&a->keys[0], INSTANT_UNSET, kept->note, a->name, NOTE_LOG, NULL) !=
            OK) {
            (void)wrong(text, "%.100s: not signed by this nation's key", kept->name);
        } else if (kept->head.size > a->whole.next) {
            (void)wrong(text,
                        "%.100s: this nation signed a log of %llu leaves; the journal has %llu: "
                        "it was cut, or an older copy put in its place",
                        kept->name, size, (unsigned long long)a->whole.next);
        } else {
            (void)wrong(text,
                        "%.100s: this nation signed another history of its first %llu leaves than "
                        "the journal holds",
                        kept->name, size);
        }
        return true;
    }
    return false;
}
