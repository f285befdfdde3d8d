/* Default deny, and what is done to what goes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <math.h>
#include <string.h>

#include <cmocka.h>

#include "base/matrix.h"
#include "fixture.h"
#include "share/codec.h"
#include "share/release.h"

struct setting {
    struct policy policy;
    struct digest_key key;
    struct release_request request;
    struct record record;
};

static void setting_init(struct setting *s)
{
    struct random r;
    random_init(&r, 1, 1);
    s->policy = fixture_policy();
    s->key = fixture_key(1);
    s->record = fixture_track(&r, fixture_time(0.0));
    s->request = (struct release_request){.policy = &s->policy,
                                          .to = fixture_nation("JPN"),
                                          .key = &s->key,
                                          .now = fixture_time(1.0)};
}

static enum release_why why(const struct setting *s)
{
    struct released_record out;
    memset(&out, 0x77, sizeof out);
    const struct released_record untouched = out;
    struct release_decision d;
    const result r = release_apply(&s->request, &s->record, &out, &d);
    assert_int_equal(r, d.why == RELEASE_YES ? OK : ERR_DENIED);
    if (r != OK) {
        assert_memory_equal(&out, &untouched, sizeof out);
    }
    return d.why;
}

/* Each row breaks one thing; everything that is not expressly allowed is denied. */
static void test_denial_table(void **state)
{
    (void)state;
    struct setting s;
    setting_init(&s);
    assert_int_equal(why(&s), RELEASE_YES);

    s.policy.rule_count = 0;
    assert_int_equal(why(&s), RELEASE_NO_RULE);
    setting_init(&s);
    s.request.to = fixture_nation("AUS");
    assert_int_equal(why(&s), RELEASE_NO_LABEL);
    setting_init(&s);
    s.record.label.releasable_count = 0;
    assert_int_equal(why(&s), RELEASE_NO_LABEL);
    setting_init(&s);
    s.record.label.classification = CLASSIFICATION_UNKNOWN;
    assert_int_equal(why(&s), RELEASE_NO_LABEL);
    setting_init(&s);
    s.record.label.owner = fixture_nation("USA");
    assert_int_equal(why(&s), RELEASE_NOT_OWN);
    setting_init(&s);
    s.request.to = fixture_nation("KOR");
    assert_int_equal(why(&s), RELEASE_NOT_OWN);
    setting_init(&s);
    s.request.to = (struct nation_id){{0}};
    assert_int_equal(why(&s), RELEASE_NOT_OWN);
    setting_init(&s);
    s.policy.rules[0].to[0] = fixture_nation("AUS");
    assert_int_equal(why(&s), RELEASE_NO_RULE);
    setting_init(&s);
    s.policy.rules[0].kind = RECORD_NOTICE;
    assert_int_equal(why(&s), RELEASE_NO_RULE);
    setting_init(&s);
    s.policy.rules[0].classification_max = CLASSIFICATION_CONFIDENTIAL;
    assert_int_equal(why(&s), RELEASE_CLASSIFICATION);
    setting_init(&s);
    s.policy.rules[0].classification_max = CLASSIFICATION_UNKNOWN;
    assert_int_equal(why(&s), RELEASE_CLASSIFICATION);
    setting_init(&s);
    s.policy.rules[0].delay_s = 10.0;
    assert_int_equal(why(&s), RELEASE_DELAYED);
    s.request.now = fixture_time(10.0);
    assert_int_equal(why(&s), RELEASE_YES);
    setting_init(&s);
    s.record.track.time.tai_ns += 1;
    assert_int_equal(why(&s), RELEASE_OFF_GRID);
    setting_init(&s);
    s.record.track.position.x_m = (double)NAN;
    assert_int_equal(why(&s), RELEASE_INVALID);
    setting_init(&s);
    s.record.track.covariance[0] = -1.0;
    assert_int_equal(why(&s), RELEASE_INVALID);
}

/* A withholding rule wins wherever it stands, and one without a classification withholds all. */
static void test_withholding_wins(void **state)
{
    (void)state;
    struct setting s;
    for (uint32_t last = 0; last < 2; last++) {
        setting_init(&s);
        const uint32_t at = last == 1 ? s.policy.rule_count : 0;
        s.policy.rules[s.policy.rule_count] = s.policy.rules[0];
        s.policy.rule_count++;
        s.policy.rules[at].action = POLICY_WITHHOLD;
        assert_int_equal(why(&s), RELEASE_WITHHELD);
        s.policy.rules[at].classification_max = CLASSIFICATION_UNKNOWN;
        assert_int_equal(why(&s), RELEASE_WITHHELD);
        s.policy.rules[at].classification_max = CLASSIFICATION_CONFIDENTIAL;
        assert_int_equal(why(&s), RELEASE_YES);
        s.policy.rules[at].classification_max = CLASSIFICATION_SECRET;
        s.policy.rules[at].to_count = 1;
        s.policy.rules[at].to[0] = fixture_nation("USA");
        assert_int_equal(why(&s), RELEASE_YES);
    }
}

