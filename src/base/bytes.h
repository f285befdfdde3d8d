/* Bounded bytes: a view, a reader that never passes the end, a writer that never overflows.
 *
 * Every wire byte goes through these two cursors. Integers are big-endian. On error the cursor and
 * the outputs are unchanged. Nothing here owns memory: a view lives as long as what it looks at. */
#ifndef WATCHFIRE_BASE_BYTES_H
#define WATCHFIRE_BASE_BYTES_H

#include <stddef.h>
#include <stdint.h>

#include "base/result.h"

struct bytes {
    const uint8_t *data;
    size_t size;
};

struct byte_reader {
    struct bytes in;
    size_t at;
};

struct byte_writer {
    uint8_t *data;
    size_t capacity;
    size_t size;
};

static inline struct byte_reader byte_reader_over(struct bytes in)
{
    return (struct byte_reader){in, 0};
}

static inline size_t byte_reader_left(const struct byte_reader *r)
{
    return r->in.size - r->at;
}

/* Each takes the next bytes, or fails with ERR_FORMAT if fewer are left. */
MUST_USE result byte_reader_u8(struct byte_reader *r, uint8_t *out);
MUST_USE result byte_reader_u16(struct byte_reader *r, uint16_t *out);
MUST_USE result byte_reader_u32(struct byte_reader *r, uint32_t *out);
MUST_USE result byte_reader_u64(struct byte_reader *r, uint64_t *out);
/* A view into the input, without a copy. */
MUST_USE result byte_reader_take(struct byte_reader *r, size_t size, struct bytes *out);

/* Each appends, or fails with ERR_FULL. */
MUST_USE result byte_writer_u8(struct byte_writer *w, uint8_t value);
MUST_USE result byte_writer_u16(struct byte_writer *w, uint16_t value);
MUST_USE result byte_writer_u32(struct byte_writer *w, uint32_t value);
MUST_USE result byte_writer_u64(struct byte_writer *w, uint64_t value);
MUST_USE result byte_writer_put(struct byte_writer *w, struct bytes in);

static inline struct bytes byte_writer_written(const struct byte_writer *w)
{
    return (struct bytes){w->data, w->size};
}

#endif
