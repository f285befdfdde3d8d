/* What a session sends, when, and how much of it: KOR speaks, JPN answers as each test wants. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fixture.h"
#include "share/session.h"
#include "share/session_state.h"

static struct session *kor;
static struct session_delivery *delivery;
static struct released_record record;
static struct instant now;
static uint64_t position;
static uint32_t hello_number;

/* The last frame that was sent. */
static uint8_t plain[FRAME_BYTES_MAX];
static struct frame frame;
static enum frame_lane lane;

static struct session_boot boot_of(uint64_t counter, uint8_t fill)
{
    struct session_boot boot = {.epoch = {.counter = counter}};
    memset(boot.epoch.nonce, fill, sizeof boot.epoch.nonce);
    memset(boot.ephemeral_public, fill, sizeof boot.ephemeral_public);
    return boot;
}

static bool next_into(size_t room)
{
    struct byte_writer w = {plain, room, 0};
    if (!session_next_frame(kor, now, &lane, &w)) {
        assert_int_equal(w.size, 0);
        return false;
    }
    assert_int_equal(frame_decode(byte_writer_written(&w), &frame), OK);
    return true;
}

static bool next(void)
{
    return next_into(sizeof plain);
}

/* Sends all that is due, and leaves the last of it. Returns how many frames. */
static int drain(void)
{
    int count = 0;
    while (next()) {
        count++;
        assert_true(count < 1000);
    }
    return count;
}

/* The next that carries entries, or tells of them. */
static bool next_entries(size_t room)
{
    while (next_into(room)) {
        if (frame.type == FRAME_BATCH || frame.type == FRAME_GAP) {
            return true;
        }
    }
    return false;
}

static void hear(const struct frame *f)
{
    static uint8_t bytes[FRAME_BYTES_MAX];
    struct byte_writer w = {bytes, sizeof bytes, 0};
    assert_int_equal(frame_encode(f, &w), OK);
    position++;
    session_receive(kor, byte_writer_written(&w), position, now, delivery);
    assert_int_equal(delivery->refusal, REFUSED_NONE);
}

static void hear_hello(bool answer)
{
    struct frame f = {.type = FRAME_HELLO};
    hello_number++;
    f.hello = (struct frame_hello){.schema_min = 1,
                                   .schema_max = 2,
                                   .time = now,
                                   .boot = boot_of(1, 6).epoch,
                                   .number = hello_number,
                                   .answer = answer,
                                   .heard = kor->boot.epoch,
                                   .stream = {.epoch = boot_of(1, 6).epoch}};
    hear(&f);
}

static void hear_heartbeat(void)
{
    const struct frame f = {.type = FRAME_HEARTBEAT,
                            .heartbeat = {.time = now,
                                          .boot = boot_of(1, 6).epoch,
                                          .stream = {.epoch = boot_of(1, 6).epoch}}};
    hear(&f);
}

static void hear_ack(uint64_t first, uint64_t last)
{
    struct frame f = {.type = FRAME_ACK,
                      .ack = {.time = now,
                              .position = {.epoch = kor->ledger.epoch},
                              .range_count = 1,
                              .ranges = {{first, last}}}};
    hear(&f);
}

static void append(uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        (void)session_append(kor, &record, now);
    }
}

static void wait_s(double seconds)
{
    now = instant_plus_s(now, seconds);
}

/* A partner that is heard every second all the while. */
static void wait_hearing(double seconds)
{
    for (; seconds > 1.0; seconds -= 1.0) {
        wait_s(1.0);
        hear_heartbeat();
    }
    wait_s(seconds);
    hear_heartbeat();
}

static int begin(void **state)
{
    (void)state;
    const struct digest_key key = fixture_key(2);
    const struct session_boot boot = boot_of(1, 5);
    const struct record notice = fixture_notice(fixture_time(0.0));
    now = fixture_time(0.1);
    position = 0;
    hello_number = 0;
    record = fixture_released(&notice);
    record.basis.kind = RECORD_TRACK; /* what is not a track is repeated sooner */
    kor = malloc(sizeof *kor);
    delivery = malloc(sizeof *delivery);
    assert_non_null(kor);
    assert_non_null(delivery);
    session_init(kor, fixture_nation("KOR"), fixture_nation("JPN"), &key);
    struct byte_writer w = {plain, sizeof plain, 0};
    /* Before its first process start a session has nothing to say, and nothing is due. */
    assert_false(session_next_frame(kor, now, &lane, &w));
    assert_true(instant_equal(session_next_time(kor, now), INSTANT_LAST));
    assert_int_equal(session_boot(kor, &boot, now), OK);
    assert_true(instant_equal(session_next_time(kor, now), now));
    return 0;
}

