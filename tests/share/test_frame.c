/* Frames: round trips, hostile bytes, and what exactly is signed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fixture.h"
#include "share/frame.h"
#include "share/merkle.h"

struct plain {
    uint8_t bytes[FRAME_BYTES_MAX];
    size_t size;
};

static struct plain plain;
static struct released_record released[FRAME_RECORDS_MAX];

static void fill(uint8_t *out, size_t size, uint8_t value)
{
    for (size_t i = 0; i < size; i++) {
        out[i] = (uint8_t)(value + i);
    }
}

static struct frame_position position(uint64_t counter, uint64_t sequence)
{
    struct frame_position p = {.epoch = {.counter = counter}, .sequence = sequence};
    fill(p.epoch.nonce, sizeof p.epoch.nonce, (uint8_t)counter);
    fill(p.head.bytes, sizeof p.head.bytes, (uint8_t)sequence);
    return p;
}

static struct bytes text(const char *t)
{
    return (struct bytes){(const uint8_t *)t, strlen(t)};
}

static struct frame make(enum frame_type type)
{
    struct frame f;
    memset(&f, 0, sizeof f);
    f.type = type;
    const struct instant t = fixture_time(1.25);
    switch (type) {
    case FRAME_HELLO:
        f.hello = (struct frame_hello){.schema_min = 1,
                                       .schema_max = 3,
                                       .time = t,
                                       .boot = position(4, 0).epoch,
                                       .number = 2,
                                       .heard = position(5, 0).epoch,
                                       .answer = true,
                                       .stream_base = position(3, 10),
                                       .stream = position(4, 20),
                                       .memory = position(5, 17)};
        fill(f.hello.ephemeral_public, 32, 7);
        break;
    case FRAME_BATCH:
        f.batch.epoch = position(4, 0).epoch;
        f.batch.first = 21;
        f.batch.count = 3;
        f.batch.previous = position(4, 20).head;
        fill(f.batch.salt, sizeof f.batch.salt, 9);
        for (uint32_t i = 0; i < f.batch.count; i++) {
            f.batch.records[i] = (struct bytes){released[i].bytes, released[i].size};
        }
        break;
    case FRAME_ACK:
        f.ack = (struct frame_ack){.time = t,
                                   .position = position(5, 17),
                                   .range_count = 2,
                                   .ranges = {{19, 19}, {21, 30}}};
        break;
    case FRAME_GAP:
        f.gap = (struct frame_gap){.epoch = position(4, 0).epoch,
                                   .first = 3,
                                   .last = 9,
                                   .has_before = true,
                                   .before = position(4, 2).head,
                                   .after = position(4, 9).head,
                                   .reason = GAP_WITHDRAWN};
        break;
    case FRAME_HEARTBEAT:
        f.heartbeat = (struct frame_heartbeat){.time = t,
                                               .boot = position(4, 0).epoch,
                                               .stream = position(4, 20),
                                               .clock_error_ns = 1000};
        break;
    case FRAME_CHECKPOINT:
        f.checkpoint = (struct frame_checkpoint){.time = t,
                                                 .from = 7,
                                                 .proof_count = 2,
                                                 .note = text("watchfire/exercise/KOR\n"),
                                                 .other_count = 1,
                                                 .others = {text("another")},
                                                 .cosigned_size = 9,
                                                 .cosignature = text("a line\n")};
        f.checkpoint.proof[1].bytes[31] = 5;
        break;
    case FRAME_UNKNOWN:
        break;
    }
    return f;
}

static void encode(const struct frame *f)
{
    struct byte_writer w = {.data = plain.bytes, .capacity = sizeof plain.bytes};
    assert_int_equal(frame_encode(f, &w), OK);
    plain.size = w.size;
}

static int setup(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 1, 1);
    for (int i = 0; i < FRAME_RECORDS_MAX; i++) {
        const struct record record = fixture_track(&r, fixture_time((double)i));
        released[i] = fixture_released(&record);
    }
    return 0;
}

static void test_round_trip(void **state)
{
    (void)state;
    for (int type = FRAME_HELLO; type < FRAME_TYPE_COUNT; type++) {
        const struct frame before = make((enum frame_type)type);
        encode(&before);
        struct frame after;
        assert_int_equal(frame_decode((struct bytes){plain.bytes, plain.size}, &after), OK);
        assert_int_equal(after.type, type);
        struct plain *first = malloc(sizeof *first);
        assert_non_null(first);
        memcpy(first, &plain, sizeof *first);
        encode(&after);
        assert_int_equal(plain.size, first->size);
        assert_memory_equal(plain.bytes, first->bytes, plain.size);
        print_message("%s: %zu bytes\n", frame_type_text(after.type), plain.size);
        free(first);
    }
}

static void test_hello_with_a_key_list(void **state)
{
    (void)state;
    static uint8_t list[KEY_LIST_BYTES_MAX + 1];
    static const size_t sizes[] = {1, 127, 128, 199, KEY_LIST_BYTES_MAX};
    static const uint64_t held[] = {0, 1, 127, 128, UINT64_MAX};
    /* Bytes that read as fields themselves: the view must be found by its place alone. */
    for (size_t i = 0; i < sizeof list; i++) {
        list[i] = i % 2 == 0 ? 0x68 : (uint8_t)i;
    }
    for (size_t i = 0; i < 25; i++) {
        struct frame f = make(FRAME_HELLO);
        struct frame after;
        f.hello.key_list = (struct bytes){list, sizes[i % 5]};
        f.hello.keys_held = held[i / 5];
        encode(&f);
        assert_int_equal(frame_decode((struct bytes){plain.bytes, plain.size}, &after), OK);
        assert_true(after.hello.keys_held == held[i / 5]);
        assert_int_equal(after.hello.key_list.size, sizes[i % 5]);
        assert_memory_equal(after.hello.key_list.data, list, sizes[i % 5]);
        assert_true(frame_hello_has_list(&after.hello));
    }
    struct frame f = make(FRAME_HELLO);
    struct byte_writer w = {.data = plain.bytes, .capacity = sizeof plain.bytes};
    f.hello.key_list = (struct bytes){list, sizeof list};
    assert_int_equal(frame_encode(&f, &w), ERR_RANGE);
}

