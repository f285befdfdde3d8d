/* Sessions over restarts: what was not on the disk, what was forgotten, restored or cloned, what
 * another version says, and two histories of one ledger. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fixture.h"
#include "session_world.h"

/* Acknowledged means durable: without a commit there is no acknowledgement. */
static void test_acknowledges_only_what_is_committed(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, 6, &(struct link_faults){.delay_s = 0.05});
    w.commit_every = 1000000;
    world_append(&w, fixture_time(0.0));
    world_run(&w, 30.0);
    assert_int_equal(w.side[1].delivered, 1);
    assert_int_equal(w.side[0].session->counters.acknowledged, 0);
    /* The first hello is durable, the record that came after it is not. */
    session_committed(w.side[1].session, 1, w.now);
    world_run(&w, 3.0);
    assert_int_equal(w.side[0].session->counters.acknowledged, 0);
    session_committed(w.side[1].session, w.side[1].position, w.now);
    world_run(&w, 3.0);
    assert_int_equal(w.side[0].session->counters.acknowledged, 1);
    world_close(&w);
}

/* The receiver loses its last inputs with the power and is restored from what was durable; the
 * sender starts again too. Whatever was acknowledged was durable, so nothing is lost. */
static void test_restart_of_both_sides(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        struct world w;
        world_open(&w, seed,
                   &(struct link_faults){.delay_s = 0.1, .jitter_s = 0.2, .loss_probability = 0.2});
        struct session *saved = malloc(sizeof *saved);
        uint8_t *seen = malloc(RECORDS_MAX);
        assert_non_null(saved);
        assert_non_null(seen);
        world_run(&w, 5.0);
        for (int i = 0; i < 30; i++) {
            world_append(&w, fixture_time(0.0));
            world_step(&w);
        }
        /* What is durable at the receiver: the session as replay would make it. */
        session_committed(w.side[1].session, w.side[1].position, w.now);
        memcpy(saved, w.side[1].session, sizeof *saved);
        memcpy(seen, w.side[1].seen, RECORDS_MAX);
        const uint64_t delivered = w.side[1].delivered;
        w.commit_every = 1000000;
        for (int i = 0; i < 30; i++) {
            world_append(&w, fixture_time(0.0));
            world_step(&w);
        }
        memcpy(w.side[1].session, saved, sizeof *saved);
        memcpy(w.side[1].seen, seen, RECORDS_MAX);
        w.side[1].delivered = delivered;
        w.commit_every = 3;
        for (int i = 0; i < 2; i++) {
            const struct session_boot boot = world_boot(2, (uint8_t)(i + 11));
            assert_int_equal(session_boot(w.side[i].session, &boot, w.now), OK);
        }
        world_run(&w, 120.0);
        world_assert_all_once(&w);
        assert_int_equal(w.side[0].session->counters.rebases, 0);
        free(saved);
        free(seen);
        world_close(&w);
    }
}

/* The sender lost its ledger: the partner remembers more. A new ledger begins behind it, and the
 * alarm is counted. */
static void test_sender_that_forgot(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, 8, &(struct link_faults){.delay_s = 0.1});
    for (int i = 0; i < 30; i++) {
        world_append(&w, fixture_time(0.0));
        world_step(&w);
    }
    world_run(&w, 10.0);
    world_assert_all_once(&w);
    const struct digest_key key = fixture_key(1);
    session_init(w.side[0].session, fixture_nation("KOR"), fixture_nation("JPN"), &key);
    const struct session_boot boot = world_boot(2, 21);
    assert_int_equal(session_boot(w.side[0].session, &boot, w.now), OK);
    world_run(&w, 5.0);
    assert_int_equal(w.side[0].session->counters.rebases, 1);
    for (int i = 0; i < 30; i++) {
        world_append(&w, fixture_time(0.0));
        world_step(&w);
    }
    world_run(&w, 20.0);
    assert_int_equal(w.appended, 60);
    for (uint64_t n = 1; n <= 60; n++) {
        assert_int_equal(w.side[1].seen[n], 1);
    }
    assert_int_equal(w.side[1].session->counters.histories, 0);
    world_close(&w);
}

/* A node that is restored from an old copy of its memory: the partner has heard a later start than
 * the copy can know of. It is told, starts above that one, and nothing is lost or taken twice. */
