/* Two sessions over a carrier that delays, reorders, loses and repeats: in the end everything is on
 * the other side, once. Property tests over many seeds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fixture.h"
#include "session_world.h"

static void test_everything_arrives_once(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        const double worst = (double)seed / 20.0;
        const struct link_faults faults = {.delay_s = 0.3 * worst,
                                           .jitter_s = 0.5 * worst,
                                           .loss_probability = 0.4 * worst,
                                           .repeat_probability = 0.3 * worst};
        struct world w;
        world_open(&w, seed, &faults);
        for (int second = 0; second < 60; second++) {
            world_append(&w, instant_plus_s(fixture_time(0.0), (double)second));
            world_append(&w, instant_plus_s(fixture_time(0.0), (double)second));
            world_run(&w, 1.0);
        }
        world_run(&w, 120.0);
        world_assert_all_once(&w);
        world_close(&w);
    }
}

static void test_perfect_link_delivers_each_record_once_and_early(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, 1, &(struct link_faults){.delay_s = 0.1});
    world_run(&w, 5.0);
    for (int i = 0; i < 100; i++) {
        world_append(&w, fixture_time(0.0));
        world_step(&w);
    }
    /* The last one is on the other side after delay and one step, not after a repair. */
    world_run(&w, 0.3);
    assert_int_equal(w.side[1].delivered, 100);
    world_run(&w, 10.0);
    world_assert_all_once(&w);
    /* Until they are acknowledged, two go again with each new one; never more. */
    assert_in_range(w.side[0].session->counters.sent_records, 100, 300);
    world_close(&w);
}

static void test_nothing_leaves_before_the_handshake(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, 1, &(struct link_faults){.delay_s = 0.1});
    const struct link_faults cut = {.cut = true};
    assert_int_equal(link_memory_set(w.link, 1, 0, &cut), OK);
    world_append(&w, fixture_time(0.0));
    world_run(&w, 30.0);
    assert_int_equal(w.side[0].session->counters.sent_records, 0);
    assert_int_equal(w.side[1].delivered, 0);
    assert_int_equal(link_memory_set(w.link, 1, 0, &(struct link_faults){0}), OK);
    world_run(&w, 10.0);
    world_assert_all_once(&w);
    world_close(&w);
}

static void test_after_a_cut_the_newest_comes_first(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, 3, &(struct link_faults){.delay_s = 0.05});
    world_run(&w, 5.0);
    const struct link_faults cut = {.cut = true};
    assert_int_equal(link_memory_set(w.link, 0, 1, &cut), OK);
    assert_int_equal(link_memory_set(w.link, 1, 0, &cut), OK);
    for (int i = 0; i < 600; i++) {
        world_append(&w, fixture_time(0.0));
        world_step(&w);
    }
    assert_int_equal(w.side[1].delivered, 0);
    assert_false(session_is_up(w.side[1].session, w.now));
    assert_int_equal(link_memory_set(w.link, 0, 1, &(struct link_faults){.delay_s = 0.05}), OK);
    assert_int_equal(link_memory_set(w.link, 1, 0, &(struct link_faults){.delay_s = 0.05}), OK);
    world_append(&w, fixture_time(0.0));
    world_run(&w, 0.3);
    assert_int_equal(w.side[1].newest, w.appended);
    assert_true(w.side[1].delivered < w.appended);
    world_run(&w, 60.0);
    world_assert_all_once(&w);
    assert_true(session_is_up(w.side[1].session, w.now));
    world_close(&w);
}

static void test_dropped_entries_are_told_as_a_gap(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, 4, &(struct link_faults){.delay_s = 0.05, .loss_probability = 0.1});
    world_run(&w, 5.0);
    const struct link_faults cut = {.cut = true};
    assert_int_equal(link_memory_set(w.link, 0, 1, &cut), OK);
    assert_int_equal(link_memory_set(w.link, 1, 0, &cut), OK);
    for (int i = 0; i < LEDGER_ENTRIES_MAX + 300; i++) {
        world_append(&w, fixture_time(0.0));
        if (i % 1000 == 0) {
            world_step(&w);
        }
    }
    const uint64_t dropped = w.side[0].session->ledger.dropped;
    assert_true(dropped >= 300); /* more if records fill the arena first */
    assert_int_equal(link_memory_set(w.link, 0, 1, &(struct link_faults){.delay_s = 0.05}), OK);
    assert_int_equal(link_memory_set(w.link, 1, 0, &(struct link_faults){.delay_s = 0.05}), OK);
    world_run(&w, 120.0);
    assert_int_equal(w.side[1].delivered, w.appended - dropped);
    assert_int_equal(w.side[1].session->counters.gone, dropped);
    assert_int_equal(session_missing(w.side[1].session), 0);
    assert_int_equal(w.side[0].session->ledger.acknowledged, w.appended);
    assert_int_equal(w.side[1].session->counters.histories, 0);
    world_close(&w);
}

/* Two hours without the partner, eight records a second and a warning every ten minutes: when it is
 * heard again, the newest records and all warnings come first, within one round trip of its first
 * word; then the rest. */
