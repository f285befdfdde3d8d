/* Three nations keep their logs and watch each other's: what grows is cosigned, what shows two
 * histories or shrinks is found, and a restart goes on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "journal/journal_memory.h"
#include "node/audit_log.h"
#include "node/log_keeper.h"
#include "node/log_proof.h"
#include "node/log_store.h"
#include "share/frame.h"

enum { KOR, JPN, USA, OTHER_USA, NODES };

static const char *const CODES[NODES] = {"KOR", "JPN", "USA", "USA"};

/* A node: whom it talks to, by index of node. */
struct node {
    struct keys keys;
    struct journal *journal;
    struct log_keeper *keeper;
    uint32_t partner_count;
    int partners[2];
    bool silent;
    int64_t from; /* it is not there before this second */
};

struct letter {
    int from;
    int to;
    uint8_t bytes[1 + FRAME_CHECKPOINT_BYTES];
};

static struct node nodes[NODES];
static struct letter letters[64];
static uint32_t letter_count;
static uint8_t chain[JOURNAL_CHAIN_BYTES];
static struct audit_log *auditor; /* of KOR's facts; NULL = nobody looks at them */

static int index_of(const struct node *n)
{
    return (int)(n - nodes);
}

static void fact(void *context, const char *key, struct bytes value)
{
    const struct node *n = context;
    assert_int_equal(journal_set_meta(n->journal, key, value), OK);
    if (auditor != NULL && n == &nodes[KOR]) {
        const struct journal_fact f = {.key = key, .value = value};
        char text[AUDIT_LOG_TEXT_SIZE] = "";
        assert_true(audit_log_fact(auditor, &f, NULL, text));
    }
}

static void send(void *context, uint32_t partner, struct bytes plain)
{
    const struct node *n = context;
    assert_int_equal(plain.size, sizeof letters[0].bytes);
    if (!n->silent && letter_count < 64) {
        struct letter *l = &letters[letter_count];
        l->from = index_of(n);
        l->to = n->partners[partner];
        memcpy(l->bytes, plain.data, plain.size);
        letter_count++;
    }
}

static struct nation_id nation_of(int node)
{
    struct nation_id id = {""};
    assert_true(nation_id_parse(CODES[node], &id));
    return id;
}

static void open_keeper(int at, bool go_on)
{
    struct node *n = &nodes[at];
    struct key_trust partners[2];
    const struct log_keeper_shell shell = {.context = n, .fact = fact, .send = send};
    for (uint32_t i = 0; i < n->partner_count; i++) {
        key_trust_fix(&nodes[n->partners[i]].keys.list, &partners[i]);
    }
    n->keeper = log_keeper_new(&shell);
    assert_non_null(n->keeper);
    assert_int_equal(
        log_keeper_begin(n->keeper, &n->keys, partners, n->partner_count, n->journal, go_on), OK);
}

/* KOR and JPN know each other and a USA each: the same one, or not. */
static void start(bool forked)
{
    assert_int_equal(keys_start(), OK);
    memset(nodes, 0, sizeof nodes);
    letter_count = 0;
    for (int i = 0; i < NODES; i++) {
        keys_derive(1, nation_of(i), &nodes[i].keys);
        assert_int_equal(journal_memory_open(&nodes[i].journal), OK);
    }
    const int of_jpn = forked ? OTHER_USA : USA;
    nodes[KOR].partner_count = 2;
    memcpy(nodes[KOR].partners, (int[2]){JPN, USA}, sizeof nodes[KOR].partners);
    nodes[JPN].partner_count = 2;
    memcpy(nodes[JPN].partners, (int[2]){KOR, of_jpn}, sizeof nodes[JPN].partners);
    nodes[USA].partner_count = forked ? 1 : 2;
    memcpy(nodes[USA].partners, (int[2]){KOR, JPN}, sizeof nodes[USA].partners);
    nodes[OTHER_USA].partner_count = 1;
    nodes[OTHER_USA].partners[0] = JPN;
    nodes[OTHER_USA].silent = !forked;
    for (int i = 0; i < NODES; i++) {
        open_keeper(i, false);
    }
}

