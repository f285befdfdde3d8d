/* Old inputs go from a real journal on a real disk, and only those that nobody needs: an audit
 * still passes and says what went and why, a node starts from what is left, and a partner that was
 * restored from a copy older than all that is left gets everything again. */
#include "../base/near.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sqlite3.h>

#include "../engine/pair.h"
#include "../track/flown.h"
#include "journal/journal_sqlite.h"
#include "node/audit.h"
#include "node/performer.h"
#include "node/run.h"

#define DAY_S 86400.0
#define FRAMES 256

enum { KOR, JPN };

struct node {
    struct engine_config config;
    struct keys keys;
    struct journal *journal;
    struct performer *performer;
    uint64_t starts;
    char path[96];
};

struct letter {
    int to;
    size_t size;
    uint8_t bytes[SEAL_FRAME_BYTES_MAX];
};

static char folder[] = "/tmp/watchfire-retention-XXXXXX";
static struct node nodes[2];
static struct letter letters[FRAMES];
static uint32_t letter_count;
static bool jpn_is_away;
static double t_s;
static struct random draw;

static void carry(void *context, uint32_t partner, enum frame_lane lane, struct bytes sealed,
                  struct instant now)
{
    const struct node *from = context;
    (void)partner;
    (void)lane;
    (void)now;
    if (letter_count < FRAMES && !jpn_is_away) {
        struct letter *l = &letters[letter_count];
        l->to = from == &nodes[KOR] ? JPN : KOR;
        l->size = sealed.size;
        memcpy(l->bytes, sealed.data, sealed.size);
        letter_count++;
    }
}

static const struct session *session(int at)
{
    return &performer_engine(nodes[at].performer)->sessions[0];
}

static void commit(int at)
{
    assert_int_equal(performer_commit(nodes[at].performer, flown_instant(t_s)), OK);
}

static void start(int at)
{
    struct node *n = &nodes[at];
    struct key_trust trust;
    struct keys_boot boot;
    uint64_t since = 0;
    const enum journal_mode mode = access(n->path, F_OK) == 0 ? JOURNAL_OPEN : JOURNAL_CREATE;
    assert_int_equal(journal_sqlite_open(n->path, mode, &n->journal, NULL), OK);
    const struct performer_shell shell = {.context = n, .carry = carry, .journal = n->journal};
    assert_int_equal(performer_open(&n->config, &shell, &n->performer), OK);
    if (run_is_current(n->journal, &n->config, &n->keys, &since)) {
        assert_int_equal(performer_restore(n->performer, n->path, since), OK);
    }
    assert_int_equal(performer_replay(n->performer, since + 1), OK);
    performer_keep(n->performer, duration_from_s(DAY_S));
    key_trust_fix(&nodes[1 - at].keys.list, &trust);
    n->starts++;
    keys_boot_make(&n->keys, n->config.partners[0], n->starts, &boot);
    assert_int_equal(performer_boot(n->performer, &n->keys, &trust, &boot, flown_instant(t_s)), OK);
}

static void stop(int at)
{
    performer_close(nodes[at].performer);
    journal_close(nodes[at].journal);
    nodes[at].performer = NULL;
}

static void deliver(void)
{
    static struct letter now[FRAMES];
    const uint32_t count = letter_count;
    memcpy(now, letters, count * sizeof now[0]);
    letter_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct node *from = &nodes[1 - now[i].to];
        assert_int_equal(performer_receive(nodes[now[i].to].performer, from->config.nation,
                                           (struct bytes){now[i].bytes, now[i].size},
                                           flown_instant(t_s)),
                         OK);
    }
}

/* Time passes for both; Korea's radar sees the missile. */
static void run(double to_s, double step_s)
{
    while (t_s < to_s) {
        t_s += step_s;
        struct observation o;
        if (flown_plot(&nodes[KOR].config.sensors[0], t_s, &draw, &o)) {
            assert_int_equal(performer_scan(nodes[KOR].performer, &o, 1, flown_instant(t_s)), OK);
        }
        for (int at = KOR; at <= JPN; at++) {
            assert_int_equal(performer_tick(nodes[at].performer, flown_instant(t_s)), OK);
            commit(at);
        }
        deliver();
    }
}

static void snapshot(int at)
{
    struct performer *p = nodes[at].performer;
    assert_int_equal(performer_snapshot_take(p), OK);
    commit(at);
    assert_true(performer_snapshot_is_ready(p));
    assert_int_equal(performer_snapshot_write(p, nodes[at].path), OK);
}

/* A day and more, in which snapshots are kept as a node keeps them. */
static void pass(double hours)
{
    for (double h = 0.0; h < hours; h += 1.0) {
        run(t_s + 3600.0, 600.0);
        snapshot(KOR);
    }
}

