/* The journals when a call of SQLite or of memory fails, one after the other: an error comes out,
 * and what a commit had called durable is there afterwards, whole. And what a journal says of the
 * reasons. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "../failing/failing.h"
#include "../failing/failing_sqlite.h"
#include "journal/journal_memory.h"
#include "journal/journal_sqlite.h"
#include "journal/walk.h"

#define GROUPS 4

static char folder[] = "/tmp/watchfire_failing_XXXXXX";
static char path[64];

/* Not the disk is tested. */
int fsync(int file)
{
    return file >= 0 ? 0 : -1;
}

int fdatasync(int file)
{
    return fsync(file);
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) != NULL ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    return rmdir(folder);
}

static void remove_journal(void)
{
    static const char *const endings[] = {"", "-wal", "-shm", "-journal"};
    for (int i = 0; i < 4; i++) {
        char name[96];
        (void)snprintf(name, sizeof name, "%s%s", path, endings[i]);
        (void)unlink(name);
    }
}

static int begin(void **state)
{
    (void)state;
    (void)snprintf(path, sizeof path, "%s/journal", folder);
    remove_journal();
    return 0;
}

static int end(void **state)
{
    (void)state;
    remove_journal();
    failing_sqlite_code = SQLITE_IOERR;
    return 0;
}

static struct bytes text(const char *t)
{
    return (struct bytes){(const uint8_t *)t, strlen(t)};
}

static result append_one(struct journal *j, uint64_t n)
{
    char input[32];
    (void)snprintf(input, sizeof input, "input %d", (int)n);
    return journal_append(j, n, (struct instant){(int64_t)n * NS_PER_S}, text(input),
                          text("effects"));
}

static void expect_one(struct journal *j, uint64_t n)
{
    char input[32];
    struct journal_group group;
    (void)snprintf(input, sizeof input, "input %d", (int)n);
    assert_int_equal(journal_read(j, n, &group), OK);
    assert_int_equal(group.input.size, strlen(input));
    assert_memory_equal(group.input.data, input, group.input.size);
}

/* Transactions of one group and one fact each, then the older half is dropped. Returns how many
 * transactions were called durable; `whole` = nothing failed. */
static uint64_t use(struct journal *j, bool *whole)
{
    uint64_t durable = 0;
    uint64_t dropped = 0;
    struct bytes value;
    result done = OK;
    for (uint64_t n = 1; n <= GROUPS && done == OK; n++) {
        done = append_one(j, n);
        done = done == OK ? journal_set_meta(j, "fact", text("value")) : done;
        done = done == OK ? journal_get_meta(j, "fact", &value) : done;
        done = done == OK ? journal_commit(j) : done;
        durable = done == OK ? n : durable;
    }
    done = done == OK ? journal_drop(j, (struct instant){2 * NS_PER_S + 1}, GROUPS, 100, &dropped)
                      : done;
    assert_int_equal(dropped, done == OK ? 2 : 0);
    done = done == OK ? journal_commit(j) : done;
    if (done != OK) {
        assert_int_equal(done, ERR_IO);
        /* It was a disk's failure, and nothing is said to be durable after it. */
        assert_int_not_equal(journal_last_fault(j), JOURNAL_FAULT_NONE);
        assert_int_equal(journal_commit(j), ERR_IO);
    }
    *whole = done == OK;
    return durable;
}

static void a_journal_is_made_and_used(void)
{
    struct journal *j = NULL;
    enum journal_fault fault = JOURNAL_FAULT_NONE;
    bool whole = false;
    uint64_t durable = 0;
    remove_journal();
    const result made = journal_sqlite_open(path, JOURNAL_CREATE, &j, &fault);
    if (made == OK) {
        durable = use(j, &whole);
        journal_close(j);
    } else {
        assert_int_equal(made, ERR_IO);
        assert_int_equal(fault, JOURNAL_FAULT_DISK);
    }
    assert_int_equal(whole, !failing_struck());
    failing_hold(true);
    if (made == OK) {
        assert_int_equal(journal_sqlite_open(path, JOURNAL_OPEN, &j, &fault), OK);
        assert_in_range(j->last, durable, GROUPS);
        assert_true(!whole || j->first == 3);
        for (uint64_t n = j->first; n <= j->last; n++) {
            expect_one(j, n);
        }
        journal_close(j);
    }
    failing_hold(false);
}

static void what_was_durable_is_there_after_any_failure(void **state)
{
    (void)state;
    failing_each(a_journal_is_made_and_used);
}

static void make_whole(void)
{
    struct journal *j = NULL;
    bool whole = false;
    assert_int_equal(journal_sqlite_open(path, JOURNAL_CREATE, &j, NULL), OK);
    assert_int_equal(use(j, &whole), GROUPS);
    journal_close(j);
}

