/* Every encoder into every room that is too small: ERR_FULL, and not a byte counts as written.
 * Every decoder on every beginning of good bytes: refused, and nothing is taken from it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fixture.h"
#include "key_fixture.h"
#include "share/frame.h"
#include "share/grant.h"
#include "share/note.h"

typedef result (*encoder)(const void *what, struct byte_writer *out);
typedef result (*decoder)(struct bytes in);

static uint8_t storage[FRAME_BYTES_MAX];

/* What is encoded into room enough; then into every smaller one. */
static struct bytes in_every_room(encoder encode, const void *what)
{
    struct byte_writer whole = {storage, sizeof storage, 0};
    assert_int_equal(encode(what, &whole), OK);
    assert_true(whole.size > 0);
    uint8_t *room = malloc(whole.size + 1);
    assert_non_null(room);
    for (size_t size = 0; size <= whole.size; size++) {
        /* A byte that was there before stays, and counts. */
        struct byte_writer w = {room, size + 1, 1};
        room[0] = 0x5a;
        assert_int_equal(encode(what, &w), size == whole.size ? OK : ERR_FULL);
        assert_int_equal(w.size, size == whole.size ? 1 + whole.size : 1);
        assert_int_equal(room[0], 0x5a);
    }
    assert_memory_equal(room + 1, storage, whole.size);
    free(room);
    return byte_writer_written(&whole);
}

static void on_every_beginning(decoder decode, struct bytes good)
{
    uint8_t *exact = malloc(good.size);
    assert_non_null(exact);
    for (size_t size = 0; size < good.size; size++) {
        memcpy(exact, good.data, size);
        assert_int_not_equal(decode((struct bytes){exact, size}), OK);
    }
    free(exact);
    assert_int_equal(decode(good), OK);
}

/* Everything that a policy can say, once. */
static struct policy full_policy(void)
{
    struct policy p = fixture_policy();
    p.area_count = 2;
    p.areas[0] = (struct policy_area){
        .name = "circle", .corner_count = 1, .corners = {{0.7, 2.2, 0.0}}, .radius_m = 1e5};
    p.areas[1] =
        (struct policy_area){.name = "triangle",
                             .corner_count = 3,
                             .corners = {{0.7, 2.2, 0.0}, {0.7, 2.3, 0.0}, {0.8, 2.2, 0.0}}};
    p.group_count = 1;
    p.groups[0] =
        (struct policy_group){.name = "eyes", .sensor_count = 2, .sensors = {{"EYE-1"}, {"EYE-2"}}};
    p.rules[0].areas = 3;
    p.rules[0].onward_count = 1;
    p.rules[0].onward[0] = fixture_nation("USA");
    return p;
}

static result encode_policy(const void *what, struct byte_writer *out)
{
    return policy_encode(what, out);
}

static result encode_policy_to_sign(const void *what, struct byte_writer *out)
{
    const struct digest predecessor = {{1, 2, 3}};
    return policy_signed_bytes(what, "exercise", &predecessor, out);
}

static result decode_policy(struct bytes in)
{
    struct policy p = {.number = 4711};
    const result r = policy_decode(in, &p);
    assert_true(r == OK || p.number == 4711);
    return r;
}

static void policies(void **state)
{
    (void)state;
    const struct policy p = full_policy();
    in_every_room(encode_policy_to_sign, &p);
    /* docs/wire.md: the context, a NUL, the predecessor's digest, the canonical bytes. */
    static const char context[] = "watchfire/1/exercise/policy";
    assert_memory_equal(storage, context, sizeof context);
    assert_memory_equal(storage + sizeof context, "\1\2\3", 4);
    uint8_t canonical[POLICY_BYTES_MAX];
    struct byte_writer w = {canonical, sizeof canonical, 0};
    assert_int_equal(policy_encode(&p, &w), OK);
    assert_memory_equal(storage + sizeof context + DIGEST_BYTES, canonical, w.size);
    on_every_beginning(decode_policy, in_every_room(encode_policy, &p));
    /* A name that fills its room has no end, and cannot be told from a longer one. */
    struct policy unended = p;
    memset(unended.groups[0].name, 'x', sizeof unended.groups[0].name);
    w.size = 0;
    assert_int_equal(policy_encode(&unended, &w), OK);
    assert_int_equal(decode_policy(byte_writer_written(&w)), ERR_FORMAT);
}

static result encode_frame(const void *what, struct byte_writer *out)
{
    return frame_encode(what, out);
}