/* The end of a warning that the partner has may always go: who, what, when, and nothing else. */
static void test_the_end_of_a_warning(void **state)
{
    (void)state;
    struct setting s;
    setting_init(&s);
    s.policy.rule_count = 0;
    const enum warning_state ends[] = {WARNING_CANCEL, WARNING_ALL_CLEAR};
    for (int i = 0; i < 2; i++) {
        s.record = fixture_warning(fixture_time(0.0), ends[i]);
        s.record.label.releasable_count = 0;
        s.request.warning_sent = false;
        assert_int_equal(why(&s), RELEASE_NO_LABEL);
        s.request.warning_sent = true;
        struct released_record out;
        struct release_decision d;
        assert_int_equal(release_apply(&s.request, &s.record, &out, &d), OK);
        assert_true(d.warning_end && out.basis.warning_end);
        struct record seen;
        assert_int_equal(codec_decode((struct bytes){out.bytes, out.size}, &seen), OK);
        assert_int_equal(seen.warning.serial, 3);
        assert_int_equal(seen.warning.state, ends[i]);
        assert_false(instant_is_set(seen.warning.impact));
        assert_true(release_stands(&s.policy, s.request.to, POLICY_ALL_SENSORS, &out.basis));
    }
    s.record = fixture_warning(fixture_time(0.0), WARNING_UPDATE);
    assert_int_equal(why(&s), RELEASE_NO_RULE);
}

static struct record seen_by(const struct setting *s)
{
    struct released_record out;
    struct release_decision d;
    assert_int_equal(release_apply(&s->request, &s->record, &out, &d), OK);
    assert_true(nation_id_equal(out.to, s->request.to));
    struct record seen;
    assert_int_equal(codec_decode((struct bytes){out.bytes, out.size}, &seen), OK);
    return seen;
}

static void assert_not_smaller(const double inner[36], const double outer[36])
{
    double d[36];
    double values[6];
    double vectors[36];
    for (int i = 0; i < 36; i++) {
        d[i] = (outer[i] - inner[i]) / sqrt(outer[(i / 6) * 7] * outer[(i % 6) * 7]);
    }
    matrix_eigen(d, values, vectors, 6);
    assert_true(values[0] >= 0.0);
}

static void test_default_release(void **state)
{
    (void)state;
    struct setting s;
    setting_init(&s);
    struct random r;
    random_init(&r, 2, 1);
    for (int i = 0; i < 2000; i++) {
        s.record = fixture_track(&r, fixture_time(0.0));
        const struct record seen = seen_by(&s);
        assert_not_smaller(s.record.track.covariance, seen.track.covariance);
        assert_int_equal(seen.track.measurement_count, 0);
        assert_true(seen.track.id.value != s.record.track.id.value);
        assert_int_equal(seen.track.last_measurement.tai_ns % NS_PER_S, 0);
        assert_int_equal(seen.track.span_from.tai_ns % NS_PER_S, 0);
        assert_int_equal(seen.track.first_detection.tai_ns % NS_PER_S, 0);
        assert_true(seen.track.launch.covariance_m2[0] == seen.track.launch.covariance_m2[3]);
        assert_int_equal(seen.label.releasable_count, 1);
        assert_true(nation_id_equal(seen.label.releasable_to[0], s.request.to));
    }
}

static void test_exact_only_by_rule(void **state)
{
    (void)state;
    struct setting s;
    setting_init(&s);
    s.policy.rules[0].covariance = POLICY_COVARIANCE_EXACT;
    const struct record seen = seen_by(&s);
    assert_memory_equal(seen.track.covariance, s.record.track.covariance,
                        sizeof seen.track.covariance);
    assert_int_equal(seen.track.measurement_count, 0);
}

/* What the partner's state is moved by, against a covariance. */
static double distance_squared(const struct track *seen, const struct track *own,
                               const double covariance[36])
{
    const double d[6] = {
        seen->position.x_m - own->position.x_m,     seen->position.y_m - own->position.y_m,
        seen->position.z_m - own->position.z_m,     seen->velocity.x_mps - own->velocity.x_mps,
        seen->velocity.y_mps - own->velocity.y_mps, seen->velocity.z_mps - own->velocity.z_mps};
    double inverse[36];
    double sum = 0.0;
    assert_int_equal(matrix_inverse(covariance, inverse, 6), OK);
    for (int i = 0; i < 36; i++) {
        sum += d[i / 6] * inverse[i] * d[i % 6];
    }
    return sum;
}

