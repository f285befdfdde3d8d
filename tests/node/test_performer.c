/* The performer: nothing is carried before it is durable, a node that was killed goes on as if it
 * had not been, and a journal that is not this run's is refused. */
#include "../base/near.h"

#include <signal.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../engine/pair.h"
#include "../track/flown.h"
#include "cli/play.h"
#include "cli/scenario_file.h"
#include "journal/journal_sqlite.h"
#include "node/performer.h"
#include "weak_journal.h"

struct line {
    struct weak_journal *journal;
    uint64_t carried;
    bool too_early;
};

static void carry(void *context, uint32_t partner, enum frame_lane lane, struct bytes sealed,
                  struct instant now)
{
    (void)partner;
    (void)lane;
    (void)sealed;
    (void)now;
    struct line *line = context;
    line->carried++;
    line->too_early |= line->journal->journal.committed != line->journal->journal.last;
}

static void show(void *context, const struct engine *engine, const struct effect *effect)
{
    (void)context;
    (void)engine;
    (void)effect;
}

static void run_weak(bool fails, struct line *line)
{
    static struct weak_journal journal;
    memset(&journal, 0, sizeof journal);
    journal.journal.functions = &WEAK_JOURNAL;
    *line = (struct line){.journal = &journal};
    assert_int_equal(keys_start(), OK);
    const struct engine_config config = pair_config(PAIR_KOR);
    struct keys own;
    struct keys partner;
    keys_derive(1, config.nation, &own);
    keys_derive(1, config.partners[0], &partner);
    struct key_trust trust;
    key_trust_fix(&partner.list, &trust);
    const struct performer_shell shell = {
        .context = line, .carry = carry, .show = show, .journal = &journal.journal};
    struct performer *p = NULL;
    struct keys_boot boot;
    keys_boot_make(&own, config.partners[0], 1, &boot);
    assert_int_equal(performer_open(&config, &shell, &p), OK);
    assert_int_equal(performer_boot(p, &own, &trust, &boot, flown_instant(0.0)), OK);
    journal.fails = fails;
    for (int i = 1; i <= 20; i++) {
        const struct instant now = flown_instant(0.5 * i);
        assert_int_equal(performer_tick(p, now), OK);
        const uint64_t before = line->carried;
        assert_int_equal(performer_commit(p, now), fails ? ERR_IO : OK);
        assert_true(!fails || line->carried == before);
        if (fails) {
            break; /* the journal takes no more */
        }
    }
    assert_true(journal.commits > 0);
    performer_close(p);
}

static void nothing_is_carried_before_it_is_durable(void **state)
{
    (void)state;
    struct line line;
    run_weak(false, &line);
    assert_true(line.carried > 0);
    assert_false(line.too_early);
    run_weak(true, &line);
    assert_int_equal(line.carried, 0);
}

static struct scenario scenario;
static char folder[] = "/tmp/watchfire-performer-XXXXXX";
static char whole[64];
static char killed[64];

static struct play_options options_of(const char *dir, bool resume)
{
    return (struct play_options){
        .scenario = &scenario, .seed = 4711, .journal_dir = dir, .resume = resume};
}

static struct play *open_play(const struct play_options *options)
{
    struct play *play = NULL;
    char message[PLAY_MESSAGE_SIZE] = "";
    if (play_open(options, &play, message) != OK) {
        fail_msg("%s", message);
    }
    return play;
}

static void play_to(struct play *play, double t_s)
{
    char message[PLAY_MESSAGE_SIZE] = "";
    if (play_until(play, instant_plus_s(scenario.start, t_s), message) != OK) {
        fail_msg("%s", message);
    }
}

/* Plays in another process that dies at t_s as a power cut would have it: nothing is closed. */
static void play_and_die(const char *dir, double t_s)
{
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        const struct play_options options = options_of(dir, false);
        struct play *play = NULL;
        char message[PLAY_MESSAGE_SIZE];
        if (play_open(&options, &play, message) != OK ||
            play_until(play, instant_plus_s(scenario.start, t_s), message) != OK) {
            _exit(3);
        }
        (void)kill(getpid(), SIGKILL);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
}

static void path_of(const char *dir, uint32_t nation, char out[128])
{
    (void)snprintf(out, 128, "%s/%s.journal", dir, scenario.nations[nation].id.code);
}

static uint64_t groups_in(const char *dir, uint32_t nation)
{
    char path[128];
    struct journal *j = NULL;
    path_of(dir, nation, path);
    assert_int_equal(journal_sqlite_open(path, JOURNAL_READ, &j, NULL), OK);
    const uint64_t last = j->last;
    journal_close(j);
    return last;
}

/* Both folders' journals of a nation hold the same inputs and the same digests of effects. */
static void assert_same_journals(uint32_t nation)
{
    char path[128];
    struct journal *a = NULL;
    struct journal *b = NULL;
    path_of(whole, nation, path);
    assert_int_equal(journal_sqlite_open(path, JOURNAL_READ, &a, NULL), OK);
    path_of(killed, nation, path);
    assert_int_equal(journal_sqlite_open(path, JOURNAL_READ, &b, NULL), OK);
    assert_int_equal(a->last, b->last);
    assert_true(a->last > 600);
    for (uint64_t position = 1; position <= a->last; position++) {
        struct journal_group x;
        struct journal_group y;
        assert_int_equal(journal_read(a, position, &x), OK);
        assert_int_equal(journal_read(b, position, &y), OK);
        assert_true(instant_equal(x.time, y.time));
        assert_int_equal(x.input.size, y.input.size);
        assert_memory_equal(x.input.data, y.input.data, x.input.size);
        assert_int_equal(x.effects.size, y.effects.size);
        assert_memory_equal(x.effects.data, y.effects.data, x.effects.size);
        assert_memory_equal(x.chain, y.chain, sizeof x.chain);
    }
    journal_close(a);
    journal_close(b);
}

