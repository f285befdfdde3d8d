/* What a session makes of a partner that says what it should not, frame by frame: each is refused
 * for its reason, counted, and where it contradicts itself kept as proof (docs/wire.md). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fixture.h"
#include "session_listener.h"
#include "session_world.h"
#include "share/codec.h"

static void frames_that_are_none(void **state)
{
    (void)state;
    const uint8_t garbage[] = {99, 1, 2};
    /* An acknowledgement that ends in a field which nobody knows. */
    struct frame f = {
        .type = FRAME_ACK,
        .ack = {.time = listener.now, .position = {.epoch = listener.session->ledger.epoch}}};
    uint8_t plain[256];
    struct byte_writer w = {plain, sizeof plain, 0};
    assert_int_equal(frame_encode(&f, &w), OK);
    plain[w.size++] = 15 << 3;
    plain[w.size++] = 1;
    session_receive(listener.session, (struct bytes){garbage, sizeof garbage}, 2, listener.now,
                    listener.delivery);
    assert_int_equal(listener.delivery->refusal, REFUSED_FORMAT);
    session_receive(listener.session, byte_writer_written(&w), 3, listener.now, listener.delivery);
    assert_int_equal(listener.delivery->refusal, REFUSED_CANONICAL);
    assert_int_equal(listener.session->counters.refused[REFUSED_FORMAT], 1);
    assert_int_equal(listener.session->counters.refused[REFUSED_CANONICAL], 1);
}

/* Of an earlier ledger, or of one that no hello announced. */
static void frames_of_other_ledgers(void **state)
{
    (void)state;
    struct frame f = listener_hello();
    listener.epoch = world_boot(2, 9).epoch;
    f.hello.stream.epoch = listener.epoch;
    assert_int_equal(listener_give(&f), REFUSED_NONE);
    const struct frame_epoch others[] = {world_boot(1, 2).epoch, world_boot(3, 2).epoch,
                                         world_boot(2, 8).epoch};
    const enum session_refusal why[] = {REFUSED_OLD_EPOCH, REFUSED_STATE, REFUSED_STATE};
    for (int i = 0; i < 3; i++) {
        f = listener_batch(1, 2);
        f.batch.epoch = others[i];
        assert_int_equal(listener_give(&f), why[i]);
        f = listener_gap(1, 2);
        f.gap.epoch = others[i];
        assert_int_equal(listener_give(&f), why[i]);
        f = (struct frame){.type = FRAME_HEARTBEAT,
                           .heartbeat = {.time = listener.now,
                                         .boot = world_boot(1, 2).epoch,
                                         .stream = {.epoch = others[i]}}};
        assert_int_equal(listener_give(&f), why[i]);
    }
    /* A checkpoint is for the keeper of the log: the session only lets it pass. */
    f = (struct frame){.type = FRAME_CHECKPOINT, .checkpoint = {.time = listener.now}};
    assert_int_equal(listener_give(&f), REFUSED_NONE);
    /* A hello that announces a ledger not after the known one. */
    f = listener_hello();
    f.hello.stream.epoch = world_boot(2, 8).epoch;
    assert_int_equal(listener_give(&f), REFUSED_OLD_EPOCH);
}

/* A record must decode, be KOR's own, and be releasable to JPN; else its place is taken and nothing
 * of it. A relayed one is handed on by its number. */