/* Both know each other; nothing is due at this instant. */
static int begin_ready(void **state)
{
    assert_int_equal(begin(state), 0);
    hear_hello(false);
    (void)drain();
    return 0;
}

static int end(void **state)
{
    (void)state;
    free(kor);
    free(delivery);
    return 0;
}

/* Once a second until it is heard; at least a quarter of a second after the last when it is asked
 * for; not at all without need, and nothing into less room than the smallest batch needs. */
static void hellos(void **state)
{
    (void)state;
    assert_false(next_into(1000));
    assert_true(next());
    assert_int_equal(frame.type, FRAME_HELLO);
    assert_int_equal(lane, LANE_LIVE);
    assert_false(next());
    assert_true(instant_equal(session_next_time(kor, now), instant_plus_s(now, 1.0)));
    wait_s(0.9);
    assert_false(next());
    wait_s(0.1);
    assert_true(next());
    assert_int_equal(frame.hello.number, 2);
    hear_hello(true);
    while (next()) {
        assert_int_not_equal(frame.type, FRAME_HELLO);
    }
    assert_true(instant_equal(session_next_time(kor, now), instant_plus_s(now, 0.25)));
    wait_s(0.25);
    assert_true(next());
    assert_int_equal(frame.type, FRAME_HELLO);
    assert_int_equal(frame.hello.number, 3);
    for (int i = 0; i < 20; i++) {
        wait_s(0.5);
        while (next()) {
            assert_int_not_equal(frame.type, FRAME_HELLO);
        }
    }
    /* A key list that the partner does not hold goes on being offered, once a second. */
    session_take_keys(kor, 1, (struct bytes){(const uint8_t *)"list", 4});
    for (int i = 0; i < 3; i++) {
        wait_s(1.0);
        assert_true(next());
        assert_int_equal(frame.type, FRAME_HELLO);
        assert_int_equal(frame.hello.key_list.size, 4);
        (void)drain();
    }
}

/* Heartbeats begin with each whole second, acknowledgements leave 25 ms and 75 ms after each tenth
 * and name what had come when the period before began: their times tell nothing. */
static void fixed_phases(void **state)
{
    (void)state;
    const struct frame_epoch jpn = boot_of(1, 6).epoch;
    struct frame f = {.type = FRAME_BATCH};
    f.batch = (struct frame_batch){
        .epoch = jpn, .first = 1, .count = 1, .records = {{record.bytes, record.size}}};
    hear(&f);
    session_committed(kor, position, now);
    assert_true(instant_equal(session_next_time(kor, now), fixture_time(0.175)));
    static const double silent_s[] = {0.1, 0.1249, 0.125, 0.1749};
    for (size_t i = 0; i < sizeof silent_s / sizeof silent_s[0]; i++) {
        now = fixture_time(silent_s[i]);
        assert_int_equal(drain(), 0);
    }
    now = fixture_time(0.175);
    assert_int_equal(drain(), 1);
    assert_int_equal(frame.type, FRAME_ACK);
    assert_int_equal(frame.ack.position.sequence, 1);
    now = fixture_time(0.99);
    assert_int_equal(drain(), 0); /* nothing new to acknowledge */
    now = fixture_time(1.0);
    assert_int_equal(drain(), 1);
    assert_int_equal(frame.type, FRAME_HEARTBEAT);
}

/* Of more holes than an acknowledgement can name it names the first. */
static void acknowledged_ranges(void **state)
{
    (void)state;
    const struct frame_epoch jpn = boot_of(1, 6).epoch;
    struct frame f = {.type = FRAME_BATCH};
    for (uint64_t n = 0; n < FRAME_RANGES_MAX + 4; n++) {
        f.batch = (struct frame_batch){
            .epoch = jpn, .first = 2 * n + 3, .count = 1, .records = {{record.bytes, record.size}}};
        hear(&f);
    }
    session_committed(kor, position, now);
    now = fixture_time(0.5);
    assert_true(next());
    assert_int_equal(frame.type, FRAME_ACK);
    assert_int_equal(frame.ack.range_count, FRAME_RANGES_MAX);
    assert_int_equal(frame.ack.ranges[FRAME_RANGES_MAX - 1].first, 2 * FRAME_RANGES_MAX + 1);
}

/* The newest go at once, with the last two before them if those were sent a quarter of a second
 * ago; a frame holds 128, or as many as there is room for, and the rest is for the repair lane. */
