/* Keys change in the middle of a session: nothing is lost on a rotation, and a revoked or expired
 * key is of no use from the next frame on. Two sides with signed key lists over a link; what the
 * performer and the engine do with a list is done by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fixture.h"
#include "key_fixture.h"
#include "link/link_memory.h"
#include "node/seal.h"

struct side {
    struct key_fixture maker;
    struct keys keys;
    struct seal seal;
    struct session session;
    uint64_t position;
    uint64_t delivered;
    uint32_t lists_taken;
    bool without_lists; /* an older version: says nothing of key lists */
};

struct world {
    struct link_memory *link;
    struct side side[2];
    struct session_delivery delivery;
    struct random random;
    struct instant now;
    uint8_t plain[SEAL_FRAME_BYTES_MAX];
    uint8_t sealed[SEAL_FRAME_BYTES_MAX];
};

static void add_signing_key(struct side *side, uint8_t seed, struct instant from,
                            struct instant until)
{
    struct keys_secret *secret = &side->keys.secrets[side->keys.secret_count];
    key_fixture_add(&side->maker, KEY_SIGNING, seed, from, until, secret->secret);
    memcpy(secret->open, side->maker.list.keys[side->maker.list.count - 1].key, KEY_BYTES);
    side->keys.secret_count++;
}

/* The root signs what the list says now, and the node picks it up. */
static void publish(struct side *side)
{
    const struct bytes list = key_fixture_sign(&side->maker);
    side->keys.list = side->maker.list;
    side->keys.signed_size = (uint32_t)list.size;
    memcpy(side->keys.signed_list, list.data, list.size);
    if (!side->without_lists) {
        session_take_keys(&side->session, side->maker.list.number, list);
    }
}

static void open_side(struct world *w, int i, const char *nation, const char *partner)
{
    struct side *side = &w->side[i];
    const struct nation_id id = fixture_nation(nation);
    const struct digest_key key = fixture_key((uint8_t)(i + 1));
    key_fixture_make(nation, DOMAIN_EXERCISE, &side->maker);
    add_signing_key(side, (uint8_t)(10 * i + 1), fixture_time(-3600.0), fixture_time(1e5));
    session_init(&side->session, id, fixture_nation(partner), &key);
    publish(side);
}

static void start(struct world *w, int i, uint64_t counter)
{
    struct side *side = &w->side[i];
    struct side *other = &w->side[1 - i];
    struct keys_boot boot;
    struct key_trust trust;
    key_trust_pin(other->keys.list.nation, DOMAIN_EXERCISE, other->maker.root, &trust);
    if (other->without_lists) {
        const struct bytes by_hand = {other->keys.signed_list, other->keys.signed_size};
        assert_int_equal(key_trust_offer(&trust, by_hand), REFUSED_NONE);
    }
    keys_boot_make(&side->keys, other->keys.list.nation, counter, &boot);
    seal_init(&side->seal, &side->keys, &trust, &boot);
    assert_int_equal(session_boot(&side->session, &boot.open, w->now), OK);
}

static struct world *world_open(const struct link_faults *faults, bool older)
{
    struct world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    assert_int_equal(keys_start(), OK);
    w->now = fixture_time(0.0);
    random_init(&w->random, 1, 3);
    assert_int_equal(link_memory_open(2, 1, &w->link), OK);
    assert_int_equal(link_memory_set(w->link, 0, 1, faults), OK);
    assert_int_equal(link_memory_set(w->link, 1, 0, faults), OK);
    w->side[0].without_lists = older;
    open_side(w, 0, "KOR", "JPN");
    open_side(w, 1, "JPN", "KOR");
    start(w, 0, 1);
    start(w, 1, 1);
    return w;
}

static void world_close(struct world *w)
{
    link_memory_close(w->link);
    free(w);
}

static void take_in(struct world *w)
{
    struct link_delivery d;
    while (link_memory_next(w->link, w->now, &d)) {
        struct side *side = &w->side[d.to];
        struct seal_opened opened;
        seal_open(&side->seal, d.data, w->now, w->plain, sizeof w->plain, &opened);
        if (opened.refusal != REFUSED_NONE) {
            session_refused(&side->session, opened.refusal, w->now);
            continue;
        }
        const struct key_trust *trust = &side->seal.partner;
        if (trust->list.number != side->session.partner_keys.number) {
            side->lists_taken++;
            session_take_partner_keys(&side->session, trust->list.number,
                                      (struct bytes){trust->signed_list, trust->signed_size});
        }
        side->position++;
        session_receive(&side->session, opened.plain, side->position, w->now, &w->delivery);
        side->delivered += w->delivery.count;
        session_committed(&side->session, side->position, w->now);
    }
}

