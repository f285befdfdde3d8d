/* A transparency log in a journal, fact by fact: each way in which one can be false is found and
 * said in words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "node/audit_log.h"
#include "node/keys.h"

#define JPN ((struct nation_id){"JPN"})
#define KOR ((struct nation_id){"KOR"})
#define NOW ((struct instant){INT64_C(1664835600000000000)})
#define DECISIONS_BYTES_MAX (DIGEST_BYTES + (LOG_DECISIONS_MAX + 1) * LOG_DECISION_BYTES)

static const uint8_t CHAIN[JOURNAL_CHAIN_BYTES] = {7};

static struct keys kor;
static struct keys jpn;
static struct audit_log *log_of_kor;
static struct log_span span; /* of the leaves that were made */
static uint64_t second;
static char text[AUDIT_LOG_TEXT_SIZE];

static void begin(struct audit_checkpoint *kept, uint32_t kept_count)
{
    struct key_trust trusts[2];
    assert_int_equal(keys_start(), OK);
    keys_derive(1, KOR, &kor);
    keys_derive(1, JPN, &jpn);
    key_trust_fix(&kor.list, &trusts[0]);
    key_trust_fix(&jpn.list, &trusts[1]);
    log_span_init(&span, 0);
    second = 1664835600;
    log_of_kor = audit_log_new(kept, kept_count);
    assert_non_null(log_of_kor);
    audit_log_keys(log_of_kor, trusts, 2);
}

static bool take(const char *key, struct bytes value, const uint8_t *chain)
{
    const struct journal_fact fact = {.key = key, .value = value};
    text[0] = '\0';
    return audit_log_fact(log_of_kor, &fact, chain, text);
}

static void fine(const char *key, struct bytes value)
{
    if (!take(key, value, CHAIN)) {
        fail_msg("%s: %s", key, text);
    }
}

static void wrong(const char *key, struct bytes value, const char *words)
{
    assert_false(take(key, value, CHAIN));
    if (strstr(text, words) == NULL) {
        fail_msg("%s: \"%s\", and not \"%s\"", key, text, words);
    }
}

/* The next leaf, with the inner nodes that it completes, as the log's keeper writes it. */
static struct bytes next_leaf(const struct digest *root)
{
    static uint8_t bytes[LOG_LEAF_BYTES + MERKLE_PROOF_MAX * DIGEST_BYTES + 1];
    static const struct digest none;
    struct digest made[MERKLE_PROOF_MAX];
    second++;
    log_leaf_encode(second, root != NULL ? root : &none, CHAIN, bytes);
    const struct digest leaf = merkle_leaf((struct bytes){bytes, LOG_LEAF_BYTES});
    const uint32_t count = log_span_append(&span, &leaf, made);
    memcpy(bytes + LOG_LEAF_BYTES, made, count * sizeof made[0]);
    return (struct bytes){bytes, LOG_LEAF_BYTES + count * sizeof made[0]};
}

static void leaves_go_on_from_each_other(void **state)
{
    (void)state;
    begin(NULL, 0);
    struct bytes leaf = next_leaf(NULL);
    wrong("leaf 1", leaf, "leaf 1 of the transparency log, where 0 was to come");
    wrong("leaf 0", (struct bytes){leaf.data, LOG_LEAF_BYTES - 1}, "where 0 was to come");
    fine("leaf 0", leaf);
    second--; /* the second that the leaf before it has */
    wrong("leaf 1", next_leaf(NULL), "leaf 1 does not go on");
    leaf = next_leaf(NULL);
    wrong("leaf 2", (struct bytes){leaf.data, leaf.size + 1}, "leaf 2 does not go on");
    leaf = next_leaf(NULL);
    assert_int_equal(leaf.size, LOG_LEAF_BYTES + 2 * DIGEST_BYTES);
    ((uint8_t *)leaf.data)[leaf.size - 1] ^= 1;
    wrong("leaf 3", leaf, "leaf 3 does not go on");
    static const uint8_t other[JOURNAL_CHAIN_BYTES] = {8};
    assert_false(take("leaf 4", next_leaf(NULL), other));
    assert_non_null(strstr(text, "leaf 4 was made over other inputs"));
    assert_true(take("leaf 5", next_leaf(NULL), NULL));
    assert_int_equal(audit_log_counts(log_of_kor)->leaves, 6);
    audit_log_free(log_of_kor);
}

