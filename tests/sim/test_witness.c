/* The witnesses of a simulated coalition: each must see what it is there for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/elementary.h"
#include "sim/inspect.h"
#include "sim/release_oracle.h"
#include "sim/trial.h"
#include "sim/warned.h"
#include "sim/witness.h"

static struct witness_pair told;
static struct witness_finding finding;
static const struct instant t0 = {INT64_C(1700000000) * NS_PER_S};

static struct bytes record(const char *text)
{
    return (struct bytes){(const uint8_t *)text, strlen(text)};
}

/* Two records, released by inputs 5 and 6, the first at the partner by its input 9. */
static int begin(void **state)
{
    (void)state;
    memset(&told, 0, sizeof told);
    finding = (struct witness_finding){.found = false};
    witness_released(&told, 1, 1, record("one"), 5, t0);
    witness_released(&told, 1, 2, record("two"), 6, t0);
    witness_held(&told, 1, 1, record("one"), 9, &finding);
    witness_taken(&told, 1, 9, &finding);
    assert_false(finding.found);
    return 0;
}

static void what_is_lost_is_seen(void **state)
{
    (void)state;
    witness_delivered(&told, t0, &finding);
    assert_false(finding.found); /* not released before then */
    witness_delivered(&told, instant_plus_s(t0, 1.0), &finding);
    assert_true(finding.found);
    assert_int_equal(finding.sequence, 2);
}

static void what_is_told_to_be_gone_need_not_come(void **state)
{
    (void)state;
    witness_gone(&told, 2, 2);
    witness_delivered(&told, instant_plus_s(t0, 1.0), &finding);
    assert_false(finding.found);
}

static void an_acknowledgement_before_the_disk_is_seen(void **state)
{
    (void)state;
    witness_acknowledged(&told, 1, 9, &finding);
    assert_false(finding.found);
    (void)begin(NULL);
    witness_acknowledged(&told, 1, 8, &finding);
    assert_true(finding.found);
    (void)begin(NULL);
    witness_acknowledged(&told, 2, 99, &finding);
    assert_int_equal(finding.sequence, 2);
}

static void what_was_never_released_is_seen(void **state)
{
    (void)state;
    witness_held(&told, 1, 2, record("other"), 10, &finding);
    assert_true(finding.found);
    (void)begin(NULL);
    witness_held(&told, 2, 2, record("two"), 10, &finding);
    assert_true(finding.found); /* of another ledger */
    (void)begin(NULL);
    witness_held(&told, 1, 3, record("three"), 10, &finding);
    assert_true(finding.found);
}

static void what_is_passed_on_was_released(void **state)
{
    (void)state;
    assert_true(witness_was_released(&told, 1, 2, record("two")));
    assert_false(witness_was_released(&told, 1, 2, record("other")));
    assert_false(witness_was_released(&told, 2, 2, record("two")));
    assert_false(witness_was_released(&told, 1, 0, record("two")));
    assert_false(witness_was_released(&told, 1, WITNESS_SEQUENCES_MAX, record("two")));
    witness_owner_restarts(&told, 0); /* forgotten by its owner, it was released all the same */
    assert_true(witness_was_released(&told, 1, 2, record("two")));
}

static void what_is_taken_twice_is_seen(void **state)
{
    (void)state;
    witness_taken(&told, 1, 12, &finding);
    assert_true(finding.found);
    assert_int_equal(finding.owner_says, 9);
    assert_int_equal(finding.partner_says, 12);
}

static void a_restart_forgets_what_was_not_durable(void **state)
{
    (void)state;
    witness_held(&told, 1, 1, record("one"), 20, &finding); /* a repetition */
    witness_partner_restarts(&told, 10);
    witness_acknowledged(&told, 1, 10, &finding);
    assert_false(finding.found);
    witness_partner_restarts(&told, 8);
    witness_taken(&told, 1, 9, &finding);
    witness_held(&told, 1, 1, record("one"), 9, &finding);
    assert_false(finding.found);
    witness_owner_restarts(&told, 5);
    assert_int_equal(told.last, 1);
    witness_released(&told, 1, 2, record("another two"), 6, t0);
    witness_held(&told, 1, 2, record("another two"), 11, &finding);
    assert_false(finding.found);
    /* What its owner has forgotten may still come. */
    witness_owner_restarts(&told, 5);
    witness_held(&told, 1, 2, record("another two"), 12, &finding);
    assert_false(finding.found);
}

