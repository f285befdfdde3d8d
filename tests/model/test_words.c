/* The field's words: each value has one of its own, and what is none has no other's. And sensors
 * and labels that cannot be. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/elementary.h"
#include "model/assessment.h"
#include "model/domain.h"
#include "model/label.h"
#include "model/sensor.h"
#include "model/track.h"
#include "model/warning.h"

/* Texts of values 0 to count - 1 differ; beyond the last one is `otherwise`, that of no other value
 * unless of one that stands for "none". */
#define CHECK_WORDS(text, kind, count, otherwise)                                    \
    do {                                                                             \
        for (int a = 0; a < (count); a++) {                                          \
            for (int b = 0; b < a; b++) {                                            \
                assert_string_not_equal((text)((enum kind)a), (text)((enum kind)b)); \
            }                                                                        \
        }                                                                            \
        assert_string_equal((text)((enum kind)((count) + 50)), otherwise);           \
    } while (0)

static void every_value_has_its_word(void **state)
{
    (void)state;
    CHECK_WORDS(missile_class_text, missile_class, CLASS_COUNT, "undetermined");
    assert_string_equal(missile_class_text(CLASS_COUNT), "undetermined");
    CHECK_WORDS(impact_assumption_text, impact_assumption, ASSUMED_SPENT_STAGE + 1, "unknown");
    CHECK_WORDS(undetermined_reason_text, undetermined_reason, WHY_NO_BOOST_SEEN + 1, "unknown");
    CHECK_WORDS(domain_text, domain, DOMAIN_TEST + 1, "unknown");
    CHECK_WORDS(track_phase_text, track_phase, PHASE_REENTRY + 1, "unknown");
    CHECK_WORDS(track_status_text, track_status, STATUS_DROPPED + 1, "dropped");
    CHECK_WORDS(warning_state_text, warning_state, WARNING_ALL_CLEAR + 1, "unknown");
    CHECK_WORDS(sensor_error_text, sensor_error, SENSOR_ERROR_UNNAMED + 1, "?");
    CHECK_WORDS(classification_text, classification, CLASSIFICATION_SECRET + 1, "unknown");
    for (int i = CLASSIFICATION_UNKNOWN + 1; i <= CLASSIFICATION_SECRET; i++) {
        assert_int_equal(classification_parse(classification_text((enum classification)i)), i);
    }
    assert_int_equal(classification_parse("TOP SECRET"), CLASSIFICATION_UNKNOWN);
}

static void what_a_warning_in_force_is(void **state)
{
    (void)state;
    static const enum warning_state IN_FORCE[] = {WARNING_INITIAL, WARNING_UPDATE, WARNING_NARROWED,
                                                  WARNING_LOST_TRACK};
    int count = 0;
    for (int s = WARNING_NONE; s <= WARNING_ALL_CLEAR; s++) {
        count += warning_in_force((enum warning_state)s) ? 1 : 0;
    }
    assert_int_equal(count, 4);
    for (int i = 0; i < 4; i++) {
        assert_true(warning_in_force(IN_FORCE[i]));
    }
}

/* The class is the one that is more likely than all others together, if one is. */
static void a_class_needs_more_than_half(void **state)
{
    (void)state;
    struct assessment a = {.class_probability = {0.0}};
    assert_int_equal(assessment_class(&a), CLASS_UNDETERMINED);
    for (int i = 0; i < CLASS_COUNT; i++) {
        memset(a.class_probability, 0, sizeof a.class_probability);
        a.class_probability[i] = 0.5;
        assert_int_equal(assessment_class(&a), CLASS_UNDETERMINED);
        a.class_probability[i] = 0.51;
        assert_int_equal(assessment_class(&a), i);
    }
}

static void what_looks_ahead_says_so(void **state)
{
    (void)state;
    struct assessment a = {.impact = {.why = WHY_THRUSTING},
                           .if_thrust_ends_now = {.why = WHY_NONE}};
    assert_true(assessment_looks_ahead(&a));
    a.if_thrust_ends_now.why = WHY_NO_TRACK;
    assert_false(assessment_looks_ahead(&a));
    a.if_thrust_ends_now.why = WHY_NONE;
    a.impact.why = WHY_NONE;
    assert_false(assessment_looks_ahead(&a));
    const char *held = NULL;
    a.pull_up_held = true;
    held = assessment_coverage_text(&a);
    a.pull_up_held = false;
    assert_string_not_equal(assessment_coverage_text(&a), held);
}