static void a_journal_is_opened(void)
{
    struct journal *j = NULL;
    enum journal_fault fault = JOURNAL_FAULT_NONE;
    const result opened = journal_sqlite_open(path, JOURNAL_READ, &j, &fault);
    assert_int_equal(opened == OK, !failing_struck());
    if (opened != OK) {
        assert_int_equal(opened, ERR_IO);
        assert_int_not_equal(fault, JOURNAL_FAULT_NONE);
        return;
    }
    assert_int_equal(j->first, 3);
    journal_close(j);
}

static void a_journal_is_walked(void)
{
    struct walk *w = NULL;
    struct journal_fact fact;
    struct journal_group group;
    struct journal_head head;
    char name[JOURNAL_KEY_SIZE];
    enum journal_fault fault = JOURNAL_FAULT_NONE;
    enum walk_flaw flaw = WALK_SOUND;
    enum walk_flaw worst = WALK_SOUND;
    int rows = 0;
    if (walk_open(path, &w, &fault) != OK) {
        assert_true(failing_struck());
        return;
    }
    while (walk_fact(w, &fact, &flaw)) {
        worst = worst == WALK_SOUND ? flaw : worst;
        rows++;
    }
    while (walk_group(w, &group, &flaw)) {
        worst = worst == WALK_SOUND ? flaw : worst;
        rows++;
    }
    const enum walk_flaw end_flaw = walk_end(w, &head);
    worst = worst == WALK_SOUND ? end_flaw : worst;
    (void)walk_foreign(w, name);
    if (worst == WALK_SOUND) {
        assert_int_equal(rows, GROUPS + 1 + GROUPS - 2);
    }
    if (!failing_struck()) {
        assert_int_equal(worst, WALK_SOUND);
    }
    walk_close(w);
}

static void readers_say_that_they_cannot_read(void **state)
{
    (void)state;
    make_whole();
    failing_each(a_journal_is_opened);
    failing_each(a_journal_is_walked);
}

static void the_memory_is_used(void)
{
    struct journal *j = NULL;
    bool whole = false;
    if (journal_memory_open(&j) != OK) {
        assert_true(failing_struck());
        return;
    }
    const uint64_t durable = use(j, &whole);
    assert_int_equal(whole, !failing_struck());
    for (uint64_t n = j->first; n <= durable; n++) {
        expect_one(j, n);
    }
    journal_close(j);
}

static void memory_that_runs_out_is_a_disk_that_fails(void **state)
{
    (void)state;
    failing_each(the_memory_is_used);
}

/* What SQLite says is told in words that say what to do something about. */
static void each_reason_of_sqlite_has_its_words(void **state)
{
    static const struct {
        int code;
        enum journal_fault fault;
    } REASONS[] = {
        {SQLITE_FULL, JOURNAL_FAULT_FULL},       {SQLITE_BUSY, JOURNAL_FAULT_LOCKED},
        {SQLITE_LOCKED, JOURNAL_FAULT_LOCKED},   {SQLITE_NOTADB, JOURNAL_FAULT_NOT_JOURNAL},
        {SQLITE_CORRUPT, JOURNAL_FAULT_CORRUPT}, {SQLITE_READONLY, JOURNAL_FAULT_READ_ONLY},
        {SQLITE_PERM, JOURNAL_FAULT_READ_ONLY},  {SQLITE_IOERR, JOURNAL_FAULT_DISK}};
    (void)state;
    for (size_t i = 0; i < sizeof REASONS / sizeof REASONS[0]; i++) {
        struct journal *j = NULL;
        remove_journal();
        assert_int_equal(journal_sqlite_open(path, JOURNAL_CREATE, &j, NULL), OK);
        failing_sqlite_code = REASONS[i].code;
        failing_begin(1, true);
        assert_int_equal(append_one(j, 1), ERR_IO);
        assert_true(failing_end());
        assert_int_equal(journal_last_fault(j), REASONS[i].fault);
        journal_close(j);
    }
}

static void every_fault_and_flaw_has_words_of_its_own(void **state)
{
    (void)state;
    for (int i = 0; i <= JOURNAL_FAULT_DISK; i++) {
        for (int k = 0; k < i; k++) {
            assert_string_not_equal(journal_fault_text((enum journal_fault)i),
                                    journal_fault_text((enum journal_fault)k));
        }
    }
    for (int i = 0; i <= WALK_END; i++) {
        for (int k = 0; k < i; k++) {
            assert_string_not_equal(walk_flaw_text((enum walk_flaw)i),
                                    walk_flaw_text((enum walk_flaw)k));
        }
    }
}

/* Whoever wrote in the file beside the journal wrote something that no journal writes. */
static const struct {
    const char *sql;
    enum walk_flaw flaw;
} FOREIGN_ROWS[] = {
    {"UPDATE fact SET key = printf('%064d', 1) WHERE number = 3", WALK_KIND},
    {"UPDATE fact SET value = 'text' WHERE number = 3", WALK_KIND},
    {"UPDATE fact SET chain = x'00' WHERE number = 3", WALK_KIND},
    {"UPDATE journal_group SET input = 'text' WHERE position = 3", WALK_KIND},
    {"UPDATE fact SET number = number + 1 WHERE number = 5", WALK_MISSING},
    {"DELETE FROM head", WALK_NO_HEAD},
    {"UPDATE head SET fact_chain = x'00'", WALK_NO_HEAD},
    {"UPDATE head SET group_chain = x'00'", WALK_NO_HEAD},
    {"UPDATE head SET group_chain = zeroblob(32)", WALK_END},
    {"INSERT INTO head SELECT 7, position, facts, group_chain, fact_chain FROM head", WALK_NO_HEAD},
    {"UPDATE fact SET value = zeroblob(39) WHERE key = 'dropped'", WALK_CHANGED},
};