static void test_two_hours_without_the_partner(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, 14, &(struct link_faults){.delay_s = 0.05});
    world_run(&w, 5.0);
    const struct link_faults cut = {.cut = true};
    assert_int_equal(link_memory_set(w.link, 0, 1, &cut), OK);
    assert_int_equal(link_memory_set(w.link, 1, 0, &cut), OK);
    struct random r;
    random_init(&r, 3, 1);
    const struct record track = fixture_track(&r, w.now);
    const struct record warning = fixture_warning(w.now, WARNING_UPDATE);
    const struct released_record released[2] = {fixture_released(&track),
                                                fixture_released(&warning)};
    uint64_t warnings[12];
    for (int second = 0; second < 7200; second++) {
        for (int i = 0; i < 8; i++) {
            (void)session_append(w.side[0].session, &released[0], w.now);
        }
        if (second % 600 == 300) {
            warnings[second / 600] = session_append(w.side[0].session, &released[1], w.now);
        }
        w.now = instant_plus_s(w.now, 0.9);
        world_step(&w);
    }
    w.appended = w.side[0].session->ledger.last;
    assert_int_equal(w.appended, 7200 * 8 + 12);
    assert_int_equal(w.side[0].session->ledger.dropped, 0);
    assert_int_equal(link_memory_set(w.link, 0, 1, &(struct link_faults){.delay_s = 0.05}), OK);
    assert_int_equal(link_memory_set(w.link, 1, 0, &(struct link_faults){.delay_s = 0.05}), OK);
    session_link_made(w.side[1].session, w.now); /* the first word */
    world_send_out(&w);
    world_run(&w, 0.2);
    assert_int_equal(w.side[1].newest, w.appended);
    for (int i = 0; i < 12; i++) {
        assert_int_equal(w.side[1].seen[warnings[i]], 1);
    }
    assert_true(w.side[1].delivered < w.appended / 2);
    world_run(&w, 60.0);
    world_assert_all_once(&w);
    world_close(&w);
}

/* An acknowledgement leaves at a fixed instant only, and does not name what came in the period
 * before it: as long as a commit takes less than a period, how long it took does not show. */
static void test_acknowledgements_do_not_show_the_commit(void **state)
{
    (void)state;
    struct frame acks[2];
    for (int pass = 0; pass < 2; pass++) {
        struct world w;
        world_open(&w, 15, &(struct link_faults){0});
        world_run(&w, 5.0);
        struct session *session = w.side[1].session;
        world_append(&w, w.now);
        world_send_out(&w);
        const struct instant begin = instant_plus(w.now, (struct duration){NS_PER_MS});
        world_take_in(&w, begin);
        assert_true(instant_is_set(session->ack_at));
        const struct instant due = session->ack_at;
        assert_int_equal(due.tai_ns % SESSION_ACK_NS, SESSION_ACK_PHASE_NS);
        assert_in_range(instant_since(due, begin).ns, SESSION_ACK_NS, 2 * SESSION_ACK_NS);
        const int64_t took_ns = pass == 0 ? NS_PER_MS : SESSION_ACK_NS - NS_PER_MS;
        session_committed(session, w.side[1].position,
                          instant_plus(begin, (struct duration){took_ns}));
        enum frame_lane lane;
        struct byte_writer out = {.data = w.buffer, .capacity = FRAME_BYTES_MAX};
        const struct instant before = instant_plus(due, (struct duration){-1});
        assert_false(session_next_frame(session, before, &lane, &out));
        assert_true(session_next_frame(session, due, &lane, &out));
        assert_int_equal(frame_decode(byte_writer_written(&out), &acks[pass]), OK);
        assert_int_equal(acks[pass].type, FRAME_ACK);
        assert_int_equal(acks[pass].ack.position.sequence, 1);
        world_close(&w);
    }
    assert_int_equal(acks[0].ack.time.tai_ns, acks[1].ack.time.tai_ns);
}

static void test_narrowing_withdraws_what_waits(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, 5, &(struct link_faults){.delay_s = 0.05});
    world_run(&w, 5.0);
    for (int i = 0; i < 5; i++) {
        world_append(&w, fixture_time(0.0));
        world_step(&w);
    }
    world_run(&w, 5.0);
    const struct link_faults cut = {.cut = true};
    assert_int_equal(link_memory_set(w.link, 0, 1, &cut), OK);
    for (int i = 0; i < 20; i++) {
        world_append(&w, fixture_time(0.0));
        world_step(&w);
    }
    struct policy policy = fixture_policy();
    policy.rules[0].action = POLICY_WITHHOLD;
    assert_int_equal(session_recheck(w.side[0].session, &policy, POLICY_ALL_SENSORS, w.now), 20);
    assert_int_equal(link_memory_set(w.link, 0, 1, &(struct link_faults){.delay_s = 0.05}), OK);
    world_run(&w, 60.0);
    assert_int_equal(w.side[1].delivered, 5);
    assert_int_equal(w.side[1].session->counters.gone, 20);
    assert_int_equal(w.side[0].session->ledger.acknowledged, 25);
    assert_int_equal(session_missing(w.side[1].session), 0);
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_everything_arrives_once),
        cmocka_unit_test(test_perfect_link_delivers_each_record_once_and_early),
        cmocka_unit_test(test_nothing_leaves_before_the_handshake),
        cmocka_unit_test(test_after_a_cut_the_newest_comes_first),
        cmocka_unit_test(test_dropped_entries_are_told_as_a_gap),
        cmocka_unit_test(test_two_hours_without_the_partner),
        cmocka_unit_test(test_acknowledgements_do_not_show_the_commit),
        cmocka_unit_test(test_narrowing_withdraws_what_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
