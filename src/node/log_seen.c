#include "node/log_seen.h"

#include <assert.h>
#include <string.h>

void log_seen_add(struct log_seen_ring *ring, const struct note_head *head, struct bytes note)
{
    assert(note.size <= NOTE_BYTES_MAX);
    struct log_seen *s = &ring->items[ring->next];
    ring->next = (ring->next + 1) % LOG_SEEN_KEPT;
    s->head = *head;
    s->note_size = (uint32_t)note.size;
    memcpy(s->note, note.data, note.size);
}

const struct log_seen *log_seen_find(const struct log_seen_ring *ring, uint64_t size)
{
    for (uint32_t i = 0; i < LOG_SEEN_KEPT; i++) {
        if (ring->items[i].head.size == size && size > 0) {
            return &ring->items[i];
        }
    }
    return NULL;
}