static void stop(void)
{
    for (int i = 0; i < NODES; i++) {
        log_keeper_free(nodes[i].keeper);
        journal_close(nodes[i].journal);
    }
}

static struct instant at(int64_t second)
{
    return (struct instant){(1000000 + second) * NS_PER_S};
}

static uint32_t partner_index(const struct node *n, int of)
{
    return n->partner_count > 1 && nation_id_equal(nation_of(n->partners[1]), nation_of(of)) ? 1
                                                                                             : 0;
}

static void deliver(struct instant now)
{
    for (uint32_t i = 0; i < letter_count; i++) {
        const struct letter *l = &letters[i];
        struct node *to = &nodes[l->to];
        log_keeper_receive(to->keeper, partner_index(to, l->from),
                           (struct bytes){l->bytes, sizeof l->bytes}, now);
    }
    letter_count = 0;
}

/* Each second USA decides something; the other USA decides something else. */
static void run(int64_t from, int64_t to)
{
    static struct effects effects;
    for (int64_t s = from; s < to; s++) {
        for (int i = 0; i < NODES; i++) {
            if (s < nodes[i].from) {
                continue;
            }
            log_keeper_look_up(nodes[i].keeper, nodes[i].journal);
            chain[0] = (uint8_t)i;
            log_keeper_advance(nodes[i].keeper, at(s), chain);
            effects.count = 1;
            effects.items[0] = (struct effect){.kind = EFFECT_WITHHELD, .why = RELEASE_NO_RULE};
            effects.items[0].sequence = (uint64_t)s;
            if (i == USA || i == OTHER_USA) {
                log_keeper_note(nodes[i].keeper, at(s), &effects);
            }
        }
        deliver(at(s));
    }
}

static struct log_keeper_count count(int node, int of)
{
    return log_keeper_count(nodes[node].keeper, partner_index(&nodes[node], of));
}

static void logs_that_grow_are_cosigned(void **state)
{
    (void)state;
    start(false);
    run(0, 200);
    for (int node = KOR; node <= USA; node++) {
        assert_int_equal(log_keeper_size(nodes[node].keeper), 199);
        for (uint32_t i = 0; i < nodes[node].partner_count; i++) {
            const struct log_keeper_count c = log_keeper_count(nodes[node].keeper, i);
            assert_true(c.size >= 180 && c.cosigned >= 180);
            assert_int_equal(c.forks + c.shrunk + c.unproved + c.malformed, 0);
        }
    }
    stop();
}

static void two_histories_are_found_by_those_who_see_them(void **state)
{
    (void)state;
    start(true);
    run(0, 60);
    assert_true(count(KOR, USA).forks > 0);
    assert_true(count(JPN, USA).forks > 0);
    assert_int_equal(count(KOR, JPN).forks, 0);
    struct bytes proof;
    assert_int_equal(journal_get_meta(nodes[JPN].journal, "fork USA", &proof), OK);
    assert_true(proof.size > 200);
    stop();
}

/* They began at other times: at none are they of one size. */
static void two_histories_of_other_ages_are_found(void **state)
{
    (void)state;
    start(true);
    nodes[OTHER_USA].from = 13;
    run(0, 80);
    assert_true(count(KOR, USA).forks > 0);
    assert_true(count(JPN, USA).forks > 0);
    assert_int_equal(count(KOR, JPN).forks, 0);
    stop();
}

/* The same partner shows another history than before: no proof can hide it. */
static void a_history_that_is_rewritten_is_found(void **state)
{
    (void)state;
    start(true);
    nodes[OTHER_USA].silent = true;
    run(0, 55);
    assert_int_equal(count(KOR, USA).forks, 0);
    nodes[OTHER_USA].silent = false;
    nodes[USA].silent = true;
    nodes[OTHER_USA].partners[0] = KOR;
    run(55, 100);
    const struct log_keeper_count c = count(KOR, USA);
    assert_int_equal(c.size, 40); /* the newest that it saw of the first one */
    assert_true(c.forks + c.unproved > 0);
    stop();
}