static void the_live_lane(void **state)
{
    (void)state;
    append(3);
    assert_true(next_entries(sizeof plain));
    assert_int_equal(lane, LANE_LIVE);
    assert_int_equal(frame.batch.first, 1);
    assert_int_equal(frame.batch.count, 3);
    assert_false(next_entries(sizeof plain));
    append(1);
    assert_true(next_entries(sizeof plain));
    assert_int_equal(frame.batch.first, 4);
    wait_s(0.3);
    hear_ack(3, 3);
    append(1);
    assert_true(next_entries(sizeof plain));
    assert_int_equal(frame.batch.first, 4); /* 3 is acknowledged */
    assert_int_equal(frame.batch.count, 2);
    append(FRAME_RECORDS_MAX + 10);
    assert_true(next_entries(sizeof plain));
    assert_int_equal(lane, LANE_LIVE);
    assert_int_equal(frame.batch.count, FRAME_RECORDS_MAX);
    assert_int_equal(frame.batch.first, 16);
    assert_true(next_entries(sizeof plain));
    assert_int_equal(lane, LANE_REPAIR);
    assert_int_equal(frame.batch.first, 6);
    assert_int_equal(frame.batch.count, 10);
    assert_false(next_entries(sizeof plain));
    /* Into little room as many as fit. */
    record.size = 200;
    append(60);
    assert_true(next_entries(5000));
    assert_int_equal(lane, LANE_LIVE);
    const uint32_t live = frame.batch.count;
    assert_true(live > 10 && live < 60);
    assert_true(next_entries(5000));
    assert_int_equal(lane, LANE_REPAIR);
    assert_true(frame.batch.count > 10 && frame.batch.count < 60 - live);
    assert_int_equal(frame.batch.first, 144);
    /* The newest one withdrawn before it went: nothing of it goes, only that it is gone. */
    (void)drain();
    record.basis.owner = fixture_nation("USA");
    append(2);
    assert_int_equal(session_withdraw_relayed(kor, fixture_nation("USA"), now), 2);
    assert_true(next_entries(sizeof plain));
    assert_int_equal(lane, LANE_REPAIR);
    assert_int_equal(frame.type, FRAME_GAP);
    assert_int_equal(frame.gap.reason, GAP_WITHDRAWN);
    assert_int_equal(frame.gap.last, 205);
}

/* No more than a quarter of a mebibyte is on its way at once, on either lane; what is acknowledged
 * or given up makes room. */
static void in_flight(void **state)
{
    (void)state;
    record.size = 1000;
    uint64_t sent = 0;
    for (int i = 0; i < 100; i++) {
        append(50);
        const int frames = drain();
        sent = kor->counters.sent_records;
        if (frames == 0) {
            break;
        }
    }
    assert_in_range(sent, 240, 400);
    append(50);
    assert_int_equal(drain(), 0);
    hear_ack(2, 200);
    assert_true(drain() > 0);
    assert_true(kor->counters.sent_records > sent);
}

/* What is not acknowledged is taken for lost after 2.5 s, and goes again: runs together, and each
 * ends at what is acknowledged. */
static void the_repair_lane(void **state)
{
    (void)state;
    append(10);
    (void)drain();
    hear_ack(4, 4);
    wait_hearing(2.4);
    assert_false(next_entries(sizeof plain));
    wait_hearing(0.2);
    static const uint64_t firsts[] = {1, 5};
    static const uint32_t counts[] = {3, 6};
    for (int i = 0; i < 2; i++) {
        assert_true(next_entries(sizeof plain));
        assert_int_equal(lane, LANE_REPAIR);
        assert_int_equal(frame.batch.first, firsts[i]);
        assert_int_equal(frame.batch.count, counts[i]);
    }
    assert_false(next_entries(sizeof plain));
    /* Of those, two are withdrawn: a gap of their own. */
    kor->ledger.entries[6].basis.owner = fixture_nation("USA");
    kor->ledger.entries[7].basis.owner = fixture_nation("USA");
    assert_int_equal(session_withdraw_relayed(kor, fixture_nation("USA"), now), 2);
    assert_true(next_entries(sizeof plain));
    assert_int_equal(frame.type, FRAME_GAP);
    assert_int_equal(frame.gap.first, 6);
    assert_int_equal(frame.gap.last, 7);
    /* A partner that is not heard gets no repairs. */
    wait_s(60.0);
    assert_false(next_entries(sizeof plain));
}

/* What is withdrawn while too much is in flight is told at once: a gap takes no room. What waits
 * for the live lane goes on waiting. */