static void a_killed_node_goes_on_as_if_it_had_not_been(void **state)
{
    (void)state;
    play_and_die(killed, 140.25);
    const uint64_t kept = groups_in(killed, 0);
    assert_true(kept > 300);
    const struct play_options first = options_of(whole, false);
    const struct play_options second = options_of(killed, true);
    struct play *uninterrupted = open_play(&first);
    play_to(uninterrupted, 170.0);
    struct play *resumed = open_play(&second);
    play_to(resumed, 100.0);
    assert_true(play_is_replaying(resumed));
    play_to(resumed, 170.0);
    assert_false(play_is_replaying(resumed));
    for (uint32_t n = 0; n < scenario.nation_count; n++) {
        const struct engine *a = play_engine(uninterrupted, n);
        const struct engine *b = play_engine(resumed, n);
        assert_int_equal(a->position, b->position);
        assert_int_not_equal(a->events[0].id.value, 0);
        assert_memory_equal(&a->events[0].common, &b->events[0].common, sizeof a->events[0].common);
        assert_int_equal(a->records_released, b->records_released);
    }
    play_close(uninterrupted);
    play_close(resumed);
    assert_true(groups_in(killed, 0) > kept);
    for (uint32_t n = 0; n < scenario.nation_count; n++) {
        assert_same_journals(n);
    }
}

static void refuse_to_open(const struct play_options *options, const char *says)
{
    struct play *play = NULL;
    char message[PLAY_MESSAGE_SIZE] = "";
    assert_int_not_equal(play_open(options, &play, message), OK);
    assert_null(play);
    if (strstr(message, says) == NULL) {
        fail_msg("does not say '%s': %s", says, message);
    }
}

static void another_run_is_not_resumed(void **state)
{
    (void)state;
    struct play_options other = options_of(killed, true);
    other.seed = 4712;
    refuse_to_open(&other, "seed 4712");
    const struct play_options again = options_of(killed, false);
    refuse_to_open(&again, killed);
    const struct play_options nowhere = options_of("/tmp/watchfire-nothing-is-here", true);
    refuse_to_open(&nowhere, "begun there");
    (void)rmdir("/tmp/watchfire-nothing-is-here");
}

/* Changes the journal behind its back. */
static void tamper(uint32_t nation, const char *sql)
{
    char path[128];
    sqlite3 *db = NULL;
    path_of(killed, nation, path);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_changes(db), 1);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void resume_and_find(const char *says)
{
    const struct play_options options = options_of(killed, true);
    struct play *play = open_play(&options);
    char message[PLAY_MESSAGE_SIZE] = "";
    const result status = play_until(play, instant_plus_s(scenario.start, 170.0), message);
    assert_int_equal(status, ERR_STATE);
    if (strstr(message, says) == NULL) {
        fail_msg("does not say '%s': %s", says, message);
    }
    play_close(play);
}

static void a_changed_journal_is_found(void **state)
{
    (void)state;
    tamper(1, "UPDATE journal_group SET effects = zeroblob(32) WHERE position = 501");
    resume_and_find("JPN: the journal holds something else at position 501 ");
    tamper(0, "UPDATE journal_group SET input = zeroblob(length(input)) WHERE position = 77");
    resume_and_find("KOR: the journal holds something else at position 77 ");
}

static int begin(void **state)
{
    (void)state;
    char path[512];
    char message[YAML_MESSAGE_SIZE] = "";
    (void)snprintf(path, sizeof path, "%s/scenarios/2022-10-04-irbm-over-japan.yaml", DATA_DIR);
    if (mkdtemp(folder) == NULL || scenario_file_read(path, &scenario, message) != OK) {
        print_error("%s\n", message);
        return -1;
    }
    (void)snprintf(whole, sizeof whole, "%s/whole", folder);
    (void)snprintf(killed, sizeof killed, "%s/killed", folder);
    return 0;
}

static int end(void **state)
{
    (void)state;
    const char *dirs[2] = {whole, killed};
    static const char *const SUFFIXES[3] = {"", "-wal", "-shm"};
    for (int d = 0; d < 2; d++) {
        for (uint32_t n = 0; n < scenario.nation_count; n++) {
            for (int k = 0; k < 3; k++) {
                char path[160];
                (void)snprintf(path, sizeof path, "%s/%s.journal%s", dirs[d],
                               scenario.nations[n].id.code, SUFFIXES[k]);
                (void)unlink(path);
            }
        }
        (void)rmdir(dirs[d]);
    }
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_carried_before_it_is_durable),
        cmocka_unit_test(a_killed_node_goes_on_as_if_it_had_not_been),
        cmocka_unit_test(another_run_is_not_resumed),
        cmocka_unit_test(a_changed_journal_is_found),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
