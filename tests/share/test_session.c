/* Two sessions over a carrier that delays, reorders, loses and repeats: in the end everything is on
 * the other side, once. Property tests over many seeds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fixture.h"
#include "link/link_memory.h"
#include "share/codec.h"
#include "share/session.h"

#define RECORDS_MAX (LEDGER_ENTRIES_MAX + 1000)

/* One nation's side, with a journal that commits some time after the input. */
struct side {
    struct session *session;
    uint64_t position;
    uint8_t *seen; /* how often each sequence was delivered, since the last crash not rolled back */
    uint64_t delivered;
    uint64_t newest;
};

struct world {
    struct link_memory *link;
    struct side side[2];
    struct session_delivery *delivery;
    uint8_t *buffer;
    struct random random;
    struct instant now;
    uint64_t appended;
    int commit_every; /* steps */
    int step;
};

static struct session_boot boot_of(uint64_t counter, uint8_t fill)
{
    struct session_boot boot = {.epoch = {.counter = counter}};
    memset(boot.epoch.nonce, fill, sizeof boot.epoch.nonce);
    memset(boot.ephemeral_public, fill, sizeof boot.ephemeral_public);
    return boot;
}

static void world_open(struct world *w, uint64_t seed, const struct link_faults *faults)
{
    memset(w, 0, sizeof *w);
    w->now = fixture_time(0.0);
    w->commit_every = 3;
    random_init(&w->random, seed, 9);
    assert_int_equal(link_memory_open(2, seed, &w->link), OK);
    assert_int_equal(link_memory_set(w->link, 0, 1, faults), OK);
    assert_int_equal(link_memory_set(w->link, 1, 0, faults), OK);
    w->delivery = malloc(sizeof *w->delivery);
    w->buffer = malloc(FRAME_BYTES_MAX);
    assert_non_null(w->delivery);
    assert_non_null(w->buffer);
    const char *const names[] = {"KOR", "JPN"};
    for (int i = 0; i < 2; i++) {
        struct side *side = &w->side[i];
        side->session = malloc(sizeof *side->session);
        side->seen = calloc(RECORDS_MAX, 1);
        assert_non_null(side->session);
        assert_non_null(side->seen);
        const struct digest_key key = fixture_key((uint8_t)(i + 1));
        session_init(side->session, fixture_nation(names[i]), fixture_nation(names[1 - i]), &key);
        const struct session_boot boot = boot_of(1, (uint8_t)(i + 1));
        assert_int_equal(session_boot(side->session, &boot, w->now), OK);
    }
}

static void world_close(struct world *w)
{
    for (int i = 0; i < 2; i++) {
        free(w->side[i].session);
        free(w->side[i].seen);
    }
    free(w->delivery);
    free(w->buffer);
    link_memory_close(w->link);
}

static void append(struct world *w, struct instant time)
{
    const struct record record = fixture_track(&w->random, time);
    const struct released_record released = fixture_released(&record);
    w->appended = session_append(w->side[0].session, &released, w->now);
    assert_true(w->appended < RECORDS_MAX);
}

static void take_in(struct world *w, struct instant until)
{
    struct link_delivery d;
    while (link_memory_next(w->link, until, &d)) {
        struct side *side = &w->side[d.to];
        side->position++;
        session_receive(side->session, d.data, side->position, until, w->delivery);
        for (uint32_t i = 0; i < w->delivery->count; i++) {
            assert_true(w->delivery->sequences[i] < RECORDS_MAX);
            side->seen[w->delivery->sequences[i]]++;
            side->newest =
                w->delivery->sequences[i] > side->newest ? w->delivery->sequences[i] : side->newest;
            side->delivered++;
        }
    }
}

static void send_out(struct world *w)
{
    for (uint32_t i = 0; i < 2; i++) {
        for (int frames = 0; frames < 1000; frames++) {
            struct byte_writer out = {.data = w->buffer, .capacity = FRAME_BYTES_MAX};
            enum frame_lane lane = LANE_LIVE;
            if (!session_next_frame(w->side[i].session, w->now, &lane, &out)) {
                break;
            }
            assert_true(frames < 500);
            (void)!link_memory_send(w->link, i, 1 - i, (uint32_t)lane, byte_writer_written(&out),
                                    w->now);
        }
    }
}

