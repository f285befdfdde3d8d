/* One side of a session and a partner that says what it likes, frame by frame: what is refused and
 * counted, what a receipt names, what is sent again and when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fixture.h"
#include "share/codec.h"
#include "share/session.h"

#define STREAM 16

/* The session under test, and what its partner is and has. */
struct desk {
    struct session session;
    struct session_delivery delivery;
    struct random random;
    struct instant now;
    uint64_t position;
    uint32_t hellos;
    struct frame_epoch boot;   /* the partner's process start */
    struct frame_epoch stream; /* and its ledger's */
    uint8_t salt[FRAME_SALT_BYTES];
    uint32_t written;
    struct digest heads[STREAM + 1];
    uint32_t sizes[STREAM + 1];
    uint8_t records[STREAM + 1][CODEC_RECORD_BYTES_MAX];
    struct frame_position memory; /* of our ledger */
    struct frame frame;           /* the last that came of the session … */
    enum frame_lane lane;
    uint8_t in[FRAME_BYTES_MAX];
    uint8_t out[FRAME_BYTES_MAX]; /* … in these bytes */
};

static struct frame_epoch epoch_of(uint64_t counter, uint8_t fill)
{
    struct frame_epoch e = {.counter = counter};
    memset(e.nonce, fill, sizeof e.nonce);
    return e;
}

static struct desk *desk_open(const char *self, const char *partner)
{
    struct desk *d = calloc(1, sizeof *d);
    const struct digest_key key = fixture_key(1);
    const struct session_boot boot = {.epoch = epoch_of(5, 50)};
    assert_non_null(d);
    d->now = fixture_time(0.0);
    d->boot = epoch_of(3, 30);
    d->stream = epoch_of(2, 20);
    random_init(&d->random, 1, 1);
    session_init(&d->session, fixture_nation(self), fixture_nation(partner), &key);
    assert_int_equal(session_boot(&d->session, &boot, d->now), OK);
    return d;
}

static enum session_refusal say(struct desk *d, const struct frame *frame)
{
    struct byte_writer w = {d->in, sizeof d->in, 0};
    assert_int_equal(frame_encode(frame, &w), OK);
    d->position++;
    session_receive(&d->session, byte_writer_written(&w), d->position, d->now, &d->delivery);
    return d->delivery.refusal;
}

/* Where the partner's ledger stands. */
static struct frame_position stands(const struct desk *d)
{
    return (struct frame_position){d->stream, d->written, d->heads[d->written]};
}

static struct frame hello_of(const struct desk *d)
{
    struct frame frame = {.type = FRAME_HELLO};
    frame.hello = (struct frame_hello){.schema_min = CODEC_SCHEMA_MIN,
                                       .schema_max = CODEC_SCHEMA_MAX,
                                       .time = d->now,
                                       .boot = d->boot,
                                       .number = d->hellos + 1,
                                       .heard = d->session.boot.epoch,
                                       .stream = stands(d),
                                       .memory = d->memory};
    return frame;
}

static enum session_refusal say_hello(struct desk *d)
{
    const struct frame frame = hello_of(d);
    d->hellos++;
    return say(d, &frame);
}

static enum session_refusal say_heartbeat(struct desk *d)
{
    struct frame frame = {.type = FRAME_HEARTBEAT};
    frame.heartbeat =
        (struct frame_heartbeat){.time = d->now, .boot = d->boot, .stream = stands(d)};
    return say(d, &frame);
}

/* One more record in the partner's ledger. */
static void write_record(struct desk *d, const struct record *record)
{
    const uint32_t n = ++d->written;
    assert_true(n <= STREAM);
    struct byte_writer w = {d->records[n], sizeof d->records[n], 0};
    assert_int_equal(codec_encode(record, &w), OK);
    d->sizes[n] = (uint32_t)w.size;
    d->heads[n] = ledger_chain(d->salt, &d->heads[n - 1], n, byte_writer_written(&w));
}

static struct record record_of(struct desk *d, const char *owner, const char *to)
{
    struct record record = fixture_track(&d->random, d->now);
    record.track.owner = record.label.owner = fixture_nation(owner);
    record.label.releasable_count = 1;
    record.label.releasable_to[0] = fixture_nation(to);
    return record;
}

static void write_records(struct desk *d, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct record record = record_of(d, "KOR", "JPN");
        write_record(d, &record);
    }
}