/* Of what the partner does not have, all must be in the ledger that is begun. */
static void what_a_new_ledger_leaves_out_is_seen(void **state)
{
    (void)state;
    witness_begins_anew(&told, 1);
    witness_goes_on(&told, 2, 2, record("two"), 20, t0);
    witness_went_on(&told, &finding);
    assert_false(finding.found);
    witness_delivered(&told, instant_plus_s(t0, 1.0), &finding);
    assert_true(finding.found); /* it is owed as before */
    (void)begin(NULL);
    witness_begins_anew(&told, 1);
    witness_goes_on(&told, 2, 2, record("other"), 20, t0);
    witness_went_on(&told, &finding);
    assert_true(finding.found);
    assert_int_equal(finding.owner_says, 1);
}

/* A partner that forgets what it had behind a hole takes it again, and nothing before the hole. */
static void what_lay_behind_a_hole_may_come_again(void **state)
{
    (void)state;
    witness_taken(&told, 3, 10, &finding);
    witness_forgets_ahead(&told);
    witness_taken(&told, 3, 11, &finding);
    assert_false(finding.found);
    witness_taken(&told, 1, 12, &finding);
    assert_true(finding.found);
}

static void a_warning_is_known_until_its_end(void **state)
{
    (void)state;
    static struct warned warned;
    struct record r = {.kind = RECORD_WARNING, .event = {"AMBER-K417"}};
    r.warning = (struct warning_notice){.serial = 1, .state = WARNING_INITIAL, .expires = t0};
    assert_null(warned_of(&warned, &r.event));
    warned_note(&warned, &r, 3);
    assert_true(warned_of(&warned, &r.event)->in_force);
    r.warning.state = WARNING_CANCEL;
    warned_note(&warned, &r, 4);
    assert_false(warned_of(&warned, &r.event)->in_force);
    assert_int_equal(warned.count, 1);
}

/* A trial in which each kind goes to the first partner at once, and its releases to that one. */
static struct trial trial;
static struct record released;
static struct release_oracle oracle;

static void add_rule(enum policy_action action, enum record_kind kind, double delay_s)
{
    struct policy *p = &trial.scenario.nations[0].policy;
    p->rules[p->rule_count] = (struct policy_rule){.action = action,
                                                   .kind = kind,
                                                   .to_count = 1,
                                                   .to = {trial.scenario.nations[1].id},
                                                   .classification_max = CLASSIFICATION_SECRET,
                                                   .delay_s = delay_s};
    p->rule_count++;
}

static int begin_release(void **state)
{
    (void)state;
    trial_draw(1, 300.0, &trial);
    struct policy *p = &trial.scenario.nations[0].policy;
    p->rule_count = 0;
    add_rule(POLICY_RELEASE, RECORD_TRACK, 0.0);
    add_rule(POLICY_RELEASE, RECORD_NOTICE, 10.0);
    oracle = (struct release_oracle){.policy = p,
                                     .scenario = &trial.scenario,
                                     .to = trial.scenario.nations[1].id,
                                     .now = instant_plus_s(t0, 10.0)};
    memset(&released, 0, sizeof released);
    released.kind = RECORD_TRACK;
    released.made = t0;
    released.label.owner = p->owner;
    released.label.classification = p->label.classification;
    released.label.releasable_to[0] = oracle.to;
    released.label.releasable_count = 1;
    assert_null(release_oracle_objects(&oracle, &released));
    return 0;
}

static void objects(const char *why)
{
    const char *found = release_oracle_objects(&oracle, &released);
    assert_non_null(found);
    assert_string_equal(found, why);
}

static void the_oracle_denies_what_no_rule_gives(void **state)
{
    (void)state;
    released.kind = RECORD_WARNING;
    released.warning.state = WARNING_CANCEL;
    objects("no rule releases it");
    oracle.warned = true;
    assert_null(
        release_oracle_objects(&oracle, &released)); /* the end of a warning may always go */
    released.warning.state = WARNING_UPDATE;
    objects("no rule releases it");
}

