#include "share/frame.h"

#include <assert.h>

#include "share/merkle.h"
#include "share/wire.h"
#include "watchfire.pb.h"

/* No sequence is greater: sums of two never overflow. */
#define SEQUENCE_MAX (UINT64_C(1) << 62)

static bool all_zero(const uint8_t *data, size_t size)
{
    uint8_t any = 0;
    for (size_t i = 0; i < size; i++) {
        any |= data[i];
    }
    return any == 0;
}

static bool epoch_is_zero(const struct frame_epoch *e)
{
    return e->counter == 0 && all_zero(e->nonce, sizeof e->nonce);
}

static bool position_is_zero(const struct frame_position *p)
{
    return epoch_is_zero(&p->epoch) && p->sequence == 0 &&
           all_zero(p->head.bytes, sizeof p->head.bytes);
}

static watchfire_v1_Epoch epoch_to_wire(const struct frame_epoch *e)
{
    watchfire_v1_Epoch out = {.counter = e->counter};
    memcpy(out.nonce, e->nonce, sizeof out.nonce);
    return out;
}

static struct frame_epoch epoch_from_wire(const watchfire_v1_Epoch *e)
{
    struct frame_epoch out = {.counter = e->counter};
    memcpy(out.nonce, e->nonce, sizeof out.nonce);
    return out;
}

static watchfire_v1_Position position_to_wire(const struct frame_position *p)
{
    watchfire_v1_Position out = {.has_epoch = !epoch_is_zero(&p->epoch), .sequence = p->sequence};
    out.epoch = epoch_to_wire(&p->epoch);
    memcpy(out.head, p->head.bytes, sizeof out.head);
    return out;
}

static struct frame_position position_from_wire(const watchfire_v1_Position *p)
{
    struct frame_position out = {.epoch = epoch_from_wire(&p->epoch), .sequence = p->sequence};
    memcpy(out.head.bytes, p->head, sizeof p->head);
    return out;
}

/* A position without an epoch says "nothing", and then says nothing else. */
static bool position_valid(const struct frame_position *p)
{
    if (p->epoch.counter == 0) {
        return position_is_zero(p);
    }
    return p->sequence <= SEQUENCE_MAX;
}

static bool epoch_valid_or_none(const struct frame_epoch *e)
{
    return e->counter != 0 || epoch_is_zero(e);
}

static result validate_hello(const struct frame_hello *h)
{
    ENSURE(h->schema_min >= 1 && h->schema_min <= h->schema_max, ERR_RANGE);
    ENSURE(instant_is_set(h->time) && h->boot.counter > 0 && h->number > 0, ERR_RANGE);
    ENSURE(epoch_valid_or_none(&h->heard), ERR_RANGE);
    ENSURE(position_valid(&h->stream_base) && position_valid(&h->stream), ERR_RANGE);
    ENSURE(position_valid(&h->memory), ERR_RANGE);
    ENSURE(h->stream_base.sequence <= h->stream.sequence, ERR_RANGE);
    ENSURE(h->key_list.size <= KEY_LIST_BYTES_MAX, ERR_RANGE);
    return OK;
}

static result validate_batch(const struct frame_batch *b)
{
    ENSURE(b->epoch.counter > 0 && b->first >= 1 && b->first <= SEQUENCE_MAX, ERR_RANGE);
    ENSURE(b->count >= 1 && b->count <= FRAME_RECORDS_MAX, ERR_RANGE);
    return OK;
}

static result validate_ack(const struct frame_ack *a)
{
    ENSURE(instant_is_set(a->time) && a->position.epoch.counter > 0, ERR_RANGE);
    ENSURE(position_valid(&a->position) && a->range_count <= FRAME_RANGES_MAX, ERR_RANGE);
    uint64_t last = a->position.sequence;
    for (uint32_t i = 0; i < a->range_count; i++) {
        const struct frame_range *r = &a->ranges[i];
        ENSURE(r->first > last + 1 && r->first <= r->last && r->last <= SEQUENCE_MAX, ERR_RANGE);
        last = r->last;
    }
    return OK;
}

