/* Both journals: what was committed is there, in order; what was not is gone; what is not a journal
 * is refused with the reason. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <signal.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "journal/journal_memory.h"
#include "journal/journal_sqlite.h"
#include "journal/walk.h"

static int flushes;

/* SQLite's, too: the linker takes these before the C library's. The disk is not what is tested. */
int fsync(int file)
{
    flushes += file >= 0 ? 1 : 0;
    return 0;
}

int fdatasync(int file)
{
    return fsync(file);
}

struct place {
    char folder[64];
    char path[128];
};

static struct place place_make(void)
{
    struct place p;
    snprintf(p.folder, sizeof p.folder, "/tmp/watchfire_journal_XXXXXX");
    assert_non_null(mkdtemp(p.folder));
    snprintf(p.path, sizeof p.path, "%s/kor.journal", p.folder);
    return p;
}

static void place_remove(const struct place *p)
{
    static const char *const endings[] = {"", "-wal", "-shm", "-journal"};
    for (int i = 0; i < 4; i++) {
        char path[160];
        snprintf(path, sizeof path, "%s%s", p->path, endings[i]);
        (void)unlink(path);
    }
    assert_int_equal(rmdir(p->folder), 0);
}

static struct bytes text(const char *t)
{
    return (struct bytes){(const uint8_t *)t, strlen(t)};
}

static result append_number(struct journal *j, uint64_t n)
{
    char input[64];
    uint8_t effects[32];
    snprintf(input, sizeof input, "input %llu", (unsigned long long)n);
    memset(effects, (int)(n % 251), sizeof effects);
    return journal_append(j, n, (struct instant){(int64_t)n * 1000}, text(input),
                          (struct bytes){effects, sizeof effects});
}

static void expect_number(struct journal *j, uint64_t n)
{
    char input[64];
    struct journal_group group;
    snprintf(input, sizeof input, "input %llu", (unsigned long long)n);
    assert_int_equal(journal_read(j, n, &group), OK);
    assert_int_equal(group.position, n);
    assert_int_equal(group.time.tai_ns, (int64_t)n * 1000);
    assert_int_equal(group.input.size, strlen(input));
    assert_memory_equal(group.input.data, input, group.input.size);
    assert_int_equal(group.effects.size, 32);
    assert_int_equal(group.effects.data[31], n % 251);
}

/* Whoever goes on behind its end remembers what it has not. */
static void what_was_forgotten_is_said(void **state)
{
    (void)state;
    struct journal *j = NULL;
    assert_int_equal(journal_memory_open(&j), OK);
    assert_int_equal(append_number(j, 1), OK);
    assert_int_equal(append_number(j, 1), ERR_STATE); /* it has that */
    assert_int_equal(journal_last_fault(j), JOURNAL_FAULT_NONE);
    assert_int_equal(append_number(j, 3), ERR_STATE);
    assert_int_equal(journal_last_fault(j), JOURNAL_FAULT_FORGOT);
    assert_non_null(strstr(journal_fault_text(JOURNAL_FAULT_FORGOT), "start the node again"));
    assert_int_equal(append_number(j, 2), ERR_IO);
    assert_int_equal(journal_commit(j), ERR_IO);
    journal_close(j);
}

static void exercise(struct journal *j)
{
    struct journal_group group;
    struct bytes value;
    assert_int_equal(journal_read(j, 1, &group), ERR_NOT_FOUND);
    assert_int_equal(journal_get_meta(j, "seed", &value), ERR_NOT_FOUND);
    assert_int_equal(append_number(j, 0), ERR_STATE);
    for (uint64_t n = 1; n <= 500; n++) {
        assert_int_equal(append_number(j, n), OK);
        if (n % 7 == 0) {
            assert_int_equal(journal_commit(j), OK);
        }
        expect_number(j, (n + 1) / 2);
    }
    assert_int_equal(j->last, 500);
    assert_int_equal(j->committed, 497);
    assert_int_equal(journal_set_meta(j, "seed", text("4711")), OK);
    assert_int_equal(journal_set_meta(j, "seed", text("4712")), OK);
    assert_int_equal(journal_set_meta(j, "empty", text("")), OK);
    assert_int_equal(journal_set_meta(j, "", text("x")), ERR_RANGE);
    assert_int_equal(journal_get_meta(j, "seed", &value), OK);
    assert_int_equal(value.size, 4);
    assert_memory_equal(value.data, "4712", 4);
    assert_int_equal(journal_get_meta(j, "empty", &value), OK);
    assert_int_equal(value.size, 0);
    assert_int_equal(journal_commit(j), OK);
    assert_int_equal(j->committed, 500);
    assert_int_equal(append_number(j, 501), OK);
}

