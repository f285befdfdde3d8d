/* Three nations: KOR has a radar, USA and JPN have none. KOR tells USA, and lets USA pass it on to
 * JPN. Lines are perfect or cut; frames of KOR are signed, as the shell would. */
#include "../base/near.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "../share/key_fixture.h"
#include "../track/flown.h"
#include "engine/engine.h"
#include "engine/picture.h"
#include "share/grant.h"
#include "share/relay.h"

enum { KOR, USA, JPN, NATIONS };

static const char *const NAMES[NATIONS] = {"KOR", "USA", "JPN"};

struct mail {
    int from;
    size_t size;
    uint8_t signature[KEY_SIGNATURE_BYTES];
    uint8_t data[FRAME_BYTES_MAX];
};
enum { MAIL_MAX = 64 };

static struct engine *engines;
static struct engine_config configs[NATIONS];
static struct effects effects;
static struct mail mail[NATIONS][MAIL_MAX];
static uint32_t mail_count[NATIONS];
static bool line[NATIONS][NATIONS];
static struct random noise;
static struct key_fixture kor;
static uint8_t secret[64];
static double now_s;
static uint64_t relayed_effects;
static struct view view;

static struct nation_id nation_of(int nation)
{
    struct nation_id id = {{0}};
    assert_true(nation_id_parse(NAMES[nation], &id));
    return id;
}

static int number_of(struct nation_id id)
{
    int n = 0;
    while (!nation_id_equal(nation_of(n), id)) {
        n++;
    }
    return n;
}

/* Everybody's partners are the others, in order. */
static uint32_t index_of(int self, int partner)
{
    return (uint32_t)(partner > self ? partner - 1 : partner);
}

static struct session *session_of(int self, int partner)
{
    return &engines[self].sessions[index_of(self, partner)];
}

static void add_rules(struct policy *p, struct nation_id to, const struct nation_id *onward)
{
    for (int kind = RECORD_TRACK; kind <= RECORD_WARNING; kind++) {
        struct policy_rule *rule = &p->rules[p->rule_count++];
        memcpy(rule->name, "all", sizeof "all");
        rule->action = POLICY_RELEASE;
        rule->kind = (enum record_kind)kind;
        rule->to_count = 1;
        rule->to[0] = to;
        rule->classification_max = CLASSIFICATION_RESTRICTED;
        if (onward != NULL) {
            rule->onward_count = 1;
            rule->onward[0] = *onward;
        }
    }
}

static void configure(int nation, bool onward)
{
    struct engine_config *c = &configs[nation];
    const struct nation_id jpn = nation_of(JPN);
    memset(c, 0, sizeof *c);
    c->nation = nation_of(nation);
    c->domain = DOMAIN_EXERCISE;
    c->sensor_count = nation == KOR ? 1 : 0;
    c->sensors[0] = flown_radar("K-EAST", 38.2, 128.5, true);
    c->policy.owner = c->nation;
    c->policy.number = 1;
    c->policy.label.owner = c->nation;
    c->policy.label.classification = CLASSIFICATION_RESTRICTED;
    for (int other = 0; other < NATIONS; other++) {
        if (other != nation) {
            const struct nation_id id = nation_of(other);
            memset(c->partner_keys[c->partner_count].bytes, 17 + 3 * nation + other, DIGEST_BYTES);
            c->partners[c->partner_count++] = id;
            c->policy.label.releasable_to[c->policy.label.releasable_count++] = id;
            add_rules(&c->policy, id, nation == KOR && other == USA && onward ? &jpn : NULL);
        }
    }
}

static void post(int nation)
{
    for (uint32_t i = 0; i < effects.count; i++) {
        const struct effect *e = &effects.items[i];
        relayed_effects += e->kind == EFFECT_RELAYED ? 1 : 0;
        if (e->kind != EFFECT_SEND) {
            continue;
        }
        const int to = number_of(e->partner);
        if (!line[nation][to]) {
            continue;
        }
        assert_true(mail_count[to] < MAIL_MAX);
        struct mail *m = &mail[to][mail_count[to]++];
        m->from = nation;
        m->size = e->size;
        memcpy(m->data, effects.bytes + e->offset, e->size);
        memset(m->signature, 0, sizeof m->signature);
        if (nation == KOR) {
            const struct frame_route route = {DOMAIN_EXERCISE, nation_of(KOR), e->partner};
            static uint8_t bytes[FRAME_BYTES_MAX];
            struct byte_writer w = {bytes, sizeof bytes, 0};
            assert_int_equal(frame_signed_bytes(&route, (struct bytes){m->data, m->size}, &w), OK);
            crypto_sign_detached(m->signature, NULL, w.data, w.size, secret);
        }
    }
}