static result encode_frame_to_sign(const void *what, struct byte_writer *out)
{
    const struct frame_route route = {DOMAIN_TEST, fixture_nation("KOR"), fixture_nation("JPN")};
    return frame_signed_bytes(&route, *(const struct bytes *)what, out);
}

static result decode_frame(struct bytes in)
{
    struct frame f = {.type = FRAME_UNKNOWN};
    const result r = frame_decode(in, &f);
    assert_true(r == OK || f.type == FRAME_UNKNOWN);
    return r;
}

static struct frame frame_of(enum frame_type type, struct bytes record)
{
    const struct frame_epoch epoch = {.counter = 4, .nonce = {1}};
    const struct frame_position position = {epoch, 20, {{2}}};
    const struct instant t = fixture_time(1.25);
    struct frame f;
    memset(&f, 0, sizeof f);
    f.type = type;
    if (type == FRAME_HELLO) {
        f.hello = (struct frame_hello){.schema_min = 1,
                                       .schema_max = 3,
                                       .time = t,
                                       .boot = epoch,
                                       .number = 2,
                                       .heard = epoch,
                                       .stream = position,
                                       .memory = position,
                                       .key_list = record,
                                       .keys_held = 300};
    } else if (type == FRAME_BATCH) {
        f.batch = (struct frame_batch){
            .epoch = epoch, .first = 21, .count = 2, .records = {record, record}};
    } else if (type == FRAME_ACK) {
        f.ack = (struct frame_ack){
            .time = t, .position = position, .range_count = 1, .ranges = {{30, 31}}};
    } else if (type == FRAME_GAP) {
        f.gap = (struct frame_gap){.epoch = epoch, .first = 3, .last = 9, .reason = GAP_DROPPED};
    } else if (type == FRAME_HEARTBEAT) {
        f.heartbeat = (struct frame_heartbeat){
            .time = t, .boot = epoch, .stream = position, .clock_error_ns = 1000};
    } else {
        const struct bytes note = {(const uint8_t *)"note", 4};
        f.checkpoint = (struct frame_checkpoint){.time = t,
                                                 .from = 7,
                                                 .proof_count = 2,
                                                 .note = note,
                                                 .other_count = 1,
                                                 .others = {note},
                                                 .cosigned_size = 9,
                                                 .cosignature = note};
    }
    return f;
}

static void frames(void **state)
{
    (void)state;
    const struct record notice = fixture_notice(fixture_time(0.0));
    const struct released_record released = fixture_released(&notice);
    for (int type = FRAME_HELLO; type < FRAME_TYPE_COUNT; type++) {
        const struct frame f =
            frame_of((enum frame_type)type, (struct bytes){released.bytes, released.size});
        static uint8_t plain[FRAME_BYTES_MAX];
        const struct bytes in = in_every_room(encode_frame, &f);
        memcpy(plain, in.data, in.size);
        const struct bytes copy = {plain, in.size};
        if (type == FRAME_CHECKPOINT || type == FRAME_BATCH) {
            /* The others are Protocol Buffers to their end: a beginning may be a message too. */
            on_every_beginning(decode_frame, copy);
        }
        in_every_room(encode_frame_to_sign, &copy);
    }
}

struct signed_list {
    const struct key_list *list;
    uint8_t signature[KEY_SIGNATURE_BYTES];
};

static result encode_list(const void *what, struct byte_writer *out)
{
    const struct signed_list *l = what;
    return key_list_encode(l->list, l->signature, out);
}

static result encode_list_to_sign(const void *what, struct byte_writer *out)
{
    return key_list_signed_bytes(what, out);
}

static void key_lists(void **state)
{
    (void)state;
    struct key_fixture f;
    key_fixture_make("KOR", DOMAIN_EXERCISE, &f);
    key_fixture_add(&f, KEY_SIGNING, 1, fixture_time(0.0), fixture_time(60.0), NULL);
    const struct signed_list l = {.list = &f.list};
    in_every_room(encode_list, &l);
    in_every_room(encode_list_to_sign, &f.list);
}

static result encode_grant(const void *what, struct byte_writer *out)
{
    return grant_encode(what, out);
}

static result encode_grant_to_sign(const void *what, struct byte_writer *out)
{
    return grant_signed_bytes(what, DOMAIN_EXERCISE, out);
}

static result decode_grant(struct bytes in)
{
    struct signed_grant g;
    return grant_decode(in, &g);
}