static void withdrawing_in_flight(void **state)
{
    (void)state;
    record.size = 1000;
    while (kor->counters.sent_records < 262) {
        append(50);
        if (drain() == 0) {
            break;
        }
    }
    append(2);
    assert_int_equal(drain(), 0);
    record.basis.owner = fixture_nation("USA");
    append(2);
    assert_int_equal(session_withdraw_relayed(kor, fixture_nation("USA"), now), 2);
    assert_int_equal(drain(), 0); /* two that wait stand before them */
    kor->ledger.entries[(kor->ledger.last - 3) % LEDGER_ENTRIES_MAX].basis.owner =
        fixture_nation("USA");
    kor->ledger.entries[(kor->ledger.last - 2) % LEDGER_ENTRIES_MAX].basis.owner =
        fixture_nation("USA");
    for (uint64_t n = 1; n <= kor->ledger.last - 4; n++) {
        assert_false(
            nation_id_equal(ledger_entry_at(&kor->ledger, n)->basis.owner, fixture_nation("USA")));
    }
    hear_ack(2, kor->live_next - 1);
    (void)session_withdraw_relayed(kor, fixture_nation("USA"), now);
    int gaps = 0;
    while (next()) {
        gaps += frame.type == FRAME_GAP ? 1 : 0;
    }
    assert_true(gaps > 0);
}

/* A partner that started again gets again what it may have lost, with the newest. */
static void after_a_partner_started(void **state)
{
    (void)state;
    append(3);
    (void)drain();
    hear_ack(2, 3);
    wait_s(0.1);
    struct frame f = {.type = FRAME_HELLO};
    f.hello = (struct frame_hello){.schema_min = 1,
                                   .schema_max = 2,
                                   .time = now,
                                   .boot = boot_of(2, 6).epoch,
                                   .number = 1,
                                   .heard = kor->boot.epoch};
    hear(&f);
    append(1);
    assert_true(next_entries(sizeof plain));
    assert_int_equal(lane, LANE_LIVE);
    assert_int_equal(frame.batch.first, 1);
    assert_int_equal(frame.batch.count, 4);
}

/* Nothing is acknowledged to a partner of whose ledger nothing is known; and one that is not heard
 * is waited for with heartbeats alone. */
static void nothing_to_acknowledge(void **state)
{
    (void)state;
    struct frame f = {.type = FRAME_HELLO};
    f.hello = (struct frame_hello){.schema_min = 1,
                                   .schema_max = 2,
                                   .time = now,
                                   .boot = boot_of(1, 6).epoch,
                                   .number = 1,
                                   .heard = kor->boot.epoch};
    hear(&f);
    (void)drain();
    now = fixture_time(0.5);
    assert_int_equal(drain(), 0);
    /* Late for a heartbeat: at once. After it: with the next second. */
    now = fixture_time(63.2);
    assert_false(session_is_up(kor, now));
    assert_true(instant_equal(session_next_time(kor, now), now));
    (void)drain();
    append(1);
    (void)drain();
    assert_true(instant_equal(session_next_time(kor, now), fixture_time(64.0)) ||
                instant_before(session_next_time(kor, now), fixture_time(64.0)));
}

/* Entries that had to go before the partner had them are told as a gap, again after 2.5 s until it
 * is acknowledged. */
static void dropped_entries(void **state)
{
    (void)state;
    append(LEDGER_ENTRIES_MAX + 5);
    bool told = false;
    while (next()) {
        told = told || (frame.type == FRAME_GAP && frame.gap.reason == GAP_DROPPED);
    }
    assert_true(told);
    wait_s(2.4);
    hear_heartbeat();
    while (next()) {
        assert_int_not_equal(frame.type, FRAME_GAP);
    }
    wait_s(0.2);
    hear_heartbeat();
    told = false;
    while (next()) {
        told = told || (frame.type == FRAME_GAP && frame.gap.first == 1 && frame.gap.last == 5);
    }
    assert_true(told);
    /* When everything else is acknowledged the gap alone is waited for. */
    hear_ack(6, LEDGER_ENTRIES_MAX + 5);
    (void)drain();
    assert_false(instant_before(session_next_time(kor, now), now));
}

static void append_notice(void)
{
    record.basis.kind = RECORD_NOTICE;
    append(1);
    record.basis.kind = RECORD_TRACK;
}

/* A notice goes with the one before it, however lately that was sent; tracks do not repeat so. */
static void notices_repeat_at_once(void **state)
{
    (void)state;
    append_notice();
    assert_true(next_entries(sizeof plain));
    append_notice();
    assert_true(instant_equal(session_next_time(kor, now), now));
    assert_true(next_entries(sizeof plain));
    assert_int_equal(frame.batch.first, 1);
    assert_int_equal(frame.batch.count, 2);
}