static result validate_gap(const struct frame_gap *g)
{
    ENSURE(g->epoch.counter > 0 && g->first >= 1 && g->first <= g->last, ERR_RANGE);
    ENSURE(g->last <= SEQUENCE_MAX, ERR_RANGE);
    ENSURE(g->reason == GAP_DROPPED || g->reason == GAP_WITHDRAWN, ERR_RANGE);
    ENSURE(g->has_before || all_zero(g->before.bytes, sizeof g->before.bytes), ERR_RANGE);
    return OK;
}

static result validate(const struct frame *frame)
{
    switch (frame->type) {
    case FRAME_HELLO:
        return validate_hello(&frame->hello);
    case FRAME_BATCH:
        return validate_batch(&frame->batch);
    case FRAME_ACK:
        return validate_ack(&frame->ack);
    case FRAME_GAP:
        return validate_gap(&frame->gap);
    case FRAME_HEARTBEAT:
        ENSURE(instant_is_set(frame->heartbeat.time) && frame->heartbeat.boot.counter > 0,
               ERR_RANGE);
        ENSURE(position_valid(&frame->heartbeat.stream), ERR_RANGE);
        return OK;
    case FRAME_CHECKPOINT: /* its own code does */
    case FRAME_UNKNOWN:    /* has no encoding */
        break;
    }
    return OK;
}

static result encode_hello(const struct frame_hello *h, struct byte_writer *out)
{
    watchfire_v1_Hello wire = {.schema_min = h->schema_min,
                               .schema_max = h->schema_max,
                               .time = h->time.tai_ns,
                               .has_boot = !epoch_is_zero(&h->boot),
                               .boot = epoch_to_wire(&h->boot),
                               .number = h->number,
                               .has_heard = !epoch_is_zero(&h->heard),
                               .heard = epoch_to_wire(&h->heard),
                               .has_stream_base = !position_is_zero(&h->stream_base),
                               .stream_base = position_to_wire(&h->stream_base),
                               .has_stream = !position_is_zero(&h->stream),
                               .stream = position_to_wire(&h->stream),
                               .has_memory = !position_is_zero(&h->memory),
                               .memory = position_to_wire(&h->memory),
                               .answer = h->answer,
                               .keys_held = h->keys_held};
    memcpy(wire.ephemeral_public, h->ephemeral_public, sizeof wire.ephemeral_public);
    if (h->key_list.size > 0) {
        assert(h->key_list.size <= sizeof wire.key_list.bytes);
        wire.key_list.size = (pb_size_t)h->key_list.size;
        memcpy(wire.key_list.bytes, h->key_list.data, h->key_list.size);
    }
    return wire_encode(watchfire_v1_Hello_fields, &wire, out);
}

/* What `keys_held` takes up behind the key list: a byte of tag and a varint, or nothing. */
static size_t held_bytes(uint64_t keys_held)
{
    size_t size = keys_held > 0 ? 1 : 0;
    for (uint64_t rest = keys_held; rest > 0; rest >>= 7) {
        size++;
    }
    return size;
}

/* The key list in the frame's own bytes. In canonical form nothing but `keys_held` follows it; in
 * any other form this view is of something else, and what is encoded from it differs from the
 * frame. */
static struct bytes key_list_view(struct bytes in, const watchfire_v1_Hello *wire)
{
    const size_t size = wire->key_list.size;
    const uint8_t *end = in.data + in.size - held_bytes(wire->keys_held);
    return (struct bytes){size > 0 ? end - size : NULL, size};
}

static result decode_hello(struct bytes in, struct frame_hello *out)
{
    watchfire_v1_Hello wire = watchfire_v1_Hello_init_zero;
    TRY(wire_decode(watchfire_v1_Hello_fields, in, &wire));
    ENSURE(wire.key_list.size + held_bytes(wire.keys_held) <= in.size, ERR_CANONICAL);
    *out = (struct frame_hello){.schema_min = wire.schema_min,
                                .schema_max = wire.schema_max,
                                .time = {wire.time},
                                .boot = epoch_from_wire(&wire.boot),
                                .number = wire.number,
                                .heard = epoch_from_wire(&wire.heard),
                                .answer = wire.answer,
                                .stream_base = position_from_wire(&wire.stream_base),
                                .stream = position_from_wire(&wire.stream),
                                .memory = position_from_wire(&wire.memory),
                                .key_list = key_list_view(in, &wire),
                                .keys_held = wire.keys_held};
    memcpy(out->ephemeral_public, wire.ephemeral_public, sizeof out->ephemeral_public);
    return OK;
}