static void step(int nation, const struct event *event)
{
    assert_int_equal(engine_step(&engines[nation], event, &effects), OK);
    post(nation);
}

static result give_grant(const struct grant *grant)
{
    struct signed_grant g = {.grant = *grant};
    uint8_t message[GRANT_BYTES_MAX];
    uint8_t bytes[GRANT_BYTES_MAX];
    struct byte_writer w = {message, sizeof message, 0};
    struct byte_writer out = {bytes, sizeof bytes, 0};
    assert_int_equal(grant_signed_bytes(grant, DOMAIN_EXERCISE, &w), OK);
    crypto_sign_detached(g.signature, NULL, w.data, w.size, secret);
    assert_int_equal(grant_encode(&g, &out), OK);
    const struct event event = {
        .kind = EVENT_GRANT, .time = flown_instant(now_s), .grant = byte_writer_written(&out)};
    return engine_step(&engines[USA], &event, &effects);
}

static struct grant the_grant(void)
{
    return (struct grant){.owner = nation_of(KOR),
                          .via = nation_of(USA),
                          .to = nation_of(JPN),
                          .kinds = GRANT_ALL_KINDS,
                          .classification_max = CLASSIFICATION_SECRET,
                          .from = flown_instant(-60.0),
                          .until = flown_instant(86400.0)};
}

static void give_keys(int nation)
{
    const struct event event = {.kind = EVENT_KEYS,
                                .time = flown_instant(now_s),
                                .partner = kor.list.nation,
                                .keys = key_fixture_sign(&kor)};
    step(nation, &event);
}

/* All lines but the one between KOR and JPN. */
static void cut(bool is_cut)
{
    line[KOR][JPN] = !is_cut;
    line[JPN][KOR] = !is_cut;
}

static void start(bool onward)
{
    flown_solve((struct geo_geodetic){0.7, 2.2, 0.0}, 80.0, 970.0, 4500.0, FLIGHT_INTERMEDIATE);
    if (engines == NULL) {
        engines = calloc(NATIONS, sizeof *engines);
    }
    assert_non_null(engines);
    random_init(&noise, 7, 12);
    now_s = 0.0;
    relayed_effects = 0;
    memset(mail_count, 0, sizeof mail_count);
    memset(line, 1, sizeof line);
    cut(true);
    key_fixture_make("KOR", DOMAIN_EXERCISE, &kor);
    key_fixture_add(&kor, KEY_SIGNING, 1, flown_instant(-600.0), INSTANT_LAST, secret);
    for (int n = 0; n < NATIONS; n++) {
        configure(n, onward);
        assert_int_equal(engine_init(&engines[n], &configs[n]), OK);
        for (uint32_t i = 0; i < configs[n].partner_count; i++) {
            struct event boot = {.kind = EVENT_BOOT,
                                 .time = flown_instant(now_s),
                                 .partner = configs[n].partners[i],
                                 .boot = {.epoch = {.counter = 1}}};
            memset(boot.boot.epoch.nonce, 3 + n, sizeof boot.boot.epoch.nonce);
            step(n, &boot);
        }
    }
    give_keys(USA);
    give_keys(JPN);
}

static void deliver(int nation, struct instant now)
{
    static struct mail bag[MAIL_MAX];
    const uint32_t count = mail_count[nation];
    memcpy(bag, mail[nation], count * sizeof bag[0]);
    mail_count[nation] = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct event e = {.kind = EVENT_FRAME,
                                .time = now,
                                .partner = nation_of(bag[i].from),
                                .frame = {bag[i].data, bag[i].size},
                                .signature = bag[i].signature};
        step(nation, &e);
    }
}

