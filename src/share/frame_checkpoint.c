#include "share/frame_checkpoint.h"

#include <string.h>

static result put_zeros(struct byte_writer *w, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        TRY(byte_writer_u8(w, 0));
    }
    return OK;
}

static result put_slot(struct byte_writer *w, struct bytes text, size_t slot_bytes)
{
    ENSURE(text.size <= slot_bytes, ERR_RANGE);
    TRY(byte_writer_u16(w, (uint16_t)text.size));
    TRY(byte_writer_put(w, text));
    return put_zeros(w, slot_bytes - text.size);
}

static result take_zeros(struct byte_reader *r, size_t count)
{
    struct bytes rest;
    TRY(byte_reader_take(r, count, &rest));
    for (size_t i = 0; i < rest.size; i++) {
        ENSURE(rest.data[i] == 0, ERR_CANONICAL);
    }
    return OK;
}

static result take_slot(struct byte_reader *r, size_t slot_bytes, struct bytes *out)
{
    uint16_t size = 0;
    TRY(byte_reader_u16(r, &size));
    ENSURE(size <= slot_bytes, ERR_RANGE);
    TRY(byte_reader_take(r, size, out));
    return take_zeros(r, slot_bytes - size);
}

static result check(const struct frame_checkpoint *c)
{
    ENSURE(instant_is_set(c->time), ERR_RANGE);
    ENSURE(c->proof_count <= MERKLE_PROOF_MAX && c->other_count <= FRAME_CHECKPOINT_OTHERS,
           ERR_RANGE);
    ENSURE(c->from > 0 || c->proof_count == 0, ERR_RANGE);
    ENSURE((c->cosigned_size > 0) == (c->cosignature.size > 0), ERR_RANGE);
    for (uint32_t i = 0; i < FRAME_CHECKPOINT_OTHERS; i++) {
        ENSURE((i < c->other_count) == (c->others[i].size > 0), ERR_RANGE);
    }
    return OK;
}

result frame_checkpoint_encode(const struct frame_checkpoint *c, struct byte_writer *out)
{
    TRY(check(c));
    struct byte_writer w = *out;
    TRY(byte_writer_u64(&w, (uint64_t)c->time.tai_ns));
    TRY(byte_writer_u64(&w, c->from));
    TRY(byte_writer_u8(&w, (uint8_t)c->proof_count));
    for (uint32_t i = 0; i < c->proof_count; i++) {
        TRY(byte_writer_put(&w, (struct bytes){c->proof[i].bytes, DIGEST_BYTES}));
    }
    TRY(put_zeros(&w, (size_t)DIGEST_BYTES * (MERKLE_PROOF_MAX - c->proof_count)));
    TRY(put_slot(&w, c->note, NOTE_BYTES_MAX));
    TRY(byte_writer_u8(&w, (uint8_t)c->other_count));
    for (uint32_t i = 0; i < FRAME_CHECKPOINT_OTHERS; i++) {
        TRY(put_slot(&w, c->others[i], NOTE_BYTES_MAX));
    }
    TRY(byte_writer_u64(&w, c->cosigned_size));
    TRY(put_slot(&w, c->cosignature, NOTE_LINE_BYTES));
    *out = w;
    return OK;
}

result frame_checkpoint_decode(struct bytes in, struct frame_checkpoint *out)
{
    struct byte_reader r = byte_reader_over(in);
    struct frame_checkpoint c;
    uint64_t time = 0;
    uint8_t count = 0;
    struct bytes hash;
    memset(&c, 0, sizeof c);
    TRY(byte_reader_u64(&r, &time));
    memcpy(&c.time.tai_ns, &time, sizeof time);
    TRY(byte_reader_u64(&r, &c.from));
    TRY(byte_reader_u8(&r, &count));
    ENSURE(count <= MERKLE_PROOF_MAX, ERR_RANGE);
    c.proof_count = count;
    for (uint32_t i = 0; i < c.proof_count; i++) {
        TRY(byte_reader_take(&r, DIGEST_BYTES, &hash));
        memcpy(c.proof[i].bytes, hash.data, DIGEST_BYTES);
    }
    TRY(take_zeros(&r, (size_t)DIGEST_BYTES * (MERKLE_PROOF_MAX - c.proof_count)));
    TRY(take_slot(&r, NOTE_BYTES_MAX, &c.note));
    TRY(byte_reader_u8(&r, &count));
    c.other_count = count;
    for (uint32_t i = 0; i < FRAME_CHECKPOINT_OTHERS; i++) {
        TRY(take_slot(&r, NOTE_BYTES_MAX, &c.others[i]));
    }
    TRY(byte_reader_u64(&r, &c.cosigned_size));
    TRY(take_slot(&r, NOTE_LINE_BYTES, &c.cosignature));
    ENSURE(byte_reader_left(&r) == 0, ERR_FORMAT);
    TRY(check(&c));
    *out = c;
    return OK;
}
