/* What USA passes on of KOR's to JPN, and what JPN takes of it. */
#include "../base/near.h"

#include <string.h>

#include "../track/flown.h"
#include "engine/picture.h"
#include "share/relay.h"
#include "three.h"

static struct view view;

/* JPN's one live event; NULL if it has none. */
static const struct view_event *event_at_jpn(void)
{
    const struct view_event *found = NULL;
    engine_view(&three_engines[JPN], &view);
    for (uint32_t i = 0; i < view.event_count; i++) {
        if (!view.events[i].over) {
            assert_null(found);
            found = &view.events[i];
        }
    }
    return found;
}

/* KOR's track at JPN: how old it is, and who passed it on ("" = nobody). */
static void assert_track(double age_s_max, const char *via)
{
    const struct view_event *event = event_at_jpn();
    assert_non_null(event);
    assert_true(event->has_common);
    assert_int_equal(event->solution_count, 1);
    const struct view_solution *s = &event->solutions[0];
    assert_true(nation_id_equal(s->nation, three_nation(KOR)));
    assert_string_equal(s->via.code, via);
    assert_true(s->contributes);
    assert_true(instant_since_s(three_engines[JPN].now, s->track.time) <= age_s_max);
    double truth[6];
    assert_true(flown_state(instant_since_s(s->track.time, flown_instant(0.0)), truth));
    assert_near(s->track.position.x_m, truth[0], 20e3);
    assert_near(s->track.position.y_m, truth[1], 20e3);
    assert_near(s->track.position.z_m, truth[2], 20e3);
}

static void jpn_sees_through_usa(void **state)
{
    (void)state;
    three_start(true);
    const struct grant grant = three_grant();
    assert_int_equal(three_give_grant(&grant), OK);
    three_run(200.0);
    assert_track(3.0, "USA");
    const uint64_t passed = three_engines[USA].relays_passed[RELAY_YES];
    const uint64_t taken = three_engines[JPN].relays_taken[RELAY_YES];
    assert_true(taken > 30);
    assert_true(passed >= taken && passed <= taken + 2);
    assert_true(three_relayed == passed);
    assert_true(three_session(JPN, KOR)->counters.received == 0);
    /* Nothing but these, and all of them acknowledged as anything else is. */
    for (int why = RELAY_YES + 1; why < RELAY_WHY_COUNT; why++) {
        assert_true(three_engines[USA].relays_passed[why] == 0);
        assert_true(three_engines[JPN].relays_taken[why] == 0);
    }
    assert_true(three_session(USA, JPN)->counters.acknowledged + 3 > taken);
}

/* Whom no line leads to is never said hello to, and does not keep the engine awake for it. */
static void without_a_line_there_is_no_hurry(void **state)
{
    (void)state;
    three_start(true);
    three_engines[JPN].config.apart[three_index(JPN, KOR)] = true;
    three_run(5.0);
    assert_true(instant_before(three_engines[JPN].now, engine_next_time(&three_engines[JPN])));
}

static void without_a_grant_nothing_goes(void **state)
{
    (void)state;
    three_start(true);
    three_run(120.0);
    assert_true(three_engines[USA].relays_passed[RELAY_NO_GRANT] > 10);
    assert_true(three_engines[USA].relays_passed[RELAY_YES] == 0);
    assert_true(three_session(USA, JPN)->counters.appended == 0);
    assert_null(event_at_jpn());
    assert_true(three_relayed == 0);
    for (int why = 0; why < RELAY_WHY_COUNT; why++) {
        assert_true(three_engines[JPN].relays_taken[why] == 0);
    }
}

static void a_label_without_onward_keeps_it_there(void **state)
{
    (void)state;
    three_start(false);
    const struct grant grant = three_grant();
    assert_int_equal(three_give_grant(&grant), OK);
    three_run(120.0);
    assert_true(three_session(USA, KOR)->counters.received > 10);
    for (int why = 0; why < RELAY_WHY_COUNT; why++) {
        assert_true(three_engines[USA].relays_passed[why] == 0);
    }
    assert_null(event_at_jpn());
}

