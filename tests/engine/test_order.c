/* Officers' orders: who may give them, what they end, what partners hear of it, how they are taken
 * back, and that a replay obeys them again. */
#include "../base/near.h"

#include <stdlib.h>
#include <string.h>

#include "../track/flown.h"
#include "base/elementary.h"
#include "pair.h"
#include "share/codec.h"

static struct effects effects;
static uint64_t released;
static uint64_t noticed[2];
static uint64_t withdrawn[2];
static uint64_t raised[2]; /* warnings, from none in force to one */

static void watch(int nation, const struct event *event, const struct effects *caused)
{
    (void)event;
    for (uint32_t i = 0; i < caused->count; i++) {
        const struct effect *e = &caused->items[i];
        released += nation == PAIR_KOR && e->kind == EFFECT_RELEASED ? 1 : 0;
        noticed[nation] += e->kind == EFFECT_NOTICED ? 1 : 0;
        withdrawn[nation] += e->kind == EFFECT_WITHDRAWN ? 1 : 0;
        raised[nation] += e->kind == EFFECT_WARNING && e->warning == WARNING_INITIAL ? 1 : 0;
    }
}

static void start(double t_s)
{
    const struct geo_geodetic site = {40.611208 * RAD_PER_DEG, 126.425743 * RAD_PER_DEG, 0.0};
    flown_solve(site, 80.0, 970.0, 4500.0, FLIGHT_INTERMEDIATE);
    released = 0;
    memset(noticed, 0, sizeof noticed);
    memset(withdrawn, 0, sizeof withdrawn);
    memset(raised, 0, sizeof raised);
    pair_look = watch;
    pair_start(t_s, 3, true);
}

static struct event order_at(double t_s, enum order_kind kind, uint64_t id)
{
    struct event e = {.kind = EVENT_ORDER, .time = flown_instant(t_s)};
    e.order.kind = kind;
    e.order.roles = ROLE_WATCH | ROLE_RELEASE;
    e.order.event.value = id;
    assert_int_equal(officer_name_parse("kim", &e.order.actor), OK);
    memcpy(e.order.reason, "radar K-EAST is tested", 23);
    return e;
}

static result give(int nation, const struct event *e)
{
    return engine_step(&pair_engines[nation], e, &effects);
}

static result order(int nation, double t_s, enum order_kind kind, uint64_t id)
{
    const struct event e = order_at(t_s, kind, id);
    return give(nation, &e);
}

static const struct effect *find_effect(enum effect_kind kind)
{
    for (uint32_t i = 0; i < effects.count; i++) {
        if (effects.items[i].kind == kind) {
            return &effects.items[i];
        }
    }
    return NULL;
}

static struct engine_event *event_of(int nation, uint64_t id)
{
    for (uint32_t i = 0; i < LIMIT_EVENTS; i++) {
        struct engine_event *e = &pair_engines[nation].events[i];
        if (e->id.value == id) {
            return e;
        }
    }
    fail_msg("event %u is not there", (unsigned)id);
    return NULL;
}

/* The warning ends in the very step, nothing that is known already calls again, and what was
 * cancelled wrongly is raised again. */