static void run(double until_s)
{
    for (; now_s <= until_s; now_s += 0.5) {
        const struct instant now = flown_instant(now_s);
        struct observation plot;
        if (now_s == floor(now_s) && flown_plot(&configs[KOR].sensors[0], now_s, &noise, &plot)) {
            const struct event e = {
                .kind = EVENT_SCAN, .time = now, .scan = &plot, .scan_count = 1};
            step(KOR, &e);
        }
        for (int n = 0; n < NATIONS; n++) {
            deliver(n, now);
            const struct event tick = {.kind = EVENT_TICK, .time = now};
            step(n, &tick);
            const struct event committed = {
                .kind = EVENT_COMMITTED, .time = now, .position = engines[n].position};
            step(n, &committed);
        }
    }
}

/* JPN's one live event; NULL if it has none. */
static const struct view_event *event_at_jpn(void)
{
    const struct view_event *found = NULL;
    engine_view(&engines[JPN], &view);
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
    assert_true(nation_id_equal(s->nation, nation_of(KOR)));
    assert_string_equal(s->via.code, via);
    assert_true(s->contributes);
    assert_true(instant_since_s(engines[JPN].now, s->track.time) <= age_s_max);
    double truth[6];
    assert_true(flown_state(instant_since_s(s->track.time, flown_instant(0.0)), truth));
    assert_near(s->track.position.x_m, truth[0], 20e3);
    assert_near(s->track.position.y_m, truth[1], 20e3);
    assert_near(s->track.position.z_m, truth[2], 20e3);
}

static void jpn_sees_through_usa(void **state)
{
    (void)state;
    start(true);
    const struct grant grant = the_grant();
    assert_int_equal(give_grant(&grant), OK);
    run(200.0);
    assert_track(3.0, "USA");
    const uint64_t passed = engines[USA].relays_passed[RELAY_YES];
    const uint64_t taken = engines[JPN].relays_taken[RELAY_YES];
    assert_true(taken > 30);
    assert_true(passed >= taken && passed <= taken + 2);
    assert_true(relayed_effects == passed);
    assert_true(session_of(JPN, KOR)->counters.received == 0);
    /* Nothing but these, and all of them acknowledged as anything else is. */
    for (int why = RELAY_YES + 1; why < RELAY_WHY_COUNT; why++) {
        assert_true(engines[USA].relays_passed[why] == 0);
        assert_true(engines[JPN].relays_taken[why] == 0);
    }
    assert_true(session_of(USA, JPN)->counters.acknowledged + 3 > taken);
}

static void without_a_grant_nothing_goes(void **state)
{
    (void)state;
    start(true);
    run(120.0);
    assert_true(engines[USA].relays_passed[RELAY_NO_GRANT] > 10);
    assert_true(engines[USA].relays_passed[RELAY_YES] == 0);
    assert_true(session_of(USA, JPN)->counters.appended == 0);
    assert_null(event_at_jpn());
    assert_true(relayed_effects == 0);
    for (int why = 0; why < RELAY_WHY_COUNT; why++) {
        assert_true(engines[JPN].relays_taken[why] == 0);
    }
}

static void a_label_without_onward_keeps_it_there(void **state)
{
    (void)state;
    start(false);
    const struct grant grant = the_grant();
    assert_int_equal(give_grant(&grant), OK);
    run(120.0);
    assert_true(session_of(USA, KOR)->counters.received > 10);
    for (int why = 0; why < RELAY_WHY_COUNT; why++) {
        assert_true(engines[USA].relays_passed[why] == 0);
    }
    assert_null(event_at_jpn());
}

static void a_grant_ends(void **state)
{
    (void)state;
    start(true);
    struct grant grant = the_grant();
    grant.until = flown_instant(100.0);
    assert_int_equal(give_grant(&grant), OK);
    run(102.0);
    const uint64_t taken = engines[JPN].relays_taken[RELAY_YES];
    assert_true(taken > 5);
    run(140.0);
    assert_true(engines[JPN].relays_taken[RELAY_YES] == taken);
    assert_true(engines[USA].relays_passed[RELAY_PERIOD] > 30);
    /* A later one goes on, an earlier one changes nothing. */
    grant.from = flown_instant(140.0);
    grant.until = flown_instant(900.0);
    assert_int_equal(give_grant(&grant), OK);
    const struct grant old = the_grant();
    assert_int_equal(give_grant(&old), ERR_STATE);
    run(160.0);
    assert_true(engines[JPN].relays_taken[RELAY_YES] > taken + 10);
}

