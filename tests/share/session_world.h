/* Two sessions, KOR's and JPN's, over a carrier that delays, reorders, loses and repeats. */
#ifndef WATCHFIRE_TESTS_SHARE_SESSION_WORLD_H
#define WATCHFIRE_TESTS_SHARE_SESSION_WORLD_H

#include "base/random.h"
#include "link/link_memory.h"
#include "share/session.h"

#define RECORDS_MAX (LEDGER_ENTRIES_MAX + 1000)

/* One nation's side, with a journal that commits some time after the input. */
struct side {
    struct session *session;
    uint64_t position;
    uint8_t *seen; /* how often each sequence was delivered, since the last crash not rolled back */
    uint64_t delivered;
    uint64_t newest;
};

struct world {
    struct link_memory *link;
    struct side side[2];
    struct session_delivery *delivery;
    uint8_t *buffer;
    struct random random;
    struct instant now;
    uint64_t appended;
    int commit_every; /* steps */
    int step;
};

/* Of a process start: every byte of its random parts is `fill`. */
struct session_boot world_boot(uint64_t counter, uint8_t fill);

/* Whoever opens a world closes it. */
void world_open(struct world *w, uint64_t seed, const struct link_faults *faults);
void world_close(struct world *w);

/* KOR releases one more track to JPN. */
void world_append(struct world *w, struct instant time);

/* The two halves of a step: what has come by then, and what is due. */
void world_take_in(struct world *w, struct instant until);
void world_send_out(struct world *w);
/* A tenth of a second. */
void world_step(struct world *w);
void world_run(struct world *w, double seconds);

/* All that KOR released has come, none twice, and KOR knows it. */
void world_assert_all_once(const struct world *w);

#endif
