/* A node goes on from its snapshot as if it had replayed everything: every effect after it is the
 * same, bit for bit. What is damaged, of another history or of another build is not used. With
 * WATCHFIRE_LONG the last ten seconds hold 6,000 observations a second, and the start is timed. */
#include "../base/near.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../engine/pair.h"
#include "../track/flown.h"
#include "journal/journal_sqlite.h"
#include "node/performer.h"
#include "node/run.h"

#define RADARS 16
#define SNAPSHOT_S 130.0

static char folder[] = "/tmp/watchfire-snapshot-XXXXXX";
static char path[64];
static struct engine_config config;
static struct keys own;
static struct keys partner;
static struct observation scan[LIMIT_SCAN];

static bool is_long(void)
{
    return getenv("WATCHFIRE_LONG") != NULL;
}

static double end_s(void)
{
    return SNAPSHOT_S + (is_long() ? 10.0 : 5.0);
}

/* Of the processor: the machine may have other things to do. */
static double cpu_s(void)
{
    struct timespec t;
    assert_int_equal(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t), 0);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static struct journal *open_journal(enum journal_mode mode)
{
    struct journal *j = NULL;
    assert_int_equal(journal_sqlite_open(path, mode, &j, NULL), OK);
    return j;
}

static struct performer *open_performer(struct journal *j)
{
    const struct performer_shell shell = {.journal = j};
    struct performer *p = NULL;
    assert_int_equal(performer_open(&config, &shell, &p), OK);
    return p;
}

/* One radar's look: the missile if it sees it, and false alarms. */
static void look(struct performer *p, uint32_t radar, double t_s, uint32_t alarms, struct random *r)
{
    uint32_t count = 0;
    if (flown_plot(&config.sensors[radar], t_s, r, &scan[0])) {
        count++;
    }
    for (uint32_t i = 0; i < alarms; i++) {
        scan[count] = flown_false_alarm(&config.sensors[radar], t_s, r);
        count++;
    }
    if (count > 0) {
        assert_int_equal(performer_scan(p, scan, count, flown_instant(t_s)), OK);
    }
}

/* Returns how long the copy took. */
static double record(struct performer *p, double from_s, double to_s, uint64_t seed)
{
    struct random r;
    double copied_s = 0.0;
    random_init(&r, seed, 1);
    const uint32_t alarms = is_long() ? 374 : 20;
    for (double t_s = from_s; t_s < to_s; t_s += 0.5) {
        for (uint32_t k = 0; k < RADARS && (int)(2.0 * t_s) % 2 == 0; k++) {
            look(p, k, t_s + 0.001 * k, t_s >= SNAPSHOT_S - 20.0 ? alarms : 5, &r);
        }
        assert_int_equal(performer_tick(p, flown_instant(t_s + 0.1)), OK);
        const bool is_time = fabs(t_s - SNAPSHOT_S) < 0.01;
        if (is_time) {
            /* Twice: the room for it is there after the first. */
            assert_int_equal(performer_snapshot_take(p), OK);
            const double begin_s = cpu_s();
            assert_int_equal(performer_snapshot_take(p), OK);
            copied_s = cpu_s() - begin_s;
            assert_false(performer_snapshot_is_ready(p));
        }
        assert_int_equal(performer_commit(p, flown_instant(t_s + 0.1)), OK);
        if (is_time) {
            assert_true(performer_snapshot_is_ready(p));
            assert_int_equal(performer_snapshot_write(p, path), OK);
        }
    }
    return copied_s;
}

static uint64_t size_of(const char *ending)
{
    char name[128];
    struct stat about = {.st_size = 0};
    (void)snprintf(name, sizeof name, "%s%s", path, ending);
    (void)stat(name, &about);
    return (uint64_t)about.st_size;
}

/* Returns how long it took. */
static double start_again(struct journal *j, struct performer **out, bool from_snapshot)
{
    const double begin_s = cpu_s();
    struct performer *p = open_performer(j);
    uint64_t since = 0;
    assert_true(run_is_current(j, &config, &own, &since));
    if (from_snapshot) {
        assert_int_equal(performer_restore(p, path, since), OK);
    }
    assert_int_equal(performer_replay(p, since + 1), OK);
    *out = p;
    return cpu_s() - begin_s;
}

static void boot(struct performer *p, uint64_t counter, double t_s)
{
    struct keys_boot boot;
    struct key_trust trust;
    key_trust_fix(&partner.list, &trust);
    keys_boot_make(&own, config.partners[0], counter, &boot);
    assert_int_equal(performer_boot(p, &own, &trust, &boot, flown_instant(t_s)), OK);
}