static void test_restored_from_an_old_copy(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, 11, &(struct link_faults){.delay_s = 0.1});
    struct session *session = w.side[0].session;
    struct session *copy = malloc(sizeof *copy);
    assert_non_null(copy);
    for (int i = 0; i < 20; i++) {
        world_append(&w, fixture_time(0.0));
        world_step(&w);
    }
    world_run(&w, 5.0);
    *copy = *session;
    struct session_boot boot = world_boot(2, 31);
    assert_int_equal(session_boot(session, &boot, w.now), OK);
    for (int i = 0; i < 20; i++) {
        world_append(&w, fixture_time(0.0));
        world_step(&w);
    }
    world_run(&w, 10.0);
    world_assert_all_once(&w);

    /* The disk breaks, the copy comes back: it counts starts from one. */
    *session = *copy;
    boot = world_boot(2, 32);
    assert_int_equal(session_boot(session, &boot, w.now), OK);
    world_run(&w, 3.0);
    assert_int_equal(session->superseded.counter, 2);
    assert_false(session->usurped);
    assert_false(session_is_up(session, w.now));
    assert_true(session->counters.refused[REFUSED_SUPERSEDED] > 0);
    boot = world_boot(session->superseded.counter + 1, 33);
    assert_int_equal(session_boot(session, &boot, w.now), OK);
    world_run(&w, 5.0);
    assert_true(session_is_up(session, w.now));
    assert_int_equal(session->counters.rebases, 1);
    for (int i = 0; i < 20; i++) {
        world_append(&w, fixture_time(0.0));
        world_step(&w);
    }
    world_run(&w, 10.0);
    assert_int_equal(w.appended, 60);
    for (uint64_t n = 1; n <= 60; n++) {
        assert_int_equal(w.side[1].seen[n], 1);
    }
    free(copy);
    world_close(&w);
}

/* KOR is restored from `copy` while JPN cannot be heard, releases `count` records more, and then
 * they hear each other. */
static void restore_and_go_on(struct world *w, const struct session *copy, int count)
{
    const struct link_faults cut = {.cut = true};
    const struct link_faults whole = {.delay_s = 0.1};
    const struct session_boot boot = world_boot(2, 51);
    assert_int_equal(link_memory_set(w->link, 1, 0, &cut), OK);
    *w->side[0].session = *copy;
    assert_int_equal(session_boot(w->side[0].session, &boot, w->now), OK);
    for (int i = 0; i < count; i++) {
        world_append(w, fixture_time(0.0));
        world_step(w);
    }
    assert_int_equal(link_memory_set(w->link, 1, 0, &whole), OK);
    world_run(w, 30.0);
}

/* The hello that announces a ledger begun anew is lost: it comes again, until the partner shows
 * that it knows. Nothing else would ever bring it, since each has heard the other. */
static void test_a_new_ledger_is_announced_until_it_is_known(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, 19, &(struct link_faults){.delay_s = 0.1});
    struct session *session = w.side[0].session;
    struct session *copy = malloc(sizeof *copy);
    assert_non_null(copy);
    for (int i = 0; i < 20; i++) {
        if (i == 10) {
            world_run(&w, 5.0);
            *copy = *session;
        }
        world_append(&w, fixture_time(0.0));
        world_step(&w);
    }
    world_run(&w, 5.0);
    *session = *copy;
    const struct session_boot boot = world_boot(2, 71);
    assert_int_equal(session_boot(session, &boot, w.now), OK);
    for (int i = 0; i < 50 && session->counters.rebases == 0; i++) {
        world_take_in(&w, w.now);
        if (session->counters.rebases == 0) {
            world_step(&w);
        }
    }
    assert_int_equal(session->counters.rebases, 1);
    assert_int_equal(link_memory_set(w.link, 0, 1, &(struct link_faults){.cut = true}), OK);
    world_run(&w, 2.0);
    assert_int_equal(link_memory_set(w.link, 0, 1, &(struct link_faults){.delay_s = 0.1}), OK);
    const uint64_t before = w.side[1].delivered;
    world_append(&w, fixture_time(0.0));
    world_run(&w, 5.0);
    assert_int_equal(w.side[1].delivered, before + 1);
    assert_true(session_is_up(w.side[1].session, w.now));
    const uint64_t hellos = session->hello_number;
    world_run(&w, 10.0);
    assert_int_equal(session->hello_number, hellos); /* and then no more */
    free(copy);
    world_close(&w);
}

/* What is released after a disk has forgotten, and before the partner is heard, is of no ledger
 * that the partner knows: it comes all the same, be it less or more than what was forgotten. A
 * warning's end may be among it, and nothing else would bring that. */
