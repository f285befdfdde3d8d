/* The ledger by itself: what it keeps is what was appended, its chain binds content, place and
 * ledger, and what was acknowledged is told from what only looks so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fixture.h"
#include "share/ledger.h"

static struct frame_epoch epoch_of(uint64_t counter, uint8_t fill)
{
    struct frame_epoch e = {.counter = counter};
    memset(e.nonce, fill, sizeof e.nonce);
    return e;
}

static struct ledger *ledger_open(void)
{
    struct ledger *l = calloc(1, sizeof *l);
    const struct frame_epoch epoch = epoch_of(1, 1);
    const struct digest_key key = fixture_key(1);
    assert_non_null(l);
    ledger_init(l, fixture_nation("JPN"), &epoch, &key);
    return l;
}

static void append(struct ledger *l, uint64_t count)
{
    struct random r;
    random_init(&r, 1, 1);
    for (uint64_t i = 0; i < count; i++) {
        const struct record record = fixture_track(&r, fixture_time((double)i));
        const struct released_record released = fixture_released(&record);
        const uint64_t last = l->last;
        assert_int_equal(ledger_append(l, &released), last + 1);
        assert_memory_equal(ledger_record_at(l, last + 1).data, released.bytes, released.size);
    }
}

/* Many, and all the same: to release each by itself would take long. */
static void append_many(struct ledger *l, uint64_t count)
{
    const struct record record = fixture_notice(fixture_time(0.0));
    const struct released_record released = fixture_released(&record);
    for (uint64_t i = 0; i < count; i++) {
        ledger_append(l, &released);
    }
}

/* No two of these give one head: they differ in the content, the place, what came before, or the
 * ledger. */
static void heads_bind_content_place_and_ledger(void **state)
{
    (void)state;
    const uint8_t content[] = {1, 2, 3};
    const uint8_t salts[2][FRAME_SALT_BYTES] = {{1}, {2}};
    const struct digest befores[2] = {{{1}}, {{2}}};
    struct digest heads[16];
    for (size_t i = 0; i < 16; i++) {
        heads[i] = ledger_chain(salts[i & 1], &befores[i >> 1 & 1], 5 + (i >> 2 & 1),
                                (struct bytes){content, 2 + (i >> 3)});
        for (size_t k = 0; k < i; k++) {
            assert_false(digest_equal(&heads[i], &heads[k]));
        }
    }
}

/* Another start, by its counter or its random number, is another salt: equal records have other
 * hashes, and nobody who is shown heads can compare them. */
static void each_ledger_has_its_own_salt(void **state)
{
    (void)state;
    struct ledger *l = ledger_open();
    const struct frame_epoch epochs[] = {epoch_of(1, 1), epoch_of(2, 1), epoch_of(1, 2)};
    const struct frame_position nowhere = {.sequence = 0};
    uint8_t salts[4][FRAME_SALT_BYTES];
    for (int i = 0; i < 4; i++) {
        const struct digest_key key = fixture_key(i < 3 ? 1 : 2);
        assert_int_equal(ledger_rebase(l, &epochs[i % 3], &key, &nowhere, false), 0);
        memcpy(salts[i], l->salt, sizeof salts[i]);
        for (int k = 0; k < i; k++) {
            assert_memory_not_equal(salts[i], salts[k], sizeof salts[i]);
        }
    }
    free(l);
}

