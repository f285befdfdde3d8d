/* What a session sends, when, and how much of it: KOR speaks, JPN answers as each test wants. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fixture.h"
#include "session_speaker.h"
#include "session_world.h"
#include "share/session_state.h"

/* Once a second until it is heard; at least a quarter of a second after the last when it is asked
 * for; not at all without need, and nothing into less room than the smallest batch needs. */
static void hellos(void **state)
{
    (void)state;
    assert_false(speaker_next_into(1000));
    assert_true(speaker_next());
    assert_int_equal(speaker.frame.type, FRAME_HELLO);
    assert_int_equal(speaker.lane, LANE_LIVE);
    assert_false(speaker_next());
    assert_true(instant_equal(session_next_time(speaker.session, speaker.now),
                              instant_plus_s(speaker.now, 1.0)));
    speaker_wait(0.9);
    assert_false(speaker_next());
    speaker_wait(0.1);
    assert_true(speaker_next());
    assert_int_equal(speaker.frame.hello.number, 2);
    speaker_hear_hello(true);
    while (speaker_next()) {
        assert_int_not_equal(speaker.frame.type, FRAME_HELLO);
    }
    assert_true(instant_equal(session_next_time(speaker.session, speaker.now),
                              instant_plus_s(speaker.now, 0.25)));
    speaker_wait(0.25);
    assert_true(speaker_next());
    assert_int_equal(speaker.frame.type, FRAME_HELLO);
    assert_int_equal(speaker.frame.hello.number, 3);
    for (int i = 0; i < 20; i++) {
        speaker_wait(0.5);
        while (speaker_next()) {
            assert_int_not_equal(speaker.frame.type, FRAME_HELLO);
        }
    }
    /* A key list that the partner does not hold goes on being offered, once a second. */
    session_take_keys(speaker.session, 1, (struct bytes){(const uint8_t *)"list", 4});
    for (int i = 0; i < 3; i++) {
        speaker_wait(1.0);
        assert_true(speaker_next());
        assert_int_equal(speaker.frame.type, FRAME_HELLO);
        assert_int_equal(speaker.frame.hello.key_list.size, 4);
        (void)speaker_drain();
    }
}

/* Heartbeats begin with each whole second, acknowledgements leave 25 ms and 75 ms after each tenth
 * and name what had come when the period before began: their times tell nothing. */
static void fixed_phases(void **state)
{
    (void)state;
    const struct frame_epoch jpn = world_boot(1, 6).epoch;
    struct frame f = {.type = FRAME_BATCH};
    f.batch = (struct frame_batch){.epoch = jpn,
                                   .first = 1,
                                   .count = 1,
                                   .records = {{speaker.record.bytes, speaker.record.size}}};
    speaker_hear(&f);
    session_committed(speaker.session, speaker.position, speaker.now);
    assert_true(
        instant_equal(session_next_time(speaker.session, speaker.now), fixture_time(0.175)));
    static const double silent_s[] = {0.1, 0.1249, 0.125, 0.1749};
    for (size_t i = 0; i < sizeof silent_s / sizeof silent_s[0]; i++) {
        speaker.now = fixture_time(silent_s[i]);
        assert_int_equal(speaker_drain(), 0);
    }
    speaker.now = fixture_time(0.175);
    assert_int_equal(speaker_drain(), 1);
    assert_int_equal(speaker.frame.type, FRAME_ACK);
    assert_int_equal(speaker.frame.ack.position.sequence, 1);
    speaker.now = fixture_time(0.99);
    assert_int_equal(speaker_drain(), 0); /* nothing new to acknowledge */
    speaker.now = fixture_time(1.0);
    assert_int_equal(speaker_drain(), 1);
    assert_int_equal(speaker.frame.type, FRAME_HEARTBEAT);
}

