/* The whole way of a record: released, signed, sealed, carried by a link that turns bits over,
 * opened, verified, taken. What was altered is refused and counted; what was not all arrives,
 * once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fixture.h"
#include "link/link_memory.h"
#include "node/keys.h"
#include "node/seal.h"

struct side {
    struct keys keys;
    struct seal seal;
    struct session session;
    uint64_t position;
    uint64_t delivered;
    uint64_t refused_by_seal;
};

struct world {
    struct link_memory *link;
    struct side side[2];
    struct session_delivery delivery;
    uint8_t plain[SEAL_FRAME_BYTES_MAX];
    uint8_t sealed[SEAL_FRAME_BYTES_MAX];
    struct random random;
    struct instant now;
};

static void start(struct world *w, int i, uint64_t counter)
{
    struct side *side = &w->side[i];
    struct keys_boot boot;
    struct key_trust trust;
    keys_boot_make(&side->keys, w->side[1 - i].keys.list.nation, counter, &boot);
    key_trust_fix(&w->side[1 - i].keys.list, &trust);
    seal_init(&side->seal, &side->keys, &trust, &boot);
    assert_int_equal(session_boot(&side->session, &boot.open, w->now), OK);
}

static struct world *world_open(uint64_t seed, const struct link_faults *faults)
{
    struct world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    assert_int_equal(keys_start(), OK);
    w->now = fixture_time(0.0);
    random_init(&w->random, seed, 3);
    assert_int_equal(link_memory_open(2, seed, &w->link), OK);
    assert_int_equal(link_memory_set(w->link, 0, 1, faults), OK);
    assert_int_equal(link_memory_set(w->link, 1, 0, faults), OK);
    keys_derive(seed, fixture_nation("KOR"), &w->side[0].keys);
    keys_derive(seed, fixture_nation("JPN"), &w->side[1].keys);
    for (int i = 0; i < 2; i++) {
        const struct nation_id partner = w->side[1 - i].keys.list.nation;
        const struct digest_key key = keys_for_partner(&w->side[i].keys, partner);
        session_init(&w->side[i].session, w->side[i].keys.list.nation, partner, &key);
        start(w, i, 1);
    }
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
            side->refused_by_seal++;
            session_refused(&side->session, opened.refusal, w->now);
            continue;
        }
        assert_int_equal(seal_verify_stored(&w->side[d.from].keys.list, side->keys.list.nation,
                                            opened.plain, w->now, opened.signature),
                         OK);
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
            assert_int_equal(seal_close(&w->side[i].seal, byte_writer_written(&plain), lane, w->now,
                                        &sealed, signature),
                             OK);
            assert_int_equal(link_memory_send(w->link, i, 1 - i, (uint32_t)lane,
                                              byte_writer_written(&sealed), w->now),
                             OK);
        }
    }
}

static void run(struct world *w, double seconds, int records_per_step)
{
    for (int i = 0; i < (int)(10.0 * seconds); i++) {
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

static uint64_t refused(const struct session *s)
{
    uint64_t sum = 0;
    for (int i = 0; i < SESSION_REFUSAL_COUNT; i++) {
        sum += s->counters.refused[i];
    }
    return sum;
}

static void test_flipped_bits_are_refused_and_counted(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        struct world *w =
            world_open(seed, &(struct link_faults){.delay_s = 0.1, .flip_probability = 0.2});
        run(w, 30.0, 1);
        run(w, 60.0, 0);
        /* What is still on the way arrives before anything is counted. */
        w->now = instant_plus_s(w->now, 1.0);
        take_in(w);
        assert_int_equal(w->side[0].session.counters.appended, 300);
        assert_int_equal(w->side[1].delivered, 300);
        assert_int_equal(w->side[0].session.counters.acknowledged, 300);
        assert_int_equal(w->side[1].session.counters.histories, 0);
        assert_int_equal(w->side[1].session.counters.refused[REFUSED_RECORD], 0);
        for (uint32_t i = 0; i < 2; i++) {
            const uint64_t flipped = link_memory_counters(w->link, 1 - i, i)->flipped;
            assert_true(flipped > 5);
            /* Before the first hello a good frame may be refused for want of a key. */
            assert_in_range(refused(&w->side[i].session), flipped, flipped + 5);
        }
        world_close(w);
    }
}

