/* Seals by themselves, without sessions and without a link: which frame numbers are taken a second
 * time (none), that no key stream is used twice, and what a partner's new start changes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "node/seal.h"

#define FRAMES 200

struct sealed {
    size_t size;
    uint8_t bytes[512];
};

static struct keys kor_keys;
static struct keys jpn_keys;
static struct seal kor;
static struct seal jpn;
static struct sealed frames[FRAMES + 1]; /* by number */
static uint8_t buffer[SEAL_FRAME_BYTES_MAX];
static const struct instant NOW = {INT64_C(1664835000) * NS_PER_S};

static struct sealed sealed_of(struct seal *from, const struct frame *frame, enum frame_lane lane)
{
    uint8_t plain[1024];
    uint8_t signature[KEYS_SIGNATURE_BYTES];
    struct sealed s;
    struct byte_writer p = {plain, sizeof plain, 0};
    struct byte_writer w = {s.bytes, sizeof s.bytes, 0};
    assert_int_equal(frame_encode(frame, &p), OK);
    assert_int_equal(seal_close(from, byte_writer_written(&p), lane, NOW, &w, signature), OK);
    s.size = w.size;
    return s;
}

static struct sealed heartbeat(enum frame_lane lane)
{
    struct frame frame = {.type = FRAME_HEARTBEAT};
    frame.heartbeat = (struct frame_heartbeat){.time = NOW, .boot = kor.boot.open.epoch};
    return sealed_of(&kor, &frame, lane);
}

/* Each is numbered higher than all before it. */
static struct sealed hello(struct seal *from)
{
    static uint32_t number = 0;
    number++;
    struct frame frame = {.type = FRAME_HELLO};
    frame.hello = (struct frame_hello){.schema_min = 1,
                                       .schema_max = 2,
                                       .time = NOW,
                                       .boot = from->boot.open.epoch,
                                       .number = number};
    memcpy(frame.hello.ephemeral_public, from->boot.open.ephemeral_public, 32);
    return sealed_of(from, &frame, LANE_LIVE);
}

static enum session_refusal opened(struct seal *by, const struct sealed *s)
{
    struct seal_opened out;
    seal_open(by, (struct bytes){s->bytes, s->size}, NOW, buffer, sizeof buffer, &out);
    return out.refusal;
}

static void start(struct seal *s, const struct keys *self, const struct keys *partner,
                  uint64_t counter)
{
    struct key_trust trust;
    struct keys_boot boot;
    key_trust_fix(&partner->list, &trust);
    keys_boot_make(self, partner->list.nation, counter, &boot);
    seal_init(s, self, &trust, &boot);
}

/* Both have heard each other's hello. */
static void begin(void)
{
    assert_int_equal(keys_start(), OK);
    struct nation_id id;
    assert_true(nation_id_parse("KOR", &id));
    keys_derive(1, id, &kor_keys);
    assert_true(nation_id_parse("JPN", &id));
    keys_derive(1, id, &jpn_keys);
    start(&kor, &kor_keys, &jpn_keys, 1);
    start(&jpn, &jpn_keys, &kor_keys, 1);
    const struct sealed ours = hello(&kor);
    const struct sealed theirs = hello(&jpn);
    assert_int_equal(opened(&jpn, &ours), REFUSED_NONE);
    assert_int_equal(opened(&kor, &theirs), REFUSED_NONE);
}

/* Frames come in any order; each is opened once, and one that is too old to tell is not opened at
 * all: 64 numbers count, the newest among them. */
static void each_frame_opens_once_in_any_order(void **state)
{
    (void)state;
    begin();
    for (int n = 1; n <= FRAMES; n++) {
        frames[n] = heartbeat(LANE_LIVE);
    }
    assert_int_equal(opened(&jpn, &frames[100]), REFUSED_NONE);
    for (int n = 1; n <= 36; n++) {
        assert_int_equal(opened(&jpn, &frames[n]), REFUSED_REPLAY);
    }
    for (int n = 99; n >= 37; n--) {
        assert_int_equal(opened(&jpn, &frames[n]), REFUSED_NONE);
        assert_int_equal(opened(&jpn, &frames[n]), REFUSED_REPLAY);
    }
    /* The window moves by some, and then by more than itself. */
    assert_int_equal(opened(&jpn, &frames[103]), REFUSED_NONE);
    for (int n = 1; n <= 103; n++) {
        assert_int_equal(opened(&jpn, &frames[n]),
                         n == 101 || n == 102 ? REFUSED_NONE : REFUSED_REPLAY);
    }
    assert_int_equal(opened(&jpn, &frames[200]), REFUSED_NONE);
    for (int n = 1; n <= 200; n++) {
        assert_int_equal(opened(&jpn, &frames[n]),
                         n > 136 && n < 200 ? REFUSED_NONE : REFUSED_REPLAY);
    }
}