static void false_cancels_the_warning_at_once(void **state)
{
    (void)state;
    start(40.0);
    pair_run(260.0, false);
    struct engine_event *e = event_of(PAIR_JPN, 1);
    assert_true(warning_in_force(e->warning.state));
    assert_int_equal(order(PAIR_JPN, 260.1, ORDER_FALSE, 1), OK);
    assert_true(e->withdrawn && e->by_order);
    assert_int_equal(e->warning.state, WARNING_CANCEL);
    assert_true(e->warning.was_false);
    assert_non_null(find_effect(EFFECT_WITHDRAWN));
    assert_int_equal(find_effect(EFFECT_WARNING)->warning, WARNING_CANCEL);
    assert_int_equal(effects.items[0].kind, EFFECT_ORDER); /* and then what follows from it */
    assert_int_equal(effects.items[0].sequence, 1);
    const struct engine_order *kept = engine_order_at(&pair_engines[PAIR_JPN], 1);
    assert_string_equal(kept->order.actor.text, "kim");
    assert_string_equal(kept->name.text, e->name.text);
    assert_null(engine_order_at(&pair_engines[PAIR_JPN], 2));
    assert_null(engine_order_at(&pair_engines[PAIR_JPN], 0));
    assert_true(instant_is_set(e->acknowledged));
    const uint64_t before = noticed[PAIR_JPN];
    pair_run(300.0, false);
    assert_int_equal(noticed[PAIR_JPN], before);
    assert_int_equal(e->warning.state, WARNING_CANCEL);
    assert_int_equal(order(PAIR_JPN, 300.1, ORDER_FALSE, 1), ERR_STATE);
    assert_int_equal(order(PAIR_JPN, 300.1, ORDER_REAL, 1), OK);
    assert_int_equal(e->warning.state, WARNING_INITIAL);
    assert_int_equal(order(PAIR_JPN, 300.2, ORDER_REAL, 1), ERR_STATE);
}

static uint32_t last_serial;
static enum warning_state last_state;
static uint32_t fallen;

/* The messages of JPN's one warning, as they go to KOR. */
static void watch_serials(int nation, const struct event *event, const struct effects *caused)
{
    (void)event;
    for (uint32_t i = 0; i < caused->count; i++) {
        const struct effect *e = &caused->items[i];
        struct record record;
        if (nation != PAIR_JPN || e->kind != EFFECT_RELEASED || e->record != RECORD_WARNING) {
            continue;
        }
        const struct ledger *l = &pair_engines[PAIR_JPN].sessions[0].ledger;
        assert_int_equal(codec_decode(ledger_record_at(l, e->sequence), &record), OK);
        fallen += record.warning.serial < last_serial ? 1 : 0;
        last_serial = record.warning.serial;
        last_state = record.warning.state;
    }
}

/* An end goes at once. What a rule still delays of the same warning must not come after it: the
 * partner would be warned again of what was cancelled. */
static void an_end_is_the_last_word(void **state)
{
    (void)state;
    start(40.0);
    pair_look = watch_serials;
    last_serial = 0;
    fallen = 0;
    struct policy *policy = &pair_engines[PAIR_JPN].config.policy;
    for (uint32_t i = 0; i < policy->rule_count; i++) {
        policy->rules[i].delay_s = policy->rules[i].kind == RECORD_WARNING ? 25.0 : 0.0;
    }
    const struct engine_event *offered = &pair_engines[PAIR_JPN].offers[0].events[0];
    double t_s = 100.0;
    while (t_s < 260.0 && (last_serial == 0 || last_serial == offered->warning.serial)) {
        t_s += 1.0;
        pair_run(t_s, false);
    }
    assert_true(last_serial > 0 && last_serial < offered->warning.serial); /* the rest waits */
    const struct event order = order_at(t_s + 0.1, ORDER_FALSE, 1);
    assert_int_equal(give(PAIR_JPN, &order), OK);
    pair_run(t_s + 40.0, false);
    assert_int_equal(last_state, WARNING_CANCEL);
    assert_int_equal(fallen, 0);
    assert_true(pair_engines[PAIR_JPN].records_withheld[RELEASE_DELAYED] > 0);
}

/* What only the judging nation had told of ends at the partner too, warning and all. */
static void a_partner_hears_that_there_was_none(void **state)
{
    (void)state;
    start(40.0);
    pair_run(110.0, false);
    struct engine_event *there = event_of(PAIR_JPN, 1);
    assert_true(there->solutions[1].present && !there->solutions[0].present);
    assert_int_equal(order(PAIR_KOR, 110.1, ORDER_FALSE, 1), OK);
    pair_run(113.0, false);
    assert_true(there->withdrawn);
    assert_false(warning_in_force(there->warning.state));
    const uint64_t after = released;
    pair_run(130.0, false);
    assert_int_equal(released, after); /* and nothing more of it */
    assert_int_equal(order(PAIR_KOR, 130.1, ORDER_REAL, 1), OK);
    pair_run(140.0, false);
    assert_true(released > after + 5);
    assert_int_equal(noticed[PAIR_JPN], 2); /* as a new one */
}