static void test_memory(void **state)
{
    (void)state;
    struct journal *j = NULL;
    assert_int_equal(journal_memory_open(&j), OK);
    exercise(j);
    journal_memory_crash(j);
    assert_int_equal(j->last, 500);
    expect_number(j, 500);
    assert_int_equal(append_number(j, 501), OK);
    journal_close(j);
}

static void test_sqlite(void **state)
{
    (void)state;
    const struct place p = place_make();
    struct journal *j = NULL;
    enum journal_fault fault = JOURNAL_FAULT_DISK;
    assert_int_equal(journal_sqlite_open(p.path, JOURNAL_CREATE, &j, &fault), OK);
    assert_int_equal(fault, JOURNAL_FAULT_NONE);
    exercise(j);
    journal_close(j); /* group 501 was never committed */
    assert_int_equal(journal_sqlite_open(p.path, JOURNAL_OPEN, &j, &fault), OK);
    assert_int_equal(j->last, 500);
    for (uint64_t n = 1; n <= 500; n++) {
        expect_number(j, n);
    }
    struct bytes value;
    assert_int_equal(journal_get_meta(j, "seed", &value), OK);
    assert_memory_equal(value.data, "4712", 4);
    assert_int_equal(append_number(j, 501), OK);
    assert_int_equal(journal_commit(j), OK);
    journal_close(j);
    assert_int_equal(journal_sqlite_open(p.path, JOURNAL_READ, &j, &fault), OK);
    assert_int_equal(j->last, 501);
    expect_number(j, 501);
    assert_int_equal(append_number(j, 502), ERR_IO);
    assert_int_equal(journal_last_fault(j), JOURNAL_FAULT_READ_ONLY);
    journal_close(j);
    place_remove(&p);
}

/* A process that is killed in the middle: every group it had committed is there, without a hole. */
static void test_kill(void **state)
{
    (void)state;
    const struct place p = place_make();
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct journal *j = NULL;
        if (journal_sqlite_open(p.path, JOURNAL_CREATE, &j, NULL) != OK) {
            _exit(1);
        }
        for (uint64_t n = 1;; n++) {
            if (append_number(j, n) != OK || (n % 5 == 0 && journal_commit(j) != OK) ||
                (n % 5 == 0 && write(ends[1], &n, sizeof n) != (ssize_t)sizeof n)) {
                _exit(1);
            }
        }
    }
    uint64_t committed = 0;
    while (committed < 200) {
        assert_int_equal(read(ends[0], &committed, sizeof committed), sizeof committed);
    }
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    close(ends[0]);
    close(ends[1]);
    struct journal *j = NULL;
    assert_int_equal(journal_sqlite_open(p.path, JOURNAL_OPEN, &j, NULL), OK);
    assert_true(j->last >= committed);
    assert_int_equal(j->last % 5, 0);
    for (uint64_t n = 1; n <= j->last; n++) {
        expect_number(j, n);
    }
    journal_close(j);
    place_remove(&p);
}

