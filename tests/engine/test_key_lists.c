/* Key lists as events: ours goes out in the hellos, of a partner's the number is told back. */
#include "../base/near.h"

#include <string.h>

#include "../share/key_fixture.h"
#include "../track/flown.h"
#include "pair.h"

static struct effects effects;
static struct engine before;
static struct key_fixture kor;
static struct key_fixture jpn;

static struct event keys_event(struct key_fixture *f, double t_s)
{
    return (struct event){.kind = EVENT_KEYS,
                          .time = flown_instant(t_s),
                          .partner = f->list.nation,
                          .keys = key_fixture_sign(f)};
}

static void begin(void)
{
    static const struct instant from = {INT64_C(1000000000)};
    flown_solve((struct geo_geodetic){0.7, 2.2, 0.0}, 80.0, 970.0, 4500.0, FLIGHT_INTERMEDIATE);
    pair_start(0.0, 1, false);
    key_fixture_make("KOR", DOMAIN_EXERCISE, &kor);
    key_fixture_make("JPN", DOMAIN_EXERCISE, &jpn);
    key_fixture_add(&kor, KEY_SIGNING, 1, from, INSTANT_LAST, NULL);
    key_fixture_add(&jpn, KEY_SIGNING, 2, from, INSTANT_LAST, NULL);
}

/* The first hello that KOR wants sent within a second of ticks. */
static bool next_hello(double from_s, struct frame_hello *out)
{
    for (double t = from_s; t < from_s + 1.4; t += 0.5) {
        const struct event tick = {.kind = EVENT_TICK, .time = flown_instant(t)};
        assert_int_equal(engine_step(&pair_engines[PAIR_KOR], &tick, &effects), OK);
        for (uint32_t i = 0; i < effects.count; i++) {
            const struct effect *e = &effects.items[i];
            struct frame frame;
            const struct bytes plain = {effects.bytes + e->offset, e->size};
            if (e->kind == EFFECT_SEND && frame_decode(plain, &frame) == OK &&
                frame.type == FRAME_HELLO) {
                *out = frame.hello;
                return true;
            }
        }
    }
    return false;
}

static void lists_are_told(void **state)
{
    (void)state;
    struct frame_hello hello;
    begin();
    assert_true(next_hello(1.0, &hello));
    assert_int_equal(hello.key_list.size, 0);
    assert_true(hello.keys_held == 0);
    const struct event own = keys_event(&kor, 3.0);
    assert_int_equal(engine_step(&pair_engines[PAIR_KOR], &own, &effects), OK);
    jpn.list.number = 7;
    const struct event partners = keys_event(&jpn, 3.0);
    assert_int_equal(engine_step(&pair_engines[PAIR_KOR], &partners, &effects), OK);
    assert_true(next_hello(4.0, &hello));
    assert_int_equal(hello.key_list.size, kor.size);
    assert_memory_equal(hello.key_list.data, kor.bytes, kor.size);
    assert_true(hello.keys_held == 7);
    /* What a node that starts again goes by. */
    const struct session_keys *kept = &pair_engines[PAIR_KOR].sessions[0].partner_keys;
    assert_true(kept->number == 7);
    assert_int_equal(kept->size, jpn.size);
    assert_memory_equal(kept->bytes, jpn.bytes, jpn.size);
}

static void refuse(struct event event, result expected)
{
    before = pair_engines[PAIR_KOR];
    assert_int_equal(engine_step(&pair_engines[PAIR_KOR], &event, &effects), expected);
    before.events_refused = pair_engines[PAIR_KOR].events_refused;
    assert_memory_equal(&before, &pair_engines[PAIR_KOR], sizeof before);
}

static void lists_that_cannot_be_leave_no_trace(void **state)
{
    (void)state;
    begin();
    struct event event = keys_event(&jpn, 3.0);
    event.partner = kor.list.nation;
    refuse(event, ERR_RANGE);
    event = keys_event(&jpn, 3.0);
    event.keys.size--;
    refuse(event, ERR_FORMAT);
    jpn.list.domain = DOMAIN_LIVE;
    refuse(keys_event(&jpn, 3.0), ERR_RANGE);
    memcpy(kor.list.nation.code, "USA", 4);
    refuse(keys_event(&kor, 3.0), ERR_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_are_told),
        cmocka_unit_test(lists_that_cannot_be_leave_no_trace),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