static void a_grant_ends(void **state)
{
    (void)state;
    three_start(true);
    struct grant grant = three_grant();
    grant.until = flown_instant(100.0);
    assert_int_equal(three_give_grant(&grant), OK);
    three_run(102.0);
    const uint64_t taken = three_engines[JPN].relays_taken[RELAY_YES];
    assert_true(taken > 5);
    three_run(140.0);
    assert_true(three_engines[JPN].relays_taken[RELAY_YES] == taken);
    assert_true(three_engines[USA].relays_passed[RELAY_PERIOD] > 30);
    /* Another one goes on, and none at all ends it. */
    grant.from = flown_instant(140.0);
    grant.until = flown_instant(900.0);
    assert_int_equal(three_give_grant(&grant), OK);
    three_run(160.0);
    assert_true(three_engines[JPN].relays_taken[RELAY_YES] > taken + 10);
    assert_true(three_engines[USA].relays_passed[RELAY_NO_GRANT] == 0);
    assert_int_equal(three_give_grant(NULL), OK);
    three_run(180.0);
    assert_true(three_engines[USA].relays_passed[RELAY_NO_GRANT] > 10);
}

/* Whether USA knows of it or JPN alone: nothing is taken any more. */
static void a_revoked_key_ends_it(void **state)
{
    (void)state;
    for (int who = USA; who <= JPN; who++) {
        three_start(true);
        const struct grant grant = three_grant();
        assert_int_equal(three_give_grant(&grant), OK);
        three_run(100.0);
        const uint64_t taken = three_engines[JPN].relays_taken[RELAY_YES];
        assert_true(taken > 5);
        three_kor.list.number = 2;
        three_kor.list.keys[0].revoked = flown_instant(three_now_s);
        three_give_keys(who);
        three_run(130.0);
        assert_true(three_engines[JPN].relays_taken[RELAY_YES] <= taken + (who == USA ? 3 : 0));
        const uint64_t refused = who == USA ? three_engines[USA].relays_passed[RELAY_SIGNATURE]
                                            : three_engines[JPN].relays_taken[RELAY_SIGNATURE];
        assert_true(refused > 10);
    }
}

/* What waits to be passed on while JPN is cut off goes no more when the grant is replaced or its
 * key revoked. */
static void what_waits_is_withdrawn(void **state)
{
    (void)state;
    for (int how = 0; how < 2; how++) {
        three_start(true);
        struct grant grant = three_grant();
        assert_int_equal(three_give_grant(&grant), OK);
        three_run(100.0);
        three_line[USA][JPN] = false;
        three_line[JPN][USA] = false;
        three_run(120.0);
        const uint64_t taken = three_engines[JPN].relays_taken[RELAY_YES];
        struct policy nothing;
        policy_none(three_nation(USA), &nothing);
        /* USA's own policy has no say. */
        assert_int_equal(session_recheck(three_session(USA, JPN), &nothing, POLICY_ALL_SENSORS,
                                         flown_instant(three_now_s)),
                         0);
        if (how == 0) {
            grant.from = flown_instant(three_now_s);
            grant.until = flown_instant(three_now_s + 0.5);
            assert_int_equal(three_give_grant(&grant), OK);
        } else {
            three_kor.list.number = 2;
            three_kor.list.keys[0].revoked = flown_instant(three_now_s);
            three_give_keys(USA);
        }
        assert_true(three_session(USA, JPN)->ledger.withdrawn >= 18);
        three_line[USA][JPN] = true;
        three_line[JPN][USA] = true;
        three_run(140.0);
        assert_true(three_engines[JPN].relays_taken[RELAY_YES] == taken);
        assert_true(three_session(JPN, USA)->counters.gone >= 18);
        assert_true(session_missing(three_session(JPN, USA)) == 0);
    }
}

/* One launch, one solution of KOR's, by whichever way; the direct one is heard alone. */
static void the_way_changes_and_nothing_counts_twice(void **state)
{
    (void)state;
    three_start(true);
    const struct grant grant = three_grant();
    assert_int_equal(three_give_grant(&grant), OK);
    three_run(120.0);
    assert_track(3.0, "USA");
    three_cut(false);
    three_run(150.0);
    assert_track(3.0, "");
    assert_true(three_engines[JPN].relays_taken[RELAY_DIRECT] > 10);
    const uint64_t taken = three_engines[JPN].relays_taken[RELAY_YES];
    three_run(160.0);
    assert_true(three_engines[JPN].relays_taken[RELAY_YES] == taken);
    three_cut(true);
    three_run(162.0);
    assert_track(5.0, "");
    three_run(190.0);
    assert_track(3.0, "USA");
    assert_int_equal(view.event_count, 1);
}