static void test_repeated_frames_are_refused(void **state)
{
    (void)state;
    struct world *w =
        world_open(1, &(struct link_faults){.delay_s = 0.1, .repeat_probability = 1.0});
    run(w, 10.0, 1);
    run(w, 10.0, 0);
    assert_int_equal(w->side[1].delivered, 100);
    assert_int_equal(w->side[1].session.counters.received, 100);
    assert_true(w->side[1].session.counters.refused[REFUSED_REPLAY] > 90);
    world_close(w);
}

/* Another process start has other keys; frames for the old one are of no use to anybody. */
/* Nothing seals a hello: who carries it can bring it again for ever. That must not cost a
 * verification: a damaged signature is not even looked at. */
static void test_hellos_that_come_again_cost_nothing(void **state)
{
    (void)state;
    static const struct link_faults NONE;
    struct world *w = world_open(5, &NONE);
    static uint8_t plain[FRAME_BYTES_MAX];
    static uint8_t sealed[SEAL_FRAME_BYTES_MAX];
    struct byte_writer p = {.data = plain, .capacity = sizeof plain};
    struct byte_writer out = {.data = sealed, .capacity = sizeof sealed};
    uint8_t signature[KEYS_SIGNATURE_BYTES];
    enum frame_lane lane = LANE_LIVE;
    struct seal_opened opened;
    assert_true(session_next_frame(&w->side[0].session, w->now, &lane, &p));
    assert_int_equal(
        seal_close(&w->side[0].seal, byte_writer_written(&p), lane, w->now, &out, signature), OK);
    const struct bytes hello = byte_writer_written(&out);
    struct seal *seal = &w->side[1].seal;
    seal_open(seal, hello, w->now, w->plain, sizeof w->plain, &opened);
    assert_int_equal(opened.refusal, REFUSED_NONE);
    seal_open(seal, hello, w->now, w->plain, sizeof w->plain, &opened);
    assert_int_equal(opened.refusal, REFUSED_REPLAY);
    sealed[SEAL_HEADER_BYTES + 3] ^= 1;
    seal_open(seal, hello, w->now, w->plain, sizeof w->plain, &opened);
    assert_int_equal(opened.refusal, REFUSED_REPLAY);
    const struct frame_epoch known = seal->hello_boot;
    start(w, 1, 2); /* after a restart the journal knows it */
    seal_open(seal, hello, w->now, w->plain, sizeof w->plain, &opened);
    assert_int_equal(opened.refusal, REFUSED_SIGNATURE);
    seal_know_hello(seal, &known, 1);
    seal_open(seal, hello, w->now, w->plain, sizeof w->plain, &opened);
    assert_int_equal(opened.refusal, REFUSED_REPLAY);
    const struct frame_epoch later = {.counter = known.counter + 1};
    seal_know_hello(seal, &later, 1);
    seal_open(seal, hello, w->now, w->plain, sizeof w->plain, &opened);
    assert_int_equal(opened.refusal, REFUSED_OLD_EPOCH);
    /* Another start with that number is no repetition: two nodes use one key. */
    struct frame_epoch copy = known;
    copy.nonce[0] ^= 1;
    seal_know_hello(seal, &copy, 9);
    sealed[SEAL_HEADER_BYTES + 3] ^= 1;
    seal_open(seal, hello, w->now, w->plain, sizeof w->plain, &opened);
    assert_int_equal(opened.refusal, REFUSED_NONE);
    world_close(w);
}

static void test_restart_of_one_side(void **state)
{
    (void)state;
    struct world *w = world_open(2, &(struct link_faults){.delay_s = 0.1});
    run(w, 10.0, 1);
    start(w, 1, 2);
    run(w, 10.0, 1);
    start(w, 0, 2);
    run(w, 10.0, 1);
    run(w, 20.0, 0);
    assert_int_equal(w->side[1].delivered, 300);
    assert_int_equal(w->side[0].session.counters.acknowledged, 300);
    assert_int_equal(w->side[0].session.counters.rebases, 0);
    world_close(w);
}

