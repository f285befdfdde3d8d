/* Bounded bytes: a view, a reader that never passes the end, a writer that never overflows.
 *
 * Every wire byte goes through these two cursors. Integers are big-endian. On error the cursor and
 * the outputs are unchanged. Nothing here owns memory: a view lives as long as what it looks at. */
#ifndef WATCHFIRE_BASE_BYTES_H
#define WATCHFIRE_BASE_BYTES_H

#include <assert.h>
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

/* The next bytes, of which the caller knows that they are there (asserted). */
static inline struct bytes byte_reader_known(struct byte_reader *r, size_t size)
{
    struct bytes out = {NULL, 0};
    const result taken = byte_reader_take(r, size, &out);
    assert(taken == OK);
    return out;
}

static inline uint8_t byte_reader_known_u8(struct byte_reader *r)
{
    return byte_reader_known(r, 1).data[0];
}

static inline uint16_t byte_reader_known_u16(struct byte_reader *r)
{
    uint16_t value = 0;
    const result taken = byte_reader_u16(r, &value);
    assert(taken == OK);
    return value;
}

static inline uint32_t byte_reader_known_u32(struct byte_reader *r)
{
    uint32_t value = 0;
    const result taken = byte_reader_u32(r, &value);
    assert(taken == OK);
    return value;
}

static inline uint64_t byte_reader_known_u64(struct byte_reader *r)
{
    uint64_t value = 0;
    const result taken = byte_reader_u64(r, &value);
    assert(taken == OK);
    return value;
}

/* Each appends, or fails with ERR_FULL. */
MUST_USE result byte_writer_u8(struct byte_writer *w, uint8_t value);
MUST_USE result byte_writer_u16(struct byte_writer *w, uint16_t value);
MUST_USE result byte_writer_u32(struct byte_writer *w, uint32_t value);
MUST_USE result byte_writer_u64(struct byte_writer *w, uint64_t value);
MUST_USE result byte_writer_put(struct byte_writer *w, struct bytes in);

/* The same where the room is known to be there. */
static inline void byte_writer_known(struct byte_writer *w, struct bytes in)
{
    const result put = byte_writer_put(w, in);
    assert(put == OK);
}

static inline void byte_writer_known_u8(struct byte_writer *w, uint8_t value)
{
    const result put = byte_writer_u8(w, value);
    assert(put == OK);
}

static inline void byte_writer_known_u16(struct byte_writer *w, uint16_t value)
{
    const result put = byte_writer_u16(w, value);
    assert(put == OK);
}

static inline void byte_writer_known_u32(struct byte_writer *w, uint32_t value)
{
    const result put = byte_writer_u32(w, value);
    assert(put == OK);
}

static inline void byte_writer_known_u64(struct byte_writer *w, uint64_t value)
{
    const result put = byte_writer_u64(w, value);
    assert(put == OK);
}

static inline struct bytes byte_writer_written(const struct byte_writer *w)
{
    return (struct bytes){w->data, w->size};
}

#endif
