/* The commit in three steps: inputs go on while a group is written, a group that the disk refused
 * is written once it works, and nothing stale is sent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../engine/pair.h"
#include "../track/flown.h"
#include "node/performer.h"
#include "weak_journal.h"

static struct weak_journal disk;
static struct performer *p;
static uint32_t carried;
static double t_s;

static void carry(void *context, uint32_t partner, enum frame_lane lane, struct bytes sealed,
                  struct instant now)
{
    (void)context;
    (void)partner;
    (void)lane;
    (void)sealed;
    (void)now;
    carried++;
}

/* Opened anew, the journal has what was committed. */
static void reopen(void)
{
    const uint64_t committed = disk.journal.committed;
    const uint64_t facts = disk.facts;
    memset(&disk, 0, sizeof disk);
    disk.journal.functions = &WEAK_JOURNAL;
    disk.journal.last = committed;
    disk.journal.committed = committed;
    disk.journal.head.position = committed;
    disk.journal.head.facts = facts;
    disk.facts = facts;
}

static int begin(void **state)
{
    (void)state;
    static struct engine_config config;
    static struct keys own;
    static struct keys partner;
    static struct key_trust trust;
    static struct keys_boot boot;
    disk.journal.committed = 0;
    disk.facts = 0;
    reopen();
    carried = 0;
    t_s = 0.0;
    if (keys_start() != OK) {
        return -1;
    }
    config = pair_config(PAIR_KOR);
    keys_derive(1, config.nation, &own);
    keys_derive(1, config.partners[0], &partner);
    key_trust_fix(&partner.list, &trust);
    keys_boot_make(&own, config.partners[0], 1, &boot);
    const struct performer_shell shell = {.carry = carry, .journal = &disk.journal};
    return performer_open(&config, &shell, &p) == OK &&
                   performer_boot(p, &own, &trust, &boot, flown_instant(0.0)) == OK
               ? 0
               : -1;
}

static int end(void **state)
{
    (void)state;
    performer_close(p);
    return 0;
}

static void tick(void)
{
    t_s += 0.5;
    assert_int_equal(performer_tick(p, flown_instant(t_s)), OK);
}

static void inputs_go_on_while_a_group_is_written(void **state)
{
    (void)state;
    assert_true(performer_commit_begin(p));
    assert_false(performer_commit_begin(p)); /* one at a time */
    const uint64_t position = performer_engine(p)->position;
    tick();
    tick();
    assert_int_equal(performer_commit_work(p), OK);
    assert_int_equal(disk.journal.committed, position);
    assert_int_equal(carried, 0);
    assert_int_equal(performer_commit_end(p, flown_instant(t_s)), OK);
    assert_int_equal(carried, 1); /* the first hello; what the ticks sent still waits */
    assert_true(performer_has_news(p));
    assert_int_equal(performer_uncommitted(p), 3); /* two ticks, and the end of the commit */
    assert_true(performer_commit_begin(p));
    assert_int_equal(performer_commit_work(p), OK);
    assert_int_equal(performer_commit_end(p, flown_instant(t_s)), OK);
    assert_true(carried > 1);
    assert_int_equal(disk.appends, position + 3);
    assert_false(performer_has_news(p)); /* that a commit ended is no reason for another */
}

static void what_the_disk_refused_is_written_once_it_works(void **state)
{
    (void)state;
    disk.fails = true;
    assert_true(performer_commit_begin(p));
    for (int again = 0; again < 3; again++) {
        assert_int_equal(performer_commit_work(p), ERR_IO);
        performer_commit_failed(p);
        tick();
        reopen();
        disk.fails = true;
    }
    assert_int_equal(carried, 0);
    assert_int_equal(disk.journal.committed, 0);
    reopen();
    assert_int_equal(performer_commit_work(p), OK);
    assert_int_equal(disk.journal.committed, 1);
    assert_int_equal(performer_commit_end(p, flown_instant(t_s)), OK);
    assert_true(performer_commit_begin(p));
    assert_int_equal(performer_commit_work(p), OK);
    assert_int_equal(disk.journal.committed, 1 + 4);
    assert_int_equal(performer_commit_end(p, flown_instant(t_s)), OK);
    assert_int_equal(carried, 0); /* all that waited while it failed is stale by now: dropped */
    tick();
    tick();
    assert_true(performer_commit_begin(p));
    assert_int_equal(performer_commit_work(p), OK);
    assert_int_equal(performer_commit_end(p, flown_instant(t_s)), OK);
    assert_true(carried > 0); /* and said again */
}

/* The commit went through, but its answer was an error. */
static void what_the_disk_has_already_is_not_written_twice(void **state)
{
    (void)state;
    tick();
    disk.fails = true;
    assert_true(performer_commit_begin(p));
    assert_int_equal(performer_commit_work(p), ERR_IO);
    performer_commit_failed(p);
    disk.journal.committed = 2;
    reopen();
    assert_int_equal(performer_commit_work(p), OK);
    assert_int_equal(disk.appends, 0);
    assert_int_equal(performer_commit_end(p, flown_instant(t_s)), OK);
}

static void a_full_group_takes_no_observations_but_time(void **state)
{
    (void)state;
    static struct observation scan[LIMIT_SCAN];
    for (uint32_t i = 0; i < LIMIT_SCAN; i++) {
        /* Under the ground: cheap to work through, and as long as any other. */
        scan[i] = (struct observation){.sensor = performer_engine(p)->config.sensors[0].id,
                                       .kind = SENSOR_RADAR,
                                       .validity = flown_instant(0.0),
                                       .receipt = flown_instant(0.0)};
        scan[i].radar.polar = (struct geo_polar){100e3, 1.0, -1.0};
    }
    uint32_t taken = 0;
    while (taken < 10000 && !performer_is_full(p)) {
        t_s += 1e-3;
        assert_int_equal(performer_scan(p, scan, LIMIT_SCAN, flown_instant(t_s)), OK);
        taken++;
    }
    assert_in_range(taken, 50, 5000);
    const uint64_t position = performer_engine(p)->position;
    assert_int_equal(performer_scan(p, scan, LIMIT_SCAN, flown_instant(t_s)), ERR_FULL);
    assert_int_equal(performer_engine(p)->position, position);
    tick();
    assert_int_equal(performer_engine(p)->position, position + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(inputs_go_on_while_a_group_is_written, begin, end),
        cmocka_unit_test_setup_teardown(what_the_disk_refused_is_written_once_it_works, begin, end),
        cmocka_unit_test_setup_teardown(what_the_disk_has_already_is_not_written_twice, begin, end),
        cmocka_unit_test_setup_teardown(a_full_group_takes_no_observations_but_time, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
