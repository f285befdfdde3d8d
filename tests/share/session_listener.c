#include "session_listener.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fixture.h"
#include "session_world.h"

struct listener listener;

static const struct released_record *entry(uint64_t sequence)
{
    return listener.written_again[sequence] ? &listener.other : &listener.record;
}

static void chain_from(uint64_t first)
{
    static const uint8_t salt[FRAME_SALT_BYTES];
    for (uint64_t n = first; n <= CHAIN_MAX; n++) {
        const struct released_record *r = entry(n);
        listener.heads[n] =
            ledger_chain(salt, &listener.heads[n - 1], n, (struct bytes){r->bytes, r->size});
    }
}

int listener_begin(void **state)
{
    (void)state;
    const struct digest_key key = fixture_key(1);
    const struct session_boot boot = world_boot(1, 1);
    const struct record notice = fixture_notice(fixture_time(0.0));
    const struct record other = fixture_notice(fixture_time(9.0));
    memset(&listener, 0, sizeof listener);
    listener.now = fixture_time(0.0);
    listener.record = fixture_released(&notice);
    listener.other = fixture_released(&other);
    chain_from(1);
    listener.session = malloc(sizeof *listener.session);
    listener.delivery = malloc(sizeof *listener.delivery);
    assert_non_null(listener.session);
    assert_non_null(listener.delivery);
    session_init(listener.session, fixture_nation("JPN"), fixture_nation("KOR"), &key);
    assert_int_equal(session_boot(listener.session, &boot, listener.now), OK);
    listener.epoch = listener.boot = world_boot(1, 2).epoch;
    const struct frame f = listener_hello();
    assert_int_equal(listener_give(&f), REFUSED_NONE);
    return 0;
}

int listener_end(void **state)
{
    (void)state;
    free(listener.session);
    free(listener.delivery);
    return 0;
}

void listener_write_again(uint64_t from)
{
    for (uint64_t n = from; n <= CHAIN_MAX; n++) {
        listener.written_again[n] = true;
    }
    chain_from(from);
}

struct frame_position listener_place(uint64_t sequence)
{
    return (struct frame_position){listener.epoch, sequence, listener.heads[sequence]};
}

struct frame listener_hello(void)
{
    struct frame f = {.type = FRAME_HELLO};
    listener.hello_number++;
    f.hello = (struct frame_hello){.schema_min = 1,
                                   .schema_max = 2,
                                   .time = listener.now,
                                   .boot = listener.boot,
                                   .number = listener.hello_number,
                                   .heard = listener.session->boot.epoch,
                                   .stream = {.epoch = listener.epoch}};
    return f;
}

struct frame listener_heartbeat(uint64_t sequence)
{
    return (struct frame){.type = FRAME_HEARTBEAT,
                          .heartbeat = {.time = listener.now,
                                        .boot = listener.boot,
                                        .stream = listener_place(sequence)}};
}

struct frame listener_batch(uint64_t first, uint64_t last)
{
    struct frame f = {.type = FRAME_BATCH};
    f.batch = (struct frame_batch){.epoch = listener.epoch,
                                   .first = first,
                                   .count = (uint32_t)(last - first + 1),
                                   .previous = listener.heads[first - 1]};
    for (uint32_t i = 0; i < f.batch.count; i++) {
        f.batch.records[i] = (struct bytes){entry(first + i)->bytes, entry(first + i)->size};
    }
    return f;
}

struct frame listener_gap(uint64_t first, uint64_t last)
{
    struct frame f = {.type = FRAME_GAP};
    f.gap = (struct frame_gap){.epoch = listener.epoch,
                               .first = first,
                               .last = last,
                               .has_before = true,
                               .before = listener.heads[first - 1],
                               .after = listener.heads[last],
                               .reason = GAP_DROPPED};
    return f;
}

enum session_refusal listener_give(const struct frame *frame)
{
    static uint8_t plain[FRAME_BYTES_MAX];
    struct byte_writer w = {plain, sizeof plain, 0};
    assert_int_equal(frame_encode(frame, &w), OK);
    listener.position++;
    session_receive(listener.session, byte_writer_written(&w), listener.position, listener.now,
                    listener.delivery);
    return listener.delivery->refusal;
}

struct frame_ack listener_commit(void)
{
    static uint8_t plain[FRAME_BYTES_MAX];
    struct frame_ack last = {.position = {.sequence = 0}};
    enum frame_lane lane = LANE_LIVE;
    session_committed(listener.session, listener.position, listener.now);
    /* Two periods later everything is acknowledged. */
    listener.now = instant_plus_s(listener.now, 0.15);
    for (;;) {
        struct byte_writer w = {plain, sizeof plain, 0};
        struct frame frame;
        if (!session_next_frame(listener.session, listener.now, &lane, &w)) {
            return last;
        }
        assert_int_equal(frame_decode(byte_writer_written(&w), &frame), OK);
        last = frame.type == FRAME_ACK ? frame.ack : last;
    }
}
