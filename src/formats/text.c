#include "formats/text.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define PIECE_SIZE 1024

struct text text_over(char *data, size_t capacity)
{
    assert(capacity >= 1);
    data[0] = '\0';
    return (struct text){data, capacity, 0, false};
}

void text_add(struct text *t, const char *more)
{
    const size_t size = strlen(more);
    if (t->full || t->capacity - t->size <= size) {
        t->full = true;
        return;
    }
    memcpy(t->data + t->size, more, size + 1);
    t->size += size;
}

void text_addf(struct text *t, const char *format, ...)
{
    char piece[PIECE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    const int size = vsnprintf(piece, sizeof piece, format, arguments);
    va_end(arguments);
    if ((size_t)size >= sizeof piece) { /* negative: no text at all */
        t->full = true;
        return;
    }
    text_add(t, piece);
}

result text_finish(const struct text *t, size_t *size)
{
    ENSURE(!t->full, ERR_FULL);
    *size = t->size;
    return OK;
}