static void send_out(struct world *w)
{
    for (uint32_t i = 0; i < 2; i++) {
        for (;;) {
            struct byte_writer plain = {.data = w->plain, .capacity = FRAME_BYTES_MAX};
            struct byte_writer sealed = {.data = w->sealed, .capacity = sizeof w->sealed};
            uint8_t signature[KEYS_SIGNATURE_BYTES];
            enum frame_lane lane = LANE_LIVE;
            if (!session_next_frame(&w->side[i].session, w->now, &lane, &plain)) {
                break;
            }
            if (seal_close(&w->side[i].seal, byte_writer_written(&plain), lane, w->now, &sealed,
                           signature) == OK) {
                assert_int_equal(link_memory_send(w->link, i, 1 - i, (uint32_t)lane,
                                                  byte_writer_written(&sealed), w->now),
                                 OK);
            }
        }
    }
}

static void run(struct world *w, double seconds, int records_per_step)
{
    for (int i = 0; i < (int)(10.0 * seconds + 0.5); i++) {
        w->now = instant_plus_s(w->now, 0.1);
        for (int k = 0; k < records_per_step; k++) {
            const struct record record = fixture_track(&w->random, fixture_time(0.0));
            const struct released_record released = fixture_released(&record);
            session_append(&w->side[0].session, &released, w->now);
        }
        take_in(w);
        send_out(w);
    }
}

static uint64_t refused(const struct world *w, int i, enum session_refusal why)
{
    return w->side[i].session.counters.refused[why];
}

/* A new key from 60 s on, the old one until 200 s; the list is there long before. */
static void rotate(struct world *w)
{
    struct side *side = &w->side[0];
    side->maker.list.number++;
    side->maker.list.keys[0].until = instant_plus_s(w->now, 200.0);
    add_signing_key(side, 2, instant_plus_s(w->now, 60.0), instant_plus_s(w->now, 1e5));
    publish(side);
}

static void test_rotation_interrupts_nothing(void **state)
{
    (void)state;
    struct world *w = world_open(&(struct link_faults){.delay_s = 0.3}, false);
    run(w, 10.0, 1);
    assert_int_equal(w->side[1].lists_taken, 1);
    rotate(w);
    run(w, 250.0, 1);
    run(w, 10.0, 0);
    assert_int_equal(w->side[1].lists_taken, 2);
    assert_int_equal(w->side[1].seal.which, 1); /* the new key verified last */
    assert_int_equal(w->side[0].session.keys_confirmed, 2);
    assert_int_equal(w->side[1].delivered, 2600);
    assert_int_equal(w->side[0].session.counters.acknowledged, 2600);
    /* Nothing was even sent twice for it, but for what the live lane repeats. */
    assert_int_equal(refused(w, 1, REFUSED_SIGNATURE), 0);
    assert_int_equal(refused(w, 1, REFUSED_KEYS), 0);
    assert_int_equal(w->side[1].session.counters.gone, 0);
    world_close(w);
}

static void test_rotation_over_a_link_that_loses_half(void **state)
{
    (void)state;
    struct world *w =
        world_open(&(struct link_faults){.delay_s = 0.3, .loss_probability = 0.5}, false);
    run(w, 10.0, 1);
    rotate(w);
    run(w, 50.0, 1);
    assert_int_equal(w->side[0].session.keys_confirmed, 2);
    run(w, 100.0, 1);
    run(w, 250.0, 0);
    assert_int_equal(w->side[1].delivered, 1600);
    assert_int_equal(refused(w, 1, REFUSED_SIGNATURE), 0);
    world_close(w);
}

/* Somebody has the old key: from the first frame after the list it is worth nothing. */
static void test_revocation_at_the_next_frame(void **state)
{
    (void)state;
    struct world *w = world_open(&(struct link_faults){.delay_s = 0.1}, false);
    run(w, 5.0, 1);
    struct side *side = &w->side[0];
    struct keys *thief = malloc(sizeof *thief);
    assert_non_null(thief);
    *thief = side->keys;
    side->maker.list.number++;
    side->maker.list.keys[0].revoked = w->now;
    add_signing_key(side, 2, instant_plus_s(w->now, -60.0), instant_plus_s(w->now, 1e5));
    publish(side);
    run(w, 5.0, 1);
    run(w, 10.0, 0);
    assert_int_equal(w->side[1].lists_taken, 2);
    assert_int_equal(w->side[1].delivered, 100);
    /* Frames on the way when the list came were signed by the old key, and come again. */
    const uint64_t before = refused(w, 1, REFUSED_SIGNATURE);
    side->seal.self = thief;
    run(w, 3.0, 1);
    assert_true(refused(w, 1, REFUSED_SIGNATURE) > before + 3);
    assert_int_equal(w->side[1].delivered, 100);
    /* A new process of his with the old list: older than the one in force. */
    side->keys = *thief;
    session_take_keys(&side->session, 1, (struct bytes){thief->signed_list, thief->signed_size});
    start(w, 0, 2);
    side->seal.self = thief;
    run(w, 3.0, 0);
    assert_true(refused(w, 1, REFUSED_KEYS) >= 2);
    assert_false(session_is_up(&w->side[1].session, w->now));
    free(thief);
    world_close(w);
}

