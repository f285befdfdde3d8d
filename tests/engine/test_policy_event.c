/* A policy that changes while the engine runs: who must sign, what waits is asked again, areas hold
 * back what is not known to be from there. */
#include "../base/near.h"

#include <string.h>

#include "../track/flown.h"
#include "base/elementary.h"
#include "pair.h"
#include "share/policy_compare.h"

static struct effects effects;
static uint64_t released[RECORD_KIND_COUNT];
static double first_s[RECORD_KIND_COUNT];

static void watch(int nation, const struct event *event, const struct effects *caused)
{
    for (uint32_t i = 0; i < caused->count; i++) {
        const struct effect *e = &caused->items[i];
        if (nation == PAIR_KOR && e->kind == EFFECT_RELEASED) {
            if (released[e->record] == 0) {
                first_s[e->record] = instant_since_s(event->time, flown_instant(0.0));
            }
            released[e->record]++;
        }
    }
}

static void start(bool joined)
{
    const struct geo_geodetic site = {40.611208 * RAD_PER_DEG, 126.425743 * RAD_PER_DEG, 0.0};
    flown_solve(site, 80.0, 970.0, 4500.0, FLIGHT_INTERMEDIATE);
    memset(released, 0, sizeof released);
    pair_look = watch;
    pair_start(40.0, 3, joined);
}

/* KOR's engine is given a policy after the one in force. */
static result change_to(const struct policy *policy, uint32_t officers, double t_s)
{
    uint8_t bytes[POLICY_BYTES_MAX];
    struct byte_writer w = {bytes, sizeof bytes, 0};
    assert_int_equal(policy_encode(policy, &w), OK);
    struct engine *engine = &pair_engines[PAIR_KOR];
    struct event e = {.kind = EVENT_POLICY,
                      .time = flown_instant(t_s),
                      .policy = byte_writer_written(&w),
                      .predecessor = policy_digest(&engine->config.policy),
                      .officer_count = officers};
    return engine_step(engine, &e, &effects);
}

static struct policy next_policy(void)
{
    struct policy p = pair_engines[PAIR_KOR].config.policy;
    p.number++;
    return p;
}

static struct policy_area around(double lat_deg, double lon_deg, double radius_m)
{
    return (struct policy_area){.name = "here",
                                .corner_count = 1,
                                .corners = {{lat_deg * RAD_PER_DEG, lon_deg * RAD_PER_DEG, 0.0}},
                                .radius_m = radius_m};
}

/* With the line cut everything waits, and goes no more once it is not to. */
static void what_waits_is_asked_again(void **state)
{
    (void)state;
    start(false);
    pair_run(150.0, false);
    const struct ledger *ledger = &pair_engines[PAIR_KOR].sessions[0].ledger;
    const uint64_t waiting = ledger->last;
    assert_true(waiting > 20 && released[RECORD_NOTICE] == 1);
    struct policy p = next_policy();
    p.rules[0].action = POLICY_WITHHOLD;
    assert_int_equal(change_to(&p, 1, 150.2), OK);
    assert_int_equal(ledger->withdrawn, released[RECORD_TRACK]);
    assert_int_equal(ledger->last, waiting);
    const uint64_t before = released[RECORD_TRACK];
    pair_run(160.0, false);
    assert_int_equal(released[RECORD_TRACK], before);
}

/* Without its only sensor JPN gets nothing more, and nothing that it made; with it, all again. */
static void sensors_are_taken_and_given_back(void **state)
{
    (void)state;
    start(false);
    pair_run(150.0, false);
    const struct ledger *ledger = &pair_engines[PAIR_KOR].sessions[0].ledger;
    const uint64_t waiting = ledger->last;
    struct policy p = next_policy();
    struct policy_rule *rule = &p.rules[p.rule_count];
    p.group_count = 1;
    p.groups[0] =
        (struct policy_group){.name = "radar", .sensor_count = 1, .sensors = {{"K-EAST"}}};
    *rule = (struct policy_rule){.name = "no radar",
                                 .action = POLICY_WITHHOLD_SENSORS,
                                 .groups = 1,
                                 .to_count = 1,
                                 .to = {pair_config(PAIR_KOR).partners[0]}};
    p.rule_count++;
    assert_int_equal(change_to(&p, 1, 150.1), OK);
    assert_int_equal(ledger->withdrawn, waiting);
    pair_run(170.0, false);
    assert_int_equal(ledger->last, waiting);
    p.rule_count--;
    p.number++;
    assert_int_equal(change_to(&p, 1, 170.1), ERR_DENIED);
    assert_int_equal(change_to(&p, 2, 170.1), OK);
    const uint64_t notices = released[RECORD_NOTICE];
    pair_run(180.0, false);
    assert_true(ledger->last > waiting + 5);
    assert_int_equal(released[RECORD_NOTICE], notices + 1);
}