/* Of more holes than an acknowledgement can name it names the first. */
static void acknowledged_ranges(void **state)
{
    (void)state;
    const struct frame_epoch jpn = world_boot(1, 6).epoch;
    struct frame f = {.type = FRAME_BATCH};
    for (uint64_t n = 0; n < FRAME_RANGES_MAX + 4; n++) {
        f.batch = (struct frame_batch){.epoch = jpn,
                                       .first = 2 * n + 3,
                                       .count = 1,
                                       .records = {{speaker.record.bytes, speaker.record.size}}};
        speaker_hear(&f);
    }
    session_committed(speaker.session, speaker.position, speaker.now);
    speaker.now = fixture_time(0.5);
    assert_true(speaker_next());
    assert_int_equal(speaker.frame.type, FRAME_ACK);
    assert_int_equal(speaker.frame.ack.range_count, FRAME_RANGES_MAX);
    assert_int_equal(speaker.frame.ack.ranges[FRAME_RANGES_MAX - 1].first,
                     2 * FRAME_RANGES_MAX + 1);
}

/* The newest go at once, with the last two before them if those were sent a quarter of a second
 * ago; a frame holds 128, or as many as there is room for, and the rest is for the repair lane. */
static void the_live_lane(void **state)
{
    (void)state;
    speaker_append(3);
    assert_true(speaker_next_entries(sizeof speaker.plain));
    assert_int_equal(speaker.lane, LANE_LIVE);
    assert_int_equal(speaker.frame.batch.first, 1);
    assert_int_equal(speaker.frame.batch.count, 3);
    assert_false(speaker_next_entries(sizeof speaker.plain));
    speaker_append(1);
    assert_true(speaker_next_entries(sizeof speaker.plain));
    assert_int_equal(speaker.frame.batch.first, 4);
    speaker_wait(0.3);
    speaker_hear_ack(3, 3);
    speaker_append(1);
    assert_true(speaker_next_entries(sizeof speaker.plain));
    assert_int_equal(speaker.frame.batch.first, 4); /* 3 is acknowledged */
    assert_int_equal(speaker.frame.batch.count, 2);
    speaker_append(FRAME_RECORDS_MAX + 10);
    assert_true(speaker_next_entries(sizeof speaker.plain));
    assert_int_equal(speaker.lane, LANE_LIVE);
    assert_int_equal(speaker.frame.batch.count, FRAME_RECORDS_MAX);
    assert_int_equal(speaker.frame.batch.first, 16);
    assert_true(speaker_next_entries(sizeof speaker.plain));
    assert_int_equal(speaker.lane, LANE_REPAIR);
    assert_int_equal(speaker.frame.batch.first, 6);
    assert_int_equal(speaker.frame.batch.count, 10);
    assert_false(speaker_next_entries(sizeof speaker.plain));
    /* Into little room as many as fit. */
    speaker.record.size = 200;
    speaker_append(60);
    assert_true(speaker_next_entries(5000));
    assert_int_equal(speaker.lane, LANE_LIVE);
    const uint32_t live = speaker.frame.batch.count;
    assert_true(live > 10 && live < 60);
    assert_true(speaker_next_entries(5000));
    assert_int_equal(speaker.lane, LANE_REPAIR);
    assert_true(speaker.frame.batch.count > 10 && speaker.frame.batch.count < 60 - live);
    assert_int_equal(speaker.frame.batch.first, 144);
    /* The newest one withdrawn before it went: nothing of it goes, only that it is gone. */
    (void)speaker_drain();
    speaker.record.basis.owner = fixture_nation("USA");
    speaker_append(2);
    assert_int_equal(session_withdraw_relayed(speaker.session, fixture_nation("USA"), speaker.now),
                     2);
    assert_true(speaker_next_entries(sizeof speaker.plain));
    assert_int_equal(speaker.lane, LANE_REPAIR);
    assert_int_equal(speaker.frame.type, FRAME_GAP);
    assert_int_equal(speaker.frame.gap.reason, GAP_WITHDRAWN);
    assert_int_equal(speaker.frame.gap.last, 205);
}

/* No more than the window is on its way at once, on either lane; what is acknowledged or given up
 * makes room. */