/* A hello of a version that knows no key lists, and what may not follow it. */
static void test_hello_without_a_key_list(void **state)
{
    (void)state;
    const uint8_t swapped[] = {0x68, 1, 0x62, 1, 'x'};
    const uint8_t empty[] = {0x62, 0};
    struct frame f = make(FRAME_HELLO);
    struct frame after;
    encode(&f);
    const size_t size = plain.size;
    assert_int_equal(frame_decode((struct bytes){plain.bytes, size}, &after), OK);
    assert_int_equal(after.hello.key_list.size, 0);
    assert_true(after.hello.keys_held == 0);
    assert_false(frame_hello_has_list(&after.hello));
    after.hello.keys_held = 1; /* that it has a list of ours is as much */
    assert_true(frame_hello_has_list(&after.hello));
    memcpy(plain.bytes + size, swapped, sizeof swapped);
    assert_int_equal(frame_decode((struct bytes){plain.bytes, size + sizeof swapped}, &after),
                     ERR_CANONICAL);
    memcpy(plain.bytes + size, empty, sizeof empty);
    assert_int_equal(frame_decode((struct bytes){plain.bytes, size + sizeof empty}, &after),
                     ERR_CANONICAL);
}

/* Whatever is taken has exactly that encoding. */
static void test_altered_bytes(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 2, 1);
    int taken = 0;
    struct plain *altered = malloc(sizeof *altered);
    assert_non_null(altered);
    for (int i = 0; i < 20000; i++) {
        const struct frame f = make((enum frame_type)(FRAME_HELLO + i % 5));
        encode(&f);
        plain.bytes[random_u64(&r) % plain.size] = (uint8_t)random_u64(&r);
        if (i % 3 == 0) {
            plain.size = random_u64(&r) % (plain.size + 4);
        }
        memcpy(altered, &plain, sizeof *altered);
        struct frame out;
        if (frame_decode((struct bytes){altered->bytes, altered->size}, &out) == OK) {
            taken++;
            encode(&out);
            assert_int_equal(plain.size, altered->size);
            assert_memory_equal(plain.bytes, altered->bytes, plain.size);
        }
    }
    assert_true(taken > 100);
    free(altered);
}