/* It is shorter than those that are remembered: else it is another history. */
static void a_log_that_shrinks_is_found(void **state)
{
    (void)state;
    start(false);
    run(0, 405);
    const uint64_t size = count(KOR, USA).size;
    assert_true(size >= 390);
    log_keeper_free(nodes[USA].keeper);
    open_keeper(USA, false); /* as if its journal had been lost */
    run(405, 430);
    assert_true(count(KOR, USA).shrunk > 0);
    assert_int_equal(count(KOR, USA).size, size);
    stop();
}

static void a_restart_goes_on(void **state)
{
    (void)state;
    start(false);
    run(0, 47);
    for (int i = 0; i < NODES; i++) {
        log_keeper_free(nodes[i].keeper);
        open_keeper(i, true);
        assert_int_equal(log_keeper_size(nodes[i].keeper), 46);
    }
    run(50, 120);
    for (int node = KOR; node <= USA; node++) {
        for (uint32_t i = 0; i < nodes[node].partner_count; i++) {
            const struct log_keeper_count c = log_keeper_count(nodes[node].keeper, i);
            assert_true(c.size >= 90 && c.cosigned >= 90);
            assert_int_equal(c.forks + c.shrunk + c.malformed, 0);
            assert_true(c.unproved <= 1);
        }
    }
    /* What the journal holds gives the same tree as the one in memory. */
    uint64_t size = 0;
    int64_t second = 0;
    struct log_span whole;
    struct bytes note;
    struct note_head head;
    struct bytes body;
    assert_int_equal(log_store_size(nodes[USA].journal, &size, &second), OK);
    assert_int_equal(size, log_keeper_size(nodes[USA].keeper));
    assert_true(log_store_note(nodes[USA].journal, "checkpoint", "", &note, &head, &body));
    assert_int_equal(log_store_span(nodes[USA].journal, 0, head.size, &whole), OK);
    const struct digest root = log_span_root(&whole);
    assert_memory_equal(root.bytes, head.root.bytes, DIGEST_BYTES);
    stop();
}

static void what_is_not_a_checkpoint_of_the_partner_is_counted(void **state)
{
    (void)state;
    start(false);
    run(0, 25);
    const struct log_keeper_count before = count(KOR, JPN);
    struct frame_checkpoint c = {.time = at(26)};
    struct bytes note;
    struct note_head head;
    struct bytes body;
    uint8_t bytes[1 + FRAME_CHECKPOINT_BYTES] = {FRAME_CHECKPOINT};
    struct byte_writer w = {bytes, sizeof bytes, 1};
    /* KOR's own checkpoint, as if it were JPN's. */
    assert_true(log_store_note(nodes[KOR].journal, "checkpoint", "", &note, &head, &body));
    c.note = note;
    assert_int_equal(frame_checkpoint_encode(&c, &w), OK);
    log_keeper_receive(nodes[KOR].keeper, 0, byte_writer_written(&w), at(26));
    assert_int_equal(count(KOR, JPN).malformed, before.malformed + 1);
    /* JPN's, but with another root. */
    uint8_t altered[NOTE_BYTES_MAX];
    assert_true(log_store_note(nodes[JPN].journal, "checkpoint", "", &note, &head, &body));
    memcpy(altered, note.data, note.size);
    altered[body.size - 10] = altered[body.size - 10] == 'A' ? 'B' : 'A';
    c.note = (struct bytes){altered, note.size};
    w.size = 1;
    assert_int_equal(frame_checkpoint_encode(&c, &w), OK);
    log_keeper_receive(nodes[KOR].keeper, 0, byte_writer_written(&w), at(26));
    assert_int_equal(count(KOR, JPN).malformed, before.malformed + 2);
    assert_int_equal(count(KOR, JPN).forks, 0);
    stop();
}

/* The same decision in two seconds is not the same leaf: who was shown one cannot look for it in
 * others. */
