/* Text put together in the caller's buffer: bounded, and whole characters only.
 *
 * What does not fit is left out, and everything after it; `full` says so. The text always ends with
 * a NUL. It is a view of the caller's buffer and lives no longer than that. */
#ifndef WATCHFIRE_FORMATS_TEXT_H
#define WATCHFIRE_FORMATS_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/result.h"

struct text {
    char *data;
    size_t capacity; /* with room for the NUL */
    size_t size;     /* without it */
    bool full;
};

/* Starts an empty text; capacity >= 1. */
struct text text_over(char *data, size_t capacity);

void text_add(struct text *t, const char *more);

/* As printf has it; what is longer than 1,023 bytes makes the text full. */
void text_addf(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ERR_FULL if something was left out; else its length goes to *size. */
MUST_USE result text_finish(const struct text *t, size_t *size);

#endif