static void in_flight(void **state)
{
    (void)state;
    speaker.record.size = 1000;
    uint64_t sent = 0;
    for (int i = 0; i < 100; i++) {
        speaker_append(50);
        const int frames = speaker_drain();
        sent = speaker.session->counters.sent_records;
        if (frames == 0) {
            break;
        }
    }
    assert_in_range(sent, WINDOW_BYTES_MIN / 1100, WINDOW_BYTES_MIN / 1000 + FRAME_RECORDS_MAX);
    speaker_append(50);
    assert_int_equal(speaker_drain(), 0);
    speaker_hear_ack(2, sent - 10);
    assert_true(speaker_drain() > 0);
    assert_true(speaker.session->counters.sent_records > sent);
}

/* What is not acknowledged is taken for lost after 2.5 s, and goes again: runs together, and each
 * ends at what is acknowledged. */
static void the_repair_lane(void **state)
{
    (void)state;
    speaker_append(10);
    (void)speaker_drain();
    speaker_hear_ack(4, 4);
    speaker_wait_hearing(2.4);
    assert_false(speaker_next_entries(sizeof speaker.plain));
    speaker_wait_hearing(0.2);
    static const uint64_t firsts[] = {1, 5};
    static const uint32_t counts[] = {3, 6};
    for (int i = 0; i < 2; i++) {
        assert_true(speaker_next_entries(sizeof speaker.plain));
        assert_int_equal(speaker.lane, LANE_REPAIR);
        assert_int_equal(speaker.frame.batch.first, firsts[i]);
        assert_int_equal(speaker.frame.batch.count, counts[i]);
    }
    assert_false(speaker_next_entries(sizeof speaker.plain));
    /* Of those, two are withdrawn: a gap of their own. */
    speaker.session->ledger.entries[6].basis.owner = fixture_nation("USA");
    speaker.session->ledger.entries[7].basis.owner = fixture_nation("USA");
    assert_int_equal(session_withdraw_relayed(speaker.session, fixture_nation("USA"), speaker.now),
                     2);
    assert_true(speaker_next_entries(sizeof speaker.plain));
    assert_int_equal(speaker.frame.type, FRAME_GAP);
    assert_int_equal(speaker.frame.gap.first, 6);
    assert_int_equal(speaker.frame.gap.last, 7);
    /* A partner that is not heard gets no repairs. */
    speaker_wait(60.0);
    assert_false(speaker_next_entries(sizeof speaker.plain));
}

/* What is withdrawn while too much is in flight is told at once: a gap takes no room. What waits
 * for the live lane goes on waiting. */
static void withdrawing_in_flight(void **state)
{
    (void)state;
    speaker.record.size = 1000;
    while (speaker.session->counters.sent_records < 262) {
        speaker_append(50);
        if (speaker_drain() == 0) {
            break;
        }
    }
    speaker_append(2);
    assert_int_equal(speaker_drain(), 0);
    speaker.record.basis.owner = fixture_nation("USA");
    speaker_append(2);
    assert_int_equal(session_withdraw_relayed(speaker.session, fixture_nation("USA"), speaker.now),
                     2);
    assert_int_equal(speaker_drain(), 0); /* two that wait stand before them */
    speaker.session->ledger.entries[(speaker.session->ledger.last - 3) % LEDGER_ENTRIES_MAX]
        .basis.owner = fixture_nation("USA");
    speaker.session->ledger.entries[(speaker.session->ledger.last - 2) % LEDGER_ENTRIES_MAX]
        .basis.owner = fixture_nation("USA");
    for (uint64_t n = 1; n <= speaker.session->ledger.last - 4; n++) {
        assert_false(nation_id_equal(ledger_entry_at(&speaker.session->ledger, n)->basis.owner,
                                     fixture_nation("USA")));
    }
    speaker_hear_ack(2, speaker.session->live_next - 1);
    (void)session_withdraw_relayed(speaker.session, fixture_nation("USA"), speaker.now);
    int gaps = 0;
    while (speaker_next()) {
        gaps += speaker.frame.type == FRAME_GAP ? 1 : 0;
    }
    assert_true(gaps > 0);
}

