#include "session_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fixture.h"

struct session_boot world_boot(uint64_t counter, uint8_t fill)
{
    struct session_boot boot = {.epoch = {.counter = counter}};
    memset(boot.epoch.nonce, fill, sizeof boot.epoch.nonce);
    memset(boot.ephemeral_public, fill, sizeof boot.ephemeral_public);
    return boot;
}

void world_open(struct world *w, uint64_t seed, const struct link_faults *faults)
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
        const struct session_boot boot = world_boot(1, (uint8_t)(i + 1));
        assert_int_equal(session_boot(side->session, &boot, w->now), OK);
    }
}

void world_close(struct world *w)
{
    for (int i = 0; i < 2; i++) {
        free(w->side[i].session);
        free(w->side[i].seen);
    }
    free(w->delivery);
    free(w->buffer);
    link_memory_close(w->link);
}

void world_append(struct world *w, struct instant time)
{
    const struct record record = fixture_track(&w->random, time);
    const struct released_record released = fixture_released(&record);
    w->appended = session_append(w->side[0].session, &released, w->now);
    assert_true(w->appended < RECORDS_MAX);
}

void world_take_in(struct world *w, struct instant until)
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

void world_send_out(struct world *w)
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

void world_step(struct world *w)
{
    w->now = instant_plus_s(w->now, 0.1);
    w->step++;
    world_take_in(w, w->now);
    if (w->step % w->commit_every == 0) {
        for (int i = 0; i < 2; i++) {
            session_committed(w->side[i].session, w->side[i].position, w->now);
        }
    }
    world_send_out(w);
}

void world_run(struct world *w, double seconds)
{
    for (int i = 0; i < (int)(10.0 * seconds); i++) {
        world_step(w);
    }
}

void world_assert_all_once(const struct world *w)
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
