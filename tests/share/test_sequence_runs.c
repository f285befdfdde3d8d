/* What is here of a partner's ledger, against a plain list of yes and no: runs come in any order,
 * gaps end anywhere, and a head that does not belong to the history is found wherever two pieces
 * meet. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/random.h"
#include "share/sequence_set.h"

enum { LAST = 200 };

/* The head after a sequence in the one history that there is. */
static struct digest head(uint64_t sequence)
{
    struct digest d = {{0}};
    d.bytes[0] = (uint8_t)sequence;
    d.bytes[1] = (uint8_t)(sequence >> 8);
    return d;
}

static struct sequence_range run_of(uint64_t first, uint64_t last)
{
    return (struct sequence_range){first, last, head(first - 1), head(last)};
}

static struct sequence_set empty(void)
{
    struct sequence_set s;
    const struct frame_position nowhere = {.epoch = {.counter = 1}, .head = head(0)};
    sequence_set_init(&s, &nowhere);
    return s;
}

static void assert_is(const struct sequence_set *s, const bool here[LAST + 2])
{
    uint64_t missing = 0;
    uint64_t position = 0;
    uint64_t newest = 0;
    struct digest known;
    for (uint64_t n = 1; n <= LAST; n++) {
        missing += here[n] ? 0 : 1;
        position = here[n] && position == n - 1 ? n : position;
        newest = here[n] ? n : newest;
        assert_int_equal(sequence_set_has(s, n), here[n]);
        assert_int_equal(sequence_set_missing(s, n), missing);
    }
    assert_int_equal(s->position.sequence, position);
    assert_int_equal(sequence_set_last(s), newest);
    const struct digest stands = head(position);
    assert_true(digest_equal(&s->position.head, &stands));
    /* Heads are known where something that is here begins or ends behind the position, and no
     * other is believed there. */
    for (uint64_t n = position; n <= LAST; n++) {
        const struct digest right = head(n);
        const struct digest wrong = head(n + 1000);
        const bool border = n == position || here[n] != here[n + 1];
        assert_false(sequence_set_contradicts(s, n, &right, &known));
        assert_int_equal(sequence_set_contradicts(s, n, &wrong, &known), border);
        assert_true(!border || digest_equal(&known, &right));
    }
}

/* A run of what is not here, somewhere. False if nothing is missing. */
static bool find_run(struct random *r, const bool here[LAST + 2], struct sequence_range *out)
{
    const uint64_t from = 1 + random_u64(r) % LAST;
    for (uint64_t k = 0; k < LAST; k++) {
        const uint64_t first = 1 + (from + k) % LAST;
        uint64_t last = first;
        if (here[first]) {
            continue;
        }
        while (last < LAST && !here[last + 1] && random_u64(r) % 3 != 0) {
            last++;
        }
        *out = run_of(first, last);
        return true;
    }
    return false;
}

static void runs_in_any_order_make_one_whole(void **state)
{
    (void)state;
    struct random r;
    for (uint64_t seed = 1; seed <= 100; seed++) {
        bool here[LAST + 2] = {true};
        struct sequence_set s = empty();
        struct sequence_range run;
        random_init(&r, seed, 1);
        while (find_run(&r, here, &run)) {
            const struct sequence_set before = s;
            const result added = sequence_set_add(&s, &run);
            if (added == ERR_FULL) {
                assert_memory_equal(&s, &before, sizeof s);
                break;
            }
            assert_int_equal(added, OK);
            memset(&here[run.first], true, run.last + 1 - run.first);
            assert_is(&s, here);
        }
    }
}

static void a_gap_ends_anywhere(void **state)
{
    (void)state;
    struct random r;
    for (uint64_t seed = 1; seed <= 300; seed++) {
        bool here[LAST + 2] = {true};
        struct sequence_set s = empty();
        struct sequence_range run;
        random_init(&r, seed, 2);
        for (int i = 0; i < 20 && find_run(&r, here, &run); i++) {
            assert_int_equal(sequence_set_add(&s, &run), OK);
            memset(&here[run.first], true, run.last + 1 - run.first);
        }
        const uint64_t last = 1 + random_u64(&r) % (LAST - 1);
        const struct digest after = head(last);
        const uint64_t missing = sequence_set_missing(&s, last);
        uint64_t skipped = 0;
        assert_int_equal(sequence_set_skip(&s, last, &after, &skipped), OK);
        assert_int_equal(skipped, missing);
        memset(here, true, last + 1);
        assert_is(&s, here);
    }
}

/* A piece of another history is refused at either of its ends, and changes nothing. */
static void another_history_does_not_fit(void **state)
{
    (void)state;
    for (int end = 0; end < 2; end++) {
        struct sequence_set s = empty();
        const struct sequence_range ahead[] = {run_of(3, 4), run_of(7, 9)};
        assert_int_equal(sequence_set_add(&s, &ahead[0]), OK);
        assert_int_equal(sequence_set_add(&s, &ahead[1]), OK);
        const struct sequence_set before = s;
        const struct sequence_range holes[] = {run_of(1, 2), run_of(5, 6), run_of(10, 12)};
        for (int i = 0; i < 3; i++) {
            struct sequence_range run = holes[i];
            if (end == 0) {
                run.before.bytes[5] ^= 1;
            } else {
                run.after.bytes[5] ^= 1;
            }
            /* Nothing is there yet behind the last one. */
            if (i < 2 || end == 0) {
                assert_int_equal(sequence_set_add(&s, &run), ERR_SIGNATURE);
                assert_memory_equal(&s, &before, sizeof s);
            }
        }
        struct digest other = head(4);
        uint64_t skipped = 0;
        other.bytes[5] ^= 1;
        assert_int_equal(sequence_set_skip(&s, 4, &other, &skipped), ERR_SIGNATURE);
        assert_memory_equal(&s, &before, sizeof s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_in_any_order_make_one_whole),
        cmocka_unit_test(a_gap_ends_anywhere),
        cmocka_unit_test(another_history_does_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