static void grants(void **state)
{
    (void)state;
    const struct signed_grant g = {.grant = {.owner = fixture_nation("KOR"),
                                             .via = fixture_nation("USA"),
                                             .to = fixture_nation("JPN"),
                                             .kinds = GRANT_NOTICES,
                                             .classification_max = CLASSIFICATION_SECRET,
                                             .from = fixture_time(0.0),
                                             .until = fixture_time(60.0)},
                                   .signature = {1}};
    in_every_room(encode_grant_to_sign, &g.grant);
    /* Its signature comes last and is whole, so no beginning is a grant. */
    on_every_beginning(decode_grant, in_every_room(encode_grant, &g));
    /* To the nation that passes it on: whole, and still no grant. */
    for (size_t i = 0; i + 3 < sizeof storage; i++) {
        if (memcmp(storage + i, "JPN", 3) == 0) {
            memcpy(storage + i, "USA", 3);
            break;
        }
    }
    struct byte_writer w = {storage, sizeof storage, 0};
    struct signed_grant back;
    uint8_t whole[GRANT_BYTES_MAX];
    struct byte_writer again = {whole, sizeof whole, 0};
    assert_int_equal(grant_encode(&g, &again), OK);
    w.size = again.size;
    assert_int_equal(grant_decode(byte_writer_written(&w), &back), ERR_RANGE);
}

static result encode_grant_set(const void *what, struct byte_writer *out)
{
    return grant_set_encode(what, out);
}

/* A set is its grants one behind the other: it ends where one of them does, and nowhere else. */
static void grant_sets(void **state)
{
    (void)state;
    struct grant_set set = {.count = 2};
    for (int i = 0; i < 2; i++) {
        set.grants[i].grant = (struct grant){.owner = fixture_nation("KOR"),
                                             .via = fixture_nation("USA"),
                                             .to = fixture_nation(i == 0 ? "JPN" : "AUS"),
                                             .kinds = GRANT_NOTICES,
                                             .classification_max = CLASSIFICATION_SECRET,
                                             .from = fixture_time(0.0),
                                             .until = fixture_time(60.0)};
    }
    const struct bytes whole = in_every_room(encode_grant_set, &set);
    struct grant_set back;
    int taken = 0;
    for (size_t size = 0; size <= whole.size; size++) {
        if (grant_set_decode((struct bytes){whole.data, size}, &back) == OK) {
            assert_int_equal(back.count, taken);
            taken++;
        }
    }
    assert_int_equal(taken, 3); /* none, one, both */
    assert_true(grant_set_equal(&set, &back));
    assert_true(grant_set_has(&set, &back.grants[1]));
    back.grants[1].signature[0] ^= 1;
    assert_false(grant_set_has(&set, &back.grants[1]));
    assert_null(grant_set_find(&set, fixture_nation("KOR"), fixture_nation("GBR")));
    assert_null(grant_set_find(&set, fixture_nation("GBR"), fixture_nation("JPN")));
    /* A byte inside that makes no grant of it, and a grant that could not be signed. */
    storage[1] ^= 0x80;
    assert_int_not_equal(grant_set_decode(whole, &back), OK);
    set.grants[0].grant.kinds = 0;
    struct byte_writer w = {storage, sizeof storage, 0};
    assert_int_equal(grant_set_encode(&set, &w), ERR_RANGE);
    assert_int_equal(w.size, 0);
}

static const struct note_head HEAD = {
    .origin = "watchfire/test/KOR", .size = 86400, .root = {{0x0a}}};

static result encode_body(const void *what, struct byte_writer *out)
{
    return note_write_body(what, out);
}

static result encode_cosigned(const void *what, struct byte_writer *out)
{
    return note_cosigned_text(*(const struct bytes *)what, 1700000000, out);
}

static result encode_line(const void *what, struct byte_writer *out)
{
    const uint8_t key[NOTE_PUBLIC_BYTES] = {1};
    const uint8_t signature[NOTE_SIGNATURE_BYTES] = {2};
    return note_write_line("someone", *(const enum note_key *)what, key, 1700000000, signature,
                           out);
}

static void notes(void **state)
{
    (void)state;
    uint8_t body[NOTE_BODY_BYTES];
    const struct bytes in = in_every_room(encode_body, &HEAD);
    memcpy(body, in.data, in.size);
    const struct bytes copy = {body, in.size};
    in_every_room(encode_cosigned, &copy);
    const enum note_key kinds[] = {NOTE_LOG, NOTE_COSIGNER};
    in_every_room(encode_line, &kinds[0]);
    in_every_room(encode_line, &kinds[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(policies), cmocka_unit_test(frames),     cmocka_unit_test(key_lists),
        cmocka_unit_test(grants),   cmocka_unit_test(grant_sets), cmocka_unit_test(notes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