static void two_officers_widen_and_one_narrows(void **state)
{
    (void)state;
    start(true);
    struct policy p = next_policy();
    p.rules[0].delay_s = 5.0;
    assert_int_equal(change_to(&p, 1, 40.1), OK);
    assert_int_equal(pair_engines[PAIR_KOR].config.policy.number, 2);
    /* The same again is no longer higher; a hole in the numbers is no harm. */
    assert_int_equal(change_to(&p, 2, 40.2), ERR_STATE);
    p.number = 9;
    p.rules[0].delay_s = 0.0;
    assert_int_equal(change_to(&p, 1, 40.2), ERR_DENIED);
    assert_int_equal(effects.count, 0);
    assert_int_equal(pair_engines[PAIR_KOR].config.policy.number, 2);
    assert_int_equal(change_to(&p, 2, 40.2), OK);
    assert_int_equal(pair_engines[PAIR_KOR].config.policy.number, 9);
    /* Of another nation, or with a sensor that nobody has. */
    p = next_policy();
    p.group_count = 1;
    p.groups[0] = (struct policy_group){.name = "slip", .sensor_count = 1, .sensors = {{"K-EATS"}}};
    assert_int_equal(change_to(&p, 2, 40.3), ERR_NOT_FOUND);
    p = pair_engines[PAIR_JPN].config.policy;
    p.number = 10;
    assert_int_equal(change_to(&p, 2, 40.3), ERR_RANGE);
}

static void a_policy_after_another_one_is_not_taken(void **state)
{
    (void)state;
    start(true);
    const struct policy p = next_policy();
    uint8_t bytes[POLICY_BYTES_MAX];
    struct byte_writer w = {bytes, sizeof bytes, 0};
    assert_int_equal(policy_encode(&p, &w), OK);
    const struct event e = {.kind = EVENT_POLICY,
                            .time = flown_instant(41.0),
                            .policy = byte_writer_written(&w),
                            .predecessor = policy_digest(&p),
                            .officer_count = 2};
    assert_int_equal(engine_step(&pair_engines[PAIR_KOR], &e, &effects), ERR_STATE);
}

/* Of a launch nobody knows at first from where it was: the notice waits until that is known. */
static void only_launches_from_there_go(void **state)
{
    (void)state;
    const struct {
        struct policy_area area;
        bool goes;
    } cases[] = {{around(40.6, 126.4, 400e3), true}, {around(30.0, 126.4, 400e3), false}};
    for (int i = 0; i < 2; i++) {
        start(true);
        struct policy p = next_policy();
        p.area_count = 1;
        p.areas[0] = cases[i].area;
        for (uint32_t k = 0; k < p.rule_count; k++) {
            p.rules[k].areas = 1;
        }
        assert_int_equal(change_to(&p, 1, 40.0), OK);
        pair_run(200.0, false);
        assert_int_equal(released[RECORD_NOTICE], cases[i].goes ? 1 : 0);
        assert_int_equal(released[RECORD_TRACK] > 50, cases[i].goes);
        assert_true(cases[i].goes || released[RECORD_TRACK] == 0);
        if (!cases[i].goes) {
            assert_true(pair_engines[PAIR_KOR].records_withheld[RELEASE_AREA] > 50);
        }
    }
}

static int teardown(void **state)
{
    (void)state;
    pair_look = NULL;
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_waits_is_asked_again),
        cmocka_unit_test(sensors_are_taken_and_given_back),
        cmocka_unit_test(two_officers_widen_and_one_narrows),
        cmocka_unit_test(a_policy_after_another_one_is_not_taken),
        cmocka_unit_test(only_launches_from_there_go),
    };
    return cmocka_run_group_tests(tests, NULL, teardown);
}