static void test_refused_values(void **state)
{
    (void)state;
    struct byte_writer w = {.data = plain.bytes, .capacity = sizeof plain.bytes};
    struct frame f = make(FRAME_ACK);
    f.ack.ranges[0].first = 18; /* touches the position */
    assert_int_equal(frame_encode(&f, &w), ERR_RANGE);
    f = make(FRAME_ACK);
    f.ack.ranges[1].first = 20; /* touches the range before */
    assert_int_equal(frame_encode(&f, &w), ERR_RANGE);
    f = make(FRAME_GAP);
    f.gap.last = 2;
    assert_int_equal(frame_encode(&f, &w), ERR_RANGE);
    f = make(FRAME_BATCH);
    f.batch.first = 0;
    assert_int_equal(frame_encode(&f, &w), ERR_RANGE);
    f = make(FRAME_BATCH);
    f.batch.count = 0;
    assert_int_equal(frame_encode(&f, &w), ERR_RANGE);
    f = make(FRAME_HELLO);
    f.hello.memory.epoch.counter = 0;
    assert_int_equal(frame_encode(&f, &w), ERR_RANGE);
    f.type = FRAME_UNKNOWN;
    assert_int_equal(frame_encode(&f, &w), ERR_FORMAT);
    assert_int_equal(w.size, 0);
}

/* Whatever a checkpoint frame holds, it is as long; and what is not used is zero. */
static void test_checkpoint_frame(void **state)
{
    (void)state;
    struct frame f = make(FRAME_CHECKPOINT);
    struct frame back;
    encode(&f);
    assert_int_equal(plain.size, 1 + 12492);
    assert_int_equal(frame_decode((struct bytes){plain.bytes, plain.size}, &back), OK);
    assert_int_equal(back.checkpoint.from, 7);
    assert_int_equal(back.checkpoint.proof_count, 2);
    assert_int_equal(back.checkpoint.proof[1].bytes[31], 5);
    assert_int_equal(back.checkpoint.others[0].size, 7);
    assert_memory_equal(back.checkpoint.cosignature.data, "a line\n", 7);
    static const size_t UNUSED[] = {100, 2500, 3360, 6000, 12400, 12492};
    for (size_t i = 0; i < sizeof UNUSED / sizeof UNUSED[0]; i++) {
        plain.bytes[UNUSED[i]] = 1;
        assert_int_equal(frame_decode((struct bytes){plain.bytes, plain.size}, &back),
                         ERR_CANONICAL);
        plain.bytes[UNUSED[i]] = 0;
    }
    assert_int_equal(frame_decode((struct bytes){plain.bytes, plain.size - 1}, &back), ERR_FORMAT);
    memset(&f.checkpoint, 0, sizeof f.checkpoint);
    f.checkpoint.time = (struct instant){1};
    encode(&f);
    assert_int_equal(plain.size, 1 + 12492);
    /* A size of the other's log that is cosigned by nothing: written by nobody, taken by nobody. */
    plain.bytes[1 + 12329] = 3;
    assert_int_equal(frame_decode((struct bytes){plain.bytes, plain.size}, &back), ERR_RANGE);
    f.checkpoint.cosigned_size = 3;
    struct byte_writer w = {.data = plain.bytes, .capacity = sizeof plain.bytes};
    assert_int_equal(frame_encode(&f, &w), ERR_RANGE);
}