/* A nation of another domain, another seed or another name cannot be mistaken for the partner. */
static void test_strangers(void **state)
{
    (void)state;
    struct world *w = world_open(3, &(struct link_faults){0});
    run(w, 5.0, 1);
    struct keys stranger;
    keys_derive(99, fixture_nation("KOR"), &stranger);
    struct keys_boot boot;
    keys_boot_make(&stranger, fixture_nation("JPN"), 9, &boot);
    struct seal seal;
    struct key_trust trust;
    key_trust_fix(&w->side[1].keys.list, &trust);
    seal_init(&seal, &stranger, &trust, &boot);
    struct frame frame = {.type = FRAME_HELLO};
    frame.hello = (struct frame_hello){
        .schema_min = 1, .schema_max = 1, .time = w->now, .boot = boot.open.epoch, .number = 1};
    struct byte_writer plain = {.data = w->plain, .capacity = FRAME_BYTES_MAX};
    assert_int_equal(frame_encode(&frame, &plain), OK);
    uint8_t signature[KEYS_SIGNATURE_BYTES];
    struct byte_writer sealed = {.data = w->sealed, .capacity = sizeof w->sealed};
    assert_int_equal(
        seal_close(&seal, byte_writer_written(&plain), LANE_LIVE, w->now, &sealed, signature), OK);
    uint8_t *buffer = malloc(SEAL_FRAME_BYTES_MAX);
    assert_non_null(buffer);
    struct seal_opened opened;
    seal_open(&w->side[1].seal, byte_writer_written(&sealed), w->now, buffer, SEAL_FRAME_BYTES_MAX,
              &opened);
    assert_int_equal(opened.refusal, REFUSED_SIGNATURE);
    seal_open(&w->side[0].seal, byte_writer_written(&sealed), w->now, buffer, SEAL_FRAME_BYTES_MAX,
              &opened);
    assert_int_equal(opened.refusal, REFUSED_ROUTE);
    /* The same bytes signed by the right key, but in another domain. */
    struct key_list list = stranger.list;
    const struct bytes hello = byte_writer_written(&plain);
    const struct nation_id jpn = fixture_nation("JPN");
    assert_int_equal(seal_verify_stored(&list, jpn, hello, w->now, signature), OK);
    for (int domain = DOMAIN_LIVE; domain <= DOMAIN_TEST; domain++) {
        list.domain = (enum domain)domain;
        assert_int_equal(seal_verify_stored(&list, jpn, hello, w->now, signature),
                         domain == DOMAIN_EXERCISE ? OK : ERR_SIGNATURE);
    }
    free(buffer);
    world_close(w);
}

/* A hello of KOR's, closed by its exercise node, at a node of JPN in that domain that is given the
 * same keys for KOR, whatever the two domains: what came of it, with the header as it was or saying
 * that domain. */
static enum session_refusal open_in(struct world *w, enum domain domain, bool in_header)
{
    struct frame frame = {.type = FRAME_HELLO};
    frame.hello = (struct frame_hello){.schema_min = 1,
                                       .schema_max = 1,
                                       .time = w->now,
                                       .boot = w->side[0].session.boot.epoch,
                                       .number = 9};
    memcpy(frame.hello.ephemeral_public, w->side[0].session.boot.ephemeral_public, 32);
    struct byte_writer plain = {.data = w->plain, .capacity = FRAME_BYTES_MAX};
    struct byte_writer sealed = {.data = w->sealed, .capacity = sizeof w->sealed};
    uint8_t signature[KEYS_SIGNATURE_BYTES];
    assert_int_equal(frame_encode(&frame, &plain), OK);
    assert_int_equal(seal_close(&w->side[0].seal, byte_writer_written(&plain), LANE_LIVE, w->now,
                                &sealed, signature),
                     OK);
    if (in_header) {
        w->sealed[3] = (uint8_t)domain;
    }
    struct keys jpn = w->side[1].keys;
    struct key_list kor = w->side[0].keys.list;
    jpn.list.domain = domain;
    kor.domain = domain;
    struct key_trust trust;
    struct keys_boot boot;
    struct seal seal;
    struct seal_opened opened;
    key_trust_fix(&kor, &trust);
    keys_boot_make(&jpn, kor.nation, 7, &boot);
    seal_init(&seal, &jpn, &trust, &boot);
    seal_open(&seal, byte_writer_written(&sealed), w->now, w->plain, sizeof w->plain, &opened);
    return opened.refusal;
}