static void each_second_has_its_own_salt(void **state)
{
    (void)state;
    start(false);
    run(0, 12);
    uint8_t root[DIGEST_BYTES];
    struct bytes leaf;
    assert_int_equal(journal_get_meta(nodes[USA].journal, "leaf 5", &leaf), OK);
    assert_true(leaf.size >= LOG_LEAF_BYTES);
    memcpy(root, leaf.data + 9, sizeof root);
    assert_int_equal(journal_get_meta(nodes[USA].journal, "leaf 6", &leaf), OK);
    assert_memory_not_equal(root, leaf.data + 9, sizeof root);
    stop();
}

/* When a second has more decisions than there is room for, the last one says how many are not
 * told. */
static void what_has_no_room_is_counted(void **state)
{
    (void)state;
    static struct effects effects;
    start(false);
    log_keeper_advance(nodes[USA].keeper, at(0), chain);
    for (uint32_t i = 0; i < LOG_DECISIONS_MAX + 3; i++) {
        effects.count = 1;
        effects.items[0] = (struct effect){.kind = EFFECT_RELEASED, .why = RELEASE_YES};
        effects.items[0].content.bytes[0] = (uint8_t)i;
        effects.items[0].content.bytes[1] = (uint8_t)(i >> 8);
        log_keeper_note(nodes[USA].keeper, at(0), &effects);
        effects.count = 0;
        log_keeper_note(nodes[USA].keeper, at(0), &effects);
    }
    log_keeper_advance(nodes[USA].keeper, at(1), chain);
    struct bytes kept;
    assert_int_equal(journal_get_meta(nodes[USA].journal, "decisions 0", &kept), OK);
    assert_int_equal(kept.size, DIGEST_BYTES + LOG_DECISIONS_MAX * LOG_DECISION_BYTES);
    for (uint32_t i = 0; i < LOG_DECISIONS_MAX; i++) {
        const uint8_t *d = kept.data + DIGEST_BYTES + (size_t)i * LOG_DECISION_BYTES;
        const bool last = i + 1 == LOG_DECISIONS_MAX;
        assert_int_equal(d[24] | d[25] << 8, last ? i + 3 : i);
        assert_int_equal(d[21] << 16 | d[22] << 8 | d[23], last ? 3 : 0);
    }
    stop();
}

/* Node `to` gets, as if its partner had sent it, a checkpoint frame. */
static void hand_over(int to, uint32_t partner, const struct frame_checkpoint *c)
{
    static uint8_t bytes[1 + FRAME_CHECKPOINT_BYTES] = {FRAME_CHECKPOINT};
    struct byte_writer w = {bytes, sizeof bytes, 1};
    assert_int_equal(frame_checkpoint_encode(c, &w), OK);
    log_keeper_receive(nodes[to].keeper, partner, byte_writer_written(&w), c->time);
}

/* KOR has seen the USA's log, and nobody has told it of the other one. Returns the newest
 * checkpoint of that, which is of the size that KOR saw last. */
static struct bytes start_unaware(size_t *body_size)
{
    struct note_head head;
    struct bytes body;
    struct bytes note;
    start(true);
    nodes[JPN].silent = true;
    nodes[OTHER_USA].silent = true;
    run(0, 30);
    assert_int_equal(count(KOR, USA).forks, 0);
    assert_true(log_store_note(nodes[OTHER_USA].journal, "checkpoint", "", &note, &head, &body));
    assert_int_equal(head.size, 20);
    assert_int_equal(count(KOR, USA).size, 20);
    *body_size = body.size;
    return note;
}

static void two_heads_of_one_size_are_a_fork(void **state)
{
    (void)state;
    size_t body_size = 0;
    struct frame_checkpoint c = {.time = at(31), .note = start_unaware(&body_size)};
    hand_over(KOR, 1, &c);
    assert_int_equal(count(KOR, USA).forks, 1);
    assert_int_equal(count(KOR, USA).size, 20);
    stop();
}

/* What a partner shows of a third nation counts if that nation signed it with a key that is not
 * revoked: nobody can accuse another of a fork. */