/* What is released is as wrong as it says: own error and added error together have the covariance
 * that goes with it. Exactly the same comes again for the same track and time. */
static void test_errors_fill_the_bound(void **state)
{
    (void)state;
    struct setting s;
    setting_init(&s);
    struct random r;
    random_init(&r, 2, 7);
    double mean = 0.0;
    for (int i = 0; i < 2000; i++) {
        s.record = fixture_track(&r, fixture_time(0.0));
        s.record.track.id.value = (uint64_t)i + 1;
        const struct record seen = seen_by(&s);
        double added[36];
        for (int k = 0; k < 36; k++) {
            added[k] = seen.track.covariance[k] - s.record.track.covariance[k];
        }
        mean += distance_squared(&seen.track, &s.record.track, added) / 2000.0;
        const struct record again = seen_by(&s);
        assert_memory_equal(&again.track.position, &seen.track.position,
                            sizeof seen.track.position);
    }
    /* Chi-squared with six degrees of freedom; the mean of 2000 has a sigma of 0.08. */
    assert_true(mean > 5.65 && mean < 6.35);
}

/* The offsets are the same for every record of a track, and differ by track and by partner; the
 * covariance covers them. */
static void test_coarsening(void **state)
{
    (void)state;
    struct setting s;
    setting_init(&s);
    s.policy.rules[0].coarsen_position_m = 5000.0;
    s.policy.rules[0].coarsen_time_s = 20.0;
    struct random r;
    random_init(&r, 3, 1);
    double offset_rad = 0.0;
    int64_t offset_ns = 0;
    for (int i = 0; i < 200; i++) {
        s.record = fixture_track(&r, fixture_time((double)i));
        s.request.now = fixture_time((double)i);
        const struct record seen = seen_by(&s);
        const struct launch_estimate *l = &seen.track.launch;
        const double rad = l->point.lat_rad - s.record.track.launch.point.lat_rad;
        const int64_t ns =
            seen.track.first_detection.tai_ns - s.record.track.first_detection.tai_ns;
        assert_true(i == 0 || fabs(rad - offset_rad) < 1e-7);
        assert_true(i == 0 || ns == offset_ns);
        offset_rad = rad;
        offset_ns = ns;
        assert_true(fabs(rad) > 1e-8 && fabs(rad) * 6.37e6 <= 5000.0);
        assert_true(l->covariance_m2[0] >= 5000.0 * 5000.0);
        assert_not_smaller(s.record.track.covariance, seen.track.covariance);
        assert_true(distance_squared(&seen.track, &s.record.track, seen.track.covariance) < 30.0);
        assert_int_equal(seen.track.time.tai_ns, s.record.track.time.tai_ns);
    }
    const double before_rad = s.record.track.launch.point.lat_rad;
    s.record.track.id.value = 8;
    assert_true(fabs(seen_by(&s).track.launch.point.lat_rad - before_rad - offset_rad) > 1e-8);
    s.record.track.id.value = 7;
    s.key = fixture_key(2);
    assert_true(fabs(seen_by(&s).track.launch.point.lat_rad - before_rad - offset_rad) > 1e-8);
    /* Another size is another offset: the same at two sizes would tell where it points. */
    s.key = fixture_key(1);
    s.policy.rules[0].coarsen_position_m = 10000.0;
    assert_true(fabs(seen_by(&s).track.launch.point.lat_rad - before_rad - 2.0 * offset_rad) >
                1e-8);
}

/* The partner's view of a record depends on nothing that is not in it. */
static void test_identifiers_per_partner(void **state)
{
    (void)state;
    const struct digest_key a = fixture_key(1);
    const struct digest_key b = fixture_key(2);
    for (uint64_t n = 1; n < 1000; n++) {
        const struct track_id x = release_track_id(&a, (struct track_id){n});
        assert_true(x.value != release_track_id(&b, (struct track_id){n}).value);
        assert_true(x.value != release_track_id(&a, (struct track_id){n + 1}).value);
        assert_true(x.value == release_track_id(&a, (struct track_id){n}).value);
        assert_true(x.value > 1000);
    }
}

