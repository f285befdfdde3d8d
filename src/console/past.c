#include "console/past.h"

#include <assert.h>

/* Keeps the oldest and every second one after it, and the newest. */
static void thin_out(struct past *past)
{
    size_t kept = 0;
    size_t bytes = 0;
    for (size_t i = 0; i < past->count; i++) {
        if (i % 2 == 0 || i == past->count - 1) {
            past->pictures[kept++] = past->pictures[i];
            bytes += picture_event(past->pictures[i]).size;
        } else {
            picture_drop(past->pictures[i]);
        }
    }
    past->count = kept;
    past->bytes = bytes;
}

void past_keep(struct past *past, struct picture *picture)
{
    const size_t size = picture_event(picture).size;
    while (past->count > 1 &&
           (past->count == PAST_PICTURES_MAX || past->bytes + size > PAST_BYTES_MAX)) {
        thin_out(past);
    }
    assert(past->count < PAST_PICTURES_MAX);
    past->pictures[past->count] = picture_hold(picture);
    past->count++;
    past->bytes += size;
}

struct picture *past_next(const struct past *past, uint64_t after, uint64_t before)
{
    for (size_t i = 0; i < past->count; i++) {
        const uint64_t sequence = picture_sequence(past->pictures[i]);
        if (sequence > after) {
            return sequence < before ? past->pictures[i] : NULL;
        }
    }
    return NULL;
}

void past_clear(struct past *past)
{
    for (size_t i = 0; i < past->count; i++) {
        picture_drop(past->pictures[i]);
    }
    past->count = 0;
    past->bytes = 0;
}
