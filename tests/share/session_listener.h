/* JPN's session with KOR, where the test says what KOR's ledger holds, and what comes of it. One at
 * a time. */
#ifndef WATCHFIRE_TESTS_SHARE_SESSION_LISTENER_H
#define WATCHFIRE_TESTS_SHARE_SESSION_LISTENER_H

#include "share/session.h"

#define CHAIN_MAX 600

struct listener {
    struct session *session;
    struct session_delivery *delivery;
    struct released_record record;      /* every entry of KOR's ledger … */
    struct released_record other;       /* … but for those that were written again */
    bool written_again[CHAIN_MAX + 1];  /* of each sequence */
    struct digest heads[CHAIN_MAX + 1]; /* after each sequence */
    struct frame_epoch epoch;           /* of KOR's ledger */
    struct frame_epoch boot;            /* KOR's process start */
    uint32_t hello_number;
    uint64_t position;
    struct instant now;
};

extern struct listener listener;

/* Setup of a test and its end: JPN has heard KOR's first hello. */
int listener_begin(void **state);
int listener_end(void **state);

/* KOR's disk has forgotten its ledger from that entry on: others have those numbers now. */
void listener_write_again(uint64_t from);

/* What KOR may say: all of it is true, until a test changes something. */
struct frame listener_hello(void);
struct frame listener_heartbeat(uint64_t sequence);
struct frame listener_batch(uint64_t first, uint64_t last);
struct frame listener_gap(uint64_t first, uint64_t last);
struct frame_position listener_place(uint64_t sequence);

/* KOR says it; what JPN makes of it. */
enum session_refusal listener_give(const struct frame *frame);

/* All that JPN has heard is on its disk, and what it then has to say is said; its last
 * acknowledgement, or position.epoch.counter 0 if there was none. */
struct frame_ack listener_commit(void);

#endif