static void a_fork_that_another_shows_must_be_signed(void **state)
{
    (void)state;
    size_t body_size = 0;
    uint8_t altered[NOTE_BYTES_MAX];
    const struct bytes note = start_unaware(&body_size);
    struct frame_checkpoint c = {.time = at(31), .other_count = 1};
    memcpy(altered, note.data, note.size);
    altered[body_size - 10] = altered[body_size - 10] == 'A' ? 'B' : 'A';
    c.others[0] = (struct bytes){altered, note.size};
    hand_over(KOR, 0, &c);
    assert_int_equal(count(KOR, USA).forks, 0);

    struct key_list list = nodes[USA].keys.list;
    for (uint32_t i = 0; i < list.count; i++) {
        list.keys[i].revoked = at(10);
    }
    c.others[0] = note;
    log_keeper_trust(nodes[KOR].keeper, 1, &list);
    hand_over(KOR, 0, &c);
    assert_int_equal(count(KOR, USA).forks, 0);

    log_keeper_trust(nodes[KOR].keeper, 1, &nodes[USA].keys.list);
    hand_over(KOR, 0, &c);
    assert_int_equal(count(KOR, USA).forks, 1);
    stop();
}

static void a_cosignature_is_its_partners_own(void **state)
{
    (void)state;
    struct note_head head;
    struct bytes body;
    struct bytes note;
    start(false);
    nodes[JPN].silent = true;
    run(0, 60);
    assert_true(log_store_note(nodes[KOR].journal, "cosigned", "USA", &note, &head, &body));
    assert_int_equal(count(KOR, JPN).cosigned, 0);
    const struct frame_checkpoint c = {
        .time = at(61),
        .cosigned_size = head.size,
        .cosignature = {note.data + body.size + 1, note.size - body.size - 1}};
    const uint64_t before = count(KOR, JPN).malformed;
    hand_over(KOR, 0, &c);
    assert_int_equal(count(KOR, JPN).cosigned, 0);
    assert_int_equal(count(KOR, JPN).malformed, before + 1);
    stop();
}

static struct audit_log *audit_of_kor(void)
{
    struct key_trust keys[3];
    struct audit_log *a = audit_log_new(NULL, 0);
    assert_non_null(a);
    for (int i = KOR; i <= USA; i++) {
        key_trust_fix(&nodes[i].keys.list, &keys[i]);
    }
    audit_log_keys(a, keys, 3);
    return a;
}

/* A partner that was cut off for hours cosigns what it last saw. */
static void an_audit_knows_an_old_checkpoint(void **state)
{
    (void)state;
    struct note_head head;
    struct bytes body;
    struct bytes note;
    uint8_t storage[NOTE_BYTES_MAX];
    char text[AUDIT_LOG_TEXT_SIZE] = "";
    start(false);
    auditor = audit_of_kor();
    run(0, 60);
    assert_true(log_store_note(nodes[KOR].journal, "cosigned", "USA", &note, &head, &body));
    assert_true(note.size <= sizeof storage);
    memcpy(storage, note.data, note.size);
    const struct journal_fact old = {.key = "cosigned USA", .value = {storage, note.size}};
    nodes[USA].silent = true;
    run(60, 2000);
    assert_true(audit_log_counts(auditor)->checkpoints > 180);
    assert_true(audit_log_fact(auditor, &old, NULL, text));
    audit_log_free(auditor);
    auditor = audit_of_kor();
    assert_false(audit_log_fact(auditor, &old, NULL, text));
    assert_non_null(strstr(text, "not among ours"));
    audit_log_free(auditor);
    auditor = NULL;
    stop();
}

/* A partner that rewrites its log while this node is down is found out when it is up again. */
static void a_restart_forgets_no_partners_log(void **state)
{
    (void)state;
    size_t body_size = 0;
    (void)start_unaware(&body_size);
    log_keeper_free(nodes[KOR].keeper);
    open_keeper(KOR, true);
    nodes[USA].silent = true;
    nodes[OTHER_USA].silent = false;
    nodes[OTHER_USA].partners[0] = KOR;
    run(30, 70);
    assert_int_equal(count(KOR, USA).size, 20);
    assert_true(count(KOR, USA).forks + count(KOR, USA).unproved > 0);
    stop();
}

