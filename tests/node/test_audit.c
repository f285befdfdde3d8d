/* A journal that was written as it stands, hash by hash, and in which something is false: the audit
 * says what. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "journal/journal_sqlite.h"
#include "node/audit.h"
#include "node/input.h"
#include "node/run.h"

#define JPN ((struct nation_id){"JPN"})
#define KOR ((struct nation_id){"KOR"})
#define USA ((struct nation_id){"USA"})
#define NOW ((struct instant){INT64_C(1664835600000000000)})

static char folder[] = "/tmp/watchfire_audit_XXXXXX";
static char path[64];
static struct journal *journal;
static struct audit_report report;
static struct keys kor;
static struct keys jpn;
static uint8_t jpn_root[KEY_BYTES];

static int make_folder(void **state)
{
    (void)state;
    if (keys_start() != OK || mkdtemp(folder) == NULL) {
        return -1;
    }
    (void)snprintf(path, sizeof path, "%s/journal", folder);
    keys_derive(1, KOR, &kor);
    keys_derive_with_root(1, JPN, NOW, &jpn, jpn_root);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    return rmdir(folder);
}

static void begin(void)
{
    assert_int_equal(journal_sqlite_open(path, JOURNAL_CREATE, &journal, NULL), OK);
}

static void put(const char *key, struct bytes value)
{
    assert_int_equal(journal_set_meta(journal, key, value), OK);
}

/* Whose keys the journal has: Korea's and, with that number, Japan's. */
static void put_keys(bool pinned, uint64_t number)
{
    static struct engine_config config = {
        .nation = {"KOR"}, .partner_count = 1, .partners = {{"JPN"}}};
    struct key_trust trust;
    key_trust_fix(&jpn.list, &trust);
    memcpy(trust.root, jpn_root, sizeof trust.root);
    trust.pinned = pinned;
    trust.list.number = number;
    assert_int_equal(run_begin(journal, &config, &kor, &trust), OK);
}

static void append(struct bytes input)
{
    assert_int_equal(
        journal_append(journal, journal->last + 1, NOW, input, (struct bytes){NULL, 0}), OK);
}

static void append_event(const struct event *event)
{
    static uint8_t bytes[INPUT_BYTES_MAX];
    struct byte_writer w = {bytes, sizeof bytes, 0};
    assert_int_equal(input_encode(event, event->signature, &w), OK);
    append(byte_writer_written(&w));
}

static void remove_journal(void)
{
    static const char *const ENDINGS[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < 3; i++) {
        char name[80];
        (void)snprintf(name, sizeof name, "%s%s", path, ENDINGS[i]);
        (void)unlink(name);
    }
}