/* A partner that started again gets again what it may have lost, with the newest. */
static void after_a_partner_started(void **state)
{
    (void)state;
    speaker_append(3);
    (void)speaker_drain();
    speaker_hear_ack(2, 3);
    speaker_wait(0.1);
    struct frame f = {.type = FRAME_HELLO};
    f.hello = (struct frame_hello){.schema_min = 1,
                                   .schema_max = 2,
                                   .time = speaker.now,
                                   .boot = world_boot(2, 6).epoch,
                                   .number = 1,
                                   .heard = speaker.session->boot.epoch};
    speaker_hear(&f);
    speaker_append(1);
    assert_true(speaker_next_entries(sizeof speaker.plain));
    assert_int_equal(speaker.lane, LANE_LIVE);
    assert_int_equal(speaker.frame.batch.first, 1);
    assert_int_equal(speaker.frame.batch.count, 4);
}

/* Nothing is acknowledged to a partner of whose ledger nothing is known; and one that is not heard
 * is waited for with heartbeats alone. */
static void nothing_to_acknowledge(void **state)
{
    (void)state;
    struct frame f = {.type = FRAME_HELLO};
    f.hello = (struct frame_hello){.schema_min = 1,
                                   .schema_max = 2,
                                   .time = speaker.now,
                                   .boot = world_boot(1, 6).epoch,
                                   .number = 1,
                                   .heard = speaker.session->boot.epoch};
    speaker_hear(&f);
    (void)speaker_drain();
    speaker.now = fixture_time(0.5);
    assert_int_equal(speaker_drain(), 0);
    /* Late for a heartbeat: at once. After it: with the next second. */
    speaker.now = fixture_time(63.2);
    assert_false(session_is_up(speaker.session, speaker.now));
    assert_true(instant_equal(session_next_time(speaker.session, speaker.now), speaker.now));
    (void)speaker_drain();
    speaker_append(1);
    (void)speaker_drain();
    assert_true(
        instant_equal(session_next_time(speaker.session, speaker.now), fixture_time(64.0)) ||
        instant_before(session_next_time(speaker.session, speaker.now), fixture_time(64.0)));
}

/* Entries that had to go before the partner had them are told as a gap, again after 2.5 s until it
 * is acknowledged. */
static void dropped_entries(void **state)
{
    (void)state;
    speaker_append(LEDGER_ENTRIES_MAX + 5);
    bool told = false;
    while (speaker_next()) {
        told = told || (speaker.frame.type == FRAME_GAP && speaker.frame.gap.reason == GAP_DROPPED);
    }
    assert_true(told);
    speaker_wait(2.4);
    speaker_hear_heartbeat();
    while (speaker_next()) {
        assert_int_not_equal(speaker.frame.type, FRAME_GAP);
    }
    speaker_wait(0.2);
    speaker_hear_heartbeat();
    told = false;
    while (speaker_next()) {
        told = told || (speaker.frame.type == FRAME_GAP && speaker.frame.gap.first == 1 &&
                        speaker.frame.gap.last == 5);
    }
    assert_true(told);
    /* When everything else is acknowledged the gap alone is waited for. */
    speaker_hear_ack(6, LEDGER_ENTRIES_MAX + 5);
    (void)speaker_drain();
    assert_false(instant_before(session_next_time(speaker.session, speaker.now), speaker.now));
}

static void append_notice(void)
{
    speaker.record.basis.kind = RECORD_NOTICE;
    speaker_append(1);
    speaker.record.basis.kind = RECORD_TRACK;
}

/* A notice goes with the one before it, however lately that was sent; tracks do not repeat so. */
static void notices_repeat_at_once(void **state)
{
    (void)state;
    append_notice();
    assert_true(speaker_next_entries(sizeof speaker.plain));
    append_notice();
    assert_true(instant_equal(session_next_time(speaker.session, speaker.now), speaker.now));
    assert_true(speaker_next_entries(sizeof speaker.plain));
    assert_int_equal(speaker.frame.batch.first, 1);
    assert_int_equal(speaker.frame.batch.count, 2);
}