/* What only begins like a fact of the log is another one. */
static void facts_of_other_kinds_are_passed_over(void **state)
{
    static const char *const KEYS[] = {"leaf",     "leaf ",     "leaf x",      "leaf 0x",
                                       "leaves 0", "seen",      "seen USA",    "run",
                                       "boot JPN", "decisions", "checkpoint 1"};
    (void)state;
    begin(NULL, 0);
    for (size_t i = 0; i < sizeof KEYS / sizeof KEYS[0]; i++) {
        fine(KEYS[i], (struct bytes){CHAIN, 1});
    }
    const struct audit_log_counts none = {0};
    assert_memory_equal(audit_log_counts(log_of_kor), &none, sizeof none);
    audit_log_free(log_of_kor);
}

static void decisions_are_those_of_their_leaf(void **state)
{
    static uint8_t bytes[DECISIONS_BYTES_MAX];
    const struct bytes two = {bytes, DIGEST_BYTES + 2 * LOG_DECISION_BYTES};
    struct digest_key salt;
    (void)state;
    begin(NULL, 0);
    memset(bytes, 5, sizeof bytes);
    memset(salt.bytes, 5, sizeof salt.bytes);
    wrong("decisions 1", two, "decisions of no leaf");
    wrong("decisions 0", (struct bytes){bytes, DIGEST_BYTES}, "or not decisions");
    wrong("decisions 0", (struct bytes){bytes, two.size - 1}, "or not decisions");
    wrong("decisions 0", (struct bytes){bytes, sizeof bytes}, "or not decisions");
    fine("decisions 0", two);
    wrong("leaf 0", next_leaf(NULL), "leaf 0 is not of the decisions that stand with it");
    fine("leaf 1", next_leaf(NULL));
    const struct digest root =
        log_second_root(&salt, (struct bytes){bytes + DIGEST_BYTES, 2 * LOG_DECISION_BYTES});
    fine("decisions 2", two);
    fine("leaf 2", next_leaf(&root));
    assert_int_equal(audit_log_counts(log_of_kor)->decisions, 4);
    audit_log_free(log_of_kor);
}

/* Checkpoints. */

static struct note_head head_now(void)
{
    struct note_head head = {.size = span.next, .root = log_span_root(&span)};
    note_name(DOMAIN_EXERCISE, KOR, head.origin);
    return head;
}

/* A note of a log that a nation signed, as its owner or as a cosigner. */
static struct bytes note_of(const struct note_head *head, const struct keys *by, enum note_key role)
{
    static uint8_t bytes[NOTE_BYTES_MAX];
    uint8_t signed_text[NOTE_SIGNED_BYTES];
    uint8_t signature[NOTE_SIGNATURE_BYTES];
    char name[NOTE_NAME_SIZE];
    struct byte_writer note = {bytes, sizeof bytes, 0};
    struct byte_writer cosigned = {signed_text, sizeof signed_text, 0};
    assert_int_equal(note_write_body(head, &note), OK);
    const struct bytes body = byte_writer_written(&note);
    assert_int_equal(note_cosigned_text(body, second, &cosigned), OK);
    assert_int_equal(keys_sign(by, KEY_CHECKPOINT, NOW,
                               role == NOTE_LOG ? body : byte_writer_written(&cosigned), signature),
                     OK);
    note_name(DOMAIN_EXERCISE, by->list.nation, name);
    assert_int_equal(byte_writer_u8(&note, '\n'), OK);
    assert_int_equal(
        note_write_line(name, role, keys_signer(by, KEY_CHECKPOINT, NOW), second, signature, &note),
        OK);
    return byte_writer_written(&note);
}

static const struct bytes NO_NOTE = {(const uint8_t *)"no note", 7};

static void checkpoints_are_of_the_leaves_before_them(void **state)
{
    (void)state;
    begin(NULL, 0);
    fine("leaf 0", next_leaf(NULL));
    fine("leaf 1", next_leaf(NULL));
    struct note_head head = head_now();
    wrong("checkpoint", NO_NOTE, "a checkpoint that this nation's key did not sign");
    wrong("checkpoint", note_of(&head, &jpn, NOTE_LOG), "this nation's key did not sign");
    fine("checkpoint", note_of(&head, &kor, NOTE_LOG));
    head.size = 3;
    wrong("checkpoint", note_of(&head, &kor, NOTE_LOG),
          "the checkpoint of 3 leaves is not of the leaves before it");
    head = head_now();
    head.root.bytes[0] ^= 1;
    wrong("checkpoint", note_of(&head, &kor, NOTE_LOG),
          "the checkpoint of 2 leaves is not of the leaves before it");
    note_name(DOMAIN_LIVE, KOR, head.origin);
    wrong("checkpoint", note_of(&head, &kor, NOTE_LOG), "this nation's key did not sign");
    assert_int_equal(audit_log_counts(log_of_kor)->checkpoints, 3);
    audit_log_free(log_of_kor);
}