/* What goes on in a ledger begun anew, in order, whatever its new numbers; and nothing else. */
static void what_is_owed_goes_on(void **state)
{
    (void)state;
    static const uint64_t BASES[] = {0, 3, 9, 10, 12, 70000, 40000};
    for (size_t b = 0; b < 2 * sizeof BASES / sizeof BASES[0]; b++) {
        struct ledger *l = ledger_open();
        const struct frame_epoch epoch = epoch_of(2, 1);
        const struct digest_key key = fixture_key(1);
        const struct frame_position base = {.epoch = epoch_of(1, 1), .sequence = BASES[b / 2]};
        const bool all = b % 2 == 1;
        uint8_t records[13][CODEC_ENTRY_BYTES_MAX];
        uint32_t sizes[13];
        append(l, 12);
        for (uint64_t n = 1; n <= 12; n++) {
            const struct bytes record = ledger_record_at(l, n);
            memcpy(records[n], record.data, record.size);
            sizes[n] = (uint32_t)record.size;
        }
        assert_int_equal(ledger_acknowledge(l, 1, 5), 5);
        assert_int_equal(ledger_acknowledge(l, 8, 9), 2);
        ledger_mark_sent(l, 6, 12, fixture_time(0.0));
        assert_int_equal(ledger_rebase(l, &epoch, &key, &base, all), all ? 7 : 0);
        assert_int_equal(l->acknowledged, base.sequence);
        assert_int_equal(l->last, base.sequence + (all ? 12 : 5));
        assert_int_equal(l->on_the_way, 0);
        uint64_t at = base.sequence;
        struct digest head = base.head;
        for (uint64_t n = 1; n <= 12; n++) {
            if (!all && (n <= 5 || n == 8 || n == 9)) {
                continue;
            }
            at++;
            const struct bytes record = ledger_record_at(l, at);
            assert_int_equal(record.size, sizes[n]);
            assert_memory_equal(record.data, records[n], sizes[n]);
            head = ledger_chain(l->salt, &head, at, record);
            assert_memory_equal(&ledger_entry_at(l, at)->head, &head, sizeof head);
            assert_int_equal(ledger_entry_at(l, at)->sends, 0);
            assert_false(ledger_entry_at(l, at)->acknowledged);
        }
        append(l, 3);
        assert_int_equal(l->last, at + 3);
        free(l);
    }
}

/* As many as can go on at once do, the newest ones; the rest counts as dropped. */
static void half_of_a_full_ledger_goes_on(void **state)
{
    (void)state;
    struct ledger *l = ledger_open();
    const struct frame_epoch epoch = epoch_of(2, 1);
    const struct digest_key key = fixture_key(1);
    append_many(l, LEDGER_ENTRIES_MAX + 100);
    const uint64_t kept = l->last + 1 - l->oldest;
    const uint64_t dropped = l->dropped;
    const struct frame_position base = {.epoch = epoch_of(1, 1), .sequence = l->last + 7};
    assert_int_equal(ledger_rebase(l, &epoch, &key, &base, false), 0);
    assert_int_equal(l->last, base.sequence + LEDGER_ENTRIES_MAX / 2);
    assert_int_equal(l->dropped, dropped + kept - LEDGER_ENTRIES_MAX / 2);
    free(l);
}

/* With all of it, for a partner that forgot a ledger: what it once had and cannot get again is no
 * loss that is counted. */
static void what_was_acknowledged_is_not_dropped(void **state)
{
    (void)state;
    struct ledger *l = ledger_open();
    const struct frame_epoch epoch = epoch_of(2, 1);
    const struct digest_key key = fixture_key(1);
    const struct frame_position base = {.epoch = epoch_of(1, 1), .sequence = 7};
    append_many(l, LEDGER_ENTRIES_MAX / 2 + 1000);
    assert_int_equal(ledger_acknowledge(l, 1, 400), 400);
    assert_int_equal(ledger_acknowledge(l, 2001, 2010), 10);
    assert_int_equal(ledger_rebase(l, &epoch, &key, &base, true), 10);
    assert_int_equal(l->last, base.sequence + LEDGER_ENTRIES_MAX / 2);
    assert_int_equal(l->dropped, 1000 - 400);
    free(l);
}

/* What was withdrawn does not come back in a ledger begun anew, acknowledged or not. */
static void what_is_withdrawn_does_not_go_on(void **state)
{
    (void)state;
    for (int all = 0; all < 2; all++) {
        struct ledger *l = ledger_open();
        const struct frame_epoch epoch = epoch_of(2, 1);
        const struct digest_key key = fixture_key(1);
        const struct frame_position base = {.epoch = epoch_of(1, 1), .sequence = 2};
        const struct record record = fixture_notice(fixture_time(0.0));
        for (int i = 1; i <= 5; i++) {
            struct released_record released = fixture_released(&record);
            if (i == 2 || i == 4) {
                released.basis.owner = fixture_nation("USA");
            }
            ledger_append(l, &released);
        }
        assert_int_equal(ledger_withdraw_relayed(l, fixture_nation("USA")), 2);
        assert_int_equal(ledger_acknowledge(l, 1, 2), 2);
        assert_int_equal(ledger_rebase(l, &epoch, &key, &base, all == 1), all);
        assert_int_equal(l->last, base.sequence + (all == 1 ? 3 : 2));
        for (uint64_t n = base.sequence + 1; n <= l->last; n++) {
            assert_false(ledger_entry_at(l, n)->withdrawn);
            assert_int_not_equal(ledger_record_at(l, n).size, 0);
        }
        free(l);
    }
}