static enum walk_flaw first_flaw(void)
{
    struct walk *w = NULL;
    struct journal_fact fact;
    struct journal_group group;
    struct journal_head head;
    enum journal_fault fault = JOURNAL_FAULT_NONE;
    enum walk_flaw flaw = WALK_SOUND;
    enum walk_flaw found = WALK_SOUND;
    assert_int_equal(walk_open(path, &w, &fault), OK);
    while (found == WALK_SOUND && walk_fact(w, &fact, &flaw)) {
        found = flaw;
    }
    while (found == WALK_SOUND && walk_group(w, &group, &flaw)) {
        found = flaw;
    }
    found = found == WALK_SOUND ? walk_end(w, &head) : found;
    walk_close(w);
    return found;
}

static void rows_of_other_kinds_are_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof FOREIGN_ROWS / sizeof FOREIGN_ROWS[0]; i++) {
        sqlite3 *database = NULL;
        remove_journal();
        make_whole();
        assert_int_equal(first_flaw(), WALK_SOUND);
        assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
        assert_int_equal(sqlite3_exec(database, FOREIGN_ROWS[i].sql, NULL, NULL, NULL), SQLITE_OK);
        sqlite3_close(database);
        if (first_flaw() != FOREIGN_ROWS[i].flaw) {
            fail_msg("%s: %s", FOREIGN_ROWS[i].sql, walk_flaw_text(first_flaw()));
        }
    }
}

static void a_table_of_someone_else_is_named(void **state)
{
    (void)state;
    struct walk *w = NULL;
    sqlite3 *database = NULL;
    char name[JOURNAL_KEY_SIZE] = "";
    enum journal_fault fault = JOURNAL_FAULT_NONE;
    make_whole();
    assert_int_equal(walk_open(path, &w, &fault), OK);
    assert_false(walk_foreign(w, name));
    walk_close(w);
    assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
    assert_int_equal(sqlite3_exec(database, "CREATE TABLE notes(a)", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(database);
    assert_int_equal(walk_open(path, &w, &fault), OK);
    assert_true(walk_foreign(w, name));
    assert_string_equal(name, "notes");
    walk_close(w);
}

static void keys_and_values_have_their_bounds(void **state)
{
    (void)state;
    static uint8_t large[JOURNAL_META_BYTES_MAX + 1];
    char key[JOURNAL_KEY_SIZE + 1];
    struct journal *j = NULL;
    struct bytes value;
    struct journal_fact fact;
    memset(key, 'k', sizeof key);
    key[JOURNAL_KEY_SIZE] = '\0';
    assert_int_equal(journal_memory_open(&j), OK);
    assert_int_equal(journal_set_meta(j, "", text("v")), ERR_RANGE);
    assert_int_equal(journal_set_meta(j, key, text("v")), ERR_RANGE);
    key[JOURNAL_KEY_SIZE - 1] = '\0';
    assert_int_equal(journal_set_meta(j, key, text("v")), OK);
    assert_int_equal(journal_set_meta(j, "k", (struct bytes){large, sizeof large}), ERR_RANGE);
    assert_int_equal(journal_set_meta(j, "k", (struct bytes){large, sizeof large - 1}), OK);
    assert_int_equal(journal_get_meta(j, "other", &value), ERR_NOT_FOUND);
    assert_int_equal(append_one(j, 1), OK);
    assert_int_equal(journal_set_meta(j, "later", text("v")), OK);
    assert_int_equal(journal_get_fact(j, "later", 1, &fact), ERR_NOT_FOUND);
    assert_int_equal(journal_get_fact(j, "later", 2, &fact), OK);
    assert_int_equal(journal_get_fact(j, "later", 0, &fact), ERR_RANGE);
    journal_close(j);
    journal_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_durable_is_there_after_any_failure, begin, end),
        cmocka_unit_test_setup_teardown(readers_say_that_they_cannot_read, begin, end),
        cmocka_unit_test(memory_that_runs_out_is_a_disk_that_fails),
        cmocka_unit_test_setup_teardown(each_reason_of_sqlite_has_its_words, begin, end),
        cmocka_unit_test(every_fault_and_flaw_has_words_of_its_own),
        cmocka_unit_test_setup_teardown(rows_of_other_kinds_are_found, begin, end),
        cmocka_unit_test_setup_teardown(a_table_of_someone_else_is_named, begin, end),
        cmocka_unit_test(keys_and_values_have_their_bounds),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