/* Ends the journal, and an audit of it, after a change of the database if there is one. */
static void look(const char *change)
{
    sqlite3 *db = NULL;
    enum journal_fault fault = JOURNAL_FAULT_NONE;
    assert_int_equal(journal_commit(journal), OK);
    journal_close(journal);
    if (change != NULL) {
        assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
        assert_int_equal(sqlite3_exec(db, change, NULL, NULL, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_close(db), SQLITE_OK);
    }
    assert_int_equal(audit(path, NULL, 0, &report, &fault), OK);
    remove_journal();
}

/* The audit ends with as many findings, of which the last is this one. */
static void found(uint64_t count, const char *table, const char *words)
{
    const struct audit_finding *last = &report.findings[report.finding_count - 1];
    if (report.finding_count != count) {
        fail_msg("%d findings, the last: %s", (int)report.finding_count,
                 report.finding_count > 0 ? last->text : "none");
    }
    assert_string_equal(last->table, table);
    if (strstr(last->text, words) == NULL) {
        fail_msg("\"%s\", and not \"%s\"", last->text, words);
    }
}

static const struct bytes NONSENSE = {(const uint8_t *)"nonsense", 7};

static void keys_that_make_no_sense_are_found(void **state)
{
    (void)state;
    begin();
    put("keys", NONSENSE);
    look(NULL);
    found(1, "fact", "the keys in it make no sense");
    assert_false(report.has_self);
}

static void a_partners_list_is_signed_by_its_root(void **state)
{
    static const struct {
        const char *key;
        bool pinned;
        uint64_t number; /* of the list before it */
        bool good;       /* the list itself */
        uint64_t findings;
    } CASES[] = {
        {"list JPN", true, 1, true, 0},  {"list JPN", true, 0, true, 0},
        {"list JPN", true, 2, true, 1},  {"list JPN", false, 1, true, 1},
        {"list JPN", true, 1, false, 1}, {"list KOR", true, 1, false, 1},
        {"list 0", true, 1, true, 1},    {"list USA", true, 1, false, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        begin();
        put_keys(CASES[i].pinned, CASES[i].number);
        put(CASES[i].key,
            CASES[i].good ? (struct bytes){jpn.signed_list, jpn.signed_size} : NONSENSE);
        look(NULL);
        assert_true(report.has_self);
        assert_int_equal(report.finding_count, CASES[i].findings);
        if (CASES[i].findings > 0) {
            found(1, "fact", "not in order, or not signed by its root");
        }
    }
}

static void a_list_that_is_an_input_is_signed_by_its_root(void **state)
{
    struct event event = {.kind = EVENT_KEYS, .time = NOW, .partner = JPN, .keys = NONSENSE};
    (void)state;
    begin();
    put_keys(true, 0);
    append_event(&event);
    event.keys = (struct bytes){jpn.signed_list, jpn.signed_size};
    append_event(&event);
    event.keys = NONSENSE;
    append_event(&event);
    look(NULL);
    found(2, "group", "a key list of JPN that is not in order, or not signed by its root");
    assert_int_equal(report.findings[0].position, 1);
    assert_int_equal(report.findings[1].position, 3);
}

static struct bytes number(uint64_t value)
{
    static uint8_t bytes[8];
    return digest_number(value, bytes);
}

/* Why inputs up to 100 were dropped: in order, and allowed. */
static struct bytes reason(void)
{
    static uint8_t bytes[RETENTION_FACT_BYTES_MAX];
    struct byte_writer w = {bytes, sizeof bytes, 0};
    const uint64_t values[] = {100, 5000, 5000, 86400 * (uint64_t)NS_PER_S, 100};
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(byte_writer_u64(&w, values[i]), OK);
    }
    return byte_writer_written(&w);
}

static void what_was_dropped_has_its_reason(void **state)
{
    (void)state;
    begin();
    put("dropped", number(100));
    put(RETENTION_FACT, reason());
    look(NULL);
    assert_int_equal(report.finding_count, 0);
    assert_int_equal(report.pruned.to, 100);
    begin();
    put("dropped", number(99));
    put(RETENTION_FACT, reason());
    look(NULL);
    found(1, "fact", "it is not of the inputs that were dropped before it");
    begin();
    put(RETENTION_FACT, NONSENSE);
    look(NULL);
    found(1, "fact", "why inputs were dropped makes no sense");
    assert_int_equal(report.pruned.to, 0);
    begin();
    put("dropped", NONSENSE);
    look(NULL);
    found(1, "fact", "it does not say up to where");
    begin();
    put("dropped", number(100));
    put("dropped", number(200));
    look(NULL);
    found(2, "log", "inputs up to 200 were dropped, and nothing says why that was allowed");
    assert_non_null(strstr(report.findings[0].text, "inputs up to 100 were dropped before"));
}

static void what_is_no_input_is_found(void **state)
{
    struct event event = {.kind = EVENT_TICK, .time = NOW};
    (void)state;
    begin();
    append_event(&event);
    append(NONSENSE);
    event.time = instant_plus_s(NOW, 1.0);
    append_event(&event);
    look(NULL);
    found(2, "group", "it is no input of this version");
    assert_int_equal(report.findings[0].position, 2);
    assert_int_equal(report.findings[1].position, 3);
    assert_int_equal(report.groups, 3);
}

static void orders_are_told(void **state)
{
    const struct event event = {
        .kind = EVENT_ORDER,
        .time = NOW,
        .order = {.kind = ORDER_HOLD, .actor = {"sato"}, .reason = "a test"}};
    (void)state;
    begin();
    append_event(&event);
    look(NULL);
    assert_int_equal(report.finding_count, 0);
    assert_int_equal(report.order_count, 1);
    assert_string_equal(report.orders[0].order.actor.text, "sato");
    assert_int_equal(report.orders[0].position, 1);
}

static void frames_are_their_senders(void **state)
{
    static const uint8_t signature[KEY_SIGNATURE_BYTES];
    struct event event = {.kind = EVENT_FRAME,
                          .time = NOW,
                          .partner = JPN,
                          .frame = NONSENSE,
                          .signature = signature};
    (void)state;
    begin();
    append_event(&event);
    append_event(&event);
    look(NULL);
    found(1, "group", "a frame from JPN, of whom the journal has no key, as of nobody");
    begin();
    put_keys(true, 1);
    append_event(&event);
    look(NULL);
    found(1, "group", "a frame from JPN whose signature does not verify");
    begin();
    put_keys(true, 1);
    event.partner = USA;
    append_event(&event);
    append_event(&event);
    look(NULL);
    found(2, "group", "a frame from USA, of whom the journal has no key");
    assert_int_equal(report.frames, 2);
    assert_int_equal(report.signatures, 0);
}

static void what_was_put_in_or_changed_is_found(void **state)
{
    const struct event event = {.kind = EVENT_TICK, .time = NOW};
    (void)state;
    begin();
    append_event(&event);
    look("CREATE TABLE other(x)");
    found(1, "table", "other is not of a journal");
    begin();
    append_event(&event);
    append_event(&event);
    look("UPDATE journal_group SET input = 'text' WHERE position = 2");
    found(2, "head", "");
    assert_string_equal(report.findings[0].text,
                        "not an input: a column does not hold what the journal writes there");
}

/* More than are told one by one are counted. */
static void findings_have_an_end(void **state)
{
    (void)state;
    begin();
    for (int i = 0; i < AUDIT_FINDINGS_MAX + 5; i++) {
        append(NONSENSE);
    }
    look(NULL);
    assert_int_equal(report.finding_count, AUDIT_FINDINGS_MAX + 5);
    assert_int_equal(report.findings[AUDIT_FINDINGS_MAX - 1].position, AUDIT_FINDINGS_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_that_make_no_sense_are_found),
        cmocka_unit_test(a_partners_list_is_signed_by_its_root),
        cmocka_unit_test(a_list_that_is_an_input_is_signed_by_its_root),
        cmocka_unit_test(what_was_dropped_has_its_reason),
        cmocka_unit_test(what_is_no_input_is_found),
        cmocka_unit_test(orders_are_told),
        cmocka_unit_test(frames_are_their_senders),
        cmocka_unit_test(what_was_put_in_or_changed_is_found),
        cmocka_unit_test(findings_have_an_end),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