static void records_that_are_not_for_us(void **state)
{
    (void)state;
    uint8_t bytes[4][CODEC_RECORD_BYTES_MAX];
    size_t sizes[4] = {3, 0, 0, 2};
    memcpy(bytes[0], "abc", 3);
    memcpy(bytes[3], "\x42x", 2);
    for (int i = 1; i < 3; i++) {
        struct record r = fixture_notice(fixture_time(0.0));
        struct byte_writer w = {bytes[i], sizeof bytes[i], 0};
        r.label.owner = fixture_nation(i == 1 ? "USA" : "KOR");
        r.label.releasable_count = 1;
        r.label.releasable_to[0] = fixture_nation(i == 1 ? "JPN" : "USA");
        assert_int_equal(codec_encode(&r, &w), OK);
        sizes[i] = w.size;
    }
    struct frame f = listener_batch(1, 5);
    for (uint32_t i = 0; i < 4; i++) {
        f.batch.records[i] = (struct bytes){bytes[i], sizes[i]};
    }
    assert_int_equal(listener_give(&f), REFUSED_NONE);
    assert_int_equal(listener.delivery->count, 1);
    assert_int_equal(listener.delivery->sequences[0], 5);
    assert_int_equal(listener.delivery->relayed_count, 1);
    assert_int_equal(listener.delivery->relayed[0], 4);
    assert_int_equal(listener.session->counters.refused[REFUSED_RECORD], 3);
    assert_int_equal(listener.session->counters.received, 2);
    assert_int_equal(listener.session->here.position.sequence, 5);
}

/* Two heads at one sequence, wherever they turn up, are proof of two histories. */
static void contradictions_are_kept(void **state)
{
    (void)state;
    struct frame f = listener_batch(1, 3);
    assert_int_equal(listener_give(&f), REFUSED_NONE);
    f = listener_batch(7, 8);
    assert_int_equal(listener_give(&f), REFUSED_NONE);
    /* A batch that does not begin where the last one ended. */
    f = listener_batch(4, 4);
    f.batch.previous.bytes[0] ^= 1;
    assert_int_equal(listener_give(&f), REFUSED_HISTORY);
    assert_int_equal(listener.session->proof.sequence, 3);
    /* One that does, and does not end where the next one begins. */
    f = listener_batch(4, 6);
    struct record other = fixture_notice(fixture_time(9.0));
    const struct released_record changed = fixture_released(&other);
    f.batch.records[2] = (struct bytes){changed.bytes, changed.size};
    assert_int_equal(listener_give(&f), REFUSED_HISTORY);
    assert_int_equal(listener.session->proof.sequence, 6);
    assert_true(digest_equal(&listener.session->proof.ours, &listener.heads[6]));
    /* A gap, a heartbeat and a hello that end elsewhere. */
    f = listener_gap(1, 8);
    f.gap.after.bytes[0] ^= 1;
    listener.session->proof.found = false;
    assert_int_equal(listener_give(&f), REFUSED_HISTORY);
    assert_true(listener.session->proof.found);
    assert_int_equal(listener.session->proof.sequence, 8);
    f = (struct frame){.type = FRAME_HEARTBEAT,
                       .heartbeat = {.time = listener.now,
                                     .boot = world_boot(1, 2).epoch,
                                     .stream = listener_place(8)}};
    f.heartbeat.stream.head.bytes[0] ^= 1;
    assert_int_equal(listener_give(&f), REFUSED_HISTORY);
    assert_int_equal(listener.session->proof.sequence, 8);
    f = listener_hello();
    f.hello.stream = listener_place(3);
    f.hello.stream.head.bytes[0] ^= 1;
    assert_int_equal(listener_give(&f), REFUSED_HISTORY);
    assert_int_equal(listener.session->proof.sequence, 3);
    assert_int_equal(listener.session->counters.histories, 5);
    assert_true(listener.session->proof.found);
    /* What is consistent is taken after all. */
    f = listener_batch(4, 6);
    assert_int_equal(listener_give(&f), REFUSED_NONE);
    assert_int_equal(listener.session->here.position.sequence, 8);
}

/* A new ledger of KOR's has to begin where JPN's memory of the old one ends; if not, KOR forgot or
 * rewrote something, which is kept as proof, and the new one is followed. */
