/* What came ahead of a hole, when its owner starts anew: its disk may have forgotten that, and it
 * gives the numbers again (docs/found.md, 5). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "session_listener.h"
#include "session_world.h"

static void take(struct frame frame)
{
    assert_int_equal(listener_give(&frame), REFUSED_NONE);
}

/* KOR starts anew; its ledger reaches to that entry. */
static void kor_starts(uint64_t last)
{
    struct frame f = listener_hello();
    listener.boot = world_boot(listener.boot.counter + 1, 2).epoch;
    f.hello.boot = listener.boot;
    f.hello.stream = listener_place(last);
    take(f);
}

/* JPN has 1 to 3, and 7 and 8 behind a hole; then KOR starts and has forgotten from 4 on. */
static void hear_and_forget(void)
{
    take(listener_batch(1, 3));
    take(listener_batch(7, 8));
    listener_write_again(4);
    kor_starts(3);
}

/* JPN has all of KOR's ledger up to there as KOR knows it, on its disk, and says so. */
static void assert_has_all(uint64_t last)
{
    const struct frame_position expected = listener_place(last);
    const struct frame_ack ack = listener_commit();
    assert_int_equal(ack.position.sequence, last);
    assert_true(digest_equal(&ack.position.head, &expected.head));
    assert_int_equal(ack.range_count, 0);
    assert_int_equal(session_missing(listener.session), 0);
    assert_int_equal(listener.session->pending_count, 0);
}

/* A receipt names what lies ahead of a hole, but not after a start of its owner, until the hole is
 * filled. */
static void receipts_name_nothing_ahead_after_a_start(void **state)
{
    (void)state;
    take(listener_batch(1, 3));
    take(listener_batch(7, 8));
    struct frame_ack ack = listener_commit();
    assert_int_equal(ack.position.sequence, 3);
    assert_int_equal(ack.range_count, 1);
    assert_int_equal(ack.ranges[0].first, 7);
    assert_int_equal(ack.ranges[0].last, 8);
    kor_starts(8);
    take(listener_batch(7, 8)); /* once more, since no receipt counts that was made before */
    ack = listener_commit();
    assert_int_equal(ack.position.sequence, 3);
    assert_int_equal(ack.range_count, 0);
    take(listener_batch(4, 6));
    assert_has_all(8);
    assert_int_equal(listener.session->counters.histories, 0);
    take(listener_batch(10, 11));
    ack = listener_commit();
    assert_int_equal(ack.range_count, 1);
    assert_int_equal(ack.ranges[0].first, 10);
}

/* Wherever the contradiction turns up, what is ahead of the hole is forgotten, the proof kept, and
 * KOR's other records come in its place. */
static void what_is_contradicted_is_forgotten(void **state)
{
    (void)state;
    hear_and_forget();
    (void)listener_commit();
    take(listener_batch(4, 6));
    assert_int_equal(listener.delivery->count, 3);
    assert_true(listener.session->proof.found);
    assert_int_equal(listener.session->proof.sequence, 6);
    assert_int_equal(listener.session->counters.histories, 1);
    take(listener_batch(7, 8));
    assert_int_equal(listener.delivery->count, 2);
    assert_has_all(8);
}

static void a_heartbeat_contradicts(void **state)
{
    (void)state;
    hear_and_forget();
    take(listener_heartbeat(8));
    assert_int_equal(listener.session->proof.sequence, 8);
    assert_int_equal(session_missing(listener.session), 5);
    take(listener_batch(4, 8));
    assert_int_equal(listener.delivery->count, 5);
    assert_has_all(8);
}

/* KOR has withdrawn what fills the hole, or a part of it ahead of another hole. */
static void a_gap_contradicts(void **state)
{
    (void)state;
    for (uint64_t first = 4; first <= 5; first++) {
        assert_true(first == 4 || listener_end(state) + listener_begin(state) == 0);
        hear_and_forget();
        take(listener_gap(first, 6));
        assert_int_equal(listener.session->proof.sequence, 6);
        assert_int_equal(listener.session->counters.histories, 1);
        assert_int_equal(listener.session->counters.gone, 7 - first);
        take(listener_batch(7, 8));
        assert_int_equal(listener.delivery->count, 2);
        take(listener_batch(4, 4));
        assert_has_all(8);
    }
}

/* What waits for the journal stays if it lies before the hole. */
static void what_waits_before_the_hole_stays(void **state)
{
    (void)state;
    hear_and_forget();
    assert_int_equal(listener.session->pending_count, 2);
    take(listener_batch(4, 6));
    assert_int_equal(listener.session->pending_count, 1); /* 4 to 6 wait with 1 to 3 */
    assert_has_all(6);
}

/* And what is on the disk behind a hole that only the disk has: 4 waits, 5 and 6 do not. */
static void what_is_on_the_disk_before_the_hole_stays(void **state)
{
    (void)state;
    take(listener_batch(1, 3));
    take(listener_batch(5, 6));
    (void)listener_commit();
    take(listener_batch(4, 4));
    take(listener_batch(9, 10));
    listener_write_again(7);
    kor_starts(6);
    take(listener_batch(7, 8));
    assert_int_equal(listener.session->proof.sequence, 8);
    assert_has_all(8);
}

/* A contradiction in what there is without a hole is no forgetting of that kind: it stays one. */
static void what_is_contradicted_before_the_hole_stays(void **state)
{
    (void)state;
    take(listener_batch(1, 3));
    take(listener_batch(7, 8));
    const struct digest ours = listener.heads[3];
    kor_starts(3);
    listener_write_again(3);
    const struct frame f = listener_heartbeat(3);
    assert_int_equal(listener_give(&f), REFUSED_HISTORY);
    assert_int_equal(listener.session->proof.sequence, 3);
    assert_true(digest_equal(&listener.session->proof.ours, &ours));
    assert_int_equal(listener_give(&f), REFUSED_HISTORY);
    assert_int_equal(listener.session->here.position.sequence, 3);
    assert_true(digest_equal(&listener.session->here.position.head, &ours));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(receipts_name_nothing_ahead_after_a_start, listener_begin,
                                        listener_end),
        cmocka_unit_test_setup_teardown(what_is_contradicted_is_forgotten, listener_begin,
                                        listener_end),
        cmocka_unit_test_setup_teardown(a_heartbeat_contradicts, listener_begin, listener_end),
        cmocka_unit_test_setup_teardown(a_gap_contradicts, listener_begin, listener_end),
        cmocka_unit_test_setup_teardown(what_waits_before_the_hole_stays, listener_begin,
                                        listener_end),
        cmocka_unit_test_setup_teardown(what_is_on_the_disk_before_the_hole_stays, listener_begin,
                                        listener_end),
        cmocka_unit_test_setup_teardown(what_is_contradicted_before_the_hole_stays, listener_begin,
                                        listener_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
