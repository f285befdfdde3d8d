/* The journalled form of events: round trips, every cut and every changed byte. */
#include "../base/near.h"

#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "engine/event.h"
#include "share/grant.h"

enum { FRAME_ROOM = 300, SCAN_ROOM = LIMIT_SCAN };

static uint8_t frame_bytes[FRAME_ROOM];
static struct observation scan_in[SCAN_ROOM];
static struct observation scan_out[SCAN_ROOM];
static uint8_t first[EVENT_BYTES_MAX];
static uint8_t second[EVENT_BYTES_MAX];

static void fill(struct random *r, void *out, size_t size)
{
    uint8_t *bytes = out;
    for (size_t i = 0; i < size; i++) {
        bytes[i] = (uint8_t)random_u64(r);
    }
}

static void draw_scan(struct random *r, struct event *e, uint32_t count)
{
    const enum sensor_kind kind = (enum sensor_kind)(random_u64(r) % 3);
    memset(scan_in, 0, sizeof scan_in);
    for (uint32_t i = 0; i < count; i++) {
        struct observation *o = &scan_in[i];
        memcpy(o->sensor.text, "K-CENTRAL", sizeof "K-CENTRAL");
        o->kind = kind;
        o->validity.tai_ns = 1664835720123456789;
        o->receipt.tai_ns = (int64_t)random_u64(r);
        if (kind == SENSOR_RADAR) {
            fill(r, &o->radar.polar, sizeof o->radar.polar);
            o->radar.has_range_rate = random_u64(r) % 2 == 0;
            o->radar.without_elevation = random_u64(r) % 2 == 0;
            fill(r, &o->radar.range_rate_mps, sizeof o->radar.range_rate_mps);
        } else if (kind == SENSOR_INFRARED) {
            fill(r, &o->infrared, sizeof o->infrared);
        } else {
            fill(r, &o->track, sizeof o->track);
        }
    }
    e->scan = scan_in;
    e->scan_count = count;
}

/* Anything that the type can hold: doubles are any bits, NaN as well. */
static struct event draw(struct random *r, enum event_kind kind)
{
    struct event e;
    memset(&e, 0, sizeof e);
    e.kind = kind;
    e.time.tai_ns = (int64_t)(random_u64(r) | 1u);
    if (kind == EVENT_BOOT || kind == EVENT_FRAME || kind == EVENT_REFUSED || kind == EVENT_KEYS ||
        kind == EVENT_LINK) {
        memcpy(e.partner.code, "JPN", 4);
    }
    switch (kind) {
    case EVENT_BOOT:
        e.boot.epoch.counter = random_u64(r);
        fill(r, e.boot.epoch.nonce, sizeof e.boot.epoch.nonce);
        fill(r, e.boot.ephemeral_public, sizeof e.boot.ephemeral_public);
        break;
    case EVENT_SCAN:
        draw_scan(r, &e, 1 + (uint32_t)(random_u64(r) % 5));
        break;
    case EVENT_FRAME:
        fill(r, frame_bytes, sizeof frame_bytes);
        e.frame = (struct bytes){frame_bytes, random_u64(r) % FRAME_ROOM};
        break;
    case EVENT_REFUSED:
        e.refusal = (enum session_refusal)(random_u64(r) % SESSION_REFUSAL_COUNT);
        break;
    case EVENT_COMMITTED:
        e.position = random_u64(r);
        break;
    case EVENT_POLICY:
        fill(r, frame_bytes, sizeof frame_bytes);
        fill(r, &e.predecessor, sizeof e.predecessor);
        e.policy = (struct bytes){frame_bytes, random_u64(r) % FRAME_ROOM};
        e.officer_count = 1 + (uint32_t)(random_u64(r) % EVENT_OFFICERS_MAX);
        fill(r, e.officers, e.officer_count * sizeof e.officers[0]);
        break;
    case EVENT_KEYS:
        fill(r, frame_bytes, sizeof frame_bytes);
        e.keys = (struct bytes){frame_bytes, 1 + random_u64(r) % (FRAME_ROOM - 1)};
        break;
    case EVENT_GRANTS:
        fill(r, frame_bytes, sizeof frame_bytes);
        e.grants = (struct bytes){frame_bytes, random_u64(r) % FRAME_ROOM};
        break;
    case EVENT_ORDER:
        e.order.kind = random_u64(r) % 2 == 0 ? ORDER_FALSE : ORDER_ACKNOWLEDGE;
        e.order.roles = (uint8_t)random_u64(r);
        e.order.event.value = random_u64(r) | 1u;
        memset(e.order.actor.text, 'k', 1 + random_u64(r) % (OFFICER_NAME_SIZE - 1));
        memset(e.order.reason, 'r', 1 + random_u64(r) % (ORDER_REASON_SIZE - 1));
        break;
    case EVENT_LINK:
    case EVENT_SHARE:
    case EVENT_TICK:
    case EVENT_NONE:
        break;
    }
    return e;
}