static void a_ledger_that_begins_elsewhere(void **state)
{
    (void)state;
    struct frame f = listener_batch(1, 3);
    assert_int_equal(listener_give(&f), REFUSED_NONE);
    for (int i = 0; i < 3; i++) {
        f = listener_hello();
        f.hello.boot = world_boot(2 + (uint64_t)i, 2).epoch;
        f.hello.stream_base = listener.session->here.position;
        f.hello.stream_base.sequence -= i == 1 ? 1 : 0;
        f.hello.stream_base.head.bytes[0] ^= i == 2 ? 1 : 0;
        f.hello.stream = f.hello.stream_base;
        f.hello.stream.epoch = world_boot(2 + (uint64_t)i, 2).epoch;
        assert_int_equal(listener_give(&f), REFUSED_NONE);
        assert_int_equal(listener.session->counters.histories, i);
        assert_int_equal(listener.session->here.position.epoch.counter, 2 + i);
    }
}

/* Holes, and runs that wait for the journal, are bounded: what is beyond comes again. */
static void what_is_too_scattered_or_too_much(void **state)
{
    (void)state;
    struct frame f;
    for (uint64_t n = 0; n < SEQUENCE_SET_RANGES_MAX; n++) {
        f = listener_batch(2 * n + 3, 2 * n + 3);
        assert_int_equal(listener_give(&f), REFUSED_NONE);
    }
    f = listener_batch(301, 301);
    assert_int_equal(listener_give(&f), REFUSED_SCATTERED);
    f = listener_gap(301, 301);
    assert_int_equal(listener_give(&f), REFUSED_SCATTERED);
    assert_int_equal(listener.session->here.count, SEQUENCE_SET_RANGES_MAX);
    for (uint64_t n = 0; listener.session->pending_count < SESSION_PENDING_MAX; n++) {
        f = listener_batch(2 * n + 2, 2 * n + 2);
        assert_int_equal(listener_give(&f), REFUSED_NONE);
    }
    f = listener_batch(200, 200);
    assert_int_equal(listener_give(&f), REFUSED_BUSY);
    f = listener_gap(200, 200);
    assert_int_equal(listener_give(&f), REFUSED_BUSY);
    /* Committed, and two periods later acknowledged: there is room again. */
    session_committed(listener.session, listener.position, listener.now);
    listener.now = instant_plus_s(listener.now, 0.15);
    static uint8_t plain[FRAME_BYTES_MAX];
    struct byte_writer w = {plain, sizeof plain, 0};
    enum frame_lane lane = LANE_LIVE;
    while (session_next_frame(listener.session, listener.now, &lane, &w)) {
        w.size = 0;
    }
    assert_int_equal(listener.session->pending_count, 0);
    f = listener_batch(200, 200);
    assert_int_equal(listener_give(&f), REFUSED_NONE);
}

/* A gap behind what is here changes nothing; one ahead needs the head before it and nothing of it
 * here; one that joins is skipped. */
static void gaps_in_their_place(void **state)
{
    (void)state;
    struct frame f = listener_batch(1, 3);
    assert_int_equal(listener_give(&f), REFUSED_NONE);
    f = listener_gap(1, 2);
    assert_int_equal(listener_give(&f), REFUSED_NONE);
    assert_int_equal(listener.session->counters.gone, 0);
    f = listener_gap(10, 12);
    f.gap.has_before = false;
    memset(&f.gap.before, 0, sizeof f.gap.before);
    assert_int_equal(listener_give(&f), REFUSED_STATE);
    f = listener_gap(10, 12);
    assert_int_equal(listener_give(&f), REFUSED_NONE);
    assert_int_equal(listener.session->counters.gone, 3);
    f = listener_gap(12, 14);
    assert_int_equal(listener_give(&f), REFUSED_STATE);
    f = listener_gap(4, 9);
    assert_int_equal(listener_give(&f), REFUSED_NONE);
    assert_int_equal(listener.session->counters.gone, 9);
    assert_int_equal(listener.session->here.position.sequence, 12);
    assert_int_equal(session_missing(listener.session), 0);
    /* What comes after it waits for the journal as a run of its own. */
    const uint32_t waiting = listener.session->pending_count;
    f = listener_batch(13, 14);
    assert_int_equal(listener_give(&f), REFUSED_NONE);
    assert_int_equal(listener.session->pending_count, waiting + 1);
    f = listener_batch(15, 15);
    assert_int_equal(listener_give(&f), REFUSED_NONE);
    assert_int_equal(listener.session->pending_count, waiting + 1);
}

