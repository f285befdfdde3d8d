#include "session_speaker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fixture.h"
#include "session_world.h"

struct speaker speaker;

bool speaker_next_into(size_t room)
{
    struct byte_writer w = {speaker.plain, room, 0};
    if (!session_next_frame(speaker.session, speaker.now, &speaker.lane, &w)) {
        assert_int_equal(w.size, 0);
        return false;
    }
    assert_int_equal(frame_decode(byte_writer_written(&w), &speaker.frame), OK);
    return true;
}

bool speaker_next(void)
{
    return speaker_next_into(sizeof speaker.plain);
}

int speaker_drain(void)
{
    int count = 0;
    while (speaker_next()) {
        count++;
        assert_true(count < 1000);
    }
    return count;
}

bool speaker_next_entries(size_t room)
{
    while (speaker_next_into(room)) {
        if (speaker.frame.type == FRAME_BATCH || speaker.frame.type == FRAME_GAP) {
            return true;
        }
    }
    return false;
}

void speaker_hear(const struct frame *f)
{
    static uint8_t bytes[FRAME_BYTES_MAX];
    struct byte_writer w = {bytes, sizeof bytes, 0};
    assert_int_equal(frame_encode(f, &w), OK);
    speaker.position++;
    session_receive(speaker.session, byte_writer_written(&w), speaker.position, speaker.now,
                    speaker.delivery);
    assert_int_equal(speaker.delivery->refusal, REFUSED_NONE);
}

void speaker_hear_hello(bool answer)
{
    struct frame f = {.type = FRAME_HELLO};
    speaker.hello_number++;
    f.hello = (struct frame_hello){.schema_min = 1,
                                   .schema_max = 2,
                                   .time = speaker.now,
                                   .boot = world_boot(1, 6).epoch,
                                   .number = speaker.hello_number,
                                   .answer = answer,
                                   .heard = speaker.session->boot.epoch,
                                   .stream = {.epoch = world_boot(1, 6).epoch}};
    speaker_hear(&f);
}

void speaker_hear_heartbeat(void)
{
    const struct frame f = {.type = FRAME_HEARTBEAT,
                            .heartbeat = {.time = speaker.now,
                                          .boot = world_boot(1, 6).epoch,
                                          .stream = {.epoch = world_boot(1, 6).epoch}}};
    speaker_hear(&f);
}

void speaker_hear_ack(uint64_t first, uint64_t last)
{
    struct frame f = {.type = FRAME_ACK,
                      .ack = {.time = speaker.now,
                              .position = {.epoch = speaker.session->ledger.epoch},
                              .range_count = 1,
                              .ranges = {{first, last}}}};
    speaker_hear(&f);
}

void speaker_append(uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        (void)session_append(speaker.session, &speaker.record, speaker.now);
    }
}

void speaker_wait(double seconds)
{
    speaker.now = instant_plus_s(speaker.now, seconds);
}

void speaker_wait_hearing(double seconds)
{
    for (; seconds > 1.0; seconds -= 1.0) {
        speaker_wait(1.0);
        speaker_hear_heartbeat();
    }
    speaker_wait(seconds);
    speaker_hear_heartbeat();
}

int speaker_begin(void **state)
{
    (void)state;
    const struct digest_key key = fixture_key(2);
    const struct session_boot boot = world_boot(1, 5);
    const struct record notice = fixture_notice(fixture_time(0.0));
    speaker.now = fixture_time(0.1);
    speaker.position = 0;
    speaker.hello_number = 0;
    speaker.record = fixture_released(&notice);
    speaker.record.basis.kind = RECORD_TRACK; /* what is not a track is repeated sooner */
    speaker.session = malloc(sizeof *speaker.session);
    speaker.delivery = malloc(sizeof *speaker.delivery);
    assert_non_null(speaker.session);
    assert_non_null(speaker.delivery);
    session_init(speaker.session, fixture_nation("KOR"), fixture_nation("JPN"), &key);
    struct byte_writer w = {speaker.plain, sizeof speaker.plain, 0};
    /* Before its first process start a session has nothing to say, and nothing is due. */
    assert_false(session_next_frame(speaker.session, speaker.now, &speaker.lane, &w));
    assert_true(instant_equal(session_next_time(speaker.session, speaker.now), INSTANT_LAST));
    assert_int_equal(session_boot(speaker.session, &boot, speaker.now), OK);
    assert_true(instant_equal(session_next_time(speaker.session, speaker.now), speaker.now));
    return 0;
}

int speaker_begin_ready(void **state)
{
    assert_int_equal(speaker_begin(state), 0);
    speaker_hear_hello(false);
    (void)speaker_drain();
    return 0;
}

int speaker_end(void **state)
{
    (void)state;
    free(speaker.session);
    free(speaker.delivery);
    return 0;
}