static size_t encode(const struct event *e, uint8_t *out)
{
    struct byte_writer w = {out, EVENT_BYTES_MAX, 0};
    assert_int_equal(event_encode(e, &w), OK);
    return w.size;
}

static void assert_same_scan(const struct event *a, const struct event *b)
{
    assert_int_equal(a->scan_count, b->scan_count);
    for (uint32_t i = 0; i < a->scan_count; i++) {
        const struct observation *x = &a->scan[i];
        const struct observation *y = &b->scan[i];
        assert_true(sensor_id_equal(x->sensor, y->sensor));
        assert_int_equal(x->kind, y->kind);
        assert_true(instant_equal(x->validity, y->validity));
        assert_true(instant_equal(x->receipt, y->receipt));
        if (x->kind == SENSOR_RADAR) {
            assert_memory_equal(&x->radar.polar, &y->radar.polar, sizeof x->radar.polar);
            assert_int_equal(x->radar.has_range_rate, y->radar.has_range_rate);
            assert_int_equal(x->radar.without_elevation, y->radar.without_elevation);
            assert_memory_equal(&x->radar.range_rate_mps, &y->radar.range_rate_mps, 8);
        } else if (x->kind == SENSOR_INFRARED) {
            assert_memory_equal(&x->infrared, &y->infrared, sizeof x->infrared);
        } else {
            assert_memory_equal(&x->track, &y->track, sizeof x->track);
        }
    }
}

static void every_kind_comes_back_as_it_was(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 81, 1);
    for (int round = 0; round < 600; round++) {
        const struct event in = draw(&r, (enum event_kind)(1 + round % (EVENT_KIND_COUNT - 1)));
        const size_t size = encode(&in, first);
        struct event out;
        assert_int_equal(event_decode((struct bytes){first, size}, scan_out, &out), OK);
        assert_int_equal(out.kind, in.kind);
        assert_true(instant_equal(out.time, in.time));
        assert_true(nation_id_equal(out.partner, in.partner));
        assert_memory_equal(&out.boot, &in.boot, sizeof in.boot);
        assert_int_equal(out.refusal, in.refusal);
        assert_int_equal(out.position, in.position);
        assert_int_equal(out.frame.size, in.frame.size);
        if (in.frame.size > 0) {
            assert_memory_equal(out.frame.data, in.frame.data, in.frame.size);
        }
        assert_int_equal(out.policy.size, in.policy.size);
        assert_int_equal(out.officer_count, in.officer_count);
        assert_memory_equal(out.officers, in.officers, sizeof in.officers);
        assert_memory_equal(&out.predecessor, &in.predecessor, sizeof in.predecessor);
        assert_int_equal(out.keys.size, in.keys.size);
        if (in.keys.size > 0) {
            assert_memory_equal(out.keys.data, in.keys.data, in.keys.size);
        }
        assert_int_equal(out.grants.size, in.grants.size);
        if (in.grants.size > 0) {
            assert_memory_equal(out.grants.data, in.grants.data, in.grants.size);
        }
        assert_same_scan(&in, &out);
        assert_int_equal(encode(&out, second), size);
        assert_memory_equal(first, second, size);
    }
}