/* Whether USA knows of it or JPN alone: nothing is taken any more. */
static void a_revoked_key_ends_it(void **state)
{
    (void)state;
    for (int who = USA; who <= JPN; who++) {
        start(true);
        const struct grant grant = the_grant();
        assert_int_equal(give_grant(&grant), OK);
        run(100.0);
        const uint64_t taken = engines[JPN].relays_taken[RELAY_YES];
        assert_true(taken > 5);
        kor.list.number = 2;
        kor.list.keys[0].revoked = flown_instant(now_s);
        give_keys(who);
        run(130.0);
        assert_true(engines[JPN].relays_taken[RELAY_YES] <= taken + (who == USA ? 3 : 0));
        const uint64_t refused = who == USA ? engines[USA].relays_passed[RELAY_SIGNATURE]
                                            : engines[JPN].relays_taken[RELAY_SIGNATURE];
        assert_true(refused > 10);
    }
}

/* What waits to be passed on while JPN is cut off goes no more when the grant is replaced or its
 * key revoked. */
static void what_waits_is_withdrawn(void **state)
{
    (void)state;
    for (int how = 0; how < 2; how++) {
        start(true);
        struct grant grant = the_grant();
        assert_int_equal(give_grant(&grant), OK);
        run(100.0);
        line[USA][JPN] = false;
        line[JPN][USA] = false;
        run(120.0);
        const uint64_t taken = engines[JPN].relays_taken[RELAY_YES];
        struct policy nothing;
        policy_none(nation_of(USA), &nothing);
        /* USA's own policy has no say. */
        assert_int_equal(session_recheck(session_of(USA, JPN), &nothing, POLICY_ALL_SENSORS,
                                         flown_instant(now_s)),
                         0);
        if (how == 0) {
            grant.from = flown_instant(now_s);
            grant.until = flown_instant(now_s + 0.5);
            assert_int_equal(give_grant(&grant), OK);
        } else {
            kor.list.number = 2;
            kor.list.keys[0].revoked = flown_instant(now_s);
            give_keys(USA);
        }
        assert_true(session_of(USA, JPN)->ledger.withdrawn >= 18);
        line[USA][JPN] = true;
        line[JPN][USA] = true;
        run(140.0);
        assert_true(engines[JPN].relays_taken[RELAY_YES] == taken);
        assert_true(session_of(JPN, USA)->counters.gone >= 18);
        assert_true(session_missing(session_of(JPN, USA)) == 0);
    }
}

/* One launch, one solution of KOR's, by whichever way; the direct one is heard alone. */
static void the_way_changes_and_nothing_counts_twice(void **state)
{
    (void)state;
    start(true);
    const struct grant grant = the_grant();
    assert_int_equal(give_grant(&grant), OK);
    run(120.0);
    assert_track(3.0, "USA");
    cut(false);
    run(150.0);
    assert_track(3.0, "");
    assert_true(engines[JPN].relays_taken[RELAY_DIRECT] > 10);
    const uint64_t taken = engines[JPN].relays_taken[RELAY_YES];
    run(160.0);
    assert_true(engines[JPN].relays_taken[RELAY_YES] == taken);
    cut(true);
    run(162.0);
    assert_track(5.0, "");
    run(190.0);
    assert_track(3.0, "USA");
    assert_int_equal(view.event_count, 1);
}

/* KOR's solution at JPN; its event is the only one. */
static const struct engine_solution *solution_at_jpn(void)
{
    const struct engine_event *event = &engines[JPN].events[0];
    assert_true(event->id.value != 0 && event->solutions[1 + index_of(JPN, KOR)].present);
    return &event->solutions[1 + index_of(JPN, KOR)];
}