/* A tenth of a second. */
static void step(struct world *w)
{
    w->now = instant_plus_s(w->now, 0.1);
    w->step++;
    take_in(w, w->now);
    if (w->step % w->commit_every == 0) {
        for (int i = 0; i < 2; i++) {
            session_committed(w->side[i].session, w->side[i].position, w->now);
        }
    }
    send_out(w);
}

static void run(struct world *w, double seconds)
{
    for (int i = 0; i < (int)(10.0 * seconds); i++) {
        step(w);
    }
}

static void assert_all_once(const struct world *w)
{
    for (uint64_t n = 1; n <= w->appended; n++) {
        assert_int_equal(w->side[1].seen[n], 1);
    }
    assert_int_equal(w->side[1].delivered, w->appended);
    assert_int_equal(session_missing(w->side[1].session), 0);
    const struct session_counters *c = &w->side[0].session->counters;
    assert_int_equal(c->appended, w->appended);
    assert_int_equal(c->acknowledged, w->appended);
    assert_int_equal(w->side[0].session->ledger.acknowledged, w->appended);
    assert_int_equal(w->side[0].session->counters.histories, 0);
    assert_int_equal(w->side[1].session->counters.histories, 0);
}

static void test_everything_arrives_once(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        const double worst = (double)seed / 20.0;
        const struct link_faults faults = {.delay_s = 0.3 * worst,
                                           .jitter_s = 0.5 * worst,
                                           .loss_probability = 0.4 * worst,
                                           .repeat_probability = 0.3 * worst};
        struct world w;
        world_open(&w, seed, &faults);
        for (int second = 0; second < 60; second++) {
            append(&w, instant_plus_s(fixture_time(0.0), (double)second));
            append(&w, instant_plus_s(fixture_time(0.0), (double)second));
            run(&w, 1.0);
        }
        run(&w, 120.0);
        assert_all_once(&w);
        world_close(&w);
    }
}

static void test_perfect_link_delivers_each_record_once_and_early(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, 1, &(struct link_faults){.delay_s = 0.1});
    run(&w, 5.0);
    for (int i = 0; i < 100; i++) {
        append(&w, fixture_time(0.0));
        step(&w);
    }
    /* The last one is on the other side after delay and one step, not after a repair. */
    run(&w, 0.3);
    assert_int_equal(w.side[1].delivered, 100);
    run(&w, 10.0);
    assert_all_once(&w);
    /* Until they are acknowledged, two go again with each new one; never more. */
    assert_in_range(w.side[0].session->counters.sent_records, 100, 300);
    world_close(&w);
}

static void test_nothing_leaves_before_the_handshake(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, 1, &(struct link_faults){.delay_s = 0.1});
    const struct link_faults cut = {.cut = true};
    assert_int_equal(link_memory_set(w.link, 1, 0, &cut), OK);
    append(&w, fixture_time(0.0));
    run(&w, 30.0);
    assert_int_equal(w.side[0].session->counters.sent_records, 0);
    assert_int_equal(w.side[1].delivered, 0);
    assert_int_equal(link_memory_set(w.link, 1, 0, &(struct link_faults){0}), OK);
    run(&w, 10.0);
    assert_all_once(&w);
    world_close(&w);
}

static void test_after_a_cut_the_newest_comes_first(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, 3, &(struct link_faults){.delay_s = 0.05});
    run(&w, 5.0);
    const struct link_faults cut = {.cut = true};
    assert_int_equal(link_memory_set(w.link, 0, 1, &cut), OK);
    assert_int_equal(link_memory_set(w.link, 1, 0, &cut), OK);
    for (int i = 0; i < 600; i++) {
        append(&w, fixture_time(0.0));
        step(&w);
    }
    assert_int_equal(w.side[1].delivered, 0);
    assert_false(session_is_up(w.side[1].session, w.now));
    assert_int_equal(link_memory_set(w.link, 0, 1, &(struct link_faults){.delay_s = 0.05}), OK);
    assert_int_equal(link_memory_set(w.link, 1, 0, &(struct link_faults){.delay_s = 0.05}), OK);
    append(&w, fixture_time(0.0));
    run(&w, 0.3);
    assert_int_equal(w.side[1].newest, w.appended);
    assert_true(w.side[1].delivered < w.appended);
    run(&w, 60.0);
    assert_all_once(&w);
    assert_true(session_is_up(w.side[1].session, w.now));
    world_close(&w);
}