static void files(const char *command, const char *from, const char *to)
{
    char text[400];
    (void)snprintf(text, sizeof text,
                   "cd %s && for e in '' -wal; do if [ -e %s$e ]; then %s %s$e %s$e; else rm -f "
                   "%s$e; fi; done",
                   folder, from, command, from, to, to);
    const int status = system(text);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void audit_file(const char *name, struct audit_report *report)
{
    char path[128];
    enum journal_fault fault = JOURNAL_FAULT_NONE;
    (void)snprintf(path, sizeof path, "%.64s/%.32s", folder, name);
    assert_int_equal(audit(path, NULL, 0, report, &fault), OK);
}

/* The finding of an audit of a copy of Korea's journal with one thing done to it. */
static const char *found_after(const char *change)
{
    static struct audit_report report;
    char path[128];
    sqlite3 *db = NULL;
    files("cp", "KOR.db", "changed.db");
    (void)snprintf(path, sizeof path, "%.64s/changed.db", folder);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, change, NULL, NULL, NULL), SQLITE_OK);
    assert_true(sqlite3_changes(db) > 0);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    audit_file("changed.db", &report);
    return report.finding_count > 0 ? report.findings[0].text : "";
}

static void audit_kor(struct audit_report *report)
{
    char text[300];
    audit_file("KOR.db", report);
    (void)snprintf(text, sizeof text, "%s", report->findings[0].text);
    if (report->finding_count > 0) {
        print_message("%s\n", text);
    }
    assert_int_equal(report->finding_count, 0);
}

static int begin(void **state)
{
    (void)state;
    (void)memcpy(folder + sizeof folder - 7, "XXXXXX", 6);
    if (mkdtemp(folder) == NULL || keys_start() != OK) {
        return -1;
    }
    const struct geo_geodetic site = {40.611208 * RAD_PER_DEG, 126.425743 * RAD_PER_DEG, 0.0};
    flown_solve(site, 80.0, 970.0, 4500.0, FLIGHT_INTERMEDIATE);
    random_init(&draw, 7, 1);
    t_s = 60.0;
    letter_count = 0;
    jpn_is_away = false;
    memset(nodes, 0, sizeof nodes);
    for (int at = KOR; at <= JPN; at++) {
        struct node *n = &nodes[at];
        n->config = pair_config(at == KOR ? PAIR_KOR : PAIR_JPN);
        keys_derive(1, n->config.nation, &n->keys);
        n->config.partner_keys[0] = keys_for_partner(&n->keys, n->config.partners[0]);
        (void)snprintf(n->path, sizeof n->path, "%.64s/%s", folder,
                       at == KOR ? "KOR.db" : "JPN.db");
    }
    start(KOR);
    start(JPN);
    return 0;
}

static int end(void **state)
{
    (void)state;
    stop(KOR);
    stop(JPN);
    char text[64];
    (void)snprintf(text, sizeof text, "rm -r %.48s", folder);
    return system(text);
}

static void what_nobody_needs_goes_and_is_told(void **state)
{
    (void)state;
    static struct audit_report report;
    run(120.0, 0.5);
    pass(23.0);
    const uint64_t released = session(KOR)->ledger.last;
    assert_true(released > 20);
    assert_int_equal(nodes[KOR].journal->first, 1); /* a day has not passed */
    pass(3.0);
    const uint64_t first = nodes[KOR].journal->first;
    assert_true(first > 240); /* all of the launch's first two minutes, and more */
    const struct retention *r = performer_retention(nodes[KOR].performer);
    assert_int_equal(r->facts.first, first);
    assert_true(instant_since_s(flown_instant(t_s), r->facts.oldest) <= DAY_S + 1200.0);
    assert_false(r->is_due);
    stop(KOR);
    audit_kor(&report);
    assert_int_equal(report.pruned.to, first - 1);
    assert_int_equal(report.pruned.partner_count, 1);
    assert_string_equal(report.pruned.partners[0].code, "JPN");
    assert_true(report.pruned.snapshot >= first - 1);
    start(KOR); /* from the snapshot and what is left */
    run(t_s + 5.0, 0.5);
    assert_int_equal(session(KOR)->ledger.last, released);
    assert_int_equal(session(KOR)->counters.rebases, 0);
    assert_true(session_is_up(session(KOR), flown_instant(t_s)));
}

static void a_partner_from_an_old_copy_gets_everything_again(void **state)
{
    (void)state;
    run(90.0, 0.5);
    stop(JPN);
    files("cp", "JPN.db", "old.db");
    const uint64_t early = session(KOR)->ledger.last;
    start(JPN);
    run(130.0, 0.5);
    pass(26.0);
    const uint64_t released = session(KOR)->ledger.last;
    assert_true(released > early + 20);
    assert_int_equal(session(KOR)->ledger.acknowledged, released);
    assert_true(nodes[KOR].journal->first > 300);
    stop(KOR);
    start(KOR);
    run(t_s + 5.0, 0.5);
    assert_int_equal(session(JPN)->counters.received, released);
    stop(JPN);
    files("cp", "old.db", "JPN.db");
    start(JPN);
    assert_true(session(JPN)->counters.received <= early);
    run(t_s + 30.0, 0.5);
    assert_int_equal(session(KOR)->counters.regressions, 1);
    assert_int_equal(session(KOR)->counters.rebases, 0);
    assert_int_equal(session(JPN)->counters.received, released);
    assert_int_equal(session(KOR)->ledger.acknowledged, released);
    assert_int_equal(session_missing(session(JPN)), 0);
}