static enum session_refusal say_batch(struct desk *d, uint32_t first, uint32_t last)
{
    struct frame frame = {.type = FRAME_BATCH};
    frame.batch.epoch = d->stream;
    frame.batch.first = first;
    frame.batch.count = last - first + 1;
    frame.batch.previous = d->heads[first - 1];
    memcpy(frame.batch.salt, d->salt, sizeof frame.batch.salt);
    for (uint32_t i = first; i <= last; i++) {
        frame.batch.records[i - first] = (struct bytes){d->records[i], d->sizes[i]};
    }
    return say(d, &frame);
}

/* The next frame of that type that the session sends now; others that leave before are dropped. */
static bool hear(struct desk *d, enum frame_type type)
{
    struct byte_writer w = {d->out, sizeof d->out, 0};
    while (session_next_frame(&d->session, d->now, &d->lane, &w)) {
        assert_int_equal(frame_decode(byte_writer_written(&w), &d->frame), OK);
        if (d->frame.type == type) {
            return true;
        }
        w.size = 0;
    }
    return false;
}

static void hear_nothing_more(struct desk *d)
{
    assert_false(hear(d, FRAME_UNKNOWN));
}

static void wait(struct desk *d, double seconds)
{
    d->now = instant_plus_s(d->now, seconds);
}

static void append_one(struct desk *d, const struct record *record)
{
    const struct released_record released = fixture_released(record);
    session_append(&d->session, &released, d->now);
}

static void append_tracks(struct desk *d, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct record record = fixture_track(&d->random, fixture_time(0.0));
        append_one(d, &record);
    }
}

static uint64_t refused(const struct desk *d, enum session_refusal why)
{
    return d->session.counters.refused[why];
}

static struct digest own_head(const struct desk *d, uint64_t sequence)
{
    struct digest head;
    assert_true(ledger_head_at(&d->session.ledger, sequence, &head));
    return head;
}

/* What has arrived and is not on the disk is in no receipt: neither before its end nor ahead. */
static void a_receipt_names_what_is_on_the_disk(void **state)
{
    (void)state;
    struct desk *d = desk_open("JPN", "KOR");
    write_records(d, 6);
    assert_int_equal(say_hello(d), REFUSED_NONE);
    assert_int_equal(say_batch(d, 1, 1), REFUSED_NONE);
    assert_int_equal(say_batch(d, 3, 4), REFUSED_NONE);
    assert_int_equal(say_batch(d, 6, 6), REFUSED_NONE);
    /* The hello is on the disk, then the first batch, the second, the third. */
    const uint64_t hello = d->position - 3;
    const uint64_t sequences[] = {0, 1, 1, 1};
    const uint32_t ranges[] = {0, 0, 1, 2};
    for (uint64_t i = 0; i < 4; i++) {
        session_committed(&d->session, hello + i, d->now);
        assert_int_equal(say_batch(d, 1, 1), REFUSED_NONE); /* asks for a receipt again */
        wait(d, 1.0);
        assert_true(hear(d, FRAME_ACK));
        assert_int_equal(d->frame.ack.position.sequence, sequences[i]);
        assert_int_equal(d->frame.ack.range_count, ranges[i]);
    }
    assert_int_equal(d->frame.ack.ranges[0].first, 3);
    assert_int_equal(d->frame.ack.ranges[0].last, 4);
    assert_int_equal(d->frame.ack.ranges[1].first, 6);
    free(d);
}

/* A record that names another nation as its owner, or that this nation may not have, is counted and
 * used by nobody; its place is taken, so that it does not come again. */
static void records_of_others_and_for_others_are_refused(void **state)
{
    (void)state;
    struct desk *d = desk_open("JPN", "KOR");
    const struct record records[] = {record_of(d, "USA", "JPN"), record_of(d, "KOR", "USA"),
                                     record_of(d, "KOR", "JPN")};
    for (int i = 0; i < 3; i++) {
        write_record(d, &records[i]);
    }
    assert_int_equal(say_hello(d), REFUSED_NONE);
    assert_int_equal(say_batch(d, 1, 3), REFUSED_NONE);
    assert_int_equal(d->delivery.count, 1);
    assert_int_equal(d->delivery.sequences[0], 3);
    assert_int_equal(refused(d, REFUSED_RECORD), 2);
    assert_int_equal(session_missing(&d->session), 0);
    free(d);
}