static void test_dropped_entries_are_told_as_a_gap(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, 4, &(struct link_faults){.delay_s = 0.05, .loss_probability = 0.1});
    run(&w, 5.0);
    const struct link_faults cut = {.cut = true};
    assert_int_equal(link_memory_set(w.link, 0, 1, &cut), OK);
    assert_int_equal(link_memory_set(w.link, 1, 0, &cut), OK);
    for (int i = 0; i < LEDGER_ENTRIES_MAX + 300; i++) {
        append(&w, fixture_time(0.0));
        if (i % 1000 == 0) {
            step(&w);
        }
    }
    const uint64_t dropped = w.side[0].session->ledger.dropped;
    assert_true(dropped >= 300); /* more if records fill the arena first */
    assert_int_equal(link_memory_set(w.link, 0, 1, &(struct link_faults){.delay_s = 0.05}), OK);
    assert_int_equal(link_memory_set(w.link, 1, 0, &(struct link_faults){.delay_s = 0.05}), OK);
    run(&w, 120.0);
    assert_int_equal(w.side[1].delivered, w.appended - dropped);
    assert_int_equal(w.side[1].session->counters.gone, dropped);
    assert_int_equal(session_missing(w.side[1].session), 0);
    assert_int_equal(w.side[0].session->ledger.acknowledged, w.appended);
    assert_int_equal(w.side[1].session->counters.histories, 0);
    world_close(&w);
}

/* Two hours without the partner, eight records a second and a warning every ten minutes: when it is
 * heard again, the newest records and all warnings come first, within one round trip of its first
 * word; then the rest. */
static void test_two_hours_without_the_partner(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, 14, &(struct link_faults){.delay_s = 0.05});
    run(&w, 5.0);
    const struct link_faults cut = {.cut = true};
    assert_int_equal(link_memory_set(w.link, 0, 1, &cut), OK);
    assert_int_equal(link_memory_set(w.link, 1, 0, &cut), OK);
    struct random r;
    random_init(&r, 3, 1);
    const struct record track = fixture_track(&r, w.now);
    const struct record warning = fixture_warning(w.now, WARNING_UPDATE);
    const struct released_record released[2] = {fixture_released(&track),
                                                fixture_released(&warning)};
    uint64_t warnings[12];
    for (int second = 0; second < 7200; second++) {
        for (int i = 0; i < 8; i++) {
            (void)session_append(w.side[0].session, &released[0], w.now);
        }
        if (second % 600 == 300) {
            warnings[second / 600] = session_append(w.side[0].session, &released[1], w.now);
        }
        w.now = instant_plus_s(w.now, 0.9);
        step(&w);
    }
    w.appended = w.side[0].session->ledger.last;
    assert_int_equal(w.appended, 7200 * 8 + 12);
    assert_int_equal(w.side[0].session->ledger.dropped, 0);
    assert_int_equal(link_memory_set(w.link, 0, 1, &(struct link_faults){.delay_s = 0.05}), OK);
    assert_int_equal(link_memory_set(w.link, 1, 0, &(struct link_faults){.delay_s = 0.05}), OK);
    session_link_made(w.side[1].session, w.now); /* the first word */
    send_out(&w);
    run(&w, 0.2);
    assert_int_equal(w.side[1].newest, w.appended);
    for (int i = 0; i < 12; i++) {
        assert_int_equal(w.side[1].seen[warnings[i]], 1);
    }
    assert_true(w.side[1].delivered < w.appended / 2);
    run(&w, 60.0);
    assert_all_once(&w);
    world_close(&w);
}

/* An acknowledgement leaves at a fixed instant only, and does not name what came in the period
 * before it: as long as a commit takes less than a period, how long it took does not show. */