static void refusals_have_their_words(void **state)
{
    (void)state;
    for (int a = REFUSED_NONE; a < SESSION_REFUSAL_COUNT; a++) {
        assert_string_not_equal(session_refusal_text((enum session_refusal)a), "unknown");
        for (int b = REFUSED_NONE; b < a; b++) {
            assert_string_not_equal(session_refusal_text((enum session_refusal)a),
                                    session_refusal_text((enum session_refusal)b));
        }
    }
    assert_string_equal(session_refusal_text((enum session_refusal)SESSION_REFUSAL_COUNT),
                        "unknown");
    session_refused(listener.session, REFUSED_SEAL, listener.now);
    assert_int_equal(listener.session->counters.histories, 0);
    session_refused(listener.session, REFUSED_EQUIVOCATION, listener.now);
    assert_int_equal(listener.session->counters.histories, 1);
}

/* The other way round: KOR writes its own ledger, JPN says what it has of it. */
static struct session *kor;
static uint32_t jpn_number;

static void kor_begin(void)
{
    const struct digest_key key = fixture_key(2);
    const struct session_boot boot = world_boot(1, 5);
    session_init(kor, fixture_nation("KOR"), fixture_nation("JPN"), &key);
    assert_int_equal(session_boot(kor, &boot, listener.now), OK);
    jpn_number = 0;
}

static void append(uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        (void)session_append(kor, &listener.record, listener.now);
    }
}

static struct frame_position ledger_place(uint64_t sequence)
{
    struct frame_position p = {.epoch = kor->ledger.epoch, .sequence = sequence};
    (void)ledger_head_at(&kor->ledger, sequence, &p.head);
    return p;
}

static enum session_refusal tell(const struct frame *frame)
{
    static uint8_t plain[FRAME_BYTES_MAX];
    struct byte_writer w = {plain, sizeof plain, 0};
    assert_int_equal(frame_encode(frame, &w), OK);
    listener.position++;
    session_receive(kor, byte_writer_written(&w), listener.position, listener.now,
                    listener.delivery);
    return listener.delivery->refusal;
}

/* JPN's hello of that process start, with what it remembers. */
static enum session_refusal remember(uint64_t start, struct frame_position memory)
{
    struct frame f = {.type = FRAME_HELLO};
    jpn_number++;
    f.hello = (struct frame_hello){.schema_min = 1,
                                   .schema_max = 2,
                                   .time = listener.now,
                                   .boot = world_boot(start, 6).epoch,
                                   .number = jpn_number,
                                   .heard = kor->boot.epoch,
                                   .memory = memory};
    return tell(&f);
}

static enum session_refusal acknowledge(struct frame_position at, uint64_t first, uint64_t last)
{
    const struct frame f = {.type = FRAME_ACK,
                            .ack = {.time = listener.now,
                                    .position = at,
                                    .range_count = first > 0 ? 1 : 0,
                                    .ranges = {{first, last}}}};
    return tell(&f);
}

static int begin_both(void **state)
{
    kor = malloc(sizeof *kor);
    assert_non_null(kor);
    assert_int_equal(listener_begin(state), 0);
    kor_begin();
    return 0;
}

static int end_both(void **state)
{
    free(kor);
    return listener_end(state);
}

/* An acknowledgement is believed if it speaks of this ledger, of entries that exist, and of their
 * heads. */