static void a_start_from_a_snapshot_is_the_same(void **state)
{
    (void)state;
    struct journal *j = open_journal(JOURNAL_CREATE);
    struct performer *p = open_performer(j);
    boot(p, 1, 90.0);
    const double copied_s = record(p, 90.0, end_s(), 7);
    const struct engine *whole = performer_engine(p);
    journal_close(j);

    j = open_journal(JOURNAL_OPEN);
    struct performer *all = NULL;
    struct performer *quick = NULL;
    const double all_s = start_again(j, &all, false);
    const double quick_s = start_again(j, &quick, true);
    print_message("%u inputs; snapshot of %.1f MB copied in %.1f ms; start with all %.2f s, "
                  "with the snapshot %.2f s\n",
                  (unsigned)whole->position, 1e-6 * (double)size_of(".snapshot-0"), 1e3 * copied_s,
                  all_s, quick_s);
    const struct engine *a = performer_engine(all);
    const struct engine *b = performer_engine(quick);
    /* All but that the last commit ended. */
    assert_int_equal(a->position, whole->position - 1);
    assert_int_equal(b->position, whole->position - 1);
    assert_true(b->tracker.tracks[0].id.value != 0);
    assert_memory_equal(&a->events, &b->events, sizeof a->events);
    assert_memory_equal(&a->sessions[0], &b->sessions[0], sizeof a->sessions[0]);
    performer_close(quick);
    /* And what it does then is what the one with the snapshot does. */
    boot(all, 2, end_s());
    (void)record(all, end_s(), end_s() + 3.0, 8);
    performer_close(all);
    journal_close(j);
    j = open_journal(JOURNAL_OPEN);
    (void)start_again(j, &quick, true);
    performer_close(quick);
    performer_close(p);
    journal_close(j);
}

/* To whom a line leads, and which version of the wire is spoken, is part of what a snapshot has. */
static void a_snapshot_of_other_settings_does_not_fit(void **state)
{
    (void)state;
    const struct engine_config before = config;
    struct journal *j = open_journal(JOURNAL_OPEN);
    for (int what = 0; what < 3; what++) {
        config.speaks = what == 1 ? 1 : before.speaks;
        config.apart[0] = what == 2;
        struct performer *p = open_performer(j);
        assert_int_equal(performer_restore(p, path, 0), OK);
        assert_int_equal(performer_engine(p)->position > 0, what == 0);
        assert_int_equal(performer_engine(p)->config.apart[0], what == 2);
        performer_close(p);
    }
    config = before;
    journal_close(j);
}

/* With other settings all inputs have to be worked through, or what came after a copy that was
 * worked through before: the engine is the same. */
static void other_settings_are_prepared_for(void **state)
{
    (void)state;
    const struct engine_config before = config;
    struct performer *p[2] = {NULL, NULL};
    struct journal *j = open_journal(JOURNAL_OPEN);
    config.sensor_count--; /* a radar less: its scans are time that passes */
    p[0] = open_performer(j);
    assert_int_equal(performer_replay(p[0], UINT64_MAX), OK);
    const uint64_t prepared = performer_engine(p[0])->position;
    assert_int_equal(performer_prepare(p[0], path), OK);
    performer_close(p[0]);
    journal_close(j);

    config = before; /* meanwhile the node goes on as it was */
    j = open_journal(JOURNAL_OPEN);
    (void)start_again(j, &p[0], true);
    assert_true(performer_engine(p[0])->position == prepared);
    boot(p[0], 7, end_s() + 4.0);
    (void)record(p[0], end_s() + 4.0, end_s() + 6.0, 9);
    performer_close(p[0]);
    journal_close(j);

    config.sensor_count--;
    j = open_journal(JOURNAL_OPEN);
    for (int i = 0; i < 2; i++) {
        const double begin_s = cpu_s();
        p[i] = open_performer(j);
        if (i == 1) {
            assert_int_equal(performer_restore(p[i], path, 0), OK);
            assert_int_equal(performer_engine(p[i])->position, prepared);
        }
        assert_int_equal(performer_replay(p[i], UINT64_MAX), OK);
        print_message("%s %.2f s\n", i == 0 ? "all" : "what came after the copy",
                      cpu_s() - begin_s);
    }
    const struct engine *a = performer_engine(p[0]);
    const struct engine *b = performer_engine(p[1]);
    assert_true(a->position > prepared && a->position == b->position);
    assert_memory_equal(&a->events, &b->events, sizeof a->events);
    assert_memory_equal(&a->sessions[0], &b->sessions[0], sizeof a->sessions[0]);
    performer_close(p[0]);
    performer_close(p[1]);
    journal_close(j);
    config = before;
}