/* A label that was filled beyond its room names nobody who can be relied on. */
static void labels_that_cannot_be(void **state)
{
    (void)state;
    const struct nation_id kor = {"KOR"};
    const struct nation_id jpn = {"JPN"};
    struct label l = {.owner = kor,
                      .classification = CLASSIFICATION_SECRET,
                      .releasable_count = 1,
                      .releasable_to = {jpn},
                      .onward_count = LABEL_NATIONS_MAX + 3};
    assert_true(label_permits(&l, jpn));
    assert_false(label_permits(&l, (struct nation_id){{0}}));
    assert_false(label_permits_onward(&l, jpn));
    const struct label joined = label_join(&l, &l);
    assert_int_equal(joined.releasable_count, 1);
    assert_true(joined.onward_count <= LABEL_NATIONS_MAX);
    l.releasable_count = LABEL_NATIONS_MAX + 1;
    assert_false(label_permits(&l, jpn));
    assert_int_equal(label_join(&l, &l).releasable_count, 0);
}

/* One number at a time, beyond what a radar can be. */
static void sensors_that_cannot_be(void **state)
{
    (void)state;
    struct sensor good = {.kind = SENSOR_RADAR,
                          .place = {0.6, 2.2, 100.0},
                          .sigma_range_m = 20.0,
                          .sigma_azimuth_rad = 1e-3};
    assert_true(sensor_id_parse("A", &good.id));
    assert_int_equal(sensor_check(&good), OK);
    static const double BAD[] = {NAN, INFINITY, -INFINITY, -1e9, 1e9};
    const size_t fields[] = {offsetof(struct sensor, place.lat_rad),
                             offsetof(struct sensor, place.lon_rad),
                             offsetof(struct sensor, place.height_m),
                             offsetof(struct sensor, sigma_range_m),
                             offsetof(struct sensor, sigma_azimuth_rad),
                             offsetof(struct sensor, sigma_elevation_rad),
                             offsetof(struct sensor, sigma_range_rate_mps),
                             offsetof(struct sensor, resolution_range_m),
                             offsetof(struct sensor, resolution_rad),
                             offsetof(struct sensor, elevation_min_rad),
                             offsetof(struct sensor, range_max_m),
                             offsetof(struct sensor, bias_sigma_range_m),
                             offsetof(struct sensor, bias_sigma_azimuth_rad),
                             offsetof(struct sensor, bias_sigma_elevation_rad),
                             offsetof(struct sensor, clock_sigma_s),
                             offsetof(struct sensor, interval_s),
                             offsetof(struct sensor, false_alarms_per_scan)};
    for (size_t f = 0; f < sizeof fields / sizeof fields[0]; f++) {
        for (size_t b = 0; b < sizeof BAD / sizeof BAD[0]; b++) {
            struct sensor s = good;
            memcpy((char *)&s + fields[f], &BAD[b], sizeof BAD[b]);
            assert_int_equal(sensor_check(&s), ERR_RANGE);
        }
    }
    struct sensor s = good;
    s.id.text[0] = '\0';
    assert_int_equal(sensor_check(&s), ERR_RANGE);
    s = good;
    s.kind = (enum sensor_kind)99;
    assert_int_equal(sensor_check(&s), ERR_RANGE);
    s.kind = SENSOR_TRACKER;
    assert_int_equal(sensor_check(&s), OK);
    s.kind = SENSOR_INFRARED;
    assert_int_equal(sensor_check(&s), ERR_RANGE);
    s.sigma_los_rad = 1e-4;
    assert_int_equal(sensor_check(&s), OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_value_has_its_word),
        cmocka_unit_test(what_a_warning_in_force_is),
        cmocka_unit_test(a_class_needs_more_than_half),
        cmocka_unit_test(what_looks_ahead_says_so),
        cmocka_unit_test(labels_that_cannot_be),
        cmocka_unit_test(sensors_that_cannot_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