/* KOR's solution at JPN; its event is the only one. */
static const struct engine_solution *solution_at_jpn(void)
{
    const struct engine_event *event = &three_engines[JPN].events[0];
    assert_true(event->id.value != 0 && event->solutions[1 + three_index(JPN, KOR)].present);
    return &event->solutions[1 + three_index(JPN, KOR)];
}

/* Directly and by way of USA the same track has two numbers. */
static void what_comes_late_by_another_way_changes_nothing(void **state)
{
    (void)state;
    three_start(true);
    const struct grant grant = three_grant();
    assert_int_equal(three_give_grant(&grant), OK);
    three_run(120.0);
    const struct engine_solution *s = solution_at_jpn();
    const struct instant time = s->track.time;
    const struct nation_id direct = {{0}};
    struct record record = {.kind = RECORD_TRACK,
                            .made = three_engines[JPN].now,
                            .label = s->label,
                            .event = s->name,
                            .track = s->track};
    record.track.id.value++;
    record.track.time = instant_plus_s(time, -1.0);
    record.track.last_measurement = instant_plus_s(s->track.last_measurement, -1.0);
    picture_take_record(&three_engines[JPN], three_index(JPN, KOR), direct, &record,
                        &three_effects);
    assert_true(instant_equal(solution_at_jpn()->track.time, time));
    assert_track(3.0, "USA");
    /* A notice by the one way of what came by the other is no other launch. */
    record =
        (struct record){.kind = RECORD_NOTICE,
                        .made = three_engines[JPN].now,
                        .label = s->label,
                        .event = s->name,
                        .notice = {.track = {12345}, .first_detection = three_engines[JPN].now}};
    picture_take_record(&three_engines[JPN], three_index(JPN, KOR), direct, &record,
                        &three_effects);
    three_run(130.0);
    assert_track(3.0, "USA");
    assert_true(three_engines[JPN].records_refused == 0);
}

/* What USA could put into its ledger for JPN if it did not keep to the rules. */
static void put(const struct relayed *relayed)
{
    struct released_record forged = {.to = three_nation(JPN), .basis = {.kind = RECORD_TRACK}};
    struct byte_writer w = {forged.bytes, sizeof forged.bytes, 0};
    assert_int_equal(relay_encode(relayed, &w), OK);
    forged.size = (uint32_t)w.size;
    (void)session_append(three_session(USA, JPN), &forged, flown_instant(three_now_s));
}

/* The newest relayed record in USA's ledger for JPN. */
static struct relayed newest(void)
{
    struct relayed relayed;
    const struct ledger *l = &three_session(USA, JPN)->ledger;
    uint64_t n = l->last;
    while (relay_decode(ledger_record_at(l, n), &relayed) != OK) {
        n--;
        assert_true(n > 0);
    }
    return relayed;
}

static void a_dishonest_hub_is_refused(void **state)
{
    (void)state;
    three_start(true);
    struct grant grant = three_grant();
    grant.until = flown_instant(100.0);
    assert_int_equal(three_give_grant(&grant), OK);
    three_run(95.0);
    const struct relayed honest = newest();
    struct relayed forged = honest;
    forged.grant.grant.owner = three_nation(JPN);
    forged.grant.grant.to = three_nation(KOR);
    put(&forged);
    forged = honest;
    memcpy(forged.grant.grant.owner.code, "GBR", 4);
    put(&forged);
    forged = honest;
    memcpy(forged.grant.grant.to.code, "GBR", 4);
    put(&forged);
    forged = honest;
    forged.record[0] = 0x42;
    put(&forged);
    forged = honest;
    forged.size--;
    put(&forged);
    forged = honest;
    forged.signature[0] ^= 1;
    put(&forged);
    forged = honest;
    forged.grant.signature[0] ^= 1;
    put(&forged);
    /* Without a hash of the proof. */
    forged = honest;
    forged.count++;
    put(&forged);
    forged = honest;
    forged.grant = three_sign(&honest.grant.grant, DOMAIN_LIVE);
    put(&forged);
    forged = honest;
    forged.grant.grant.kinds = GRANT_WARNINGS;
    forged.grant = three_sign(&forged.grant.grant, DOMAIN_EXERCISE);
    put(&forged);
    three_run(97.0);
    const uint64_t *taken = three_engines[JPN].relays_taken;
    assert_true(taken[RELAY_LOOP] == 1);
    assert_true(taken[RELAY_OWNER] == 1);
    assert_true(taken[RELAY_ROUTE] == 1);
    assert_true(taken[RELAY_TWICE] == 1);
    assert_true(taken[RELAY_FORMAT] == 1);
    assert_true(taken[RELAY_PROOF] == 2);
    assert_true(taken[RELAY_SIGNATURE] == 2);
    assert_true(taken[RELAY_TERMS] == 1);
    three_run(110.0);
    put(&honest);
    three_run(112.0);
    assert_true(taken[RELAY_PERIOD] > 0);
    /* None of it stopped the session. */
    assert_true(session_missing(three_session(JPN, USA)) == 0);
}