/* Recorded frames do not make a partner look alive that is gone. */
static void a_recording_is_not_a_sign_of_life(void **state)
{
    (void)state;
    struct desk *d = desk_open("JPN", "KOR");
    const struct frame earlier = hello_of(d);
    struct frame heartbeat = {.type = FRAME_HEARTBEAT};
    heartbeat.heartbeat =
        (struct frame_heartbeat){.time = d->now, .boot = d->boot, .stream = stands(d)};
    assert_int_equal(say_hello(d), REFUSED_NONE);
    d->boot = epoch_of(4, 40);
    d->hellos = 0;
    const struct frame newest = hello_of(d);
    assert_int_equal(say_hello(d), REFUSED_NONE);
    wait(d, 60.0);
    assert_false(session_is_up(&d->session, d->now));
    assert_int_equal(say(d, &newest), REFUSED_REPLAY);
    assert_int_equal(say(d, &earlier), REFUSED_OLD_EPOCH);
    assert_int_equal(say(d, &heartbeat), REFUSED_OLD_EPOCH);
    assert_false(session_is_up(&d->session, d->now));
    assert_int_equal(say_heartbeat(d), REFUSED_NONE);
    assert_true(session_is_up(&d->session, d->now));
    free(d);
}

/* Batches, gaps and heartbeats of another ledger than the one that was announced. */
static void frames_of_another_ledger_are_refused(void **state)
{
    (void)state;
    struct desk *d = desk_open("JPN", "KOR");
    write_records(d, 4);
    assert_int_equal(say_hello(d), REFUSED_NONE);
    assert_int_equal(say_batch(d, 1, 2), REFUSED_NONE);
    const struct frame_epoch others[] = {epoch_of(1, 20), epoch_of(2, 21), epoch_of(3, 20)};
    const enum session_refusal why[] = {REFUSED_OLD_EPOCH, REFUSED_STATE, REFUSED_STATE};
    for (int i = 0; i < 3; i++) {
        d->stream = others[i];
        assert_int_equal(say_batch(d, 3, 4), why[i]);
        assert_int_equal(say_heartbeat(d), why[i]);
        assert_int_equal(d->delivery.count, 0);
    }
    /* Nor does a hello bring one that is not newer. */
    for (int i = 0; i < 2; i++) {
        d->stream = others[i];
        assert_int_equal(say_hello(d), REFUSED_OLD_EPOCH);
    }
    d->stream = epoch_of(2, 20);
    assert_int_equal(say_batch(d, 3, 4), REFUSED_NONE);
    assert_int_equal(d->delivery.count, 2);
    free(d);
}

/* A new ledger goes on from what is here. One that forgets some of it, or ends it otherwise, is
 * gone on with (there is no other), and the contradiction is kept as proof. */
static void a_new_ledger_must_go_on_from_the_old(void **state)
{
    (void)state;
    for (int wrong = 0; wrong < 3; wrong++) {
        struct desk *d = desk_open("JPN", "KOR");
        write_records(d, 4);
        assert_int_equal(say_hello(d), REFUSED_NONE);
        assert_int_equal(say_batch(d, 1, 4), REFUSED_NONE);
        d->hellos++;
        struct frame frame = hello_of(d);
        frame.hello.stream_base = stands(d);
        frame.hello.stream.epoch = epoch_of(3, 33);
        frame.hello.stream_base.sequence -= wrong == 1 ? 1 : 0;
        frame.hello.stream_base.head.bytes[0] ^= wrong == 2 ? 1 : 0;
        assert_int_equal(say(d, &frame), REFUSED_NONE);
        assert_int_equal(d->session.proof.found, wrong > 0);
        assert_int_equal(d->session.counters.histories, wrong > 0 ? 1 : 0);
        free(d);
    }
}