static void acknowledgements_that_cannot_be(void **state)
{
    (void)state;
    append(5);
    assert_int_equal(remember(1, (struct frame_position){0}), REFUSED_NONE);
    struct frame_position at = ledger_place(2);
    at.epoch = world_boot(7, 7).epoch;
    assert_int_equal(acknowledge(at, 0, 0), REFUSED_STATE);
    at = ledger_place(6);
    assert_int_equal(acknowledge(at, 0, 0), REFUSED_HISTORY);
    assert_int_equal(acknowledge(ledger_place(2), 4, 6), REFUSED_HISTORY);
    at = ledger_place(2);
    at.head.bytes[0] ^= 1;
    assert_int_equal(acknowledge(at, 0, 0), REFUSED_HISTORY);
    assert_int_equal(kor->proof.sequence, 2);
    assert_int_equal(kor->counters.acknowledged, 0);
    assert_int_equal(acknowledge(ledger_place(2), 4, 5), REFUSED_NONE);
    assert_int_equal(kor->counters.acknowledged, 4);
    /* A new ledger: what is said of the one before it is late. */
    const struct session_boot boot = world_boot(2, 5);
    struct frame_position more = ledger_place(5);
    more.sequence = 9;
    assert_int_equal(session_boot(kor, &boot, listener.now), OK);
    assert_int_equal(remember(1, more), REFUSED_NONE);
    assert_int_equal(kor->counters.rebases, 1);
    at = (struct frame_position){.epoch = world_boot(1, 5).epoch, .sequence = 5};
    assert_int_equal(acknowledge(at, 0, 0), REFUSED_OLD_EPOCH);
}

/* What a partner remembers, compared with the ledger before anything leaves. */
static void memories(void **state)
{
    (void)state;
    /* More than there is, at the first hello: a new ledger behind it. */
    append(5);
    struct frame_position memory = ledger_place(5);
    memory.sequence = 8;
    assert_int_equal(remember(1, memory), REFUSED_NONE);
    assert_int_equal(kor->counters.rebases, 1);
    assert_int_equal(kor->ledger.base.sequence, 8);
    /* Exactly that base, from the next process start of the partner. */
    assert_int_equal(remember(2, memory), REFUSED_NONE);
    /* Neither another sequence nor another head is that base: KOR has begun to speak, and does not
     * begin anew within one process start. */
    for (int i = 0; i < 2; i++) {
        struct frame_position other = memory;
        other.sequence -= i == 0 ? 1 : 0;
        other.head.bytes[0] ^= i == 1 ? 1 : 0;
        kor->open = true;
        assert_int_equal(remember(3 + (uint64_t)i, other), REFUSED_HISTORY);
        assert_false(kor->open);
        assert_int_equal(kor->counters.histories, i);
    }
    /* Before the base of this very ledger there is nothing to remember. */
    struct frame_position early = {.epoch = kor->ledger.epoch, .sequence = 3};
    kor->open = true;
    assert_int_equal(remember(5, early), REFUSED_HISTORY);
    /* Another head at a sequence that is known: proof. */
    append(3);
    struct frame_position wrong = ledger_place(10);
    wrong.head.bytes[0] ^= 1;
    kor->open = true;
    assert_int_equal(remember(6, wrong), REFUSED_HISTORY);
    assert_int_equal(kor->proof.sequence, 10);
    assert_int_equal(kor->counters.histories, 2);
}