/* What was dropped with leave is no place to hide: more that went, less that is left, or another
 * reason are found. */
static void what_went_without_leave_is_found(void **state)
{
    (void)state;
    run(100.0, 0.5);
    pass(26.0);
    assert_true(nodes[KOR].journal->first > 100);
    stop(KOR);
    static const char *const CHANGES[] = {
        "DELETE FROM journal_group WHERE position = (SELECT min(position) FROM journal_group)",
        "DELETE FROM journal_group WHERE position < (SELECT min(position) + 50 FROM journal_group)",
        "DELETE FROM journal_group",
        "UPDATE journal_group SET input = CAST(input || x'00' AS BLOB) WHERE position = "
        "(SELECT min(position) + 7 FROM journal_group)",
        "INSERT INTO journal_group SELECT position - 1, time_tai_ns, input, effects, chain FROM "
        "journal_group ORDER BY position LIMIT 1",
        "DELETE FROM fact WHERE key LIKE 'pruned%'",
    };
    for (size_t i = 0; i < sizeof CHANGES / sizeof CHANGES[0]; i++) {
        print_message("%s\n", found_after(CHANGES[i]));
        assert_true(strlen(found_after(CHANGES[i])) > 10);
    }
    start(KOR);
}

/* A snapshot that was taken, and that the disk does not have, is none: a crash would leave nothing
 * to start from. */
static void what_no_snapshot_on_the_disk_has_stays(void **state)
{
    (void)state;
    run(100.0, 0.5);
    for (double h = 0.0; h < 30.0; h += 1.0) {
        run(t_s + 3600.0, 600.0);
        assert_int_equal(performer_snapshot_take(nodes[KOR].performer), OK);
    }
    assert_int_equal(nodes[KOR].journal->first, 1);
    assert_true(performer_retention(nodes[KOR].performer)->waits_for_snapshot);
    pass(3.0);
    assert_true(nodes[KOR].journal->first > 1);
}

/* What was released before the last word of a partner is not kept for its sake. */
static void what_a_partner_has_not_acknowledged_stays(void **state)
{
    (void)state;
    run(100.0, 0.5);
    jpn_is_away = true;
    run(110.0, 0.5);
    pass(48.0);
    const struct session *s = session(KOR);
    assert_true(s->ledger.acknowledged < s->ledger.last);
    struct journal_group group;
    const uint64_t first = nodes[KOR].journal->first;
    assert_int_equal(journal_read(nodes[KOR].journal, first, &group), OK);
    assert_true(first > 1);
    assert_false(instant_before(flown_instant(101.0), group.time));
    const struct retention *r = performer_retention(nodes[KOR].performer);
    assert_true(r->is_due);
    assert_int_equal(r->waits_for, 0);
    jpn_is_away = false;
    run(t_s + 30.0, 0.5);
    assert_int_equal(s->ledger.acknowledged, s->ledger.last);
    pass(2.0);
    assert_true(nodes[KOR].journal->first > first);
}

static void put(struct byte_writer *w, uint64_t number)
{
    assert_int_equal(byte_writer_u64(w, number), OK);
}

static const char *flaw_of(uint64_t keep_s, uint64_t snapshot, uint64_t acknowledged)
{
    uint8_t bytes[RETENTION_FACT_BYTES_MAX];
    struct byte_writer w = {bytes, sizeof bytes, 0};
    struct retention_reason reason;
    put(&w, 100);
    put(&w, 5000);
    put(&w, acknowledged);
    put(&w, keep_s * (uint64_t)NS_PER_S);
    put(&w, snapshot);
    assert_int_equal(retention_reason_read(byte_writer_written(&w), &reason), OK);
    w.size--;
    assert_int_equal(retention_reason_read(byte_writer_written(&w), &reason), ERR_FORMAT);
    return retention_reason_flaw(&reason);
}

static void a_reason_that_allows_nothing_is_found(void **state)
{
    (void)state;
    assert_null(flaw_of(86400, 100, 5000));
    assert_non_null(flaw_of(86399, 100, 5000));
    assert_non_null(flaw_of(86400, 99, 5000));
    assert_non_null(flaw_of(86400, 100, 5001));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_nobody_needs_goes_and_is_told, begin, end),
        cmocka_unit_test_setup_teardown(what_went_without_leave_is_found, begin, end),
        cmocka_unit_test_setup_teardown(a_partner_from_an_old_copy_gets_everything_again, begin,
                                        end),
        cmocka_unit_test_setup_teardown(what_no_snapshot_on_the_disk_has_stays, begin, end),
        cmocka_unit_test_setup_teardown(what_a_partner_has_not_acknowledged_stays, begin, end),
        cmocka_unit_test(a_reason_that_allows_nothing_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