/* A receipt for another history, or for what was never sent, acknowledges nothing. */
static void a_receipt_must_be_of_our_ledger(void **state)
{
    (void)state;
    struct desk *d = desk_open("KOR", "JPN");
    append_tracks(d, 3);
    assert_int_equal(say_hello(d), REFUSED_NONE);
    assert_true(hear(d, FRAME_BATCH));
    struct frame frame = {.type = FRAME_ACK};
    frame.ack = (struct frame_ack){.time = d->now,
                                   .position = {d->session.ledger.epoch, 2, own_head(d, 2)}};
    struct frame other = frame;
    other.ack.position.head.bytes[7] ^= 1;
    assert_int_equal(say(d, &other), REFUSED_HISTORY);
    assert_true(d->session.proof.found);
    assert_int_equal(d->session.proof.sequence, 2);
    other = frame;
    other.ack.position.sequence = 4;
    assert_int_equal(say(d, &other), REFUSED_HISTORY);
    other = frame;
    other.ack.range_count = 1;
    other.ack.ranges[0] = (struct frame_range){4, 4};
    assert_int_equal(say(d, &other), REFUSED_HISTORY);
    other = frame;
    other.ack.position.epoch.counter--;
    assert_int_equal(say(d, &other), REFUSED_OLD_EPOCH);
    assert_int_equal(d->session.counters.acknowledged, 0);
    assert_int_equal(say(d, &frame), REFUSED_NONE);
    assert_int_equal(d->session.counters.acknowledged, 2);
    free(d);
}

/* A partner whose memory contradicts the ledger in the middle of a start gets nothing more. */
static void a_contradiction_stops_the_stream(void **state)
{
    (void)state;
    struct desk *d = desk_open("KOR", "JPN");
    append_tracks(d, 3);
    assert_int_equal(say_hello(d), REFUSED_NONE);
    assert_true(hear(d, FRAME_BATCH));
    d->memory = (struct frame_position){d->session.ledger.epoch, 2, own_head(d, 2)};
    d->memory.head.bytes[3] ^= 1;
    assert_int_equal(say_hello(d), REFUSED_HISTORY);
    append_tracks(d, 1);
    for (int i = 0; i < 100; i++) {
        wait(d, 0.1);
        assert_false(hear(d, FRAME_BATCH));
    }
    free(d);
}

/* What a partner forgot, by a start from an old copy, is sent again, acknowledged or not. */
static void what_the_partner_forgot_is_sent_again(void **state)
{
    (void)state;
    for (uint64_t remembered = 0; remembered <= 5; remembered++) {
        struct desk *d = desk_open("KOR", "JPN");
        append_tracks(d, 5);
        assert_int_equal(say_hello(d), REFUSED_NONE);
        assert_true(hear(d, FRAME_BATCH));
        const struct frame_position all = {d->session.ledger.epoch, 5, own_head(d, 5)};
        struct frame frame = {.type = FRAME_ACK};
        frame.ack = (struct frame_ack){.time = d->now, .position = all};
        assert_int_equal(say(d, &frame), REFUSED_NONE);
        assert_int_equal(d->session.counters.acknowledged, 5);
        wait(d, 5.0);
        hear_nothing_more(d);

        d->boot = epoch_of(4, 40);
        d->hellos = 0;
        if (remembered > 0) {
            d->memory = (struct frame_position){all.epoch, remembered, own_head(d, remembered)};
        }
        assert_int_equal(say_hello(d), REFUSED_NONE);
        assert_int_equal(d->session.counters.regressions, remembered < 5 ? 1 : 0);
        assert_int_equal(d->session.counters.acknowledged, remembered);
        assert_int_equal(hear(d, FRAME_BATCH), remembered < 5);
        if (remembered < 5) {
            assert_int_equal(d->frame.batch.first, remembered + 1);
            assert_int_equal(d->frame.batch.count, 5 - remembered);
        }
        free(d);
    }
}

/* With each new record the two before it go again, unless they just went: a lost frame costs its
 * records no more than the time to the next one. */
static void the_last_two_go_along(void **state)
{
    (void)state;
    struct desk *d = desk_open("KOR", "JPN");
    assert_int_equal(say_hello(d), REFUSED_NONE);
    for (uint64_t n = 1; n <= 5; n++) {
        append_tracks(d, 1);
        assert_true(hear(d, FRAME_BATCH));
        assert_int_equal(d->lane, LANE_LIVE);
        assert_int_equal(d->frame.batch.first, n < 3 ? 1 : n - 2);
        assert_int_equal(d->frame.batch.first + d->frame.batch.count - 1, n);
        wait(d, 0.3);
    }
    append_tracks(d, 1);
    assert_true(hear(d, FRAME_BATCH));
    append_tracks(d, 1);
    assert_true(hear(d, FRAME_BATCH)); /* at the same instant: alone */
    assert_int_equal(d->frame.batch.first, 7);
    free(d);
}

