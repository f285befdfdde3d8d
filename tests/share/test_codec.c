/* One encoding for one record; hostile bytes are refused with a reason. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <math.h>
#include <string.h>

#include <cmocka.h>

#include "fixture.h"
#include "share/codec.h"

struct encoded {
    uint8_t bytes[CODEC_RECORD_BYTES_MAX + 64];
    size_t size;
};

static struct encoded encode(const struct record *record)
{
    struct encoded out = {.size = 0};
    struct byte_writer writer = {.data = out.bytes, .capacity = CODEC_RECORD_BYTES_MAX};
    assert_int_equal(codec_encode(record, &writer), OK);
    out.size = writer.size;
    return out;
}

static result decode(const struct encoded *in, struct record *out)
{
    return codec_decode((struct bytes){in->bytes, in->size}, out);
}

static struct record records(struct random *r, int which)
{
    const struct instant t = fixture_time(100.0);
    switch (which) {
    case 0:
        return fixture_track(r, t);
    case 1:
        return fixture_notice(t);
    case 2:
        return fixture_warning(t, WARNING_INITIAL);
    default: {
        struct record record = fixture_track(r, t);
        record.track.launch = (struct launch_estimate){0};
        record.track.end_of_thrust = INSTANT_UNSET;
        record.track.span_from = INSTANT_UNSET;
        record.event.text[0] = '\0';
        memset(record.event.text, 0, sizeof record.event.text);
        return record;
    }
    }
}

static void test_round_trip(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 1, 1);
    for (int i = 0; i < 1000; i++) {
        const struct record before = records(&r, i % 4);
        const struct encoded bytes = encode(&before);
        struct record after;
        assert_int_equal(decode(&bytes, &after), OK);
        const struct encoded again = encode(&after);
        assert_int_equal(again.size, bytes.size);
        assert_memory_equal(again.bytes, bytes.bytes, bytes.size);
        assert_int_equal(after.kind, before.kind);
        assert_string_equal(after.event.text, before.event.text);
        if (before.kind == RECORD_TRACK) {
            assert_memory_equal(after.track.covariance, before.track.covariance,
                                sizeof after.track.covariance);
            assert_true(instant_equal(after.track.end_of_thrust, before.track.end_of_thrust));
            assert_true(instant_equal(after.track.span_from, before.track.span_from));
            assert_int_equal(after.track.launch.determined, before.track.launch.determined);
        }
    }
}

/* Whatever the bytes, a record that is taken has exactly that encoding. */
static void test_altered_bytes(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 2, 1);
    int refused = 0;
    for (int i = 0; i < 20000; i++) {
        const struct record record = records(&r, i % 4);
        struct encoded bytes = encode(&record);
        const int changes = 1 + (int)(random_u64(&r) % 3);
        for (int k = 0; k < changes; k++) {
            const size_t at = random_u64(&r) % bytes.size;
            bytes.bytes[at] = (uint8_t)random_u64(&r);
        }
        if (random_u64(&r) % 4 == 0) {
            bytes.size = random_u64(&r) % (bytes.size + 8);
        }
        struct record out;
        if (decode(&bytes, &out) != OK) {
            refused++;
            continue;
        }
        const struct encoded again = encode(&out);
        assert_int_equal(again.size, bytes.size);
        assert_memory_equal(again.bytes, bytes.bytes, bytes.size);
    }
    assert_true(refused > 1000);
}

static void append(struct encoded *e, const char *bytes, size_t size)
{
    memcpy(e->bytes + e->size, bytes, size);
    e->size += size;
}

static void test_second_forms_are_not_canonical(void **state)
{
    (void)state;
    struct record out;
    const struct record record = fixture_notice(fixture_time(0.0));
    struct encoded e = encode(&record);
    append(&e, "\x9a\x06\x01\x41", 4); /* an unknown field, number 99 */
    assert_int_equal(decode(&e, &out), ERR_CANONICAL);
    e = encode(&record);
    append(&e,
           "\x1a\x07"
           "AMBER-2",
           9); /* a field twice, and out of order */
    assert_int_equal(decode(&e, &out), ERR_CANONICAL);
    e = encode(&record);
    append(&e, "\x12\x00", 2); /* an empty message merged into the label */
    assert_int_equal(decode(&e, &out), ERR_CANONICAL);
    /* The label's classification, one byte 04, as two bytes 84 00. */
    e = encode(&record);
    size_t at = 0;
    while (memcmp(e.bytes + at, "\x10\x04\x1a\x03", 4) != 0) {
        at++;
        assert_true(at < e.size);
    }
    memmove(e.bytes + at + 3, e.bytes + at + 2, e.size - at - 2);
    e.bytes[at + 1] = 0x84;
    e.bytes[at + 2] = 0x00;
    e.bytes[10] = (uint8_t)(e.bytes[10] + 1); /* the length of the label */
    e.size++;
    assert_int_equal(decode(&e, &out), ERR_CANONICAL);
}

static size_t find_double(const struct encoded *e, double value)
{
    for (size_t i = 0; i + 8 <= e->size; i++) {
        if (memcmp(e->bytes + i, &value, 8) == 0) {
            return i;
        }
    }
    fail();
    return 0;
}