static void test_what_is_released_before_the_new_ledger_is_in_it(void **state)
{
    (void)state;
    static const int COUNTS[] = {5, 20, 35};
    for (size_t i = 0; i < sizeof COUNTS / sizeof COUNTS[0]; i++) {
        struct world w;
        world_open(&w, 16, &(struct link_faults){.delay_s = 0.1});
        struct session *copy = malloc(sizeof *copy);
        assert_non_null(copy);
        for (int k = 0; k < 40; k++) {
            if (k == 20) {
                world_run(&w, 5.0);
                *copy = *w.side[0].session;
            }
            world_append(&w, fixture_time(0.0));
            world_step(&w);
        }
        world_run(&w, 5.0);
        world_assert_all_once(&w);
        restore_and_go_on(&w, copy, COUNTS[i]);
        assert_int_equal(w.side[0].session->counters.rebases, 1);
        assert_int_equal(w.side[1].delivered, 40 + COUNTS[i]);
        assert_int_equal(w.side[0].session->ledger.acknowledged, 40 + COUNTS[i]);
        assert_int_equal(session_missing(w.side[1].session), 0);
        free(copy);
        world_close(&w);
    }
}

/* The partner has some of what was forgotten, behind a hole: what it has without a hole is no more
 * than what its owner still knows. */
static void test_what_was_forgotten_lies_behind_a_hole(void **state)
{
    (void)state;
    static const int COUNTS[] = {0, 2, 3, 5, 20};
    for (size_t i = 0; i < sizeof COUNTS / sizeof COUNTS[0]; i++) {
        struct world w;
        world_open(&w, 17, &(struct link_faults){.delay_s = 0.1});
        struct session *copy = malloc(sizeof *copy);
        assert_non_null(copy);
        for (int k = 0; k < 30; k++) {
            const struct link_faults faults = {.delay_s = 0.1, .cut = k >= 20 && k < 25};
            if (k == 20) {
                world_run(&w, 5.0);
                *copy = *w.side[0].session;
            }
            assert_int_equal(link_memory_set(w.link, 0, 1, &faults), OK);
            world_append(&w, fixture_time(0.0));
            world_step(&w);
        }
        world_run(&w, 0.2); /* what is on the way */
        assert_true(w.side[1].session->here.count > 0);
        const uint64_t before = w.side[1].delivered;
        restore_and_go_on(&w, copy, COUNTS[i]);
        for (int k = 0; k < 10; k++) {
            world_append(&w, fixture_time(0.0));
        }
        world_run(&w, 5.0);
        assert_int_equal(w.side[1].delivered, before + (uint64_t)COUNTS[i] + 10);
        assert_int_equal(session_missing(w.side[1].session), 0);
        assert_int_equal(w.side[0].session->ledger.acknowledged, w.side[0].session->ledger.last);
        assert_int_equal(w.side[0].session->counters.rebases, 0);
        assert_true(w.side[1].session->proof.found);
        free(copy);
        world_close(&w);
    }
}

/* KOR has begun a ledger anew, and JPN has acknowledged what is in it; then JPN's disk forgets all
 * of it. What it has forgotten comes again. */
static void test_a_partner_that_forgot_a_whole_ledger(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, 18, &(struct link_faults){.delay_s = 0.1});
    struct session *copies[2] = {malloc(sizeof *copies[0]), malloc(sizeof *copies[1])};
    assert_non_null(copies[0]);
    assert_non_null(copies[1]);
    for (int i = 0; i < 20; i++) {
        if (i == 10) {
            world_run(&w, 5.0);
            *copies[0] = *w.side[0].session;
        }
        if (i == 15) { /* before the place from where the new ledger goes on */
            world_run(&w, 5.0);
            *copies[1] = *w.side[1].session;
        }
        world_append(&w, fixture_time(0.0));
        world_step(&w);
    }
    world_run(&w, 5.0);
    restore_and_go_on(&w, copies[0], 8);
    assert_int_equal(w.side[0].session->counters.rebases, 1);
    assert_int_equal(w.side[0].session->counters.acknowledged, 10 + 8);
    const uint64_t position = w.side[1].position;
    *w.side[1].session = *copies[1];
    w.side[1].position = position;
    w.side[1].delivered = 0;
    for (int i = 0; i < 2; i++) { /* only a start of both begins a ledger anew */
        const struct session_boot boot = world_boot(3, (uint8_t)(61 + i));
        assert_int_equal(session_boot(w.side[i].session, &boot, w.now), OK);
    }
    world_run(&w, 30.0);
    assert_int_equal(w.side[1].delivered, 8);
    assert_int_equal(w.side[0].session->counters.acknowledged, 10 + 8);
    assert_int_equal(session_missing(w.side[1].session), 0);
    for (int i = 0; i < 2; i++) {
        free(copies[i]);
    }
    world_close(&w);
}