/* A thief cannot sign a list, but he can carry one: what he says beside it counts for nothing, and
 * leaves nothing behind. */
static void test_a_refused_hello_brings_no_list(void **state)
{
    (void)state;
    struct world *w = world_open(&(struct link_faults){.delay_s = 0.1}, false);
    run(w, 5.0, 0);
    struct side *side = &w->side[0];
    struct keys *thief = malloc(sizeof *thief);
    assert_non_null(thief);
    *thief = side->keys;
    thief->secrets[0].secret[3] ^= 1;
    side->maker.list.number++;
    publish(side);
    side->seal.self = thief;
    const uint64_t before = refused(w, 1, REFUSED_SIGNATURE);
    run(w, 3.0, 0);
    assert_true(refused(w, 1, REFUSED_SIGNATURE) > before);
    assert_int_equal(w->side[1].seal.partner.list.number, 1);
    side->seal.self = &side->keys;
    run(w, 3.0, 0);
    assert_int_equal(w->side[1].seal.partner.list.number, 2);
    free(thief);
    world_close(w);
}

/* The node's own time ends a key, on both sides. */
static void test_expiry(void **state)
{
    (void)state;
    struct world *w = world_open(&(struct link_faults){.delay_s = 0.1}, false);
    struct side *side = &w->side[0];
    struct key_list longer = side->keys.list;
    side->maker.list.number++;
    side->maker.list.keys[0].until = fixture_time(20.0);
    publish(side);
    run(w, 15.0, 1);
    run(w, 4.0, 0);
    assert_int_equal(w->side[1].delivered, 150);
    run(w, 5.0, 1);
    assert_int_equal(w->side[1].delivered, 150 + 8); /* on the way for 0.1 s, steps of 0.1 s */
    uint8_t signature[KEYS_SIGNATURE_BYTES];
    const struct bytes message = {(const uint8_t *)"x", 1};
    assert_int_equal(keys_sign(&side->keys, KEY_SIGNING, w->now, message, signature), ERR_STATE);
    assert_null(keys_signer(&side->keys, KEY_SIGNING, w->now));
    assert_false(instant_is_set(keys_last(&side->keys, KEY_SIGNING, w->now)));
    /* Whoever signs with it all the same is refused. */
    side->keys.list = longer;
    const uint64_t before = refused(w, 1, REFUSED_SIGNATURE);
    run(w, 2.0, 1);
    assert_true(refused(w, 1, REFUSED_SIGNATURE) > before);
    world_close(w);
}

static void test_two_lists_of_one_number(void **state)
{
    (void)state;
    struct world *w = world_open(&(struct link_faults){.delay_s = 0.1}, false);
    run(w, 5.0, 0);
    struct side *side = &w->side[0];
    add_signing_key(side, 2, instant_plus_s(w->now, -60.0), instant_plus_s(w->now, 1e5));
    publish(side);
    run(w, 3.0, 0);
    assert_true(refused(w, 1, REFUSED_EQUIVOCATION) >= 1);
    assert_true(w->side[1].session.counters.histories >= 1);
    assert_int_equal(w->side[1].lists_taken, 1);
    assert_int_equal(w->side[1].seal.partner.list.count, 1);
    world_close(w);
}

/* A partner of an earlier version says nothing of key lists: the list given by hand is used. */
static void test_partner_without_lists(void **state)
{
    (void)state;
    struct world *w = world_open(&(struct link_faults){.delay_s = 0.1}, true);
    run(w, 10.0, 1);
    run(w, 10.0, 0);
    assert_int_equal(w->side[1].delivered, 100);
    assert_int_equal(w->side[1].lists_taken, 1);
    assert_int_equal(w->side[0].session.counters.acknowledged, 100);
    /* Without that list nothing of him verifies. */
    key_trust_pin(w->side[0].keys.list.nation, DOMAIN_EXERCISE, w->side[0].maker.root,
                  &w->side[1].seal.partner);
    run(w, 3.0, 1);
    assert_int_equal(w->side[1].delivered, 100);
    assert_true(refused(w, 1, REFUSED_SIGNATURE) > 3);
    world_close(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rotation_interrupts_nothing),
        cmocka_unit_test(test_rotation_over_a_link_that_loses_half),
        cmocka_unit_test(test_revocation_at_the_next_frame),
        cmocka_unit_test(test_a_refused_hello_brings_no_list),
        cmocka_unit_test(test_expiry),
        cmocka_unit_test(test_two_lists_of_one_number),
        cmocka_unit_test(test_partner_without_lists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
