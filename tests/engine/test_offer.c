/* What partners are offered, piece by piece and without a flight: whose sensors are in it, what
 * waits and then goes, who hears that a warning is over, and which of two records of a partner
 * stands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/elementary.h"
#include "base/random.h"
#include "engine/offer.h"
#include "engine/picture.h"
#include "engine/publish.h"
#include "share/codec.h"

#define SENSORS 3
#define PARTNERS 3

static struct engine *engine;
static struct effects *effects;
static const char *const PARTNER[PARTNERS] = {"JPN", "USA", "AUS"};
static const struct instant START = {INT64_C(1664835000) * NS_PER_S};

static struct nation_id nation(const char *code)
{
    struct nation_id id = {{0}};
    assert_true(nation_id_parse(code, &id));
    return id;
}

static struct sensor radar(int number)
{
    return (struct sensor){.id = {{'R', (char)('1' + number), '\0'}},
                           .kind = SENSOR_RADAR,
                           .place = {38.0 * RAD_PER_DEG, (128.0 + number) * RAD_PER_DEG, 0.0},
                           .sigma_range_m = 20.0,
                           .sigma_azimuth_rad = 1e-3,
                           .sigma_elevation_rad = 1e-3,
                           .interval_s = 1.0};
}

static struct engine_config config_of(void)
{
    struct engine_config c;
    memset(&c, 0, sizeof c);
    c.nation = nation("KOR");
    c.domain = DOMAIN_EXERCISE;
    c.sensor_count = SENSORS;
    c.partner_count = PARTNERS;
    c.policy.owner = c.nation;
    c.policy.number = 1;
    c.policy.label = (struct label){.owner = c.nation,
                                    .classification = CLASSIFICATION_RESTRICTED,
                                    .releasable_count = PARTNERS};
    for (int i = 0; i < SENSORS; i++) {
        c.sensors[i] = radar(i);
    }
    for (int i = 0; i < PARTNERS; i++) {
        c.partners[i] = nation(PARTNER[i]);
        c.policy.label.releasable_to[i] = c.partners[i];
        memset(c.partner_keys[i].bytes, 17 + i, sizeof c.partner_keys[i].bytes);
    }
    return c;
}

static struct policy_rule rule_of(enum policy_action action, enum record_kind kind, const char *to)
{
    return (struct policy_rule){.name = "a rule",
                                .action = action,
                                .kind = kind,
                                .to_count = 1,
                                .to = {nation(to)},
                                .classification_max = CLASSIFICATION_RESTRICTED};
}

static void begin(const struct engine_config *config)
{
    assert_int_equal(engine_init(engine, config), OK);
    for (uint32_t i = 0; i < config->partner_count; i++) {
        struct event boot = {.kind = EVENT_BOOT, .time = START, .partner = config->partners[i]};
        boot.boot.epoch.counter = 1;
        assert_int_equal(engine_step(engine, &boot, effects), OK);
    }
}

/* A launch in the offer of all sensors, from where it is said to be. */
static struct engine_event *launch(double lat_deg, double lon_deg)
{
    struct engine_event *event = &engine->offers[0].events[0];
    memset(event, 0, sizeof *event);
    event->id.value = 1;
    memcpy(event->own_name.text, "AMBER-2", sizeof "AMBER-2");
    event->launch.best =
        (struct launch_estimate){.determined = true,
                                 .time = START,
                                 .time_sigma_s = 1.0,
                                 .point = {lat_deg * RAD_PER_DEG, lon_deg * RAD_PER_DEG, 0.0},
                                 .covariance_m2 = {1e6, 0.0, 0.0, 1e6}};
    offer_judge_areas(engine);
    return event;
}

static void tell(struct engine_event *event, enum warning_state state)
{
    const struct picture p = {.engine = engine,
                              .tracker = &engine->tracker,
                              .events = engine->offers[0].events,
                              .next_event = &engine->offers[0].next_event,
                              .offer = &engine->offers[0]};
    event->warning.serial++;
    event->warning.state = state;
    event->warning.time = engine->now;
    event->warning.expires =
        warning_in_force(state) ? instant_plus_s(engine->now, 600.0) : INSTANT_UNSET;
    event->warning.impact = INSTANT_UNSET;
    publish_offer(&p, effects);
}