/* A stage's parent is named as the partner knows it, and a group stays one. */
static void test_parents(void **state)
{
    (void)state;
    struct setting s;
    setting_init(&s);
    assert_true(seen_by(&s).track.parent.value == 0 && !seen_by(&s).track.unresolved);
    s.record.track.parent.value = 5;
    s.record.track.unresolved = true;
    const struct track seen = seen_by(&s).track;
    assert_true(seen.parent.value == release_track_id(&s.key, (struct track_id){5}).value);
    assert_true(seen.unresolved);
    s.record.track.parent = s.record.track.id;
    assert_int_equal(why(&s), RELEASE_INVALID);
}

static void test_stands(void **state)
{
    (void)state;
    struct setting s;
    setting_init(&s);
    struct released_record out;
    struct release_decision d;
    assert_int_equal(release_apply(&s.request, &s.record, &out, &d), OK);
    assert_true(release_stands(&s.policy, out.to, POLICY_ALL_SENSORS, &out.basis));
    s.policy.rules[0].coarsen_position_m = 100.0;
    assert_false(release_stands(&s.policy, out.to, POLICY_ALL_SENSORS, &out.basis));
    setting_init(&s);
    s.policy.rules[0].classification_max = CLASSIFICATION_RESTRICTED;
    assert_false(release_stands(&s.policy, out.to, POLICY_ALL_SENSORS, &out.basis));
    /* A sensor that had a part in it is kept from the partner since. */
    setting_init(&s);
    s.request.made_with = 5;
    s.request.may_have = 5;
    assert_int_equal(release_apply(&s.request, &s.record, &out, &d), OK);
    assert_true(release_stands(&s.policy, out.to, 5, &out.basis));
    assert_false(release_stands(&s.policy, out.to, 4, &out.basis));
    s.policy.rule_count = 0;
    assert_false(release_stands(&s.policy, out.to, 5, &out.basis));
    /* What goes by another nation's grant is not ours to release or to hold. */
    out.basis.owner = fixture_nation("USA");
    assert_true(release_stands(&s.policy, out.to, 4, &out.basis));
}

/* Default deny holds for a policy that nobody checked: counts beyond the tables are not believed,
 * and a rule about sensors says nothing about records. */
static void test_a_policy_that_was_never_checked(void **state)
{
    (void)state;
    struct setting s;
    setting_init(&s);
    s.policy.rule_count = POLICY_RULES_MAX + 8;
    assert_int_equal(why(&s), RELEASE_YES);
    s.record.label.releasable_to[0] = fixture_nation("AUS");
    s.request.to = fixture_nation("AUS");
    assert_int_equal(why(&s), RELEASE_NO_RULE);
    setting_init(&s);
    s.policy.rules[0].to_count = LABEL_NATIONS_MAX + 8;
    assert_int_equal(why(&s), RELEASE_YES);
    s.record.label.releasable_to[0] = fixture_nation("AUS");
    s.request.to = fixture_nation("AUS");
    assert_int_equal(why(&s), RELEASE_NO_RULE);
    setting_init(&s);
    s.policy.rules[0].action = POLICY_WITHHOLD_SENSORS;
    assert_int_equal(why(&s), RELEASE_NO_RULE);
}

/* A coarsening that no number can hold: nothing goes, instead of something wrong. */
static void test_what_cannot_be_worked_out_stays(void **state)
{
    (void)state;
    struct setting s;
    setting_init(&s);
    s.policy.rules[0].coarsen_position_m = 1e160; /* its square is beyond a double */
    assert_int_equal(why(&s), RELEASE_NUMERIC);
    s.policy.rules[0].covariance = POLICY_COVARIANCE_EXACT;
    assert_int_equal(why(&s), RELEASE_NUMERIC);
    s.record.track.launch.determined = false;
    assert_int_equal(why(&s), RELEASE_NUMERIC);
    /* A line instead of an ellipse round the launch: to a rounding error still a covariance, but
     * without an outer bound. */
    setting_init(&s);
    const double line[] = {1.37, 25.865952623965221, 25.865952623965221, 488.35584317168855};
    memcpy(s.record.track.launch.covariance_m2, line, sizeof line);
    assert_int_equal(why(&s), RELEASE_NUMERIC);
}

/* What is not known stays unknown: no time and no place is made up for it. */
static void test_what_is_unset_stays_unset(void **state)
{
    (void)state;
    struct setting s;
    setting_init(&s);
    s.record.track.phase = PHASE_BOOST;
    s.record.track.end_of_thrust = INSTANT_UNSET;
    s.record.track.launch.determined = false;
    s.policy.rules[0].coarsen_time_s = 20.0;
    const struct track seen = seen_by(&s).track;
    assert_false(instant_is_set(seen.end_of_thrust));
    assert_false(seen.launch.determined);
    assert_true(seen.launch.point.lat_rad == 0.0 && seen.launch.covariance_m2[0] == 0.0);
}

