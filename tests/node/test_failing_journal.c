/* A node's life while a call of its journal fails: it starts and runs, or says that it cannot; and
 * what it journalled is replayed, run again and audited as if nothing had been. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../engine/pair.h"
#include "../failing/failing.h"
#include "../track/flown.h"
#include "journal/journal_sqlite.h"
#include "node/performer.h"
#include "node/rerun.h"

#define ALL 60 /* calls of a story that are tried each; of those after them every so many */
#define APART 9

static char path[] = "/tmp/watchfire_failing_XXXXXX";
static struct engine_config config;
static struct keys own;
static struct keys partner;
static uint64_t lives;

int fsync(int file)
{
    return file >= 0 ? 0 : -1;
}

int fdatasync(int file)
{
    return fsync(file);
}

static void remove_journal(void)
{
    static const char *const endings[] = {"", "-wal", "-shm", ".snapshot-0", ".snapshot-1"};
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        char name[96];
        (void)snprintf(name, sizeof name, "%s%s", path, endings[i]);
        (void)unlink(name);
    }
}

static int begin(void **state)
{
    (void)state;
    const int fd = mkstemp(path);
    if (fd < 0 || close(fd) != 0 || keys_start() != OK) {
        return -1;
    }
    config = pair_config(PAIR_KOR);
    keys_derive(1, config.nation, &own);
    keys_derive(1, config.partners[0], &partner);
    return 0;
}

static int end(void **state)
{
    (void)state;
    remove_journal();
    return 0;
}

static result start(struct performer *p, double t_s)
{
    struct key_trust trust;
    struct keys_boot boot;
    key_trust_fix(&partner.list, &trust);
    lives++;
    keys_boot_make(&own, config.partners[0], lives, &boot);
    result done = performer_restore(p, path, 1);
    done = done == OK ? performer_replay(p, 1) : done;
    done = done == OK ? performer_boot(p, &own, &trust, &boot, flown_instant(t_s)) : done;
    for (int i = 0; i < 5 && done == OK; i++) {
        t_s += 0.7;
        done = performer_tick(p, flown_instant(t_s));
        if (i == 3 && done == OK) {
            (void)!performer_snapshot_take(p); /* without one it goes on */
        }
        done = done == OK ? performer_commit(p, flown_instant(t_s)) : done;
    }
    if (done == OK && performer_snapshot_is_ready(p)) {
        assert_true(performer_snapshot_write(p, path) == OK || failing_struck());
    }
    return done;
}

/* Lives on what is there already. True if nothing failed. */
static bool live(double t_s)
{
    struct journal *j = NULL;
    struct performer *p = NULL;
    failing_hold(true);
    assert_int_equal(journal_sqlite_open(path, t_s > 0.0 ? JOURNAL_OPEN : JOURNAL_CREATE, &j, NULL),
                     OK);
    failing_hold(false);
    const struct performer_shell shell = {.journal = j};
    result done = performer_open(&config, &shell, &p);
    done = done == OK ? start(p, t_s) : done;
    failing_hold(true);
    performer_close(p);
    journal_close(j);
    failing_hold(false);
    if (done != OK && !failing_struck()) {
        fail_msg("life %d: %s", (int)lives, result_text(done));
    }
    return done == OK;
}

static void run_again(void)
{
    struct journal *j = NULL;
    struct rerun_report report;
    struct rerun_request request = {.from = INSTANT_UNSET, .to = INSTANT_UNSET};
    failing_hold(true);
    assert_int_equal(journal_sqlite_open(path, JOURNAL_READ, &j, NULL), OK);
    failing_hold(false);
    const result done = rerun(j, &request, &report);
    assert_true(done == OK || failing_struck() || done == ERR_NOT_FOUND);
    assert_true(done != OK || report.verdict == RERUN_SAME);
    journal_close(j);
}

/* With call n failing, for the first ones each, then for every few. */
static void try_calls(void (*story)(void))
{
    bool struck = true;
    for (uint32_t call = 1; struck; call += call < ALL ? 1 : APART) {
        failing_begin(call, false);
        story();
        struck = failing_end();
    }
}

static void a_first_life(void)
{
    failing_hold(true);
    remove_journal();
    failing_hold(false);
    (void)live(0.0);
    (void)failing_end();
    run_again(); /* whatever became of it, what is there is sound */
}

static void a_later_life(void)
{
    (void)live(10.0 * (double)lives);
}

static void a_node_starts_or_says_that_it_cannot(void **state)
{
    (void)state;
    try_calls(a_first_life);
    remove_journal();
    failing_begin(0, false);
    assert_true(live(0.0));
    try_calls(a_later_life);
    assert_true(live(10.0 * (double)lives));
}

static void what_is_run_again_reads_all_or_says_so(void **state)
{
    (void)state;
    remove_journal();
    failing_begin(0, false);
    assert_true(live(0.0));
    try_calls(run_again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_node_starts_or_says_that_it_cannot),
        cmocka_unit_test(what_is_run_again_reads_all_or_says_so),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