static uint64_t told(int partner)
{
    return engine->sessions[partner].ledger.last;
}

/* Whatever the policy leaves a partner, the offer that it gets is of these sensors and no other,
 * through any number of changes. */
static void every_partner_gets_its_sensors_offer(void **state)
{
    (void)state;
    const struct engine_config config = config_of();
    struct random r;
    random_init(&r, 1, 1);
    begin(&config);
    for (int change = 0; change < 300; change++) {
        struct policy *p = &engine->config.policy;
        uint32_t unused = 0;
        p->number++;
        p->rule_count = 0;
        p->group_count = SENSORS;
        for (int i = 0; i < SENSORS; i++) {
            p->groups[i] = (struct policy_group){.name = "one", .sensor_count = 1};
            p->groups[i].sensors[0] = config.sensors[i].id;
        }
        for (int i = 0; i < PARTNERS; i++) {
            const uint32_t groups = (uint32_t)(random_u64(&r) % (1u << SENSORS));
            if (groups != 0) {
                p->rules[p->rule_count] =
                    rule_of(POLICY_WITHHOLD_SENSORS, RECORD_UNKNOWN, PARTNER[i]);
                p->rules[p->rule_count].groups = groups;
                p->rules[p->rule_count].classification_max = CLASSIFICATION_UNKNOWN;
                p->rule_count++;
            }
        }
        assert_int_equal(policy_check(p, &unused), OK);
        assert_int_equal(offer_assign(engine), OK);
        for (int i = 0; i < PARTNERS; i++) {
            const uint32_t at = engine->offer_of[i];
            assert_true(engine->offer_used[at]);
            assert_int_equal(engine->offers[at].sensors,
                             policy_sensors(p, config.partners[i], config.sensors, SENSORS));
        }
    }
}

/* Nobody has heard of the partners yet: what they are to know waits for them in order, the end of a
 * warning too, and only for whom the warning went. */
static void the_end_goes_to_whom_the_warning_went(void **state)
{
    (void)state;
    struct engine_config config = config_of();
    config.policy.rules[0] = rule_of(POLICY_RELEASE, RECORD_WARNING, "JPN");
    config.policy.rule_count = 1;
    for (int narrowed = 0; narrowed < 2; narrowed++) {
        begin(&config);
        struct engine_event *event = launch(40.0, 127.0);
        tell(event, WARNING_INITIAL);
        tell(event, WARNING_UPDATE);
        assert_int_equal(told(0), 2);
        engine->config.policy.rule_count = narrowed == 1 ? 0 : 1;
        tell(event, WARNING_CANCEL);
        assert_int_equal(told(0), 3);
        assert_int_equal(told(1), 0);
        assert_int_equal(told(2), 0);
    }
}

/* A rule that delays, for launches from an area: what waited is asked again as a record about that
 * launch. */
static void what_was_delayed_goes_by_its_launch(void **state)
{
    (void)state;
    struct engine_config config = config_of();
    config.policy.area_count = 1;
    config.policy.areas[0] =
        (struct policy_area){.name = "there",
                             .corner_count = 1,
                             .corners = {{40.0 * RAD_PER_DEG, 127.0 * RAD_PER_DEG, 0.0}},
                             .radius_m = 100e3};
    config.policy.rules[0] = rule_of(POLICY_RELEASE, RECORD_WARNING, "JPN");
    config.policy.rules[0].areas = 1;
    config.policy.rules[0].delay_s = 20.0;
    config.policy.rule_count = 1;
    for (int there = 0; there < 2; there++) {
        begin(&config);
        tell(launch(there == 1 ? 40.0 : 37.0, 127.0), WARNING_INITIAL);
        assert_int_equal(told(0), 0);
        engine->now = instant_plus_s(START, 19.0);
        publish_held(engine, effects);
        assert_int_equal(told(0), 0);
        engine->now = instant_plus_s(START, 20.0);
        publish_held(engine, effects);
        assert_int_equal(told(0), there);
    }
}