/* What its own radar sees stays, whatever the partner takes back. */
static void a_partner_keeps_what_it_sees_itself(void **state)
{
    (void)state;
    start(40.0);
    pair_run(260.0, false);
    struct engine_event *there = event_of(PAIR_JPN, 1);
    assert_true(there->solutions[0].present && there->solutions[1].present);
    assert_int_equal(order(PAIR_KOR, 260.1, ORDER_FALSE, 1), OK);
    pair_run(270.0, false);
    assert_false(there->withdrawn);
    assert_false(there->solutions[1].present);
    assert_true(warning_in_force(there->warning.state));
}

static void refuse(struct event e, result expected)
{
    const struct engine *engine = &pair_engines[PAIR_JPN];
    const uint64_t position = engine->position;
    const struct engine_event before = *event_of(PAIR_JPN, 1);
    assert_int_equal(give(PAIR_JPN, &e), expected);
    assert_int_equal(effects.count, 0);
    assert_int_equal(engine->position, position);
    assert_int_equal(engine->order_count, 0);
    assert_memory_equal(event_of(PAIR_JPN, 1), &before, sizeof before);
}

static void what_may_not_be_ordered_leaves_no_trace(void **state)
{
    (void)state;
    start(40.0);
    pair_run(110.0, false);
    struct event e = order_at(110.1, ORDER_FALSE, 1);
    e.order.roles = ROLE_RELEASE | ROLE_ENGINEER | ROLE_OBSERVER | ROLE_CONTROL;
    refuse(e, ERR_DENIED);
    e = order_at(110.1, ORDER_HOLD, 0);
    e.order.roles = ROLE_WATCH;
    refuse(e, ERR_DENIED);
    refuse(order_at(110.1, ORDER_FALSE, 2), ERR_NOT_FOUND);
    refuse(order_at(110.1, ORDER_FALSE, 0), ERR_RANGE);
    refuse(order_at(110.1, ORDER_NONE, 1), ERR_RANGE);
    refuse(order_at(110.1, ORDER_REAL, 1), ERR_STATE);
    refuse(order_at(110.1, ORDER_RELEASE, 1), ERR_STATE);
    e = order_at(110.1, ORDER_FALSE, 1);
    memset(e.order.reason, 0, sizeof e.order.reason);
    refuse(e, ERR_RANGE);
    memcpy(e.order.reason, " \t", 2);
    refuse(e, ERR_RANGE);
    memcpy(e.order.reason, "\xff ", 2);
    refuse(e, ERR_RANGE);
    e = order_at(110.1, ORDER_FALSE, 1);
    e.order.actor.text[0] = '\0';
    refuse(e, ERR_RANGE);
    e = order_at(110.1, ORDER_MERGE, 1);
    refuse(e, ERR_RANGE);
    e.order.into.value = 7;
    refuse(e, ERR_NOT_FOUND);
    e = order_at(110.1, ORDER_SPLIT, 1);
    memcpy(e.order.nation.code, "USA", 4);
    refuse(e, ERR_NOT_FOUND);
    memcpy(e.order.nation.code, "KOR", 4);
    refuse(e, ERR_STATE); /* nobody else sees it */
}