static void test_acknowledgements_do_not_show_the_commit(void **state)
{
    (void)state;
    struct frame acks[2];
    for (int pass = 0; pass < 2; pass++) {
        struct world w;
        world_open(&w, 15, &(struct link_faults){0});
        run(&w, 5.0);
        struct session *session = w.side[1].session;
        append(&w, w.now);
        send_out(&w);
        const struct instant begin = instant_plus(w.now, (struct duration){NS_PER_MS});
        take_in(&w, begin);
        assert_true(instant_is_set(session->ack_at));
        const struct instant due = session->ack_at;
        assert_int_equal(due.tai_ns % SESSION_ACK_NS, SESSION_ACK_PHASE_NS);
        assert_in_range(instant_since(due, begin).ns, SESSION_ACK_NS, 2 * SESSION_ACK_NS);
        const int64_t took_ns = pass == 0 ? NS_PER_MS : SESSION_ACK_NS - NS_PER_MS;
        session_committed(session, w.side[1].position,
                          instant_plus(begin, (struct duration){took_ns}));
        enum frame_lane lane;
        struct byte_writer out = {.data = w.buffer, .capacity = FRAME_BYTES_MAX};
        const struct instant before = instant_plus(due, (struct duration){-1});
        assert_false(session_next_frame(session, before, &lane, &out));
        assert_true(session_next_frame(session, due, &lane, &out));
        assert_int_equal(frame_decode(byte_writer_written(&out), &acks[pass]), OK);
        assert_int_equal(acks[pass].type, FRAME_ACK);
        assert_int_equal(acks[pass].ack.position.sequence, 1);
        world_close(&w);
    }
    assert_int_equal(acks[0].ack.time.tai_ns, acks[1].ack.time.tai_ns);
}

static void test_narrowing_withdraws_what_waits(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, 5, &(struct link_faults){.delay_s = 0.05});
    run(&w, 5.0);
    for (int i = 0; i < 5; i++) {
        append(&w, fixture_time(0.0));
        step(&w);
    }
    run(&w, 5.0);
    const struct link_faults cut = {.cut = true};
    assert_int_equal(link_memory_set(w.link, 0, 1, &cut), OK);
    for (int i = 0; i < 20; i++) {
        append(&w, fixture_time(0.0));
        step(&w);
    }
    struct policy policy = fixture_policy();
    policy.rules[0].action = POLICY_WITHHOLD;
    assert_int_equal(session_recheck(w.side[0].session, &policy, POLICY_ALL_SENSORS, w.now), 20);
    assert_int_equal(link_memory_set(w.link, 0, 1, &(struct link_faults){.delay_s = 0.05}), OK);
    run(&w, 60.0);
    assert_int_equal(w.side[1].delivered, 5);
    assert_int_equal(w.side[1].session->counters.gone, 20);
    assert_int_equal(w.side[0].session->ledger.acknowledged, 25);
    assert_int_equal(session_missing(w.side[1].session), 0);
    world_close(&w);
}

