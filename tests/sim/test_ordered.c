/* What must not happen after an officer's order: the witness must see it when it does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sim/ordered.h"

static struct ordered ordered;
static const struct instant t0 = {INT64_C(1700000000) * NS_PER_S};
static const struct event_name AMBER = {.text = "AMBER-K100"};
static const struct event_name NONE = {.text = ""};
static const struct nation_id JPN = {.code = "JPN"};
static const struct nation_id USA = {.code = "USA"};

static int begin(void **state)
{
    (void)state;
    memset(&ordered, 0, sizeof ordered);
    return 0;
}

static void give(enum order_kind kind, uint64_t event, struct nation_id nation, uint64_t position)
{
    struct order order = {.kind = kind, .event = {event}, .nation = nation};
    ordered_note(&ordered, &order, event != 0 ? &AMBER : &NONE, position, t0);
}

static struct record made(enum record_kind kind, double after_s)
{
    return (struct record){.kind = kind, .event = AMBER, .made = instant_plus_s(t0, after_s)};
}

static void what_is_held_must_not_go(void **state)
{
    (void)state;
    struct record track = made(RECORD_TRACK, 1.0);
    struct record end = made(RECORD_WARNING, 1.0);
    end.warning.state = WARNING_CANCEL;
    give(ORDER_HOLD, 7, JPN, 5);
    assert_non_null(ordered_objects_release(&ordered, &track, JPN, true, false));
    assert_null(ordered_objects_release(&ordered, &track, USA, true, false));
    assert_null(ordered_objects_release(&ordered, &track, JPN, false, false));
    assert_null(ordered_objects_release(&ordered, &end, JPN, true, true));
    assert_non_null(ordered_objects_release(&ordered, &end, JPN, true, false));
    memcpy(&track.event, "BIRCH-K100", 10);
    assert_null(ordered_objects_release(&ordered, &track, JPN, true, false));
    give(ORDER_HOLD, 0, (struct nation_id){{0}}, 6);
    assert_non_null(ordered_objects_release(&ordered, &track, USA, false, false));
    give(ORDER_RELEASE, 0, (struct nation_id){{0}}, 7);
    assert_null(ordered_objects_release(&ordered, &track, USA, false, false));
}

static void nobody_is_warned(enum order_kind by, enum order_kind until)
{
    struct record before = made(RECORD_WARNING, -1.0);
    struct record after = made(RECORD_WARNING, 1.0);
    before.warning.state = WARNING_UPDATE;
    after.warning.state = WARNING_UPDATE;
    give(by, 7, (struct nation_id){{0}}, 5);
    assert_true(ordered_is_silenced(&ordered, (struct event_id){7}));
    assert_false(ordered_is_silenced(&ordered, (struct event_id){8}));
    assert_null(ordered_objects_release(&ordered, &before, JPN, true, true));
    assert_non_null(ordered_objects_release(&ordered, &after, JPN, true, true));
    give(until, 7, (struct nation_id){{0}}, 6);
    assert_false(ordered_is_silenced(&ordered, (struct event_id){7}));
    assert_null(ordered_objects_release(&ordered, &after, JPN, true, true));
}

static void nobody_is_warned_of_what_is_false(void **state)
{
    (void)state;
    nobody_is_warned(ORDER_FALSE, ORDER_REAL);
}

static void nobody_is_warned_of_what_was_taken_back(void **state)
{
    (void)state;
    nobody_is_warned(ORDER_CANCEL, ORDER_WARN);
}

/* An order that the disk forgot was never given; of events that were told apart nothing is said. */
static void what_is_forgotten_is_not_asked_for(void **state)
{
    (void)state;
    const struct record track = made(RECORD_TRACK, 1.0);
    give(ORDER_HOLD, 7, JPN, 5);
    ordered_owner_restarts(&ordered, 5);
    assert_non_null(ordered_objects_release(&ordered, &track, JPN, true, false));
    ordered_owner_restarts(&ordered, 4);
    assert_null(ordered_objects_release(&ordered, &track, JPN, true, false));
    give(ORDER_HOLD, 7, JPN, 5);
    give(ORDER_SPLIT, 7, JPN, 6);
    assert_null(ordered_objects_release(&ordered, &track, JPN, true, false));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_is_held_must_not_go, begin),
        cmocka_unit_test_setup(nobody_is_warned_of_what_is_false, begin),
        cmocka_unit_test_setup(nobody_is_warned_of_what_was_taken_back, begin),
        cmocka_unit_test_setup(what_is_forgotten_is_not_asked_for, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