static void what_is_held_waits_and_goes_again(void **state)
{
    (void)state;
    start(40.0);
    pair_run(110.0, false);
    assert_true(released > 5);
    assert_int_equal(order(PAIR_KOR, 110.1, ORDER_HOLD, 0), OK);
    const uint64_t before = released;
    const struct engine *kor = &pair_engines[PAIR_KOR];
    pair_run(130.0, false);
    assert_int_equal(released, before);
    assert_true(kor->records_withheld[RELEASE_HELD] >= 15);
    struct view *view = malloc(sizeof *view);
    assert_non_null(view);
    engine_view(kor, view);
    assert_true(view->links[0].held);
    assert_int_equal(view->order_count, 1);
    assert_int_equal(view->orders[0].order.kind, ORDER_HOLD);
    assert_int_equal(order(PAIR_KOR, 130.1, ORDER_RELEASE, 0), OK);
    pair_run(140.0, false);
    assert_true(released >= before + 8);
    struct event e = order_at(140.1, ORDER_HOLD, 1);
    memcpy(e.order.nation.code, "JPN", 4);
    assert_int_equal(give(PAIR_KOR, &e), OK);
    const uint64_t again = released;
    pair_run(150.0, false);
    assert_int_equal(released, again);
    engine_view(kor, view);
    assert_false(view->links[0].held);
    assert_int_equal(view->events[0].held_count, 1);
    assert_string_equal(view->events[0].held[0].code, "JPN");
    free(view);
}

/* A launch that is held before its notice went: the notice goes when the officer lets it. */
static void a_held_notice_goes_late(void **state)
{
    (void)state;
    start(40.0);
    assert_int_equal(order(PAIR_KOR, 40.0, ORDER_HOLD, 0), OK);
    pair_run(110.0, false);
    assert_int_equal(released, 0);
    assert_int_equal(noticed[PAIR_KOR], 1);
    assert_int_equal(noticed[PAIR_JPN], 0);
    assert_int_equal(order(PAIR_KOR, 110.1, ORDER_RELEASE, 0), OK);
    pair_run(113.0, false);
    assert_int_equal(noticed[PAIR_JPN], 1);
}

static void merged_and_told_apart(void **state)
{
    (void)state;
    start(40.0);
    pair_run(110.0, true);
    assert_int_equal(noticed[PAIR_KOR], 2);
    struct event e = order_at(110.1, ORDER_MERGE, 2);
    e.order.into.value = 1;
    assert_int_equal(give(PAIR_KOR, &e), OK);
    assert_true(event_of(PAIR_KOR, 2)->withdrawn);
    assert_int_equal(event_of(PAIR_KOR, 2)->same_as.value, 1);
    assert_false(event_of(PAIR_KOR, 2)->has_common); /* what it was made of is the other's */
    const uint64_t before = released;
    pair_run(140.0, true);
    assert_int_equal(noticed[PAIR_KOR], 2); /* the track that is left over calls nobody */
    assert_true(event_of(PAIR_KOR, 2)->withdrawn);
    assert_true(released > before + 45); /* partners judge for themselves: both go on */
    assert_int_equal(order(PAIR_KOR, 140.1, ORDER_REAL, 2), OK);
    pair_run(150.0, true);
    assert_false(event_of(PAIR_KOR, 2)->withdrawn);
    assert_true(event_of(PAIR_KOR, 2)->has_common);
}

static void what_is_held_stays_held_under_another_name(void **state)
{
    (void)state;
    start(40.0);
    pair_run(110.0, true);
    assert_int_equal(order(PAIR_KOR, 110.1, ORDER_HOLD, 2), OK);
    assert_int_not_equal(event_of(PAIR_KOR, 2)->held, 0);
    assert_int_equal(event_of(PAIR_KOR, 1)->held, 0);
    struct event e = order_at(110.1, ORDER_MERGE, 2);
    e.order.into.value = 1;
    assert_int_equal(give(PAIR_KOR, &e), OK);
    assert_int_equal(event_of(PAIR_KOR, 1)->held, event_of(PAIR_KOR, 2)->held);
}