static void cosignatures_are_of_our_checkpoints(void **state)
{
    (void)state;
    begin(NULL, 0);
    fine("leaf 0", next_leaf(NULL));
    struct note_head head = head_now();
    wrong("cosigned JPN", note_of(&head, &jpn, NOTE_COSIGNER), "is not among ours");
    fine("checkpoint", note_of(&head, &kor, NOTE_LOG));
    fine("cosigned JPN", note_of(&head, &jpn, NOTE_COSIGNER));
    wrong("cosigned JPN", note_of(&head, &kor, NOTE_COSIGNER), "a cosignature that is not JPN's");
    wrong("cosigned JPN", note_of(&head, &jpn, NOTE_LOG), "a cosignature that is not JPN's");
    head.root.bytes[0] ^= 1;
    wrong("cosigned JPN", note_of(&head, &jpn, NOTE_COSIGNER),
          "JPN cosigned a checkpoint of 1 leaves that is not among ours");
    assert_int_equal(audit_log_counts(log_of_kor)->cosigned, 3);
    audit_log_free(log_of_kor);
}

static void a_partners_log_only_grows_and_has_one_history(void **state)
{
    (void)state;
    struct note_head head = {.size = 10};
    begin(NULL, 0);
    note_name(DOMAIN_EXERCISE, JPN, head.origin);
    wrong("seen JPN", NO_NOTE, "a checkpoint of JPN's log that JPN did not sign");
    wrong("seen JPN", note_of(&head, &kor, NOTE_LOG), "that JPN did not sign");
    fine("seen JPN", note_of(&head, &jpn, NOTE_LOG));
    head.size = 20;
    fine("seen JPN", note_of(&head, &jpn, NOTE_LOG));
    head.size = 19;
    wrong("seen JPN", note_of(&head, &jpn, NOTE_LOG), "a checkpoint of JPN's log that had shrunk");
    wrong("fork JPN", NO_NOTE, "JPN showed two histories of its log");
    assert_int_equal(audit_log_counts(log_of_kor)->seen, 3);
    assert_int_equal(audit_log_counts(log_of_kor)->forks, 1);
    audit_log_free(log_of_kor);
}

/* What partners kept of this log, against the log as it is in the journal. */
static void kept_checkpoints_tell_of_another_past(void **state)
{
    static uint8_t notes[4][NOTE_BYTES_MAX];
    struct note_head head = {.size = 9};
    (void)state;
    static const char *const NAMES[] = {"same", "unsigned", "cut", "other"};
    struct audit_checkpoint kept[5];
    begin(kept, 5);
    struct bytes leaf = next_leaf(NULL);
    for (size_t i = 0; i < 4; i++) {
        head = head_now();
        head.size += i == 2 ? 1 : 0;
        head.root.bytes[0] ^= i == 0 ? 0 : 1;
        const struct bytes note = note_of(&head, i == 1 ? &jpn : &kor, NOTE_LOG);
        memcpy(notes[i], note.data, note.size);
        kept[i] = (struct audit_checkpoint){
            .name = NAMES[i], .note = {notes[i], note.size}, .head = head};
    }
    kept[4] = kept[3]; /* of the size, and another nation's */
    note_name(DOMAIN_EXERCISE, JPN, kept[4].head.origin);
    fine("leaf 0", leaf);
    assert_true(kept[0].compared);
    assert_false(kept[3].compared);
    assert_true(audit_log_kept(log_of_kor, text));
    assert_string_equal(text, "unsigned: not signed by this nation's key");
    assert_true(audit_log_kept(log_of_kor, text));
    assert_non_null(strstr(text, "cut: this nation signed a log of 2 leaves; the journal has 1"));
    assert_true(audit_log_kept(log_of_kor, text));
    assert_non_null(strstr(text, "other: this nation signed another history of its first 1"));
    assert_false(audit_log_kept(log_of_kor, text));
    audit_log_free(log_of_kor);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leaves_go_on_from_each_other),
        cmocka_unit_test(facts_of_other_kinds_are_passed_over),
        cmocka_unit_test(decisions_are_those_of_their_leaf),
        cmocka_unit_test(checkpoints_are_of_the_leaves_before_them),
        cmocka_unit_test(cosignatures_are_of_our_checkpoints),
        cmocka_unit_test(a_partners_log_only_grows_and_has_one_history),
        cmocka_unit_test(kept_checkpoints_tell_of_another_past),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