/* An acknowledgement ahead of a hole, of whatever size, does not cover the hole. */
static void holes_stay_holes(void **state)
{
    (void)state;
    for (uint64_t hole = 1; hole <= 3; hole++) {
        struct ledger *l = ledger_open();
        append(l, 12);
        assert_int_equal(ledger_acknowledge(l, 1, 4), 4);
        assert_int_equal(ledger_acknowledge(l, 5 + hole, 10), 6 - hole);
        assert_int_equal(l->acknowledged, 4);
        for (uint64_t n = 1; n <= 12; n++) {
            assert_int_equal(ledger_entry_at(l, n)->acknowledged,
                             n <= 4 || (n >= 5 + hole && n <= 10));
        }
        assert_int_equal(ledger_acknowledge(l, 5, 4 + hole), hole);
        assert_int_equal(l->acknowledged, 10);
        /* What does not exist cannot be acknowledged. */
        assert_int_equal(ledger_acknowledge(l, 11, 1000), 2);
        assert_int_equal(l->acknowledged, 12);
        free(l);
    }
}

/* After a rewind everything behind is as if it had never been sent: due at once. */
static void what_is_forgotten_is_new_again(void **state)
{
    (void)state;
    struct ledger *l = ledger_open();
    append(l, 10);
    ledger_mark_sent(l, 1, 10, fixture_time(1.0));
    ledger_mark_sent(l, 1, 10, fixture_time(2.0));
    assert_int_equal(ledger_acknowledge(l, 1, 8), 8);
    assert_int_equal(ledger_rewind(l, 3), 5);
    assert_int_equal(l->acknowledged, 3);
    for (uint64_t n = 1; n <= 10; n++) {
        const struct ledger_entry *e = ledger_entry_at(l, n);
        assert_int_equal(e->acknowledged, n <= 3);
        assert_int_equal(e->sends, n <= 3 ? 2 : 0);
        assert_int_equal(instant_is_set(e->sent), n <= 3);
    }
    free(l);
}

/* What was relayed is withdrawn by its owner: what others let go stays, and what is our own. */
static void what_one_owner_takes_back_is_gone(void **state)
{
    (void)state;
    struct ledger *l = ledger_open();
    const char *const owners[] = {"USA", "AUS", NULL, "USA", "AUS"};
    const struct record record = fixture_notice(fixture_time(0.0));
    for (int i = 0; i < 5; i++) {
        struct released_record released = fixture_released(&record);
        if (owners[i] != NULL) {
            released.basis.owner = fixture_nation(owners[i]);
        }
        ledger_append(l, &released);
    }
    assert_int_equal(ledger_acknowledge(l, 4, 4), 1);
    assert_int_equal(ledger_withdraw_relayed(l, fixture_nation("USA")), 1);
    for (uint64_t n = 1; n <= 5; n++) {
        assert_int_equal(ledger_entry_at(l, n)->withdrawn, n == 1);
    }
    assert_int_equal(ledger_withdraw_relayed(l, fixture_nation("AUS")), 2);
    assert_int_equal(l->withdrawn, 3);
    free(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heads_bind_content_place_and_ledger),
        cmocka_unit_test(each_ledger_has_its_own_salt),
        cmocka_unit_test(what_is_owed_goes_on),
        cmocka_unit_test(half_of_a_full_ledger_goes_on),
        cmocka_unit_test(what_was_acknowledged_is_not_dropped),
        cmocka_unit_test(what_is_withdrawn_does_not_go_on),
        cmocka_unit_test(holes_stay_holes),
        cmocka_unit_test(what_is_forgotten_is_new_again),
        cmocka_unit_test(what_one_owner_takes_back_is_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