/* Launches that are under way are looked at against a new policy's areas at once. */
static void a_new_policy_looks_at_the_launches_of_now(void **state)
{
    (void)state;
    struct engine_config config = config_of();
    config.policy.rules[0] = rule_of(POLICY_RELEASE, RECORD_WARNING, "JPN");
    config.policy.rule_count = 1;
    begin(&config);
    const struct engine_event *event = launch(40.0, 127.0);
    struct policy next = config.policy;
    uint8_t bytes[POLICY_BYTES_MAX];
    struct byte_writer w = {bytes, sizeof bytes, 0};
    next.number++;
    next.area_count = 2;
    for (uint32_t i = 0; i < 2; i++) {
        next.areas[i] = (struct policy_area){
            .name = "here and there",
            .corner_count = 1,
            .corners = {{(40.0 - 5.0 * i) * RAD_PER_DEG, 127.0 * RAD_PER_DEG, 0.0}},
            .radius_m = 100e3};
    }
    next.rules[1] = rule_of(POLICY_WITHHOLD, RECORD_WARNING, "JPN");
    next.rules[1].areas = 3;
    next.rule_count = 2;
    assert_int_equal(policy_encode(&next, &w), OK);
    const struct event e = {.kind = EVENT_POLICY,
                            .time = START,
                            .policy = byte_writer_written(&w),
                            .predecessor = policy_digest(&config.policy),
                            .officer_count = 1};
    assert_int_equal(engine_step(engine, &e, effects), OK);
    assert_int_equal(event->sides.of_area[0], REGION_INSIDE);
    assert_int_equal(event->sides.of_area[1], REGION_OUTSIDE);
}

/* A partner's firm track at a time, well above the ground. */
static struct record track_at(double after_s)
{
    struct record r;
    memset(&r, 0, sizeof r);
    r.kind = RECORD_TRACK;
    r.made = START;
    r.label = (struct label){.owner = nation("JPN"), .classification = CLASSIFICATION_RESTRICTED};
    memcpy(r.event.text, "FALCON-1", sizeof "FALCON-1");
    r.track.id.value = 77;
    r.track.owner = nation("JPN");
    r.track.status = STATUS_FIRM;
    r.track.phase = PHASE_COAST;
    r.track.time = instant_plus_s(START, after_s);
    r.track.first_detection = instant_plus_s(START, -100.0);
    r.track.span_from = instant_plus_s(START, -60.0);
    r.track.last_measurement = instant_plus_s(START, after_s - 0.5);
    r.track.end_of_thrust = instant_plus_s(START, -60.0);
    r.track.position.x_m = 6.6e6;
    r.track.velocity.y_mps = 3000.0;
    for (int i = 0; i < 6; i++) {
        r.track.covariance[7 * i] = i < 3 ? 1e4 : 1.0;
    }
    return r;
}

/* Repaired records come after newer ones: they do not take the picture back. */
static void an_older_record_changes_nothing(void **state)
{
    (void)state;
    const double order_s[] = {-3.0, -1.0, -4.0, -2.0, 0.0};
    const double stands_s[] = {-3.0, -1.0, -1.0, -1.0, 0.0};
    const struct engine_config config = config_of();
    begin(&config);
    for (int i = 0; i < 5; i++) {
        const struct record record = track_at(order_s[i]);
        picture_take_record(engine, 0, (struct nation_id){{0}}, &record, effects);
        const struct engine_solution *s = &engine->events[0].solutions[1];
        assert_true(s->present);
        assert_true(instant_equal(s->track.time, instant_plus_s(START, stands_s[i])));
    }
}