static void test_refusals(void **state)
{
    (void)state;
    const struct place p = place_make();
    struct journal *j = NULL;
    struct journal *other = NULL;
    enum journal_fault fault = JOURNAL_FAULT_NONE;
    assert_int_equal(journal_sqlite_open(p.path, JOURNAL_OPEN, &j, &fault), ERR_NOT_FOUND);
    assert_int_equal(fault, JOURNAL_FAULT_MISSING);

    FILE *file = fopen(p.path, "wb");
    assert_non_null(file);
    for (int i = 0; i < 400; i++) {
        fputs("this is a letter, not a journal. ", file);
    }
    fclose(file);
    assert_int_equal(journal_sqlite_open(p.path, JOURNAL_OPEN, &j, &fault), ERR_FORMAT);
    assert_int_equal(fault, JOURNAL_FAULT_NOT_JOURNAL);
    assert_int_equal(unlink(p.path), 0);

    sqlite3 *database = NULL;
    assert_int_equal(sqlite3_open(p.path, &database), SQLITE_OK);
    assert_int_equal(sqlite3_exec(database, "CREATE TABLE t(x)", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(database);
    assert_int_equal(journal_sqlite_open(p.path, JOURNAL_OPEN, &j, &fault), ERR_FORMAT);
    assert_int_equal(fault, JOURNAL_FAULT_NOT_JOURNAL);
    assert_int_equal(journal_sqlite_open(p.path, JOURNAL_CREATE, &j, &fault), ERR_STATE);
    assert_int_equal(fault, JOURNAL_FAULT_EXISTS);
    assert_int_equal(unlink(p.path), 0);

    assert_int_equal(journal_sqlite_open(p.path, JOURNAL_CREATE, &j, &fault), OK);
    assert_int_equal(journal_sqlite_open(p.path, JOURNAL_OPEN, &other, &fault), ERR_STATE);
    assert_int_equal(fault, JOURNAL_FAULT_LOCKED);
    assert_int_equal(append_number(j, 1), OK);
    assert_int_equal(append_number(j, 2), OK);
    assert_int_equal(append_number(j, 3), OK);
    assert_int_equal(journal_commit(j), OK);
    journal_close(j);

    assert_int_equal(sqlite3_open(p.path, &database), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(database, "DELETE FROM journal_group WHERE position = 3", NULL, NULL, NULL),
        SQLITE_OK);
    sqlite3_close(database);
    assert_int_equal(journal_sqlite_open(p.path, JOURNAL_OPEN, &j, &fault), ERR_IO);
    assert_int_equal(fault, JOURNAL_FAULT_CORRUPT);
    assert_int_equal(sqlite3_open(p.path, &database), SQLITE_OK);
    assert_int_equal(sqlite3_exec(database, "PRAGMA user_version = 1", NULL, NULL, NULL),
                     SQLITE_OK);
    sqlite3_close(database);
    assert_int_equal(journal_sqlite_open(p.path, JOURNAL_OPEN, &j, &fault), ERR_FORMAT);
    assert_int_equal(fault, JOURNAL_FAULT_VERSION);
    place_remove(&p);
}

static uint64_t walk_all(const char *path, enum walk_flaw *worst)
{
    struct walk *w = NULL;
    struct journal_fact fact;
    struct journal_group group;
    struct journal_head head;
    enum journal_fault fault = JOURNAL_FAULT_NONE;
    enum walk_flaw flaw = WALK_SOUND;
    uint64_t count = 0;
    *worst = WALK_SOUND;
    assert_int_equal(walk_open(path, &w, &fault), OK);
    while (walk_fact(w, &fact, &flaw)) {
        *worst = flaw > *worst ? flaw : *worst;
    }
    while (walk_group(w, &group, &flaw)) {
        *worst = flaw > *worst ? flaw : *worst;
        count++;
    }
    flaw = walk_end(w, &head);
    *worst = flaw > *worst ? flaw : *worst;
    walk_close(w);
    return count;
}

/* The disk fills up: the journal says so, takes no more, and what was committed is still there. */
static void test_full_disk(void **state)
{
    (void)state;
    const struct place p = place_make();
    struct journal *j = NULL;
    assert_int_equal(journal_sqlite_open(p.path, JOURNAL_CREATE, &j, NULL), OK);
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    const struct rlimit small = {1024 * 1024, before.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    static uint8_t big[65536];
    const struct bytes none = {NULL, 0};
    result r = OK;
    for (uint64_t n = 1; n <= 200 && r == OK; n++) {
        r = journal_append(j, n, (struct instant){1}, (struct bytes){big, sizeof big}, none);
        r = r == OK ? journal_commit(j) : r;
    }
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(r, ERR_IO);
    assert_int_not_equal(journal_last_fault(j), JOURNAL_FAULT_NONE);
    const uint64_t committed = j->committed;
    assert_true(committed > 0);
    assert_int_equal(journal_append(j, j->last + 1, (struct instant){1}, text("x"), none), ERR_IO);
    journal_close(j);
    assert_int_equal(journal_sqlite_open(p.path, JOURNAL_OPEN, &j, NULL), OK);
    assert_true(j->last >= committed);
    /* There is room again: it goes on where it was, and nothing in it is amiss. */
    for (int i = 0; i < 20; i++) {
        assert_int_equal(journal_append(j, j->last + 1, (struct instant){1},
                                        (struct bytes){big, sizeof big}, none),
                         OK);
        assert_int_equal(journal_commit(j), OK);
    }
    const uint64_t last = j->last;
    journal_close(j);
    enum walk_flaw worst = WALK_SOUND;
    assert_int_equal(walk_all(p.path, &worst), last);
    assert_int_equal(worst, WALK_SOUND);
    place_remove(&p);
}

/* Old groups go, oldest first and only as far as asked; what is left is in order and goes on. */
static void drop_some(struct journal *j)
{
    uint64_t dropped = 0;
    struct journal_group group;
    struct bytes value;
    for (uint64_t n = 1; n <= 100; n++) {
        assert_int_equal(append_number(j, n), OK);
    }
    assert_int_equal(journal_commit(j), OK);
    const struct instant before = {60 * 1000};
    assert_int_equal(journal_drop(j, (struct instant){1000}, 100, 1000, &dropped), OK);
    assert_int_equal(dropped, 0); /* none is older */
    assert_int_equal(journal_drop(j, before, 100, 10, &dropped), OK);
    assert_int_equal(dropped, 10);
    assert_int_equal(journal_drop(j, before, 30, 1000, &dropped), OK);
    assert_int_equal(dropped, 20);
    assert_int_equal(journal_drop(j, before, 100, 1000, &dropped), OK);
    assert_int_equal(dropped, 29);
    assert_int_equal(j->first, 60);
    assert_int_equal(journal_read(j, 59, &group), ERR_NOT_FOUND);
    expect_number(j, 60);
    expect_number(j, 100);
    assert_int_equal(journal_get_meta(j, "dropped", &value), OK);
    assert_int_equal(value.size, 8 + JOURNAL_CHAIN_BYTES);
    assert_int_equal(value.data[7], 59);
    assert_int_equal(append_number(j, 101), OK);
    assert_int_equal(journal_commit(j), OK);
}

static void test_drop(void **state)
{
    (void)state;
    struct journal *j = NULL;
    assert_int_equal(journal_memory_open(&j), OK);
    drop_some(j);
    journal_close(j);
    const struct place p = place_make();
    assert_int_equal(journal_sqlite_open(p.path, JOURNAL_CREATE, &j, NULL), OK);
    drop_some(j);
    journal_close(j);
    assert_int_equal(journal_sqlite_open(p.path, JOURNAL_OPEN, &j, NULL), OK);
    assert_int_equal(j->first, 60);
    assert_int_equal(append_number(j, 102), OK);
    assert_int_equal(journal_commit(j), OK);
    journal_close(j);
    enum walk_flaw worst = WALK_SOUND;
    assert_int_equal(walk_all(p.path, &worst), 43);
    assert_int_equal(worst, WALK_SOUND);
    sqlite3 *database = NULL;
    assert_int_equal(sqlite3_open(p.path, &database), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(database, "DELETE FROM journal_group WHERE position = 60", NULL, NULL, NULL),
        SQLITE_OK);
    sqlite3_close(database);
    assert_int_equal(walk_all(p.path, &worst), 42);
    assert_int_equal(worst, WALK_MISSING);
    place_remove(&p);
}

/* A commit returns after the disk was told to keep it: otherwise an acknowledged record would go
 * with the power. */
static void test_each_commit_is_flushed(void **state)
{
    (void)state;
    const struct place p = place_make();
    struct journal *j = NULL;
    assert_int_equal(journal_sqlite_open(p.path, JOURNAL_CREATE, &j, NULL), OK);
    for (uint64_t n = 1; n <= 50; n++) {
        assert_int_equal(append_number(j, n), OK);
        flushes = 0;
        assert_int_equal(journal_commit(j), OK);
        assert_true(flushes >= 1);
    }
    journal_close(j);
    place_remove(&p);
}

/* A group's place in the chain depends on every part of it, and on where one ends and the next
 * begins; a fact's likewise. */
static void test_the_chain_covers_everything(void **state)
{
    (void)state;
    const struct journal_group groups[] = {
        {.position = 1, .time = {5}, .input = text("abc"), .effects = text("de")},
        {.position = 2, .time = {5}, .input = text("abc"), .effects = text("de")},
        {.position = 1, .time = {6}, .input = text("abc"), .effects = text("de")},
        {.position = 1, .time = {5}, .input = text("abx"), .effects = text("de")},
        {.position = 1, .time = {5}, .input = text("abc"), .effects = text("dx")},
        {.position = 1, .time = {5}, .input = text("abcd"), .effects = text("e")}};
    const struct journal_fact facts[] = {
        {.number = 1, .position = 3, .key = "abc", .value = text("de")},
        {.number = 2, .position = 3, .key = "abc", .value = text("de")},
        {.number = 1, .position = 4, .key = "abc", .value = text("de")},
        {.number = 1, .position = 3, .key = "abx", .value = text("de")},
        {.number = 1, .position = 3, .key = "abc", .value = text("dx")},
        {.number = 1, .position = 3, .key = "abcd", .value = text("e")}};
    const uint8_t before[2][JOURNAL_CHAIN_BYTES] = {{1}, {2}};
    uint8_t chains[14][JOURNAL_CHAIN_BYTES];
    for (int i = 0; i < 6; i++) {
        journal_chain_group(&groups[i], before[0], chains[i]);
        journal_chain_fact(&facts[i], before[0], chains[6 + i]);
    }
    journal_chain_group(&groups[0], before[1], chains[12]);
    journal_chain_fact(&facts[0], before[1], chains[13]);
    for (int i = 0; i < 14; i++) {
        for (int k = 0; k < i; k++) {
            assert_memory_not_equal(chains[i], chains[k], JOURNAL_CHAIN_BYTES);
        }
    }
}

/* What was cut off at the end is missed, of the groups as of the facts. */
static void test_a_cut_end_is_missed(void **state)
{
    (void)state;
    static const char *const cuts[] = {"DELETE FROM journal_group WHERE position = 5",
                                       "DELETE FROM fact WHERE number = 5"};
    for (int i = 0; i < 2; i++) {
        const struct place p = place_make();
        struct journal *j = NULL;
        sqlite3 *database = NULL;
        enum walk_flaw worst = WALK_SOUND;
        assert_int_equal(journal_sqlite_open(p.path, JOURNAL_CREATE, &j, NULL), OK);
        for (uint64_t n = 1; n <= 5; n++) {
            assert_int_equal(append_number(j, n), OK);
            assert_int_equal(journal_set_meta(j, "fact", text("value")), OK);
        }
        assert_int_equal(journal_commit(j), OK);
        journal_close(j);
        assert_int_equal(walk_all(p.path, &worst), 5);
        assert_int_equal(worst, WALK_SOUND);
        assert_int_equal(sqlite3_open(p.path, &database), SQLITE_OK);
        assert_int_equal(sqlite3_exec(database, cuts[i], NULL, NULL, NULL), SQLITE_OK);
        sqlite3_close(database);
        (void)walk_all(p.path, &worst);
        assert_int_equal(worst, WALK_END);
        place_remove(&p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_forgotten_is_said),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_sqlite),
        cmocka_unit_test(test_kill),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_full_disk),
        cmocka_unit_test(test_drop),
        cmocka_unit_test(test_each_commit_is_flushed),
        cmocka_unit_test(test_the_chain_covers_everything),
        cmocka_unit_test(test_a_cut_end_is_missed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