/* After a time without the partner: notices first, from the newest down, then the newest of all,
 * then the rest in order. What left within the last 25 ms is still on its way. */
static void after_silence_notices_come_first(void **state)
{
    (void)state;
    speaker.session->window.bytes = WINDOW_BYTES_MAX;
    speaker_append(2);
    append_notice();
    append_notice();
    speaker_append(2);
    append_notice(); /* 7: acknowledged */
    append_notice(); /* 8: withdrawn */
    speaker_append(FRAME_RECORDS_MAX + 20);
    (void)speaker_drain();
    speaker_hear_ack(7, 7);
    speaker.session->ledger.entries[8].basis.owner = fixture_nation("USA");
    assert_int_equal(session_withdraw_relayed(speaker.session, fixture_nation("USA"), speaker.now),
                     1);
    speaker_wait(20.0);
    (void)speaker_drain();
    speaker_append(1); /* sent now: on its way when the partner is heard again */
    (void)speaker_drain();
    speaker_hear_heartbeat();
    assert_true(speaker_next_entries(sizeof speaker.plain));
    assert_int_equal(speaker.lane, LANE_LIVE);
    assert_int_equal(speaker.frame.batch.first, 3);
    assert_int_equal(speaker.frame.batch.count, 2);
    assert_true(speaker_next_entries(sizeof speaker.plain));
    assert_int_equal(speaker.lane, LANE_LIVE);
    assert_true(speaker.frame.batch.first > 8);
    bool rest = false;
    while (speaker_next_entries(sizeof speaker.plain)) {
        assert_int_equal(speaker.lane, LANE_REPAIR);
        rest = rest || (speaker.frame.type == FRAME_BATCH && speaker.frame.batch.first <= 2);
    }
    assert_true(rest);
    /* Into little room one notice after the other. */
    speaker.record.size = 1000;
    for (int i = 0; i < 9; i++) {
        append_notice();
    }
    (void)speaker_drain();
    speaker_wait(20.0);
    (void)speaker_drain();
    speaker_hear_heartbeat();
    assert_true(speaker_next_entries(5000));
    assert_int_equal(speaker.lane, LANE_LIVE);
    assert_true(speaker.frame.batch.count < 9);
    assert_true(instant_equal(session_next_time(speaker.session, speaker.now), speaker.now));
    assert_true(speaker_next_entries(5000));
    assert_int_equal(speaker.lane, LANE_LIVE);
}

/* What is on its way when the carrier is made anew does not go a second time; a notice goes once
 * more, with the next frame, and not before it as well. */
static void what_is_on_its_way_is_not_urgent(void **state)
{
    (void)state;
    speaker_append(3);
    (void)speaker_drain();
    session_link_made(speaker.session, speaker.now);
    assert_false(speaker_next_entries(sizeof speaker.plain));
    append_notice();
    (void)speaker_drain();
    const uint64_t sent = speaker.session->counters.sent_records;
    session_link_made(speaker.session, speaker.now);
    (void)speaker_drain();
    assert_int_equal(speaker.session->counters.sent_records, sent + 1);
}

/* A frame holds 128 notices; the rest goes with the next one. */
static void many_notices(void **state)
{
    (void)state;
    speaker.session->window.bytes = WINDOW_BYTES_MAX;
    for (int i = 0; i < FRAME_RECORDS_MAX + 2; i++) {
        append_notice();
    }
    (void)speaker_drain();
    speaker_wait(20.0);
    (void)speaker_drain();
    speaker_hear_heartbeat();
    assert_true(speaker_next_entries(sizeof speaker.plain));
    assert_int_equal(speaker.lane, LANE_LIVE);
    assert_int_equal(speaker.frame.batch.first, 3);
    assert_int_equal(speaker.frame.batch.count, FRAME_RECORDS_MAX);
    assert_true(speaker_next_entries(sizeof speaker.plain));
    assert_int_equal(speaker.lane, LANE_LIVE);
    assert_int_equal(speaker.frame.batch.first, 1);
    assert_int_equal(speaker.frame.batch.count, 2);
}