/* The largest batch: 128 track records fit into a frame. */
static void test_full_batch(void **state)
{
    (void)state;
    struct frame f = make(FRAME_BATCH);
    f.batch.count = FRAME_RECORDS_MAX;
    for (uint32_t i = 0; i < FRAME_RECORDS_MAX; i++) {
        f.batch.records[i] = (struct bytes){released[i].bytes, released[i].size};
    }
    encode(&f);
    assert_true(plain.size <= FRAME_BYTES_MAX);
    /* A frame has at most 64 KiB, however much room there is. */
    static uint8_t more[2 * FRAME_BYTES_MAX];
    struct byte_writer roomy = {.data = more, .capacity = sizeof more};
    assert_int_equal(frame_encode(&f, &roomy), OK);
    assert_int_equal(roomy.size, plain.size);
    print_message("batch of %d tracks: %zu bytes\n", FRAME_RECORDS_MAX, plain.size);
    struct byte_writer small = {.data = plain.bytes, .capacity = 10000};
    assert_int_equal(frame_encode(&f, &small), ERR_FULL);
    assert_int_equal(small.size, 0);
}

static struct bytes signed_bytes(const struct frame *f, enum domain domain, uint8_t *storage)
{
    encode(f);
    struct byte_writer w = {.data = storage, .capacity = FRAME_SIGNED_BYTES_MAX};
    const struct frame_route route = {domain, fixture_nation("KOR"), fixture_nation("JPN")};
    assert_int_equal(frame_signed_bytes(&route, (struct bytes){plain.bytes, plain.size}, &w), OK);
    return byte_writer_written(&w);
}

/* docs/wire.md, "What is signed": byte for byte. */
static void test_what_is_signed(void **state)
{
    (void)state;
    uint8_t storage[FRAME_SIGNED_BYTES_MAX];
    const struct frame batch = make(FRAME_BATCH);
    struct bytes b = signed_bytes(&batch, DOMAIN_EXERCISE, storage);
    static const char context[] = "watchfire/1/exercise/batch";
    assert_int_equal(b.size, sizeof context + 6 + 8 + 16 + 8 + 8 + 32 + 32);
    assert_memory_equal(b.data, context, sizeof context);
    assert_memory_equal(b.data + sizeof context, "KORJPN", 6);
    struct digest leaves[3];
    for (uint32_t i = 0; i < 3; i++) {
        leaves[i] = merkle_leaf(batch.batch.records[i]);
    }
    const struct digest root = merkle_root(leaves, 3);
    assert_memory_equal(b.data + b.size - 32, root.bytes, 32);

    const struct frame ack = make(FRAME_ACK);
    b = signed_bytes(&ack, DOMAIN_LIVE, storage);
    static const char ack_context[] = "watchfire/1/live/ack";
    assert_memory_equal(b.data, ack_context, sizeof ack_context);
    assert_int_equal(b.size, sizeof ack_context + 6 + plain.size);
    assert_memory_equal(b.data + sizeof ack_context + 6, plain.bytes, plain.size);
}

/* No part of a batch can be changed under its signature. */
static void test_every_part_of_a_batch_is_signed(void **state)
{
    (void)state;
    uint8_t before[FRAME_SIGNED_BYTES_MAX];
    uint8_t after[FRAME_SIGNED_BYTES_MAX];
    const struct frame batch = make(FRAME_BATCH);
    const struct bytes b = signed_bytes(&batch, DOMAIN_EXERCISE, before);
    for (int part = 0; part < 7; part++) {
        struct frame changed = batch;
        struct frame_batch *c = &changed.batch;
        c->epoch.counter += part == 0 ? 1 : 0;
        c->epoch.nonce[9] ^= part == 1 ? 1 : 0;
        c->first += part == 2 ? 1 : 0;
        c->previous.bytes[31] ^= part == 3 ? 1 : 0;
        c->records[part - 4 < 0 ? 0 : part - 4].size -= part >= 4 ? 1 : 0;
        const struct bytes a = signed_bytes(&changed, DOMAIN_EXERCISE, after);
        assert_int_equal(a.size, b.size);
        assert_memory_not_equal(a.data, b.data, a.size);
    }
}

/* A header with something behind it that the schema does not know means the same and is another
 * text: what was signed would not be what is stored. */