static result encode_header(const struct frame_batch *b, struct byte_writer *out)
{
    watchfire_v1_BatchHeader wire = {
        .has_epoch = true, .epoch = epoch_to_wire(&b->epoch), .first = b->first, .count = b->count};
    memcpy(wire.previous, b->previous.bytes, sizeof wire.previous);
    memcpy(wire.salt, b->salt, sizeof wire.salt);
    return wire_encode(watchfire_v1_BatchHeader_fields, &wire, out);
}

static result encode_batch(const struct frame_batch *b, struct byte_writer *out)
{
    uint8_t storage[watchfire_v1_BatchHeader_size];
    struct byte_writer header = {.data = storage, .capacity = sizeof storage};
    ENSURE(encode_header(b, &header) == OK, ERR_FULL); /* the longest fits */
    TRY(byte_writer_u16(out, (uint16_t)header.size));
    TRY(byte_writer_put(out, byte_writer_written(&header)));
    for (uint32_t i = 0; i < b->count; i++) {
        const struct bytes record = b->records[i];
        ENSURE(record.size > 0 && record.size <= CODEC_ENTRY_BYTES_MAX, ERR_RANGE);
        TRY(byte_writer_u16(out, (uint16_t)record.size));
        TRY(byte_writer_put(out, record));
    }
    return OK;
}

static result decode_header(struct bytes in, struct frame_batch *out)
{
    watchfire_v1_BatchHeader wire = watchfire_v1_BatchHeader_init_zero;
    TRY(wire_decode(watchfire_v1_BatchHeader_fields, in, &wire));
    out->epoch = epoch_from_wire(&wire.epoch);
    out->first = wire.first;
    out->count = wire.count;
    memcpy(out->previous.bytes, wire.previous, sizeof wire.previous);
    memcpy(out->salt, wire.salt, sizeof wire.salt);
    return OK;
}

static result decode_batch(struct bytes in, struct frame_batch *out)
{
    struct byte_reader reader = byte_reader_over(in);
    uint16_t size = 0;
    struct bytes header;
    TRY(byte_reader_u16(&reader, &size));
    TRY(byte_reader_take(&reader, size, &header));
    memset(out, 0, sizeof *out);
    TRY(decode_header(header, out));
    ENSURE(out->count <= FRAME_RECORDS_MAX, ERR_RANGE);
    for (uint32_t i = 0; i < out->count; i++) {
        TRY(byte_reader_u16(&reader, &size));
        ENSURE(size > 0 && size <= CODEC_ENTRY_BYTES_MAX, ERR_RANGE);
        TRY(byte_reader_take(&reader, size, &out->records[i]));
    }
    ENSURE(byte_reader_left(&reader) == 0, ERR_FORMAT);
    return OK;
}

static result encode_ack(const struct frame_ack *a, struct byte_writer *out)
{
    watchfire_v1_Ack wire = {.time = a->time.tai_ns,
                             .has_position = !position_is_zero(&a->position),
                             .position = position_to_wire(&a->position),
                             .ranges_count = (pb_size_t)a->range_count};
    for (uint32_t i = 0; i < a->range_count; i++) {
        wire.ranges[i] = (watchfire_v1_Range){a->ranges[i].first, a->ranges[i].last};
    }
    return wire_encode(watchfire_v1_Ack_fields, &wire, out);
}

static result decode_ack(struct bytes in, struct frame_ack *out)
{
    watchfire_v1_Ack wire = watchfire_v1_Ack_init_zero;
    TRY(wire_decode(watchfire_v1_Ack_fields, in, &wire));
    *out = (struct frame_ack){.time = {wire.time},
                              .position = position_from_wire(&wire.position),
                              .range_count = wire.ranges_count};
    for (uint32_t i = 0; i < out->range_count; i++) {
        out->ranges[i] = (struct frame_range){wire.ranges[i].first, wire.ranges[i].last};
    }
    return OK;
}

static result encode_gap(const struct frame_gap *g, struct byte_writer *out)
{
    watchfire_v1_Gap wire = {.has_epoch = true,
                             .epoch = epoch_to_wire(&g->epoch),
                             .first = g->first,
                             .last = g->last,
                             .has_before = g->has_before,
                             .reason = (watchfire_v1_GapReason)g->reason};
    memcpy(wire.before, g->before.bytes, sizeof wire.before);
    memcpy(wire.after, g->after.bytes, sizeof wire.after);
    return wire_encode(watchfire_v1_Gap_fields, &wire, out);
}