/* A firm track of the own tracker that falls, high above the air. */
static void fall(uint32_t slot, uint64_t id, uint64_t parent)
{
    struct tracker_track *t = &engine->tracker.tracks[slot];
    memset(t, 0, sizeof *t);
    t->id.value = id;
    t->parent.value = parent;
    t->kin = parent != 0 ? TRACKER_KIN_CHILD : TRACKER_KIN_NONE;
    t->status = STATUS_FIRM;
    t->filter.mode = FILTER_BALLISTIC;
    t->filter.boost_probability = 1e-6;
    t->filter.time = engine->now;
    t->filter.end_of_thrust = instant_plus_s(START, -60.0);
    t->first_detection = instant_plus_s(START, -100.0);
    t->last_measurement = engine->now;
    t->filter.coast.x[0] = 6.7e6;
    t->filter.coast.x[4] = 3000.0;
    t->filter.coast.x[6] = ESTIMATE_LN_BETA_MEAN;
    for (int i = 0; i < ESTIMATE_DIM; i++) {
        t->filter.coast.p[i * (ESTIMATE_DIM + 1)] = i < 3 ? 1e4 : 1.0;
    }
    engine->tracker.slot_end =
        slot + 1 > engine->tracker.slot_end ? slot + 1 : engine->tracker.slot_end;
}

/* A partner takes nothing that is said to be where it will be seconds from now. */
static void pieces_are_told_of_the_next_second(void **state)
{
    (void)state;
    struct engine_config config = config_of();
    config.policy.rule_count = 1;
    config.policy.rules[0] = rule_of(POLICY_RELEASE, RECORD_TRACK, "JPN");
    begin(&config);
    struct engine_event *event = launch(38.0, 128.0);
    uint32_t records = 0;
    for (double t_s = 2.3; t_s < 33.0; t_s += 1.0) {
        engine->now = instant_plus_s(START, t_s);
        fall(0, 7, 0);
        fall(1, 8, 7);
        event->solutions[0].present = true;
        event->own_slot = 0;
        assert_true(tracker_publish(&engine->tracker, 0, engine->now, &event->solutions[0].track));
        const uint64_t before = told(0);
        tell(event, WARNING_NO_THREAT);
        for (uint64_t n = before + 1; n <= told(0); n++) {
            struct record record;
            assert_int_equal(
                codec_decode(ledger_record_at(&engine->sessions[0].ledger, n), &record), OK);
            assert_true(instant_since_s(record.track.time, engine->now) <= 1.0);
            records += record.track.parent.value != 0 ? 1 : 0;
        }
    }
    assert_int_equal(records, 4); /* every ten seconds */
}

/* An officer's hold is for what waits as well. */
static void what_was_delayed_is_held_when_it_is_due(void **state)
{
    (void)state;
    struct engine_config config = config_of();
    config.policy.rule_count = 1;
    config.policy.rules[0] = rule_of(POLICY_RELEASE, RECORD_TRACK, "JPN");
    config.policy.rules[0].delay_s = 10.0;
    for (int is_held = 0; is_held < 2; is_held++) {
        begin(&config);
        struct engine_event *event = launch(38.0, 128.0);
        struct engine_event *own = &engine->events[0];
        engine->now = instant_plus_s(START, 2.3);
        fall(0, 7, 0);
        event->solutions[0].present = true;
        assert_true(tracker_publish(&engine->tracker, 0, engine->now, &event->solutions[0].track));
        tell(event, WARNING_NO_THREAT);
        assert_int_equal(told(0), 0);
        *own = *event;
        own->held = is_held == 1 ? 1 : 0;
        engine->order_count = 1;
        engine->now = instant_plus_s(START, 13.3);
        publish_held(engine, effects);
        assert_int_equal(told(0), 1 - is_held);
    }
}

static int setup(void **state)
{
    (void)state;
    engine = calloc(1, sizeof *engine);
    effects = calloc(1, sizeof *effects);
    return engine != NULL && effects != NULL ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    free(engine);
    free(effects);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_partner_gets_its_sensors_offer),
        cmocka_unit_test(the_end_goes_to_whom_the_warning_went),
        cmocka_unit_test(what_was_delayed_goes_by_its_launch),
        cmocka_unit_test(a_new_policy_looks_at_the_launches_of_now),
        cmocka_unit_test(an_older_record_changes_nothing),
        cmocka_unit_test(pieces_are_told_of_the_next_second),
        cmocka_unit_test(what_was_delayed_is_held_when_it_is_due),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