/* Gives every free place to an event of the nation's own that goes on, or takes them back. */
static void fill(int nation, bool full)
{
    for (uint32_t i = 0; i < LIMIT_EVENTS; i++) {
        struct engine_event *e = &pair_engines[nation].events[i];
        if (e->id.value == (full ? 0 : 1000 + i)) {
            e->id.value = full ? 1000 + i : 0;
            e->noticed_from = pair_engines[nation].config.nation;
            e->over_since = INSTANT_UNSET;
        }
    }
}

static void a_track_that_is_split_off_stays_apart(void **state)
{
    (void)state;
    start(40.0);
    pair_run(260.0, false);
    assert_int_equal(noticed[PAIR_JPN], 1);
    struct event e = order_at(260.1, ORDER_SPLIT, 1);
    memcpy(e.order.nation.code, "KOR", 4);
    fill(PAIR_JPN, true);
    assert_int_equal(give(PAIR_JPN, &e), ERR_FULL);
    assert_null(engine_order_at(&pair_engines[PAIR_JPN], 1));
    assert_null(find_effect(EFFECT_ORDER));
    fill(PAIR_JPN, false);
    assert_int_equal(give(PAIR_JPN, &e), OK);
    assert_non_null(find_effect(EFFECT_NOTICED));
    pair_run(300.0, false);
    const struct engine_event *made = event_of(PAIR_JPN, 2);
    assert_true(made->solutions[1].present && !made->solutions[0].present && made->has_common);
    assert_true(event_of(PAIR_JPN, 1)->solutions[0].present);
    assert_false(event_of(PAIR_JPN, 1)->solutions[1].present);
    assert_int_equal(withdrawn[PAIR_JPN], 0);
    memcpy(e.order.nation.code, "JPN", 4);
    e.time = flown_instant(300.1);
    assert_int_equal(give(PAIR_JPN, &e), ERR_STATE);
}

static result order_of(const char *who, double t_s, enum order_kind kind, uint8_t roles)
{
    struct event e = order_at(t_s, kind, 1);
    assert_int_equal(officer_name_parse(who, &e.order.actor), OK);
    e.order.roles = roles;
    return give(PAIR_JPN, &e);
}

/* Two different people, once each, while it is in force. */
static void two_agree_to_a_warning(void **state)
{
    (void)state;
    start(40.0);
    pair_run(110.0, false);
    struct engine_event *e = event_of(PAIR_JPN, 1);
    assert_false(warning_in_force(e->warning.state));
    assert_int_equal(order_of("sato", 110.1, ORDER_APPROVE, ROLE_RELEASE), ERR_STATE);
    pair_run(260.0, false);
    assert_true(warning_in_force(e->warning.state));
    assert_int_equal(order_of("sato", 260.1, ORDER_APPROVE, ROLE_WATCH), ERR_DENIED);
    assert_int_equal(order_of("sato", 260.1, ORDER_APPROVE, ROLE_RELEASE), OK);
    assert_int_equal(find_effect(EFFECT_ORDER)->event.value, 1);
    assert_int_equal(order_of("sato", 260.1, ORDER_APPROVE, ROLE_RELEASE), ERR_STATE);
    assert_int_equal(order_of("sat", 260.1, ORDER_APPROVE, ROLE_RELEASE), OK);
    assert_int_equal(order_of("abe", 260.1, ORDER_APPROVE, ROLE_RELEASE), ERR_STATE);
    assert_string_equal(e->approved_by[0].text, "sato");
    assert_string_equal(e->approved_by[1].text, "sat");
    pair_run(300.0, false); /* updates need nobody's consent */
    assert_string_equal(e->approved_by[1].text, "sat");
    struct view *view = calloc(1, sizeof *view);
    assert_non_null(view);
    engine_view(&pair_engines[PAIR_JPN], view);
    assert_int_equal(view->events[0].approval_count, 2);
    assert_false(view->events[0].recalled);
    free(view);
}