static result decode_gap(struct bytes in, struct frame_gap *out)
{
    watchfire_v1_Gap wire = watchfire_v1_Gap_init_zero;
    TRY(wire_decode(watchfire_v1_Gap_fields, in, &wire));
    *out = (struct frame_gap){.epoch = epoch_from_wire(&wire.epoch),
                              .first = wire.first,
                              .last = wire.last,
                              .has_before = wire.has_before,
                              .reason = (enum frame_gap_reason)wire.reason};
    if (wire.has_before) {
        memcpy(out->before.bytes, wire.before, sizeof wire.before);
    }
    memcpy(out->after.bytes, wire.after, sizeof wire.after);
    return OK;
}

static result encode_heartbeat(const struct frame_heartbeat *h, struct byte_writer *out)
{
    const watchfire_v1_Heartbeat wire = {.time = h->time.tai_ns,
                                         .has_boot = !epoch_is_zero(&h->boot),
                                         .boot = epoch_to_wire(&h->boot),
                                         .has_stream = !position_is_zero(&h->stream),
                                         .stream = position_to_wire(&h->stream),
                                         .clock_error_ns = h->clock_error_ns};
    return wire_encode(watchfire_v1_Heartbeat_fields, &wire, out);
}

static result decode_heartbeat(struct bytes in, struct frame_heartbeat *out)
{
    watchfire_v1_Heartbeat wire = watchfire_v1_Heartbeat_init_zero;
    TRY(wire_decode(watchfire_v1_Heartbeat_fields, in, &wire));
    *out = (struct frame_heartbeat){.time = {wire.time},
                                    .boot = epoch_from_wire(&wire.boot),
                                    .stream = position_from_wire(&wire.stream),
                                    .clock_error_ns = wire.clock_error_ns};
    return OK;
}

static result encode_unchecked(const struct frame *frame, struct byte_writer *out)
{
    TRY(byte_writer_u8(out, (uint8_t)frame->type));
    switch (frame->type) {
    case FRAME_HELLO:
        return encode_hello(&frame->hello, out);
    case FRAME_BATCH:
        return encode_batch(&frame->batch, out);
    case FRAME_ACK:
        return encode_ack(&frame->ack, out);
    case FRAME_GAP:
        return encode_gap(&frame->gap, out);
    case FRAME_HEARTBEAT:
        return encode_heartbeat(&frame->heartbeat, out);
    case FRAME_CHECKPOINT:
        return frame_checkpoint_encode(&frame->checkpoint, out);
    case FRAME_UNKNOWN:
        break;
    }
    return ERR_FORMAT;
}

result frame_encode(const struct frame *frame, struct byte_writer *out)
{
    TRY(validate(frame));
    struct byte_writer writer = *out;
    if (writer.capacity - writer.size > FRAME_BYTES_MAX) {
        writer.capacity = writer.size + FRAME_BYTES_MAX;
    }
    TRY(encode_unchecked(frame, &writer));
    out->size = writer.size;
    return OK;
}

static result decode_unchecked(enum frame_type type, struct bytes in, struct frame *out)
{
    out->type = type;
    switch (type) {
    case FRAME_HELLO:
        return decode_hello(in, &out->hello);
    case FRAME_BATCH:
        return decode_batch(in, &out->batch);
    case FRAME_ACK:
        return decode_ack(in, &out->ack);
    case FRAME_GAP:
        return decode_gap(in, &out->gap);
    case FRAME_HEARTBEAT:
        return decode_heartbeat(in, &out->heartbeat);
    case FRAME_CHECKPOINT:
        return frame_checkpoint_decode(in, &out->checkpoint);
    case FRAME_UNKNOWN:
        break;
    }
    return ERR_FORMAT;
}

/* Of a batch only the header can have a second form: lengths and records are taken as they are. */
static result check_canonical(const struct frame *frame, struct bytes in)
{
    uint8_t again[2048];
    struct byte_writer writer = {.data = again, .capacity = sizeof again};
    if (frame->type == FRAME_CHECKPOINT) {
        return OK; /* has one form only, as its reader saw */
    }
    if (frame->type == FRAME_BATCH) {
        ENSURE(encode_header(&frame->batch, &writer) == OK, ERR_CANONICAL);
        const size_t size = (size_t)in.data[1] << 8 | in.data[2];
        ENSURE(size == writer.size && memcmp(in.data + 3, again, size) == 0, ERR_CANONICAL);
        return OK;
    }
    ENSURE(encode_unchecked(frame, &writer) == OK, ERR_CANONICAL);
    ENSURE(writer.size == in.size && memcmp(again, in.data, in.size) == 0, ERR_CANONICAL);
    return OK;
}