/* Whole seconds are rounded down, before 1970 too: up would be later than it was seen. */
static void test_times_go_down_to_whole_seconds(void **state)
{
    (void)state;
    struct setting s;
    setting_init(&s);
    s.record.track.first_detection = (struct instant){-1500000000};
    assert_int_equal(seen_by(&s).track.first_detection.tai_ns, -2000000000);
    s.record.track.first_detection = (struct instant){-2000000000};
    assert_int_equal(seen_by(&s).track.first_detection.tai_ns, -2000000000);
    s.record.track.first_detection = (struct instant){1500000000};
    assert_int_equal(seen_by(&s).track.first_detection.tai_ns, 1000000000);
}

/* A notice goes with the partner's number for its track and the second of the first detection; a
 * warning with the second of the impact. */
static void test_notices_and_warnings(void **state)
{
    (void)state;
    struct setting s;
    setting_init(&s);
    s.record = fixture_notice(fixture_time(0.0));
    const struct record notice = seen_by(&s);
    assert_true(notice.notice.track.value == release_track_id(&s.key, (struct track_id){7}).value);
    assert_true(instant_equal(notice.notice.first_detection, fixture_time(-4.0)));
    s.record = fixture_warning(fixture_time(0.0), WARNING_INITIAL);
    s.record.warning.impact = fixture_time(400.75);
    const struct record warning = seen_by(&s);
    assert_true(instant_equal(warning.warning.impact, fixture_time(400.0)));
    assert_true(instant_equal(warning.warning.expires, s.record.warning.expires));
    /* That a warning went once lets its end go, and nothing else. */
    s.policy.rule_count = 0;
    s.request.warning_sent = true;
    assert_int_equal(why(&s), RELEASE_NO_RULE);
    s.record = fixture_notice(fixture_time(0.0));
    assert_int_equal(why(&s), RELEASE_NO_RULE);
}

/* The times of one event move together; without a name each track's move by themselves. */
static void test_events_without_a_name(void **state)
{
    (void)state;
    struct setting s;
    setting_init(&s);
    s.policy.rules[0].coarsen_time_s = 2000.0;
    const struct instant named = seen_by(&s).track.first_detection;
    s.record.track.id.value = 8;
    assert_true(instant_equal(seen_by(&s).track.first_detection, named));
    s.record.event = (struct event_name){{0}};
    const struct instant one = seen_by(&s).track.first_detection;
    s.record.track.id.value = 9;
    assert_false(instant_equal(seen_by(&s).track.first_detection, one));
}

static void test_policy_check(void **state)
{
    (void)state;
    uint32_t rule = 0;
    struct policy p = fixture_policy();
    assert_int_equal(policy_check(&p, &rule), OK);
    p.rules[1].delay_s = -1.0;
    assert_int_equal(policy_check(&p, &rule), ERR_RANGE);
    assert_int_equal(rule, 1);
    p = fixture_policy();
    p.rules[2].classification_max = CLASSIFICATION_UNKNOWN;
    assert_int_equal(policy_check(&p, &rule), ERR_RANGE);
    assert_int_equal(rule, 2);
    p = fixture_policy();
    p.rules[0].coarsen_position_m = (double)NAN;
    assert_int_equal(policy_check(&p, &rule), ERR_RANGE);
    p = fixture_policy();
    p.rules[0].covariance = POLICY_COVARIANCE_EXACT;
    p.rules[0].coarsen_position_m = 10.0;
    assert_int_equal(policy_check(&p, &rule), ERR_RANGE);
    p = fixture_policy();
    p.number = 0;
    assert_int_equal(policy_check(&p, &rule), ERR_RANGE);
    assert_int_equal(rule, POLICY_RULES_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_denial_table),
        cmocka_unit_test(test_withholding_wins),
        cmocka_unit_test(test_the_end_of_a_warning),
        cmocka_unit_test(test_default_release),
        cmocka_unit_test(test_exact_only_by_rule),
        cmocka_unit_test(test_errors_fill_the_bound),
        cmocka_unit_test(test_coarsening),
        cmocka_unit_test(test_identifiers_per_partner),
        cmocka_unit_test(test_parents),
        cmocka_unit_test(test_stands),
        cmocka_unit_test(test_a_policy_that_was_never_checked),
        cmocka_unit_test(test_what_cannot_be_worked_out_stays),
        cmocka_unit_test(test_what_is_unset_stays_unset),
        cmocka_unit_test(test_times_go_down_to_whole_seconds),
        cmocka_unit_test(test_notices_and_warnings),
        cmocka_unit_test(test_events_without_a_name),
        cmocka_unit_test(test_policy_check),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