static void set_fact(const char *key, size_t size)
{
    static const uint8_t bytes[LOG_LEAF_BYTES + DIGEST_BYTES] = {1};
    assert_int_equal(journal_set_meta(nodes[USA].journal, key, (struct bytes){bytes, size}), OK);
}

/* A proof holds in each of its parts or not at all. */
static void a_proof_that_was_altered_proves_nothing(void **state)
{
    (void)state;
    struct log_proof proof;
    const struct key_list *keys = &nodes[USA].keys.list;
    start(false);
    run(0, 30);
    assert_int_equal(log_proof_make(nodes[USA].journal, 5, 0, &proof), OK);
    assert_null(log_proof_fault(&proof, keys));
    assert_true(instant_equal(log_proof_time(&proof), at(5)));
    assert_non_null(strstr(log_proof_fault(&proof, &nodes[KOR].keys.list), "not of that nation's"));
    struct log_proof altered = proof;
    altered.note_size = 3;
    assert_non_null(strstr(log_proof_fault(&altered, keys), "not of that nation's log"));
    altered = proof;
    altered.place = 0;
    assert_string_equal(log_proof_fault(&altered, keys), "the decision is not in that leaf");
    altered = proof;
    altered.leaf[0] = 2;
    assert_string_equal(log_proof_fault(&altered, keys),
                        "the leaf is not in the log that the checkpoint is of");
    memset(altered.leaf + 1, 0xff, 8);
    assert_false(instant_is_set(log_proof_time(&altered)));
    stop();
}

/* A journal that is not in order gives an error and no proof. */
static void a_proof_needs_a_journal_in_order(void **state)
{
    static const struct {
        const char *key;
        size_t size;
        result outcome;
    } FACTS[] = {{"leaf 4", LOG_LEAF_BYTES - 1, ERR_IO},    {"leaf 7", LOG_LEAF_BYTES, ERR_IO},
                 {"leaf 5", LOG_LEAF_BYTES + 1, ERR_IO},    {"decisions 5", DIGEST_BYTES, ERR_IO},
                 {"decisions 5", DIGEST_BYTES + 1, ERR_IO}, {"checkpoint", 7, ERR_STATE}};
    (void)state;
    struct log_proof proof;
    for (size_t i = 0; i < sizeof FACTS / sizeof FACTS[0]; i++) {
        start(false);
        run(0, 30);
        assert_int_equal(log_proof_make(nodes[USA].journal, 5, 9, &proof), ERR_NOT_FOUND);
        assert_int_equal(log_proof_make(nodes[USA].journal, 500, 0, &proof), ERR_NOT_FOUND);
        set_fact(FACTS[i].key, FACTS[i].size);
        assert_int_equal(log_proof_make(nodes[USA].journal, 5, 0, &proof), FACTS[i].outcome);
        stop();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(logs_that_grow_are_cosigned),
        cmocka_unit_test(two_histories_are_found_by_those_who_see_them),
        cmocka_unit_test(two_histories_of_other_ages_are_found),
        cmocka_unit_test(a_history_that_is_rewritten_is_found),
        cmocka_unit_test(a_log_that_shrinks_is_found),
        cmocka_unit_test(a_restart_goes_on),
        cmocka_unit_test(what_is_not_a_checkpoint_of_the_partner_is_counted),
        cmocka_unit_test(each_second_has_its_own_salt),
        cmocka_unit_test(what_has_no_room_is_counted),
        cmocka_unit_test(two_heads_of_one_size_are_a_fork),
        cmocka_unit_test(a_fork_that_another_shows_must_be_signed),
        cmocka_unit_test(a_cosignature_is_its_partners_own),
        cmocka_unit_test(an_audit_knows_an_old_checkpoint),
        cmocka_unit_test(a_restart_forgets_no_partners_log),
        cmocka_unit_test(a_proof_that_was_altered_proves_nothing),
        cmocka_unit_test(a_proof_needs_a_journal_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