static void the_oracle_denies_what_a_rule_keeps(void **state)
{
    (void)state;
    add_rule(POLICY_WITHHOLD, RECORD_TRACK, 0.0);
    objects("a rule withholds it");
}

static void the_oracle_denies_what_comes_too_early(void **state)
{
    (void)state;
    released.kind = RECORD_NOTICE;
    assert_null(release_oracle_objects(&oracle, &released));
    oracle.now = instant_plus_s(t0, 9.9);
    objects("it goes before its delay");
}

static void the_oracle_denies_by_the_area(void **state)
{
    (void)state;
    struct policy *p = &trial.scenario.nations[0].policy;
    p->area_count = 1;
    p->areas[0].corner_count = 1;
    p->areas[0].corners[0] = (struct geo_geodetic){0.0, 0.0, 0.0}; /* far from every launch */
    p->areas[0].radius_m = 100e3;
    p->rules[0].areas = 1;
    objects("no rule releases it");
}

static void the_oracle_reads_the_label(void **state)
{
    (void)state;
    released.label.releasable_to[1] = trial.scenario.nations[2].id;
    released.label.releasable_count = 2;
    objects("its label is not releasable to this partner alone");
    released.label.releasable_count = 1;
    released.label.classification = CLASSIFICATION_UNCLASSIFIED;
    objects("its label has another classification than the policy's");
    released.label.classification = trial.scenario.nations[0].policy.label.classification;
    trial.scenario.nations[0].policy.label.releasable_count = 0;
    objects("the owner's label does not name the partner");
}

/* Two events of a nation, with one partner's track in the first. */
static struct engine engine;
static struct view view;
static const char *event;

static int begin_view(void **state)
{
    (void)state;
    trial_draw(1, 300.0, &trial);
    const struct nation_id jpn = trial.scenario.nations[1].id;
    memset(&engine.events, 0, sizeof engine.events);
    memset(&view, 0, sizeof view);
    view.now = t0;
    view.event_count = 2;
    for (uint32_t i = 0; i < 2; i++) {
        engine.events[i].id.value = i + 1;
        view.events[i].id.value = i + 1;
        view.events[i].has_common = true;
        view.events[i].solution_count = 1;
        view.events[i].solutions[0].nation = jpn;
        view.events[i].solutions[0].track.id.value = 7 + i;
        view.events[i].solutions[0].contributes = true;
    }
    struct engine_solution *s = &engine.events[0].solutions[1];
    s->present = true;
    s->contributes = true;
    s->label = (struct label){.owner = jpn,
                              .classification = CLASSIFICATION_SECRET,
                              .releasable_to = {trial.scenario.nations[0].id},
                              .releasable_count = 1};
    view.events[0].label = s->label;
    assert_null(inspect_labels(&engine, &view, &event));
    assert_null(inspect_evidence(&view, &event));
    assert_null(inspect_warnings(&view, &event));
    return 0;
}

static void a_label_that_is_too_wide_is_seen(void **state)
{
    (void)state;
    view.events[0].label.releasable_to[0] = trial.scenario.nations[2].id;
    assert_non_null(inspect_labels(&engine, &view, &event));
    (void)begin_view(NULL);
    view.events[0].label.classification = CLASSIFICATION_RESTRICTED;
    assert_non_null(inspect_labels(&engine, &view, &event));
}

static void evidence_that_counts_twice_is_seen(void **state)
{
    (void)state;
    view.events[1].solutions[0].track.id.value = 7;
    assert_non_null(inspect_evidence(&view, &event));
    view.events[1].solutions[0].contributes = false;
    assert_null(inspect_evidence(&view, &event));
}

static void a_nation_that_counts_twice_in_one_event_is_seen(void **state)
{
    (void)state;
    view.events[0].solution_count = 2;
    view.events[0].solutions[1] = view.events[0].solutions[0];
    view.events[0].solutions[1].track.id.value = 99;
    assert_string_equal(inspect_evidence(&view, &event), "counts one nation twice");
    view.events[0].solutions[1].nation = trial.scenario.nations[0].id;
    assert_null(inspect_evidence(&view, &event));
}