result frame_decode(struct bytes in, struct frame *out)
{
    ENSURE(in.size >= 2 && in.size <= FRAME_BYTES_MAX, ERR_FORMAT);
    struct frame frame;
    const struct bytes body = {in.data + 1, in.size - 1};
    TRY(decode_unchecked((enum frame_type)in.data[0], body, &frame));
    TRY(check_canonical(&frame, in));
    TRY(validate(&frame));
    *out = frame;
    return OK;
}

static result put_text(struct byte_writer *out, const char *text)
{
    return byte_writer_put(out, (struct bytes){(const uint8_t *)text, strlen(text)});
}

static result put_context(const struct frame_route *route, enum frame_type type,
                          struct byte_writer *out)
{
    TRY(put_text(out, "watchfire/1/"));
    TRY(put_text(out, domain_text(route->domain)));
    TRY(put_text(out, "/"));
    TRY(put_text(out, frame_type_text(type)));
    TRY(byte_writer_u8(out, 0));
    TRY(byte_writer_put(out, (struct bytes){(const uint8_t *)route->from.code, 3}));
    return byte_writer_put(out, (struct bytes){(const uint8_t *)route->to.code, 3});
}

result frame_batch_signed_bytes(const struct frame_route *route, const struct frame_batch *b,
                                const struct digest *root, struct byte_writer *out)
{
    ENSURE(validate_batch(b) == OK, ERR_RANGE);
    struct byte_writer writer = *out;
    TRY(put_context(route, FRAME_BATCH, &writer));
    TRY(byte_writer_u64(&writer, b->epoch.counter));
    TRY(byte_writer_put(&writer, (struct bytes){b->epoch.nonce, sizeof b->epoch.nonce}));
    TRY(byte_writer_u64(&writer, b->first));
    TRY(byte_writer_u64(&writer, b->first + b->count - 1));
    TRY(byte_writer_put(&writer, (struct bytes){b->previous.bytes, DIGEST_BYTES}));
    TRY(byte_writer_put(&writer, (struct bytes){root->bytes, DIGEST_BYTES}));
    out->size = writer.size;
    return OK;
}

void frame_batch_leaves(const struct frame_batch *b, struct digest leaves[FRAME_RECORDS_MAX])
{
    assert(b->count <= FRAME_RECORDS_MAX);
    for (uint32_t i = 0; i < b->count; i++) {
        leaves[i] = merkle_leaf(b->records[i]);
    }
}

result frame_signed_bytes(const struct frame_route *route, struct bytes plain,
                          struct byte_writer *out)
{
    struct frame frame;
    TRY(frame_decode(plain, &frame));
    if (frame.type == FRAME_BATCH) {
        struct digest leaves[FRAME_RECORDS_MAX];
        frame_batch_leaves(&frame.batch, leaves);
        const struct digest root = merkle_root(leaves, frame.batch.count);
        return frame_batch_signed_bytes(route, &frame.batch, &root, out);
    }
    struct byte_writer writer = *out;
    TRY(put_context(route, frame.type, &writer));
    if (frame.type == FRAME_CHECKPOINT) {
        const struct digest whole = merkle_leaf(plain);
        TRY(byte_writer_put(&writer, (struct bytes){whole.bytes, DIGEST_BYTES}));
    } else {
        TRY(byte_writer_put(&writer, plain));
    }
    out->size = writer.size;
    return OK;
}

const char *frame_type_text(enum frame_type type)
{
    switch (type) {
    case FRAME_HELLO:
        return "hello";
    case FRAME_BATCH:
        return "batch";
    case FRAME_ACK:
        return "ack";
    case FRAME_GAP:
        return "gap";
    case FRAME_HEARTBEAT:
        return "heartbeat";
    case FRAME_CHECKPOINT:
        return "checkpoint";
    case FRAME_UNKNOWN:
        break;
    }
    return "unknown";
}