/* What is new goes before what is to be repaired, on its own lane. */
static void news_goes_before_the_backlog(void **state)
{
    (void)state;
    struct desk *d = desk_open("KOR", "JPN");
    assert_int_equal(say_hello(d), REFUSED_NONE);
    append_tracks(d, 10);
    assert_true(hear(d, FRAME_BATCH));
    wait(d, 2.6);
    append_tracks(d, 1);
    assert_int_equal(say_heartbeat(d), REFUSED_NONE);
    assert_true(hear(d, FRAME_BATCH));
    assert_int_equal(d->lane, LANE_LIVE);
    assert_int_equal(d->frame.batch.first + d->frame.batch.count - 1, 11);
    assert_true(hear(d, FRAME_BATCH));
    assert_int_equal(d->lane, LANE_REPAIR);
    assert_int_equal(d->frame.batch.first, 1);
    free(d);
}

/* What is never acknowledged is sent again after 2.5, 5, 10, 20 and then every 20 s. */
static void repetitions_never_stop(void **state)
{
    (void)state;
    static const double expected_s[] = {2.5, 7.5, 17.5, 37.5, 57.5, 77.5, 97.5};
    struct desk *d = desk_open("KOR", "JPN");
    assert_int_equal(say_hello(d), REFUSED_NONE);
    append_tracks(d, 1);
    assert_true(hear(d, FRAME_BATCH));
    const struct instant start = d->now;
    size_t count = 0;
    for (int i = 0; i < 200; i++) {
        wait(d, 0.5);
        assert_int_equal(say_heartbeat(d), REFUSED_NONE);
        if (hear(d, FRAME_BATCH)) {
            assert_true(count < sizeof expected_s / sizeof expected_s[0]);
            assert_true(instant_since_s(d->now, start) == expected_s[count]);
            count++;
        }
    }
    assert_int_equal(count, sizeof expected_s / sizeof expected_s[0]);
    free(d);
}

/* What was withdrawn in the middle of a backlog is told as gone, between batches of the rest. */
static void what_is_withdrawn_is_told_between_the_rest(void **state)
{
    (void)state;
    struct desk *d = desk_open("KOR", "JPN");
    assert_int_equal(say_hello(d), REFUSED_NONE);
    const struct record notice = fixture_notice(d->now);
    append_tracks(d, 2);
    append_one(d, &notice);
    append_one(d, &notice);
    append_tracks(d, 1);
    assert_true(hear(d, FRAME_BATCH));
    assert_int_equal(d->frame.batch.count, 5);
    hear_nothing_more(d);
    struct policy policy = fixture_policy();
    policy.rules[1].action = POLICY_WITHHOLD;
    assert_int_equal(session_recheck(&d->session, &policy, POLICY_ALL_SENSORS, d->now), 2);
    assert_true(hear(d, FRAME_GAP));
    assert_int_equal(d->frame.gap.first, 3);
    assert_int_equal(d->frame.gap.last, 4);
    assert_int_equal(d->frame.gap.reason, GAP_WITHDRAWN);
    hear_nothing_more(d);
    wait(d, 2.5);
    assert_int_equal(say_heartbeat(d), REFUSED_NONE);
    assert_true(hear(d, FRAME_BATCH));
    assert_int_equal(d->frame.batch.first, 1);
    assert_int_equal(d->frame.batch.count, 2);
    assert_true(hear(d, FRAME_GAP));
    assert_true(hear(d, FRAME_BATCH));
    assert_int_equal(d->frame.batch.first, 5);
    assert_int_equal(d->frame.batch.count, 1);
    free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_receipt_names_what_is_on_the_disk),
        cmocka_unit_test(records_of_others_and_for_others_are_refused),
        cmocka_unit_test(a_recording_is_not_a_sign_of_life),
        cmocka_unit_test(frames_of_another_ledger_are_refused),
        cmocka_unit_test(a_new_ledger_must_go_on_from_the_old),
        cmocka_unit_test(a_receipt_must_be_of_our_ledger),
        cmocka_unit_test(a_contradiction_stops_the_stream),
        cmocka_unit_test(what_the_partner_forgot_is_sent_again),
        cmocka_unit_test(the_last_two_go_along),
        cmocka_unit_test(news_goes_before_the_backlog),
        cmocka_unit_test(repetitions_never_stop),
        cmocka_unit_test(what_is_withdrawn_is_told_between_the_rest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