/* A partner that was restored from an old copy gets again what it had acknowledged and lost. */
static void a_partner_that_forgot(void **state)
{
    (void)state;
    append(5);
    assert_int_equal(remember(1, (struct frame_position){0}), REFUSED_NONE);
    assert_int_equal(acknowledge(ledger_place(4), 0, 0), REFUSED_NONE);
    assert_int_equal(remember(2, ledger_place(2)), REFUSED_NONE);
    assert_int_equal(kor->counters.regressions, 1);
    assert_int_equal(kor->counters.acknowledged, 2);
    assert_int_equal(kor->ledger.acknowledged, 2);
    /* One that remembers more than it had acknowledged has it. */
    assert_int_equal(remember(3, ledger_place(5)), REFUSED_NONE);
    assert_int_equal(kor->counters.regressions, 1);
    assert_int_equal(kor->ledger.acknowledged, 5);
    /* And one whose memory is older than what the ledger keeps is taken at its word. */
    append(LEDGER_ENTRIES_MAX + 10);
    struct frame_position old = ledger_place(3);
    assert_int_equal(remember(4, old), REFUSED_NONE);
    assert_int_equal(kor->ledger.acknowledged, 3);
    old.sequence = 4;
    assert_int_equal(acknowledge(old, 0, 0), REFUSED_NONE);
}

/* A KOR that starts relies on no receipt of what lies ahead of a hole: JPN may have forgotten that
 * with what it held against another start. */
static void a_start_relies_on_no_receipt_ahead(void **state)
{
    (void)state;
    const struct session_boot boot = world_boot(2, 5);
    append(8);
    assert_int_equal(remember(1, (struct frame_position){0}), REFUSED_NONE);
    assert_int_equal(acknowledge(ledger_place(3), 7, 8), REFUSED_NONE);
    assert_int_equal(kor->counters.acknowledged, 5);
    assert_int_equal(session_boot(kor, &boot, listener.now), OK);
    assert_int_equal(kor->counters.acknowledged, 3);
    assert_false(ledger_entry_at(&kor->ledger, 7)->acknowledged);
    assert_int_equal(remember(1, ledger_place(3)), REFUSED_NONE);
    assert_int_equal(acknowledge(ledger_place(6), 0, 0), REFUSED_NONE);
    assert_int_equal(kor->ledger.acknowledged, 6);
}

/* Withdrawing nothing wakes nobody; withdrawing something is due at once. */
static void withdrawing(void **state)
{
    (void)state;
    const struct policy everything = fixture_policy();
    append(2);
    kor->repair_next = 3;
    assert_int_equal(session_recheck(kor, &everything, POLICY_ALL_SENSORS, listener.now), 0);
    assert_int_equal(session_withdraw_relayed(kor, fixture_nation("USA"), listener.now), 0);
    assert_int_equal(kor->repair_next, 3);
    listener.record.basis.owner = fixture_nation("USA");
    append(1);
    assert_int_equal(session_withdraw_relayed(kor, fixture_nation("USA"), listener.now), 1);
    assert_int_equal(kor->repair_next, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(frames_that_are_none, listener_begin, listener_end),
        cmocka_unit_test_setup_teardown(frames_of_other_ledgers, listener_begin, listener_end),
        cmocka_unit_test_setup_teardown(records_that_are_not_for_us, listener_begin, listener_end),
        cmocka_unit_test_setup_teardown(contradictions_are_kept, listener_begin, listener_end),
        cmocka_unit_test_setup_teardown(a_ledger_that_begins_elsewhere, listener_begin,
                                        listener_end),
        cmocka_unit_test_setup_teardown(what_is_too_scattered_or_too_much, listener_begin,
                                        listener_end),
        cmocka_unit_test_setup_teardown(gaps_in_their_place, listener_begin, listener_end),
        cmocka_unit_test_setup_teardown(refusals_have_their_words, listener_begin, listener_end),
        cmocka_unit_test_setup_teardown(acknowledgements_that_cannot_be, begin_both, end_both),
        cmocka_unit_test_setup_teardown(memories, begin_both, end_both),
        cmocka_unit_test_setup_teardown(a_partner_that_forgot, begin_both, end_both),
        cmocka_unit_test_setup_teardown(a_start_relies_on_no_receipt_ahead, begin_both, end_both),
        cmocka_unit_test_setup_teardown(withdrawing, begin_both, end_both),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
