/* The pictures of the past that a page gets when it opens, or comes back: what its time line can
 * replay. Held from the start of the server on, at most one a second, later ones closer together
 * than earlier ones: when there is no more room every second one goes. */
#ifndef WATCHFIRE_CONSOLE_PAST_H
#define WATCHFIRE_CONSOLE_PAST_H

#include <stddef.h>
#include <stdint.h>

#include "console/picture.h"

#define PAST_PICTURES_MAX 240
#define PAST_BYTES_MAX (16u * 1024 * 1024)

struct past {
    struct picture *pictures[PAST_PICTURES_MAX]; /* oldest first */
    size_t count;
    size_t bytes;
};

/* Holds the picture, which is newer than all that are there. */
void past_keep(struct past *past, struct picture *picture);

/* The oldest of those whose sequence is above `after` and below `before`; NULL = none. */
struct picture *past_next(const struct past *past, uint64_t after, uint64_t before);

void past_clear(struct past *past);

#endif