static void flip(const char *ending, long at)
{
    char name[128];
    (void)snprintf(name, sizeof name, "%s%s", path, ending);
    FILE *file = fopen(name, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, at, SEEK_SET), 0);
    const int byte = fgetc(file);
    assert_int_equal(fseek(file, at, SEEK_SET), 0);
    assert_int_equal(fputc(byte ^ 0x10, file), byte ^ 0x10);
    assert_int_equal(fclose(file), 0);
}

/* Which position a start would go on from. */
static uint64_t restored(struct journal *j)
{
    struct performer *p = open_performer(j);
    assert_int_equal(performer_restore(p, path, 0), OK);
    const uint64_t position = performer_engine(p)->position;
    performer_close(p);
    return position;
}

static void what_does_not_fit_is_not_used(void **state)
{
    (void)state;
    struct journal *j = open_journal(JOURNAL_OPEN);
    const uint64_t position = restored(j);
    assert_true(position > 0 && position < j->last);
    static const long PLACES[] = {0, 9, 41, 50, 81, 100, 5000, 20000};
    for (size_t i = 0; i < sizeof PLACES / sizeof PLACES[0]; i++) {
        flip(".snapshot-0", PLACES[i]);
        assert_int_equal(restored(j), 0);
        flip(".snapshot-0", PLACES[i]);
    }
    assert_int_equal(restored(j), position);
    char name[128];
    (void)snprintf(name, sizeof name, "%s.snapshot-0", path);
    assert_int_equal(truncate(name, (off_t)size_of(".snapshot-0") - 4100), 0);
    assert_int_equal(restored(j), 0);
    journal_close(j);
}

/* No secret towards a partner lies in the file. */
static void no_secret_is_in_it(void **state)
{
    (void)state;
    char name[128];
    (void)snprintf(name, sizeof name, "%s.snapshot-0", path);
    FILE *file = fopen(name, "rb");
    assert_non_null(file);
    static uint8_t bytes[64u << 20];
    const size_t size = fread(bytes, 1, sizeof bytes, file);
    assert_true(size > 100000);
    const uint8_t *key = config.partner_keys[0].bytes;
    for (size_t at = 0; at + DIGEST_BYTES <= size; at++) {
        assert_true(bytes[at] != key[0] || memcmp(bytes + at, key, DIGEST_BYTES) != 0);
    }
    (void)fclose(file);
}

static int begin(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL || keys_start() != OK) {
        return -1;
    }
    (void)snprintf(path, sizeof path, "%s/KOR.journal", folder);
    const struct geo_geodetic site = {40.611208 * RAD_PER_DEG, 126.425743 * RAD_PER_DEG, 0.0};
    flown_solve(site, 80.0, 970.0, 4500.0, FLIGHT_INTERMEDIATE);
    config = pair_config(PAIR_KOR);
    for (config.sensor_count = 0; config.sensor_count < RADARS; config.sensor_count++) {
        char text[16];
        const int k = (int)config.sensor_count;
        (void)snprintf(text, sizeof text, "R%d", k);
        config.sensors[k] = flown_radar(text, 37.5 + 0.1 * k, 128.0 + 0.1 * k, true);
    }
    keys_derive(1, config.nation, &own);
    keys_derive(1, config.partners[0], &partner);
    config.partner_keys[0] = keys_for_partner(&own, config.partners[0]);
    return 0;
}

static int end(void **state)
{
    (void)state;
    static const char *const ENDINGS[] = {
        "", "-wal", "-shm", ".snapshot-0", ".snapshot-1", ".snapshot-next"};
    for (size_t i = 0; i < sizeof ENDINGS / sizeof ENDINGS[0]; i++) {
        char name[128];
        (void)snprintf(name, sizeof name, "%s%s", path, ENDINGS[i]);
        (void)unlink(name);
    }
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_start_from_a_snapshot_is_the_same),
        cmocka_unit_test(no_secret_is_in_it),
        cmocka_unit_test(a_snapshot_of_other_settings_does_not_fit),
        cmocka_unit_test(other_settings_are_prepared_for),
        cmocka_unit_test(what_does_not_fit_is_not_used),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