/* Cancelled at once, never raised by itself, and nobody's consent to it holds for the next one. */
static void a_warning_is_taken_back_and_raised_again(void **state)
{
    (void)state;
    start(40.0);
    pair_run(260.0, false);
    struct engine_event *e = event_of(PAIR_JPN, 1);
    assert_int_equal(order_of("sato", 260.1, ORDER_APPROVE, ROLE_RELEASE), OK);
    assert_int_equal(order_of("kim", 260.1, ORDER_CANCEL, ROLE_WATCH), ERR_DENIED);
    assert_int_equal(order_of("sato", 260.1, ORDER_WARN, ROLE_RELEASE), ERR_STATE);
    assert_int_equal(order_of("sato", 260.1, ORDER_CANCEL, ROLE_RELEASE), OK);
    assert_int_equal(e->warning.state, WARNING_CANCEL);
    assert_false(e->warning.was_false || e->withdrawn);
    assert_int_equal(find_effect(EFFECT_WARNING)->warning, WARNING_CANCEL);
    assert_null(find_effect(EFFECT_WITHDRAWN));
    assert_int_equal(order_of("sato", 260.2, ORDER_CANCEL, ROLE_RELEASE), ERR_STATE);
    const uint64_t before = raised[PAIR_JPN];
    pair_run(300.0, false);
    assert_int_equal(raised[PAIR_JPN], before);
    assert_true(e->recalled && e->has_common); /* it is watched on */
    assert_int_equal(order_of("sato", 300.1, ORDER_WARN, ROLE_RELEASE), OK);
    assert_int_equal(e->warning.state, WARNING_INITIAL);
    assert_int_equal(e->approved_by[0].text[0], '\0');
    assert_int_equal(order_of("sato", 300.1, ORDER_APPROVE, ROLE_RELEASE), OK);
}

/* From its bytes, in a copy of the engine: the same effects and the same state. */
static void a_replay_obeys_it_again(void **state)
{
    (void)state;
    static uint8_t bytes[EVENT_BYTES_MAX];
    static struct observation scan[LIMIT_SCAN];
    struct engine *copy = malloc(sizeof *copy);
    assert_non_null(copy);
    start(40.0);
    pair_run(260.0, false);
    memcpy(copy, &pair_engines[PAIR_JPN], sizeof *copy);
    const struct event e = order_at(260.1, ORDER_FALSE, 1);
    struct byte_writer w = {bytes, sizeof bytes, 0};
    assert_int_equal(event_encode(&e, &w), OK);
    struct event again;
    assert_int_equal(event_decode(byte_writer_written(&w), scan, &again), OK);
    assert_int_equal(give(PAIR_JPN, &e), OK);
    const uint64_t digest = pair_digest(0, &effects);
    assert_int_equal(engine_step(copy, &again, &effects), OK);
    assert_int_equal(pair_digest(0, &effects), digest);
    assert_memory_equal(copy->events, pair_engines[PAIR_JPN].events, sizeof copy->events);
    assert_memory_equal(copy->orders, pair_engines[PAIR_JPN].orders, sizeof copy->orders);
    free(copy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(false_cancels_the_warning_at_once),
        cmocka_unit_test(an_end_is_the_last_word),
        cmocka_unit_test(a_partner_hears_that_there_was_none),
        cmocka_unit_test(a_partner_keeps_what_it_sees_itself),
        cmocka_unit_test(what_may_not_be_ordered_leaves_no_trace),
        cmocka_unit_test(what_is_held_waits_and_goes_again),
        cmocka_unit_test(a_held_notice_goes_late),
        cmocka_unit_test(merged_and_told_apart),
        cmocka_unit_test(what_is_held_stays_held_under_another_name),
        cmocka_unit_test(a_track_that_is_split_off_stays_apart),
        cmocka_unit_test(two_agree_to_a_warning),
        cmocka_unit_test(a_warning_is_taken_back_and_raised_again),
        cmocka_unit_test(a_replay_obeys_it_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