static void test_an_exercise_never_looks_live(void **state)
{
    (void)state;
    struct world *w = world_open(5, &(struct link_faults){0});
    run(w, 3.0, 1);
    assert_int_equal(open_in(w, DOMAIN_EXERCISE, false), REFUSED_NONE);
    assert_int_equal(open_in(w, DOMAIN_LIVE, false), REFUSED_ROUTE);
    assert_int_equal(open_in(w, DOMAIN_LIVE, true), REFUSED_SIGNATURE);
    assert_int_equal(open_in(w, DOMAIN_TEST, false), REFUSED_ROUTE);
    assert_int_equal(open_in(w, DOMAIN_TEST, true), REFUSED_SIGNATURE);
    world_close(w);
}

/* Whatever single bit is turned over, and wherever the frame is cut, it is refused. */
static void alter_every_bit(struct world *w, const struct frame *frame)
{
    struct byte_writer plain = {.data = w->plain, .capacity = FRAME_BYTES_MAX};
    assert_int_equal(frame_encode(frame, &plain), OK);
    uint8_t signature[KEYS_SIGNATURE_BYTES];
    struct byte_writer sealed = {.data = w->sealed, .capacity = sizeof w->sealed};
    assert_int_equal(seal_close(&w->side[0].seal, byte_writer_written(&plain), LANE_LIVE, w->now,
                                &sealed, signature),
                     OK);
    uint8_t *buffer = malloc(SEAL_FRAME_BYTES_MAX);
    assert_non_null(buffer);
    struct seal_opened opened;
    for (size_t bit = 0; bit < 8 * sealed.size; bit++) {
        w->sealed[bit / 8] ^= (uint8_t)(1u << bit % 8);
        seal_open(&w->side[1].seal, byte_writer_written(&sealed), w->now, buffer,
                  SEAL_FRAME_BYTES_MAX, &opened);
        assert_int_not_equal(opened.refusal, REFUSED_NONE);
        w->sealed[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (size_t size = 0; size < sealed.size; size++) {
        seal_open(&w->side[1].seal, (struct bytes){w->sealed, size}, w->now, buffer,
                  SEAL_FRAME_BYTES_MAX, &opened);
        assert_int_not_equal(opened.refusal, REFUSED_NONE);
    }
    seal_open(&w->side[1].seal, byte_writer_written(&sealed), w->now, buffer, SEAL_FRAME_BYTES_MAX,
              &opened);
    assert_int_equal(opened.refusal, REFUSED_NONE);
    if (frame->type != FRAME_HELLO) {
        seal_open(&w->side[1].seal, byte_writer_written(&sealed), w->now, buffer,
                  SEAL_FRAME_BYTES_MAX, &opened);
        assert_int_equal(opened.refusal, REFUSED_REPLAY);
    }
    free(buffer);
}

static void test_every_single_bit(void **state)
{
    (void)state;
    struct world *w = world_open(4, &(struct link_faults){0});
    run(w, 3.0, 1);
    const struct session_boot *boot = &w->side[0].session.boot;
    struct frame frame = {.type = FRAME_HEARTBEAT};
    frame.heartbeat = (struct frame_heartbeat){.time = w->now, .boot = boot->epoch};
    alter_every_bit(w, &frame);
    frame.type = FRAME_HELLO;
    frame.hello = (struct frame_hello){
        .schema_min = 1, .schema_max = 1, .time = w->now, .boot = boot->epoch, .number = 9};
    memcpy(frame.hello.ephemeral_public, boot->ephemeral_public, 32);
    alter_every_bit(w, &frame);
    world_close(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flipped_bits_are_refused_and_counted),
        cmocka_unit_test(test_repeated_frames_are_refused),
        cmocka_unit_test(test_hellos_that_come_again_cost_nothing),
        cmocka_unit_test(test_restart_of_one_side),
        cmocka_unit_test(test_strangers),
        cmocka_unit_test(test_an_exercise_never_looks_live),
        cmocka_unit_test(test_every_single_bit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