/* The same frame under the same number on both lanes: one key stream twice would show as one text
 * twice. */
static void no_key_stream_is_used_twice(void **state)
{
    (void)state;
    begin();
    const struct sealed live = heartbeat(LANE_LIVE);
    const struct sealed repair = heartbeat(LANE_REPAIR);
    const struct sealed next = heartbeat(LANE_LIVE);
    assert_int_equal(live.size, repair.size);
    assert_memory_not_equal(live.bytes + SEAL_HEADER_BYTES, repair.bytes + SEAL_HEADER_BYTES, 64);
    assert_memory_not_equal(live.bytes + SEAL_HEADER_BYTES, next.bytes + SEAL_HEADER_BYTES, 64);
    assert_int_equal(opened(&jpn, &live), REFUSED_NONE);
    assert_int_equal(opened(&jpn, &repair), REFUSED_NONE);
    /* Nor does the other side use it: each direction has its key. */
    assert_memory_not_equal(kor.send_key, kor.receive_key, 32);
    assert_memory_equal(kor.send_key, jpn.receive_key, 32);
}

/* A partner that starts again counts its frames from one, and they are not taken for repeated. What
 * was recorded of its last start opens for nobody. */
static void a_new_start_counts_from_one(void **state)
{
    (void)state;
    begin();
    for (int n = 1; n <= 100; n++) {
        frames[n] = heartbeat(LANE_LIVE);
        assert_int_equal(opened(&jpn, &frames[n]), REFUSED_NONE);
    }
    start(&kor, &kor_keys, &jpn_keys, 2);
    const struct sealed ours = hello(&kor);
    const struct sealed theirs = hello(&jpn);
    assert_int_equal(opened(&jpn, &ours), REFUSED_NONE);
    assert_int_equal(opened(&kor, &theirs), REFUSED_NONE);
    for (int n = 1; n <= 100; n++) {
        const struct sealed fresh = heartbeat(LANE_LIVE);
        assert_int_equal(opened(&jpn, &fresh), REFUSED_NONE);
        assert_int_equal(opened(&jpn, &frames[n]), REFUSED_NO_KEY);
    }
}

/* One start, two session keys: two nodes with one nation's keys. The first key stays. */
static void a_start_has_one_session_key(void **state)
{
    (void)state;
    begin();
    struct seal clone = kor;
    clone.boot.open.ephemeral_public[0] ^= 1;
    const struct sealed other = hello(&clone);
    const struct sealed again = hello(&kor);
    assert_int_equal(opened(&jpn, &other), REFUSED_HISTORY);
    clone = kor;
    clone.boot.open.epoch.nonce[0] ^= 1;
    const struct sealed another = hello(&clone);
    assert_int_equal(opened(&jpn, &another), REFUSED_HISTORY);
    assert_int_equal(opened(&jpn, &again), REFUSED_NONE);
    const struct sealed live = heartbeat(LANE_LIVE);
    assert_int_equal(opened(&jpn, &live), REFUSED_NONE);
}

/* What this process signed is not verified again: for that message alone, while the key counts. */
static void what_was_signed_here_still_needs_its_key(void **state)
{
    (void)state;
    static struct signed_here here;
    memset(&here, 0, sizeof here);
    begin();
    kor.here = &here;
    jpn.here = &here;
    const struct sealed first = heartbeat(LANE_LIVE);
    const struct sealed second = heartbeat(LANE_LIVE);
    assert_int_equal(opened(&jpn, &first), REFUSED_NONE);
    jpn.partner.list.keys[0].revoked = NOW;
    assert_int_equal(opened(&jpn, &second), REFUSED_SIGNATURE);
    jpn.partner.list.keys[0].revoked = INSTANT_UNSET;
    /* The memory is all that says so: what it was told of is believed, and nothing else. */
    const struct bytes message = {(const uint8_t *)"track", 5};
    const struct bytes other = {(const uint8_t *)"trace", 5};
    const uint8_t *key = keys_signer(&kor_keys, KEY_SIGNING, NOW);
    uint8_t signature[KEYS_SIGNATURE_BYTES] = {7};
    assert_false(signed_here_knows(&here, &kor_keys.list, NOW, message, signature));
    signed_here_note(&here, key, message, signature);
    assert_true(signed_here_knows(&here, &kor_keys.list, NOW, message, signature));
    assert_false(signed_here_knows(&here, &kor_keys.list, NOW, other, signature));
    assert_false(signed_here_knows(&here, &jpn_keys.list, NOW, message, signature));
    signature[63] = 1;
    assert_false(signed_here_knows(&here, &kor_keys.list, NOW, message, signature));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_frame_opens_once_in_any_order),
        cmocka_unit_test(no_key_stream_is_used_twice),
        cmocka_unit_test(a_new_start_counts_from_one),
        cmocka_unit_test(a_start_has_one_session_key),
        cmocka_unit_test(what_was_signed_here_still_needs_its_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
