/* The latest checkpoints that were seen of one partner's log: what another partner shows of it must
 * be the same. */
#ifndef WATCHFIRE_NODE_LOG_SEEN_H
#define WATCHFIRE_NODE_LOG_SEEN_H

#include "share/note.h"

#define LOG_SEEN_KEPT 32

struct log_seen {
    struct note_head head; /* size 0 = unused */
    uint32_t note_size;
    uint8_t note[NOTE_BYTES_MAX];
};

/* All zero = empty. */
struct log_seen_ring {
    uint32_t next;
    struct log_seen items[LOG_SEEN_KEPT];
};

/* In place of the oldest. The note has at most NOTE_BYTES_MAX bytes. */
void log_seen_add(struct log_seen_ring *ring, const struct note_head *head, struct bytes note);

/* The one of that size; NULL if there is none. */
const struct log_seen *log_seen_find(const struct log_seen_ring *ring, uint64_t size);

#endif