/* Two nodes with one nation's memory and keys: the one that was there falls silent when the partner
 * has heard the other, and stays so. */
static void test_cloned(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, 12, &(struct link_faults){.delay_s = 0.1});
    struct session *session = w.side[0].session;
    struct session *first = malloc(sizeof *first);
    assert_non_null(first);
    world_append(&w, fixture_time(0.0));
    world_run(&w, 5.0);
    *first = *session;
    struct session_boot boot = world_boot(2, 41);
    assert_int_equal(session_boot(session, &boot, w.now), OK);
    world_run(&w, 5.0);
    assert_true(session_is_up(session, w.now));

    w.side[0].session = first;
    w.side[1].session->hello_due = true;
    world_run(&w, 5.0);
    assert_true(first->usurped);
    const uint64_t sent = first->counters.sent_frames;
    world_append(&w, fixture_time(0.0));
    world_run(&w, 5.0);
    assert_int_equal(first->counters.sent_frames, sent);
    assert_true(instant_is_set(session_next_time(first, w.now)) &&
                !instant_before(session_next_time(first, w.now), INSTANT_LAST));
    w.side[0].session = session;
    free(first);
    world_close(&w);
}

/* A partner of the version before: spoken to in it. One of a version to come: in ours. */
static void test_versions(void **state)
{
    (void)state;
    static const struct {
        uint32_t min;
        uint32_t max;
        uint32_t spoken;
    } CASES[] = {{1, 1, 1}, {1, 2, 2}, {2, 7, 2}, {3, 7, 0}};
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct world w;
        world_open(&w, 13, &(struct link_faults){0});
        struct session *session = w.side[0].session;
        static const uint8_t list[] = {1, 2, 3};
        session_take_keys(session, 1, (struct bytes){list, sizeof list});
        struct frame frame = {.type = FRAME_HELLO};
        frame.hello = (struct frame_hello){.schema_min = CASES[i].min,
                                           .schema_max = CASES[i].max,
                                           .time = w.now,
                                           .boot = world_boot(1, 2).epoch,
                                           .number = 1,
                                           .heard = session->boot.epoch};
        memset(frame.hello.ephemeral_public, 2, sizeof frame.hello.ephemeral_public);
        struct byte_writer out = {.data = w.buffer, .capacity = FRAME_BYTES_MAX};
        assert_int_equal(frame_encode(&frame, &out), OK);
        session_receive(session, byte_writer_written(&out), 1, w.now, w.delivery);
        assert_int_equal(w.delivery->refusal,
                         CASES[i].spoken == 0 ? REFUSED_VERSION : REFUSED_NONE);
        assert_int_equal(session->schema, CASES[i].spoken);
        out.size = 0;
        enum frame_lane lane = LANE_LIVE;
        assert_true(session_next_frame(session, w.now, &lane, &out));
        assert_int_equal(frame_decode(byte_writer_written(&out), &frame), OK);
        assert_int_equal(frame.type, FRAME_HELLO);
        assert_int_equal(frame.hello.key_list.size, CASES[i].spoken == 1 ? 0 : sizeof list);
        world_close(&w);
    }
}

/* A partner that says two different things about one sequence number is found out. */
static void test_two_histories_are_kept_as_proof(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, 9, &(struct link_faults){.delay_s = 0.0});
    world_run(&w, 5.0);
    world_append(&w, fixture_time(0.0));
    world_run(&w, 5.0);
    world_append(&w, fixture_time(0.0));
    w.side[0].session->ledger.entries[1].head.bytes[0] ^= 1;
    world_run(&w, 5.0);
    assert_true(w.side[1].session->counters.histories > 0);
    assert_true(w.side[1].session->proof.found);
    assert_int_equal(w.side[1].session->proof.sequence, 1);
    assert_int_equal(w.side[1].delivered, 1);
    world_close(&w);
}

