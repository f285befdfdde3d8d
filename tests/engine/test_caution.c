#include "engine/caution.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct engine engine; /* only what is touched is ever in memory */
static struct effects effects;

static struct instant at(double t_s)
{
    return instant_plus_s((struct instant){NS_PER_S * 1000}, t_s);
}

/* An event whose warning is in force until 600 s. */
static struct engine_event *warned(uint32_t slot, uint64_t id)
{
    struct engine_event *e = &engine.events[slot];
    memset(e, 0, sizeof *e);
    e->id = (struct event_id){id};
    warn_state_init(&e->warn, e->id);
    e->warn.last.state = WARNING_UPDATE;
    e->warn.last.serial = 2;
    e->warn.last.time = at(0.0);
    e->warn.last.expires = at(600.0);
    e->warn.danger_until = at(540.0);
    e->warning = e->warn.last;
    return e;
}

static enum warning_state decided(struct engine_event *event, double t_s)
{
    engine.now = at(t_s);
    effects.count = 0;
    caution_decide(&engine, engine.events, event, &effects);
    assert_int_equal(effects.count, event->warning.time.tai_ns == engine.now.tai_ns ? 1 : 0);
    return event->warning.state;
}

/* Whatever the order of their slots. */
static void a_merged_events_warning_follows_the_other(void **state)
{
    (void)state;
    engine.thresholds = warn_thresholds_default();
    for (uint32_t slot = 0; slot < 2; slot++) {
        struct engine_event *stays = warned(slot, 3);
        struct engine_event *goes = warned(1 - slot, 7);
        goes->withdrawn = true;
        goes->same_as = stays->id;
        assert_int_equal(decided(goes, 10.0), WARNING_HANDED_OVER);

        goes = warned(1 - slot, 7);
        goes->withdrawn = true;
        goes->same_as = stays->id;
        stays->warning.state = WARNING_NO_THREAT;
        assert_int_equal(decided(goes, 10.0), WARNING_CANCEL);
        assert_false(goes->warning.was_false);
    }
}

/* People stay under warning while nobody knows better: it neither cancels nor lives for ever. */
static void while_the_other_is_undecided_it_stays(void **state)
{
    (void)state;
    engine.thresholds = warn_thresholds_default();
    struct engine_event *stays = warned(0, 3);
    struct engine_event *goes = warned(1, 7);
    warn_state_init(&stays->warn, stays->id);
    stays->warning = stays->warn.last;
    goes->withdrawn = true;
    goes->same_as = stays->id;
    assert_int_equal(decided(goes, 10.0), WARNING_UPDATE);
    assert_int_equal(decided(goes, 599.0), WARNING_UPDATE);
    assert_int_equal(decided(goes, 600.0), WARNING_EXPIRED);
}

/* What was false, and what is the same as an event that is long gone, is cancelled. */
static void what_is_withdrawn_otherwise_is_cancelled(void **state)
{
    (void)state;
    engine.thresholds = warn_thresholds_default();
    memset(&engine.events[0], 0, sizeof engine.events[0]);
    struct engine_event *goes = warned(1, 7);
    goes->withdrawn = true;
    assert_int_equal(decided(goes, 10.0), WARNING_CANCEL);
    assert_true(goes->warning.was_false);
    goes = warned(1, 7);
    goes->withdrawn = true;
    goes->same_as = (struct event_id){3};
    assert_int_equal(decided(goes, 10.0), WARNING_CANCEL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_merged_events_warning_follows_the_other),
        cmocka_unit_test(while_the_other_is_undecided_it_stays),
        cmocka_unit_test(what_is_withdrawn_otherwise_is_cancelled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