/* After a time without the partner: notices first, from the newest down, then the newest of all,
 * then the rest in order. What left within the last 25 ms is still on its way. */
static void after_silence_notices_come_first(void **state)
{
    (void)state;
    append(2);
    append_notice();
    append_notice();
    append(2);
    append_notice(); /* 7: acknowledged */
    append_notice(); /* 8: withdrawn */
    append(FRAME_RECORDS_MAX + 20);
    (void)drain();
    hear_ack(7, 7);
    kor->ledger.entries[8].basis.owner = fixture_nation("USA");
    assert_int_equal(session_withdraw_relayed(kor, fixture_nation("USA"), now), 1);
    wait_s(20.0);
    (void)drain();
    append(1); /* sent now: on its way when the partner is heard again */
    (void)drain();
    hear_heartbeat();
    assert_true(next_entries(sizeof plain));
    assert_int_equal(lane, LANE_LIVE);
    assert_int_equal(frame.batch.first, 3);
    assert_int_equal(frame.batch.count, 2);
    assert_true(next_entries(sizeof plain));
    assert_int_equal(lane, LANE_LIVE);
    assert_true(frame.batch.first > 8);
    bool rest = false;
    while (next_entries(sizeof plain)) {
        assert_int_equal(lane, LANE_REPAIR);
        rest = rest || (frame.type == FRAME_BATCH && frame.batch.first <= 2);
    }
    assert_true(rest);
    /* Into little room one notice after the other. */
    record.size = 1000;
    for (int i = 0; i < 9; i++) {
        append_notice();
    }
    (void)drain();
    wait_s(20.0);
    (void)drain();
    hear_heartbeat();
    assert_true(next_entries(5000));
    assert_int_equal(lane, LANE_LIVE);
    assert_true(frame.batch.count < 9);
    assert_true(instant_equal(session_next_time(kor, now), now));
    assert_true(next_entries(5000));
    assert_int_equal(lane, LANE_LIVE);
}

/* With the window full not even notices go; what is withdrawn is told of all the same, though it
 * was never sent. */
static void a_full_window(void **state)
{
    (void)state;
    record.size = 1000;
    append_notice();
    do {
        append(50);
    } while (drain() > 0);
    record.basis.owner = fixture_nation("USA");
    const uint64_t first = kor->live_next;
    for (uint64_t n = first; n <= kor->ledger.last; n++) {
        kor->ledger.entries[n].basis.owner = fixture_nation("USA");
    }
    assert_true(session_withdraw_relayed(kor, fixture_nation("USA"), now) > 0);
    assert_true(next_entries(sizeof plain));
    assert_int_equal(frame.type, FRAME_GAP);
    assert_int_equal(frame.gap.first, first);
    const uint64_t sent = kor->counters.sent_records;
    kor->urgent_next = 1;
    kor->ledger.entries[1].on_the_way = false;
    (void)drain();
    assert_int_equal(kor->counters.sent_records, sent);
    assert_false(instant_equal(session_next_time(kor, now), now));
    /* Repairs that did not fit into what the caller gave are due at once. */
    hear_ack(2, kor->live_next - 1);
    append(60);
    assert_true(next_entries(5000));
    assert_true(next_entries(5000));
    assert_int_equal(lane, LANE_REPAIR);
    assert_true(instant_equal(session_next_time(kor, now), now));
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
        cmocka_unit_test_setup_teardown(hellos, begin, end),
        cmocka_unit_test_setup_teardown(fixed_phases, begin_ready, end),
        cmocka_unit_test_setup_teardown(acknowledged_ranges, begin_ready, end),
        cmocka_unit_test_setup_teardown(the_live_lane, begin_ready, end),
        cmocka_unit_test_setup_teardown(in_flight, begin_ready, end),
        cmocka_unit_test_setup_teardown(the_repair_lane, begin_ready, end),
        cmocka_unit_test_setup_teardown(withdrawing_in_flight, begin_ready, end),
        cmocka_unit_test_setup_teardown(after_a_partner_started, begin_ready, end),
        cmocka_unit_test_setup_teardown(nothing_to_acknowledge, begin, end),
        cmocka_unit_test_setup_teardown(dropped_entries, begin_ready, end),
        cmocka_unit_test_setup_teardown(notices_repeat_at_once, begin_ready, end),
        cmocka_unit_test_setup_teardown(after_silence_notices_come_first, begin_ready, end),
        cmocka_unit_test_setup_teardown(a_full_window, begin_ready, end),
        cmocka_unit_test_setup_teardown(phases_before_1970, begin_ready, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