static void test_numbers_that_are_none(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 3, 1);
    const struct record record = fixture_track(&r, fixture_time(0.0));
    const struct encoded good = encode(&record);
    const size_t at = find_double(&good, record.track.velocity.y_mps);
    const double bad[] = {(double)NAN, (double)INFINITY, -(double)INFINITY, 1e300};
    struct record out;
    memset(&out, 0x5a, sizeof out);
    const struct record untouched = out;
    for (int i = 0; i < 4; i++) {
        struct encoded e = good;
        memcpy(e.bytes + at, &bad[i], 8);
        assert_int_equal(decode(&e, &out), ERR_RANGE);
    }
    struct encoded e = good;
    const double minus_zero = -0.0;
    memcpy(e.bytes + at, &minus_zero, 8);
    assert_int_equal(decode(&e, &out), ERR_CANONICAL);
    assert_memory_equal(&out, &untouched, sizeof out);
    /* A span without a beginning is one that is not there; "unset" as a number is a second form. */
    e = good;
    const int64_t unset = INSTANT_UNSET.tai_ns;
    size_t span = 0;
    while (memcmp(e.bytes + span, &record.track.span_from.tai_ns, 8) != 0) {
        span++;
        assert_true(span + 8 < e.size);
    }
    memcpy(e.bytes + span, &unset, 8);
    assert_int_equal(decode(&e, &out), ERR_CANONICAL);
    e = good;
    const double negative = -1.0;
    memcpy(e.bytes + find_double(&good, record.track.covariance[35]), &negative, 8);
    assert_int_equal(decode(&e, &out), ERR_NUMERIC);
    /* Minus zero in a record of one's own is written as zero. */
    struct record own = record;
    own.track.thrust_mps2 = -0.0;
    const struct encoded normal = encode(&own);
    assert_int_equal(normal.size, good.size);
    assert_memory_equal(normal.bytes, good.bytes, good.size);
}

static void test_values_out_of_range(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 4, 1);
    uint8_t storage[CODEC_RECORD_BYTES_MAX];
    struct byte_writer w = {.data = storage, .capacity = sizeof storage};
    struct record bad = fixture_track(&r, fixture_time(0.0));
    bad.track.status = (enum track_status)7;
    assert_int_equal(codec_encode(&bad, &w), ERR_RANGE);
    bad = fixture_track(&r, fixture_time(0.0));
    bad.track.owner = fixture_nation("USA");
    assert_int_equal(codec_encode(&bad, &w), ERR_RANGE);
    bad = fixture_track(&r, fixture_time(0.0));
    bad.track.id.value = 0;
    assert_int_equal(codec_encode(&bad, &w), ERR_RANGE);
    bad = fixture_track(&r, fixture_time(0.0));
    bad.track.covariance[1] += 1.0;
    assert_int_equal(codec_encode(&bad, &w), ERR_RANGE);
    bad = fixture_notice(fixture_time(0.0));
    bad.label.classification = CLASSIFICATION_UNKNOWN;
    assert_int_equal(codec_encode(&bad, &w), ERR_RANGE);
    bad = fixture_notice(fixture_time(0.0));
    bad.label.releasable_to[1] = bad.label.releasable_to[0];
    assert_int_equal(codec_encode(&bad, &w), ERR_RANGE);
    bad = fixture_notice(fixture_time(0.0));
    bad.event.text[2] = '\xc3';
    assert_int_equal(codec_encode(&bad, &w), ERR_RANGE);
    bad = fixture_notice(fixture_time(0.0));
    bad.made = INSTANT_UNSET;
    assert_int_equal(codec_encode(&bad, &w), ERR_RANGE);
    bad = fixture_warning(fixture_time(0.0), WARNING_NONE);
    assert_int_equal(codec_encode(&bad, &w), ERR_RANGE);
    bad = fixture_warning(fixture_time(0.0), WARNING_INITIAL);
    bad.warning.expires = instant_plus_s(bad.warning.issued, -1.0);
    assert_int_equal(codec_encode(&bad, &w), ERR_RANGE);
    bad.kind = RECORD_UNKNOWN;
    assert_int_equal(codec_encode(&bad, &w), ERR_RANGE);
    assert_int_equal(w.size, 0);
    const struct record good = fixture_notice(fixture_time(0.0));
    w.capacity = 10;
    assert_int_equal(codec_encode(&good, &w), ERR_FULL);
    assert_int_equal(w.size, 0);
}

static void test_sizes(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 5, 1);
    const struct record track = fixture_track(&r, fixture_time(0.0));
    const struct released_record released = fixture_released(&track);
    const struct record notice = fixture_notice(fixture_time(0.0));
    const struct record warning = fixture_warning(fixture_time(0.0), WARNING_INITIAL);
    print_message("bytes: track %zu, released %u, notice %zu, warning %zu\n", encode(&track).size,
                  released.size, encode(&notice).size, encode(&warning).size);
    assert_true(encode(&track).size <= CODEC_RECORD_BYTES_MAX);
}

/* A name ends once: what stands behind its end would be signed and never shown. */
static void test_what_no_record_may_be(void **state)
{
    (void)state;
    struct record record = fixture_notice(fixture_time(0.0));
    assert_int_equal(codec_validate(&record), OK);
    record.event.text[8] = 'X';
    assert_int_equal(codec_validate(&record), ERR_RANGE);
    record = fixture_notice(fixture_time(0.0));
    record.kind = (enum record_kind)99;
    assert_int_equal(codec_validate(&record), ERR_RANGE);
    record.kind = RECORD_UNKNOWN;
    assert_int_equal(codec_validate(&record), ERR_RANGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_altered_bytes),
        cmocka_unit_test(test_second_forms_are_not_canonical),
        cmocka_unit_test(test_numbers_that_are_none),
        cmocka_unit_test(test_values_out_of_range),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_what_no_record_may_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
