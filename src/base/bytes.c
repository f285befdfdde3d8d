#include "base/bytes.h"

#include <assert.h>
#include <string.h>

static result take_integer(struct byte_reader *r, size_t size, uint64_t *out)
{
    assert(r->at <= r->in.size);
    ENSURE(byte_reader_left(r) >= size, ERR_FORMAT);
    uint64_t value = 0;
    for (size_t i = 0; i < size; i++) {
        value = value << 8 | r->in.data[r->at + i];
    }
    r->at += size;
    *out = value;
    return OK;
}

result byte_reader_u8(struct byte_reader *r, uint8_t *out)
{
    uint64_t value = 0;
    TRY(take_integer(r, 1, &value));
    *out = (uint8_t)value;
    return OK;
}

result byte_reader_u16(struct byte_reader *r, uint16_t *out)
{
    uint64_t value = 0;
    TRY(take_integer(r, 2, &value));
    *out = (uint16_t)value;
    return OK;
}

result byte_reader_u32(struct byte_reader *r, uint32_t *out)
{
    uint64_t value = 0;
    TRY(take_integer(r, 4, &value));
    *out = (uint32_t)value;
    return OK;
}

result byte_reader_u64(struct byte_reader *r, uint64_t *out)
{
    return take_integer(r, 8, out);
}

result byte_reader_take(struct byte_reader *r, size_t size, struct bytes *out)
{
    assert(r->at <= r->in.size);
    ENSURE(byte_reader_left(r) >= size, ERR_FORMAT);
    *out = (struct bytes){r->in.data + r->at, size};
    r->at += size;
    return OK;
}

static result put_integer(struct byte_writer *w, size_t size, uint64_t value)
{
    assert(w->size <= w->capacity);
    ENSURE(w->capacity - w->size >= size, ERR_FULL);
    for (size_t i = 0; i < size; i++) {
        w->data[w->size + i] = (uint8_t)(value >> (8 * (size - 1 - i)));
    }
    w->size += size;
    return OK;
}

result byte_writer_u8(struct byte_writer *w, uint8_t value)
{
    return put_integer(w, 1, value);
}

result byte_writer_u16(struct byte_writer *w, uint16_t value)
{
    return put_integer(w, 2, value);
}

result byte_writer_u32(struct byte_writer *w, uint32_t value)
{
    return put_integer(w, 4, value);
}

result byte_writer_u64(struct byte_writer *w, uint64_t value)
{
    return put_integer(w, 8, value);
}

result byte_writer_put(struct byte_writer *w, struct bytes in)
{
    assert(w->size <= w->capacity);
    ENSURE(w->capacity - w->size >= in.size, ERR_FULL);
    if (in.size > 0) {
        memcpy(w->data + w->size, in.data, in.size);
    }
    w->size += in.size;
    return OK;
}