/* Directly and by way of USA the same track has two numbers. */
static void what_comes_late_by_another_way_changes_nothing(void **state)
{
    (void)state;
    start(true);
    const struct grant grant = the_grant();
    assert_int_equal(give_grant(&grant), OK);
    run(120.0);
    const struct engine_solution *s = solution_at_jpn();
    const struct instant time = s->track.time;
    const struct nation_id direct = {{0}};
    struct record record = {.kind = RECORD_TRACK,
                            .made = engines[JPN].now,
                            .label = s->label,
                            .event = s->name,
                            .track = s->track};
    record.track.id.value++;
    record.track.time = instant_plus_s(time, -1.0);
    record.track.last_measurement = instant_plus_s(s->track.last_measurement, -1.0);
    picture_take_record(&engines[JPN], index_of(JPN, KOR), direct, &record, &effects);
    assert_true(instant_equal(solution_at_jpn()->track.time, time));
    assert_track(3.0, "USA");
    /* A notice by the one way of what came by the other is no other launch. */
    record = (struct record){.kind = RECORD_NOTICE,
                             .made = engines[JPN].now,
                             .label = s->label,
                             .event = s->name,
                             .notice = {.track = {12345}, .first_detection = engines[JPN].now}};
    picture_take_record(&engines[JPN], index_of(JPN, KOR), direct, &record, &effects);
    run(130.0);
    assert_track(3.0, "USA");
    assert_true(engines[JPN].records_refused == 0);
}

/* What USA could put into its ledger for JPN if it did not keep to the rules. */
static void put(const struct relayed *relayed)
{
    struct released_record forged = {.to = nation_of(JPN), .basis = {.kind = RECORD_TRACK}};
    struct byte_writer w = {forged.bytes, sizeof forged.bytes, 0};
    assert_int_equal(relay_encode(relayed, &w), OK);
    forged.size = (uint32_t)w.size;
    (void)session_append(session_of(USA, JPN), &forged, flown_instant(now_s));
}

/* The newest relayed record in USA's ledger for JPN. */
static struct relayed newest(void)
{
    struct relayed relayed;
    const struct ledger *l = &session_of(USA, JPN)->ledger;
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
    start(true);
    struct grant grant = the_grant();
    grant.until = flown_instant(100.0);
    assert_int_equal(give_grant(&grant), OK);
    run(95.0);
    const struct relayed honest = newest();
    struct relayed forged = honest;
    forged.grant.grant.owner = nation_of(JPN);
    forged.grant.grant.to = nation_of(KOR);
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
    run(97.0);
    const uint64_t *taken = engines[JPN].relays_taken;
    assert_true(taken[RELAY_LOOP] == 1);
    assert_true(taken[RELAY_OWNER] == 1);
    assert_true(taken[RELAY_ROUTE] == 1);
    assert_true(taken[RELAY_TWICE] == 1);
    assert_true(taken[RELAY_FORMAT] == 1);
    assert_true(taken[RELAY_PROOF] == 1);
    assert_true(taken[RELAY_SIGNATURE] == 1);
    run(110.0);
    put(&honest);
    run(112.0);
    assert_true(taken[RELAY_PERIOD] > 0);
    /* None of it stopped the session. */
    assert_true(session_missing(session_of(JPN, USA)) == 0);
}

static void grants_that_are_not_for_us_leave_no_trace(void **state)
{
    (void)state;
    static struct engine before;
    start(true);
    struct grant wrong[2] = {the_grant(), the_grant()};
    wrong[0].via = nation_of(JPN);
    wrong[0].to = nation_of(USA);
    memcpy(wrong[1].to.code, "GBR", 4);
    before = engines[USA];
    assert_int_equal(give_grant(&wrong[0]), ERR_RANGE);
    assert_int_equal(give_grant(&wrong[1]), ERR_NOT_FOUND);
    before.events_refused = engines[USA].events_refused;
    assert_memory_equal(&before, &engines[USA], sizeof before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(jpn_sees_through_usa),
        cmocka_unit_test(without_a_grant_nothing_goes),
        cmocka_unit_test(a_label_without_onward_keeps_it_there),
        cmocka_unit_test(a_grant_ends),
        cmocka_unit_test(a_revoked_key_ends_it),
        cmocka_unit_test(what_waits_is_withdrawn),
        cmocka_unit_test(the_way_changes_and_nothing_counts_twice),
        cmocka_unit_test(what_comes_late_by_another_way_changes_nothing),
        cmocka_unit_test(a_dishonest_hub_is_refused),
        cmocka_unit_test(grants_that_are_not_for_us_leave_no_trace),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