/* Acknowledged means durable: without a commit there is no acknowledgement. */
static void test_acknowledges_only_what_is_committed(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, 6, &(struct link_faults){.delay_s = 0.05});
    w.commit_every = 1000000;
    append(&w, fixture_time(0.0));
    run(&w, 30.0);
    assert_int_equal(w.side[1].delivered, 1);
    assert_int_equal(w.side[0].session->counters.acknowledged, 0);
    /* The first hello is durable, the record that came after it is not. */
    session_committed(w.side[1].session, 1, w.now);
    run(&w, 3.0);
    assert_int_equal(w.side[0].session->counters.acknowledged, 0);
    session_committed(w.side[1].session, w.side[1].position, w.now);
    run(&w, 3.0);
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
        run(&w, 5.0);
        for (int i = 0; i < 30; i++) {
            append(&w, fixture_time(0.0));
            step(&w);
        }
        /* What is durable at the receiver: the session as replay would make it. */
        session_committed(w.side[1].session, w.side[1].position, w.now);
        memcpy(saved, w.side[1].session, sizeof *saved);
        memcpy(seen, w.side[1].seen, RECORDS_MAX);
        const uint64_t delivered = w.side[1].delivered;
        w.commit_every = 1000000;
        for (int i = 0; i < 30; i++) {
            append(&w, fixture_time(0.0));
            step(&w);
        }
        memcpy(w.side[1].session, saved, sizeof *saved);
        memcpy(w.side[1].seen, seen, RECORDS_MAX);
        w.side[1].delivered = delivered;
        w.commit_every = 3;
        for (int i = 0; i < 2; i++) {
            const struct session_boot boot = boot_of(2, (uint8_t)(i + 11));
            assert_int_equal(session_boot(w.side[i].session, &boot, w.now), OK);
        }
        run(&w, 120.0);
        assert_all_once(&w);
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
        append(&w, fixture_time(0.0));
        step(&w);
    }
    run(&w, 10.0);
    assert_all_once(&w);
    const struct digest_key key = fixture_key(1);
    session_init(w.side[0].session, fixture_nation("KOR"), fixture_nation("JPN"), &key);
    const struct session_boot boot = boot_of(2, 21);
    assert_int_equal(session_boot(w.side[0].session, &boot, w.now), OK);
    run(&w, 5.0);
    assert_int_equal(w.side[0].session->counters.rebases, 1);
    for (int i = 0; i < 30; i++) {
        append(&w, fixture_time(0.0));
        step(&w);
    }
    run(&w, 20.0);
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
        append(&w, fixture_time(0.0));
        step(&w);
    }
    run(&w, 5.0);
    *copy = *session;
    struct session_boot boot = boot_of(2, 31);
    assert_int_equal(session_boot(session, &boot, w.now), OK);
    for (int i = 0; i < 20; i++) {
        append(&w, fixture_time(0.0));
        step(&w);
    }
    run(&w, 10.0);
    assert_all_once(&w);

    /* The disk breaks, the copy comes back: it counts starts from one. */
    *session = *copy;
    boot = boot_of(2, 32);
    assert_int_equal(session_boot(session, &boot, w.now), OK);
    run(&w, 3.0);
    assert_int_equal(session->superseded.counter, 2);
    assert_false(session->usurped);
    assert_false(session_is_up(session, w.now));
    assert_true(session->counters.refused[REFUSED_SUPERSEDED] > 0);
    boot = boot_of(session->superseded.counter + 1, 33);
    assert_int_equal(session_boot(session, &boot, w.now), OK);
    run(&w, 5.0);
    assert_true(session_is_up(session, w.now));
    assert_int_equal(session->counters.rebases, 1);
    for (int i = 0; i < 20; i++) {
        append(&w, fixture_time(0.0));
        step(&w);
    }
    run(&w, 10.0);
    assert_int_equal(w.appended, 60);
    for (uint64_t n = 1; n <= 60; n++) {
        assert_int_equal(w.side[1].seen[n], 1);
    }
    free(copy);
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
    append(&w, fixture_time(0.0));
    run(&w, 5.0);
    *first = *session;
    struct session_boot boot = boot_of(2, 41);
    assert_int_equal(session_boot(session, &boot, w.now), OK);
    run(&w, 5.0);
    assert_true(session_is_up(session, w.now));

    w.side[0].session = first;
    w.side[1].session->hello_due = true;
    run(&w, 5.0);
    assert_true(first->usurped);
    const uint64_t sent = first->counters.sent_frames;
    append(&w, fixture_time(0.0));
    run(&w, 5.0);
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
                                           .boot = boot_of(1, 2).epoch,
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
    run(&w, 5.0);
    append(&w, fixture_time(0.0));
    run(&w, 5.0);
    append(&w, fixture_time(0.0));
    w.side[0].session->ledger.entries[1].head.bytes[0] ^= 1;
    run(&w, 5.0);
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
            append(&w, fixture_time(0.0));
            step(&w);
        }
        run(&w, 10.0);
        if (pass == 0) {
            memcpy(first, w.side[1].session, sizeof *first);
        } else {
            assert_memory_equal(first, w.side[1].session, sizeof *first);
        }
        world_close(&w);
    }
    free(first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_everything_arrives_once),
        cmocka_unit_test(test_perfect_link_delivers_each_record_once_and_early),
        cmocka_unit_test(test_nothing_leaves_before_the_handshake),
        cmocka_unit_test(test_after_a_cut_the_newest_comes_first),
        cmocka_unit_test(test_dropped_entries_are_told_as_a_gap),
        cmocka_unit_test(test_two_hours_without_the_partner),
        cmocka_unit_test(test_acknowledgements_do_not_show_the_commit),
        cmocka_unit_test(test_narrowing_withdraws_what_waits),
        cmocka_unit_test(test_acknowledges_only_what_is_committed),
        cmocka_unit_test(test_restart_of_both_sides),
        cmocka_unit_test(test_sender_that_forgot),
        cmocka_unit_test(test_restored_from_an_old_copy),
        cmocka_unit_test(test_cloned),
        cmocka_unit_test(test_versions),
        cmocka_unit_test(test_two_histories_are_kept_as_proof),
        cmocka_unit_test(test_deterministic),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