/* Two nations' tracks of something that falls, 500 km up, of so large errors. */
static void add_source(uint32_t k, double metres, double age_s)
{
    struct engine_solution *s = &engine.events[0].solutions[k];
    s->present = true;
    s->contributes = true;
    s->received = t0;
    s->track.time = instant_plus_s(t0, -age_s);
    s->track.position = (struct geo_ecef){7e6, 0.0, 0.0};
    s->track.velocity = (struct geo_velocity){100.0, 3000.0, 2000.0};
    memset(s->track.covariance, 0, sizeof s->track.covariance);
    for (int i = 0; i < 6; i++) {
        s->track.covariance[7 * i] = metres * metres * (i < 3 ? 1.0 : 1e-4);
    }
}

/* Fused so well: variances are `part` of what two independent sources of 100 m leave together. */
static const char *doubt_of(double part, uint64_t *judged)
{
    struct engine_event *e = &engine.events[0];
    e->has_common = true;
    e->common_time = t0;
    e->common.ballistic = true;
    memset(e->common.p, 0, sizeof e->common.p);
    e->common.x[0] = 7e6;
    for (int i = 0; i < 7; i++) {
        e->common.p[8 * i] = part * 5e3 * (i < 3 ? 1.0 : 1e-4);
    }
    return inspect_doubt(&engine, &event, judged);
}

static void a_doubt_that_is_too_small_is_seen(void **state)
{
    (void)state;
    uint64_t judged = 0;
    add_source(0, 100.0, 0.0);
    add_source(1, 100.0, 0.0);
    assert_null(doubt_of(1.0, &judged));
    assert_non_null(doubt_of(0.8, &judged));
    /* In one direction only. */
    assert_null(doubt_of(1.0, &judged));
    engine.events[0].common.p[8 * 4] *= 0.5;
    assert_non_null(inspect_doubt(&engine, &event, &judged));
    assert_int_equal(judged, 4);
    /* A look of a while ago says less now. */
    add_source(1, 100.0, 60.0);
    assert_non_null(doubt_of(1.0, &judged));
    /* What came after they were fused, and what flies through the air, is not judged. */
    engine.events[0].solutions[1].received = instant_plus_s(t0, 0.1);
    assert_null(doubt_of(0.1, &judged));
    add_source(1, 100.0, 0.0);
    engine.events[0].solutions[1].track.position.x_m = 6.4e6;
    assert_null(doubt_of(0.1, &judged));
    assert_int_equal(judged, 5);
    /* One that does not count adds nothing. */
    add_source(1, 100.0, 0.0);
    engine.events[0].solutions[1].contributes = false;
    assert_non_null(doubt_of(1.0, &judged));
    assert_null(doubt_of(2.0, &judged));
}

static void what_is_beyond_its_limit_is_seen(void **state)
{
    (void)state;
    assert_null(inspect_limits(&engine, &view));
    uint32_t *const counts[] = {&engine.config.sensor_count,
                                &engine.config.partner_count,
                                &engine.tracker.slot_end,
                                &view.event_count,
                                &view.track_count,
                                &view.link_count,
                                &view.sensor_count,
                                &view.events[0].solution_count,
                                &view.events[0].overflight_count};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        const uint32_t before = *counts[i];
        *counts[i] = TRACKER_TRACKS_MAX + 1;
        assert_non_null(inspect_limits(&engine, &view));
        *counts[i] = before;
        assert_null(inspect_limits(&engine, &view));
    }
    engine.offer_trackers[0].slot_end = TRACKER_TRACKS_MAX + 1;
    assert_null(inspect_limits(&engine, &view)); /* of an offer that is not used */
    engine.offer_used[1] = true;
    assert_non_null(inspect_limits(&engine, &view));
    engine.offer_used[1] = false;
    engine.config.partner_count = 1;
    struct session *s = &engine.sessions[0];
    uint32_t *const of_session[] = {&s->pending_count, &s->here.count, &s->durable.count,
                                    &s->ledger.arena_used_to, &s->ledger.on_the_way};
    for (size_t i = 0; i < sizeof of_session / sizeof of_session[0]; i++) {
        *of_session[i] = LEDGER_ARENA_BYTES + 1;
        assert_non_null(inspect_limits(&engine, &view));
        *of_session[i] = 0;
    }
    engine.offer_of[0] = ENGINE_OFFERS;
    assert_non_null(inspect_limits(&engine, &view));
    engine.offer_of[0] = 0;
    engine.sessions[0].ledger.last = LEDGER_ENTRIES_MAX;
    engine.sessions[0].ledger.oldest = 1;
    assert_null(inspect_limits(&engine, &view));
    engine.sessions[0].ledger.last++;
    assert_non_null(inspect_limits(&engine, &view));
    engine.config.partner_count = 0;
    view.events[1].solution_count = LIMIT_NATIONS + 1;
    assert_non_null(inspect_limits(&engine, &view));
}