/* With the window full not even notices go; what is withdrawn is told of all the same, though it
 * was never sent. */
static void a_full_window(void **state)
{
    (void)state;
    speaker.session->window.bytes = WINDOW_BYTES_MAX / 12;
    speaker.record.size = 1000;
    append_notice();
    do {
        speaker_append(50);
    } while (speaker_drain() > 0);
    speaker.record.basis.owner = fixture_nation("USA");
    const uint64_t first = speaker.session->live_next;
    for (uint64_t n = first; n <= speaker.session->ledger.last; n++) {
        speaker.session->ledger.entries[n].basis.owner = fixture_nation("USA");
    }
    assert_true(session_withdraw_relayed(speaker.session, fixture_nation("USA"), speaker.now) > 0);
    assert_true(speaker_next_entries(sizeof speaker.plain));
    assert_int_equal(speaker.frame.type, FRAME_GAP);
    assert_int_equal(speaker.frame.gap.first, first);
    const uint64_t sent = speaker.session->counters.sent_records;
    speaker.session->urgent_next = 1;
    speaker.session->ledger.entries[1].on_the_way = false;
    (void)speaker_drain();
    assert_int_equal(speaker.session->counters.sent_records, sent);
    assert_false(instant_equal(session_next_time(speaker.session, speaker.now), speaker.now));
    /* Repairs that did not fit into what the caller gave are due at once. */
    speaker_hear_ack(2, speaker.session->live_next - 1);
    speaker_append(60);
    assert_true(speaker_next_entries(5000));
    assert_int_equal(speaker.frame.batch.first, 1);
    assert_true(speaker_next_entries(5000));
    assert_int_equal(speaker.lane, LANE_LIVE);
    assert_true(speaker_next_entries(5000));
    assert_int_equal(speaker.lane, LANE_REPAIR);
    assert_true(instant_equal(session_next_time(speaker.session, speaker.now), speaker.now));
}

/* Phases are where they are before 1970 too. */
static void phases_before_1970(void **state)
{
    (void)state;
    const struct instant slot =
        session_state_slot((struct instant){100}, SESSION_ACK_NS, SESSION_ACK_PHASE_NS);
    assert_int_equal(slot.tai_ns, -25000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(hellos, speaker_begin, speaker_end),
        cmocka_unit_test_setup_teardown(fixed_phases, speaker_begin_ready, speaker_end),
        cmocka_unit_test_setup_teardown(acknowledged_ranges, speaker_begin_ready, speaker_end),
        cmocka_unit_test_setup_teardown(the_live_lane, speaker_begin_ready, speaker_end),
        cmocka_unit_test_setup_teardown(in_flight, speaker_begin_ready, speaker_end),
        cmocka_unit_test_setup_teardown(the_repair_lane, speaker_begin_ready, speaker_end),
        cmocka_unit_test_setup_teardown(withdrawing_in_flight, speaker_begin_ready, speaker_end),
        cmocka_unit_test_setup_teardown(after_a_partner_started, speaker_begin_ready, speaker_end),
        cmocka_unit_test_setup_teardown(nothing_to_acknowledge, speaker_begin, speaker_end),
        cmocka_unit_test_setup_teardown(dropped_entries, speaker_begin_ready, speaker_end),
        cmocka_unit_test_setup_teardown(notices_repeat_at_once, speaker_begin_ready, speaker_end),
        cmocka_unit_test_setup_teardown(after_silence_notices_come_first, speaker_begin_ready,
                                        speaker_end),
        cmocka_unit_test_setup_teardown(what_is_on_its_way_is_not_urgent, speaker_begin_ready,
                                        speaker_end),
        cmocka_unit_test_setup_teardown(many_notices, speaker_begin_ready, speaker_end),
        cmocka_unit_test_setup_teardown(a_full_window, speaker_begin_ready, speaker_end),
        cmocka_unit_test_setup_teardown(phases_before_1970, speaker_begin_ready, speaker_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