/* In storage of exactly that size, so that the sanitizers see a read beyond it. */
static result decode_exactly(const uint8_t *data, size_t size, struct event *out)
{
    uint8_t *exact = malloc(size + 1);
    assert_non_null(exact);
    memcpy(exact + 1, data, size);
    const result status = event_decode((struct bytes){exact + 1, size}, scan_out, out);
    free(exact);
    return status;
}

static void every_cut_is_refused(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 82, 1);
    for (int round = 0; round < 60; round++) {
        const struct event in = draw(&r, (enum event_kind)(1 + round % (EVENT_KIND_COUNT - 1)));
        const size_t size = encode(&in, first);
        struct event out;
        memset(&out, 0x5a, sizeof out);
        const struct event before = out;
        for (size_t cut = 0; cut < size; cut++) {
            assert_int_equal(decode_exactly(first, cut, &out), ERR_FORMAT);
            assert_memory_equal(&out, &before, sizeof out);
        }
        memcpy(second, first, size);
        second[size] = 0;
        assert_int_equal(decode_exactly(second, size + 1, &out), ERR_FORMAT);
    }
}

/* A changed byte is refused, or means something of which these very bytes are the canonical
 * form. */
static void every_changed_byte_is_refused_or_canonical(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 83, 1);
    int refused = 0;
    int taken = 0;
    for (int round = 0; round < 36; round++) {
        const struct event in = draw(&r, (enum event_kind)(1 + round % (EVENT_KIND_COUNT - 1)));
        const size_t size = encode(&in, first);
        for (size_t at = 0; at < size; at++) {
            const uint8_t was = first[at];
            for (int k = 0; k < 10; k++) {
                first[at] = (uint8_t)(k < 8 ? was ^ (1 << k) : (int)(random_u64(&r) & 0xff));
                struct event out;
                if (event_decode((struct bytes){first, size}, scan_out, &out) != OK) {
                    refused++;
                    continue;
                }
                taken++;
                assert_int_equal(encode(&out, second), size);
                assert_memory_equal(first, second, size);
            }
            first[at] = was;
        }
    }
    assert_true(refused > 100);
    assert_true(taken > 1000);
}

static void the_largest_of_each_fits(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 84, 1);
    static uint8_t largest[FRAME_BYTES_MAX];
    fill(&r, largest, sizeof largest);
    struct event e = draw(&r, EVENT_FRAME);
    e.frame = (struct bytes){largest, sizeof largest};
    assert_true(encode(&e, first) <= EVENT_BYTES_MAX);
    e = draw(&r, EVENT_SCAN);
    while (e.scan[0].kind != SENSOR_TRACKER) {
        draw_scan(&r, &e, LIMIT_SCAN);
    }
    struct byte_writer w = {first, EVENT_BYTES_MAX, 0};
    assert_int_equal(event_encode(&e, &w), OK);
}

static void what_is_no_event_is_not_written(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 85, 1);
    struct byte_writer w = {first, EVENT_BYTES_MAX, 0};
    const struct event none = draw(&r, EVENT_NONE);
    assert_int_equal(event_encode(&none, &w), ERR_RANGE);
    struct event e = draw(&r, EVENT_SCAN);
    draw_scan(&r, &e, 3);
    e.scan_count = 0;
    assert_int_equal(event_encode(&e, &w), ERR_RANGE);
    e.scan_count = 3;
    scan_in[2].validity.tai_ns++;
    assert_int_equal(event_encode(&e, &w), ERR_RANGE);
    assert_int_equal(w.size, 0);
    const struct event tick = draw(&r, EVENT_TICK);
    w.capacity = 8;
    assert_int_equal(event_encode(&tick, &w), ERR_FULL);
    assert_int_equal(w.size, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_comes_back_as_it_was),
        cmocka_unit_test(every_cut_is_refused),
        cmocka_unit_test(every_changed_byte_is_refused_or_canonical),
        cmocka_unit_test(the_largest_of_each_fits),
        cmocka_unit_test(what_is_no_event_is_not_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