/* The same seed gives the same bytes, and the state is plain memory. */
static void test_deterministic(void **state)
{
    (void)state;
    struct session *first = malloc(sizeof *first);
    assert_non_null(first);
    for (int pass = 0; pass < 2; pass++) {
        struct world w;
        world_open(&w, 10,
                   &(struct link_faults){.delay_s = 0.1, .jitter_s = 0.4, .loss_probability = 0.3});
        for (int i = 0; i < 50; i++) {
            world_append(&w, fixture_time(0.0));
            world_step(&w);
        }
        world_run(&w, 10.0);
        if (pass == 0) {
            memcpy(first, w.side[1].session, sizeof *first);
        } else {
            assert_memory_equal(first, w.side[1].session, sizeof *first);
        }
        world_close(&w);
    }
    free(first);
}

/* Nothing is known of the partner after a start, and it has no reason to say a hello: of the hellos
 * that go to it one must be such that a partner of version 1 takes it, and one has the list that a
 * partner of today may need to verify anything. */
static void test_first_hellos(void **state)
{
    (void)state;
    static const uint8_t list[] = {1, 2, 3};
    struct world w;
    world_open(&w, 13, &(struct link_faults){0});
    struct session *session = w.side[0].session;
    session_take_keys(session, 1, (struct bytes){list, sizeof list});
    for (uint32_t number = 1; number <= 4; number++) {
        struct byte_writer out = {.data = w.buffer, .capacity = FRAME_BYTES_MAX};
        enum frame_lane lane = LANE_LIVE;
        struct frame frame;
        assert_true(session_next_frame(session, w.now, &lane, &out));
        assert_int_equal(frame_decode(byte_writer_written(&out), &frame), OK);
        assert_int_equal(frame.hello.number, number);
        assert_int_equal(frame.hello.key_list.size, number % 2 == 1 ? sizeof list : 0);
        w.now = instant_plus(w.now, (struct duration){SESSION_HELLO_NS});
    }
    world_close(&w);
}

/* Set to speak an earlier version, a session says so in its hellos and brings no list: the two
 * speak what both know. */
static void test_an_earlier_version(void **state)
{
    (void)state;
    static const uint8_t list[] = {1, 2, 3};
    struct session *session = calloc(1, sizeof *session);
    const struct digest_key key = fixture_key(1);
    const struct session_boot boot = world_boot(1, 20);
    uint8_t bytes[FRAME_BYTES_MAX];
    assert_non_null(session);
    session_init(session, fixture_nation("KOR"), fixture_nation("JPN"), &key);
    session_speak(session, 1);
    assert_int_equal(session_boot(session, &boot, fixture_time(0.0)), OK);
    session_take_keys(session, 1, (struct bytes){list, sizeof list});
    struct byte_writer out = {.data = bytes, .capacity = sizeof bytes};
    enum frame_lane lane = LANE_LIVE;
    struct frame frame;
    assert_true(session_next_frame(session, fixture_time(0.0), &lane, &out));
    assert_int_equal(frame_decode(byte_writer_written(&out), &frame), OK);
    assert_int_equal(frame.hello.schema_max, 1);
    assert_false(frame_hello_has_list(&frame.hello));
    struct world w;
    world_open(&w, 14, &(struct link_faults){.delay_s = 0.05});
    w.side[1].session->newest = 1; /* before it is heard */
    world_append(&w, fixture_time(0.0));
    world_run(&w, 5.0);
    assert_int_equal(w.side[0].session->schema, 1);
    assert_int_equal(w.side[1].session->schema, 1);
    world_assert_all_once(&w);
    world_close(&w);
    free(session);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_acknowledges_only_what_is_committed),
        cmocka_unit_test(test_restart_of_both_sides),
        cmocka_unit_test(test_sender_that_forgot),
        cmocka_unit_test(test_restored_from_an_old_copy),
        cmocka_unit_test(test_a_new_ledger_is_announced_until_it_is_known),
        cmocka_unit_test(test_what_is_released_before_the_new_ledger_is_in_it),
        cmocka_unit_test(test_what_was_forgotten_lies_behind_a_hole),
        cmocka_unit_test(test_a_partner_that_forgot_a_whole_ledger),
        cmocka_unit_test(test_cloned),
        cmocka_unit_test(test_versions),
        cmocka_unit_test(test_first_hellos),
        cmocka_unit_test(test_an_earlier_version),
        cmocka_unit_test(test_two_histories_are_kept_as_proof),
        cmocka_unit_test(test_deterministic),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