static void test_a_batch_header_has_one_form(void **state)
{
    (void)state;
    static const uint8_t unknown[] = {0xa0, 0x06, 0x00}; /* field 100, a varint of 0 */
    const struct frame batch = make(FRAME_BATCH);
    struct byte_writer w = {.data = plain.bytes, .capacity = sizeof plain.bytes};
    struct frame out;
    assert_int_equal(frame_encode(&batch, &w), OK);
    assert_int_equal(frame_decode(byte_writer_written(&w), &out), OK);
    const size_t size = (size_t)plain.bytes[1] << 8 | plain.bytes[2];
    uint8_t *end = plain.bytes + 3 + size;
    memmove(end + sizeof unknown, end, w.size - 3 - size);
    memcpy(end, unknown, sizeof unknown);
    plain.bytes[1] = (uint8_t)((size + sizeof unknown) >> 8);
    plain.bytes[2] = (uint8_t)(size + sizeof unknown);
    const struct bytes longer = {plain.bytes, w.size + sizeof unknown};
    assert_int_equal(frame_decode(longer, &out), ERR_CANONICAL);
}

/* A position or an epoch with counter 0 says "none", and then says nothing else. */
static void test_nothing_says_nothing_else(void **state)
{
    (void)state;
    struct byte_writer w = {.data = plain.bytes, .capacity = sizeof plain.bytes};
    const struct frame good = make(FRAME_HELLO);
    for (int what = 0; what < 4; what++) {
        struct frame f = good;
        memset(&f.hello.memory, 0, sizeof f.hello.memory);
        f.hello.memory.epoch.nonce[5] = what == 0 ? 1 : 0;
        f.hello.memory.sequence = what == 1 ? 1 : 0;
        f.hello.memory.head.bytes[9] = what == 2 ? 1 : 0;
        w.size = 0;
        assert_int_equal(frame_encode(&f, &w), what < 3 ? ERR_RANGE : OK);
    }
    struct frame f = good;
    f.hello.heard.counter = 0;
    assert_int_equal(frame_encode(&f, &w), ERR_RANGE);
    memset(&f.hello.heard, 0, sizeof f.hello.heard);
    w.size = 0;
    assert_int_equal(frame_encode(&f, &w), OK);
    f.hello.memory.sequence = UINT64_MAX;
    assert_int_equal(frame_encode(&f, &w), ERR_RANGE);
}

/* Each type has its own name in what is signed, so that no frame passes for one of another type; a
 * type that nobody knows has no encoding. */
static void test_types(void **state)
{
    (void)state;
    for (int a = FRAME_HELLO; a < FRAME_TYPE_COUNT; a++) {
        for (int b = FRAME_UNKNOWN; b < a; b++) {
            assert_string_not_equal(frame_type_text((enum frame_type)a),
                                    frame_type_text((enum frame_type)b));
        }
    }
    assert_string_equal(frame_type_text(FRAME_UNKNOWN), "unknown");
    assert_string_equal(frame_type_text((enum frame_type)99), "unknown");
    struct byte_writer w = {.data = plain.bytes, .capacity = sizeof plain.bytes};
    struct frame f = {.type = (enum frame_type)99};
    assert_int_equal(frame_encode(&f, &w), ERR_FORMAT);
    const uint8_t bytes[] = {99, 1, 0, 8};
    assert_int_equal(frame_decode((struct bytes){bytes, sizeof bytes}, &f), ERR_FORMAT);
    /* Only what decodes can be signed. */
    const struct frame_route route = {DOMAIN_LIVE, fixture_nation("KOR"), fixture_nation("JPN")};
    assert_int_equal(frame_signed_bytes(&route, (struct bytes){bytes, sizeof bytes}, &w),
                     ERR_FORMAT);
    assert_int_equal(w.size, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_hello_with_a_key_list),
        cmocka_unit_test(test_hello_without_a_key_list),
        cmocka_unit_test(test_altered_bytes),
        cmocka_unit_test(test_refused_values),
        cmocka_unit_test(test_full_batch),
        cmocka_unit_test(test_what_is_signed),
        cmocka_unit_test(test_every_part_of_a_batch_is_signed),
        cmocka_unit_test(test_a_batch_header_has_one_form),
        cmocka_unit_test(test_checkpoint_frame),
        cmocka_unit_test(test_nothing_says_nothing_else),
        cmocka_unit_test(test_types),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