static void a_warning_that_does_not_end_is_seen(void **state)
{
    (void)state;
    view.events[1].warning =
        (struct warning){.serial = 1, .state = WARNING_UPDATE, .expires = instant_plus_s(t0, -9.0)};
    assert_non_null(inspect_warnings(&view, &event));
    view.events[1].warning.expires = INSTANT_UNSET;
    assert_non_null(inspect_warnings(&view, &event));
    view.events[1].warning.expires = instant_plus_s(t0, 9.0);
    assert_null(inspect_warnings(&view, &event));
}

/* The same seed the same trial, another seed another one; all within what can be played. */
static void trials_are_drawn_from_the_seed(void **state)
{
    (void)state;
    static struct trial other;
    uint64_t kinds = 0;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        trial_draw(seed, 300.0, &trial);
        trial_draw(seed, 300.0, &other);
        assert_memory_equal(&trial, &other, sizeof trial);
        assert_int_equal(scenario_check(&trial.scenario), OK);
        uint32_t rule = 0;
        for (uint32_t n = 0; n < trial.scenario.nation_count; n++) {
            assert_int_equal(policy_check(&trial.scenario.nations[n].policy, &rule), OK);
        }
        for (uint32_t i = 0; i < trial.fault_count; i++) {
            /* A nation may speak an earlier version to the end: that is no fault to heal from. */
            assert_true(trial.faults[i].until_s <= trial.heal_s ||
                        trial.faults[i].kind == TRIAL_EARLIER);
            kinds |= UINT64_C(1) << trial.faults[i].kind;
        }
    }
    assert_int_equal(kinds, (UINT64_C(1) << TRIAL_FAULT_KINDS) - 1);
    trial_draw(1, 300.0, &other);
    assert_memory_not_equal(&trial, &other, sizeof trial);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_is_lost_is_seen, begin),
        cmocka_unit_test_setup(what_is_told_to_be_gone_need_not_come, begin),
        cmocka_unit_test_setup(an_acknowledgement_before_the_disk_is_seen, begin),
        cmocka_unit_test_setup(what_was_never_released_is_seen, begin),
        cmocka_unit_test_setup(what_is_passed_on_was_released, begin),
        cmocka_unit_test_setup(what_is_taken_twice_is_seen, begin),
        cmocka_unit_test_setup(a_restart_forgets_what_was_not_durable, begin),
        cmocka_unit_test_setup(what_a_new_ledger_leaves_out_is_seen, begin),
        cmocka_unit_test_setup(what_lay_behind_a_hole_may_come_again, begin),
        cmocka_unit_test(a_warning_is_known_until_its_end),
        cmocka_unit_test_setup(the_oracle_denies_what_no_rule_gives, begin_release),
        cmocka_unit_test_setup(the_oracle_denies_what_a_rule_keeps, begin_release),
        cmocka_unit_test_setup(the_oracle_denies_what_comes_too_early, begin_release),
        cmocka_unit_test_setup(the_oracle_denies_by_the_area, begin_release),
        cmocka_unit_test_setup(the_oracle_reads_the_label, begin_release),
        cmocka_unit_test_setup(a_label_that_is_too_wide_is_seen, begin_view),
        cmocka_unit_test_setup(evidence_that_counts_twice_is_seen, begin_view),
        cmocka_unit_test_setup(a_nation_that_counts_twice_in_one_event_is_seen, begin_view),
        cmocka_unit_test_setup(a_doubt_that_is_too_small_is_seen, begin_view),
        cmocka_unit_test_setup(what_is_beyond_its_limit_is_seen, begin_view),
        cmocka_unit_test_setup(a_warning_that_does_not_end_is_seen, begin_view),
        cmocka_unit_test(trials_are_drawn_from_the_seed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