/* Every signature is right, and every record was one of KOR's: told again when the launch is over,
 * or when KOR has taken back what USA still holds, it is not taken. */
static void what_is_told_again_is_refused(void **state)
{
    (void)state;
    three_start(true);
    const struct grant grant = three_grant();
    assert_int_equal(three_give_grant(&grant), OK);
    three_run(100.0);
    const struct relayed old = newest();
    const uint64_t *taken = three_engines[JPN].relays_taken;
    /* KOR is silent for a while, withdraws what waits, and says so with a gap. */
    three_line[KOR][USA] = false;
    three_line[USA][KOR] = false;
    three_run(120.0);
    struct policy nothing;
    policy_none(three_nation(KOR), &nothing);
    assert_true(session_recheck(three_session(KOR, USA), &nothing, POLICY_ALL_SENSORS,
                                flown_instant(three_now_s)) > 10);
    three_line[KOR][USA] = true;
    three_line[USA][KOR] = true;
    three_run(130.0);
    assert_true(three_session(USA, KOR)->counters.gone > 10);
    const uint64_t before = taken[RELAY_YES];
    assert_true(taken[RELAY_AGAIN] == 0);
    put(&old);
    put(&old);
    three_run(130.0);
    three_run(132.0);
    assert_true(taken[RELAY_AGAIN] == 2);
    assert_true(taken[RELAY_YES] <= before + 3);
    assert_track(3.0, "USA");
}

/* USA keeps back what it was to pass on while JPN heard KOR, to tell it afterwards. */
static void what_was_kept_back_is_refused(void **state)
{
    (void)state;
    three_start(true);
    const struct grant grant = three_grant();
    assert_int_equal(three_give_grant(&grant), OK);
    three_cut(false);
    three_run(100.0);
    struct relayed kept = newest();
    three_run(140.0);
    three_cut(true);
    three_line[USA][JPN] = false;
    three_run(160.0);
    /* As if it had never come. */
    memset(three_engines[JPN].ways, 0, sizeof three_engines[JPN].ways);
    three_line[USA][JPN] = true;
    const uint64_t before = three_engines[JPN].relays_taken[RELAY_DIRECT];
    put(&kept);
    three_run(165.0);
    assert_true(three_engines[JPN].relays_taken[RELAY_DIRECT] == before + 1);
    assert_true(three_engines[JPN].relays_taken[RELAY_YES] > 10);
}

static void grants_that_are_not_for_us_leave_no_trace(void **state)
{
    (void)state;
    static struct engine before;
    three_start(true);
    struct grant wrong[2] = {three_grant(), three_grant()};
    wrong[0].via = three_nation(JPN);
    wrong[0].to = three_nation(USA);
    memcpy(wrong[1].to.code, "GBR", 4);
    before = three_engines[USA];
    assert_int_equal(three_give_grant(&wrong[0]), ERR_RANGE);
    assert_int_equal(three_give_grant(&wrong[1]), ERR_NOT_FOUND);
    before.events_refused = three_engines[USA].events_refused;
    assert_memory_equal(&before, &three_engines[USA], sizeof before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(jpn_sees_through_usa),
        cmocka_unit_test(without_a_line_there_is_no_hurry),
        cmocka_unit_test(without_a_grant_nothing_goes),
        cmocka_unit_test(a_label_without_onward_keeps_it_there),
        cmocka_unit_test(a_grant_ends),
        cmocka_unit_test(a_revoked_key_ends_it),
        cmocka_unit_test(what_waits_is_withdrawn),
        cmocka_unit_test(the_way_changes_and_nothing_counts_twice),
        cmocka_unit_test(what_comes_late_by_another_way_changes_nothing),
        cmocka_unit_test(a_dishonest_hub_is_refused),
        cmocka_unit_test(what_is_told_again_is_refused),
        cmocka_unit_test(what_was_kept_back_is_refused),
        cmocka_unit_test(grants_that_are_not_for_us_leave_no_trace),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
