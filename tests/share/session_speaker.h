/* KOR's session with JPN, where the test says what JPN answers, and when. One at a time. */
#ifndef WATCHFIRE_TESTS_SHARE_SESSION_SPEAKER_H
#define WATCHFIRE_TESTS_SHARE_SESSION_SPEAKER_H

#include "share/session.h"

struct speaker {
    struct session *session;
    struct session_delivery *delivery;
    struct released_record record; /* what is released next */
    struct instant now;
    uint64_t position;
    uint32_t hello_number;
    uint8_t plain[FRAME_BYTES_MAX];
    struct frame frame; /* the last that was sent; points into plain */
    enum frame_lane lane;
};

extern struct speaker speaker;

/* Setups of a test, and what ends either. A speaker that is ready knows JPN, and nothing is due. */
int speaker_begin(void **state);
int speaker_begin_ready(void **state);
int speaker_end(void **state);

/* Sends the next frame, if any is due, with so much room. */
bool speaker_next_into(size_t room);
bool speaker_next(void);
/* Sends all that is due, and leaves the last of it. Returns how many frames. */
int speaker_drain(void);
/* The next that carries entries, or tells of them. */
bool speaker_next_entries(size_t room);

/* JPN says something that is not refused. */
void speaker_hear(const struct frame *f);
void speaker_hear_hello(bool answer);
void speaker_hear_heartbeat(void);
void speaker_hear_ack(uint64_t first, uint64_t last);

/* Releases the record so many times. */
void speaker_append(uint32_t count);

/* Time passes: in silence, or with JPN heard every second. */
void speaker_wait(double seconds);
void speaker_wait_hearing(double seconds);

#endif
